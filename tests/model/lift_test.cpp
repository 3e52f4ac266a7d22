// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/lift.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/negative_binomial.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/model/samplers/threshold.hpp"

using namespace spikeometric;

namespace {

/// 1 for the parameter of this name.
struct By {
  std::string_view name = "";
  double operator()(std::string_view parameter) const { return parameter == name ? 1.0 : 0.0; }
};

/// f'(x) to about 1e-9, if f is smooth near x.
template <class F>
double central(F f, double x) {
  const double h = 1e-3 * (std::abs(x) + 0.1);
  const auto slope = [&](double d) { return (f(x + d) - f(x - d)) / (2.0 * d); };
  return (4.0 * slope(0.5 * h) - slope(h)) / 3.0;
}

void check(const Dual& result, double value, double derivative) {
  CHECK(result.value == Approx(value).epsilon(1e-13));
  CHECK(result.derivative == Approx(derivative).epsilon(1e-7).margin(1e-9));
}
void check(const FloatDual& result, double value, double derivative) {
  CHECK(result.value == Approx(value).epsilon(1e-6));
  CHECK(result.derivative == Approx(derivative).epsilon(1e-5).margin(1e-7));
}

/// Checks that lifted(policy over dual numbers) has the value of plain(policy), and its derivatives by all double
/// parameters, `parameters` in number.
template <class Policy, class Evaluate, class EvaluateLifted>
void check_parameters(const Policy& policy, std::size_t parameters, Evaluate plain, EvaluateLifted lifted) {
  for_each_parameter(policy, [&](const auto& entry, const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>) {
      --parameters;
      CAPTURE(entry.name);
      const auto changed = [&](double other_value) {
        Policy other = policy;
        set_parameter(other, entry.name, other_value);
        return plain(other);
      };
      check(lifted(detail::lifted(policy, By{entry.name})), plain(policy), central(changed, value));
    }
  });
  CHECK(parameters == 0);
}

constexpr double dt = 0.3;

template <class F>
void check_nonlinearity(const F& f, std::size_t parameters) {
  for (const double g : {-3.1, -0.4, 0.2, 1.7, 6.3}) {
    CAPTURE(g);
    check_parameters(
        f, parameters, [&](const F& plain) { return plain(g, dt); },
        [&](const auto& lifted) { return lifted(Dual{g}, Dual{dt}); });
    check(detail::lifted(f, By{})(Dual{g, 1.0}, Dual{dt}), f(g, dt), central([&](double x) { return f(x, dt); }, g));
  }
}

/// Sums over synapses, [step][basis function].
template <std::size_t Bases>
std::vector<std::array<float, Bases>> some_sums() {
  support::Numbers numbers{5};
  std::vector<std::array<float, Bases>> sums(60);
  for (auto& of_step : sums)
    for (float& sum : of_step) sum = numbers.coin(0.4) ? static_cast<float>(numbers.real(-2.0, 3.0)) : 0.0f;
  return sums;
}

/// x of every step, from a filter's kernel.
template <class Number, std::size_t Bases, class Filter, class Real>
std::vector<Number> all_filtered(const Filter& filter, Real time_step) {
  const auto sums = some_sums<Bases>();
  HostArrays arrays;
  const auto kernel = detail::kernel_of(filter, time_step, arrays);
  typename std::remove_const_t<decltype(kernel)>::State state{};
  std::vector<Number> x;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const auto past = [&](std::uint32_t lag, std::size_t basis = 0) { return lag <= t ? sums[t - lag][basis] : 0.0f; };
    if constexpr (Bases == 1)
      x.push_back(static_cast<Number>(kernel(state, sums[t][0], past)));
    else
      x.push_back(static_cast<Number>(kernel(state, sums[t].data(), past)));
  }
  return x;
}

/// x of the last step.
template <std::size_t Bases, class Filter>
Dual filtered(const Filter& filter) {
  return all_filtered<Dual, Bases>(filter, Dual{dt}).back();
}

/// The same from the taps of basis function `basis`, as a sum over lags.
template <std::size_t Bases>
double summed(const std::vector<double>& taps, std::size_t basis = 0) {
  const auto sums = some_sums<Bases>();
  double x = 0.0;
  for (std::size_t k = 0; k < taps.size() && k < sums.size(); ++k)
    x += taps[k] * static_cast<double>(sums[sums.size() - 1 - k][basis]);
  return x;
}

template <class Filter>
void check_filter(const Filter& filter, std::size_t parameters) {
  check_parameters(
      filter, parameters, [](const Filter& plain) { return summed<1>(plain.taps(dt, 60)); },
      [](const auto& lifted) { return filtered<1>(lifted); });
}

/// A custom nonlinearity that is a template over its input only.
struct Gained {
  float gain = 2.0f;
  static constexpr auto parameters() {
    return std::tuple{parameter("gain", &Gained::gain, "1", bounds::positive, "counts per squared input")};
  }
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g) const {
    return g < Input(0) ? Input(0) : mul(Input(gain), g * g);
  }
};

/// Policies over float only.
struct Rigid {
  float operator()(float g) const { return g * g; }
};
struct Halving {  // c(k) = 2^-k
  struct Kernel {
    using State = float;
    std::uint32_t memory() const { return 0; }
    template <class Past>
    float operator()(float& state, float sum, const Past&) const {
      state = 0.5f * state + sum;
      return state;
    }
  };
  Kernel kernel(float) const { return {}; }
};
struct Fatigue {
  float strength = -2.0f;
  static constexpr auto parameters() {
    return std::tuple{parameter("strength", &Fatigue::strength, "1", bounds::any_number, "of the first lag")};
  }
  std::vector<float> taps(float dt) const { return {strength, strength * dt}; }
};

}  // namespace

TEST_CASE("nonlinearities have derivatives by each of their parameters, and by their input") {
  check_nonlinearity(BasicLogistic<double>{0.7}, 1);
  check_nonlinearity(BasicExponential<double>{9.0, 0.8}, 2);
  check_nonlinearity(BasicRectifiedLinear<double>{1.3, 0.1}, 2);
  check_nonlinearity(BasicSoftplus<double>{0.7, 1.6, 0.4}, 3);
}

TEST_CASE("the derivative of a rate that underflows is 0, not NaN") {
  const auto logistic = detail::lifted(Logistic{1e4f}, By{"theta"});
  CHECK(logistic(Dual{0.0}, Dual{1.0}) == Dual{0.0, 0.0});
  CHECK(detail::lifted(RectifiedLinear{1.0f, 5.0f}, By{"theta"})(Dual{1.0}, Dual{1.0}) == Dual{0.0, 0.0});
}

TEST_CASE("coupling filters have derivatives by each of their parameters") {
  check_filter(BasicExponentialFilter<double>{0.2, 20}, 1);
  check_filter(BasicExponentialFilter<double>{0.4, infinite_window}, 1);
  check_filter(BasicTimeConstantFilter<double>{2.5, 7}, 1);
  check_filter(BasicTimeConstantFilter<double>{1.5, infinite_window}, 1);
  check_filter(BasicLeakyFilter<double>{2.0}, 1);
  check_filter(BasicBiexponentialFilter<double>{2.0, 0.7}, 2);
  using Cosines = BasicRaisedCosine<double, 3>;
  check_parameters(
      Cosines{0.4, 3.7, 0.8, 20}, 3,
      [](const Cosines& plain) {
        double x = 0.0;
        for (std::size_t m = 0; m < 3; ++m) x += summed<3>(plain.taps(dt)[m], m);
        return x;
      },
      [](const auto& lifted) { return filtered<3>(lifted); });
}

TEST_CASE("the derivative of a basis by a parameter includes all of its functions") {
  using Function = BasicExponentialFilter<double>;
  const auto x = [](double shift) {
    return summed<2>(Function{0.2 + shift, 20}.taps(dt, 60), 0) + summed<2>(Function{0.7 + shift, 9}.taps(dt, 60), 1);
  };
  const Basis<Function, 2> basis{{{{0.2, 20}, {0.7, 9}}}};
  check(filtered<2>(detail::lifted(basis, By{"coupling_decay"})), x(0.0), central(x, 0.0));
  check(filtered<2>(detail::lifted(basis, By{"tau"})), x(0.0), 0.0);
}

TEST_CASE("both filters of WithSelf have derivatives") {
  using Both = WithSelf<BasicRaisedCosine<double, 2>, Basis<BasicExponentialFilter<double>, 2>>;
  const Both both{{0.0, 2.0, 1.0, 15}, {{{{0.2, 20}, {0.7, 9}}}}};
  const auto x = [](double last_peak, double shift) {
    const auto cosines = BasicRaisedCosine<double, 2>{0.0, last_peak, 1.0, 15}.taps(dt);
    return summed<4>(cosines[0], 0) + summed<4>(cosines[1], 1) +
           summed<4>(BasicExponentialFilter<double>{0.2 + shift, 20}.taps(dt, 60), 2) +
           summed<4>(BasicExponentialFilter<double>{0.7 + shift, 9}.taps(dt, 60), 3);
  };
  check(filtered<4>(detail::lifted(both, By{"last_peak_ms"})), x(2.0, 0.0),
        central([&](double peak) { return x(peak, 0.0); }, 2.0));
  check(filtered<4>(detail::lifted(both, By{"coupling_decay"})), x(2.0, 0.0),
        central([&](double shift) { return x(2.0, shift); }, 0.0));
}

TEST_CASE("the taps of a Fir are constants") {
  const BasicFir<double> fir{{0.3, -0.2, 0.1}};
  const Dual x = filtered<1>(detail::lifted(fir, By{"coefficients"}));
  CHECK(x.value == Approx(summed<1>(fir.coefficients)).epsilon(1e-6));  // in single precision
  CHECK(x.derivative == 0.0);
  const Cascade<Fir, Fir> model{{}, {{1.0f}}, {{-2.0f, 0.5f}}};
  const auto taps = detail::lifted_history(model, By{"r"});
  REQUIRE(taps.size() == 2);
  CHECK(taps[1] == Dual{0.5, 0.0});
}

TEST_CASE("self-history has derivatives by each of its parameters") {
  const BernoulliGLM model{{.dt = 0.5f, .abs_ref_steps = 2, .rel_ref_steps = 4, .refractory_decay = 0.25f}};
  for (const char* name : {"abs_ref_strength", "rel_ref_strength", "refractory_decay"}) {
    const auto taps = detail::lifted_history(model, By{name});
    REQUIRE(taps.size() == 6);
    for (std::size_t k = 0; k < taps.size(); ++k) {
      CAPTURE(name, k);
      const auto tap = [&](double value) {
        BasicRefractoryFilter<double> history{2, -100.0, 4, -30.0, 0.25};
        set_parameter(history, name, value);
        return history.taps(0.5)[k];
      };
      double value = 0.0;
      for_each_parameter(model.history, [&](const auto& entry, const auto& given) {
        if (entry.name == std::string_view(name)) value = static_cast<double>(given);
      });
      check(taps[k], tap(value), central(tap, value));
    }
  }
  CHECK(detail::lifted_history(PoissonGLM{}, By{"theta"}).empty());
}

TEST_CASE("a noisy baseline has derivatives by b and sigma") {
  for (std::uint32_t neuron = 0; neuron < 40; ++neuron) {
    const Stream stream{Seed{3}, 0, Purpose{2}};
    const PrimedDraws draws{{stream, neuron, 9}, stream.half(neuron, 9)};
    const NoisyBaseline noisy{.b = 2.0f, .sigma = 0.75f, .rho = 0.5f};
    const double b = static_cast<double>(noisy(draws)), xi = b / 2.0 - 1.0;
    const FloatDual by_b = detail::lifted(noisy, By{"b"})(draws), by_sigma = detail::lifted(noisy, By{"sigma"})(draws);
    CHECK(by_b.value == noisy(draws));
    CHECK(by_b.derivative == Approx(1.0 + xi).margin(1e-6));
    CHECK(by_sigma.derivative == Approx(2.0 * xi / 0.75).margin(1e-5));
    CHECK(detail::lifted(noisy, By{"rho"})(draws).derivative == 0.0);
  }
  CHECK(detail::lifted(ConstantBaseline{.b = 0.25f}, By{"b"})(Draws{}) == Dual{0.25, 1.0});
}

TEST_CASE("per-neuron policies have the derivative of each neuron") {
  const auto model = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{1.0f, 4.0f});
  HostArrays arrays;
  const auto kernel = detail::lifted_kernel(model, By{"theta"}, arrays);
  for (const std::size_t neuron : {0u, 1u}) {
    const auto rate = [](double theta) { return 1.0 / (1.0 + std::exp(theta - 2.0)); };
    const double theta = neuron == 0 ? 1.0 : 4.0;
    check(kernel.rate(FloatDual{2.0f}, neuron), rate(theta), central(rate, theta));
  }
}

TEST_CASE("per-neuron self-histories have the taps and derivatives of each neuron") {
  const auto model =
      per_neuron(BernoulliGLM{{.rel_ref_steps = 1}}, &RefractoryFilter::abs_ref_steps, std::vector<int>{0, 2});
  const auto taps = detail::lifted_history(model, By{"abs_ref_strength"});
  CHECK(taps == std::vector<std::vector<FloatDual>>{{{-30.0f, 0.0}}, {{-100.0f, 1.0}, {-100.0f, 1.0}, {-30.0f, 0.0}}});
  const auto wide = detail::lifted_history<Dual>(model, By{"rel_ref_strength"});
  CHECK(wide[1] == std::vector<Dual>{{-100.0, 0.0}, {-100.0, 0.0}, {-30.0, 1.0}});
  const auto silent = cascade().with_history(PerNeuron<AbsoluteRefractory>{{{.steps = 1}, {}}});
  CHECK(detail::lifted_history(silent, By{}) == std::vector<std::vector<FloatDual>>{{{-1000.0f, 0.0}}, {}});
  const Cascade<ExponentialFilter, PerNeuron<Fatigue>> own{{}, {}, PerNeuron<Fatigue>{{{}, {}}}};
  CHECK(detail::lifted_history(own, By{}).size() == 2);
}

TEST_CASE("a lifted kernel has dt, r and the rate of the model") {
  const BernoulliGLM model{{.dt = 0.5f, .r = 0.3f, .theta = 2.0f}};
  HostArrays arrays;
  const auto kernel = detail::lifted_kernel(model, By{"r"}, arrays);
  CHECK(kernel.dt == Dual{0.5});
  CHECK(kernel.r == Dual{static_cast<double>(0.3f), 1.0});
  check(kernel.rate(FloatDual{2.5f, 2.0}, 0), 0.5 / (1.0 + std::exp(-0.5)),
        2.0 * 0.5 * std::exp(-0.5) / std::pow(1.0 + std::exp(-0.5), 2));
}

TEST_CASE("parameters of a policy that is not a template over the real type are constants") {
  const Gained gained{.gain = 3.0f};
  CHECK(detail::lifted(gained, By{"gain"})(Dual{2.0, 1.0}) == Dual{12.0, 12.0});
  std::vector<double> halves(60, 1.0);
  for (std::size_t k = 1; k < halves.size(); ++k) halves[k] = 0.5 * halves[k - 1];
  CHECK(filtered<1>(detail::lifted(Halving{}, By{})).value == Approx(summed<1>(halves)).epsilon(1e-6));
  const auto taps = detail::lifted_history(Cascade<Halving, Fatigue>{{.dt = 0.5f}}, By{"strength"});
  CHECK((taps == std::vector<FloatDual>{{-2.0f, 0.0}, {-1.0f, 0.0}}));
}

// --- bit-identical values -------------------------------------------------------------------------------------------

namespace {

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (a != a && b != b);
}

/// Inputs of all sizes, with infinities and NaN.
std::vector<float> many_inputs() {
  support::Numbers numbers{8};
  std::vector<float> inputs{0.0f,
                            -0.0f,
                            1e30f,
                            -1e30f,
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
  for (int i = 0; i < 2'000; ++i) {
    inputs.push_back(static_cast<float>(numbers.real(-8.0, 8.0)));
    inputs.push_back(static_cast<float>(numbers.real(-150.0, 150.0)));
  }
  return inputs;
}

/// Checks that a lifted nonlinearity has the same values as the original, and the derivatives of one in double.
template <class F>
void check_bits_of_nonlinearity(const F& f) {
  const auto lifted = detail::lifted(f, By{});
  const auto wide = detail::lifted<Dual>(f, By{});
  for (const float g : many_inputs())
    for (const float step : {1.0f, 0.1f, 0.3f}) {
      CAPTURE(g, step);
      const FloatDual mu = lifted(FloatDual{g, 1.0}, FloatDual{step});
      REQUIRE(same(mu.value, f(g, step)));
      const Dual expected = wide(Dual{static_cast<double>(g), 1.0}, Dual{step});
      if (std::abs(g) < 8.0f)
        REQUIRE(std::abs(mu.derivative - expected.derivative) <= 1e-5 * std::abs(expected.derivative) + 1e-12);
    }
}

template <std::size_t Bases, class Filter>
void check_bits_of_filter(const Filter& filter) {
  const auto lifted = all_filtered<FloatDual, Bases>(detail::lifted(filter, By{}), FloatDual{0.3f});
  const auto plain = all_filtered<float, Bases>(filter, 0.3f);
  for (std::size_t t = 0; t < plain.size(); ++t) {
    CAPTURE(t);
    REQUIRE(same(lifted[t].value, plain[t]));
  }
}

template <class History>
void check_bits_of_history(const History& history) {
  const Cascade<ExponentialFilter, History> model{{.dt = 0.3f}, {}, history};
  const auto lifted = detail::lifted_history(model, By{});
  const auto plain = history.taps(0.3f);
  REQUIRE(lifted.size() == plain.size());
  for (std::size_t k = 0; k < plain.size(); ++k) REQUIRE(same(lifted[k].value, static_cast<float>(plain[k])));
}

template <class Policy>
void check_bits_of_baseline(const Policy& policy) {
  const auto lifted = detail::lifted(policy, By{});
  for (std::uint32_t neuron = 0; neuron < 500; ++neuron) {
    const Stream stream{Seed{4}, 1, Purpose{2}};
    const PrimedDraws draws{{stream, neuron, 7}, stream.half(neuron, 7)};
    const FloatDual b = lifted(draws);
    REQUIRE(same(b.value, static_cast<float>(policy(draws))));
  }
}

template <class SamplerPolicy>
void check_bits_of_sampler(const SamplerPolicy& sampler) {
  for (const float mu : many_inputs()) {
    CAPTURE(mu);
    REQUIRE(same(sampler.mean(FloatDual{mu, 1.0}).value, sampler.mean(mu)));
    REQUIRE(same(sampler.variance(FloatDual{mu, 1.0}).value, sampler.variance(mu)));
  }
}

}  // namespace

TEST_CASE(
    "values of lifted nonlinearities are bit-identical to a simulator's, with parameters in float and in double") {
  check_bits_of_nonlinearity(Logistic{1.3f});
  check_bits_of_nonlinearity(BasicLogistic<double>{1.3});
  check_bits_of_nonlinearity(Exponential{9.1f, 0.83f});
  check_bits_of_nonlinearity(BasicExponential<double>{9.1, 0.83});
  check_bits_of_nonlinearity(RectifiedLinear{1.31f, 0.17f});
  check_bits_of_nonlinearity(BasicRectifiedLinear<double>{1.31, 0.17});
  check_bits_of_nonlinearity(Softplus{0.71f, 1.63f, 0.41f});
  check_bits_of_nonlinearity(BasicSoftplus<double>{0.71, 1.63, 0.41});
  for (const float g : many_inputs()) {
    REQUIRE(same(Identity{}(FloatDual{g}).value, g));
    REQUIRE(same(Gained{1.7f}(FloatDual{g}).value, Gained{1.7f}(g)));
  }
}

TEST_CASE("values of lifted filters are bit-identical to a simulator's") {
  check_bits_of_filter<1>(ExponentialFilter{0.23f, 20});
  check_bits_of_filter<1>(BasicExponentialFilter<double>{0.23, 20});
  check_bits_of_filter<1>(ExponentialFilter{0.41f, infinite_window});
  check_bits_of_filter<1>(TimeConstantFilter{2.7f, 7});
  check_bits_of_filter<1>(TimeConstantFilter{1.3f, infinite_window});
  check_bits_of_filter<1>(LeakyFilter{2.3f});
  check_bits_of_filter<1>(BasicLeakyFilter<double>{2.3});
  check_bits_of_filter<1>(BiexponentialFilter{2.3, 0.4});
  check_bits_of_filter<1>(BiexponentialFilter{2.3, 2.3});
  check_bits_of_filter<1>(BasicBiexponentialFilter<double>{2.3, 0.4});
  check_bits_of_filter<1>(Fir{{0.3f, -0.21f, 0.1f}});
  check_bits_of_filter<1>(BasicFir<double>{{0.3, -0.21, 0.1}});
  check_bits_of_filter<1>(Halving{});
  check_bits_of_filter<3>(RaisedCosine<3>{0.4f, 3.7f, 0.8f, 20});
  check_bits_of_filter<3>(BasicRaisedCosine<double, 3>{0.4, 3.7, 0.8, 20});
  check_bits_of_filter<2>(Basis<ExponentialFilter, 2>{{{{0.21f, 20}, {0.73f, 9}}}});
  check_bits_of_filter<2>(Basis<BasicLeakyFilter<double>, 2>{{{{2.1}, {7.3}}}});
  check_bits_of_filter<4>(
      WithSelf<RaisedCosine<2>, Basis<LeakyFilter, 2>>{{0.0f, 2.0f, 1.0f, 15}, {{{{2.1f}, {7.3f}}}}});
  check_bits_of_filter<3>(WithSelf<ExponentialFilter, Basis<Fir, 2>>{{}, {{{{{0.3f, 0.2f}}, {{-0.7f}}}}}});
}

TEST_CASE("values of lifted histories, baselines and mean counts are bit-identical to a simulator's") {
  check_bits_of_history(RefractoryFilter{2, -100.3f, 40, -30.1f, 0.27f});
  check_bits_of_history(BasicRefractoryFilter<double>{2, -100.3, 40, -30.1, 0.27});
  check_bits_of_history(Fir{{-20.0f, -3.7f}});
  check_bits_of_history(Fatigue{});
  check_bits_of_history(NoHistory{});
  check_bits_of_baseline(NoBaseline{});
  check_bits_of_baseline(ConstantBaseline{0.3f});
  check_bits_of_baseline(BasicConstantBaseline<double>{0.3});
  check_bits_of_baseline(NoisyBaseline{0.7f, 0.83f, 0.4f});
  check_bits_of_baseline(BasicNoisyBaseline<double>{0.7, 0.83, 0.4});
  check_bits_of_sampler(BernoulliSampler{});
  check_bits_of_sampler(BernoulliRateSampler{});
  check_bits_of_sampler(PoissonSampler{});
  check_bits_of_sampler(BasicNegativeBinomialSampler<float>{0.83f});
}

TEST_CASE("policies lifted to double have no single precision") {
  const auto logistic = detail::lifted<Dual>(Logistic{1.3f}, By{"theta"});
  STATIC_REQUIRE(std::is_same_v<decltype(logistic), const BasicLogistic<Dual>>);
  const auto x = filtered<1>(detail::lifted<Dual>(ExponentialFilter{0.23f, 20}, By{}));
  check(x, summed<1>(BasicExponentialFilter<double>{static_cast<double>(0.23f), 20}.taps(dt, 60)), 0.0);
  const BernoulliGLM model{{.refractory_decay = 0.27f}};
  const auto taps = detail::lifted_history<Dual>(model, By{});
  const auto wide = BasicRefractoryFilter<double>{.refractory_decay = static_cast<double>(0.27f)}.taps(1.0);
  REQUIRE(taps.size() == wide.size());
  for (std::size_t k = 0; k < taps.size(); ++k) REQUIRE(taps[k] == wide[k]);
}

TEST_CASE("Differentiable holds only for models whose mean counts have derivatives") {
  STATIC_REQUIRE((Differentiable<BernoulliGLM> && Differentiable<PoissonGLM> && Differentiable<RectifiedLNP> &&
                  Differentiable<RectifiedSAM> && Differentiable<BasicBernoulliGLM<double>>));
  STATIC_REQUIRE(!Differentiable<ThresholdSAM>);
  STATIC_REQUIRE(Differentiable<Cascade<Fir, NoHistory, NoBaseline, Gained, PoissonSampler>>);
  STATIC_REQUIRE(!Differentiable<Cascade<Fir, NoHistory, NoBaseline, Rigid, PoissonSampler>>);
  STATIC_REQUIRE(Differentiable<Cascade<Fir, NoHistory, NoBaseline, PerNeuron<Softplus>, BernoulliRateSampler>>);
  STATIC_REQUIRE(!Differentiable<Logistic>);
}
