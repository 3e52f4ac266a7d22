// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/list.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

float ramp(std::uint64_t step, std::uint32_t neuron) { return 1e-3f * static_cast<float>(step * (neuron + 1) % 7919); }

template <class A, class B>
concept Summable = requires(A a, B b) {
  a + b;
};
template <class... S>
concept FormChannels = requires(S... stimuli) {
  channels(stimuli...);
};
template <class S>
concept Addable = requires(StimulusList list, S stimulus) {
  list.add(stimulus);
};
using Pulses = Masked<RegularPulses>;
using Two = decltype(channels(regular_pulses({}), regular_pulses({})));

static_assert(Stimulus<StimulusList>);
static_assert(StimulusList::channels == 1);
static_assert(!Summable<StimulusList, Pulses> && !Summable<Pulses, StimulusList>, "a list cannot be a term of a sum");
static_assert(!Summable<StimulusList, StimulusList> && !Summable<StimulusList, NoStimulus>);
static_assert(!FormChannels<StimulusList> && !FormChannels<Pulses, StimulusList>,
              "a list cannot be a term of channels");
static_assert(Addable<Pulses> && Addable<NoStimulus> && Addable<decltype(ramp)*>);
static_assert(Addable<decltype(regular_pulses({}) + ramp)>);
static_assert(!Addable<Two>, "channels cannot be a term of a list");
static_assert(!Addable<StimulusList>, "a list cannot be a term of a list");
static_assert(!Addable<float> && !Addable<std::string>);

/// Returns its purpose.
struct Probe {
  void validate() const {}
  auto series(const StimulusContext&, Purpose purpose) const {
    return [purpose](std::uint64_t) { return static_cast<float>(purpose); };
  }
};

// Terms of every kind. Their sum depends on the order, since 1e8f rounds away most of the earlier terms.
const auto pulses =
    regular_pulses({.strength = 1e8f, .start_steps = 9, .period_steps = 31, .pulse_steps = 4}).on(neurons({2}));
const auto wave = sinusoid({.period_ms = 7.3, .start_steps = 20}).on(neurons({0, 3, 4}));
const auto trains = poisson_pulses({.strength = 0.3f, .mean_interval_steps = 5.5, .pulse_steps = 3});
const auto series_of_three = recorded(std::vector<float>{0.1f, 0.2f, 0.3f}).from(60);

const StimulusContext context{.dt_ms = 0.5, .seed = Seed{3}, .network = 4, .neurons = 6};

Graph<> network(std::uint64_t seed = 5) {
  return generate::normal({.neurons = 300, .probability = 0.1, .std = 3.0}, Seed{seed});
}
const BernoulliGLM lively{{.theta = 2.0f}};

}  // namespace

TEST_CASE("the input of a list is bit-identical to that of the sum of its stimuli") {
  StimulusList list;
  list.add(trains).add(wave).add(pulses).add(ramp).add(trains).add(series_of_three);
  const auto sum = trains + wave + pulses + ramp + trains + series_of_three;
  CHECK(list.size() == 6);
  const Played values = played(sum, context, 0, 150);
  CHECK(played(list, context, 0, 150) == values);
  CHECK(played(list, context, 0, 150, 2) == values);

  StimulusList backwards;
  backwards.add(series_of_three).add(trains).add(ramp).add(pulses).add(wave).add(trains);
  CHECK(played(backwards, context, 0, 150) != values);
}

TEST_CASE("pieces of any size have the same values as the whole") {
  support::Numbers numbers{1};
  StimulusList list;
  list.add(wave).add(trains).add(ramp);
  const Played whole = played(list, context, 0, 150);
  for (int trial = 0; trial < 20; ++trial) {
    Driven driven{list, context};
    for (std::uint64_t first = 0; first < 150;) {
      const std::uint64_t steps = std::min(1 + numbers.below(40), 150 - first);
      driven.make(first, steps);
      for (std::uint64_t step = first; step < first + steps; ++step)
        REQUIRE(values_in(driven, step, 6, 1 + numbers.below(7)) == whole[step]);
      first += steps;
    }
  }
}

TEST_CASE("term i of a list has purpose 16 + i, including terms of sums and no_stimulus") {
  const Masked probe{Probe{}};
  StimulusList list;
  list.add(probe.on(neurons({0})));
  list.add(probe.on(neurons({1})) + probe.on(neurons({2})));
  list.add(no_stimulus);
  list.add(probe.on(neurons({4})));
  CHECK(list.size() == 5);
  CHECK(played(list, {.neurons = 6}, 0, 1)[0] == std::vector<float>{16, 17, 18, 0, 20, 0});
}

TEST_CASE("a list has up to 200 terms, the last with purpose 215") {
  StimulusList list;
  for (int i = 0; i < 199; ++i) list.add(no_stimulus);
  const Masked probe{Probe{}};
  check_message<std::invalid_argument>([&] { list.add(probe + probe); }, {"201 terms", "maximum of 200"});
  CHECK(list.size() == 199);
  list.add(probe);
  check_message<std::invalid_argument>([&] { list.add(probe); }, {"201 terms", "maximum of 200"});
  CHECK(series(list, {}, 0, 1) == std::vector<float>{215});
}

TEST_CASE("an empty list has no input, and drives a network as no_stimulus does") {
  const StimulusList none;
  CHECK(none.empty());
  Driven driven{none, context};
  driven.make(0, 10);
  float drive[6] = {};
  CHECK_FALSE(driven.add(3, 0, 6, drive));
  const auto alone = Simulator{network(), lively, no_stimulus, Seed{3}}.run(500);
  const auto listed = Simulator{network(), lively, none, Seed{3}}.run(500);
  CHECK(alone.total() > 1000);
  CHECK(listed.fingerprint() == alone.fingerprint());
}

TEST_CASE("a network spikes the same with a list as with the sum, on any number of threads") {
  StimulusList list;
  list.add(trains).add(regular_pulses({.strength = -1.5f, .period_steps = 10, .pulse_steps = 3}).on(neurons(0, 77)));
  const auto sum =
      trains + regular_pulses({.strength = -1.5f, .period_steps = 10, .pulse_steps = 3}).on(neurons(0, 77));
  const std::uint64_t expected = Simulator{network(), lively, sum, Seed{3}}.run(500).fingerprint();
  CHECK(Simulator{network(), lively, no_stimulus, Seed{3}}.run(500).fingerprint() != expected);
  for (const int threads : support::thread_counts()) {
    Simulator simulator{network(), lively, list, Seed{3}, EigenBackend<>{.threads = threads}};
    CHECK(simulator.run(500).fingerprint() == expected);
  }
}

TEST_CASE("each network of a batch has its own input from a list") {
  std::vector<Graph<>> graphs{network(5), network(6)};
  const std::vector<Mask> masks{neurons(0, 100), neurons({250})};
  StimulusList list;
  list.add(trains.on(masks)).add(ramp);
  const auto batched = Simulator{batch(graphs), lively, list, Seed{3}}.run(300);
  const auto summed = Simulator{batch(graphs), lively, trains.on(masks) + ramp, Seed{3}}.run(300);
  for (std::size_t i = 0; i < 2; ++i) CHECK(batched[i].fingerprint() == summed[i].fingerprint());
}

TEST_CASE("a list with a stimulus that does not fit the network is refused, naming the value") {
  StimulusList list;
  list.add(wave).add(pulses.on(neurons({2, 6})));
  check_message<std::invalid_argument>([&] { terms_for(list, context); }, {"neuron 6 of a mask"});
  check_message<std::invalid_argument>(
      [&] { Simulator(network(), lively, StimulusList{}.add(pulses.on(neurons(0, 301))), Seed{1}); },
      {"neuron 300 of a mask", "300 neurons"});

  auto changed = pulses;
  changed.source.period_steps = 0;
  check_message<InvalidParameter>([&] { terms_for(StimulusList{}.add(changed), context); }, {"period_steps = 0"});
}

TEST_CASE("an exception from a stimulus of a list ends the run in its step") {
  StimulusList list;
  list.add(wave).add([](std::uint64_t step) {
    if (step == 7) throw std::domain_error("no value for step 7");
    return 1.0f;
  });
  Simulator simulator{network(), lively, list, Seed{1}};
  check_message<std::domain_error>([&] { simulator.run(20); }, {"no value for step 7"});
  CHECK(simulator.take_recorded().steps() == 7);
}

TEST_CASE("two networks driven by one list are independent") {
  StimulusList list;
  list.add([](std::uint64_t step) { return static_cast<float>(step); });
  Driven driven{list, {.neurons = 1}}, copy{list, {.neurons = 1}};
  driven.make(0, 10);
  copy.make(100, 10);
  float drive = 0.0f, other = 0.0f;
  driven.add(4, 0, 1, &drive);
  copy.add(104, 0, 1, &other);
  CHECK(drive == 4.0f);
  CHECK(other == 104.0f);
}

TEST_CASE("a moved simulator with a list continues, and restarts like a new one") {
  StimulusList list;
  list.add(trains).add(ramp);
  Simulator simulator{network(), lively, list, Seed{3}}, whole{network(), lively, list, Seed{3}};
  simulator.run(50);
  whole.run(50);
  Simulator moved = std::move(simulator);
  CHECK(moved.run(100).fingerprint() == whole.run(100).fingerprint());
  moved.reset();
  Simulator anew{network(), lively, list, Seed{3}};
  CHECK(moved.run(100).fingerprint() == anew.run(100).fingerprint());
}

TEST_CASE("functions of a list are called some steps ahead, once for each neuron and step") {
  std::vector<std::uint64_t> asked;
  StimulusList list;
  list.add(function([&](std::uint64_t step, std::uint32_t neuron) {
             asked.push_back(10 * step + neuron);
             return 1.0f;
           }).on(neurons({1, 4})));
  Driven driven{list, {.neurons = 9}};
  driven.make(3, 2);
  CHECK(asked == std::vector<std::uint64_t>{31, 34, 41, 44});
  std::vector<float> drive(9);
  CHECK(driven.add(3, 2, 8, drive.data()));
  CHECK(asked.size() == 4);
}

TEST_CASE("a driven network keeps the data of the stimuli when the list changes or is destroyed") {
  Driven driven = [] {
    StimulusList list;
    list.add(recorded(std::vector<float>{1, 2, 3}));
    const StimulusList copy = list;
    list.add(recorded(std::vector<float>{10, 10, 10}));
    return Driven{copy, {.neurons = 1}};
  }();
  driven.make(0, 3);
  float drive = 0.0f;
  driven.add(1, 0, 1, &drive);
  CHECK(drive == 2.0f);
}
