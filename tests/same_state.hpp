// SPDX-License-Identifier: BSD-3-Clause
//
// Comparison of states, bit by bit.
#pragma once

#include <algorithm>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <vector>

#include "spikeometric/backend/state.hpp"

/// Numbers bit by bit; filter states as the numbers that they hold.
template <class Value>
bool same_value(const Value& a, const Value& b) {
  if constexpr (requires { a.of; })
    return std::equal(std::begin(a.of), std::end(a.of), std::begin(b.of),
                      [](const auto& x, const auto& y) { return same_value(x, y); });
  else
    return std::is_empty_v<Value> || std::memcmp(&a, &b, sizeof a) == 0;
}
template <class Value>
bool same_values(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_value<Value>);
}

template <class ModelType>
bool same(const spikeometric::SimulatorState<ModelType>& a, const spikeometric::SimulatorState<ModelType>& b) {
  const auto same_spike = [](const auto& x, const auto& y) {
    return x.offset == 0 && y.offset == 0 && x.neuron == y.neuron && x.count == y.count;
  };
  const auto same_step = [&](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_spike);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    return x.random_step == y.random_step && x.step == y.step && x.arriving == y.arriving &&
           x.exponents == y.exponents && same_values(x.filters, y.filters) && same_values(x.past, y.past) &&
           std::equal(x.recent.begin(), x.recent.end(), y.recent.begin(), y.recent.end(), same_step);
  });
}
