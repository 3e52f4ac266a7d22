// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/spikeometric.hpp"

#include <cmath>
#include <limits>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

TEST_CASE("without a baseline b is 0") { CHECK(NoBaseline{}(Draws{{Seed{1}}, 3, 4}) == 0.0f); }

TEST_CASE("a constant baseline is the same for every neuron and step") {
  const ConstantBaseline tonic{.b = -0.75f};
  CHECK(tonic(Draws{{Seed{1}}, 3, 4}) == -0.75f);
  CHECK(tonic(Draws{{Seed{2}}, 0, 1'000'000}) == -0.75f);
  CHECK(BasicConstantBaseline<double>{.b = 0.1}(Draws{}) == 0.1);
}

TEST_CASE("a constant baseline must be finite") {
  check_message<InvalidParameter>(
      [] { validate_parameters(ConstantBaseline{.b = std::numeric_limits<float>::infinity()}); },
      {"b = inf", "finite"});
}

namespace {

struct Kick {  // 1 with probability 0.1, else 0
  SPIKEOMETRIC_HOST_DEVICE float operator()(const Draws& draws) const { return bernoulli(0.1f, draws) ? 1.0f : 0.0f; }
};

struct Half {
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return Real(0.5f) * g;
  }
};

}  // namespace

TEST_CASE("noise in a baseline comes as often as it should, and apart from the draws of spikes") {
  using Kicked = Cascade<ExponentialFilter, NoHistory, Kick, Half, BernoulliSampler>;
  constexpr double neurons = 1000, steps = 1000, p = 0.1 * 0.5;  // independent draws: the probabilities multiply
  Simulator simulator{Graph{EdgeList{1000}}, Kicked{}, no_stimulus, Seed{5}};
  const auto spikes = static_cast<double>(simulator.run(1000).total());
  const double bound = 5.0 * std::sqrt(neurons * steps * p * (1.0 - p));  // 5 standard deviations of a binomial count
  CHECK(std::abs(spikes - neurons * steps * p) < bound);
}
