// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/batch.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

namespace {

/// A ring.
Graph<> ring(std::uint32_t neurons) {
  EdgeList edges{neurons};
  for (std::uint32_t i = 0; i < neurons; ++i) edges.add(i, (i + 1) % neurons, 1.0f);
  return Graph{edges};
}

}  // namespace

TEST_CASE("a batch holds its networks in the order given") {
  const std::vector<Graph<>> graphs = {ring(3), ring(1), ring(5)};
  const Batch networks = batch(graphs);
  static_assert(std::is_same_v<decltype(networks), const Batch<float, std::uint32_t>>);
  CHECK(networks.size() == 3);
  CHECK(networks.trials() == 1);
  for (std::size_t n = 0; n < 3; ++n) CHECK(networks[n] == graphs[n]);
  check_message<std::out_of_range>([&] { networks[3]; }, {"network 3", "batch of 3"});
  CHECK(networks.graphs() == graphs);
  CHECK(networks.neurons() == 9);
  CHECK(networks.synapses() == 9);
}

TEST_CASE("trials repeat a network, or all networks of a batch, and keep each graph once") {
  const Batch alone = trials(ring(4), 5);
  CHECK(alone.size() == 5);
  CHECK(alone.trials() == 5);
  CHECK(alone.neurons() == 20);
  CHECK(alone.synapses() == 20);
  CHECK(alone.graphs().size() == 1);
  for (std::uint64_t n = 0; n < 5; ++n) CHECK(&alone[n] == &alone[0]);

  const Batch several = trials(batch(std::vector{ring(3), ring(1)}), 3);
  CHECK(several.size() == 6);
  CHECK(several.neurons() == 12);
  CHECK(several.graphs().size() == 2);
  for (std::uint64_t n = 0; n < 6; ++n) {
    CHECK(several[n].neurons() == (n % 2 == 0 ? 3 : 1));
    CHECK(&several[n] == &several[n % 2]);
  }
  check_message<std::out_of_range>([&] { several[6]; }, {"network 6", "batch of 6"});
  CHECK(trials(several, 2).size() == 12);
  CHECK(trials(several, 2).trials() == 6);
  CHECK(trials(several, 1).size() == 6);
}

TEST_CASE("a batch has the type of its graphs") {
  EdgeList<std::array<double, 2>, std::uint16_t> edges{2};
  edges.add(0, 1, {1.0, 2.0}, 7);
  const Batch networks = trials(Graph{edges}, 2);
  static_assert(std::is_same_v<decltype(networks), const Batch<std::array<double, 2>, std::uint16_t>>);
  CHECK(networks[1].max_delay() == 7);
}

TEST_CASE("a batch of no graphs, or of a moved-from graph, is refused") {
  check_message<InvalidGraph>([] { batch(std::vector<Graph<>>{}); }, {"at least one graph"});
  std::vector<Graph<>> graphs = {ring(2), ring(3)};
  (void)std::move(graphs[1]).release();
  check_message<InvalidGraph>([&] { batch(graphs); }, {"at least one neuron"});
  check_message<InvalidGraph>([&] { trials(graphs[1], 2); }, {"at least one neuron"});
}

TEST_CASE("no trials, or more than 2^32 networks, are refused") {
  check_message<InvalidGraph>([] { trials(ring(2), 0); }, {"at least one trial"});
  check_message<InvalidGraph>([] { trials(trials(ring(2), 3), 0); }, {"at least one trial"});
  constexpr std::uint64_t most = std::uint64_t{1} << 32;
  CHECK(trials(ring(2), most).size() == most);
  check_message<InvalidGraph>([] { trials(ring(2), most + 1); }, {"4294967297 trials", "1 graphs", "2^32"});
  CHECK(trials(batch(std::vector{ring(2), ring(3)}), most / 2).size() == most);
  check_message<InvalidGraph>([] { trials(batch(std::vector{ring(2), ring(3)}), most / 2 + 1); }, {"2 graphs", "2^32"});
  check_message<InvalidGraph>([] { trials(batch(std::vector{ring(2), ring(3), ring(4)}), most / 3 + 1); }, {"2^32"});
  check_message<InvalidGraph>([] { trials(trials(ring(2), most), ~std::uint64_t{0}); }, {"4294967296 x", "too many"});
  check_message<InvalidGraph>([] { trials(trials(ring(2), most), most); }, {"too many"});
}

TEST_CASE("a batch can give its graphs away and is empty then") {
  Batch networks = trials(ring(4), 3);
  const std::uint32_t* const targets = networks[0].rows().targets.data();
  const std::vector<Graph<>> graphs = std::move(networks).release();
  REQUIRE(graphs.size() == 1);
  CHECK(graphs[0].rows().targets.data() == targets);
  CHECK(networks.size() == 0);
  CHECK(networks.neurons() == 0);
}
