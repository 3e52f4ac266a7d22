// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/initial_state.hpp"

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../same_state.hpp"
#include "../statistics.hpp"
#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

constexpr Seed seed{5};
constexpr std::uint32_t size = 40;

Graph<> network(int longest_delay = 1) {
  const Graph graph = generate::normal({.neurons = size, .probability = 0.2, .std = 1.0}, Seed{3});
  return longest_delay == 1 ? graph : with_delays(graph, {.shortest = 1, .longest = longest_delay}, Seed{4});
}

/// A network with a stable rate of 2 Hz and, above it, an unbounded one.
const Graph<>& bistable() {
  static const Graph graph =
      generate::fixed_in_degree({.neurons = 1000, .degree = 200, .weights = {.mean = 0.1}}, Seed{1});
  return graph;
}
PoissonGLM bistable_model(float b = 0.651f) { return PoissonGLM{{.alpha = 1000.0f, .T = 1, .b = b}}; }

/// The counts of a network before the start, oldest first, computed from their stream.
template <class ModelType>
Eigen::MatrixXi drawn(Eigen::Index steps, double mean, std::uint32_t id = 0, Eigen::Index neurons = size) {
  const Stream stream{seed, id, detail::initial_state_purpose};
  return Eigen::MatrixXi::NullaryExpr(neurons, steps, [&](Eigen::Index neuron, Eigen::Index step) {
    const Draws draws{stream, static_cast<std::uint32_t>(neuron), static_cast<std::uint64_t>(steps - 1 - step)};
    return ModelType::binary ? static_cast<int>(bernoulli(static_cast<float>(mean), draws))
                             : static_cast<int>(poisson(mean, draws));
  });
}

/// Checks that a rate gives spikes in this many steps before the start.
template <class GraphType, class ModelType>
void check_reach(const GraphType& graph, const ModelType& model, Eigen::Index steps) {
  CAPTURE(steps);
  const double mean = 0.4;
  const auto initial = InitialState::rate_hz(1000.0 * mean / detail::decimal(model.dt()));
  Simulator simulator{graph, model, no_stimulus, seed, EigenBackend<>{}, initial};
  const auto state = simulator.state();
  simulator.reset(drawn<ModelType>(steps, mean));
  CHECK(same(simulator.state(), state));
  simulator.reset(drawn<ModelType>(steps - 1, mean));
  CHECK(!same(simulator.state(), state));
}

template <std::size_t Bases = 1, class FilterPolicy>
std::uint64_t reach(const FilterPolicy& filter, float dt = 1.0f) {
  HostArrays arrays;
  return detail::reach_of<Bases>(detail::kernel_of(filter, dt, arrays));
}

/// c(k) = k exp(-0.2 k): nothing at first.
struct Alpha {
  struct Kernel {
    struct State {
      double fading, rising;
    };
    std::uint32_t memory() const { return 0; }
    template <class Past>
    float operator()(State& state, float sum, const Past&) const {
      state.rising = std::exp(-0.2) * (state.rising + state.fading);
      state.fading = std::exp(-0.2) * state.fading + static_cast<double>(sum);
      return static_cast<float>(state.rising);
    }
  };
  Kernel kernel(float) const { return {}; }
};

/// c(k) = exp(-0.02 k) cos(pi k / 20), from two numbers that turn.
struct Resonance {
  struct Kernel {
    struct State {
      double x, y;
    };
    std::uint32_t memory() const { return 0; }
    template <class Past>
    float operator()(State& state, float sum, const Past&) const {
      const double angle = std::acos(-1.0) / 20, c = std::exp(-0.02) * std::cos(angle),
                   s = std::exp(-0.02) * std::sin(angle), x = c * state.x - s * state.y + static_cast<double>(sum);
      state.y = s * state.x + c * state.y;
      state.x = x;
      return static_cast<float>(x);
    }
  };
  Kernel kernel(float) const { return {}; }
};

/// A stimulus that is NaN in one step.
using Drive = float (*)(std::uint64_t step);
float broken_in_step_99(std::uint64_t step) { return step == 99 ? std::numeric_limits<float>::quiet_NaN() : 0.0f; }

const BernoulliGLM lively{{.theta = 2.0f, .coupling_window = 20}};

}  // namespace

// --- how far back ---------------------------------------------------------------------------------------------------

TEST_CASE("a finite window reaches back to its first step, an infinite one over five time constants") {
  CHECK(reach(ExponentialFilter{.coupling_window = 1}) == 1);
  CHECK(reach(ExponentialFilter{.coupling_window = 20}) == 20);
  CHECK(reach(ExponentialFilter{.coupling_window = 3000}) == 3000);  // whatever is left of a spike
  CHECK(reach(ExponentialFilter{.coupling_decay = 0.0f, .coupling_window = 3000}) == 3000);
  CHECK(reach(ExponentialFilter{.coupling_decay = 0.1f, .coupling_window = infinite_window}) == 50);
  CHECK(reach(ExponentialFilter{.coupling_decay = 0.1f, .coupling_window = infinite_window}, 0.5f) == 100);
  CHECK(reach(TimeConstantFilter{.tau = 1000.0f, .T = infinite_window}) == 5000);
  CHECK(reach(TimeConstantFilter{.tau = 1e9f, .T = infinite_window}) == 1'000'000);
  CHECK(reach(LeakyFilter{.tau = 10.0f}) == 48);  // 0.9^47 > exp(-5) > 0.9^48
  CHECK(reach(LeakyFilter{.tau = 1.0f}) == 1);
  CHECK(reach(Fir{{1.0f}}) == 1);
  CHECK(reach(Fir{{0.0f, 0.5f, -1.0f, 0.25f}}) == 4);
  CHECK(reach(Fir{{1.0f, 0.0f, 1e-4f}}) == 3);
}

TEST_CASE("the reach of a filter that rises late or oscillates through 0 is found") {
  CHECK(reach(Alpha{}) == 41);       // (k / 5) exp(1 - k / 5) = exp(-5) at k = 40.5
  CHECK(reach(Resonance{}) == 244);  // exp(-4.86) |cos(12.15 pi)| > exp(-5), and nothing after
}

TEST_CASE("the reach of several filters is the longest") {
  CHECK(reach<2>(Basis<Fir, 2>{{{{{1.0f, 1.0f, 1.0f}}, {{1.0f, 0.5f, 0.0f, 0.0f, 0.25f}}}}}) == 5);
  CHECK(reach<2>(Basis<LeakyFilter, 2>{{{{.tau = 10.0f}, {.tau = 2.0f}}}}) == 48);
}

TEST_CASE("a rate is one of spikes in every step that window, history or delay reaches back to") {
  const auto model = [](int window, int lags, float dt = 1.0f) {
    return BernoulliGLM{{.dt = dt,
                         .coupling_window = window,
                         .coupling_decay = 0.1f,
                         .abs_ref_steps = lags / 2,
                         .rel_ref_steps = lags - lags / 2}};
  };
  check_reach(network(), model(1, 0), 1);
  check_reach(network(), model(20, 5), 20);
  check_reach(network(), model(20, 33), 33);
  check_reach(network(7), model(20, 5), 26);
  check_reach(network(7), model(infinite_window, 5), 56);
  check_reach(network(), model(infinite_window, 5, 0.5f), 100);
  check_reach(network(), PoissonGLM{{.tau = 3.0f, .T = 4}}, 4);
  check_reach(network(20), PoissonGLM{{.tau = 3.0f, .T = infinite_window}}, 34);
}

TEST_CASE("the activations of a SAM follow from the spikes of a rate") {
  check_reach(network(), RectifiedSAM{}, 48);
  check_reach(network(7), RectifiedSAM{{.dt = 0.5f, .tau = 2.0f}}, 24);  // 0.75^17 > exp(-5) > 0.75^18
}

TEST_CASE("a rate reaches through every basis of a synapse") {
  using Twofold = Cascade<Basis<Fir, 2>, NoHistory, NoBaseline>;
  const auto graph = network().with_weights([](auto, auto, float weight) { return std::array{weight, -weight}; });
  check_reach(graph, Twofold{{}, {{{{{1.0f, 1.0f, 1.0f}}, {{1.0f, 0.5f, 0.0f, 0.0f, 0.25f}}}}}}, 5);
}

// --- the counts -----------------------------------------------------------------------------------------------------

TEST_CASE("counts are independent, Poisson, or at most one where the model is binary") {
  constexpr std::uint64_t steps = 400;
  constexpr std::uint32_t neurons = 500;
  const Stream stream{seed, 0, detail::initial_state_purpose};
  /// `fourth` is the fourth central moment.
  const auto check = [&](const auto& history, double mean, double variance, double fourth) {
    CAPTURE(mean);
    Eigen::MatrixXd counts = Eigen::MatrixXd::Zero(neurons, steps);
    REQUIRE(history.size() == steps);
    for (std::size_t step = 0; step < steps; ++step)
      for (const auto& event : history[step]) counts(event.neuron, static_cast<Eigen::Index>(step)) = event.count;
    constexpr double n = neurons * steps;
    const Eigen::ArrayXXd off = counts.array() - mean;
    CHECK(sigmas(counts.mean(), mean, variance, n) < 5);
    CHECK(sigmas(off.square().mean(), variance, fourth - variance * variance, n) < 5);
    const auto square = variance * variance;
    CHECK(sigmas((off.leftCols(steps - 1) * off.rightCols(steps - 1)).mean(), 0.0, square, n - neurons) < 5);
    CHECK(sigmas((off.topRows(neurons - 1) * off.bottomRows(neurons - 1)).mean(), 0.0, square, n - steps) < 5);
  };
  for (const double mean : {0.002, 0.7, 40.0})
    check(detail::initial_spikes<PoissonGLM>(mean, steps, neurons, stream), mean, mean, mean + 3.0 * mean * mean);
  for (const double p : {0.002, 0.3, 0.9}) {
    const double variance = p * (1.0 - p);
    const auto history = detail::initial_spikes<BernoulliGLM>(p, steps, neurons, stream);
    check(history, p, variance, variance * (1.0 - 3.0 * variance));
  }
}

TEST_CASE("one spike a step is a rate that a binary model can have") {
  Simulator simulator{network(), lively, no_stimulus, seed, EigenBackend<>{}, InitialState::rate_hz(1000.0)};
  const auto state = simulator.state();
  simulator.reset(Eigen::MatrixXi::Ones(size, 20));
  CHECK(same(simulator.state(), state));
}

TEST_CASE("an invalid rate is refused and changes nothing") {
  check_message<std::invalid_argument>([] { InitialState::rate_hz(-1.5); }, {"-1.5 Hz", "at least 0"});
  check_message<std::invalid_argument>([] { InitialState::rate_hz(std::nan("")); }, {"nan Hz"});
  check_message<std::invalid_argument>([] { InitialState::rate_hz(std::numeric_limits<double>::infinity()); },
                                       {"inf Hz"});

  Simulator simulator{network(), lively, no_stimulus, seed}, alike{network(), lively, no_stimulus, seed};
  simulator.run(10);
  alike.run(10);
  check_message<std::invalid_argument>([&] { simulator.reset(InitialState::rate_hz(1500.0)); },
                                       {"1500 Hz", "1.5 spikes in a step of 1 ms", "the limit is 1"});
  CHECK(simulator.run(30).fingerprint() == alike.run(30).fingerprint());

  const auto fast = InitialState::rate_hz(1500.0);
  CHECK_THROWS_AS((Simulator{network(), lively, no_stimulus, seed, EigenBackend<>{}, fast}), std::invalid_argument);
  const Simulator fine{network(), BernoulliGLM{{.dt = 0.5f}}, no_stimulus, seed, EigenBackend<>{}, fast};
  CHECK_THROWS_AS(fine.with(BernoulliGLM{}, no_stimulus, seed), std::invalid_argument);

  Simulator counting{network(), PoissonGLM{}, no_stimulus, seed, EigenBackend<>{}, fast};
  check_message<std::invalid_argument>([&] { counting.reset(InitialState::rate_hz(1e15)); },
                                       {"1e+15 Hz", "the limit is"});
}

// --- silence, and the volley ----------------------------------------------------------------------------------------

TEST_CASE("silence is a history without steps, and a rate of 0") {
  const auto check = [](const auto& graph, const auto& model) {
    Simulator simulator{graph, model, no_stimulus, seed, EigenBackend<>{}, InitialState::silent()};
    const auto silent = simulator.state();
    for (const double x : silent[0].filters) CHECK(x == 0.0);
    simulator.reset(Eigen::MatrixXi(size, 0));
    CHECK(same(simulator.state(), silent));
    simulator.run(5);
    simulator.reset(InitialState::rate_hz(0.0));
    CHECK(same(simulator.state(), silent));
  };
  check(network(7), lively);
  check(network(), RectifiedSAM{});
}

TEST_CASE("the volley is the default, and its spikes do not change") {
  const auto check = [](const auto& model) {
    Simulator simulator{network(), model, no_stimulus, seed};
    const auto state = simulator.state();
    simulator.run(5);
    simulator.reset(InitialState::volley());
    CHECK(same(simulator.state(), state));
    simulator.reset(InitialState{});
    CHECK(same(simulator.state(), state));
  };
  check(lively);
  check(RectifiedSAM{});

  const auto graph = generate::normal({.neurons = 500, .probability = 0.1, .std = 5.0}, Seed{7});
  Simulator known{graph, BernoulliGLM{}, no_stimulus, Seed{42}, EigenBackend<>{}, InitialState::volley()};
  known.equilibrate(20);
  CHECK(known.run(100).fingerprint() == 0xd9000195795a16a7);  // as in simulator_test.cpp, without being asked for
}

TEST_CASE("reset returns to the initial state of the constructor") {
  Simulator simulator{network(), lively, no_stimulus, seed, EigenBackend<>{}, InitialState::rate_hz(30.0)};
  const auto state = simulator.state();
  for (const auto& other : {InitialState::volley(), InitialState::silent(), InitialState::rate_hz(200.0)}) {
    simulator.reset(other);
    CHECK(!same(simulator.state(), state));
    simulator.reset();
    CHECK(same(simulator.state(), state));
  }
}

TEST_CASE("a simulator made by with() starts from the same initial state") {
  const BernoulliGLM other{{.theta = 1.0f, .coupling_window = 30}};
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(100.0)}) {
    Simulator simulator{network(), lively, no_stimulus, seed, EigenBackend<>{}, initial};
    simulator.reset(InitialState::volley());
    const Simulator fresh{network(), other, no_stimulus, Seed{6}, EigenBackend<>{}, initial};
    CHECK(same(simulator.with(other, no_stimulus, Seed{6}).state(), fresh.state()));
  }
}

TEST_CASE("every network of a batch starts as it does alone") {
  const std::vector graphs{network(), network(9), Graph{EdgeList{3}}};
  const std::vector models{lively, BernoulliGLM{{.coupling_window = 3, .rel_ref_steps = 40}},
                           BernoulliGLM{{.coupling_window = infinite_window}}};
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(100.0)}) {
    const Simulator many{batch(graphs), models, no_stimulus, seed, EigenBackend<>{.first_network = 4}, initial};
    const auto state = many.state();
    for (std::uint32_t n = 0; n < 3; ++n) {
      const Simulator alone{graphs[n], models[n], no_stimulus, seed, EigenBackend<>{.first_network = 4 + n}, initial};
      CHECK(same(alone.state(), {state[n]}));
    }
  }
}

// --- what a network does of it --------------------------------------------------------------------------------------

TEST_CASE("a network that runs away from the volley stays at its low rate from silence, and from rates") {
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(2.0), InitialState::rate_hz(50.0)}) {
    Simulator simulator{bistable(), bistable_model(), no_stimulus, Seed{1}, EigenBackend<>{}, initial};
    simulator.equilibrate(100);
    const Events spikes = simulator.run(20'000);
    CHECK(spikes.mean_rate_hz() == Approx(2.0).epsilon(0.02));
    CHECK(spikes.fingerprint() == 0x2e125e3f1e9c3613);
  }
  Simulator simulator{bistable(), bistable_model(), no_stimulus, Seed{1}};
  CHECK_THROWS_AS(simulator.equilibrate(100), Divergence);
}

TEST_CASE("a network with one stable state forgets its initial state") {
  const auto weak = bistable().with_weights([](auto, auto, float weight) { return 0.3f * weight; });
  const auto after = [&](const InitialState& initial) {
    Simulator simulator{weak, bistable_model(1.0f), no_stimulus, Seed{1}, EigenBackend<>{}, initial};
    simulator.equilibrate(100);
    return simulator.run(2'000);
  };
  const Events spikes = after(InitialState::silent());
  CHECK(spikes.mean_rate_hz() == Approx(2.73).epsilon(0.02));
  CHECK(spikes.fingerprint() == after(InitialState::volley()).fingerprint());
}

TEST_CASE("the message of a divergence soon after a volley names the volley") {
  const std::initializer_list<std::string> hint{"started from a volley", "InitialState::silent()"};
  {
    Simulator simulator{bistable(), bistable_model(), no_stimulus, Seed{1}};
    check_message<Divergence>([&] { simulator.equilibrate(100); }, hint);
    simulator.reset();
    check_message<Divergence>([&] { simulator.run(100); }, hint);
    simulator.reset();
    check_message<Divergence>([&] { simulator.run(100, [](auto, auto, auto) {}); }, hint);
    Simulator many{trials(bistable(), 2), bistable_model(), no_stimulus, Seed{1}};
    check_message<Divergence>([&] { many.run(100); }, hint);
  }
  const Drive broken = broken_in_step_99;
  Simulator simulator{network(), lively, broken, seed};
  const auto message = [&] {
    try {
      simulator.run(200);
    } catch (const Divergence& error) {
      CHECK((error.network_id == 0 && error.step == 99 && error.neuron == 0));
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string plain = "network 0, step 99, neuron 0: the stimulus is NaN";
  const auto start = simulator.state();
  CHECK(message().find(plain + "; the network started from a volley") == 0);
  simulator.restore(start);
  CHECK(message() == plain);
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(5.0)}) {
    simulator.reset(initial);
    CHECK(message() == plain);
  }
  simulator.reset(Eigen::MatrixXi(size, 0));
  CHECK(message() == plain);
  simulator.reset();
  simulator.equilibrate(1);  // so that it is step 100 since the volley
  CHECK(message() == plain);
  simulator.reset();
  CHECK(message() != plain);
}
