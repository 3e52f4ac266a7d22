// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/analysis/correlations.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "recordings.hpp"

using namespace spikeometric;

namespace {

using Recording = Events<CountEvent>;

/// Counts in complete bins, neurons x bins.
Eigen::MatrixXd binned_counts(const Recording& recording, Eigen::Index width) {
  const Eigen::MatrixXd dense = recording.to_dense().cast<double>();
  Eigen::MatrixXd counts(dense.rows(), dense.cols() / width);
  for (Eigen::Index bin = 0; bin < counts.cols(); ++bin)
    counts.col(bin) = dense.middleCols(bin * width, width).rowwise().sum();
  return counts;
}

/// Pearson's correlations of the rows of a matrix, by two passes; deviations from means that are given, or from theirs.
Eigen::MatrixXd plain_correlations(Eigen::MatrixXd values) {
  const Eigen::VectorXd means = values.rowwise().mean();
  values.colwise() -= means;
  const Eigen::MatrixXd products = values * values.transpose();
  Eigen::MatrixXd result(values.rows(), values.rows());
  for (Eigen::Index a = 0; a < values.rows(); ++a)
    for (Eigen::Index b = 0; b < values.rows(); ++b)
      result(a, b) = products(a, b) / std::sqrt(products(a, a) * products(b, b));
  return result;
}

void check_close(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  REQUIRE((a.rows() == b.rows() && a.cols() == b.cols()));
  CHECK((a - b).cwiseAbs().maxCoeff() < 1e-12);
}

std::vector<Recording> random_trials(std::uint64_t seed) {
  support::Numbers numbers{seed};
  std::vector<Recording> trials;
  for (const std::uint32_t steps : {157, 140, 203, 3, 157})
    trials.push_back(random_recording(numbers, 7, steps, 0.5, 100 * trials.size()));
  return trials;
}

/// Binary trials of two neurons, each of which copies the spikes of a third, unseen one with probability c. The third
/// spikes with probability p[step % p.size()].
std::vector<Events<BinaryEvent>> thinned(const std::vector<double>& p, double c, std::uint32_t steps, int trials) {
  support::Numbers numbers{31};
  std::vector<Events<BinaryEvent>> result;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<BinaryEvent> spikes;
    for (std::uint32_t step = 0; step < steps; ++step)
      if (numbers.coin(p[step % p.size()]))
        for (std::uint32_t neuron = 0; neuron < 2; ++neuron)
          if (numbers.coin(c)) spikes.emplace_back(step, neuron);
    result.emplace_back(2, 1.0, 0, 0, steps, spikes);
  }
  return result;
}

/// Of `thinned`: the correlation of deviations from the mean of each step, or from the mean of all, and the variance of
/// its estimate from n samples times n, by the influence function d1 d2 / v - r (d1^2 + d2^2) / (2 v).
std::pair<double, double> correlation_of_thinned(const std::vector<double>& p, double c, bool of_each_step) {
  double mean = 0;
  for (const double each : p) mean += c * each / double(p.size());
  double variance = 0, covariance = 0;
  const auto over_outcomes = [&](auto visit) {
    for (const double each : p) {
      const double centre = of_each_step ? c * each : mean;
      for (const int x : {0, 1})
        for (const int y : {0, 1}) {
          const double copies = (x ? c : 1 - c) * (y ? c : 1 - c);
          visit((each * copies + (x || y ? 0 : 1 - each)) / double(p.size()), x - centre, y - centre);
        }
    }
  };
  over_outcomes([&](double weight, double x, double y) {
    variance += weight * x * x;
    covariance += weight * x * y;
  });
  const double r = covariance / variance;
  double spread = 0;
  over_outcomes([&](double weight, double x, double y) {
    const double influence = (x * y - r * (x * x + y * y) / 2) / variance;
    spread += weight * influence * influence;
  });
  return {r, spread};
}

}  // namespace

TEST_CASE("correlations of a recording are those of a plain matrix of counts") {
  support::Numbers numbers{4};
  const Recording recording = random_recording(numbers, 9, 1003, 0.1, 77);
  const int width = GENERATE(1, 5, 10);
  const CorrelationOptions options{.bin_steps = std::uint64_t(width)};
  const Eigen::MatrixXd all = correlations(recording, options);
  check_close(all, plain_correlations(binned_counts(recording, width)));
  CHECK((all.diagonal().array() == 1.0).all());
  CHECK(all == all.transpose());

  const Eigen::MatrixXd some = correlations(recording, neurons({2, 3, 7}), options);
  const std::vector<int> ids{2, 3, 7};
  CHECK(some == all(ids, ids));
}

TEST_CASE("total correlations of trials are those of all their bins") {
  const std::vector<Recording> trials = random_trials(8);
  Eigen::MatrixXd counts(7, 0);
  for (const Recording& trial : trials) {
    const Eigen::MatrixXd more = binned_counts(trial, 10);
    counts.conservativeResize(7, counts.cols() + more.cols());
    counts.rightCols(more.cols()) = more;
  }
  check_close(correlations(trials, {.bin_steps = 10}), plain_correlations(counts));
  CHECK(correlations(BatchEvents{trials}, {.bin_steps = 10}) == correlations(trials, {.bin_steps = 10}));
}

TEST_CASE("noise correlations are those of the deviations from the mean over the trials that cover a bin") {
  const std::vector<Recording> trials = random_trials(9);
  Eigen::MatrixXd deviations(7, 0);
  for (Eigen::Index bin = 0; bin < 20; ++bin) {
    Eigen::MatrixXd here(7, 0);  // neurons x trials
    for (const Recording& trial : trials) {
      const Eigen::MatrixXd counts = binned_counts(trial, 10);
      if (bin >= counts.cols()) continue;
      here.conservativeResize(7, here.cols() + 1);
      here.rightCols(1) = counts.col(bin);
    }
    const Eigen::VectorXd means = here.rowwise().mean();
    here.colwise() -= means;
    deviations.conservativeResize(7, deviations.cols() + here.cols());
    deviations.rightCols(here.cols()) = here;
  }
  const Eigen::MatrixXd noise = correlations(trials, {.bin_steps = 10, .subtract_psth = true});
  check_close(noise, plain_correlations(deviations));
  CHECK((noise - correlations(trials, {.bin_steps = 10})).cwiseAbs().maxCoeff() > 0.1);  // the rates oscillate together
}

TEST_CASE("a copied train has a correlation of exactly 1, a complement one of exactly -1, a constant one NaN") {
  support::Numbers numbers{6};
  std::vector<CountEvent> spikes;
  for (std::uint32_t step = 0; step < 501; ++step) {
    const std::uint32_t count = numbers.coin(0.3) ? 1 : 0;
    for (std::uint32_t neuron = 0; neuron < 2; ++neuron)
      if (count > 0) spikes.emplace_back(step, neuron, count);
    if (count == 0) spikes.emplace_back(step, 2, 1);
    spikes.emplace_back(step, 3, 1'034'567);
  }
  const Eigen::MatrixXd r = correlations(Recording{5, 1.0, 0, 0, 501, spikes}, {.bin_steps = 1});
  CHECK((r(0, 1) == 1.0 && r(1, 0) == 1.0 && r(1, 1) == 1.0));
  CHECK((r(0, 2) == -1.0 && r(2, 1) == -1.0));
  for (Eigen::Index other = 0; other < 5; ++other)
    for (const Eigen::Index constant : {3, 4})
      CHECK((std::isnan(r(constant, other)) && std::isnan(r(other, constant))));
}

TEST_CASE("a response that is the same in all trials has no noise correlation, but a total one") {
  support::Numbers numbers{12};
  const Recording recording = random_recording(numbers, 3, 300);
  const std::vector<Recording> trials(3, recording);
  const Eigen::MatrixXd noise = correlations(trials, {.bin_steps = 7, .subtract_psth = true});
  CHECK(noise.array().isNaN().all());
  CHECK_FALSE(correlations(trials, {.bin_steps = 7}).array().isNaN().any());
}

TEST_CASE("a large constant count has no correlation, whatever its sums are rounded to") {
  const auto constant = [](std::uint32_t count, std::uint32_t bins) {
    std::vector<CountEvent> spikes;
    for (std::uint32_t step = 0; step < bins; ++step) {
      spikes.emplace_back(step, 0, count);
      spikes.emplace_back(step, 1, step % 2 + 1);
    }
    return Recording{2, 1.0, 0, 0, bins, spikes};
  };
  for (std::uint32_t bins = 301; bins < 560; bins += 2) {
    const Eigen::MatrixXd r = correlations(constant(999'983, bins), {.bin_steps = 1});
    CHECK((std::isnan(r(0, 0)) && std::isnan(r(0, 1)) && r(1, 1) == 1.0));
  }
  check_message<InvalidArgument>([&] { correlations(constant(999'983, 600), {.bin_steps = 1}); },
                                 {"the sum of squares of a neuron is 6e+14, above 2^49"});
}

TEST_CASE("independent Poisson neurons are uncorrelated") {
  // The correlation of independent samples of n values has mean 0 and variance 1 / (n - 1), and those of different
  // pairs are uncorrelated.
  support::Numbers numbers{2};
  const std::uint32_t neurons = 40, steps = 20'000, width = 10;
  std::vector<CountEvent> spikes;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (numbers.coin(0.002 * (1 + neuron))) spikes.emplace_back(step, neuron, 1);
  const Eigen::MatrixXd r = correlations(Recording{neurons, 1.0, 0, 0, steps, spikes}, {.bin_steps = width});
  const double variance = 1.0 / (steps / width - 1);
  for (Eigen::Index a = 0; a < neurons; ++a)
    for (Eigen::Index b = 0; b < a; ++b) CHECK(sigmas(r(a, b), 0, variance) < 5);
  const MeanCorrelation mean = mean_correlation(r);
  CHECK((mean.pairs == 780 && mean.left_out == 0));
  CHECK(sigmas(mean.correlation, 0, variance, 780) < 5);
}

TEST_CASE("neurons that share a source of spikes have the correlation of two thinned trains") {
  const double p = 0.2, c = 0.6;
  const auto [r, spread] = correlation_of_thinned({p}, c, false);
  CHECK(r == Approx(c * (1 - p) / (1 - c * p)));
  const auto trials = thinned({p}, c, 20'000, 1);
  CHECK(sigmas(correlations(trials[0], {.bin_steps = 1})(0, 1), r, spread, 20'000) < 5);
}

TEST_CASE("noise correlations leave out what neurons share because their rates vary together") {
  const std::vector<double> p{0.6, 0.02, 0.02, 0.3};
  const double c = 0.3;
  const auto trials = thinned(p, c, 200, 200);
  const auto [noise, noise_spread] = correlation_of_thinned(p, c, true);
  const auto [total, total_spread] = correlation_of_thinned(p, c, false);
  CHECK(total > noise + 0.05);
  const double n = 200 * 200;
  CHECK(sigmas(correlations(trials, {.bin_steps = 1, .subtract_psth = true})(0, 1), noise, noise_spread, n) < 5);
  CHECK(sigmas(correlations(trials, {.bin_steps = 1})(0, 1), total, total_spread, n) < 5);
}

TEST_CASE("a mean correlation leaves out the diagonal and pairs without a correlation, and counts them") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Eigen::MatrixXd r(4, 4);
  r << 1, 0.5, nan, 0.1,   //
      0.5, 1, nan, 0.3,    //
      nan, nan, nan, nan,  //
      0.1, 0.3, nan, 1;
  const MeanCorrelation all = mean_correlation(r);
  CHECK((all.correlation == Approx(0.3) && all.pairs == 3 && all.left_out == 3));
  const MeanCorrelation some = mean_correlation(r, neurons({1, 3}));
  CHECK((some.correlation == 0.3 && some.pairs == 1 && some.left_out == 0));
  const MeanCorrelation none = mean_correlation(r, neurons({1, 2}));
  CHECK((std::isnan(none.correlation) && none.pairs == 0 && none.left_out == 1));
}

TEST_CASE("a correlogram counts the pairs of spikes at each lag, in the same trial, and divides by what is recorded") {
  const std::vector<Recording> trials = random_trials(15);
  const std::uint64_t max_lag = GENERATE(1, 20, 202);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs{{1, 3}, {3, 1}, {2, 2}, {6, 0}};
  const auto all = correlograms(trials, pairs, {.max_lag_steps = max_lag});
  REQUIRE(all.size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [a, b] = pairs[i];
    REQUIRE((all[i].lag_steps.size() == 2 * max_lag + 1 && all[i].edges_ms.size() == 2 * max_lag + 2));
    const auto last = static_cast<std::int64_t>(max_lag);
    for (std::int64_t lag = -last; lag <= last; ++lag) {
      std::int64_t count = 0, of_a = 0;
      for (const Recording& trial : trials) {
        const Eigen::MatrixXi dense = trial.to_dense();
        for (std::int64_t step = 0; step < dense.cols(); ++step) {
          if (step + lag < 0 || step + lag >= dense.cols()) continue;
          of_a += dense(a, step);
          count += dense(a, step) * (dense(b, step + lag) - (a == b && lag == 0 ? 1 : 0));
        }
      }
      const auto place = static_cast<std::size_t>(lag + last);
      CHECK(all[i].lag_steps[place] == lag);
      CHECK(all[i].edges_ms[place] == (double(lag) - 0.5) * 0.5);
      CHECK(all[i].counts[place] == static_cast<std::uint64_t>(count));
      if (of_a == 0)
        CHECK(std::isnan(all[i].rate_hz[place]));
      else
        CHECK(all[i].rate_hz[place] == Approx(double(count) / double(of_a) / 0.5e-3));
    }
    CHECK(all[i].edges_ms.back() == (double(max_lag) + 0.5) * 0.5);
  }
  CHECK(correlogram(trials, 1, 3, {.max_lag_steps = max_lag}).counts == all[0].counts);
  CHECK(correlogram(BatchEvents{trials}, 6, 0, {.max_lag_steps = max_lag}).counts == all[3].counts);
  std::vector<std::uint64_t> mirrored = all[1].counts;
  std::reverse(mirrored.begin(), mirrored.end());
  CHECK(all[0].counts == mirrored);
}

TEST_CASE("the correlogram of a delayed copy has its peak at the delay, and elsewhere the rate") {
  support::Numbers numbers{40};
  const double p = 0.05;
  const std::uint32_t steps = 50'000, delay = 7;
  std::vector<bool> source(steps);
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    source[step] = numbers.coin(p);
    if (source[step]) spikes.emplace_back(step, 0);
    if (step >= delay && source[step - delay]) spikes.emplace_back(step, 1);
  }
  const Events<BinaryEvent> recording{2, 2.0, 0, 0, steps, spikes};
  const Correlogram cross = correlogram(recording, 0, 1, {.max_lag_steps = 30});
  const Correlogram own = correlogram(recording, 0, 0, {.max_lag_steps = 30});
  for (std::size_t i = 0; i < cross.counts.size(); ++i) {
    // A count has at most the variance of a sum of n products x(t) x(t + lag) that overlap with two others each:
    // n p^2 (1 - p^2) + 2 n p^3 (1 - p), and the rate divides it by n p, up to 30 steps of the end.
    const double n = steps - 40, spread = (p * p * (1 - p * p) + 2 * p * p * p * (1 - p)) / (n * p * p);
    if (cross.lag_steps[i] == delay)
      CHECK(cross.rate_hz[i] == 500.0);  // each spike is followed by one, in a step of 2 ms
    else
      CHECK(sigmas(cross.rate_hz[i] / 500, p, spread) < 5);
    if (own.lag_steps[i] == 0)
      CHECK(own.counts[i] == 0);
    else
      CHECK(sigmas(own.rate_hz[i] / 500, p, spread) < 5);
  }
}

TEST_CASE("bins, lags, neurons and matrices that have no correlations are refused by name") {
  support::Numbers numbers{1};
  const Recording recording = random_recording(numbers, 4, 50);
  const std::vector<Recording> trials{recording, recording};
  const auto refuse = [](auto call, const std::string& message) { check_message<InvalidArgument>(call, {message}); };
  refuse([&] { correlations(recording, {}); }, "bin_steps = 0 must be at least 1");
  refuse([&] { correlations(recording, {.bin_steps = 26}); }, "at least two bins: with bin_steps = 26 there is one");
  refuse([&] { correlations(trials, {.bin_steps = 51}); }, "with bin_steps = 51 there is none");
  refuse([&] { correlations(recording, {.bin_steps = 5, .subtract_psth = true}); },
         "subtract_psth needs at least two trials");
  refuse([&] { correlations(recording, neurons({9}), {.bin_steps = 5}); }, "neuron 9 of a mask is out of range");
  refuse([&] { correlations(std::vector<Recording>{}, {.bin_steps = 5}); }, "at least one trial");
  refuse(
      [&] {
        correlations(std::vector{recording, random_recording(numbers, 5, 50)}, {.bin_steps = 5});
      },
      "trial 0 has 4 neurons and dt = 1 ms, but trial 1 has 5 neurons and dt = 1 ms");
  refuse([&] { correlogram(recording, 0, 1, {}); }, "max_lag_steps = 0 must be at least 1");
  refuse([&] { correlogram(recording, 0, 1, {.max_lag_steps = 50}); },
         "max_lag_steps = 50 must be less than the 50 steps of the longest recording");
  refuse([&] { correlogram(recording, 0, 4, {.max_lag_steps = 5}); }, "neuron 4");
  refuse([&] { mean_correlation(Eigen::MatrixXd::Zero(3, 2)); }, "must be square, not 3 x 2");
  refuse([&] { mean_correlation(Eigen::MatrixXd::Zero(3, 3), neurons(0, 4)); }, "neuron 3");
}
