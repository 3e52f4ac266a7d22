// expect: spikeometric: `validate` of a policy must be `void validate() const` or `void validate(Real dt) const`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Filter : sk::ExponentialFilter {
  void validate(double, double) const {}
};

sk::Cascade<sk::Basis<Filter, 2>> model;
