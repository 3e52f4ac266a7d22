// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/edges.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/score.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

const BernoulliGLM plain{{.theta = 3.0, .coupling_window = 10, .abs_ref_steps = 0, .rel_ref_steps = 0}};

using Flexible = Cascade<RaisedCosine<3>, NoHistory, NoBaseline, Logistic>;
const Flexible flexible{{}, {.last_peak_ms = 6.0, .window_steps = 15}, {}, {}, {.theta = 3.0}};

dense::Setting setting_of(const std::vector<std::vector<double>>& coupling, std::uint64_t history) {
  dense::Setting setting = dense::bernoulli(3.0);
  setting.coupling = coupling;
  setting.observed = [history](std::uint64_t step, auto) { return step >= history; };
  return setting;
}

/// The largest log-likelihood of a dense design with some parameters at 0, by Newton's method.
double maximum(const dense::Likelihood& likelihood, const std::vector<bool>& fixed) {
  const auto n = static_cast<Eigen::Index>(fixed.size());
  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
  for (int times = 0; times < 100; ++times) {
    Eigen::VectorXd slope = likelihood.gradient(x);
    Eigen::MatrixXd curvature = likelihood.hessian(x);
    for (Eigen::Index i = 0; i < n; ++i)
      if (fixed[static_cast<std::size_t>(i)]) {
        slope[i] = 0.0;
        curvature.row(i).setZero();
        curvature.col(i).setZero();
        curvature(i, i) = 1.0;
      }
    const Eigen::VectorXd step = curvature.ldlt().solve(slope);
    double length = 1.0;
    while (length > 1e-6 && !(likelihood.value(x - length * step) <= likelihood.value(x))) length *= 0.5;
    x -= length * step;
  }
  return -likelihood.value(x) * likelihood.steps();
}

}  // namespace

TEST_CASE("the tail of the chi-squared distribution has its tabulated values") {
  // The 95 % and 99.9 % points of Abramowitz and Stegun, table 26.8.
  const double points[][2] = {{3.84146, 10.828}, {5.99147, 13.816}, {7.81473, 16.266},
                              {9.48773, 18.467}, {11.0705, 20.515}, {12.5916, 22.458}};
  for (int degrees = 1; degrees <= 6; ++degrees) {
    CHECK(std::abs(detail::chi_squared_tail(points[degrees - 1][0], degrees) - 0.05) < 1e-6);
    CHECK(std::abs(detail::chi_squared_tail(points[degrees - 1][1], degrees) - 0.001) < 1e-6);
    CHECK(detail::chi_squared_tail(0.0, degrees) == 1.0);
  }
  CHECK(std::abs(detail::chi_squared_tail(600.0, 2) / std::exp(-300.0) - 1.0) < 1e-12);
}

TEST_CASE("q-values are those of Benjamini and Hochberg, or of Benjamini and Yekutieli") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> p{0.01, 0.04, none, 0.03, 0.2};
  const auto q = detail::q_values(p, FalseDiscovery::benjamini_hochberg);
  CHECK(std::abs(q[0] - 0.04) < 1e-15);              // 4 x 0.01 / 1
  CHECK(std::abs(q[3] - 4.0 * 0.04 / 3.0) < 1e-15);  // 4 x 0.03 / 2 = 0.06 is above the next one
  CHECK(std::abs(q[1] - 4.0 * 0.04 / 3.0) < 1e-15);
  CHECK(std::abs(q[4] - 0.2) < 1e-15);
  CHECK(std::isnan(q[2]));
  const auto any = detail::q_values(p, FalseDiscovery::benjamini_yekutieli);
  const double factor = 1.0 + 1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0;
  CHECK(std::abs(any[0] - factor * 0.04) < 1e-15);
  CHECK(any[4] == std::min(1.0, factor * 0.2));
}

TEST_CASE("a refitted connection has the likelihood ratio of a plain fit without it") {
  const auto spikes = simulated(network(5, 2.0), plain, support::slow_build ? 800 : 3000);
  const auto check = [&](const auto& family, const std::vector<std::vector<double>>& taps) {
    const auto fitted = fit(family, spikes, {.own_history = false});
    const Edges found = edges(fitted, {.refit_all = true});
    const std::size_t bases = taps.size();
    CHECK(found.tests == 20);
    CHECK(found.refitted == 20);
    for (const std::uint32_t post : {0u, 3u}) {
      const dense::Likelihood likelihood(setting_of(taps, fitted.history_steps), std::vector{spikes}, post);
      std::vector<bool> fixed(1 + 5 * bases);
      for (std::size_t m = 0; m < bases; ++m) fixed[1 + post * bases + m] = true;
      const double full = maximum(likelihood, fixed);
      for (std::uint32_t pre = 0; pre < 5; ++pre) {
        if (pre == post) {
          CHECK(std::isnan(found.p_values(pre, post)));
          continue;
        }
        auto without = fixed;
        for (std::size_t m = 0; m < bases; ++m) without[1 + pre * bases + m] = true;
        const double ratio = 2.0 * (full - maximum(likelihood, without));
        CHECK(std::abs(found.statistics(pre, post) - ratio) < 1e-5 * (1.0 + ratio));
        CHECK(std::abs(found.p_values(pre, post) - detail::chi_squared_tail(ratio, static_cast<int>(bases))) < 1e-6);
      }
    }
  };
  SECTION("one basis function") {
    std::vector<double> taps;
    for (int k = 0; k < 10; ++k) taps.push_back(std::exp(-static_cast<double>(0.2f) * k));
    check(plain, {taps});
  }
  SECTION("three basis functions") {
    std::vector<std::vector<double>> taps;
    for (const auto& each : flexible.filter.taps(1.0f)) taps.emplace_back(each.begin(), each.end());
    check(flexible, taps);
  }
}

TEST_CASE("edges are the same if all connections are refitted, or only those that matter", "[long]") {
  const std::uint32_t size = support::slow_build ? 6 : 25;
  const auto graph = generate::normal({.neurons = size, .probability = 0.15, .std = 2.5}, Seed{3});
  const auto spikes = simulated(graph, plain, 6000);
  const auto fitted = fit(flexible, spikes, {.threads = 2});
  const Edges few = edges(fitted, {.fdr = 0.1}), all = edges(fitted, {.fdr = 0.1, .refit_all = true, .threads = 1});
  CHECK(few.refitted < all.refitted / 3);
  CHECK(few.threshold == Approx(all.threshold).epsilon(1e-6));
  REQUIRE(few.found.size() == all.found.size());
  CHECK(few.found.size() > size / 2);
  std::vector<std::array<std::uint32_t, 2>> pairs, others;
  for (const Connection& edge : few.found) pairs.push_back({edge.pre, edge.post});
  for (const Connection& edge : all.found) others.push_back({edge.pre, edge.post});
  std::sort(pairs.begin(), pairs.end());
  std::sort(others.begin(), others.end());
  CHECK(pairs == others);
  // Without a refit, a likelihood ratio is at least that of the constrained maximum.
  for (Eigen::Index pre = 0; pre < size; ++pre)
    for (Eigen::Index post = 0; post < size; ++post)
      if (few.p_values(pre, post) < 0.01) CHECK(few.statistics(pre, post) >= all.statistics(pre, post) * (1.0 - 1e-6));
  CHECK(detected(few, graph).precision > 0.75);
}

TEST_CASE("p-values of pairs that are not connected are uniform") {
  // Eight independent neurons of different rates: 56 pairs in each of several recordings.
  std::vector<double> p_values;
  for (std::uint64_t seed = 1; seed <= (support::slow_build ? 2 : 6); ++seed) {
    support::Numbers numbers(seed);
    std::vector<std::array<std::uint32_t, 2>> spikes;
    for (std::uint32_t step = 0; step < 6000; ++step)
      for (std::uint32_t neuron = 0; neuron < 8; ++neuron)
        if (numbers.coin(0.01 * (neuron + 1))) spikes.push_back({step, neuron});
    const Edges found = edges(fit(plain, recording(8, 6000, spikes), {.own_history = false}), {.refit_all = true});
    CHECK(found.tests == 56);
    for (const double p : found.p_values.reshaped())
      if (!std::isnan(p)) p_values.push_back(p);
  }
  std::sort(p_values.begin(), p_values.end());
  const auto n = static_cast<double>(p_values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < p_values.size(); ++i)
    largest =
        std::max({largest, (static_cast<double>(i) + 1.0) / n - p_values[i], p_values[i] - static_cast<double>(i) / n});
  CHECK(largest < 1.95 / std::sqrt(n));  // Kolmogorov: above with probability 0.001
}

TEST_CASE("a connection with an infinite weight is found by the supremum of its likelihood, and not by Wald's test") {
  // Neuron 0 never spikes in the ten steps after neuron 1.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(4);
  std::uint32_t since = 100;
  for (std::uint32_t step = 0; step < 4000; ++step, ++since) {
    if (since > 10 && numbers.coin(0.1)) spikes.push_back({step, 0});
    if (numbers.coin(0.03)) {
      spikes.push_back({step, 1});
      since = 0;
    }
  }
  const Cascade<Fir, NoHistory, NoBaseline, Logistic> window{
      {}, Fir{std::vector<double>(10, 1.0)}, {}, {}, {.theta = 3.0}};
  const auto fitted = fit(window, recording(2, 4000, spikes), {.own_history = false});
  REQUIRE(fitted.neurons[0].status == FitStatus::separated);
  const Edges found = edges(fitted);
  REQUIRE(found.found.size() == 1);
  CHECK(found.found[0].pre == 1);
  CHECK(found.found[0].post == 0);
  // n spikes in the m steps without a recent spike of neuron 1, none in the others: the supremum has the rate n / m
  // there and 0 elsewhere.
  double n = 0.0, m = 0.0, all = 0.0;
  std::vector<bool> recent(4000), spiked(4000);
  for (const auto& [step, neuron] : spikes) {
    if (neuron == 0) spiked[step] = true;
    if (neuron == 1) std::fill(recent.begin() + step + 1, recent.begin() + std::min(step + 11, 4000u), true);
  }
  for (std::size_t step = 10; step < 4000; ++step) {
    all += 1.0;
    m += !recent[step];
    n += spiked[step];
  }
  const double ratio = 2.0 * (n * std::log(n / m) + (m - n) * std::log(1.0 - n / m) -
                              (n * std::log(n / all) + (all - n) * std::log(1.0 - n / all)));
  CHECK(std::abs(found.statistics(1, 0) - ratio) < 1e-3 * ratio);
  CHECK(edges(fitted, {.test = EdgeTest::wald}).p_values(1, 0) > 0.5);
}

TEST_CASE("neurons without spikes are not tested, and the strength of an edge has the error of its sum") {
  auto spikes = simulated(network(5, 2.0), plain, 4000);
  const Events<> with_a_silent_one{6, 1.0, 0, 0, spikes.steps(), {spikes.packed().begin(), spikes.packed().end()}};
  const auto fitted = fit(plain, with_a_silent_one, {.own_history = false});
  const Edges found = edges(fitted, {.fdr = 0.2});
  CHECK(found.tests == 20);
  for (Eigen::Index i = 0; i < 6; ++i) CHECK((std::isnan(found.p_values(5, i)) && std::isnan(found.p_values(i, 5))));
  REQUIRE_FALSE(found.found.empty());
  for (const Connection& edge : found.found) {
    CHECK(edge.strength == Approx(fitted.strengths()(edge.pre, edge.post)));
    CHECK(edge.strength_error == Approx(fitted.areas[0] * fitted.weight_error(edge.pre, edge.post)).epsilon(1e-4));
    CHECK(edge.p_value <= found.threshold);
    CHECK(edge.q_value <= 0.2);
  }
  CHECK(std::is_sorted(found.found.begin(), found.found.end(),
                       [](const Connection& a, const Connection& b) { return a.p_value < b.p_value; }));
}

TEST_CASE("fits whose weights have no p-values are refused") {
  const auto spikes = simulated(network(4, 1.0), plain, 1000);
  const char* const instead =
      "weights of a fit with an L1 or GroupL1 penalty have no p-values; fit without it or use stability_selection";
  CHECK_THROWS_WITH(edges(fit(plain, spikes, {.penalty = L1{1e-3}})), instead);
  CHECK_THROWS_WITH(edges(fit(plain, spikes, {.own_penalty = L1{1e-3}})), instead);
  CHECK_THROWS_WITH(edges(fit(plain, spikes, {.signs = {1, 1, -1, -1}})),
                    "weights of a fit with signs or own_sign have no p-values; fit without them");
  CHECK_THROWS_AS(edges(fit(plain, spikes, {.own_sign = -1})), InvalidArgument);
  const auto fitted = fit(plain, spikes, {.penalty = L2{1e-3}});
  CHECK_NOTHROW(edges(fitted));
  CHECK_THROWS_WITH(edges(fitted, {.fdr = 0.0}), "fdr = 0 must be above 0 and below 1");
  CHECK_THROWS_WITH(edges(fitted, {.fdr = 1.0}), "fdr = 1 must be above 0 and below 1");
  CHECK_THROWS_WITH(edges(fitted, {.threads = 0}), "threads = 0 must be at least 1");
}
