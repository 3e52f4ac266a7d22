// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/poisson.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "played.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t effort = support::slow_build ? 1 : 4;

/// The definition written out: the steps, from `start`, of all events in the given blocks of `length` steps.
std::vector<std::uint64_t> slow_events(double mean, std::uint64_t length, std::uint64_t seed, std::uint32_t network,
                                       std::uint32_t purpose, std::uint64_t first_block, std::uint64_t blocks) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t block = first_block; block < first_block + blocks; ++block) {
    double time = 0;
    for (std::uint32_t event = 0; event < 1000; ++event) {
      const Block counter = {{event, static_cast<std::uint32_t>(block), network,
                              purpose << 24 | 0x800000u | static_cast<std::uint32_t>(block >> 32)}};
      const Block bits = philox(counter, Seed{seed});
      const std::uint64_t word = std::uint64_t{bits[1]} << 32 | bits[0];
      const double u = (static_cast<double>(word >> 11) + 0.5) * 0x1p-53;
      time += -spikeometric::log(u) * mean;
      if (time >= static_cast<double>(length)) break;
      steps.push_back(block * length + static_cast<std::uint64_t>(time));
    }
  }
  return steps;
}

std::uint64_t length_of(double mean) { return mean < 1 ? 1 : 8 * static_cast<std::uint64_t>(std::ceil(mean)); }

/// Draws all pulses, one after the other.
std::vector<float> painted(const PoissonPulses& p, const std::vector<std::uint64_t>& events, std::uint64_t first,
                           std::uint64_t steps) {
  std::vector<float> values(steps);
  for (const std::uint64_t event : events)
    for (std::uint64_t t = 0; t < p.pulse_steps; ++t) {
      const std::uint64_t step = p.start_steps + event + t;
      if (step < p.stop_steps && step >= first && step - first < steps)
        values[step - first] = static_cast<float>(p.strength);
    }
  return values;
}

double as_double(std::uint64_t count) { return static_cast<double>(count); }

/// The times of at least `events` events, in steps from the start; the last block is whole.
std::vector<double> times_of(const detail::PoissonEvents& process, std::size_t events) {
  std::vector<double> times;
  for (std::uint64_t block = 0; times.size() < events; ++block)
    process.visit_block(block, [&](double time) {
      times.push_back(as_double(block * process.block_steps()) + time);
      return true;
    });
  return times;
}

detail::PoissonEvents process_of(double mean, std::uint64_t seed) { return {mean, Stream{Seed{seed}, 0, Purpose{16}}}; }

double fraction_on(const std::vector<float>& values) {
  return as_double(static_cast<std::uint64_t>(std::count(values.begin(), values.end(), 1.0f))) /
         as_double(values.size());
}

/// The difference between the number of steps with both on and its expectation for independent trains, in standard
/// deviations.
double dependence(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double product = 0;
  const double p = fraction_on(a), q = fraction_on(b);
  for (std::size_t i = 0; i < a.size(); ++i) product += (a[i] - p) * (b[i] - q);
  return std::abs(product) / std::sqrt(as_double(a.size()) * p * (1 - p) * q * (1 - q));
}

}  // namespace

TEST_CASE("Poisson pulses match their definition, in pieces of any size") {
  support::Numbers numbers{1};
  for (std::uint64_t trial = 0; trial < 100 * effort; ++trial) {
    PoissonPulses p{.strength = 1.0f,
                    .mean_interval_steps = numbers.one_of<double>({0.05, 0.4, 0.99, 1, 1.5, 3, 7.2, 40, 300}),
                    .start_steps = numbers.below(100),
                    .pulse_steps = 1 + numbers.below(numbers.coin(0.5) ? 5 : 200)};
    if (numbers.coin(0.3)) p.stop_steps = p.start_steps + numbers.below(600);
    const std::uint64_t seed = numbers.bits(), steps = 700;
    const auto network = static_cast<std::uint32_t>(numbers.bits());
    const std::uint64_t length = length_of(p.mean_interval_steps);
    const auto events = slow_events(p.mean_interval_steps, length, seed, network, 16, 0, steps / length + 1);
    const std::vector<float> expected = painted(p, events, 0, steps);

    const StimulusContext context{.seed = Seed{seed}, .network = network};
    REQUIRE(series(poisson_pulses(p), context, 0, steps) == expected);
    std::vector<float> joined;
    while (joined.size() < steps) {
      const std::uint64_t first = joined.size(), piece = std::min(1 + numbers.below(60), steps - first);
      const std::vector<float> part = series(poisson_pulses(p), context, first, piece);
      joined.insert(joined.end(), part.begin(), part.end());
    }
    REQUIRE(joined == expected);
  }
}

TEST_CASE("random access is possible up to the last step") {
  support::Numbers numbers{2};
  constexpr std::uint64_t step_end = std::uint64_t{1} << 48;
  for (std::uint64_t trial = 0; trial < 100 * effort; ++trial) {
    const PoissonPulses p{.strength = 1.0f,
                          .mean_interval_steps = numbers.one_of<double>({0.3, 1, 2.5, 100, 1e4}),
                          .start_steps = numbers.below(numbers.coin(0.5) ? 1000 : step_end / 2),
                          .pulse_steps = 1 + numbers.below(300)};
    const std::uint64_t first = step_end - 200 - numbers.below(step_end / 4), seed = numbers.bits();
    const std::uint64_t length = length_of(p.mean_interval_steps);
    const std::uint64_t since = first - p.start_steps, from = (since - 300) / length, to = (since + 200) / length;
    const auto events = slow_events(p.mean_interval_steps, length, seed, 0, 16, from, to - from + 1);
    REQUIRE(series(poisson_pulses(p), {.seed = Seed{seed}}, first, 200) == painted(p, events, first, 200));
  }
}

TEST_CASE("blocks have one step for means below 1, otherwise 8 to 16 mean intervals") {
  const auto length = [](double mean) { return process_of(mean, 1).block_steps(); };
  CHECK(length(5e-324) == 1);
  CHECK(length(0.999) == 1);
  CHECK(length(1) == 8);
  CHECK(length(1.001) == 16);
  CHECK(length(200) == 1600);
  CHECK(length(1e6 - 0.5) == 8'000'000);
  CHECK(length(0x1p40) == std::uint64_t{1} << 43);
  CHECK(length(0x1p40 + 1) == std::uint64_t{1} << 43);
  CHECK(length(std::numeric_limits<double>::max()) == std::uint64_t{1} << 43);
}

TEST_CASE("intervals are exponential, and have no memory") {
  const double mean = GENERATE(0.7, 3.0, 100.0, 1e5);
  const std::size_t events = 50'000 * effort;
  const std::vector<double> times = times_of(process_of(mean, 3), events);
  REQUIRE(std::is_sorted(times.begin(), times.end()));
  std::vector<double> intervals{times[0] / mean};
  for (std::size_t i = 1; i < events; ++i) intervals.push_back((times[i] - times[i - 1]) / mean);

  INFO("mean interval " << mean);
  CHECK(kolmogorov_smirnov(intervals, [](double x) { return -std::expm1(-x); }) < 2.75);
  double sum = 0, squares = 0, products = 0;
  for (std::size_t i = 0; i < events; ++i) {
    sum += intervals[i];
    squares += intervals[i] * intervals[i];
    if (i > 0) products += intervals[i] * intervals[i - 1];
  }
  // The moments of an exponential are 1, 2, 6, 24. Neighbouring products share a factor: var(x y) + 2 cov(x y, y z) =
  // (4 - 1) + 2 (2 - 1).
  const double n = as_double(events);
  CHECK(sigmas(sum / n, 1, 1, n) < 5);
  CHECK(sigmas(squares / n, 2, 24 - 4, n) < 5);
  CHECK(sigmas(products / (n - 1), 1, 5, n - 1) < 5);
}

TEST_CASE("counts of events have the mean and the variance of a Poisson distribution, across blocks too") {
  const double mean = GENERATE(0.7, 3.0, 100.0, 1e5);
  // Windows of another length than blocks, and windows centred on the border between two blocks.
  const bool around_borders = GENERATE(false, true);
  const auto process = process_of(mean, 4);
  const std::vector<double> times = times_of(process, 100'000 * effort);
  const double length = as_double(process.block_steps()), end = std::floor(times.back() / length) * length;
  const double window = around_borders ? 0.5 * length : 2.3 * mean, period = around_borders ? length : window;

  std::vector<std::uint64_t> counts(static_cast<std::size_t>((end - length) / period));
  for (const double time : times) {
    const double at = time - 0.75 * length;
    if (at < 0 || at >= as_double(counts.size()) * period) continue;
    const auto index = static_cast<std::size_t>(at / period);
    counts[index] += at - as_double(index) * period < window;
  }
  double sum = 0, squares = 0;
  const double expected = window / mean, n = as_double(counts.size());
  for (const std::uint64_t count : counts) {
    sum += as_double(count);
    squares += (as_double(count) - expected) * (as_double(count) - expected);
  }
  INFO("mean interval " << mean << ", around borders " << around_borders);
  REQUIRE(n > 5000);
  CHECK(sigmas(sum / n, expected, expected, n) < 5);
  CHECK(sigmas(squares / n, expected, expected + 2 * expected * expected, n) < 5);  // fourth moment: m + 3 m^2
}

TEST_CASE("events are uniform within a block") {
  const double mean = GENERATE(3.0, 100.0, 1e5);
  const auto process = process_of(mean, 5);
  std::vector<std::uint64_t> bins(24);
  for (const double time : times_of(process, 100'000 * effort)) {
    const double phase = time / as_double(process.block_steps());
    ++bins[static_cast<std::size_t>((phase - std::floor(phase)) * as_double(bins.size()))];
  }
  INFO("mean interval " << mean);
  CHECK(chi_squared_sigmas(bins) < 5);
}

TEST_CASE("a step is on if it has an event, or an event fewer than pulse_steps before") {
  const double mean = GENERATE(0.05, 0.7, 1.0, 3.0, 100.0);
  const std::uint64_t pulse = GENERATE(1u, 4u), n = 100'000 * effort;
  const auto values =
      series(poisson_pulses({.mean_interval_steps = mean, .pulse_steps = pulse}), {.seed = Seed{6}}, pulse, n);
  // P(on) = 1 - exp(-pulse / mean). Steps less than `pulse` apart are correlated, by at most 1, so the variance is at
  // most 2 pulse - 1 times that of independent steps.
  const double p = -std::expm1(-as_double(pulse) / mean);
  const double variance = std::max(p * (1 - p), 1e-9) * (2 * as_double(pulse) - 1);
  INFO("mean interval " << mean << ", pulse " << pulse);
  CHECK(sigmas(fraction_on(values), p, variance, as_double(n)) < 5);
  if (pulse == 1 && mean >= 0.7) {
    const std::vector<float> earlier(values.begin(), values.end() - 1), later(values.begin() + 1, values.end());
    CHECK(dependence(earlier, later) < 5);
  }
}

TEST_CASE("the first interval begins at the start") {
  const std::uint64_t n = 5000 * effort;
  std::vector<double> firsts;
  for (std::uint64_t seed = 0; seed < n; ++seed) {
    const auto values =
        series(poisson_pulses({.mean_interval_steps = 20.0, .start_steps = 50}), {.seed = Seed{seed}}, 0, 600);
    const auto first = std::find(values.begin(), values.end(), 1.0f) - values.begin();
    REQUIRE(first >= 50);
    firsts.push_back(static_cast<double>(first - 50));
  }
  // Geometric: P(k) = (1 - q) q^k with q = exp(-1/20), mean q / (1 - q), variance q / (1 - q)^2. There is no event in
  // 550 steps with probability 1e-12.
  const double q = std::exp(-1.0 / 20);
  double sum = 0;
  for (const double first : firsts) sum += first;
  CHECK(sigmas(sum / as_double(n), q / (1 - q), q / (1 - q) / (1 - q), as_double(n)) < 5);
  CHECK(std::count(firsts.begin(), firsts.end(), 0.0) > 0);
}

TEST_CASE("trains of different networks, seeds and terms of a sum are independent") {
  const std::uint64_t n = 50'000 * effort;
  const double mean = GENERATE(0.9, 2.0, 10.0);
  const auto train = [&](std::uint64_t seed, std::uint32_t network, std::size_t place) {
    return series_of_term(poisson_pulses({.mean_interval_steps = mean}), {.seed = Seed{seed}, .network = network},
                          place, 0, n);
  };
  const std::vector<std::vector<float>> trains{train(1, 0, 0), train(1, 1, 0),   train(1, 0, 1),
                                               train(2, 0, 0), train(1, 500, 7), train(std::uint64_t{1} << 32, 0, 0)};
  for (std::size_t a = 0; a < trains.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      INFO("trains " << a << " and " << b << ", mean interval " << mean);
      CHECK(dependence(trains[a], trains[b]) < 5);
    }
}

TEST_CASE("terms of a sum have different trains, and terms with the same index have the same train") {
  const auto pulses = poisson_pulses({.mean_interval_steps = 3.0});
  const StimulusContext context{.seed = Seed{7}, .network = 2};
  const std::vector<float> first = series(pulses, context, 0, 500);
  const auto place = [&](std::size_t i) { return series_of_term(pulses, context, i, 0, 500); };
  CHECK(first == place(0));
  CHECK(first != place(1));
  const std::vector<float> sum = series(pulses + pulses + no_stimulus + pulses, context, 0, 500);
  for (std::size_t i = 0; i < 500; ++i) REQUIRE(sum[i] == place(0)[i] + place(1)[i] + place(3)[i]);
}

TEST_CASE("the neurons of a mask share one train") {
  const auto pulses = poisson_pulses({.mean_interval_steps = 4.0}).on(neurons({1, 3}));
  const Played values = played(pulses, {.seed = Seed{8}, .neurons = 4}, 0, 200, 3);
  const std::vector<float> train = series(pulses.on(Mask{}), {.seed = Seed{8}}, 0, 200);
  for (std::size_t t = 0; t < 200; ++t) REQUIRE(values[t] == std::vector<float>{0, train[t], 0, train[t]});
}

TEST_CASE("pulses of any mean interval and length are computed quickly") {
  constexpr std::uint64_t far = std::uint64_t{1} << 47;
  const auto all = [](std::vector<float> values, float value) {
    return std::all_of(values.begin(), values.end(), [=](float v) { return v == value; });
  };
  for (const double mean : {5e-324, 1e-300, 1e-9}) {
    CHECK(all(series(poisson_pulses({.mean_interval_steps = mean}), {}, 0, 2000), 1.0f));
    CHECK(all(series(poisson_pulses({.mean_interval_steps = mean, .pulse_steps = forever}), {}, far, 2000), 1.0f));
  }
  CHECK(all(series(poisson_pulses({.mean_interval_steps = 1.7e308, .pulse_steps = forever}), {}, far, 2000), 0.0f));
  for (const double mean : {0.9, 1.0, 1e3, 1e6})
    CHECK(all(series(poisson_pulses({.mean_interval_steps = mean, .pulse_steps = forever}), {}, far, 2000), 1.0f));
  CHECK(all(series(poisson_pulses({.mean_interval_steps = 1.0, .start_steps = forever}), {}, far, 2000), 0.0f));
  CHECK(all(series(poisson_pulses({.mean_interval_steps = 1.0, .stop_steps = far, .pulse_steps = forever}), {}, far, 9),
            0.0f));
}

TEST_CASE("invalid Poisson pulses are refused, naming the value") {
  const auto make = [](PoissonPulses p) { return [p] { poisson_pulses(p); }; };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  check_message<InvalidParameter>(make({}), {"mean_interval_steps = 0 steps", "above 0"});
  check_message<InvalidParameter>(make({.mean_interval_steps = -2}), {"mean_interval_steps = -2 steps", "above 0"});
  check_message<InvalidParameter>(make({.mean_interval_steps = infinity}), {"mean_interval_steps = inf", "finite"});
  check_message<InvalidParameter>(make({.mean_interval_steps = 5, .pulse_steps = 0}), {"pulse_steps = 0 steps"});
  check_message<InvalidParameter>(make({.mean_interval_steps = 5, .start_steps = 9, .stop_steps = 8}),
                                  {"stop_steps = 8 steps", "at least start_steps = 9"});
  check_message<InvalidParameter>(make({.strength = std::numeric_limits<float>::quiet_NaN(), .mean_interval_steps = 5}),
                                  {"strength = nan"});
}

TEST_CASE("Poisson pulses are set by name") {
  auto pulses = poisson_pulses({.mean_interval_steps = 4.0});
  set_parameter(pulses, "mean_interval_steps", 0.5);
  set_parameter(pulses, "pulse_steps", 3);
  set_parameter(pulses, "strength", 2.0);
  set_parameter(pulses, "start_steps", 10);
  set_parameter(pulses, "stop_steps", 90);
  const auto expected = poisson_pulses(
      {.strength = 2.0f, .mean_interval_steps = 0.5, .start_steps = 10, .stop_steps = 90, .pulse_steps = 3});
  CHECK(series(pulses, {}, 0, 200) == series(expected, {}, 0, 200));
}

TEST_CASE("Poisson pulses do not change") {
  const auto hash = [](double mean, std::uint64_t first) {
    return hash_of(series(poisson_pulses({.mean_interval_steps = mean, .start_steps = 3, .pulse_steps = 2}),
                          {.seed = Seed{42}, .network = 7}, first, 10'000));
  };
  CHECK(hash(0.7, 0) == 0xad41bd2adbed052f);
  CHECK(hash(1.0, 0) == 0xa7a4727fe21b2ec8);
  CHECK(hash(12.5, 0) == 0x120a5c64990a5e1f);
  CHECK(hash(200.0, std::uint64_t{1} << 44) == 0x72a78879ff1861c6);
}

TEST_CASE("random pulses need a seed") {
  detail::StimulusTerms<float> terms{StimulusContext{.neurons = 1}};
  CHECK_THROWS_WITH(poisson_pulses({.mean_interval_steps = 3.0}).add_to(terms, 0),
                    Catch::Contains("a random stimulus needs the seed of the run"));
}
