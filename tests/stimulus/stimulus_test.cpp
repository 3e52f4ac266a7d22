// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/stimulus.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "../catch.hpp"

using namespace spikeometric;

namespace {

struct Pulse {
  std::uint64_t until;
  double operator()(std::uint64_t step, std::uint32_t) const { return step < until ? 1.0 : 0.0; }
};
struct Changing {
  float operator()(std::uint64_t, std::uint32_t) { return last += 1.0f; }
  float last = 0.0f;
};
struct OfTheStep {
  float operator()(std::uint64_t) const { return 0.0f; }
};
struct Text {
  std::string operator()(std::uint64_t, std::uint32_t) const { return {}; }
};

static_assert(Stimulus<NoStimulus>);
static_assert(Stimulus<Pulse>);
static_assert(Stimulus<float (*)(std::uint64_t, std::uint32_t)>);
static_assert(Stimulus<std::function<float(std::uint64_t, std::uint32_t)>>);
static_assert(!Stimulus<Changing>);
static_assert(!Stimulus<OfTheStep>);
static_assert(!Stimulus<Text>);
static_assert(!Stimulus<float>);

}  // namespace

TEST_CASE("a lambda of step and neuron is a stimulus, one that changes itself is not") {
  auto ramp = [](std::uint64_t step, std::uint32_t neuron) { return static_cast<float>(step * neuron); };
  auto counter = [calls = 0](std::uint64_t, std::uint32_t) mutable { return ++calls; };
  CHECK(Stimulus<decltype(ramp)>);
  CHECK_FALSE(Stimulus<decltype(counter)>);
}

TEST_CASE("no stimulus is 0 for every step and neuron") {
  CHECK(no_stimulus(0, 0) == 0.0f);
  CHECK(no_stimulus(std::uint64_t{1} << 47, 4'000'000'000u) == 0.0f);
}
