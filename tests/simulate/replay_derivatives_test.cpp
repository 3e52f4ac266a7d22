// SPDX-License-Identifier: BSD-3-Clause
// Derivatives that a replay gives.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "replayed.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"

using namespace spikeometric;
using namespace replayed;

namespace {

/// Checks the derivatives by each parameter of a model in double against central differences, with the spikes held
/// fixed. The means are in float, so the differences are over wide steps.
template <class GraphType, class Model, class Stimulus>
void check_derivatives(const GraphType& graph, const Model& model, const Stimulus& stimulus, std::size_t parameters,
                       double tolerance = 1e-4) {
  Simulator simulator{graph, model, stimulus, Seed{6}};
  const auto spikes = simulator.run(60);
  CHECK(spikes.size() > 20);
  for_each_parameter(model, [&](const auto& entry, const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>) {
      CAPTURE(entry.name);
      if (entry.name == std::string("dt")) return;
      --parameters;
      const auto result = derivatives_of(Replay{graph, model, stimulus, spikes, Seed{6}, entry.name});
      const double h = 2e-2 * (std::abs(value) + 0.1);
      const auto means = [&](double changed) {
        Model other = model;
        set_parameter(other, entry.name, changed);
        return means_of(Replay{graph, other, stimulus, spikes, Seed{6}});
      };
      const auto above = means(value + h), half_above = means(value + 0.5 * h), half_below = means(value - 0.5 * h),
                 below = means(value - h);
      double largest = 0.0, worst = 0.0;
      for (std::size_t t = 0; t < result.size(); ++t)
        for (std::size_t i = 0; i < size; ++i) {
          const double coarse = (above[t][i] - below[t][i]) / (2.0 * h),
                       fine = (half_above[t][i] - half_below[t][i]) / h;
          const double expected = (4.0 * fine - coarse) / 3.0;
          largest = std::max(largest, std::abs(expected));
          worst = std::max(worst, std::abs(result[t][i] - expected));
        }
      CHECK(largest > 0.0);
      CHECK(worst <= tolerance * largest);
    }
  });
  CHECK(parameters == 0);
}

}  // namespace

TEST_CASE("derivatives by every parameter of every model agree with central differences") {
  check_derivatives(some_graph(2.0, 3),
                    BasicBernoulliGLM<double>{
                        {.theta = 2.5, .abs_ref_strength = -3.0, .rel_ref_strength = -2.0, .refractory_decay = 0.3}},
                    pulses, 6);
  check_derivatives(some_graph(0.2), BasicPoissonGLM<double>{{.alpha = 20.0, .b = 0.1}}, no_stimulus, 5);
  // Inputs stay above theta, where the mean has a kink.
  check_derivatives(some_graph(0.05, 5), BasicRectifiedLNP<double>{{.lambda_0 = 0.05, .theta = -3.0, .tau = 4.0}}, wave,
                    5, 1e-3);
  check_derivatives(some_graph(0.05),
                    BasicRectifiedSAM<double>{{.dt = 0.5, .lambda_0 = 0.05, .theta = -3.0, .tau = 4.0}}, no_stimulus, 5,
                    1e-3);
}

TEST_CASE("derivatives pass through raised cosines, noise, softplus and parameters of single neurons") {
  using Cosines = Cascade<BasicRaisedCosine<double, 3>, BasicRefractoryFilter<double>, BasicConstantBaseline<double>,
                          BasicSoftplus<double>, BernoulliRateSampler, DirectStimulus, double>;
  check_derivatives(some_graph<3>(1.0, 2),
                    Cosines{{}, {0.5, 6.0, 1.5, 25}, {2, -3.0, 4, -2.0, 0.3}, {0.5}, {0.2, 1.2, 1.0}}, no_stimulus, 11,
                    1e-3);  // at their ends, cosines have no second derivative
  const PoissonGLM model{{.alpha = 20.0f}};
  const auto each = per_neuron(model, &ConstantBaseline::b, std::vector<float>(size, 0.25f));
  const auto graph = some_graph(0.2);
  const auto spikes = Simulator{graph, each, no_stimulus, Seed{6}}.run(60);
  const auto by_b = derivatives_of(Replay{graph, each, no_stimulus, spikes, Seed{6}, "b"});
  const auto mu = means_of(Replay{graph, each, no_stimulus, spikes, Seed{6}});
  for (std::size_t t = 0; t < mu.size(); ++t)
    for (std::size_t i = 0; i < size; ++i) REQUIRE(by_b[t][i] == Approx(mu[t][i]).epsilon(1e-6));
}
