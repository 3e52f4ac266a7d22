// expect: spikeometric: `parts` of a policy must be `static constexpr auto parts()`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Identity {
  int parts() const { return 0; }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g;
  }
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Identity> model;
