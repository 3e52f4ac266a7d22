// SPDX-License-Identifier: BSD-3-Clause
//
// What every compiler must agree on; compiler_matrix.sh compares the lines.
//
//   compiler_matrix SYNAPSES.csv [short | long]
#include "fingerprints.hpp"

namespace sk = spikeometric;

using Tested = fingerprints::Cases<sk::EigenBackend<>, sk::EigenBackend<sk::SparseMatvec>>;

#include "fingerprints_main.hpp"
