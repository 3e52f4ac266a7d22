// SPDX-License-Identifier: BSD-3-Clause
//
// Networks, each a pure function of its parameters and a seed, in O(synapses) time and memory.
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
//
//   generator         who is connected                                        weights
//   normal            each pair with a probability                            |normal|, half of the neurons inhibitory
//   uniform           each pair with a probability                            uniform, Dale's law if symmetric
//   erdos_renyi       each pair with a probability                            `Weights`
//   fixed_in_degree   every neuron with as many others, onto it               `Weights`
//   fixed_out_degree  every neuron with as many others, from it               `Weights`
//   small_world       neighbours on a ring, some replaced by any neuron       `Weights`
//   mexican_hat       all on a ring, or those within a radius                 difference of two Gaussians of distance
//
// `Weights` are constant or normal, from excitatory and inhibitory neurons if wanted. generate::normal<double> and
// generate::normal<float, std::uint16_t> make a Graph of these types.
#pragma once

#include "spikeometric/graph/erdos_renyi.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/graph/mexican_hat.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/graph/small_world.hpp"
#include "spikeometric/graph/uniform.hpp"
#include "spikeometric/graph/weights.hpp"
