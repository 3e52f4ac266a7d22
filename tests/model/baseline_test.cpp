// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/baseline.hpp"

#include <limits>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

TEST_CASE("without a baseline b is 0") { CHECK(NoBaseline{}(Draws{{Seed{1}}, 3, 4}) == 0.0f); }

TEST_CASE("a constant baseline is the same for every neuron and step") {
  const ConstantBaseline tonic{.b = -0.75f};
  CHECK(tonic(Draws{{Seed{1}}, 3, 4}) == -0.75f);
  CHECK(tonic(Draws{{Seed{2}}, 0, 1'000'000}) == -0.75f);
  CHECK(BasicConstantBaseline<double>{.b = 0.1}(Draws{}) == 0.1);
}

TEST_CASE("a constant baseline must be finite") {
  check_message<InvalidParameter>(
      [] { validate_parameters(ConstantBaseline{.b = std::numeric_limits<float>::infinity()}); },
      {"b = inf", "finite"});
}
