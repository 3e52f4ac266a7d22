// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/concepts.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"

using namespace spikeometric;

namespace {

struct NotAModel {};

// Minimal models of each concept.

struct SumItself {
  struct Kernel {
    struct State {};
    std::uint32_t memory() const { return 0; }
    template <class Past>
    float operator()(State&, float sum, const Past&) const {
      return sum;
    }
  };
  Kernel kernel(float) const { return {}; }
};
static_assert(Filter<SumItself>);
static_assert(Filter<ExponentialFilter>);
static_assert(Filter<BasicExponentialFilter<double>>);
static_assert(!Filter<NotAModel>);

struct NoMemory {
  struct Kernel {
    struct State {};
    template <class Past>
    float operator()(State&, float sum, const Past&) const {
      return sum;
    }
  };
  Kernel kernel(float) const { return {}; }
};
static_assert(!Filter<NoMemory>);

struct NoState {
  struct Kernel {
    std::uint32_t memory() const { return 0; }
    template <class State, class Past>
    float operator()(State&, float sum, const Past&) const {
      return sum;
    }
  };
  Kernel kernel(float) const { return {}; }
};
static_assert(!Filter<NoState>);

struct ChangesItself {
  struct Kernel {
    using State = float;
    std::uint32_t memory() const { return 0; }
    template <class Past>
    float operator()(State&, float sum, const Past&) {
      return last = sum;
    }
    float last = 0.0f;
  };
  Kernel kernel(float) const { return {}; }
};
static_assert(!Filter<ChangesItself>);

/// Two weights per synapse.
template <class Sums>
struct SumOfTwo {
  static constexpr std::size_t bases = 2;
  struct Kernel {
    struct State {};
    std::uint32_t memory() const { return 1; }
    template <class Past>
    float operator()(State&, Sums sums, const Past& past) const {
      return sums[0] + past(1, 1);
    }
  };
  Kernel kernel(float) const { return {}; }
};
struct ClaimsTwo : SumItself {
  [[maybe_unused]] static constexpr std::size_t bases = 2;
};
struct ReadsArrays {
  template <class Arrays>
  SumItself::Kernel kernel(float, Arrays& arrays) const {
    const float taps[] = {1.0f};
    arrays(std::span<const float>(taps));
    return {};
  }
};
static_assert(Filter<SumOfTwo<const float*>>);
static_assert(!Filter<SumOfTwo<float*>>);
static_assert(!Filter<ClaimsTwo>);
static_assert(Filter<ReadsArrays>);
static_assert(detail::bases<SumItself> == 1 && detail::bases<SumOfTwo<const float*>> == 2);
static_assert(detail::has_activation<LeakyFilter::Kernel> && !detail::has_activation<SumItself::Kernel>);

struct OneTap {
  std::vector<float> taps(float dt) const { return {-dt}; }
};
struct OneNumber {
  float taps(float) const { return -1.0f; }
};
static_assert(SelfHistory<OneTap>);
static_assert(SelfHistory<NoHistory>);
static_assert(SelfHistory<RefractoryFilter> && SelfHistory<BasicRefractoryFilter<double>>);
static_assert(!SelfHistory<OneNumber>);
static_assert(!SelfHistory<NotAModel>);

struct Noisy {
  double operator()(const Draws& draws) const { return draws.half(1); }
};
struct OfTheNeuron {
  float operator()(std::uint32_t) const { return 0.0f; }
};
struct OfPrimedDraws {
  float operator()(const PrimedDraws& draws) const { return static_cast<float>(draws.first); }
};
static_assert(Baseline<Noisy>);
static_assert(Baseline<OfPrimedDraws>);
static_assert(Baseline<NoBaseline>);
static_assert(Baseline<ConstantBaseline>);
static_assert(!Baseline<OfTheNeuron>);
static_assert(!Baseline<NotAModel>);

struct Square {
  template <class Real>
  Real operator()(Real g) const {
    return g * g;
  }
};
struct SquareInAStep {
  template <class Real>
  Real operator()(Real g, Real dt) const {
    return g * g * dt;
  }
};
struct Changing {
  float operator()(float g) { return last = g; }
  float last = 0.0f;
};
struct OfANeuron {
  float operator()(float g, float dt, std::size_t neuron) const { return neuron == 0 ? g * dt : 0.0f; }
};
struct OfFour {
  float operator()(float, float, std::uint32_t, float) const { return 0.0f; }
};
struct Text {
  std::string operator()(float) const { return {}; }
};
static_assert(Nonlinearity<Square>);
static_assert(Nonlinearity<SquareInAStep>);
static_assert(Nonlinearity<Logistic>);
static_assert(Nonlinearity<float (*)(float)>);
static_assert(!Nonlinearity<Changing>);
static_assert(Nonlinearity<OfANeuron>);
static_assert(!Nonlinearity<OfFour>);
static_assert(!Nonlinearity<Text>);
static_assert(!Nonlinearity<NotAModel>);

struct Never {
  [[maybe_unused]] static constexpr bool binary = true;
  int operator()(float, const PrimedDraws&) const { return 0; }
};
struct DoesNotSayBinary {
  int operator()(float, const PrimedDraws&) const { return 0; }
};
struct BinaryAtRunTime {
  bool binary = true;
  int operator()(float, const PrimedDraws&) const { return 0; }
};
struct WithoutDraws {
  [[maybe_unused]] static constexpr bool binary = true;
  int operator()(float) const { return 0; }
};
struct Fraction {
  [[maybe_unused]] static constexpr bool binary = false;
  float operator()(float mu, const PrimedDraws&) const { return mu; }
};
static_assert(Sampler<Never>);
static_assert(!Sampler<Fraction>);
static_assert(Sampler<BernoulliSampler>);
static_assert(!Sampler<DoesNotSayBinary>);
static_assert(!Sampler<BinaryAtRunTime>);
static_assert(!Sampler<WithoutDraws>);

static_assert(!Sampler<NotAModel>);

struct Difference {
  [[maybe_unused]] static constexpr std::size_t channels = 2;
  float operator()(const float* channel) const { return channel[0] - channel[1]; }
};
struct OfEven {
  [[maybe_unused]] static constexpr std::size_t channels = 1;
  float operator()(const float* channel, std::uint32_t neuron) const { return neuron % 2 == 0 ? channel[0] : 0.0f; }
};
struct HasKernel {
  [[maybe_unused]] static constexpr std::size_t channels = 2;
  Difference kernel(float) const { return {}; }
};
struct DoesNotSayChannels {
  float operator()(const float* channel) const { return channel[0]; }
};
struct OfValues {
  [[maybe_unused]] static constexpr std::size_t channels = 2;
  float operator()(float a, float b) const { return a - b; }
};
static_assert(StimulusFilter<Difference>);
static_assert(StimulusFilter<OfEven>);
static_assert(StimulusFilter<HasKernel>);
static_assert(StimulusFilter<DirectStimulus> && StimulusFilter<ChannelWeights<3>>);
static_assert(!StimulusFilter<DoesNotSayChannels>);
static_assert(!StimulusFilter<OfValues>);
static_assert(!StimulusFilter<NotAModel>);

static_assert(Model<BernoulliGLM>);
static_assert(Model<Cascade<SumItself, OneTap, Noisy, OfANeuron, Never, Difference>>);
static_assert(Model<Cascade<SumOfTwo<const float*>>>);
static_assert(!Model<NotAModel>);
static_assert(!Model<ExponentialFilter>);
static_assert(!Model<float>);

}  // namespace

TEST_CASE("the archetype of past input is 0") {
  CHECK(detail::PastInput{}(1) == 0.0f);
  CHECK(detail::PastInput{}(1, 2) == 0.0f);
}

TEST_CASE("a policy is its own kernel unless it returns one from dt, or from dt and arrays") {
  HostArrays arrays;
  CHECK(detail::kernel_of(Logistic{.theta = 7.0f}, 1.0f, arrays).theta == 7.0f);
  CHECK(detail::kernel_of(ExponentialFilter{.coupling_window = 3}, 1.0f, arrays).memory() == 3);
  CHECK(detail::kernel_of(ReadsArrays{}, 1.0f, arrays).memory() == 0);
}
