// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/state.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "states.hpp"

using namespace spikeometric;
using namespace states;

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
