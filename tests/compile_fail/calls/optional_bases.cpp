// expect: spikeometric: `bases` of a filter must be `static constexpr std::size_t bases`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Filter : sk::ExponentialFilter {
  int bases = 2;
};

sk::Cascade<Filter> model;
