// SPDX-License-Identifier: BSD-3-Clause
//
// Distributions as functions of random bits, bit-identical with every compiler and on every device.
//
//   const sk::Block bits = stream.block(neuron, step);
//   const double u = sk::uniform(bits[0], bits[1]);                  // in (0, 1]
//   const double z = sk::normal(bits[2], bits[3]);                   // mean 0, variance 1
//   const bool spike = sk::bernoulli(0.25f, draws);
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

/// Uniform on the 2^53 midpoints (k + 1/2) 2^-53, 0 <= k < 2^53, rounded to double. The result is never 0; it is 1 with
/// probability 2^-53, by rounding. Uses 53 of the 64 random bits.
SPIKEOMETRIC_HOST_DEVICE inline double uniform(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32 | low) >> 11;
  return mul(static_cast<double>(bits), 0x1p-53) + 0x1p-54;
}

/// Uniform on the 2^32 midpoints (k + 1/2) 2^-32, 0 <= k < 2^32; never 0 or 1. Uses 32 random bits.
SPIKEOMETRIC_HOST_DEVICE inline double uniform(std::uint32_t bits) {
  return mul(static_cast<double>(bits), 0x1p-32) + 0x1p-33;
}

/// Standard normal: z = sqrt(-2 log u) cos(2 pi v) for two uniforms u and v (Box and Muller 1958). u and v have 32 bits
/// each, so |z| < 6.8; the missing tails have a total probability of 1e-11.
SPIKEOMETRIC_HOST_DEVICE inline double normal(std::uint32_t first, std::uint32_t second) {
  return mul(sqrt(mul(-2.0, log(uniform(first)))), cos(mul(6.283185307179586, uniform(second))));
}

/// Standard normal from all bits of a block: u and v have 53 bits each, so |z| < 8.7; the missing tails have a total
/// probability of 1e-17.
SPIKEOMETRIC_HOST_DEVICE inline double normal(const Block& bits) {
  return mul(sqrt(mul(-2.0, log(uniform(bits[0], bits[1])))), cos(mul(6.283185307179586, uniform(bits[2], bits[3]))));
}

namespace detail {

/// cos(2 pi v) in single precision, for the uniform v of 32 bits; the error is below 2e-7. By symmetry, an angle in the
/// first quadrant has the same size of cosine, whose Taylor series follows.
SPIKEOMETRIC_HOST_DEVICE inline float cosine_of_uniform(std::uint32_t bits) {
  const std::uint32_t odd = bits >> 30 & 1u;
  const std::uint32_t in_quadrant = (bits ^ (0u - odd)) & 0x3FFFFFFFu;
  const float angle = mul(static_cast<float>(static_cast<std::int32_t>(in_quadrant)) + 0.5f, 1.5707963f * 0x1p-30f),
              z = mul(angle, angle);
  const float cosine = 1.0f - mul(z, functions::polynomial(z, 1.0f / 2, -1.0f / 24, 1.0f / 720, -1.0f / 40320,
                                                           1.0f / 3628800, -1.0f / 479001600));
  const std::uint32_t sign = (bits ^ bits << 1) & 0x80000000u;  // negative in the second and third quadrant
  return functions::bit_cast<float>(functions::bit_cast<std::uint32_t>(cosine) ^ sign);
}

/// -2 log u in single precision, for the uniform u of 32 bits.
SPIKEOMETRIC_HOST_DEVICE inline float minus_two_log_of_uniform(std::uint32_t bits) {
  // A float holds 31 bits of a signed integer; the last bit and the midpoint follow separately.
  const float u = mul(static_cast<float>(static_cast<std::int32_t>(bits >> 1)), 0x1p-31f) +
                  mul(static_cast<float>(static_cast<std::int32_t>(bits & 1u)) + 0.5f, 0x1p-32f);
  return mul(-2.0f, log(u));
}

/// A standard normal number in single precision, by the method of `normal`: |z| < 6.8.
SPIKEOMETRIC_HOST_DEVICE inline float single_normal(std::uint32_t first, std::uint32_t second) {
  return mul(sqrt(minus_two_log_of_uniform(first)), cosine_of_uniform(second));
}

/// numbers[i] = single_normal(first word, second word of pairs[i]), with vector instructions.
template <class Pair>
#if defined(__GNUC__)
__attribute__((flatten))
#endif
void
single_normals(const Pair* pairs, std::size_t size, float* numbers) {
  for (std::size_t i = 0; i < size; ++i) numbers[i] = minus_two_log_of_uniform(pairs[i].low);
  for (std::size_t i = 0; i < size; ++i) numbers[i] = sqrt(numbers[i]);  // apart, since it may set errno
  for (std::size_t i = 0; i < size; ++i) numbers[i] = mul(numbers[i], cosine_of_uniform(pairs[i].high));
}

/// floor(p 2^32) = 2^16 high + low. `high` is 65536 if p = 1.
struct Threshold {
  std::uint32_t high;
  std::uint32_t low;
};

/// p 2^16, where p is clamped to [0, 1] and NaN counts as 0. It has no branches, since they prevent vectorisation.
SPIKEOMETRIC_HOST_DEVICE inline float in_halves(float p) {
  p = functions::select(p > 0.0f, p, 0.0f);
  return mul(functions::select(p < 1.0f, p, 1.0f), 65536.0f);
}

/// Threshold::high, which decides all but one draw in 65536. p is clamped to [0, 1]; NaN counts as 0.
SPIKEOMETRIC_HOST_DEVICE inline std::uint32_t high_threshold(float p) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(in_halves(p)));
}

/// The upper and lower half of floor(p 2^32). Every operation is exact, so comparing the upper and then the lower 16
/// bits is the same as comparing all 32.
SPIKEOMETRIC_HOST_DEVICE inline Threshold threshold(float p) {
  const std::uint32_t high = high_threshold(p);
  const float rest = in_halves(p) - static_cast<float>(static_cast<std::int32_t>(high));
  return {high, static_cast<std::uint32_t>(static_cast<std::int32_t>(mul(rest, 65536.0f)))};
}

}  // namespace detail

/// Whether a 32-bit draw is below p 2^32: true with probability floor(p 2^32) / 2^32. p is clamped to [0, 1]; NaN
/// counts as 0. p = 0 always gives false, p = 1 always true. The upper 16 bits of the draw are half(0). The lower 16
/// bits, half(1), are drawn only if the upper bits equal those of the threshold, once in 65536 draws.
SPIKEOMETRIC_HOST_DEVICE inline bool bernoulli(float p, const PrimedDraws& draws) {
  const detail::Threshold limit = detail::threshold(p);
  return draws.first != limit.high ? draws.first < limit.high : draws.half(1) < limit.low;
}
SPIKEOMETRIC_HOST_DEVICE inline bool bernoulli(float p, const Draws& draws) {
  return bernoulli(p, PrimedDraws{draws, draws.half(0)});
}

}  // namespace spikeometric
