// SPDX-License-Identifier: BSD-3-Clause
#include "analysis.hpp"

#include <spikeometric/io/graph_file.hpp>
#include <spikeometric/simulate/select.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <utility>

#include "../simulate/save.hpp"
#include "../simulate/usage.hpp"
#include "choice.hpp"
#include "covariates.hpp"
#include "inference.hpp"
#include "pictures.hpp"
#include "spikes.hpp"

namespace driver {

namespace {

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

const char* text_of(sk::Stability stability) {
  return stability == sk::Stability::stable ? "stable" : stability == sk::Stability::fragile ? "fragile" : "unstable";
}

/// At most one spike per step: refuses steps with several, or counts them as one.
void make_binary(Spikes& spikes, const std::string& path, const ReadingOptions& options) {
  std::uint64_t bins = 0;
  const sk::io::UnitSummary* most = &spikes.units.front();
  for (const sk::io::UnitSummary& unit : spikes.units) {
    bins += unit.bins_with_several;
    if (unit.bins_with_several > most->bins_with_several) most = &unit;
  }
  if (bins == 0) return;
  if (!options.clip)
    throw sk::FileError(path, std::to_string(bins) + (bins == 1 ? " step has" : " steps have") +
                                  " several spikes of a unit (most: unit " + most->name +
                                  "), but this model has at most one; shorten --dt, choose --model "
                                  "poisson_exponential, or add --clip to count them as one");
  std::vector<sk::Events<sk::CountEvent>> clipped;
  for (const auto& trial : spikes.trials) {
    std::vector<sk::CountEvent> events(trial.packed().begin(), trial.packed().end());
    for (sk::CountEvent& event : events) event.count = 1;
    clipped.emplace_back(trial.neurons(), trial.dt_ms(), trial.network_id(), trial.first_step(), trial.steps(),
                         std::move(events));
  }
  spikes.trials = sk::BatchEvents{std::move(clipped)};
}

/// The true network of --truth. Throws UsageError if its neurons have other names than those recorded.
std::optional<sk::Graph<>> truth_for(const Options& options, std::uint64_t neurons, const sk::NeuronNames& names) {
  if (options.truth.empty()) return {};
  auto files = options.files;
  if (names.empty()) files.neurons = neurons;
  auto network = sk::io::read_network(options.truth, files);
  for (const std::string& note : network.notes) std::cerr << options.truth << ": " << note << '\n';
  if (!names.empty() && !network.names.empty() && !(names == network.names))
    throw UsageError("--truth",
                     options.truth + " has other names, or another order of them, than " + options.recording.spikes);
  return std::move(network.graph);
}

Json of(const sk::Penalty& penalty) {
  Json json = {{"l1", penalty.l1()}, {"l2", penalty.l2()}};
  if (penalty.group_l1() > 0.0) json["group_l1"] = penalty.group_l1();
  if (penalty.smooth() > 0.0) json["smooth"] = penalty.smooth();
  if (penalty.is_standardized()) json["standardized"] = true;
  if (!penalty.factors().empty()) {
    const auto [least, largest] = std::minmax_element(penalty.factors().begin(), penalty.factors().end());
    json["factors"] = {{"least", *least}, {"largest", *largest}};
  }
  return json;
}

sk::FitOptions fit_options(const Options& options, const Spikes& spikes, std::size_t own_functions) {
  sk::FitOptions how{.penalty = options.penalties.coupling,
                     .own_penalty = options.penalties.own,
                     .stimulus_penalty = options.penalties.stimulus,
                     .own_history = options.has_own_history,
                     .own_sign = options.own_sign,
                     .history_steps = options.history_steps,
                     .threads = options.threads};
  if (how.own_penalty && own_functions > 0) {  // a group of n functions has a strength times sqrt(n)
    const sk::Penalty given = *how.own_penalty;
    const double functions = static_cast<double>(own_functions) / static_cast<double>(max_own_functions);
    how.own_penalty = sk::L1{given.l1()} + sk::L2{given.l2()} + sk::GroupL1{given.group_l1() * std::sqrt(functions)} +
                      sk::Smooth{given.smooth()};
  }
  if (options.standardized && options.folds == 0) {
    how.penalty = how.penalty.standardized();
    how.stimulus_penalty = how.stimulus_penalty.standardized();
  }
  if (!options.signs.empty()) how.signs = read_signs(options.signs, spikes.names, spikes.trials[0].neurons());
  if (!options.fit_units.empty())
    checked("--fit-units", [&] {
      for (const std::string& name : options.fit_units) {
        const std::uint32_t id = spikes.names.id(name);
        if (id >= spikes.trials[0].neurons()) throw std::invalid_argument("there is no neuron " + name);
        how.neurons.push_back(id);
      }
    });
  return how;
}

/// Chooses the strength of a penalty by cross-validation.
Json cross_validated(const Options& options, const Family& family, const Recording& recording, sk::FitOptions& how) {
  const double begin = seconds();
  sk::CrossValidationOptions validation{.folds = options.folds, .count = options.strengths, .every = options.every};
  if (!options.folds_by.empty()) validation.by_recording = options.folds_by == "trials";
  const bool of_own = options.choose == "own_history", of_stimulus = options.choose == "stimulus";
  validation.part = of_own        ? sk::PenaltyPart::own_history
                    : of_stimulus ? sk::PenaltyPart::stimulus
                                  : sk::PenaltyPart::coupling;
  const sk::RegularisationPath path = family.cross_validate(recording, how, validation);
  const sk::Penalty chosen = options.rule == "best" ? path.best() : path.sparsest();
  if (of_own)
    how.own_penalty = chosen;
  else
    (of_stimulus ? how.stimulus_penalty : how.penalty) = chosen;
  if (path.extended > 0)
    std::cerr << "--cross-validate: the weakest strength was the best, so " << path.extended
              << " weaker ones were added\n";
  if (path.at_end > 0)
    std::cerr << "--cross-validate: for " << path.at_end << (path.at_end == 1 ? " neuron" : " neurons")
              << " the weakest strength is the best\n";
  Json report = {{"folds", options.folds},
                 {"seconds", seconds() - begin},
                 {"extended", path.extended},
                 {"neurons_at_weakest", path.at_end},
                 {"path", Json::array()}};
  for (std::size_t i = 0; i < path.factors.size(); ++i)
    report["path"].push_back({{"factor", path.factors[i]},
                              {"held_out_log_likelihood", path.held_out[i]},
                              {"standard_error", path.errors[i]},
                              {"weights", path.weights[i]}});
  return report;
}

/// Says which units have fewer spikes than parameters.
void note_few_spikes(const Spikes& spikes, const Recording& recording, std::size_t coupling_functions,
                     const Estimates& fit) {
  const std::size_t parameters =
      1 + recording.stimulus.size() + fit.own_functions + (fit.neurons.size() - 1) * coupling_functions;
  std::uint64_t few = 0;
  const sk::io::UnitSummary* fewest = nullptr;
  for (std::size_t i = 0; i < fit.neurons.size(); ++i) {
    const sk::io::UnitSummary& unit = spikes.units[i];
    if (fit.neurons[i].status == sk::FitStatus::not_fitted || unit.spikes == 0 || unit.spikes >= parameters) continue;
    ++few;
    if (!fewest || unit.spikes < fewest->spikes) fewest = &unit;
  }
  if (few > 0)
    std::cerr << few << (few == 1 ? " unit has" : " units have") << " fewer spikes than the " << parameters
              << " parameters of its fit (fewest: unit " << fewest->name << ", " << fewest->spikes
              << "); add a penalty or choose fewer basis functions\n";
}

Json unit_table(const Spikes& spikes, const FittedModel& fit, const std::vector<sk::RescaledIntervals>& checks,
                const std::optional<sk::PredictiveCheck>& simulated, const std::optional<sk::Evaluation>& held_out) {
  Json table = Json::array();
  const Estimates& all = fit.estimates;
  for (std::size_t i = 0; i < all.neurons.size(); ++i) {
    const sk::io::UnitSummary& unit = spikes.units[i];
    const sk::NeuronFit& neuron = all.neurons[i];
    const double gained = neuron.log_likelihood - neuron.null_log_likelihood;
    Json row = {{"name", unit.name},
                {"spikes", unit.spikes},
                {"rate_hz", unit.rate_hz},
                {"shortest_interval_ms", unit.shortest_interval_ms},
                {"refractory_violations", unit.refractory_violations},
                {"refractory_steps", neuron.refractory_steps},
                {"baseline", neuron.baseline},
                {"baseline_error", neuron.baseline_error},
                {"bits_per_spike", neuron.spikes > 0.0 ? gained / (neuron.spikes * std::log(2.0)) : 0.0},
                {"status", text_of(neuron.status)},
                {"stability", text_of(all.stability.neurons[i].verdict)}};
    if (held_out) row["held_out_bits_per_spike"] = held_out->neurons[i].bits_per_spike();
    if (!checks.empty()) row["time_rescaling_p"] = checks[i].p_value;
    if (simulated)
      row.update(Json{{"simulated_rate_hz", simulated->rates_hz.mean[i]},
                      {"simulated_rate_deviation_hz", simulated->rates_hz.deviation[i]},
                      {"cv", simulated->cv.data[i]},
                      {"simulated_cv", simulated->cv.mean[i]}});
    if (!neuron.stimulus_weights.empty()) row["stimulus_weights"] = neuron.stimulus_weights;
    table.push_back(std::move(row));
  }
  return table;
}

/// Throws UsageError if connections shall be tested and cannot be.
void require_p_values(const Options& options) {
  if (!options.fdr) return;
  if (!(*options.fdr > 0.0 && *options.fdr < 1.0))
    throw UsageError("--fdr", driver::text_of(*options.fdr) + " must be above 0 and below 1");
  const Penalties& all = options.penalties;
  if (!all.coupling.differentiable() || !all.stimulus.differentiable() || (all.own && !all.own->differentiable()))
    throw UsageError("--fdr",
                     "weights of a fit with the penalty l1 or group_l1 have no p-values; choose none, l2 or smooth");
  if (!options.signs.empty()) throw UsageError("--fdr", "weights of a fit with --signs have no p-values");
}

Json edges_found(const sk::Edges& edges, const sk::NeuronNames& names, double fdr) {
  Json report = {{"fdr", fdr},
                 {"tests", edges.tests},
                 {"refitted", edges.refitted},
                 {"threshold", edges.threshold},
                 {"found", Json::array()}};
  for (const sk::Connection& edge : edges.found)
    report["found"].push_back({{"pre", names[edge.pre]},
                               {"post", names[edge.post]},
                               {"p_value", edge.p_value},
                               {"q_value", edge.q_value},
                               {"strength", edge.strength},
                               {"strength_error", edge.strength_error}});
  return report;
}

void write_edges(const std::string& path, const sk::Edges& edges, const sk::NeuronNames& names) {
  const auto fields = sk::io::detail::quoted(names, ',');
  const auto name = [&](std::uint32_t neuron) { return fields.empty() ? std::to_string(neuron) : fields[neuron]; };
  sk::io::detail::TextFile file(path);
  file << "pre,post,p_value,q_value,strength,strength_error\n";
  for (const sk::Connection& edge : edges.found) {
    file << name(edge.pre) << ',' << name(edge.post);
    for (const double value : {edge.p_value, edge.q_value, edge.strength, edge.strength_error}) file << ',' << value;
    file << '\n';
  }
  file.close();
}

/// Writes the network; in a table, with the standard errors of its weights as a further column.
void write_network(const std::string& path, const FittedModel& fit, const sk::NeuronNames& names) {
  const sk::Graph<> graph = fit.network();
  save(path, graph, names);
  const std::string extension = sk::io::graph_extension(path);
  const Estimates& all = fit.estimates;
  if ((extension != ".csv" && extension != ".tsv") || all.weight_errors.size() == 0) return;
  Eigen::MatrixXd errors = all.weight_errors;      // of one weight, or of the strength
  if (all.weights.cols() != all.weights.rows()) {  // several basis functions
    errors.setZero(all.strengths.rows(), all.strengths.cols());
    const Eigen::Map<const Eigen::VectorXd> areas(all.areas.data(), static_cast<Eigen::Index>(all.coupling_functions));
    for (std::uint32_t post = 0; post < errors.cols(); ++post) {
      const std::vector<sk::FittedFilter> filters = fit.incoming_filters(post);
      for (std::uint32_t pre = 0; pre < errors.rows(); ++pre)
        if (pre != post) errors(pre, post) = std::sqrt(areas.dot(filters[pre].covariance * areas));
    }
  }
  std::ifstream written(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(written, line);) lines.push_back(std::move(line));
  sk::io::detail::TextFile file(path);
  const char separator = extension == ".csv" ? ',' : '\t';
  const auto edges = graph.edges();
  auto edge = edges.begin();
  bool is_header = true;
  for (const std::string& line : lines) {
    file << line;
    if (!line.starts_with('#')) {
      file << separator;
      if (std::exchange(is_header, false)) {
        file << "error";
      } else {
        file << errors((*edge).pre, (*edge).post);
        ++edge;
      }
    }
    file << '\n';
  }
  file.close();
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number_float()) return value.is_null() ? "-" : value.dump();
  if (!std::isfinite(value.get<double>())) return "-";
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4g", value.get<double>());
  return digits;
}

/// Rows of the same columns, below their names.
void print_table(const Json& rows) {
  if (rows.empty()) return;
  std::vector<std::pair<std::string, std::size_t>> columns;
  for (const auto& [name, value] : rows[0].items())
    if (!value.is_array()) columns.emplace_back(name, name.size());
  for (auto& [name, width] : columns)
    for (const Json& row : rows) width = std::max(width, text_of(row[name]).size());
  for (const auto& [name, width] : columns)
    std::cout << "  " << std::left << std::setw(static_cast<int>(width)) << name;
  std::cout << '\n';
  for (const Json& row : rows) {
    for (const auto& [name, width] : columns)
      std::cout << "  " << std::left << std::setw(static_cast<int>(width)) << text_of(row[name]);
    std::cout << '\n';
  }
}

void print(const Json& value, const std::string& name = "") {
  if (value.is_object()) {
    for (const auto& [key, each] : value.items())
      print(each, std::string(name).append(name.empty() ? "" : ", ").append(key));
  } else if (!value.is_array()) {
    std::string text = text_of(value);
    if (value.is_number_float()) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.5g", value.get<double>());
      text = digits;
    }
    std::cout << "  " << std::left << std::setw(42) << name << text << '\n';
  }
}

}  // namespace

void analyse(const Options& options) {
  require_p_values(options);
  const bool in_steps = is_in_steps(options.recording.spikes);
  const Json made = in_steps ? description_beside(options.recording.spikes) : Json::object();
  const std::string model = model_name(options, made);
  Spikes spikes = read_recording(options.recording, options.reading, dt_of(options, model, made));
  const ChosenFamily chosen = family(options, model, spikes.dt_ms, made);
  if (chosen.family->binary()) make_binary(spikes, options.recording.spikes, options.reading);
  const std::uint64_t neurons = spikes.trials[0].neurons();
  const auto truth = truth_for(options, neurons, spikes.names);
  const Stimuli stimuli = read_stimuli(options.recording, options.reading, spikes);
  const Recording recording{spikes.trials, stimuli.covariates};
  const double bins = std::round(options.bin_ms / spikes.dt_ms);
  const auto bin_steps = static_cast<std::uint64_t>(std::max(bins, 1.0));

  std::optional<Recording> held_out;
  if (!options.held_out.spikes.empty()) {
    ReadingOptions reading = options.reading;
    reading.times.units = spikes.names.all();
    reading.dt_ms = spikes.dt_ms;
    if (spikes.names.empty()) reading.neurons = neurons;
    Spikes other = read_recording(options.held_out, reading, spikes.dt_ms);
    if (chosen.family->binary()) make_binary(other, options.held_out.spikes, reading);
    sk::StimulusCovariates stimulus = read_stimuli(options.held_out, reading, other).covariates;
    held_out = Recording{std::move(other.trials), std::move(stimulus)};
  }

  sk::FitOptions how = fit_options(options, spikes, chosen.own_functions);
  std::uint64_t steps = 0;
  for (const auto& trial : spikes.trials) steps += trial.steps();
  Json report = {{"neurons", neurons},    {"trials", spikes.trials.size()},  {"steps", steps},
                 {"dt_ms", spikes.dt_ms}, {"spikes", spikes.trials.total()}, {"model", chosen.name}};
  if (recording.stimulus.size() > 0) report["covariates"] = recording.stimulus.size();
  if (options.folds > 0) report["cross_validation"] = cross_validated(options, *chosen.family, recording, how);

  double begin = seconds();
  const auto fitted = chosen.family->fit(recording, how);
  const Estimates& all = fitted->estimates;
  const sk::Graph<> network = fitted->network();
  report.update(Json{{"penalty", of(how.penalty)},
                     {"fit_s", seconds() - begin},
                     {"fitted_steps", all.steps},
                     {"history_steps", all.history_steps},
                     {"trials_left_out", all.left_out},
                     {"synapses", network.synapses()},
                     {"log_likelihood", all.log_likelihood},
                     {"bits_per_spike", all.bits_per_spike},
                     {"deviance", all.deviance},
                     {"converged", all.converged},
                     {"stability", text_of(all.stability.network)}});
  if (how.own_penalty) report["own_penalty"] = of(*how.own_penalty);
  if (!how.stimulus_penalty.none()) report["stimulus_penalty"] = of(how.stimulus_penalty);
  for (const std::string& warning : fitted->warnings(spikes.names)) std::cerr << warning << '\n';
  if (how.penalty.none()) note_few_spikes(spikes, recording, chosen.family->coupling_functions(), all);
  Json statuses = Json::object(), baselines = Json::array();
  for (const auto& neuron : all.neurons) {
    statuses[text_of(neuron.status)] = statuses.value(text_of(neuron.status), 0) + 1;
    baselines.push_back(neuron.baseline);
  }
  report["status"] = statuses;
  report["baselines"] = baselines;

  std::optional<sk::Evaluation> evaluation;
  if (held_out) {
    evaluation = fitted->evaluate(*held_out);
    report["held_out"] = {{"spikes", evaluation->spikes},
                          {"steps", evaluation->steps / static_cast<double>(neurons)},
                          {"log_likelihood", evaluation->fitted},
                          {"bits_per_spike", evaluation->bits_per_spike()},
                          {"deviance_explained", evaluation->deviance_explained()},
                          {"mcfadden", evaluation->mcfadden()},
                          {"refractory_spikes", evaluation->refractory_spikes}};
  }
  std::vector<sk::RescaledIntervals> checks;
  if (options.check) {
    checks = fitted->time_rescaling(recording);
    std::uint64_t within = 0, tested = 0, independent = 0;
    for (const auto& each : checks) {
      tested += !each.intervals.empty();
      within += each.statistic < each.bound();
      independent += each.successive.p_value > 0.05;
    }
    report["time_rescaling"] = {
        {"neurons", tested}, {"within_95_percent_bound", within}, {"with_independent_intervals", independent}};
  }
  std::optional<sk::PredictiveCheck> simulated;
  if (options.simulations > 0) {
    begin = seconds();
    simulated = fitted->predictive_check(recording, {.simulations = options.simulations,
                                                     .seed = sk::Seed{options.seed},
                                                     .bin_steps = bin_steps,
                                                     .threads = options.threads});
    double recorded_hz = 0.0, mean_hz = 0.0;
    for (std::size_t i = 0; i < neurons; ++i) {
      recorded_hz += simulated->rates_hz.data[i] / static_cast<double>(neurons);
      mean_hz += simulated->rates_hz.mean[i] / static_cast<double>(neurons);
    }
    report["simulated"] = {{"simulations", simulated->simulations},
                           {"diverged", simulated->diverged},
                           {"seconds", seconds() - begin},
                           {"recorded_rate_hz", recorded_hz},
                           {"rate_hz", mean_hz}};
  }
  if (truth) {
    const sk::Score score = checked("--truth", [&] { return fitted->score(*truth); });
    const sk::Detection found = fitted->detected(*truth);
    report["truth"] = {{"connected", score.connected},
                       {"auc", score.auc},
                       {"average_precision", score.average_precision},
                       {"r_precision", score.r_precision},
                       {"correlation", score.correlation},
                       {"found", found.right + found.wrong},
                       {"precision", found.precision},
                       {"recall", found.recall}};
  }
  std::optional<sk::Edges> edges;
  if (options.fdr) {
    edges = checked("--fdr", [&] {
      return fitted->edges({.fdr = *options.fdr,
                            .test = options.edge_test == "lr" ? sk::EdgeTest::likelihood_ratio : sk::EdgeTest::wald,
                            .method = options.yekutieli ? sk::FalseDiscovery::benjamini_yekutieli
                                                        : sk::FalseDiscovery::benjamini_hochberg});
    });
    report["edges"] = edges_found(*edges, spikes.names, *options.fdr);
    if (truth) {
      const sk::Detection found = sk::detected(*edges, *truth);
      report["edges"].update(Json{{"precision", found.precision}, {"recall", found.recall}});
    }
  }
  report["units"] = unit_table(spikes, *fitted, checks, simulated, evaluation);

  if (!options.out.empty()) write_network(options.out, *fitted, spikes.names);
  if (!options.edges.empty()) write_edges(options.edges, *edges, spikes.names);
  if (!options.pictures.empty())
    report["pictures"] =
        write_pictures(options.pictures, {*fitted, recording, spikes.names, stimuli.names, spikes.dt_ms, edges,
                                          std::move(checks), std::move(simulated), bin_steps});
  if (options.json) {
    std::cout << report.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    print(report);
    if (edges) {
      std::cout << "\nCONNECTIONS with a false discovery rate of at most " << driver::text_of(*options.fdr) << '\n';
      print_table(report["edges"]["found"]);
    }
    std::cout << "\nUNITS\n";
    print_table(report["units"]);
  }
  if (!std::cout.flush()) throw std::runtime_error("standard output cannot be written");
}

}  // namespace driver
