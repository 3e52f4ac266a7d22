// SPDX-License-Identifier: BSD-3-Clause
// Fits of trials: which steps of which count.
#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/infer/cross_validation.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/simulate/select.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

/// A neuron that excites itself for a long time.
const BernoulliGLM slow{
    {.theta = 4.0, .coupling_window = 100, .coupling_decay = 0.03, .abs_ref_steps = 0, .rel_ref_steps = 0}};

Graph<> excites_itself() {
  EdgeList<> edges{1};
  edges.add(0, 0, 0.35f);
  return Graph<>{edges};
}

}  // namespace

TEST_CASE("the steps whose past is unknown do not count, in any of many trials") {
  // A spike acts from the 61st to the 120th step after it. Each trial starts after a volley that is not recorded.
  std::vector<double> taps(120, 1.0);
  std::fill_n(taps.begin(), 60, 0.0);
  const Cascade<Fir, NoHistory, NoBaseline, Logistic> late{{}, Fir{taps}, {}, {}, {.theta = 3.5}};
  EdgeList<> edges{1};
  edges.add(0, 0, 0.35f);
  const std::uint64_t number = support::slow_build ? 100 : 2500;
  Simulator many{trials(Graph<>{edges}, number), late, no_stimulus, Seed{3}};
  const auto spikes = many.run(400);
  const auto fitted = fit(late, spikes);
  CHECK(fitted.history_steps == 120);
  CHECK(fitted.left_out.empty());
  CHECK(fitted.steps == 280.0 * static_cast<double>(number));
  CHECK(std::abs(fitted.weight(0, 0) - 0.35) < 4.0 * fitted.weight_error(0, 0));
  const auto biased = fit(late, spikes, {.history_steps = 40});  // a tenth of a trial
  if (!support::slow_build) CHECK(std::abs(biased.weight(0, 0) - 0.35) > 4.0 * biased.weight_error(0, 0));
}

TEST_CASE("a scrap beside long epochs is left out, and changes nothing") {
  const auto whole = simulated(excites_itself(), slow, 9100);
  const auto with_scrap = trials(whole, {{0, 3000}, {3000, 3009}, {3050, 6000}, {6000, 6100}, {6100, 9100}});
  const auto without = trials(whole, {{0, 3000}, {3050, 6000}, {6100, 9100}});
  const auto fitted = fit(slow, with_scrap), plain = fit(slow, without);
  CHECK(fitted.left_out == std::vector<std::uint32_t>{1, 3});  // of 9 steps, and of as many as the history has
  CHECK(fitted.steps == plain.steps);
  CHECK(std::abs(fitted.weight(0, 0) - plain.weight(0, 0)) < 1e-6);
  REQUIRE_FALSE(fitted.warnings().empty());
  CHECK(fitted.warnings()[0] ==
        "2 of 5 recordings have no steps that count after 100 steps of history, and were left out");
  CHECK_THROWS_WITH(fit(slow, trials(whole, {{0, 9}, {9, 100}})),
                    "history_steps = 100, the steps over which a spike acts, must be below the length of the longest "
                    "recording, 91 steps");
}

TEST_CASE("a mask says which steps count, and spikes in the others are still history") {
  const auto spikes = simulated(network(3, 2.0), binary_family, 2000);
  std::vector<bool> mask(2000, true);
  for (std::size_t step = 500; step < 900; ++step) mask[step] = false;
  const auto masked = fit(binary_family, spikes, {.own_history = false, .steps = {mask}});
  CHECK(masked.steps == 2000.0 - 10.0 - 400.0);
  // The same steps as two recordings, of which the second begins ten steps earlier, for its history.
  const auto two = fit(binary_family, trials(spikes, {{0, 500}, {890, 2000}}), {.own_history = false});
  CHECK(two.steps == masked.steps);
  CHECK((masked.weights - two.weights).cwiseAbs().maxCoeff() < 1e-5);
  CHECK(std::abs(masked.log_likelihood() - two.log_likelihood()) < 1e-5);
}

TEST_CASE("cross-validation holds out whole trials if there are enough of them") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 3000);
  const auto cut = trials(spikes, {{0, 500}, {500, 1100}, {1100, 2000}, {2000, 3000}});
  const FitOptions options{.penalty = L1{1.0}, .own_history = false};
  const CrossValidationOptions fixed{.folds = 2, .factors = {1000.0}};
  const auto path = cross_validate(binary_family, cut, options, fixed);
  // Without coupling: fold 0 has trials 0 and 2, fold 1 the others.
  const detail::FitProblem<BernoulliGLM, NoStimulus> problem{cut, binary_family, no_stimulus, options};
  double expected = 0.0;
  for (std::uint32_t neuron = 0; neuron < 4; ++neuron) {
    double sum = 0.0;
    for (std::uint64_t fold : {0, 1}) {
      const auto pair = [&](std::uint64_t f) {
        return f == 0 ? trials(spikes, {{0, 500}, {1100, 2000}}) : trials(spikes, {{500, 1100}, {2000, 3000}});
      };
      const auto trained = fit(binary_family, pair(1 - fold), {.penalty = L1{1000.0}, .own_history = false});
      const detail::FitProblem<BernoulliGLM, NoStimulus> test{pair(fold), binary_family, no_stimulus, options};
      detail::NeuronLikelihood<double> likelihood(test, neuron, {});
      Eigen::VectorXd x = Eigen::VectorXd::Zero(5);
      x[0] = trained.neurons[neuron].baseline;
      sum -= likelihood.value(x) * likelihood.steps();
    }
    expected += sum / (problem.steps());
  }
  CHECK(std::abs(path.held_out[0] - expected) < 1e-5);
  auto blocks = fixed;
  blocks.by_recording = false;
  CHECK(cross_validate(binary_family, cut, options, blocks).held_out[0] != path.held_out[0]);
}
