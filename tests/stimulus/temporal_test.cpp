// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/temporal.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t size = 7, steps = 150;
const StimulusContext context{.dt_ms = 0.5, .seed = Seed{4}, .network = 3, .neurons = size};

std::vector<double> random_taps(std::size_t count, std::uint64_t seed) {
  support::Numbers numbers{seed};
  std::vector<double> taps(count);
  for (double& tap : taps) tap = numbers.real(-1.0, 1.0);
  return taps;
}

Eigen::MatrixXf random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  support::Numbers numbers{seed};
  return Eigen::MatrixXf::NullaryExpr(rows, columns, [&] { return static_cast<float>(numbers.real(-1.0, 1.0)); });
}

/// The sums of the definition, in double and in ascending order of lags: the bits that E must have.
Played convolved(const Played& values, const std::vector<double>& taps) {
  Played result = values;
  for (std::size_t t = 0; t < values.size(); ++t)
    for (std::size_t i = 0; i < values[t].size(); ++i) {
      double sum = 0.0;
      for (std::size_t k = 0; k < taps.size() && k <= t; ++k) sum += taps[k] * static_cast<double>(values[t - k][i]);
      result[t][i] = static_cast<float>(sum);
    }
  return result;
}

/// Checks temporal(stimulus, taps) against the definition, whole and in pieces.
template <class S>
void check_filtered(const S& stimulus, const std::vector<double>& taps, std::uint64_t seed) {
  const auto filtered = temporal(stimulus, taps);
  const Played expected = convolved(played(stimulus, context, 0, steps), taps);
  CHECK(played(filtered, context, 0, steps) == expected);
  support::Numbers numbers{seed};
  Driven driven{filtered, context};
  for (std::uint64_t first = 0; first < steps;) {
    const std::uint64_t piece = std::min(1 + numbers.below(40), steps - first);
    driven.make(first, piece);
    for (std::uint64_t step = first; step < first + piece; ++step)
      REQUIRE(values_in(driven, step, size, 1 + numbers.below(size)) == expected[step]);
    first += piece;
  }
}

float each(std::uint64_t step, std::uint32_t neuron) { return 0.1f * static_cast<float>((step * 7 + neuron) % 11); }
float shared(std::uint64_t step) { return 0.01f * static_cast<float>(step * step % 17); }

const auto pulses = regular_pulses({.strength = 0.7, .start_steps = 3, .period_steps = 20, .pulse_steps = 4});
const auto wave = sinusoid({.amplitude = 1.5, .period_ms = 17.0, .start_steps = 10, .baseline = 0.25});
const auto trains = poisson_pulses({.strength = 0.3, .mean_interval_steps = 9.0, .pulse_steps = 3});

Graph<> network() { return generate::normal({.neurons = 60, .probability = 0.2, .std = 2.0}, Seed{5}); }
const BernoulliGLM lively{{.theta = 1.0}};

using Weighing =
    Cascade<ExponentialFilter, RefractoryFilter, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<3>>;
const RaisedCosine<3> cosines{.last_peak_ms = 8.0, .window_steps = 30};

template <class A, class B>
concept Summable = requires(A a, B b) {
  a + b;
};
using Several = decltype(temporal(pulses, cosines));
static_assert(Stimulus<Several> && Several::channels == 3 && Several::terms == 1);
static_assert(!Summable<Several, Several> && !Summable<decltype(pulses), Several>, "stimuli with channels do not add");

}  // namespace

// --- values --------------------------------------------------------------------------------------------------------

TEST_CASE("a stimulus of any kind is convolved with the taps, to the bit, in pieces of any size") {
  const std::vector<double> taps = random_taps(23, 1);
  check_filtered(pulses.on(neurons({1, 4, 6})), taps, 2);
  check_filtered(wave.on(neurons(2, 5)), taps, 3);
  check_filtered(trains, taps, 4);
  check_filtered(recorded(random_matrix(size, 60, 5)).on(neurons({0, 2, 5})).from(20), taps, 6);
  check_filtered(recorded(std::vector<float>{1.0f, -2.0f, 0.5f}).from(7), taps, 7);
  check_filtered(function(each).on(neurons({0, 3})), taps, 8);
  check_filtered(function(shared), taps, 9);
  check_filtered(wave, {0.7}, 10);
  check_filtered(trains, random_taps(400, 11), 12);
  check_filtered(no_stimulus, taps, 13);
}

TEST_CASE("an impulse gives the taps from its own step on, and a constant their sum") {
  const std::vector<double> taps{0.5, -1.25, 0.0, 2.0};
  const auto impulse = recorded(std::vector<float>{1.0f}).from(5);
  CHECK(series(temporal(impulse, taps), {}, 3, 8) == std::vector<float>{0, 0, 0.5f, -1.25f, 0, 2, 0, 0});
  CHECK(series(temporal([](std::uint64_t) { return 1.0f; }, taps), {}, 0, 6) ==
        std::vector<float>{0.5f, -0.75f, -0.75f, 1.25f, 1.25f, 1.25f});
  CHECK(series(temporal(pulses, {1.0}), {}, 0, 50) == series(pulses, {}, 0, 50));
  CHECK(series(temporal(pulses, {0.0, 0.0, 1.0}), {}, 2, 50) == series(pulses, {}, 0, 50));
}

TEST_CASE("a filter of a model has the taps of its formula at the time step of the network") {
  // A float has 24 bits, so that rounding a sum adds at most 2^-24 of it.
  const auto decaying = temporal(recorded(std::vector<float>{2.0f}), TimeConstantFilter{.tau = 4.0, .T = 20});
  const auto values = series(decaying, {.dt_ms = 0.5}, 0, 25);
  for (std::size_t t = 0; t < 25; ++t)
    CHECK(values[t] == Approx(t < 20 ? 2.0 * std::exp(-0.125 * static_cast<double>(t)) : 0.0).epsilon(0x1p-24));
  const auto coarse = series(decaying, {.dt_ms = 1.0}, 0, 2);
  CHECK(coarse[1] == Approx(2.0 * std::exp(-0.25)).epsilon(0x1p-24));
}

TEST_CASE("a filter of a filter is a filter with their convolution") {
  const auto twice = temporal(temporal(recorded(std::vector<float>{1.0f}), {1.0, 2.0}), {1.0, 0.0, 3.0});
  CHECK(series(twice, {}, 0, 6) == std::vector<float>{1, 2, 3, 6, 0, 0});
}

TEST_CASE("the terms of a sum are filtered one by one, with their masks and their random numbers") {
  const std::vector<double> taps = random_taps(9, 3);
  const auto sum = trains.on(neurons(0, 3)) + pulses + function(each).on(neurons({2, 6})) + trains;
  const auto parts = temporal(trains.on(neurons(0, 3)), taps) + temporal(pulses, taps) +
                     temporal(function(each).on(neurons({2, 6})), taps) + temporal(trains, taps);
  const Played values = played(temporal(sum, taps), context, 0, steps);
  CHECK(values == played(parts, context, 0, steps));

  Played added = played(no_stimulus, context, 0, steps);  // the trains of terms 0 and 3
  for (std::size_t place = 0; place < 4; ++place) {
    if (place == 1 || place == 2) continue;
    const auto alone = series_of_term(trains, context, place, 0, steps);
    for (std::uint64_t t = 0; t < steps; ++t)
      for (std::size_t i = 0; i < size; ++i) added[t][i] += place == 3 || i < 3 ? alone[t] : 0.0f;
  }
  CHECK(played(temporal(trains.on(neurons(0, 3)) + no_stimulus + no_stimulus + trains, {1.0}), context, 0, steps) ==
        added);
}

TEST_CASE("a temporal stimulus can be a term of a sum or a list like any other") {
  const std::vector<double> taps = random_taps(9, 3);
  const auto sum = pulses + temporal(trains, taps) + each;
  CHECK(played(StimulusList{}.add(pulses).add(temporal(trains, taps)).add(each), context, 0, steps) ==
        played(sum, context, 0, steps));
}

TEST_CASE("basis functions are channels, beside other channels") {
  const auto seen = temporal(wave + trains, cosines);
  static_assert(decltype(seen)::channels == 3 && decltype(seen)::terms == 2);
  const auto all = channels(pulses, seen, temporal(trains, {0.5, 0.5}), each);
  static_assert(decltype(all)::channels == 6);
  static_assert(decltype(all)::terms == 5);

  const auto taps = impulse_responses(cosines, 0.5);
  const Played values = played(all, context, 0, steps);
  std::array<Played, 6> expected;
  expected[0] = played(pulses, context, 0, steps);
  for (std::size_t m = 0; m < 3; ++m)
    expected[m + 1] = played(no_stimulus + temporal(wave, taps[m]) + temporal(trains, taps[m]), context, 0, steps);
  expected[4] = played(no_stimulus + no_stimulus + no_stimulus + temporal(trains, {0.5, 0.5}), context, 0, steps);
  expected[5] = played(each, context, 0, steps);
  for (std::uint64_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t channel = 0; channel < 6; ++channel) {
        CAPTURE(t, i, channel);
        REQUIRE(values[t][i * 6 + channel] == expected[channel][t][i]);
      }
}

TEST_CASE("a part of the neurons gets the same values as in the whole network") {
  const auto all = temporal(recorded(random_matrix(size, 60, 5)).on(neurons({0, 2, 5})) + function(each) + trains,
                            random_taps(12, 2));
  const Played whole = played(all, context, 0, steps);
  for (std::uint64_t neuron = 0; neuron < size; ++neuron) {
    std::vector<detail::StimulusTerms<float>> terms;
    terms.emplace_back(context, neuron, neuron + 1);
    all.add_to(terms[0], 0);
    detail::StimulusTable<detail::HostMemory, float> table{std::move(terms), {}, steps};
    detail::HostMemory memory;
    table.allocate(memory);
    REQUIRE(table.make(0, 0, steps).steps == steps);
    for (std::uint32_t t = 0; t < steps; ++t) {
      float drive = 0.0f;
      table.view().add(0, static_cast<std::uint32_t>(neuron), t, t, &drive);
      REQUIRE(drive == whole[t][neuron]);
    }
  }
}

TEST_CASE("a stimulus that throws ends its filtered values in that step") {
  const auto ends = temporal([](std::uint64_t t) { return t < 80 ? 1.0f : throw std::domain_error("the end"); },
                             std::vector<double>(30, 1.0));
  const auto terms = terms_for(ends, context);
  std::vector<float> values(40);
  std::vector<std::uint8_t> adds(40);
  for (const std::uint64_t first : {50, 80, 100}) {
    const detail::ReadySteps ready = terms.list()[0].make(first, 40, values.data(), adds.data());
    CHECK(ready.steps == (first < 80 ? 80 - first : 0));
    REQUIRE(ready.error);
    check_message<std::domain_error>([&] { std::rethrow_exception(ready.error); }, {"the end"});
    for (std::uint64_t i = 0; i < ready.steps; ++i) REQUIRE(values[i] == 30.0f);
  }
}

TEST_CASE("a term tells which steps its recording covers, filtered or not") {
  const auto covered = [](const auto& stimulus) { return terms_for(stimulus, context).list()[0].covered; };
  const auto movie = recorded(Eigen::MatrixXf::Ones(size, 10)).from(5);
  CHECK(covered(movie) == StepRange{5, 15});
  CHECK(covered(temporal(movie, {1.0, 2.0})) == StepRange{5, 15});
  CHECK(covered(StimulusList{}.add(temporal(recorded(std::vector<float>(4)), {1.0}))) == StepRange{0, 4});
  CHECK(covered(trains) == StepRange{});
  CHECK(covered(temporal(each, {1.0})) == StepRange{});
}

// --- derivatives ---------------------------------------------------------------------------------------------------

TEST_CASE("derivatives by parameters of the stimulus and of the filter match central differences") {
  const auto seen = temporal(wave + pulses, BiexponentialFilter{.tau_decay = 8.0, .tau_rise = 2.0});
  const auto differs = [&](const char* name, double value, double h) {
    CAPTURE(name);
    const auto at = [&](double changed) {
      auto other = seen;
      set_parameter(other, name, changed);
      return played(other, context, 0, steps);
    };
    const Played exact = played(seen, context, 0, steps), above = at(value + h), below = at(value - h);
    std::vector<detail::StimulusTerms<FloatDual>> terms;
    terms.emplace_back(context, [&](std::string_view of) { return of == name ? 1.0 : 0.0; });
    seen.add_to(terms[0], 0);
    detail::StimulusTable<detail::HostMemory, FloatDual> table{std::move(terms), {}, steps};
    detail::HostMemory memory;
    table.allocate(memory);
    REQUIRE(table.make(0, 0, steps).steps == steps);
    double largest = 0.0;
    for (std::uint32_t t = 0; t < steps; ++t) {
      FloatDual drive;
      table.view().add(0, 2, t, t, &drive);
      REQUIRE(drive.value == exact[t][2]);
      // A float of size 20 has an error of at most 2^-20, so the quotient one of 2^-20 / h. That of the derivative is
      // h^2 / 6 of the third one, at most (2 pi t / period^2)^3 times the sum of absolute values, by the period.
      const double difference = (static_cast<double>(above[t][2]) - static_cast<double>(below[t][2])) / (2.0 * h);
      REQUIRE(drive.derivative == Approx(difference).epsilon(1e-3).margin(1e-2));
      largest = std::max(largest, std::abs(drive.derivative));
    }
    CHECK(largest > 0.5);
  };
  differs("amplitude", 1.5, 0.25);
  differs("period_ms", 17.0, 0.02);
  differs("strength", 0.7, 0.25);
  differs("tau_decay", 8.0, 0.05);
  differs("tau_rise", 2.0, 0.05);
}

TEST_CASE("the parameters of a temporal stimulus are those of the stimulus, then those of the filter") {
  auto seen = temporal(pulses, TimeConstantFilter{.tau = 4.0, .T = 20});
  std::string names;
  for_each_parameter(seen, [&](const auto& entry, const auto&) { names.append(entry.name).append(" "); });
  CHECK(names == "strength start_steps period_steps pulse_steps stop_steps tau T ");
  set_parameter(seen, "tau", 2.0);
  CHECK(seen.filter.tau == 2.0);
  check_message<InvalidParameter>([&] { set_parameter(seen, "tau", -2.0); }, {"tau = -2"});
}

// --- in a simulation -----------------------------------------------------------------------------------------------

TEST_CASE("a network spikes as with the recorded values of the filtered stimulus, on any number of threads") {
  const auto seen = temporal(trains.on(neurons(0, 40)) + wave.on(neurons({3, 50})), random_taps(50, 4));
  const Played values = played(seen, {.seed = Seed{3}, .neurons = 60}, 0, 500);
  Eigen::MatrixXf matrix(60, 500);
  for (std::size_t t = 0; t < 500; ++t)
    for (std::size_t i = 0; i < 60; ++i)
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = values[t][i];
  Simulator by_matrix{network(), lively, recorded(matrix), Seed{3}};
  const std::uint64_t expected = by_matrix.run(500).fingerprint();
  CHECK(Simulator{network(), lively, no_stimulus, Seed{3}}.run(500).fingerprint() != expected);

  for (const int threads : support::thread_counts()) {
    Simulator simulator{network(), lively, seen, Seed{3}, EigenBackend<>{.threads = threads}};
    CHECK(simulator.run(500).fingerprint() == expected);
    simulator.reset();
    CHECK(simulator.run(123).fingerprint() + simulator.run(1).fingerprint() + simulator.run(376).fingerprint() ==
          expected);
  }
}

TEST_CASE("the spikes of a network with a temporal stimulus are pinned") {
  Simulator simulator{network(), lively, temporal(wave + trains, BiexponentialFilter{.tau_decay = 8.0}), Seed{3}};
  const auto spikes = simulator.run(1000);
  CHECK(spikes.total() > 1000);
  CHECK(spikes.fingerprint() == 0xc4ece946d030b66e);
}

TEST_CASE("each network of a batch and each trial has its own filtered pulses") {
  const auto seen = temporal(trains, random_taps(20, 4));
  const auto batched = Simulator{trials(network(), 3), lively, seen, Seed{3}, EigenBackend<>{.threads = 2}}.run(300);
  for (std::uint32_t trial = 0; trial < 3; ++trial) {
    Simulator alone{network(), lively, seen, Seed{3}, EigenBackend<>{.first_network = trial}};
    CHECK(batched[trial].fingerprint() == alone.run(300).fingerprint());
  }
  CHECK(batched[0].fingerprint() != batched[1].fingerprint());
}

TEST_CASE("neurons weigh the basis functions of a filter") {
  std::vector<std::array<double, 3>> fields(60);
  for (std::size_t i = 0; i < 60; ++i) fields[i] = {0.5, i % 2 == 0 ? 1.0 : -1.0, 0.1 * static_cast<double>(i % 5)};
  const auto model = per_neuron(Weighing{}, &ChannelWeights<3>::weights, fields);
  const auto seen = temporal(wave, cosines);
  const Played values = played(seen, {.neurons = 60}, 0, 300);
  Eigen::MatrixXf matrix(60, 300);
  for (std::size_t t = 0; t < 300; ++t)
    for (std::size_t i = 0; i < 60; ++i) {
      float sum = 0.0f;
      for (std::size_t m = 0; m < 3; ++m) sum += static_cast<float>(fields[i][m]) * values[t][i * 3 + m];
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = sum;
    }
  const auto expected = Simulator{network(), BernoulliGLM{}, recorded(matrix), Seed{3}}.run(300);
  CHECK(expected.total() > 100);
  CHECK(Simulator{network(), model, seen, Seed{3}}.run(300).fingerprint() == expected.fingerprint());
}

TEST_CASE("a replay has the inputs of the run, with derivatives by the time constant of the stimulus' filter") {
  const auto seen = temporal(wave, TimeConstantFilter{.tau = 6.0, .T = 40});
  const auto spikes = Simulator{network(), lively, seen, Seed{3}}.run(100);
  Replay replay{network(), lively, seen, spikes, Seed{3}, "stimulus.tau"};
  Replay above{network(), lively, temporal(wave, TimeConstantFilter{.tau = 6.05, .T = 40}), spikes, Seed{3}};
  Replay below{network(), lively, temporal(wave, TimeConstantFilter{.tau = 5.95, .T = 40}), spikes, Seed{3}};
  double largest = 0.0;
  while (replay.steps_left() > 0) {
    std::vector<double> slopes, high, low;
    replay.advance([&](auto, const FloatDual& g, const auto&) { slopes.push_back(g.derivative); });
    above.advance([&](auto, const FloatDual& g, const auto&) { high.push_back(static_cast<double>(g)); });
    below.advance([&](auto, const FloatDual& g, const auto&) { low.push_back(static_cast<double>(g)); });
    for (std::size_t i = 0; i < 60; ++i)
      REQUIRE(slopes[i] == Approx((high[i] - low[i]) / 0.1).epsilon(1e-3).margin(1e-3));
    largest = std::max(largest, std::abs(slopes[0]));
  }
  CHECK(largest > 0.1);
}

// --- errors --------------------------------------------------------------------------------------------------------

TEST_CASE("an invalid filter is refused, at once or where it does not fit the time step") {
  check_message<InvalidParameter>([] { temporal(pulses, std::vector<double>{}); }, {"at least one coefficient"});
  check_message<InvalidParameter>([] { temporal(pulses, {1.0, std::nan("")}); }, {"nan", "lag 1"});
  check_message<InvalidParameter>([] { temporal(pulses, TimeConstantFilter{.tau = -1.0}); }, {"tau = -1"});
  const auto late = temporal(pulses, RaisedCosine<2>{.last_peak_ms = 20.0, .window_steps = 30});
  CHECK_NOTHROW(terms_for(late, {.dt_ms = 1.0, .neurons = 2}));
  check_message<InvalidParameter>([&] { terms_for(late, {.dt_ms = 0.5, .neurons = 2}); },
                                  {"last_peak_ms = 20", "dt = 0.5"});
}

TEST_CASE("a stimulus that does not fit the network is refused as without a filter") {
  check_message<InvalidArgument>([] { terms_for(temporal(pulses.on(neurons({9})), {1.0}), context); }, {"neuron 9"});
  check_message<InvalidArgument>([] { terms_for(temporal(recorded(random_matrix(3, 4, 1)), {1.0}), context); },
                                 {"3 neurons", "a network of 7"});
}
