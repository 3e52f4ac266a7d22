// SPDX-License-Identifier: BSD-3-Clause
//
// Generated networks. Each is a pure function of its parameters and a seed, and takes O(synapses + N) time and memory.
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
//
//   generator         connections                                             weights
//   normal            each pair with the same probability                     |normal|, half of the neurons inhibitory
//   uniform           each pair with the same probability                     uniform, Dale's law if symmetric
//   erdos_renyi       each pair with the same probability                     `Weights`
//   fixed_in_degree   the same number of synapses onto every neuron           `Weights`
//   fixed_out_degree  the same number of synapses from every neuron           `Weights`
//   small_world       neighbours on a ring, some rewired at random            `Weights`
//   mexican_hat       all pairs on a ring, or those within a radius           difference of two Gaussians of distance
//
// `Weights` are constant or normally distributed, optionally with inhibitory neurons. Template arguments choose the
// types of the Graph: generate::normal<double>, generate::normal<float, std::uint16_t>.
#pragma once

#include "spikeometric/graph/erdos_renyi.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/graph/mexican_hat.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/graph/small_world.hpp"
#include "spikeometric/graph/uniform.hpp"
#include "spikeometric/graph/weights.hpp"
