// SPDX-License-Identifier: BSD-3-Clause
// Derivatives that a replay gives, beside those of the reference.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../model/model_reference.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

/// Checks that the derivatives of the mean rate in a reference's step are those in its file.
template <template <class> class BasicModel>
void check_reference_gradient(const std::string& name) {
  CAPTURE(name);
  const reference::Case step{name};
  const auto model = reference::model_of<BasicModel<double>>(step.data);
  using Model = BasicModel<double>;
  const Graph graph{step.weights};
  const auto stimulus = [&](std::uint64_t, std::uint32_t neuron) { return static_cast<float>(step.stimulus[neuron]); };
  const auto count = static_cast<std::uint64_t>(step.weights.rows());
  Events<EventOf<Model>> spikes{count, detail::decimal(model.dt())};
  for (Eigen::Index t = 0; t < step.history.cols(); ++t) {
    std::vector<EventOf<Model>> events;
    for (std::uint32_t i = 0; i < count; ++i)
      if (const int count = step.history(i, t); count > 0)
        events.emplace_back(0u, i, static_cast<std::uint32_t>(count));
    spikes.append(1, events);
  }
  spikes.append(1, {});
  for (const auto& [parameter, expected] : step.data.at("gradient_of_mean_rate_per_step").items()) {
    CAPTURE(parameter);
    Replay replay{graph, model, stimulus, spikes, Seed{1}, parameter};
    if (step.has_activation()) {
      Simulator simulator{graph, model, no_stimulus, Seed{1}};
      step.start(simulator);
      replay.start(simulator.state()[0]);
    }
    double derivative = 0.0;
    while (replay.steps_left() > 0) {
      derivative = 0.0;
      replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { derivative += mu.derivative; });
    }
    derivative /= static_cast<double>(count);
    const auto value = expected.template get<double>();
    CHECK(std::abs(derivative - value) <= 1e-6 * std::abs(value) + 1e-9);
  }
}

}  // namespace

TEST_CASE("derivatives of a step agree with the reference") {
  for (const std::string network : {"n6iso", "n20strong"}) {
    for (const std::string set : {"p0", "p1", "p2"}) {
      check_reference_gradient<BasicBernoulliGLM>("bernoulli_" + network + "_" + set);
      check_reference_gradient<BasicPoissonGLM>("poisson_" + network + "_" + set);
    }
    for (const std::string set : {"p0", "p1"}) {
      check_reference_gradient<BasicRectifiedLNP>("rectified_lnp_" + network + "_" + set);
      check_reference_gradient<BasicRectifiedSAM>("rectified_sam_" + network + "_" + set);
    }
  }
}
