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
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
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

/// The data of a fit of a ModelType. StimulusType is a stimulus of the library.
template <class ModelType, class StimulusType>
class FitProblem final : public FitData<double> {
  using Bases = FitBases<std::remove_const_t<decltype(ModelType::filter)>>;
  using Kernel = decltype(std::declval<const ModelType&>().kernel(std::declval<HostArrays&>()));
  using Sampler = std::remove_const_t<decltype(ModelType::sampler)>;

 public:
  static constexpr std::size_t channel_count = std::is_same_v<StimulusType, NoStimulus> ? 0 : StimulusType::channels;

  template <class Recordings>
  FitProblem(const Recordings& recordings, const ModelType& model, const StimulusType& stimulus,
             std::optional<Seed> seed, bool own_history, std::optional<std::uint64_t> history_steps)
      : FitData{SpikeTrains(recordings),
                {.channels = channel_count,
                 .bases = Bases::all,
                 .coupling_bases = Bases::coupling,
                 .own_bases = Bases::own,
                 .own_first = Bases::own_first,
                 .binary = ModelType::binary},
                filters_of(model),
                own_history,
                history_steps},  // in braces, arguments are evaluated in order: recordings are checked first
        kernel_(model.kernel(arrays_)),
        stimulus_(stimulus),
        seed_(seed) {
    model.validate_neurons(neurons());
  }

  void expect(std::uint32_t neuron, const double* g, std::size_t size,
              const Expected<double>& expected) const override {
    const auto [rate, mean, slope, variance, log_none] = expected;
    const auto kernel = kernel_;
    for (std::size_t i = 0; i < size; ++i) {  // simple loops, which compilers vectorise
      const Dual mu = kernel.rate(Dual{g[i], 1.0}, neuron);
      const Dual count = Sampler::mean(mu);
      rate[i] = mu.value;
      mean[i] = count.value;
      slope[i] = count.derivative;
    }
    for (std::size_t i = 0; i < size; ++i) variance[i] = Sampler::variance(rate[i]);
    if constexpr (!Sampler::binary)
      for (std::size_t i = 0; i < size; ++i) log_none[i] = Sampler::log_probability(0, rate[i]);
  }

  double log_probability(std::uint32_t count, double mu) const override { return Sampler::log_probability(count, mu); }

  Covariates stimulus_of(std::uint32_t neuron) const override {
    Covariates stimulus;
    auto& [values, units] = stimulus;
    if constexpr (channel_count > 0) {
      values.reserve(trains.steps() * channel_count);
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
      std::array<float, channel_count> largest{};
      for (std::size_t i = 0; i < values.size(); ++i)
        largest[i % channel_count] = std::max(largest[i % channel_count], std::abs(values[i]));
      for (const float most : largest) units.push_back(most > 0.0f ? std::ldexp(1.0f, std::ilogb(most)) : 1.0f);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] /= units[i % channel_count];
    }
    return stimulus;
  }

 private:
  static FitFilters filters_of(const ModelType& model) {
    model.validate();
    FitFilters filters{decimal(model.dt()),
                       static_cast<double>(rounded(model.scale).r),
                       responses_of<Bases::all>(model.filter, model.dt()),
                       {}};
    for (const Dual& tap : lifted_history<Dual>(model, [](auto) { return 0.0; })) filters.history.push_back(tap.value);
    return filters;
  }

  HostArrays arrays_;  // referenced by the kernel
  Kernel kernel_;      // its rate is evaluated with dual numbers
  StimulusType stimulus_;
  std::optional<Seed> seed_;
};

}  // namespace spikeometric::detail
