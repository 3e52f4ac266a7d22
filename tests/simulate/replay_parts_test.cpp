// SPDX-License-Identifier: BSD-3-Clause
// Replays of models put together from parts, and of one simulator's beside another's.
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "replayed.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

using namespace spikeometric;
using namespace replayed;

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

TEST_CASE("a replay has the self-history of each neuron, and its derivatives") {
  std::vector<int> abs_ref_steps;
  for (std::size_t i = 0; i < size; ++i) abs_ref_steps.push_back(static_cast<int>(i % 5));
  const auto model = per_neuron(lively, &RefractoryFilter::abs_ref_steps, abs_ref_steps);
  const auto graph = some_graph(2.0, 7);
  check_replay(graph, model, pulses, 100);
  check_replay(graph, model.with_history(PerNeuron{std::vector<AbsoluteRefractory>(size, {.steps = 3})}), pulses, 100);

  Simulator simulator{graph, model, pulses, Seed{6}};
  simulator.reset(Eigen::MatrixXi::Zero(size, 1));
  const auto spikes = simulator.run(steps);
  std::vector<std::vector<bool>> spiked(steps, std::vector<bool>(size));
  for (const Spike& spike : spikes) spiked[spike.step][spike.neuron] = true;
  Replay replay{graph, model, pulses, spikes, Seed{6}, "abs_ref_strength"};
  for (std::uint64_t step = 0; replay.steps_left() > 0; ++step)
    replay.advance([&](std::uint32_t neuron, const FloatDual& g, const FloatDual&) {
      double recent = 0.0;  // spikes in the absolute refractory period
      for (std::uint64_t lag = 0; lag < static_cast<std::uint64_t>(abs_ref_steps[neuron]) && lag < step; ++lag)
        recent += spiked[step - 1 - lag][neuron];
      REQUIRE(g.derivative == recent);
    });
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
