// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/detail/block_filter.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"

using namespace spikeometric;
using detail::BlockFilter;

namespace {

/// Checks that filtering `size` neurons at once gives the bits of filtering each alone.
template <std::size_t Bases, class FilterKernel>
void check_block(const FilterKernel& filter, std::size_t size) {
  support::Numbers numbers{size};
  constexpr std::size_t before = 3;  // neurons of other blocks
  const std::uint32_t rows = std::max(filter.memory(), 1u), row = rows / 2;
  const auto random = [&](std::size_t number) {
    std::vector<float> values(number);
    for (float& value : values) value = static_cast<float>(numbers.real(-2.0, 2.0));
    return values;
  };
  const std::vector<float> sums = random(size * Bases), ring = random(rows * (before + size) * Bases);
  const auto past = [&](std::size_t i) {
    return detail::RingPast<Bases>{ring.data(), (before + size) * Bases, row, rows, before + i};
  };
  std::vector<typename FilterKernel::State> states(size), expected(size);
  std::vector<typename BlockFilter<FilterKernel>::Value> x(size);
  for (int step = 0; step < 2; ++step) {  // the second from the states that the first has left
    BlockFilter<FilterKernel>::apply(filter, x.data(), states.data(), size, sums.data(), past(0));
    for (std::size_t i = 0; i < size; ++i) {
      CAPTURE(size, i);
      if constexpr (Bases == 1)
        REQUIRE(x[i] == filter(expected[i], sums[i], past(i)));
      else
        REQUIRE(x[i] == filter(expected[i], sums.data() + i * Bases, past(i)));
    }
  }
}

struct Derived : detail::KernelOf<Fir> {};

/// A filter that returns a reference to a number.
struct Latest {
  using State = float;
  std::uint32_t memory() const { return 0; }
  template <class Past>
  const float& operator()(State& state, float sum, const Past&) const {
    return state = state + sum;
  }
};

template <class Policy>
constexpr bool has_block_filter = BlockFilter<detail::KernelOf<Policy>>::exists;

}  // namespace

TEST_CASE("a Fir of many neurons at once is bit-identical to one neuron after another") {
  const std::size_t size = GENERATE(1, 7, 256);
  HostArrays arrays;
  check_block<1>(detail::kernel_of(Fir{{0.5, -1.25, 0.0, 3.0, 0.1}}, 1.0f, arrays), size);
  check_block<1>(detail::kernel_of(Fir{{2.0}}, 1.0f, arrays), size);
}

TEST_CASE("a Basis of many neurons at once is bit-identical to one neuron after another") {
  const std::size_t size = GENERATE(1, 255, 256);
  HostArrays arrays;
  const Basis<Fir, 3> taps{{{{{0.5, 1.0, -2.0}}, {{0.1}}, {{0.0, 0.0, 0.0, 0.7}}}}};
  check_block<3>(detail::kernel_of(taps, 1.0f, arrays), size);
  const Basis<ExponentialFilter, 2> decays{{{{.coupling_window = 7}, {.coupling_window = infinite_window}}}};
  check_block<2>(detail::kernel_of(decays, 1.0f, arrays), size);
  const Basis<BiexponentialFilter, 2> potentials{{{{.tau_decay = 10.0, .tau_rise = 0.5}, {.tau_decay = 80.0}}}};
  check_block<2>(detail::kernel_of(potentials, 1.0f, arrays), size);
  check_block<2>(detail::BasisKernel<Latest, 2>{}, size);
  check_block<2>(Basis<BasicFir<double>, 2>{{{{{0.5, 0.3}}, {{0.1}}}}}.kernel(1.0, arrays), size);
}

TEST_CASE("other filters go neuron by neuron") {
  STATIC_REQUIRE((has_block_filter<Fir> && has_block_filter<Basis<Fir, 2>>));
  STATIC_REQUIRE((!has_block_filter<ExponentialFilter> && has_block_filter<Basis<ExponentialFilter, 2>>));
  STATIC_REQUIRE((!has_block_filter<BasicFir<double>> && !has_block_filter<BasicFir<Dual>>));
  STATIC_REQUIRE(!BlockFilter<Derived>::exists);
}
