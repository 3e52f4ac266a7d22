// expect: spikeometric: `validate_neurons` of a policy must be `void validate_neurons(std::uint64_t) const`
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Identity {
  void validate_neurons() const {}
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g;
  }
};

sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Identity> model;
