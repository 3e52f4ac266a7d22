// SPDX-License-Identifier: BSD-3-Clause
//
// Neurons connected at random, with uniformly distributed weights.
//
//   const auto mixed = sk::generate::uniform({.neurons = 1000, .probability = 0.1, .low = -1, .high = 1}, sk::Seed{7});
//   const auto excitatory = sk::generate::uniform({.neurons = 1000, .low = 0, .high = 0.5}, sk::Seed{7});
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate {

/// Parameters of uniform.
struct Uniform {
  std::uint64_t neurons = 0;
  double probability = 0.1;
  double low = -1.0;
  double high = 1.0;
  Scaling scaling = Scaling::none;
  bool autapses = false;

  static constexpr auto parameters() {
    return std::tuple{
        parameter("neurons", &Uniform::neurons, "1", detail::network_size, "number of neurons"),
        parameter("probability", &Uniform::probability, "1", bounds::probability, "connection probability of a pair"),
        parameter("low", &Uniform::low, "1", bounds::any_number, "minimum weight"),
        parameter("high", &Uniform::high, "1", bounds::any_number,
                  "maximum weight; if low = -high, half of the neurons are inhibitory"),
        parameter("scaling", &Uniform::scaling, "weights are divided by its square root"),
        parameter("autapses", &Uniform::autapses, "whether neurons may project to themselves")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or low is above high.
  void validate() const {
    using spikeometric::detail::to_text;
    validate_parameters(*this);
    if (low > high) throw InvalidParameter("low = " + to_text(low) + " must be at most high = " + to_text(high));
  }
};

namespace detail {

struct UniformWeights {
  Uniform p;
  double scale;

  SPIKEOMETRIC_HOST_DEVICE double operator()(std::uint64_t pre, std::uint32_t low, std::uint32_t high) const {
    const double weight = p.low + mul(p.high - p.low, spikeometric::uniform(low, high));
    if (p.low != -p.high) return scale * weight;
    return (pre < (p.neurons + 1) / 2 ? scale : -scale) * magnitude(weight);
  }
};

/// Throws as uniform does.
template <class Vertex>
PairSynapses<UniformWeights> synapses_of(const Uniform& p, Seed seed) {
  validate<Vertex>(p);
  return {p.neurons, p.probability, p.autapses, {p, scale_of(p.scaling, p.neurons, p.probability)}, seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p, by at most one synapse. The
/// mean number of synapses is p N (N - 1), or p N^2 with autapses. Weights w are uniform on [low, high), divided by the
/// scaling and then rounded. If low = -high, Dale's law holds: weights are |w| for presynaptic neurons 0 to ceil(N / 2)
/// - 1 and -|w| for the others.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and InvalidGraph if
/// there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> uniform(const Uniform& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
