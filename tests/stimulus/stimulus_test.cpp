// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/stimulus.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

struct Pulse {
  std::uint64_t until;
  double operator()(std::uint64_t step, std::uint32_t) const { return step < until ? 1.0 : 0.0; }
};
struct OfTheStep {
  int operator()(std::uint64_t step) const { return static_cast<int>(step); }
};
struct OfBoth {
  float operator()(std::uint64_t) const { return 1.0f; }
  float operator()(std::uint64_t, std::uint32_t) const { return 2.0f; }
};
struct Changing {
  float operator()(std::uint64_t, std::uint32_t) { return last += 1.0f; }
  float last = 0.0f;
};
struct Text {
  std::string operator()(std::uint64_t, std::uint32_t) const { return {}; }
};
struct OfThree {
  float operator()(std::uint64_t, std::uint32_t, int) const { return 0.0f; }
};

static_assert(Stimulus<NoStimulus>);
static_assert(Stimulus<Pulse>);
static_assert(Stimulus<OfTheStep>);
static_assert(Stimulus<OfBoth>);
static_assert(Stimulus<float (*)(std::uint64_t, std::uint32_t)>);
static_assert(Stimulus<float (*)(std::uint64_t)>);
static_assert(Stimulus<std::function<float(std::uint64_t, std::uint32_t)>>);
static_assert(Stimulus<std::function<double(std::uint64_t)>>);
static_assert(Stimulus<Masked<Sinusoid>>);
static_assert(Stimulus<const Masked<RecordedMatrix>>);
static_assert(Stimulus<decltype(regular_pulses({}) + Pulse{})>);
static_assert(Stimulus<decltype(channels(regular_pulses({}), Pulse{}))>);
static_assert(!Stimulus<Changing>);
static_assert(!Stimulus<Text>);
static_assert(!Stimulus<OfThree>);
static_assert(!Stimulus<float>);
static_assert(!Stimulus<Sinusoid>, "parameters alone are not a stimulus");
static_assert(!Stimulus<Mask>);
static_assert(!Stimulus<Eigen::MatrixXf> && !Stimulus<Eigen::VectorXf>, "they are called with indices");

template <class A, class B>
concept Summable = requires(A a, B b) {
  a + b;
};
using Two = decltype(channels(Pulse{}, Pulse{}));
static_assert(Summable<Masked<Sinusoid>, Pulse>);
static_assert(Summable<Pulse, Masked<Sinusoid>>);
static_assert(Summable<NoStimulus, OfTheStep>);
static_assert(!Summable<Pulse, Pulse>, "neither is from the library");
static_assert(!Summable<Masked<Sinusoid>, Text>);
static_assert(!Summable<Masked<Sinusoid>, float>);
static_assert(!Summable<Two, Masked<Sinusoid>>, "stimuli with channels cannot be added");
static_assert(!Summable<Masked<Sinusoid>, Two>);

template <class... S>
concept FormChannels = requires(S... stimuli) {
  channels(stimuli...);
};
static_assert(FormChannels<Pulse>);
static_assert(FormChannels<Pulse, NoStimulus, Masked<Sinusoid>>);
static_assert(!FormChannels<>);
static_assert(!FormChannels<Two, Pulse>, "channels do not nest");
static_assert(!FormChannels<Text>);

static_assert(Two::channels == 2);
static_assert(NoStimulus::channels == 1 && Masked<Sinusoid>::channels == 1);
static_assert(decltype(regular_pulses({}) + Pulse{})::channels == 1);

float ramp(std::uint64_t step) { return static_cast<float>(step); }

template <class Owner>
std::vector<std::string> names(const Owner& owner) {
  std::vector<std::string> result;
  for_each_parameter(owner, [&](const auto& entry, const auto&) { result.emplace_back(entry.name); });
  return result;
}

/// A custom source with a parameter.
struct Kick {
  float size = 1.0f;
  static constexpr auto parameters() {
    return std::tuple{parameter("size", &Kick::size, "1", bounds::positive, "of the kick")};
  }
  float operator()(std::uint64_t step) const { return step % 2 == 0 ? size : 0.0f; }
};

/// Returns its purpose.
struct Probe {
  void validate() const {}
  auto series(const StimulusContext&, Purpose purpose) const {
    return [purpose](std::uint64_t) { return static_cast<float>(purpose); };
  }
};

}  // namespace

TEST_CASE("a lambda of step and neuron, or of the step, is a stimulus unless it is mutable") {
  auto of_neuron = [](std::uint64_t step, std::uint32_t neuron) { return static_cast<float>(step * neuron); };
  auto of_step = [](std::uint64_t step) { return static_cast<float>(step); };
  auto counter = [calls = 0](std::uint64_t, std::uint32_t) mutable { return ++calls; };
  CHECK(Stimulus<decltype(of_neuron)>);
  CHECK(Stimulus<decltype(of_step)>);
  CHECK_FALSE(Stimulus<decltype(counter)>);
}

TEST_CASE("no_stimulus is 0 for every step and neuron, and has no terms") {
  CHECK(no_stimulus(0, 0) == 0.0f);
  CHECK(no_stimulus(std::uint64_t{1} << 47, 4'000'000'000u) == 0.0f);
  Driven driven{no_stimulus, {.neurons = 5}};
  CHECK(driven.make(0, 10).steps == 10);
  CHECK_FALSE(driven.add(3, 0, 5, static_cast<float*>(nullptr)));
}

TEST_CASE("a function of step and neuron is called for each requested neuron") {
  const auto sum = [](std::uint64_t step, std::uint32_t neuron) { return static_cast<float>(10 * step + neuron); };
  CHECK(played(sum, {.neurons = 3}, 4, 2) == Played{{40, 41, 42}, {50, 51, 52}});
  CHECK(played(sum, {.neurons = 3}, 4, 2, 2) == Played{{40, 41, 42}, {50, 51, 52}});
  CHECK(played(function(sum).on(neurons({0, 2})), {.neurons = 4}, 1, 1, 3) == Played{{10, 0, 12, 0}});

  std::vector<std::uint32_t> asked;
  const auto spy = function([&](std::uint64_t, std::uint32_t neuron) {
                     asked.push_back(neuron);
                     return 1.0f;
                   }).on(neurons({1, 4, 7}));
  Driven driven{spy, {.neurons = 9}};
  driven.make(0, 5);
  CHECK(asked.empty());
  std::vector<float> drive(9);
  CHECK(driven.add(3, 2, 8, drive.data()));
  CHECK(asked == std::vector<std::uint32_t>{4, 7});
  CHECK_FALSE(driven.add(3, 5, 7, drive.data()));
  CHECK(asked.size() == 2);
}

TEST_CASE("a function of the step is called once per step, for all neurons") {
  std::vector<std::uint64_t> asked;
  const auto spy = [&](std::uint64_t step) {
    asked.push_back(step);
    return step == 6 ? 0.0 : 0.5;
  };
  CHECK(played(spy, {.neurons = 3}, 5, 3, 1) == Played{{0.5, 0.5, 0.5}, {0, 0, 0}, {0.5, 0.5, 0.5}});
  CHECK(asked == std::vector<std::uint64_t>{5, 6, 7});
  CHECK(played(function(ramp).on(neurons(1, 2)), {.neurons = 3}, 2, 1) == Played{{0, 2, 0}});
  CHECK(played(OfTheStep{}, {.neurons = 2}, 3, 1) == Played{{3, 3}});
}

TEST_CASE("a function that accepts a neuron gets it") {
  CHECK(played(OfBoth{}, {.neurons = 2}, 0, 1) == Played{{2, 2}});
  CHECK(played([](std::uint64_t, std::uint32_t neuron = 9) { return neuron; }, {.neurons = 2}, 0, 1) == Played{{0, 1}});
}

TEST_CASE("function pointers and std::function are stimuli too") {
  CHECK(played(ramp, {.neurons = 2}, 7, 1) == Played{{7, 7}});
  CHECK(played(&ramp, {.neurons = 2}, 7, 1) == Played{{7, 7}});
  const std::function<float(std::uint64_t, std::uint32_t)> erased = Pulse{3};
  CHECK(played(erased + regular_pulses({.period_steps = 1}), {.neurons = 1}, 2, 2) == Played{{2}, {1}});
}

TEST_CASE("a stimulus costs nothing for neurons and steps without input") {
  Driven driven{regular_pulses({.start_steps = 1, .period_steps = 2}).on(neurons(10, 20)), {.neurons = 30}};
  driven.make(0, 4);
  std::vector<float> drive(30);
  CHECK_FALSE(driven.add(0, 0, 30, drive.data()));  // the series is 0
  CHECK_FALSE(driven.add(1, 0, 10, drive.data()));  // before the mask
  CHECK_FALSE(driven.add(1, 20, 30, drive.data()));
  CHECK(drive == std::vector<float>(30));
  CHECK(driven.add(1, 0, 11, drive.data()));
  CHECK(drive[10] == 1.0f);
  CHECK(drive[11] == 0.0f);
}

TEST_CASE("NaN is added, so that the simulator detects it") {
  const auto broken = [](std::uint64_t) { return std::numeric_limits<float>::quiet_NaN(); };
  Driven driven{broken, {.neurons = 1}};
  driven.make(0, 1);
  float drive = 0.0f;
  CHECK(driven.add(0, 0, 1, &drive));
  CHECK(drive != drive);
}

TEST_CASE("an exception from a function of the step is thrown after the steps before it") {
  const auto fails = [](std::uint64_t step) {
    if (step == 7) throw std::domain_error("no value for step 7");
    return 1.0f;
  };
  Driven driven{regular_pulses({.period_steps = 1}) + fails, {.neurons = 2}};
  const detail::ReadySteps ready = driven.make(5, 10);
  CHECK(ready.steps == 2);
  check_message<std::domain_error>([&] { std::rethrow_exception(ready.error); }, {"no value for step 7"});
  for (const std::uint64_t step : {5, 6}) {
    float drive[2] = {};
    CHECK(driven.add(step, 0, 2, drive));
    CHECK(drive[1] == 2.0f);
  }
  CHECK((driven.make(7, 2).steps == 0 && driven.make(7, 2).error));
  CHECK((driven.make(8, 2).steps == 2 && !driven.make(8, 2).error));
}

TEST_CASE("an exception from a function of step and neuron is thrown in the step that calls it") {
  const auto fails = [](std::uint64_t step, std::uint32_t neuron) {
    if (step == 2 && neuron == 1) throw std::domain_error("no value");
    return 1.0f;
  };
  Driven driven{fails, {.neurons = 2}};
  CHECK(driven.make(0, 10).steps == 10);
  float drive[2] = {};
  CHECK(driven.add(1, 0, 2, drive));
  CHECK(driven.add(2, 0, 1, drive));
  CHECK_THROWS_AS(driven.add(2, 0, 2, drive), std::domain_error);
}

TEST_CASE("stimuli add up in the order written, in single precision") {
  const auto of = [](float value) { return function([value](std::uint64_t) { return value; }); };
  const auto value = [](const auto& stimulus) { return played(stimulus, {.neurons = 1}, 0, 1)[0][0]; };
  const float large = 0x1p24f;
  CHECK(value(of(large) + of(1) + of(-large)) == 0.0f);  // the 1 is lost
  CHECK(value(of(large) + of(-large) + of(1)) == 1.0f);
  // Parentheses have no effect: ((0 + 1) + 2^24) - 2^24.
  CHECK(value(of(1) + (of(large) + of(-large))) == 0.0f);
  CHECK(value((of(1) + of(large)) + (of(-large) + of(1))) == 1.0f);
}

TEST_CASE("the terms of a sum keep their masks, and functions can be added on either side") {
  const auto bare = [](std::uint64_t step, std::uint32_t neuron) { return static_cast<float>(step + neuron); };
  const auto sum = bare + regular_pulses({.strength = 100, .period_steps = 2}).on(neurons({0, 2})) + ramp +
                   recorded(std::vector<float>{1000, 1000, 1000}).on(neurons(1, 2)) + no_stimulus;
  static_assert(decltype(sum)::terms == 5);
  CHECK(played(sum, {.neurons = 4}, 0, 2) == Played{{100, 1001, 102, 3}, {2, 1003, 4, 5}});
  CHECK(played(sum, {.neurons = 4}, 0, 2, 1) == Played{{100, 1001, 102, 3}, {2, 1003, 4, 5}});
}

TEST_CASE("sums of sums are flattened, and term i has purpose 16 + i") {
  const Masked probe{Probe{}};
  const auto mask = [&](std::uint32_t i) { return probe.on(neurons({i})); };
  const auto left = mask(0) + mask(1) + mask(2);
  const auto right = mask(3) + mask(4);
  CHECK(std::is_same_v<decltype(left + right), decltype(mask(0) + mask(1) + mask(2) + mask(3) + mask(4))>);
  CHECK(played(left + right, {.neurons = 5}, 0, 1) == Played{{16, 17, 18, 19, 20}});
  CHECK(played(mask(0) + (no_stimulus + (mask(1) + ramp) + mask(2)), {.neurons = 3}, 0, 1) == Played{{16, 18, 20}});
  CHECK(played(mask(0), {.neurons = 1}, 0, 1) == Played{{16}});
}

TEST_CASE("the purposes of 200 terms are different from all others") {
  static_assert(detail::max_terms == 200);
  CHECK(static_cast<int>(detail::stimulus_purpose(0)) == 16);
  CHECK(series_of_term(Masked{Probe{}}, {}, 199, 0, 1) == std::vector<float>{215});
}

TEST_CASE("each stimulus has its own channel, and purposes are numbered over all channels") {
  const Masked probe{Probe{}};
  const auto both = channels(probe.on(neurons({0, 1})), ramp, probe + probe.on(neurons({1})) + no_stimulus, probe);
  static_assert(decltype(both)::channels == 4);
  static_assert(decltype(both)::terms == 6);
  const float all = 18, second = 18 + 19;
  CHECK(played(both, {.neurons = 3}, 5, 1, 2) == Played{{16, 5, all, 21, 16, 5, second, 21, 0, 5, all, 21}});
}

TEST_CASE("a single channel equals the stimulus itself") {
  CHECK(played(channels(ramp), {.neurons = 2}, 3, 1) == Played{{3, 3}});
}

TEST_CASE("the last mask of a stimulus replaces earlier ones") {
  const auto pulses = regular_pulses({.period_steps = 1}).on(neurons({0}));
  CHECK(played(pulses.on(neurons({1})), {.neurons = 3}, 0, 1) == Played{{0, 1, 0}});
  CHECK(played(pulses.on(std::vector<Mask>{neurons({2})}), {.neurons = 3}, 0, 1) == Played{{0, 0, 1}});
  CHECK(played(pulses.on(std::vector<Mask>{neurons({2})}).on(Mask{}), {.neurons = 3}, 0, 1) == Played{{1, 1, 1}});
  CHECK(played(pulses.on(std::vector<bool>{true, false, true}), {.neurons = 3}, 0, 1) == Played{{1, 0, 1}});
  CHECK(played(pulses.on(neurons(2, 2)), {.neurons = 3}, 0, 1) == Played{{0, 0, 0}});
  CHECK(played(pulses, {.neurons = 3}, 0, 1) == Played{{1, 0, 0}});
}

TEST_CASE("each network of a batch may have its own mask") {
  const auto each = regular_pulses({.period_steps = 1}).on({neurons({0}), std::vector<bool>{false, true}, Mask{}});
  CHECK(played(each, {.index = 0, .networks = 3, .neurons = 3}, 0, 1) == Played{{1, 0, 0}});
  CHECK(played(each, {.index = 1, .networks = 3, .neurons = 2}, 0, 1) == Played{{0, 1}});
  CHECK(played(each, {.index = 2, .networks = 3, .neurons = 2}, 0, 1) == Played{{1, 1}});
  const auto bind = [&](StimulusContext context) { return [&, context] { terms_for(each, context); }; };
  check_message<std::invalid_argument>(bind({.networks = 2, .neurons = 3}), {"3 masks", "a batch of 2 networks"});
  check_message<std::invalid_argument>(bind({.networks = 1, .neurons = 3}), {"3 masks", "a batch of 1 networks"});
  check_message<std::invalid_argument>(bind({.index = 1, .networks = 3, .neurons = 3}),
                                       {"a mask of 2 neurons", "a network of 3"});
}

TEST_CASE("sums and channels with a term that does not fit the network are refused") {
  const auto fits = regular_pulses({.period_steps = 1}), too_far = fits.on(neurons({9}));
  check_message<std::invalid_argument>([&] { terms_for(fits + too_far, {.neurons = 5}); }, {"neuron 9"});
  check_message<std::invalid_argument>([&] { terms_for(channels(fits, ramp, too_far), {.neurons = 5}); }, {"neuron 9"});
}

TEST_CASE("the parameters of a stimulus are listed term by term") {
  const auto drive = sinusoid({.period_ms = 10.0});
  CHECK(names(drive) ==
        std::vector<std::string>{"amplitude", "period_ms", "start_steps", "duration_steps", "baseline"});
  CHECK(names(drive + Kick{} + recorded(std::vector<float>{1})) ==
        std::vector<std::string>{"amplitude", "period_ms", "start_steps", "duration_steps", "baseline", "size",
                                 "start_steps"});
  CHECK(names(channels(Kick{}, ramp + regular_pulses({.period_steps = 1}))) ==
        std::vector<std::string>{"size", "strength", "start_steps", "period_steps", "pulse_steps", "stop_steps"});
  CHECK(names(poisson_pulses({.mean_interval_steps = 1})) ==
        std::vector<std::string>{"strength", "mean_interval_steps", "start_steps", "stop_steps", "pulse_steps"});
  CHECK(names(recorded(Eigen::MatrixXf(1, 1).setZero())) == std::vector<std::string>{"start_steps"});
  CHECK(names(no_stimulus).empty());
  const auto described = [](const auto& entry, const auto&) {
    INFO(entry.name);
    CHECK_FALSE(std::string(entry.unit).empty());
    CHECK_FALSE(std::string(entry.meaning).empty());
  };
  const auto all = drive + poisson_pulses({.mean_interval_steps = 1}) + regular_pulses({.period_steps = 1}) +
                   recorded(std::vector<float>{1}) + recorded(Eigen::MatrixXf(1, 1).setZero());
  for_each_parameter(all, described);
}

TEST_CASE("parameters are set by name within sums and channels, and checked again before they are used") {
  auto sum = Kick{} + regular_pulses({.strength = 10.0f, .period_steps = 3});
  set_parameter(sum, "size", 2.0);
  set_parameter(sum, "period_steps", 1);
  CHECK(played(sum, {.neurons = 1}, 0, 2) == Played{{12}, {10}});
  check_message<InvalidParameter>([&] { set_parameter(sum, "size", -1.0); }, {"size = -1", "above 0"});
  check_message<InvalidParameter>([&] { set_parameter(sum, "amplitude", 1.0); }, {"amplitude", "size, strength"});

  auto beside = channels(sum, ramp);
  set_parameter(beside, "size", 3.0);
  CHECK(played(beside, {.neurons = 1}, 2, 1) == Played{{13, 2}});

  auto drive = sinusoid({.period_ms = 5.0});
  drive.source.period_ms = -1.0;
  check_message<InvalidParameter>([&] { terms_for(drive, {.neurons = 1}); }, {"period_ms = -1"});
  check_message<InvalidParameter>([&] { terms_for(no_stimulus + drive, {.neurons = 1}); }, {"period_ms = -1"});
}

TEST_CASE("the parameters of a function are checked when it becomes a stimulus") {
  check_message<InvalidParameter>([] { function(Kick{0.0f}); }, {"size = 0", "above 0"});
  check_message<InvalidParameter>([] { regular_pulses({.period_steps = 1}) + Kick{-1.0f}; }, {"size = -1"});
  check_message<InvalidParameter>([] { terms_for(Kick{-1.0f}, {.neurons = 1}); }, {"size = -1"});
}

TEST_CASE("two networks driven by one stimulus are independent") {
  const auto stimulus = channels(ramp, poisson_pulses({.mean_interval_steps = 1.0}) + Pulse{3});
  Driven driven{stimulus, {.neurons = 1}}, copy{stimulus, {.neurons = 1}};
  driven.make(0, 10);
  copy.make(100, 10);
  float drive[2] = {}, other[2] = {};
  driven.add(4, 0, 1, drive);
  copy.add(104, 0, 1, other);
  CHECK(drive[0] == 4.0f);
  CHECK(other[0] == 104.0f);
}

TEST_CASE("pieces of any size have the same values") {
  support::Numbers numbers{1};
  const auto all = channels(
      sinusoid({.period_ms = 7.3, .start_steps = 20}).on(neurons({0, 3, 4})) +
          poisson_pulses({.mean_interval_steps = 2.5, .pulse_steps = 3}).on(neurons(1, 4)) +
          [](std::uint64_t step, std::uint32_t neuron) { return 1e-3 * static_cast<double>(step * neuron); },
      recorded(std::vector<float>(50, 2.0f)).from(60) +
          regular_pulses({.start_steps = 9, .period_steps = 11, .pulse_steps = 4}).on(neurons({2})));
  const StimulusContext context{.dt_ms = 0.5, .seed = Seed{3}, .neurons = 6};
  const Played whole = played(all, context, 0, 150);
  for (int trial = 0; trial < 20; ++trial) {
    Driven driven{all, context};
    for (std::uint64_t first = 0; first < 150;) {
      const std::uint64_t steps = std::min(1 + numbers.below(40), 150 - first);
      driven.make(first, steps);
      for (std::uint64_t step = first; step < first + steps; ++step)
        REQUIRE(values_in(driven, step, 6, 1 + numbers.below(7)) == whole[step]);
      first += steps;
    }
  }
}
