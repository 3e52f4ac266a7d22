// SPDX-License-Identifier: BSD-3-Clause
//
// The likelihood of one neuron's spikes given the earlier spikes of all neurons: value, gradient and expected Hessian
// with respect to baseline, stimulus weights and coupling weights. Spikes are stored sparsely; a filtered spike train
// is stored only for one block of time.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/minimise.hpp"
#include "spikeometric/infer/detail/response.hpp"

namespace spikeometric::detail {

/// How much the data say about each weight: the sum over observed steps of its covariate (`all`), and of count times
/// covariate (`with_spikes`). For baseline, stimulus and own history also the range of the covariate, in steps without
/// spikes [0] and in steps with spikes [1].
struct Exposures {
  Eigen::VectorXd with_spikes, all;
  std::array<Eigen::VectorXd, 2> least, most;
};

/// The likelihood of one neuron. Parameters, in this order: baseline, a weight for each stimulus channel, a weight for
/// each basis function of the own history, and for each presynaptic neuron a weight for each basis function of the
/// coupling. The coupling weights of the neuron itself have no effect. All values are means over observed steps of the
/// negative log-likelihood.
template <class Real>
class NeuronLikelihood final : public Objective<Real> {
  using Vector = VectorOf<Real>;
  using Matrix = MatrixOf<Real>;

 public:
  /// `stimulus` is [step][channel].
  NeuronLikelihood(const FitData<Real>& problem, std::uint32_t neuron, std::span<const float> stimulus)
      : problem_(problem), neuron_(neuron), stimulus_(stimulus), own_(problem.trains.by_neuron[neuron]) {
    const auto& coupling = problem.coupling;
    windowed_ = !std::all_of(coupling.begin(), coupling.end(), [](const Response& each) { return each.recursive(); });
    std::size_t window = 0;
    for (const Response& response : coupling) window = std::max(window, response.length());
    taps_.setZero(static_cast<Eigen::Index>(window), static_cast<Eigen::Index>(coupling.size()));
    for (std::size_t m = 0; m < coupling.size(); ++m)
      std::copy(coupling[m].taps().begin(), coupling[m].taps().end(), taps_.col(static_cast<Eigen::Index>(m)).data());
    observe([](std::uint64_t) { return true; });
  }

  /// Sets which steps count: those of the problem for which chosen(step) is true.
  template <class Chosen>
  void observe(Chosen&& chosen) {
    observed_ = problem_.observed(neuron_);
    for (std::uint64_t step = 0; step < observed_.size(); ++step)
      if (!chosen(step)) observed_[step] = 0;
    steps_ = static_cast<double>(std::count(observed_.begin(), observed_.end(), std::uint8_t{1}));
  }

  std::size_t size() const { return problem_.size(); }
  const FitData<Real>& problem() const { return problem_; }
  std::uint32_t neuron() const { return neuron_; }

  /// Numbers of observed steps and of spikes in them.
  double steps() const { return steps_; }
  double spikes() const {
    double sum = 0.0;
    for_each_count([&](std::uint32_t count) { sum += count; });
    return sum;
  }

  /// Calls visit(count) for every observed step with spikes.
  template <class Visit>
  void for_each_count(Visit&& visit) const {
    for (const SpikeTrains::Spike& spike : own_)
      if (observed_[spike.step]) visit(spike.count);
  }

  Exposures exposures() {
    const Vector zero = Vector::Zero(size());
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Exposures seen{zero, zero, {}, {}};
    seen.least.fill(Vector::Constant(problem_.dense(), infinity));
    seen.most.fill(Vector::Constant(problem_.dense(), -infinity));
    Matrix windows[2] = {no_windows(), no_windows()};
    for_each_block(zero, [&](const Span& span) {
      expect(span, zero);
      const std::size_t reach = span.reach();
      for (const bool spiking : {true, false}) {
        for (std::size_t i = 0; i < reach; ++i)
          residual_[i] = observed_[span.first + i] ? (spiking ? counts_[i] : 1.0) : 0.0;
        add_gradient(span, spiking ? seen.with_spikes : seen.all, windows[spiking]);
      }
      for (std::size_t i = 0; i < span.size(); ++i)
        if (observed_[span.first + i] != 0) {
          const auto row = dense_.row(i).transpose();
          const std::size_t spiking = counts_[i] > 0.0 ? 1 : 0;
          seen.least[spiking] = seen.least[spiking].cwiseMin(row);
          seen.most[spiking] = seen.most[spiking].cwiseMax(row);
        }
    });
    add_windows(windows[1], seen.with_spikes);
    add_windows(windows[0], seen.all);
    seen.with_spikes = -seen.with_spikes;
    seen.all = -seen.all;
    return seen;
  }

  /// The first observed step with a spike whose probability is 0.
  std::optional<std::uint64_t> impossible(const Vector& parameters) {
    std::optional<std::uint64_t> step;
    for_each_step(parameters, [&](std::uint64_t at, std::size_t i) {
      if (!step && counts_[i] > 0.0 && !(mean_[i] > 0.0)) step = at;
    });
    return step;
  }

  /// The number of spikes in observed steps with a log-probability below this bound.
  std::uint64_t unlikely(const Vector& parameters, double bound) {
    std::uint64_t number = 0;
    for_each_step(parameters, [&](std::uint64_t, std::size_t i) {
      if (counts_[i] > 0.0)
        number += !(problem_.log_probability(static_cast<std::uint32_t>(counts_[i]), rate_[i]) >= bound);
    });
    return number;
  }

  /// Calls visit(step, mean) for every step, whether it counts or not.
  template <class Visit>
  void predict_all(const Vector& parameters, Visit&& visit) {
    std::vector<std::uint8_t> observed(problem_.trains.steps(), 1);
    observed_.swap(observed);
    for_each_step(parameters, [&](std::uint64_t step, std::size_t i) { visit(step, mean_[i]); });
    observed_.swap(observed);
  }

  /// The mean expected count per step.
  double mean(const Vector& parameters) {
    double sum = 0.0;
    for_each_step(parameters, [&](std::uint64_t, std::size_t i) { sum += mean_[i]; });
    return sum / steps_;
  }

  /// The mean negative log-likelihood; infinite if the probability of a spike is 0.
  double value(const Vector& parameters) {
    double sum = 0.0;
    for_each_block(parameters, [&](const Span& span) { sum += expect(span, parameters); });
    return sum / steps_;
  }

  /// Adds log-likelihood and number of steps to those of each part of the recordings.
  void add_by_part(const Vector& parameters, const Folds& folds, Vector& log_likelihoods, Vector& steps) {
    for_each_step(parameters, [&](std::uint64_t step, std::size_t i) {
      const auto count = static_cast<std::uint32_t>(counts_[i]);
      log_likelihoods[folds.part_of[step]] += count > 0         ? problem_.log_probability(count, rate_[i])
                                              : problem_.binary ? log(std::max(1.0 - mean_[i], 0x1p-54))
                                                                : log_none_[i];
      steps[folds.part_of[step]] += 1.0;
    });
  }

  double value_and_gradient(const Vector& parameters, Vector& gradient) override {
    gradient = Vector::Zero(size());
    double sum = 0.0;
    Matrix windows = no_windows();
    for_each_block(parameters, [&](const Span& span) {
      sum += expect(span, parameters);
      add_gradient(span, gradient, windows);
    });
    add_windows(windows, gradient);
    gradient /= steps_;
    return sum / steps_;
  }

  /// The expected Hessian (Fisher information), positive semidefinite. It equals the Hessian if the nonlinearity is
  /// canonical: logistic with steps of 1 ms, exponential with Poisson counts. Uses every `thinning`-th block of time.
  Matrix hessian(const Vector& parameters, std::size_t thinning = 1) override {
    Matrix result = Matrix::Zero(size(), size());
    const double steps = for_each_thinned_block(parameters, thinning, [&](const Span& span) {
      windowed_ ? add_windowed_hessian(span, result) : add_hessian(span, result);
    });
    if (windowed_) result = Matrix(result.template selfadjointView<Eigen::Lower>());
    return result / steps;
  }

  /// The part of the Hessian between baseline, stimulus and own history, from every `thinning`-th block of time.
  Matrix dense_hessian(const Vector& parameters, std::size_t thinning) {
    const auto dense = static_cast<Eigen::Index>(problem_.dense());
    Matrix result = Matrix::Zero(dense, dense);
    const double steps = for_each_thinned_block(parameters, thinning, [&](const Span& span) {
      const auto size = static_cast<Eigen::Index>(span.size());
      result += dense_.topRows(size).transpose().lazyProduct(weight_.head(size).asDiagonal() * dense_.topRows(size));
    });
    return result / steps;
  }

  /// The largest thinning of a Hessian for a search: it keeps ten spikes per parameter and sixteen blocks of time.
  std::size_t thinning() override {
    std::size_t blocks = 0;
    for_each_block(Vector(Vector::Zero(size())), [&](const Span&) { ++blocks; });
    const double most = std::min(static_cast<double>(blocks) / 16.0, spikes() / (10.0 * static_cast<double>(size())));
    return static_cast<std::size_t>(std::max(most, 1.0));
  }

 private:
  using Lane = Eigen::Array<typename Vector::Scalar, 8, 1>;
  static constexpr std::size_t lanes = 8;

  /// Steps [first, end) of a recording [begin, stop). Their spikes act up to `lead` steps beyond. If filters are
  /// windowed, what spikes do beyond is left to the next block, and `lead` is 0.
  struct Span {
    std::uint64_t begin, first, end, stop;
    std::size_t lead;  // length of the longest response minus 1
    std::size_t size() const { return end - first; }
    /// The number of steps from `first` to the last step on which its spikes act.
    std::size_t reach() const { return std::min<std::uint64_t>(end + lead, stop) - first; }
  };

  /// Calls visit(span) for every block with observed steps.
  template <class Visit>
  void for_each_block(const Vector& parameters, Visit&& visit) {
    if (windowed_) {
      Eigen::Map<const Matrix> weights(parameters.data() + problem_.column(0, 0), taps_.cols(),
                                       static_cast<Eigen::Index>(problem_.trains.neurons));
      effects_ = problem_.scale * taps_.lazyProduct(weights);
      effects_.col(neuron_).setZero();
    }
    const std::size_t lead = windowed_ ? 0 : problem_.lead();
    const std::uint64_t length = std::max<std::uint64_t>(4096, 4 * lead);
    for (const auto& [begin, stop, network, first_step] : problem_.trains.recordings)
      for (std::uint64_t first = begin; first < stop; first += length)
        if (const Span span{begin, first, std::min(first + length, stop), stop, lead};
            std::memchr(observed_.data() + first, 1, span.reach()) != nullptr)
          visit(span);
  }

  /// Calls visit(span) for every `thinning`-th block, with what is expected in it. Returns the number of observed
  /// steps.
  template <class Visit>
  double for_each_thinned_block(const Vector& parameters, std::size_t thinning, Visit&& visit) {
    double steps = 0.0;
    std::size_t block = 0;
    for_each_block(parameters, [&](const Span& span) {
      if (block++ % thinning != 0) return;
      expect(span, parameters);
      visit(span);
      const auto first = observed_.begin() + span.first;
      steps += static_cast<double>(std::count(first, first + span.size(), 1));
    });
    return steps;
  }

  /// Calls visit(step, i) for every observed step, with its mean in mean_[i] and its count in counts_[i].
  template <class Visit>
  void for_each_step(const Vector& parameters, Visit&& visit) {
    for_each_block(parameters, [&](const Span& span) {
      expect(span, parameters);
      for (std::size_t i = 0; i < span.size(); ++i)
        if (observed_[span.first + i] != 0) visit(span.first + i, i);
    });
  }

  /// The spikes that arrive in steps [first - before, first + size), each one step after it was fired.
  static std::span<const SpikeTrains::Spike> arriving(const std::vector<SpikeTrains::Spike>& list, const Span& span,
                                                      std::size_t before, std::size_t size) {
    const std::uint64_t from = std::max(span.begin, span.first - std::min<std::uint64_t>(span.first, before + 1));
    return SpikeTrains::between(list, from, span.first + size - 1);
  }

  /// Calls visit(spike, i, k, size) for every spike of a list that acts within `size_of_block` steps from `first` on:
  /// on `size` steps, from step first + i and from lag k on, of a window of this length.
  template <class Visit>
  static void for_each_window(const std::vector<SpikeTrains::Spike>& list, const Span& span, std::uint64_t first,
                              std::size_t size_of_block, std::size_t window, Visit&& visit) {
    Span block = span;
    block.first = first;
    for (const auto& spike : arriving(list, block, window - 1, size_of_block)) {
      const std::uint64_t at = spike.step + std::uint64_t{1};
      const std::size_t i = at > first ? at - first : 0, k = at > first ? 0 : first - at;
      if (k < window && i < size_of_block) visit(spike, i, k, std::min(window - k, size_of_block - i));
    }
  }

  /// x(t) for all steps that the span reaches: the weighted sum of the responses to these spikes.
  template <class WeightOf>
  void respond(const std::vector<SpikeTrains::Spike>& list, const Response& response, const Span& span, double* x,
               WeightOf weight_of) {
    const std::size_t before = response.lead(), reach = span.reach();
    if (!response.recursive()) {
      std::fill_n(x, reach, 0.0);
      const double* const taps = response.taps().data();
      for_each_window(list, span, span.first, reach, response.length(),
                      [&](const auto& spike, std::size_t i, std::size_t k, std::size_t size) {
                        const double weight = weight_of(spike.neuron) * spike.count;
                        for (std::size_t j = 0; j < size; ++j) x[i + j] += weight * taps[k + j];
                      });
      return;
    }
    sums_.assign(before + reach, 0.0);
    for (const auto& spike : arriving(list, span, before, reach))
      sums_[spike.step + 1 + before - span.first] += weight_of(spike.neuron) * spike.count;
    response.template forward<1>(sums_.data(), x, reach);
  }

  /// Computes g_ and the dense columns for all steps that the span reaches.
  void predict(const Span& span, const Vector& parameters) {
    const std::size_t reach = span.reach(), channels = problem_.channels();
    dense_.resize(reach, problem_.dense());
    dense_.col(0).setOnes();
    for (std::size_t channel = 0; channel < channels; ++channel)
      for (std::size_t i = 0; i < reach; ++i) dense_(i, 1 + channel) = stimulus_[(span.first + i) * channels + channel];
    for (std::size_t m = 0; m < problem_.own.size(); ++m)
      respond(own_, problem_.own[m], span, dense_.col(problem_.own_column(m)).data(), [](auto) { return 1.0; });
    dense_.rightCols(problem_.own.size()) *= problem_.scale;
    g_ = dense_ * parameters.head(problem_.dense());

    for (const auto& spike : arriving(own_, span, problem_.history.size(), reach))
      for (std::size_t lag = 0; lag < problem_.history.size(); ++lag)
        if (const std::uint64_t at = spike.step + 1 + lag; at >= span.first && at < span.first + reach)
          g_[at - span.first] += problem_.history[lag] * spike.count;

    if (windowed_) {
      for_each_window(problem_.trains.spikes, span, span.first, reach, static_cast<std::size_t>(taps_.rows()),
                      [&](const auto& spike, std::size_t i, std::size_t k, std::size_t size) {
                        const double* const effect = effects_.col(spike.neuron).data() + k;
                        double* const g = g_.data() + i;
                        const double count = spike.count;
                        for (std::size_t j = 0; j < size; ++j) g[j] += count * effect[j];
                      });
      return;
    }
    filtered_.resize(reach);
    for (std::size_t m = 0; m < problem_.coupling.size(); ++m) {
      respond(problem_.trains.spikes, problem_.coupling[m], span, filtered_.data(),
              [&](std::uint32_t neuron) { return neuron == neuron_ ? 0.0 : parameters[problem_.column(neuron, m)]; });
      g_ += problem_.scale * Eigen::Map<const Vector>(filtered_.data(), g_.size());
    }
  }

  /// Computes residual_ = (X - mean) mean' / variance and weight_ = mean'^2 / variance in observed steps, 0 in others.
  /// Returns the negative log-likelihood of the span's own steps.
  double expect(const Span& span, const Vector& parameters) {
    predict(span, parameters);
    const std::size_t reach = span.reach();
    counts_.assign(reach, 0.0);
    for (const auto& spike : SpikeTrains::between(own_, span.first, span.first + reach))
      counts_[spike.step - span.first] = spike.count;
    for (auto* array : {&residual_, &weight_, &rate_, &mean_, &variance_, &log_none_}) array->resize(reach);
    const std::uint8_t* const observed = observed_.data() + span.first;
    double* const residual = residual_.data();
    double* const weight = weight_.data();
    const double* const rate = rate_.data();
    const double* const mean = mean_.data();
    const double* const variance = variance_.data();
    problem_.expect(neuron_, g_.data(), reach,
                    {rate_.data(), mean_.data(), weight, variance_.data(), log_none_.data()});
    for (std::size_t i = 0; i < reach; ++i) {  // a simple loop, which compilers vectorise
      const double slope = observed[i] != 0 && variance[i] > 0.0 ? weight[i] / variance[i] : 0.0;
      residual[i] = (counts_[i] - mean[i]) * slope;
      weight[i] = weight[i] * slope;
    }
    double sum = nothing_happens(span, observed);
    for (const auto& spike : SpikeTrains::between(own_, span.first, span.end))
      if (const std::size_t i = spike.step - span.first; observed[i] != 0)
        sum -= problem_.log_probability(spike.count, rate[i]);
    return sum;
  }

  /// The negative log-probability of the steps without spikes. In binary models, one logarithm is taken for 16 factors.
  double nothing_happens(const Span& span, const std::uint8_t* observed) const {
    const auto counts = [&](std::size_t i) { return observed[i] != 0 && counts_[i] == 0.0; };
    // A mean that rounds to 1 makes a spike likely but not certain.
    const auto none = [&](std::size_t i) { return std::max(1.0 - mean_.data()[i], 0x1p-54); };
    double sum = 0.0;
    std::size_t i = 0;
    if (problem_.binary)
      for (constexpr std::size_t lanes = 8, factors = 16; i + lanes * factors <= span.size(); i += lanes * factors) {
        double products[lanes] = {1, 1, 1, 1, 1, 1, 1, 1};
        for (std::size_t k = 0; k < factors; ++k)
          for (std::size_t lane = 0; lane < lanes; ++lane) {
            const std::size_t at = i + k * lanes + lane;
            products[lane] *= counts(at) ? none(at) : 1.0;
          }
        for (const double product : products) sum -= log(product);
      }
    for (; i < span.size(); ++i)
      if (counts(i)) sum -= problem_.binary ? log(none(i)) : log_none_.data()[i];
    return sum;
  }

  /// For filters that are windowed: the sums over spikes of the residuals in the window after each, [lag][neuron].
  Matrix no_windows() const {
    return windowed_ ? Matrix(Matrix::Zero(taps_.rows(), static_cast<Eigen::Index>(problem_.trains.neurons)))
                     : Matrix();
  }
  /// Their part of the gradient.
  void add_windows(const Matrix& windows, Vector& gradient) const {
    if (!windowed_) return;
    Eigen::Map<Matrix>(gradient.data() + problem_.column(0, 0), taps_.cols(), windows.cols()) -=
        problem_.scale * taps_.transpose().lazyProduct(windows);
  }

  void add_gradient(const Span& span, Vector& gradient, Matrix& windows) {
    const auto size = static_cast<Eigen::Index>(span.size());
    const auto dense = static_cast<Eigen::Index>(problem_.dense());
    gradient.head(dense) -= dense_.topRows(size).transpose() * residual_.head(size);
    if (windowed_) {
      for_each_window(problem_.trains.spikes, span, span.first, span.size(), static_cast<std::size_t>(taps_.rows()),
                      [&](const auto& spike, std::size_t i, std::size_t k, std::size_t length) {
                        if (spike.neuron == neuron_) return;
                        double* const window = windows.col(spike.neuron).data() + k;
                        const double* const residual = residual_.data() + i;
                        const double count = spike.count;
                        for (std::size_t j = 0; j < length; ++j) window[j] += count * residual[j];
                      });
      return;
    }
    for (std::size_t m = 0; m < problem_.coupling.size(); ++m) {
      const Response& response = problem_.coupling[m];
      sums_.assign(span.size() + response.length(), 0.0);
      std::copy_n(residual_.data(), std::min<std::size_t>(span.reach(), sums_.size()), sums_.data());
      filtered_.resize(std::max(filtered_.size(), span.size()));
      response.template backward<1>(sums_.data(), filtered_.data(), span.size());
      for (const auto& spike : arriving(problem_.trains.spikes, span, 0, span.size()))
        if (spike.step + 1 >= span.first && spike.neuron != neuron_)
          gradient[problem_.column(spike.neuron, m)] -=
              problem_.scale * spike.count * filtered_[spike.step + 1 - span.first];
    }
  }

  /// Takes short blocks of steps. On each, only the connections of neurons with recent spikes have covariates.
  void add_windowed_hessian(const Span& span, Matrix& hessian) {
    const auto dense = static_cast<Eigen::Index>(problem_.dense()), bases = taps_.cols();
    const auto window = static_cast<std::size_t>(taps_.rows());
    const std::uint64_t length = size() <= 100 ? 512 : 64;
    std::vector<Eigen::Index> columns;  // of the Hessian, for each column of the block
    for (std::uint64_t first = span.first; first < span.end; first += length) {
      const auto steps = static_cast<Eigen::Index>(std::min(length, span.end - first));
      const auto offset = static_cast<Eigen::Index>(first - span.first);
      block_.resize(steps, static_cast<Eigen::Index>(size()));
      block_.leftCols(dense) = dense_.middleRows(offset, steps);
      columns.resize(static_cast<std::size_t>(dense));
      std::iota(columns.begin(), columns.end(), Eigen::Index{0});
      for (std::uint64_t neuron = 0; neuron < problem_.trains.neurons; ++neuron) {
        if (neuron == neuron_) continue;
        const auto at = static_cast<Eigen::Index>(columns.size());
        bool any = false;
        for_each_window(problem_.trains.by_neuron[neuron], span, first, static_cast<std::size_t>(steps), window,
                        [&](const auto& spike, std::size_t i, std::size_t k, std::size_t size) {
                          if (!any) block_.middleCols(at, bases).setZero();
                          any = true;
                          const auto rows = static_cast<Eigen::Index>(size);
                          block_.block(static_cast<Eigen::Index>(i), at, rows, bases) +=
                              problem_.scale * spike.count * taps_.middleRows(static_cast<Eigen::Index>(k), rows);
                        });
        for (Eigen::Index m = 0; any && m < bases; ++m)
          columns.push_back(problem_.column(neuron, static_cast<std::size_t>(m)));
      }
      const auto active = static_cast<Eigen::Index>(columns.size());
      block_.leftCols(active).array().colwise() *= weight_.segment(offset, steps).array().sqrt();
      products_of_block_.setZero(active, active);
      products_of_block_.template selfadjointView<Eigen::Lower>().rankUpdate(block_.leftCols(active).transpose());
      for (Eigen::Index j = 0; j < active; ++j)
        for (Eigen::Index i = j; i < active; ++i)
          hessian(columns[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(j)]) +=
              products_of_block_(i, j);
    }
  }

  /// Takes eight presynaptic neurons at a time: filters their spikes, weights them and correlates them, backward in
  /// time, with all spikes.
  void add_hessian(const Span& span, Matrix& hessian) {
    const auto size = static_cast<Eigen::Index>(span.size());
    const auto dense = static_cast<Eigen::Index>(problem_.dense());
    const std::size_t reach = span.reach();
    // Lazy: otherwise Eigen would use threads, and the sums would depend on their number.
    hessian.topLeftCorner(dense, dense) +=
        dense_.topRows(size).transpose().lazyProduct(weight_.head(size).asDiagonal() * dense_.topRows(size));
    const auto spikes = arriving(problem_.trains.spikes, span, 0, span.size());
    for (std::size_t m = 0; m < problem_.coupling.size(); ++m) {
      const Response& response = problem_.coupling[m];
      const std::size_t before = response.lead();
      for (std::uint64_t first = 0; first < problem_.trains.neurons; first += lanes) {
        const std::uint64_t end = std::min<std::uint64_t>(first + lanes, problem_.trains.neurons);
        sums_.assign((before + reach) * lanes, 0.0);
        bool any = false;
        for (std::uint64_t neuron = first; neuron < end; ++neuron) {
          if (neuron == neuron_) continue;
          for (const auto& spike : arriving(problem_.trains.by_neuron[neuron], span, before, reach)) {
            sums_[(spike.step + 1 + before - span.first) * lanes + (neuron - first)] += spike.count;
            any = true;
          }
        }
        if (!any) continue;
        filtered_.resize(std::max(filtered_.size(), (reach + span.lead + 1) * lanes));
        response.template forward<lanes>(sums_.data(), filtered_.data(), reach);
        for (std::size_t i = 0; i < reach; ++i)
          Eigen::Map<Lane>(filtered_.data() + i * lanes) *= weight_[i] * problem_.scale;
        for (Eigen::Index row = 0; row < dense; ++row) {
          Lane sum = Lane::Zero();
          for (Eigen::Index i = 0; i < size; ++i)
            sum += dense_(i, row) * Eigen::Map<const Lane>(filtered_.data() + static_cast<std::size_t>(i) * lanes);
          for (std::uint64_t neuron = first; neuron < end; ++neuron) {
            const Eigen::Index at = problem_.column(neuron, m);
            hessian(row, at) += sum[neuron - first];
            hessian(at, row) = hessian(row, at);
          }
        }
        for (std::size_t other = 0; other < problem_.coupling.size(); ++other)
          add_columns(span, spikes, m, other, first, end, hessian);
      }
    }
  }

  /// Adds the entries between neurons [first, end) with function m, whose weighted trains are in filtered_, and all
  /// neurons with function `other`.
  void add_columns(const Span& span, std::span<const SpikeTrains::Spike> spikes, std::size_t m, std::size_t other,
                   std::uint64_t first, std::uint64_t end, Matrix& hessian) {
    const Response& response = problem_.coupling[other];
    std::fill(filtered_.begin() + span.reach() * lanes, filtered_.end(), 0.0);
    backward_.resize(span.size() * lanes);
    response.template backward<lanes>(filtered_.data(), backward_.data(), span.size());
    products_.assign(problem_.trains.neurons * lanes, 0.0);
    for (const auto& spike : spikes)
      if (spike.step + 1 >= span.first)
        Eigen::Map<Lane>(products_.data() + spike.neuron * lanes) +=
            static_cast<double>(spike.count) *
            Eigen::Map<const Lane>(backward_.data() + (spike.step + 1 - span.first) * lanes);
    for (std::uint64_t neuron = 0; neuron < problem_.trains.neurons; ++neuron) {
      if (neuron == neuron_) continue;
      for (std::uint64_t with = first; with < end; ++with)
        hessian(problem_.column(neuron, other), problem_.column(with, m)) +=
            problem_.scale * products_[neuron * lanes + (with - first)];
    }
  }

  const FitData<Real>& problem_;
  std::uint32_t neuron_;
  std::span<const float> stimulus_;
  const std::vector<SpikeTrains::Spike>& own_;
  std::vector<std::uint8_t> observed_;  // for each step
  double steps_ = 0.0;
  bool windowed_;          // whether a filter of the coupling has no recursion
  Matrix taps_, effects_;  // [lag][m], and [lag][pre]: the effect of a spike on g
  Matrix block_, products_of_block_;
  Matrix dense_;
  Vector g_, residual_, weight_, rate_, mean_, variance_, log_none_;
  std::vector<double> counts_, sums_, filtered_, backward_, products_;
};

}  // namespace spikeometric::detail
