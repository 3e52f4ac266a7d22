// SPDX-License-Identifier: BSD-3-Clause
//
// The fingerprints of the Thrust backend, in graphs that Thrust makes, too; fingerprints.sh compares. As plain C++ for
// the host's systems; nvcc -x cu makes it a program for a GPU.
#include <spikeometric/backend/thrust.hpp>
#include <spikeometric/graph/device_generate.hpp>

#include "fingerprints.hpp"

namespace sk = spikeometric;

/// The generators of the random graphs.
struct OnDevice {
  static auto normal(const sk::generate::Normal& p, sk::Seed seed) { return sk::generate::device::normal(p, seed); }
  static auto uniform(const sk::generate::Uniform& p, sk::Seed seed) { return sk::generate::device::uniform(p, seed); }
  static auto erdos_renyi(const sk::generate::ErdosRenyi& p, sk::Seed seed) {
    return sk::generate::device::erdos_renyi(p, seed);
  }
  static auto fixed_in_degree(const sk::generate::FixedDegree& p, sk::Seed seed) {
    return sk::generate::device::fixed_in_degree(p, seed);
  }
  static auto fixed_out_degree(const sk::generate::FixedDegree& p, sk::Seed seed) {
    return sk::generate::device::fixed_out_degree(p, seed);
  }
  static auto small_world(const sk::generate::SmallWorld& p, sk::Seed seed) {
    return sk::generate::device::small_world(p, seed);
  }
};

using Tested = fingerprints::Cases<sk::ThrustBackend, sk::ThrustBackend, OnDevice>;

#include "fingerprints_main.hpp"
