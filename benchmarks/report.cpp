// SPDX-License-Identifier: BSD-3-Clause
//
// What run.sh measured, as results.json, as tables in results.md, and as a figure, speed.svg.
//
//   benchmark_report MEASUREMENTS OUTPUT SECONDS
//
// MEASUREMENTS and OUTPUT are folders; SECONDS is how long it took to measure.
#include <cctype>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>

#include "figure.hpp"
#include "measurements.hpp"

namespace {

/// Three significant digits: 0.0123, 1.2, 1.23e6; small integers in full; "-" for what is no number.
std::string shown(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  const bool whole = (size < 1e6 && value == std::round(value)) || (size >= 1000 && size < 1e5);
  char text[32];
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.3g", value);
  std::string result = text;
  if (const auto exponent = result.find('e'); exponent != result.npos)
    result.replace(exponent + 1, result.npos, std::to_string(std::stoi(result.substr(exponent + 1))));
  return result;
}

std::string shown(const Network& network) {
  return std::to_string(network.neurons) + " x " + shown(network.probability);
}

// --- what follows from the measurements

/// Sums over synapses: what a step takes longer than one without spikes.
struct Sums {
  Row step;
  double us;
  double floor_us;  // to read the synapses that were passed, 8 bytes each, once from memory

  double per_s() const { return step["events"] / us * 1e6; }
  double of_memory() const { return floor_us / us; }
  double step_of_memory() const { return floor_us / step.us; }
};

double bytes_per_s(const Measurements& measured) {
  const auto streaming = measured.family("streaming");
  return streaming.empty() ? not_measured : streaming[0]["bytes_per_s"];
}

std::vector<Sums> sums(const Measurements& measured) {
  std::vector<Sums> result;
  double silent = not_measured;  // the first of each network
  for (const Row& row : measured.family("sums"))
    if (row["rate"] < 1e-6)
      silent = row.us;
    else
      result.push_back({row, row.us - silent, 8 * row["events"] / bytes_per_s(measured) * 1e6});
  return result;
}

/// Nanoseconds of a step beside those that grow with the neurons: where the line with the least squares of relative
/// errors meets zero.
double overhead_ns(const Measurements& measured) {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const Row& row : measured.family("small")) {
    const double neurons = row["neurons"], ns = row.us * 1000, weight = 1 / (ns * ns);
    w += weight, x += weight * neurons, y += weight * ns;
    xx += weight * neurons * neurons, xy += weight * neurons * ns;
  }
  return (y * xx - x * xy) / (w * xx - x * x);
}

/// How much longer a step takes with one window of the filter than with another, for a synapse passed or a neuron.
double window_ratio(const Measurements& measured, const std::string& window, const std::string& other) {
  std::map<std::string, double> us{{window, not_measured}, {other, not_measured}};
  for (const Row& row : measured.family("window")) us[row.args[0]] = row.us / (row["events"] + row["neurons"]);
  return us[window] / us[other];
}

/// EventDriven and SparseMatvec on the same network.
struct Strategies {
  Row events, product;
  double ratio() const { return product.us / events.us; }
};

std::vector<Strategies> strategies(const Measurements& measured) {
  const auto events = measured.family("EventDriven"), products = measured.family("SparseMatvec");
  std::vector<Strategies> result;
  for (std::size_t i = 0; i < std::min(events.size(), products.size()); ++i) result.push_back({events[i], products[i]});
  return result;
}

/// From which rate on SparseMatvec is the faster one; between two rates the logarithm of the ratio is a line.
std::string crossing(const std::vector<Strategies>& both) {
  for (std::size_t i = 1; i < both.size(); ++i) {
    const double before = std::log(both[i - 1].ratio()), now = std::log(both[i].ratio());
    const double low = both[i - 1].events["rate"], high = both[i].events["rate"];
    if (before > 0 && now <= 0)
      return "SparseMatvec is faster above a rate of " + shown(low + (high - low) * before / (before - now));
  }
  return "there is no rate from which on SparseMatvec is faster";
}

/// A field of the comparison with another package.
double of_peer(const Measurements& measured, const std::string& peer, const Network& network, const char* field) {
  for (const Json& each : measured.peers.value("cases", Json::array()))
    if (each.at("peer").get<std::string>().starts_with(peer) && each.at("neurons") == network.neurons &&
        each.at("probability") == network.probability && each.value(field, Json()).is_number())
      return each.at(field);
  return not_measured;
}

// --- targets

const Network n5000{5000, 0.1}, n10000{10'000, 0.1}, n20000{20'000, 0.05}, n100000{100'000, 0.01};

struct Target {
  std::string what;
  enum { at_least, at_most } kind;
  double bound, measured;

  std::string text() const { return (kind == at_least ? "at least " : "at most ") + shown(bound); }
  std::string met() const {
    if (std::isnan(measured)) return "not measured";
    return (kind == at_least ? measured >= bound : measured <= bound) ? "yes" : "no";
  }
};

std::vector<Target> targets(const Measurements& measured) {
  constexpr auto at_least = Target::at_least, at_most = Target::at_most;
  std::vector<Target> result;
  for (const auto& [peer, network, bound] : {std::tuple{"Spikeometric", n5000, 2000.0},
                                             {"Spikeometric", n10000, 2500.0},
                                             {"Brian2", n5000, 6.0},
                                             {"Brian2", n20000, 6.0},
                                             {"Brian2", n100000, 4.0}})
    result.push_back({std::string("times as fast as ") + peer + ", " + shown(network), at_least, bound,
                      of_peer(measured, peer, network, "ratio")});
  for (const auto& [ours, which] :
       {std::pair{"peak_mb_ours_generated", "which generates"}, {"peak_mb_ours", "which loads"}})
    for (const auto& [theirs, how] :
         {std::pair{"peak_mb_peer", "as it was timed"}, {"peak_mb_peer_least", "at its least"}})
      result.push_back(
          {"peak memory of Spikeometric, " + std::string(how) + ", over that of this library, " + which +
               " the network, " + shown(n10000),
           at_least, 40,
           of_peer(measured, "Spikeometric", n10000, theirs) / of_peer(measured, "Spikeometric", n10000, ours)});
  for (const auto& [network, bound] : {std::pair{n5000, 1.0}, {n20000, 0.85}, {n100000, 0.75}})
    result.push_back({"time over that of the smallest program, " + shown(network), at_most, bound,
                      measured.us(network, "1") / measured.us(network, "yardstick")});

  const auto all_sums = sums(measured);
  for (const Sums& each : all_sums)
    if (each.step["neurons"] < 1e5)
      result.push_back({"synapses passed per second and core, state in cache, rate " + shown(each.step["rate"]),
                        at_least, 1.5e9, each.per_s()});
  for (const Sums& each : all_sums)
    if (each.step["neurons"] > 1e5) {
      const std::string rate = ", state beyond cache, rate " + shown(each.step["rate"]);
      result.push_back({"speed of the sums, without the neurons' update, over that of memory" + rate, at_least, 0.35,
                        each.of_memory()});
      result.push_back({"speed of the whole step over that of memory" + rate, at_least, 0.35, each.step_of_memory()});
    }
  result.push_back({"time with a window of 200 over that with 1, for a synapse passed or a neuron", at_most, 1.1,
                    window_ratio(measured, "200", "1")});
  for (const Row& row : measured.family("update"))
    result.push_back(
        {"ns for a neuron and step, 100,000 neurons, rate " + shown(row["rate"]), at_most, 1.5, row.ns_per_update()});
  for (const Network& network : {n20000, n100000})
    result.push_back({"times as fast on two threads, " + shown(network), at_least, 1.7,
                      measured.us(network, "1") / measured.us(network, "2")});
  result.push_back(
      {"ns of a step of a small, silent network beyond the arithmetic", at_most, 200, overhead_ns(measured)});
  double moved = not_measured;
  for (const Row& row : measured.family("moved")) moved = std::fmax(moved, row["peak_over_graph"]);
  result.push_back({"peak memory over a graph's own, while it is moved", at_most, 1.3, moved});
  for (const Network& network : {n5000, n20000, n100000})
    result.push_back({"time of the portable build over that of the native one, " + shown(network), at_most, 2,
                      measured.us(network, "portable") / measured.us(network, "1")});
  result.push_back({"s to compile an empty file", at_most, 3, measured.compile_s("empty")});
  result.push_back({"s to compile quickstart.cpp", at_most, 8, measured.compile_s("quickstart")});
  return result;
}

// --- the tables

using Cells = std::vector<std::string>;

/// A section with a table of a line for each row; nothing where there is no row.
template <class Rows, class CellsOf>
void section(std::ostream& out, const std::string& title, const std::string& text, const Cells& head, const Rows& rows,
             CellsOf cells_of) {
  if (rows.empty()) return;
  const auto line = [&](const Cells& cells) {
    for (const std::string& cell : cells) out << "| " << cell << ' ';
    out << "|\n";
  };
  out << "\n## " << title << "\n\n" << text << (text.empty() ? "" : "\n\n");
  line(head);
  Cells rule(head.size(), "---:");
  rule[0] = "---";
  line(rule);
  for (const auto& row : rows) line(cells_of(row));
}

std::string text_of(const Json& json, const char* field) {
  const Json value = json.value(field, Json());
  if (value.is_number()) return shown(value.get<double>());
  return value.is_string() ? value.get<std::string>() : "-";
}

Json machine(const Measurements& measured) {
  std::ifstream file("/proc/cpuinfo");
  std::string processor = "unknown", caches;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) processor = line.substr(line.find(':') + 2);
  for (const Json& cache : measured.context.value("caches", Json::array()))
    if (cache.at("type") != "Instruction")
      caches += (caches.empty() ? "L" : ", L") + std::to_string(cache.at("level").get<int>()) + " " +
                std::to_string(cache.at("size").get<long>() / 1024) + " KiB";
#if defined(__AVX512F__)
  processor += ", AVX-512";
#elif defined(__AVX2__)
  processor += ", AVX2";
#endif
  return {{"processor", processor}, {"cores", measured.context.value("num_cpus", 0)}, {"caches", caches}};
}

void print_head(std::ostream& out, const Measurements& measured, double seconds) {
  const Json computer = machine(measured);
  out << "# Benchmarks\n\nspikeometric " << text_of(measured.build, "version") << "; measured in "
      << shown(std::round(seconds / 60)) << " minutes on this machine:\n\n| | |\n|---|---|\n| processor | "
      << text_of(computer, "processor") << " |\n| cores | " << text_of(computer, "cores") << " |\n| caches | "
      << text_of(computer, "caches") << " |\n| load at the start | " << shown(measured.load) << " |\n| compiler | "
      << text_of(measured.build, "compiler") << " |\n| flags | `" << text_of(measured.build, "flags")
      << "` |\n\n`cmake --workflow --preset benchmark` measures it all again ([how](README.md)). Times are medians of "
      << measured.rounds()
      << ", wall-clock, of one\nthread where nothing else is said. Other packages, the smallest program, the portable "
         "build and threads were measured in\nturns with the simulator; the speed of memory was not. Where no other "
         "model is named, steps are those of the\nBernoulli GLM with its default parameters. \"5000 x 0.1\" are 5000 "
         "neurons, each pair connected with probability 0.1.\n\n"
         "![Time of a step against synapses](speed.svg)\n\nEach pair connected with probability 0.1. A package's line "
         "has one of this library beside it, of the same networks and\nturns, with the window that the package "
         "computes "
         "with; \"no window\" is an exponential without an end.\n";
}

void print_peers(std::ostream& out, const Measurements& measured) {
  Json all = Json::array();
  for (const char* list : {"cases", "curve"})
    for (const Json& each : measured.peers.value(list, Json::array())) all.push_back(each);
  section(
      out, "Other packages",
      "The same network, from a file, on both sides; run in turns, each on one thread. The rates must differ by less "
      "than the\nbound, in per cent of the rate: 2, and 5 standard errors. Memory is the peak of the process: of the "
      "package as it was timed,\nset up for speed, and at its least, with default settings; of this library where it "
      "loads the network and where it\ngenerates it.",
      {"package", "model", "neurons", "synapses", "its rate", "rate", "bound, %", "its µs per step", "µs per step",
       "ratio", "its MB", "at its least", "MB, loaded", "MB, generated"},
      all, [](const Json& each) {
        return Cells{text_of(each, "peer"),
                     text_of(each, "model"),
                     text_of(each, "neurons"),
                     text_of(each, "synapses"),
                     text_of(each, "rate_peer"),
                     text_of(each, "rate_ours"),
                     shown(100 * each.at("rate_bound").get<double>() / each.at("rate_ours").get<double>()),
                     text_of(each.at("us_per_step_peer"), "median"),
                     text_of(each.at("us_per_step_ours"), "median"),
                     text_of(each, "ratio"),
                     text_of(each, "peak_mb_peer"),
                     text_of(each, "peak_mb_peer_least"),
                     text_of(each, "peak_mb_ours"),
                     text_of(each, "peak_mb_ours_generated")};
      });
  for (const char* list : {"skipped", "refused"})
    for (const Json& each : measured.peers.value(list, Json::array())) {
      const std::string neurons = each.contains("neurons") ? ", " + text_of(each, "neurons") + " neurons" : "";
      out << "\nNot compared: " << text_of(each, "peer") << neurons << ": " << text_of(each, "why") << ".\n";
    }
  const Json all_versions = measured.peers.value("versions", Json::object());
  for (const auto& [peer, versions] : all_versions.items()) {
    if (!versions.is_object()) continue;  // this library's, which are in the head
    out << '\n' << peer << ':';
    for (const char* separator = " "; const auto& [name, version] : versions.items())
      out << std::exchange(separator, "; ") << name << ' ' << version.get<std::string>();
    out << ".\n";
  }
}

void print_turns(std::ostream& out, const Measurements& measured) {
  std::vector<int> threads;
  Cells head{"network", "smallest program, µs per step", "its rate", "simulator", "rate", "ratio", "portable build",
             "ratio"};
  if (!measured.turns.empty())
    for (const auto& [program, values] : measured.turns.begin()->second)
      if (std::isdigit(static_cast<unsigned char>(program[0])) && program != "1") threads.push_back(std::stoi(program));
  std::sort(threads.begin(), threads.end());
  for (const int number : threads) head.insert(head.end(), {std::to_string(number) + " threads", "times as fast"});
  section(out, "The smallest program, a portable build, threads",
          "`yardstick.cpp` is the smallest program that does the same work, on arrays, for this one model. It makes a "
          "network of its own,\nof as many synapses and similar rate but other weights. The portable build is for any "
          "processor of this kind, without\n`-march=native`. Threads were free to spin while they wait.",
          head, measured.turns, [&](const auto& entry) {
            const auto us = [&](const std::string& program) { return measured.us(entry.first, program); };
            const double one = us("1");
            Cells cells{shown(entry.first),
                        shown(us("yardstick")),
                        shown(measured.rate(entry.first, "yardstick")),
                        shown(one),
                        shown(measured.rate(entry.first, "1")),
                        shown(one / us("yardstick")),
                        shown(us("portable")),
                        shown(us("portable") / one)};
            for (const int number : threads) {
              const double several = us(std::to_string(number));
              cells.insert(cells.end(), {shown(several), shown(one / several)});
            }
            return cells;
          });
}

void print_steps(std::ostream& out, const Measurements& measured) {
  const auto each = [](const Row& row) { return shown(row.us * 1000 / (row["events"] + row["neurons"])); };
  section(out, "Synapses", "Each pair of neurons is connected with probability 0.1.",
          {"synapses", "neurons", "rate", "µs per step", "ns for a synapse passed or a neuron"},
          measured.family("synapses"), [&](const Row& row) {
            return Cells{shown(row["synapses"]), shown(row["neurons"]), shown(row["rate"]), shown(row.us), each(row)};
          });
  section(out, "Length of the filter",
          "5000 x 0.1; the window of the exponential filter in steps. One of 200 takes " +
              shown(window_ratio(measured, "200", "1")) +
              " times as long as one of 1,\nfor a synapse passed or a neuron: with 1 fewer spike.",
          {"window", "rate", "µs per step"}, measured.family("window"), [](const Row& row) {
            return Cells{row.args[0], shown(row["rate"]), shown(row.us)};
          });
  section(out, "Rate", "20000 x 0.01, neurons all but deaf to each other.",
          {"spikes per neuron and step", "synapses passed", "µs per step", "ns for a synapse passed or a neuron"},
          measured.family("rate"), [&](const Row& row) {
            return Cells{shown(row["rate"]), shown(row["events"]), shown(row.us), each(row)};
          });
  section(
      out, "Sums over synapses",
      "What a step takes longer than one without spikes; so the neurons' update is not in it. The floor is to read the "
      "synapses\nthat were passed, 8 bytes each, once from memory, at the speed of a plain sum over 1 GiB in huge "
      "pages: " +
          shown(bytes_per_s(measured) * 1e-9) + " GB/s.",
      {"neurons", "synapses of each", "rate", "µs per step", "µs of the sums", "synapses per s", "floor, µs",
       "floor over sums", "floor over step"},
      sums(measured), [](const Sums& row) {
        return Cells{row.step.args[0],    row.step.args[1],       shown(row.step["rate"]),
                     shown(row.step.us),  shown(row.us),          shown(row.per_s()),
                     shown(row.floor_us), shown(row.of_memory()), shown(row.step_of_memory())};
      });
  section(out, "Neurons", "100,000 with one synapse each: filter, self-history, random number, nonlinearity, draw.",
          {"rate", "µs per step", "ns for a neuron and step"}, measured.family("update"), [](const Row& row) {
            return Cells{shown(row["rate"]), shown(row.us), shown(row.ns_per_update())};
          });
  section(out, "Small networks",
          "None of whose neurons spikes. By the line through these, a step takes " + shown(overhead_ns(measured)) +
              " ns beside what grows with the neurons.",
          {"neurons", "ns per step"}, measured.family("small"), [](const Row& row) {
            return Cells{row.args[0], shown(row.us * 1000)};
          });
  const auto both = strategies(measured);
  section(out, "EventDriven and SparseMatvec", "2000 x 0.1, µs per step: " + crossing(both) + ".",
          {"rate", "EventDriven", "SparseMatvec", "ratio"}, both, [](const Strategies& row) {
            return Cells{shown(row.events["rate"]), shown(row.events.us), shown(row.product.us), shown(row.ratio())};
          });
}

void print_rest(std::ostream& out, const Measurements& measured) {
  section(out, "Batches", "Networks of connection probability 0.1; trials are of the same one.",
          {"", "networks", "neurons of each", "threads", "neuron-steps per s", "ns for a neuron and step"},
          measured.program("simulate_batch"), [](const Row& row) {
            return Cells{row.family,
                         row.args[0],
                         row.args[1],
                         row.args[2],
                         shown(row["neurons"] / row.us * 1e6),
                         shown(row.ns_per_update())};
          });
  section(
      out, "Models",
      "5000 x 0.1, weights of std 1. `delays d`: up to d steps; `bases m`: m weights a synapse; `fir n`: a filter of "
      "n taps;\n`stimulated n`: a sinusoid for n neurons.",
      {"", "rate", "µs per step", "ns per spike"}, measured.program("simulate_models"), [](const Row& row) {
        return Cells{row.name(), shown(row["rate"]), shown(row.us), shown(row.ns_per_update() / row["rate"])};
      });
  const auto per_synapse = [](const Row& row) {
    return Cells{row.name(), shown(row["s_per_synapse"] * 1e9), shown(1 / row["s_per_synapse"])};
  };
  const Cells head{"", "ns per synapse", "synapses per s"};
  section(out, "Generators", "20,000 neurons, 2e7 synapses, their weights constant or normal.", head,
          measured.program("graph_generate"), per_synapse);
  section(out, "Files", "5000 x 0.1; an `.npy` file is the dense matrix.", head, measured.program("io_graph_file"),
          per_synapse);
  section(out, "Inference",
          "Of one of 50 neurons, 100,000 steps: likelihood with gradient, Hessian (of all steps), and a whole fit.",
          {"", "ms for a neuron", "ns for a neuron and step"}, measured.program("infer_fit"), [](const Row& row) {
            return Cells{row.name(), shown(row["s_per_step"] * 1e5 * 1e3), shown(row["s_per_step"] * 1e9)};
          });
  section(out, "Random numbers", "", {"for a neuron and step", "ns"}, measured.program("random_streams"),
          [](const Row& row) {
            return Cells{row.name(), shown(row["s_per_neuron"] * 1e9)};
          });
  section(out, "Memory", "The driver, of 31,623 neurons: peak of the process, which generates, moves and runs them.",
          {"synapses", "MB", "bytes a synapse"},
          measured.driver.empty() ? Json::array() : Json::array({measured.driver}), [](const Json& driver) {
            const double bytes = driver.at("peak_rss_bytes"), synapses = driver.at("synapses");
            return Cells{shown(synapses), shown(bytes * 1e-6), shown(bytes / synapses)};
          });
  section(
      out, "Memory while a graph is moved into a simulator",
      "Peak of the process over the graph's own memory, 8 bytes a synapse and 8 a neuron; and how long it takes, most "
      "of it to\nmove rows to pages of 2 MiB.",
      {"neurons", "synapses of each", "threads", "while it is moved", "and runs", "s to move it"},
      measured.family("moved"), [](const Row& row) {
        return Cells{row.args[0],
                     row.args[1],
                     row.args[2],
                     shown(row["peak_over_graph"]),
                     shown(row["peak_of_run_over_graph"]),
                     shown(row["moved_s"])};
      });
  section(out, "Compile time", "Of the processor, `-std=c++20 -O2`; `empty` has nothing but the header of all headers.",
          {"file", "s"}, measured.compile_ms, [&](const auto& entry) {
            return Cells{entry.first, shown(measured.compile_s(entry.first))};
          });
}

// --- all of it

Json collected(const Measurements& measured, double seconds) {
  Json result{{"machine", machine(measured)},
              {"build", measured.build},
              {"load", measured.load},
              {"rounds", measured.rounds()},
              {"seconds", seconds}};
  for (const Target& each : targets(measured))
    result["targets"].push_back(
        {{"what", each.what}, {"target", each.text()}, {"measured", each.measured}, {"met", each.met()}});
  for (const auto& [network, programs] : measured.turns)
    for (const auto& [program, turns] : programs)
      result["turns"].push_back({{"neurons", network.neurons},
                                 {"probability", network.probability},
                                 {"program", program},
                                 {"us_per_step", turns.us},
                                 {"rate", turns.rate}});
  result["overhead_ns"] = overhead_ns(measured);
  result["compile_ms"] = measured.compile_ms;
  result["driver"] = measured.driver;
  for (const Row& row : measured.rows) result["benchmarks"][row.program].push_back(row.fields);
  result["peers"] = measured.peers;
  return result;
}

/// Both sides of each comparison, or, where there is none, this library alone.
std::vector<figure::Line> lines(const Measurements& measured) {
  std::vector<figure::Line> result;
  const auto add = [&](const std::string& name, double synapses, double us) {
    auto line = std::find_if(result.begin(), result.end(), [&](const auto& each) { return each.name == name; });
    if (line == result.end()) line = result.insert(line, {name, {}});
    line->points.emplace_back(synapses, us);
  };
  for (const char* list : {"cases", "curve"})
    for (const Json& each : measured.peers.value(list, Json::array())) {
      if (each.at("model") != "bernoulli_glm" || each.at("probability") != 0.1) continue;
      const std::string window = text_of(each.at("parameters"), "coupling_window");
      add("this library, " + (window == "inf" ? "no window" : "window " + window), each.at("synapses"),
          each.at("us_per_step_ours").at("median"));
      add(each.at("peer"), each.at("synapses"), each.at("us_per_step_peer").at("median"));
    }
  if (result.empty())
    for (const Row& row : measured.family("synapses")) add("this library", row["synapses"], row.us);
  for (auto& line : result) std::sort(line.points.begin(), line.points.end());
  return result;
}

void save(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path);
  file << content;
  file.close();
  if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: benchmark_report MEASUREMENTS OUTPUT SECONDS\n";
    return 2;
  }
  const Measurements measured = read_measurements(argv[1]);
  const std::filesystem::path output = argv[2];
  const double seconds = std::stod(argv[3]);

  std::ostringstream text;
  print_head(text, measured, seconds);
  section(text, "Targets", "", {"what", "target", "measured", "met"}, targets(measured), [](const Target& each) {
    return Cells{each.what, each.text(), shown(each.measured), each.met()};
  });
  print_peers(text, measured);
  print_turns(text, measured);
  print_steps(text, measured);
  print_rest(text, measured);

  save(output / "results.json", collected(measured, seconds).dump(1) + "\n");
  save(output / "results.md", text.str());
  figure::write((output / "speed.svg").string(), lines(measured));
  std::cout << text.str() << "\nresults.md, results.json and speed.svg are in " << output.string() << ".\n";
} catch (const std::exception& error) {
  std::cerr << "benchmark_report: " << error.what() << '\n';
  return 1;
}
