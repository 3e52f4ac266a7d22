// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the tuning methods: the unknowns, and measured rates at given values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/tune/detail/knobs.hpp"
#include "spikeometric/tune/detail/targets.hpp"
#include "spikeometric/tune/tuning.hpp"

namespace spikeometric::detail {

/// Measured rates as relative errors: rate / target - 1.
struct MeasuredRates {
  bool diverged = false;  // a count was too large: the rates are infinite
  std::uint64_t steps = 0;
  std::vector<double> errors;
  std::vector<double> deviations;  // standard errors of `errors`
  std::vector<double>
      logarithms;  // of rate / target; for a silent target from expected counts, or -infinity if these are 0
  std::vector<std::vector<double>> slopes;  // d logarithm / d knob, [knob][target], for given spikes

  /// Root mean squares. Infinite if the network diverged (deviation: 0).
  double error() const { return diverged ? std::numeric_limits<double>::infinity() : rms(errors); }
  double deviation() const { return diverged ? 0.0 : rms(deviations); }
  double distance() const { return diverged ? std::numeric_limits<double>::infinity() : rms(logarithms); }

  /// The error without sampling noise, and its uncertainty. For one target, these are the error and its standard error.
  double true_error() const { return diverged ? error() : sqrt(true_square()); }
  double doubt() const {
    if (diverged) return 0.0;
    const auto n = static_cast<double>(errors.size());
    const double variance = square(deviation()), mean = true_square();
    // The variance of the mean square of n errors of this deviation is (2 variance^2 + 4 variance mean) / n.
    const double spread = sqrt((2.0 * square(variance) * (n - 1.0) / n + 4.0 * variance * mean) / n) + variance / n;
    return sqrt(mean + spread) - sqrt(mean);
  }

  static double square(double x) { return mul(x, x); }
  static double rms(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += square(value);
    return sqrt(sum / static_cast<double>(values.size()));
  }

 private:
  double true_square() const {
    const auto n = static_cast<double>(errors.size());
    return std::max(square(error()) - square(deviation()) * (n - 1.0) / n, 0.0);
  }
};

/// One unknown of the search: the change, from the start and in units of `scale`, of a parameter or, for a PerNeuron,
/// of its values for the neurons of one target. If `logarithmic`, the change of its logarithm.
struct Unknown {
  std::size_t knob;
  std::uint32_t target;  // RateTargets::none: all neurons
  bool logarithmic;
  double scale = 1.0;
};

/// The tuning problem as a search sees it, independent of the types of model, stimulus and network.
class TuningProblem {
 public:
  std::vector<Unknown>& unknowns() { return unknowns_; }
  const std::vector<Knob>& knobs() const { return knobs_; }
  const RateTargets& targets() const { return targets_; }
  const TuneOptions& tuning() const { return tuning_; }

  /// The values of each knob at some values of the unknowns.
  std::vector<std::vector<double>> values(std::span<const double> u) const {
    std::vector<std::vector<double>> result;
    std::size_t first = 0;  // first unknown of the knob, which has one or one for each target
    for (const Knob& knob : knobs_) {
      std::vector<double>& values = result.emplace_back(knob.values);
      const bool tied = unknowns_[first].target != RateTargets::none;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint32_t target = tied ? targets_.target_of[0][i] : 0;
        if (target == RateTargets::none) continue;
        const Unknown& unknown = unknowns_[first + target];
        const double moved = mul(u[first + target], unknown.scale);
        values[i] = knob.nearest(unknown.logarithmic ? mul(values[i], exp(moved)) : values[i] + moved);
      }
      first += tied ? targets_.size() : 1;
    }
    return result;
  }

  /// Clamps an unknown so that its parameter stays within its bounds.
  double bounded(std::size_t unknown, double u) const {
    const auto& [knob, target, logarithmic, scale] = unknowns_[unknown];
    if (logarithmic || target != RateTargets::none) return u;
    const Bounds& bounds = knobs_[knob].bounds;
    const double start = knobs_[knob].values[0];
    return std::clamp(u, (bounds.lowest - start) / scale, (bounds.highest - start) / scale);
  }

  /// Measures rates over `steps` steps, or slightly more, from a fresh start. Throws InvalidParameter if parameter
  /// values are invalid.
  virtual MeasuredRates measure(std::span<const double> u, std::uint64_t attempt, std::uint64_t steps,
                                bool derive) const = 0;

  /// Throws InvalidParameter if parameter values are invalid.
  virtual void validate(std::span<const double> u) const = 0;

  /// The minimum number of steps of a measurement.
  std::uint64_t least_steps() const { return tuning_.steps == 0 ? chunks : least_runs * tuning_.steps; }

 protected:
  TuningProblem(const TuneOptions& tuning, RateTargets targets) : tuning_(tuning), targets_(std::move(targets)) {}
  ~TuningProblem() = default;

  /// Counts the spikes of each target in chunks of a run or in whole runs, and estimates rates.
  class Counts {
   public:
    Counts(const RateTargets& targets, std::uint64_t runs, std::uint64_t length)
        : targets_(targets),
          runs_(runs),
          length_(length),
          samples_(targets.size(), std::vector<double>(runs > 1 ? runs : chunks)) {}

    /// Begins to count a run.
    void begin(std::uint64_t run, std::uint64_t first_step) {
      run_ = run;
      first_step_ = first_step;
    }

    template <class Event>
    void operator()(std::uint32_t network, std::uint64_t first, std::span<const Event> events) {
      for (const Event& event : events) {
        const std::uint32_t target = targets_.target_of[network][event.neuron];
        if (target == RateTargets::none) continue;
        const std::uint64_t step = first + event.offset - first_step_;
        samples_[target][runs_ > 1 ? run_ : step * chunks / length_] += static_cast<double>(event.count);
      }
    }

    void estimate(MeasuredRates& result) const {
      for (std::size_t k = 0; k < targets_.size(); ++k) {
        const double expected = mul(targets_.rates[k], targets_.neurons[k]);  // per step
        const auto n = static_cast<double>(samples_[k].size());
        double spikes = 0.0, squares = 0.0, products = 0.0, previous = 0.0;
        for (const double sample : samples_[k]) spikes += sample;
        for (std::size_t i = 0; i < samples_[k].size(); ++i) {
          const double steps = runs_ > 1 ? static_cast<double>(length_) : static_cast<double>(first(i + 1) - first(i));
          const double deviation = samples_[k][i] - spikes * steps / static_cast<double>(runs_ * length_);
          squares += mul(deviation, deviation);
          products += mul(deviation, std::exchange(previous, deviation));
        }
        double variance = squares * n / (n - 1.0);
        // Slow activity correlates successive chunks: corrects the variance as for a first-order process.
        const double alike = runs_ > 1 || !(squares > 0.0) ? 0.0 : std::clamp(products / squares, 0.0, 0.8);
        variance = variance * (1.0 + alike) / (1.0 - alike);
        // With few spikes the sample variance is unreliable: at least that of a Poisson count.
        if (spikes < 100.0) variance = std::max(variance, std::max(spikes, 1.0));
        const double all = mul(expected, static_cast<double>(runs_ * length_));
        result.errors.push_back(spikes / all - 1.0);
        result.deviations.push_back(sqrt(variance) / all);
        result.logarithms.resize(targets_.size(), -std::numeric_limits<double>::infinity());
        if (spikes > 0.0) result.logarithms[k] = log(spikes / all);
      }
    }

   private:
    /// The first step of a chunk: the smallest one with step chunks / length >= chunk.
    std::uint64_t first(std::uint64_t chunk) const { return (chunk * length_ + chunks - 1) / chunks; }

    const RateTargets& targets_;
    std::uint64_t runs_, length_, run_ = 0, first_step_ = 0;
    std::vector<std::vector<double>> samples_;  // [target][chunk or run]
  };

  /// Chooses the knobs to tune, by their names.
  void choose(const std::vector<Knob>& all, bool by_gradient) {
    std::vector<bool> wanted(all.size());
    for (const std::string& name : tuning_.parameters) {
      bool found = false;
      for (std::size_t i = 0; i < all.size(); ++i) {
        const bool among = name == (of_stimulus(all[i]) ? "stimulus" : "model");
        if (all[i].name != name && !(among && (all[i].differentiable || !by_gradient))) continue;
        wanted[i] = found = true;
        if (by_gradient && !all[i].differentiable)
          throw InvalidParameter(name + " has no derivative: tune it with Bracketing{}");
      }
      if (!found) refuse(name, all);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!wanted[i]) continue;
      for (std::size_t k = 0; k < all.size(); ++k)
        if (k != i && all[i].name == all[k].name)
          throw InvalidParameter("several parameters are called " + all[i].name +
                                 ": give them different names to tune one of them");
      const bool logarithmic = !all[i].per_neuron && all[i].bounds.lowest >= 0.0 && all[i].values[0] > 0.0;
      const bool tied = all[i].per_neuron && targets_.size() > 1;  // one unknown for each target
      for (std::uint32_t k = 0; k < (tied ? targets_.size() : 1); ++k)
        unknowns_.push_back({knobs_.size(), tied ? k : RateTargets::none, logarithmic});
      places_.push_back(i);
      knobs_.push_back(all[i]);
    }
    if (unknowns_.empty()) throw InvalidArgument("tuning needs at least one parameter name");
  }

  static constexpr std::uint64_t chunks = 16, least_runs = 8;

  const TuneOptions& tuning_;
  RateTargets targets_;
  std::vector<Knob> knobs_;          // the knobs that are tuned
  std::vector<std::size_t> places_;  // index of each knob among all of model and stimulus
  std::vector<Unknown> unknowns_;

 private:
  static bool of_stimulus(const Knob& knob) { return knob.name.starts_with("stimulus."); }

  [[noreturn]] static void refuse(const std::string& name, const std::vector<Knob>& all) {
    std::string names;
    bool stimulus = false;
    for (const Knob& knob : all) {
      names += knob.name + ", ";
      stimulus |= of_stimulus(knob);
    }
    throw InvalidParameter("no parameter that can be tuned is called " + name + "; known names: " + names +
                           "model (all of the model)" + (stimulus ? ", stimulus (all of the stimulus)" : ""));
  }
};

template <class NetworkType, class ModelType, class StimulusType>
class Tuner final : public TuningProblem {
  using Traits = NetworkTraits<NetworkType>;
  using GraphType = typename Traits::GraphType;
  using BatchType = Batch<typename GraphType::WeightType, typename GraphType::VertexType>;
  using SimulatorType = Simulator<BatchType, ModelType, StimulusType, EigenBackend<>>;
  using Event = EventOf<ModelType>;

 public:
  /// `by_gradient`: whether the search needs derivatives. Throws InvalidParameter for an unknown parameter name, or if
  /// a needed derivative does not exist.
  Tuner(const NetworkType& network, const ModelType& model, const StimulusType& stimulus, const TuneOptions& tuning,
        Seed seed, bool by_gradient)
      : TuningProblem(tuning, RateTargets{tuning, network, decimal(model.dt()), ModelType::binary}),
        model_(model),
        stimulus_(stimulus),
        seed_(seed),
        simulator_(batch_of(network), model, stimulus_, seed, EigenBackend<>{.threads = tuning.threads},
                   tuning.initial) {
    std::vector<Knob> all;
    visit_all_knobs(model_, stimulus_, [&](const Knob& knob, const auto&) { all.push_back(knob); });
    choose(all, by_gradient);
  }

  /// The model and stimulus at some values of the unknowns.
  std::pair<ModelType, StimulusType> at(std::span<const double> u) const {
    const auto wanted = values(u);
    std::pair<ModelType, StimulusType> result{model_, stimulus_};
    std::size_t next = 0, listed = 0;
    visit_all_knobs(result.first, result.second, [&](const Knob&, const auto& set) {
      if (next < places_.size() && places_[next] == listed++) set(wanted[next++]);
    });
    return result;
  }

  MeasuredRates measure(std::span<const double> u, std::uint64_t attempt, std::uint64_t steps,
                        bool derive) const override {
    const auto [model, stimulus] = at(u);
    model.validate();
    // The steady state takes one run; the first tuning_.steps of a run take several runs.
    const std::uint64_t runs =
        tuning_.steps == 0 ? 1 : std::max((steps + tuning_.steps - 1) / tuning_.steps, least_runs);
    const std::uint64_t length = tuning_.steps == 0 ? steps : tuning_.steps;
    Counts counts{targets_, runs, length};
    MeasuredRates result;
    result.steps = runs * length;
    try {
      const std::uint64_t key = mix(mix(seed_.value) ^ attempt);
      for (std::uint64_t run = 0; run < runs; ++run) {
        SimulatorType simulator = simulator_.with(model, stimulus, Seed{run == 0 ? key : mix(key ^ run)});
        simulator.equilibrate(tuning_.equilibrate_steps);
        // A random offset: otherwise all measurements would start at the same phase of the stimulus.
        if constexpr (!std::is_same_v<StimulusType, NoStimulus>)
          if (tuning_.steps == 0)
            simulator.run(mix(~key) % (length / 2 + 1), [](std::uint32_t, std::uint64_t, std::span<const Event>) {});
        counts.begin(run, simulator.step());
        if constexpr (Differentiable<ModelType>)
          if (derive && run == 0) {
            derive_from(model, stimulus, simulator, length, counts, key, u, result);
            continue;
          }
        simulator.run(length, counts);
      }
    } catch (const Divergence&) {
      result.diverged = true;
      return result;
    }
    counts.estimate(result);
    return result;
  }

  void validate(std::span<const double> u) const override { at(u).first.validate(); }

 private:
  static BatchType batch_of(const NetworkType& network) {
    if constexpr (Traits::is_batch)
      return network;
    else
      return trials(network, 1);
  }

  /// Simulates the steps, and replays about 2,000 of them (for a thousand neurons), which takes about as long as the
  /// simulation. Each piece has a window at a random time, so that all phases of a stimulus are covered. If a parameter
  /// of the filter is tuned, the windows are fewer and longer, since the filter's memory of earlier steps also depends
  /// on the parameter.
  void derive_from(const ModelType& model, const StimulusType& stimulus, SimulatorType& simulator, std::uint64_t length,
                   Counts& counts, std::uint64_t key, std::span<const double> u, MeasuredRates& result) const {
    HostArrays arrays;
    const auto sampler = rounded(model.sampler);
    const bool of_filter = std::any_of(knobs_.begin(), knobs_.end(), [](const Knob& knob) { return knob.of_filter; });
    const std::uint64_t memory = of_filter ? model.kernel(arrays).filter.memory() : 0;  // 0: infinite
    const std::uint64_t warm_up = !of_filter ? 0 : memory == 0 ? 200 : std::clamp<std::uint64_t>(memory, 50, 200);
    const std::uint64_t pieces = of_filter ? 4 : 16;
    const std::uint64_t longest =
        std::clamp<std::uint64_t>(2'000'000 / simulator.neurons(), 200, 2'000) / pieces + warm_up;
    std::vector<std::vector<double>> by_knob(knobs_.size(), std::vector<double>(targets_.size()));
    std::vector<double> means(targets_.size());
    double taken = 0.0;
    for (std::uint64_t piece = 0; piece < pieces; ++piece) {
      const std::uint64_t steps = length * (piece + 1) / pieces - length * piece / pieces;
      const std::uint64_t window = std::min(steps, longest), skipped = std::min(warm_up, window / 2);
      const std::uint64_t before = mix(key + piece) % (steps - window + 1);
      simulator.run(before, counts);
      const auto state = simulator.state();
      const auto spikes = simulator.run(window);
      simulator.run(steps - before - window, counts);
      for (std::uint32_t network = 0; network < spikes.size(); ++network) {
        counts(network, spikes[network].first_step(), spikes[network].packed());
        const StimulusContext context{decimal(model.dt()), simulator.seed(),         network, network,
                                      spikes.size(),       spikes[network].neurons()};
        for (std::size_t j = 0; j < knobs_.size(); ++j) {
          Replay<GraphType, ModelType, StimulusType> replay{EngineOf::get(simulator).shared_synapses(network),
                                                            model,
                                                            stimulus,
                                                            spikes[network],
                                                            context,
                                                            knobs_[j].name};
          replay.start(state[network]);
          for (std::uint64_t step = 0; replay.steps_left() > 0; ++step)
            replay.advance([&](std::uint32_t neuron, const FloatDual&, const FloatDual& mu) {
              const std::uint32_t target = targets_.target_of[network][neuron];
              if (step < skipped || target == RateTargets::none) return;
              const FloatDual mean = sampler.mean(mu);
              by_knob[j][target] += mean.derivative;
              if (j == 0) means[target] += mean.value;
            });
        }
      }
      taken += static_cast<double>(window - skipped);
    }
    const auto now = values(u);
    for (const Unknown& unknown : unknowns_) {
      if (unknown.knob < result.slopes.size()) continue;
      std::vector<double>& slopes = by_knob[unknown.knob];
      for (std::size_t k = 0; k < slopes.size(); ++k) {
        slopes[k] = mul(slopes[k], unknown.logarithmic ? now[unknown.knob][0] : 1.0) / means[k];
        if (!std::isfinite(slopes[k])) slopes[k] = 0.0;  // for a silent target, or an overflow
      }
      result.slopes.push_back(std::move(slopes));
    }
    for (std::size_t k = 0; k < targets_.size(); ++k)
      result.logarithms.push_back(log(means[k] / mul(mul(targets_.neurons[k], targets_.rates[k]), taken)));
  }

  ModelType model_;
  StimulusType stimulus_;
  Seed seed_;
  SimulatorType simulator_;
};

}  // namespace spikeometric::detail
