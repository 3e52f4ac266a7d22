// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/detail/block_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/arrays.hpp"

using namespace spikeometric;
using detail::BlockFilter;

namespace {

/// Checks that `size` neurons at once give what each by itself gives.
template <std::size_t Bases, class FilterKernel>
void check_block(const FilterKernel& filter, std::size_t size) {
  support::Numbers numbers{size};
  std::vector<std::vector<float>> rows(filter.memory() + 1, std::vector<float>(size * Bases));  // by lag
  for (auto& row : rows)
    for (float& sum : row) sum = static_cast<float>(numbers.real(-2.0, 2.0));
  std::vector<float> x(size);
  BlockFilter<FilterKernel>::apply(filter, x.data(), size, rows[0].data(),
                                   [&](std::uint32_t lag) { return rows[lag].data(); });
  for (std::size_t i = 0; i < size; ++i) {
    const auto past = [&](std::uint32_t lag, std::size_t basis = 0) { return rows[lag][i * Bases + basis]; };
    typename FilterKernel::State state{};
    CAPTURE(size, i);
    if constexpr (Bases == 1)
      REQUIRE(x[i] == filter(state, rows[0][i], past));
    else
      REQUIRE(x[i] == filter(state, rows[0].data() + i * Bases, past));
  }
}

struct Derived : Fir::Kernel {};

template <class Policy>
constexpr bool has_block_filter = BlockFilter<detail::KernelOf<Policy>>::exists;

}  // namespace

TEST_CASE("a Fir of many neurons at once has the bits of one after another") {
  const std::size_t size = GENERATE(1, 7, 256);
  HostArrays arrays;
  check_block<1>(Fir{{0.5f, -1.25f, 0.0f, 3.0f, 0.1f}}.kernel(1.0f, arrays), size);
  check_block<1>(Fir{{2.0f}}.kernel(1.0f, arrays), size);
}

TEST_CASE("a Basis of Firs of many neurons at once has the bits of one after another") {
  const std::size_t size = GENERATE(1, 255, 256, 257, 1000);
  HostArrays arrays;
  check_block<3>(Basis<Fir, 3>{{{{{0.5f, 1.0f, -2.0f}}, {{0.1f}}, {{0.0f, 0.0f, 0.0f, 0.7f}}}}}.kernel(1.0f, arrays),
                 size);
}

TEST_CASE("filters with a state, in double, or that the library does not know, go neuron by neuron") {
  STATIC_REQUIRE((has_block_filter<Fir> && has_block_filter<Basis<Fir, 2>>));
  STATIC_REQUIRE((!has_block_filter<ExponentialFilter> && !has_block_filter<Basis<ExponentialFilter, 2>>));
  STATIC_REQUIRE((!has_block_filter<BasicFir<double>> && !has_block_filter<BasicFir<Dual>>));
  STATIC_REQUIRE(!BlockFilter<Derived>::exists);
}
