// SPDX-License-Identifier: BSD-3-Clause
//
// The parts of a fit that all neurons share.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/step/stimulus_table.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

/// Numbers of basis functions for the spikes of other neurons (coupling) and for a neuron's own spikes.
template <class FilterPolicy>
struct FitBases {
  static constexpr std::size_t all = bases<FilterPolicy>, coupling = all, own = all, own_first = 0;
};
template <class CouplingFilter, class SelfFilter>
struct FitBases<WithSelf<CouplingFilter, SelfFilter>> {
  using Filter = WithSelf<CouplingFilter, SelfFilter>;
  static constexpr std::size_t all = Filter::bases, coupling = Filter::coupling_bases, own = Filter::self_bases,
                               own_first = coupling;
};

/// The stimulus as [step][channel], with each channel divided by a unit. Units are powers of 2 that scale the largest
/// absolute value to [1, 2), so that the user's units do not change the search.
struct Covariates {
  std::vector<float> values, units;
};

/// A zero of a nondecreasing function; near 1e6 or -1e6 if it has none.
template <class Function>
double root_of(Function&& function) {
  double low = -1.0, high = 1.0;
  while (function(low) > 0.0 && low > -1e6) low *= 2.0;
  while (function(high) < 0.0 && high < 1e6) high *= 2.0;
  for (int halved = 0; halved < 200 && high - low > 1e-14 * std::max(std::abs(low), std::abs(high)); ++halved) {
    const double middle = 0.5 * (low + high);
    (function(middle) < 0.0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// Recordings, model and stimulus, prepared for the likelihoods of all neurons. StimulusType is a stimulus of the
/// library.
template <class ModelType, class StimulusType>
class FitProblem {
  using Bases = FitBases<std::remove_const_t<decltype(ModelType::filter)>>;
  using Kernel = decltype(std::declval<const ModelType&>().kernel(std::declval<HostArrays&>()));

  HostArrays arrays_;  // referenced by the kernel

 public:
  using Sampler = std::remove_const_t<decltype(ModelType::sampler)>;
  /// Named here so that Eigen expressions are compiled only where they are used.
  using Vector = Eigen::VectorXd;
  using Matrix = Eigen::MatrixXd;
  using Likelihood = NeuronLikelihood<FitProblem>;
  static constexpr std::size_t channels = std::is_same_v<StimulusType, NoStimulus> ? 0 : StimulusType::channels;
  static constexpr std::size_t bases = Bases::all;
  static constexpr bool binary = ModelType::binary;
  /// The coupling has the first basis functions of a synapse; the own history has those from own_first on.
  static constexpr std::size_t coupling_bases = Bases::coupling, own_first = Bases::own_first;

  const SpikeTrains trains;
  std::vector<double> areas;       // total effect on g of a spike of weight 1, for each basis function
  const Kernel kernel;             // of the model; its rate is evaluated with dual numbers
  const double scale;              // r, the scale of the coupling
  std::vector<double> history;     // known taps of the self-history
  std::vector<Response> coupling;  // to spikes of other neurons
  std::vector<Response> own;       // to the neuron's own spikes; may be empty

  template <class Recordings>
  FitProblem(const Recordings& recordings, const ModelType& model, const StimulusType& stimulus,
             std::optional<Seed> seed, bool own_history, std::optional<std::uint64_t> history_steps)
      : trains(recordings),
        kernel(model.kernel(arrays_)),
        scale(static_cast<double>(rounded(model.scale).r)),
        stimulus_(stimulus),
        seed_(seed) {
    model.validate();
    model.validate_neurons(neurons());
    if (decimal(model.dt()) != trains.dt_ms)
      throw InvalidArgument("the recording has dt = " + to_text(trains.dt_ms) +
                            " ms, but the model has dt = " + to_text(model.dt()) + " ms");
    if constexpr (binary)
      for (const auto& spike : trains.spikes)
        if (spike.count > 1)
          throw InvalidArgument("count " + std::to_string(spike.count) + " of neuron " + std::to_string(spike.neuron) +
                                " in step " + std::to_string(spike.step) + " must be at most 1 for a binary model");
    if (scale == 0.0) throw InvalidParameter("r = 0 is invalid: coupling can be fitted only if r is not 0");
    const std::vector<Response> all = responses_of<bases>(model.filter, model.dt());
    for (const Response& response : all)
      areas.push_back(scale * std::accumulate(response.taps().begin(), response.taps().end(), 0.0));
    for (const Dual& tap : lifted_history<Dual>(model, [](auto) { return 0.0; })) history.push_back(tap.value);
    coupling.assign(all.begin(), all.begin() + Bases::coupling);
    if (own_history) own.assign(all.begin() + Bases::own_first, all.begin() + Bases::own_first + Bases::own);
    std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& recording : trains.recordings) shortest = std::min(shortest, recording.end - recording.begin);
    const std::uint64_t acts = std::max(lead() + 1, history.size());
    skipped_ = history_steps ? *history_steps : std::min<std::uint64_t>(acts, shortest / 10);
    if (skipped_ >= shortest)
      throw InvalidArgument("history_steps = " + std::to_string(skipped_) +
                            " must be below the length of the shortest recording, " + std::to_string(shortest) +
                            " steps");
  }

  FitProblem(const FitProblem&) = delete;  // its parts refer to each other
  FitProblem& operator=(const FitProblem&) = delete;

  std::uint64_t neurons() const { return trains.neurons; }
  /// Number of all parameters, and of those before the coupling: baseline, stimulus channels, own history.
  std::size_t size() const { return dense() + trains.neurons * coupling.size(); }
  std::size_t dense() const { return 1 + channels + own.size(); }
  /// The lag of the last tap of the longest response.
  std::size_t lead() const {
    std::size_t longest = 0;
    for (const auto* list : {&coupling, &own})
      for (const Response& response : *list) longest = std::max(longest, response.lead());
    return longest;
  }
  /// The steps that count: all steps, or only those that a fold fits or holds out.
  Observed observed(std::uint64_t folds = 0, std::uint64_t fold = 0, bool held_out = false) const {
    return {skipped_, folds, fold, held_out};
  }

  Eigen::Index own_column(std::size_t m) const { return 1 + channels + m; }
  Eigen::Index column(std::uint64_t pre, std::size_t m) const { return dense() + pre * Bases::coupling + m; }
  /// The sign of the effect on g of basis function m of the coupling: 1, -1, or 0 if it has both signs or none.
  int sign_of(std::size_t m) const {
    const auto& taps = coupling[m].taps();
    const bool rises = std::any_of(taps.begin(), taps.end(), [](double tap) { return tap > 0.0; });
    const bool falls = std::any_of(taps.begin(), taps.end(), [](double tap) { return tap < 0.0; });
    return rises == falls ? 0 : rises == (scale > 0.0) ? 1 : -1;
  }
  /// The maximum expected count of a binary model.
  double max_of(std::uint32_t neuron) const { return mean_of(neuron, 1e6); }

  /// The stimulus of one neuron in all recordings.
  Covariates stimulus_of(std::uint32_t neuron) const {
    Covariates stimulus;
    auto& [values, units] = stimulus;
    if constexpr (channels > 0) {
      values.reserve(trains.steps() * channels);
      HostMemory memory;
      for (std::size_t recording = 0; recording < trains.recordings.size(); ++recording) {
        const auto [begin, end, network, first_step] = trains.recordings[recording];
        const StimulusContext context{trains.dt_ms, seed_, network, recording, trains.recordings.size(), neurons()};
        std::vector<StimulusTerms<float>> terms(1, StimulusTerms<float>{context, neuron, neuron + std::uint64_t{1}});
        stimulus_.add_to(terms[0], 0);
        StimulusTable<HostMemory, float> table{std::move(terms), {}, 1024};
        table.allocate(memory);
        const std::uint64_t steps = end - begin;
        for (std::uint64_t step = 0; step < steps; ++step) {
          const auto offset = static_cast<std::uint32_t>(step % table.piece());
          if (offset == 0)
            if (const ReadySteps ready = table.make(0, first_step + step, std::min(table.piece(), steps - step));
                ready.error)
              std::rethrow_exception(ready.error);
          std::array<float, channels> drive{};
          table.view().add(0, neuron, offset, first_step + step, drive.data());
          for (const float value : drive) {
            if (!std::isfinite(value))
              throw InvalidParameter("the stimulus of neuron " + std::to_string(neuron) + " in step " +
                                     std::to_string(first_step + step) + " is " + to_text(value) +
                                     ", but must be finite");
            values.push_back(value);
          }
        }
      }
      std::array<float, channels> largest{};
      for (std::size_t i = 0; i < values.size(); ++i)
        largest[i % channels] = std::max(largest[i % channels], std::abs(values[i]));
      for (const float most : largest) units.push_back(most > 0.0f ? std::ldexp(1.0f, std::ilogb(most)) : 1.0f);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] /= units[i % channels];
    }
    return stimulus;
  }

  Likelihood likelihood(std::uint32_t neuron, std::span<const float> stimulus) const {
    return {*this, neuron, stimulus};
  }

  /// The constant input that gives this expected count without any spikes, or the nearest possible count.
  double baseline_of(std::uint32_t neuron, double mean) const {
    return root_of([&](double g) { return mean_of(neuron, g) - mean; });
  }

  /// The log-likelihood of the observed counts at constant input g.
  double log_likelihood_of(std::uint32_t neuron, double g, const Likelihood& likelihood) const {
    const double mu = kernel.rate(Dual(g), neuron).value;
    double sum = 0.0, spiking = 0.0;
    likelihood.for_each_count([&](std::uint32_t count) {
      sum += Sampler::log_probability(count, mu);
      spiking += 1.0;
    });
    return sum + (likelihood.steps() - spiking) * Sampler::log_probability(0, mu);
  }

  /// The log-likelihood of the saturated model, which has the best rate for each step.
  double saturated_log_likelihood(const Likelihood& likelihood) const {
    double sum = 0.0;
    if constexpr (!Sampler::binary)  // binary: every count has probability 1
      likelihood.for_each_count(
          [&](std::uint32_t count) { sum += Sampler::log_probability(count, static_cast<double>(count)); });
    return sum;
  }

 private:
  double mean_of(std::uint32_t neuron, double g) const { return Sampler::mean(kernel.rate(Dual(g), neuron)).value; }

  StimulusType stimulus_;
  std::optional<Seed> seed_;
  std::uint64_t skipped_ = 0;
};

}  // namespace spikeometric::detail
