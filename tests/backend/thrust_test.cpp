// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/thrust.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "spikeometric/backend/memory.hpp"
#include "thrust_device.hpp"

#include "device_tests.hpp"

namespace device_tests {

/// Memory with a given free size, like that of a GPU, which counts what is allocated.
struct CountedMemory : detail::ThrustMemory {
  using detail::ThrustMemory::ThrustMemory;

  template <class T>
  Array<T> allocate(std::size_t size) {
    allocated += size * sizeof(T);
    return detail::ThrustMemory::allocate<T>(size);
  }
  template <class T>
  Array<T> take(const detail::HostArray<T>& values) {
    Array<T> array = allocate<T>(values.size());
    upload(array, 0, values.data(), values.size());
    return array;
  }
  std::optional<std::uint64_t> free_bytes() const { return free; }

  static inline std::uint64_t allocated = 0, free = 0;
};

struct CountedBackend : ThrustBackend {
  template <class ModelType, class StimulusType, class GraphType>
  using Engine = detail::Engine<detail::ThrustExecutor, CountedMemory, ModelType, StimulusType, GraphType>;
};

static_assert(detail::Memory<detail::ThrustMemory> && detail::Memory<CountedMemory>);

}  // namespace device_tests

TEST_CASE("a lambda may drive a network, whatever numbers it captures") {
  using namespace device_tests;
  const float strength = 1.5f;
  const auto drive = [strength, every = std::uint64_t{10}](std::uint64_t step, std::uint32_t neuron) {
    return neuron % 7 == step / every % 7 ? strength : 0.0f;
  };
  check_lively(maker(network(60, 3), lively, drive));
  check_lively(maker(network(60, 3), lively, function(drive).on(neurons({1, 9, 40})) + drive));
}

TEST_CASE("memory_estimate is what a simulator takes, and no less will do") {
  using namespace device_tests;
  const auto networks = trials(tangled<float, 1, std::uint16_t>(70, 4), 3);
  const auto model = counting(17, 33);
  const CountedBackend backend;
  const std::uint64_t bytes = memory_estimate(networks, model, Flash{}, backend);
  CHECK(bytes == memory_estimate(networks, model, Flash{}, ThrustBackend{}));
  const auto simulate = [&] { return Simulator{networks, model, Flash{}, seed, backend}; };
  CountedMemory::free = bytes - 1;
  CHECK_THROWS_AS(simulate(), OutOfDeviceMemory);
  CHECK(CountedMemory::allocated == 0);
  CountedMemory::free = bytes;
  auto simulator = simulate();
  simulator.run(100);
  CHECK(CountedMemory::allocated + CountedMemory::reserve == bytes);
}
