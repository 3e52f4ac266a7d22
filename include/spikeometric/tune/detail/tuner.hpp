// SPDX-License-Identifier: BSD-3-Clause
//
// What all ways of tuning need: the unknowns of a problem, and the rates at given values of them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/tune/detail/knobs.hpp"

namespace spikeometric::detail {

/// Rates to reach, in spikes per step, and which neurons have them.
struct RateTargets {
  std::vector<std::string> names;
  std::vector<double> rates;
  std::vector<std::vector<std::uint32_t>> target_of;  // [network][neuron]; `none` where a neuron has no target
  std::vector<double> neurons;                        // of each target, over all networks

  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  std::size_t size() const { return rates.size(); }
};

/// Rates at some values of the unknowns, as relative errors: rate / target - 1.
struct MeasuredRates {
  bool diverged = false;  ///< a count was too large: the rates are infinite
  std::vector<double> errors;
  std::vector<double> deviations;  ///< standard errors of these
  std::vector<std::vector<double>>
      derivatives;  ///< of errors by unknowns, [unknown][target], the spikes taken as given

  double rms_error() const { return diverged ? std::numeric_limits<double>::infinity() : rms(errors); }
  double rms_deviation() const { return diverged ? 0.0 : rms(deviations); }

  static double rms(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += mul(value, value);
    return sqrt(sum / static_cast<double>(values.size()));
  }
};

/// One number that is searched for: what a parameter, or its values for the neurons of a target, differ by from the
/// start. A positive parameter moves on a logarithmic axis.
struct Unknown {
  std::size_t knob;
  std::uint32_t target;  // RateTargets::none: all neurons
  bool logarithmic;
  double scale = 1.0;  // of the parameter or its logarithm
};

template <class NetworkType, class ModelType, class StimulusType>
class Tuner {
  using Traits = NetworkTraits<NetworkType>;
  using GraphType = typename Traits::GraphType;
  using BatchType = Batch<typename GraphType::WeightType, typename GraphType::VertexType>;
  using SimulatorType = Simulator<BatchType, ModelType, StimulusType, EigenBackend<>>;
  using Event = EventOf<ModelType>;

 public:
  /// Throws InvalidParameter for a name that no parameter has.
  Tuner(const NetworkType& network, const ModelType& model, const StimulusType& stimulus, RateTargets targets,
        std::span<const std::string> names, std::uint64_t equilibrate_steps, int threads, Seed seed)
      : network_(&network),
        model_(model),
        stimulus_(stimulus),
        targets_(std::move(targets)),
        equilibrate_steps_(equilibrate_steps),
        seed_(seed),
        simulator_(Traits::batch(NetworkType(network)), model, stimulus_, seed, EigenBackend<>{.threads = threads}) {
    choose(names);
  }

  std::vector<Unknown>& unknowns() { return unknowns_; }
  const std::vector<Knob>& knobs() const { return knobs_; }
  const RateTargets& targets() const { return targets_; }
  std::uint64_t neurons() const { return simulator_.neurons(); }
  double steps_per_second() const { return 1000.0 / decimal(model_.dt()); }

  /// Whether derivatives by all unknowns pass; if not, the name of one by which none does.
  std::string not_differentiable() const {
    for (const Unknown& unknown : unknowns_)
      if (!knobs_[unknown.knob].differentiable) return knobs_[unknown.knob].name;
    return "";
  }

  /// The values of each knob.
  std::vector<std::vector<double>> values(std::span<const double> u) const {
    std::vector<std::vector<double>> result;
    for (const Knob& knob : knobs_) result.push_back(knob.values);
    for (std::size_t j = 0; j < unknowns_.size(); ++j) {
      const Unknown& unknown = unknowns_[j];
      const Knob& knob = knobs_[unknown.knob];
      for (std::size_t i = 0; i < knob.values.size(); ++i) {
        if (unknown.target != RateTargets::none && targets_.target_of[0][i] != unknown.target) continue;
        const double moved = mul(u[j], unknown.scale);
        double value = unknown.logarithmic ? mul(knob.values[i], exp(moved)) : knob.values[i] + moved;
        value = std::min(value, std::min(knob.bounds.highest, 3e38));
        const double lowest = std::max(knob.bounds.lowest, -3e38);
        result[unknown.knob][i] = std::max(value, knob.bounds.lowest_excluded ? lowest + 1e-30 : lowest);
      }
    }
    return result;
  }

  /// The model and stimulus at some values of the unknowns.
  std::pair<ModelType, StimulusType> at(std::span<const double> u) const {
    const auto wanted = values(u);
    ModelType model = model_;
    StimulusType stimulus = stimulus_;
    std::size_t next = 0, listed = 0;
    visit_all(model, stimulus, [&](const Knob&, const auto& set) {
      if (next < places_.size() && places_[next] == listed++) set(std::span<const double>(wanted[next++]));
    });
    return {std::move(model), std::move(stimulus)};
  }

  /// Rates over `steps` steps from a fresh start. Throws InvalidParameter where values do not fit together.
  MeasuredRates measure(std::span<const double> u, std::uint64_t attempt, std::uint64_t steps, bool derive) const {
    const auto [model, stimulus] = at(u);
    model.validate();
    const std::size_t size = targets_.size();
    std::vector<std::array<double, chunks>> counts(size);
    const auto count = [&](std::uint32_t network, std::uint64_t step, const Event& event) {
      const std::uint32_t target = targets_.target_of[network][event.neuron];
      if (target != RateTargets::none) counts[target][step * chunks / steps] += static_cast<double>(event.count);
    };
    MeasuredRates result;
    try {
      SimulatorType simulator = simulator_.with(model, stimulus, Seed{mix(mix(seed_.value) ^ attempt)});
      simulator.equilibrate(equilibrate_steps_);
      const std::uint64_t replayed = derive ? std::min(steps, replayed_steps(model)) : 0;
      simulator.run(steps - replayed, [&](std::uint32_t network, std::uint64_t first, std::span<const Event> events) {
        for (const Event& event : events) count(network, first + event.offset, event);
      });
      if constexpr (Differentiable<ModelType>)
        if (derive) {
          const auto state = simulator.state();
          const auto spikes = simulator.run(replayed);
          for (std::uint32_t network = 0; network < spikes.size(); ++network)
            for (const Event& event : spikes[network].packed())
              count(network, spikes[network].first_step() + event.offset, event);
          result.derivatives = derivatives(u, model, stimulus, simulator.seed(), state, spikes);
        }
    } catch (const Divergence&) {
      result.diverged = true;
      return result;
    }
    for (std::size_t k = 0; k < size; ++k) {
      const double expected = mul(targets_.rates[k], targets_.neurons[k]);  // in a step
      double sum = 0.0, squares = 0.0;
      for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        const std::uint64_t length = first_of(chunk + 1, steps) - first_of(chunk, steps);
        const double error = counts[k][chunk] / mul(expected, static_cast<double>(length)) - 1.0;
        sum += error;
        squares += mul(error, error);
      }
      constexpr auto n = static_cast<double>(chunks);
      const double mean = sum / n;
      double spikes = 0.0;
      for (const double each : counts[k]) spikes += each;
      result.errors.push_back(spikes / mul(expected, static_cast<double>(steps)) - 1.0);
      const double variance = std::max(squares / n - mul(mean, mean), 0.0) / (n - 1.0);
      // Few spikes say little of how their number varies.
      const double poisson = sqrt(std::max(spikes, 1.0)) / mul(expected, static_cast<double>(steps));
      result.deviations.push_back(spikes < 100.0 ? std::max(sqrt(variance), poisson) : sqrt(variance));
    }
    return result;
  }

  /// The fewest steps that measure() takes.
  static constexpr std::uint64_t chunks = 16;

 private:
  /// The first step of a chunk: the least one with step chunks / steps >= chunk.
  static std::uint64_t first_of(std::uint64_t chunk, std::uint64_t steps) {
    return (chunk * steps + chunks - 1) / chunks;
  }

  template <class Model, class Stimulus, class Visit>
  static void visit_all(Model& model, Stimulus& stimulus, Visit&& visit) {
    visit_knobs(model, "", visit);
    visit_knobs(stimulus, "stimulus.", visit);
  }

  void choose(std::span<const std::string> names) {
    std::vector<Knob> all;
    visit_all(model_, stimulus_, [&](const Knob& knob, const auto&) { all.push_back(knob); });
    std::vector<bool> wanted(all.size());
    for (const std::string& name : names) {
      bool found = false;
      for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].name == name || (name == "model" && !of_stimulus(all[i])) ||
            (name == "stimulus" && of_stimulus(all[i])))
          wanted[i] = found = true;
      if (!found) refuse(name, all);
    }
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (wanted[i] && all[i].name == all[k].name)
          throw InvalidParameter("several parameters are called " + all[i].name + ": which is to be tuned?");
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!wanted[i]) continue;
      const bool logarithmic = !all[i].per_neuron && all[i].bounds.lowest >= 0.0 && all[i].values[0] > 0.0;
      const bool tied = all[i].per_neuron && targets_.size() > 1;  // by the neurons of each target
      for (std::uint32_t k = 0; k < (tied ? targets_.size() : 1); ++k)
        unknowns_.push_back({knobs_.size(), tied ? k : RateTargets::none, logarithmic});
      places_.push_back(i);
      knobs_.push_back(all[i]);
    }
  }

  static bool of_stimulus(const Knob& knob) { return knob.name.starts_with("stimulus."); }

  [[noreturn]] static void refuse(const std::string& name, const std::vector<Knob>& all) {
    std::string names;
    bool stimulus = false;
    for (const Knob& knob : all) {
      names += knob.name + ", ";
      stimulus |= of_stimulus(knob);
    }
    throw InvalidParameter("no parameter that can be tuned is called " + name + "; there are " + names +
                           "and model for all of the model" + (stimulus ? ", stimulus for all of the stimulus" : ""));
  }

  const GraphType& graph(std::size_t index) const {
    if constexpr (Traits::is_batch)
      return (*network_)[index];
    else
      return *network_;
  }

  /// Steps before those that derivatives are taken of: what a filter remembers is part of them.
  static std::uint64_t warm_up(const ModelType& model) {
    HostArrays arrays;
    return std::min<std::uint64_t>(
        std::max<std::uint64_t>(model.kernel(arrays).filter.memory(), model.history.taps(model.dt()).size()), 200);
  }
  std::uint64_t replayed_steps(const ModelType& model) const {
    return warm_up(model) + std::max<std::uint64_t>(200'000 / neurons(), 16);
  }

  /// d error / d unknown.
  template <class State, class Spikes>
  std::vector<std::vector<double>> derivatives(std::span<const double> u, const ModelType& model,
                                               const StimulusType& stimulus, Seed seed, const State& state,
                                               const Spikes& spikes) const {
    std::vector<std::vector<double>> by_knob(knobs_.size(), std::vector<double>(targets_.size()));
    const std::uint64_t skipped = std::min(warm_up(model), spikes.steps() - 1);
    for (std::size_t j = 0; j < knobs_.size(); ++j) {
      for (std::uint32_t network = 0; network < spikes.size(); ++network) {
        const StimulusContext context{decimal(model.dt()),     seed, network, network, spikes.size(),
                                      graph(network).neurons()};
        Replay replay{graph(network), model, stimulus, context, spikes[network], knobs_[j].name};
        replay.start(state[network]);
        for (std::uint64_t step = 0; replay.steps_left() > 0; ++step)
          replay.advance([&](std::uint32_t neuron, const Dual&, const Dual& mu) {
            const std::uint32_t target = targets_.target_of[network][neuron];
            if (step < skipped || target == RateTargets::none) return;
            by_knob[j][target] += decltype(model.sampler)::mean(mu).derivative;
          });
      }
      const auto steps = static_cast<double>(spikes.steps() - skipped);
      for (std::size_t k = 0; k < targets_.size(); ++k)
        by_knob[j][k] = by_knob[j][k] / mul(mul(targets_.neurons[k], targets_.rates[k]), steps);
    }
    const auto now = values(u);
    std::vector<std::vector<double>> result;
    for (const Unknown& unknown : unknowns_) {
      std::vector<double>& by_target = result.emplace_back(by_knob[unknown.knob]);
      const double slope = mul(unknown.scale, unknown.logarithmic ? now[unknown.knob][0] : 1.0);
      for (std::uint32_t k = 0; k < by_target.size(); ++k)
        by_target[k] = unknown.target == RateTargets::none || unknown.target == k ? mul(by_target[k], slope) : 0.0;
    }
    return result;
  }

  const NetworkType* network_;
  ModelType model_;
  StimulusType stimulus_;
  RateTargets targets_;
  std::uint64_t equilibrate_steps_;
  Seed seed_;
  SimulatorType simulator_;
  std::vector<Knob> knobs_;          // those that are tuned
  std::vector<std::size_t> places_;  // of each among all of model and stimulus
  std::vector<Unknown> unknowns_;
};

}  // namespace spikeometric::detail
