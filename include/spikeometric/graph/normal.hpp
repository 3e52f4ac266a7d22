// SPDX-License-Identifier: BSD-3-Clause
//
// Excitatory and inhibitory neurons, connected at random, with normally distributed weights.
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

/// Parameters of normal.
struct Normal {
  std::uint64_t neurons = 0;
  double probability = 0.1;
  double mean = 0.0;
  double std = 1.0;
  Scaling scaling = Scaling::in_degree;
  bool autapses = false;

  static constexpr auto parameters() {
    return std::tuple{
        parameter("neurons", &Normal::neurons, "1", detail::network_size, "number of neurons"),
        parameter("probability", &Normal::probability, "1", bounds::probability, "connection probability of a pair"),
        parameter("mean", &Normal::mean, "1", bounds::any_number, "mean weight, before the sign is set"),
        parameter("std", &Normal::std, "1", bounds::non_negative,
                  "standard deviation of weights, before the sign is set"),
        parameter("scaling", &Normal::scaling, "weights are divided by its square root"),
        parameter("autapses", &Normal::autapses, "whether neurons may project to themselves")};
  }
};

namespace detail {

struct NormalWeights {
  Normal p;
  double scale;

  SPIKEOMETRIC_HOST_DEVICE double operator()(std::uint64_t pre, std::uint32_t low, std::uint32_t high) const {
    const double weight = magnitude(p.mean + mul(p.std, spikeometric::normal(low, high)));
    return (pre < (p.neurons + 1) / 2 ? scale : -scale) * weight;
  }
};

/// Throws as normal does.
template <class Vertex>
PairSynapses<NormalWeights> synapses_of(const Normal& p, Seed seed) {
  validate<Vertex>(p);
  return {p.neurons, p.probability, p.autapses, {p, scale_of(p.scaling, p.neurons, p.probability)}, seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p, by at most one synapse. The
/// mean number of synapses is p N (N - 1), or p N^2 with autapses. Weights are |mean + std z| divided by the scaling,
/// with z standard normal. They are positive for presynaptic neurons 0 to ceil(N / 2) - 1 and negative for the others
/// (Dale's law).
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and InvalidGraph if
/// there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> normal(const Normal& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
