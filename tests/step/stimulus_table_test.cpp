// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/step/stimulus_table.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

/// Host memory that imitates a device: it is filled with noise until values are sent and after it is freed. It counts
/// the bytes allocated and sent. A vector that grows copies its arrays.
class DeviceMemory {
  struct Counts {
    std::uint64_t taken = 0, sent = 0;
  };

 public:
  static constexpr std::uint64_t reserve = 0;

  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t size) : values_(size) { spoil(); }
    Array(const Array&) = default;
    Array(Array&& other) noexcept(false) : values_(std::move(other.values_)) {}
    Array& operator=(const Array&) = default;
    Array& operator=(Array&&) = default;
    ~Array() { spoil(); }

    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }
    std::size_t size() const { return values_.size(); }

   private:
    void spoil() {
      if (!values_.empty()) std::memset(static_cast<void*>(values_.data()), 0xA5, values_.size() * sizeof(T));
    }
    std::vector<T> values_;
  };

  template <class T>
  Array<T> allocate(std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T>);
    counts_->taken += size * sizeof(T);
    return Array<T>(size);
  }
  template <class T>
  Array<T> take(const detail::HostArray<T>& values) {
    Array<T> array = allocate<T>(values.size());
    upload(array, 0, values.data(), values.size());
    return array;
  }
  template <class T>
  void upload(Array<T>& array, std::size_t at, const T* from, std::size_t size) {
    REQUIRE(at + size <= array.size());
    std::copy_n(from, size, array.data() + at);
    counts_->sent += size * sizeof(T);
  }
  template <class T>
  void download(const Array<T>& array, std::size_t at, T* to, std::size_t size) const {
    std::copy_n(array.data() + at, size, to);
  }
  template <class T>
  void zero(Array<T>& array) {
    std::fill_n(array.data(), array.size(), T());
  }
  std::optional<std::uint64_t> free_bytes() const { return std::nullopt; }

  std::uint64_t taken() const { return counts_->taken; }
  std::uint64_t sent() const { return counts_->sent; }

 private:
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};
static_assert(detail::Memory<DeviceMemory>);

template <class S>
using LiftedOf = decltype(detail::lift(std::declval<const S&>()));
template <class MemoryType, class S>
using TableOf =
    typename detail::StimulusTableOf<MemoryType, float, decltype(std::declval<const LiftedOf<S>&>().functions())>::Type;

/// For networks of these sizes.
template <class MemoryType, class S>
TableOf<MemoryType, S> table_of(const S& stimulus, const std::vector<std::uint64_t>& sizes, std::uint64_t piece) {
  const LiftedOf<S> lifted = detail::lift(stimulus);
  std::vector<detail::StimulusTerms<float>> networks;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    networks.emplace_back(StimulusContext{.dt_ms = 0.5,
                                          .seed = Seed{3},
                                          .network = static_cast<std::uint32_t>(7 + i),
                                          .index = i,
                                          .networks = sizes.size(),
                                          .neurons = sizes[i]});
    networks.back().calls_functions = true;
    lifted.add_to(networks.back(), 0);
  }
  return {std::move(networks), lifted.functions(), piece};
}

/// A table in the memory of a device.
template <class S>
struct Device {
  TableOf<DeviceMemory, S> table;
  std::size_t networks;
  DeviceMemory memory;
  std::exception_ptr error;

  Device(const S& stimulus, const std::vector<std::uint64_t>& sizes, std::uint64_t piece)
      : table(table_of<DeviceMemory>(stimulus, sizes, piece)), networks(sizes.size()) {
    table.allocate(memory);
  }

  /// Computes steps for all networks as a simulator does, and sends them. Returns how many are ready.
  std::uint64_t make(std::uint64_t first, std::uint64_t steps) {
    steps = std::min(steps, table.piece());
    error = nullptr;
    for (std::size_t network = 0; network < networks; ++network) {
      detail::ReadySteps ready = table.make(network, first, steps);
      if (!ready.error) continue;
      steps = ready.steps;
      error = ready.error;
    }
    table.send(memory, steps);
    return steps;
  }
};

/// The drive of a network, [neuron * channels + channel], computed from the terms one after the other for a single
/// step.
template <class S>
struct Expected {
  static constexpr std::size_t channels = LiftedOf<S>::channels;
  std::vector<float> drive;
  std::vector<bool> touched;

  Expected(const S& stimulus, const std::vector<std::uint64_t>& sizes, std::size_t network, std::uint64_t step,
           float before)
      : drive(sizes[network] * channels, before), touched(sizes[network]) {
    detail::StimulusTerms<float> terms{{.dt_ms = 0.5,
                                        .seed = Seed{3},
                                        .network = static_cast<std::uint32_t>(7 + network),
                                        .index = network,
                                        .networks = sizes.size(),
                                        .neurons = sizes[network]}};
    detail::lift(stimulus).add_to(terms, 0);
    for (const auto& term : terms.list()) {
      std::vector<float> values(term.width());
      std::uint8_t adds = 0;
      REQUIRE(term.make(step, 1, values.data(), &adds).steps == 1);
      if (adds == 0) continue;
      term.mask.for_each(0, sizes[network], [&](std::uint32_t neuron) {
        float& sum = drive[neuron * channels + term.channel];
        sum = sum + values[term.each ? neuron - term.mask.first() : 0];
        touched[neuron] = true;
      });
    }
  }
};

template <class Values>
std::vector<std::uint32_t> bits_of(const Values& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

/// Checks that a table gives every neuron in every step the bits of its terms: on the device and on the host, neuron by
/// neuron and in blocks, in pieces of several lengths from any step on. Also checks that it takes the memory that it
/// reports. The drive of a step need not start at zero.
template <class S>
void check(const S& stimulus, const std::vector<std::uint64_t>& sizes) {
  constexpr std::uint64_t longest = 37;
  constexpr std::size_t channels = LiftedOf<S>::channels;
  Device<S> device{stimulus, sizes, longest};
  CHECK(device.memory.taken() == device.table.bytes());
  auto host = table_of<detail::HostMemory>(stimulus, sizes, longest);
  detail::HostMemory memory;
  host.allocate(memory);
  static_assert(std::is_trivially_copyable_v<std::decay_t<decltype(device.table.view())>>);

  std::uint64_t touches = 0;
  support::Numbers numbers{11};
  for (const std::uint64_t first : {0, 37, 50, 3, 199}) {
    const std::uint64_t steps = first == 0 ? longest : 1 + numbers.below(longest);
    REQUIRE(device.make(first, steps) == steps);
    REQUIRE_FALSE(device.error);
    for (std::uint32_t network = 0; network < sizes.size(); ++network) {
      REQUIRE(host.make(network, first, steps).steps == steps);
      for (std::uint32_t offset = 0; offset < steps; ++offset) {
        const Expected<S> expected{stimulus, sizes, network, first + offset, 0.25f};
        std::vector<float> drive(expected.drive.size(), 0.25f), blocks = drive;
        std::vector<bool> touched;
        for (std::uint32_t neuron = 0; neuron < sizes[network]; ++neuron)
          touched.push_back(
              device.table.view().add(network, neuron, offset, first + offset, &drive[neuron * channels]));
        for (std::uint32_t begin = 0; begin < sizes[network]; begin += 16) {
          const auto end = std::min<std::uint32_t>(begin + 16, static_cast<std::uint32_t>(sizes[network]));
          const bool any = host.view().template add_block<channels>(network, begin, end - begin, offset, first + offset,
                                                                    &blocks[begin * channels]);
          REQUIRE(any == (std::find(touched.begin() + begin, touched.begin() + end, true) != touched.begin() + end));
        }
        CAPTURE(network, first + offset);
        REQUIRE(touched == expected.touched);
        REQUIRE(bits_of(drive) == bits_of(expected.drive));
        REQUIRE(bits_of(blocks) == bits_of(expected.drive));
        touches += static_cast<std::uint64_t>(std::count(touched.begin(), touched.end(), true));
      }
    }
  }
  CHECK(touches > 0);
}

const std::vector<std::uint64_t> three{40, 1, 71};

template <class S>
void check(const S& stimulus) {
  check(stimulus, three);
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

/// Checks that `ready` of the 30 steps from step 20 on are ready, and that the error of the next step says `what`.
template <class S>
void check_end(const S& stimulus, const std::vector<std::uint64_t>& sizes, std::uint64_t ready,
               const std::string& what) {
  Device<S> device{stimulus, sizes, 30};
  CHECK(device.make(20, 30) == ready);
  REQUIRE(device.error);
  check_message<std::domain_error>([&] { std::rethrow_exception(device.error); }, {what});
  for (std::uint32_t network = 0; network < sizes.size(); ++network)
    for (std::uint32_t offset = 0; offset < ready; ++offset) {
      const Expected<S> expected{stimulus, sizes, network, 20 + offset, 0.0f};
      for (std::uint32_t neuron = 0; neuron < sizes[network]; ++neuron) {
        float drive = 0.0f;
        device.table.view().add(network, neuron, offset, 20 + offset, &drive);
        REQUIRE(drive == expected.drive[neuron]);
      }
    }
  CHECK(device.make(0, 5) == 5);  // before any error
  CHECK_FALSE(device.error);
}

}  // namespace

TEST_CASE("a series gives the bits of its term on a device and on the host") {
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

TEST_CASE("a mask may be a range, have gaps, be empty, and differ between networks") {
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
  check((wave + pulses) + (function(ramps) + trains), {6, 4});
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
  Device device{StimulusList{}.add(no_stimulus), {3, 4}, 10};
  CHECK((device.table.bytes() == 0 && device.memory.taken() == 0));
  CHECK(device.make(0, 10) == 10);
  float drive = 0.5f;
  CHECK_FALSE(device.table.view().add(1, 3, 9, 9, &drive));
  CHECK(drive == 0.5f);
}

TEST_CASE("steps are ready up to the first in which a series throws, in any network") {
  check_end(ending({100, 100, 45}, "end"), three, 25, "end of network 2");
  check_end(ending({28, 31, 24}, "end"), three, 4, "end of network 2");
  check_end(ending({20, 31, 24}, "end"), three, 0, "end of network 0");
  check_end(Ending{27, "no more"}, {4, 4}, 7, "no more");
  check_end(ending({27}, "end").on(neurons(0, 0)), {5}, 7, "end of network 0");
}

TEST_CASE("if several terms throw in a step, the error is that of the first term of the first network") {
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

TEST_CASE("functions of step and neuron take no values, and are called in the step") {
  std::uint64_t calls = 0;
  const auto spy = function([counted = &calls](std::uint64_t step, std::uint32_t neuron) {
                     ++*counted;
                     return ramp(step, neuron);
                   }).on(neurons(10, 20));
  Device device{spy, {100}, 1000}, short_device{spy, {100}, 10};
  CHECK(device.table.bytes() == short_device.table.bytes());
  device.make(0, 1000);
  CHECK(calls == 0);
  float drive = 0.0f;
  CHECK_FALSE(device.table.view().add(0, 9, 5, 5, &drive));
  CHECK_FALSE(device.table.view().add(0, 20, 5, 5, &drive));
  CHECK(calls == 0);
  CHECK(device.table.view().add(0, 19, 5, 5, &drive));
  CHECK((calls == 1 && drive == ramp(5, 19)));
}

TEST_CASE("several functions are distinguished by their numbers, which networks share") {
  const auto of = [](float scale) {
    return function([scale](std::uint64_t step, std::uint32_t neuron) { return scale * ramp(step, neuron); });
  };
  check(of(1.0f) + of(-3.0f).on(masks) + trains + of(0.1f));
  check(channels(of(2.0f), of(5.0f) + wave, of(7.0f).on(masks)));
}

TEST_CASE("a recording takes the memory of one piece, whatever its length, and is sent only if it has values") {
  const auto bytes = [](std::uint64_t steps, std::uint64_t piece) {
    const auto movie = recorded(random_matrix(100, steps)).on(neurons(20, 60));
    return table_of<DeviceMemory>(movie, {100}, piece).bytes();
  };
  CHECK(bytes(10, 50) == bytes(1000, 50));
  CHECK(bytes(1000, 60) - bytes(1000, 50) == 10 * (40 * sizeof(float) + 1));

  Device device{recorded(random_matrix(100, 30)).from(70), {100}, 50};
  const auto sent = [&](std::uint64_t first, std::uint64_t steps) {
    const std::uint64_t before = device.memory.sent();
    device.make(first, steps);
    return device.memory.sent() - before;
  };
  CHECK(sent(0, 50) == 50);
  CHECK(sent(50, 50) == 50 + 50 * 100 * sizeof(float));
  CHECK(sent(80, 10) == 10 + 10 * 100 * sizeof(float));
  CHECK(sent(100, 50) == 50);
}

TEST_CASE("a piece for very many neurons is shorter than requested") {
  constexpr std::uint64_t neurons = 1 << 20;
  const auto movie = recorded(Eigen::MatrixXf::Constant(neurons, 3, 0.5f).eval());
  Device device{movie, {neurons}, 1024};
  CHECK(device.memory.taken() == device.table.bytes());
  CHECK(device.table.bytes() < 65 << 20);
  CHECK(device.table.piece() == 15);
  CHECK(device.make(0, 1024) == 15);
  CHECK(device.error == nullptr);
  CHECK(device.make(0, 3) == 3);
  CHECK(table_of<detail::HostMemory>(movie, {neurons}, 1024).piece() == 3);  // 16 MiB on the host
  CHECK(table_of<DeviceMemory>(movie, {neurons}, 2).piece() == 2);
  CHECK(table_of<DeviceMemory>(no_stimulus, {neurons}, 1024).piece() == 1024);
}
