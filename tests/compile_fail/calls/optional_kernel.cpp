// expect: spikeometric: `kernel` of a policy must be `auto kernel(Real dt) const`
#include <spikeometric/spikeometric.hpp>

struct Quadratic {
  Quadratic kernel(float, double, int) const { return *this; }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g < Real(0) ? Real(0) : g * g;
  }
};

namespace sk = spikeometric;
sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Quadratic, sk::PoissonSampler> model;
