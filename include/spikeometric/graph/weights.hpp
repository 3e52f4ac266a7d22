// SPDX-License-Identifier: BSD-3-Clause
//
// The weights of generated networks.
//
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.mean = 0.5, .std = 0.1}}, seed);
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.inhibitory_fraction = 0.2, .inhibitory_scale = 5}}, seed);
#pragma once

#include <array>
#include <tuple>

#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric::generate {

/// The divisor of weights.
enum class Scaling {
  in_degree,  ///< sqrt(neurons probability): input variance does not depend on size or density
  neurons,    ///< sqrt(neurons)
  none        ///< 1
};

constexpr std::array<const char*, 3> names_of(Scaling) { return {"in_degree", "neurons", "none"}; }

namespace detail {

inline constexpr Bounds network_size{.lowest = 1.0, .highest = 0x1p32};

}  // namespace detail

/// Weights w = mean + std z, with z standard normal. If inhibitory_fraction is above 0, Dale's law holds: weights are
/// |w| for excitatory presynaptic neurons and -inhibitory_scale |w| for inhibitory ones (Brunel 2000). The inhibitory
/// neurons are the last ones, from ceil(neurons (1 - inhibitory_fraction)) on.
struct Weights {
  double mean = 1.0;
  double std = 0.0;
  double inhibitory_fraction = 0.0;
  double inhibitory_scale = 1.0;

  static constexpr auto parameters() {
    return std::tuple{parameter("mean", &Weights::mean, "1", bounds::any_number, "mean weight"),
                      parameter("std", &Weights::std, "1", bounds::non_negative, "standard deviation of weights"),
                      parameter("inhibitory_fraction", &Weights::inhibitory_fraction, "1", bounds::probability,
                                "fraction of inhibitory neurons (the last ones); 0: weights keep their sign"),
                      parameter("inhibitory_scale", &Weights::inhibitory_scale, "1", bounds::non_negative,
                                "inhibitory weights relative to excitatory ones")};
  }
};

}  // namespace spikeometric::generate
