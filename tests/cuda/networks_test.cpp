// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_device.hpp"

#include "../backend/device/networks.hpp"
#include "on_host/tests.hpp"

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

TEST_CASE("neither the order of threads and blocks nor when work is done makes a difference") {
  using namespace device_tests;
  std::vector<BernoulliGLM> models(3, lively);
  models[1] = restless;
  for_each_order([&] {
    check_lively(maker(batch(std::vector{network(300, 5), network(33), network(64, 2)}), models),
                 Course{3, {150, 1030}});
  });
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
  SECTION("where only some networks have delays, none of one step") {
    const auto late = network(40).with_delays([](auto pre, auto post) { return 2 + int{pre > post}; });
    check_memory(batch(std::vector{late, network(33)}), lively);
  }
}

#endif
