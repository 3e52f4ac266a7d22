// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/step/may_spike.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/step/purposes.hpp"

using namespace spikeometric;
using detail::may_spike;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

PrimedDraws draws_of(std::uint64_t seed, std::uint32_t network, std::uint32_t neuron, std::uint64_t step) {
  const Stream stream{Seed{seed}, network, detail::spike_purpose};
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

/// About 3 10^6 floats of every kind in (0, 4), in ascending order.
template <class Check>
void for_many_means(Check check) {
  const auto end = std::bit_cast<std::uint32_t>(4.0f);
  for (std::uint32_t bits = 1; bits < end; bits += support::slow_build ? 9973 : 331) check(std::bit_cast<float>(bits));
}

/// Spikes exactly where the library's sampler does not.
struct Contrary : BernoulliSampler {
  std::uint32_t operator()(float mu, const PrimedDraws& draws) const {
    return 1 - BernoulliSampler::operator()(mu, draws);
  }
};
struct ContraryThreshold : ThresholdSampler {
  std::uint32_t operator()(float mu, const PrimedDraws&) const { return mu <= theta; }
};

}  // namespace

TEST_CASE("most neurons do not need the full draw") {
  CHECK(may_spike(BernoulliSampler{}, 0.25f, 16384, 0));
  CHECK_FALSE(may_spike(BernoulliSampler{}, 0.25f, 16385, 0));
  CHECK(may_spike(BernoulliSampler{}, 0.0f, 0, 0));
  CHECK_FALSE(may_spike(BernoulliSampler{}, 0.0f, 1, 0));
  CHECK(may_spike(BernoulliSampler{}, 1.0f, 65535, 0));
}

TEST_CASE("may_spike is true for every spike of a Bernoulli sampler, whatever is drawn") {
  support::Numbers numbers{3};
  constexpr BernoulliSampler sampler;
  std::uint64_t spikes = 0;
  for (int i = 0; i < (support::slow_build ? 20'000 : 400'000); ++i) {
    const std::uint64_t seed = numbers.bits(), step = numbers.below(std::uint64_t{1} << 48);
    const auto network = static_cast<std::uint32_t>(numbers.bits()),
               neuron = static_cast<std::uint32_t>(numbers.bits());
    const PrimedDraws draws = draws_of(seed, network, neuron, step);
    // Some mean, and one whose upper 16 bits tie with the draw's.
    const auto tie = (static_cast<float>(draws.first) + static_cast<float>(numbers.below(256)) / 256.0f) * 0x1p-16f;
    for (const float mu : {static_cast<float>(numbers.real(0.0, 1.0)), tie}) {
      spikes += sampler(mu, draws);
      REQUIRE(sampler(mu, draws) <= static_cast<std::uint32_t>(may_spike(sampler, mu, draws.first, neuron)));
    }
  }
  CHECK(spikes > 10'000);
}

TEST_CASE("may_spike is true wherever a sampler spikes") {
  // A first half one above the largest that may spike, with any draws after it, and the largest itself.
  const Stream stream{Seed{15}, 0, detail::spike_purpose};
  const BasicNegativeBinomialSampler<float> dispersed{1e-7f};  // its probabilities are close to the bound
  std::uint32_t neuron = 0;
  std::uint64_t wrong = 0, on_the_edge = 0;
  for_many_means([&](float mu) {
    const std::uint32_t high = detail::high_threshold(mu);
    const PrimedDraws at{{stream, ++neuron, 0}, high}, above{{stream, neuron, 0}, high + 1};
    wrong += !may_spike(PoissonSampler{}, mu, high, 0) || !may_spike(BernoulliRateSampler{}, mu, high, 0) ||
             !may_spike(dispersed, mu, high, 0);
    if (high >= 65535) return;
    wrong += may_spike(PoissonSampler{}, mu, high + 1, 0) || may_spike(BernoulliRateSampler{}, mu, high + 1, 0) ||
             may_spike(dispersed, mu, high + 1, 0);
    wrong += PoissonSampler{}(mu, above) != 0 || BernoulliRateSampler{}(mu, above) != 0 || dispersed(mu, above) != 0;
    on_the_edge += PoissonSampler{}(mu, at) != 0;
  });
  CHECK(wrong == 0);
  CHECK(on_the_edge > 10);
}

TEST_CASE("a threshold sampler may spike where it does, whatever is drawn") {
  const ThresholdSampler sampler{.theta = 0.25f};
  for (const std::uint32_t first : {0u, 65535u}) {
    for (const float mu : {0.25f, std::nextafter(0.25f, 0.0f), -1.0f, 0.0f, -infinity})
      CHECK_FALSE(may_spike(sampler, mu, first, 0));
    for (const float mu : {std::nextafter(0.25f, 1.0f), 1.0f, infinity}) CHECK(may_spike(sampler, mu, first, 0));
  }
  CHECK(may_spike(BasicThresholdSampler<double>{0.1}, 0.1f, 0, 0));  // the float is above the double
}

TEST_CASE("with a sampler for each neuron, may_spike uses the neuron's own") {
  support::Numbers numbers{20};
  std::vector<ThresholdSampler> thresholds;
  for (int i = 0; i < 50; ++i) thresholds.push_back({static_cast<float>(numbers.real(-1.0, 1.0))});
  const std::vector<PoissonSampler> counts(50);
  const std::vector<Contrary> contrary(50);
  const detail::PerNeuronKernel<ThresholdSampler> threshold{thresholds.data()};
  const detail::PerNeuronKernel<PoissonSampler> poisson{counts.data()};
  const std::vector<BasicNegativeBinomialSampler<float>> bursting(50);
  const detail::PerNeuronKernel<BasicNegativeBinomialSampler<float>> bursts{bursting.data()};
  const detail::PerNeuronKernel<Contrary> unknown{contrary.data()};
  for (std::uint32_t neuron = 0; neuron < 50; ++neuron)
    for (int i = 0; i < 20; ++i) {
      const auto mu = static_cast<float>(numbers.real(-1.0, 1.0));
      const std::uint32_t first = draws_of(3, 0, neuron, 0).first;
      CHECK(may_spike(threshold, mu, first, neuron) == may_spike(thresholds[neuron], mu, first, neuron));
      CHECK(may_spike(poisson, mu, first, neuron) == may_spike(PoissonSampler{}, mu, first, neuron));
      CHECK(may_spike(bursts, mu, first, neuron) == may_spike(PoissonSampler{}, mu, first, neuron));
      CHECK(may_spike(unknown, mu, first, neuron));
    }
}

TEST_CASE("may_spike is true for NaN with every sampler, so that NaN is detected") {
  CHECK(may_spike(BernoulliSampler{}, not_a_number, 65535, 0));
  CHECK(may_spike(BernoulliRateSampler{}, not_a_number, 65535, 0));
  CHECK(may_spike(PoissonSampler{}, not_a_number, 65535, 0));
  CHECK(may_spike(BasicNegativeBinomialSampler<float>{}, not_a_number, 65535, 0));
  CHECK(may_spike(ThresholdSampler{}, not_a_number, 65535, 0));
  CHECK(may_spike(detail::PerNeuronKernel<BernoulliSampler>{std::vector<BernoulliSampler>(1).data()}, not_a_number,
                  65535, 0));
}

TEST_CASE("a sampler of a user may always spike, even if it derives from one of the library") {
  CHECK(may_spike(Contrary{}, 0.0f, 65535, 0));
  CHECK(may_spike(ContraryThreshold{}, -1.0f, 65535, 0));
  CHECK(may_spike([](float, const PrimedDraws&) { return 1; }, 0.0f, 65535, 0));
}
