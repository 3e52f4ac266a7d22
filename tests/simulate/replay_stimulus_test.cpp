// SPDX-License-Identifier: BSD-3-Clause
// Replays with stimuli.
#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "replayed.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/recorded.hpp"

using namespace spikeometric;
using namespace replayed;

namespace {

Eigen::MatrixXf movie() {
  support::Numbers numbers{2};
  return Eigen::MatrixXf::NullaryExpr(size, 200, [&] { return static_cast<float>(numbers.real(-1.0, 1.0)); });
}

}  // namespace

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
