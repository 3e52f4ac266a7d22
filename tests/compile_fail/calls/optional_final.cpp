// expect: spikeometric: a policy must not be final, so that its optional members can be checked
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Identity final {
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g;
  }
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Identity> model;
