// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/fir.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../../catch.hpp"
#include "../../support.hpp"
#include "../model_reference.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"

using namespace spikeometric;

TEST_CASE("a Fir with the taps of an exponential filter gives the same inputs up to rounding") {
  using WithFir = Cascade<Fir, NoHistory, ConstantBaseline, Exponential, PoissonSampler>;
  const PoissonGLM model{{.r = 0.5f, .alpha = 10.0f, .tau = 5.0f, .T = 15}};
  const auto taps = model.filter.taps(1.0f, 15);
  const WithFir with_fir{{1.0f, 0.5f}, {taps}, {}, {}, {10.0f, 1.0f}};
  const auto graph = generate::normal({.neurons = 200, .std = 0.5}, Seed{7});
  const Eigen::MatrixXd sizes = graph.to_dense().cwiseAbs().cast<double>();
  reference::Step seen{200}, seen_fir{200};
  Simulator simulator{graph, reference::watched(model, seen), no_stimulus, Seed{8}};
  Simulator other{graph, reference::watched(with_fir, seen_fir), no_stimulus, Seed{8}};

  // For each term, the Fir rounds a tap, its product with a sum and up to 14 partial sums; the recursion rounds once.
  // Both round r x, and 2^-24 is left for the rest: in total 20 times 2^-24 of the sum of the sizes of the terms.
  // Spikes are the same unless a draw falls between the two rates. The relative difference of rates is about 1e-7, so
  // this happens about once in 1e7 spikes; all 20,446 spikes of these 1000 steps are the same.
  Eigen::MatrixXd past = Eigen::MatrixXd::Zero(200, 15);  // counts by lag
  std::uint64_t spikes = 0;
  double largest = 0.0;
  for (int step = 0; step < (support::slow_build ? 100 : 1000); ++step) {
    const Events<CountEvent> a = simulator.run(1), b = other.run(1);
    REQUIRE(a.fingerprint() == b.fingerprint());
    spikes += a.total();
    if (step >= 15) {  // the whole window is known
      Eigen::VectorXd size = Eigen::VectorXd::Zero(200);
      for (int k = 0; k < 15; ++k) size += taps[static_cast<std::size_t>(k)] * (sizes.transpose() * past.col(k));
      for (std::size_t i = 0; i < 200; ++i) {
        const double bound = 0.5 * 20 * 0x1p-24 * size[static_cast<Eigen::Index>(i)];
        const double difference = std::abs(double(seen.g[i]) - double(seen_fir.g[i]));
        REQUIRE(difference <= bound);
        largest = std::max(largest, difference);
      }
    }
    for (int k = 14; k > 0; --k) past.col(k) = past.col(k - 1);
    past.col(0) = a.to_dense().col(0).cast<double>();
  }
  CHECK(spikes > (support::slow_build ? 1'500 : 20'000));
  CHECK(largest > 0.0);
}
