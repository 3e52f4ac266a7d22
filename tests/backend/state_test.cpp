// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/state.hpp"

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../same_state.hpp"
#include "../support.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "states.hpp"

using namespace spikeometric;
using namespace states;

namespace {

constexpr auto flicker = [](std::uint64_t step, std::uint32_t neuron) {
  return neuron % 7 == step / 10 % 7 ? 1.5f : 0.0f;
};

constexpr auto as_constructed = [](auto&) {};
constexpr auto equilibrated = [](auto& simulator) { simulator.equilibrate(13); };

/// make(backend) returns a simulator, and start() starts it. Checks that it has the same state after `taken` steps on
/// any number of threads (and with SparseMatvec if ByProduct), and that another simulator continues correctly from it.
template <bool ByProduct = false, class Make, class Start>
void check_goes_on(Make make, Start start, std::uint64_t taken = before) {
  auto whole = make(EigenBackend<>{.hash_state = true});
  start(whole);
  whole.run(taken);
  const auto state = whole.state();
  const std::uint64_t hash = whole.state_hash(), passed = whole.synaptic_events();
  const auto rest = whole.run(after);
  const auto last = whole.state();
  CHECK(rest.total() > whole.neurons());

  const auto check = [&](auto backend) {
    CAPTURE(backend.threads);
    backend.hash_state = true;
    auto other = make(backend);
    start(other);
    other.run(taken);
    CHECK(same(other.state(), state));

    auto fresh = make(backend);
    fresh.run(5);  // which are forgotten
    fresh.restore(state);
    CHECK((fresh.step() == taken && fresh.state_hash() == 0 && fresh.synaptic_events() == 0));
    CHECK(same(fresh.state(), state));
    auto events = fresh.run(100);
    fresh.run(after - 100, events);
    REQUIRE((lists(events) == lists(rest)));
    CHECK(fresh.state_hash() == whole.state_hash() - hash);
    CHECK(same(fresh.state(), last));
    if constexpr (std::is_same_v<decltype(backend), EigenBackend<>>)
      CHECK(fresh.synaptic_events() == whole.synaptic_events() - passed);
  };
  for (const int threads : support::thread_counts()) {
    check(EigenBackend<>{.threads = threads});
    if constexpr (ByProduct) check(EigenBackend<SparseMatvec>{.threads = threads});
  }
}

template <class Network, class Model, class StimulusType>
auto maker(const Network& network, const Model& model, const StimulusType& stimulus) {
  return [=](auto backend) {
    backend.first_network = 3;
    return Simulator{network, model, stimulus, seed, backend};
  };
}

}  // namespace

// --- from there on --------------------------------------------------------------------------------------------------

TEST_CASE("every named model continues from a state as if never interrupted") {
  const int longest_delay = GENERATE(1, 2, 20);
  CAPTURE(longest_delay);
  const Graph graph = network(600, longest_delay);
  const auto check = [&](const auto& model) { check_goes_on(maker(graph, model, flicker), equilibrated); };
  SECTION("Bernoulli GLM") { check_goes_on<true>(maker(graph, lively, flicker), equilibrated); }
  SECTION("Poisson GLM") { check(PoissonGLM{{.r = 0.1f, .alpha = 20.0f, .tau = 5.0f, .T = 15}}); }
  SECTION("rectified LNP") { check(RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}); }
  SECTION("rectified SAM") { check(RectifiedSAM{{.lambda_0 = 0.05f}}); }
  SECTION("threshold SAM, with noise") { check(ThresholdSAM{}); }
}

TEST_CASE("models with two weights a synapse, and with Fir filters and histories, continue from a state") {
  support::Numbers numbers{8};
  const auto longest_delay = GENERATE(as<std::size_t>{}, 1, 20);
  CAPTURE(longest_delay);
  const auto random = [&](std::size_t bases) {
    return against::random_network(numbers, {.neurons = 300,
                                             .probability = 0.05,
                                             .strength = 0.5,
                                             .longest_delay = longest_delay,
                                             .bases = bases,
                                             .several = true})
        .synapses;
  };
  const auto check = [](const auto& graph, const auto& model) {
    check_goes_on(maker(graph, model, flicker), equilibrated);
  };
  SECTION("two exponentials") {
    using Model = Cascade<Basis<ExponentialFilter, 2>, RefractoryFilter>;
    Model model{{}, {}, {}, {}, {.theta = 2.0f}};
    model.filter.functions = {{{.coupling_window = 7}, {.coupling_decay = 0.05f, .coupling_window = 30}}};
    check_goes_on<true>(maker(against::graph_of<float, 2, std::uint32_t>(random(2)), model, flicker), equilibrated);
  }
  SECTION("two Firs, and a history of several lags") {
    using Model = Cascade<Basis<Fir, 2>, Fir>;
    const Model model{{}, {{{{{0.5f, 1.0f, 0.25f}}, {{-0.5f, 0.0f, 0.0f, 1.0f}}}}}, {{-5.0f, 1.0f, 0.5f, -0.25f}}};
    check(against::graph_of<float, 2, std::uint32_t>(random(2)), model);
  }
  SECTION("a Fir, a noisy baseline, counts and their history") {
    using Model = Cascade<Fir, Fir, NoisyBaseline, RectifiedLinear, PoissonSampler>;
    const Model model{
        {}, {{0.5f, 0.25f, 0.125f}}, {{-0.5f, -0.25f}}, {.b = 1.0f, .sigma = 0.5f, .rho = 0.2f}, {.lambda_0 = 0.2f}};
    check(against::graph_of<float, 1, std::uint32_t>(random(1)), model);
  }
  SECTION("narrow ids") { check(against::graph_of<float, 1, std::uint16_t>(random(1)), lively); }
}

TEST_CASE("batches of networks of different sizes, and trials, continue from a state") {
  const std::vector<Graph<>> graphs = {network(40, 3), network(300, 1), network(1, 1),
                                       network(support::slow_build ? 30 : 600, 20)};
  std::vector<BernoulliGLM> models;
  for (const int window : {1, 30, 5, infinite_window})
    models.push_back(BernoulliGLM{{.theta = 2.0f, .coupling_window = window, .abs_ref_steps = window % 4}});
  check_goes_on<true>(maker(batch(graphs), models, flicker), equilibrated);
  check_goes_on<true>(maker(trials(batch(graphs), 2), lively, flicker), equilibrated);
  check_goes_on(maker(trials(graphs[0], 5), RectifiedSAM{}, flicker), as_constructed);
}

TEST_CASE("a state may be saved at the start, right after equilibration, and during a given past") {
  const Graph graph = network(300, 20);
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(300, 8);
  for (Eigen::Index i = 0; i < 300; ++i) history(i, i % 8) = 1;
  for (const std::uint64_t taken : {0, 1, 2}) {
    if (support::slow_build && taken == 2) continue;
    check_goes_on<true>(maker(graph, lively, flicker), as_constructed, taken);
    check_goes_on<true>(maker(graph, lively, flicker), equilibrated, taken);
    check_goes_on<true>(
        maker(graph, lively, flicker), [&](auto& simulator) { simulator.reset(history); }, taken);
    check_goes_on(maker(graph, ThresholdSAM{}, flicker), as_constructed, taken);
  }
}

TEST_CASE("stimuli continue from the step of the state") {
  const Eigen::MatrixXf movie = Eigen::MatrixXf::NullaryExpr(
      300, 350, [](Eigen::Index i, Eigen::Index j) { return static_cast<float>((3 * i + 5 * j) % 11) * 0.2f; });
  const auto stimulus = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 30, .pulse_steps = 9}) +
                        sinusoid({.amplitude = 1.0f, .period_ms = 45.0f, .duration_steps = 300}).on(neurons(20, 90)) +
                        recorded(movie) + function(flicker);
  check_goes_on(maker(network(300, 5), lively, stimulus), equilibrated);
}

TEST_CASE("one state may be restored many times, with other seeds, models, stimuli and networks") {
  const Graph graph = network(300, 20);
  Simulator simulator{graph, lively, no_stimulus, seed};
  simulator.run(before);
  const auto state = simulator.state();
  const auto expected = lists(simulator.run(after));
  const auto branch = [&](const auto& model, const auto& stimulus, Seed other) {
    Simulator fresh{graph, model, stimulus, other};
    fresh.restore(state);
    return lists(fresh.run(after));
  };
  CHECK((branch(lively, no_stimulus, seed) == expected));
  CHECK((branch(lively, no_stimulus, Seed{2}) != expected));
  CHECK((branch(lively, no_stimulus, Seed{2}) != branch(lively, no_stimulus, Seed{3})));
  CHECK((branch(lively, no_stimulus, Seed{2}) == branch(lively, no_stimulus, Seed{2})));
  CHECK((branch(lively, flicker, seed) != expected));
  BernoulliGLM excitable = lively;
  excitable.nonlinearity.theta = 1.0f;
  CHECK((branch(excitable, no_stimulus, seed) != expected));

  // Back in time, in the simulator that it is of; and trials, of which the first has its network id.
  simulator.restore(state);
  CHECK((lists(simulator.run(after)) == expected));
  Simulator many{trials(graph, 3), lively, no_stimulus, seed};
  many.restore({3, state[0]});
  const auto futures = lists(many.run(after));
  CHECK((futures[0] == expected[0]));
  CHECK((futures[1] != expected[0] && futures[2] != expected[0] && futures[1] != futures[2]));
}
