// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

struct Minimal {
  void operator()(std::uint32_t, std::uint64_t, std::span<const BinaryEvent>) {}
};
struct OfSpikes {
  void operator()(const Spike&) {}
};
static_assert(Recorder<Minimal, BinaryEvent>);
static_assert(Recorder<void (*)(std::uint32_t, std::uint64_t, std::span<const BinaryEvent>), BinaryEvent>);
static_assert(Recorder<std::function<void(std::uint32_t, std::uint64_t, std::span<const CountEvent>)>, CountEvent>);
static_assert(!Recorder<Minimal, CountEvent>);
static_assert(!Recorder<const Minimal, BinaryEvent>);
static_assert(!Recorder<OfSpikes, BinaryEvent>);
static_assert(!Recorder<int, BinaryEvent>);

/// A simulator of so many neurons that a run of 300 steps reaches the recorder in several pieces.
auto simulator_of(int threads = 1) {
  static const Graph graph = generate::normal({.neurons = 30'000, .probability = 0.001, .std = 3.0}, Seed{5});
  return Simulator{graph, BernoulliGLM{{.theta = 3.0f}}, no_stimulus, Seed{8},
                   EigenBackend<>{.threads = threads, .first_network = 6}};
}

const std::vector<Spike>& spikes_of_300_steps() {
  static const Events events = simulator_of().run(300);
  static const std::vector<Spike> spikes(events.begin(), events.end());
  return spikes;
}

}  // namespace

TEST_CASE("a recorder is called on the caller's thread, in order of step and neuron, with every spike of the run") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  auto simulator = simulator_of(threads);
  REQUIRE(spikes_of_300_steps().size() > 4000);

  std::vector<Spike> spikes;
  std::uint64_t next_step = 0;
  std::size_t calls = 0;
  const auto caller = std::this_thread::get_id();
  simulator.run(300, [&](std::uint32_t network, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    ++calls;
    CHECK(std::this_thread::get_id() == caller);
    CHECK(network == 6);
    CHECK(first_step >= next_step);
    next_step = first_step + 1;
    for (const BinaryEvent& event : events) {
      spikes.push_back({first_step + event.offset, event.neuron, event.count});
      next_step = first_step + event.offset + 1;
    }
  });
  CHECK(calls > 1);
  CHECK((spikes == spikes_of_300_steps()));
}

TEST_CASE("the steps of a recorder continue where the run before ended") {
  auto simulator = simulator_of();
  simulator.run(70);
  std::uint64_t first = 0;
  simulator.run(5, [&](std::uint32_t, std::uint64_t first_step, std::span<const BinaryEvent>) { first = first_step; });
  CHECK(first == 70);
}

TEST_CASE("a recorder is an lvalue or an rvalue, and need not be copyable") {
  struct Counter {
    std::size_t spikes = 0;
    Counter() = default;
    Counter(const Counter&) = delete;
    void operator()(std::uint32_t, std::uint64_t, std::span<const BinaryEvent> events) { spikes += events.size(); }
  };
  auto simulator = simulator_of(), alike = simulator_of();
  Counter counter;
  simulator.run(100, counter);
  CHECK(counter.spikes == alike.run(100).size());
  simulator.run(100, Counter{});
  CHECK(simulator.step() == 200);
}

TEST_CASE("zero steps need no call of a recorder") {
  auto simulator = simulator_of();
  simulator.run(0, [](std::uint32_t, std::uint64_t, std::span<const BinaryEvent> events) { CHECK(events.empty()); });
  CHECK(simulator.step() == 0);
}

TEST_CASE("an exception of a recorder ends the run after the steps passed to it, and the next run continues there") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  auto simulator = simulator_of(threads);
  std::vector<Spike> spikes;
  std::uint64_t given = 0;
  const auto record = [&](std::uint32_t, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    for (const BinaryEvent& event : events) spikes.push_back({first_step + event.offset, event.neuron, event.count});
    given = events.empty() ? first_step : first_step + events.back().offset;
  };
  CHECK_THROWS_AS(simulator.run(300,
                                [&](auto network, auto first_step, auto events) {
                                  record(network, first_step, events);
                                  if (given >= 100) throw std::length_error("the disk is full");
                                }),
                  std::length_error);
  CHECK(simulator.step() > given);
  CHECK(simulator.step() < 300);
  simulator.run(300 - simulator.step(), record);
  CHECK(simulator.step() == 300);
  CHECK((spikes == spikes_of_300_steps()));
}
