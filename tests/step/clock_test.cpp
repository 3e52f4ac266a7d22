// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/step/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"

using namespace spikeometric;
using detail::Clock, detail::RingPast;

TEST_CASE("a clock starts with ticks before it, and at step 0") {
  const Clock clock;
  CHECK((clock.random_step == 0 && clock.step == 0 && clock.offset == 0));
  CHECK(clock.tick >= std::uint64_t{1} << 32);
}

TEST_CASE("steps of a piece advance every counter, but an equilibration does not advance the step of the run") {
  const Clock clock{1000, 20, 3, 0};
  const Clock later = clock.after(7);
  CHECK((later.tick == 1007 && later.random_step == 27 && later.step == 10 && later.offset == 7));
  CHECK((later.after(2).tick == 1009 && later.after(2).offset == 9));
  const Clock recorded = clock.next_piece(7, true);
  CHECK((recorded.tick == 1007 && recorded.random_step == 27 && recorded.step == 10 && recorded.offset == 0));
  const Clock equilibrated = clock.next_piece(7, false);
  CHECK((equilibrated.tick == 1007 && equilibrated.random_step == 27 && equilibrated.step == 3 &&
         equilibrated.offset == 0));
  CHECK(Clock{}.next_piece(std::uint64_t{1} << 47, true).step == std::uint64_t{1} << 47);
}

TEST_CASE("rows of a ring follow each other by tick") {
  for (const std::uint32_t rows : {1u, 2u, 3u, 7u, 65535u})
    for (const std::uint64_t tick :
         {std::uint64_t{0}, std::uint64_t{5}, Clock{}.tick, (std::uint64_t{1} << 48) + 12345})
      for (const std::uint32_t ahead : {0u, 1u, rows / 2, rows - 1, rows}) {
        CAPTURE(rows, tick, ahead);
        const std::uint32_t row = detail::row_of(tick, rows);
        CHECK(row < rows);
        CHECK(detail::row_after(row, ahead, rows) == detail::row_of(tick + ahead, rows));
      }
}

TEST_CASE("past sums are read from the ring backwards, the oldest from the row that comes next") {
  constexpr std::uint32_t memory = 4;
  constexpr std::size_t neurons = 3;
  std::vector<float> ring(memory * neurons);
  const auto value = [](std::uint64_t step, std::size_t neuron) { return static_cast<float>(10 * step + neuron); };
  for (std::uint64_t step = 0; step < 11; ++step) {
    const std::uint32_t row = detail::row_of(step, memory);
    for (std::size_t neuron = 0; neuron < neurons; ++neuron) {
      const RingPast<1> past{ring.data(), neurons, row, memory, neuron};
      for (std::uint32_t lag = 1; lag <= memory; ++lag)
        CHECK(past(lag) == (step >= lag ? value(step - lag, neuron) : 0.0f));
      CHECK(past.address(memory) == ring.data() + row * neurons + neuron);
    }
    for (std::size_t neuron = 0; neuron < neurons; ++neuron) ring[row * neurons + neuron] = value(step, neuron);
  }
}

TEST_CASE("the past sums of a neuron's basis functions lie side by side") {
  constexpr std::uint32_t rows = 3;
  std::vector<float> ring(rows * 4 * 2);
  for (std::size_t i = 0; i < ring.size(); ++i) ring[i] = static_cast<float>(i);
  const RingPast<2> past{ring.data(), 4 * 2, 1, rows, 3};
  CHECK((past(1, 0) == 6.0f && past(1, 1) == 7.0f));    // row 0
  CHECK((past(2, 0) == 22.0f && past(2, 1) == 23.0f));  // row 2
  CHECK((past(3, 0) == 14.0f && past(3, 1) == 15.0f));  // row 1, to be overwritten
}
