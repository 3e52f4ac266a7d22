// SPDX-License-Identifier: BSD-3-Clause
// What fits recover of a network and its stimulus.
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/infer/score.hpp"
#include "spikeometric/stimulus/poisson.hpp"

using namespace spikeometric;
using namespace recordings;

TEST_CASE("weights of a network are recovered, and their intervals cover the truth as often as they say") {
  if constexpr (support::slow_build) return;
  // Of weights of normal error one in twenty is beyond 1.96 standard errors, give or take the root of their number.
  const std::uint64_t neurons = 20, steps = 100'000;
  const double missed = 0.05 * static_cast<double>(neurons * (neurons - 1)), deviation = std::sqrt(0.95 * missed);
  const auto check = [&](const auto& model, double std) {
    const auto graph = network(neurons, std);
    const auto spikes = simulated(graph, model, steps);
    const auto fitted = fit(model, spikes, {.own_history = false, .threads = support::thread_counts().back()});
    CHECK(fitted.converged());
    const auto truth = graph.to_dense();
    int beyond = 0;
    for (std::uint32_t pre = 0; pre < neurons; ++pre)
      for (std::uint32_t post = 0; post < neurons; ++post)
        if (pre != post)
          beyond += std::abs(fitted.weight(pre, post) - static_cast<double>(truth(pre, post))) >
                    1.96 * fitted.weight_error(pre, post);
    CHECK(beyond < missed + 5.0 * deviation);
    CHECK(beyond > missed - 4.0 * deviation);  // errors half as large again would leave one of 380
    const Score recovered = score(fitted, graph);
    CHECK(recovered.auc > 0.85);
    CHECK(recovered.correlation > 0.95);
    CHECK(fitted.bits_per_spike() > 0.0);
  };
  check(binary_family, 3.0);
  check(count_family, 1.0);
}

TEST_CASE("what was fitted goes straight into a simulator, and fires as the recording does") {
  const auto graph = network(support::slow_build ? 16 : 20, 2.0);
  const auto drive =
      poisson_pulses({.strength = 1.5f, .mean_interval_steps = 50.0, .pulse_steps = 5}).on(neurons(0, 10));
  const std::uint64_t steps = support::slow_build ? 3'000 : 20'000;
  const auto spikes = simulated(graph, binary_family, steps, drive, Seed{3});
  const auto fitted = fit(binary_family, drive, spikes, {.penalty = L1{1e-3}, .seed = Seed{3}});
  Simulator again{fitted.graph, fitted.model, drive, Seed{3}};
  again.equilibrate(100);
  const auto copy = again.run(steps);
  // Counts of a minute of neurons or more: the rates of two recordings of this network differ by less than a tenth.
  CHECK(std::abs(copy.mean_rate_hz() / spikes.mean_rate_hz() - 1.0) < 0.1);
  for (std::uint32_t neuron : {0u, 9u}) CHECK(std::abs(fitted.neurons[neuron].stimulus_weights[0] - 1.0) < 0.3);
  CHECK(fitted.neurons[15].stimulus_weights[0] == 0.0);  // it never saw the stimulus
  CHECK(fitted.model.stimulus_filter.policies[0].weights[0] ==
        static_cast<float>(fitted.neurons[0].stimulus_weights[0]));
  CHECK(fitted.model.baseline.policies[7].b == static_cast<float>(fitted.neurons[7].baseline));
}

TEST_CASE("a stimulus that neurons share makes them look connected, unless the fit knows of it") {
  if constexpr (support::slow_build) return;
  constexpr std::uint32_t size = 10;
  const Graph<> nobody{EdgeList<>{size}};
  const auto drive = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 50.0, .pulse_steps = 10});
  const auto spikes = simulated(nobody, binary_family, 20'000, drive, Seed{4});
  const auto found = [](const auto& fitted) {
    int surely = 0;
    for (std::uint32_t pre = 0; pre < size; ++pre)
      for (std::uint32_t post = 0; post < size; ++post)
        surely += pre != post && std::abs(fitted.weight(pre, post)) > 3.3 * fitted.weight_error(pre, post);
    return surely;
  };
  CHECK(found(fit(binary_family, spikes, {.own_history = false})) > 45);
  // One in a thousand of 90.
  CHECK(found(fit(binary_family, drive, spikes, {.own_history = false, .seed = Seed{4}})) <= 2);
}

TEST_CASE("weights that cannot be told apart have errors without bound, and the others theirs") {
  std::vector<std::array<std::uint32_t, 2>> spikes, merged;
  support::Numbers numbers(9);
  for (std::uint32_t step = 0; step < 2000; ++step) {
    if (numbers.coin(0.1)) spikes.push_back({step, 0}), merged.push_back({step, 0});
    if (numbers.coin(0.1)) spikes.push_back({step, 1}), merged.push_back({step, 1});
    if (numbers.coin(0.1)) spikes.push_back({step, 2}), spikes.push_back({step, 3});  // one unit sorted into two
  }
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(4, 2000, spikes), {.own_history = false});
  CHECK(fitted.neurons[0].status == FitStatus::converged);
  CHECK(std::isinf(fitted.weight_error(2, 0)));
  CHECK(std::isinf(fitted.weight_error(3, 0)));
  CHECK(fitted.weight_error(1, 0) > 0.01);
  CHECK(fitted.weight_error(1, 0) < 1.0);
  const auto constant =
      fit(plain, function([](std::uint64_t) { return 2.0f; }), recording(2, 2000, merged), {.own_history = false});
  CHECK(std::isinf(constant.neurons[0].baseline_error));
  CHECK(std::isinf(constant.neurons[0].stimulus_weight_errors[0]));
  CHECK(std::abs(constant.weight_error(1, 0) /
                     fit(plain, recording(2, 2000, merged), {.own_history = false}).weight_error(1, 0) -
                 1.0) < 1e-6);
}

TEST_CASE("the unit of a stimulus makes no difference to all else") {
  const Graph<> graph = network(6, 2.0);
  const auto in_unit = [](float unit) {
    return function([unit](std::uint64_t step) { return unit * static_cast<float>(step % 13) * 0.1f; });
  };
  const auto spikes = simulated(graph, binary_family, support::slow_build ? 1000 : 3000, in_unit(1.0f));
  for (const Penalty& penalty : {Penalty{}, Penalty(L1{1e-3})}) {
    const auto one = fit(binary_family, in_unit(1.0f), spikes, {.penalty = penalty, .own_history = false});
    const auto twofold = fit(binary_family, in_unit(0x1p20f), spikes, {.penalty = penalty, .own_history = false});
    CHECK(one.weights == twofold.weights);
    const auto million = fit(binary_family, in_unit(1e6f), spikes, {.penalty = penalty, .own_history = false});
    CHECK((one.weights - million.weights).cwiseAbs().maxCoeff() < 1e-5);
    CHECK(std::abs(1e6 * million.neurons[2].stimulus_weights[0] / one.neurons[2].stimulus_weights[0] - 1.0) < 1e-4);
    if (!penalty.none()) continue;
    CHECK(std::abs(million.weight_error(1, 2) / one.weight_error(1, 2) - 1.0) < 1e-4);
    CHECK(std::abs(million.neurons[2].baseline_error / one.neurons[2].baseline_error - 1.0) < 1e-4);
  }
}
