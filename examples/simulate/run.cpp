// SPDX-License-Identifier: BSD-3-Clause
#include "run.hpp"

#include <spikeometric/analysis/intervals.hpp>
#include <spikeometric/io/csv.hpp>
#include <spikeometric/io/graph_file.hpp>
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/io/svg.hpp>
#include <spikeometric/model/concepts.hpp>
#include <spikeometric/simulate/raster.hpp>
#include <spikeometric/version.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "backends.hpp"
#include "description.hpp"
#include "models.hpp"
#include "networks.hpp"
#include "save.hpp"
#include "simulation.hpp"
#include "stimuli.hpp"

namespace driver {

namespace {

using Json = nlohmann::ordered_json;

/// A number as a person would write it.
Json of_number(const std::string& text) { return text == "inf" ? Json(text) : Json::parse(text); }

Json described(const sk::InitialState& initial) {
  if (initial.is_volley()) return "volley";
  if (initial.is_silent()) return "silent";
  return of_number(text_of(initial.rate_hz()));
}

/// Networks, stimulus and initial state of a run.
struct Experiment {
  sk::Batch<> networks;
  std::vector<std::string> files;  // names of the files of a folder
  sk::StimulusList stimulus;
  sk::InitialState initial;
  Json stimuli, delays, parameters = Json::object(), tuning = nullptr;
  sk::Populations populations;       // if there is one network
  sk::NeuronNames names;             // if all networks have the same
  std::vector<GivenStimulus> given;  // those of the command line
  double built_s = 0.0;              // without tuning
};

Networks made_networks(const Options& options, double dt) {
  if (options.description) return described_network(options, dt);
  if (!options.graph.empty()) return loaded(options.graph, options.files);
  return {checked("--generate", [&] { return generated(options.generate, options.networks); })};
}

/// Whether a JSON file can hold the names.
bool are_text(const sk::NeuronNames& names) {
  try {
    (void)Json(names.all()).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

std::string one_network(const std::string& file, const Networks& networks) {
  return file + " can hold only one network, not " + std::to_string(networks.graphs.size());
}

Experiment prepared(const Options& options, double dt) {
  Networks made = made_networks(options, dt);
  checked("--weight-scale", [&] {
    for (auto& graph : made.graphs) graph = scaled(std::move(graph), options.weight_scale);
  });
  Json delays;
  if (!options.delays.empty())
    checked("--delays " + options.delays, [&] {
      const Delays given = driver::delays(options.delays);
      driver::delay(made.graphs, given);
      delays = {{"shortest", given.range.shortest}, {"longest", given.range.longest}, {"seed", given.seed}};
    });
  if (!options.save_graph.empty()) {
    if (made.graphs.size() > 1) throw UsageError("--save-graph", one_network(options.save_graph, made));
    save(options.save_graph, made.graphs[0], made.labels.empty() ? sk::NeuronNames{} : made.labels[0].names);
  }

  Labels labels = common_labels(made);
  if (!options.save_network.empty() && !options.description) {
    if (made.graphs.size() > 1) throw UsageError("--save-network", one_network(options.save_network, made));
    if (!labels.names.empty())
      std::cerr << options.save_network << ": the names in " << options.graph
                << " are not kept; --save-graph with a .csv file keeps them\n";
    if (!labels.populations.empty())
      std::cerr << options.save_network << ": the populations of " << options.graph << " are not kept\n";
  }
  sk::StimulusList stimulus;
  Json stimuli = Json::array();
  const auto report = [&](const std::vector<Told>& entries) {
    Json& object = stimuli.emplace_back();
    for (const Told& told : entries) object[told.name] = told.is_number ? of_number(told.value) : Json(told.value);
  };
  for (const auto& entries : add_described_stimuli(stimulus, options, labels.populations)) report(entries);
  std::vector<GivenStimulus> given;
  for (const std::string& text : options.stimuli)
    checked("--stimulus " + text, [&] {
      report(given.emplace_back(add_stimulus(stimulus, text, labels)).told);
      for (const auto& graph : made.graphs) {
        sk::detail::StimulusTerms<float> terms{{.seed = sk::Seed{options.seed}, .neurons = graph.neurons()}};
        stimulus.add_to(terms, 0);
      }
    });

  if (!are_text(labels.names)) {
    std::cerr << options.graph << ": names are not UTF-8, so spikes and rasters have numbers of neurons\n";
    labels.names = {};
  }
  sk::Populations populations = made.graphs.size() == 1 ? labels.populations : sk::Populations{};
  auto networks = checked("--trials", [&] { return sk::trials(sk::batch(std::move(made.graphs)), options.trials); });
  const std::uint64_t last = options.first_network + (networks.size() - 1);
  if (last > std::numeric_limits<std::uint32_t>::max())
    throw UsageError("--first-network", std::to_string(networks.size()) + " networks from id " +
                                            std::to_string(options.first_network) + " on need ids above 2^32 - 1");
  if (const auto id = options.raster_network; id && (*id < options.first_network || *id > last))
    throw UsageError("--raster-network", "there is no network " + std::to_string(*id) + "; ids are " +
                                             std::to_string(options.first_network) + " to " + std::to_string(last));
  return {std::move(networks),    std::move(made.files),   std::move(stimulus), initial_state(options.initial),
          std::move(stimuli),     std::move(delays),       Json::object(),      nullptr,
          std::move(populations), std::move(labels.names), std::move(given)};
}

template <class Model>
Model configured(Model model, const Options& options) {
  try {
    for (const auto& [name, value] : described_parameters(options)) sk::set_parameter(model, name, value);
    model.validate();
  } catch (const sk::InvalidParameter& error) {
    throw sk::FileError(options.network, std::string("model: ") + error.what());
  }
  if (!options.parameters.empty()) model = sk::io::read_parameters(options.parameters, model);
  set_parameters(model, options.set);
  return model;
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

void print_populations(const Json& populations) {
  std::size_t width = 18;
  for (const Json& each : populations) width = std::max(width, each["name"].get<std::string>().size() + 2);
  const auto line = [&](const std::string& name, const char* neurons, const char* rate, const char* cv) {
    char text[64];
    std::snprintf(text, sizeof text, "%10s %11s %8s", neurons, rate, cv);
    std::cout << "  " << std::left << std::setw(static_cast<int>(width)) << name << text << '\n';
  };
  const auto fixed = [](const Json& value) {
    char text[32] = "-";
    if (value.is_number()) std::snprintf(text, sizeof text, "%.3f", value.get<double>());
    return std::string(text);
  };
  line("population", "neurons", "rate, Hz", "CV");
  for (const Json& each : populations)
    line(each["name"], each["neurons"].dump().c_str(), fixed(each["rate_hz"]).c_str(), fixed(each["cv"]).c_str());
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
      row(("tuned " + name).c_str(), "%g (from %g)", values["after"].get<double>(), values["before"].get<double>());
    row("tuned rate", "%.3f +- %.3f Hz after %llu measurements", tuning["rate_hz"].get<double>(),
        tuning["standard_error_hz"].get<double>(), tuning["measurements"].get<unsigned long long>());
  }
  if (whole("networks") > 1) row("networks", "%llu", whole("networks"));
  row("neurons", "%llu", whole("neurons"));
  row("synapses", "%llu", whole("synapses"));
  row("model time", "%g s", report["steps"].get<double>() * dt_ms / 1000.0);
  row("spikes", "%llu", whole("spikes"));
  row("mean rate", "%.3f Hz", report["mean_rate_hz"].get<double>());
  if (report.contains("populations")) print_populations(report["populations"]);
  if (whole("networks") > 1)
    row("rates of networks", "%.3f to %.3f Hz", report["min_rate_hz"].get<double>(),
        report["max_rate_hz"].get<double>());
  if (report.contains("device_bytes")) row("device memory", "%.3f GB", report["device_bytes"].get<double>() * 1e-9);
  row("time per step", "%.2f microseconds", us_per_step);
  row("times real time", "%.1f", us_per_step > 0 ? dt_ms * 1000.0 / us_per_step : 0.0);
  row("fingerprint", "%s", report["fingerprint"].get<std::string>().c_str());
  if (!report["exact"].get<bool>())
    std::cout << "  compiled without -ffp-contract=off: the fingerprint may differ in other builds\n";
}

/// Throws FileError before the run, rather than after it, if a file cannot be written.
void require_writable(const std::string& path) {
  if (!path.empty() && !std::ofstream(path, std::ios::app)) throw sk::FileError(path, "cannot be opened for writing");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw sk::FileError(path, "cannot be written");
}

/// Numbers and rates of the spikes of all networks.
struct Activity {
  std::uint64_t networks, neurons = 0, steps, spikes, fingerprint;
  double dt_ms, mean_rate_hz;
  std::vector<double> rates_hz;

  template <class Event>
  explicit Activity(const sk::BatchEvents<Event>& events)
      : networks(events.size()),
        steps(events.steps()),
        spikes(events.total()),
        fingerprint(events.fingerprint()),
        dt_ms(events[0].dt_ms()),
        mean_rate_hz(events.mean_rate_hz()) {
    for (const auto& network : events) {
      neurons += network.neurons();
      rates_hz.push_back(network.mean_rate_hz());
    }
  }
};

/// The rates of populations, and the coefficients of variation of their intervals, over all trials.
template <class Event>
Json reported(const Options& options, const sk::Populations& populations, const sk::BatchEvents<Event>& events) {
  const std::vector<double> rates_hz = events.rates_hz(populations);
  std::vector<double> sums(populations.size()), neurons(populations.size());
  for (const auto& network : events) {
    const auto means = sk::mean_intervals(sk::intervals(network), populations);
    for (std::size_t i = 0; i < means.size(); ++i) {
      const auto number = static_cast<double>(means[i].neurons);
      neurons[i] += number;
      if (number > 0.0) sums[i] += means[i].cv * number;
    }
  }
  Json report = Json::array();
  for (const sk::Population& population : populations) {
    const std::size_t i = report.size();
    report.push_back({{"name", population.name}, {"neurons", populations.size_of(i)}, {"rate_hz", rates_hz[i]}});
    report[i]["cv"] = neurons[i] > 0.0 ? Json(sums[i] / neurons[i]) : Json();
    for (const auto& [name, parameter, value] : population_parameters(options))
      if (name == population.name) report[i]["parameters"][parameter] = of_number(text_of(value));
  }
  return report;
}

Json reported(const Options& options, const Experiment& experiment, const Outcome& outcome) {
  const auto activity = std::visit([](const auto& spikes) { return Activity{spikes}; }, outcome.spikes);
  const double elapsed = outcome.seconds;
  Json report = {{"networks", activity.networks},
                 {"neurons", activity.neurons},
                 {"synapses", outcome.synapses},
                 {"steps", activity.steps},
                 {"dt_ms", activity.dt_ms},
                 {"spikes", activity.spikes},
                 {"mean_rate_hz", activity.mean_rate_hz},
                 {"us_per_step", activity.steps > 0 ? elapsed * 1e6 / static_cast<double>(activity.steps) : 0.0},
                 {"synaptic_events_per_s", elapsed > 0 ? static_cast<double>(outcome.synaptic_events) / elapsed : 0.0},
                 {"build_s", experiment.built_s + outcome.built_s},
                 {"peak_rss_bytes", peak_rss_bytes()},
                 {"fingerprint", hexadecimal(activity.fingerprint)}};
  if (!experiment.populations.empty())
    report["populations"] = std::visit(
        [&](const auto& spikes) { return reported(options, experiment.populations, spikes); }, outcome.spikes);
  if (activity.networks > 1) {
    const auto [least, most] = std::minmax_element(activity.rates_hz.begin(), activity.rates_hz.end());
    report.update(Json{{"min_rate_hz", *least}, {"max_rate_hz", *most}});
  }
  if (options.hash_state) report["state_hash"] = hexadecimal(outcome.state_hash);
  report.update(Json{{"seed", options.seed},
                     {"network", options.first_network},
                     {"trials", options.trials},
                     {"initial", described(experiment.initial)},
                     {"equilibrate", options.equilibrate},
                     {"backend", options.backend.name},
                     {"strategy", options.backend.strategy},
                     {"graph", source(options)}});
  if (options.backend.name == "eigen") report["threads"] = options.backend.threads.value_or(1);
  if (options.backend.device) report["device"] = *options.backend.device;
  if (outcome.device_bytes) report["device_bytes"] = *outcome.device_bytes;
  if (!experiment.files.empty()) report["files"] = experiment.files;
  report.update(Json{{"transpose", options.files.transpose},
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

std::string indented(const Json& report) { return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

/// Writes and prints all results. Then throws the exception that ended the run, or else the first one in writing.
void deliver(const Options& options, const Experiment& experiment, const Json& report, Outcome outcome) {
  std::vector<std::string> written;
  if (!options.save_graph.empty()) written.push_back("network in " + options.save_graph);
  if (!options.save_network.empty()) written.push_back("network and parameters in " + options.save_network);
  if (!options.save_parameters.empty()) written.push_back("parameters in " + options.save_parameters);
  const auto attempt = [&](auto&& work) {  // one that fails does not prevent the others
    try {
      work();
    } catch (const std::exception&) {
      if (!outcome.failure) outcome.failure = std::current_exception();
    }
  };
  if (!options.out.empty())
    attempt([&] {
      std::visit(
          [&](const auto& spikes) {
            if (spikes.size() > 1)
              sk::io::write_csv(options.out, spikes, experiment.names);
            else
              sk::io::write_csv(options.out, spikes[0], experiment.names);
          },
          outcome.spikes);
      Json description = report;
      if (!experiment.names.empty()) description["names"] = experiment.names.all();
      write_text(options.out + ".json", indented(description));
      written.push_back("spikes in " + options.out + ", their description in " + options.out + ".json");
    });
  if (!options.raster.empty())
    attempt([&] {
      const std::uint32_t index = options.raster_network.value_or(options.first_network) - options.first_network;
      std::visit(
          [&](const auto& spikes) {
            sk::io::write_svg(options.raster, sk::raster(spikes[index], {.populations = experiment.populations,
                                                                         .names = experiment.names}));
          },
          outcome.spikes);
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

Json described(const std::vector<sk::TunedParameter>& tuned, const sk::ReachedRate& rate, std::size_t measurements,
               const char* method) {
  Json parameters = Json::object();
  for (const sk::TunedParameter& parameter : tuned)
    parameters[parameter.name] = {{"before", parameter.before}, {"after", parameter.after}};
  return {{"method", method},
          {"target_hz", rate.target_hz},
          {"rate_hz", rate.rate_hz},
          {"standard_error_hz", rate.standard_error_hz},
          {"measurements", measurements},
          {"parameters", parameters}};
}

/// Throws UsageError for errors in options that can be found before the run.
void require_sound(const Options& options) {
  pieces(options);
  require_backend(options.backend);
  checked("--initial", [&] { initial_state(options.initial); });
  if (options.networks == 0) throw UsageError("--networks", "0 must be at least 1");
  if (options.trials == 0) throw UsageError("--trials", "0 must be at least 1");
  if (!options.save_graph.empty()) require_graph_file("--save-graph", options.save_graph);
  if (!options.save_network.empty()) {
    if (options.networks > 1) throw UsageError("--save-network", options.save_network + " can hold only one network");
    if (options.description && (options.weight_scale != 1.0 || !options.delays.empty()))
      throw UsageError("--save-network",
                       "a description cannot hold --weight-scale or --delays; change " + options.network + " instead");
  }
  if (!population_parameters(options).empty()) {
    const std::string reason = " does not work with parameters of populations, which " + options.network + " has";
    if (options.tuning.rate_hz) throw UsageError("--tune", "this" + reason);
    if (options.backend.name != "eigen") throw UsageError("--backend", options.backend.name + reason);
    if (options.backend.strategy != "event_driven") throw UsageError("--strategy", options.backend.strategy + reason);
  }
  std::set<std::string> outputs;
  for (const std::string& path : {options.out, options.out + ".json", options.raster, options.save_graph,
                                  options.save_network, options.save_parameters})
    if (!path.empty() && !outputs.insert(path).second) throw UsageError("simulate", path + " is given for two outputs");
}

/// Tunes the model in place, and returns the entry on it in the report. Throws UsageError if a parameter cannot be
/// tuned, and std::runtime_error if the rate was not reached.
template <class Model>
Json tune(const Options& options, const Experiment& experiment, Model& model) {
  const TuningChoice& choice = options.tuning;
  if (!sk::Differentiable<Model> && choice.method == "adam")
    throw UsageError("--tune-method", std::string(Model::name) + " has no derivatives: tune it by bracketing");
  const bool by_gradient = sk::Differentiable<Model> && choice.method != "bracketing";
  const sk::TuneOptions tuning{.parameters = choice.parameters,
                               .rate_hz = choice.rate_hz.value(),
                               .tolerance = choice.tolerance,
                               .threads = options.backend.threads.value_or(1),
                               .initial = experiment.initial};
  const auto tuned = checked("--tune", [&] {
    return Simulation<Model>::tune(model, experiment.networks, experiment.stimulus, tuning, sk::Seed{options.seed},
                                   by_gradient);
  });
  if (!tuned.reached)
    throw std::runtime_error("--tune: the target of " + text_of(*choice.rate_hz) +
                             " Hz was not reached: " + tuned.message);
  model = tuned.model;
  return described(tuned.parameters, tuned.rates[0], tuned.trajectory.size(), by_gradient ? "adam" : "bracketing");
}

template <class Model>
void run(const Options& options, Model model) {
  for (const std::string& path :
       {options.out, options.raster, options.save_graph, options.save_network, options.save_parameters})
    require_writable(path);
  const double begin = seconds();
  Experiment experiment = prepared(options, static_cast<double>(model.scale.dt));
  experiment.built_s = seconds() - begin;
  if (options.tuning.rate_hz) experiment.tuning = tune(options, experiment, model);
  if (!options.save_parameters.empty()) sk::io::write_parameters(options.save_parameters, model);
  std::vector<std::pair<std::string, double>> parameters;
  sk::for_each_parameter(model, [&](const auto& entry, const auto& value) {
    experiment.parameters[entry.name] = of_number(text_of(value));
    parameters.emplace_back(entry.name, number<double>(text_of(value)));
  });
  if (!options.save_network.empty()) save_description(options, experiment.networks[0], experiment.given, parameters);
  Outcome outcome =
      population_parameters(options).empty()
          ? Simulation<Model>::run(options, std::move(experiment.networks), model, experiment.stimulus,
                                   experiment.initial)
          : ByPopulation<Model>::run(options, std::move(experiment.networks), model, experiment.populations,
                                     population_parameters(options), experiment.stimulus, experiment.initial);
  const Json report = reported(options, experiment, outcome);
  deliver(options, experiment, report, std::move(outcome));
}

}  // namespace

sk::InitialState initial_state(const std::string& text) {
  if (text == "silent") return sk::InitialState::silent();
  if (text == "volley") return sk::InitialState::volley();
  try {
    return sk::InitialState::rate_hz(number<double>(text));
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument("'" + text + "' must be silent, volley, or a rate of at least 0 Hz");
  }
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for_each_model([&](const auto& model) { names.emplace_back(model.name); });
  return names;
}

std::string model_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw sk::FileError(path, "cannot be opened");
  const Json json = Json::parse(file, nullptr, false);
  std::string name;
  if (json.is_object() && json.contains("model") && json["model"].is_string()) name = json["model"].get<std::string>();
  const auto names = model_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw sk::FileError(path, "does not name a known model: use --model");
  return name;
}

std::string help() {
  std::string text = "\nMODELS, with parameters for --set name=value: default, unit, meaning; bounds\n";
  for_each_model([&](const auto& model) { text += std::string("\n") + model.name + "\n" + help_on_parameters(model); });
  text += "\nGENERATORS, with parameters for --generate NAME,name=value,...: default, unit, meaning; bounds\n";
  text += help_on_generators();
  text += "\nSTIMULI, with parameters for --stimulus KIND,name=value,...: default, unit, meaning; bounds\n";
  text += help_on_stimuli();
  return text + "\nBACKENDS of this program; --json reports the memory needed on a device as device_bytes\n" +
         help_on_backends();
}

void run(const Options& options) {
  require_sound(options);
  for_each_model([&](const auto& model) {
    if (options.model == model.name) run(options, configured(model, options));
  });
}

}  // namespace driver
