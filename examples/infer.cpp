// SPDX-License-Identifier: BSD-3-Clause
//
// Infers a network from recorded spikes, and prints how well it explains them.
//
//   simulate --graph synapses.csv --weight-scale 0.3 --steps 1000000 --out spikes.csv
//   infer --spikes spikes.csv --penalty l1 --cross-validate 5 --truth synapses.csv --out inferred.csv --threads 2
//   infer --spikes recorded.csv --neurons 60 --dt 1 --model poisson_glm --set tau=5 --json
//
// Exit status: 0 on success; 2 for invalid arguments and 1 for any other error, with one line on standard error.
#include <spikeometric/infer/score.hpp>
#include <spikeometric/io/csv.hpp>
#include <spikeometric/io/graph_file.hpp>
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/model/named/bernoulli_glm.hpp>
#include <spikeometric/model/named/poisson_glm.hpp>
#include <spikeometric/version.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "infer/inference.hpp"
#include "simulate/save.hpp"
#include "simulate/table_options.hpp"
#include "simulate/usage.hpp"

namespace sk = spikeometric;
using driver::checked, driver::Inference, driver::number, driver::seconds, driver::UsageError;
using Json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string spikes, model, penalty = "none", truth, out, rule = "best";
  std::optional<std::uint64_t> neurons, steps;
  std::optional<double> dt;
  std::vector<std::string> set;
  bool own_history = true, regardless = false, check = false, json = false;
  sk::io::NetworkFileOptions files;  // how to read --truth
  int folds = 0, strengths = 12, every = 1, threads = 1;
};

/// The description that `simulate` wrote beside its spikes; an empty object if there is none.
Json description(const std::string& spikes) {
  const std::string path = spikes + ".json";
  std::ifstream file(path);
  if (!file) return Json::object();
  Json made = Json::parse(file, nullptr, false);
  if (!made.is_object()) throw sk::FileError(path, "does not contain a JSON object");
  return made;
}

/// Throws UsageError if the spikes were made with stimuli or delays: a fit would take their effects for connections.
void require_known_causes(const Options& options, const Json& made) {
  for (const char* cause : {"stimuli", "delays"})
    if (made.contains(cause) && !made[cause].empty() && !options.regardless)
      throw UsageError("--spikes", options.spikes + " was simulated with " + cause +
                                       ", which infer cannot fit; use --regardless to ignore them");
}

/// Parses l1=0.001, or l1 alone, which has strength 1 and is scaled by cross-validation.
sk::Penalty penalty(const std::string& text) {
  if (text == "none") return {};
  sk::Penalty sum;
  for (const std::string& part : driver::split(text, '+')) {
    const bool given = part.find('=') != part.npos;
    const driver::Setting setting = given ? driver::setting(part) : driver::Setting{part, "1"};
    const auto strength = number<double>(setting);
    if (setting.name == "l1")
      sum = sum + sk::L1{strength};
    else if (setting.name == "l2")
      sum = sum + sk::L2{strength};
    else
      throw std::invalid_argument("'" + setting.name + "' must be l1 or l2");
  }
  return sum;
}

/// The model with the parameters of the simulation, if they are known, and then those of the command line.
template <class Model>
Model configured(const Options& options, const Json& made) {
  Model model;
  if (made.value("model", "") == Model::name) model = sk::io::read_parameters(options.spikes + ".json", model);
  if (const auto dt = options.dt               ? options.dt
                      : made.contains("dt_ms") ? std::optional(made.value("dt_ms", 0.0))
                                               : options.dt)
    checked("--dt", [&] { sk::set_parameter(model, "dt", *dt); });
  driver::set_parameters(model, options.set);
  return model;
}

const char* text_of(sk::FitStatus status) {
  switch (status) {
    case sk::FitStatus::converged:
      return "converged";
    case sk::FitStatus::silent:
      return "silent";
    case sk::FitStatus::always_fires:
      return "always fires";
    case sk::FitStatus::separated:
      return "separated";
    case sk::FitStatus::impossible:
      return "impossible";
    case sk::FitStatus::misfit:
      return "misfit";
    case sk::FitStatus::not_fitted:
      return "not fitted";
    default:
      return "not converged";
  }
}

void print(const Json& value, const std::string& name = "") {
  if (value.is_object()) {
    for (const auto& [key, each] : value.items())
      print(each, std::string(name).append(name.empty() ? "" : ", ").append(key));
  } else if (!value.is_array()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_number_float()) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.5g", value.get<double>());
      text = digits;
    }
    std::cout << "  " << std::left << std::setw(34) << name << text << '\n';
  }
}

/// The names of the neurons, if the file that simulate wrote with the spikes has them.
sk::NeuronNames names_of(const Options& options, const Json& made) {
  if (!made.contains("names")) return {};
  try {
    return sk::NeuronNames{made["names"].get<std::vector<std::string>>()};
  } catch (const std::exception& error) {
    throw sk::FileError(options.spikes + ".json", std::string("names: ") + error.what());
  }
}

/// The network of --truth. Throws UsageError if its neurons have other names than those recorded.
std::optional<sk::Graph<>> truth_for(const Options& options, std::uint64_t neurons, const sk::NeuronNames& names) {
  if (options.truth.empty()) return {};
  auto files = options.files;
  if (names.empty()) files.neurons = neurons;
  auto network = sk::io::read_network(options.truth, files);
  for (const std::string& note : network.notes) std::cerr << options.truth << ": " << note << '\n';
  if (!names.empty() && !network.names.empty() && !(names == network.names))
    throw UsageError("--truth", options.truth + " has other names, or another order of them, than " + options.spikes);
  return std::move(network.graph);
}

template <class Model>
void run(const Options& options, const Json& made) {
  const auto model = configured<Model>(options, made);
  sk::io::EventsCsvOptions recording{.neurons = options.neurons.value_or(made.value("neurons", std::uint64_t{0})),
                                     .steps = options.steps.value_or(made.value("steps", std::uint64_t{0})),
                                     .dt_ms = options.dt.value_or(made.value("dt_ms", sk::detail::decimal(model.dt()))),
                                     .names = names_of(options, made)};
  if (const std::uint64_t named = recording.names.all().size(); named > 0 && options.neurons.value_or(named) != named)
    throw UsageError("--neurons", options.spikes + ".json has the names of " + std::to_string(named) + " neurons");
  const auto spikes = sk::io::read_events_csv<sk::EventOf<Model>>(options.spikes, recording);
  const auto truth = truth_for(options, spikes.neurons(), recording.names);
  sk::FitOptions how{
      .penalty = penalty(options.penalty), .own_history = options.own_history, .threads = options.threads};
  Json report = {
      {"neurons", spikes.neurons()}, {"steps", spikes.steps()}, {"spikes", spikes.total()}, {"model", Model::name}};

  double begin = seconds();
  if (options.folds > 0) {
    const auto path = Inference<Model>::cross_validate(
        spikes, model, how, {.folds = options.folds, .count = options.strengths, .every = options.every});
    how.penalty = options.rule == "best" ? path.best() : path.sparsest();
    report["cross_validation"] = {{"folds", options.folds}, {"seconds", seconds() - begin}, {"path", Json::array()}};
    for (std::size_t i = 0; i < path.factors.size(); ++i)
      report["cross_validation"]["path"].push_back({{"factor", path.factors[i]},
                                                    {"held_out_log_likelihood", path.held_out[i]},
                                                    {"standard_error", path.errors[i]},
                                                    {"weights", path.weights[i]}});
  }
  begin = seconds();
  const auto fitted = Inference<Model>::fit(spikes, model, how);
  const Json strengths = {{"l1", how.penalty.l1()}, {"l2", how.penalty.l2()}};
  report.update(Json{{"penalty", strengths},
                     {"fit_s", seconds() - begin},
                     {"synapses", fitted.graph.synapses()},
                     {"log_likelihood", fitted.log_likelihood()},
                     {"bits_per_spike", fitted.bits_per_spike()},
                     {"deviance", fitted.deviance()},
                     {"converged", fitted.converged()}});
  Json statuses = Json::object(), baselines = Json::array();
  for (const auto& neuron : fitted.neurons) {
    statuses[text_of(neuron.status)] = statuses.value(text_of(neuron.status), 0) + 1;
    baselines.push_back(neuron.baseline);
  }
  report["status"] = statuses;
  report["baselines"] = baselines;
  if (options.check) {
    const auto checks = Inference<Model>::time_rescaling(fitted, spikes);
    std::uint64_t within = 0, tested = 0;
    for (const auto& each : checks) {
      tested += !each.intervals.empty();
      within += each.statistic < each.bound();
    }
    report["time_rescaling"] = {{"neurons", tested}, {"within_95_percent_bound", within}};
  }
  if (truth) {
    const sk::Score score = checked("--truth", [&] { return sk::score(fitted, *truth); });
    const sk::Detection found = sk::detected(fitted, *truth);
    report["truth"] = {{"connected", score.connected},
                       {"auc", score.auc},
                       {"average_precision", score.average_precision},
                       {"r_precision", score.r_precision},
                       {"correlation", score.correlation},
                       {"found", found.right + found.wrong},
                       {"precision", found.precision},
                       {"recall", found.recall}};
  }
  if (!options.out.empty()) driver::save(options.out, fitted.graph, recording.names);
  if (options.json)
    std::cout << report.dump() << '\n';
  else
    print(report);
  if (!std::cout.flush()) throw std::runtime_error("standard output cannot be written");
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Infers networks of stochastic spiking neurons from recorded spikes."};
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  app.add_option("--spikes", options.spikes,
                 "CSV file with columns step,neuron,count. If simulate wrote FILE.json\n"
                 "with it, model, parameters, the numbers of neurons and steps and the\n"
                 "names of neurons are read from there, unless options give them")
      ->required();
  app.add_option("--neurons", options.neurons, "number of recorded neurons");
  app.add_option("--steps", options.steps, "number of recorded steps");
  app.add_option("--dt", options.dt, "time step of recording and model, ms");
  app.add_flag("--regardless", options.regardless,
               "accept spikes that were simulated with stimuli or delays. The fit\n"
               "ignores these: neurons that share a stimulus look connected");
  app.add_option("--model", options.model, "model to fit: bernoulli_glm or poisson_glm")
      ->check(CLI::IsMember({sk::BernoulliGLM::name, sk::PoissonGLM::name}).description(""));
  app.add_option("--set", options.set, "name=value: a parameter of the model; except for b, it is not fitted")
      ->expected(1)
      ->take_all();
  app.add_flag("!--no-own-history", options.own_history, "fit no autapses");
  app.add_option("--penalty", options.penalty, "none, l1=S, l2=S or l1=S+l2=S; the strength S is 1 if omitted")
      ->capture_default_str();
  auto* folds =
      app.add_option("--cross-validate", options.folds, "number of folds: chooses the strength of the penalty")
          ->check(CLI::Range(2, 1'000'000).description(""));
  app.add_option("--strengths", options.strengths, "number of strengths to try")
      ->needs(folds)
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  app.add_option("--validate-every", options.every, "N: cross-validate only every N-th neuron")
      ->needs(folds)
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  app.add_option("--rule", options.rule,
                 "best, or sparsest: the strongest penalty with a held-out likelihood\n"
                 "within one standard error of the best")
      ->needs(folds)
      ->check(CLI::IsMember({"best", "sparsest"}).description(""))
      ->capture_default_str();
  app.add_flag("--check", options.check, "test the goodness of fit by time rescaling");
  auto* truth =
      app.add_option("--truth", options.truth, "file of the true network, to compare with: .csv, .tsv, .mtx or .npy");
  driver::add_table_options(app, truth, options.files);
  app.add_flag("--transpose", options.files.transpose, "swap presynaptic and postsynaptic neurons of --truth")
      ->needs(truth);
  app.add_option("--out", options.out, "file for the inferred network: .csv, .tsv, .mtx or .npy");
  app.add_option("--threads", options.threads, "number of threads")
      ->check(CLI::PositiveNumber.description(""))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print one JSON object instead of the table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));
    throw UsageError("infer", error.what());
  }
  checked("--penalty", [&] { penalty(options.penalty); });
  if (!options.out.empty() && sk::io::graph_extension(options.out).empty())
    throw UsageError("--out", options.out + " has no graph file extension (.csv, .tsv, .mtx or .npy)");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options = parse(argc, argv);
  const Json made = description(options.spikes);
  require_known_causes(options, made);
  if (options.model.empty()) options.model = made.value("model", sk::BernoulliGLM::name);
  if (options.model == sk::BernoulliGLM::name)
    run<sk::BernoulliGLM>(options, made);
  else if (options.model == sk::PoissonGLM::name)
    run<sk::PoissonGLM>(options, made);
  else
    throw UsageError("--model", options.model + " cannot be fitted; use bernoulli_glm or poisson_glm");
  return 0;
} catch (const UsageError& error) {
  std::cerr << error.what() << '\n';
  return 2;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
