// SPDX-License-Identifier: BSD-3-Clause
//
// Simulates a network from the command line, and says how it fired and how fast that was.
//
//   simulate --graph synapses.csv --weight-scale 0.3 --set theta=4 --steps 100000 --raster raster.svg
//   simulate --generate normal,neurons=5000,probability=0.1,std=5,seed=1 --steps 10000 --out spikes.csv --json
//
// Exit status: 0, 2 for wrong use, 1 for work that failed; either with one line on standard error.
#include <spikeometric/spikeometric.hpp>

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace sk = spikeometric;
using Json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string graph, generate, model = sk::BernoulliGLM::name, strategy = "event_driven";
  std::vector<std::string> set;
  double weight_scale = 1.0;
  std::uint64_t steps = 10'000, equilibrate = 100, seed = 0;
  std::uint32_t network = 0;
  int threads = 1;
  std::vector<std::uint64_t> split;
  std::string out, raster;
  bool hash_state = false, json = false, quiet = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// Wrong use: exit status 2.
class UsageError : public std::invalid_argument {
 public:
  UsageError(const std::string& option, const std::string& what) : std::invalid_argument(option + ": " + what) {}
};

/// Runs a step of the set-up; what it finds wrong with an argument is the option's fault.
template <class Work>
auto checked(const std::string& option, Work&& work) {
  try {
    return work();
  } catch (const std::invalid_argument& error) {
    throw UsageError(option, error.what());
  }
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// All of a text as a number; nothing wraps.
template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("'" + std::string(text) + "' is no " +
                                (std::is_integral_v<Number> ? "integer" : "number") + " in range");
  return value;
}

/// What CLI11 is to accept as a Number; its own conversions wrap.
template <class Number>
CLI::Validator whole() {
  return {[](const std::string& text) {
            try {
              number<Number>(text);
            } catch (const std::invalid_argument& error) {
              return std::string(error.what());
            }
            return std::string();
          },
          ""};
}

std::pair<std::string, std::string> assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos) throw std::invalid_argument("'" + text + "' is not name=value");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// normal,neurons=N,probability=P,std=S,mean=M,scaling=in_degree|neurons|none,seed=K
sk::Graph<> generated(const std::string& text) {
  const auto fields = CLI::detail::split(text, ',');
  if (fields.empty() || fields[0] != "normal")
    throw std::invalid_argument("'" + (fields.empty() ? text : fields[0]) + "' is not a generator; there is normal");
  sk::generate::Normal normal;
  sk::Seed seed;
  for (auto field = fields.begin() + 1; field != fields.end(); ++field) {
    const auto [name, value] = assignment(*field);
    if (name == "neurons")
      normal.neurons = number<std::uint64_t>(value);
    else if (name == "probability")
      normal.probability = number<double>(value);
    else if (name == "mean")
      normal.mean = number<double>(value);
    else if (name == "std")
      normal.std = number<double>(value);
    else if (name == "seed")
      seed.value = number<std::uint64_t>(value);
    else if (name == "scaling" && value == "in_degree")
      normal.scaling = sk::generate::Scaling::in_degree;
    else if (name == "scaling" && value == "neurons")
      normal.scaling = sk::generate::Scaling::neurons;
    else if (name == "scaling" && value == "none")
      normal.scaling = sk::generate::Scaling::none;
    else if (name == "scaling")
      throw std::invalid_argument("scaling=" + value + " is none of in_degree, neurons, none");
    else
      throw std::invalid_argument("normal has no '" + name +
                                  "'; there are neurons, probability, mean, std, scaling, seed");
  }
  return sk::generate::normal(normal, seed);
}

sk::Graph<> scaled(sk::Graph<> graph, double factor) {
  if (factor == 1.0) return graph;
  auto rows = std::move(graph).release();
  for (float& weight : rows.weights) weight = static_cast<float>(weight * factor);
  return sk::Graph<>{std::move(rows)};
}

const std::string& source(const Options& options) { return options.graph.empty() ? options.generate : options.graph; }

sk::Graph<> network(const Options& options) {
  auto graph = options.graph.empty() ? checked("--generate", [&] { return generated(options.generate); })
                                     : sk::io::read_graph_csv(options.graph);
  return checked("--weight-scale", [&] { return scaled(std::move(graph), options.weight_scale); });
}

template <class Model>
Model configured(Model model, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings)
    checked("--set " + setting, [&] {
      const auto [name, value] = assignment(setting);
      sk::set_parameter(model, name, number<double>(value));
    });
  checked("--set", [&] { model.validate(); });
  return model;
}

/// The lengths of the pieces to run: those asked for, then what is left.
std::vector<std::uint64_t> pieces(const Options& options) {
  std::vector<std::uint64_t> result = options.split;
  std::uint64_t left = options.steps;
  for (const std::uint64_t piece : result) {
    if (piece > left)
      throw UsageError("--split",
                       "the pieces are longer than the " + std::to_string(options.steps) + " steps of --steps");
    left -= piece;
  }
  if (left > 0) result.push_back(left);
  return result;
}

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return static_cast<std::uint64_t>(usage.ru_maxrss);
#else
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

/// A parameter as a person would write it: 0.2 rather than the double nearest to the float nearest to 0.2.
Json plain(float value) {
  char text[32];
  return Json::parse(text, std::to_chars(text, text + sizeof text, value).ptr);
}
Json plain(int value) { return value == sk::infinite_window ? Json("inf") : Json(value); }

void print_table(const Json& report) {
  const auto row = [](const char* name, const char* pattern, auto value) {
    char text[96];
    std::snprintf(text, sizeof text, pattern, value);
    std::cout << "  " << std::left << std::setw(18) << name << text << '\n';
  };
  const double dt_ms = report["dt_ms"], us_per_step = report["us_per_step"];
  row("neurons", "%llu", report["neurons"].get<unsigned long long>());
  row("synapses", "%llu", report["synapses"].get<unsigned long long>());
  row("model time", "%g s", report["steps"].get<double>() * dt_ms / 1000.0);
  row("spikes", "%llu", report["spikes"].get<unsigned long long>());
  row("mean rate", "%.3f Hz", report["mean_rate_hz"].get<double>());
  row("time per step", "%.2f microseconds", us_per_step);
  row("times real time", "%.1f", us_per_step > 0 ? dt_ms * 1000.0 / us_per_step : 0.0);
  row("fingerprint", "%s", report["fingerprint"].get<std::string>().c_str());
  if (!report["exact"].get<bool>())
    std::cout << "  compiled without -ffp-contract=off: the fingerprint may differ elsewhere\n";
}

/// Finds out before the work, not after it, that its result cannot be kept.
void require_writable(const std::string& path) {
  if (!path.empty() && !std::ofstream(path, std::ios::app))
    throw sk::io::FileError(path, "cannot be opened for writing");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw sk::io::FileError(path, "cannot be written");
}

template <class Model, class Strategy>
void simulate(const Options& options, sk::Graph<> graph, const Model& model, sk::EigenBackend<Strategy> backend,
              double begin) {
  const std::uint64_t synapses = graph.synapses();
  auto simulator = [&] {
    try {
      return sk::Simulator{std::move(graph), model, sk::no_stimulus, sk::Seed{options.seed}, backend};
    } catch (const sk::InvalidGraph& error) {
      throw std::runtime_error(source(options) + ": " + error.what());
    } catch (const std::invalid_argument& error) {
      throw UsageError("--threads", error.what());
    }
  }();
  const double built = seconds();
  simulator.equilibrate(options.equilibrate);

  auto spikes = simulator.empty();
  const double start = seconds();
  std::exception_ptr failure;
  try {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
    for (std::uint64_t left : pieces(options))
      for (std::uint64_t steps = 0; left > 0; left -= steps) {
        if (interrupted) throw std::runtime_error("interrupted after " + std::to_string(spikes.steps()) + " steps");
        simulator.run(steps = std::min<std::uint64_t>(left, 1000), spikes);
      }
  } catch (const std::exception&) {
    failure = std::current_exception();  // what was recorded is still written
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  const double elapsed = seconds() - start;

  Json report = {
      {"neurons", simulator.neurons()},
      {"synapses", synapses},
      {"steps", spikes.steps()},
      {"dt_ms", spikes.dt_ms()},
      {"spikes", spikes.total()},
      {"mean_rate_hz", spikes.mean_rate_hz()},
      {"us_per_step", spikes.steps() > 0 ? elapsed * 1e6 / static_cast<double>(spikes.steps()) : 0.0},
      {"synaptic_events_per_s", elapsed > 0 ? static_cast<double>(simulator.synaptic_events()) / elapsed : 0.0},
      {"build_s", built - begin},
      {"peak_rss_bytes", peak_rss_bytes()},
      {"fingerprint", hexadecimal(spikes.fingerprint())}};
  if (options.hash_state) report["state_hash"] = hexadecimal(simulator.state_hash());
  report.update(Json{{"seed", options.seed},
                     {"network", options.network},
                     {"equilibrate", options.equilibrate},
                     {"threads", options.threads},
                     {"strategy", options.strategy},
                     {"graph", source(options)},
                     {"weight_scale", options.weight_scale},
                     {"model", Model::name},
                     {"parameters", Json::object()},
                     {"version", sk::version},
                     {"exact", sk::build_is_exact()}});
  sk::for_each_parameter(
      model, [&](const auto& entry, const auto& value) { report["parameters"][entry.name] = plain(value); });

  const std::string summary = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  std::vector<std::string> written;
  const auto attempt = [&](auto&& work) {  // all of what can be saved is, and the first error is told
    try {
      work();
    } catch (const std::exception&) {
      if (!failure) failure = std::current_exception();
    }
  };
  if (!options.out.empty())
    attempt([&] {
      sk::io::write_csv(options.out, spikes);
      write_text(options.out + ".json", summary);
      written.push_back("spikes in " + options.out + ", how they were made in " + options.out + ".json");
    });
  if (!options.raster.empty())
    attempt([&] {
      sk::io::write_svg(options.raster, sk::raster(spikes));
      written.push_back("raster in " + options.raster);
    });
  if (options.json) {
    std::cout << report.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (!options.quiet) {
    print_table(report);
    for (const std::string& line : written) std::cout << "  " << line << '\n';
  }
  if (!std::cout.flush()) attempt([] { throw std::runtime_error("standard output cannot be written"); });
  if (failure) std::rethrow_exception(failure);
}

std::string describe_models() {
  std::string text = "\nParameters of bernoulli_glm (--set name=value):\n";
  const sk::BernoulliGLM defaults;
  sk::for_each_parameter(defaults, [&](const auto& entry, const auto& value) {
    char line[160];
    std::snprintf(line, sizeof line, "  %-18s %8g %-6s %s; %s\n", entry.name, static_cast<double>(value),
                  std::string_view(entry.unit) == "1" ? "" : entry.unit, entry.meaning, sk::to_text(entry).c_str());
    text += line;
  });
  return text;
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Simulates a network of stochastic spiking neurons."};
  app.footer(describe_models());
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  auto* network = app.add_option_group("Network", "(give one)")->require_option(1);
  network->add_option("--graph", options.graph,
                      "CSV file with columns pre,post,weight; neurons count from 0 to the largest in it");
  network->add_option("--generate", options.generate,
                      "normal,neurons=N,probability=P,std=S,mean=M,scaling=in_degree|neurons|none,seed=K");
  app.add_option("--weight-scale", options.weight_scale, "multiply every weight")->capture_default_str();
  app.add_option("--model", options.model, "its parameters are listed below")
      ->check(CLI::IsMember({sk::BernoulliGLM::name}))
      ->capture_default_str();
  app.add_option("--set", options.set, "name=value: a parameter of the model")->expected(1)->take_all();
  app.add_option("--steps", options.steps, "steps to record")->check(whole<std::uint64_t>())->capture_default_str();
  app.add_option("--equilibrate", options.equilibrate, "steps before, not recorded")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "where all random numbers come from")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--network", options.network, "id of the network, which keys its random numbers")
      ->check(whole<std::uint32_t>())
      ->capture_default_str();
  app.add_option("--threads", options.threads, "the spikes are the same")->check(whole<int>())->capture_default_str();
  app.add_option("--strategy", options.strategy, "how to sum over synapses; the spikes are the same")
      ->check(CLI::IsMember({"event_driven", "sparse_matvec"}))
      ->capture_default_str();
  app.add_option("--split", options.split, "A,B,...: run in pieces of A, B, ... steps and the rest")
      ->delimiter(',')
      ->check(whole<std::uint64_t>());
  app.add_option("--out", options.out,
                 "CSV file for the spikes: step,neuron,count; FILE.json tells how they were made");
  app.add_option("--raster", options.raster, "SVG picture of the first 1000 steps");
  app.add_flag("--hash-state", options.hash_state, "hash the bits of every input and rate, too");
  app.add_flag("--json", options.json, "one JSON object on standard output instead of the table");
  app.add_flag("--quiet", options.quiet, "no table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));  // --help, --version
    throw UsageError("simulate", error.what());
  }
  pieces(options);
  return options;
}

void run(const Options& options) {
  const auto model = configured(sk::BernoulliGLM{}, options.set);
  require_writable(options.out);
  require_writable(options.raster);
  const double begin = seconds();
  auto graph = network(options);
  if (options.strategy == "sparse_matvec")
    simulate(options, std::move(graph), model,
             sk::EigenBackend<sk::SparseMatvec>{options.threads, options.network, options.hash_state}, begin);
  else
    simulate(options, std::move(graph), model, sk::EigenBackend<>{options.threads, options.network, options.hash_state},
             begin);
}

}  // namespace

int main(int argc, char** argv) try {
  run(parse(argc, argv));
  return 0;
} catch (const UsageError& error) {
  std::cerr << error.what() << '\n';
  return 2;
} catch (const std::bad_alloc&) {
  std::cerr << "out of memory\n";
  return 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
