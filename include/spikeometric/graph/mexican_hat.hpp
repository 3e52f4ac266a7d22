// SPDX-License-Identifier: BSD-3-Clause
//
// A ring of neurons whose weights depend on distance: nearby excitation and farther inhibition, or the reverse.
//
//   const auto ring = sk::generate::mexican_hat({.neurons = 100, .a = 0.5, .sigma_1 = 5, .sigma_2 = 10});
//   const auto near = sk::generate::mexican_hat({.neurons = 100, .a = 0.5, .sigma_1 = 5, .sigma_2 = 10, .radius = 20});
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

/// Parameters of mexican_hat.
struct MexicanHat {
  std::uint64_t neurons = 0;
  double a = 1.0;
  double sigma_1 = 0.0;
  double sigma_2 = 0.0;
  double scale = 1.0;
  std::uint64_t radius = 0;
  bool autapses = false;

  static constexpr auto parameters() {
    return std::tuple{
        parameter("neurons", &MexicanHat::neurons, "1", detail::network_size, "number of neurons"),
        parameter("a", &MexicanHat::a, "1", bounds::any_number,
                  "height of the second Gaussian; that of the first is 1"),
        parameter("sigma_1", &MexicanHat::sigma_1, "neurons", bounds::positive, "width of the first Gaussian"),
        parameter("sigma_2", &MexicanHat::sigma_2, "neurons", bounds::positive, "width of the second Gaussian"),
        parameter("scale", &MexicanHat::scale, "1", bounds::any_number, "factor by which all weights are multiplied"),
        parameter("radius", &MexicanHat::radius, "neurons", bounds::non_negative,
                  "maximum distance of connected neurons; 0: no limit"),
        parameter("autapses", &MexicanHat::autapses,
                  "whether neurons project to themselves, with weight scale (1 - a)")};
  }
};

/// The weight from neuron j to neuron i is scale (exp(-d^2 / (2 sigma_1^2)) - a exp(-d^2 / (2 sigma_2^2))), where d =
/// min(|i - j|, N - |i - j|) is their distance on the ring. Weights are computed in double and rounded once. All pairs
/// of different neurons with d <= radius are connected once. This gives N (N - 1) synapses, or 2 N radius if 2 radius <
/// N, and N more with autapses. Weights that round to zero are left out; in float these are all weights beyond about 14
/// times the larger sigma.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and InvalidGraph if
/// there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> mexican_hat(const MexicanHat& p) {
  detail::validate<Vertex>(p);

  const std::uint64_t n = p.neurons, farthest = p.radius == 0 ? n / 2 : std::min(p.radius, n / 2);
  std::vector<Weight> weights;  // indexed by distance
  for (std::uint64_t d = 0; d <= farthest; ++d) {
    const auto gaussian = [d](double sigma) {
      const double x = static_cast<double>(d) / sigma;
      return exp(-0.5 * (x * x));
    };
    weights.push_back(static_cast<Weight>(p.scale * (gaussian(p.sigma_1) - p.a * gaussian(p.sigma_2))));
  }
  if (!p.autapses) weights[0] = 0;
  while (weights.size() > 1 && weights.back() == 0) weights.pop_back();

  const std::uint64_t radius = weights.size() - 1;
  std::uint64_t degree = 0;
  for (std::uint64_t d = 0; d <= radius; ++d)
    if (weights[d] != 0) degree += d == 0 || 2 * d == n ? 1 : 2;

  const std::uint64_t left = 2 * radius == n ? radius - 1 : radius;  // counts the opposite neuron once
  const std::uint64_t width = left + 1 + radius;
  auto rows = detail::empty_rows<Weight, Vertex>(n, static_cast<double>(n) * static_cast<double>(degree));
  for (std::uint64_t pre = 0; pre < n; ++pre) {
    const auto connect = [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t post = first; post < last; ++post) {
        const std::uint64_t distance = post < pre ? pre - post : post - pre;
        const Weight weight = weights[static_cast<std::size_t>(std::min(distance, n - distance))];
        if (weight == 0) continue;
        rows.targets.push_back(static_cast<Vertex>(post));
        rows.weights.push_back(weight);
      }
    };
    const std::uint64_t first = pre < left ? pre + n - left : pre - left;
    if (first + width > n) connect(0, first + width - n);  // wraps around the end of the ring
    connect(first, std::min(first + width, n));
    rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate
