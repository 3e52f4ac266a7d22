// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/event.hpp"

#include <type_traits>

#include "../catch.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"

using namespace spikeometric;

namespace {

struct Counting {
  static constexpr bool binary = false;
};
static_assert(std::is_same_v<EventOf<BernoulliGLM>, BinaryEvent>);
static_assert(std::is_same_v<EventOf<Counting>, CountEvent>);
static_assert(std::is_trivially_copyable_v<BinaryEvent> && std::is_trivially_copyable_v<CountEvent>);

}  // namespace

TEST_CASE("an event has 8 bytes in a binary model and 12 in a model with counts") {
  CHECK(sizeof(BinaryEvent) == 8);
  CHECK(sizeof(CountEvent) == 12);
}

TEST_CASE("both types of event have the same members") {
  const BinaryEvent once{7, 3, 1};
  const CountEvent thrice{7, 3, 3};
  CHECK((once.offset == 7 && once.neuron == 3 && once.count == 1));
  CHECK((thrice.offset == 7 && thrice.neuron == 3 && thrice.count == 3));
}
