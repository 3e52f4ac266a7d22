// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/frames.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

Eigen::MatrixXf random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  support::Numbers numbers{seed};
  return Eigen::MatrixXf::NullaryExpr(rows, columns, [&] { return static_cast<float>(numbers.real(-1.0, 1.0)); });
}

std::vector<double> values_of(const detail::FilteredFrames& filtered, std::uint64_t first, std::uint64_t steps) {
  std::vector<double> values(steps * filtered.size(), -1.0);
  filtered.fill(first, steps, values.data(), filtered.size());
  return values;
}

}  // namespace

TEST_CASE("filtered frames are the sums of the definition, up to the rounding of another order of sums") {
  support::Numbers numbers{1};
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    const std::uint64_t channels = 1 + numbers.below(5), frames = numbers.below(12), duration = 1 + numbers.below(9),
                        start = numbers.below(15), first = numbers.below(60), functions = 1 + numbers.below(3);
    const Eigen::MatrixXf matrix =
        random_matrix(static_cast<Eigen::Index>(channels), static_cast<Eigen::Index>(frames), 2);
    std::vector<std::vector<double>> taps(functions);
    for (auto& each : taps) {
      each.resize(1 + numbers.below(25));
      for (double& tap : each) tap = numbers.real(-1.0, 1.0);
    }
    const Frames movie{matrix, {.steps_per_frame = duration, .start_steps = start}};
    const auto filtered = movie.filtered({}, taps);
    REQUIRE(filtered.size() == channels * functions);
    const auto values = values_of(filtered, first, 70);
    for (std::uint64_t t = first; t < first + 70; ++t)
      for (std::uint64_t channel = 0; channel < channels; ++channel)
        for (std::uint64_t m = 0; m < functions; ++m) {
          double sum = 0.0, absolute = 0.0;
          for (std::uint64_t k = 0; k < taps[m].size() && k <= t; ++k) {
            if (t - k < start || (t - k - start) / duration >= frames) continue;
            const auto frame = static_cast<Eigen::Index>((t - k - start) / duration);
            const double product = taps[m][k] * static_cast<double>(matrix(static_cast<Eigen::Index>(channel), frame));
            sum += product;
            absolute += std::abs(product);
          }
          // Each of at most 26 sums and 26 products errs by at most 2^-53 of the sum of absolute values, on both sides.
          REQUIRE(std::abs(values[(t - first) * filtered.size() + channel * functions + m] - sum) <=
                  104 * 0x1p-53 * absolute);
        }
  }
}

TEST_CASE("the values do not depend on which steps are computed together") {
  support::Numbers numbers{1};
  const std::vector<std::vector<double>> taps{{0.1, 0.2, -0.7, 0.3, 0.3, 0.3, 1e-9}, {1.0 / 3, 1.0 / 7}};
  for (const std::uint64_t duration : {1, 3, 40}) {
    const auto filtered =
        Frames{random_matrix(3, 20, 4), {.steps_per_frame = duration, .start_steps = 5}}.filtered({}, taps);
    const auto whole = values_of(filtered, 0, 100);
    std::vector<double> pieces;
    for (std::uint64_t first = 0; first < 100;) {
      const std::uint64_t steps = std::min(1 + numbers.below(12), 100 - first);
      const auto piece = values_of(filtered, first, steps);
      pieces.insert(pieces.end(), piece.begin(), piece.end());
      first += steps;
    }
    CHECK(pieces == whole);
  }
}

TEST_CASE("with the tap 1, a frame is shown for its duration, from its step on") {
  Eigen::MatrixXf matrix(2, 3);
  matrix << 1, 2, 3, 4, 5, 6;
  const auto shown = Frames{matrix, {.steps_per_frame = 2, .start_steps = 1}}.filtered({}, {{1.0}});
  CHECK(values_of(shown, 0, 8) == std::vector<double>{0, 0, 1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6, 0, 0});
  CHECK(values_of(Frames{matrix}.filtered({}, {{0.0, 1.0}}), 0, 5) ==
        std::vector<double>{0, 0, 1, 4, 2, 5, 3, 6, 0, 0});
  CHECK(values_of(Frames{matrix, {.steps_per_frame = 1'000'000'000'000}}.filtered({}, {{1.0, 2.0}}), 999'999'999'999,
                  3) == std::vector<double>{3, 12, 4, 13, 6, 15});
}

TEST_CASE("frames cover the steps in which they are shown") {
  const Eigen::MatrixXf matrix = random_matrix(2, 10, 1);
  CHECK(Frames{matrix}.covered() == StepRange{0, 10});
  CHECK(Frames{matrix, {.steps_per_frame = 7, .start_steps = 3}}.covered(5) == StepRange{3, 73});
  CHECK(Frames{matrix, {.steps_per_frame = std::uint64_t{1} << 62}}.covered() == StepRange{});
  const Frames each{std::vector<Eigen::MatrixXf>{matrix, matrix.leftCols(4)}, {.steps_per_frame = 2}};
  CHECK((each.covered(0) == StepRange{0, 20} && each.covered(1) == StepRange{0, 8}));
  check_message<OutOfRange>([&] { each.covered(2); }, {"network 2", "2 networks"});
}

TEST_CASE("a range of steps contains those that lie within it") {
  const StepRange range{5, 9};
  CHECK((range.contains(5, 4) && range.contains(8, 1) && range.contains(100, 0)));
  CHECK_FALSE((range.contains(4, 1) || range.contains(5, 5) || range.contains(9, 1)));
  CHECK_FALSE(range.contains(6, std::numeric_limits<std::uint64_t>::max()));
  CHECK(StepRange{}.contains(0, std::uint64_t{1} << 48));
  CHECK(StepRange::of(7, std::numeric_limits<std::uint64_t>::max()).end == StepRange{}.end);
}

TEST_CASE("each network of a batch has its own frames, or all share them") {
  const Eigen::MatrixXf one = Eigen::MatrixXf::Ones(1, 3), two = Eigen::MatrixXf::Constant(1, 5, 2.0f);
  const Frames each{std::vector<Eigen::MatrixXf>{one, two}};
  CHECK(values_of(each.filtered({.index = 0, .networks = 2}, {{1.0}}), 0, 6) == std::vector<double>{1, 1, 1, 0, 0, 0});
  CHECK(values_of(each.filtered({.index = 1, .networks = 2}, {{1.0}}), 0, 6) == std::vector<double>{2, 2, 2, 2, 2, 0});
  CHECK(values_of(Frames{one}.filtered({.index = 7, .networks = 9}, {{1.0}}), 0, 1) == std::vector<double>{1});
  check_message<InvalidArgument>([&] { each.filtered({.index = 0, .networks = 3}, {{1.0}}); },
                                 {"2 matrices of frames", "a batch of 3 networks"});
}

TEST_CASE("frames are made from any Eigen expression of floats") {
  const Eigen::MatrixXf matrix = random_matrix(3, 8, 1);
  CHECK(Frames{matrix.leftCols(4)}.covered().end == 4);
  CHECK(Frames{matrix.row(1)}.channels() == 1);
  CHECK(Frames{matrix.cast<double>().cast<float>(), {.steps_per_frame = 2}}.covered().end == 16);
}

TEST_CASE("invalid frames are refused, naming frame, channel and network") {
  Eigen::MatrixXf matrix = random_matrix(3, 8, 1);
  matrix(2, 5) = not_a_number;
  check_message<InvalidArgument>([&] { Frames{matrix}; }, {"finite", "nan", "frame 5", "channel 2"});
  check_message<InvalidArgument>(
      [&] {
        Frames{std::vector<Eigen::MatrixXf>{random_matrix(3, 2, 1), matrix}};
      },
      {"nan", "frame 5", "channel 2", "network 1"});
  check_message<InvalidArgument>(
      [&] {
        Frames{std::vector<Eigen::MatrixXf>{random_matrix(3, 2, 1), random_matrix(4, 2, 1)}};
      },
      {"network 1", "4 channels", "network 0", "3"});
  check_message<InvalidArgument>([] { Frames{Eigen::MatrixXf(0, 4)}; }, {"at least one channel"});
  check_message<InvalidArgument>([] { Frames{std::vector<Eigen::MatrixXf>{}}; }, {"list of matrices is empty"});
  check_message<InvalidParameter>([] { Frames(Eigen::MatrixXf::Ones(1, 1), {.steps_per_frame = 0}); },
                                  {"steps_per_frame = 0", "at least 1"});
}
