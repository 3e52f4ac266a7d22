// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/step/self_history.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/model/event.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint32_t neurons = 20;
constexpr std::uint64_t steps = 40;

/// counts[step][neuron]
std::vector<std::vector<std::uint32_t>> random_counts() {
  support::Numbers numbers{3};
  std::vector<std::vector<std::uint32_t>> counts(steps, std::vector<std::uint32_t>(neurons));
  for (auto& of_step : counts)
    for (auto& count : of_step)
      if (numbers.coin(0.3)) count = static_cast<std::uint32_t>(1 + numbers.below(4));
  return counts;
}

std::vector<CountEvent> list_of(const std::vector<std::uint32_t>& counts) {
  std::vector<CountEvent> list;
  for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
    if (counts[neuron] > 0) list.emplace_back(0u, neuron, counts[neuron]);
  return list;
}

constexpr std::uint64_t tick = 1000;  // of step 0

/// Calls check(step, recent) in each step, with a ring of `rows` lists of the spikes of the steps before.
template <class Check>
void go(std::size_t rows, const std::vector<std::vector<std::uint32_t>>& counts, Check check) {
  std::vector<std::vector<CountEvent>> recent(rows);
  for (std::uint64_t step = 0; step < steps; ++step) {
    check(step, recent);
    recent[(tick + step) % rows] = list_of(counts[step]);
  }
}

}  // namespace

TEST_CASE("recent spikes are found by their lag in a ring of any length") {
  const auto counts = random_counts();
  for (const std::size_t rows : {1u, 2u, 5u})
    go(rows, counts, [&](std::uint64_t step, const auto& recent) {
      for (std::uint64_t lag = 0; lag < rows && lag < step; ++lag) {
        const auto expected = list_of(counts[step - 1 - lag]);
        const auto& found = detail::recent_spikes(recent, tick + step, lag);
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i)
          REQUIRE((found[i].neuron == expected[i].neuron && found[i].count == expected[i].count));
      }
    });
}

TEST_CASE("the self-history is summed lag by lag from the latest, in single precision, onto what is there") {
  const auto counts = random_counts();
  const std::vector<float> h{-1e7f, 0.1f, 0.3f, 1e7f, -0.7f};
  for (const std::size_t rows : {h.size(), h.size() + 1})
    go(rows, counts, [&](std::uint64_t step, const auto& recent) {
      std::vector<float> sums(neurons, 0.25f), expected = sums;
      detail::add_self_history(h.data(), h.size(), 0, recent, tick + step, sums.data());
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
        for (std::size_t lag = 0; lag < h.size() && lag < step; ++lag)
          if (const std::uint32_t count = counts[step - 1 - lag][neuron]; count > 0)
            expected[neuron] = expected[neuron] + mul(h[lag], static_cast<float>(count));
      REQUIRE(sums == expected);
    });
}

TEST_CASE("with a stride, each neuron has its own taps") {
  const auto counts = random_counts();
  constexpr std::size_t lags = 3;
  support::Numbers numbers{4};
  std::vector<float> taps(neurons * lags);
  for (float& tap : taps) tap = static_cast<float>(numbers.real(-2.0, 1.0));
  go(lags, counts, [&](std::uint64_t step, const auto& recent) {
    std::vector<float> sums(neurons), expected = sums;
    detail::add_self_history(taps.data(), lags, lags, recent, tick + step, sums.data());
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      for (std::size_t lag = 0; lag < lags && lag < step; ++lag)
        expected[neuron] += mul(taps[neuron * lags + lag], static_cast<float>(counts[step - 1 - lag][neuron]));
    REQUIRE(sums == expected);
  });
}

TEST_CASE("over dual numbers it has the same values, and the derivatives of the taps") {
  const auto counts = random_counts();
  const std::vector<float> h{-3.3f, 0.1f, 0.7f};
  const std::vector<FloatDual> lifted{{h[0], 1.0}, {h[1], 0.5}, {h[2], 0.0}};
  go(h.size(), counts, [&](std::uint64_t step, const auto& recent) {
    std::vector<float> sums(neurons);
    std::vector<FloatDual> duals(neurons);
    detail::add_self_history(h.data(), h.size(), 0, recent, tick + step, sums.data());
    detail::add_self_history(lifted.data(), lifted.size(), 0, recent, tick + step, duals.data());
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
      REQUIRE(duals[neuron].value == sums[neuron]);
      const double expected =
          (step > 0 ? 1.0 * counts[step - 1][neuron] : 0.0) + (step > 1 ? 0.5 * counts[step - 2][neuron] : 0.0);
      REQUIRE(duals[neuron].derivative == expected);
    }
  });
}

TEST_CASE("without a self-history nothing is added") {
  const std::vector<std::vector<CountEvent>> recent{{{0u, 1u, 2u}}};
  float sums[2] = {};
  detail::add_self_history<float>(nullptr, 0, 0, recent, 1, sums);
  CHECK((sums[0] == 0.0f && sums[1] == 0.0f));
}
