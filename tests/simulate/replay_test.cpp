// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/replay.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../message.hpp"
#include "../model/model_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t size = 40, steps = 300;

template <std::size_t Bases = 1, class Number = float>
auto some_graph(double strength, std::size_t longest_delay = 1) {
  support::Numbers numbers{11};
  const auto network = against::random_network(numbers, {.neurons = size,
                                                         .probability = 0.2,
                                                         .strength = strength,
                                                         .longest_delay = longest_delay,
                                                         .bases = Bases,
                                                         .isolated = 0.1,
                                                         .several = longest_delay > 1});
  return against::graph_of<Number, Bases, std::uint32_t>(network.synapses);
}

/// mu, [step][neuron].
template <class ReplayType>
std::vector<std::vector<double>> means_of(ReplayType replay) {
  std::vector<std::vector<double>> result;
  while (replay.steps_left() > 0) {
    auto& of_step = result.emplace_back();
    replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { of_step.push_back(mu.value); });
  }
  return result;
}

/// The state hash of a run with the g and mu of a replay.
template <class ReplayType, class EventsType>
std::uint64_t hash_of(ReplayType& replay, const EventsType& spikes) {
  std::uint64_t sum = 0;
  for (std::uint64_t step = spikes.first_step(); replay.steps_left() > 0; ++step) {
    std::uint32_t next = 0;
    replay.advance([&](std::uint32_t neuron, const FloatDual& g, const FloatDual& mu) {
      REQUIRE(neuron == next++);
      sum += slow::hash(
          spikes.network_id(), step, neuron,
          std::bit_cast<std::uint32_t>(g.value) | std::uint64_t{std::bit_cast<std::uint32_t>(mu.value)} << 32);
    });
    REQUIRE(next == spikes.neurons());
  }
  return sum;
}

/// Checks that g and mu of a replay are bit-identical to those of a simulator, from a start without past spikes and
/// from a state in the middle of a run, for any parameter of the derivatives.
template <class GraphType, class Model, class Stimulus>
void check_replay(const GraphType& graph, const Model& model, const Stimulus& stimulus, std::uint64_t events_at_least) {
  Simulator simulator{graph, model, stimulus, Seed{6}, EigenBackend<>{.first_network = 5, .hash_state = true}};
  for (const bool from_state : {false, true}) {
    CAPTURE(from_state);
    if (from_state) {
      for (const std::uint64_t taken : {17, 3}) {
        simulator.equilibrate(taken);
        simulator.run(taken + 1);
      }
    } else {
      simulator.reset(Eigen::MatrixXi::Zero(size, 1));
    }
    const auto state = simulator.state();
    const std::uint64_t hash = simulator.state_hash();
    const auto spikes = simulator.run(steps);
    CHECK(spikes.size() > events_at_least);
    for (const char* parameter : {"", "r", "theta", "stimulus.strength"}) {
      CAPTURE(parameter);
      Replay replay{graph, model, stimulus, spikes, Seed{6}, parameter};
      if (from_state) replay.start(state[0]);
      CHECK(replay.steps_left() == steps);
      CHECK(hash_of(replay, spikes) == simulator.state_hash() - hash);
    }
  }
}

const auto pulses =
    regular_pulses({.strength = 1.5f, .start_steps = 3, .period_steps = 20, .pulse_steps = 4}).on(neurons(5, 25));
const auto wave = sinusoid({.amplitude = 1.25f, .period_ms = 40.0, .baseline = 0.25f});
const auto random_pulses = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 15.0, .pulse_steps = 2});
const auto of_neurons = [](std::uint64_t step, std::uint32_t neuron) {
  return static_cast<float>((step * 7 + neuron * 3) % 11) * 0.1f;
};

Eigen::MatrixXf movie() {
  support::Numbers numbers{2};
  return Eigen::MatrixXf::NullaryExpr(size, 200, [&] { return static_cast<float>(numbers.real(-1.0, 1.0)); });
}

const BernoulliGLM lively{{.theta = 2.5f, .abs_ref_strength = -20.0f, .rel_ref_strength = -5.0f}};

}  // namespace

// --- g and mu ------------------------------------------------------------------------------------------------------

TEST_CASE("inputs and means of a replay are bit-identical to the run's, for every named model") {
  check_replay(some_graph(2.0), lively, no_stimulus, 100);
  check_replay(some_graph(0.2), PoissonGLM{{.alpha = 20.0f}}, no_stimulus, 100);
  check_replay(some_graph(0.2), RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}, no_stimulus, 100);
  check_replay(some_graph(0.2), RectifiedSAM{{.dt = 0.5f, .lambda_0 = 0.1f}}, no_stimulus, 100);
  check_replay(some_graph(1.0), ThresholdSAM{}, no_stimulus, 50);
  check_replay(some_graph<1, double>(2.0), BasicBernoulliGLM<double>{{.theta = 2.3}}, no_stimulus, 100);
}

TEST_CASE("in a replay spikes arrive after the delay of each synapse") {
  check_replay(some_graph(2.0, 40), lively, no_stimulus, 100);
  check_replay(some_graph(0.2, 7), RectifiedSAM{{.lambda_0 = 0.05f}}, no_stimulus, 100);
  check_replay(some_graph<1, double>(0.2, 3), PoissonGLM{{.alpha = 20.0f}}, no_stimulus, 100);
}

TEST_CASE("a replay uses all weights of a synapse") {
  using TwoDecays = Cascade<Basis<ExponentialFilter, 2>, RefractoryFilter>;
  check_replay(some_graph<2>(2.0, 3), TwoDecays{{}, {{{{0.3f, 10}, {0.07f, infinite_window}}}}, {}, {}, {2.0f}},
               no_stimulus, 100);
  using TwoLeaks = Cascade<Basis<LeakyFilter, 2>, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  check_replay(some_graph<2>(0.2), TwoLeaks{{}, {{{{4.0f}, {20.0f}}}}, {}, {1.0f}, {0.05f}}, no_stimulus, 100);
  using Cosines = Cascade<RaisedCosine<3>, Fir>;
  check_replay(some_graph<3>(2.0, 5), Cosines{{}, {}, {{-20.0f, -3.7f, 0.3f}}, {}, {2.5f}}, no_stimulus, 100);
  using Both = Cascade<WithSelf<Basis<ExponentialFilter, 2>, RaisedCosine<2>>>;
  check_replay(some_graph<4>(1.0, 3), Both{{}, {{{{{0.3f, 10}, {0.07f, 40}}}}, {}}, {}, {}, {2.5f}}, no_stimulus, 100);
}

TEST_CASE("a replay has the noise of the baseline and the parameters of each neuron") {
  using Noisy = Cascade<ExponentialFilter, RefractoryFilter, NoisyBaseline, Softplus, BernoulliRateSampler>;
  check_replay(some_graph(1.0),
               Noisy{{.dt = 0.5f}, {}, {}, {0.5f, 0.8f, 0.3f}, {.lambda_0 = 0.3f, .beta = 1.3f, .theta = 3.0f}},
               no_stimulus, 50);
  std::vector<float> baselines;
  for (std::size_t i = 0; i < size; ++i) baselines.push_back(0.1f * static_cast<float>(i % 9));
  check_replay(some_graph(0.2), per_neuron(PoissonGLM{{.alpha = 20.0f}}, &ConstantBaseline::b, baselines), no_stimulus,
               100);
}

TEST_CASE("a replay has the stimulus of every step") {
  const auto graph = some_graph(1.0);
  check_replay(graph, lively, pulses, 100);
  check_replay(graph, lively, of_neurons, 100);
  check_replay(graph, lively, recorded(movie()).from(7), 100);
  check_replay(graph, lively, wave + random_pulses + pulses + of_neurons, 100);
  StimulusList list;
  list.add(wave).add(random_pulses + pulses).add(of_neurons);
  check_replay(graph, lively, list, 100);
}

TEST_CASE("a replay has the channels of a stimulus") {
  using ThreeChannels =
      Cascade<ExponentialFilter, RefractoryFilter, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<3>>;
  const ThreeChannels model{{}, {}, {}, {}, {2.5f}, {}, {{0.7f, -0.3f, 1.1f}}};
  const auto stimulus = channels(wave, recorded(movie()) + pulses, random_pulses);
  check_replay(some_graph(1.0), model, stimulus, 100);
  std::vector<std::array<float, 3>> fields;
  for (std::size_t i = 0; i < size; ++i) fields.push_back({0.1f * static_cast<float>(i % 5), 0.5f, -0.2f});
  check_replay(some_graph(1.0), per_neuron(model, &ChannelWeights<3>::weights, fields), stimulus, 100);
}

TEST_CASE("a network of a batch has the masks of its index and the random numbers of its id") {
  std::vector<Graph<>> graphs{some_graph(1.0), some_graph(2.0)};
  const std::vector<Mask> masks{neurons(0, 10), neurons({3, 30})};
  const auto stimulus = random_pulses.on(masks);
  Simulator many{batch(graphs), lively, stimulus, Seed{3}};
  const auto state = many.state();
  const auto spikes = many.run(steps);
  Simulator again{batch(graphs), lively, stimulus, Seed{3}, EigenBackend<>{.hash_state = true}};
  again.run(steps);
  std::uint64_t hash = 0;
  for (std::uint32_t index = 0; index < 2; ++index) {
    const StimulusContext context{1.0, Seed{3}, index, index, 2, size};
    Replay replay{graphs[index], lively, stimulus, spikes[index], context};
    replay.start(state[index]);
    Replay same{graphs[index], lively, stimulus, spikes[index], context};
    same.start(state[index]);
    hash += hash_of(same, spikes[index]);
    // What the spikes should have been given the same draws: all of them, if no mean is off.
    std::size_t next = 0;
    for (std::uint64_t step = 0; replay.steps_left() > 0; ++step)
      replay.advance([&](std::uint32_t neuron, const FloatDual&, const FloatDual& mu) {
        const Stream stream{Seed{3}, index, detail::spike_purpose};
        const bool spiked =
            next < spikes[index].size() && spikes[index][next].step == step && spikes[index][next].neuron == neuron;
        next += spiked;
        REQUIRE(bernoulli(mu.value, Draws{stream, neuron, step}) == spiked);
      });
    CHECK(next == spikes[index].size());
  }
  CHECK(hash == again.state_hash());
}

TEST_CASE("a moved replay continues, and cannot be copied") {
  const auto graph = some_graph(2.0, 7);
  const auto drive = wave + of_neurons;
  Simulator simulator{graph, lively, drive, Seed{6}};
  const auto spikes = simulator.run(steps);
  Replay replay{graph, lively, drive, spikes, Seed{6}, "theta"}, whole{graph, lively, drive, spikes, Seed{6}, "theta"};
  static_assert(!std::is_copy_constructible_v<decltype(replay)> && !std::is_copy_assignable_v<decltype(replay)>);
  const auto ignore = [](std::uint32_t, const FloatDual&, const FloatDual&) {};
  for (int step = 0; step < 20; ++step) {
    replay.advance(ignore);
    whole.advance(ignore);
  }
  Replay moved = std::move(replay);
  CHECK(hash_of(moved, spikes) == hash_of(whole, spikes));
}

TEST_CASE("a replay over shared synapses gives the same bits") {
  const auto graph = some_graph(2.0, 7);
  Simulator simulator{graph, lively, wave, Seed{6}, EigenBackend<>{.hash_state = true}};
  simulator.reset(Eigen::MatrixXi::Zero(size, 1));
  const auto spikes = simulator.run(steps);
  const auto shared = detail::EngineOf::get(simulator).shared_synapses(0);
  Replay<Graph<>, BernoulliGLM, std::remove_const_t<decltype(wave)>> replay{
      shared, lively, wave, spikes, {.seed = Seed{6}, .neurons = size}};
  CHECK(hash_of(replay, spikes) == simulator.state_hash());
}

// --- derivatives ---------------------------------------------------------------------------------------------------

namespace {

/// Derivatives of every mu by a parameter, [step][neuron].
template <class ReplayType>
std::vector<std::vector<double>> derivatives_of(ReplayType replay) {
  std::vector<std::vector<double>> result;
  while (replay.steps_left() > 0) {
    auto& of_step = result.emplace_back();
    replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { of_step.push_back(mu.derivative); });
  }
  return result;
}

/// Checks the derivatives by each parameter of a model in double against central differences, with the spikes held
/// fixed. The means are in float, so the differences are over wide steps.
template <class GraphType, class Model, class Stimulus>
void check_derivatives(const GraphType& graph, const Model& model, const Stimulus& stimulus, std::size_t parameters,
                       double tolerance = 1e-4) {
  Simulator simulator{graph, model, stimulus, Seed{6}};
  const auto spikes = simulator.run(60);
  CHECK(spikes.size() > 20);
  for_each_parameter(model, [&](const auto& entry, const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>) {
      CAPTURE(entry.name);
      if (entry.name == std::string("dt")) return;
      --parameters;
      const auto result = derivatives_of(Replay{graph, model, stimulus, spikes, Seed{6}, entry.name});
      const double h = 2e-2 * (std::abs(value) + 0.1);
      const auto means = [&](double changed) {
        Model other = model;
        set_parameter(other, entry.name, changed);
        return means_of(Replay{graph, other, stimulus, spikes, Seed{6}});
      };
      const auto above = means(value + h), half_above = means(value + 0.5 * h), half_below = means(value - 0.5 * h),
                 below = means(value - h);
      double largest = 0.0, worst = 0.0;
      for (std::size_t t = 0; t < result.size(); ++t)
        for (std::size_t i = 0; i < size; ++i) {
          const double coarse = (above[t][i] - below[t][i]) / (2.0 * h),
                       fine = (half_above[t][i] - half_below[t][i]) / h;
          const double expected = (4.0 * fine - coarse) / 3.0;
          largest = std::max(largest, std::abs(expected));
          worst = std::max(worst, std::abs(result[t][i] - expected));
        }
      CHECK(largest > 0.0);
      CHECK(worst <= tolerance * largest);
    }
  });
  CHECK(parameters == 0);
}

}  // namespace

TEST_CASE("derivatives by every parameter of every model agree with central differences") {
  check_derivatives(some_graph(2.0, 3),
                    BasicBernoulliGLM<double>{
                        {.theta = 2.5, .abs_ref_strength = -3.0, .rel_ref_strength = -2.0, .refractory_decay = 0.3}},
                    pulses, 6);
  check_derivatives(some_graph(0.2), BasicPoissonGLM<double>{{.alpha = 20.0, .b = 0.1}}, no_stimulus, 5);
  // Inputs stay above theta, where the mean has a kink.
  check_derivatives(some_graph(0.05, 5), BasicRectifiedLNP<double>{{.lambda_0 = 0.05, .theta = -3.0, .tau = 4.0}}, wave,
                    5, 1e-3);
  check_derivatives(some_graph(0.05),
                    BasicRectifiedSAM<double>{{.dt = 0.5, .lambda_0 = 0.05, .theta = -3.0, .tau = 4.0}}, no_stimulus, 5,
                    1e-3);
}

TEST_CASE("derivatives pass through raised cosines, noise, softplus and parameters of single neurons") {
  using Cosines = Cascade<BasicRaisedCosine<double, 3>, BasicRefractoryFilter<double>, BasicConstantBaseline<double>,
                          BasicSoftplus<double>, BernoulliRateSampler, DirectStimulus, double>;
  check_derivatives(some_graph<3>(1.0, 2),
                    Cosines{{}, {0.5, 6.0, 1.5, 25}, {2, -3.0, 4, -2.0, 0.3}, {0.5}, {0.2, 1.2, 1.0}}, no_stimulus, 11,
                    1e-3);  // at their ends, cosines have no second derivative
  const PoissonGLM model{{.alpha = 20.0f}};
  const auto each = per_neuron(model, &ConstantBaseline::b, std::vector<float>(size, 0.25f));
  const auto graph = some_graph(0.2);
  const auto spikes = Simulator{graph, each, no_stimulus, Seed{6}}.run(60);
  const auto by_b = derivatives_of(Replay{graph, each, no_stimulus, spikes, Seed{6}, "b"});
  const auto mu = means_of(Replay{graph, each, no_stimulus, spikes, Seed{6}});
  for (std::size_t t = 0; t < mu.size(); ++t)
    for (std::size_t i = 0; i < size; ++i) REQUIRE(by_b[t][i] == Approx(mu[t][i]).epsilon(1e-6));
}

TEST_CASE("derivatives by a parameter of a stimulus are those of its drive") {
  // mu = exp(beta (g + E)) / alpha, so that d mu = mu beta dE.
  const PoissonGLM model{{.alpha = 20.0f, .beta = 0.5f}};
  const auto graph = some_graph(0.2);
  const auto check = [&](const auto& stimulus, const std::string& parameter, auto slope) {
    CAPTURE(parameter);
    Simulator simulator{graph, model, stimulus, Seed{6}};
    simulator.run(15);
    const auto state = simulator.state();
    const auto spikes = simulator.run(60);
    Replay values{graph, model, stimulus, spikes, Seed{6}}, by{graph, model, stimulus, spikes, Seed{6}, parameter};
    values.start(state[0]);
    by.start(state[0]);
    const auto mu = means_of(std::move(values));
    const auto derivatives = derivatives_of(std::move(by));
    double largest = 0.0;
    for (std::uint64_t t = 0; t < mu.size(); ++t)
      for (std::uint32_t i = 0; i < size; ++i) {
        const double expected = mu[t][i] * 0.5 * slope(15 + t, i);
        REQUIRE(derivatives[t][i] == Approx(expected).epsilon(1e-6).margin(1e-12));
        largest = std::max(largest, std::abs(expected));
      }
    CHECK(largest > 0.0);
  };
  constexpr double pi = 3.14159265358979323846;
  const auto sine = [](std::uint64_t t, std::uint32_t) { return std::sin(2.0 * pi * static_cast<double>(t) / 40.0); };
  const auto pulse = [](std::uint64_t t, std::uint32_t i) {
    return double(t >= 3 && (t - 3) % 20 < 4 && i >= 5 && i < 25);
  };
  check(wave, "stimulus.amplitude", sine);
  check(wave, "stimulus.baseline", [](std::uint64_t, std::uint32_t) { return 1.0; });
  check(wave, "stimulus.period_ms", [](std::uint64_t t, std::uint32_t) {
    const auto time = static_cast<double>(t);
    return -1.25 * std::cos(2.0 * pi * time / 40.0) * 2.0 * pi * time / 1600.0;
  });
  check(pulses, "stimulus.strength", pulse);
  check(wave + pulses, "stimulus.strength", pulse);
  check(random_pulses.on(neurons(0, 1)), "b", [](std::uint64_t, std::uint32_t) { return 1.0; });

  using TwoChannels =
      Cascade<TimeConstantFilter, NoHistory, ConstantBaseline, Exponential, PoissonSampler, ChannelWeights<2>>;
  const TwoChannels weighed{{}, {}, {}, {}, {20.0f, 0.5f}, {}, {{2.0f, -3.0f}}};
  const auto stimulus = channels(wave, pulses);
  const auto spikes = Simulator{graph, weighed, stimulus, Seed{6}}.run(60);
  const auto mu = means_of(Replay{graph, weighed, stimulus, spikes, Seed{6}});
  const auto by = derivatives_of(Replay{graph, weighed, stimulus, spikes, Seed{6}, "stimulus.strength"});
  for (std::uint64_t t = 0; t < mu.size(); ++t)
    for (std::uint32_t i = 0; i < size; ++i)
      REQUIRE(by[t][i] == Approx(mu[t][i] * 0.5 * -3.0 * pulse(t, i)).epsilon(1e-6).margin(1e-12));
}

TEST_CASE("derivatives by a parameter that the model or the stimulus does not have are 0") {
  const auto graph = some_graph(1.0);
  const auto spikes = Simulator{graph, lively, wave, Seed{6}}.run(20);
  for (const char* parameter : {"", "tau", "amplitude", "stimulus.theta", "stimulus.", "stimulus"}) {
    CAPTURE(parameter);
    for (const auto& of_step : derivatives_of(Replay{graph, lively, wave, spikes, Seed{6}, parameter}))
      for (const double derivative : of_step) REQUIRE(derivative == 0.0);
  }
}

namespace {

/// Checks that the derivatives of the mean rate in a reference's step are those in its file.
template <template <class> class BasicModel>
void check_reference_gradient(const std::string& name) {
  CAPTURE(name);
  const reference::Case step{name};
  const auto model = reference::model_of<BasicModel<double>>(step.data);
  using Model = BasicModel<double>;
  const Graph graph{step.weights};
  const auto stimulus = [&](std::uint64_t, std::uint32_t neuron) { return static_cast<float>(step.stimulus[neuron]); };
  const auto count = static_cast<std::uint64_t>(step.weights.rows());
  Events<EventOf<Model>> spikes{count, detail::decimal(model.dt())};
  for (Eigen::Index t = 0; t < step.history.cols(); ++t) {
    std::vector<EventOf<Model>> events;
    for (std::uint32_t i = 0; i < count; ++i)
      if (const int count = step.history(i, t); count > 0)
        events.emplace_back(0u, i, static_cast<std::uint32_t>(count));
    spikes.append(1, events);
  }
  spikes.append(1, {});
  for (const auto& [parameter, expected] : step.data.at("gradient_of_mean_rate_per_step").items()) {
    CAPTURE(parameter);
    Replay replay{graph, model, stimulus, spikes, Seed{1}, parameter};
    if (step.has_activation()) {
      Simulator simulator{graph, model, no_stimulus, Seed{1}};
      step.start(simulator);
      replay.start(simulator.state()[0]);
    }
    double derivative = 0.0;
    while (replay.steps_left() > 0) {
      derivative = 0.0;
      replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { derivative += mu.derivative; });
    }
    derivative /= static_cast<double>(count);
    const auto value = expected.template get<double>();
    CHECK(std::abs(derivative - value) <= 1e-6 * std::abs(value) + 1e-9);
  }
}

}  // namespace

TEST_CASE("derivatives of a step agree with the reference") {
  for (const std::string network : {"n6iso", "n20strong"}) {
    for (const std::string set : {"p0", "p1", "p2"}) {
      check_reference_gradient<BasicBernoulliGLM>("bernoulli_" + network + "_" + set);
      check_reference_gradient<BasicPoissonGLM>("poisson_" + network + "_" + set);
    }
    for (const std::string set : {"p0", "p1"}) {
      check_reference_gradient<BasicRectifiedLNP>("rectified_lnp_" + network + "_" + set);
      check_reference_gradient<BasicRectifiedSAM>("rectified_sam_" + network + "_" + set);
    }
  }
}

// --- bad input -----------------------------------------------------------------------------------------------------

TEST_CASE("arguments that do not fit together are refused") {
  const auto graph = some_graph(1.0);
  const Events<BinaryEvent> few{size - 1, 1.0}, fine{size, 0.5}, empty{size, 1.0};
  const auto replay = [&](const auto& spikes, const BernoulliGLM& model = lively) {
    return Replay{graph, model, no_stimulus, spikes, Seed{1}};
  };
  check_message<std::invalid_argument>([&] { replay(few); }, {"39 neurons", "40"});
  check_message<std::invalid_argument>([&] { replay(fine); }, {"0.5 ms", "1 ms"});
  BernoulliGLM broken = lively;
  broken.scale.r = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>([&] { replay(empty, broken); }, {"r = inf"});
  check_message<InvalidParameter>(
      [&] { Replay(graph, per_neuron(lively, &Logistic::theta, std::vector<float>(3)), no_stimulus, empty, Seed{1}); },
      {"3 neurons", "40"});
  check_message<std::invalid_argument>([&] { Replay(graph, lively, pulses.on(neurons(0, 41)), empty, Seed{1}); },
                                       {"neuron 40"});
}

TEST_CASE("a replay ends with its recording, and takes a state only before the first step") {
  const auto graph = some_graph(1.0);
  Simulator simulator{graph, lively, no_stimulus, Seed{1}};
  const auto state = simulator.state();
  const auto spikes = simulator.run(2);
  Replay replay{graph, lively, no_stimulus, spikes, Seed{1}};
  const auto ignore = [](std::uint32_t, const FloatDual&, const FloatDual&) {};
  auto other = state[0];
  other.filters.pop_back();
  check_message<std::invalid_argument>([&] { replay.start(other); }, {"39 neurons", "40"});
  other = state[0];
  other.past.clear();
  check_message<std::invalid_argument>([&] { replay.start(other); }, {"windows"});
  const auto delayed = some_graph(1.0, 3);
  auto of_delayed = Simulator{delayed, lively, no_stimulus, Seed{1}}.state()[0];
  of_delayed.exponents.clear();
  Replay of_delays{delayed, lively, no_stimulus, spikes, Seed{1}};
  check_message<std::invalid_argument>([&] { of_delays.start(of_delayed); }, {"delays"});
  replay.start(state[0]);
  replay.advance(ignore);
  CHECK(replay.steps_left() == 1);
  check_message<std::logic_error>([&] { replay.start(state[0]); }, {"before the first step"});
  replay.advance(ignore);
  check_message<std::out_of_range>([&] { replay.advance(ignore); }, {"all 2 steps"});
}
