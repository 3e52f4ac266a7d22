// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/inference.md, and tests of what the page says.
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <vector>

#include "../../examples/infer/solvers.hpp"
#include "../catch.hpp"

namespace sk = spikeometric;

namespace {

const sk::Graph<>& graph() {
  static const sk::Graph network = sk::generate::normal({.neurons = 15, .probability = 0.2, .std = 3.0}, sk::Seed{7});
  return network;
}

sk::Events<> recorded() {
  sk::Simulator simulator{graph(), sk::BernoulliGLM{{.theta = 4.0}}, sk::no_stimulus, sk::Seed{42}};
  simulator.equilibrate(100);
  return simulator.run(20'000);
}

}  // namespace

TEST_CASE("a network is fitted, judged and simulated") {
  const auto spikes = recorded();
  const sk::BernoulliGLM family{{.theta = 4.0, .coupling_window = 20}};
  const auto fitted = sk::fit(family, spikes, {.threads = 2});
  const double weight = fitted.weight(3, 5), error = fitted.weight_error(3, 5);  // from neuron 3 to neuron 5

  const auto checks = sk::time_rescaling(fitted.graph, fitted.model, sk::no_stimulus, spikes, sk::Seed{1});
  const bool good = checks[5].statistic < checks[5].bound();

  sk::Simulator again{fitted.graph, fitted.model, sk::no_stimulus, sk::Seed{43}};
  const auto copy = again.run(20'000);

  const sk::Score score = sk::score(fitted, graph());
  CHECK(fitted.converged());
  CHECK(std::isfinite(weight));
  CHECK(error > 0.0);
  CHECK(good);
  CHECK(copy.mean_rate_hz() == Approx(spikes.mean_rate_hz()).epsilon(0.15));
  CHECK(score.auc > 0.8);
}

TEST_CASE("a penalty is chosen by what it predicts") {
  const auto spikes = recorded();
  const sk::BernoulliGLM family{{.theta = 4.0, .coupling_window = 20}};
  std::ostringstream out;
  const auto path = sk::cross_validate(family, spikes, {.penalty = sk::L1{1.0}, .threads = 2}, {.folds = 5});
  const auto fitted = sk::fit(family, spikes, {.penalty = path.sparsest(), .threads = 2});
  const sk::Detection found = sk::detected(fitted, graph());
  out << found.precision << " of those found are right, " << found.recall << " of those there are found\n";
  const auto test = [&] {
    sk::Simulator simulator{graph(), sk::BernoulliGLM{{.theta = 4.0}}, sk::no_stimulus, sk::Seed{44}};
    simulator.equilibrate(100);
    return simulator.run(5'000);
  }();
  const sk::Evaluation held_out = sk::evaluate(fitted, test);
  const double bits = held_out.bits_per_spike(), r2 = held_out.deviance_explained();
  const Eigen::MatrixXf rates = sk::predict(fitted, test);  // [neuron][step], spikes per step
  CHECK(bits > 0.1);
  CHECK(r2 > 0.01);
  CHECK(rates.mean() == Approx(test.mean_rate_hz() / 1000.0).epsilon(0.1));
  CHECK(found.precision > 0.3);
  CHECK(found.recall > 0.6);
}

TEST_CASE("a known stimulus is a covariate, and neurons keep Dale's law") {
  const auto drive = sk::sinusoid({.amplitude = 1.0, .period_ms = 50.0}).on(sk::neurons(0, 8));
  sk::Simulator simulator{graph(), sk::BernoulliGLM{{.theta = 4.0}}, drive, sk::Seed{42}};
  const auto spikes = simulator.run(20'000);
  const sk::BernoulliGLM family{{.theta = 4.0, .coupling_window = 20}};
  std::vector<int> signs(15, -1);    // inhibitory,
  std::fill_n(signs.begin(), 8, 1);  // but for the first eight
  const auto fitted = sk::fit(family, drive, spikes, {.signs = signs});
  const double response = fitted.neurons[0].stimulus_weights[0];
  CHECK(response == Approx(1.0).margin(0.5));
  CHECK(fitted.weight(0, 1) >= 0.0);
  CHECK(fitted.weight(10, 1) <= 0.0);
}
