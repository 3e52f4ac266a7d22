// SPDX-License-Identifier: BSD-3-Clause
// What states hold, and what they do not fit.
#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../same_state.hpp"
#include "../support.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "states.hpp"

using namespace spikeometric;
using namespace states;

// --- what a state holds ---------------------------------------------------------------------------------------------

TEST_CASE("a state has the latest spikes, the sums of later steps and the past sums, latest first") {
  // Weights are eighths of integers: sums over synapses are floats.
  support::Numbers numbers{4};
  constexpr std::uint32_t neurons = 40;
  constexpr std::uint64_t steps = 60, longest = 9, window = 6, lags = 4;
  EdgeList edges{neurons};
  for (std::uint32_t pre = 0; pre < neurons; ++pre)
    for (std::uint32_t post = pre % 3; post < neurons; post += 3)
      edges.add(pre, post, static_cast<float>(numbers.between(-16, 16)) / 8.0f, 1 + (pre + post) % longest);
  const Graph graph{edges};
  using Model = Cascade<ExponentialFilter, RefractoryFilter, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  const Model model{{},
                    {.coupling_decay = 0.1f, .coupling_window = window},
                    {.abs_ref_steps = 1, .rel_ref_steps = 3},
                    {.b = 2.0f},
                    {.lambda_0 = 0.5f}};
  Simulator simulator{graph, model, no_stimulus, seed};
  simulator.reset(Eigen::MatrixXi::Zero(neurons, 1));
  const auto events = simulator.run(steps);
  const auto state = simulator.state();
  REQUIRE(state.size() == 1);
  const auto& of = state[0];
  CHECK((of.step == steps && of.random_step == steps));

  REQUIRE(of.recent.size() == lags);
  for (std::uint64_t lag = 0; lag < lags; ++lag) {
    std::vector<Spike> given, expected;
    for (const auto& spike : of.recent[lag]) given.push_back({steps - 1 - lag, spike.neuron, spike.count});
    for (const Spike spike : events)
      if (spike.step == steps - 1 - lag) expected.push_back(spike);
    CHECK(given == expected);
  }

  // sums[step][neuron], the spikes of the latest step left out
  std::vector<std::array<double, neurons>> sums(steps + longest);
  for (const Spike spike : events)
    for (const auto& [pre, post, weight, delay] : graph.edges())
      if (pre == spike.neuron && spike.step < steps - 1)
        sums[spike.step + delay][post] += static_cast<double>(weight) * spike.count;
  CHECK(of.exponents == detail::FixedPointGraph{Graph{graph}}.exponents());
  REQUIRE(of.arriving.size() == (longest - 1) * neurons);
  REQUIRE(of.past.size() == window * neurons);
  REQUIRE(of.filters.size() == neurons);
  for (std::size_t i = 0; i < neurons; ++i) {
    for (std::size_t ahead = 0; ahead < longest - 1; ++ahead)
      CHECK(std::ldexp(static_cast<double>(of.arriving[ahead * neurons + i]), -of.exponents[i]) ==
            sums[steps + ahead][i]);
    double filtered = 0.0;
    for (std::size_t lag = 1; lag <= window; ++lag) {
      CHECK(static_cast<double>(of.past[(lag - 1) * neurons + i]) == sums[steps - lag][i]);
      filtered += std::exp(-0.1 * static_cast<double>(lag - 1)) * sums[steps - lag][i];
    }
    CHECK(of.filters[i] == Approx(filtered).margin(1e-5));
  }
}

TEST_CASE("the next step passes the synapses of the latest spikes, and counts them") {
  const Graph graph = network(300, 1);
  Simulator simulator{graph, lively, no_stimulus, seed};
  simulator.run(before);
  const auto state = simulator.state();
  simulator.restore(state);
  CHECK(simulator.synaptic_events() == 0);
  simulator.run(1);
  std::uint64_t expected = 0;
  for (const auto& spike : state[0].recent[0]) expected += graph.out_degree(spike.neuron);
  CHECK(expected > 0);
  CHECK(simulator.synaptic_events() == expected);
}

// --- what does not fit ----------------------------------------------------------------------------------------------

TEST_CASE("a state that does not fit is refused with the name of what differs, and changes nothing") {
  using Model = Cascade<TimeConstantFilter, RefractoryFilter, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  const Model model{
      {}, {.tau = 3.0f, .T = 12}, {.abs_ref_steps = 1, .rel_ref_steps = 2}, {.b = 1.0f}, {.lambda_0 = 0.2f}};
  const Graph graph = network(30, 5);
  Simulator simulator{graph, model, no_stimulus, seed}, alike{graph, model, no_stimulus, seed};
  simulator.run(before);
  alike.run(before);
  const auto good = simulator.state();
  const auto refuses = [&](auto change, std::initializer_list<std::string> parts) {
    auto state = good;
    change(state[0]);
    check_message<std::invalid_argument>([&] { simulator.restore(state); }, parts);
  };
  using State = NetworkState<Model>;

  check_message<std::invalid_argument>([&] { simulator.restore({}); }, {"0 states", "1 networks"});
  check_message<std::invalid_argument>([&] { simulator.restore({2, good[0]}); }, {"2 states", "1 networks"});
  refuses([](State& s) { s.filters.pop_back(); }, {"29 neurons", "30"});
  refuses([](State& s) { s.recent.pop_back(); }, {"2 steps of spikes", "lags", "3"});
  refuses([](State& s) { s.past.pop_back(); }, {"359 past sums", "window", "360"});
  refuses([](State& s) { s.past.clear(); }, {"0 past sums"});
  refuses([](State& s) { s.arriving.push_back(0); }, {"121 arriving sums", "delay", "120"});
  refuses([](State& s) { s.exponents.pop_back(); }, {"29 exponents", "30"});
  refuses([](State& s) { s.exponents.clear(); }, {"0 exponents", "30"});
  constexpr std::int64_t limit = std::int64_t{1} << 53;
  for (const std::int64_t sum :
       {limit + 1, -limit - 1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()})
    refuses([&](State& s) { s.arriving[7] = sum; }, {std::to_string(sum), "2^53"});
  refuses([](State& s) { s.recent[1] = {{0, 30, 1}}; }, {"neuron 30", "network of 30"});
  refuses([](State& s) { s.recent[1] = {{0, ~0u, 1}}; }, {"neuron 4294967295"});
  refuses([](State& s) { s.recent[2] = {{0, 4, 1}, {0, 4, 1}}; }, {"neuron 4 after neuron 4"});
  refuses([](State& s) { s.recent[2] = {{0, 4, 1}, {0, 3, 1}}; }, {"neuron 3 after neuron 4"});
  const std::uint64_t most = detail::FixedPointGraph{Graph{graph}}.count_limit();
  refuses(
      [&](State& s) {
        s.recent[0] = {{0, 4, static_cast<std::uint32_t>(most + 1)}};
      },
      {"count " + std::to_string(most + 1) + " of neuron 4", "between 1 and " + std::to_string(most)});
  refuses([](State& s) { s.recent[0] = {{0, 4, 0}}; }, {"count 0 of neuron 4"});
  refuses([](State& s) { s.step = s.random_step + 1; }, {"step = 138", "random_step = 137"});
  refuses([](State& s) { s.random_step = detail::step_limit + 1; }, {"2^48"});

  CHECK(same(simulator.state(), good));
  CHECK((lists(simulator.run(after)) == lists(alike.run(after))));

  // What is just within bounds fits.
  auto state = good;
  state[0].arriving[7] = -limit;
  state[0].recent[0] = {{9, 4, static_cast<std::uint32_t>(most)}};
  state[0].random_step = detail::step_limit;
  simulator.restore(state);
  CHECK(simulator.step() == before);
  check_message<std::out_of_range>([&] { simulator.run(1); }, {"2^48"});
}

TEST_CASE("a state of other models and graphs is refused where it does not fit them") {
  const auto state_of = [](const Graph<>& graph, const BernoulliGLM& model) {
    Simulator simulator{graph, model, no_stimulus, seed};
    simulator.run(10);
    return simulator.state();
  };
  const Graph graph = network(30, 5);
  Simulator simulator{graph, lively, no_stimulus, seed};
  const auto refuses = [&](const Graph<>& other, const BernoulliGLM& model, std::initializer_list<std::string> parts) {
    check_message<std::invalid_argument>([&] { simulator.restore(state_of(other, model)); }, parts);
  };
  refuses(network(31, 5), lively, {"31 neurons", "30"});
  refuses(network(30, 6), lively, {"150 arriving sums", "120"});
  refuses(network(30, 1), lively, {"0 arriving sums", "120"});
  refuses(network(30, 5, 0.01f), lively, {"arriving sum", "in units of 2^-3", "the unit of the weights"});
  refuses(graph, BernoulliGLM{{.coupling_window = 21, .abs_ref_steps = 2, .rel_ref_steps = 5}}, {"630 past", "600"});
  refuses(graph, BernoulliGLM{{.coupling_window = 20, .abs_ref_steps = 3, .rel_ref_steps = 5}}, {"8 steps", "7"});
  CHECK_NOTHROW(simulator.restore(state_of(graph, lively)));

  // Without delays weights of any size will do.
  Simulator direct{network(30, 1), lively, no_stimulus, seed};
  CHECK_NOTHROW(direct.restore(state_of(network(30, 1, 0.01f), lively)));
}

namespace {

/// Networks with weights that are multiples of 1/8, with or without large weights from neuron 0, which is silent, onto
/// some of the other neurons. The large weights make the units of these neurons coarser.
struct Coarser {
  static constexpr std::uint32_t neurons = 40;
  static constexpr std::uint64_t longest = 5;

  static Graph<> graph(bool with_large) {
    support::Numbers numbers{4};
    EdgeList edges{neurons};
    for (std::uint32_t pre = 1; pre < neurons; ++pre)
      for (std::uint32_t post = pre % 3; post < neurons; post += 3)
        edges.add(pre, post, static_cast<float>(numbers.between(-16, 16)) / 8.0f, 1 + (pre + post) % longest);
    if (with_large)
      for (std::uint32_t post = 1; post < neurons; post += 2) edges.add(0, post, 0x1p20f);
    return Graph{edges};
  }

  static auto simulator(bool with_large) {
    const auto silence = [](std::uint64_t, std::uint32_t neuron) { return neuron == 0 ? -1000.0f : 0.0f; };
    Simulator made{graph(with_large), lively, silence, seed};
    made.reset(Eigen::MatrixXi::Zero(neurons, 1));
    return made;
  }
};

}  // namespace

TEST_CASE("a state is restored exactly into finer and coarser units, and the run continues from it") {
  const bool coarser = GENERATE(false, true);
  CAPTURE(coarser);
  auto from = Coarser::simulator(!coarser), to = Coarser::simulator(coarser), alike = Coarser::simulator(coarser);
  from.run(before);
  alike.run(before);
  const auto given = from.state(), expected = alike.state();
  REQUIRE(given[0].exponents != expected[0].exponents);
  REQUIRE(given[0].arriving != expected[0].arriving);
  to.restore(given);
  CHECK(same(to.state(), expected));
  CHECK((lists(to.run(after)) == lists(alike.run(after))));
}

TEST_CASE("a state is refused if a sum is not an integer of the other units, or too large, and the sum is named") {
  const auto refuses = [](bool coarser, std::int64_t sum) {
    auto state = Coarser::simulator(!coarser).state();
    state[0].arriving[7] = sum;  // of neuron 7, onto which there is a large weight
    auto to = Coarser::simulator(coarser);
    const auto exponents = to.state()[0].exponents;
    check_message<std::invalid_argument>(
        [&] { to.restore(state); }, {"the arriving sum " + std::to_string(sum) + " of neuron 7, in units of 2^" +
                                         std::to_string(-state[0].exponents[7]),
                                     "multiple of 2^" + std::to_string(-exponents[7]), "at most 2^50 of these units"});
    state[0].arriving[7] = 0;
    state[0].arriving[8] = sum;  // the units of neuron 8 are the same
    CHECK_NOTHROW(to.restore(state));
    CHECK(to.state()[0].arriving[8] == sum);
  };
  refuses(true, 1);
  refuses(true, -((std::int64_t{1} << 50) - 1));
  refuses(false, std::int64_t{1} << 50);
  refuses(false, -(std::int64_t{1} << 40));

  // The largest that fits.
  auto state = Coarser::simulator(true).state();
  auto to = Coarser::simulator(false);
  const int finer = to.state()[0].exponents[7] - state[0].exponents[7];
  state[0].arriving[7] = std::int64_t{1} << (50 - finer);
  to.restore(state);
  CHECK(to.state()[0].arriving[7] == std::int64_t{1} << 50);
  state[0].arriving[7] += 1;
  CHECK_THROWS_AS(to.restore(state), std::invalid_argument);
}

TEST_CASE("a state of a batch is refused if a network does not fit or is not at the step of the first") {
  const std::vector<Graph<>> graphs = {network(20, 1), network(30, 4), network(20, 1)};
  Simulator many{batch(graphs), lively, no_stimulus, seed}, alike{batch(graphs), lively, no_stimulus, seed};
  many.equilibrate(3);
  many.run(10);
  alike.equilibrate(3);
  alike.run(10);
  const auto good = many.state();
  const auto refuses = [&](auto change, std::initializer_list<std::string> parts) {
    auto state = good;
    change(state);
    check_message<std::invalid_argument>([&] { many.restore(state); }, parts);
  };
  refuses([](auto& s) { s.pop_back(); }, {"2 states", "batch of 3"});
  refuses([](auto& s) { std::swap(s[0], s[1]); }, {"network 0: ", "30 neurons", "20"});
  refuses([](auto& s) { std::swap(s[1], s[2]); }, {"network 1: ", "20 neurons", "30"});
  refuses([](auto& s) { s[2].recent[0] = {{0, 20, 1}}; }, {"network 2: ", "neuron 20"});
  refuses([](auto& s) { s[1].arriving[5] = std::int64_t{1} << 60; }, {"network 1: ", "arriving sum", "neuron 5"});
  refuses([](auto& s) { s[1].step = 9; }, {"network 1: ", "step 9", "13", "network 0", "step 10"});
  refuses([](auto& s) { s[2].random_step = 14; }, {"network 2: ", "14", "network 0", "13"});
  CHECK((lists(many.run(20)) == lists(alike.run(20))));
}
