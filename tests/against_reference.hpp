// SPDX-License-Identifier: BSD-3-Clause
//
// Simulators against the slow reference: the same spikes, and the same bits of every g and mu, on every backend.
//
//   support::Numbers numbers{1};
//   const against::Network network = against::random_network(numbers, {.neurons = 300, .longest_delay = 40});
//   const auto outcome = against::check<1>(network, model, slow_model, stimulus, slow_stimulus,
//                                          against::random_course(numbers, network));
//   CHECK(outcome.spikes > 0);
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slow_reference.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "support.hpp"

namespace against {

struct Network {
  slow::Synapses synapses;
  bool wide = false;  ///< weights are in double, and not all are floats
};

struct NetworkKind {
  std::size_t neurons = 1;
  double probability = 0.1;  ///< of a synapse, from each neuron to each, itself included
  double strength = 1.0;     ///< weights are uniform on mean +- strength
  double mean = 0.0;
  std::size_t longest_delay = 1;
  std::size_t bases = 1;
  double isolated = 0.0;  ///< share of neurons without synapses
  bool several = false;   ///< whether a pair may have up to three synapses, of different delays
  bool wide = false;
};

/// In no order.
inline Network random_network(support::Numbers& numbers, const NetworkKind& kind) {
  Network network{{kind.neurons, {}}, kind.wide};
  std::vector<bool> alone(kind.neurons);
  for (std::size_t i = 0; i < kind.neurons; ++i) alone[i] = numbers.coin(kind.isolated);
  for (std::uint32_t pre = 0; pre < kind.neurons; ++pre)
    for (std::uint32_t post = 0; post < kind.neurons; ++post) {
      if (alone[pre] || alone[post] || !numbers.coin(kind.probability)) continue;
      std::set<std::size_t> delays;
      for (int i = 0; i < (kind.several ? numbers.between(1, 3) : 1); ++i)
        delays.insert(1 + numbers.below(kind.longest_delay));
      for (const std::size_t delay : delays) {
        std::vector<double> weights;
        for (std::size_t m = 0; m < kind.bases; ++m) {
          const double weight = kind.mean + numbers.real(-kind.strength, kind.strength);
          weights.push_back(kind.wide ? weight : static_cast<float>(weight));
        }
        network.synapses.list.push_back({pre, post, delay, weights});
      }
    }
  auto& list = network.synapses.list;
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[numbers.below(i)]);
  return network;
}

/// A network of 1 to `most` neurons; the first few of several have the sizes at which blocks of neurons end.
inline NetworkKind random_kind(support::Numbers& numbers, int place, int most = 600) {
  const std::vector<int> sizes = {1, 2, 255, 256, 257, 513};
  const auto at = static_cast<std::size_t>(place);
  NetworkKind kind;
  kind.neurons = static_cast<std::size_t>(at < sizes.size()   ? sizes[at]
                                          : numbers.coin(0.3) ? numbers.between(1, most)
                                                              : numbers.between(1, 60));
  const double degree = numbers.one_of<double>({0.5, 5.0, 30.0});
  kind.probability =
      numbers.coin(0.1) && kind.neurons <= 60 ? 1.0 : std::min(1.0, degree / static_cast<double>(kind.neurons));
  kind.longest_delay = numbers.one_of<std::size_t>({1, 2, 7, 40});
  kind.isolated = numbers.one_of<double>({0.0, 0.3});
  kind.several = numbers.coin(0.5);
  kind.wide = numbers.coin(0.25);
  return kind;
}

template <class Number, std::size_t Bases>
using WeightOf = std::conditional_t<Bases == 1, Number, std::array<Number, Bases>>;

/// The synapses as a graph.
template <class Number, std::size_t Bases, class Vertex>
auto graph_of(const slow::Synapses& synapses) {
  using Weight = WeightOf<Number, Bases>;
  spikeometric::EdgeList<Weight, Vertex> edges{synapses.neurons};
  for (const slow::Synapse& synapse : synapses.list) {
    Weight weight{};
    if constexpr (Bases == 1)
      weight = static_cast<Number>(synapse.weights[0]);
    else
      for (std::size_t m = 0; m < Bases; ++m) weight[m] = static_cast<Number>(synapse.weights[m]);
    edges.add(synapse.pre, synapse.post, weight, static_cast<std::int64_t>(synapse.delay));
  }
  return spikeometric::Graph{edges};
}

/// And back.
template <class Weight, class Vertex>
slow::Synapses synapses_of(const spikeometric::Graph<Weight, Vertex>& graph) {
  slow::Synapses synapses{graph.neurons(), {}};
  for (const auto& [pre, post, weight, delay] : graph.edges()) {
    synapses.list.push_back({pre, post, delay, {}});
    for (std::size_t m = 0; m < graph.bases; ++m)
      synapses.list.back().weights.push_back(spikeometric::detail::WeightTraits<Weight>::at(weight, m));
  }
  return synapses;
}

/// How a simulation starts and goes on.
struct Course {
  std::uint64_t seed = 1;
  std::uint32_t network = 0;
  std::optional<Eigen::MatrixXi> history = {};
  std::optional<Eigen::VectorXd> activation = {};
  std::uint64_t equilibration = 0;
  std::vector<std::uint64_t> pieces = {30};

  std::uint64_t steps() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t piece : pieces) sum += piece;
    return sum;
  }
};

template <class Model>
inline constexpr bool has_activation = spikeometric::detail::has_activation<
    decltype(decltype(std::declval<const Model&>().kernel(std::declval<spikeometric::HostArrays&>()))::filter)>;

template <class Model>
Course random_course(support::Numbers& numbers, const Network& network) {
  const auto neurons = static_cast<Eigen::Index>(network.synapses.neurons);
  Course course{.seed = numbers.bits(), .network = static_cast<std::uint32_t>(numbers.bits())};
  if (numbers.coin(0.3)) {
    course.history = Eigen::MatrixXi::NullaryExpr(neurons, numbers.one_of<int>({0, 1, 12, 50}), [&] {
      return numbers.coin(0.2) ? numbers.between(1, Model::binary ? 1 : 3) : 0;
    });
  } else if (has_activation<Model> && numbers.coin(0.5)) {
    course.activation = Eigen::VectorXd::NullaryExpr(neurons, [&] { return numbers.real(-1.0, 2.0); });
  }
  course.equilibration = numbers.one_of<std::uint64_t>({0, 1, 13});
  course.pieces = numbers.one_of<std::vector<std::uint64_t>>({{45}, {1, 44}, {20, 0, 7, 18}});
  return course;
}

/// What happened, so that tests can tell whether it is worth anything.
struct Outcome {
  std::size_t spikes = 0;
  std::size_t silent = 0;
  std::size_t cases = 0;
  std::uint32_t largest_count = 0;
  double worst_error = 0.0;

  void add(const slow::Network& oracle) {
    spikes += oracle.spikes().size();
    silent += oracle.spikes().empty();
    ++cases;
    for (const spikeometric::Spike& spike : oracle.spikes()) largest_count = std::max(largest_count, spike.count);
    worst_error = std::max(worst_error, oracle.worst_error());
  }
};

/// With the numbers of threads that this build has, in pieces and then, anew, in one run. With float weights also as a
/// matrix product, with narrow ids; with others only where Wide.
template <std::size_t Bases, bool Wide = true, class Model, class Stimulus>
void check(const Network& network, const Model& model, const slow::Model& slow_model, const Stimulus& stimulus,
           const slow::Stimulus& slow_stimulus, const Course& course, Outcome& outcome) {
  using namespace spikeometric;
  const std::uint64_t neurons = network.synapses.neurons;
  CAPTURE(neurons, network.synapses.list.size(), network.wide, course.seed, course.equilibration, course.pieces.size(),
          course.history.has_value(), course.activation.has_value());

  slow::Network oracle{slow_model, network.synapses, course.seed, course.network, slow_stimulus};
  course.history      ? oracle.start(*course.history)
  : course.activation ? oracle.start(*course.activation)
                      : oracle.start();
  oracle.equilibrate(course.equilibration);
  oracle.run(course.steps());
  outcome.add(oracle);

  const auto check_one = [&](const auto& graph, auto backend) {
    CAPTURE(backend.threads);
    backend.first_network = course.network;
    backend.hash_state = true;
    Simulator simulator{graph, model, stimulus, Seed{course.seed}, backend};
    for (const bool again : {false, true}) {
      CAPTURE(again);
      if (course.history) {
        simulator.reset(*course.history);
      } else if (course.activation) {
        if constexpr (has_activation<Model>) simulator.reset_activation(*course.activation);
      } else if (again) {
        simulator.reset();
      }
      simulator.equilibrate(course.equilibration);
      std::vector<Spike> spikes;
      for (const std::uint64_t steps : again ? std::vector{course.steps()} : course.pieces) {
        const auto events = simulator.run(steps);
        spikes.insert(spikes.end(), events.begin(), events.end());
      }
      REQUIRE((spikes == oracle.spikes()));
      REQUIRE(simulator.state_hash() == oracle.state_hash());
    }
  };

  const auto threads = support::thread_counts();
  const auto check_threads = [&](const auto& graph) {
    for (const int each : threads) check_one(graph, EigenBackend<>{.threads = each});
  };
  if constexpr (Wide)
    if (network.wide) return check_threads(graph_of<double, Bases, std::uint32_t>(network.synapses));
  REQUIRE_FALSE(network.wide);
  check_threads(graph_of<float, Bases, std::uint32_t>(network.synapses));
  check_one(graph_of<float, Bases, std::uint16_t>(network.synapses),
            EigenBackend<SparseMatvec>{.threads = threads[course.seed % threads.size()]});
}

/// The cases are worth something: there are spikes, few networks without, and the reference is near the exact sums.
inline void check_worth(const Outcome& outcome, std::size_t spikes_a_case) {
  CHECK(outcome.spikes > spikes_a_case * outcome.cases);
  CHECK(outcome.silent <= outcome.cases / 4);
  CHECK(outcome.worst_error < 1e-6);
}

}  // namespace against
