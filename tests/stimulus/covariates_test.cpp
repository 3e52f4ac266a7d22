// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/covariates.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"

using namespace spikeometric;

static_assert(!Stimulus<Frames> && !Stimulus<Impulses> && !Stimulus<StimulusCovariates>, "they lack weights");
static_assert(Stimulus<Masked<WeightedCovariates>>);

namespace {

constexpr std::uint64_t size = 60, steps = 400;

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  support::Numbers numbers{seed};
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return numbers.real(-1.0, 1.0); });
}

const RaisedCosine<3> cosines{.last_peak_ms = 12.0, .window_steps = 40};
const Frames movie{random_matrix(5, 40, 1).cast<float>(), {.steps_per_frame = 8, .start_steps = 20}};
const std::vector<std::uint64_t> onsets{7, 100, 104, 333};

/// 15 covariates of the movie and 2 of the events.
StimulusCovariates both() {
  return channels(temporal(movie, cosines),
                  temporal(impulses(onsets, {1.0, -2.0, 0.5, 3.0}),
                           Basis<ExponentialFilter, 2>{{{{.coupling_decay = 0.5}, {.coupling_decay = 0.05}}}}));
}

std::vector<double> values_of(const CovariateValues& values, std::uint64_t first, std::uint64_t count) {
  std::vector<double> result(count * values.size(), -1.0);
  values.fill(first, count, result.data());
  return result;
}

Graph<> network() { return generate::normal({.neurons = size, .probability = 0.2, .std = 2.0}, Seed{5}); }
const BernoulliGLM lively{{.theta = 2.0}};

}  // namespace

TEST_CASE("covariates are numbered by input, channel and basis function") {
  const StimulusCovariates covariates = both();
  using Place = StimulusCovariates::Place;
  CHECK(covariates.size() == 17);
  CHECK(covariates.place(0) == Place{0, 0, 0});
  CHECK(covariates.place(5) == Place{0, 1, 2});
  CHECK(covariates.place(14) == Place{0, 4, 2});
  CHECK(covariates.place(16) == Place{1, 0, 1});
  check_message<OutOfRange>([&] { covariates.place(17); }, {"covariate 17", "17"});
  CHECK(covariates.taps(5, 1.0) == impulse_responses(cosines, 1.0)[2]);
  CHECK(covariates.taps(15, 0.5) == impulse_responses(ExponentialFilter{.coupling_decay = 0.5}, 0.5)[0]);

  StimulusCovariates twice = both();
  twice.add(twice);
  CHECK((twice.size() == 34 && twice.place(33) == Place{3, 0, 1}));
}

TEST_CASE("the values of covariates are those of their inputs, side by side, in double and in float") {
  const auto values = both().values({});
  const auto all = values_of(values, 0, steps);
  std::vector<float> rounded(30 * 17);
  values.fill(90, 30, rounded.data());
  for (std::size_t i = 0; i < rounded.size(); ++i) REQUIRE(rounded[i] == static_cast<float>(all[90 * 17 + i]));
  std::vector<float> many(steps * 17);
  values.fill(0, steps, many.data());
  for (std::size_t i = 0; i < many.size(); ++i) REQUIRE(many[i] == static_cast<float>(all[i]));

  std::vector<double> pixels(steps * 15), events(steps * 2);
  movie.filtered({}, impulse_responses(cosines, 1.0)).fill(0, steps, pixels.data(), 15);
  temporal(impulses(onsets, {1.0, -2.0, 0.5, 3.0}),
           Basis<ExponentialFilter, 2>{{{{.coupling_decay = 0.5}, {.coupling_decay = 0.05}}}})
      .values({})
      .fill(0, steps, events.data());
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t c = 0; c < 15; ++c) REQUIRE(all[t * 17 + c] == pixels[t * 15 + c]);
    for (std::size_t c = 0; c < 2; ++c) REQUIRE(all[t * 17 + 15 + c] == events[t * 2 + c]);
  }
}

TEST_CASE("a single channel has the values of the recorded series, filtered") {
  const Eigen::MatrixXf series_of_frames = random_matrix(1, 300, 3).cast<float>();
  const std::vector<double> taps{0.3, -0.2, 0.7};
  std::vector<float> values(320);
  temporal(Frames{series_of_frames, {.start_steps = 9}}, taps).values({}).fill(0, 320, values.data());
  CHECK(values == series(temporal(recorded(series_of_frames.row(0)).from(9), taps), {}, 0, 320));
}

TEST_CASE("covariates cover the steps of all their frames") {
  CHECK(both().covered() == StepRange{20, 340});
  CHECK(temporal(impulses(onsets), {1.0}).covered() == StepRange{});
  const Frames later{Eigen::MatrixXf::Ones(1, 10), {.steps_per_frame = 50, .start_steps = 30}};
  CHECK(channels(both(), temporal(later, {1.0})).covered() == StepRange{30, 340});
  CHECK((both().covers(0, 20, 320) && !both().covers(0, 19, 10) && !both().covers(3, 300, 41)));
  CHECK(both().with_weights(Eigen::MatrixXd::Ones(17, 2)).source.covered() == StepRange{20, 340});
  CHECK(terms_for(both().with_weights(Eigen::MatrixXd::Ones(17, 2)), {.neurons = 2}).list()[0].covered ==
        StepRange{20, 340});
}

TEST_CASE("weighted covariates are added in double, in order, and rounded once") {
  const Eigen::MatrixXd weights = random_matrix(17, 9, 7);
  const auto values = values_of(both().values({}), 0, steps);
  const auto drive = both().with_weights(weights);
  const Played played_whole = played(drive, {.neurons = 9}, 0, steps);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < 9; ++i) {
      double sum = 0.0;
      for (std::size_t c = 0; c < 17; ++c)
        sum += weights(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(i)) * values[t * 17 + c];
      REQUIRE(played_whole[t][i] == static_cast<float>(sum));
    }
  CHECK(played(drive.on(neurons({1, 2, 7})), {.neurons = 9}, 200, 1)[0] ==
        std::vector<float>{0, played_whole[200][1], played_whole[200][2], 0, 0, 0, 0, played_whole[200][7], 0});
  const Eigen::MatrixXf rounded = weights.cast<float>();
  CHECK(played(both().with_weights(rounded), {.neurons = 9}, 0, 50) ==
        played(both().with_weights(rounded.cast<double>()), {.neurons = 9}, 0, 50));
}

TEST_CASE("filters of low rank in space and time are products of weights") {
  const Eigen::MatrixXd spatial = random_matrix(5, 2, 1), temporal_weights = random_matrix(3, 2, 2);
  Eigen::MatrixXd weights(15, 1);
  weights.col(0) = (temporal_weights * spatial.transpose()).reshaped();
  for (Eigen::Index channel = 0; channel < 5; ++channel)
    for (Eigen::Index m = 0; m < 3; ++m)
      CHECK(weights(channel * 3 + m, 0) ==
            Approx(spatial(channel, 0) * temporal_weights(m, 0) + spatial(channel, 1) * temporal_weights(m, 1)));
  CHECK_NOTHROW(temporal(movie, cosines).with_weights(weights));
}

TEST_CASE("a step of zeros adds nothing") {
  const auto terms =
      terms_for(temporal(impulses({3, 4}), {1.0}).with_weights(Eigen::MatrixXf::Ones(1, 2)), {.neurons = 2});
  std::vector<float> values(12);
  std::vector<std::uint8_t> adds(6);
  CHECK(terms.list()[0].make(0, 6, values.data(), adds.data()).steps == 6);
  CHECK(adds == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 0});
}

TEST_CASE("a network spikes as with the recorded values of weighted covariates, on any number of threads") {
  const auto drive = both().with_weights(random_matrix(17, size, 3)).on(neurons(0, 50)) +
                     regular_pulses({.strength = 0.5, .period_steps = 10});
  const Played values = played(drive, {.neurons = size}, 0, steps);
  Eigen::MatrixXf matrix(size, steps);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < size; ++i)
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = values[t][i];
  const auto expected = Simulator{network(), lively, recorded(matrix), Seed{3}}.run(steps);
  CHECK(expected.total() > 1000);
  for (const int threads : support::thread_counts()) {
    Simulator simulator{network(), lively, drive, Seed{3}, EigenBackend<>{.threads = threads}};
    CHECK(simulator.run(steps).fingerprint() == expected.fingerprint());
    simulator.reset();
    CHECK(simulator.run(77).fingerprint() + simulator.run(1).fingerprint() + simulator.run(322).fingerprint() ==
          expected.fingerprint());
  }

  Replay replay{network(), lively, drive, expected, Seed{3}};
  Replay by_matrix{network(), lively, recorded(matrix), expected, Seed{3}};
  while (replay.steps_left() > 0) {
    std::vector<float> inputs, same;
    replay.advance([&](auto, const FloatDual& g, const auto&) { inputs.push_back(g.value); });
    by_matrix.advance([&](auto, const FloatDual& g, const auto&) { same.push_back(g.value); });
    REQUIRE(inputs == same);
  }
}

TEST_CASE("the spikes of a network that sees a movie are pinned") {
  Simulator simulator{network(), lively, both().with_weights(random_matrix(17, size, 3)), Seed{3}};
  CHECK(simulator.run(steps).fingerprint() == 0xb9f51f4a6a5f0767);
}

TEST_CASE("each trial sees its own movie and its own events") {
  const Frames each{
      std::vector<Eigen::MatrixXf>{random_matrix(2, 50, 1).cast<float>(), random_matrix(2, 30, 2).cast<float>()},
      {.steps_per_frame = 4}};
  const auto events = impulses(std::vector<std::vector<std::uint64_t>>{{10, 50}, {70}});
  const Eigen::MatrixXd weights = random_matrix(3, size, 3) * 3.0;
  const auto seen = channels(temporal(each, {1.0, 0.5}), temporal(events, {1.0, 1.0, 1.0})).with_weights(weights);
  CHECK((seen.source.covered(0) == StepRange{0, 200} && seen.source.covered(1) == StepRange{0, 120}));
  const auto trial = Simulator{trials(network(), 2), lively, seen, Seed{3}, EigenBackend<>{.threads = 2}}.run(300);
  const std::vector<Eigen::MatrixXf> matrices{random_matrix(2, 50, 1).cast<float>(),
                                              random_matrix(2, 30, 2).cast<float>()};
  const std::vector<std::vector<std::uint64_t>> lists{{10, 50}, {70}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    const auto own = channels(temporal(Frames{matrices[i], {.steps_per_frame = 4}}, {1.0, 0.5}),
                              temporal(impulses(lists[i]), {1.0, 1.0, 1.0}))
                         .with_weights(weights);
    Simulator alone{network(), lively, own, Seed{3}, EigenBackend<>{.first_network = i}};
    CHECK(alone.run(300).fingerprint() == trial[i].fingerprint());
  }
  check_message<InvalidArgument>([&] { Simulator(trials(network(), 3), lively, seen, Seed{3}); },
                                 {"2 matrices of frames", "3 networks"});
}

TEST_CASE("weights that do not fit are refused, naming covariate and neuron") {
  check_message<InvalidArgument>([] { both().with_weights(Eigen::MatrixXd::Ones(16, 4)); },
                                 {"16 covariates", "17", "covariates x neurons"});
  Eigen::MatrixXd weights = Eigen::MatrixXd::Ones(17, 4);
  weights(16, 3) = std::nan("");
  check_message<InvalidArgument>([&] { both().with_weights(weights); },
                                 {"nan", "neuron 3", "basis function 1", "channel 0", "input 1"});
  check_message<InvalidArgument>([] { terms_for(both().with_weights(Eigen::MatrixXd::Ones(17, 4)), {.neurons = 5}); },
                                 {"4 neurons", "a network of 5"});
}

TEST_CASE("a filter that does not fit is refused") {
  check_message<InvalidParameter>([] { temporal(movie, ExponentialFilter{.coupling_decay = -1.0}); },
                                  {"coupling_decay = -1"});
  check_message<InvalidParameter>([] { temporal(movie, std::vector<double>{}); }, {"at least one coefficient"});
  check_message<InvalidParameter>([] { both().values({.dt_ms = 0.1}); }, {"last_peak_ms = 12", "dt = 0.1"});
}
