// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/backend.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "../catch.hpp"
#include "spikeometric/backend/eigen.hpp"

using namespace spikeometric;

namespace {

struct Minimal {
  std::uint32_t first_network = 0;
  template <class Model, class Stimulus, class Vertex>
  using Engine = Vertex;
};
struct WithoutNetwork {
  template <class Model, class Stimulus, class Vertex>
  using Engine = Vertex;
};
struct WithoutEngine {
  std::uint32_t first_network = 0;
};
struct NotCopyable : Minimal {
  std::unique_ptr<int> handle;
};

static_assert(Backend<Minimal>);
static_assert(Backend<EigenBackend<>>);
static_assert(Backend<EigenBackend<SparseMatvec>>);
static_assert(!Backend<WithoutNetwork>);
static_assert(!Backend<WithoutEngine>);
static_assert(!Backend<NotCopyable>);
static_assert(!Backend<int>);
static_assert(std::is_same_v<EigenBackend<>, EigenBackend<EventDriven>>);

}  // namespace

TEST_CASE("a divergence names the network, the step, the neuron and the cause") {
  const Divergence error{3, 1'000'000'000'000, 7, "the mean count is NaN"};
  CHECK(std::string(error.what()) == "network 3, step 1000000000000, neuron 7: the mean count is NaN");
  CHECK(error.network_id == 3);
  CHECK(error.step == 1'000'000'000'000);
  CHECK(error.neuron == 7);
  const std::runtime_error& base = error;
  CHECK(std::string(base.what()) == error.what());
}
