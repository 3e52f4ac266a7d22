// expect: spikeometric: `dt_bounds` of a sampler must be `static constexpr sk::Bounds dt_bounds`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Sampler : sk::BernoulliSampler {
  double dt_bounds = 1.0;
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, Sampler> model;
