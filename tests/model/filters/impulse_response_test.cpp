// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/impulse_response.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"

using namespace spikeometric;

namespace {

/// Checks taps against c(k) with a tolerance for the recursion's rounding: less than 1e-15 of the peak in each step.
template <class Tap>
void check_taps(const std::vector<double>& taps, std::size_t size, Tap c) {
  REQUIRE(taps.size() == size);
  double peak = 0.0;
  for (std::size_t k = 0; k < size; ++k) peak = std::max(peak, std::abs(c(static_cast<double>(k))));
  for (std::size_t k = 0; k < size; ++k) {
    CAPTURE(k);
    REQUIRE(std::abs(taps[k] - c(static_cast<double>(k))) < 1e-15 * static_cast<double>(size) * peak);
  }
}

/// A filter of a user: the sum of this step and of that three steps ago.
struct Echo {
  struct Kernel {
    struct State {};
    std::uint32_t memory() const { return 3; }
    template <class Past>
    float operator()(State&, float sum, const Past& past) const {
      return sum + 0.5f * past(3);
    }
  };
  Kernel kernel(float) const { return {}; }
};

}  // namespace

TEST_CASE("impulse responses are those of the filters' formulas, with as many taps as the window") {
  const auto exponential = impulse_responses(ExponentialFilter{.coupling_decay = 0.25, .coupling_window = 30}, 0.5);
  REQUIRE(exponential.size() == 1);
  check_taps(exponential[0], 30, [](double k) { return std::exp(-0.125 * k); });
  const auto constant = impulse_responses(TimeConstantFilter{.tau = 4.0, .T = 9}, 1.0f);
  check_taps(constant[0], 9, [](double k) { return std::exp(-0.25 * k); });
}

TEST_CASE("an infinite response ends where it has decayed to 1e-13 of its peak") {
  const auto leaky = impulse_responses(LeakyFilter{.tau = 8.0}, 0.5);
  const double kept = 1.0 - 0.5 / 8.0;
  const auto size = static_cast<std::size_t>(std::floor(std::log(1e-13) / std::log(kept))) + 1;
  check_taps(leaky[0], size, [&](double k) { return 0.5 * std::pow(kept, k); });

  const auto rising = impulse_responses(BiexponentialFilter{.tau_decay = 8.0, .tau_rise = 4.0}, 1.0);
  check_taps(rising[0], rising[0].size(), [](double k) {
    return 4.0 * (std::exp(-k / 8.0) - std::exp(-k / 4.0));
  });  // the peak is at exp(-k/8) = 1/2
  CHECK(rising[0].back() > 1e-13);
  CHECK(4.0 * std::exp(-static_cast<double>(rising[0].size()) / 8.0) < 1e-13);

  check_message<InvalidParameter>([] { impulse_responses(LeakyFilter{.tau = 0.5}, 1.0); }, {"dt = 1", "tau = 0.5"});
  CHECK_NOTHROW(impulse_responses(BasicLeakyFilter<double>{.tau = 0.1}, 0.1));  // 0.1f is larger
  check_message<InvalidParameter>([] { impulse_responses(LeakyFilter{.tau = 1e6}, 1.0); },
                                  {"more than a million steps"});
}

TEST_CASE("the taps of a Fir are its coefficients, whatever their sizes") {
  CHECK(impulse_responses(BasicFir<double>{{1e15, 0.1, 0.0, 1e-300}}, 1.0) ==
        std::vector<std::vector<double>>{{1e15, 0.1, 0.0, 1e-300}});
  CHECK(impulse_responses(Fir{{0.1, 2.0}}, 1.0) == std::vector<std::vector<double>>{{double(0.1f), 2.0}});
}

TEST_CASE("a basis has a response for each function") {
  const auto cosines = impulse_responses(RaisedCosine<3>{.last_peak_ms = 5.0, .window_steps = 14}, 1.0);
  const auto expected = BasicRaisedCosine<double, 3>{0.0, 5.0, 1.0, 14}.taps(1.0);
  REQUIRE(cosines.size() == 3);
  for (std::size_t m = 0; m < 3; ++m) check_taps(cosines[m], 14, [&](double k) { return expected[m][std::size_t(k)]; });

  const Basis<ExponentialFilter, 2> two{
      {{{.coupling_decay = 0.5, .coupling_window = 3}, {.coupling_decay = 0.1, .coupling_window = 40}}}};
  const auto both = impulse_responses(two, 1.0);
  REQUIRE(both.size() == 2);
  check_taps(both[0], 3, [](double k) { return std::exp(-0.5 * k); });
  check_taps(both[1], 40, [](double k) { return std::exp(-double(0.1f) * k); });
}

TEST_CASE("the response of a user's filter is found by its kernel") {
  CHECK(impulse_responses(Echo{}, 1.0) == std::vector<std::vector<double>>{{1.0, 0.0, 0.0, 0.5}});
}

TEST_CASE("responses have derivatives by the parameters of the filter") {
  const auto by_tau = detail::lifted_responses(TimeConstantFilter{.tau = 4.0, .T = 9}, 1.0,
                                               [](std::string_view name) { return name == "tau" ? 1.0 : 0.0; });
  for (std::size_t k = 0; k < 9; ++k) {
    const auto time = static_cast<double>(k);
    CHECK(by_tau[0][k].derivative == Approx(std::exp(-time / 4.0) * time / 16.0).epsilon(1e-12));
  }
}
