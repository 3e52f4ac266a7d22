// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/per_neuron.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class Policy>
auto kernel_of(const Policy& policy, HostArrays& arrays) {
  return detail::kernel_of(policy, 0.5f, arrays);
}

std::vector<float> some_numbers(std::size_t n, double first, double last) {
  support::Numbers numbers{n};
  std::vector<float> result(n);
  for (float& number : result) number = static_cast<float>(numbers.real(first, last));
  return result;
}

PrimedDraws draws_of(std::uint32_t neuron, std::uint64_t step) {
  const Stream stream{Seed{3}, 0, Purpose{2}};
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

/// A nonlinearity with its own array for every neuron: (taps[0] + taps[1] g) dt.
struct Line {
  std::vector<float> taps;
  struct Kernel {
    const float* taps;
    float operator()(float g, float dt) const { return (taps[0] + taps[1] * g) * dt; }
  };
  void validate() const {
    if (taps.size() != 2) throw InvalidParameter("two taps are needed");
  }
  template <class Arrays>
  Kernel kernel(float, Arrays& arrays) const {
    return {arrays(std::span<const float>(taps))};
  }
};

}  // namespace

TEST_CASE("every neuron has its own nonlinearity") {
  const auto thetas = some_numbers(50, -3.0, 5.0);
  PerNeuron<Logistic> each;
  for (const float theta : thetas) each.policies.push_back({theta});
  STATIC_REQUIRE(Nonlinearity<PerNeuron<Logistic>>);
  HostArrays arrays;
  const auto kernel = kernel_of(each, arrays);
  for (std::uint32_t neuron = 0; neuron < 50; ++neuron)
    for (const float g : {-4.0f, 0.0f, 0.3f, 7.0f}) CHECK(kernel(g, 0.5f, neuron) == Logistic{thetas[neuron]}(g, 0.5f));

  STATIC_REQUIRE(Nonlinearity<PerNeuron<Identity>>);
  CHECK(kernel_of(PerNeuron<Identity>{std::vector<Identity>(3)}, arrays)(0.7f, 0.5f, 2u) == 0.7f);
}

TEST_CASE("a policy with arrays can differ between neurons too") {
  const PerNeuron<Line> each{{{{1.0f, 2.0f}}, {{-3.0f, 0.5f}}}};
  STATIC_REQUIRE(Nonlinearity<PerNeuron<Line>>);
  HostArrays arrays;
  const auto kernel = kernel_of(each, arrays);
  CHECK(kernel(2.0f, 0.5f, 0u) == 2.5f);
  CHECK(kernel(2.0f, 0.5f, 1u) == -1.0f);
  CHECK_NOTHROW(each.validate(0.5f));
  check_message<InvalidParameter>(
      [] {
        PerNeuron<Line>{{{{1.0f, 2.0f}}, {{1.0f}}}}.validate(0.5f);
      },
      {"neuron 1: two taps are needed"});
}

TEST_CASE("every neuron has its own baseline, with its own noise") {
  PerNeuron<ConstantBaseline> constant;
  PerNeuron<NoisyBaseline> noisy;
  for (const float b : some_numbers(50, -1.0, 1.0)) {
    constant.policies.push_back({b});
    noisy.policies.push_back({.b = b, .sigma = 1.0f + b, .rho = 0.5f});
  }
  STATIC_REQUIRE(Baseline<PerNeuron<ConstantBaseline>> && Baseline<PerNeuron<NoisyBaseline>>);
  HostArrays arrays;
  const auto constant_kernel = kernel_of(constant, arrays);
  const auto noisy_kernel = kernel_of(noisy, arrays);
  STATIC_REQUIRE(std::is_invocable_v<decltype(constant_kernel), const Draws&>);
  STATIC_REQUIRE(!std::is_invocable_v<decltype(noisy_kernel), const Draws&>);
  for (std::uint32_t neuron = 0; neuron < 50; ++neuron)
    for (std::uint64_t step = 0; step < 20; ++step) {
      const PrimedDraws draws = draws_of(neuron, step);
      CHECK(constant_kernel(static_cast<const Draws&>(draws)) == constant.policies[neuron].b);
      CHECK(noisy_kernel(draws) == noisy.policies[neuron](draws));
    }
}

TEST_CASE("every neuron has its own sampler, and PerNeuron has the constants of the sampler") {
  PerNeuron<ThresholdSampler> each;
  for (const float theta : some_numbers(50, -1.0, 1.0)) each.policies.push_back({theta});
  using Each = PerNeuron<ThresholdSampler>;
  STATIC_REQUIRE(Sampler<Each>);
  STATIC_REQUIRE((Each::binary && Each::deterministic && Each::dt_bounds.highest > 1.0));
  STATIC_REQUIRE((!PerNeuron<PoissonSampler>::binary && !PerNeuron<PoissonSampler>::deterministic));
  STATIC_REQUIRE(PerNeuron<BernoulliSampler>::dt_bounds.highest == 1.0);
  HostArrays arrays;
  const auto kernel = kernel_of(each, arrays);
  const auto poisson_kernel = kernel_of(PerNeuron<PoissonSampler>{std::vector<PoissonSampler>(50)}, arrays);
  for (std::uint32_t neuron = 0; neuron < 50; ++neuron)
    for (const float mu : some_numbers(20, -1.0, 1.0)) {
      const PrimedDraws draws = draws_of(neuron, 0);
      CHECK(kernel(mu, draws) == each.policies[neuron](mu, draws));
      CHECK(poisson_kernel(mu, draws) == PoissonSampler{}(mu, draws));
    }
}

TEST_CASE("every neuron has its own stimulus filter, a receptive field") {
  const PerNeuron<ChannelWeights<2>> fields{{{{1.0f, 0.0f}}, {{0.5f, -2.0f}}}};
  STATIC_REQUIRE(StimulusFilter<PerNeuron<ChannelWeights<2>>>);
  STATIC_REQUIRE(PerNeuron<ChannelWeights<2>>::channels == 2);
  HostArrays arrays;
  const auto kernel = kernel_of(fields, arrays);
  constexpr float channel[] = {3.0f, 10.0f};
  CHECK(kernel(channel, 0u) == 3.0f);
  CHECK(kernel(channel, 1u) == -18.5f);
}

namespace {

/// A self-history with an array, which is not a template over the real type.
struct Listed {
  std::vector<float> h;
  std::vector<float> taps(float) const { return h; }
};

}  // namespace

TEST_CASE("every neuron has its own self-history, of its own length") {
  const PerNeuron<RefractoryFilter> each{{{.abs_ref_steps = 2, .rel_ref_steps = 1}, {.abs_ref_steps = 0}}};
  STATIC_REQUIRE(SelfHistory<PerNeuron<RefractoryFilter>> && !Filter<PerNeuron<RefractoryFilter>>);
  REQUIRE(each.taps(0.5f).size() == 2);
  for (std::size_t neuron : {0u, 1u}) CHECK(each.taps(0.5f)[neuron] == each.policies[neuron].taps(0.5f));
  STATIC_REQUIRE(SelfHistory<PerNeuron<AbsoluteRefractory>> && SelfHistory<PerNeuron<NoHistory>>);
  STATIC_REQUIRE(SelfHistory<PerNeuron<Fir>> && !Filter<PerNeuron<Fir>>);
  STATIC_REQUIRE(SelfHistory<PerNeuron<Listed>> && !SelfHistory<PerNeuron<PerNeuron<Listed>>>);
  STATIC_REQUIRE(!SelfHistory<PerNeuron<Logistic>> && !SelfHistory<PerNeuron<ExponentialFilter>>);
  const PerNeuron<Listed> listed{{{{-1.0f}}, {{}}, {{0.5f, 2.0f}}}};
  CHECK(listed.taps(1.0f) == std::vector<std::vector<float>>{{-1.0f}, {}, {0.5f, 2.0f}});
}

TEST_CASE("an invalid per-neuron parameter is refused, naming the neuron") {
  const auto validate = [](const auto& each) { return [each] { each.validate(1.0f); }; };
  CHECK_NOTHROW(validate(PerNeuron<Logistic>{{{1.0f}, {2.0f}}})());
  check_message<InvalidParameter>(validate(PerNeuron<Logistic>{{{1.0f}, {2.0f}, {not_a_number}}}),
                                  {"neuron 2: theta = nan must be finite"});
  check_message<InvalidParameter>(validate(PerNeuron<NoisyBaseline>{{{}, {.rho = 2.0f}}}), {"neuron 1: rho = 2"});
  check_message<InvalidParameter>(validate(PerNeuron<ChannelWeights<1>>{{{{not_a_number}}}}), {"neuron 0: weight nan"});
  check_message<InvalidParameter>(validate(PerNeuron<AbsoluteRefractory>{{{1}, {-2}}}),
                                  {"neuron 1: abs_ref_steps = -2"});
  check_message<InvalidParameter>(validate(PerNeuron<Fir>{{Fir{{1.0}}, Fir{}}}), {"neuron 1: a Fir needs"});
}

TEST_CASE("the number of policies must be that of the neurons of the network") {
  const PerNeuron<Logistic> each{{{1.0f}, {2.0f}, {3.0f}}};
  CHECK_NOTHROW(each.validate_neurons(3));
  check_message<InvalidParameter>([&] { each.validate_neurons(4); }, {"parameters of 3 neurons", "network of 4"});
  check_message<InvalidParameter>([&] { PerNeuron<Logistic>{}.validate_neurons(4); }, {"parameters of 0", "of 4"});
}

TEST_CASE("per_neuron sets one parameter of every neuron, and keeps all others") {
  const std::vector<float> thetas = {1.0f, -2.0f, 4.5f};
  const BernoulliGLM model{{.dt = 0.5f, .r = 0.7f, .coupling_window = 33, .abs_ref_steps = 5}};
  const auto varied = per_neuron(model, &Logistic::theta, thetas);
  STATIC_REQUIRE(std::is_same_v<decltype(varied),
                                const Cascade<ExponentialFilter, RefractoryFilter, NoBaseline, PerNeuron<Logistic>>>);
  CHECK(varied.scale.dt == 0.5f);
  CHECK(varied.scale.r == 0.7f);
  CHECK(varied.filter.coupling_window == 33);
  CHECK(varied.history.abs_ref_steps == 5);
  REQUIRE(varied.nonlinearity.policies.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(varied.nonlinearity.policies[i].theta == thetas[i]);
}

TEST_CASE("per_neuron sets parameters of baseline, sampler and stimulus filter, in double too") {
  using Model = Cascade<BasicLeakyFilter<double>, NoHistory, BasicNoisyBaseline<double>, Identity,
                        BasicThresholdSampler<double>, ChannelWeights<2, double>, double>;
  const Model model{{.dt = 0.5, .r = 3.0}, {.tau = 7.0}, {}, {.b = 0.1, .sigma = 0.2, .rho = 0.3}, {}, {.theta = 0.4}};
  const auto of_b = per_neuron(model, &BasicNoisyBaseline<double>::b, std::vector<double>{1.0, 2.0});
  CHECK(of_b.baseline.policies[0].b == 1.0);
  CHECK(of_b.baseline.policies[1].b == 2.0);
  CHECK(of_b.baseline.policies[1].sigma == 0.2);
  CHECK(of_b.sampler.theta == 0.4);
  CHECK(of_b.filter.tau == 7.0);
  CHECK(of_b.scale.r == 3.0);

  const auto of_theta = per_neuron(model, &BasicThresholdSampler<double>::theta, std::vector<double>{-1.0, 5.0});
  CHECK(of_theta.sampler.policies[1].theta == 5.0);
  CHECK(of_theta.baseline.rho == 0.3);
  STATIC_REQUIRE(decltype(of_theta)::binary);

  const auto of_weights = per_neuron(model, &ChannelWeights<2, double>::weights,
                                     std::vector<std::array<double, 2>>{{1.0, 2.0}, {3.0, 4.0}});
  CHECK(of_weights.stimulus_filter.policies[1].weights[0] == 3.0);
  STATIC_REQUIRE(decltype(of_weights)::channels == 2);
}

TEST_CASE("per_neuron sets parameters of the self-history, vectors too, and never those of a filter") {
  const auto model = cascade().with_history(AbsoluteRefractory{.steps = 4});
  const auto varied = per_neuron(model, &AbsoluteRefractory::steps, std::vector<std::uint32_t>{1, 0, 7});
  STATIC_REQUIRE(std::is_same_v<decltype(varied), const Cascade<ExponentialFilter, PerNeuron<AbsoluteRefractory>>>);
  for (std::size_t i = 0; i < 3; ++i) CHECK(varied.history.policies[i].steps == std::array{1, 0, 7}[i]);

  const BernoulliGLM named{{.abs_ref_steps = 5, .rel_ref_strength = -2.0}};
  const auto of_strength = per_neuron(named, &RefractoryFilter::rel_ref_strength, std::vector{-1.0, 0.5});
  CHECK(of_strength.history.policies[1].rel_ref_strength == 0.5);
  CHECK(of_strength.history.policies[1].abs_ref_steps == 5);

  const Cascade<Fir, Fir> both{{}, {{3.0}}, {{-1.0}}};
  const auto of_taps =
      per_neuron(both, &Fir::coefficients, std::vector<std::vector<float>>{{-2.0f}, {-1.0f, 0.25f}, {0.0f}});
  STATIC_REQUIRE(std::is_same_v<decltype(of_taps), const Cascade<Fir, PerNeuron<Fir>>>);
  CHECK(of_taps.filter.coefficients == std::vector{3.0});
  CHECK(of_taps.history.policies[1].coefficients == std::vector{-1.0, 0.25});
  Populations populations{3};
  populations.add("last", neurons({2}));
  const auto by_population = per_population(both, &Fir::coefficients, populations, {{"last", {5.0, 6.0}}});
  CHECK(by_population.history.policies.size() == 3);
  CHECK(by_population.history.policies[1].coefficients == std::vector{-1.0});
  CHECK(by_population.history.policies[2].coefficients == std::vector{5.0, 6.0});
}

TEST_CASE("a second call of per_neuron sets a second parameter, for the same number of neurons") {
  using Model = Cascade<ExponentialFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  const auto once = per_neuron(Model{}, &RectifiedLinear::theta, std::vector<float>{1.0f, 2.0f});
  const auto twice = per_neuron(once, &RectifiedLinear::lambda_0, std::vector<float>{3.0f, 4.0f});
  STATIC_REQUIRE(std::is_same_v<decltype(once), decltype(twice)>);
  CHECK(twice.nonlinearity.policies[1].theta == 2.0f);
  CHECK(twice.nonlinearity.policies[1].lambda_0 == 4.0f);
  const auto both = per_neuron(twice, &ConstantBaseline::b, std::vector<float>{0.5f, 0.6f});
  CHECK(both.nonlinearity.policies[0].lambda_0 == 3.0f);
  CHECK(both.baseline.policies[1].b == 0.6f);
  check_message<InvalidParameter>([&] { per_neuron(once, &RectifiedLinear::theta, std::vector<float>{1.0f}); },
                                  {"1 values", "2 neurons"});
}

namespace {

/// Neurons 2 to 4 of six are E, neuron 0 is I.
Populations populations_of_six() {
  Populations populations{6};
  populations.add("E", neurons(2, 5));
  populations.add("I", neurons({0}));
  return populations;
}

std::vector<double> thetas_of(const PerNeuron<Logistic>& each) {
  std::vector<double> thetas;
  for (const Logistic& policy : each.policies) thetas.push_back(policy.theta);
  return thetas;
}

}  // namespace

TEST_CASE("per_population sets a parameter of the named populations, and keeps that of all other neurons") {
  const auto populations = populations_of_six();
  const BernoulliGLM model{{.dt = 0.5, .theta = 7.0, .coupling_window = 33}};
  const auto both = per_population(model, &Logistic::theta, populations, {{"I", 4.5f}, {"E", 4.1}});
  STATIC_REQUIRE(std::is_same_v<decltype(both), const decltype(per_neuron(model, &Logistic::theta, std::vector{1.0}))>);
  CHECK(thetas_of(both.nonlinearity) == std::vector{4.5, 7.0, 4.1, 4.1, 4.1, 7.0});
  CHECK(both.filter.coupling_window == 33);

  const auto again = per_population(both, &Logistic::theta, populations, {{"E", -1.0}});
  CHECK(thetas_of(again.nonlinearity) == std::vector{4.5, 7.0, -1.0, -1.0, -1.0, 7.0});
  CHECK(thetas_of(per_population(both, &Logistic::theta, populations, {}).nonlinearity) ==
        thetas_of(both.nonlinearity));

  using Weighted = Cascade<ExponentialFilter, NoHistory, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<2>>;
  const auto fields = per_population(Weighted{}, &ChannelWeights<2>::weights, populations, {{"I", {3.0, -1.0}}});
  CHECK(fields.stimulus_filter.policies[0].weights == std::array{3.0, -1.0});
  CHECK(fields.stimulus_filter.policies[1].weights == ChannelWeights<2>{}.weights);
}

TEST_CASE("per_population sets parameters by name in every part that has them, and keeps all others") {
  const auto populations = populations_of_six();
  const ThresholdSAM model{{.dt = 0.5, .b = 2.0, .rho = 0.1, .theta = 1.0}};
  const auto both = per_population(model, populations, {{"E", "theta", 3.5}, {"I", "b", -1.0}, {"I", "theta", 4.0}});
  STATIC_REQUIRE(std::is_same_v<decltype(both.baseline), PerNeuron<NoisyBaseline>>);
  STATIC_REQUIRE(std::is_same_v<decltype(both.nonlinearity), Identity>);
  std::vector<double> thetas, baselines, rhos;
  for (const auto& policy : both.sampler.policies) thetas.push_back(policy.theta);
  for (const auto& policy : both.baseline.policies) baselines.push_back(policy.b);
  for (const auto& policy : both.baseline.policies) rhos.push_back(policy.rho);
  CHECK(thetas == std::vector{4.0, 1.0, 3.5, 3.5, 3.5, 1.0});
  CHECK(baselines == std::vector{-1.0, 2.0, 2.0, 2.0, 2.0, 2.0});
  CHECK(rhos == std::vector(6, 0.1));
  CHECK(both.scale.dt == 0.5);

  const auto resting = per_population(BernoulliGLM{}, populations, {{"E", "abs_ref_steps", 9.0}, {"I", "theta", 4.0}});
  CHECK(resting.history.policies[2].abs_ref_steps == 9);
  CHECK(resting.history.policies[0].abs_ref_steps == 3);
  CHECK(resting.nonlinearity.policies[0].theta == 4.0);

  const auto refuse = [&](std::vector<PopulationParameter> values, const char* message) {
    check_message<InvalidArgument>([&] { (void)per_population(model, populations, values); }, {message});
  };
  refuse({{"L4E", "theta", 1.0}}, "no population is called L4E; known names: E, I");
  refuse({{"E", "tau", 1.0}},
         "population E: no parameter that can differ between populations is called tau; known "
         "names: b, sigma, rho, theta");
  refuse({{"E", "rho", 1.5}}, "population E: rho = 1.5 must be at least 0 and at most 1");
  refuse({{"E", "b", 1.0}, {"E", "theta", 1.0}, {"E", "b", 2.0}}, "b of population E is given twice");
}

TEST_CASE("per_population refuses unknown names, a name given twice, invalid values, and other networks") {
  const auto set = [](const auto& model, std::vector<std::pair<std::string, double>> values) {
    return [=] { (void)per_population(model, &Logistic::theta, populations_of_six(), values); };
  };
  check_message<InvalidArgument>(set(BernoulliGLM{}, {{"L4E", 1.0}}),
                                 {"no population is called L4E; known names: E, I"});
  check_message<InvalidArgument>(set(BernoulliGLM{}, {{"E", 1.0}, {"E", 1.0}}), {"population E is named twice"});
  check_message<InvalidParameter>(set(BernoulliGLM{}, {{"E", not_a_number}}), {"neuron 2: theta = nan"});
  check_message<InvalidParameter>(
      set(per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector{1.0, 2.0}), {{"E", 1.0}}),
      {"parameters of 2 neurons", "network of 6"});
}

TEST_CASE("per_neuron refuses an invalid value, naming the neuron") {
  check_message<InvalidParameter>(
      [] {
        per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{1.0f, not_a_number});
      },
      {"neuron 1: theta = nan"});
}

TEST_CASE("with equal values for all neurons, a model spikes as without per-neuron parameters") {
  const Graph graph{[] {
                      EdgeList edges{300};
                      support::Numbers numbers{5};
                      for (std::uint32_t i = 0; i < 3000; ++i)
                        edges.add(static_cast<std::uint32_t>(numbers.below(300)),
                                  static_cast<std::uint32_t>(numbers.below(300)),
                                  static_cast<float>(numbers.real(-3.0, 3.0)));
                      return edges;
                    }(),
                    Duplicates::sum};
  const BernoulliGLM model{{.theta = 2.0f}};
  const auto same = per_neuron(model, &Logistic::theta, std::vector<float>(300, 2.0f));
  const auto resting = per_neuron(model, &RefractoryFilter::abs_ref_steps, std::vector<int>(300, 3));
  Simulator one{graph, model, no_stimulus, Seed{8}, EigenBackend<>{.hash_state = true}};
  Simulator other{graph, same, no_stimulus, Seed{8}};
  Simulator third{graph, resting, no_stimulus, Seed{8}, EigenBackend<>{.hash_state = true}};
  const Events expected = one.run(300);
  CHECK(expected.total() > 1000);
  CHECK(other.run(300).fingerprint() == expected.fingerprint());
  CHECK(third.run(300).fingerprint() == expected.fingerprint());
  CHECK(third.state_hash() == one.state_hash());
}

TEST_CASE("with an absolute refractory period of its own, a neuron that is driven fires as often as it may") {
  std::vector<int> steps;
  for (int i = 0; i < 40; ++i) steps.push_back(i % 8 * (i % 5));
  const auto model =
      per_neuron(cascade().with_history(AbsoluteRefractory{}).with_baseline(ConstantBaseline{.b = 500.0}),
                 &AbsoluteRefractory::steps, steps);
  Simulator simulator{Graph{EdgeList{40}}, model, no_stimulus, Seed{9}};
  simulator.reset(InitialState::silent());
  std::vector<std::uint64_t> counts(40);
  for (const Spike& spike : simulator.run(300)) {
    CHECK(spike.step == counts[spike.neuron] * static_cast<std::uint64_t>(steps[spike.neuron] + 1));
    ++counts[spike.neuron];
  }
  for (std::size_t i = 0; i < 40; ++i) CHECK(counts[i] == 1 + 299 / static_cast<std::uint64_t>(steps[i] + 1));
}

TEST_CASE("no interval is shorter than the absolute refractory period of a neuron, and the shortest occur") {
  std::vector<int> steps;
  for (int i = 0; i < 60; ++i) steps.push_back(i % 6);
  const auto resting = cascade().with_history(AbsoluteRefractory{}).with_baseline(ConstantBaseline{.b = 0.5});
  const auto check = [&](const auto& model) {
    const Graph graph = generate::normal({.neurons = 60, .probability = 0.3, .std = 0.2}, Seed{2});
    Simulator simulator{graph, per_neuron(model, &AbsoluteRefractory::steps, steps), no_stimulus, Seed{9}};
    simulator.equilibrate(20);
    std::vector<std::uint64_t> latest(60), shortest(60, forever);
    for (const Spike& spike : simulator.run(3000)) {
      std::uint64_t& last = latest[spike.neuron];
      if (last > 0) shortest[spike.neuron] = std::min(shortest[spike.neuron], spike.step + 1 - last);
      last = spike.step + 1;
    }
    for (std::size_t i = 0; i < 60; ++i) CHECK(shortest[i] == static_cast<std::uint64_t>(steps[i] + 1));
  };
  check(resting.with_nonlinearity(Logistic{.theta = 0.0}));
  check(resting.with_nonlinearity(RectifiedLinear{.lambda_0 = 0.5, .theta = 0.0}).with_sampler(PoissonSampler{}));
  check(resting.with_nonlinearity(Exponential{.alpha = 5.0}).with_sampler(BernoulliRateSampler{}));
}

TEST_CASE("a simulator with self-histories of its neurons continues from its state, and from no other number of lags") {
  const auto of = [](std::vector<int> steps) {
    return per_neuron(cascade().with_history(AbsoluteRefractory{}), &AbsoluteRefractory::steps, steps);
  };
  const Graph graph{EdgeList{3}};
  Simulator simulator{graph, of({0, 4, 2}), no_stimulus, Seed{4}};
  simulator.run(50);
  const auto state = simulator.state();
  REQUIRE(state[0].recent.size() == 4);
  const auto rest = simulator.run(50);
  Simulator other{graph, of({0, 4, 2}), no_stimulus, Seed{4}};
  other.restore(state);
  CHECK(other.run(50).fingerprint() == rest.fingerprint());
  Simulator shorter{graph, of({0, 1, 2}), no_stimulus, Seed{4}};
  check_message<InvalidArgument>([&] { shorter.restore(state); }, {"4 steps of spikes", "lags", "instead of 2"});
  Simulator without{graph, of({0, 0, 0}), no_stimulus, Seed{4}};
  CHECK(without.state()[0].recent.size() == 1);
}

TEST_CASE("each neuron fires at the rate of its own threshold and baseline") {
  using Model = Cascade<ExponentialFilter, NoHistory, NoisyBaseline, RectifiedLinear, PoissonSampler>;
  const std::vector<float> thetas = some_numbers(40, -1.0, 0.5), baselines = some_numbers(40, 0.0, 1.0);
  const auto model = per_neuron(per_neuron(Model{}, &RectifiedLinear::theta, thetas), &NoisyBaseline::b, baselines);
  Simulator simulator{Graph{EdgeList{40}}, model, no_stimulus, Seed{9}};
  constexpr double steps = 20'000;
  std::vector<double> counts(40);
  for (const Spike& spike : simulator.run(20'000)) counts[spike.neuron] += spike.count;
  for (std::size_t i = 0; i < 40; ++i) {
    const double rate = std::max(0.0, static_cast<double>(baselines[i]) - static_cast<double>(thetas[i]));
    CAPTURE(i, rate);
    if (rate == 0.0) CHECK(counts[i] == 0.0);
    if (rate > 0.0) CHECK(sigmas(counts[i], steps * rate, steps * rate) < 5);
  }
}

TEST_CASE("a simulator refuses self-histories for another number of neurons") {
  const auto model = cascade().with_history(PerNeuron{std::vector<AbsoluteRefractory>(2)});
  check_message<InvalidParameter>(
      [&] {
        Simulator{Graph{EdgeList{3}}, model, no_stimulus, Seed{1}};
      },
      {"parameters of 2 neurons", "network of 3"});
  check_message<InvalidParameter>([&] { per_neuron(model, &AbsoluteRefractory::steps, std::vector<int>{1}); },
                                  {"1 values", "2 neurons"});
}

TEST_CASE("a simulator refuses parameters for too few neurons") {
  const auto model = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{1.0f, 2.0f});
  check_message<InvalidParameter>(
      [&] {
        Simulator{Graph{EdgeList{3}}, model, no_stimulus, Seed{1}};
      },
      {"2 neurons", "3"});
}
