// SPDX-License-Identifier: BSD-3-Clause
//
// The tests of every backend on a device: it must do what the CPU does. The file that includes this says which backends
// these are:
//
//   template <class Check>
//   void for_each_backend(Check check) {
//     check(spikeometric::ThrustBackend{});
//   }
//   #include "device_tests.hpp"
//
// What a device calls is SPIKEOMETRIC_HOST_DEVICE, and has a type with a name that nvcc can give to a kernel.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "against_reference.hpp"
#include "catch.hpp"
#include "message.hpp"
#include "same_state.hpp"
#include "spikeometric/spikeometric.hpp"
#include "support.hpp"

namespace device_tests {

using namespace spikeometric;

inline constexpr Seed seed{17};

// --- what is simulated ----------------------------------------------------------------------------------------------

/// Some neurons at a time.
struct Flicker {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t step, std::uint32_t neuron) const {
    return neuron % 7 == step / 10 % 7 ? 1.5f : 0.0f;
  }
};

/// The same, but for one neuron in one step.
struct Flash {
  std::uint64_t step = forever;
  std::uint32_t neuron = 0;
  float value = 0.0f;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t now, std::uint32_t of) const {
    return now == step && of == neuron ? value : Flicker{}(now, of);
  }
};

/// A baseline that differs for neurons first, ..., last in one step, those of equilibration included.
struct Trap {
  std::uint64_t step = forever;
  std::uint32_t first = 0, last = 0;
  float value = 0.0f;

  SPIKEOMETRIC_HOST_DEVICE float operator()(const Draws& draws) const {
    return draws.step == step && draws.neuron - first <= last - first ? value : 1.0f;
  }
};

/// A rate that is NaN for large inputs.
struct Brittle {
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    if (g > Input(1e9)) return (g - g) / (g - g);
    return mul(dt, g < Input(0) ? Input(0) : mul(Input(0.4f), g));
  }
};

/// Counts with a history of counts, and a given failure.
using Counting = Cascade<ExponentialFilter, Fir, Trap, Brittle, PoissonSampler>;
/// Two weights a synapse.
using Twofold = Cascade<Basis<Fir, 2>, RefractoryFilter>;
/// A bit of everything.
using Mixed = Cascade<RaisedCosine<3>, Fir, PerNeuron<NoisyBaseline>, PerNeuron<RectifiedLinear>, PoissonSampler,
                      ChannelWeights<2>>;

inline const BernoulliGLM lively{{.theta = 2.0f, .coupling_window = 20, .abs_ref_steps = 2, .rel_ref_steps = 5}};
/// Every neuron spikes in every step, or none does.
inline const BernoulliGLM restless{{.theta = -1e6f, .coupling_window = 1, .abs_ref_steps = 0, .rel_ref_steps = 0}};
inline const BernoulliGLM silent{{.theta = 1e6f, .coupling_window = 3, .abs_ref_steps = 0, .rel_ref_steps = 1}};

inline Counting counting(int window, std::size_t lags, Trap trap = {}) {
  std::vector<float> taps;
  for (std::size_t lag = 0; lag < lags; ++lag) taps.push_back(lag % 3 == 1 ? 0.05f : -0.2f);
  return Counting{{}, {.coupling_window = window}, {taps}, trap};
}

inline Twofold twofold() {
  return Twofold{{},
                 {{{{{0.5f, 1.0f, 0.25f}}, {{-0.5f, 0.0f, 0.0f, 1.0f, 0.5f}}}}},
                 {.abs_ref_steps = 1, .rel_ref_steps = 40},
                 {},
                 {.theta = 1.0f}};
}

inline Mixed mixed(std::uint32_t neurons) {
  std::vector<NoisyBaseline> baselines;
  std::vector<RectifiedLinear> rates;
  for (std::uint32_t i = 0; i < neurons; ++i) {
    const auto place = static_cast<float>(i) / static_cast<float>(neurons);
    baselines.push_back({.b = 1.0f + place, .sigma = 0.5f, .rho = 0.3f});
    rates.push_back({.lambda_0 = 0.3f * (1.0f - 0.5f * place), .theta = 0.1f * place});
  }
  std::vector<float> history(37, -0.01f);
  history[0] = -1.0f;
  history[33] = 0.5f;
  ChannelWeights<2> weights;
  weights.weights = {0.5f, -1.25f};
  return Mixed{{.dt = 0.5f}, {}, {history}, PerNeuron{baselines}, PerNeuron{rates}, {}, weights};
}

/// A graph with about 20 synapses a neuron, and delays of 1 to `longest` steps.
inline Graph<> network(std::uint64_t neurons, int longest = 1, std::uint64_t number = 5) {
  const Graph graph = generate::normal(
      {.neurons = neurons, .probability = std::min(1.0, 20.0 / static_cast<double>(neurons)), .std = 1.0f},
      Seed{number});
  return longest == 1 ? graph : with_delays(graph, {.shortest = 1, .longest = longest}, Seed{6});
}

/// With `Bases` weights a synapse, several synapses between the same neurons, and autapses.
template <class Number, std::size_t Bases, class Vertex>
auto tangled(std::size_t neurons, std::size_t longest_delay, double mean = 0.0) {
  support::Numbers numbers{8};
  return against::graph_of<Number, Bases, Vertex>(
      against::random_network(numbers, {.neurons = neurons,
                                        .probability = std::min(1.0, 12.0 / static_cast<double>(neurons)),
                                        .strength = 0.3,
                                        .mean = mean,
                                        .longest_delay = longest_delay,
                                        .bases = Bases,
                                        .isolated = 0.1,
                                        .several = longest_delay > 1,
                                        .wide = std::is_same_v<Number, double>})
          .synapses);
}

/// Neuron i has rows[i % rows.size()] synapses, with small weights of both signs; delays of 1 and up as rows are longer
/// than the network.
inline Graph<> rows_of(std::uint64_t neurons, const std::vector<std::uint64_t>& rows) {
  EdgeList edges{neurons};
  for (std::uint64_t pre = 0; pre < neurons; ++pre)
    for (std::uint64_t i = 0; i < rows[pre % rows.size()]; ++i)
      edges.add(pre, (pre + i) % neurons, static_cast<float>(pre * 31 % 17 + i % 13) * 0.01f - 0.1f,
                static_cast<std::int64_t>(1 + i / neurons));
  return Graph{edges};
}

inline Batch<> three_networks() { return batch(std::vector{network(40, 2), network(1), network(71, 9)}); }

/// Stimuli of every kind, for these networks.
inline auto stimuli() {
  const auto movie = [](Eigen::Index neurons, Eigen::Index steps) {
    return Eigen::MatrixXf(Eigen::MatrixXf::NullaryExpr(neurons, steps, [](Eigen::Index i, Eigen::Index j) {
      return static_cast<float>((3 * i + 5 * j) % 11) * 0.03f;
    }));
  };
  const std::vector<Mask> masks{neurons({3, 5, 34, 39}), neurons(0, 0), neurons(2, 71)};
  return no_stimulus + poisson_pulses({.strength = 0.3f, .mean_interval_steps = 15.5, .pulse_steps = 3}) +
         regular_pulses({.strength = 0.5f, .start_steps = 9, .period_steps = 11, .pulse_steps = 4}).on(masks) +
         function(Flicker{}).on(masks) + sinusoid({.amplitude = 0.2f, .period_ms = 7.3f, .start_steps = 20}) +
         recorded(std::vector{movie(40, 60), movie(1, 5), movie(71, 1220)}).from(30) +
         function([](std::uint64_t step) { return 0.01 * static_cast<double>(step % 17); });
}

/// The same in a list, and a function that only the host can call.
inline StimulusList list_of_stimuli() {
  const std::vector<float> weights{0.5f, 0.25f, 0.125f};
  return StimulusList{}.add(stimuli()).add(
      [weights](std::uint64_t step, std::uint32_t neuron) { return weights[(step + neuron) % 3]; });
}

/// The same networks with two weights a synapse.
inline auto three_twofold_networks() {
  std::vector<Graph<std::array<float, 2>>> graphs;
  const Batch<> networks = three_networks();
  for (const Graph<>& graph : networks.graphs())
    graphs.push_back(graph.with_weights([](auto pre, auto post, float weight) {
      return std::array{weight, (pre + post) % 3 == 0 ? 0.5f : -weight};
    }));
  return batch(graphs);
}

inline auto two_channels() {
  return channels(poisson_pulses({.strength = 2.0f, .mean_interval_steps = 30, .pulse_steps = 9}),
                  function(Flicker{}).on(neurons(5, 60)) + sinusoid({.period_ms = 20.0f}));
}

// --- what is seen of it ---------------------------------------------------------------------------------------------

using Lists = std::vector<std::vector<Spike>>;  // of each network

template <class Event>
Lists lists(const Events<Event>& events) {
  return {{events.begin(), events.end()}};
}
template <class Event>
Lists lists(const BatchEvents<Event>& networks) {
  Lists result;
  for (const Events<Event>& events : networks) result.emplace_back(events.begin(), events.end());
  return result;
}

inline std::size_t total(const Lists& networks) {
  std::size_t sum = 0;
  for (const auto& spikes : networks) sum += spikes.size();
  return sum;
}

/// The first difference from the expected spikes; empty if there is none.
inline std::string difference(const Lists& spikes, const Lists& expected) {
  if (spikes.size() != expected.size()) return "the number of networks";
  const auto text = [](const std::vector<Spike>& list, std::size_t i) {
    return i < list.size() ? "step " + std::to_string(list[i].step) + ", neuron " + std::to_string(list[i].neuron) +
                                 ", count " + std::to_string(list[i].count)
                           : std::string("none");
  };
  for (std::size_t network = 0; network < spikes.size(); ++network) {
    const auto &a = spikes[network], &b = expected[network];
    const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    if (at < a.size() || at < b.size())
      return "spike " + std::to_string(at) + " of network " + std::to_string(network) + ": " + text(a, at) +
             " instead of " + text(b, at);
  }
  return {};
}

/// Whether a backend passes all synapses in every step.
template <class BackendType>
inline constexpr bool by_product = false;
template <template <class> class BackendOf>
inline constexpr bool by_product<BackendOf<SparseMatvec>> = true;

template <class Network, class ModelType, class StimulusType = NoStimulus>
auto maker(const Network& network, const ModelType& model, const StimulusType& stimulus = {}) {
  return [=](auto backend) {
    backend.first_network = 3;
    return Simulator{network, model, stimulus, seed, backend};
  };
}

/// The course of a simulation: the spikes of its pieces.
struct Course {
  std::uint64_t equilibration = 13;
  std::vector<std::uint64_t> pieces = {150};

  template <class SimulatorType>
  Lists operator()(SimulatorType& simulator) const {
    simulator.equilibrate(equilibration);
    auto events = simulator.new_recording();
    for (const std::uint64_t steps : pieces) simulator.run(steps, events);
    return lists(events);
  }
};

/// make(backend) is a simulator. Checks that its course on a device equals that on the CPU, in the bits of every g and
/// mu. Returns the spikes.
template <class Make, class CourseType = Course>
Lists check_same(Make make, CourseType course = {}) {
  auto cpu = make(EigenBackend<>{.hash_state = true});
  const Lists expected = course(cpu);
  for_each_backend([&](auto backend) {
    backend.hash_state = true;
    auto simulator = make(backend);
    CHECK(difference(course(simulator), expected) == "");
    CHECK(simulator.state_hash() == cpu.state_hash());
    CHECK(simulator.step() == cpu.step());
    CHECK(simulator.synapses() == cpu.synapses());
    CHECK(simulator.synaptic_events() ==
          (by_product<decltype(backend)> ? cpu.synapses() * cpu.step() : cpu.synaptic_events()));
  });
  return expected;
}

/// The same for networks that must spike.
template <class Make, class CourseType = Course>
void check_lively(Make make, CourseType course = {}) {
  CHECK(total(check_same(make, course)) > 100);
}

// --- states ---------------------------------------------------------------------------------------------------------

/// Checks that the CPU and a device have the same states, and that each continues from the other's.
template <class Make>
void check_moves(Make make) {
  constexpr std::uint64_t before = 137, after = 163;
  const auto start = [](auto& simulator) {
    simulator.equilibrate(13);
    simulator.run(before);
  };
  auto cpu = make(EigenBackend<>{.hash_state = true});
  start(cpu);
  const auto state = cpu.state();
  const std::uint64_t hash = cpu.state_hash(), passed = cpu.synaptic_events();
  const Lists rest = lists(cpu.run(after));
  const auto last = cpu.state();
  CHECK(total(rest) > 100);

  for_each_backend([&](auto backend) {
    backend.hash_state = true;
    auto device = make(backend);
    start(device);
    const auto own = device.state();
    CHECK(same(own, state));
    CHECK(same(device.state(), state));
    CHECK(difference(lists(device.run(after)), rest) == "");  // as if nobody had asked

    const auto check_goes_on = [&](auto fresh) {
      fresh.run(5);  // which are forgotten
      fresh.restore(own);
      CHECK((fresh.step() == before && fresh.state_hash() == 0 && fresh.synaptic_events() == 0));
      CHECK(same(fresh.state(), state));
      auto events = fresh.run(100);
      fresh.run(after - 100, events);
      CHECK(difference(lists(events), rest) == "");
      CHECK(fresh.state_hash() == cpu.state_hash() - hash);
      CHECK(same(fresh.state(), last));
      return fresh.synaptic_events();
    };
    CHECK(check_goes_on(make(backend)) ==
          (by_product<decltype(backend)> ? cpu.synapses() * after : cpu.synaptic_events() - passed));
    CHECK(check_goes_on(make(EigenBackend<>{.hash_state = true})) == cpu.synaptic_events() - passed);
    device.restore(state);  // back in time
    CHECK(difference(lists(device.run(after)), rest) == "");
  });
}

// --- failures -------------------------------------------------------------------------------------------------------

/// How a run ended, and what it left.
struct End {
  std::string message;
  Lists spikes;
  std::uint64_t step, synaptic_events, state_hash;
};

/// Runs until it fails; then only reset() helps.
template <class SimulatorType>
End end_of(SimulatorType& simulator, std::uint64_t equilibration, std::uint64_t steps) {
  End end;
  const bool equilibrates = steps == 0;
  try {
    simulator.equilibrate(equilibration);
    simulator.run(steps);
  } catch (const Divergence& error) {
    end.message = error.what();
    CHECK(end.message.find("network " + std::to_string(error.network_id) + ", step " + std::to_string(error.step) +
                           ", neuron " + std::to_string(error.neuron) + ": ") == 0);
    if (!equilibrates) CHECK(error.step == simulator.step());
  } catch (const std::exception& error) {
    end.message = error.what();
  }
  CHECK_THROWS_AS(simulator.run(1), std::logic_error);
  CHECK_THROWS_AS(simulator.equilibrate(1), std::logic_error);
  CHECK_THROWS_AS(simulator.state(), std::logic_error);
  end.spikes = lists(simulator.take_recorded());
  end.step = simulator.step();
  end.synaptic_events = simulator.synaptic_events();
  end.state_hash = simulator.state_hash();
  return end;
}

/// Checks that a run ends on a device as on the CPU, with this message. On a device a batch stops at once; on the CPU
/// other networks may be ahead.
template <class Make>
void check_ends(Make make, const std::string& message, std::uint64_t equilibration = 5, std::uint64_t steps = 2000) {
  auto cpu = make(EigenBackend<>{.hash_state = true});
  End expected = end_of(cpu, equilibration, steps);
  CAPTURE(message);
  CHECK(expected.message.find(message) != expected.message.npos);
  const bool alone = cpu.networks() == 1;
  for (auto& spikes : expected.spikes)
    std::erase_if(spikes, [&](const Spike& spike) { return spike.step >= expected.step; });
  for_each_backend([&](auto backend) {
    backend.hash_state = true;
    auto simulator = make(backend);
    for (const bool again : {false, true}) {
      CAPTURE(again);
      const End end = end_of(simulator, equilibration, steps);
      CHECK(end.message == expected.message);
      CHECK(difference(end.spikes, expected.spikes) == "");
      CHECK(end.step == expected.step);
      if (alone) CHECK(end.state_hash == expected.state_hash);
      if (alone && !by_product<decltype(backend)>) CHECK(end.synaptic_events == expected.synaptic_events);
      simulator.reset();
    }
    if (expected.step == 0) return;
    simulator.equilibrate(equilibration);
    CHECK(difference(lists(simulator.run(expected.step)), expected.spikes) == "");
  });
}

inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace device_tests

// --- the same spikes ------------------------------------------------------------------------------------------------

TEST_CASE("every named model fires on a device as it does on the CPU") {
  using namespace device_tests;
  SECTION("Bernoulli GLM") {
    for (const int delay : {1, 2, 20}) check_lively(maker(network(300, delay), lively));
  }
  SECTION("Poisson GLM") {
    check_lively(maker(network(300, 3), PoissonGLM{{.r = 0.1f, .alpha = 20.0f, .tau = 5.0f, .T = 15}}));
  }
  SECTION("rectified LNP") {
    check_lively(maker(network(300), RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}));
  }
  SECTION("rectified SAM, with weights in double") {
    check_lively(maker(tangled<double, 1, std::uint32_t>(300, 1, 0.1), RectifiedSAM{{.lambda_0 = 0.05f}}));
    check_lively(maker(tangled<double, 1, std::uint32_t>(40, 300, 0.1), RectifiedSAM{{.lambda_0 = 0.05f}}),
                 Course{0, {700}});
  }
}

TEST_CASE("windows and histories of any length are kept") {
  using namespace device_tests;
  constexpr std::array<int, 7> windows = {1, 2, 16, 17, 20, 64, infinite_window}, lags = {65, 0, 1, 31, 32, 33, 64};
  std::vector<BernoulliGLM> models;
  for (std::size_t i = 0; i < windows.size(); ++i)
    models.push_back(BernoulliGLM{{.r = 0.5f,
                                   .theta = 1.0f,
                                   .coupling_window = windows[i],
                                   .abs_ref_steps = lags[i] / 2,
                                   .abs_ref_strength = -1.0f,
                                   .rel_ref_steps = lags[i] - lags[i] / 2,
                                   .rel_ref_strength = 1.0f,
                                   .refractory_decay = 0.01f}});
  const Graph graph = network(60);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    CAPTURE(windows[i], lags[i]);
    check_lively(maker(graph, models[i]));
  }
  check_lively(maker(trials(graph, windows.size()), models));
}

TEST_CASE("counts above one, and histories of counts, are kept") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(70, 4);
  for (const auto& [window, lags] :
       {std::pair{1, 1}, std::pair{16, 31}, std::pair{17, 32}, std::pair{infinite_window, 33}, std::pair{5, 65}}) {
    CAPTURE(window, lags);
    const Lists spikes = check_same(maker(graph, counting(window, static_cast<std::size_t>(lags)), Flash{}));
    CHECK(std::any_of(spikes[0].begin(), spikes[0].end(), [](const Spike& spike) { return spike.count > 1; }));
  }
}

TEST_CASE("a model of many parts, three weights a synapse, and channels fires as on the CPU") {
  using namespace device_tests;
  const auto graph = tangled<double, 3, std::uint16_t>(67, 7);
  check_lively(maker(graph, mixed(67), two_channels()));
  check_moves(maker(trials(graph, 2), mixed(67), two_channels()));
}

TEST_CASE("rows of any length are passed") {
  using namespace device_tests;
  BernoulliGLM model{{.r = 0.1f, .theta = 1.0f, .coupling_window = 3, .abs_ref_steps = 0, .rel_ref_steps = 1}};
  const Graph graph = rows_of(700, {0, 1, 31, 32, 33, 255, 256, 257, 1000, 127, 128, 129, 2});
  check_lively(maker(graph, model), Course{3, {80}});
  check_same(maker(graph, restless), Course{3, {5}});
}

TEST_CASE("hubs that fire often are passed") {
  using namespace device_tests;
  constexpr std::uint64_t neurons = 33000;
  std::vector<std::uint64_t> rows(neurons);
  rows[0] = 32768;
  rows[1] = 32767;
  rows[300] = 33000;
  rows[32999] = 40000;  // with two delays
  BernoulliGLM model{{.theta = 0.5f, .coupling_window = 2, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const Graph graph = rows_of(neurons, rows);
  check_lively(maker(graph, model), [](auto& simulator) {
    for (const std::uint64_t steps : {5, 4}) {
      simulator.run(steps);
      simulator.reset();
    }
    return Course{3, {5, 7}}(simulator);
  });
  check_same(maker(trials(graph, 2), restless), Course{1, {3}});
}

TEST_CASE("networks without synapses, and of one neuron, fire") {
  using namespace device_tests;
  BernoulliGLM model{{.theta = 1.0f, .coupling_window = 4, .abs_ref_steps = 1, .rel_ref_steps = 0}};
  check_lively(maker(Graph{EdgeList{50}}, model));
  EdgeList autapse{1};
  autapse.add(0, 0, 1.5f, 3);
  check_same(maker(Graph{autapse}, model), Course{0, {200}});
  check_same(maker(Graph{EdgeList{1}}, model), Course{0, {200}});
  check_same(maker(batch(std::vector{Graph{EdgeList{1}}, Graph{autapse}, Graph{EdgeList{33}}}), model));
}

TEST_CASE("no neuron may fire, or all of them in every step") {
  using namespace device_tests;
  CHECK(total(check_same(maker(network(70, 3), silent))) == 0);
  CHECK(total(check_same(maker(network(70, 3), restless))) == 70 * 150);
}

// --- batches --------------------------------------------------------------------------------------------------------

TEST_CASE("networks of a batch fire as each of them alone") {
  using namespace device_tests;
  std::vector<Graph<>> graphs;
  std::vector<BernoulliGLM> models;
  for (const auto& [neurons, delay, window] :
       {std::tuple{1, 1, 3}, std::tuple{31, 9, 1}, std::tuple{32, 1, 40}, std::tuple{33, 2, infinite_window},
        std::tuple{257, 20, 16}, std::tuple{64, 1, 2}}) {
    graphs.push_back(network(static_cast<std::uint64_t>(neurons), neurons == 1 ? 1 : delay));
    models.push_back(BernoulliGLM{{.theta = 1.5f, .coupling_window = window, .abs_ref_steps = window % 7}});
  }
  const auto networks = batch(graphs);
  check_lively(maker(networks, models));
  check_lively(maker(trials(networks, 3), lively), Course{5, {40, 100}});
  check_moves(maker(networks, models));

  const Lists together = check_same(maker(networks, models));
  for_each_backend([&](auto backend) {
    for (std::size_t i = 0; i < graphs.size(); ++i) {
      backend.first_network = 3 + static_cast<std::uint32_t>(i);
      Simulator alone{graphs[i], models[i], no_stimulus, seed, backend};
      CHECK(difference(Course{}(alone), {together[i]}) == "");
    }
  });
}

TEST_CASE("a batch with more spikes than are fetched at a time loses none") {
  using namespace device_tests;
  if constexpr (support::slow_build) return;
  // Each network takes a multiple of 32 places, so that there are many with few neurons.
  std::vector<Graph<>> graphs = {Graph{EdgeList{4000}}, Graph{EdgeList{97}}, Graph{EdgeList{31}}};
  graphs.resize(133, Graph{EdgeList{1}});
  CHECK(total(check_same(maker(batch(graphs), restless), Course{0, {1024}})) == 4258 * 1024);
}

// --- stimuli --------------------------------------------------------------------------------------------------------

TEST_CASE("stimuli of every kind act as on the CPU") {
  using namespace device_tests;
  const Course course{13, {70, 1, 1100}};
  SECTION("added up, with a noisy threshold model") {
    check_lively(maker(three_networks(), ThresholdSAM{}, stimuli()), course);
  }
  SECTION("in a list, with two weights a synapse") {
    check_lively(maker(three_twofold_networks(), twofold(), list_of_stimuli()), course);
    check_moves(maker(three_twofold_networks(), twofold(), list_of_stimuli()));
    check_lively(maker(tangled<float, 2, std::uint32_t>(100, 3), twofold(), StimulusList{}));
  }
}

// --- runs -----------------------------------------------------------------------------------------------------------

TEST_CASE("a run may be cut into pieces, with resets in between") {
  using namespace device_tests;
  const auto pieces = [](auto& simulator) {
    Lists spikes = Course{65, {1, 0, 63, 64, 65, 1024}}(simulator);
    simulator.reset();
    for (const Course& course : {Course{0, {1025, 3000}}, Course{1100, {10}}, Course{0, {}}}) {
      const Lists more = course(simulator);
      for (std::size_t i = 0; i < more.size(); ++i) spikes[i].insert(spikes[i].end(), more[i].begin(), more[i].end());
    }
    return spikes;
  };
  check_lively(maker(network(50, 5), lively), pieces);
  check_lively(maker(batch(std::vector{network(33), network(7, 3)}), lively), pieces);
}

TEST_CASE("a given past is replayed") {
  using namespace device_tests;
  const auto history = [](Eigen::Index neurons, Eigen::Index steps, int most) {
    return Eigen::MatrixXi(Eigen::MatrixXi::NullaryExpr(neurons, steps, [most](Eigen::Index i, Eigen::Index j) {
      return (3 * i + 5 * j) % 7 == 0 ? 1 + static_cast<int>(i + j) % most : 0;
    }));
  };
  for (const Eigen::Index steps : {0, 1, 2, 50}) {
    CAPTURE(steps);
    check_lively(maker(network(60, 7), lively), [&](auto& simulator) {
      simulator.run(10);
      simulator.reset(history(60, steps, 1));
      return Course{3, {200}}(simulator);
    });
    check_lively(maker(tangled<float, 1, std::uint16_t>(60, 7), counting(5, 33), Flash{}), [&](auto& simulator) {
      simulator.reset(history(60, steps, 5));
      return Course{0, {200}}(simulator);
    });
  }
  const std::vector<Graph<>> graphs = {network(40, 9), network(33), network(50, 2)};
  check_lively(maker(batch(graphs), lively), [&](auto& simulator) {
    simulator.reset(std::vector<Eigen::MatrixXi>{history(40, 3, 1), history(33, 0, 1), history(50, 40, 1)});
    return Course{0, {200}}(simulator);
  });
}

TEST_CASE("synaptic activations may be given") {
  using namespace device_tests;
  const Eigen::VectorXd activation = Eigen::VectorXd::LinSpaced(90, -0.5, 1.5);
  const auto graph = tangled<double, 1, std::uint32_t>(90, 3, 0.1);
  const RectifiedSAM model{{.lambda_0 = 0.05f}};
  check_lively(maker(graph, model), [&](auto& simulator) {
    simulator.run(30);
    simulator.reset_activation(activation);
    return Course{0, {300}}(simulator);
  });
  check_lively(maker(trials(graph, 2), model), [&](auto& simulator) {
    simulator.reset_activation(std::vector<Eigen::VectorXd>{activation, 2.0 * activation});
    return Course{2, {300}}(simulator);
  });
  check_moves(maker(graph, model));
}

TEST_CASE("a network starts from silence, or a rate, as on the CPU") {
  using namespace device_tests;
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(80.0)}) {
    CAPTURE(initial.rate_hz());
    check_lively([&](auto backend) { return Simulator{network(60, 7), lively, no_stimulus, seed, backend, initial}; });
    check_lively(maker(tangled<float, 1, std::uint16_t>(60, 7), counting(5, 33), Flash{}), [&](auto& simulator) {
      simulator.run(10);
      simulator.reset(initial);
      return Course{0, {200}}(simulator);
    });
    check_lively(maker(tangled<double, 1, std::uint32_t>(90, 3, 0.1), RectifiedSAM{{.lambda_0 = 0.05f, .b = 1.0f}}),
                 [&](auto& simulator) {
                   simulator.reset(initial);
                   return Course{0, {300}}(simulator);
                 });
  }
}

TEST_CASE("a moved simulator continues") {
  using namespace device_tests;
  const auto make = maker(network(70, 3), lively);
  auto cpu = make(EigenBackend<>{});
  const Lists first = lists(cpu.run(200)), second = lists(cpu.run(200)), third = lists(cpu.run(200));
  for_each_backend([&](auto backend) {
    auto simulator = make(backend);
    CHECK(difference(lists(simulator.run(200)), first) == "");
    auto moved = std::move(simulator);
    CHECK(difference(lists(moved.run(200)), second) == "");
    auto other = make(backend);
    other.run(70);
    other = std::move(moved);
    CHECK(difference(lists(other.run(200)), third) == "");
    other.reset();
    CHECK(difference(lists(other.run(200)), first) == "");
  });
}

// --- states ---------------------------------------------------------------------------------------------------------

TEST_CASE("a simulation moves between the CPU and a device") {
  using namespace device_tests;
  check_moves(maker(network(120), lively));
  check_moves(maker(network(120, 20), lively));
  check_moves(maker(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{}));
  check_moves(maker(trials(tangled<float, 1, std::uint16_t>(31, 1), 2), counting(infinite_window, 1), Flash{}));
}

// --- failures -------------------------------------------------------------------------------------------------------

TEST_CASE("a step that fails ends a run as on the CPU, wherever it is in a piece") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(70, 3);
  for (const std::uint64_t step : {0, 1, 63, 64, 500, 1023, 1024, 1500}) {
    CAPTURE(step);
    check_ends(maker(graph, counting(5, 3), Flash{step, 33, not_a_number}), "neuron 33: the stimulus is NaN");
  }
  for (const std::uint64_t step : {5, 70, 1028, 1029}) {
    CAPTURE(step);
    const auto with = [&](float value) { return maker(graph, counting(5, 3, {step, 7, 7, value}), Flash{}); };
    check_ends(with(not_a_number), "neuron 7: the input is NaN");
    check_ends(with(1e10f), "neuron 7: the mean count is NaN");
    check_ends(with(2e6f), "neuron 7: the count ");  // drawn with a mean that shows what else the neuron gets
  }
  check_ends(maker(graph, counting(5, 3, {3, 7, 7, not_a_number}), Flash{}), "step 3, neuron 7: the input is NaN", 5,
             0);
  check_ends(maker(graph, counting(5, 3, {1500, 7, 7, not_a_number}), Flash{}), "step 1500, neuron 7", 2000, 0);
}

TEST_CASE("of several neurons that fail in a step, the first is named") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(600, 2);
  check_ends(maker(graph, counting(5, 3, {30, 250, 599, not_a_number}), Flash{}), "step 25, neuron 250: ");
  check_ends(maker(graph, counting(5, 3, {30, 250, 599, not_a_number}), Flash{25, 40, not_a_number}),
             "step 25, neuron 40: ");
}

TEST_CASE("in a batch, the network that fails is named") {
  using namespace device_tests;
  std::vector<Graph<float, std::uint16_t>> graphs;
  for (const std::size_t neurons : {40, 300, 1, 33}) graphs.push_back(tangled<float, 1, std::uint16_t>(neurons, 3));
  const auto model = counting(5, 3);
  for (const auto& [failing, step] :
       std::vector<std::pair<std::size_t, std::uint64_t>>{{0, 0}, {1, 0}, {2, 100}, {0, 1023}, {1, 1024}, {3, 1100}}) {
    CAPTURE(failing, step);
    std::vector<Counting> models(graphs.size(), model);
    models[failing] = counting(5, 3, {step + 5, 0, 0, not_a_number});
    check_ends(maker(batch(graphs), models, Flash{}),
               "network " + std::to_string(3 + failing) + ", step " + std::to_string(step) + ", neuron 0: ");
  }
}

TEST_CASE("an exception of a stimulus ends a run after the steps before it") {
  using namespace device_tests;
  const auto graph = tangled<float, 2, std::uint32_t>(70, 3);
  const auto drive = [](std::uint64_t last, std::uint64_t broken) {
    return StimulusList{}.add(function(Flicker{})).add(function([=](std::uint64_t step) {
      if (step >= last) throw std::domain_error("no more");
      return step == broken ? not_a_number : 0.0f;
    }));
  };
  for (const std::uint64_t last : {0, 1, 64, 700, 1023, 1024, 1025}) {
    CAPTURE(last);
    check_ends(maker(graph, twofold(), drive(last, forever)), "no more");
    check_ends(maker(graph, twofold(), drive(last, last + 1)), "no more");
    if (last > 0) check_ends(maker(graph, twofold(), drive(last, last - 1)), "the stimulus is NaN");
  }
}

TEST_CASE("an exception of a recorder ends a run, and a reset starts again") {
  using namespace device_tests;
  const auto make = maker(batch(std::vector{network(40, 2), network(33)}), lively);
  auto cpu = make(EigenBackend<>{});
  const Lists expected = lists(cpu.run(3000));
  for_each_backend([&](auto backend) {
    auto simulator = make(backend);
    for (const int calls : {0, 1, 2, 4}) {
      CAPTURE(calls);
      int left = calls;
      std::uint64_t spikes = 0;
      const auto recorder = [&](std::uint32_t, std::uint64_t, auto events) {
        if (left-- == 0) throw std::domain_error("disk full");
        spikes += events.size();
      };
      CHECK_THROWS_AS(simulator.run(3000, recorder), std::domain_error);
      CHECK((calls == 0 || spikes > 0));
      CHECK_THROWS_AS(simulator.run(1), std::logic_error);
      simulator.reset();
      CHECK(difference(lists(simulator.run(3000)), expected) == "");
      simulator.reset();
    }
  });
}

TEST_CASE("invalid arguments are refused as on the CPU") {
  using namespace device_tests;
  const Graph graph = network(30, 5);
  for_each_backend([&](auto backend) {
    const auto simulate = [&](const auto& model, auto settings) {
      return Simulator{graph, model, no_stimulus, seed, settings};
    };
    auto beyond = backend;
    beyond.first_network = std::numeric_limits<std::uint32_t>::max();
    CHECK_NOTHROW(simulate(lively, beyond));
    check_message<std::invalid_argument>(
        [&] {
          Simulator{trials(graph, 2), lively, no_stimulus, seed, beyond};
        },
        {"2 networks", "2^32"});
    EdgeList heavy{2};
    heavy.add(0, 1, 3e38f);
    heavy.add(1, 1, 3e38f);
    check_message<InvalidGraph>(
        [&] {
          Simulator{Graph{heavy}, lively, no_stimulus, seed, backend};
        },
        {"single precision"});

    auto simulator = simulate(lively, backend);
    const auto state = simulator.state();
    auto other = state;
    other[0].filters.pop_back();
    check_message<std::invalid_argument>([&] { simulator.restore(other); }, {"29 neurons"});
    CHECK_THROWS_AS(simulator.reset(Eigen::MatrixXi::Constant(30, 2, 2)), std::invalid_argument);
    auto late = state;
    late[0].random_step = detail::step_limit - 10;
    simulator.restore(late);
    CHECK_THROWS_AS(simulator.run(11), std::out_of_range);
    CHECK_NOTHROW(simulator.run(10));
    CHECK_THROWS_AS(simulator.run(1), std::out_of_range);
  });
}
