// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/detail/likelihood.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

using namespace spikeometric;

namespace {

/// Spikes at random, which is all that a likelihood asks for; neuron 3 has none.
template <class Event>
Events<Event> random_spikes(std::uint64_t neurons, std::uint64_t steps, double probability, std::uint64_t seed,
                            std::uint64_t first_step = 0, double dt = 1.0) {
  support::Numbers numbers(seed);
  Events<Event> events(neurons, dt, 0, first_step);
  std::vector<Event> list;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (neuron != 3 && numbers.coin(probability))
        list.emplace_back(step, neuron,
                          Event{0, 0, 2}.count == 1 ? 1u : static_cast<std::uint32_t>(numbers.between(1, 3)));
  events.append(steps, list);
  return events;
}

std::vector<double> exponential(double decay, std::size_t window) {
  std::vector<double> taps;
  for (std::size_t k = 0; k < window; ++k) taps.push_back(std::exp(-decay * static_cast<double>(k)));
  return taps;
}

template <class Taps>
std::vector<std::vector<double>> doubles(const Taps& taps) {
  std::vector<std::vector<double>> result;
  for (const auto& each : taps) result.emplace_back(each.begin(), each.end());
  return result;
}

dense::Setting poisson(std::function<double(double)> mean) {
  dense::Setting setting;
  setting.mean = std::move(mean);
  setting.variance = [](double mu) { return mu; };
  setting.log_probability = [](std::uint32_t count, double mu) {
    return count * std::log(mu) - mu - std::lgamma(count + 1.0);
  };
  return setting;
}

/// Value, gradient and Hessian of neurons 0, 2 and 3, at a point of random parameters. `chosen` is by the step of all
/// recordings.
template <class Recordings, class Model, class Stimulus>
void check(
    const Recordings& recordings, const Model& model, const Stimulus& stimulus, dense::Setting setting,
    bool own_history, std::optional<std::uint64_t> history_steps = 0,
    const std::function<bool(std::uint64_t)>& chosen = [](auto) { return true; }) {
  std::vector<Events<EventOf<Model>>> list;
  if constexpr (requires { recordings.by_network(); })
    list = recordings.by_network();
  else
    list = {recordings};
  const detail::FitProblem<Model, Stimulus> problem{
      recordings, model, stimulus, {.own_history = own_history, .history_steps = history_steps, .seed = Seed{}}};
  for (const std::uint32_t neuron : {0u, 2u, 3u}) {
    CAPTURE(neuron);
    const auto shared = problem.stimulus_of(neuron);
    const auto& [values, units] = *shared;
    detail::NeuronLikelihood<double> likelihood(problem, neuron, values);
    likelihood.observe(chosen);
    std::uint64_t at = 0;  // the reference asks for the steps of all recordings in order
    setting.observed = [&](std::uint64_t step, auto) { return chosen(at++) && step >= problem.history_steps(); };
    dense::Setting in_units = setting;
    if (setting.stimulus)
      in_units.stimulus = [&, units = units](auto step, auto channel) {
        return setting.stimulus(step, channel) / units[channel];
      };
    const dense::Likelihood expected(in_units, list, neuron);
    CHECK(likelihood.steps() == expected.steps());

    support::Numbers numbers(neuron + 1);
    const auto size = static_cast<Eigen::Index>(likelihood.size());
    REQUIRE(expected.design().cols() == size);
    Eigen::VectorXd x(size);
    for (Eigen::Index i = 0; i < size; ++i) x[i] = numbers.real(-0.3, 0.3);
    Eigen::VectorXd gradient;
    const double value = likelihood.value_and_gradient(x, gradient);
    CHECK(std::abs(value - expected.value(x)) < 1e-12 * (1.0 + std::abs(value)));
    CHECK(likelihood.value(x) == value);
    const Eigen::VectorXd slope = expected.gradient(x);
    CHECK((gradient - slope).cwiseAbs().maxCoeff() < 1e-8 * (1.0 + slope.cwiseAbs().maxCoeff()));
    const Eigen::MatrixXd curvature = expected.hessian(x), hessian = likelihood.hessian(x);
    CHECK((hessian - curvature).cwiseAbs().maxCoeff() < 1e-8 * (1.0 + curvature.cwiseAbs().maxCoeff()));
    CHECK(curvature.cwiseAbs().maxCoeff() > 1e-6);
  }
}

}  // namespace

TEST_CASE("the likelihood of a Bernoulli GLM is that of a dense design") {
  const BernoulliGLM model{{.theta = 1.0f, .coupling_window = 20}};
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 20)};
  setting.history = {-100, -100, -100};
  for (int k = 0; k < 7; ++k) setting.history.push_back(-30.0 * std::exp(-0.5 * k));
  SECTION("without own history") {
    check(random_spikes<BinaryEvent>(11, 300, 0.05, 1), model, no_stimulus, setting, false);
  }
  SECTION("with own history") {
    setting.own = setting.coupling;
    check(random_spikes<BinaryEvent>(11, 300, 0.05, 1), model, no_stimulus, setting, true);
  }
  SECTION("over several blocks of time") {
    check(random_spikes<BinaryEvent>(5, support::slow_build ? 5000 : 13'000, 0.02, 2), model, no_stimulus, setting,
          false);
  }
  SECTION("over all but the steps whose past is not known") {
    check(random_spikes<BinaryEvent>(5, 300, 0.05, 3), model, no_stimulus, setting, false, std::nullopt);
  }
}

TEST_CASE("steps shorter than 1 ms, where the logistic function is no canonical one, have their expected Hessian") {
  const BernoulliGLM model{{.dt = 0.5f, .theta = 1.0f, .coupling_window = 9, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  auto setting = dense::bernoulli(1.0, 0.5);
  setting.coupling = {exponential(0.5 * static_cast<double>(0.2f), 9)};
  check(random_spikes<BinaryEvent>(5, 400, 0.1, 4, 0, 0.5), model, no_stimulus, setting, false);
}

TEST_CASE("r scales coupling and own history") {
  const BernoulliGLM model{{.r = 0.25f, .theta = 1.0f, .coupling_window = 9, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.r = 0.25;
  setting.coupling = setting.own = {exponential(static_cast<double>(0.2f), 9)};
  check(random_spikes<BinaryEvent>(5, 400, 0.1, 4), model, no_stimulus, setting, true);
}

TEST_CASE("a filter without an end acts until it has faded") {
  using Model = Cascade<ExponentialFilter, NoHistory, NoBaseline, Exponential, PoissonSampler>;
  const Model model{{}, {.coupling_decay = 0.3f, .coupling_window = infinite_window}, {}, {}, {.alpha = 4.0f}};
  auto setting = poisson([](double g) { return 0.25 * std::exp(g); });
  setting.coupling = {exponential(static_cast<double>(0.3f), 120)};
  check(random_spikes<CountEvent>(6, 500, 0.05, 5), model, no_stimulus, setting, false);
}

TEST_CASE("several basis functions have weights of their own, for counts, too") {
  using Model = Cascade<RaisedCosine<3>, NoHistory, NoBaseline, Softplus, PoissonSampler>;
  const Model model{{}, {.last_peak_ms = 6.0f, .window_steps = 15}, {}, {}, {.lambda_0 = 0.5f, .beta = 2.0f}};
  auto setting = poisson([](double g) { return 0.5 * std::log1p(std::exp(2.0 * g)) / 2.0; });
  setting.coupling = setting.own = doubles(BasicRaisedCosine<double, 3>{0.0, 6.0, 1.0, 15}.taps(1.0));
  check(random_spikes<CountEvent>(6, 400, 0.1, 6), model, no_stimulus, setting, true);
}

TEST_CASE("taps that begin with zeros, and an event in a step or none") {
  using Model = Cascade<Basis<Fir, 2>, Fir, NoBaseline, Exponential, BernoulliRateSampler>;
  Model model{{}, {{{Fir{{0.0f, 0.0f, 1.0f, 0.5f}}, Fir{{0.25f}}}}}, {{-2.0f, 0.5f}}, {}, {.alpha = 5.0f}};
  dense::Setting setting = dense::bernoulli(0.0, 1.0);
  setting.mean = [](double g) { return -std::expm1(-0.2 * std::exp(g)); };
  setting.coupling = {{0.0, 0.0, 1.0, 0.5}, {0.25}};
  setting.history = {-2.0, 0.5};
  check(random_spikes<BinaryEvent>(6, 400, 0.1, 7), model, no_stimulus, setting, false);
}

TEST_CASE("a neuron's own spikes may act through a filter of their own") {
  using Filter = WithSelf<ExponentialFilter, Basis<Fir, 2>>;
  using Model = Cascade<Filter, NoHistory, NoBaseline, Logistic>;
  const Model model{{},
                    {{.coupling_decay = 0.2f, .coupling_window = 12}, {{{Fir{{1.0f}}, Fir{{0.0f, 1.0f, 1.0f}}}}}},
                    {},
                    {},
                    {.theta = 1.0f}};
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 12)};
  setting.own = {{1.0}, {0.0, 1.0, 1.0}};
  check(random_spikes<BinaryEvent>(6, 400, 0.1, 8), model, no_stimulus, setting, true);
}

TEST_CASE("channels of a stimulus have weights, by the clock of the recording") {
  const BernoulliGLM model{{.theta = 1.0f, .coupling_window = 9, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 17.0}).on(neurons(0, 3));
  const auto each = function([](std::uint64_t step, std::uint32_t neuron) {
    return static_cast<float>((step * (neuron + 2)) % 7) * 0.25f - 0.5f;
  });
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 9)};
  setting.channels = 2;
  const auto spikes = random_spikes<BinaryEvent>(4, 400, 0.1, 9, 1000);
  const auto stimulus = channels(wave, each);
  const detail::FitProblem<BernoulliGLM, decltype(stimulus)> problem{
      spikes, model, stimulus, {.own_history = false, .history_steps = 0}};
  for (const std::uint32_t neuron : {0u, 3u}) {
    const auto shared = problem.stimulus_of(neuron);
    const auto& [values, units] = *shared;
    CHECK(units == std::vector<float>{1.0f, 1.0f});
    setting.stimulus = [&](std::uint64_t step, std::size_t channel) {
      if (channel == 1) return static_cast<double>((step * (neuron + 2)) % 7) * 0.25 - 0.5;
      return neuron < 3 ? static_cast<double>(static_cast<float>(
                              1.5 * std::sin(2.0 * 3.14159265358979323846 * static_cast<double>(step) / 17.0)))
                        : 0.0;
    };
    detail::NeuronLikelihood<double> likelihood(problem, neuron, values);
    const dense::Likelihood expected(setting, std::vector{spikes}, neuron);
    Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(static_cast<Eigen::Index>(likelihood.size()), -0.3, 0.4), gradient;
    CHECK(std::abs(likelihood.value_and_gradient(x, gradient) - expected.value(x)) < 1e-6);
    CHECK((gradient - expected.gradient(x)).cwiseAbs().maxCoeff() < 1e-6);
    CHECK((likelihood.hessian(x) - expected.hessian(x)).cwiseAbs().maxCoeff() < 1e-6);
  }
}

TEST_CASE("several recordings add up, none of them the past of another") {
  const BernoulliGLM model{{.theta = 1.0f, .coupling_window = 20}};
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 20)};
  setting.history = {-100, -100, -100};
  for (int k = 0; k < 7; ++k) setting.history.push_back(-30.0 * std::exp(-0.5 * k));
  const BatchEvents<BinaryEvent> trials{{random_spikes<BinaryEvent>(5, 120, 0.1, 10),
                                         random_spikes<BinaryEvent>(5, 31, 0.1, 11),
                                         random_spikes<BinaryEvent>(5, 200, 0.1, 12)}};
  check(trials, model, no_stimulus, setting, false);
  check(trials, model, no_stimulus, setting, false, std::nullopt);
}

TEST_CASE("folds share out the steps, in blocks spread over a recording or by recordings") {
  const BernoulliGLM model{{.theta = 1.0f, .coupling_window = 20, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const BatchEvents<BinaryEvent> trials{{random_spikes<BinaryEvent>(5, 400, 0.1, 13),
                                         random_spikes<BinaryEvent>(5, 15, 0.1, 14),
                                         random_spikes<BinaryEvent>(5, 401, 0.1, 15)}};
  const detail::FitProblem<BernoulliGLM, NoStimulus> problem{trials, model, no_stimulus, {}};
  CHECK(problem.history_steps() == 20);
  CHECK(problem.left_out() == std::vector<std::uint32_t>{1});
  const detail::Folds blocks = problem.folds_of(4, false), whole = problem.folds_of(2, true);
  CHECK(blocks.parts == 20);
  CHECK(whole.parts == 2);
  for (std::uint64_t step = 0; step < 400; ++step) {
    CHECK(blocks.part_of[step] == step / 20);
    CHECK(whole.part_of[step] == 0);
    CHECK(whole.part_of[415 + step] == 1);
    CHECK(blocks.contains(step / 20 % 4, step));
  }
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 20)};
  const auto spikes = random_spikes<BinaryEvent>(5, 600, 0.1, 13);
  const auto third = [](std::uint64_t step) { return step / 30 % 4 == 2; };
  check(spikes, model, no_stimulus, setting, false, 20, third);
  check(spikes, model, no_stimulus, setting, false, 20, [&](std::uint64_t step) { return !third(step); });
  check(trials, model, no_stimulus, setting, false, 20, third);
}

TEST_CASE("exposures are how much there is to see of a covariate, and of it when the neuron spikes") {
  const BernoulliGLM model{{.theta = 1.0f, .coupling_window = 4}};
  const auto spikes = random_spikes<BinaryEvent>(5, 300, 0.1, 14);
  auto setting = dense::bernoulli(1.0, 1.0);
  setting.coupling = {exponential(static_cast<double>(0.2f), 4)};
  const detail::FitProblem<BernoulliGLM, NoStimulus> problem{
      spikes, model, no_stimulus, {.own_history = false, .history_steps = 0}};
  detail::NeuronLikelihood<double> likelihood(problem, 1, {});
  const dense::Likelihood expected(setting, std::vector{spikes}, 1);
  const detail::Exposures seen = likelihood.exposures();
  const Eigen::VectorXd counts = spikes.to_dense().row(1).transpose().cast<double>();
  CHECK((seen.all - expected.design().colwise().sum().transpose()).cwiseAbs().maxCoeff() < 1e-9);
  CHECK((seen.with_spikes - expected.design().transpose() * counts).cwiseAbs().maxCoeff() < 1e-9);
  for (const std::size_t spiking : {0, 1}) CHECK((seen.least[spiking][0] == 1.0 && seen.most[spiking][0] == 1.0));
}

TEST_CASE("a spike that is all but certain may be missing") {
  const BernoulliGLM model{{.theta = 0.0f, .coupling_window = 4, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  for (const std::uint64_t steps : {100, 300}) {  // one logarithm each, and one for sixteen
    Events<> silent(2, 1.0);
    silent.append(steps, {});
    const detail::FitProblem<BernoulliGLM, NoStimulus> problem{
        silent, model, no_stimulus, {.own_history = false, .history_steps = 0}};
    detail::NeuronLikelihood<double> likelihood(problem, 0, {});
    CHECK(likelihood.value(Eigen::VectorXd::Constant(3, 36.0)) > 35.9);
    CHECK(std::isfinite(likelihood.value(Eigen::VectorXd::Constant(3, 50.0))));
  }
}
