// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/bring_your_own_model.md, which quotes it from here, and tests of what the page says.
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"

namespace sk = spikeometric;

namespace {

namespace minimal {

struct Quadratic {  // f(g) = 0.01 dt max(g, 0)^2
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g, Real dt) const {
    return g < Real(0) ? Real(0) : Real(0.01) * dt * g * g;
  }
};

using MyModel = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, sk::PoissonSampler>;

}  // namespace minimal

struct Quadratic {  // f(g) = gain dt max(g, 0)^2
  float gain = 0.01f;

  static constexpr auto parameters() {
    return std::tuple{
        sk::parameter("gain", &Quadratic::gain, "1/ms", sk::bounds::non_negative, "rate per squared input")};
  }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g, Real dt) const {
    return g < Real(0) ? Real(0) : Real(gain) * dt * g * g;
  }
};

using MyModel = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, sk::PoissonSampler>;

struct Saturating {  // f(g) = fastest dt / (1 + exp(theta - g) + exp(2 (theta - g)))
  float fastest = 0.2f;
  float theta = 3.0f;

  static constexpr auto parameters() {
    return std::tuple{sk::parameter("fastest", &Saturating::fastest, "1/ms", sk::bounds::non_negative, "largest rate"),
                      sk::parameter("theta", &Saturating::theta, "1", sk::bounds::any_number,
                                    "input for a third of the largest rate")};
  }

  struct Kernel {
    float largest, theta;
    SPIKEOMETRIC_HOST_DEVICE float operator()(float g) const {
      const float e = sk::exp(theta - g);
      return largest / ((1.0f + e) + sk::mul(e, e));
    }
  };
  Kernel kernel(float dt) const { return {fastest * dt, theta}; }
};

struct Tabulated {  // f(first + i spacing) = values[i], linear in between and constant beyond
  float first = 0.0f, spacing = 1.0f;
  std::vector<float> values = {0.0f, 0.1f};

  static constexpr auto parameters() {
    return std::tuple{
        sk::parameter("first", &Tabulated::first, "1", sk::bounds::any_number, "input of the first value"),
        sk::parameter("spacing", &Tabulated::spacing, "1", sk::bounds::positive, "distance between inputs")};
  }
  static constexpr auto parts() { return std::tuple{sk::part("values", &Tabulated::values)}; }
  void validate() const {
    if (values.size() < 2) throw sk::InvalidParameter("values must contain at least 2 elements");
  }

  struct Kernel {
    const float* values;
    std::uint32_t last;
    float first, spacing;

    SPIKEOMETRIC_HOST_DEVICE float operator()(float g) const {
      const float place = (g - first) / spacing;
      if (place < 0.0f) return values[0];
      if (place >= static_cast<float>(last)) return values[last];
      const auto i = static_cast<std::uint32_t>(place == place ? place : 0.0f);
      return values[i] + sk::mul(place - static_cast<float>(i), values[i + 1] - values[i]);
    }
  };
  template <class Arrays>
  Kernel kernel(float, Arrays& arrays) const {
    return {arrays(std::span<const float>(values)), static_cast<std::uint32_t>(values.size() - 1), first, spacing};
  }
};

struct AlphaFilter {  // c(k) = (dt k / tau) exp(1 - dt k / tau): rises, then falls
  float tau = 5.0f;

  static constexpr auto parameters() {
    return std::tuple{sk::parameter("tau", &AlphaFilter::tau, "ms", sk::bounds::positive, "lag of the peak")};
  }

  struct Kernel {
    struct State {
      double fading, rising;
    };
    double decay, scale;

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return 0; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE float operator()(State& state, float sum, const Past&) const {
      state.rising = sk::mul(decay, state.rising + state.fading);  // sum over k of k decay^k s(t - k)
      state.fading = sk::mul(decay, state.fading) + static_cast<double>(sum);
      return static_cast<float>(sk::mul(scale, state.rising));
    }
  };
  Kernel kernel(float dt) const {
    const double steps = double(tau) / double(dt);
    return {sk::exp(-1.0 / steps), sk::exp(1.0) / steps};
  }
};

struct Adaptation {  // h(k) = -strength exp(-dt k / tau) for k < window_steps
  float strength = 1.0f;
  float tau = 50.0f;
  int window_steps = 200;

  static constexpr auto parameters() {
    return std::tuple{
        sk::parameter("strength", &Adaptation::strength, "1", sk::bounds::any_number,
                      "reduction of the input by a spike"),
        sk::parameter("tau_adaptation", &Adaptation::tau, "ms", sk::bounds::positive, "time constant of recovery"),
        sk::parameter("window_steps", &Adaptation::window_steps, "steps", sk::Bounds{1, 1e6}, "duration")};
  }
  std::vector<float> taps(float dt) const {
    std::vector<float> h;
    for (int k = 0; k < window_steps; ++k)
      h.push_back(static_cast<float>(-strength * sk::exp(-double(dt) * k / double(tau))));
    return h;
  }
};

struct WhiteNoise {  // b_i(t) = b + sigma z, z normal and independent for each neuron and step
  float b = 0.0f;
  float sigma = 1.0f;

  static constexpr auto parameters() {
    return std::tuple{sk::parameter("b", &WhiteNoise::b, "1", sk::bounds::any_number, "mean"),
                      sk::parameter("sigma", &WhiteNoise::sigma, "1", sk::bounds::non_negative, "standard deviation")};
  }
  SPIKEOMETRIC_HOST_DEVICE float operator()(const sk::Draws& draws) const {
    const sk::Block bits = draws.block();
    return b + sk::mul(sigma, static_cast<float>(sk::normal(bits[0], bits[1])));
  }
};

struct GeometricSampler {  // P(X >= n) = p^n, p = mu / (1 + mu): mean mu, variance mu (1 + mu)
  static constexpr bool binary = false;

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const sk::PrimedDraws& draws) const {
    if (mu > 1000.0f) return std::int64_t{1} << 31;  // too large for a simulator: it throws Divergence
    const float p = mu / (1.0f + mu);
    if (!sk::bernoulli(p, draws)) return 0;
    const sk::Block bits = draws.block();
    double u = sk::uniform(bits[0], bits[1]);
    std::int64_t count = 1;
    for (; u < p; ++count) u = u / p;  // now u is uniform in (0, 1) again
    return count;
  }
};

struct Difference {  // E = centre - surround
  static constexpr std::size_t channels = 2;
  SPIKEOMETRIC_HOST_DEVICE float operator()(const float* channel) const { return channel[0] - channel[1]; }
};

struct MyParameters {
  float dt = 1.0f;
  float tau = 5.0f;
  float strength = 1.0f;
  float sigma = 1.0f;
  float theta = 5.0f;
};
struct MyGLM : sk::Cascade<AlphaFilter, Adaptation, WhiteNoise, sk::Logistic, sk::BernoulliSampler> {
  explicit MyGLM(const MyParameters& p = {})
      : Cascade({.dt = p.dt}, {.tau = p.tau}, {.strength = p.strength}, {.sigma = p.sigma}, {.theta = p.theta}) {}
};

static_assert(sk::Nonlinearity<Quadratic> && sk::Nonlinearity<Saturating> && sk::Nonlinearity<Tabulated>);
static_assert(sk::Filter<AlphaFilter>);
static_assert(sk::SelfHistory<Adaptation>);
static_assert(sk::Baseline<WhiteNoise>);
static_assert(sk::Sampler<GeometricSampler>);
static_assert(sk::StimulusFilter<Difference>);
static_assert(sk::Model<MyGLM>);

/// A population without synapses.
const sk::Graph<> unconnected{sk::EdgeList<>{500}};

double rate_alone_hz(const auto& model) {
  return sk::Simulator{unconnected, model, sk::no_stimulus, sk::Seed{3}}.run(2'000).mean_rate_hz();
}

/// Draws as a simulator would make them.
sk::PrimedDraws draws_of(std::uint32_t neuron, std::uint64_t step) {
  const sk::Draws draws{{sk::Seed{5}, 0, sk::Purpose{1}}, neuron, step};
  return {draws, draws.half(0)};
}

}  // namespace

TEST_CASE("the smallest model of the page fires at the rate of its equation") {
  const minimal::MyModel model{{.dt = 1.0}, {}, {}, {.b = 2.0}};
  // Poisson counts: the mean of a million has a standard deviation of sqrt(mu / 10^6), in Hz 1000 times that.
  CHECK(sigmas(rate_alone_hz(model), 40.0, 1e6 * 0.04 / 1e6) < 5);
}

TEST_CASE("the smallest model by name is the same model") {
  using minimal::Quadratic;
  const auto model = sk::cascade({.dt = 1.0})
                         .with_baseline(sk::ConstantBaseline{.b = 2.0})
                         .with_nonlinearity(Quadratic{})
                         .with_sampler(sk::PoissonSampler{});
  STATIC_REQUIRE(std::same_as<std::remove_const_t<decltype(model)>, minimal::MyModel>);
  CHECK(model.baseline.b == 2.0);
  CHECK(sk::BernoulliGLM{}.with_nonlinearity(Quadratic{}).filter.coupling_window == 20);
}

TEST_CASE("the page's nonlinearities use the library's functions only") {
  CHECK(sk::check_policy(minimal::Quadratic{}) == "");
  CHECK(sk::check_policy(Quadratic{}) == "");
}

TEST_CASE("the parameters of the page's model are set by name and checked") {
  MyModel model{{.dt = 1.0}, {.coupling_window = 50}, {}, {.b = 2.0}, {.gain = 0.02f}};
  sk::set_parameter(model, "gain", 0.03);
  CHECK(model.nonlinearity.gain == 0.03f);
  check_message<sk::InvalidParameter>([&] { sk::set_parameter(model, "gain", -1.0); },
                                      {"gain = -1 1/ms must be finite and at least 0"});
  check_message<sk::InvalidParameter>([] { MyModel{{}, {}, {}, {}, {.gain = -2.0f}}; }, {"gain = -2 1/ms"});
}

TEST_CASE("the page's model with a parameter for each neuron fires at the rates of these parameters") {
  const MyModel model{{.dt = 1.0}, {}, {}, {.b = 2.0}};
  std::vector<double> gains(500, 0.01);
  gains[7] = 0.02;
  const auto mixed = sk::per_neuron(model, &Quadratic::gain, gains);
  const auto counts = sk::Simulator{unconnected, mixed, sk::no_stimulus, sk::Seed{3}}.run(20'000).counts();
  CHECK(sigmas(static_cast<double>(counts[7]), 1600, 1600) < 5);
  CHECK(sigmas(static_cast<double>(counts[8]), 800, 800) < 5);

  std::vector<int> steps(500, 2);
  steps[7] = 20;
  const auto with_rest = mixed.with_history(sk::AbsoluteRefractory{});
  const auto resting = sk::per_neuron(with_rest, &sk::AbsoluteRefractory::steps, steps);
  std::vector<std::uint64_t> latest(500), shortest(500, sk::forever);
  for (const sk::Spike& spike : sk::Simulator{unconnected, resting, sk::no_stimulus, sk::Seed{3}}.run(20'000)) {
    std::uint64_t& last = latest[spike.neuron];  // step + 1
    if (last > 0) shortest[spike.neuron] = std::min(shortest[spike.neuron], spike.step + 1 - last);
    last = spike.step + 1;
  }
  CHECK(*std::min_element(shortest.begin(), shortest.end()) == 3);
  CHECK(shortest[7] >= 21);
}

TEST_CASE("a kernel with precomputed constants gives the page's equation") {
  const auto kernel = Saturating{.fastest = 0.3f, .theta = 1.0f}.kernel(2.0f);
  for (const double g : {-5.0, 0.0, 1.0, 2.5, 40.0}) {
    const double e = std::exp(1.0 - g);
    CHECK(kernel(static_cast<float>(g)) == Approx(0.6 / (1 + e + e * e)).epsilon(1e-6));
  }
  using Model = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Saturating>;
  const Model model{{}, {}, {}, {.b = 3.0}, {.fastest = 0.3f}};
  CHECK(sigmas(rate_alone_hz(model), 100.0, 1e6 * 0.1 * 0.9 / 1e6) < 5);
}

TEST_CASE("a kernel that reads an array interpolates the page's table") {
  const Tabulated table{.first = -1.0f, .spacing = 0.5f, .values = {0.0f, 0.25f, 0.125f}};
  sk::HostArrays arrays;
  const auto kernel = table.kernel(1.0f, arrays);
  CHECK(kernel(-7.0f) == 0.0f);
  CHECK(kernel(-1.0f) == 0.0f);
  CHECK(kernel(-0.75f) == 0.125f);
  CHECK(kernel(-0.5f) == 0.25f);
  CHECK(kernel(-0.25f) == 0.1875f);
  CHECK(kernel(0.0f) == 0.125f);
  CHECK(kernel(1e30f) == 0.125f);
  CHECK(std::isnan(kernel(std::nanf(""))));

  using Model = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Tabulated>;
  const Model model{{}, {}, {}, {.b = -0.75}, table};
  CHECK(sigmas(rate_alone_hz(model), 125.0, 1e6 * 0.125 * 0.875 / 1e6) < 5);
  check_message<sk::InvalidParameter>(
      [] {
        Model{{}, {}, {}, {}, {.values = {1.0f}}};
      },
      {"values must contain at least 2 elements"});
  check_message<sk::InvalidParameter>([] { Model{{}, {}, {}, {}, {.spacing = 0.0f}}; }, {"spacing = 0"});
}

TEST_CASE("the page's filter responds to a spike with its equation, and reset clears its state") {
  const float dt = 0.5f;
  const auto kernel = AlphaFilter{.tau = 4.0f}.kernel(dt);
  AlphaFilter::Kernel::State state{};
  for (int k = 0; k < 100; ++k) {
    const double t = 0.5 * k / 4.0;
    CHECK(kernel(state, k == 0 ? 1.0f : 0.0f, sk::detail::PastInput{}) == Approx(t * std::exp(1 - t)).margin(1e-6));
  }

  sk::EdgeList<> edges{2};
  edges.add(0, 1, 3.0f);
  using Model = sk::Cascade<AlphaFilter>;
  sk::Simulator simulator{sk::Graph{edges}, Model{}, sk::no_stimulus, sk::Seed{1}};
  const auto first = simulator.run(1'000).fingerprint();
  simulator.reset();
  CHECK(simulator.run(1'000).fingerprint() == first);
}

TEST_CASE("the page's self-history makes neurons that have spiked spike less") {
  const auto taps = Adaptation{.strength = 2.0f, .tau = 10.0f, .window_steps = 30}.taps(0.5f);
  REQUIRE(taps.size() == 30);
  CHECK(taps[0] == -2.0f);
  CHECK(taps[20] == Approx(-2.0 * std::exp(-1.0)));
  using Model = sk::Cascade<sk::ExponentialFilter, Adaptation, sk::ConstantBaseline>;
  CHECK(rate_alone_hz(Model{{}, {}, {.strength = 1.0f}, {.b = 3.0}}) <
        0.5 * rate_alone_hz(Model{{}, {}, {.strength = 0.0f}, {.b = 3.0}}));
}

TEST_CASE("the page's baseline is normal, independent from neuron to neuron and step to step") {
  const WhiteNoise noise{.b = 1.0f, .sigma = 2.0f};
  std::vector<double> values;
  double of_steps = 0, of_neurons = 0;
  const auto value = [&](std::uint32_t neuron, std::uint64_t step) {
    return (double(noise(draws_of(neuron, step))) - 1.0) / 2.0;
  };
  for (std::uint32_t neuron = 0; neuron < 100; ++neuron)
    for (std::uint64_t step = 0; step < 100; ++step) {
      values.push_back(value(neuron, step));
      of_steps += value(neuron, step) * value(neuron, step + 1);
      of_neurons += value(neuron, step) * value(neuron + 1, step);
    }
  CHECK(kolmogorov_smirnov(values, [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }) < 2.75);
  CHECK(sigmas(of_steps, 0.0, 1e4) < 5);
  CHECK(sigmas(of_neurons, 0.0, 1e4) < 5);
}

TEST_CASE("the page's sampler has geometric counts") {
  const float mu = GENERATE(0.01f, 0.5f, 3.0f);
  const std::uint32_t n = 200'000;
  std::vector<std::uint64_t> counts(40);
  double sum = 0, squares = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const auto draws = draws_of(i % 1000, i / 1000);
    const auto count = GeometricSampler{}(mu, draws);
    ++counts[std::min<std::size_t>(static_cast<std::size_t>(count), counts.size() - 1)];
    sum += static_cast<double>(count);
    squares += static_cast<double>(count * count);
  }
  const double p = mu / (1.0 + mu), variance = mu * (1.0 + mu);
  CHECK(sigmas(sum / n, mu, variance, n) < 5);
  // Var(X^2) = E X^4 - (E X^2)^2, summed numerically.
  double second = 0, fourth = 0, probability = 1 - p;
  for (double k = 0; k < 1000; ++k, probability *= p) {
    second += k * k * probability;
    fourth += k * k * k * k * probability;
  }
  CHECK(sigmas(squares / n, second, fourth - second * second, n) < 5);
  for (std::size_t k = 0; k < 10; ++k) {
    const double share = (1 - p) * std::pow(p, k);
    INFO(k << " spikes");
    if (n * share > 20) CHECK(sigmas(static_cast<double>(counts[k]), n * share, n * share * (1 - share)) < 5);
  }
}

TEST_CASE("the page's sampler stops a simulation with a mean beyond its range") {
  using Model =
      sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, sk::Exponential, GeometricSampler>;
  const Model model{{}, {}, {}, {.b = 50.0}};
  check_message<sk::Divergence>([&] { rate_alone_hz(model); }, {"network 0, step 0, neuron 0", "2147483648"});
}

TEST_CASE("the page's stimulus filter subtracts one channel from the other") {
  using Model =
      sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, sk::BernoulliSampler, Difference>;
  const auto on = [](std::uint64_t) { return 5.0f; };
  const auto run = [&](const auto& stimulus) {
    return sk::Simulator{unconnected, Model{}, stimulus, sk::Seed{3}}.run(2'000).mean_rate_hz();
  };
  CHECK(sigmas(run(sk::channels(on, sk::no_stimulus)), 500.0, 0.25) < 5);  // theta = 5: probability 1/2
  const double quiet = 1000.0 / (1.0 + std::exp(5.0));
  CHECK(sigmas(run(sk::channels(on, on)), quiet, quiet / 1000.0) < 5);
}

TEST_CASE("the page's named model takes all parameters in one struct") {
  const MyGLM model{{.strength = 2.0f, .theta = 3.0f}};
  CHECK(model.history.strength == 2.0f);
  CHECK(model.nonlinearity.theta == 3.0f);
  CHECK(model.filter.tau == 5.0f);
  CHECK(rate_alone_hz(model) > 0.0);
  check_message<sk::InvalidParameter>([] { MyGLM{{.dt = 2.0}}; }, {"dt = 2 ms must be above 0 and at most 1"});
}
