// SPDX-License-Identifier: BSD-3-Clause
//
// Stimulus filters: combine the channels of a stimulus into a neuron's input E_i(t).
//
//   using Retina = sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic,
//                              sk::BernoulliSampler, sk::ChannelWeights<2>>;
//   Retina model;
//   model.stimulus_filter.weights = {1.0f, -0.5f};
//   sk::Simulator simulator{graph, model, sk::channels(centre, surround), sk::Seed{1}};
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// E is the stimulus itself; there is one channel.
struct DirectStimulus {
  static constexpr std::size_t channels = 1;

  template <class Value>
  SPIKEOMETRIC_HOST_DEVICE Value operator()(const Value* channel) const {
    return channel[0];
  }
};

/// E = sum over channels of weight times value, in single precision, in the order of the channels. All neurons share
/// one weight per channel, 1 by default; per_neuron(model, &ChannelWeights<C>::weights, fields) gives every neuron its
/// own receptive field.
template <std::size_t Channels, class Precision = detail::Single>
struct ChannelWeights {
  static_assert(Channels > 0, "spikeometric: ChannelWeights needs at least one channel");
  using Member = detail::MemberOf<Precision>;
  static constexpr std::size_t channels = Channels;

  std::array<Member, Channels> weights = filled(1);

  static constexpr auto parts() { return std::tuple{part("weights", &ChannelWeights::weights)}; }

  /// Throws InvalidParameter for a weight that is not finite.
  void validate() const {
    for (std::size_t c = 0; c < Channels; ++c)
      if (const auto weight = static_cast<double>(weights[c]); !std::isfinite(weight))
        throw InvalidParameter("weight " + detail::to_text(weight) + " of stimulus channel " + std::to_string(c) +
                               " must be finite");
  }

  struct Kernel {
    float weights[Channels];

    template <class Value>
    SPIKEOMETRIC_HOST_DEVICE Value operator()(const Value* channel) const {
      Value sum(0);
      for (std::size_t c = 0; c < Channels; ++c) sum = sum + mul(Value(weights[c]), channel[c]);
      return sum;
    }
  };

  Kernel kernel(float) const {
    Kernel result;
    for (std::size_t c = 0; c < Channels; ++c) result.weights[c] = static_cast<float>(weights[c]);
    return result;
  }

 private:
  static constexpr std::array<Member, Channels> filled(Member value) {
    std::array<Member, Channels> result{};
    for (Member& each : result) each = value;
    return result;
  }
};

namespace detail {

template <std::size_t Channels, class Number>
struct Lifted<ChannelWeights<Channels, Single>, Number> {
  using Type = ChannelWeights<Channels, float>;

  template <class SlopeOf>
  static Type of(const ChannelWeights<Channels, Single>& given, const SlopeOf&) {
    Type result;
    for (std::size_t c = 0; c < Channels; ++c) round_to(result.weights[c], given.weights[c], "weight of a channel");
    return result;
  }
};

}  // namespace detail

}  // namespace spikeometric
