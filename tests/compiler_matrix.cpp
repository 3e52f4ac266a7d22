// SPDX-License-Identifier: BSD-3-Clause
//
// What every compiler must agree on; compiler_matrix.sh compares the lines.
//
//   compiler_matrix SYNAPSES.csv [short | long]
#include "fingerprints.hpp"

int main(int argc, char** argv) {
  namespace sk = spikeometric;
  return fingerprints::print<sk::EigenBackend<>, sk::EigenBackend<sk::SparseMatvec>>(argc, argv);
}
