// SPDX-License-Identifier: BSD-3-Clause
//
// Rules that say which neurons of two populations a projection connects.
//
//   sk::connect::Pairwise{.probability = 0.1}
//   sk::connect::FixedTotal{.synapses = 1'000'000, .multapses = true}
//   sk::connect::ByDistance{.probability = sk::profile::Gaussian{.peak = 0.5, .sigma = 0.2}}
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// Connection probabilities as functions of distance.
namespace profile {

/// peak exp(-distance^2 / (2 sigma^2))
struct Gaussian {
  double peak = 1.0;
  double sigma = 1.0;

  static constexpr const char* name = "gaussian";
  static constexpr auto parameters() {
    return std::tuple{parameter("peak", &Gaussian::peak, "1", bounds::probability, "probability at distance 0"),
                      parameter("sigma", &Gaussian::sigma, "1", bounds::positive, "width, in the unit of positions")};
  }

  double operator()(double distance) const {
    const double z = distance / sigma;
    return mul(peak, exp(mul(-0.5, mul(z, z))));
  }
};

/// peak exp(-distance / length)
struct Exponential {
  double peak = 1.0;
  double length = 1.0;

  static constexpr const char* name = "exponential";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("peak", &Exponential::peak, "1", bounds::probability, "probability at distance 0"),
        parameter("length", &Exponential::length, "1", bounds::positive, "length constant, in the unit of positions")};
  }

  double operator()(double distance) const { return mul(peak, exp(-distance / length)); }
};

/// The same probability up to a distance, and 0 beyond.
struct Disc {
  double probability = 1.0;
  double radius = 1.0;

  static constexpr const char* name = "disc";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("probability", &Disc::probability, "1", bounds::probability, "probability within the radius"),
        parameter("radius", &Disc::radius, "1", bounds::non_negative, "radius, in the unit of positions")};
  }

  double operator()(double distance) const { return distance <= radius ? probability : 0.0; }
};

/// Any function of distance. `bound(d)` must be at least the probability at every distance of d or more; work is in
/// proportion to it. Without a bound, the probability must not increase with distance. The functions are called on
/// several threads.
struct Function {
  std::function<double(double)> probability;
  std::function<double(double)> bound = {};

  double operator()(double distance) const { return probability(distance); }

  /// Throws InvalidArgument for an empty function.
  void validate() const {
    if (!probability) throw InvalidArgument("a profile needs a function of distance");
  }
};

}  // namespace profile

/// One of the profiles.
using Profile = std::variant<profile::Gaussian, profile::Exponential, profile::Disc, profile::Function>;

/// A synapse of a list. Neurons count from 0 within their populations.
struct ListedSynapse {
  std::uint64_t pre, post;
  double weight = 1.0;
  double delay_ms = 0.0;
};

/// The rules. Without autapses, no neuron projects to itself. With multapses, a pair of neurons may have several
/// synapses; those of the same delay become one, with the sum of the weights.
namespace connect {

/// Each pair is connected independently with the same probability. Mean number of synapses: probability x number of
/// pairs.
struct Pairwise {
  double probability = 0.1;
  bool autapses = false;

  static constexpr const char* name = "pairwise";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("probability", &Pairwise::probability, "1", bounds::probability, "connection probability of a pair"),
        parameter("autapses", &Pairwise::autapses, "whether neurons may project to themselves")};
  }
};

/// Every target has the same number of synapses, from random sources.
struct FixedInDegree {
  std::uint64_t degree = 10;
  bool autapses = false;
  bool multapses = false;

  static constexpr const char* name = "fixed_in_degree";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("degree", &FixedInDegree::degree, "1", Bounds{0, 0xFFFFFFFF}, "number of synapses onto each target"),
        parameter("autapses", &FixedInDegree::autapses, "whether neurons may project to themselves"),
        parameter("multapses", &FixedInDegree::multapses, "whether sources are drawn with replacement")};
  }
};

/// Every source has the same number of synapses, onto random targets.
struct FixedOutDegree {
  std::uint64_t degree = 10;
  bool autapses = false;
  bool multapses = false;

  static constexpr const char* name = "fixed_out_degree";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("degree", &FixedOutDegree::degree, "1", Bounds{0, 0xFFFFFFFF}, "number of synapses from each source"),
        parameter("autapses", &FixedOutDegree::autapses, "whether neurons may project to themselves"),
        parameter("multapses", &FixedOutDegree::multapses, "whether targets are drawn with replacement")};
  }
};

/// A given number of synapses in all, between random pairs.
struct FixedTotal {
  std::uint64_t synapses = 0;
  bool autapses = false;
  bool multapses = false;

  static constexpr const char* name = "fixed_total";
  static constexpr auto parameters() {
    return std::tuple{parameter("synapses", &FixedTotal::synapses, "1", Bounds{0, 0x1p53}, "number of synapses"),
                      parameter("autapses", &FixedTotal::autapses, "whether neurons may project to themselves"),
                      parameter("multapses", &FixedTotal::multapses, "whether pairs are drawn with replacement")};
  }
};

/// Neuron i of the one population projects to neuron i of the other, which must have the same size.
struct OneToOne {
  static constexpr const char* name = "one_to_one";
  static constexpr auto parameters() { return std::tuple{}; }
};

/// Every pair is connected.
struct AllToAll {
  bool autapses = false;

  static constexpr const char* name = "all_to_all";
  static constexpr auto parameters() {
    return std::tuple{parameter("autapses", &AllToAll::autapses, "whether neurons project to themselves")};
  }
};

/// Each pair is connected independently with a probability that depends on the distance of the two neurons. Both
/// populations need positions, with the same periods.
struct ByDistance {
  Profile probability = profile::Gaussian{};
  bool autapses = false;

  static constexpr const char* name = "by_distance";
  static constexpr auto parameters() {
    return std::tuple{parameter("autapses", &ByDistance::autapses, "whether neurons may project to themselves")};
  }
};

/// These synapses, with the weights and delays of the list. A delay of 0 ms is one step.
struct Listed {
  std::vector<ListedSynapse> synapses;

  static constexpr const char* name = "listed";
  static constexpr auto parameters() { return std::tuple{}; }
};

}  // namespace connect

/// One of the rules.
using ConnectionRule =
    std::variant<connect::Pairwise, connect::FixedInDegree, connect::FixedOutDegree, connect::FixedTotal,
                 connect::OneToOne, connect::AllToAll, connect::ByDistance, connect::Listed>;

}  // namespace spikeometric
