// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/filters.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

using Flexible = Cascade<WithSelf<RaisedCosine<3>, Fir>, NoHistory, NoBaseline, Logistic>;
const Flexible flexible{
    {.r = 2.0}, {{.last_peak_ms = 6.0, .window_steps = 15}, Fir{{1.0, 0.5}}}, {}, {}, {.theta = 3.0}};

}  // namespace

TEST_CASE("a filter is the sum of its basis functions, and the errors of its weights are those of the fit") {
  const auto spikes = simulated(network(4, 2.0), binary_family, support::slow_build ? 1000 : 4000);
  const auto fitted = fit(flexible, spikes, {.penalty = L2{1e-4}});
  const auto taps = flexible.filter.coupling.taps(1.0f);
  const auto onto = incoming_filters(fitted, 2);
  REQUIRE(onto.size() == 4);
  for (std::uint32_t pre = 0; pre < 4; ++pre) {
    if (pre == 2) continue;
    REQUIRE(onto[pre].values.size() == 15);
    for (std::size_t k = 0; k < 15; ++k) {
      double sum = 0.0, variance = 0.0;
      for (std::size_t m = 0; m < 3; ++m) {
        sum += 2.0 * static_cast<double>(taps[m][k]) * fitted.weight(pre, 2, m);
        for (std::size_t other = 0; other < 3; ++other)
          variance += 4.0 * static_cast<double>(taps[m][k]) * static_cast<double>(taps[other][k]) *
                      onto[pre].covariance(static_cast<Eigen::Index>(m), static_cast<Eigen::Index>(other));
      }
      CHECK(std::abs(onto[pre].values[k] - sum) < 1e-6 * (1.0 + std::abs(sum)));
      CHECK(std::abs(onto[pre].errors[k] - std::sqrt(variance)) < 1e-6);
    }
    for (std::size_t m = 0; m < 3; ++m) {
      const auto i = static_cast<Eigen::Index>(m);
      CHECK(std::sqrt(onto[pre].covariance(i, i)) == Approx(fitted.weight_error(pre, 2, m)).epsilon(1e-5));
    }
  }
  REQUIRE(onto[2].values.size() == 2);  // the own history
  CHECK(onto[2].values[0] == Approx(2.0 * fitted.weight(2, 2, 3)));
  CHECK(onto[2].values[1] == Approx(fitted.weight(2, 2, 3)));
  CHECK(onto[2].errors[0] == Approx(2.0 * fitted.weight_error(2, 2, 3)).epsilon(1e-5));
}

TEST_CASE("a filter of a fit without standard errors has none, and a neuron that does not exist has no filters") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 1000);
  const auto fitted = fit(flexible, spikes, {.penalty = L1{1e-3}});
  const auto onto = incoming_filters(fitted, 1);
  CHECK(std::isfinite(onto[0].values[3]));
  CHECK(std::isnan(onto[0].errors[3]));
  CHECK_THROWS_WITH(incoming_filters(fitted, 4), "neuron 4 is out of range: there are 4 neurons");
}
