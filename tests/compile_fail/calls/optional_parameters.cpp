// expect: spikeometric: `parameters` of a policy must be `static constexpr auto parameters()`
#include <spikeometric/spikeometric.hpp>

struct Quadratic {
  double gain = 1.0;
  auto parameters() const { return std::tuple{spikeometric::parameter("gain", &Quadratic::gain, "1", {}, "gain")}; }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g < Real(0) ? Real(0) : g * g;
  }
};

namespace sk = spikeometric;
sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Quadratic, sk::PoissonSampler> model;
