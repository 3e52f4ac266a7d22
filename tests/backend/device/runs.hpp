// SPDX-License-Identifier: BSD-3-Clause
//
// Runs in pieces, from a given past and with recorders, are on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("a run may be cut into pieces, with resets in between") {
  using namespace device_tests;
  const auto pieces = [](auto& simulator) {
    Lists spikes = Course{65, {1, 0, 63, 64, 65, 1024}}(simulator);
    simulator.reset();
    for (const Course& course : {Course{0, {1025, 3000}}, Course{1100, {10}}, Course{0, {}}}) {
      const Lists more = course(simulator);
      for (std::size_t i = 0; i < more.size(); ++i) spikes[i].insert(spikes[i].end(), more[i].begin(), more[i].end());
    }
    return spikes;
  };
  check_lively(maker(network(50, 5), lively), pieces);
  check_lively(maker(batch(std::vector{network(33), network(7, 3)}), lively), pieces);
}

TEST_CASE("a given past is replayed") {
  using namespace device_tests;
  for (const Eigen::Index steps : {0, 1, 2, 50}) {
    CAPTURE(steps);
    check_lively(maker(network(60, 7), lively), [&](auto& simulator) {
      simulator.run(10);
      simulator.reset(history(60, steps, 1));
      return Course{3, {200}}(simulator);
    });
  }
  const std::vector<Graph<>> graphs = {network(40, 9), network(33), network(50, 2)};
  check_lively(maker(batch(graphs), lively), [&](auto& simulator) {
    simulator.reset(std::vector<Eigen::MatrixXi>{history(40, 3, 1), history(33, 0, 1), history(50, 40, 1)});
    return Course{0, {200}}(simulator);
  });
}

TEST_CASE("a network starts from silence, or a rate, as on the CPU") {
  using namespace device_tests;
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(80.0)}) {
    CAPTURE(initial.rate_hz());
    check_lively([&](auto backend) { return Simulator{network(60, 7), lively, no_stimulus, seed, backend, initial}; });
  }
}

TEST_CASE("a moved simulator continues") {
  using namespace device_tests;
  const auto make = maker(network(70, 3), lively);
  auto cpu = make(EigenBackend<>{});
  const Lists first = lists(cpu.run(200)), second = lists(cpu.run(200)), third = lists(cpu.run(200));
  for_each_backend([&](auto backend) {
    auto simulator = make(backend);
    CHECK(difference(lists(simulator.run(200)), first) == "");
    auto moved = std::move(simulator);
    CHECK(difference(lists(moved.run(200)), second) == "");
    auto other = make(backend);
    other.run(70);
    other = std::move(moved);
    CHECK(difference(lists(other.run(200)), third) == "");
    other.reset();
    CHECK(difference(lists(other.run(200)), first) == "");
  });
}

TEST_CASE("a simulation moves between the CPU and a device") {
  using namespace device_tests;
  check_moves(maker(network(120), lively));
  check_moves(maker(network(120, 20), lively));
}

TEST_CASE("an exception of a recorder ends a run, and a reset starts again") {
  using namespace device_tests;
  const auto make = maker(batch(std::vector{network(40, 2), network(33)}), lively);
  auto cpu = make(EigenBackend<>{});
  const Lists expected = lists(cpu.run(3000));
  for_each_backend([&](auto backend) {
    auto simulator = make(backend);
    for (const int calls : {0, 1, 2, 4}) {
      CAPTURE(calls);
      int left = calls;
      std::uint64_t spikes = 0;
      const auto recorder = [&](std::uint32_t, std::uint64_t, auto events) {
        if (left-- == 0) throw std::domain_error("disk full");
        spikes += events.size();
      };
      CHECK_THROWS_AS(simulator.run(3000, recorder), std::domain_error);
      CHECK((calls == 0 || spikes > 0));
      CHECK_THROWS_AS(simulator.run(1), std::logic_error);
      simulator.reset();
      CHECK(difference(lists(simulator.run(3000)), expected) == "");
      simulator.reset();
    }
  });
}

TEST_CASE("invalid arguments are refused as on the CPU") {
  using namespace device_tests;
  const Graph graph = network(30, 5);
  for_each_backend([&](auto backend) {
    const auto simulate = [&](const auto& model, auto settings) {
      return Simulator{graph, model, no_stimulus, seed, settings};
    };
    auto beyond = backend;
    beyond.first_network = std::numeric_limits<std::uint32_t>::max();
    CHECK_NOTHROW(simulate(lively, beyond));
    check_message<std::invalid_argument>(
        [&] {
          Simulator{trials(graph, 2), lively, no_stimulus, seed, beyond};
        },
        {"2 networks", "2^32"});
    EdgeList heavy{2};
    heavy.add(0, 1, 3e38f);
    heavy.add(1, 1, 3e38f);
    check_message<InvalidGraph>(
        [&] {
          Simulator{Graph{heavy}, lively, no_stimulus, seed, backend};
        },
        {"single precision"});

    auto simulator = simulate(lively, backend);
    const auto state = simulator.state();
    auto other = state;
    other[0].filters.pop_back();
    check_message<std::invalid_argument>([&] { simulator.restore(other); }, {"29 neurons"});
    CHECK_THROWS_AS(simulator.reset(Eigen::MatrixXi::Constant(30, 2, 2)), std::invalid_argument);
    auto late = state;
    late[0].random_step = detail::step_limit - 10;
    simulator.restore(late);
    CHECK_THROWS_AS(simulator.run(11), std::out_of_range);
    CHECK_NOTHROW(simulator.run(10));
    CHECK_THROWS_AS(simulator.run(1), std::out_of_range);
  });
}
