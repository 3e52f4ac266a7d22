// SPDX-License-Identifier: BSD-3-Clause
//
// How generated networks weigh their synapses.
//
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.mean = 0.5, .std = 0.1}}, seed);
//   sk::generate::erdos_renyi({.neurons = 1000, .weights = {.inhibitory_fraction = 0.2, .inhibitory_scale = 5}}, seed);
#pragma once

namespace spikeometric::generate {

/// What weights are divided by.
enum class Scaling {
  in_degree,  ///< sqrt(neurons probability): the input's variance does not depend on size or density
  neurons,    ///< sqrt(neurons)
  none
};

/// Weights w = mean + std z, z standard normal, as they are drawn; or, where a fraction of the neurons is inhibitory,
/// those of Dale's law: |w| from excitatory neurons and -inhibitory_scale |w| from inhibitory ones (Brunel 2000). The
/// inhibitory neurons are the last ones, from ceil(neurons (1 - inhibitory_fraction)) on.
struct Weights {
  double mean = 1.0;
  double std = 0.0;                  ///< not negative
  double inhibitory_fraction = 0.0;  ///< of the neurons, in [0, 1]; 0: no Dale's law
  double inhibitory_scale = 1.0;     ///< not negative
};

}  // namespace spikeometric::generate
