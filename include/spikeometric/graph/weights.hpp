// SPDX-License-Identifier: BSD-3-Clause
//
// The weights of generated networks.
//
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.mean = 0.5, .std = 0.1}}, seed);
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.inhibitory_fraction = 0.2, .inhibitory_scale = 5}}, seed);
#pragma once

namespace spikeometric::generate {

/// The number that weights are divided by.
enum class Scaling {
  in_degree,  ///< sqrt(neurons probability): input variance does not depend on size or density
  neurons,    ///< sqrt(neurons)
  none        ///< 1
};

/// Weights w = mean + std z, with z standard normal. If a fraction of the neurons is inhibitory, Dale's law holds:
/// weights are |w| for excitatory presynaptic neurons and -inhibitory_scale |w| for inhibitory ones (Brunel 2000). The
/// inhibitory neurons are the last ones, from ceil(neurons (1 - inhibitory_fraction)) on.
struct Weights {
  double mean = 1.0;
  double std = 0.0;                  ///< not negative
  double inhibitory_fraction = 0.0;  ///< of the neurons, in [0, 1]; 0: no Dale's law
  double inhibitory_scale = 1.0;     ///< not negative
};

}  // namespace spikeometric::generate
