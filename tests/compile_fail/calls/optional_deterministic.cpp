// expect: spikeometric: `deterministic` of a sampler must be `static constexpr bool deterministic`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Sampler : sk::BernoulliSampler {
  bool deterministic() const { return true; }
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, Sampler> model;
