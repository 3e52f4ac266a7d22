// SPDX-License-Identifier: BSD-3-Clause
//
// spikeometric: networks of stochastic spiking neurons. This header has everything that needs only Eigen and Random123.
//
//   #include <spikeometric/spikeometric.hpp>
//   namespace sk = spikeometric;
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
//   sk::Simulator simulator{graph, sk::BernoulliGLM{{.theta = 5.0f}}, sk::no_stimulus, sk::Seed{42}};
//   const sk::Events spikes = simulator.run(10'000);
#pragma once

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/eigen.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/csv.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/svg.hpp"
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/bernoulli_glm.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/filter.hpp"
#include "spikeometric/model/history.hpp"
#include "spikeometric/model/nonlinearity.hpp"
#include "spikeometric/model/parameter.hpp"
#include "spikeometric/model/sampler.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/raster.hpp"
#include "spikeometric/simulate/recorder.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/version.hpp"
