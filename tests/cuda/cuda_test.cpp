// SPDX-License-Identifier: BSD-3-Clause
//
// On the host, or with nvcc on a GPU.
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "cuda_device.hpp"

#include "../backend/device_tests.hpp"

TEST_CASE("a device that does not exist is refused") {
  using namespace device_tests;
  const Graph graph{EdgeList{1}};
  for (const int device : {-1, 1000})
    for_each_backend([&](auto backend) {
      backend.device = device;
      check_message<std::invalid_argument>(
          [&] {
            Simulator{graph, lively, no_stimulus, seed, backend};
          },
          {"device = " + std::to_string(device), "does not exist"});
    });
}

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

namespace device_tests {

/// A code that is an error of the CUDA runtime and of cuSPARSE.
constexpr int some_error = 3;
constexpr const char* some_error_text[] = {"cudaErrorInitializationError", "CUSPARSE_STATUS_INVALID_VALUE"};

/// Returns what the error says.
std::string check_says_what_failed(const CudaError& error) {
  const std::string message = error.what();
  CAPTURE(message);
  CHECK(message.find("cu") == 0);  // cudaMalloc(&memory, ... failed: cudaError..., out of memory (cuda_memory.cuh:117)
  CHECK(message.find(" failed: ") != message.npos);
  CHECK((message.find(some_error_text[0]) != message.npos || message.find(some_error_text[1]) != message.npos));
  CHECK(message.find(".cuh:") != message.npos);
  return message;
}

}  // namespace device_tests

TEST_CASE("every call of CUDA that fails is named, leaks nothing, and a reset begins anew") {
  using namespace device_tests;
  const auto make = maker(network(40, 3), lively);
  const auto work = [](auto& simulator) {
    simulator.equilibrate(3);
    Lists spikes = lists(simulator.run(130));
    const auto state = simulator.state();
    simulator.restore(state);
    return std::pair{spikes, lists(simulator.run(20))};
  };
  auto cpu = make(EigenBackend<>{});
  const auto expected = work(cpu);
  for_each_backend([&](auto backend) {
    for (int n = 1;; n += n < 400 ? 1 : 7) {
      CAPTURE(n);
      const Host host{{}};
      on_host::fail_next("", some_error, n);
      std::string message;
      {
        std::optional<decltype(make(backend))> simulator;
        try {
          simulator.emplace(make(backend));
          work(*simulator);
        } catch (const CudaError& error) {
          message = check_says_what_failed(error);
        }
        REQUIRE(message.empty() == on_host::failure_pending());
        if (message.find("cudaStreamEndCapture") == 0) {
          on_host::reset();  // here the capture goes on, with CUDA it ends all the same
        } else if (simulator && !message.empty() && n % 5 == 0) {
          simulator->reset();
          REQUIRE((work(*simulator) == expected));
        }
      }
      REQUIRE(on_host::live().total() == 0);
      if (!message.empty()) continue;
      CHECK(n > 300);
      break;
    }
  });
}

TEST_CASE("a failed fetch of a state does not change spikes silently") {
  using namespace device_tests;
  const auto make = maker(network(40, 3), lively);
  auto cpu = make(EigenBackend<>{});
  cpu.run(50);
  const Lists expected = lists(cpu.run(50));
  for_each_backend([&](auto backend) {
    const Host host{{}};
    auto simulator = make(backend);
    for (int n = 1;; ++n) {
      CAPTURE(n);
      simulator.reset();
      simulator.run(50);
      on_host::fail_next("", some_error, n);
      try {
        simulator.state();
        break;
      } catch (const CudaError&) {
      }
      std::string others;
      try {
        others = difference(lists(simulator.run(50)), expected);
      } catch (const std::logic_error&) {
      }
      CHECK(others == "");
    }
  });
}

TEST_CASE("a machine without a device is reported, and any of several devices may be used") {
  using namespace device_tests;
  const auto make = maker(network(40, 3), lively);
  auto cpu = make(EigenBackend<>{});
  const Lists expected = lists(cpu.run(100));
  for_each_backend([&](auto backend) {
    {
      const Host host{{.devices = 0}};
      check_message<CudaError>([&] { make(backend); }, {"cudaGetDeviceCount", "cudaErrorNoDevice"});
    }
    const Host host{{.devices = 3}};
    backend.device = 2;
    {
      auto simulator = make(backend);
      CHECK(difference(lists(simulator.run(100)), expected) == "");
    }
    backend.device = 3;
    check_message<std::invalid_argument>([&] { make(backend); }, {"device = 3", "the number of devices is 3"});
    int device = -1;
    CHECK(cudaGetDevice(&device) == cudaSuccess);
    CHECK(device == 0);  // as before
  });
}

#endif
