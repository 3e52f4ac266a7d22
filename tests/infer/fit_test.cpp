// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/fit.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/infer/score.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

using namespace spikeometric;

namespace {

const BernoulliGLM binary_family{{.theta = 3.0f, .coupling_window = 10}};
const PoissonGLM count_family{{.alpha = 30.0f, .tau = 5.0f, .T = 10}};

Graph<> network(std::uint64_t neurons, double std, std::uint64_t seed = 1) {
  return generate::normal({.neurons = neurons, .probability = 0.3, .std = std}, Seed{seed});
}

template <class Model, class Stimulus = NoStimulus>
auto simulated(const Graph<>& graph, const Model& model, std::uint64_t steps, const Stimulus& stimulus = {},
               Seed seed = Seed{2}) {
  Simulator simulator{graph, model, stimulus, seed};
  simulator.equilibrate(100);
  return simulator.run(steps);
}

/// A recording of these spikes: (step, neuron), in order.
Events<> recording(std::uint64_t neurons, std::uint64_t steps,
                   const std::vector<std::array<std::uint32_t, 2>>& spikes) {
  Events<> events(neurons, 1.0);
  std::vector<BinaryEvent> list;
  for (const auto& [step, neuron] : spikes) list.emplace_back(step, neuron, 1u);
  events.append(steps, list);
  return events;
}

dense::Setting dense_setting() {
  dense::Setting setting;
  setting.mean = [](double g) { return 1.0 / (1.0 + std::exp(3.0 - g)); };
  setting.variance = [](double p) { return p * (1.0 - p); };
  setting.log_probability = [](std::uint32_t count, double p) { return count > 0 ? std::log(p) : std::log(1.0 - p); };
  setting.coupling.resize(1);
  for (int k = 0; k < 10; ++k) setting.coupling[0].push_back(std::exp(-static_cast<double>(0.2f) * k));
  setting.history = {-100, -100, -100};
  for (int k = 0; k < 7; ++k) setting.history.push_back(-30.0 * std::exp(-0.5 * k));
  setting.observed = [](std::uint64_t step, auto) { return step >= 10; };
  return setting;
}

/// The parameters of a neuron in the order of the dense design.
template <class Fit>
Eigen::VectorXd parameters_of(const Fit& fit, std::uint32_t neuron) {
  std::vector<double> x{fit.neurons[neuron].baseline};
  for (std::uint32_t pre = 0; pre < fit.neurons.size(); ++pre)
    x.push_back(pre == neuron ? 0.0 : fit.weight(pre, neuron));
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

/// After the first ten steps.
template <class Recording>
double spikes_of(const Recording& spikes, std::uint32_t neuron) {
  double sum = 0.0;
  for (const auto [step, who, count] : spikes) sum += who == neuron && step >= 10 ? count : 0;
  return sum;
}

}  // namespace

TEST_CASE("a fit is the maximum of the likelihood, its standard errors those of the inverse Hessian") {
  const std::uint64_t steps = support::slow_build ? 1000 : 4000;
  const auto check = [&](const auto& spikes, const auto& family, const dense::Setting& setting) {
    const auto fitted = fit(family, spikes, {.own_history = false});
    CHECK(fitted.converged());
    for (const std::uint32_t neuron : {0u, 5u}) {
      const dense::Likelihood likelihood(setting, std::vector{spikes}, neuron);
      const Eigen::VectorXd x = parameters_of(fitted, neuron);
      CHECK(likelihood.gradient(x).cwiseAbs().maxCoeff() < 1e-7);
      CHECK(std::abs(fitted.neurons[neuron].log_likelihood + likelihood.value(x) * likelihood.steps()) < 1e-8);
      Eigen::MatrixXd information = likelihood.steps() * likelihood.hessian(x);
      information(neuron + 1, neuron + 1) = 1.0;  // of the neuron itself: nothing is known
      const Eigen::VectorXd errors = information.inverse().diagonal().cwiseSqrt();
      CHECK(std::abs(fitted.neurons[neuron].baseline_error / errors[0] - 1.0) < 1e-6);
      for (std::uint32_t pre = 0; pre < 8; ++pre)
        if (pre == neuron)
          CHECK(std::isnan(fitted.weight_error(pre, neuron)));
        else
          CHECK(std::abs(fitted.weight_error(pre, neuron) / errors[pre + 1] - 1.0) < 1e-6);
      CHECK(fitted.neurons[neuron].spikes == spikes_of(spikes, neuron));
    }
    CHECK(fitted.steps == static_cast<double>(steps - 10));
  };
  SECTION("spikes or none") { check(simulated(network(8, 2.0), binary_family, steps), binary_family, dense_setting()); }
  dense::Setting counts = dense_setting();
  counts.history.clear();
  counts.variance = [](double mean) { return mean; };
  counts.log_probability = [](std::uint32_t count, double mean) {
    return count * std::log(mean) - mean - std::lgamma(count + 1.0);
  };
  SECTION("counts, exponential") {
    counts.mean = [](double g) { return std::exp(g) / 30.0; };
    for (std::size_t k = 0; k < 10; ++k) counts.coupling[0][k] = std::exp(-0.2 * static_cast<double>(k));
    check(simulated(network(8, 1.0), count_family, steps), count_family, counts);
  }
  SECTION("counts, softplus") {
    const Cascade<ExponentialFilter, NoHistory, NoBaseline, Softplus, PoissonSampler> soft{
        {}, {.coupling_decay = 0.2f, .coupling_window = 10}, {}, {}, {.lambda_0 = 0.2f, .theta = 2.0f}};
    counts.mean = [&](double g) { return 0.2 * std::log1p(std::exp(g - 2.0)); };
    check(simulated(network(8, 1.0), soft, steps), soft, counts);
  }
}

TEST_CASE("with a penalty the conditions of a penalised maximum hold") {
  const auto spikes = simulated(network(8, 2.0), binary_family, 3000);
  const double strength = 7e-4;
  const auto fitted = fit(binary_family, spikes, {.penalty = L1{strength}, .own_history = false});
  CHECK(fitted.converged());
  int zeros = 0;
  for (std::uint32_t neuron = 0; neuron < 8; ++neuron) {
    for (std::uint32_t pre = 0; pre < 8; ++pre) zeros += pre != neuron && fitted.weight(pre, neuron) == 0.0;
    if (support::slow_build && neuron % 4 != 1) continue;
    const dense::Likelihood likelihood(dense_setting(), std::vector{spikes}, neuron);
    const Eigen::VectorXd slope = likelihood.gradient(parameters_of(fitted, neuron));
    CHECK(std::abs(slope[0]) < 1e-7);
    for (std::uint32_t pre = 0; pre < 8; ++pre) {
      const double weight = fitted.weight(pre, neuron), at = slope[pre + 1];
      if (pre == neuron) continue;
      CHECK(std::abs(weight == 0.0 ? std::max(std::abs(at) - strength, 0.0) : at + std::copysign(strength, weight)) <
            1e-7);
      CHECK(std::isnan(fitted.weight_error(pre, neuron)));
    }
  }
  CHECK(zeros > 10);
  CHECK(zeros < 50);
  CHECK(fitted.graph.synapses() == 56 - static_cast<std::uint64_t>(zeros));
}

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

TEST_CASE("threads and solvers make no difference to what is found") {
  const auto spikes =
      simulated(network(support::slow_build ? 5 : 9, 1.0), count_family, support::slow_build ? 2000 : 3000);
  for (const Penalty& penalty : {Penalty{}, Penalty(L1{1e-3}), L1{5e-4} + L2{1e-2}}) {
    const auto one = fit(count_family, spikes, {.penalty = penalty, .tolerance = 1e-9});
    const auto threads =
        fit(count_family, spikes, {.penalty = penalty, .tolerance = 1e-9, .threads = support::thread_counts().back()});
    CHECK(one.weights == threads.weights);
    const auto gradients =
        fit(count_family, spikes, {.penalty = penalty, .solver = Solver::gradient, .tolerance = 1e-7});
    CHECK(gradients.converged());
    CHECK((one.weights - gradients.weights).cwiseAbs().maxCoeff() < 1e-4);
    CHECK(std::abs(one.log_likelihood() - gradients.log_likelihood()) < 1e-3);
  }
}

TEST_CASE("many functions of the own history make no difference to that") {
  using Many = Cascade<WithSelf<Fir, RaisedCosine<16>>, NoHistory, NoBaseline, Logistic>;
  const Many model{{}, {Fir{{1.0f}}, {.last_peak_ms = 30.0f, .window_steps = 40}}, {}, {}, {.theta = 3.0f}};
  const auto spikes = simulated(network(2, 1.0), binary_family, support::slow_build ? 500 : 5000);
  const auto one = fit(model, spikes, {.penalty = L2{1e-4}});
  CHECK(one.weights == fit(model, spikes, {.penalty = L2{1e-4}, .threads = 2}).weights);
}

TEST_CASE("signs bind the synapses of a neuron") {
  constexpr std::uint32_t size = support::slow_build ? 7 : 10;
  const auto graph = network(size, 2.0);
  const auto spikes = simulated(graph, binary_family, 5000);
  std::vector<int> signs(size, 0);
  for (std::size_t i = 0; i < 4; ++i) signs[i] = 1;
  for (std::size_t i = 5; i + 1 < size; ++i) signs[i] = -1;
  for (const Penalty& penalty : {Penalty{}, Penalty(L1{1e-3})}) {
    const auto free = fit(binary_family, spikes, {.penalty = penalty});
    const auto bound = fit(binary_family, spikes, {.penalty = penalty, .signs = signs});
    CHECK(bound.converged());
    bool differs = false;
    for (std::uint32_t pre = 0; pre < size; ++pre)
      for (std::uint32_t post = 0; post < size; ++post) {
        if (pre == post) continue;
        CHECK(bound.weight(pre, post) * signs[pre] >= 0.0);
        differs |= free.weight(pre, post) * signs[pre] < 0.0;
      }
    CHECK(differs);
    CHECK(bound.log_likelihood() < free.log_likelihood());
    CHECK(std::isnan(bound.weight_error(0, 1)));
  }
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
  static_assert(std::is_same_v<decltype(split.graph), Graph<std::array<float, 3>>>);
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

TEST_CASE("strengths are what a spike does over all time") {
  const auto spikes = simulated(network(5, 1.0), count_family, 2000);
  const auto fitted = fit(count_family, spikes);
  double area = 0.0;
  for (int k = 0; k < 10; ++k) area += std::exp(-k / 5.0);
  CHECK(std::abs(fitted.areas.at(0) - area) < 1e-6);
  CHECK(std::abs(fitted.strengths()(2, 3) - fitted.weight(2, 3) * area) < 1e-6);
}

TEST_CASE("silent neurons and those that always fire are reported, and leave the others alone") {
  std::vector<std::array<std::uint32_t, 2>> spikes, without;
  support::Numbers numbers(3);
  for (std::uint32_t step = 0; step < 2000; ++step)
    for (std::uint32_t neuron = 0; neuron < 4; ++neuron) {
      const bool fires = neuron == 3 || (neuron != 2 && numbers.coin(0.1));
      if (fires) spikes.push_back({step, neuron});
    }
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(4, 2000, spikes), {.penalty = L2{1e-3}});
  CHECK(fitted.neurons[0].status == FitStatus::converged);
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(fitted.neurons[2].status == FitStatus::silent);
  CHECK(fitted.neurons[3].status == FitStatus::always_fires);
  CHECK(fitted.converged());
  CHECK(fitted.weights.allFinite());
  CHECK(std::isfinite(fitted.log_likelihood()));
  // Half a spike, and half a step without, in 1995 steps; theta is 3.
  CHECK(std::abs(fitted.neurons[2].baseline - (3.0 + std::log(0.5 / 1994.5))) < 1e-9);
  CHECK(std::abs(fitted.neurons[3].baseline - (3.0 + std::log(1994.5 / 0.5))) < 1e-9);
  for (std::uint32_t pre = 0; pre < 4; ++pre) CHECK((fitted.weight(pre, 2) == 0.0 && fitted.weight(pre, 3) == 0.0));
  Simulator again{fitted.graph, fitted.model, no_stimulus, Seed{1}};
  const auto counts = again.run(1000).counts();
  CHECK(counts[2] < 10);
  CHECK(counts[3] > 990);
}

namespace {

/// Neuron 0 never spikes in the five steps after a spike of neuron 1; the third, if there is one, as it likes.
std::vector<std::array<std::uint32_t, 2>> silenced(std::uint32_t neurons, std::uint64_t seed) {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(seed);
  std::uint32_t since = 100;
  for (std::uint32_t step = 0; step < 3000; ++step, ++since) {
    if (since > 5 && numbers.coin(0.1)) spikes.push_back({step, 0});
    if (numbers.coin(0.05)) {
      spikes.push_back({step, 1});
      since = 0;
    }
    if (neurons > 2 && numbers.coin(0.1)) spikes.push_back({step, 2});
  }
  return spikes;
}

}  // namespace

TEST_CASE("without a penalty, a neuron that never spikes after another is separated from it, and others are not") {
  const auto spikes = silenced(3, 4);
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(3, 3000, spikes), {.own_history = false});
  CHECK(fitted.neurons[0].status == FitStatus::separated);
  CHECK(fitted.neurons[0].separated == std::vector<std::uint32_t>{1});
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(fitted.neurons[2].status == FitStatus::converged);
  CHECK_FALSE(fitted.converged());
  CHECK(fitted.weights.allFinite());
  CHECK(fitted.weight(1, 0) < -3.0);
  CHECK(fitted.weight_error(1, 0) > 10.0);
  CHECK(fitted.weight_error(2, 0) < 1.0);
  CHECK(fit(plain, recording(3, 3000, spikes), {.penalty = L2{1e-4}, .own_history = false}).converged());
}

TEST_CASE("without a penalty, what a neuron never does after spikes of its own, or under a stimulus, is separated") {
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto pulses = [](std::uint64_t step, std::uint32_t) { return step % 20 < 5 ? 1.0f : 0.0f; };
  // Neuron 0 rests for six steps after a spike, 1 spikes with the pulses alone, 2 between them alone, 3 as it likes.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(6);
  std::uint32_t since = 100;
  for (std::uint32_t step = 0; step < 3000; ++step, ++since) {
    const bool pulse = pulses(step, 0) > 0.0f;
    if (since > 6 && numbers.coin(0.1)) {
      spikes.push_back({step, 0});
      since = 0;
    }
    if (pulse && numbers.coin(0.3)) spikes.push_back({step, 1});
    if (!pulse && numbers.coin(0.1)) spikes.push_back({step, 2});
    if (numbers.coin(0.1)) spikes.push_back({step, 3});
  }
  const auto events = recording(4, 3000, spikes);
  const auto fitted = fit(plain, pulses, events, {});
  for (std::uint32_t neuron = 0; neuron < 4; ++neuron) {
    CHECK(fitted.neurons[neuron].status == (neuron < 3 ? FitStatus::separated : FitStatus::converged));
    CHECK(fitted.neurons[neuron].separated ==
          (neuron == 0 ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{}));
    CHECK(fitted.neurons[neuron].separated_channels.size() == (neuron == 1 || neuron == 2));
  }
  const PoissonGLM counts{{.alpha = 30.0f, .tau = 5.0f, .T = 5}};
  const auto counted = fit(counts, pulses, events, {});
  CHECK(counted.neurons[0].separated == std::vector<std::uint32_t>{0});
  CHECK(counted.neurons[1].separated_channels.size() == 1);
  CHECK(counted.neurons[2].separated_channels.size() == 1);
  CHECK(counted.neurons[3].status == FitStatus::converged);
}

TEST_CASE("without a penalty, a neuron that spikes in every step after another is separated, or only after it") {
  const Cascade<Fir, NoHistory, NoBaseline, Logistic> next_step{{}, Fir{{1.0f}}, {}, {}, {.theta = 3.0f}};
  std::vector<std::array<std::uint32_t, 2>> always, only;
  support::Numbers numbers(7);
  bool before = false;
  for (std::uint32_t step = 0; step < 3000; ++step) {
    if (before || numbers.coin(0.05)) always.push_back({step, 0});
    if (before && numbers.coin(0.5)) only.push_back({step, 0});
    before = numbers.coin(0.1);
    for (auto* spikes : {&always, &only})
      if (before) spikes->push_back({step, 1});
  }
  for (const auto* spikes : {&always, &only}) {
    const auto fitted = fit(next_step, recording(2, 3000, *spikes), {.own_history = false});
    CHECK(fitted.neurons[0].status == FitStatus::separated);
    CHECK(fitted.neurons[0].separated == std::vector<std::uint32_t>{1});
    CHECK(fitted.neurons[1].status == FitStatus::converged);
  }
}

TEST_CASE("signs do not hide a separation that they allow, nor does a search that was cut short") {
  const auto events = recording(2, 3000, silenced(2, 8));
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto inhibiting = fit(plain, events, {.own_history = false, .signs = {1, -1}});
  CHECK(inhibiting.neurons[0].status == FitStatus::separated);
  CHECK(inhibiting.neurons[0].separated == std::vector<std::uint32_t>{1});
  const auto exciting = fit(plain, events, {.own_history = false, .signs = {1, 1}});
  CHECK(exciting.neurons[0].status == FitStatus::converged);
  CHECK(exciting.weight(1, 0) == 0.0);
  const auto short_of = fit(plain, events, {.own_history = false, .max_iterations = 2});
  CHECK(short_of.neurons[0].status == FitStatus::not_converged);
  CHECK(short_of.neurons[0].separated == std::vector<std::uint32_t>{1});
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

TEST_CASE("a neuron that spikes as often as the model can, or oftener, always fires, and does so when simulated") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(10);
  for (std::uint32_t step = 0; step < 1000; ++step) {
    if (numbers.coin(0.6)) spikes.push_back({step, 0});
    if (numbers.coin(0.2)) spikes.push_back({step, 1});
    spikes.push_back({step, 2});
  }
  // Steps of half a ms: at most half of them have a spike.
  const BernoulliGLM halves{{.dt = 0.5f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  Events<> events(3, 0.5);
  std::vector<BinaryEvent> list;
  for (const auto& [step, neuron] : spikes) list.emplace_back(step, neuron, 1u);
  events.append(1000, list);
  const auto fitted = fit(halves, events, {.own_history = false});
  CHECK(fitted.neurons[0].status == FitStatus::always_fires);
  CHECK(fitted.neurons[0].baseline < 100.0);
  CHECK(std::isfinite(fitted.log_likelihood() + fitted.bits_per_spike()));

  // A refractory filter that knows nothing of such neurons.
  const BernoulliGLM family;
  const auto known = fit(family, recording(3, 1000, spikes), {.penalty = L2{1e-3}});
  CHECK(known.neurons[2].status == FitStatus::always_fires);
  CHECK(known.neurons[2].log_likelihood > -10.0);
  Simulator again{known.graph, known.model, no_stimulus, Seed{1}};
  again.equilibrate(100);
  CHECK(again.run(1000).counts()[2] > 980);
}

TEST_CASE("a spike where the self-history allows none is named, and other neurons are fitted all the same") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(12);
  for (std::uint32_t step = 0; step < 2000; ++step) {
    if (step % 20 == 0 || step == 1501) spikes.push_back({step, 0});
    if (numbers.coin(0.1)) spikes.push_back({step, 1});
  }
  const BernoulliGLM strict{
      {.coupling_window = 5, .abs_ref_steps = 1, .abs_ref_strength = -1000.0f, .rel_ref_steps = 0}};
  auto rested = spikes;  // neuron 1 as well
  std::erase_if(rested, [&](const auto& spike) { return spike[1] == 1 && spike[0] % 2 == 1; });
  const auto fitted = fit(strict, recording(2, 2000, rested), {.penalty = L2{1e-3}});
  CHECK(fitted.neurons[0].status == FitStatus::impossible);
  CHECK(fitted.neurons[0].impossible_step == 1501u);
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(std::isfinite(fitted.neurons[1].log_likelihood));
  CHECK_FALSE(fitted.converged());
}

TEST_CASE("where there is nothing to explain the search is over before it begins") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(11);
  for (std::uint32_t step = 0; step < 2000; ++step)
    if (numbers.coin(0.1)) spikes.push_back({step, 0});
  const BernoulliGLM plain{{.coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  for (const std::uint64_t neurons : {1, 3}) {  // alone, and with silent partners
    const auto fitted = fit(plain, recording(neurons, 2000, spikes), {.own_history = false});
    CHECK(fitted.converged());
    CHECK(fitted.neurons[0].status == FitStatus::converged);
    CHECK(fitted.neurons[0].violation < 1e-6);
  }
}

TEST_CASE("a neuron that is never heard of has no weight, and an error without bound") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(5);
  for (std::uint32_t step = 0; step < 1000; ++step)
    if (numbers.coin(0.1)) spikes.push_back({step, 0});
  const auto fitted = fit(binary_family, recording(2, 1000, spikes));
  CHECK(fitted.weight(1, 0) == 0.0);
  CHECK(std::isinf(fitted.weight_error(1, 0)));
  CHECK(fitted.neurons[1].status == FitStatus::silent);
}

TEST_CASE("a constant rate is worth no bits, and the deviance is twice what is lacking to the best of all rates") {
  const Graph<> nobody{EdgeList<>{3}};
  const PoissonGLM alone{{.alpha = 5.0f}};
  const auto counts = simulated(nobody, alone, 3000);
  const auto fitted = fit(alone, counts, {.penalty = L1{10.0}});
  CHECK(fitted.weights.isZero(0.0));
  CHECK(std::abs(fitted.bits_per_spike()) < 1e-9);
  const auto dense = counts.to_dense();
  for (std::uint32_t neuron = 0; neuron < 3; ++neuron) {
    const double mean = dense.row(neuron).tail(2980).cast<double>().mean();
    double deviance = 0.0;
    for (Eigen::Index step = 20; step < 3000; ++step) {
      const double x = dense(neuron, step);
      deviance += 2.0 * ((x > 0.0 ? x * std::log(x / mean) : 0.0) - (x - mean));
    }
    CHECK(std::abs(fitted.neurons[neuron].deviance / deviance - 1.0) < 1e-9);
    CHECK(std::abs(fitted.neurons[neuron].baseline - std::log(5.0 * mean)) < 1e-6);
  }
}

TEST_CASE("trials of a network are fitted together") {
  const auto graph = network(8, 2.0);
  Simulator many{trials(graph, 5), binary_family, no_stimulus, Seed{6}};
  const auto spikes = many.run(1000);
  const auto fitted = fit(binary_family, spikes, {.own_history = false});
  CHECK(fitted.steps == 5 * 990);
  const dense::Likelihood likelihood(dense_setting(), spikes.by_network(), 3);
  CHECK(likelihood.gradient(parameters_of(fitted, 3)).cwiseAbs().maxCoeff() < 1e-7);
}

TEST_CASE("errors of what the information determines are finite beside what it does not, however badly it does") {
  // Coordinates 0 and 1 are told apart by nothing, 2 and 3 by a ten-millionth of the information, 4 has none, 5 stands
  // alone. The inverse of {{1, c}, {c, 1}} has 1 / (1 - c^2) on its diagonal.
  const double c = 1.0 - 1e-7, infinity = std::numeric_limits<double>::infinity();
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(6, 6);
  information.block<2, 2>(0, 0) << 9.0, 6.0, 6.0, 4.0;
  information.block<2, 2>(2, 2) << 1.0, c, c, 1.0;
  information(5, 5) = 25.0;
  const detail::PenaltyTerms<double> terms(6);
  const Eigen::VectorXd errors = detail::standard_errors<double>(information, terms);
  const double expected = std::sqrt(1.0 / (1.0 - c * c));
  CHECK((errors[0] == infinity && errors[1] == infinity && errors[4] == infinity));
  CHECK(errors[2] == Approx(expected).epsilon(1e-8));
  CHECK(errors[3] == Approx(expected).epsilon(1e-8));
  CHECK(errors[5] == Approx(0.2).epsilon(1e-12));
}
