// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/cascade.hpp"

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

// A model whose parts are all custom.

struct ThreeTaps {  // no state: x(t) = s(t) + s(t-1) / 2 - s(t-3) / 4
  struct Kernel {
    struct State {};
    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return 3; }
    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE float operator()(State&, float sum, const Past& past) const {
      return (sum + mul(0.5f, past(1))) - mul(0.25f, past(3));
    }
  };
  Kernel kernel(float) const { return {}; }
};

struct Adaptation {
  std::vector<float> taps(float dt) const { return {-1.0f, -0.25f * dt, 0.125f}; }
};

struct NoisyBaseline {
  float b = 0.25f;
  SPIKEOMETRIC_HOST_DEVICE float operator()(const Draws& draws) const {
    return b + mul(static_cast<float>(draws.block()[2]), 0x1p-32f);
  }
};

struct Quadratic {  // does not depend on dt
  float gain = 2.0f;
  static constexpr auto parameters() {
    return std::tuple{parameter("gain", &Quadratic::gain, "1", bounds::positive, "counts per squared input")};
  }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g > 0 ? gain * g * g : Real(0);
  }
};

struct UpToThree {
  static constexpr bool binary = false;
  SPIKEOMETRIC_HOST_DEVICE std::int32_t operator()(float mu, const PrimedDraws& draws) const {
    const float limit = mul(mu, 65536.0f / 3.0f);
    std::int32_t count = static_cast<float>(draws.first) < limit;
    for (std::uint32_t slot = 1; slot < 3; ++slot) count += static_cast<float>(draws.half(slot)) < limit;
    return count;
  }
};

using Custom = Cascade<ThreeTaps, Adaptation, NoisyBaseline, Quadratic, UpToThree>;
static_assert(!Custom::binary && std::is_same_v<EventOf<Custom>, CountEvent>);

slow::Model slow_custom(const Custom& model) {
  slow::Model slow;
  slow.filters = {{[](double&, const std::vector<float>& s) {
                     const auto past = [&](std::size_t lag) { return lag < s.size() ? s[s.size() - 1 - lag] : 0.0f; };
                     return (s.back() + 0.5f * past(1)) - 0.25f * past(3);
                   },
                   [](std::size_t lag) {
                     return lag == 0 ? 1.0 : lag == 1 ? 0.5 : lag == 3 ? -0.25 : 0.0;
                   }}};
  slow.self_history = {-1.0f, -0.25f * model.dt(), 0.125f};
  slow.r = static_cast<float>(model.scale.r);
  slow.baseline = [](const slow::Bits& bits) { return 0.25f + static_cast<float>(bits.block()[2]) * 0x1p-32f; };
  slow.rate = [gain = model.nonlinearity.gain](float g, std::uint32_t) { return g > 0 ? gain * g * g : 0.0f; };
  slow.sample = [](float mu, const slow::Bits& bits) {
    std::int64_t count = 0;
    for (std::uint32_t slot = 0; slot < 3; ++slot)
      count += static_cast<float>(bits.half(slot)) < mu * (65536.0f / 3.0f);
    return count;
  };
  return slow;
}

/// A chosen count in one chosen neuron and step, otherwise 0.
struct Burst {
  static constexpr bool binary = false;
  std::int64_t count = 0;
  std::uint32_t neuron = 0;
  std::uint64_t step = 0;
  std::int64_t operator()(float, const PrimedDraws& draws) const {
    return draws.neuron == neuron && draws.step == step ? count : 0;
  }
};
using Bursting = Cascade<ThreeTaps, NoHistory, NoBaseline, Quadratic, Burst>;

Bursting bursting(std::int64_t count, std::uint32_t neuron, std::uint64_t step) {
  return Bursting{{}, {}, {}, {}, {}, {count, neuron, step}};
}

Eigen::MatrixXf all_to_all(int neurons) {
  support::Numbers numbers{8};
  return Eigen::MatrixXf::NullaryExpr(neurons, neurons, [&] { return static_cast<float>(numbers.real(0.1, 1.0)); });
}

HostArrays arrays;

}  // namespace

TEST_CASE("a nonlinearity gets dt if it accepts it") {
  const auto with_dt = Cascade<ThreeTaps>{{.dt = 0.25f}}.kernel(arrays);
  const auto without_dt = Cascade<ThreeTaps, NoHistory, NoBaseline, Quadratic>{{.dt = 0.25f}}.kernel(arrays);
  CHECK(with_dt.rate(5.0f, 0) == 0.125f);
  CHECK(without_dt.rate(3.0f, 0) == 18.0f);
  CHECK(without_dt.rate(-3.0f, 0) == 0.0f);
}

TEST_CASE("a cascade with a parameter out of bounds is refused, on construction and by validate()") {
  check_message<InvalidParameter>([] { Custom{{}, {}, {}, {}, {.gain = -2.0f}}; }, {"gain = -2", "above 0"});
  check_message<InvalidParameter>([] { Custom{{.dt = 0.0f}}; }, {"dt = 0", "above 0", "ms"});
  check_message<InvalidParameter>([] { Custom{{.r = std::numeric_limits<float>::infinity()}}; }, {"r = inf"});
  Custom model;
  CHECK_NOTHROW(model.validate());
  model.nonlinearity.gain = 0.0f;
  check_message<InvalidParameter>([&] { model.validate(); }, {"gain = 0"});
}

TEST_CASE("the time step is limited only if the sampler needs it") {
  CHECK_NOTHROW(Custom{{.dt = 5.0f}});
  check_message<InvalidParameter>([] { Cascade<ThreeTaps>{{.dt = 5.0f}}; }, {"dt = 5", "at most 1"});
}

TEST_CASE("the visitor gets the parts themselves, in order") {
  Custom model;
  std::vector<const void*> parts;
  model.for_each_policy([&](auto& part) { parts.push_back(&part); });
  CHECK(parts == std::vector<const void*>{&model.scale, &model.filter, &model.history, &model.baseline,
                                          &model.nonlinearity, &model.sampler, &model.stimulus_filter});
  model.for_each_policy([](const auto&) {});
}

TEST_CASE("a custom model counts spikes as the equations say") {
  const int neurons = GENERATE(1, 2, 7, 8, 9, 64, 130, 600);
  support::Numbers numbers{static_cast<std::uint64_t>(neurons)};
  const Custom model{{.dt = 2.0f, .r = 0.7f}, {}, {}, {}, {.gain = 0.8f}};
  const Eigen::MatrixXf weights = Eigen::MatrixXf::NullaryExpr(neurons, neurons, [&] {
    return numbers.coin(20.0 / (20.0 + neurons)) ? static_cast<float>(numbers.real(-1.0, 1.0)) : 0.0f;
  });
  const auto stimulus = [](std::uint64_t step, std::uint32_t neuron) { return (step + neuron) % 9 == 0 ? 1.0f : 0.0f; };
  CAPTURE(neurons);

  slow::Network oracle{slow_custom(model), weights, 77, 5, stimulus};
  oracle.start();
  oracle.equilibrate(6);
  oracle.run(60);
  std::uint32_t most = 0;
  for (const Spike& spike : oracle.spikes()) most = std::max(most, spike.count);
  CHECK(most == 3);
  CHECK(oracle.worst_error() < 1e-6);

  const auto check = [&](auto backend) {
    backend.first_network = 5;
    backend.hash_state = true;
    Simulator simulator{Graph{weights}, model, stimulus, Seed{77}, backend};
    simulator.equilibrate(6);
    const Events spikes = simulator.run(60);
    CHECK(std::vector<Spike>(spikes.begin(), spikes.end()) == oracle.spikes());
    CHECK(spikes.fingerprint() == oracle.fingerprint());
    CHECK(simulator.state_hash() == oracle.state_hash());
  };
  check(EigenBackend<SparseMatvec>{});
  for (const int threads : support::thread_counts()) check(EigenBackend<>{.threads = threads});
}

TEST_CASE("the spikes of a custom model do not change") {
  support::Numbers numbers{4};
  EdgeList edges{300};
  for (std::uint32_t pre = 0; pre < 300; ++pre)
    for (const std::uint32_t step : {1u, 7u, 60u})
      edges.add(pre, (pre * 3 + step) % 300, static_cast<float>(numbers.real(-0.5, 0.5)));
  const Graph graph{edges};
  const Custom model{{}, {}, {}, {}, {.gain = 0.5f}};

  Simulator simulator{graph, model, no_stimulus, Seed{9}, EigenBackend<>{.hash_state = true}};
  const Events spikes = simulator.run(200);
  CHECK(spikes.total() == 16682);
  CHECK(spikes.fingerprint() == 0xe24d11cffbf0715b);
  CHECK(simulator.state_hash() == 0x2c1b15de7c825e5e);

  slow::Network oracle{slow_custom(model), graph.to_dense(), 9};
  oracle.start();
  oracle.run(200);
  CHECK(oracle.fingerprint() == spikes.fingerprint());
  CHECK(oracle.state_hash() == simulator.state_hash());
}

TEST_CASE("products of counts and weights are exact up to the limit that the weights set, and diverge beyond it") {
  const Eigen::MatrixXf weights = all_to_all(40);
  const auto limit = static_cast<std::int64_t>(detail::FixedPointGraph{Graph{weights}}.count_limit());
  REQUIRE(limit < 1'000'000);

  slow::Model slow = slow_custom(Custom{});
  slow.self_history = {};
  slow.baseline = [](const slow::Bits&) { return 0.0f; };
  slow.sample = [limit](float, const slow::Bits& bits) { return bits.neuron == 7 && bits.step == 10 ? limit : 0; };
  slow::Network oracle{slow, weights, 1};
  oracle.start();
  oracle.run(20);

  const auto check = [&](auto backend) {
    backend.hash_state = true;
    Simulator exact{Graph{weights}, bursting(limit, 7, 10), no_stimulus, Seed{1}, backend};
    const Events spikes = exact.run(20);
    REQUIRE(spikes.size() == 1);
    CHECK(spikes[0] == Spike{10, 7, static_cast<std::uint32_t>(limit)});
    CHECK(exact.state_hash() == oracle.state_hash());

    for (const std::int64_t count : {limit + 1, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
      Simulator simulator{Graph{weights}, bursting(count, 7, 10), no_stimulus, Seed{1}, backend};
      check_message<Divergence>([&] { simulator.run(20); }, {"step 10", "neuron 7", std::to_string(count)});
      CHECK(simulator.take_recorded().steps() == 10);
    }
  };
  check(EigenBackend<>{});
  check(EigenBackend<SparseMatvec>{});
}

TEST_CASE("without synapses counts are limited to 31 bits") {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const Graph graph{EdgeList{3}};
  const Events spikes = Simulator{graph, bursting(most, 2, 0), no_stimulus, Seed{1}}.run(2);
  REQUIRE(spikes.size() == 1);
  CHECK(spikes.total() == static_cast<std::uint64_t>(most));
  Simulator beyond{graph, bursting(most + 1, 2, 0), no_stimulus, Seed{1}};
  check_message<Divergence>([&] { beyond.run(2); }, {"2147483648"});
}

TEST_CASE("a given history may have counts up to the limit if the model is not binary") {
  const Eigen::MatrixXf weights = all_to_all(40);
  const auto limit = static_cast<int>(detail::FixedPointGraph{Graph{weights}}.count_limit());
  Simulator simulator{Graph{weights}, Custom{}, no_stimulus, Seed{1}, EigenBackend<>{.hash_state = true}};
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(40, 3);
  history(3, 0) = 2;
  history(39, 2) = limit;
  CHECK_NOTHROW(simulator.reset(history));
  history(39, 2) = limit + 1;
  check_message<std::invalid_argument>([&] { simulator.reset(history); }, {std::to_string(limit + 1), "neuron 39"});
  history(39, 2) = -2;
  check_message<std::invalid_argument>([&] { simulator.reset(history); }, {"-2", "neuron 39"});
}

TEST_CASE("a mean of NaN ends the run with any sampler") {
  const auto stimulus = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 12 && neuron == 2 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  struct Linear {
    float operator()(float g) const { return g; }
  };
  using Model = Cascade<ThreeTaps, NoHistory, NoBaseline, Linear, UpToThree>;
  Simulator simulator{Graph{all_to_all(4)}, Model{}, stimulus, Seed{1}};
  check_message<Divergence>([&] { simulator.run(20); }, {"step 12", "neuron 2", "NaN"});
}

TEST_CASE("a model with several channels can run without a stimulus") {
  using Two = Cascade<ThreeTaps, NoHistory, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<2>>;
  const Graph graph{all_to_all(20)};
  const Two model{{}, {}, {}, {}, {}, {}, {{3.0f, -1.0f}}};
  const Events spikes = Simulator{graph, model, no_stimulus, Seed{1}}.run(50);
  const Events expected = Simulator{graph, Cascade<ThreeTaps>{}, no_stimulus, Seed{1}}.run(50);
  CHECK(expected.size() > 50);
  CHECK(spikes.fingerprint() == expected.fingerprint());
}

TEST_CASE("a cascade made by name checks each part, and dt when its sampler is named") {
  check_message<InvalidParameter>([] { cascade({.dt = -5.0}); }, {"dt = -5 ms must be finite and above 0"});
  check_message<InvalidParameter>([] { cascade({.dt = 5.0}).with_sampler(BernoulliSampler{}); },
                                  {"dt = 5", "at most 1"});
  check_message<InvalidParameter>([] { cascade().with_nonlinearity(Logistic{.theta = NAN}); }, {"theta = nan"});
  const auto model = cascade({.dt = 5.0}).with_filter(ExponentialFilter{}).with_sampler(PoissonSampler{});
  CHECK(model.dt() == 5.0f);
}
