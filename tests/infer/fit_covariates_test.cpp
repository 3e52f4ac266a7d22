// SPDX-License-Identifier: BSD-3-Clause
// Fits with stimuli that act through filters with memory.
#include <Eigen/Dense>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "recordings.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/infer/evaluate.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/stimulus/covariates.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/temporal.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

const BernoulliGLM plain{{.theta = 3.0, .coupling_window = 10, .abs_ref_steps = 0, .rel_ref_steps = 0}};
const RaisedCosine<3> basis{.last_peak_ms = 10.0, .window_steps = 30};

/// Binary noise, channels x frames.
Eigen::MatrixXf noise(Eigen::Index channels, Eigen::Index frames, std::uint64_t seed) {
  support::Numbers numbers(seed);
  Eigen::MatrixXf values(channels, frames);
  for (float& value : values.reshaped()) value = numbers.coin(0.5) ? 1.0f : -1.0f;
  return values;
}

/// Weights of two channels with three basis functions each, for three neurons.
Eigen::MatrixXd weights() {
  Eigen::MatrixXd result(6, 3);
  result << 0.5, 0.0, -0.3,  //
      1.0, 0.2, -0.6,        //
      -0.4, 0.1, 0.0,        //
      0.0, 0.4, 0.2,         //
      0.0, 0.8, 0.0,         //
      0.0, -0.2, 0.0;
  return result;
}

}  // namespace

TEST_CASE("the weights of covariates are found within their errors, and drive the fitted model") {
  const std::uint64_t steps = support::slow_build ? 8'000 : 40'000;
  const auto covariates =
      temporal(Frames{noise(2, static_cast<Eigen::Index>(steps / 4), 1), {.steps_per_frame = 4}}, basis);
  EdgeList<> edges{3};
  edges.add(0, 1, 1.0f);
  const auto spikes = simulated(Graph<>{edges}, plain, steps, covariates.with_weights(weights()), Seed{3});
  const auto fitted = fit(plain, covariates, spikes, {.own_history = false});
  CHECK(fitted.converged());
  double squares = 0.0;
  for (std::uint32_t neuron = 0; neuron < 3; ++neuron)
    for (std::size_t i = 0; i < 6; ++i) {
      const NeuronFit& fit = fitted.neurons[neuron];
      const double z =
          (fit.stimulus_weights[i] - weights()(static_cast<Eigen::Index>(i), neuron)) / fit.stimulus_weight_errors[i];
      CHECK(std::abs(z) < 4.5);  // 18 weights: 1e-4
      squares += z * z;
    }
  CHECK(squares < 48.0);  // chi-squared, 18 degrees: above with 1.5e-4
  CHECK(std::abs(fitted.weight(0, 1) - 1.0) < 5.0 * fitted.weight_error(0, 1));
  Simulator again{fitted.graph, fitted.model, fitted.stimulus, Seed{4}};
  const auto counts = again.run(steps).counts();
  const auto recorded_counts = spikes.counts();
  for (std::size_t neuron = 0; neuron < 3; ++neuron) {
    const auto n = static_cast<double>(recorded_counts[neuron]);
    CHECK(std::abs(static_cast<double>(counts[neuron]) - n) < 5.0 * std::sqrt(2.0 * n));
  }
  // Held-out frames.
  const auto other = temporal(Frames{noise(2, 500, 7), {.steps_per_frame = 4}}, basis);
  const auto test = simulated(Graph<>{edges}, plain, 2000, other.with_weights(weights()), Seed{5});
  CHECK(evaluate(fitted, other, test).bits_per_spike() > 0.1);
}

TEST_CASE("a temporal stimulus of the library and the same covariates have the same fit") {
  const Eigen::MatrixXf values = noise(1, 4000, 2);
  const auto covariates = temporal(Frames{values}, basis);
  const auto stimulus = temporal(recorded(Eigen::VectorXf(values.row(0).transpose())), basis);
  const auto spikes = simulated(network(3, 1.0), plain, 4000, covariates.with_weights(weights().topRows(3)), Seed{3});
  const auto one = fit(plain, covariates, spikes, {.own_history = false});
  const auto other = fit(plain, stimulus, spikes, {.own_history = false});
  for (std::size_t neuron = 0; neuron < 3; ++neuron)
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(std::abs(one.neurons[neuron].stimulus_weights[i] - other.neurons[neuron].stimulus_weights[i]) < 1e-5);
  CHECK(std::abs(one.log_likelihood() - other.log_likelihood()) < 1e-4);
}

TEST_CASE("trials have their own frames and events, and a stimulus that ends before a recording is refused") {
  const auto two = [](Eigen::Index first, Eigen::Index second) {
    return temporal(Frames{std::vector{noise(1, first, 3), noise(1, second, 4)}}, basis);
  };
  const auto cues = temporal(impulses(std::vector<std::vector<std::uint64_t>>{{50, 120}, {10}}), basis);
  Simulator many{trials(network(3, 1.0), 2), plain, channels(two(200, 200), cues).with_weights(weights()), Seed{6}};
  const auto spikes = many.run(200);
  CHECK_NOTHROW(fit(plain, channels(two(200, 300), cues), spikes, {.penalty = L2{0.01}}));
  CHECK_THROWS_WITH(fit(plain, two(200, 199), spikes, {}),
                    "the stimulus has values for steps [0, 199), but recording 1 has steps [0, 200)");
  CHECK_THROWS_WITH(fit(plain, recorded(std::vector<float>(150, 1.0f)), spikes, {}),
                    "the stimulus has values for steps [0, 150), but recording 0 has steps [0, 200)");
  CHECK_THROWS_WITH(fit(plain, recorded(Eigen::MatrixXf(Eigen::MatrixXf::Zero(3, 199))), spikes[0], {}),
                    "the stimulus has values for steps [0, 199), but recording 0 has steps [0, 200)");
}

TEST_CASE("penalties of the stimulus are in units of its weights, channel by channel") {
  const Eigen::MatrixXf values = 40.0f * noise(2, 3000, 5);  // not of size 1
  const auto covariates = temporal(Frames{values}, basis);
  const auto spikes =
      simulated(network(3, 1.0), plain, 3000, covariates.with_weights((weights() / 40.0).eval()), Seed{3});
  const double ridge = 20.0, smooth = 30.0;
  const auto fitted = fit(plain, covariates, spikes,
                          {.stimulus_penalty = L2{ridge} + Smooth{smooth}, .own_history = false, .history_steps = 30});
  // At the optimum, the slope of the likelihood is that of the penalty.
  dense::Setting setting = dense::bernoulli(3.0);
  setting.coupling.resize(1);
  for (int k = 0; k < 10; ++k) setting.coupling[0].push_back(std::exp(-static_cast<double>(0.2f) * k));
  setting.channels = 6;
  const auto taps = basis.taps(1.0f);
  setting.stimulus = [&](std::uint64_t step, std::size_t i) {
    double sum = 0.0;
    for (std::uint64_t k = 0; k < 30 && k <= step; ++k)
      sum += static_cast<double>(taps[i % 3][k]) *
             static_cast<double>(values(static_cast<Eigen::Index>(i / 3), static_cast<Eigen::Index>(step - k)));
    return sum;
  };
  setting.observed = [](std::uint64_t step, auto) { return step >= 30; };
  const dense::Likelihood likelihood(setting, std::vector{spikes}, 1);
  Eigen::VectorXd x(1 + 6 + 3);
  x[0] = fitted.neurons[1].baseline;
  for (Eigen::Index i = 0; i < 6; ++i) x[1 + i] = fitted.neurons[1].stimulus_weights[static_cast<std::size_t>(i)];
  for (Eigen::Index pre = 0; pre < 3; ++pre) x[7 + pre] = fitted.weight(static_cast<std::uint64_t>(pre), 1);
  Eigen::VectorXd slope = likelihood.gradient(x);
  for (Eigen::Index first : {1, 4}) {
    const double second = x[first] - 2.0 * x[first + 1] + x[first + 2];
    const double parts[] = {1.0, -2.0, 1.0};
    for (Eigen::Index m = 0; m < 3; ++m) slope[first + m] += ridge * x[first + m] + smooth * parts[m] * second;
  }
  slope[8] = 0.0;  // the neuron itself
  CHECK(slope.segment(1, 6).cwiseAbs().maxCoeff() < 1e-5 * likelihood.gradient(x).cwiseAbs().maxCoeff() + 1e-5);
  CHECK(slope.tail(3).cwiseAbs().maxCoeff() < 1e-6);
}
