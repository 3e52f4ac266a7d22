// SPDX-License-Identifier: BSD-3-Clause
//
// Checks the target rates, and assigns them to neurons.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/tune/tuning.hpp"

namespace spikeometric::detail {

/// Target rates, in spikes per step, and the neurons of each target.
class RateTargets {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::string> names;
  std::vector<double> rates;
  std::vector<double> neurons;                        // number of neurons of each target, over all networks
  std::vector<std::vector<std::uint32_t>> target_of;  // [network][neuron]; `none` for neurons without a target

  /// `network` is a graph or a batch. Throws InvalidArgument for invalid targets.
  template <class NetworkType>
  RateTargets(const TuneOptions& tuning, const NetworkType& network, double dt_ms, bool binary)
      : max_hz_(binary ? 1000.0 / dt_ms : std::numeric_limits<double>::infinity()), dt_ms_(dt_ms) {
    if constexpr (NetworkTraits<NetworkType>::is_batch)
      for (std::uint64_t index = 0; index < network.size(); ++index)
        target_of.emplace_back(network[index].neurons(), none);
    else
      target_of.emplace_back(network.neurons(), none);
    const int given = (tuning.rate_hz != 0.0) + !tuning.groups.empty() + !tuning.rates_hz.empty();
    if (given != 1)
      throw InvalidArgument(given == 0 ? "tuning needs a rate: set rate_hz, groups or rates_hz"
                                       : "tuning takes only one of rate_hz, groups and rates_hz");
    if (tuning.rate_hz != 0.0) add({"all", {}, tuning.rate_hz});
    for (const GroupRate& group : tuning.groups) add(group);
    if (!tuning.rates_hz.empty()) add(tuning.rates_hz);
  }

  std::size_t size() const { return rates.size(); }
  double hz(std::size_t target) const { return rates[target] * 1000.0 / dt_ms_; }

 private:
  void add(const GroupRate& group) {
    begin(group.name, group.rate_hz);
    for (std::size_t network = 0; network < target_of.size(); ++network) {
      const std::uint64_t size = target_of[network].size();
      group.neurons.bind(size).for_each(0, size, [&](std::uint32_t neuron) { claim(network, neuron); });
    }
    if (neurons.back() == 0.0) throw InvalidArgument("group " + group.name + " has no neurons");
  }

  void add(const std::vector<double>& rates_hz) {
    for (const auto& network : target_of)
      if (network.size() != rates_hz.size())
        throw InvalidArgument("rates_hz has " + std::to_string(rates_hz.size()) + " elements, but a network has " +
                              std::to_string(network.size()) + " neurons");
    for (std::uint32_t neuron = 0; neuron < rates_hz.size(); ++neuron) {
      begin(std::to_string(neuron), rates_hz[neuron]);
      for (std::size_t network = 0; network < target_of.size(); ++network) claim(network, neuron);
    }
  }

  void begin(const std::string& name, double rate_hz) {
    const std::string rate = "the target rate of " + to_text(rate_hz) + " Hz for " + name;
    if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) throw InvalidArgument(rate + " must be above 0 and finite");
    if (rate_hz > max_hz_)
      throw InvalidArgument(rate + " is out of reach: one spike in every step of " + to_text(dt_ms_) +
                            " ms is a rate of " + to_short_text(max_hz_) + " Hz");
    names.push_back(name);
    rates.push_back(rate_hz * dt_ms_ / 1000.0);
    neurons.push_back(0.0);
  }

  /// Adds a neuron to the latest target.
  void claim(std::size_t network, std::uint32_t neuron) {
    std::uint32_t& target = target_of[network][neuron];
    if (target != none)
      throw InvalidArgument("neuron " + std::to_string(neuron) + " is in two groups, " + names[target] + " and " +
                            names.back());
    target = static_cast<std::uint32_t>(size() - 1);
    neurons.back() += 1.0;
  }

  double max_hz_, dt_ms_;
};

}  // namespace spikeometric::detail
