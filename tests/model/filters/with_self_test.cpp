// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/with_self.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../../against_reference.hpp"
#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../support.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

slow::Model logistic_model(std::vector<slow::Filter> filters) {
  slow::Model model;
  model.filters = std::move(filters);
  model.rate = [](float g, std::uint32_t) { return 1.0f / (1.0f + spikeometric::exp(2.5f - g)); };
  return model;
}

/// Weights of the coupling filter or, for an autapse, of the self filter; the others are 0.
template <std::size_t Coupling, std::size_t Self>
against::Network split_network(support::Numbers& numbers, std::size_t longest_delay) {
  auto network = against::random_network(
      numbers,
      {.neurons = 150, .probability = 0.1, .strength = 2.0, .longest_delay = longest_delay, .bases = Coupling + Self});
  for (slow::Synapse& synapse : network.synapses.list)
    for (std::size_t m = 0; m < Coupling + Self; ++m)
      if ((m < Coupling) == (synapse.pre == synapse.post)) synapse.weights[m] = 0.0;
  return network;
}

}  // namespace

TEST_CASE("synapses between neurons use one filter, and autapses another") {
  support::Numbers numbers{1};
  against::Outcome outcome;
  for (int i = 0; i < 4; ++i) {
    const auto network = split_network<2, 1>(numbers, i % 2 == 0 ? 1 : 9);
    using Model = Cascade<WithSelf<Basis<Fir, 2>, ExponentialFilter>>;
    const Fir early{{-3.0f, -1.0f}}, late{{0.0f, 0.0f, 0.5f, 1.0f}};
    const Model model{{}, {{{early, late}}, {0.3f, 10}}, {}, {}, {2.5f}};
    const auto slow =
        logistic_model({slow::fir(early.coefficients), slow::fir(late.coefficients), slow::exponential(0.3f, 10)});
    against::check<3>(network, model, slow, no_stimulus, {}, against::random_course<Model>(numbers, network), outcome);
  }
  CHECK(outcome.spikes > 1000);
}

TEST_CASE("either filter may have several basis functions and any state") {
  support::Numbers numbers{2};
  against::Outcome outcome;
  for (int i = 0; i < 4; ++i) {
    const auto network = split_network<3, 1>(numbers, 3);
    using Model = Cascade<WithSelf<RaisedCosine<3>, ExponentialFilter>>;
    const Model model{{}, {{.last_peak_ms = 6.0f, .window_steps = 25}, {0.1f, infinite_window}}, {}, {}, {2.5f}};
    auto filters = slow::raised_cosines(3, 0.0f, 6.0f, 1.0f, 25);
    filters.push_back(slow::exponential(0.1f, slow::endless));
    against::check<4>(network, model, logistic_model(filters), no_stimulus, {},
                      against::random_course<Model>(numbers, network), outcome);
  }
  CHECK(outcome.spikes > 1000);
}

TEST_CASE("a network with two filters spikes as with a basis of both") {
  support::Numbers numbers{3};
  auto network = against::random_network(
      numbers, {.neurons = 200, .probability = 0.05, .strength = 2.0, .longest_delay = 5, .bases = 3});
  for (slow::Synapse& synapse : network.synapses.list)  // so that sums are exact in any order
    for (double& weight : synapse.weights) weight = std::nearbyint(64.0 * weight) / 64.0;
  const auto graph = against::graph_of<float, 3, std::uint32_t>(network.synapses);
  const Fir one{{1.0f, 0.5f, -0.25f}}, two{{0.0f, 2.0f}}, three{{0.5f, 0.5f}};
  const auto run = [&](const auto& model) {
    Simulator simulator{graph, model, no_stimulus, Seed{3}, EigenBackend<>{.hash_state = true}};
    const auto spikes = simulator.run(200);
    CHECK(spikes.size() > 100);
    return std::pair(spikes.fingerprint(), simulator.state_hash());
  };
  using Both = Cascade<WithSelf<Fir, Basis<Fir, 2>>>;
  using Together = Cascade<Basis<Fir, 3>>;
  CHECK(
      (run(Both{{}, {one, {{two, three}}}, {}, {}, {3.0f}}) == run(Together{{}, {{one, two, three}}, {}, {}, {3.0f}})));
}

TEST_CASE("memory is that of the longer filter, and weights are those of both") {
  using Both = WithSelf<Basis<Fir, 3>, ExponentialFilter>;
  STATIC_REQUIRE((Filter<Both> && Both::bases == 4 && Both::coupling_bases == 3 && Both::self_bases == 1));
  const Fir taps{{1.0f, 1.0f, 1.0f}};
  HostArrays arrays;
  CHECK(Both{{{taps, taps, taps}}, {0.2f, 20}}.kernel(1.0f, arrays).memory() == 20);
  CHECK(Both{{{taps, taps, taps}}, {0.2f, infinite_window}}.kernel(1.0f, arrays).memory() == 2);
}

TEST_CASE("an invalid filter is refused") {
  using Both = WithSelf<ExponentialFilter, RaisedCosine<2>>;
  using Model = Cascade<Both>;
  check_message<InvalidParameter>([] { Model{{}, Both{{.coupling_decay = -1.0f}, {}}}; }, {"coupling_decay = -1"});
  check_message<InvalidParameter>([] { Model{{}, Both{{}, {.last_peak_ms = 60.0f}}}; }, {"last_peak_ms = 60"});
}
