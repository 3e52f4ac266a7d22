// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/detail/device_stimulus.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

/// The memory of a device that is the host, and what went there.
struct HostMemory {
  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t size) : values_(size) {}
    Array(Array&&) noexcept = default;
    Array& operator=(Array&&) noexcept = default;

    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }
    std::size_t size() const { return values_.size(); }

   private:
    std::vector<T> values_;
  };

  template <class T>
  Array<T> allocate(std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T>);
    allocated += size * sizeof(T);
    return Array<T>(size);
  }

  template <class T>
  void upload(Array<T>& array, std::size_t at, std::span<const T> values) {
    REQUIRE(at + values.size() <= array.size());
    std::copy(values.begin(), values.end(), array.data() + at);
    uploaded += values.size_bytes();
  }

  std::uint64_t allocated = 0, uploaded = 0;
};

template <class S>
using BoundOf = decltype(detail::bind(std::declval<const S&>(), StimulusContext{}));
template <class S>
using DeviceOf = detail::DeviceStimulus<HostMemory, BoundOf<S>>;

/// Bound to networks of these sizes.
template <class S>
std::vector<BoundOf<S>> bound_to(const S& stimulus, const std::vector<std::uint64_t>& sizes) {
  std::vector<BoundOf<S>> bounds;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    bounds.push_back(detail::bind(stimulus, {.dt_ms = 0.5,
                                             .seed = Seed{3},
                                             .network = static_cast<std::uint32_t>(7 + i),
                                             .index = i,
                                             .networks = sizes.size(),
                                             .neurons = sizes[i]}));
  return bounds;
}

using Bits = std::vector<std::uint32_t>;

template <std::size_t Channels>
Bits bits_of(bool touched, const float (&drive)[Channels]) {
  Bits bits{touched};
  for (const float value : drive) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

/// Whether the device gives every neuron in every step the bits that the host gives, in pieces of several lengths that
/// begin anywhere, and takes the memory that it says. The drive of a step need not begin at zero.
template <class Bound>
void check_bounds(std::vector<Bound> bounds, const std::vector<std::uint64_t>& sizes) {
  constexpr std::uint64_t longest = 37;
  HostMemory memory;
  detail::DeviceStimulus<HostMemory, Bound> device{bounds, longest};
  static_assert(device.channels == Bound::channels);
  device.allocate(memory);
  CHECK(memory.allocated == device.bytes());

  std::uint64_t touches = 0;
  support::Numbers numbers{11};
  for (const std::uint64_t first : {0, 37, 50, 3, 199}) {
    const std::uint64_t steps = first == 0 ? longest : 1 + numbers.below(longest);
    REQUIRE(device.prepare(memory, first, steps) == steps);
    REQUIRE_FALSE(device.error());
    const auto kernel = device.kernel();
    static_assert(std::is_trivially_copyable_v<decltype(kernel)>);
    for (std::uint32_t network = 0; network < sizes.size(); ++network) {
      bounds[network].prepare(first, steps);
      for (std::uint32_t offset = 0; offset < steps; ++offset)
        for (std::uint32_t neuron = 0; neuron < sizes[network]; ++neuron) {
          std::vector<float> expected(sizes[network] * Bound::channels, 0.25f);
          float drive[Bound::channels];
          std::fill(std::begin(drive), std::end(drive), 0.25f);
          const bool touched = bounds[network].add(first + offset, neuron, neuron + 1, expected.data());
          const bool also = kernel.add(network, neuron, offset, first + offset, drive);
          float theirs[Bound::channels];
          std::copy_n(expected.data() + neuron * Bound::channels, Bound::channels, theirs);
          touches += touched;
          if (bits_of(also, drive) == bits_of(touched, theirs)) continue;
          FAIL("network " << network << ", step " << first + offset << ", neuron " << neuron << ": " << drive[0]
                          << " is not " << theirs[0] << ", or another channel differs");
        }
    }
  }
  CHECK(touches > 0);
}

const std::vector<std::uint64_t> three{40, 1, 71};

template <class S>
void check(const S& stimulus, const std::vector<std::uint64_t>& sizes = three) {
  check_bounds(bound_to(stimulus, sizes), sizes);
}

// Terms of every kind. Their sums depend on the order.
float ramp(std::uint64_t step, std::uint32_t neuron) { return 1e-3f * static_cast<float>(step * (neuron + 1) % 7919); }
const auto ramps = [](std::uint64_t step, std::uint32_t neuron) { return ramp(step, neuron); };
const auto steps_cubed = [](std::uint64_t step) { return 1e-3 * static_cast<double>(step * step * step); };
const auto pulses = regular_pulses({.strength = 1e6f, .start_steps = 9, .period_steps = 11, .pulse_steps = 4});
const auto wave = sinusoid({.period_ms = 7.3, .start_steps = 20});
const auto trains = poisson_pulses({.strength = 0.3f, .mean_interval_steps = 5.5, .pulse_steps = 3});
const auto short_series = recorded(std::vector<float>{0.1f, 0.0f, 0.3f}).from(51);

Eigen::MatrixXf random_matrix(std::uint64_t neurons, std::uint64_t steps) {
  support::Numbers numbers{neurons};
  Eigen::MatrixXf matrix(static_cast<Eigen::Index>(neurons), static_cast<Eigen::Index>(steps));
  for (float& value : matrix.reshaped()) value = numbers.coin(0.2) ? 0.0f : static_cast<float>(numbers.real(-1, 1));
  return matrix;
}

/// One for each of three networks; the shortest lasts 5 steps.
auto movies() { return recorded(std::vector{random_matrix(40, 60), random_matrix(1, 5), random_matrix(71, 220)}); }

const std::vector<Mask> masks{neurons({3, 5, 34, 39}), neurons(0, 0), neurons(2, 71)};

/// Every third step of a run has values, which are of every kind.
struct Flicker {
  void validate() const {}
  struct Field {
    bool covers(std::uint64_t step) const { return step % 3 == 1; }
    float operator()(std::uint64_t step, std::uint32_t neuron) const {
      const float values[] = {0.0f, -0.0f, 1e-42f, 3.5f, std::numeric_limits<float>::infinity()};
      return values[(step + neuron) % 5];
    }
  };
  Field field(const StimulusContext&) const { return {}; }
};

/// Throws from step `last` on.
struct Ending {
  std::uint64_t last;
  std::string what;
  float operator()(std::uint64_t step) const { return step < last ? 1.0f : throw std::domain_error(what); }
};

/// Throws from step `last` on, for one neuron.
struct Breaking {
  std::uint64_t last;
  std::uint32_t neuron;
  std::string what;
  float operator()(std::uint64_t step, std::uint32_t of) const {
    return step < last || of != neuron ? 1.0f : throw std::domain_error(what);
  }
};

/// Throws in each network from a step of its own on.
struct EndingEach {
  std::vector<std::uint64_t> last;
  std::string what;
  void validate() const {}
  Ending series(const StimulusContext& context, Purpose) const {
    return {last[context.index], what + " of network " + std::to_string(context.index)};
  }
};
auto ending(std::vector<std::uint64_t> last, std::string what) { return Masked{EndingEach{last, what}}; }

/// Expects that of 30 steps from step 20 on so many are ready, and why not more.
template <class S>
void check_end(const S& stimulus, const std::vector<std::uint64_t>& sizes, std::uint64_t ready,
               const std::string& what) {
  HostMemory memory;
  DeviceOf<S> device{bound_to(stimulus, sizes), 30};
  device.allocate(memory);
  CHECK(device.prepare(memory, 20, 30) == ready);
  REQUIRE(device.error());
  check_message<std::domain_error>([&] { std::rethrow_exception(device.error()); }, {what});

  auto bounds = bound_to(stimulus, sizes);
  const auto kernel = device.kernel();
  for (std::uint32_t network = 0; network < sizes.size(); ++network) {
    bounds[network].prepare(20, ready);
    for (std::uint32_t offset = 0; offset < ready; ++offset) {
      std::vector<float> expected(sizes[network]);
      bounds[network].add(20 + offset, 0, sizes[network], expected.data());
      for (std::uint32_t neuron = 0; neuron < sizes[network]; ++neuron) {
        float drive = 0.0f;
        kernel.add(network, neuron, offset, 20 + offset, &drive);
        REQUIRE(drive == expected[neuron]);
      }
    }
  }

  CHECK(device.prepare(memory, 0, 5) == 5);  // before any error
  CHECK_FALSE(device.error());
}

}  // namespace

TEST_CASE("a series gives on a device what it gives on the host, bit for bit") {
  check(pulses);
  check(wave);
  check(trains);
  check(short_series);
  check(steps_cubed);
  check(function([](std::uint64_t step) { return step % 2 ? std::numeric_limits<float>::quiet_NaN() : -0.0f; }));
  check(trains, {5});
}

TEST_CASE("so does a function of step and neuron") {
  check(ramps);
  check(&ramp, {300});
  check([scale = 0.1](std::uint64_t step, std::uint32_t neuron) { return scale * static_cast<double>(step + neuron); });
}

TEST_CASE("so does a recording, in the steps that it covers") {
  check(movies());
  check(movies().from(45));
  check(recorded(random_matrix(9, 100)), {9, 9});
  check(Masked{Flicker{}});
}

TEST_CASE("a mask may be a range, have gaps, be empty, and be another in each network") {
  for (const auto& mask : {neurons(0, 1), neurons(31, 34), neurons({0, 31, 32, 63, 64, 70}), neurons({2, 69})}) {
    check(trains.on(mask), {71, 80});
    check(function(ramps).on(mask), {80, 71});
    check(recorded(random_matrix(75, 210)).on(mask), {75, 75});
    check(StimulusList{}.add(trains.on(mask)).add(function(ramps).on(mask)), {71, 80});
  }
  check(trains.on(masks));
  check(function(ramps).on(masks));
  check(movies().on(masks));
  check(StimulusList{}.add(movies().on(masks)));
  check(trains.on(neurons(std::uint64_t{1} << 40, std::uint64_t{1} << 40)) + function(ramps).on(neurons({1})), {5});
}

TEST_CASE("stimuli add up in the order given") {
  check(trains + pulses.on(masks) + ramps + wave + movies().from(30) + short_series);
  check(short_series + movies() + wave + no_stimulus + ramps + pulses + trains.on(masks));
  check(no_stimulus + wave);

  const std::vector<std::uint64_t> sizes{6, 4};
  const auto one = bound_to(wave + pulses, sizes);
  const auto other = bound_to(function(ramps) + trains, sizes);
  using Nested = detail::BoundSum<BoundOf<decltype(wave + pulses)>, BoundOf<decltype(function(ramps) + trains)>>;
  std::vector<Nested> sums;
  for (std::size_t i = 0; i < sizes.size(); ++i) sums.emplace_back(std::tuple{one[i], other[i]});
  check_bounds(sums, sizes);
}

TEST_CASE("channels have drives of their own") {
  check(channels(trains, ramps));
  check(channels(wave.on(masks) + ramps, no_stimulus, movies() + pulses));
  check(channels(ramps));
}

TEST_CASE("a list gives what its stimuli give, in order, whatever functions it has") {
  const std::vector<float> weights{0.5f, 0.25f, 0.125f};
  StimulusList list;
  list.add(trains).add(ramp).add(wave + pulses.on(masks) + ramps).add(no_stimulus).add(movies().from(30));
  list.add([weights](std::uint64_t step, std::uint32_t neuron) { return weights[(step + neuron) % 3]; });
  list.add(std::function<float(std::uint64_t)>([](std::uint64_t step) { return 0.1f * static_cast<float>(step); }));
  check(list);
  check(StimulusList{}.add(pulses).add(trains), {12});
}

TEST_CASE("a list without stimuli touches nothing") {
  HostMemory memory;
  DeviceOf<StimulusList> device{bound_to(StimulusList{}.add(no_stimulus), {3, 4}), 10};
  device.allocate(memory);
  CHECK(device.bytes() == 0);
  CHECK(device.prepare(memory, 0, 10) == 10);
  float drive = 0.5f;
  CHECK_FALSE(device.kernel().add(1, 3, 9, 9, &drive));
  CHECK(drive == 0.5f);
}

TEST_CASE("steps are ready up to the first in which a series throws, in any network") {
  check_end(ending({100, 100, 45}, "end"), three, 25, "end of network 2");
  check_end(ending({28, 31, 24}, "end"), three, 4, "end of network 2");
  check_end(ending({20, 31, 24}, "end"), three, 0, "end of network 0");
  check_end(Ending{27, "no more"}, {4, 4}, 7, "no more");
  check_end(ending({27}, "end").on(neurons(0, 0)), {5}, 7, "end of network 0");
}

TEST_CASE("of several that throw in a step, the first network's goes first, and there the first term's") {
  check_end(ending({30, 27, 27}, "end"), three, 7, "end of network 1");
  check_end(ending({99, 99, 27}, "first") + ending({99, 27, 27}, "second"), three, 7, "second of network 1");
  check_end(ending({99, 27, 99}, "first") + ending({99, 27, 27}, "second"), three, 7, "first of network 1");
  check_end(ending({99, 28, 99}, "first") + ending({99, 99, 27}, "second"), three, 7, "second of network 2");
  check_end(ending({99, 27, 99}, "first") + ending({28, 99, 99}, "second"), three, 7, "first of network 1");
}

TEST_CASE("what a function of a list throws ends the steps before it") {
  check_end(StimulusList{}.add(wave).add(Breaking{26, 39, "broken"}), {40, 40}, 6, "broken");
  check_end(StimulusList{}.add(Breaking{26, 39, "broken"}).add(Ending{26, "no more"}), {40, 41}, 6, "broken");
  check_end(StimulusList{}.add(Breaking{26, 39, "broken"}).add(Ending{26, "no more"}), {39, 40}, 6, "no more");
  check_end(StimulusList{}.add(function(Breaking{26, 39, "broken"}).on(neurons(0, 39))).add(Ending{48, "no more"}),
            {40}, 28, "no more");
}

TEST_CASE("a recording takes the memory of a piece, however long it lasts, and is sent where it has values") {
  const auto bytes = [](std::uint64_t steps, std::uint64_t piece) {
    const auto movie = recorded(random_matrix(100, steps)).on(neurons(20, 60));
    return DeviceOf<decltype(movie)>{bound_to(movie, {100}), piece}.bytes();
  };
  CHECK(bytes(10, 50) == bytes(1000, 50));
  CHECK(bytes(1000, 60) - bytes(1000, 50) == 10 * (40 * sizeof(float) + 1));

  HostMemory memory;
  const auto movie = recorded(random_matrix(100, 30)).from(70);
  DeviceOf<decltype(movie)> device{bound_to(movie, {100}), 50};
  device.allocate(memory);
  const auto sent = [&](std::uint64_t first, std::uint64_t steps) {
    const std::uint64_t before = memory.uploaded;
    device.prepare(memory, first, steps);
    return memory.uploaded - before;
  };
  CHECK(sent(0, 50) == 50);
  CHECK(sent(50, 50) == 50 + 50 * 100 * sizeof(float));
  CHECK(sent(80, 10) == 10 + 10 * 100 * sizeof(float));
  CHECK(sent(100, 50) == 50);
}

TEST_CASE("a piece of values for very many neurons is shorter than it was asked to be") {
  constexpr std::uint64_t neurons = 1 << 20;
  const auto movie = recorded(Eigen::MatrixXf::Constant(neurons, 3, 0.5f).eval());
  HostMemory memory;
  DeviceOf<std::decay_t<decltype(movie)>> device{bound_to(movie, {neurons}), 1024};
  device.allocate(memory);
  CHECK(memory.allocated == device.bytes());
  CHECK(device.bytes() < 65 << 20);
  CHECK(device.prepare(memory, 0, 1024) == 15);
  CHECK(device.error() == nullptr);
  CHECK(device.prepare(memory, 0, 3) == 3);
}
