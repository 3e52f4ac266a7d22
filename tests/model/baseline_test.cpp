// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/spikeometric.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"

using namespace spikeometric;

TEST_CASE("NoBaseline is 0") { CHECK(NoBaseline{}(Draws{{Seed{1}}, 3, 4}) == 0.0f); }

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

/// Values of xi over many neurons and steps, if there was noise.
struct Noise {
  std::vector<double> xi;
  double draws = 0.0;

  explicit Noise(const NoisyBaseline& baseline, std::uint64_t seed, std::uint32_t neurons, std::uint64_t steps) {
    const Stream stream{Seed{seed}, 2, Purpose{2}};
    for (std::uint64_t step = 0; step < steps; ++step)
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
        const float b = baseline(PrimedDraws{{stream, neuron, step}, stream.half(neuron, step)});
        if (b != baseline.b) xi.push_back((static_cast<double>(b) / static_cast<double>(baseline.b)) - 1.0);
      }
    draws = static_cast<double>(neurons) * static_cast<double>(steps);
  }
};

}  // namespace

TEST_CASE("noise occurs with probability rho, and is normal with standard deviation sigma") {
  const float rho = GENERATE(0.07f, 0.5f, 1.0f), sigma = GENERATE(0.3f, 2.0f);
  const Noise noise{{.b = 0.5f, .sigma = sigma, .rho = rho}, 31, 512, support::slow_build ? 200 : 2000};
  const double p = rho, n = static_cast<double>(noise.xi.size()),
               variance = static_cast<double>(sigma) * static_cast<double>(sigma);
  CAPTURE(rho, sigma);
  // A xi below 2^-25 does not change b: probability at most 2^-25 / sigma < 10^-7.
  CHECK(std::abs(n - noise.draws * p) <= 5.0 * std::sqrt(noise.draws * p * (1.0 - p)) + 5.0);
  double sum = 0.0, squares = 0.0, fourth = 0.0;
  for (const double xi : noise.xi) {
    sum += xi;
    squares += xi * xi;
    fourth += xi * xi * xi * xi;
  }
  // The moments of order 2, 4, 8 of a standard normal number are 1, 3, 105.
  CHECK(sigmas(sum / n, 0.0, variance, n) < 5);
  CHECK(sigmas(squares / n, variance, 2.0 * variance * variance, n) < 5);
  CHECK(sigmas(fourth / n, 3.0 * variance * variance, 96.0 * std::pow(variance, 4), n) < 5);
  CHECK(kolmogorov_smirnov(noise.xi, [&](double xi) { return std::erfc(-xi / (sigma * std::numbers::sqrt2)) / 2; }) <
        2.75);
}

TEST_CASE("noise matches the formula, in the type of its parameters") {
  const NoisyBaseline baseline{.b = 0.7f, .sigma = 0.3f, .rho = 0.25f};
  const BasicNoisyBaseline<double> in_double{.b = 0.7, .sigma = 0.3, .rho = 0.25};
  const Stream stream{Seed{32}, 1, Purpose{2}};
  int noisy = 0;
  for (std::uint32_t neuron = 0; neuron < 10'000; ++neuron) {
    const PrimedDraws draws{{stream, neuron, 8}, stream.half(neuron, 8)};
    const std::uint32_t draw = draws.first << 16 | stream.half(neuron, 8, 1);
    float expected = 0.7f;
    double expected_in_double = 0.7;
    if (draw < 1u << 30) {
      const Block bits = stream.block(neuron, 8);
      const double z = normal(bits[0], bits[1]);
      expected = 0.7f * (1.0f + static_cast<float>(static_cast<double>(0.3f) * z));
      expected_in_double = 0.7 * (1.0 + 0.3 * z);
      ++noisy;
    }
    REQUIRE(baseline(draws) == expected);
    REQUIRE(in_double(draws) == expected_in_double);
  }
  CHECK(noisy > 2000);
}

TEST_CASE("without sigma, rho or b there is no noise") {
  const Stream stream{Seed{33}, 0, Purpose{2}};
  for (std::uint32_t neuron = 0; neuron < 1000; ++neuron) {
    const PrimedDraws draws{{stream, neuron, 0}, stream.half(neuron, 0)};
    REQUIRE(NoisyBaseline{.b = 0.3f}(draws) == 0.3f);
    REQUIRE(NoisyBaseline{.b = 0.3f, .sigma = 1.0f}(draws) == 0.3f);
    REQUIRE(NoisyBaseline{.b = 0.3f, .rho = 1.0f}(draws) == 0.3f);
    REQUIRE(NoisyBaseline{.b = 0.0f, .sigma = 1.0f, .rho = 1.0f}(draws) == 0.0f);
  }
}

TEST_CASE("noise of neighbouring neurons and of successive steps is independent") {
  constexpr std::uint32_t neurons = 256, steps = support::slow_build ? 256 : 1024;
  const float rho = GENERATE(0.3f, 1.0f);
  const NoisyBaseline baseline{.b = 1.0f, .sigma = 1.0f, .rho = rho};
  const Stream stream{Seed{34}, 0, Purpose{2}};
  std::vector<std::vector<double>> xi(steps, std::vector<double>(neurons));
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      xi[step][neuron] =
          static_cast<double>(baseline(PrimedDraws{{stream, neuron, step}, stream.half(neuron, step)})) - 1.0;
  // xi has mean 0 and variance rho, so the products have variance rho^2. The same holds for the centred squares, whose
  // variance is 3 rho - rho^2.
  const double n = neurons * steps, p = rho;
  for (const std::uint32_t apart : {1u, 2u, 7u, 8u}) {
    double across = 0.0, along = 0.0, squares_across = 0.0, squares_along = 0.0;
    for (std::uint32_t step = 0; step < steps; ++step)
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
        const double here = xi[step][neuron], beside = xi[step][(neuron + apart) % neurons],
                     later = xi[(step + apart) % steps][neuron];
        across += here * beside;
        along += here * later;
        squares_across += (here * here - p) * (beside * beside - p);
        squares_along += (here * here - p) * (later * later - p);
      }
    CAPTURE(rho, apart);
    const double square_variance = (3.0 * p - p * p) * (3.0 * p - p * p);
    CHECK(sigmas(across, 0.0, n * p * p) < 5);
    CHECK(sigmas(along, 0.0, n * p * p) < 5);
    CHECK(sigmas(squares_across, 0.0, n * square_variance) < 5);
    CHECK(sigmas(squares_along, 0.0, n * square_variance) < 5);
  }
}

TEST_CASE("a noisy baseline needs PrimedDraws") {
  STATIC_REQUIRE(std::is_invocable_v<const NoisyBaseline&, const PrimedDraws&>);
  STATIC_REQUIRE(!std::is_invocable_v<const NoisyBaseline&, const Draws&>);
  STATIC_REQUIRE(std::is_invocable_v<const ConstantBaseline&, const Draws&>);
  STATIC_REQUIRE(Baseline<NoisyBaseline> && Baseline<BasicNoisyBaseline<double>>);
}

TEST_CASE("an invalid noisy baseline is refused, naming the parameter") {
  const auto validate = [](NoisyBaseline baseline) { return [baseline] { validate_parameters(baseline); }; };
  CHECK_NOTHROW(validate({.b = -1.0f, .sigma = 0.0f, .rho = 0.0f})());
  CHECK_NOTHROW(validate({.b = 1.0f, .sigma = 3.0f, .rho = 1.0f})());
  check_message<InvalidParameter>(validate({.b = std::numeric_limits<float>::quiet_NaN()}), {"b = nan"});
  check_message<InvalidParameter>(validate({.sigma = -0.1f}), {"sigma = -0.1", "at least 0"});
  check_message<InvalidParameter>(validate({.rho = 1.5f}), {"rho = 1.5", "at least 0 and at most 1"});
  check_message<InvalidParameter>(validate({.rho = -0.5f}), {"rho = -0.5", "at least 0 and at most 1"});
}

TEST_CASE("noise does not change between versions, compilers and instruction sets") {
  const Stream stream{Seed{35}, 0, Purpose{2}};
  const NoisyBaseline baseline{.b = 0.7f, .sigma = 0.3f, .rho = 0.4f};
  std::uint64_t hash = 0;
  for (std::uint32_t neuron = 0; neuron < 50'000; ++neuron)
    hash = detail::mix(
        hash ^ std::bit_cast<std::uint32_t>(baseline(PrimedDraws{{stream, neuron, 0}, stream.half(neuron, 0)})));
  CHECK(hash == 0x760d607567c90834);
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

TEST_CASE("noise in a baseline has the right frequency, and is independent of the draws of spikes") {
  using Kicked = Cascade<ExponentialFilter, NoHistory, Kick, Half, BernoulliSampler>;
  constexpr double neurons = 1000, steps = 1000, p = 0.1 * 0.5;  // independent draws: the probabilities multiply
  Simulator simulator{Graph{EdgeList{1000}}, Kicked{}, no_stimulus, Seed{5}};
  const auto spikes = static_cast<double>(simulator.run(1000).total());
  const double bound = 5.0 * std::sqrt(neurons * steps * p * (1.0 - p));  // 5 standard deviations of a binomial count
  CHECK(std::abs(spikes - neurons * steps * p) < bound);
}
