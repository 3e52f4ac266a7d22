// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/stimulus_filter.hpp"

#include <array>
#include <cstddef>
#include <limits>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../support.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"

using namespace spikeometric;

namespace {

template <std::size_t Channels>
using Weighing =
    Cascade<ExponentialFilter, NoHistory, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<Channels>>;

}  // namespace

TEST_CASE("a stimulus of one channel is the input itself") {
  const float channel[] = {-0.75f};
  CHECK(DirectStimulus{}(channel) == -0.75f);
  CHECK(DirectStimulus::channels == 1);
  CHECK(Cascade<ExponentialFilter>::channels == 1);
}

TEST_CASE("channels are weighted and added in single precision, in order") {
  const auto weighed = [](std::array<float, 3> weights, std::array<float, 3> channel) {
    return ChannelWeights<3>{{weights[0], weights[1], weights[2]}}.kernel(1.0f)(channel.data());
  };
  CHECK(weighed({1.0f, -2.0f, 0.5f}, {3.0f, 1.0f, 4.0f}) == 3.0f);
  CHECK(weighed({1.0f, 1.0f, 1.0f}, {0x1p24f, 1.0f, 1.0f}) == 0x1p24f);  // each 1 is a tie, rounded to even
  CHECK(weighed({1.0f, 1.0f, 1.0f}, {1.0f, 1.0f, 0x1p24f}) == 0x1p24f + 2.0f);
  CHECK(weighed({1.0f + 0x1p-12f, 1.0f, 0.0f}, {1.0f + 0x1p-12f, -1.0f - 0x1p-11f, 0.0f}) == 0.0f);  // not fused
  support::Numbers numbers{1};
  for (int i = 0; i < 1000; ++i) {
    std::array<float, 3> weights, channel;
    float expected = 0.0f;
    for (std::size_t c = 0; c < 3; ++c) {
      weights[c] = static_cast<float>(numbers.real(-1.0, 1.0));
      channel[c] = static_cast<float>(numbers.real(-1.0, 1.0));
      const volatile float product = weights[c] * channel[c];
      expected += product;
    }
    REQUIRE(weighed(weights, channel) == expected);
  }
}

TEST_CASE("channels that are all 0 give no input with any weights") {
  const float silence[] = {0.0f, 0.0f};
  CHECK(ChannelWeights<2>{{-3.0f, std::numeric_limits<float>::max()}}.kernel(1.0f)(silence) == 0.0f);
  CHECK(ChannelWeights<2>{}.kernel(1.0f)(silence) == 0.0f);
}

TEST_CASE("weights of channels are 1 by default") {
  const float channel[] = {3.0f, -1.0f, 0.5f};
  CHECK(ChannelWeights<3>{}.kernel(1.0f)(channel) == 2.5f);
}

TEST_CASE("weights in double are rounded once") {
  const ChannelWeights<2, double> weights{{0.1, 1e-50}};
  const float channel[] = {1.0f, 1.0f};
  CHECK(weights.kernel(1.0)(channel) == 0.1f);
}

TEST_CASE("a weight that is not finite is refused, naming its channel, on construction and by validate()") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  check_message<InvalidParameter>(
      [] {
        ChannelWeights<2>{{1.0f, not_a_number}}.validate();
      },
      {"weight nan", "channel 1"});
  check_message<InvalidParameter>(
      [] {
        Weighing<3>{{}, {}, {}, {}, {}, {}, {{-infinity, 0.0f, 0.0f}}};
      },
      {"weight -inf", "channel 0"});
  Weighing<2> model;
  model.stimulus_filter.weights = {0.0f, infinity};
  check_message<InvalidParameter>([&] { model.validate(); }, {"weight inf", "channel 1"});
}

TEST_CASE("a model has the channels of its stimulus filter, and weights them for each neuron") {
  CHECK(Weighing<4>::channels == 4);
  HostArrays arrays;
  const Weighing<2> model{{}, {}, {}, {}, {}, {}, {{2.0f, -1.0f}}};
  const float channel[] = {3.0f, 4.0f};
  CHECK(model.kernel(arrays).stimulus_filter(channel) == 2.0f);
}
