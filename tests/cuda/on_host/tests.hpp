// SPDX-License-Identifier: BSD-3-Clause
//
// What only the host shows of a device: the memory taken, and the order of threads and blocks.
#pragma once

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

#include <cstddef>
#include <cstdint>
#include <string>

#include "../../backend/device_tests.hpp"
#include "../cuda_device.hpp"
#include "spikeometric/backend/memory.hpp"

namespace device_tests {

/// A simulator takes what memory_estimate says, which needs no device, but for the reserve, and less for cuSPARSE than
/// is guessed; where there is less, it takes nothing.
template <class Network, class ModelType, class StimulusType = NoStimulus>
void check_memory(const Network& network, const ModelType& model, const StimulusType& stimulus = {}) {
  for_each_backend([&](auto backend) {
    const auto simulate = [&] { return Simulator{network, model, stimulus, seed, backend}; };
    std::uint64_t bytes = 0;
    {
      const Host host{{.devices = 0}};
      bytes = memory_estimate(network, model, stimulus, backend);
    }
    {
      const Host host{{.capacity = bytes - 1}};
      try {
        simulate();
        FAIL_CHECK("there was memory");
      } catch (const OutOfDeviceMemory& error) {
        CHECK((error.needed == bytes && error.free == bytes - 1));
        const std::string message = error.what();
        CHECK(message.find(std::to_string(bytes) + " bytes") != message.npos);
        CHECK(message.find(std::to_string(bytes - 1) + " bytes") != message.npos);
      }
      CHECK(on_host::live().peak_device_bytes == 0);
      CHECK(on_host::live().total() == 0);
    }
    const Host host{{.capacity = bytes}};
    {
      auto simulator = simulate();
      const std::size_t taken = on_host::live().device_bytes;
      const std::size_t expected = bytes - spikeometric::detail::CudaMemory::reserve;
      if (by_product<decltype(backend)>)
        CHECK((taken <= expected && (expected - taken) % on_host::sparse_buffer_size == 0));
      else
        CHECK(taken == expected);
      simulator.equilibrate(3);
      simulator.run(10);
      simulator.reset();
      CHECK(on_host::live().peak_device_bytes == taken);
    }
    CHECK(on_host::live().total() == 0);
  });
}

/// Calls check() with threads and blocks in each order, and with work done early and late.
template <class Check>
void for_each_order(Check check) {
  for (const bool lazy : {false, true})
    for (const auto order : {on_host::Order::ascending, on_host::Order::descending, on_host::Order::shuffled}) {
      CAPTURE(lazy, static_cast<int>(order));
      const Host host{{.order = order, .seed = 3, .lazy = lazy}};
      check();
    }
}

}  // namespace device_tests

#endif
