// SPDX-License-Identifier: BSD-3-Clause
//
// What the tests of a backend on a device compare: it must do what the CPU does. The tests are in device/, one file for
// each type of model, so that each takes little memory to compile. A file that includes them says first which backends
// these are:
//
//   template <class Check>
//   void for_each_backend(Check check) {
//     check(spikeometric::ThrustBackend{});
//   }
//   #include "device/runs.hpp"
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
using Mixed = Cascade<RaisedCosine<3>, PerNeuron<Fir>, PerNeuron<NoisyBaseline>, PerNeuron<RectifiedLinear>,
                      PerNeuron<NegativeBinomialSampler>, ChannelWeights<2>>;

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
  std::vector<Fir> histories;
  std::vector<NoisyBaseline> baselines;
  std::vector<RectifiedLinear> rates;
  std::vector<NegativeBinomialSampler> samplers;
  for (std::uint32_t i = 0; i < neurons; ++i) {
    const auto place = static_cast<float>(i) / static_cast<float>(neurons);
    baselines.push_back({.b = 1.0f + place, .sigma = 0.5f, .rho = 0.3f});
    rates.push_back({.lambda_0 = 0.3f * (1.0f - 0.5f * place), .theta = 0.1f * place});
    samplers.push_back({.dispersion = i % 4 == 0 ? 0.0 : 1.5 * place});
    std::vector<float> history(1 + i * 7 % 37, -0.01f * place);
    history.front() = -1.0f;
    history.back() += 0.5f;
    histories.emplace_back(history);
  }
  ChannelWeights<2> weights;
  weights.weights = {0.5f, -1.25f};
  return Mixed{{.dt = 0.5f},        {},     PerNeuron{histories}, PerNeuron{baselines}, PerNeuron{rates},
               PerNeuron{samplers}, weights};
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

/// Counts of 1 to `most` of some neurons in some steps.
inline Eigen::MatrixXi history(Eigen::Index neurons, Eigen::Index steps, int most) {
  return Eigen::MatrixXi::NullaryExpr(neurons, steps, [most](Eigen::Index i, Eigen::Index j) {
    return (3 * i + 5 * j) % 7 == 0 ? 1 + static_cast<int>(i + j) % most : 0;
  });
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
