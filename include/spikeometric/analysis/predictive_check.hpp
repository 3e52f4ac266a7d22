// SPDX-License-Identifier: BSD-3-Clause
//
// Posterior predictive checks: simulates a fitted model as often as asked, and compares rates, irregularity, PSTH and
// correlations of the simulations with those of the recording.
//
//   const auto fitted = sk::fit(sk::recording_family(1.0), trials);
//   const auto check = sk::predictive_check(fitted, trials, {.seed = sk::Seed{1}, .bin_steps = 10, .threads = 2});
//   std::cout << check.rates_hz.data[7] << " Hz, simulated " << check.rates_hz.mean[7] << " +- "
//             << check.rates_hz.deviation[7] << ", p " << check.rates_hz.p_value[7] << '\n';
//
//   sk::predictive_check(fitted, other_stimulus, others, {.bin_steps = 10});  // with the stimulus of these trials
//
// As a picture (<spikeometric/io/svg_plot.hpp>): each point is a neuron or a pair, with two standard deviations.
//
//   const auto beside = [](const char* title, const sk::PredictedValues& all) {
//     const sk::PredictedValues of = all.defined();
//     return sk::io::Plot{.title = title, .x_label = "recording", .y_label = "simulations",
//                         .series = {{.x = of.data, .y = of.data, .colour = "#666666"},
//                                    {.style = sk::io::Style::points, .x = of.data, .y = of.mean, .band = of.band()}}};
//   };
//   const sk::PredictedValues& psth = check.psths_hz[7];
//   const sk::io::Plot response{.title = "PSTH of neuron 7", .x_label = "time (ms)", .y_label = "rate (Hz)",
//       .series = {{.name = "recording", .style = sk::io::Style::outline, .x = check.psth_edges_ms, .y = psth.data},
//                  {.name = "simulations", .style = sk::io::Style::outline, .x = check.psth_edges_ms, .y = psth.mean,
//                   .band = psth.band()}}};
//   sk::io::write_svg("check.svg", sk::io::Panels{
//       .plots = {beside("Rate (Hz)", check.rates_hz), beside("CV of intervals", check.cv),
//                 beside("Correlation", check.correlations), response},
//       .columns = 2, .panel_height = 260, .common_x = false, .common_y = false});
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/analysis/correlations.hpp"
#include "spikeometric/analysis/detail/trials.hpp"
#include "spikeometric/analysis/intervals.hpp"
#include "spikeometric/analysis/psth.hpp"
#include "spikeometric/backend/eigen.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/detail/threads.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/initial_state.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// Options of predictive_check().
struct PredictiveCheckOptions {
  int simulations = 100;  ///< the smallest p-value is 1 / (1 + simulations)
  /// Of the spikes of the simulations. They are independent of a run with the same seed.
  Seed seed = {};
  /// The seed of the run that was recorded. Required if the stimulus is random; it is then the same in all simulations.
  std::optional<Seed> stimulus_seed = std::nullopt;
  std::uint64_t bin_steps = 0;  ///< width of the bins of PSTHs and correlations; must be given
  bool subtract_psth = false;   ///< whether correlations are noise correlations; see CorrelationOptions
  double interval = 0.95;       ///< the fraction of the simulations between `low` and `high`
  /// The state in which each trial of a simulation starts, and the number of steps without stimulus from there to its
  /// first step. By default, there are as many as the fit has steps of history.
  InitialState initial = InitialState::silent();
  std::optional<std::uint64_t> equilibration_steps = std::nullopt;
  int threads = 1;
};

/// A statistic of several neurons, pairs or bins, one element each.
struct PredictedValues {
  std::vector<double> data;             ///< of the recording
  std::vector<double> mean, deviation;  ///< mean and standard deviation over simulations
  std::vector<double> low, high;        ///< the central interval, between quantiles of the simulations
  /// The probability of a value as far from the mean as that of the recording, if the model is right: (1 + simulations
  /// as extreme) / (1 + simulations), two-sided. The mean is over the recording and the simulations. NaN if the
  /// recording or all simulations have no value.
  std::vector<double> p_value;
  /// Simulations with a value. A CV is NaN for a neuron without intervals, and a correlation for one with a constant
  /// count; such simulations do not count.
  std::vector<int> simulations;

  std::size_t size() const { return data.size(); }

  /// Some standard deviations, for error bars and bands of pictures.
  std::vector<double> band(double deviations = 2.0) const {
    std::vector<double> result;
    for (const double each : deviation) result.push_back(deviations * each);
    return result;
  }

  /// The elements with a value in the recording and in at least one simulation.
  PredictedValues defined() const {
    PredictedValues result;
    for (std::size_t i = 0; i < size(); ++i)
      if (!std::isnan(data[i]) && simulations[i] > 0) {
        for (const auto member : {&PredictedValues::data, &PredictedValues::mean, &PredictedValues::deviation,
                                  &PredictedValues::low, &PredictedValues::high, &PredictedValues::p_value})
          (result.*member).push_back((this->*member)[i]);
        result.simulations.push_back(simulations[i]);
      }
    return result;
  }
};

/// A recording beside simulations of a fitted model.
struct PredictiveCheck {
  PredictedValues rates_hz;  ///< of each neuron
  PredictedValues cv;        ///< of the intervals of each neuron; see Intervals
  /// (a, b) with a < b, in the order (0, 1), (0, 2), ..., (1, 2), ..., and the correlations of their spike counts.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  PredictedValues correlations;
  /// The bins of trials, one more edge than bins, and the rates in them for each neuron. Empty for a single recording.
  std::vector<double> psth_edges_ms;
  std::vector<PredictedValues> psths_hz;
  int simulations = 0;  ///< completed
  /// Simulations in which a trial diverged (see Divergence). They are left out. A model that runs away without
  /// divergence has high rates.
  int diverged = 0;
};

namespace detail {

/// What predictive_check needs of a fit.
template <class F>
concept FittedModel = requires(const F& fitted) {
  requires is_graph<std::remove_cvref_t<decltype(fitted.graph)>>;
  requires Model<std::remove_cvref_t<decltype(fitted.model)>>;
  requires Stimulus<std::remove_cvref_t<decltype(fitted.stimulus)>>;
  { fitted.history_steps } -> std::convertible_to<std::uint64_t>;
};

/// The stimulus of a recording: it has the seed, network id and place among the trials of the recording, whatever those
/// of the simulator are.
template <class StimulusType>
class RecordedTrialStimulus {
 public:
  static constexpr std::size_t channels = StimulusType::channels;
  static constexpr bool stands_alone = true;

  /// Throws InvalidArgument for a stimulus that is not known in all steps of the trial.
  template <class Event>
  RecordedTrialStimulus(const StimulusType& stimulus, const StimulusContext& context, const Events<Event>& trial)
      : stimulus_(stimulus), context_(context) {
    StimulusTerms<float> terms{context};
    add_to(terms, 0);
    terms.require_covered(trial.first_step(), trial.steps(), "trial " + std::to_string(context.index));
  }

  template <class Terms>
  void add_to(Terms& terms, std::uint32_t channel) const {
    Terms of_trial{context_};
    of_trial.calls_functions = terms.calls_functions;
    stimulus_.add_to(of_trial, channel);
    terms = std::move(of_trial);
  }
  auto functions() const { return stimulus_.functions(); }

 private:
  StimulusType stimulus_;
  StimulusContext context_;
};

/// The stimulus of each trial.
template <class StimulusType, class Event>
auto stimuli_of(const StimulusType& stimulus, std::span<const Events<Event>> trials, std::optional<Seed> seed) {
  if constexpr (std::is_same_v<StimulusType, NoStimulus>) {
    return std::vector<NoStimulus>(trials.size());
  } else {
    std::vector<RecordedTrialStimulus<StimulusType>> stimuli;
    for (const Events<Event>& trial : trials)
      stimuli.emplace_back(
          stimulus,
          StimulusContext{trial.dt_ms(), seed, trial.network_id(), stimuli.size(), trials.size(), trial.neurons()},
          trial);
    return stimuli;
  }
}

/// All statistics in a row: rates, CVs, correlations of pairs, and PSTHs if there are several trials.
template <class Event>
std::vector<double> statistics_of(std::span<const Events<Event>> trials, const PredictiveCheckOptions& options) {
  const std::uint64_t neurons = trials[0].neurons();
  const Rows rows = Rows::of_each(Mask{}, neurons);
  std::vector<double> spikes(neurons), result;
  double seconds = 0.0;
  for (const Events<Event>& trial : trials) {
    const std::vector<std::uint64_t> counts = trial.counts();
    for (std::size_t neuron = 0; neuron < neurons; ++neuron) spikes[neuron] += static_cast<double>(counts[neuron]);
    seconds += static_cast<double>(trial.steps()) * trial.dt_ms() / 1000.0;
  }
  for (const double of_neuron : spikes) result.push_back(of_neuron / seconds);
  for (const Intervals& of_neuron : intervals_of(trials)) result.push_back(of_neuron.cv);
  const Eigen::MatrixXd correlations =
      correlations_of(trials, rows, {.bin_steps = options.bin_steps, .subtract_psth = options.subtract_psth});
  for (Eigen::Index a = 0; a < correlations.rows(); ++a)
    for (Eigen::Index b = a + 1; b < correlations.rows(); ++b) result.push_back(correlations(a, b));
  if (trials.size() > 1)
    for (const Psth& psth : psth_of(trials, rows, {.bin_steps = options.bin_steps}))
      result.insert(result.end(), psth.rate_hz.begin(), psth.rate_hz.end());
  return result;
}

/// Simulates each trial once. `base` is a simulator of the network.
template <class Base, class ModelType, class Stimuli, class Event>
auto simulated_trials(const Base& base, const ModelType& model, const Stimuli& stimuli,
                      std::span<const Events<Event>> trials, std::uint64_t equilibration_steps, Seed seed) {
  std::vector<Events<EventOf<ModelType>>> result;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    auto simulator = base.with(model, stimuli[i], Seed{mix(seed.value ^ (i + 1))});
    simulator.equilibrate(equilibration_steps);
    if (trials[i].first_step() > 0) {  // the stimulus follows the clock of the trial
      auto state = simulator.state();
      state[0].step = trials[i].first_step();
      state[0].random_step = std::max(state[0].random_step, state[0].step);
      simulator.restore(state);
    }
    result.push_back(simulator.run(trials[i].steps()));
  }
  return result;
}

/// The quantile of ascending values, linear between them.
inline double quantile(const std::vector<double>& ascending, double fraction) {
  const double place = fraction * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

/// Elements [first, first + count) of the statistics of the recording and of each simulation.
inline PredictedValues predicted_values(const std::vector<double>& data,
                                        const std::vector<std::vector<double>>& simulations, std::size_t first,
                                        std::size_t count, double interval) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  PredictedValues result;
  for (std::size_t i = first; i < first + count; ++i) {
    std::vector<double> values;
    double sum = 0.0, squares = 0.0;
    for (const std::vector<double>& simulation : simulations)
      if (!std::isnan(simulation[i])) {
        values.push_back(simulation[i]);
        sum += simulation[i];
      }
    const auto n = static_cast<double>(values.size());
    const double mean = sum / n, centre = (sum + data[i]) / (n + 1.0);
    double extreme = 1.0;
    for (const double value : values) {
      squares += (value - mean) * (value - mean);
      extreme += std::abs(value - centre) >= (1.0 - 1e-9) * std::abs(data[i] - centre);  // ties despite rounding
    }
    std::sort(values.begin(), values.end());
    result.data.push_back(data[i]);
    result.mean.push_back(mean);
    result.deviation.push_back(n > 1.0 ? std::sqrt(squares / (n - 1.0)) : nan);
    result.low.push_back(values.empty() ? nan : quantile(values, 0.5 - 0.5 * interval));
    result.high.push_back(values.empty() ? nan : quantile(values, 0.5 + 0.5 * interval));
    result.p_value.push_back(std::isnan(data[i]) || values.empty() ? nan : extreme / (n + 1.0));
    result.simulations.push_back(static_cast<int>(values.size()));
  }
  return result;
}

template <class Fitted, class StimulusType, class Event>
PredictiveCheck predictive_check_of(const Fitted& fitted, const StimulusType& stimulus,
                                    std::span<const Events<Event>> trials, const PredictiveCheckOptions& options) {
  if (options.simulations < 1)
    throw InvalidArgument("simulations = " + std::to_string(options.simulations) + " must be at least 1");
  if (!(options.interval > 0.0 && options.interval < 1.0))
    throw InvalidArgument("interval = " + to_text(options.interval) + " must be above 0 and below 1");
  if (options.threads < 1)
    throw InvalidArgument("threads = " + std::to_string(options.threads) + " must be at least 1");
  const std::uint64_t neurons = fitted.graph.neurons();
  if (trials[0].neurons() != neurons)
    throw InvalidArgument("a recording of " + std::to_string(trials[0].neurons()) +
                          " neurons does not fit a network of " + std::to_string(neurons));
  if (trials[0].dt_ms() != decimal(fitted.model.dt()))
    throw InvalidArgument("a recording in steps of " + to_text(trials[0].dt_ms()) +
                          " ms does not fit a model in steps of " + to_text(fitted.model.dt()) + " ms");
  const std::vector<double> data = statistics_of(trials, options);

  const auto stimuli = stimuli_of(stimulus, trials, options.stimulus_seed);
  const Simulator base{fitted.graph, fitted.model, stimuli[0], options.seed, EigenBackend<>{}, options.initial};
  const std::uint64_t equilibration_steps = options.equilibration_steps.value_or(fitted.history_steps);
  std::vector<std::vector<double>> simulations(static_cast<std::size_t>(options.simulations));
  Threads threads{options.threads};
  for_each_portion(threads, simulations.size(), [&](std::size_t i) {
    try {
      const Seed seed{mix(mix(options.seed.value) ^ (i + 1))};
      const auto simulated = simulated_trials(base, fitted.model, stimuli, trials, equilibration_steps, seed);
      simulations[i] = statistics_of(trials_of(simulated), options);
    } catch (const Divergence&) {  // no statistics
    }
  });

  PredictiveCheck result;
  std::erase_if(simulations, [](const std::vector<double>& statistics) { return statistics.empty(); });
  result.simulations = static_cast<int>(simulations.size());
  result.diverged = options.simulations - result.simulations;
  std::size_t first = 0;
  const auto next = [&](std::size_t count) {
    return predicted_values(data, simulations, std::exchange(first, first + count), count, options.interval);
  };
  result.rates_hz = next(neurons);
  result.cv = next(neurons);
  for (std::uint32_t a = 0; a < neurons; ++a)
    for (std::uint32_t b = a + 1; b < neurons; ++b) result.pairs.emplace_back(a, b);
  result.correlations = next(result.pairs.size());
  if (trials.size() > 1) {
    const std::size_t bins = (data.size() - first) / neurons;
    for (std::size_t bin = 0; bin <= bins; ++bin)
      result.psth_edges_ms.push_back(static_cast<double>(bin * options.bin_steps) * trials[0].dt_ms());
    for (std::uint64_t neuron = 0; neuron < neurons; ++neuron) result.psths_hz.push_back(next(bins));
  }
  return result;
}

}  // namespace detail

/// Simulates a fitted model, each time the same trials and steps as the recording, and compares the statistics of the
/// recording with their distribution over simulations. `fitted` is a Fit, or has the same members `graph`, `model`,
/// `stimulus` and `history_steps`. `recordings` is Events, or the trials of one network as BatchEvents or a std::vector
/// of Events. `stimulus` is that of these recordings, and follows their clocks. Every trial of a simulation starts from
/// options.initial, takes the steps of equilibration without stimulus, and then the steps of the trial. All steps
/// count, in the recording too. Neurons that were not fitted have no input in the simulations.
///
/// If the model is right and was not fitted to the recording, each p-value is at most x with a probability of at most
/// x; after a fit to the same recording, small p-values are less likely. Under the threshold of 0.05, one in 20
/// statistics of a right model falls by chance: with many neurons, pairs or bins, expect some.
///
/// Time: that of the simulations, and of intervals(), correlations() and psth() for each. Memory: 8 bytes for each
/// simulation and statistic, and for each thread the synapses' sums of a simulator and the spikes of a simulation. The
/// result does not depend on the number of threads.
///
/// Throws InvalidArgument for simulations or threads below 1, an interval that is not in (0, 1), a recording that does
/// not fit the model, or a stimulus that does not cover it, and as correlations(), psth() and Simulator do.
template <detail::FittedModel Fitted, Stimulus StimulusType, detail::RecordingOrTrials Recordings>
[[nodiscard]] PredictiveCheck predictive_check(const Fitted& fitted, const StimulusType& stimulus,
                                               const Recordings& recordings,
                                               const PredictiveCheckOptions& options = {}) {
  return detail::predictive_check_of(fitted, detail::lift(stimulus), detail::trials_of(recordings), options);
}

/// The same with the stimulus of the fit.
template <detail::FittedModel Fitted, detail::RecordingOrTrials Recordings>
[[nodiscard]] PredictiveCheck predictive_check(const Fitted& fitted, const Recordings& recordings,
                                               const PredictiveCheckOptions& options = {}) {
  return predictive_check(fitted, fitted.stimulus, recordings, options);
}

}  // namespace spikeometric
