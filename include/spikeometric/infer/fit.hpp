// SPDX-License-Identifier: BSD-3-Clause
//
// Maximum-likelihood fits of networks and baselines to recorded spikes.
//
//   const sk::BernoulliGLM family{{.theta = 5.0f, .coupling_window = 20}};
//   const auto fitted = sk::fit(family, spikes, {.penalty = sk::L1{1e-4}, .threads = 2});
//   std::cout << fitted.bits_per_spike() << " bits a spike\n";
//   sk::Simulator again{fitted.graph, fitted.model, sk::no_stimulus, sk::Seed{42}};
//
//   sk::fit(family, drive, spikes, {});                                     // with a known stimulus as covariate
//   sk::Cascade<sk::RaisedCosine<4>, sk::NoHistory, sk::NoBaseline, sk::Exponential, sk::PoissonSampler> flexible;
//   sk::fit(flexible, counts, {.penalty = sk::GroupL1{1e-4}});              // four weights per pair of neurons
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit_options.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// The result of `fit`: a graph and a model for a simulator, and standard errors. Weights are the W_ji of the model's
/// equation for g (see <spikeometric/model/concepts.hpp>).
template <class GraphType, class ModelType>
struct Fit {
  /// The fitted network; autapses are the neurons' own history. A weight below a millionth of the largest weight onto
  /// the same neuron is 0 here: the search does not resolve it, and a simulator might refuse it as too small
  /// (FixedPointGraph).
  GraphType graph;
  ModelType model;
  std::vector<NeuronFit> neurons;
  double steps = 0.0;             ///< observed steps
  Eigen::MatrixXd weights;        ///< [pre][post * M + m]
  Eigen::MatrixXd weight_errors;  ///< [pre][post * M + m]; empty if not computed (see NeuronFit::baseline_error)
  std::vector<double> areas;      ///< r times the sum of the taps, for each of the M basis functions

  static constexpr std::size_t bases = GraphType::bases;

  /// The weight from `pre` to `post` for basis function m; 0 if it was not fitted.
  double weight(std::uint64_t pre, std::uint64_t post, std::size_t m = 0) const {
    return weights(pre, post * bases + m);
  }
  /// The standard error of that weight; NaN if unknown.
  double weight_error(std::uint64_t pre, std::uint64_t post, std::size_t m = 0) const {
    if (weight_errors.size() == 0) return std::numeric_limits<double>::quiet_NaN();
    return weight_errors(pre, post * bases + m);
  }

  /// N x N matrix, row = presynaptic: the sum over m of weight times area, which is the total effect of a spike on g
  /// over time.
  Eigen::MatrixXd strengths() const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(weights.rows(), weights.rows());
    for (std::size_t m = 0; m < bases; ++m)
      for (Eigen::Index post = 0; post < result.cols(); ++post)
        result.col(post) += areas[m] * weights.col(post * bases + m);
    return result;
  }

  double log_likelihood() const { return total(&NeuronFit::log_likelihood); }
  double deviance() const { return total(&NeuronFit::deviance); }
  double spikes() const { return total(&NeuronFit::spikes); }
  /// Log-likelihood gained over constant rates, in bits per spike; 0 without spikes.
  double bits_per_spike() const {
    if (spikes() == 0.0) return 0.0;
    const double gained = log_likelihood() - total(&NeuronFit::null_log_likelihood);
    return gained / (spikes() * 0.6931471805599453);
  }
  /// Whether all neurons have converged, apart from neurons that are silent or always fire.
  bool converged() const {
    return std::all_of(neurons.begin(), neurons.end(), [](const NeuronFit& neuron) {
      return neuron.status == FitStatus::converged || neuron.status == FitStatus::silent ||
             neuron.status == FitStatus::always_fires;
    });
  }

 private:
  double total(double NeuronFit::*value) const {
    double sum = 0.0;
    for (const NeuronFit& neuron : neurons) sum += neuron.*value;
    return sum;
  }
};

namespace detail {

/// The type of a fitted model: with a baseline and stimulus channel weights for each neuron; otherwise the family.
template <class ModelType, std::size_t Channels>
using FittedModel = Cascade<
    decltype(ModelType::filter), decltype(ModelType::history), PerNeuron<ConstantBaseline>,
    decltype(ModelType::nonlinearity), decltype(ModelType::sampler),
    std::conditional_t<(Channels > 0), PerNeuron<ChannelWeights<std::max<std::size_t>(Channels, 1)>>, DirectStimulus>>;

template <class ModelType>
using FittedGraph = Graph<std::conditional_t<ModelType::bases == 1, float, std::array<float, ModelType::bases>>>;

/// Combines the fitted neurons.
template <class GraphType, class Model, std::size_t Channels, class Real, class Family>
Fit<GraphType, Model> assembled(FittedNetwork<Real> network, const Family& family, std::vector<double> areas) {
  constexpr std::size_t bases = GraphType::bases;
  using Weight = typename GraphType::WeightType;
  using Field = ChannelWeights<std::max<std::size_t>(Channels, 1)>;
  std::vector<ConstantBaseline> baselines;
  std::vector<Field> fields;
  for (const NeuronFit& fit : network.neurons) {
    baselines.push_back({static_cast<float>(fit.baseline)});
    Field& field = fields.emplace_back();
    for (std::size_t channel = 0; channel < Channels; ++channel)
      field.weights[channel] = static_cast<float>(fit.stimulus_weights[channel]);
  }

  const std::uint64_t size = network.neurons.size();
  EdgeList<Weight> edges{size};
  for (std::uint64_t pre = 0; pre < size; ++pre)
    for (std::uint64_t post = 0; post < size; ++post) {
      Weight weight{};
      bool any = false;
      for (std::size_t m = 0; m < bases; ++m) {
        const double w = network.weights(pre, post * bases + m);
        WeightTraits<Weight>::at(weight, m) = std::abs(w) < network.least[post] ? 0.0f : static_cast<float>(w);
        any |= WeightTraits<Weight>::at(weight, m) != 0.0f;
      }
      if (any) edges.add(pre, post, weight);
    }

  auto stimulus_filter = [&] {
    if constexpr (Channels == 0)
      return DirectStimulus{};
    else
      return PerNeuron<Field>{std::move(fields)};
  }();
  Model model{{family.scale.dt, family.scale.r},
              family.filter,
              family.history,
              PerNeuron<ConstantBaseline>{std::move(baselines)},
              family.nonlinearity,
              family.sampler,
              std::move(stimulus_filter)};
  return {GraphType{edges}, std::move(model),           std::move(network.neurons),
          network.steps,    std::move(network.weights), std::move(network.errors),
          std::move(areas)};
}

}  // namespace detail

/// Maximum likelihood: finds, for each neuron, the baseline and the incoming weights that maximise the likelihood of
/// its spikes given all earlier spikes. `model` is the family: its filter, self-history, nonlinearity and sampler are
/// kept, and its baseline is replaced. With filter WithSelf<Coupling, Self>, a neuron's own spikes act through Self and
/// the spikes of other neurons through Coupling. Neurons are fitted independently. The problem is convex if the
/// log-likelihood is concave in g: for BernoulliGLM with steps of 1 ms, PoissonSampler with Exponential or Softplus,
/// and others.
///
/// `recordings` is one recording, or the recordings of a batch of trials of one network, each with its own past. The
/// stimulus follows the clock of each recording. Unless it is no_stimulus, every neuron has a weight for each stimulus
/// channel (one channel, unless it is `channels(a, b)`), and the fitted model has these weights.
///
/// Time per neuron and iteration: O(spikes + steps x filter length), where the length of exponential filters counts as
/// 1. A Hessian takes parameters / 8 times as long. Memory: two copies of the spikes; for each thread, one number per
/// parameter (with Newton's method, per pair of parameters), 4 bytes per step and channel, and a byte per step. The
/// result takes 8 bytes for each pair of neurons and basis function, twice that with standard errors, and temporarily
/// as much again at the end.
///
/// Spikes arrive in the next step: synaptic delays are not fitted.
///
/// Throws InvalidArgument for an empty recording, for recordings of different networks, for steps or counts that the
/// model does not allow, if `signs` has the wrong size, for a random stimulus without `seed`, and, without a penalty,
/// for a neuron with fewer steps than parameters. Throws InvalidParameter for a model parameter out of bounds and for a
/// stimulus that is not finite.
template <Model ModelType, Stimulus StimulusType, class Recordings>
[[nodiscard]] auto fit(const ModelType& model, const StimulusType& stimulus, const Recordings& recordings,
                       const FitOptions& options = {}) {
  static_assert(Differentiable<ModelType>,
                "spikeometric: this model has no likelihood that can be fitted: it needs a nonlinearity that is a "
                "template over the real type and a sampler with mean, variance and log_probability");
  static_assert(std::is_same_v<std::remove_const_t<decltype(ModelType::baseline)>, NoBaseline> ||
                    std::is_same_v<std::remove_const_t<decltype(ModelType::baseline)>, ConstantBaseline>,
                "spikeometric: a model that is fitted must have the baseline NoBaseline or ConstantBaseline");
  using Lifted = decltype(detail::lift(stimulus));
  using Problem = detail::FitProblem<ModelType, Lifted>;
  const Problem problem{recordings,           model, detail::lift(stimulus), options.seed, options.own_history,
                        options.history_steps};
  constexpr std::size_t channels = Problem::channel_count;
  return detail::assembled<detail::FittedGraph<ModelType>, detail::FittedModel<ModelType, channels>, channels>(
      detail::fit_neurons(problem, options), model, problem.areas);
}

/// A fit without a stimulus.
template <Model ModelType, detail::MaybeSpikes Recordings>
[[nodiscard]] auto fit(const ModelType& model, const Recordings& recordings, const FitOptions& options = {}) {
  return fit(model, no_stimulus, recordings, options);
}

namespace detail {

/// The result of a wrong call of fit.
template <class... Given>
using LikelyFit = Fit<FittedGraph<LikelyModel<Given...>>, FittedModel<LikelyModel<Given...>, 0>>;

}  // namespace detail

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third>
requires(!(Model<First> && Stimulus<Second>)&&!std::is_same_v<Third, FitOptions>)
    detail::LikelyFit<First, Second, Third> fit(const First&, const Second&, const Third&, const FitOptions& = {}) {
  static_assert(detail::RefuseModelStimulusSpikes<First, Second, Third>::value);
  return detail::never<detail::LikelyFit<First, Second, Third>>();
}
template <class First, class Second>
requires(!Model<First> || !detail::MaybeSpikes<Second>) detail::LikelyFit<First, Second> fit(const First&,
                                                                                             const Second&,
                                                                                             const FitOptions& = {}) {
  static_assert(detail::RefuseModelStimulusSpikes<First, Second, void>::value);
  return detail::never<detail::LikelyFit<First, Second>>();
}
template <class First, class Second, class Third, class Fourth>
requires(!std::is_same_v<Fourth, FitOptions>) detail::LikelyFit<First, Second, Third> fit(const First&, const Second&,
                                                                                          const Third&, const Fourth&,
                                                                                          const FitOptions& = {}) {
  static_assert(detail::RefuseModelStimulusSpikes<First, Second, Third, Fourth>::value);
  return detail::never<detail::LikelyFit<First, Second, Third>>();
}

}  // namespace spikeometric
