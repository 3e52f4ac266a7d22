// expect: spikeometric: a sampler with `log_probability` must have functions of any Real
#include <spikeometric/spikeometric.hpp>

struct Sampler : spikeometric::BernoulliSampler {
  double log_probability(double mu) const { return mu; }
};

namespace sk = spikeometric;
sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, Sampler> model;
