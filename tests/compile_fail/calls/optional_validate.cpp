// expect: spikeometric: `validate` of a policy must be `void validate() const` or `void validate(Real dt) const`
#include <spikeometric/spikeometric.hpp>

struct Quadratic {
  void validate(double, double) const {}
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g < Real(0) ? Real(0) : g * g;
  }
};

namespace sk = spikeometric;
sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Quadratic, sk::PoissonSampler> model;
