// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/check_policy.hpp"

#include <math.h>

#include <type_traits>

#include "../catch.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"

using namespace spikeometric;

namespace {

struct LogOfOnePlus {
  double gain = 0.3;

  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g, Real dt) const {
    return Real(gain) * dt * spikeometric::log1p(spikeometric::exp(g));
  }
};

/// Calls the C library's exp for floats, as an unqualified name in a namespace of the user does.
struct OfTheLibraryC {
  template <class Real>
  Real operator()(Real g) const {
    if constexpr (std::is_same_v<Real, float>)
      return static_cast<float>(::exp(static_cast<double>(g)));
    else
      return spikeometric::exp(g);
  }
};

struct Fused {
  template <class Real>
  Real operator()(Real g) const {
    if constexpr (std::is_same_v<Real, float>)
      return ::fmaf(g, g, 0.1f);
    else
      return g * g + Real(0.1f);
  }
};

}  // namespace

TEST_CASE("nonlinearities that call the library's functions pass the check") {
  CHECK(check_policy(Logistic{}) == "");
  CHECK(check_policy(Logistic{.theta = 1.5}, 0.25) == "");
  CHECK(check_policy(Exponential{}) == "");
  CHECK(check_policy(RectifiedLinear{}, 2.0) == "");
  CHECK(check_policy(Identity{}) == "");
  CHECK(check_policy(LogOfOnePlus{}) == "");
}

TEST_CASE("a nonlinearity that calls another exponential, or fuses, is reported with the first input that differs") {
  CHECK_THAT(check_policy(OfTheLibraryC{}), Catch::StartsWith("f(") && Catch::Contains("call sk::exp"));
  CHECK_THAT(check_policy(Fused{}), Catch::StartsWith("f(") && Catch::Contains("sk::mul"));
}
