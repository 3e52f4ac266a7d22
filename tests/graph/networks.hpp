// SPDX-License-Identifier: BSD-3-Clause
//
// What tests of generated networks ask of a graph.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../statistics.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/random/hash.hpp"

namespace networks {

inline constexpr double infinity = std::numeric_limits<double>::infinity(),
                        not_a_number = std::numeric_limits<double>::quiet_NaN();

inline double as_double(std::uint64_t count) { return static_cast<double>(count); }

/// Number of synapses with property(pre, post, weight).
template <class GraphType, class Property>
std::uint64_t count_if(const GraphType& graph, Property property) {
  std::uint64_t count = 0;
  for (const auto& edge : graph.edges()) count += property(edge.pre, edge.post, edge.weight);
  return count;
}

template <class GraphType>
std::uint64_t autapses(const GraphType& graph) {
  return count_if(graph, [](auto pre, auto post, auto) { return pre == post; });
}

/// Whether the synapse pre -> post exists.
template <class GraphType>
bool has(const GraphType& graph, std::uint64_t pre, std::uint64_t post) {
  const auto targets = graph.targets(pre);
  return std::binary_search(targets.begin(), targets.end(), post);
}

template <class GraphType>
std::vector<std::uint64_t> out_degrees(const GraphType& graph) {
  std::vector<std::uint64_t> degrees;
  for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre) degrees.push_back(graph.out_degree(pre));
  return degrees;
}

template <class GraphType>
std::vector<std::uint64_t> in_degrees(const GraphType& graph) {
  std::vector<std::uint64_t> degrees(graph.neurons());
  for (const auto post : graph.rows().targets) ++degrees[post];
  return degrees;
}

inline bool all_equal(const std::vector<std::uint64_t>& degrees, std::uint64_t degree) {
  return std::all_of(degrees.begin(), degrees.end(), [&](std::uint64_t d) { return d == degree; });
}

template <class GraphType>
std::vector<double> weights(const GraphType& graph) {
  return {graph.rows().weights.begin(), graph.rows().weights.end()};
}

/// Mean and variance of independent binomial degrees, against those of Binomial(trials, p).
inline void check_binomial(const std::vector<std::uint64_t>& degrees, double trials, double p) {
  const double mean = trials * p, variance = mean * (1 - p), n = as_double(degrees.size());
  double sum = 0, squares = 0;
  for (const std::uint64_t degree : degrees) {
    sum += as_double(degree);
    squares += (as_double(degree) - mean) * (as_double(degree) - mean);
  }
  // The fourth central moment of a binomial is variance^2 (3 - 6 / trials) + variance.
  CHECK(sigmas(sum / n, mean, variance, n) < 5);
  CHECK(sigmas(squares / n, variance, variance * variance * (2 - 6 / trials) + variance, n) < 5);
}

/// Of the neurons, the synapses and the bits of the weights.
template <class Weight, class Vertex>
std::uint64_t hash_of(const spikeometric::Graph<Weight, Vertex>& graph) {
  std::uint64_t hash = graph.neurons();
  for (const auto& edge : graph.edges()) {
    using Bits = std::conditional_t<sizeof(Weight) == 4, std::uint32_t, std::uint64_t>;
    hash = spikeometric::detail::mix(spikeometric::detail::mix(hash ^ edge.pre) ^ edge.post) ^
           std::bit_cast<Bits>(edge.weight);
  }
  return hash;
}

}  // namespace networks
