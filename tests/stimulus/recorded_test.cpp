// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/recorded.hpp"

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"

using namespace spikeometric;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();

Eigen::MatrixXf numbered(Eigen::Index neurons, Eigen::Index steps) {
  Eigen::MatrixXf matrix(neurons, steps);
  for (Eigen::Index step = 0; step < steps; ++step)
    for (Eigen::Index neuron = 0; neuron < neurons; ++neuron)
      matrix(neuron, step) = static_cast<float>(100 * step + neuron + 1);
  return matrix;
}

constexpr bool is_matrix(const Masked<RecordedMatrix>&) { return true; }
constexpr bool is_matrix(const Masked<RecordedSeries>&) { return false; }

}  // namespace

TEST_CASE("a recorded matrix gives each neuron its value in each step, and 0 before and after") {
  support::Numbers numbers{1};
  for (int trial = 0; trial < 100; ++trial) {
    const int neurons = numbers.between(1, 20), steps = numbers.between(0, 30);
    const Eigen::MatrixXf matrix = numbered(neurons, steps);
    const std::uint64_t shift = numbers.below(20), first = numbers.below(40);
    const Played values = played(recorded(matrix).from(shift), {.neurons = static_cast<std::uint64_t>(neurons)}, first,
                                 40, 1 + numbers.below(25));
    for (std::uint64_t i = 0; i < 40; ++i)
      for (int neuron = 0; neuron < neurons; ++neuron) {
        const auto column = static_cast<std::int64_t>(first + i) - static_cast<std::int64_t>(shift);
        const float expected = column >= 0 && column < steps ? matrix(neuron, column) : 0.0f;
        REQUIRE(values[i][static_cast<std::size_t>(neuron)] == expected);
      }
  }
}

TEST_CASE("a recorded matrix drives only the neurons of its mask") {
  const Played values = played(recorded(numbered(5, 2)).on(neurons({1, 4})).from(1), {.neurons = 5}, 0, 4, 2);
  CHECK(values == Played{{0, 0, 0, 0, 0}, {0, 2, 0, 0, 5}, {0, 102, 0, 0, 105}, {0, 0, 0, 0, 0}});
}

TEST_CASE("all neurons share a recorded series, which is 0 before and after") {
  const auto wave = recorded(std::vector<float>{1, 0, -2}).on(neurons(1, 3));
  CHECK(played(wave, {.neurons = 4}, 0, 5) ==
        Played{{0, 1, 1, 0}, {0, 0, 0, 0}, {0, -2, -2, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  CHECK(series(wave.on(Mask{}).from(2), {}, 0, 7) == std::vector<float>{0, 0, 1, 0, -2, 0, 0});
  CHECK(series(wave.on(Mask{}).from(2), {}, 3, 2) == std::vector<float>{0, -2});
  CHECK(series(recorded(std::vector<float>{}), {}, 0, 3) == std::vector<float>(3, 0.0f));
}

TEST_CASE("a recording may begin at any step, including the last") {
  constexpr std::uint64_t last = (std::uint64_t{1} << 48) - 1;
  CHECK(series(recorded(std::vector<float>{1, 2, 3}).from(last - 1), {}, last - 2, 3) == std::vector<float>{0, 1, 2});
  CHECK(series(recorded(numbered(1, 3)).from(last - 1), {}, last - 2, 3) == std::vector<float>{0, 1, 101});
  CHECK(series(recorded(numbered(1, 3)).from(forever), {}, last - 2, 3) == std::vector<float>(3, 0.0f));
  CHECK(series(recorded(std::vector<float>{1, 2, 3}).from(forever), {}, 0, 3) == std::vector<float>(3, 0.0f));
}

TEST_CASE("a batch may have a matrix for each network") {
  const auto each = recorded(std::vector<Eigen::MatrixXf>{numbered(2, 1), numbered(3, 2)});
  CHECK(played(each, {.index = 0, .networks = 2, .neurons = 2}, 0, 2) == Played{{1, 2}, {0, 0}});
  CHECK(played(each, {.index = 1, .networks = 2, .neurons = 3}, 0, 2) == Played{{1, 2, 3}, {101, 102, 103}});
  const auto masked = each.on(std::vector<Mask>{neurons({1}), neurons({0, 2})});
  CHECK(played(masked, {.index = 1, .networks = 2, .neurons = 3}, 1, 1) == Played{{101, 0, 103}});

  check_message<std::invalid_argument>([&] { terms_for(each, {.index = 0, .networks = 3, .neurons = 2}); },
                                       {"2 recorded stimuli", "a batch of 3 networks"});
  check_message<std::invalid_argument>([&] { terms_for(each, {.index = 1, .networks = 2, .neurons = 2}); },
                                       {"3 neurons", "a network of 2"});
}

TEST_CASE("one matrix serves all networks of a batch that it fits") {
  const auto movie = recorded(numbered(2, 1));
  for (std::uint64_t index = 0; index < 3; ++index)
    CHECK(played(movie, {.index = index, .networks = 3, .neurons = 2}, 0, 1) == Played{{1, 2}});
}

TEST_CASE("a recorded source tells which steps it covers") {
  CHECK(recorded(numbered(2, 6)).from(4).source.covered() == StepRange{4, 10});
  CHECK(recorded(numbered(2, 6)).source.covered(3) == StepRange{0, 6});
  const auto each = recorded(std::vector<Eigen::MatrixXf>{numbered(2, 1), numbered(3, 2)}).from(5);
  CHECK((each.source.covered(0) == StepRange{5, 6} && each.source.covered(1) == StepRange{5, 7}));
  check_message<OutOfRange>([&] { each.source.covered(2); }, {"network 2", "2 networks"});
  CHECK(recorded(std::vector<float>{1, 2, 3}).from(2).source.covered() == StepRange{2, 5});
  CHECK(recorded(std::vector<float>{1, 2, 3}).from(forever).source.covered() == StepRange{forever, forever});
}

TEST_CASE("copies of a recorded stimulus share its data") {
  const auto movie = recorded(numbered(3, 4));
  const auto copy = movie.from(7).on(neurons({0, 2}));
  CHECK(movie.source.field({.neurons = 3}).matrix->data() == copy.source.field({.neurons = 3}).matrix->data());
}

TEST_CASE("a matrix given as an rvalue is not copied") {
  Eigen::MatrixXf matrix = numbered(3, 4);
  const float* const data = matrix.data();
  const auto movie = recorded(std::move(matrix));
  CHECK(movie.source.field({.neurons = 3}).matrix->data() == data);
}

TEST_CASE("an Eigen expression is a matrix or, if its type is a vector, a series") {
  const Eigen::MatrixXf matrix = numbered(3, 4);
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = matrix;
  const Eigen::VectorXf column = Eigen::VectorXf::LinSpaced(4, 1.0f, 4.0f);
  CHECK(is_matrix(recorded(matrix)));
  CHECK(is_matrix(recorded(matrix * 2.0f)));
  CHECK(is_matrix(recorded(by_rows)));
  CHECK(is_matrix(recorded(matrix.leftCols(2))));
  CHECK_FALSE(is_matrix(recorded(column)));
  CHECK_FALSE(is_matrix(recorded(column.transpose())));
  CHECK_FALSE(is_matrix(recorded(matrix.row(1))));
  CHECK_FALSE(is_matrix(recorded(Eigen::VectorXf(column))));

  CHECK(played(recorded(by_rows), {.neurons = 3}, 1, 1) == Played{{101, 102, 103}});
  CHECK(played(recorded(matrix.rightCols(2) * 2.0f), {.neurons = 3}, 0, 1) == Played{{402, 404, 406}});
  CHECK(series(recorded(column * 2.0f), {}, 0, 5) == std::vector<float>{2, 4, 6, 8, 0});
  CHECK(series(recorded(matrix.row(1)), {}, 0, 5) == std::vector<float>{2, 102, 202, 302, 0});
}

TEST_CASE("a matrix for another number of neurons is refused, naming both") {
  check_message<std::invalid_argument>([] { terms_for(recorded(numbered(4, 3)), {.neurons = 5}); },
                                       {"4 neurons", "a network of 5"});
  check_message<std::invalid_argument>([] { terms_for(recorded(numbered(0, 0)), {.neurons = 5}); },
                                       {"0 neurons", "a network of 5"});
  CHECK_NOTHROW(terms_for(recorded(numbered(5, 0)), {.neurons = 5}));
}

TEST_CASE("a recorded value that is not finite is refused, naming neuron and step") {
  Eigen::MatrixXf matrix = numbered(4, 6);
  matrix(2, 5) = not_a_number;
  check_message<std::invalid_argument>([&] { recorded(matrix); }, {"finite", "nan", "neuron 2", "step 5"});
  matrix(3, 1) = -infinity;
  check_message<std::invalid_argument>([&] { recorded(matrix); }, {"finite", "-inf", "neuron 3", "step 1"});
  check_message<std::invalid_argument>([&] { recorded(matrix * 2.0f); }, {"-inf", "neuron 3", "step 1"});
  check_message<std::invalid_argument>(
      [&] {
        recorded(std::vector<Eigen::MatrixXf>{numbered(2, 2), matrix});
      },
      {"-inf", "neuron 3", "step 1", "network 1"});
  check_message<std::invalid_argument>([] { recorded(std::vector<float>{1, 2, infinity}); }, {"inf", "step 2"});
  check_message<std::invalid_argument>([&] { recorded(matrix.row(2)); }, {"nan", "step 5"});
}
