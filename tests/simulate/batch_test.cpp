// SPDX-License-Identifier: BSD-3-Clause
//
// Simulators of several networks at once.
#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "batches.hpp"
#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"

using namespace spikeometric;
using namespace batches;

namespace {

constexpr std::uint64_t equilibration = 4;

struct Course {
  std::vector<Spike> spikes;
  std::uint64_t state_hash = 0;
};

/// Each network by itself. stimulus_of(n) drives network n, model_of(n) is its model, start(simulator, n) starts it.
template <class ModelOf, class StimulusOf, class Start>
std::vector<Course> alone(const std::vector<Graph<>>& graphs, ModelOf model_of, StimulusOf stimulus_of,
                          std::uint64_t steps, Start start) {
  std::vector<Course> courses;
  for (std::size_t n = 0; n < graphs.size(); ++n) {
    Simulator simulator{graphs[n], model_of(n), stimulus_of(n), seed,
                        EigenBackend<>{.first_network = first_id + static_cast<std::uint32_t>(n), .hash_state = true}};
    start(simulator, n);
    simulator.equilibrate(equilibration);
    const auto events = simulator.run(steps);
    courses.push_back({list(events), simulator.state_hash()});
  }
  return courses;
}

/// Checks several numbers of threads, and with ByProduct also the other strategy, in two pieces. `models` is one model,
/// or one for each network.
template <bool ByProduct = false, class Networks, class Models, class StimulusType, class Start>
void check_batch(const Networks& networks, const Models& models, const StimulusType& stimulus, std::uint64_t steps,
                 const std::vector<Course>& expected, Start start) {
  std::uint64_t hash = 0;
  for (const Course& course : expected) hash += course.state_hash;
  const auto check = [&](auto backend) {
    CAPTURE(backend.threads);
    backend.first_network = first_id;
    backend.hash_state = true;
    Simulator many{networks, models, stimulus, seed, backend};
    REQUIRE(many.networks() == expected.size());
    start(many);
    many.equilibrate(equilibration);
    auto events = many.run(steps / 3);
    many.run(steps - steps / 3, events);
    CHECK(many.step() == steps);
    CHECK(events.steps() == steps);
    for (std::size_t n = 0; n < expected.size(); ++n) {
      CAPTURE(n, many.model(n).dt());
      CHECK(events[n].network_id() == first_id + n);
      CHECK(events[n].steps() == steps);
      REQUIRE((list(events[n]) == expected[n].spikes));
    }
    CHECK(many.state_hash() == hash);
  };
  for (const int threads : support::thread_counts()) {
    check(EigenBackend<>{.threads = threads});
    if constexpr (ByProduct) check(EigenBackend<SparseMatvec>{.threads = threads});
  }
}

std::size_t total(const std::vector<Course>& courses) {
  std::size_t sum = 0;
  for (const Course& course : courses) sum += course.spikes.size();
  return sum;
}

constexpr auto as_constructed = [](const auto&...) {};
const auto always = [](const auto& value) { return [&](std::size_t) { return value; }; };

}  // namespace

// --- each network as it is alone ------------------------------------------------------------------------------------

TEST_CASE("every network of a batch spikes as it does alone") {
  const auto graphs = random_graphs(support::slow_build ? 10 : 100, 400);
  SECTION("binary spikes, a stimulus") {
    const auto expected = alone(graphs, always(lively), always(flicker), 60, as_constructed);
    CHECK(total(expected) > 2000 * graphs.size() / 10);
    check_batch<true>(batch(graphs), lively, flicker, 60, expected, as_constructed);
  }
  SECTION("counts, no stimulus") {
    const auto expected = alone(graphs, always(counting), always(no_stimulus), 60, as_constructed);
    CHECK(total(expected) > 2000 * graphs.size() / 10);
    check_batch<true>(batch(graphs), counting, no_stimulus, 60, expected, as_constructed);
  }
  SECTION("synaptic activation, noise") {
    const auto expected = alone(graphs, always(active), always(no_stimulus), 60, as_constructed);
    CHECK(total(expected) > 2000 * graphs.size() / 10);
    check_batch(batch(graphs), active, no_stimulus, 60, expected, as_constructed);
  }
}

TEST_CASE("fewer networks than threads share the threads, and spike as they do alone") {
  const auto graphs = random_graphs(2, 900, 3);
  REQUIRE(graphs[0].neurons() == 900);
  const auto expected = alone(graphs, always(lively), always(flicker), 100, as_constructed);
  CHECK(total(expected) > 1000);
  check_batch<true>(batch(graphs), lively, flicker, 100, expected, as_constructed);
}

TEST_CASE("a batch of one is the network alone, and stays a batch") {
  const auto graphs = random_graphs(1, 300);
  const auto expected = alone(graphs, always(lively), always(no_stimulus), 50, as_constructed);
  check_batch(batch(graphs), lively, no_stimulus, 50, expected, as_constructed);
  Simulator many{batch(graphs), lively, no_stimulus, seed};
  static_assert(std::is_same_v<decltype(many.run(1)), BatchEvents<BinaryEvent>>);
}

TEST_CASE("networks of a batch agree with those alone over more steps than they take at a time") {
  const auto graphs = random_graphs(support::slow_build ? 8 : 30, 12);
  constexpr std::uint64_t steps = 2500;
  const auto expected = alone(graphs, always(lively), always(flicker), steps, as_constructed);
  check_batch(batch(graphs), lively, flicker, steps, expected, as_constructed);
}

TEST_CASE("each network may have a model of its own") {
  const auto graphs = random_graphs(30, 150);
  support::Numbers numbers{7};
  std::vector<BernoulliGLM> models;
  while (models.size() < graphs.size())
    models.emplace_back(BernoulliGLM::Parameters{.dt = 0.5f,
                                                 .r = static_cast<float>(numbers.real(-1.0, 2.0)),
                                                 .theta = static_cast<float>(numbers.real(-2.0, 3.0)),
                                                 .coupling_window = numbers.one_of<int>({1, 7, 20, infinite_window}),
                                                 .abs_ref_steps = numbers.between(0, 4),
                                                 .rel_ref_steps = numbers.between(0, 9)});
  const auto expected = alone(
      graphs, [&](std::size_t n) { return models[n]; }, always(flicker), 60, as_constructed);
  check_batch<true>(batch(graphs), models, flicker, 60, expected, as_constructed);

  Simulator many{batch(graphs), models, no_stimulus, seed};
  for (std::size_t n = 0; n < models.size(); ++n)
    CHECK(many.model(n).nonlinearity.theta == models[n].nonlinearity.theta);
  CHECK_THROWS_AS(many.model(30), std::out_of_range);
}

TEST_CASE("parameters of single neurons may differ between the networks of a batch") {
  const auto graphs = random_graphs(8, 60);
  support::Numbers numbers{9};
  using Model = Cascade<ExponentialFilter, PerNeuron<RefractoryFilter>, NoBaseline, PerNeuron<Logistic>>;
  std::vector<Model> models;
  for (const Graph<>& graph : graphs) {
    std::vector<Logistic> policies;
    std::vector<RefractoryFilter> histories;
    const int longest = numbers.between(0, 9);  // of this network
    while (policies.size() < graph.neurons()) {
      policies.push_back({.theta = static_cast<float>(numbers.real(-1.0, 3.0))});
      histories.push_back({.abs_ref_steps = numbers.between(0, longest), .rel_ref_steps = numbers.between(0, longest)});
    }
    models.push_back(Model{{}, {}, PerNeuron{histories}, {}, PerNeuron{policies}});
  }
  const auto expected = alone(
      graphs, [&](std::size_t n) { return models[n]; }, always(no_stimulus), 60, as_constructed);
  check_batch(batch(graphs), models, no_stimulus, 60, expected, as_constructed);
  // One model cannot fit networks of different sizes.
  check_message<InvalidParameter>([&] { Simulator(batch(graphs), models[0], no_stimulus, seed); },
                                  {"network 1: ", "60 neurons"});
}

// --- stimuli --------------------------------------------------------------------------------------------------------

TEST_CASE("each network may have a mask of its own, and has its own random pulses") {
  const auto graphs = random_graphs(20, 120);
  std::vector<Mask> masks;
  for (const Graph<>& graph : graphs)
    masks.push_back(masks.size() % 3 == 0 ? neurons(0, graph.neurons() / 2)
                                          : Mask{std::vector<bool>(graph.neurons(), masks.size() % 3 == 1)});
  const auto pulses = poisson_pulses({.strength = 3.0f, .mean_interval_steps = 9, .pulse_steps = 2});
  const auto regular = regular_pulses({.strength = 2.0f, .start_steps = 5, .period_steps = 20, .pulse_steps = 3});
  const auto expected = alone(
      graphs, always(lively), [&](std::size_t n) { return regular + pulses.on(masks[n]) + pulses; }, 80,
      as_constructed);
  check_batch(batch(graphs), lively, regular + pulses.on(masks) + pulses, 80, expected, as_constructed);
}

TEST_CASE("each network may have a recorded stimulus of its own") {
  const auto graphs = random_graphs(10, 50);
  support::Numbers numbers{5};
  std::vector<Eigen::MatrixXf> movies;
  for (const Graph<>& graph : graphs)
    movies.push_back(Eigen::MatrixXf::NullaryExpr(static_cast<Eigen::Index>(graph.neurons()), numbers.between(0, 90),
                                                  [&] { return static_cast<float>(numbers.real(-2.0, 2.0)); }));
  const auto expected = alone(
      graphs, always(lively), [&](std::size_t n) { return recorded(movies[n]); }, 60, as_constructed);
  check_batch(batch(graphs), lively, recorded(movies), 60, expected, as_constructed);
}

// --- trials ---------------------------------------------------------------------------------------------------------

TEST_CASE("trials are a batch of copies") {
  const auto graphs = random_graphs(3, 80);
  SECTION("of a network") {
    const std::vector<Graph<>> copies(6, graphs[0]);
    const auto expected = alone(copies, always(lively), always(flicker), 60, as_constructed);
    check_batch<true>(trials(graphs[0], 6), lively, flicker, 60, expected, as_constructed);
    check_batch<true>(batch(copies), lively, flicker, 60, expected, as_constructed);
    for (std::size_t n = 1; n < 6; ++n) CHECK((expected[n].spikes != expected[0].spikes));
  }
  SECTION("of a batch, all networks of it again and again") {
    std::vector<Graph<>> copies;
    for (int trial = 0; trial < 4; ++trial) copies.insert(copies.end(), graphs.begin(), graphs.end());
    const auto expected = alone(copies, always(lively), always(flicker), 60, as_constructed);
    check_batch<true>(trials(batch(graphs), 4), lively, flicker, 60, expected, as_constructed);
    check_batch(trials(trials(batch(graphs), 2), 2), lively, flicker, 60, expected, as_constructed);
  }
  SECTION("a model for each") {
    std::vector<BernoulliGLM> models;
    for (int n = 0; n < 5; ++n) models.push_back(BernoulliGLM{{.theta = static_cast<float>(n)}});
    const auto expected = alone(
        std::vector<Graph<>>(5, graphs[0]), [&](std::size_t n) { return models[n]; }, always(flicker), 60,
        as_constructed);
    check_batch(trials(graphs[0], 5), models, flicker, 60, expected, as_constructed);
  }
}

TEST_CASE("trials are independent of one another") {
  constexpr std::uint32_t count = 50, cells = 100;
  constexpr std::uint64_t steps = support::slow_build ? 100 : 1000;
  const BernoulliGLM memoryless{{.theta = 1.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  Simulator many{trials(Graph{EdgeList{cells}}, count), memoryless, no_stimulus, seed};
  const auto events = many.run(steps);
  const double p = 1.0 / (1.0 + std::exp(1.0)), n = static_cast<double>(cells * steps);
  CHECK(sigmas(static_cast<double>(events.total()), count * n * p, count * n * p * (1.0 - p)) < 5);
  // Products of independent numbers of mean 0 and variance 1 are such numbers; the maximum of 49.
  for (std::size_t trial = 1; trial < count; ++trial) {
    const auto z = [&](std::size_t index) -> Eigen::ArrayXXd {
      return (events[index].to_dense().cast<double>().array() - p) / std::sqrt(p * (1.0 - p));
    };
    CHECK(sigmas((z(trial - 1) * z(trial)).sum(), 0.0, n) < 5);
  }
}

TEST_CASE("the spikes of a known batch do not change") {
  std::vector<Graph<>> graphs;
  for (std::uint64_t n = 0; n < 5; ++n)
    graphs.push_back(generate::normal({.neurons = 50 + 40 * n, .probability = 0.2, .std = 3.0}, Seed{n}));
  graphs[3] = with_delays(graphs[3], {.shortest = 2, .longest = 9}, Seed{3});
  Simulator many{trials(batch(graphs), 2), lively, no_stimulus, Seed{42},
                 EigenBackend<>{.first_network = 100, .hash_state = true}};
  many.equilibrate(20);
  constexpr std::uint64_t steps = 100;
  const auto events = many.run(steps);
  CHECK(events.total() == 11554);
  CHECK(events.fingerprint() == 0xd77a5391047f5693);
  CHECK(many.state_hash() == 0x21c605e8fc7284e4);

  std::uint64_t fingerprint = 0, hash = 0;
  for (std::uint32_t n = 0; n < 10; ++n) {
    slow::Network oracle{
        slow::bernoulli_glm({.theta = 1.0f, .coupling_window = 20, .abs_ref_steps = 2, .rel_ref_steps = 5}),
        against::synapses_of(graphs[n % 5]), 42, 100 + n};
    oracle.start();
    oracle.equilibrate(20);
    oracle.run(steps);
    fingerprint += oracle.fingerprint();
    hash += oracle.state_hash();
  }
  CHECK(events.fingerprint() == fingerprint);
  CHECK(many.state_hash() == hash);
}

// --- starting anew --------------------------------------------------------------------------------------------------

TEST_CASE("reset starts every network anew") {
  const auto graphs = random_graphs(10, 60);
  Simulator many{batch(graphs), lively, flicker, seed, EigenBackend<>{.hash_state = true}};
  const auto first = many.run(50);
  const std::uint64_t hash = many.state_hash();
  many.equilibrate(7);
  many.reset();
  CHECK((many.step() == 0 && many.state_hash() == 0));
  const auto again = many.run(50);
  for (std::size_t n = 0; n < graphs.size(); ++n) CHECK((list(again[n]) == list(first[n])));
  CHECK(many.state_hash() == hash);
}

TEST_CASE("each network may be given a past of its own") {
  const auto graphs = random_graphs(15, 80);
  support::Numbers numbers{4};
  std::vector<Eigen::MatrixXi> histories;
  for (const Graph<>& graph : graphs)
    histories.push_back(Eigen::MatrixXi::NullaryExpr(static_cast<Eigen::Index>(graph.neurons()),
                                                     numbers.one_of<int>({0, 1, 5, 60}),
                                                     [&] { return numbers.coin(0.2) ? numbers.between(1, 3) : 0; }));
  const auto expected = alone(graphs, always(counting), always(no_stimulus), 40,
                              [&](auto& simulator, std::size_t n) { simulator.reset(histories[n]); });
  const auto start = [&](auto& many) {
    many.run(3);
    many.reset(histories);
  };
  check_batch<true>(batch(graphs), counting, no_stimulus, 40, expected, start);
}

TEST_CASE("each network may be given synaptic activations of its own") {
  const auto graphs = random_graphs(15, 80);
  support::Numbers numbers{4};
  std::vector<Eigen::VectorXd> activations;
  for (const Graph<>& graph : graphs)
    activations.push_back(Eigen::VectorXd::NullaryExpr(static_cast<Eigen::Index>(graph.neurons()),
                                                       [&] { return numbers.real(-1.0, 3.0); }));
  const auto expected = alone(graphs, always(active), always(no_stimulus), 40,
                              [&](auto& simulator, std::size_t n) { simulator.reset_activation(activations[n]); });
  const auto start = [&](auto& many) {
    many.run(3);
    many.reset_activation(activations);
  };
  check_batch(batch(graphs), active, no_stimulus, 40, expected, start);
}

TEST_CASE("a copy of a simulator of a batch continues as the original") {
  Simulator many{trials(batch(random_graphs(4, 60)), 2), lively, flicker, seed};
  many.run(50);
  Simulator copy = many;
  Simulator moved = std::move(copy);
  CHECK(many.run(60).fingerprint() == moved.run(60).fingerprint());
}

// --- recordings -----------------------------------------------------------------------------------------------------

TEST_CASE("a simulator of a batch reports its sizes and ids") {
  const auto graphs = random_graphs(6, 60);
  const Batch networks = trials(batch(graphs), 2);
  Simulator many{networks, lively, no_stimulus, Seed{3}, EigenBackend<>{.first_network = 8}};
  CHECK(many.networks() == 12);
  CHECK(many.neurons() == networks.neurons());
  CHECK(many.synapses() == networks.synapses());
  CHECK((many.network_id(0) == 8 && many.network_id(11) == 19));
  CHECK(many.seed().value == 3);
  const auto empty = many.new_recording();
  REQUIRE(empty.size() == 12);
  for (std::size_t n = 0; n < 12; ++n) {
    CHECK(empty[n].network_id() == 8 + n);
    CHECK(empty[n].neurons() == graphs[n % 6].neurons());
    CHECK((empty[n].empty() && empty[n].first_step() == 0));
  }
  many.run(7);
  CHECK(many.new_recording()[3].first_step() == 7);
  CHECK(&many.model(11) == &many.model(0));
}

TEST_CASE("a network that a batch does not have is refused, with its index") {
  const Graph graph = generate::normal({.neurons = 10, .probability = 0.2, .std = 1.0}, Seed{1});
  Simulator simulator{trials(graph, 3), BernoulliGLM{}, no_stimulus, Seed{1}};
  auto events = simulator.run(2);
  const std::string message = "network 3 is out of range: this is a batch of 3 networks, counted from 0";
  CHECK_THROWS_WITH(events[3], message);
  CHECK_THROWS_WITH(std::as_const(events)[3], message);
  CHECK_THROWS_WITH(simulator.model(3), message);
  CHECK_THROWS_WITH(simulator.network_id(3), message);
  CHECK_THROWS_AS(events[3], OutOfRange);
  CHECK(simulator.network_id(2) == 2);
}

TEST_CASE("synaptic events are counted over all networks") {
  const auto graphs = random_graphs(5, 60);
  std::uint64_t sum = 0;
  for (std::size_t n = 0; n < graphs.size(); ++n) {
    Simulator simulator{graphs[n], lively, no_stimulus, seed,
                        EigenBackend<>{.first_network = static_cast<std::uint32_t>(n)}};
    simulator.run(30);
    sum += simulator.synaptic_events();
  }
  Simulator many{batch(graphs), lively, no_stimulus, seed};
  many.run(30);
  CHECK(many.synaptic_events() == sum);
  CHECK(many.state_hash() == 0);
}

TEST_CASE("a recorder is given each network's spikes in order, with its id") {
  const auto graphs = random_graphs(support::slow_build ? 8 : 30, 100);
  const std::uint64_t steps = 1500;
  const int threads = GENERATE(from_range(support::thread_counts()));
  const EigenBackend<> backend{.threads = threads, .first_network = first_id};
  Simulator many{batch(graphs), lively, flicker, seed, backend}, alike{batch(graphs), lively, flicker, seed, backend};
  const auto expected = alike.run(steps);
  std::map<std::uint32_t, std::vector<Spike>> spikes;
  std::map<std::uint32_t, std::uint64_t> next;
  many.run(steps, [&](std::uint32_t network, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    REQUIRE((network >= first_id && network - first_id < graphs.size()));
    CHECK(first_step >= next[network]);
    next[network] = first_step + 1;
    for (const BinaryEvent& event : events) spikes[network].push_back({first_step + event.offset, event.neuron, 1});
  });
  for (std::size_t n = 0; n < graphs.size(); ++n)
    CHECK((spikes[first_id + static_cast<std::uint32_t>(n)] == list(expected[n])));
  CHECK(many.step() == steps);
}

TEST_CASE("a recording of other networks, or of other steps, cannot be appended to") {
  const auto graphs = random_graphs(3, 20);
  Simulator many{batch(graphs), lively, no_stimulus, seed};
  auto events = many.run(5);
  const auto unharmed = [&] { CHECK((many.step() == 5 && events.steps() == 5)); };
  auto fewer = Simulator{trials(graphs[0], 2), lively, no_stimulus, seed}.new_recording();
  check_message<std::invalid_argument>([&] { many.run(1, fewer); }, {"2 networks", "batch of 3"});
  auto others = Simulator{batch(graphs), lively, no_stimulus, seed, EigenBackend<>{.first_network = 1}}.run(5);
  check_message<std::invalid_argument>([&] { many.run(1, others); }, {"network 0", "network 1"});
  auto late = many.new_recording();
  check_message<std::invalid_argument>(
      [&] {
        many.run(1, events);
        many.run(1, late);
      },
      {"step 6", "step 5"});
  many.reset();
  events = many.run(5);
  check_message<std::length_error>([&] { many.run((std::uint64_t{1} << 32) - 4, events); }, {"2^32"});
  unharmed();
}
