// SPDX-License-Identifier: BSD-3-Clause
//
// Networks of populations that are joined by projections.
//
//   sk::NetworkBuilder builder;
//   builder.population("E", 8000).population("I", 2000);
//   builder.project("E", "I", sk::connect::Pairwise{.probability = 0.1}, {.weight = 0.2, .delay_ms = 1.5});
//   builder.project("I", "E", sk::connect::FixedInDegree{.degree = 100},
//                   {.weight = sk::distribution::TruncatedNormal{.mean = -1.0, .std = 0.1},
//                    .delay_ms = sk::distribution::Uniform{.low = 0.5, .high = 1.0}});
//   const sk::Network network = builder.build(sk::Seed{7}, {.dt = 0.1, .threads = 2});
//   sk::Simulator simulator{network.graph, model, drive.on(network.populations["E"]), sk::Seed{42}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/graph/connect.hpp"
#include "spikeometric/graph/detail/build_rows.hpp"
#include "spikeometric/graph/distribution.hpp"
#include "spikeometric/graph/network.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/graph/positions.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Weights and delays of a projection. Delays are rounded to steps, and are at least one step, also if a normal
/// distribution has negative values. Without a delay, it is one step.
struct SynapseOptions {
  SynapseDistribution weight = 1.0;
  std::optional<SynapseDistribution> delay_ms = {};
};

/// A population of a description. Its neurons are numbered from `first` on.
struct DeclaredPopulation {
  std::string name;
  std::uint64_t neurons;
  Positions positions = {};  ///< empty: none
  PositionRule rule = {};    ///< of the positions, if they have one
  std::uint64_t first = 0;
};

/// Synapses from one population to another, or within one.
struct Projection {
  std::string from, to;
  ConnectionRule rule;
  SynapseOptions synapses;
};

/// Options of NetworkBuilder::build.
struct BuildOptions {
  double dt = 0.0;  ///< length of a step in ms; needed if there are delays
  int threads = 1;
};

/// A description of populations and projections, from which networks are made. Neurons are numbered in the order of the
/// populations. Projections are numbered in the order of their declaration, and each has its own random numbers: a
/// projection added at the end changes no other.
class NetworkBuilder {
 public:
  /// Adds a population. Throws InvalidArgument for an empty name, a name that exists, and no neurons; InvalidGraph if
  /// there are more than 2^32 neurons.
  NetworkBuilder& population(std::string name, std::uint64_t neurons) { return add({std::move(name), neurons}); }

  /// Adds a population with one neuron at each position. Throws as above, and as Positions::validate.
  NetworkBuilder& population(std::string name, Positions positions) {
    positions.validate();
    const std::uint64_t neurons = positions.points.size();
    return add({std::move(name), neurons, std::move(positions)});
  }

  /// Adds a population of which a rule of `positions` places the neurons. Throws as above, and InvalidParameter for a
  /// rule with an invalid parameter.
  template <class Rule>
  requires requires(const Rule& rule) { rule.positions(); }
  NetworkBuilder& population(std::string name, const Rule& rule) {
    detail::validate_policy(rule);
    Positions positions = rule.positions();
    const std::uint64_t neurons = positions.points.size();
    return add({std::move(name), neurons, std::move(positions), rule});
  }

  /// Adds a projection between two populations, which must exist, or within one. Throws InvalidArgument for an unknown
  /// population, with the known names, and InvalidParameter for a rule that the populations cannot satisfy or an
  /// invalid distribution; both name the projection.
  NetworkBuilder& project(std::string from, std::string to, ConnectionRule rule, SynapseOptions synapses = {}) {
    Projection projection{std::move(from), std::move(to), std::move(rule), std::move(synapses)};
    find(projection.from);
    find(projection.to);
    try {
      validate(projection);
    } catch (const InvalidArgument& error) {
      throw InvalidParameter(detail::text_of(projection) + ": " + error.what());
    }
    projections_.push_back(std::move(projection));
    return *this;
  }

  /// Throws as `project`, but without the name of the projection.
  void validate(const Projection& projection) const {
    const DeclaredPopulation &pre = find(projection.from), &post = find(projection.to);
    projection.synapses.weight.validate();
    if (projection.synapses.delay_ms) {
      try {
        validate_delay(*projection.synapses.delay_ms);
      } catch (const InvalidArgument& error) {
        throw InvalidParameter(std::string("delay: ") + error.what());
      }
    }
    std::visit([&](const auto& rule) { validate_rule(rule, pre, post); }, projection.rule);
    const auto* const constant = std::get_if<distribution::Constant>(&projection.synapses.weight.which());
    if (std::holds_alternative<connect::Listed>(projection.rule) &&
        (projection.synapses.delay_ms || constant == nullptr || constant->value != 1.0))
      throw InvalidParameter("a list of synapses has the weights and delays; give no others");
  }

  std::uint64_t neurons() const { return neurons_; }
  const std::vector<DeclaredPopulation>& populations() const { return populations_; }
  const std::vector<Projection>& projections() const { return projections_; }

  /// The network of this seed: the same on any number of threads. Parallel over neurons. Expected time O(synapses +
  /// neurons); by distance, also O(log(targets)) for each source and 2^16 targets. Memory: the graph, and O(neurons)
  /// for each projection with a fixed in-degree or total, by distance or from a list. Throws InvalidArgument if there
  /// are delays but no dt, for a delay that is negative or longer than 65535 steps, for a weight that is not finite,
  /// for a probability by distance that is not in [0, 1] or exceeds its bound, and for fewer than one thread;
  /// InvalidSynapse for a sum of weights that is not finite; InvalidGraph if there are no neurons, or more than Vertex
  /// has ids; std::bad_alloc for too many synapses.
  template <class Weight = float, class Vertex = std::uint32_t>
  [[nodiscard]] Network<Weight, Vertex> build(Seed seed, const BuildOptions& options = {}) const {
    static_assert(std::is_floating_point_v<Weight>, "spikeometric: a NetworkBuilder makes one weight for each synapse");
    detail::validate_neurons<Vertex>(neurons_);
    if (options.threads < 1)
      throw InvalidArgument("threads = " + detail::to_text(options.threads) + " must be at least 1");
    detail::RowsBuilder<Weight, Vertex> rows(neurons_, options.dt, options.threads);
    for (std::size_t i = 0; i < projections_.size(); ++i) {
      const Projection& each = projections_[i];
      const DeclaredPopulation &pre = find(each.from), &post = find(each.to);
      const auto autapses = [](const auto& rule) {
        if constexpr (requires { rule.autapses; }) return rule.autapses;
        return true;
      };
      const bool skips_self = &pre == &post && !std::visit(autapses, each.rule);
      rows.add({pre.first, pre.neurons, post.first, post.neurons, skips_self, static_cast<std::uint32_t>(i), seed},
               detail::text_of(each), each.rule, each.synapses.weight, each.synapses.delay_ms, pre.positions,
               post.positions);
    }
    Network<Weight, Vertex> network{Graph<Weight, Vertex>{detail::ValidRows{}, rows.build()}};
    for (const DeclaredPopulation& each : populations_)
      network.populations.add(each.name, spikeometric::neurons(each.first, each.first + each.neurons));
    return network;
  }

 private:
  NetworkBuilder& add(DeclaredPopulation population) {
    if (population.name.empty()) throw InvalidArgument("a population needs a name");
    for (const DeclaredPopulation& each : populations_)
      if (each.name == population.name) throw InvalidArgument("there are two populations called " + each.name);
    if (population.neurons == 0) throw InvalidArgument("population " + population.name + " has no neurons");
    if (population.neurons > detail::max_population - neurons_)
      throw InvalidGraph("with population " + population.name + ", there are more than 2^32 neurons");
    population.first = neurons_;
    populations_.push_back(std::move(population));
    neurons_ += populations_.back().neurons;
    return *this;
  }

  const DeclaredPopulation& find(std::string_view name) const {
    return populations_[detail::require_population(name, populations_)];
  }

  template <class Rule>
  static void validate_rule(const Rule& rule, const DeclaredPopulation& pre, const DeclaredPopulation& post) {
    using detail::to_text;
    detail::validate_policy(rule);
    bool autapses = &pre != &post;
    if constexpr (requires { rule.autapses; }) autapses = autapses || rule.autapses;
    const auto require = [&](const char* name, std::uint64_t number, std::uint64_t candidates, const char* of,
                             bool multapses) {
      if (number > candidates && !(multapses && candidates > 0))
        throw InvalidParameter(std::string(name) + " = " + to_text(number) + " must be at most " + to_text(candidates) +
                               ", the number of " + of + (autapses ? "" : " without autapses"));
    };
    if constexpr (std::is_same_v<Rule, connect::FixedInDegree>) {
      require("degree", rule.degree, pre.neurons - !autapses, "sources", rule.multapses);
    } else if constexpr (std::is_same_v<Rule, connect::FixedOutDegree>) {
      require("degree", rule.degree, post.neurons - !autapses, "targets", rule.multapses);
    } else if constexpr (std::is_same_v<Rule, connect::FixedTotal>) {
      const std::uint64_t targets = post.neurons - !autapses;
      if (targets > 0 && pre.neurons > (std::uint64_t{1} << 53) / targets)
        throw InvalidParameter("a fixed total of synapses needs at most 2^53 pairs of neurons");
      require("synapses", rule.synapses, pre.neurons * targets, "pairs", rule.multapses);
    } else if constexpr (std::is_same_v<Rule, connect::OneToOne>) {
      if (pre.neurons != post.neurons)
        throw InvalidParameter("one-to-one needs populations of the same size, not " + to_text(pre.neurons) + " and " +
                               to_text(post.neurons) + " neurons");
    } else if constexpr (std::is_same_v<Rule, connect::ByDistance>) {
      std::visit([](const auto& profile) { detail::validate_policy(profile); }, rule.probability);
      for (const DeclaredPopulation* each : {&pre, &post})
        if (each->positions.points.empty())
          throw InvalidParameter("distances need positions, but population " + each->name + " has none");
      if (pre.positions.period != post.positions.period)
        throw InvalidParameter("the positions of the two populations have different periods");
    } else if constexpr (std::is_same_v<Rule, connect::Listed>) {
      for (const ListedSynapse& synapse : rule.synapses) {
        const std::string text = "synapse " + to_text(synapse.pre) + " -> " + to_text(synapse.post);
        if (synapse.pre >= pre.neurons || synapse.post >= post.neurons)
          throw InvalidParameter(text + " is out of range: there are " + to_text(pre.neurons) + " and " +
                                 to_text(post.neurons) + " neurons, counted from 0");
        if (!(synapse.delay_ms >= 0.0))
          throw InvalidParameter(text + " has a delay of " + to_text(synapse.delay_ms) + " ms; it must be at least 0");
      }
    }
  }

  std::uint64_t neurons_ = 0;
  std::vector<DeclaredPopulation> populations_;
  std::vector<Projection> projections_;
};

}  // namespace spikeometric
