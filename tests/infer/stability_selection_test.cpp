// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/stability_selection.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/score.hpp"
#include "spikeometric/simulate/select.hpp"

using namespace spikeometric;
using namespace recordings;

TEST_CASE("halves are complementary, of equal size, and drawn anew for each pair") {
  const auto first = detail::halves(20, 30, Seed{1});
  REQUIRE(first.size() == 30);
  std::vector<int> times(20);
  for (const auto& half : first) {
    CHECK(std::count(half.begin(), half.end(), true) == 10);
    for (std::size_t part = 0; part < 20; ++part) times[part] += half[part];
  }
  for (const int n : times) CHECK(std::abs(n - 15) < 5.0 * std::sqrt(7.5));
  CHECK(first[0] != first[1]);
  CHECK(detail::halves(20, 30, Seed{2}) != first);
}

TEST_CASE("connections that are there are found in most halves, and the number of false ones keeps its bound") {
  const std::uint32_t size = support::slow_build ? 6 : 12;
  const auto graph = generate::normal({.neurons = size, .probability = 0.15, .std = 3.0}, Seed{5});
  const auto spikes = simulated(graph, binary_family, support::slow_build ? 3000 : 12'000);
  const FitOptions options{.penalty = L1{3.0}.standardized(), .own_history = false};
  const StabilitySelectionOptions selection{.pairs = support::slow_build ? 2 : 8, .threshold = 0.75, .seed = Seed{1}};
  const auto found = stability_selection(binary_family, spikes, options, selection);
  REQUIRE_FALSE(found.edges.empty());
  double right = 0.0, sum = 0.0;
  const Eigen::MatrixXf truth = graph.to_dense();
  for (const StableConnection& edge : found.edges) {
    right += truth(edge.pre, edge.post) != 0.0f;
    CHECK(edge.frequency >= 0.75);
    CHECK(edge.frequency == found.frequencies(edge.pre, edge.post));
  }
  CHECK(static_cast<double>(found.edges.size()) - right <= found.expected_false + 1.0);
  CHECK(right > 0.3 * static_cast<double>((truth.array() != 0.0f).count()));
  for (std::uint32_t pre = 0; pre < size; ++pre)
    for (std::uint32_t post = 0; post < size; ++post) {
      if (pre == post) {
        CHECK(std::isnan(found.frequencies(pre, post)));
        continue;
      }
      sum += found.frequencies(pre, post);
      const double times = found.frequencies(pre, post) * 2.0 * selection.pairs;
      CHECK(std::abs(times - std::round(times)) < 1e-9);
    }
  CHECK(found.selected == Approx(sum));
  CHECK(found.expected_false == Approx(sum * sum / (0.5 * size * (size - 1))));
  CHECK(std::is_sorted(found.edges.begin(), found.edges.end(),
                       [](const auto& a, const auto& b) { return a.frequency > b.frequency; }));
  auto threaded = options;
  threaded.threads = support::thread_counts().back();
  const auto again = stability_selection(binary_family, spikes, threaded, selection);
  for (std::uint32_t pre = 0; pre < size; ++pre)
    for (std::uint32_t post = 0; post < size; ++post)
      if (pre != post) CHECK(again.frequencies(pre, post) == found.frequencies(pre, post));
}

TEST_CASE("a half is fitted as a recording of these trials alone would be") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 2000);
  const auto cut = trials(spikes, {{0, 500}, {500, 1100}, {1100, 1500}, {1500, 2000}});
  const FitOptions options{.penalty = L1{1e-3}, .own_history = false};
  const auto found =
      stability_selection(binary_family, cut, options, {.pairs = 1, .by_recording = true, .seed = Seed{3}});
  const auto first = detail::halves(4, 1, Seed{3})[0];
  Eigen::MatrixXd times = Eigen::MatrixXd::Zero(4, 4);
  for (const bool half : {true, false}) {
    std::vector<Events<>> some;
    for (std::size_t trial = 0; trial < 4; ++trial)
      if (first[trial] == half) some.push_back(cut[trial]);
    const auto fitted = fit(binary_family, BatchEvents<>{some}, options);
    for (Eigen::Index pre = 0; pre < 4; ++pre)
      for (Eigen::Index post = 0; post < 4; ++post) times(pre, post) += fitted.weights(pre, post) != 0.0 ? 0.5 : 0.0;
  }
  for (Eigen::Index pre = 0; pre < 4; ++pre)
    for (Eigen::Index post = 0; post < 4; ++post)
      if (pre != post) CHECK(found.frequencies(pre, post) == times(pre, post));
}

TEST_CASE("invalid options of stability selection are refused") {
  const auto spikes = simulated(network(3, 1.0), binary_family, 1000);
  const auto select = [&](const Penalty& penalty, const StabilitySelectionOptions& selection) {
    return stability_selection(binary_family, spikes, {.penalty = penalty}, selection);
  };
  CHECK_THROWS_WITH(select(L2{1.0}, {.seed = Seed{1}}),
                    "stability selection needs an L1 or GroupL1 penalty, such as L1{3}.standardized()");
  CHECK_THROWS_WITH(select(L1{1.0}, {}), "stability selection needs a seed, as in {.seed = sk::Seed{1}}");
  CHECK_THROWS_WITH(select(L1{1.0}, {.pairs = 0, .seed = Seed{1}}), "pairs = 0 must be at least 1");
  CHECK_THROWS_WITH(select(L1{1.0}, {.threshold = 0.5, .seed = Seed{1}}),
                    "threshold = 0.5 must be above 0.5 and at most 1");
  CHECK_THROWS_WITH(select(L1{1.0}, {.by_recording = true, .seed = Seed{1}}),
                    "stability selection by recordings needs at least two recordings");
}
