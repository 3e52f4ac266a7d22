// SPDX-License-Identifier: BSD-3-Clause
//
// Simulates a network from the command line, and says how it fired and how fast that was.
//
//   simulate --graph synapses.csv --weight-scale 0.3 --set theta=4 --steps 100000 --raster raster.svg
//   simulate --generate normal,neurons=5000,probability=0.1,std=5,seed=1 --steps 10000 --out spikes.csv --json
//   simulate --graph connectomes/ --trials 20 --model poisson_glm --threads 8 --out spikes.csv
//   simulate --graph synapses.csv --backend thrust --json
//   simulate --graph synapses.csv --tune theta --target-rate 20 --initial silent --save-parameters tuned.json
//   simulate --generate small_world,neurons=1000 --delays 1:20 --stimulus regular,period_steps=500,mask=0:100
//
// Exit status: 0, 2 for wrong use, 1 for work that failed; either with one line on standard error.
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/spikeometric.hpp>
#include <spikeometric/stimulus/list.hpp>

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "simulate/backends.hpp"
#include "simulate/networks.hpp"
#include "simulate/stimuli.hpp"
#include "simulate/tuning.hpp"
#include "simulate/usage.hpp"

namespace sk = spikeometric;
using driver::checked, driver::Json, driver::number, driver::UsageError;

namespace {

struct Options {
  std::string graph, generate, delays, model = sk::BernoulliGLM::name;
  bool transpose = false;
  std::vector<std::string> set, stimuli;
  double weight_scale = 1.0;
  std::uint64_t steps = 10'000, equilibrate = 100, seed = 0, trials = 1;
  std::uint32_t network = 0, networks = 1;
  std::optional<std::uint32_t> raster_network;
  sk::InitialState initial;
  driver::BackendChoice backend;
  std::vector<std::uint64_t> split;
  std::string parameters, save_parameters, out, raster, save_graph;
  driver::TuningChoice tuning;
  bool hash_state = false, json = false, quiet = false;
};

using Models = std::tuple<sk::BernoulliGLM, sk::PoissonGLM, sk::RectifiedLNP, sk::RectifiedSAM, sk::ThresholdSAM>;

/// Calls visit(model) for each, with its defaults.
template <class Visitor>
void for_each_model(Visitor&& visit) {
  std::apply([&](const auto&... model) { (visit(model), ...); }, Models{});
}

volatile std::sig_atomic_t interrupted = 0;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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

const std::string& source(const Options& options) { return options.graph.empty() ? options.generate : options.graph; }

/// What is simulated.
struct Experiment {
  sk::Batch<> networks;
  std::vector<std::string> files;  // of a folder of networks
  sk::StimulusList stimulus;
  Json stimuli, delays, parameters = Json::object(), tuning = nullptr;
};

Experiment prepared(const Options& options) {
  driver::Networks made =
      options.graph.empty() ? driver::Networks{checked(
                                  "--generate", [&] { return driver::generated(options.generate, options.networks); })}
                            : driver::loaded(options.graph, options.transpose);
  checked("--weight-scale", [&] {
    for (auto& graph : made.graphs) graph = driver::scaled(std::move(graph), options.weight_scale);
  });
  Json delays;
  if (!options.delays.empty())
    checked("--delays " + options.delays, [&] {
      const driver::Delays given = driver::delays(options.delays);
      driver::delay(made.graphs, given);
      delays = {{"shortest", given.range.shortest}, {"longest", given.range.longest}, {"seed", given.seed}};
    });
  if (!options.save_graph.empty()) {
    if (made.graphs.size() > 1)
      throw UsageError("--save-graph",
                       options.save_graph + " holds one network, not " + std::to_string(made.graphs.size()));
    driver::require_all_neurons_kept(options.save_graph, made.graphs[0]);
    sk::io::write_graph(options.save_graph, made.graphs[0]);
  }

  sk::StimulusList stimulus;
  Json stimuli = Json::array();
  for (const std::string& text : options.stimuli)
    checked("--stimulus " + text, [&] {
      stimuli.push_back(driver::add_stimulus(stimulus, text));
      for (const auto& graph : made.graphs) {
        sk::detail::StimulusTerms<float> terms{{.neurons = graph.neurons()}};
        stimulus.add_to(terms, 0);
      }
    });

  auto networks = checked("--trials", [&] { return sk::trials(sk::batch(std::move(made.graphs)), options.trials); });
  const std::uint64_t last = options.network + (networks.size() - 1);
  if (last > std::numeric_limits<std::uint32_t>::max())
    throw UsageError("--network", std::to_string(networks.size()) + " networks from id " +
                                      std::to_string(options.network) + " on need ids beyond 2^32");
  if (const auto id = options.raster_network; id && (*id < options.network || *id > last))
    throw UsageError("--raster-network", "there is no network " + std::to_string(*id) + "; ids are " +
                                             std::to_string(options.network) + " to " + std::to_string(last));
  return {std::move(networks), std::move(made.files), std::move(stimulus), std::move(stimuli), std::move(delays)};
}

/// The name of the model whose parameters a file has.
std::string model_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw sk::FileError(path, "cannot be opened");
  const Json json = Json::parse(file, nullptr, false);
  std::string name;
  if (json.is_object() && json.contains("model") && json["model"].is_string()) name = json["model"].get<std::string>();
  bool known = false;
  for_each_model([&](const auto& model) { known |= name == model.name; });
  if (!known) throw sk::FileError(path, "names no model that there is; say which by --model");
  return name;
}

template <class Model>
Model configured(Model model, const Options& options) {
  if (!options.parameters.empty()) model = sk::io::read_parameters(options.parameters, model);
  driver::set_parameters(model, options.set);
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

void print_table(const Json& report) {
  const auto row = [](const char* name, const char* pattern, auto... values) {
    char text[96];
    std::snprintf(text, sizeof text, pattern, values...);
    std::cout << "  " << std::left << std::setw(18) << name << text << '\n';
  };
  const auto whole = [&](const char* key) { return report[key].get<unsigned long long>(); };
  const double dt_ms = report["dt_ms"], us_per_step = report["us_per_step"];
  if (report.contains("tuning")) {
    const Json& tuning = report["tuning"];
    for (const auto& [name, values] : tuning["parameters"].items())
      row(("tuned " + name).c_str(), "%g from %g", values["after"].get<double>(), values["before"].get<double>());
    row("tuned rate", "%.3f +- %.3f Hz after %llu measurements", tuning["rate_hz"].get<double>(),
        tuning["standard_error_hz"].get<double>(), tuning["measurements"].get<unsigned long long>());
  }
  if (whole("networks") > 1) row("networks", "%llu", whole("networks"));
  row("neurons", "%llu", whole("neurons"));
  row("synapses", "%llu", whole("synapses"));
  row("model time", "%g s", report["steps"].get<double>() * dt_ms / 1000.0);
  row("spikes", "%llu", whole("spikes"));
  row("mean rate", "%.3f Hz", report["mean_rate_hz"].get<double>());
  if (whole("networks") > 1)
    row("rates of networks", "%.3f to %.3f Hz", report["min_rate_hz"].get<double>(),
        report["max_rate_hz"].get<double>());
  if (report.contains("device_bytes")) row("device memory", "%.3f GB", report["device_bytes"].get<double>() * 1e-9);
  row("time per step", "%.2f microseconds", us_per_step);
  row("times real time", "%.1f", us_per_step > 0 ? dt_ms * 1000.0 / us_per_step : 0.0);
  row("fingerprint", "%s", report["fingerprint"].get<std::string>().c_str());
  if (!report["exact"].get<bool>())
    std::cout << "  compiled without -ffp-contract=off: the fingerprint may differ elsewhere\n";
}

/// Finds out before the work, not after it, that its result cannot be kept.
void require_writable(const std::string& path) {
  if (!path.empty() && !std::ofstream(path, std::ios::app)) throw sk::FileError(path, "cannot be opened for writing");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw sk::FileError(path, "cannot be written");
}

/// What a run leaves behind.
template <class Event>
struct Outcome {
  sk::BatchEvents<Event> spikes;
  std::exception_ptr failure;  // that ended it early
  std::uint64_t synapses, synaptic_events, state_hash;
  std::optional<std::uint64_t> device_bytes;
  double seconds, built;  // of the steps recorded, and when these began
};

/// Takes the steps, in turns short enough to be interrupted between them.
template <class Model, class Backend>
Outcome<sk::EventOf<Model>> simulated(const Options& options, Experiment& experiment, const Model& model,
                                      const Backend& backend) {
  constexpr bool on_device = !requires { backend.threads; };
  std::optional<std::uint64_t> device_bytes;
  auto simulator = [&] {
    try {
      if constexpr (on_device)
        device_bytes = sk::memory_estimate(experiment.networks, model, experiment.stimulus, backend);
      return sk::Simulator{std::move(experiment.networks), model, experiment.stimulus, sk::Seed{options.seed}, backend};
    } catch (const sk::InvalidGraph& error) {
      throw std::runtime_error(source(options) + ": " + error.what());
    } catch (const std::invalid_argument& error) {
      throw UsageError(on_device ? "--backend " + options.backend.name : "--threads", error.what());
    }
  }();
  checked("--initial", [&] { simulator.reset(options.initial); });
  const double built = seconds();
  auto spikes = simulator.new_recording();
  double start = built;
  std::exception_ptr failure;
  try {
    simulator.equilibrate(options.equilibrate);
    start = seconds();
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
    const std::uint64_t turn = std::clamp<std::uint64_t>(50'000'000 / simulator.neurons(), 100, 1000);
    for (std::uint64_t left : pieces(options))
      for (std::uint64_t steps = 0; left > 0; left -= steps) {
        if (interrupted) throw std::runtime_error("interrupted after " + std::to_string(spikes.steps()) + " steps");
        simulator.run(steps = std::min(left, turn), spikes);
      }
  } catch (const std::exception&) {
    failure = std::current_exception();  // what was recorded is still written
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  const double elapsed = seconds() - start;
  return {std::move(spikes),
          failure,
          simulator.synapses(),
          simulator.synaptic_events(),
          simulator.state_hash(),
          device_bytes,
          elapsed,
          built};
}

template <class Event>
Json reported(const Options& options, const Experiment& experiment, const Outcome<Event>& outcome, double begin) {
  const auto& networks = outcome.spikes.by_network();
  const std::uint64_t steps = outcome.spikes.steps();
  const double elapsed = outcome.seconds;
  std::uint64_t neurons = 0;
  std::vector<double> rates;
  for (const auto& network : networks) {
    neurons += network.neurons();
    rates.push_back(network.mean_rate_hz());
  }
  Json report = {{"networks", networks.size()},
                 {"neurons", neurons},
                 {"synapses", outcome.synapses},
                 {"steps", steps},
                 {"dt_ms", networks[0].dt_ms()},
                 {"spikes", outcome.spikes.total()},
                 {"mean_rate_hz", outcome.spikes.mean_rate_hz()},
                 {"us_per_step", steps > 0 ? elapsed * 1e6 / static_cast<double>(steps) : 0.0},
                 {"synaptic_events_per_s", elapsed > 0 ? static_cast<double>(outcome.synaptic_events) / elapsed : 0.0},
                 {"build_s", outcome.built - begin},
                 {"peak_rss_bytes", peak_rss_bytes()},
                 {"fingerprint", hexadecimal(outcome.spikes.fingerprint())}};
  if (networks.size() > 1) {
    const auto [least, most] = std::minmax_element(rates.begin(), rates.end());
    report.update(Json{{"min_rate_hz", *least}, {"max_rate_hz", *most}});
  }
  if (options.hash_state) report["state_hash"] = hexadecimal(outcome.state_hash);
  report.update(Json{{"seed", options.seed},
                     {"network", options.network},
                     {"trials", options.trials},
                     {"initial", driver::described(options.initial)},
                     {"equilibrate", options.equilibrate},
                     {"backend", options.backend.name},
                     {"strategy", options.backend.strategy},
                     {"graph", source(options)}});
  if (options.backend.name == "eigen") report["threads"] = options.backend.threads.value_or(1);
  if (options.backend.device) report["device"] = *options.backend.device;
  if (outcome.device_bytes) report["device_bytes"] = *outcome.device_bytes;
  if (!experiment.files.empty()) report["files"] = experiment.files;
  report.update(Json{{"transpose", options.transpose},
                     {"weight_scale", options.weight_scale},
                     {"delays", experiment.delays},
                     {"stimuli", experiment.stimuli},
                     {"model", options.model},
                     {"parameters", experiment.parameters},
                     {"version", sk::version},
                     {"exact", sk::build_is_exact()}});
  if (!experiment.tuning.is_null()) report["tuning"] = experiment.tuning;
  return report;
}

/// Writes and prints what there is, and then throws what ended the run, or else the first error in doing so.
template <class Event>
void deliver(const Options& options, const Json& report, Outcome<Event> outcome) {
  const std::string summary = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  std::vector<std::string> written;
  if (!options.save_graph.empty()) written.push_back("network in " + options.save_graph);
  if (!options.save_parameters.empty()) written.push_back("parameters in " + options.save_parameters);
  const auto attempt = [&](auto&& work) {  // all of what can be saved is
    try {
      work();
    } catch (const std::exception&) {
      if (!outcome.failure) outcome.failure = std::current_exception();
    }
  };
  if (!options.out.empty())
    attempt([&] {
      if (outcome.spikes.size() > 1)
        sk::io::write_csv(options.out, outcome.spikes);
      else
        sk::io::write_csv(options.out, outcome.spikes[0]);
      write_text(options.out + ".json", summary);
      written.push_back("spikes in " + options.out + ", how they were made in " + options.out + ".json");
    });
  if (!options.raster.empty())
    attempt([&] {
      const std::uint32_t index = options.raster_network.value_or(options.network) - options.network;
      sk::io::write_svg(options.raster, sk::raster(outcome.spikes[index]));
      written.push_back("raster in " + options.raster);
    });
  if (options.json) {
    std::cout << report.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (!options.quiet) {
    print_table(report);
    for (const std::string& line : written) std::cout << "  " << line << '\n';
  }
  if (!std::cout.flush()) attempt([] { throw std::runtime_error("standard output cannot be written"); });
  if (outcome.failure) std::rethrow_exception(outcome.failure);
}

std::string help_on_all() {
  std::string text = "\nMODELS, with parameters for --set name=value: default, unit, meaning; bounds\n";
  for_each_model(
      [&](const auto& model) { text += std::string("\n") + model.name + "\n" + driver::help_on_parameters(model); });
  text += "\nGENERATORS, with parameters for --generate NAME,name=value,...: default, meaning\n";
  text += driver::help_on_generators();
  text += "\nSTIMULI, with parameters for --stimulus KIND,name=value,...: default, unit, meaning; bounds\n";
  text += driver::help_on_stimuli();
  return text + "\nBACKENDS of this program; --json says how much memory one of a device takes: device_bytes\n" +
         driver::help_on_backends();
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Simulates networks of stochastic spiking neurons."};
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  app.footer(help_on_all());
  auto* network = app.add_option_group("Network", "(give one)")->require_option(1);
  auto* graph = network->add_option("--graph", options.graph,
                                    "file of a network: .csv with columns pre,post,weight and perhaps\n"
                                    "delay (neurons count from 0 to the largest in it), .mtx or .npy\n"
                                    "with rows presynaptic; or a folder of such files, simulated\n"
                                    "side by side, in the order of names");
  auto* generate = network->add_option("--generate", options.generate,
                                       "NAME,name=value,...: a network to be made; see GENERATORS below");
  app.add_flag("--transpose", options.transpose, "presynaptic and postsynaptic neurons change places")->needs(graph);
  app.add_option("--networks", options.networks, "make so many, with seeds that count on; side by side")
      ->check(whole<std::uint32_t>())
      ->needs(generate)
      ->capture_default_str();
  app.add_option("--trials", options.trials, "simulate every network so many times, side by side")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--weight-scale", options.weight_scale, "multiply every weight")->capture_default_str();
  app.add_option("--delays", options.delays,
                 "SHORTEST:LONGEST[,seed=S]: steps a spike travels, uniform in a range;\n"
                 "seeds of several networks count on");
  app.add_option("--save-graph", options.save_graph, "write the network, scaled and delayed: .csv, .mtx or .npy");

  std::vector<std::string> models;
  for_each_model([&](const auto& model) { models.emplace_back(model.name); });
  auto* model = app.add_option("--model", options.model, "see MODELS below; that of --parameters unless given")
                    ->check(CLI::IsMember(models).description(""))
                    ->capture_default_str();
  app.add_option("--parameters", options.parameters,
                 "JSON file with the model's parameters: of --save-parameters, or\n"
                 "what is beside the spikes of --out; --set goes on from there");
  app.add_option("--set", options.set, "name=value: a parameter of the model")->expected(1)->take_all();
  auto* tune = app.add_option("--tune", options.tuning.parameters,
                              "NAME,NAME,...: look for values of these parameters, or of all for\n"
                              "model, with which the networks fire at --target-rate")
                   ->delimiter(',');
  auto* rate = app.add_option("--target-rate", options.tuning.rate_hz, "mean rate to reach, Hz")->needs(tune);
  tune->needs(rate);
  app.add_option("--tune-method", options.tuning.method,
                 "adam, by gradient, or bracketing, of one parameter: adam if the\n"
                 "model has derivatives")
      ->check(CLI::IsMember({"adam", "bracketing"}).description(""))
      ->needs(tune);
  app.add_option("--tune-tolerance", options.tuning.tolerance, "relative error of the rate")
      ->needs(tune)
      ->capture_default_str();
  app.add_option("--save-parameters", options.save_parameters, "write the model's parameters, tuned or not, as JSON");
  app.add_option("--stimulus", options.stimuli,
                 "KIND,name=value,...: input from outside; several add up, in\n"
                 "this order; see STIMULI below")
      ->expected(1)
      ->take_all();

  app.add_option("--steps", options.steps, "steps to record")->check(whole<std::uint64_t>())->capture_default_str();
  std::string initial = "volley";
  app.add_option("--initial", initial,
                 "what networks start from, in tuning, too: silent; volley, a spike\n"
                 "of each neuron with probability 1/2 in the step before (of SAMs\n"
                 "activations in (0, 1)); or RATE, random spikes of so many Hz")
      ->capture_default_str();
  app.add_option("--equilibrate", options.equilibrate, "steps before, without stimulus, not recorded")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "where all random numbers come from")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--network", options.network,
                 "id of the network, which keys its random numbers; of several\n"
                 "that of the first")
      ->check(whole<std::uint32_t>())
      ->capture_default_str();
  app.add_option("--backend", options.backend.name, "what to run on, see BACKENDS below; the spikes are the same")
      ->capture_default_str();
  app.add_option("--threads", options.backend.threads, "of --backend eigen, 1 unless given; the spikes are the same")
      ->check(whole<int>());
  app.add_option("--device", options.backend.device, "of --backend cuda, 0 unless given: which GPU")
      ->check(whole<int>());
  app.add_option("--strategy", options.backend.strategy,
                 "event_driven or sparse_matvec: how to sum over synapses; the\n"
                 "spikes are the same")
      ->check(CLI::IsMember({"event_driven", "sparse_matvec"}).description(""))
      ->capture_default_str();
  app.add_option("--split", options.split, "A,B,...: run in pieces of A, B, ... steps and the rest")
      ->delimiter(',')
      ->check(whole<std::uint64_t>());

  app.add_option("--out", options.out,
                 "CSV file for the spikes: step,neuron,count, of several networks\n"
                 "network,step,neuron,count; FILE.json tells how they were made");
  auto* raster = app.add_option("--raster", options.raster, "SVG picture of the first 1000 steps of the first network");
  app.add_option("--raster-network", options.raster_network, "id of another network for it")
      ->check(whole<std::uint32_t>())
      ->needs(raster);
  app.add_flag("--hash-state", options.hash_state, "hash the bits of every input and rate, too");
  app.add_flag("--json", options.json, "one JSON object on standard output instead of the table");
  app.add_flag("--quiet", options.quiet, "no table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));  // --help, --version
    throw UsageError("simulate", error.what());
  }
  if (!options.parameters.empty() && model->count() == 0) options.model = model_of(options.parameters);
  pieces(options);
  driver::require_backend(options.backend);
  checked("--initial", [&] { options.initial = driver::initial_state(initial); });
  if (options.networks == 0) throw UsageError("--networks", "0 must be at least 1");
  if (options.trials == 0) throw UsageError("--trials", "0 must be at least 1");
  if (!options.save_graph.empty()) driver::require_graph_file("--save-graph", options.save_graph);
  std::set<std::string> outputs;
  for (const std::string& path :
       {options.out, options.out + ".json", options.raster, options.save_graph, options.save_parameters})
    if (!path.empty() && !outputs.insert(path).second) throw UsageError("simulate", path + " cannot take two outputs");
  return options;
}

template <class Model>
void run(const Options& options, Model model) {
  for (const std::string& path : {options.out, options.raster, options.save_graph, options.save_parameters})
    require_writable(path);
  double begin = seconds();
  Experiment experiment = prepared(options);
  begin -= seconds();  // tuning is no part of building
  if (options.tuning.rate_hz)
    experiment.tuning = driver::tune(options.tuning, experiment.networks, model, experiment.stimulus, options.initial,
                                     sk::Seed{options.seed}, options.backend.threads.value_or(1));
  if (!options.save_parameters.empty()) sk::io::write_parameters(options.save_parameters, model);
  sk::for_each_parameter(
      model, [&](const auto& entry, const auto& value) { experiment.parameters[entry.name] = driver::plain(value); });
  begin += seconds();
  auto outcome = driver::with_backend(options.backend, options.network, options.hash_state, [&](const auto& backend) {
    return simulated(options, experiment, model, backend);
  });
  const Json report = reported(options, experiment, outcome, begin);
  deliver(options, report, std::move(outcome));
}

void run(const Options& options) {
  for_each_model([&](const auto& model) {
    if (options.model == model.name) run(options, configured(model, options));
  });
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
