// expect: spikeometric: `validate` of a policy must be `void validate() const` or `void validate(Real dt) const`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Identity {
  void validate(double, double) const {}
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g;
  }
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::PerNeuron<Identity>> model;
