// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/step/neuron_step.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"

using namespace spikeometric;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr Seed seed{11};

/// The step of a model, in network 7.
template <class Model>
auto step_of(const Model& model, HostArrays& arrays, std::int64_t count_limit = 1, bool has_small_units = false) {
  const auto kernel = model.kernel(arrays);
  return detail::NeuronStep<std::remove_const_t<decltype(kernel)>, Model::bases>{kernel, seed, 7, count_limit,
                                                                                 has_small_units};
}

using Counting = Cascade<Fir, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (a != a && b != b);
}

}  // namespace

// --- phases --------------------------------------------------------------------------------------------------------

TEST_CASE("sums of weights become doubles exactly, up to 2^53 in size, and in fewer operations below 2^51") {
  support::Numbers numbers{1};
  const auto check = [](std::int64_t sum) {
    for (const std::int64_t signed_sum : {sum, -sum}) {
      REQUIRE(detail::exact_double<53>(signed_sum) == static_cast<double>(signed_sum));
      if (sum < std::int64_t{1} << 51) REQUIRE(detail::exact_double<51>(signed_sum) == static_cast<double>(signed_sum));
    }
  };
  for (int power = 0; power <= 53; ++power)
    for (const std::int64_t near : {-1, 0, 1})
      if (power < 53 || near < 1) check((std::int64_t{1} << power) + near);
  for (int i = 0; i < 10'000; ++i) check(static_cast<std::int64_t>(numbers.bits() >> numbers.between(11, 63)));
  CHECK((!std::signbit(detail::exact_double<53>(0)) && !std::signbit(detail::exact_double<51>(0))));
}

TEST_CASE("a weighted sum is its integer times the unit, rounded once") {
  HostArrays arrays;
  support::Numbers numbers{2};
  const auto check = [&](const auto& step, int bits) {
    for (const int exponent : {0, 30, 70, -20, 100, -74})
      for (int i = 0; i < 1'000; ++i) {
        const auto sum = static_cast<std::int64_t>(numbers.bits() >> (64 - bits)) * (i % 2 == 0 ? 1 : -1);
        const double unit = std::ldexp(1.0, -exponent);
        REQUIRE(step.read(sum, unit) == static_cast<float>(static_cast<double>(sum) * unit));
      }
  };
  for (const bool has_small_units : {false, true}) {
    check(step_of(Counting{{}, {{1.0f}}}, arrays, 1, has_small_units), 53);
    check(step_of(BernoulliGLM{}, arrays, 1, has_small_units), 51);
  }
}

TEST_CASE("sums and filter outputs below 2^-100 in size become 0, and larger ones do not change") {
  HostArrays arrays;
  const auto step = step_of(BernoulliGLM{}, arrays, 1, true);
  const std::int64_t least = 1 << 20;
  CHECK(step.read(least, 0x1p-120) == 0x1p-100f);
  CHECK(step.read(-least, 0x1p-120) == -0x1p-100f);
  CHECK(step.read(least - 1, 0x1p-120) == 0.0f);
  CHECK(step.read(1 - least, 0x1p-120) == 0.0f);
  const auto past = [](std::uint32_t, std::size_t = 0) { return 0.0f; };
  const auto filtered = [&](const auto& model, float sum) {
    typename decltype(step_of(model, arrays))::State state{};
    return step_of(model, arrays).filter(state, &sum, past);
  };
  const auto check = [&](const auto& model) {
    CHECK(filtered(model, 0x1p-99f) == 0x1p-100f);
    CHECK(filtered(model, -0x1p-99f) == -0x1p-100f);
    CHECK(filtered(model, 0x1.fffffep-100f) == 0.0f);
    CHECK(filtered(model, -0x1.fffffep-100f) == 0.0f);
    CHECK(std::isnan(filtered(model, not_a_number)));
  };
  check(Counting{{}, {{0.5f}}});
  check(RectifiedSAM{{.dt = 0.5f}});
  CHECK(filtered(BernoulliGLM{}, 0x1p-100f) == 0x1p-100f);
  CHECK(filtered(BernoulliGLM{}, 0x1.fffffep-101f) == 0.0f);
}

TEST_CASE("the filter receives the latest and earlier sums of all basis functions, and its state") {
  HostArrays arrays;
  const auto past = [](std::uint32_t lag, std::size_t basis = 0) { return static_cast<float>(10 * lag + basis); };
  const float latest[2] = {3.0f, -2.0f};
  const auto one = step_of(Counting{{}, {{0.5f, -1.25f, 4.0f}}}, arrays);
  detail::KernelOf<Fir>::State none;
  CHECK(one.filter(none, latest, past) == (0.5f * 3.0f - 1.25f * 10.0f) + 4.0f * 20.0f);

  using Two = Cascade<Basis<Fir, 2>>;
  const auto two = step_of(Two{{}, {{{{{0.5f, 2.0f}}, {{1.0f, -0.25f}}}}}}, arrays);
  decltype(two)::State states;
  CHECK(two.filter(states, latest, past) == (0.5f * 3.0f + 2.0f * 10.0f) + (-2.0f - 0.25f * 11.0f));

  const auto leaky = step_of(RectifiedSAM{{.tau = 4.0f}}, arrays);
  double state = 8.0;
  CHECK(leaky.filter(state, latest, past) == 11.0f);
  CHECK(state == 0.75 * 11.0);
}

TEST_CASE("the baseline draws from the noise of its network, neuron and step") {
  HostArrays arrays;
  CHECK(step_of(Counting{{}, {{1.0f}}, {}, {.b = 0.75f}}, arrays).baseline(5, 9, 0) == 0.75f);

  using Noisy = Cascade<Fir, NoHistory, NoisyBaseline>;
  const NoisyBaseline noisy{.b = 2.0f, .sigma = 0.5f, .rho = 0.3f};
  const auto step = step_of(Noisy{{}, {{1.0f}}, {}, noisy}, arrays);
  const Stream stream{seed, 7, detail::noise_purpose};
  int others = 0;
  for (std::uint32_t neuron = 0; neuron < 200; ++neuron) {
    const std::uint32_t half = stream.half(neuron, 9);
    CHECK(half == step.noise().half(neuron, 9));
    const float b = step.baseline(neuron, 9, half);
    CHECK(b == noisy(PrimedDraws{{stream, neuron, 9}, half}));
    others += b != 2.0f;
  }
  CHECK((others > 30 && others < 90));
}

TEST_CASE("the channels of a stimulus are weighted, with common weights or with those of each neuron") {
  HostArrays arrays;
  using Weighed = Cascade<Fir, NoHistory, NoBaseline, Logistic, BernoulliSampler, ChannelWeights<2>>;
  const Weighed model{{}, {{1.0f}}, {}, {}, {}, {}, {{2.0f, -0.5f}}};
  const float channel[2] = {3.0f, 8.0f};
  CHECK(step_of(model, arrays).stimulus(channel, 0) == 2.0f);
  const auto each =
      per_neuron(model, &ChannelWeights<2>::weights, std::vector<std::array<float, 2>>{{1.0f, 0.0f}, {0.0f, 1.0f}});
  CHECK(step_of(each, arrays).stimulus(channel, 0) == 3.0f);
  CHECK(step_of(each, arrays).stimulus(channel, 1) == 8.0f);
  CHECK(step_of(BernoulliGLM{}, arrays).stimulus(channel, 0) == 3.0f);
}

TEST_CASE("the input is ((r x + H) + b) + E, each term rounded to single precision") {
  HostArrays arrays;
  const auto step = step_of(BernoulliGLM{{.r = 0.3f}}, arrays);
  support::Numbers numbers{3};
  const auto number = [&] { return static_cast<float>(numbers.real(-1.0, 1.0) * std::exp(numbers.real(-5.0, 5.0))); };
  for (int i = 0; i < 5'000; ++i) {
    const float x = number(), h = number(), b = number(), e = number();
    const auto product = static_cast<float>(static_cast<double>(0.3f) * static_cast<double>(x));
    REQUIRE(step.input(x, h, b, e) == ((product + h) + b) + e);
  }
  CHECK(step_of(BernoulliGLM{}, arrays).input(1.0f, 0x1p24f, -0x1p24f, 1.0f) == 1.0f);  // the first 1 is lost

  const auto threefold = step_of(Counting{{.r = 3.0f}, {{1.0f}}, {}, {.b = 0x1p-24f}}, arrays);
  const float b = threefold.baseline(0, 0, 0), g = threefold.input(0.5f, -0.5f, b, 0x1p-24f);
  CHECK(g == ((3.0f * 0.5f + -0.5f) + 0x1p-24f) + 0x1p-24f);  // 1, a tie rounded to even, another one
  CHECK(g == 1.0f);
  CHECK(threefold.input(0.5f, -1.5f, b, 1.0f) == 1.0f);
  CHECK(threefold.input(0x1p30f, -0x3p30f, b, 1.0f) == 1.0f + 0x1p-24f);
}

TEST_CASE("the scale r multiplies the coupling and nothing else") {
  HostArrays arrays;
  const auto step = step_of(Counting{{.r = -2.0f}, {{1.0f}}, {}, {.b = 8.0f}}, arrays);
  CHECK(step.input(1.0f, 16.0f, step.baseline(0, 0, 0), 32.0f) == 54.0f);
}

TEST_CASE("the mean is the nonlinearity of the input, with common parameters or with those of each neuron") {
  HostArrays arrays;
  const auto step = step_of(Counting{{.dt = 0.5f}, {{1.0f}}, {}, {}, {.lambda_0 = 0.25f, .theta = 1.0f}}, arrays);
  CHECK(step.rate(9.0f, 3) == 1.0f);
  CHECK(step.rate(0.5f, 3) == 0.0f);
  const auto each = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{1.0f, 4.0f});
  const auto by_neuron = step_of(each, arrays);
  for (const std::size_t neuron : {0u, 1u})
    CHECK(by_neuron.rate(2.0f, neuron) == Logistic{neuron == 0 ? 1.0f : 4.0f}(2.0f, 1.0f));
}

TEST_CASE("a neuron may spike if its sampler may, or if its input is NaN") {
  HostArrays arrays;
  const auto step = step_of(BernoulliGLM{}, arrays);
  CHECK(step.may_spike(0.0f, 0.25f, 16384, 0));
  CHECK_FALSE(step.may_spike(0.0f, 0.25f, 16385, 0));
  CHECK(step.may_spike(not_a_number, 0.0f, 65535, 0));
  CHECK(step.may_spike(0.0f, not_a_number, 65535, 0));
}

TEST_CASE("the count is drawn from the spike stream of its network, neuron and step, and is 0 for NaN") {
  HostArrays arrays;
  const auto step = step_of(Counting{{}, {{1.0f}}}, arrays, 1000);
  const Stream stream{seed, 7, detail::spike_purpose};
  std::int64_t sum = 0;
  for (std::uint32_t neuron = 0; neuron < 200; ++neuron) {
    const std::uint32_t first = step.spikes().half(neuron, 9);
    CHECK(first == stream.half(neuron, 9));
    const std::int64_t count = step.count(0.0f, 1.5f, neuron, 9, first);
    CHECK(count == PoissonSampler{}(1.5f, PrimedDraws{{stream, neuron, 9}, first}));
    sum += count;
    CHECK(step.count(not_a_number, 1.5f, neuron, 9, first) == 0);
    CHECK(step.count(0.0f, not_a_number, neuron, 9, first) == 0);
  }
  CHECK((sum > 200 && sum < 400));
}

// --- failures and hashes -------------------------------------------------------------------------------------------

TEST_CASE("a step fails if g or mu is NaN, or if the count makes sums inexact") {
  HostArrays arrays;
  const auto step = step_of(Counting{{}, {{1.0f}}}, arrays, 1000);
  CHECK_FALSE(step.failed(1.0f, 2.0f, 0));
  CHECK_FALSE(step.failed(1.0f, 2.0f, 1000));
  CHECK(step.failed(1.0f, 2.0f, 1001));
  CHECK(step.failed(1.0f, 2.0f, -1));
  CHECK(step.failed(not_a_number, 2.0f, 0));
  CHECK(step.failed(1.0f, not_a_number, 0));
  CHECK_FALSE(step.failed(std::numeric_limits<float>::infinity(), 2.0f, 0));
}

TEST_CASE("a failure names its first cause: the stimulus, the input, the mean or the count") {
  HostArrays arrays;
  const auto step = step_of(Counting{{}, {{1.0f}}}, arrays, 1000);
  CHECK(step.failure({not_a_number, not_a_number, not_a_number, 0}) == "the stimulus is NaN");
  CHECK(step.failure({not_a_number, not_a_number, 1.0f, 0}) == "the input is NaN");
  CHECK(step.failure({1.0f, not_a_number, 1.0f, 0}) == "the mean count is NaN");
  CHECK(step.failure({1.0f, 1024.5f, 1.0f, 1017}) ==
        "the count 1017, drawn with mean 1024.5, must be between 0 and 1000");
}

TEST_CASE("the hash of a neuron's step depends on the bits of g and mu, the network, the neuron and the step") {
  HostArrays arrays;
  const auto step = step_of(BernoulliGLM{}, arrays);
  const auto hash = [](std::uint64_t at, std::uint32_t neuron, float g, float mu) {
    return decltype(step)::hash(at, neuron, g, mu);
  };
  support::Numbers numbers{4};
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t now = numbers.below(std::uint64_t{1} << 48);
    const auto neuron = static_cast<std::uint32_t>(numbers.bits());
    const auto g = static_cast<float>(numbers.real(-9.0, 9.0)), mu = static_cast<float>(numbers.real(0.0, 9.0));
    const std::uint64_t bits = std::bit_cast<std::uint32_t>(g) | std::uint64_t{std::bit_cast<std::uint32_t>(mu)} << 32;
    REQUIRE(hash(step.hash_of_step(now), neuron, g, mu) == slow::hash(7, now, neuron, bits));
  }
  const std::uint64_t at = step.hash_of_step(3);
  CHECK(hash(at, 0, 0.0f, 1.0f) != hash(at, 0, -0.0f, 1.0f));
  CHECK(hash(at, 0, 1.0f, 2.0f) != hash(at, 0, 2.0f, 1.0f));
}

// --- over dual numbers ---------------------------------------------------------------------------------------------

namespace {

/// Numbers of all sizes, and numbers at which functions have no value.
std::vector<float> many_numbers() {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  support::Numbers numbers{8};
  std::vector<float> values{0.0f, -0.0f, 1e30f, -1e30f, infinity, -infinity, not_a_number};
  for (int i = 0; i < 2'000; ++i) {
    values.push_back(static_cast<float>(numbers.real(-8.0, 8.0)));
    values.push_back(static_cast<float>(numbers.real(-150.0, 150.0)));
  }
  return values;
}

/// Checks that a step over dual numbers has the values of the model's own step, phase by phase.
template <class Model>
void check_bits(const Model& model) {
  HostArrays arrays;
  const auto plain = step_of(model, arrays);
  const auto kernel = detail::lifted_kernel(
      model, [](std::string_view name) { return name == "r" ? 1.0 : 0.0; }, arrays);
  const detail::NeuronStep<std::remove_const_t<decltype(kernel)>, Model::bases, FloatDual> lifted{kernel, seed, 7};
  static_assert(std::is_trivially_copyable_v<decltype(plain)> && std::is_trivially_copyable_v<decltype(lifted)>);
  const auto past = [](std::uint32_t lag, std::size_t basis = 0) { return 0.3f * static_cast<float>(lag + basis); };
  typename decltype(plain)::State state{};
  typename decltype(lifted)::State lifted_state{};
  const auto values = many_numbers();
  for (std::size_t i = 3; i < values.size(); ++i) {
    const float s = values[i], h = values[i - 1], b = values[i - 2], e = values[i - 3];
    CAPTURE(s, h, b, e);
    const std::vector<float> channel(Model::channels, e);
    const std::vector<FloatDual> lifted_channel(Model::channels, e);
    const float stimulus = plain.stimulus(channel.data(), 0);
    const FloatDual lifted_stimulus = lifted.stimulus(lifted_channel.data(), 0);
    REQUIRE(same(lifted_stimulus.value, stimulus));
    const float g = plain.input(s, h, b, stimulus);
    const FloatDual lifted_g = lifted.input(s, h, b, lifted_stimulus);
    REQUIRE(same(lifted_g.value, g));
    if (std::isfinite(s) && std::isfinite(g)) REQUIRE(lifted_g.derivative == static_cast<double>(s));
    REQUIRE(same(lifted.rate(lifted_g, 0).value, plain.rate(g, 0)));
    const auto neuron = static_cast<std::uint32_t>(i);
    const std::uint32_t half = plain.noise().half(neuron, 3);
    if constexpr (!requires { model.baseline.policies; })
      REQUIRE(same(lifted.baseline(neuron, 3, half).value, plain.baseline(neuron, 3, half)));
    if (!(std::abs(s) < 100.0f)) continue;
    const std::vector<float> latest(Model::bases, s);
    REQUIRE(same(lifted.filter(lifted_state, latest.data(), past).value, plain.filter(state, latest.data(), past)));
  }
}

}  // namespace

TEST_CASE("over dual numbers a step has bit-identical values to a simulator's") {
  check_bits(BernoulliGLM{{.dt = 0.3f, .r = 0.7f, .theta = 1.1f}});
  check_bits(BasicBernoulliGLM<double>{{.dt = 0.3, .r = 0.7, .theta = 1.1}});
  check_bits(PoissonGLM{{.dt = 0.3f, .r = 0.7f, .alpha = 9.3f}});
  check_bits(BasicPoissonGLM<double>{{.dt = 0.3, .r = 0.7, .alpha = 9.3}});
  check_bits(RectifiedLNP{{.dt = 0.3f, .r = 0.7f, .theta = 0.1f}});
  check_bits(RectifiedSAM{{.dt = 0.3f, .r = 0.7f, .theta = 0.1f}});
  check_bits(ThresholdSAM{});
  check_bits(per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{1.3f, 4.0f}));
  using Weighed = Cascade<ExponentialFilter, NoHistory, NoBaseline, Softplus, BernoulliRateSampler, ChannelWeights<3>>;
  check_bits(Weighed{{}, {}, {}, {}, {0.3f, 1.3f, 3.1f}, {}, {{0.7f, -0.3f, 1.1f}}});
  check_bits(Cascade<Basis<ExponentialFilter, 2>>{{}, {{{{0.3f, 10}, {0.07f, infinite_window}}}}});
}
