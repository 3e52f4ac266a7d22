// SPDX-License-Identifier: BSD-3-Clause
//
// The program of the cases `Tested`: see fingerprints.hpp. A source that includes this is a whole program or, with
// FINGERPRINTS_PART from 0 to 5, one of six parts of it, each of which takes less memory to compile.
#include "cuda/device.hpp"

#if !defined(FINGERPRINTS_PART) || FINGERPRINTS_PART == 0
int main(int argc, char** argv) { return device_is_there() ? fingerprints::print<Tested>(argc, argv) : 77; }
#endif

#if !defined(FINGERPRINTS_PART)
#elif FINGERPRINTS_PART == 0
extern template void Tested::named_models(const spikeometric::Graph<>&);
extern template void Tested::models_of_neurons(const spikeometric::Graph<>&);
extern template void Tested::cascades(const spikeometric::Graph<>&);
extern template void Tested::stimuli(const spikeometric::Graph<>&);
extern template void Tested::delays_and_batches(const spikeometric::Graph<>&);
#elif FINGERPRINTS_PART == 1
template void Tested::named_models(const spikeometric::Graph<>&);
#elif FINGERPRINTS_PART == 2
template void Tested::models_of_neurons(const spikeometric::Graph<>&);
#elif FINGERPRINTS_PART == 3
template void Tested::cascades(const spikeometric::Graph<>&);
#elif FINGERPRINTS_PART == 4
template void Tested::stimuli(const spikeometric::Graph<>&);
#elif FINGERPRINTS_PART == 5
template void Tested::delays_and_batches(const spikeometric::Graph<>&);
#endif
