// SPDX-License-Identifier: BSD-3-Clause
//
// The rules of the library's arithmetic: IEEE 754 single and double precision, with each operation rounded once.
//
//   SPIKEOMETRIC_HOST_DEVICE float line(float a, float x, float b) { return sk::mul(a, x) + b; }
//
//   if (!sk::build_is_exact()) std::cerr << "compile with -ffp-contract=off for reproducible results\n";
#pragma once

#include <cfloat>
#include <cmath>

#if defined(__CUDACC__)
#define SPIKEOMETRIC_HOST_DEVICE __host__ __device__
#else
#define SPIKEOMETRIC_HOST_DEVICE
#endif

#if !defined(SPIKEOMETRIC_ALLOW_FAST_MATH)
#if defined(__FAST_MATH__)
#error \
    "spikeometric: -ffast-math changes spikes; drop it, or define SPIKEOMETRIC_ALLOW_FAST_MATH and lose reproducibility"
#elif (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(__ASSOCIATIVE_MATH__) || \
    defined(__RECIPROCAL_MATH__)
#error \
    "spikeometric: a part of -ffast-math is on, which changes spikes; drop it, or define SPIKEOMETRIC_ALLOW_FAST_MATH"
#endif
#endif

namespace spikeometric {

#if !defined(SPIKEOMETRIC_ALLOW_FAST_MATH)
static_assert(FLT_EVAL_METHOD == 0,
              "spikeometric: float must be evaluated in float (on 32-bit x86 use -msse2 -mfpmath=sse)");
#endif

/// The rounded product a b, for any Real with operator*. A device compiler does not fuse it with a following addition.
/// A host compiler may, unless the flag `-ffp-contract=off` is given; the CMake targets set it.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real mul(const Real& a, const Real& b) {
  return a * b;
}
#if defined(__CUDA_ARCH__)
template <>
SPIKEOMETRIC_HOST_DEVICE inline float mul<float>(const float& a, const float& b) {
  return __fmul_rn(a, b);
}
template <>
SPIKEOMETRIC_HOST_DEVICE inline double mul<double>(const double& a, const double& b) {
  return __dmul_rn(a, b);
}
#endif

/// The correctly rounded square root (IEEE 754).
SPIKEOMETRIC_HOST_DEVICE inline double sqrt(double x) {
#if defined(__CUDA_ARCH__)
  return __dsqrt_rn(x);
#else
  return std::sqrt(x);
#endif
}
SPIKEOMETRIC_HOST_DEVICE inline float sqrt(float x) {
#if defined(__CUDA_ARCH__)
  return __fsqrt_rn(x);
#else
  return std::sqrt(x);
#endif
}

namespace detail {

/// The type for the constants of a policy over Real and for the states of its filters: double if Real is float,
/// otherwise Real. Results are rounded to Real once.
template <class Real>
struct Wider {
  using Type = Real;
};
template <>
struct Wider<float> {
  using Type = double;
};
template <class Real>
using Wide = typename Wider<Real>::Type;

}  // namespace detail

/// Whether the compiler neither fused nor reordered multiplications and additions in this translation unit, in float
/// and double. If it did, simulations run, but their results are not reproducible. All translation units of a program
/// need the same flags, since the linker keeps one copy of each shared function. This function is not shared.
[[maybe_unused]] static bool build_is_exact() {
  volatile float x = 1.0f + 0x1p-12f;
  volatile float minus_square = -(1.0f + 0x1p-11f);  // the square of x rounded to float
  volatile double y = 1.0 + 0x1p-27;
  volatile double minus_double_square = -(1.0 + 0x1p-26);
  volatile float third = 1.0f / 3.0f, large = 0x1p23f;
  const float a = x, b = minus_square, small = third, rounder = large;
  const double c = y, d = minus_double_square;
  return a * a + b == 0.0f && c * c + d == 0.0 && (small + rounder) - rounder == 0.0f;
}

/// Whether this process keeps denormal numbers. A process that flushes them to zero (-ffast-math in any linked object,
/// or a set FTZ or DAZ bit) computes different results; the simulator refuses to start in it.
inline bool denormals_are_kept() {
  volatile float smallest_float = FLT_MIN;
  volatile double smallest_double = DBL_MIN;
  volatile float half = smallest_float * 0.5f;
  volatile double half_double = smallest_double * 0.5;
  return half * 2.0f == smallest_float && half_double * 2.0 == smallest_double;
}

}  // namespace spikeometric
