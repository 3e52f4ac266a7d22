// SPDX-License-Identifier: BSD-3-Clause
// Fits of filters of several functions, and of a neuron's own history.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"

using namespace spikeometric;
using namespace recordings;

TEST_CASE("many functions of the own history make no difference to that") {
  using Many = Cascade<WithSelf<Fir, RaisedCosine<16>>, NoHistory, NoBaseline, Logistic>;
  const Many model{{}, {Fir{{1.0f}}, {.last_peak_ms = 30.0f, .window_steps = 40}}, {}, {}, {.theta = 3.0f}};
  const auto spikes = simulated(network(2, 1.0), binary_family, support::slow_build ? 500 : 5000);
  const auto one = fit(model, spikes, {.penalty = L2{1e-4}});
  CHECK(one.weights == fit(model, spikes, {.penalty = L2{1e-4}, .threads = 2}).weights);
}

TEST_CASE("a neuron's own history is an autapse, through the filter or one of its own") {
  // A neuron that is likelier to spike again after a spike.
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 10, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  EdgeList<> edges{3};
  edges.add(1, 1, 0.4f);
  const std::uint64_t steps = support::slow_build ? 6'000 : 20'000;
  const auto spikes = simulated(Graph<>{edges}, plain, steps);
  const auto fitted = fit(plain, spikes);
  CHECK(std::abs(fitted.weight(1, 1) - 0.4) < 5.0 * fitted.weight_error(1, 1));
  CHECK(std::abs(fitted.weight(0, 0)) < 5.0 * fitted.weight_error(0, 0));
  CHECK(std::isnan(fit(plain, spikes, {.own_history = false}).weight_error(1, 1)));
  CHECK(fit(plain, spikes, {.own_history = false}).weight(1, 1) == 0.0);

  using Model = Cascade<WithSelf<ExponentialFilter, Basis<Fir, 2>>, NoHistory, NoBaseline, Logistic>;
  const Model both{{}, {{.coupling_window = 10}, {{{Fir{{1.0f}}, Fir{{0.0f, 1.0f}}}}}}, {}, {}, {.theta = 3.0f}};
  const auto split = fit(both, spikes);
  static_assert(std::is_same_v<decltype(split.graph), Graph<>>);  // the own histories are in the model
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(split.weight(i, i, 0) == 0.0);
    CHECK(split.weight(i, (i + 1) % 3, 0) != 0.0);
    CHECK(split.weight(i, (i + 1) % 3, 1) == 0.0);
  }
  CHECK(std::abs(split.weight(1, 1, 1) - 0.4) < 5.0 * split.weight_error(1, 1, 1));   // lag 0
  CHECK(std::abs(split.weight(1, 1, 2) - 0.33) < 5.0 * split.weight_error(1, 1, 2));  // lag 1
  Simulator again{split.graph, split.model, no_stimulus, Seed{1}};
  CHECK(std::abs(again.run(steps).mean_rate_hz() / spikes.mean_rate_hz() - 1.0) < 0.1);
}

TEST_CASE("basis functions of a connection come and go together under a group penalty") {
  using Model = Cascade<RaisedCosine<3>, NoHistory, NoBaseline, Exponential, PoissonSampler>;
  const Model model{{}, {.last_peak_ms = 5.0f, .window_steps = 12}, {}, {}, {.alpha = 30.0f}};
  const auto spikes = simulated(network(8, 1.0), count_family, 5000);
  const auto fitted = fit(model, spikes, {.penalty = GroupL1{1e-3}, .own_history = false});
  CHECK(fitted.converged());
  int none = 0, all = 0;
  for (std::uint32_t pre = 0; pre < 8; ++pre)
    for (std::uint32_t post = 0; post < 8; ++post) {
      if (pre == post) continue;
      int zeros = 0;
      for (std::size_t m = 0; m < 3; ++m) zeros += fitted.weight(pre, post, m) == 0.0;
      none += zeros == 0;
      all += zeros == 3;
    }
  CHECK(none + all == 56);
  CHECK(none > 5);
  CHECK(all > 5);
  CHECK(fitted.graph.synapses() == static_cast<std::uint64_t>(none));
}
