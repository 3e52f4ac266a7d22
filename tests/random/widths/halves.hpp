// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Random123/philox.h>

#include <cstddef>
#include <cstdint>

using Counter = r123::Philox4x32::ctr_type;
using Halves = void(const Counter& first, std::uint64_t key, std::size_t evaluations, std::uint16_t* halves);

Halves halves_with_sse2, halves_with_avx2, halves_with_avx512;
