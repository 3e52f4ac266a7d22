// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/samplers/negative_binomial.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../statistics.hpp"
#include "../../support.hpp"
#include "spikeometric/backend/eigen.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

PrimedDraws draws_of(std::uint64_t seed, std::uint32_t network, std::uint32_t neuron, std::uint64_t step) {
  const Stream stream{Seed{seed}, network, Purpose{1}};
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

using Bursting = Cascade<ExponentialFilter, NoHistory, ConstantBaseline, Exponential, NegativeBinomialSampler>;
const Bursting bursting{{}, {.coupling_window = 10}, {}, {.b = 0.5}, {.alpha = 20.0}, {.dispersion = 1.5}};

Graph<> network(std::uint64_t neurons, std::uint64_t seed = 3) {
  return generate::normal({.neurons = neurons, .probability = 0.1, .std = 0.4}, Seed{seed});
}

/// A sampler of a user whose distribution depends on a member.
struct TwoOrNone {
  static constexpr bool binary = false;
  float size = 2.0f;

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const PrimedDraws& draws) const {
    return bernoulli(mu / size, draws) ? static_cast<std::int64_t>(size) : 0;
  }
  template <class Real>
  static Real mean(const Real& mu) {
    return mu;
  }
  template <class Real>
  Real variance(const Real& mu) const {
    return mu * (Real(size) - mu);
  }
  template <class Real>
  Real log_probability(std::uint32_t count, const Real& mu) const {
    return count > 0 ? Real(log(Real(mu / Real(size)))) : Real(log1p(Real(-mu / Real(size))));
  }
};

}  // namespace

TEST_CASE("a negative binomial sampler returns counts with its mean and its rounded dispersion") {
  for (std::uint32_t neuron = 0; neuron < 1000; ++neuron)
    for (const float mu : {0.1f, 4.0f, 700.0f})
      for (const double dispersion : {0.3, 7.7}) {
        const PrimedDraws draws = draws_of(16, 0, neuron, 3);
        const std::int64_t count = negative_binomial(static_cast<double>(mu), static_cast<float>(dispersion), draws);
        REQUIRE(NegativeBinomialSampler{dispersion}(mu, draws) == count);
        REQUIRE(BasicNegativeBinomialSampler<float>{static_cast<float>(dispersion)}(mu, draws) == count);
        REQUIRE(NegativeBinomialSampler{0.0}(mu, draws) == PoissonSampler{}(mu, draws));
      }
  CHECK(NegativeBinomialSampler{}(std::numeric_limits<float>::infinity(), draws_of(16, 0, 0, 0)) == std::int64_t{1}
                                                                                                        << 31);
  STATIC_REQUIRE(!NegativeBinomialSampler::binary);
}

TEST_CASE("a dispersion must be from 0 to 1e9") {
  check_message<InvalidParameter>([] { validate_parameters(NegativeBinomialSampler{-0.1}); },
                                  {"dispersion = -0.1", "at least 0", "at most 1e+09"});
  check_message<InvalidParameter>([] { validate_parameters(NegativeBinomialSampler{2e9}); }, {"dispersion = 2e+09"});
  CHECK_THROWS_AS(validate_parameters(NegativeBinomialSampler{std::numeric_limits<double>::quiet_NaN()}),
                  InvalidParameter);
  CHECK_NOTHROW(validate_parameters(NegativeBinomialSampler{0.0}));
  auto model = bursting;
  set_parameter(model, "dispersion", 0.25);
  CHECK(model.sampler.dispersion == 0.25);
}

TEST_CASE("mean and variance are sums over the probabilities of negative binomial counts, which add up to 1") {
  for (const auto& [mu, dispersion, most] :
       std::vector<std::tuple<double, float, std::uint32_t>>{{1e-6, 1.0f, 50},
                                                             {0.3, 0.0f, 100},
                                                             {0.3, 1e-7f, 100},
                                                             {2.5, 0.5f, 400},
                                                             {15.0, 0.01f, 400},
                                                             {15.0, 3.0f, 5'000},
                                                             {0.2, 40.0f, 1'000},
                                                             {1000.0, 0.25f, 40'000}}) {
    const BasicNegativeBinomialSampler<float> sampler{dispersion};
    double total = 0.0, mean = 0.0, squares = 0.0;
    for (std::uint32_t count = 0; count <= most; ++count) {
      const double p = std::exp(sampler.log_probability(count, mu)), k = count;
      total += p;
      mean += k * p;
      squares += (k - mu) * (k - mu) * p;
    }
    CAPTURE(mu, dispersion);
    // The missing tail is below 1e-15; each probability has a relative error of some roundings of its logarithm's
    // terms.
    CHECK(total == Approx(1.0).epsilon(3e-13));
    CHECK(sampler.mean(mu) == Approx(mean).epsilon(1e-11));
    CHECK(sampler.variance(mu) == Approx(squares).epsilon(1e-9));
    CHECK(sampler.variance(mu) == Approx(mu + static_cast<double>(dispersion) * mu * mu));
  }
}

TEST_CASE("drawn counts have the mean, variance and probabilities of a negative binomial sampler") {
  constexpr std::uint32_t n = support::slow_build ? 20'000 : 200'000;
  for (const auto& [mu, dispersion] : {std::pair{0.01f, 0.5f}, std::pair{0.4f, 2.0f}, std::pair{2.5f, 1e-3f},
                                       std::pair{2.5f, 0.7f}, std::pair{30.0f, 0.2f}}) {
    const BasicNegativeBinomialSampler<float> sampler{dispersion};
    const double mean = mu, variance = sampler.variance(mean);
    std::vector<std::uint64_t> counts(40);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto count = static_cast<std::size_t>(sampler(mu, draws_of(18, 1, i % 4096, i / 4096)));
      const double deviation = static_cast<double>(count) - mean, square = deviation * deviation;
      if (count < counts.size()) ++counts[count];
      sum += deviation;
      squares += square;
      fourth += square * square;
    }
    CAPTURE(mu, dispersion);
    CHECK(sigmas(sum / n, 0.0, variance, n) < 5);
    CHECK(sigmas(squares / n, variance, fourth / n - variance * variance, n) < 5);
    for (std::uint32_t count = 0; count < counts.size(); ++count) {
      const double p = std::exp(sampler.log_probability(count, mean));
      CAPTURE(count);
      if (n * p > 20) CHECK(sigmas(static_cast<double>(counts[count]), n * p, n * p * (1.0 - p)) < 5);
    }
  }
}

TEST_CASE("a negative binomial sampler has derivatives by the mean and by the dispersion") {
  const BasicNegativeBinomialSampler<double> sampler{0.5};
  const Dual mu{0.3, 2.0};
  CHECK(sampler.mean(mu) == mu);
  CHECK(sampler.variance(mu).derivative == Approx(2.0 * (1.0 + 2.0 * 0.5 * 0.3)));
  CHECK(sampler.log_probability(4, mu).derivative == Approx(2.0 * (4.0 - 0.3) / (0.3 * 1.15)));

  const BasicNegativeBinomialSampler<Dual> varied{{0.5, 3.0}};
  CHECK(varied.variance(2.0) == Dual{4.0, 12.0});
  for (const std::uint32_t count : {0u, 1u, 5u, 40u}) {
    const double h = 1e-5, above = BasicNegativeBinomialSampler<double>{0.5 + h}.log_probability(count, 2.0),
                 below = BasicNegativeBinomialSampler<double>{0.5 - h}.log_probability(count, 2.0);
    CAPTURE(count);
    CHECK(varied.log_probability(count, 2.0).value == sampler.log_probability(count, 2.0));
    CHECK(varied.log_probability(count, 2.0).derivative == Approx(3.0 * (above - below) / (2.0 * h)).epsilon(1e-7));
  }
}

TEST_CASE("a Distribution may have static or constant members") {
  STATIC_REQUIRE((Distribution<NegativeBinomialSampler> && Distribution<BasicNegativeBinomialSampler<double>>));
  STATIC_REQUIRE(Distribution<TwoOrNone>);
  STATIC_REQUIRE((Differentiable<Bursting> &&
                  Differentiable<Cascade<ExponentialFilter, NoHistory, NoBaseline, Exponential, TwoOrNone>>));
  STATIC_REQUIRE(!Distribution<PerNeuron<NegativeBinomialSampler>>);
}

TEST_CASE("the spikes of a network with negative binomial counts do not depend on threads or pieces") {
  const Graph graph = network(200);
  Simulator simulator{graph, bursting, no_stimulus, Seed{42}, EigenBackend<>{.hash_state = true}};
  simulator.equilibrate(20);
  const auto spikes = simulator.run(150);
  CHECK(spikes.total() > 1000);

  for (const int threads : support::thread_counts()) {
    CAPTURE(threads);
    Simulator other{graph, bursting, no_stimulus, Seed{42}, EigenBackend<>{.threads = threads, .hash_state = true}};
    other.equilibrate(20);
    auto pieces = other.new_recording();
    for (const std::uint64_t steps : {1, 60, 89}) other.run(steps, pieces);
    CHECK(pieces.fingerprint() == spikes.fingerprint());
    CHECK(other.state_hash() == simulator.state_hash());
  }
}

TEST_CASE("in a simulation, counts have the variance of their dispersion, also if neurons differ") {
  const std::uint32_t neurons = 60;
  const std::uint64_t steps = support::slow_build ? 2'000 : 20'000;
  std::vector<double> dispersions(neurons);
  for (std::uint32_t i = 0; i < neurons; ++i) dispersions[i] = i % 3 == 0 ? 0.0 : i % 3 == 1 ? 0.5 : 4.0;
  const Cascade<ExponentialFilter, NoHistory, ConstantBaseline, Exponential, NegativeBinomialSampler> model{
      {}, {}, {}, {.b = 1.0}, {.alpha = 2.0, .beta = 1.0}};
  const auto mixed = per_neuron(model, &NegativeBinomialSampler::dispersion, dispersions);
  Simulator simulator{Graph{EdgeList{neurons}}, mixed, no_stimulus, Seed{7}};
  const auto counts = simulator.run(steps).to_dense();
  const double mean = 0.5 * static_cast<double>(std::exp(1.0f)), n = 20.0 * static_cast<double>(steps);
  for (std::uint32_t kind = 0; kind < 3; ++kind) {
    double squares = 0.0, fourth = 0.0;
    for (std::uint32_t i = kind; i < neurons; i += 3)
      for (Eigen::Index step = 0; step < counts.cols(); ++step) {
        const double deviation = static_cast<double>(counts(i, step)) - mean, square = deviation * deviation;
        squares += square;
        fourth += square * square;
      }
    const double variance = mean + dispersions[kind] * mean * mean;
    CAPTURE(kind);
    CHECK(sigmas(squares / n, variance, fourth / n - variance * variance, n) < 5);
  }
}

TEST_CASE("with a dispersion of 0, a network has the spikes of one with Poisson counts") {
  const Graph graph = network(100);
  const auto spikes = [&](const auto& model) {
    Simulator simulator{graph, model, no_stimulus, Seed{5}, EigenBackend<>{.hash_state = true}};
    const auto events = simulator.run(100);
    return std::pair{events.fingerprint(), simulator.state_hash()};
  };
  CHECK(spikes(bursting.with_sampler(NegativeBinomialSampler{0.0})) == spikes(bursting.with_sampler(PoissonSampler{})));
  CHECK(spikes(bursting) != spikes(bursting.with_sampler(PoissonSampler{})));
}
