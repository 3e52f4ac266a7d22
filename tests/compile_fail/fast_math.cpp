// expect: spikeometric: -ffast-math changes spikes
#define __FAST_MATH__ 1
#include <spikeometric/spikeometric.hpp>
