// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/arithmetic/exact.hpp"

#include "../catch.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

TEST_CASE("the tests are built without fused multiply-add") { CHECK(spikeometric::build_is_exact()); }

TEST_CASE("denormal numbers are kept") { CHECK(spikeometric::denormals_are_kept()); }

#if defined(__SSE2__)
TEST_CASE("a processor that flushes denormal numbers is detected") {
  bool (*volatile denormals_are_kept)() = &spikeometric::denormals_are_kept;  // not inlined across the settings
  const unsigned settings = _mm_getcsr();
  constexpr unsigned flush_results = 0x8000, flush_operands = 0x0040;

  _mm_setcsr(settings | flush_results);
  const bool kept_as_results = denormals_are_kept();
  _mm_setcsr(settings | flush_operands);
  const bool kept_as_operands = denormals_are_kept();
  _mm_setcsr(settings);

  CHECK_FALSE(kept_as_results);
  CHECK_FALSE(kept_as_operands);
  CHECK(denormals_are_kept());
}
#endif

TEST_CASE("mul is the rounded product") {
  CHECK(spikeometric::mul(0.1f, 0.3f) == 0.1f * 0.3f);
  CHECK(spikeometric::mul(0.1, 0.3) == 0.1 * 0.3);
  CHECK(spikeometric::mul(1.0f + 0x1p-12f, 1.0f + 0x1p-12f) == 1.0f + 0x1p-11f);
  CHECK(spikeometric::mul(1.0 + 0x1p-27, 1.0 + 0x1p-27) == 1.0 + 0x1p-26);
  CHECK(spikeometric::mul(0x1p-126f, 0.5f) == 0x1p-127f);
}
