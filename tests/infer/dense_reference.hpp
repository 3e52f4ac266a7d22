// SPDX-License-Identifier: BSD-3-Clause
//
// The likelihood of a neuron's spikes, written down plainly: every covariate of every step in one dense matrix.
#pragma once

#include <Eigen/Dense>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "spikeometric/simulate/events.hpp"

namespace dense {

/// What is known before the fit. Columns of the design: 1; the stimulus's channels; the neuron's own spikes through each
/// function of `own`; the spikes of neurons 0, 1, ... through each function of `coupling`, zeros for the neuron itself.
struct Setting {
  std::vector<std::vector<double>> coupling, own;  // taps, lag 0 first
  std::vector<double> history;                     // known taps of the self-history
  double r = 1.0;
  std::size_t channels = 0;
  std::function<double(std::uint64_t step, std::size_t channel)>
      stimulus;  // of the neuron, by the clock of its recording
  std::function<double(double g)> mean;
  std::function<double(double mean)> variance;
  std::function<double(std::uint32_t count, double mean)> log_probability;
  std::function<bool(std::uint64_t step, std::uint64_t steps)> observed = [](auto, auto) { return true; };
};

/// Spikes with the probability dt / (1 + exp(theta - g)).
inline Setting bernoulli(double theta, double dt = 1.0) {
  Setting setting;
  setting.mean = [=](double g) { return dt / (1.0 + std::exp(theta - g)); };
  setting.variance = [](double p) { return p * (1.0 - p); };
  setting.log_probability = [](std::uint32_t count, double p) { return count > 0 ? std::log(p) : std::log(1.0 - p); };
  return setting;
}

class Likelihood {
 public:
  template <class Recordings>
  Likelihood(const Setting& setting, const Recordings& recordings, std::uint32_t neuron) : setting_(setting) {
    std::vector<Eigen::VectorXd> rows;
    std::vector<double> offsets;
    for (const auto& events : recordings) add(events, neuron, rows, offsets);
    design_.resize(static_cast<Eigen::Index>(rows.size()), rows.at(0).size());
    for (std::size_t i = 0; i < rows.size(); ++i) design_.row(static_cast<Eigen::Index>(i)) = rows[i];
    offset_ = Eigen::Map<const Eigen::VectorXd>(offsets.data(), static_cast<Eigen::Index>(offsets.size()));
  }

  const Eigen::MatrixXd& design() const { return design_; }
  double steps() const { return static_cast<double>(design_.rows()); }

  /// The mean negative log-likelihood.
  double value(const Eigen::VectorXd& x) const {
    const Eigen::VectorXd g = design_ * x + offset_;
    double sum = 0.0;
    for (Eigen::Index i = 0; i < g.size(); ++i)
      sum -= setting_.log_probability(counts_[static_cast<std::size_t>(i)], setting_.mean(g[i]));
    return sum / steps();
  }

  Eigen::VectorXd gradient(const Eigen::VectorXd& x) const {
    const Eigen::VectorXd g = design_ * x + offset_;
    Eigen::VectorXd residual(g.size());
    for (Eigen::Index i = 0; i < g.size(); ++i) {
      const double mean = setting_.mean(g[i]);
      residual[i] = (counts_[static_cast<std::size_t>(i)] - mean) * slope(g[i]) / setting_.variance(mean);
    }
    return -design_.transpose() * residual / steps();
  }

  /// Expected.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& x) const {
    const Eigen::VectorXd g = design_ * x + offset_;
    Eigen::VectorXd weight(g.size());
    for (Eigen::Index i = 0; i < g.size(); ++i)
      weight[i] = slope(g[i]) * slope(g[i]) / setting_.variance(setting_.mean(g[i]));
    return design_.transpose() * weight.asDiagonal() * design_ / steps();
  }

 private:
  double slope(double g) const { return (setting_.mean(g + 1e-5) - setting_.mean(g - 1e-5)) / 2e-5; }

  template <class Events>
  void add(const Events& events, std::uint32_t neuron, std::vector<Eigen::VectorXd>& rows,
           std::vector<double>& offsets) {
    const Eigen::MatrixXd spikes = events.to_dense().template cast<double>();
    const auto through = [&](const std::vector<double>& taps, Eigen::Index pre, Eigen::Index step) {
      double sum = 0.0;
      for (std::size_t k = 0; k < taps.size(); ++k)
        if (const Eigen::Index from = step - 1 - static_cast<Eigen::Index>(k); from >= 0)
          sum += taps[k] * spikes(pre, from);
      return sum;
    };
    for (Eigen::Index step = 0; step < spikes.cols(); ++step) {
      if (!setting_.observed(static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(spikes.cols()))) continue;
      std::vector<double> row{1.0};
      for (std::size_t channel = 0; channel < setting_.channels; ++channel)
        row.push_back(setting_.stimulus(events.first_step() + static_cast<std::uint64_t>(step), channel));
      for (const auto& taps : setting_.own) row.push_back(setting_.r * through(taps, neuron, step));
      for (Eigen::Index pre = 0; pre < spikes.rows(); ++pre)
        for (const auto& taps : setting_.coupling)
          row.push_back(pre == neuron ? 0.0 : setting_.r * through(taps, pre, step));
      rows.emplace_back(Eigen::Map<const Eigen::VectorXd>(row.data(), static_cast<Eigen::Index>(row.size())));
      offsets.push_back(through(setting_.history, neuron, step));
      counts_.push_back(static_cast<std::uint32_t>(spikes(neuron, step)));
    }
  }

  Setting setting_;
  Eigen::MatrixXd design_;
  Eigen::VectorXd offset_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace dense
