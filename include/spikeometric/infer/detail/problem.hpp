// SPDX-License-Identifier: BSD-3-Clause
//
// The parts of a fit that depend on the types of its model and its stimulus.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/step/stimulus_table.hpp"
#include "spikeometric/stimulus/covariates.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/stimulus/temporal.hpp"

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

/// What may be the stimulus of a fit.
template <class S>
concept FitStimulus = Stimulus<S> || std::is_same_v<S, StimulusCovariates>;

/// Covariates as they are, and any other stimulus as one of the library.
template <FitStimulus S>
auto lifted_for_fit(const S& stimulus) {
  if constexpr (std::is_same_v<S, StimulusCovariates>)
    return stimulus;
  else
    return lift(stimulus);
}

/// The number of channels of a stimulus that a fitted model weighs: those of StimulusCovariates have their own weights.
template <class StimulusType>
inline constexpr std::size_t weighted_channels = StimulusType::channels;
template <>
inline constexpr std::size_t weighted_channels<NoStimulus> = 0;
template <>
inline constexpr std::size_t weighted_channels<StimulusCovariates> = 0;

/// The sizes of groups of channels that are the basis functions of one filter.
template <class StimulusType>
std::vector<std::size_t> channel_groups_of(const StimulusType&) {
  if constexpr (weighted_channels<StimulusType> == 0)
    return {};
  else
    return {StimulusType::channels};
}
template <class... Parts>
std::vector<std::size_t> channel_groups_of(const Channels<Parts...>& channels) {
  return std::apply([](const auto&... part) { return std::vector<std::size_t>{part.channels...}; }, channels.parts());
}
inline std::vector<std::size_t> channel_groups_of(const StimulusCovariates& covariates) {
  std::vector<std::size_t> groups;
  for (std::size_t i = 0; i < covariates.size(); ++i)
    covariates.place(i).function == 0 ? groups.push_back(1) : static_cast<void>(++groups.back());
  return groups;
}

/// The number of earlier steps whose stimulus acts through filters in time.
template <class StimulusType>
std::uint64_t stimulus_reach_of(const StimulusType&, float) {
  return 0;
}
inline std::uint64_t stimulus_reach_of(const StimulusCovariates& covariates, float dt) {
  std::uint64_t longest = 1;
  for (std::size_t i = 0; i < covariates.size(); ++i)
    longest = std::max(longest, effective_length(covariates.taps(i, static_cast<double>(dt))));
  return longest - 1;
}
template <class StimulusType, class FilterPolicy>
std::uint64_t stimulus_reach_of(const Temporal<StimulusType, FilterPolicy>& temporal, float dt) {
  std::uint64_t longest = 1;
  for (const std::vector<double>& taps : impulse_responses(temporal.filter, dt))
    longest = std::max(longest, effective_length(taps));
  return longest - 1;
}
template <class... Parts>
std::uint64_t stimulus_reach_of(const Channels<Parts...>& channels, float dt) {
  return std::apply(
      [&](const auto&... part) {
        return std::max({std::uint64_t{0}, stimulus_reach_of(part, dt)...});
      },
      channels.parts());
}

/// The data of a fit of a ModelType. StimulusType is a stimulus of the library, or StimulusCovariates.
template <class ModelType, class StimulusType>
class FitProblem final : public FitData<double> {
  using Bases = FitBases<std::remove_const_t<decltype(ModelType::filter)>>;
  using Kernel = decltype(std::declval<const ModelType&>().kernel(std::declval<HostArrays&>()));
  using Sampler = std::remove_const_t<decltype(ModelType::sampler)>;

 public:
  /// Whether all neurons share the stimulus, and its number of channels is known only at run time.
  static constexpr bool is_shared = std::is_same_v<StimulusType, StimulusCovariates>;
  /// The number of channels that the model's stimulus filter weighs.
  static constexpr std::size_t channel_count = weighted_channels<StimulusType>;

  static constexpr bool finds_refractoriness =
      std::is_same_v<std::remove_const_t<decltype(ModelType::history)>, AbsoluteRefractory>;

  template <class Recordings>
  FitProblem(const Recordings& recordings, const ModelType& model, const StimulusType& stimulus,
             const FitOptions& options)
      : FitData{SpikeTrains(recordings),
                {.channel_groups = channel_groups_of(stimulus),
                 .bases = Bases::all,
                 .coupling_bases = Bases::coupling,
                 .own_bases = Bases::own,
                 .own_first = Bases::own_first,
                 .binary = ModelType::binary,
                 .refractory = finds_refractoriness},
                filters_of(model, stimulus),
                options},  // in braces, arguments are evaluated in order: recordings are checked first
        kernel_(model.kernel(arrays_)),
        sampler_(rounded(model.sampler)),
        stimulus_(stimulus) {
    model.validate_neurons(neurons());
    if constexpr (is_shared) {
      Covariates covariates;
      covariates.values.resize(trains.steps() * channels());
      for (std::size_t recording = 0; recording < trains.recordings.size(); ++recording) {
        const StimulusContext context = context_of(recording);
        require_covered(stimulus.covered(context.index), trains.recordings[recording].first_step, steps_of(recording),
                        name_of(recording));
        stimulus.values(context).fill(trains.recordings[recording].first_step, steps_of(recording),
                                      covariates.values.data() + trains.recordings[recording].begin * channels());
      }
      scale_by_units(covariates);
      shared_ = std::make_shared<const Covariates>(std::move(covariates));
    }
  }

  void expect(std::uint32_t neuron, const double* g, std::size_t size,
              const Expected<double>& expected) const override {
    const auto [rate, mean, slope, variance, log_none] = expected;
    const auto kernel = kernel_;
    const auto sampler = sampler_;
    for (std::size_t i = 0; i < size; ++i) {  // simple loops, which compilers vectorise
      const Dual mu = kernel.rate(Dual{g[i], 1.0}, neuron);
      const Dual count = sampler.mean(mu);
      rate[i] = mu.value;
      mean[i] = count.value;
      slope[i] = count.derivative;
    }
    for (std::size_t i = 0; i < size; ++i) variance[i] = sampler.variance(rate[i]);
    if constexpr (!Sampler::binary)
      for (std::size_t i = 0; i < size; ++i) log_none[i] = sampler.log_probability(0, rate[i]);
  }

  double log_probability(std::uint32_t count, double mu) const override { return sampler_.log_probability(count, mu); }

  std::shared_ptr<const Covariates> stimulus_of(std::uint32_t neuron) const override {
    if constexpr (channel_count == 0 || is_shared) {
      return shared_;
    } else {
      Covariates stimulus;
      auto& [values, units] = stimulus;
      values.reserve(trains.steps() * channel_count);
      HostMemory memory;
      for (std::size_t recording = 0; recording < trains.recordings.size(); ++recording) {
        const std::uint64_t steps = steps_of(recording), first_step = trains.recordings[recording].first_step;
        std::vector<StimulusTerms<float>> terms(
            1, StimulusTerms<float>{context_of(recording), neuron, neuron + std::uint64_t{1}});
        stimulus_.add_to(terms[0], 0);
        terms[0].require_covered(first_step, steps, name_of(recording));
        StimulusTable<HostMemory, float> table{std::move(terms), {}, 1024};
        table.allocate(memory);
        for (std::uint64_t step = 0; step < steps; ++step) {
          const auto offset = static_cast<std::uint32_t>(step % table.piece());
          if (offset == 0)
            if (const ReadySteps ready = table.make(0, first_step + step, std::min(table.piece(), steps - step));
                ready.error)
              std::rethrow_exception(ready.error);
          std::array<float, channel_count> drive{};
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
      scale_by_units(stimulus);
      return std::make_shared<const Covariates>(std::move(stimulus));
    }
  }

 private:
  static FitFilters filters_of(const ModelType& model, const StimulusType& stimulus) {
    model.validate();
    FitFilters filters{decimal(model.dt()),
                       static_cast<double>(rounded(model.scale).r),
                       responses_of<Bases::all>(model.filter, model.dt()),
                       {},
                       stimulus_reach_of(stimulus, model.dt())};
    if constexpr (finds_refractoriness) {
      if (model.history.steps != 0)
        throw InvalidParameter("abs_ref_steps = " + std::to_string(model.history.steps) +
                               " must be 0 in a fit, which finds the refractory period of each neuron");
      return filters;
    }
    for (const Dual& tap : lifted_history<Dual>(model, [](auto) { return 0.0; })) filters.history.push_back(tap.value);
    return filters;
  }

  std::uint64_t steps_of(std::size_t recording) const {
    return trains.recordings[recording].end - trains.recordings[recording].begin;
  }

  StimulusContext context_of(std::size_t recording) const {
    return {trains.dt_ms, options.seed, trains.recordings[recording].network, recording, trains.recordings.size(),
            neurons()};
  }

  static std::string name_of(std::size_t recording) { return "recording " + std::to_string(recording); }

  /// Divides the values of each group of channels by their unit.
  void scale_by_units(Covariates& stimulus) const {
    auto& [values, units] = stimulus;
    const std::size_t size = channels();
    std::vector<float> largest(size);
    for (std::size_t i = 0; i < values.size(); ++i)
      largest[i % size] = std::max(largest[i % size], std::abs(values[i]));
    std::size_t first = 0;
    for (const std::size_t group : channel_groups) {
      const float most = *std::max_element(largest.begin() + first, largest.begin() + first + group);
      units.insert(units.end(), group, most > 0.0f ? std::ldexp(1.0f, std::ilogb(most)) : 1.0f);
      first += group;
    }
    for (std::size_t i = 0; i < values.size(); ++i) values[i] /= units[i % size];
  }

  HostArrays arrays_;  // referenced by the kernel
  Kernel kernel_;      // its rate is evaluated with dual numbers
  RoundedOf<Sampler> sampler_;
  StimulusType stimulus_;
  std::shared_ptr<const Covariates> shared_ = std::make_shared<const Covariates>();  // of all neurons
};

}  // namespace spikeometric::detail
