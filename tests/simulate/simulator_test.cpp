// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/simulator.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../same_state.hpp"
#include "../slow_reference.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/per_neuron.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

using namespace spikeometric;

namespace {

using Parameters = BernoulliGLM::Parameters;

std::vector<Spike> list(const Events<BinaryEvent>& events) { return {events.begin(), events.end()}; }

Graph<> network(std::uint64_t neurons, std::uint64_t seed = 5) {
  return generate::normal(
      {.neurons = neurons, .probability = std::min(1.0, 30.0 / static_cast<double>(neurons)), .std = 3.0}, Seed{seed});
}

const BernoulliGLM lively{{.theta = 2.0f, .coupling_window = 20}};

/// A user's stimulus: any function of step and neuron. All tests share the code of a simulator with this type.
using Drive = float (*)(std::uint64_t step, std::uint32_t neuron);

float noise_of(std::uint64_t step, std::uint32_t neuron) {
  return static_cast<float>(slow::mix(step * 1000 + neuron) % 1000) * 0.004f - 2.0f;
}

}  // namespace

// --- spike for spike as the slow reference --------------------------------------------------------------------------

TEST_CASE("small networks spike exactly as the equations say") {
  support::Numbers numbers{1};
  std::size_t spikes = 0, silent = 0;
  double worst_error = 0.0;
  constexpr int cases = support::slow_build ? 40 : 400;
  for (int i = 0; i < cases; ++i) {
    const int neurons =
        i < 8 ? std::vector{1, 2, 7, 8, 9, 127, 128, 130}[static_cast<std::size_t>(i)] : numbers.between(1, 130);
    const double probability = numbers.one_of<double>({0.0, 0.05, 0.3, 1.0}),
                 isolated = numbers.one_of<double>({0.0, 0.3});
    const double strength = numbers.one_of<double>({0.1, 1.0, 10.0});
    Eigen::MatrixXf weights = Eigen::MatrixXf::Zero(neurons, neurons);
    std::vector<bool> alone(static_cast<std::size_t>(neurons));
    for (std::size_t j = 0; j < alone.size(); ++j) alone[j] = numbers.coin(isolated);
    for (int pre = 0; pre < neurons; ++pre)
      for (int post = 0; post < neurons; ++post)  // autapses included
        if (!alone[static_cast<std::size_t>(pre)] && !alone[static_cast<std::size_t>(post)] &&
            numbers.coin(probability))
          weights(pre, post) = static_cast<float>(numbers.real(-strength, strength));

    Parameters p;
    p.dt = numbers.one_of<float>({1.0f, 0.5f, 0.1f});
    p.r = numbers.one_of<float>({1.0f, 0.7f, -2.0f, 0.0f});
    p.theta = static_cast<float>(numbers.real(-3.0, 4.0));
    p.coupling_window = numbers.one_of<int>({1, 2, 20, infinite_window});
    p.coupling_decay = static_cast<float>(numbers.real(0.001, 1.0));
    if (p.coupling_window != infinite_window && numbers.coin(0.3)) p.coupling_decay = 0.0f;
    p.abs_ref_steps = numbers.one_of<int>({0, 1, 3});
    p.abs_ref_strength = numbers.one_of<float>({-100.0f, -2.0f, 1.0f});
    p.rel_ref_steps = numbers.one_of<int>({0, 1, 7, 30});
    p.rel_ref_strength = static_cast<float>(numbers.real(-30.0, 1.0));
    p.refractory_decay = numbers.one_of<float>({0.0f, 0.15f, 0.5f});

    const std::uint64_t seed = numbers.bits(), equilibration = numbers.one_of<std::uint64_t>({0, 1, 13});
    const auto id = static_cast<std::uint32_t>(numbers.bits());
    const bool given = numbers.coin(0.5), stimulated = numbers.coin(0.5);
    Eigen::MatrixXi history(neurons, numbers.one_of<int>({0, 1, 12, 40}));
    for (int& count : history.reshaped()) count = numbers.coin(0.2);
    constexpr std::uint64_t steps = 60;
    CAPTURE(i, neurons, p.coupling_window, p.abs_ref_steps, p.rel_ref_steps, given, stimulated);

    slow::Network oracle{slow::bernoulli_glm(p), weights, seed, id, stimulated ? noise_of : slow::Network::Stimulus{}};
    given ? oracle.start(history) : oracle.start();
    oracle.equilibrate(equilibration);
    oracle.run(steps);
    spikes += oracle.spikes().size();
    silent += oracle.spikes().empty();
    worst_error = std::max(worst_error, oracle.worst_error());

    const auto check = [&](auto stimulus, auto backend) {
      backend.first_network = id;
      backend.hash_state = true;
      Simulator simulator{Graph{weights}, BernoulliGLM{p}, stimulus, Seed{seed}, backend};
      if (given) simulator.reset(history);
      simulator.equilibrate(equilibration);
      const Events events = simulator.run(steps);
      REQUIRE((list(events) == oracle.spikes()));
      REQUIRE(events.fingerprint() == oracle.fingerprint());
      REQUIRE(simulator.state_hash() == oracle.state_hash());
    };
    const auto check_strategies = [&](auto stimulus) {
      check(stimulus, EigenBackend<EventDriven>{});
      check(stimulus, EigenBackend<SparseMatvec>{});
    };
    stimulated ? check_strategies(noise_of) : check_strategies(no_stimulus);
  }
  // The cases are worth something: there are spikes, and few networks without.
  CHECK(spikes > 200 * cases);
  CHECK(silent < cases / 4);
  CHECK(worst_error < 1e-6);
}

TEST_CASE("the spikes of known networks do not change") {
  const auto check = [](const Graph<>& graph, const Parameters& p, std::uint64_t steps, std::uint64_t total,
                        std::uint64_t fingerprint, std::uint64_t state_hash) {
    Simulator simulator{graph, BernoulliGLM{p}, no_stimulus, Seed{42}, EigenBackend<>{.hash_state = true}};
    simulator.equilibrate(20);
    const Events spikes = simulator.run(steps);
    CHECK(spikes.total() == total);
    CHECK(spikes.fingerprint() == fingerprint);
    CHECK(simulator.state_hash() == state_hash);

    slow::Network oracle{slow::bernoulli_glm(p), graph.to_dense(), 42};
    oracle.start();
    oracle.equilibrate(20);
    oracle.run(steps);
    CHECK(oracle.fingerprint() == spikes.fingerprint());
    CHECK(oracle.state_hash() == simulator.state_hash());
  };
  constexpr std::uint64_t steps = 100;

  SECTION("like the worm's: 280 neurons, few of them hubs, weights that are contact counts") {
    support::Numbers numbers{302};
    EdgeList edges{280};
    for (std::uint32_t pre = 0; pre < 280; ++pre)
      for (std::uint32_t post = 0; post < 280; ++post)
        if (pre != post && numbers.coin(pre % 28 == 0 || post % 28 == 0 ? 0.25 : 0.02))
          edges.add(pre, post, (pre % 10 == 3 ? -0.3f : 0.3f) * static_cast<float>(numbers.between(1, 9)));
    check(Graph{edges}, {.theta = 4.0f}, steps, 3530, 0x1209536de748cc7, 0x99ffe7616378e943);
  }
  SECTION("a generated one of 500 neurons") {
    check(generate::normal({.neurons = 500, .probability = 0.1, .std = 5.0}, Seed{7}), {}, steps, 366,
          0xd9000195795a16a7, 0x46d638c34140f5cf);
  }
  SECTION("the same with an infinite window and short time steps") {
    check(generate::normal({.neurons = 500, .probability = 0.1, .std = 5.0}, Seed{7}),
          {.dt = 0.1f, .coupling_window = infinite_window, .coupling_decay = 0.05f}, steps, 618, 0x3f53846d9e79abf5,
          0x6685d1bf8300b002);
  }
}

// --- runs, clocks and the initial state -----------------------------------------------------------------------------

TEST_CASE("a run in pieces equals the whole run") {
  const Graph graph = network(300);
  constexpr EigenBackend<> backend{.hash_state = true};
  Simulator whole{graph, lively, noise_of, Seed{3}, backend}, pieces{graph, lively, noise_of, Seed{3}, backend};
  whole.equilibrate(10);
  pieces.equilibrate(4);
  pieces.equilibrate(6);
  const Events expected = whole.run(500);

  std::vector<Spike> spikes;
  std::uint64_t fingerprint = 0;
  for (const std::uint64_t steps : {1, 0, 99, 257, 143}) {
    const std::uint64_t first = pieces.step();
    const Events piece = pieces.run(steps);
    CHECK(piece.first_step() == first);
    CHECK(piece.steps() == steps);
    const auto own = list(piece);
    spikes.insert(spikes.end(), own.begin(), own.end());
    fingerprint += piece.fingerprint();
  }
  CHECK((spikes == list(expected)));
  CHECK(fingerprint == expected.fingerprint());
  CHECK(pieces.state_hash() == whole.state_hash());

  Simulator appending{graph, lively, noise_of, Seed{3}};
  appending.equilibrate(10);
  Events events = appending.run(123);
  appending.run(377, events);
  CHECK((list(events) == list(expected)));
  CHECK(events.steps() == 500);
}

TEST_CASE("zero steps are allowed and change nothing") {
  const Graph graph = network(50);
  Simulator simulator{graph, lively, no_stimulus, Seed{3}}, alike{graph, lively, no_stimulus, Seed{3}};
  const Events nothing = simulator.run(0);
  simulator.equilibrate(0);
  CHECK((nothing.empty() && nothing.steps() == 0 && nothing.mean_rate_hz() == 0.0));
  CHECK(simulator.step() == 0);
  CHECK((list(simulator.run(100)) == list(alike.run(100))));
}

TEST_CASE("a recording has the id of its network") {
  Simulator simulator{network(50), BernoulliGLM{{.dt = 0.25f}}, no_stimulus, Seed{3},
                      EigenBackend<>{.first_network = 9}};
  simulator.run(7);
  const Events events = simulator.run(5);
  CHECK(events.neurons() == 50);
  CHECK(events.dt_ms() == 0.25);
  CHECK(events.network_id() == 9);
  CHECK(events.first_step() == 7);
  CHECK((simulator.neurons() == 50 && simulator.network_id() == 9 && simulator.seed().value == 3));
  CHECK(simulator.model().scale.dt == 0.25f);
}

TEST_CASE("step() counts the steps of run, not of equilibration") {
  std::vector<std::uint64_t> seen;
  const auto watch = [&](std::uint64_t step, std::uint32_t) {
    seen.push_back(step);
    return 0.0f;
  };
  Simulator simulator{Graph{EdgeList{1}}, lively, watch, Seed{3}};
  simulator.equilibrate(50);
  CHECK(simulator.step() == 0);
  simulator.run(2);
  simulator.equilibrate(7);
  simulator.run(1);
  CHECK(simulator.step() == 3);
  CHECK(seen == std::vector<std::uint64_t>{0, 1, 2});
  simulator.reset();
  CHECK(simulator.step() == 0);
  simulator.run(1);
  CHECK(seen.back() == 0);
}

TEST_CASE("there is no stimulus in equilibration") {
  const Graph graph = network(100);
  const Drive strong = [](std::uint64_t, std::uint32_t) { return 50.0f; };
  constexpr EigenBackend<> backend{.hash_state = true};
  Simulator driven{graph, lively, strong, Seed{3}, backend};
  Simulator alone{graph, lively, no_stimulus, Seed{3}, backend};
  driven.equilibrate(40);
  alone.equilibrate(40);
  slow::Network oracle{slow::bernoulli_glm({.theta = 2.0f}), graph.to_dense(), 3, 0, strong};
  oracle.start();
  oracle.equilibrate(40);
  oracle.run(5);
  driven.run(5);
  alone.run(5);
  CHECK(driven.state_hash() == oracle.state_hash());
  CHECK(driven.state_hash() != alone.state_hash());
}

TEST_CASE("reset returns to the start") {
  const Graph graph = network(300);
  Simulator simulator{graph, lively, noise_of, Seed{3}, EigenBackend<>{.hash_state = true}};
  const auto take = [&] {
    simulator.equilibrate(5);
    const Events events = simulator.run(100);
    return std::pair{list(events), simulator.state_hash()};
  };
  const auto first = take();
  CHECK(take() != first);
  simulator.reset();
  CHECK(simulator.state_hash() == 0);
  CHECK(take() == first);

  // A history, too, forgets all that was.
  const Eigen::MatrixXi history = Eigen::MatrixXi::Identity(300, 300).rightCols(30);
  simulator.reset(history);
  const auto given = take();
  CHECK(given != first);
  simulator.reset(history);
  CHECK(take() == given);
}

TEST_CASE("a copy of a simulator continues as the original") {
  Simulator simulator{network(300), lively, noise_of, Seed{3}};
  simulator.run(50);
  Simulator copy = simulator;
  CHECK((list(simulator.run(100)) == list(copy.run(100))));
  Simulator moved = std::move(copy);
  CHECK((list(simulator.run(100)) == list(moved.run(100))));
}

TEST_CASE("a restored simulator continues at the step of the state, and appends to recordings that end there") {
  const Graph graph = network(300);
  Simulator simulator{graph, lively, noise_of, Seed{3}, EigenBackend<>{.hash_state = true}}, other = simulator;
  simulator.equilibrate(7);
  Events events = simulator.run(60);
  const auto state = simulator.state();
  static_assert(std::is_same_v<decltype(state), const SimulatorState<BernoulliGLM>>);
  const std::uint64_t hash = simulator.state_hash();
  Events own = other.run(10);
  other.restore(state);
  CHECK((other.step() == 60 && other.new_recording().first_step() == 60));
  check_message<std::invalid_argument>([&] { other.run(1, own); }, {"step 60", "step 10"});
  Events appended = events;
  other.run(40, appended);
  simulator.run(40, events);
  CHECK((list(appended) == list(events)));
  CHECK(other.state_hash() == simulator.state_hash() - hash);
  // The clock of random numbers, too, went on: equilibration does not repeat itself.
  other.equilibrate(5);
  simulator.equilibrate(5);
  CHECK((list(other.run(40)) == list(simulator.run(40))));
  other.reset();
  CHECK((other.step() == 0 && list(other.run(10)) == list(own)));
}

TEST_CASE("a simulator made from another one spikes as one made from the graph, by every strategy") {
  const Graph graph = with_delays(network(300), {.shortest = 1, .longest = 5}, Seed{2});
  BernoulliGLM other = lively;
  other.nonlinearity.theta = 3.0f;
  other.filter.coupling_window = 7;  // the window, the lags and the stimulus are none of the synapses' business
  other.history.rel_ref_steps = 2;
  const auto check = [&](auto backend) {
    backend.hash_state = true;
    backend.first_network = 3;
    Simulator first{graph, lively, Drive{noise_of}, Seed{1}, backend};
    first.run(50);
    const Drive silence = [](std::uint64_t, std::uint32_t) { return 0.0f; };
    for (const Drive drive : {Drive{noise_of}, silence})
      for (const BernoulliGLM& model : {lively, other})
        for (const Seed seed : {Seed{1}, Seed{9}}) {
          Simulator shared = first.with(model, drive, seed), alone{graph, model, drive, seed, backend};
          CHECK(shared.step() == 0);
          shared.equilibrate(10);
          alone.equilibrate(10);
          CHECK((list(shared.run(100)) == list(alone.run(100))));
          CHECK(shared.state_hash() == alone.state_hash());
          CHECK((shared.seed().value == seed.value && shared.network_id() == 3));
          CHECK(shared.model().nonlinearity.theta == model.nonlinearity.theta);
        }
    Simulator whole{graph, lively, Drive{noise_of}, Seed{1}, backend};
    whole.run(50);
    CHECK((list(first.run(50)) == list(whole.run(50))));  // the others left it alone
  };
  for (const int threads : support::thread_counts()) {
    check(EigenBackend<>{.threads = threads});
    check(EigenBackend<SparseMatvec>{.threads = threads});
  }
}

TEST_CASE("a simulator made from that of a batch spikes as one made from the batch") {
  const auto networks = trials(batch(std::vector<Graph<>>{network(100), network(40)}), 2);
  BernoulliGLM other = lively;
  other.nonlinearity.theta = 3.0f;
  const Simulator first{networks, std::vector{lively, lively, other, other}, no_stimulus, Seed{1}};
  Simulator shared = first.with(other, no_stimulus, Seed{4}), alone{networks, other, no_stimulus, Seed{4}};
  const auto spikes = shared.run(100), expected = alone.run(100);
  for (std::size_t index = 0; index < 4; ++index) CHECK(list(spikes[index]) == list(expected[index]));
  CHECK(spikes.total() > 100);
}

TEST_CASE("a simulator made from another one outlives it") {
  const Graph graph = network(100);
  const auto made = [&] {
    const Simulator first{graph, lively, no_stimulus, Seed{1}};
    return first.with(lively, no_stimulus, Seed{2});
  };
  auto shared = made();
  CHECK(list(shared.run(100)) == list(Simulator{graph, lively, no_stimulus, Seed{2}}.run(100)));
}

TEST_CASE("a simulator is not made from another one with parameters that a new one would refuse") {
  const Simulator first{network(10), lively, no_stimulus, Seed{1}};
  BernoulliGLM broken = lively;
  broken.filter.coupling_decay = -1.0f;
  check_message<InvalidParameter>([&] { first.with(broken, no_stimulus, Seed{1}); }, {"coupling_decay = -1"});
  const auto each = per_neuron(lively, &Logistic::theta, std::vector<float>(10, 1.0f));
  const Simulator of_each{network(10), each, no_stimulus, Seed{1}};
  check_message<InvalidParameter>(
      [&] { of_each.with(per_neuron(lively, &Logistic::theta, std::vector<float>(9, 1.0f)), no_stimulus, Seed{1}); },
      {"9 neurons", "10"});
}

TEST_CASE("another seed gives other spikes") {
  const Graph graph = network(300);
  CHECK((list(Simulator{graph, lively, no_stimulus, Seed{1}}.run(20)) !=
         list(Simulator{graph, lively, no_stimulus, Seed{std::uint64_t{1} << 32 | 1}}.run(20))));
}

TEST_CASE("at the start every neuron has spiked in the step before with probability 1/2") {
  // Each spike raises the neuron's next input from far below threshold to far above.
  constexpr std::uint32_t neurons = 100'000;
  Simulator simulator{
      Graph{EdgeList{neurons}},
      BernoulliGLM{{.theta = 100.0f, .abs_ref_steps = 1, .abs_ref_strength = 200.0f, .rel_ref_steps = 0}}, no_stimulus,
      Seed{3}};
  const Events events = simulator.run(1);
  CHECK(sigmas(static_cast<double>(events.size()), neurons / 2.0, neurons / 4.0) < 5);
}

TEST_CASE("a history without steps is silence") {
  Simulator simulator{network(10), lively, no_stimulus, Seed{3}, EigenBackend<>{.hash_state = true}};
  simulator.reset(Eigen::MatrixXi(10, 0));
  slow::Network oracle{slow::bernoulli_glm({.theta = 2.0f}), network(10).to_dense(), 3};
  oracle.start(Eigen::MatrixXi(10, 0));
  oracle.run(50);
  simulator.run(50);
  CHECK(simulator.state_hash() == oracle.state_hash());
}

TEST_CASE("a history that does not fit is refused and changes nothing") {
  const Graph graph = network(10);
  Simulator simulator{graph, lively, no_stimulus, Seed{3}}, alike{graph, lively, no_stimulus, Seed{3}};
  simulator.run(10);
  alike.run(10);
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(10, 4);
  check_message<std::invalid_argument>([&] { simulator.reset(Eigen::MatrixXi::Zero(9, 4)); }, {"9 neurons", "10"});
  check_message<std::invalid_argument>([&] { simulator.reset(Eigen::MatrixXi::Zero(4, 10)); }, {"4 neurons", "10"});
  history(3, 2) = -1;
  check_message<std::invalid_argument>([&] { simulator.reset(history); }, {"count -1", "neuron 3", "step 2"});
  history(3, 2) = 2;
  check_message<std::invalid_argument>([&] { simulator.reset(history); }, {"count 2", "neuron 3", "step 2"});
  CHECK(simulator.step() == 10);
  CHECK((list(simulator.run(30)) == list(alike.run(30))));
}

// --- what goes wrong ------------------------------------------------------------------------------------------------

TEST_CASE("a run that a failed step ends keeps every step before it") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  const std::uint64_t failing_step = GENERATE(0, 37, 1030);  // the last after other steps were handed over
  const bool throws = GENERATE(false, true);
  if (threads > 1 && failing_step > 100) return;
  CAPTURE(threads, failing_step, throws);
  const auto stimulus = [=](std::uint64_t step, std::uint32_t neuron) {
    const bool fails = step == failing_step && neuron >= 900;  // several, on more than one thread
    if (fails && throws) throw std::domain_error("no stimulus for neuron " + std::to_string(neuron));
    return fails ? std::numeric_limits<float>::quiet_NaN() : noise_of(step, neuron);
  };
  const Graph graph = network(1300);
  Simulator healthy{graph, lively, noise_of, Seed{6}, EigenBackend<>{.first_network = 4, .hash_state = true}};
  const Events expected = healthy.run(failing_step);

  Simulator simulator{graph, lively, stimulus, Seed{6},
                      EigenBackend<>{.threads = threads, .first_network = 4, .hash_state = true}};
  const auto check_error = [&](auto run) {
    simulator.reset();
    if (throws) {
      check_message<std::domain_error>(run, {"neuron 900"});
    } else {
      check_message<Divergence>(run, {"network 4", "step " + std::to_string(failing_step), "neuron 900", "NaN"});
    }
    CHECK(simulator.step() == failing_step);
    // What parts of the network did in the failing step does not count.
    CHECK(simulator.state_hash() == healthy.state_hash());
    CHECK(simulator.synaptic_events() == healthy.synaptic_events());
  };

  check_error([&] { simulator.run(3000); });
  const Events recorded = simulator.take_recorded();
  CHECK(recorded.steps() == failing_step);
  CHECK((list(recorded) == list(expected)));

  Events<BinaryEvent> appended{1300, 1.0, 4};
  check_error([&] {
    simulator.run(std::min<std::uint64_t>(failing_step, 20), appended);
    simulator.run(3000, appended);
  });
  CHECK(appended.steps() == failing_step);
  CHECK((list(appended) == list(expected)));

  std::vector<Spike> spikes;
  check_error([&] {
    simulator.run(3000, [&](std::uint32_t, std::uint64_t first, std::span<const BinaryEvent> events) {
      for (const BinaryEvent& event : events) spikes.push_back({first + event.offset, event.neuron, event.count});
    });
  });
  CHECK((spikes == list(expected)));
}

TEST_CASE("a run ends at a failed step or an exception of the stimulus, whichever is first") {
  const auto drive = [](std::uint64_t broken, std::uint64_t last) {
    return [=](std::uint64_t step) {
      if (step >= last) throw std::domain_error("no more");
      return step == broken ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
    };
  };
  const Graph graph = network(600);
  for (const int threads : support::thread_counts()) {
    const EigenBackend<> backend{.threads = threads};
    const auto check = [&](auto simulator) {
      return [simulator = std::move(simulator)]() mutable { simulator.run(100); };
    };
    const auto alone = [&](auto stimulus) { return Simulator{graph, lively, stimulus, Seed{6}, backend}; };
    const auto many = [&](auto stimulus) { return Simulator{trials(graph, 3), lively, stimulus, Seed{6}, backend}; };
    check_message<Divergence>(check(alone(drive(19, 20))), {"step 19", "the stimulus is NaN"});
    check_message<Divergence>(check(alone(drive(3, 20))), {"step 3", "the stimulus is NaN"});
    check_message<std::domain_error>(check(alone(drive(20, 20))), {"no more"});
    check_message<Divergence>(check(many(drive(19, 20))), {"network 0, step 19", "the stimulus is NaN"});
    check_message<std::domain_error>(check(many(drive(21, 20))), {"no more"});
  }
}

TEST_CASE("a divergence has its network, step and neuron as numbers") {
  const Drive stimulus = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 5 && neuron == 3 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  Simulator simulator{network(10), lively, stimulus, Seed{6}, EigenBackend<>{.first_network = 2}};
  try {
    simulator.run(10);
    FAIL("nothing was thrown");
  } catch (const Divergence& error) {
    CHECK((error.network_id == 2 && error.step == 5 && error.neuron == 3));
  }
}

TEST_CASE("after a failed step a simulator refuses to run until it is reset") {
  const Drive stimulus = [](std::uint64_t step, std::uint32_t) {
    return step == 20 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  Simulator simulator{network(10), lively, stimulus, Seed{6}};
  CHECK_THROWS_AS(simulator.run(30), Divergence);
  check_message<std::logic_error>([&] { simulator.equilibrate(1); }, {"reset()"});
  check_message<std::logic_error>([&] { simulator.run(1); }, {"reset()"});
  simulator.reset();
  CHECK(simulator.run(20).steps() == 20);
}

TEST_CASE("after a failed step no state can be saved, but an earlier one can be restored") {
  const Drive stimulus = [](std::uint64_t step, std::uint32_t) {
    return step == 20 ? std::numeric_limits<float>::quiet_NaN() : 3.0f;
  };
  Simulator simulator{network(10), lively, stimulus, Seed{6}};
  simulator.run(5);
  const auto state = simulator.state();
  const auto expected = list(simulator.run(15));
  CHECK_THROWS_AS(simulator.run(1), Divergence);
  check_message<std::logic_error>([&] { simulator.state(); }, {"reset()"});
  CHECK_THROWS_AS(simulator.restore({}), std::invalid_argument);
  CHECK_THROWS_AS(simulator.run(1), std::logic_error);
  simulator.restore(state);
  CHECK(simulator.step() == 5);
  CHECK((list(simulator.run(15)) == expected));

  // What was recorded belongs to the course that ended.
  CHECK_THROWS_AS(simulator.run(1), Divergence);
  simulator.restore(state);
  CHECK_THROWS_AS(simulator.run(30), Divergence);
  CHECK(simulator.take_recorded().steps() == 15);
  simulator.restore(state);
  const auto recorded = simulator.take_recorded();
  CHECK((recorded.steps() == 0 && recorded.first_step() == 5));
}

TEST_CASE("a failed step leaves nothing behind in neurons not yet updated") {
  const Drive stimulus = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 5 && neuron == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  const int threads = GENERATE(1, 2);
  CAPTURE(threads);
  const auto start = InitialState::silent();
  Simulator simulator{network(1000), lively, stimulus, Seed{6}, EigenBackend<>{.threads = threads}, start};
  const auto state = simulator.state();
  const auto expected = list(simulator.run(5));
  REQUIRE(expected.size() > 100);
  CHECK_THROWS_AS(simulator.run(1), Divergence);
  simulator.restore(state);
  CHECK((list(simulator.run(5)) == expected));
  CHECK_THROWS_AS(simulator.run(1), Divergence);
  simulator.reset(start);
  CHECK((list(simulator.run(5)) == expected));
}

TEST_CASE("recorded steps survive further attempts to run") {
  const Drive stimulus = [](std::uint64_t step, std::uint32_t) {
    return step == 20 ? std::numeric_limits<float>::quiet_NaN() : 3.0f;
  };
  Simulator simulator{network(10), lively, stimulus, Seed{6}};
  CHECK_THROWS_AS(simulator.run(30), Divergence);
  CHECK_THROWS_AS(simulator.run(30), std::logic_error);
  CHECK(simulator.take_recorded().steps() == 20);
}

TEST_CASE("a step of 2^48 or more is refused") {
  Simulator simulator{network(10), lively, no_stimulus, Seed{6}};
  simulator.equilibrate(5);
  simulator.run(2);
  constexpr std::uint64_t limit = std::uint64_t{1} << 48;
  const auto ignore = [](std::uint32_t, std::uint64_t, std::span<const BinaryEvent>) {};
  check_message<std::out_of_range>([&] { simulator.run(limit - 6, ignore); }, {std::to_string(limit - 6), "2^48"});
  check_message<std::out_of_range>([&] { simulator.equilibrate(limit - 6); }, {std::to_string(limit - 6), "2^48"});
  check_message<std::out_of_range>([&] { simulator.run(limit, ignore); }, {std::to_string(limit), "2^48"});
  check_message<std::out_of_range>([&] { simulator.run(std::numeric_limits<std::uint64_t>::max(), ignore); }, {"2^48"});
  CHECK(simulator.step() == 2);
  CHECK(simulator.run(10).steps() == 10);
}

TEST_CASE("a recording of another network, or of other steps, cannot be appended to") {
  Simulator simulator{network(10), lively, no_stimulus, Seed{6}};
  simulator.run(5);
  const auto append_to = [&](Events<BinaryEvent> events) {
    return [&simulator, events]() mutable { simulator.run(1, events); };
  };
  CHECK_NOTHROW(append_to({10, 1.0, 0, 5})());
  check_message<std::invalid_argument>(append_to({10, 1.0, 0, 5}), {"step 6", "step 5"});
  check_message<std::invalid_argument>(append_to({10, 1.0, 3, 6}), {"network 0", "network 3"});
  check_message<std::invalid_argument>(append_to({11, 1.0, 0, 6}), {"network"});
}

TEST_CASE("parameters that change after construction of the model are checked again") {
  BernoulliGLM model;
  model.nonlinearity.theta = std::numeric_limits<float>::quiet_NaN();
  check_message<InvalidParameter>([&] { Simulator{network(10), model, no_stimulus, Seed{6}}; }, {"theta = nan"});
  BernoulliGLM slow_steps;
  slow_steps.scale.dt = 1.5f;
  check_message<InvalidParameter>([&] { Simulator{network(10), slow_steps, no_stimulus, Seed{6}}; }, {"dt = 1.5"});
  BernoulliGLM endless;
  endless.filter = {.coupling_decay = 0.0f, .coupling_window = infinite_window};
  check_message<InvalidParameter>(
      [&] {
        Simulator{network(10), endless, no_stimulus, Seed{6}};
      },
      {"coupling_decay = 0"});
}

TEST_CASE("weights that would vanish are refused") {
  EdgeList edges{4};
  edges.add(3, 1, 0.5f);
  edges.add(2, 1, -1e10f);
  const std::string message =
      "the weight 0.5 from neuron 3 to neuron 1 would vanish in rounding because of the weight ";
  check_message<InvalidGraph>([&] { Simulator(Graph{edges}, lively, no_stimulus, Seed{6}); },
                              {message, "from neuron 2"});
  edges.add(0, 1, -1e10f);
  check_message<InvalidGraph>([&] { Simulator(Graph{edges}, lively, no_stimulus, Seed{6}); }, {message});
}

// --- units of weights -----------------------------------------------------------------------------------------------

TEST_CASE("a sum over more than 2^22 synapses of one neuron is exact") {
  CompressedRows<float, std::uint32_t> rows;
  constexpr std::uint32_t neurons = (1u << 22) + 1;
  for (std::uint64_t i = 0; i <= neurons; ++i) rows.offsets.push_back(i);
  rows.targets.assign(neurons, 0);
  rows.weights.assign(neurons, 1.0f);
  Simulator simulator{Graph{std::move(rows)}, BernoulliGLM{{.coupling_window = 1}}, no_stimulus, Seed{6}};
  simulator.reset(Eigen::MatrixXi::Ones(neurons, 1));
  simulator.run(1);
  CHECK(simulator.state()[0].past[0] == static_cast<float>(neurons));
}

TEST_CASE("a large weight onto one neuron does not affect the others") {
  EdgeList edges{4};
  edges.add(0, 1, 0.5f);
  const Graph alone{edges};
  edges.add(2, 3, -1e10f);
  const Graph both{edges};
  constexpr Drive drive = [](std::uint64_t, std::uint32_t neuron) { return neuron % 2 == 0 ? 4.0f : 0.0f; };
  const auto check = [&](auto backend) {
    Simulator one{alone, lively, drive, Seed{6}, backend}, other{both, lively, drive, Seed{6}, backend};
    std::uint64_t spikes = 0;
    for (int step = 0; step < 500; ++step) {
      const auto of = [](const auto& events) { return events.counts()[1]; };
      const std::uint64_t count = of(one.run(1));
      spikes += count;
      REQUIRE(of(other.run(1)) == count);
      REQUIRE(same_value(one.state()[0].filters[1], other.state()[0].filters[1]));  // x, and so g
    }
    CHECK(spikes > 20);
  };
  check(EigenBackend<>{});
  check(EigenBackend<SparseMatvec>{});
}

TEST_CASE("neurons that get 0.5 with every spike of another spike at the closed-form rate beside a large weight") {
  constexpr std::uint32_t followers = 1000;
  EdgeList edges{followers + 2};
  for (std::uint32_t i = 1; i <= followers; ++i) edges.add(0, i, 0.5f);
  edges.add(0, followers + 1, -1e10f);
  constexpr Drive always = [](std::uint64_t, std::uint32_t neuron) { return neuron == 0 ? 1000.0f : 0.0f; };
  constexpr int window = 20;
  Simulator simulator{
      Graph{edges},
      BernoulliGLM{
          {.theta = 2.0f, .coupling_window = window, .coupling_decay = 0.5f, .abs_ref_steps = 0, .rel_ref_steps = 0}},
      always, Seed{6}};
  simulator.run(window + 1);
  constexpr std::uint64_t steps = support::slow_build ? 100 : 1000;
  const auto counts = simulator.run(steps).counts();
  CHECK((counts[0] == steps && counts[followers + 1] == 0));

  // Spikes are independent: a binomial count.
  const double x = 0.5 * (1.0 - std::exp(-0.5 * window)) / (1.0 - std::exp(-0.5));
  const double p = 1.0 / (1.0 + std::exp(2.0 - x)), n = static_cast<double>(followers * steps);
  const auto total = static_cast<double>(std::accumulate(counts.begin() + 1, counts.end(), std::uint64_t{0}));
  CHECK(sigmas(total, n * p, n * p * (1.0 - p)) < 5);
}

#if defined(__SSE2__)
TEST_CASE("a process that flushes denormal numbers to zero is refused") {
  const unsigned settings = _mm_getcsr();
  const unsigned flush = GENERATE(0x8000u, 0x0040u);  // results, operands
  std::string message;
  _mm_setcsr(settings | flush);
  try {
    Simulator simulator{Graph{EdgeList{3}}, lively, no_stimulus, Seed{6}};
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  _mm_setcsr(settings);
  CHECK(message.find("denormal") != message.npos);
}
#endif

// --- statistics -----------------------------------------------------------------------------------------------------

TEST_CASE("without coupling and refractory period a neuron spikes at the closed-form rate") {
  const int theta = GENERATE(range(-5, 16));
  const float dt = theta % 2 == 0 || theta > 9 ? 1.0f : 0.3f;
  CAPTURE(theta, dt);
  constexpr std::uint32_t neurons = 1000;
  // Fewer steps where there are many spikes.
  const std::uint64_t steps = (theta < 4 ? 2'000u : theta < 10 ? 10'000u : 50'000u) / (support::slow_build ? 20 : 1);
  Simulator simulator{
      Graph{EdgeList{neurons}},
      BernoulliGLM{{.dt = dt, .theta = static_cast<float>(theta), .abs_ref_steps = 0, .rel_ref_steps = 0}}, no_stimulus,
      Seed{static_cast<std::uint64_t>(theta + 100)}};
  const Events events = simulator.run(steps);

  // Spikes are independent: binomial counts.
  const double p = static_cast<double>(dt) / (1.0 + std::exp(theta)), n = static_cast<double>(steps * neurons);
  CHECK(sigmas(static_cast<double>(events.total()), n * p, n * p * (1.0 - p)) < 5);

  // A squared standardised count has variance 2 + its excess kurtosis.
  const auto dispersion_sigmas = [&](const std::vector<std::uint64_t>& counts, double trials) {
    const double variance = trials * p * (1.0 - p), size = static_cast<double>(counts.size());
    double sum = 0.0;
    for (const std::uint64_t count : counts) {
      const double deviation = static_cast<double>(count) - trials * p;
      sum += deviation * deviation / variance;
    }
    return sigmas(sum, size, size * (2.0 + (1.0 - 6.0 * p * (1.0 - p)) / variance));
  };
  std::vector<std::uint64_t> by_step(steps);
  for (const Spike spike : events) by_step[spike.step] += spike.count;
  CHECK(dispersion_sigmas(events.counts(), static_cast<double>(steps)) < 5);
  CHECK(dispersion_sigmas(by_step, neurons) < 5);
}

TEST_CASE("without coupling, spikes of one neuron in two steps, and of two neurons, are uncorrelated") {
  constexpr Eigen::Index neurons = 260, steps = support::slow_build ? 1000 : 8000;
  Simulator simulator{Graph{EdgeList{neurons}}, BernoulliGLM{{.theta = 1.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}},
                      no_stimulus, Seed{12}};
  const double p = 1.0 / (1.0 + std::exp(1.0));
  const Eigen::ArrayXXd z = (simulator.run(steps).to_dense().cast<double>().array() - p) / std::sqrt(p * (1.0 - p));
  // Products of independent numbers of mean 0 and variance 1 are such numbers.
  for (const Eigen::Index apart : {1, 2, 4, 7, 8, 128}) {
    CAPTURE(apart);
    const double along = (z.leftCols(steps - apart) * z.rightCols(steps - apart)).sum();
    const double across = (z.topRows(neurons - apart) * z.bottomRows(neurons - apart)).sum();
    CHECK(sigmas(along, 0.0, static_cast<double>(neurons * (steps - apart))) < 5);
    CHECK(sigmas(across, 0.0, static_cast<double>((neurons - apart) * steps)) < 5);
  }
  // So are neurons of two networks and of two seeds.
  const auto other = [&](std::uint64_t seed, std::uint32_t id) -> Eigen::ArrayXXd {
    Simulator alike{Graph{EdgeList{neurons}}, simulator.model(), no_stimulus, Seed{seed},
                    EigenBackend<>{.first_network = id}};
    return (alike.run(steps).to_dense().cast<double>().array() - p) / std::sqrt(p * (1.0 - p));
  };
  CHECK(sigmas((z * other(12, 1)).sum(), 0.0, static_cast<double>(neurons * steps)) < 5);
  CHECK(sigmas((z * other(13, 0)).sum(), 0.0, static_cast<double>(neurons * steps)) < 5);
}

TEST_CASE("no neuron ever spikes within its absolute refractory period, however strong its input") {
  const int refractory = GENERATE(1, 3, 5);
  // Refractory, g - theta is at most 60 - 100 + 5, and 2^32 exp(-35) < 1: no draw is below.
  constexpr std::uint32_t neurons = 20;
  constexpr std::uint64_t steps = support::slow_build ? 20'000 : 1'000'000;
  Simulator simulator{
      Graph{EdgeList{neurons}},
      BernoulliGLM{{.theta = -5.0f, .abs_ref_steps = refractory, .abs_ref_strength = -100.0f, .rel_ref_steps = 0}},
      Drive{[](std::uint64_t step, std::uint32_t neuron) { return step % 97 < neuron ? 60.0f : -5.0f; }}, Seed{2}};
  std::vector<std::uint64_t> last(neurons, std::numeric_limits<std::uint64_t>::max() / 2);
  std::uint64_t shortest = steps;
  simulator.run(steps, [&](std::uint32_t, std::uint64_t first, std::span<const BinaryEvent> events) {
    for (const BinaryEvent& event : events) {
      const std::uint64_t step = first + event.offset;
      if (last[event.neuron] < step) shortest = std::min(shortest, step - last[event.neuron]);
      last[event.neuron] = step;
    }
  });
  // A spike has lags 0 .. A - 1 in the A steps after it.
  CHECK(shortest == static_cast<std::uint64_t>(refractory) + 1);
}

TEST_CASE("with an absolute refractory period intervals are those of a renewal process") {
  const int refractory = GENERATE(1, 3, 10);
  const float theta = GENERATE(-1.0f, 2.0f);
  CAPTURE(refractory, theta);
  constexpr std::uint32_t neurons = 500;
  constexpr std::uint64_t steps = support::slow_build ? 500 : 10'000;
  Simulator simulator{Graph{EdgeList{neurons}},
                      BernoulliGLM{{.theta = theta, .abs_ref_steps = refractory, .rel_ref_steps = 0}}, no_stimulus,
                      Seed{4}};
  simulator.equilibrate(200);
  const double n = static_cast<double>(neurons * steps);
  // Intervals are A plus a geometric number of steps of mean 1 / p, variance (1 - p) / p^2. The count of a stationary
  // renewal process has mean t / mu, and variance t sigma^2 / mu^3 for large t.
  const double p = 1.0 / (1.0 + std::exp(theta)), mean = refractory + 1.0 / p, variance = (1.0 - p) / (p * p);
  CHECK(sigmas(static_cast<double>(simulator.run(steps).total()), n / mean, n * variance / (mean * mean * mean)) < 5);
}

TEST_CASE("weights with sums beyond single precision are refused") {
  EdgeList edges{3};
  edges.add(0, 2, 3e38f);
  edges.add(1, 2, 3e38f);
  check_message<InvalidGraph>([&] { Simulator(Graph{edges}, lively, no_stimulus, Seed{1}); },
                              {"6.0", "e+38, more than the maximum of single"});
  EdgeList<double> large{2};
  large.add(0, 1, -1e300);
  check_message<InvalidGraph>([&] { Simulator(Graph{large}, lively, no_stimulus, Seed{1}); }, {"single precision"});
}

TEST_CASE("a moved-from graph is refused") {
  Graph<> graph = network(10);
  (void)std::move(graph).release();
  check_message<InvalidGraph>([&] { Simulator(graph, lively, no_stimulus, Seed{1}); }, {"at least one neuron"});
}

TEST_CASE("a run too long for its recording is refused before the first step") {
  Simulator simulator{network(10), lively, no_stimulus, Seed{1}};
  auto spikes = simulator.run(5);
  check_message<std::length_error>([&] { simulator.run((std::uint64_t{1} << 32) - 4, spikes); }, {"2^32"});
  check_message<std::length_error>([&] { simulator.run((std::uint64_t{1} << 32) + 1); }, {"2^32"});
  CHECK(simulator.step() == 5);
  CHECK(spikes.steps() == 5);
}

TEST_CASE("all 65536 neurons with 16-bit ids take part") {
  EdgeList<float, std::uint16_t> ring{65536};
  for (std::uint32_t i = 0; i < 65536; ++i) ring.add(i, (i + 1) % 65536, 50.0f);
  const BernoulliGLM chain{{.theta = 25.0f, .coupling_window = 1}};  // only a spike makes the next neuron spike
  for (const int threads : support::thread_counts()) {
    Simulator simulator{Graph{ring}, chain, no_stimulus, Seed{1}, EigenBackend<>{.threads = threads}};
    Eigen::MatrixXi history = Eigen::MatrixXi::Zero(65536, 1);
    history(65534, 0) = 1;
    simulator.reset(history);
    CHECK(list(simulator.run(3)) == std::vector<Spike>{{0, 65535, 1}, {1, 0, 1}, {2, 1, 1}});
  }
}

// --- delays ---------------------------------------------------------------------------------------------------------

TEST_CASE(
    "a spike in step s with delay d arrives in step s + d, in pieces, after equilibration, and by every strategy") {
  // Only a spike that arrives makes a neuron spike; neuron 0 spikes when it is told to.
  const Parameters only_driven{.theta = 25.0f, .coupling_window = 1, .abs_ref_steps = 0, .rel_ref_steps = 0};
  EdgeList edges{6};
  const std::vector<std::int64_t> delays = {1, 2, 3, 40, 200};
  for (std::size_t i = 0; i < delays.size(); ++i) edges.add(0, i + 1, 50.0f, delays[i]);
  edges.add(0, 1, 50.0f, 7);
  edges.add(3, 4, 50.0f, 10);
  const Drive drive = [](std::uint64_t step, std::uint32_t neuron) {
    return neuron == 0 && (step == 5 || step == 90) ? 50.0f : 0.0f;
  };
  std::vector<Spike> expected;
  for (const std::uint64_t start : {std::uint64_t{5}, std::uint64_t{90}})
    for (const auto& [later, neuron] : std::vector<std::pair<std::uint64_t, std::uint32_t>>{
             {0, 0}, {1, 1}, {2, 2}, {3, 3}, {7, 1}, {13, 4}, {40, 4}, {200, 5}})
      if (start + later < 250) expected.push_back({start + later, neuron, 1});
  std::sort(expected.begin(), expected.end(),
            [](const Spike& a, const Spike& b) { return std::pair(a.step, a.neuron) < std::pair(b.step, b.neuron); });

  const auto check = [&](auto backend) {
    Simulator simulator{Graph{edges}, BernoulliGLM{only_driven}, drive, Seed{1}, backend};
    simulator.reset(Eigen::MatrixXi::Zero(6, 1));
    simulator.equilibrate(17);
    std::vector<Spike> spikes;
    for (const std::uint64_t steps : {10, 1, 80, 159}) {
      const auto piece = list(simulator.run(steps));
      spikes.insert(spikes.end(), piece.begin(), piece.end());
    }
    CHECK(spikes == expected);
    // What is still on its way is forgotten on reset.
    simulator.reset(Eigen::MatrixXi::Zero(6, 1));
    CHECK(simulator.run(5).empty());
    CHECK(simulator.run(245).size() == expected.size());
  };
  check(EigenBackend<>{});
  check(EigenBackend<SparseMatvec>{});
}

TEST_CASE("spikes of a given past arrive after their delays, and older spikes may arrive later") {
  const Parameters only_driven{.theta = 25.0f, .coupling_window = 1, .abs_ref_steps = 0, .rel_ref_steps = 0};
  EdgeList edges{4};
  edges.add(0, 1, 50.0f, 1);
  edges.add(0, 2, 50.0f, 12);
  edges.add(0, 3, 50.0f, 3000);
  Simulator simulator{Graph{edges}, BernoulliGLM{only_driven}, no_stimulus, Seed{1}};
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(4, 10);
  history(0, 0) = history(0, 7) = 1;  // in steps -10 and -3
  simulator.reset(history);
  CHECK(list(simulator.run(50)) == std::vector<Spike>{{2, 2, 1}, {9, 2, 1}});
  CHECK(list(simulator.run(3000)) == std::vector<Spike>{{2990, 3, 1}, {2997, 3, 1}});
}

TEST_CASE("delays longer than the run have no effect") {
  support::Numbers numbers{2};
  EdgeList edges{300};
  for (std::uint32_t pre = 0; pre < 300; ++pre) edges.add(pre, numbers.below(300), 5.0f, numbers.between(100, 300));
  constexpr EigenBackend<> backend{.hash_state = true};
  Simulator delayed{Graph{edges}, lively, noise_of, Seed{4}, backend};
  Simulator alone{Graph{EdgeList{300}}, lively, noise_of, Seed{4}, backend};
  CHECK(delayed.run(99).fingerprint() == alone.run(99).fingerprint());
  CHECK(delayed.state_hash() == alone.state_hash());
  delayed.run(50);
  alone.run(50);
  CHECK(delayed.state_hash() != alone.state_hash());
}

TEST_CASE("a failed step is remembered even if the recorder of the steps before it throws") {
  const Graph graph = generate::normal({.neurons = 300, .probability = 0.1}, Seed{1});
  const Drive broken = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 50 && neuron == 299 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  Simulator simulator{graph, BernoulliGLM{}, broken, Seed{2}};
  CHECK_THROWS_AS(simulator.run(100, [](auto, auto, auto) { throw std::runtime_error("full"); }), std::runtime_error);
  CHECK_THROWS_AS(simulator.run(1), std::logic_error);
  simulator.reset();
  CHECK(simulator.run(50).steps() == 50);
}

TEST_CASE("the hash of the state after a step that failed is that of the steps before it, on any number of threads") {
  const Graph graph = generate::normal({.neurons = 2000, .probability = 0.05, .std = 5.0}, Seed{1});
  const Drive broken = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 50 && neuron == 300 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  Simulator whole{graph, BernoulliGLM{}, no_stimulus, Seed{2}, EigenBackend<>{.hash_state = true}};
  whole.run(50);
  for (const int threads : support::thread_counts()) {
    Simulator simulator{graph, BernoulliGLM{}, broken, Seed{2}, EigenBackend<>{.threads = threads, .hash_state = true}};
    CHECK_THROWS_AS(simulator.run(100), Divergence);
    CHECK(simulator.state_hash() == whole.state_hash());
    CHECK(simulator.synaptic_events() == whole.synaptic_events());
  }
}
