// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/concepts.hpp"

#include <string>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/filter.hpp"
#include "spikeometric/model/history.hpp"
#include "spikeometric/model/nonlinearity.hpp"
#include "spikeometric/model/sampler.hpp"

using namespace spikeometric;

namespace {

struct NotAModel {};

// The least that models each concept.

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
static_assert(Baseline<Noisy>);
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
struct OfThree {
  float operator()(float, float, float) const { return 0.0f; }
};
struct Text {
  std::string operator()(float) const { return {}; }
};
static_assert(Nonlinearity<Square>);
static_assert(Nonlinearity<SquareInAStep>);
static_assert(Nonlinearity<Logistic>);
static_assert(Nonlinearity<float (*)(float)>);
static_assert(!Nonlinearity<Changing>);
static_assert(!Nonlinearity<OfThree>);
static_assert(!Nonlinearity<Text>);
static_assert(!Nonlinearity<NotAModel>);

struct Never {
  [[maybe_unused]] static constexpr bool binary = true;
  int operator()(float, const SpikeDraws&) const { return 0; }
};
struct DoesNotSayBinary {
  int operator()(float, const SpikeDraws&) const { return 0; }
};
struct BinaryAtRunTime {
  bool binary = true;
  int operator()(float, const SpikeDraws&) const { return 0; }
};
struct WithoutDraws {
  [[maybe_unused]] static constexpr bool binary = true;
  int operator()(float) const { return 0; }
};
struct Fraction {
  [[maybe_unused]] static constexpr bool binary = false;
  float operator()(float mu, const SpikeDraws&) const { return mu; }
};
static_assert(Sampler<Never>);
static_assert(!Sampler<Fraction>);
static_assert(Sampler<BernoulliSampler>);
static_assert(!Sampler<DoesNotSayBinary>);
static_assert(!Sampler<BinaryAtRunTime>);
static_assert(!Sampler<WithoutDraws>);

static_assert(!Sampler<NotAModel>);

}  // namespace

TEST_CASE("the archetype of past input is silent") { CHECK(detail::PastInput{}(1) == 0.0f); }
