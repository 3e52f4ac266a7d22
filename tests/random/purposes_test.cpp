// SPDX-License-Identifier: BSD-3-Clause
//
// All purposes of random numbers in the library.
#include <cstddef>
#include <iterator>

#include "../catch.hpp"
#include "spikeometric/graph/detail/purpose.hpp"
#include "spikeometric/infer/time_rescaling.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/step/purposes.hpp"
#include "spikeometric/stimulus/terms.hpp"

using namespace spikeometric;

TEST_CASE("no two purposes of random numbers are equal, and none changes between versions") {
  constexpr struct {
    Purpose purpose;
    int value;
  } all[] = {{detail::spike_purpose, 1},         {detail::noise_purpose, 2},
             {detail::initial_state_purpose, 3}, {detail::graph_purpose, 4},
             {detail::rescaling_purpose, 5},     {detail::stimulus_purpose(0), 16},
             {detail::stimulus_purpose(1), 17},  {detail::stimulus_purpose(detail::max_terms - 1), 215}};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    CHECK(static_cast<int>(all[i].purpose) == all[i].value);
    CHECK((i == 0 || all[i - 1].purpose < all[i].purpose));
  }
}

TEST_CASE("every term of a stimulus has a purpose of its own, above all others") {
  STATIC_REQUIRE(static_cast<std::size_t>(detail::stimulus_purpose(0)) + detail::max_terms <= 256);
  for (std::size_t term = 0; term < detail::max_terms; ++term)
    CHECK(static_cast<std::size_t>(detail::stimulus_purpose(term)) == 16 + term);
}
