// SPDX-License-Identifier: BSD-3-Clause
//
// What check.sh counts the instructions of: the steps of one case.
//
//   step update | propagation | delays | bases | batch | poisson
//
// Prints how many units of work they did, and the unit.
#include <spikeometric/spikeometric.hpp>

#include <array>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

namespace sk = spikeometric;

namespace {

/// The name that callgrind collects by.
template <class Simulator>
[[gnu::noinline]] void counted_steps(Simulator& simulator, std::uint64_t steps) {
  simulator.run(steps);
}

template <class Network, class Model>
void count(Network network, const Model& model, std::uint64_t steps, bool by_synapse = false) {
  sk::Simulator simulator{std::move(network), model, sk::no_stimulus, sk::Seed{42}};
  simulator.equilibrate(100);
  const std::uint64_t before = simulator.synaptic_events();
  counted_steps(simulator, steps);
  if (by_synapse)
    std::cout << simulator.synaptic_events() - before << " synapse\n";
  else
    std::cout << simulator.neurons() * steps << " neuron-step\n";
}

sk::Graph<> network(std::uint64_t neurons, std::uint64_t degree, std::uint64_t seed = 1) {
  return sk::generate::fixed_out_degree({.neurons = neurons, .degree = degree, .weights = {.std = 1.0}},
                                        sk::Seed{seed});
}

/// Two weights for each synapse.
sk::Graph<std::array<float, 2>> paired(const sk::Graph<>& graph) {
  sk::CompressedRows<std::array<float, 2>, std::uint32_t> rows{graph.rows().offsets, graph.rows().targets, {}, {}};
  for (const float weight : graph.rows().weights) rows.weights.push_back({weight, weight / 2});
  return sk::Graph<std::array<float, 2>>{std::move(rows)};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc == 2 ? argv[1] : "";
  // Every second neuron spikes.
  const sk::BernoulliGLM half{{.theta = 0.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  if (wanted == "update") {
    count(network(5000, 1), sk::BernoulliGLM{}, 500);
  } else if (wanted == "propagation") {
    count(network(2000, 500), half, 50, true);
  } else if (wanted == "delays") {
    count(sk::with_delays(network(2000, 500), {.shortest = 1, .longest = 20}, sk::Seed{2}), half, 50, true);
  } else if (wanted == "bases") {
    const sk::Cascade<sk::Basis<sk::ExponentialFilter, 2>, sk::NoHistory, sk::NoBaseline, sk::Logistic> model{
        {}, {}, {}, {}, half.nonlinearity};
    count(paired(network(2000, 500)), model, 50, true);
  } else if (wanted == "batch") {
    std::vector<sk::Graph<>> networks;
    for (std::uint64_t i = 0; i < 100; ++i) networks.push_back(network(100, 10, i));
    count(sk::batch(networks), sk::BernoulliGLM{}, 200);
  } else if (wanted == "poisson") {
    count(network(5000, 1), sk::PoissonGLM{{.r = 0.1f}}, 500);
  } else {
    std::cerr << "step: there is no case '" << wanted << "'\n";
    return 2;
  }
}
