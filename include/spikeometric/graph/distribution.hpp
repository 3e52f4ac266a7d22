// SPDX-License-Identifier: BSD-3-Clause
//
// Distributions of the weights and delays of a projection.
//
//   sk::SynapseDistribution weight = 0.5;                                                       // constant
//   weight = sk::distribution::LogNormal{.median = 0.2, .sigma = 0.9};
//   weight = [](const sk::SynapsePlace& at) { return 1.0 / (1.0 + at.distance); };       // a function
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/detail/bit_stream.hpp"
#include "spikeometric/random/distributions.hpp"

namespace spikeometric {

/// Where a synapse is. `pre` and `post` count from 0 within their populations. `distance` is that of their positions;
/// NaN if a population has none.
struct SynapsePlace {
  std::uint64_t pre, post;
  double distance;
};

/// The distributions that a description of a network can name. Weights are negative if `value`, `mean` or `median` is,
/// so Dale's law is the sign of the distribution.
namespace distribution {

struct Constant {
  double value = 1.0;

  static constexpr const char* name = "constant";
  static constexpr auto parameters() {
    return std::tuple{parameter("value", &Constant::value, "1", bounds::any_number, "every value")};
  }
};

struct Normal {
  double mean = 0.0;
  double std = 1.0;

  static constexpr const char* name = "normal";
  static constexpr auto parameters() {
    return std::tuple{parameter("mean", &Normal::mean, "1", bounds::any_number, "mean"),
                      parameter("std", &Normal::std, "1", bounds::non_negative, "standard deviation")};
  }
};

/// A normal distribution without the values that are 0 or do not have the sign of the mean: these are drawn again.
/// `mean` and `std` are those before they are left out.
struct TruncatedNormal {
  double mean = 1.0;
  double std = 0.1;

  static constexpr const char* name = "truncated_normal";
  static constexpr auto parameters() {
    return std::tuple{parameter("mean", &TruncatedNormal::mean, "1", bounds::any_number, "mean; its sign is kept"),
                      parameter("std", &TruncatedNormal::std, "1", bounds::non_negative, "standard deviation")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or the mean is 0, which has no sign.
  void validate() const {
    validate_parameters(*this);
    if (mean == 0.0) throw InvalidParameter("mean = 0 has no sign that truncated normal values could keep");
  }
};

/// median exp(sigma z), with z standard normal.
struct LogNormal {
  double median = 1.0;
  double sigma = 1.0;

  static constexpr const char* name = "lognormal";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("median", &LogNormal::median, "1", bounds::any_number, "median; its sign is that of all values"),
        parameter("sigma", &LogNormal::sigma, "1", bounds::non_negative, "standard deviation of the logarithm")};
  }
};

/// Uniform between `low` and `high`.
struct Uniform {
  double low = 0.0;
  double high = 1.0;

  static constexpr const char* name = "uniform";
  static constexpr auto parameters() {
    return std::tuple{parameter("low", &Uniform::low, "1", bounds::any_number, "minimum"),
                      parameter("high", &Uniform::high, "1", bounds::any_number, "maximum")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or low is above high.
  void validate() const {
    using spikeometric::detail::to_text;
    validate_parameters(*this);
    if (low > high) throw InvalidParameter("low = " + to_text(low) + " must be at most high = " + to_text(high));
  }
};

struct Exponential {
  double mean = 1.0;

  static constexpr const char* name = "exponential";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("mean", &Exponential::mean, "1", bounds::any_number, "mean; its sign is that of all values")};
  }
};

/// Any function of the places of the two neurons. It is called on several threads.
using Function = std::function<double(const SynapsePlace&)>;

}  // namespace distribution

/// One of the distributions. A number stands for a constant.
class SynapseDistribution {
 public:
  using Variant =
      std::variant<distribution::Constant, distribution::Normal, distribution::TruncatedNormal, distribution::LogNormal,
                   distribution::Uniform, distribution::Exponential, distribution::Function>;

  SynapseDistribution(double value) : which_(distribution::Constant{value}) {}
  template <class D>
  requires(!std::is_same_v<D, SynapseDistribution> && !std::is_arithmetic_v<D> && std::is_constructible_v<Variant, D>)
      SynapseDistribution(D from)
      : which_(std::move(from)) {}

  const Variant& which() const { return which_; }

  /// Throws InvalidParameter if a parameter is invalid, and InvalidArgument for an empty function.
  void validate() const {
    std::visit(
        [](const auto& each) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(each)>, distribution::Function>) {
            if (!each) throw InvalidArgument("the function of a distribution is empty");
          } else {
            detail::validate_policy(each);
          }
        },
        which_);
  }

 private:
  Variant which_;
};

namespace detail {

/// Whether a distribution has values above 0. Only a function could tell for itself.
inline bool has_positive_values(const SynapseDistribution& of) {
  return std::visit(
      [](const auto& each) {
        using D = std::remove_cvref_t<decltype(each)>;
        if constexpr (std::is_same_v<D, distribution::Constant>)
          return each.value > 0.0;
        else if constexpr (std::is_same_v<D, distribution::Normal>)
          return each.mean + 6.8 * each.std > 0.0;  // normal numbers here are smaller
        else if constexpr (std::is_same_v<D, distribution::LogNormal>)
          return each.median > 0.0;
        else if constexpr (std::is_same_v<D, distribution::Uniform>)
          return each.high > 0.0;
        else if constexpr (std::is_same_v<D, distribution::Function>)
          return true;
        else
          return each.mean > 0.0;
      },
      of.which());
}

}  // namespace detail

/// Throws as SynapseDistribution::validate, and InvalidParameter for a distribution without values above 0.
inline void validate_delay(const SynapseDistribution& delay_ms) {
  delay_ms.validate();
  if (!detail::has_positive_values(delay_ms)) throw InvalidParameter("the distribution has no values above 0 ms");
}

namespace detail {

inline double transformed(const distribution::Normal& d, float z) {
  return d.mean + mul(d.std, static_cast<double>(z));
}
inline double transformed(const distribution::TruncatedNormal& d, float z) {
  return d.mean + mul(d.std, static_cast<double>(z));
}
inline double transformed(const distribution::LogNormal& d, float z) {
  return mul(d.median, exp(mul(d.sigma, static_cast<double>(z))));
}

/// Distributions of which `transformed` makes a value from a standard normal number, in single precision.
template <class D>
concept OfNormal = requires(const D& d, float z) {
  transformed(d, z);
};

inline double drawn(const distribution::Uniform& d, Bits bits) {
  return d.low + mul(d.high - d.low, uniform(bits.low, bits.high));
}
inline double drawn(const distribution::Exponential& d, Bits bits) {
  return mul(-d.mean, log(uniform(bits.low, bits.high)));
}

/// Draws values from distributions.
class ValueDraws {
 public:
  /// values[i] from 64 bits: given[i], or portion i of the stream if there are none. A truncated value that is drawn
  /// again takes the portions that follow. place_of(i) is the SynapsePlace of synapse i.
  template <class PlaceOf>
  void operator()(const SynapseDistribution& of, std::span<const Bits> given, const Block& stream, Seed seed,
                  PlaceOf&& place_of, std::span<double> values) {
    const auto bits = [&] { return given.empty() ? buffer_.first(values.size(), stream, seed) : given; };
    std::visit(
        [&](const auto& each) {
          using D = std::remove_cvref_t<decltype(each)>;
          if constexpr (std::is_same_v<D, distribution::Constant>) {
            for (double& value : values) value = each.value;
          } else if constexpr (std::is_same_v<D, distribution::Function>) {
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = each(place_of(i));
          } else if constexpr (OfNormal<D>) {
            normals_.resize(std::max(normals_.size(), values.size()));
            single_normals(bits().data(), values.size(), normals_.data());
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = transformed(each, normals_[i]);
            if constexpr (std::is_same_v<D, distribution::TruncatedNormal>) truncate(each, stream, seed, values);
          } else {
            for (std::size_t i = 0; const Bits portion : bits()) values[i++] = drawn(each, portion);
          }
        },
        of.which());
  }

 private:
  static void truncate(const distribution::TruncatedNormal& of, const Block& stream, Seed seed,
                       std::span<double> values) {
    BitStream bits(stream, seed);
    bits.skip(values.size());
    for (double& value : values)
      while (!(of.mean > 0.0 ? value > 0.0 : value < 0.0)) {
        const auto [low, high] = bits.next();
        value = transformed(of, single_normal(low, high));
      }
  }

  BitBuffer buffer_;
  std::vector<float> normals_;
};

}  // namespace detail
}  // namespace spikeometric
