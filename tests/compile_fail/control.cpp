// expect: success
#include <spikeometric/spikeometric.hpp>
