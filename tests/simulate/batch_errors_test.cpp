// SPDX-License-Identifier: BSD-3-Clause
//
// Simulators of several networks of which one fails, and input that does not fit a batch.
#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "batches.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"

using namespace spikeometric;
using namespace batches;

namespace {

/// Neuron 1 has a given count in step 3.
struct Burst {
  static constexpr bool binary = false;
  std::int64_t count = 0;
  std::int64_t operator()(float, const PrimedDraws& draws) const {
    return draws.neuron == 1 && draws.step == 3 ? count : 0;
  }
};

}  // namespace

// --- what goes wrong ------------------------------------------------------------------------------------------------

TEST_CASE("if one network of a batch fails, every network keeps its completed steps") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  const std::size_t size =
      GENERATE(2, support::slow_build ? 8 : 20);  // with 3 threads 2 networks are divided among them
  const std::uint64_t failing_step = GENERATE(0, 37, 1030);
  const bool throws = GENERATE(false, true);
  CAPTURE(threads, size, failing_step, throws);
  const auto graphs = random_graphs(size, size == 2 ? (support::slow_build ? 150 : 600) : 30);
  const std::size_t failing = size == 2 ? 0 : 3;
  const auto failure = [=](std::uint64_t step, std::uint32_t neuron) {
    if (step != failing_step) return 0.0f;
    if (throws) throw std::domain_error("no stimulus for neuron " + std::to_string(neuron));
    return std::numeric_limits<float>::quiet_NaN();
  };
  std::vector<Mask> masks(size, neurons(0, 0));
  const std::uint64_t failing_neuron = graphs[failing].neurons() - 1;
  masks[failing] = neurons(failing_neuron, failing_neuron + 1);
  const auto stimulus = function(flicker) + function(failure).on(masks);
  Simulator many{batch(graphs), lively, stimulus, seed, EigenBackend<>{.threads = threads, .first_network = first_id}};

  const auto check_run = [&](auto run) {
    if (throws)
      check_message<std::domain_error>(run, {"neuron " + std::to_string(failing_neuron)});
    else
      check_message<Divergence>(
          run, {"network " + std::to_string(first_id + failing) + ",", "step " + std::to_string(failing_step) + ",",
                "neuron " + std::to_string(failing_neuron) + ":", "stimulus is NaN"});
    CHECK(many.step() == failing_step);
    check_message<std::logic_error>([&] { many.run(1); }, {"reset()"});
    check_message<std::logic_error>([&] { many.equilibrate(1); }, {"reset()"});
    check_message<std::logic_error>([&] { many.run(1, [](auto, auto, auto) {}); }, {"reset()"});
  };
  const auto check_recorded = [&](const BatchEvents<BinaryEvent>& recorded) {
    CHECK(recorded[failing].steps() == failing_step);
    CHECK(recorded.steps() == failing_step);
    for (std::size_t n = 0; n < size; ++n) {
      CHECK(recorded[n].steps() >= failing_step);
      CHECK(recorded[n].steps() <= 3000);
      Simulator healthy{graphs[n], lively, flicker, seed,
                        EigenBackend<>{.first_network = first_id + static_cast<std::uint32_t>(n)}};
      REQUIRE((list(recorded[n]) == list(healthy.run(recorded[n].steps()))));
    }
  };
  check_run([&] { many.run(3000); });
  check_recorded(many.take_recorded());
  CHECK(many.take_recorded().steps() == 0);

  many.reset();
  auto events = many.run(std::min<std::uint64_t>(failing_step, 20));
  check_run([&] { many.run(3000 - events.steps(), events); });
  check_recorded(events);
}

TEST_CASE("of several networks that fail, the first is named") {
  const auto graphs = random_graphs(6, 30);
  const auto failure = [](std::uint64_t step, std::uint32_t) {
    return step == 10 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  std::vector<Mask> masks(6, neurons(0, 0));
  masks[2] = masks[4] = neurons(0, 1);
  for (const int threads : support::thread_counts()) {
    Simulator many{batch(graphs), lively, function(failure).on(masks), seed, EigenBackend<>{.threads = threads}};
    check_message<Divergence>([&] { many.run(30); }, {"network 2, step 10, neuron 0"});
    const auto recorded = many.take_recorded();
    for (std::size_t n = 0; n < 6; ++n) CHECK(recorded[n].steps() == (n == 2 || n == 4 ? 10 : 30));
  }
}

TEST_CASE("if the counts of one network diverge, the others are recorded, also in equilibration") {
  EdgeList autapses{3};
  for (std::uint32_t i = 0; i < 3; ++i) autapses.add(i, i, 1.0f);
  std::vector<CountingModel> models(5, counting);
  for (CountingModel& model : models) model.nonlinearity.lambda_0 = 0.1f;
  models[3].nonlinearity.lambda_0 = 50.0f;
  Simulator many{trials(Graph{autapses}, 5), models, no_stimulus, seed, EigenBackend<>{.first_network = first_id}};
  check_message<Divergence>([&] { many.run(100); }, {"network 8, step", "must be between 0 and"});
  const auto recorded = many.take_recorded();
  CHECK(recorded[3].steps() < 20);
  for (const std::size_t n : {0, 1, 2, 4}) CHECK(recorded[n].steps() == 100);

  many.reset();
  check_message<Divergence>([&] { many.equilibrate(100); }, {"network 8, step", "must be between 0 and"});
  check_message<std::logic_error>([&] { many.run(1); }, {"reset()"});
  CHECK(many.take_recorded().steps() == 0);
}

TEST_CASE("an exception of a recorder ends a run of a batch, which can then only be reset") {
  const auto graphs = random_graphs(12, 40);
  const int threads = GENERATE(from_range(support::thread_counts()));
  Simulator many{batch(graphs), lively, flicker, seed, EigenBackend<>{.threads = threads}};
  std::size_t calls = 0;
  const auto full = [&](std::uint32_t, std::uint64_t, std::span<const BinaryEvent>) {
    if (++calls == 5) throw std::length_error("the disk is full");
  };
  check_message<std::length_error>([&] { many.run(50, full); }, {"the disk is full"});
  CHECK(calls == 5);
  check_message<std::logic_error>([&] { many.run(1); }, {"reset()"});
  many.reset();
  Simulator alike{batch(graphs), lively, flicker, seed};
  CHECK(many.run(50).fingerprint() == alike.run(50).fingerprint());
}

TEST_CASE("counts of each network are limited by its own weights") {
  using Model = Cascade<ExponentialFilter, NoHistory, NoBaseline, Identity, Burst>;
  EdgeList few{2}, many_synapses{20};
  few.add(0, 1, 1.0f);
  for (std::uint32_t pre = 0; pre < 20; ++pre) many_synapses.add(pre, 0, 1.0f);
  const std::vector<Graph<>> graphs = {Graph{few}, Graph{many_synapses}};
  const auto small = static_cast<std::int64_t>(detail::FixedPointGraph{Graph{graphs[1]}}.count_limit()),
             large = static_cast<std::int64_t>(detail::FixedPointGraph{Graph{graphs[0]}}.count_limit());
  REQUIRE(large == 20 * small + large % 20);
  const auto models = [](std::int64_t a, std::int64_t b) {
    return std::vector{Model{{}, {}, {}, {}, {}, {a}}, Model{{}, {}, {}, {}, {}, {b}}};
  };
  Simulator within{batch(graphs), models(large, small), no_stimulus, seed};
  const auto events = within.run(5);
  CHECK(list(events[0]) == std::vector<Spike>{{3, 1, static_cast<std::uint32_t>(large)}});
  CHECK(list(events[1]) == std::vector<Spike>{{3, 1, static_cast<std::uint32_t>(small)}});
  Simulator beyond{batch(graphs), models(large, small + 1), no_stimulus, seed};
  check_message<Divergence>([&] { beyond.run(5); }, {"network 1, step 3, neuron 1", std::to_string(small + 1),
                                                     "between 0 and " + std::to_string(small)});
}

// --- bad input ------------------------------------------------------------------------------------------------------

TEST_CASE("models that do not fit the batch are refused") {
  const auto graphs = random_graphs(3, 20);
  const auto with = [&](std::vector<BernoulliGLM> models) {
    return [&graphs, models] { Simulator(batch(graphs), models, no_stimulus, seed); };
  };
  check_message<std::invalid_argument>(with(std::vector<BernoulliGLM>(2)), {"2 models", "batch of 3"});
  check_message<std::invalid_argument>(with({}), {"0 models", "batch of 3"});
  check_message<std::invalid_argument>(with(std::vector<BernoulliGLM>(1)), {"1 models", "batch of 3"});
  std::vector<BernoulliGLM> models(3);
  models[2] = BernoulliGLM{{.dt = 0.5f}};
  check_message<InvalidParameter>(with(models), {"dt = 0.5", "network 2", "network 0, 1 ms"});
  models[2] = BernoulliGLM{};
  models[1].nonlinearity.theta = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(with(models), {"network 1: theta = inf"});
}

TEST_CASE("stimuli that do not fit the batch are refused") {
  const auto graphs = random_graphs(3, 20);
  const auto with = [&](auto stimulus) {
    return [&graphs, stimulus] { Simulator(batch(graphs), lively, stimulus, seed); };
  };
  const auto pulses = regular_pulses({.period_steps = 10});
  check_message<std::invalid_argument>(with(pulses.on(std::vector<Mask>(2))), {"2 masks", "batch of 3"});
  check_message<std::invalid_argument>(with(pulses.on(std::vector<Mask>{})), {"0 masks", "batch of 3"});
  check_message<std::invalid_argument>(with(pulses.on(std::vector<Mask>{{}, {}, neurons(0, 1000)})),
                                       {"network 2: ", "neuron 999"});
  check_message<std::invalid_argument>(with(recorded(std::vector<Eigen::MatrixXf>(2))), {"2 recorded", "batch of 3"});
  check_message<std::invalid_argument>(with(recorded(Eigen::MatrixXf::Zero(20, 5).eval())), {"20 neurons"});
  // Of trials, too, each counts.
  check_message<std::invalid_argument>(
      [&] { Simulator(trials(batch(graphs), 2), lively, pulses.on(std::vector<Mask>(3)), seed); },
      {"3 masks", "batch of 6"});
}

TEST_CASE("ids of networks beyond 2^32 are refused") {
  constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  const Graph graph{EdgeList{2}};
  Simulator fits{trials(graph, 3), lively, no_stimulus, seed, EigenBackend<>{.first_network = last - 2}};
  CHECK(fits.run(3)[2].network_id() == last);
  check_message<std::invalid_argument>(
      [&] { Simulator(trials(graph, 4), lively, no_stimulus, seed, EigenBackend<>{.first_network = last - 2}); },
      {"4 networks", std::to_string(last - 2), "2^32"});
}

TEST_CASE("a moved-from batch is refused") {
  Batch networks = batch(random_graphs(2, 5));
  (void)std::move(networks).release();
  check_message<InvalidGraph>([&] { Simulator(networks, lively, no_stimulus, seed); }, {"at least one graph"});
}

TEST_CASE("a batch with a network whose sums would not be exact is refused") {
  EdgeList<double> large{2};
  large.add(0, 1, -1e300);
  const std::vector<Graph<double>> graphs = {Graph{EdgeList<double>{2}}, Graph{large}};
  check_message<InvalidGraph>([&] { Simulator(batch(graphs), lively, no_stimulus, seed); },
                              {"network 1: ", "single precision"});
}

TEST_CASE("histories that do not fit the batch are refused and change nothing") {
  const auto graphs = random_graphs(3, 20);
  Simulator many{batch(graphs), lively, no_stimulus, seed}, alike{batch(graphs), lively, no_stimulus, seed};
  many.run(10);
  alike.run(10);
  std::vector<Eigen::MatrixXi> histories;
  for (const Graph<>& graph : graphs)
    histories.push_back(Eigen::MatrixXi::Zero(static_cast<Eigen::Index>(graph.neurons()), 4));
  const std::vector<Eigen::MatrixXi> two(histories.begin(), histories.begin() + 2);
  check_message<std::invalid_argument>([&] { many.reset(two); }, {"2 histories", "batch of 3"});
  histories[2](0, 3) = 2;
  check_message<std::invalid_argument>([&] { many.reset(histories); }, {"count 2", "neuron 0", "step 3"});
  histories[2](0, 3) = -1;
  check_message<std::invalid_argument>([&] { many.reset(histories); }, {"count -1"});
  histories[2].resize(19, 4);
  check_message<std::invalid_argument>([&] { many.reset(histories); }, {"19 neurons"});
  CHECK(many.step() == 10);
  CHECK(many.run(20).fingerprint() == alike.run(20).fingerprint());
}

TEST_CASE("activations that do not fit the batch are refused and change nothing") {
  const auto graphs = random_graphs(3, 20);
  Simulator many{batch(graphs), active, no_stimulus, seed}, alike{batch(graphs), active, no_stimulus, seed};
  many.run(10);
  alike.run(10);
  std::vector<Eigen::VectorXd> activations;
  for (const Graph<>& graph : graphs)
    activations.push_back(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(graph.neurons())));
  const std::vector<Eigen::VectorXd> two(activations.begin(), activations.begin() + 2);
  check_message<std::invalid_argument>([&] { many.reset_activation(two); }, {"2 vectors", "batch of 3"});
  activations[2](0) = std::numeric_limits<double>::quiet_NaN();
  check_message<std::invalid_argument>([&] { many.reset_activation(activations); }, {"activation nan", "neuron 0"});
  activations[2].setZero(19);
  check_message<std::invalid_argument>([&] { many.reset_activation(activations); }, {"19 neurons"});
  CHECK(many.step() == 10);
  CHECK(many.run(20).fingerprint() == alike.run(20).fingerprint());
}
