// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <utility>
#include <vector>

#include "../../catch.hpp"
#include "halves.hpp"
#include "spikeometric/random/detail/philox_lanes.hpp"

TEST_CASE("vectors of every width give the same halves as loops, in one program") {
  std::vector<std::pair<std::string, Halves*>> widths = {{"sse2", halves_with_sse2}};
  if (__builtin_cpu_supports("avx2")) widths.emplace_back("avx2", halves_with_avx2);
  if (__builtin_cpu_supports("avx512f")) widths.emplace_back("avx512", halves_with_avx512);
  const std::uint64_t key = GENERATE(std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x0123456789abcdef});
  for (const Counter& first :
       {Counter{{0, 0, 0, 0}}, Counter{{~0u - 45, ~0u, ~0u, ~0u}}, Counter{{1234, 5, 6, 0x01000007}}}) {
    std::vector<std::uint16_t> expected(3 * 256);
    Counter counter = first;
    for (std::size_t done = 0; done < expected.size(); done += 256, counter[0] += 32)
      spikeometric::detail::philox_halves_in_loops(counter, key, expected.data() + done);
    for (const auto& [width, halves_of] : widths)
      for (const std::size_t evaluations : {1, 8, 9, 32, 33, 96}) {
        INFO(width << ", " << evaluations << " evaluations");
        constexpr std::uint16_t untouched = 0xA5A5;
        const std::size_t room = (evaluations + 31) / 32 * 256;
        std::vector<std::uint16_t> halves(room + 1, untouched);
        halves_of(first, key, evaluations, halves.data());
        const auto end = static_cast<std::ptrdiff_t>(8 * evaluations);
        CHECK(std::vector<std::uint16_t>(halves.begin(), halves.begin() + end) ==
              std::vector<std::uint16_t>(expected.begin(), expected.begin() + end));
        CHECK(halves[room] == untouched);
      }
  }
}
