// SPDX-License-Identifier: BSD-3-Clause
//
// On the host, or with nvcc on a GPU.
#include "spikeometric/backend/cuda.cuh"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/backend/memory.hpp"

namespace device_tests {

template <class Check>
void for_each_backend(Check check) {
  check(spikeometric::CudaBackend<>{});
  check(spikeometric::CudaBackend<spikeometric::SparseMatvec>{});
}

}  // namespace device_tests

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

using on_host::Order;

/// The most adverse settings: work is done as late as possible and in random order.
const on_host::Settings adverse{.order = Order::shuffled, .seed = 7, .lazy = true};
const bool is_adverse = (on_host::reset(adverse), true);

/// The settings during a test.
struct Host {
  explicit Host(on_host::Settings settings) { on_host::reset(settings); }
  Host(const Host&) = delete;
  ~Host() { on_host::reset(adverse); }
};

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

TEST_CASE("neither the order of threads and blocks nor when work is done makes a difference") {
  using namespace device_tests;
  std::vector<BernoulliGLM> models(3, lively);
  models[1] = restless;
  for (const bool lazy : {false, true})
    for (const Order order : {Order::ascending, Order::descending, Order::shuffled}) {
      CAPTURE(lazy, static_cast<int>(order));
      const Host host{{.order = order, .seed = 3, .lazy = lazy}};
      check_lively(maker(batch(std::vector{network(300, 5), network(33), network(64, 2)}), models),
                   Course{3, {150, 1030}});
      check_lively(maker(tangled<float, 1, std::uint16_t>(300, 4), counting(17, 33), Flash{}));
      check_lively(maker(tangled<double, 3, std::uint16_t>(67, 7), mixed(67), two_channels()));
      check_moves(maker(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{}));
      check_lively(maker(three_twofold_networks(), twofold(), list_of_stimuli()), Course{3, {70, 1030}});
    }
}

TEST_CASE("memory_estimate is what a simulator takes, and no less will do") {
  using namespace device_tests;
  check_memory(network(70), lively);
  check_memory(network(4000, 9), lively);
  check_memory(Graph{EdgeList{7}}, silent);
  std::vector<std::uint64_t> rows(33000);
  rows[5] = rows[7] = 33000;
  check_memory(rows_of(33000, rows), silent);
  check_memory(trials(network(40, 3), 5), lively);
  check_memory(three_networks(), ThresholdSAM{}, stimuli());
  check_memory(three_twofold_networks(), twofold(), list_of_stimuli());
  check_memory(tangled<double, 3, std::uint16_t>(67, 7), mixed(67), two_channels());
  check_memory(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{});
  SECTION("where only some networks have delays, none of one step") {
    const auto late = network(40).with_delays([](auto pre, auto post) { return 2 + int{pre > post}; });
    check_memory(batch(std::vector{late, network(33)}), lively);
  }
}

TEST_CASE("memory that a device does not give leaks nothing") {
  using namespace device_tests;
  for_each_backend([&](auto backend) {
    for (int n = 1;; ++n) {
      CAPTURE(n);
      const Host host{{}};
      on_host::fail_next("cudaMalloc", cudaErrorMemoryAllocation, n);
      try {
        Simulator simulator{three_networks(), ThresholdSAM{}, stimuli(), seed, backend};
        CHECK(on_host::failure_pending());
        CHECK(n > 20);
        break;
      } catch (const OutOfDeviceMemory& error) {
        CHECK((error.needed > 0 && error.free > error.needed));  // so the device says
      }
      REQUIRE(on_host::live().total() == 0);
    }
    CHECK(on_host::live().total() == 0);
  });
}

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
