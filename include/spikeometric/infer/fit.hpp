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
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/detail/stability_map.hpp"
#include "spikeometric/infer/fit_options.hpp"
#include "spikeometric/infer/stability.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

template <class FilterPolicy>
struct CouplingPart {
  using Coupling = FilterPolicy;
  static constexpr bool own_history_is_separate = false;
};
template <class CouplingFilter, class SelfFilter>
struct CouplingPart<WithSelf<CouplingFilter, SelfFilter>> {
  using Coupling = CouplingFilter;
  static constexpr bool own_history_is_separate = true;
};

/// The types of what is fitted, given the family and the stimulus.
template <class Family, class StimulusType>
struct FittedTypes {
  using Filter = std::remove_const_t<decltype(Family::filter)>;
  using History = std::remove_const_t<decltype(Family::history)>;
  using Problem = FitProblem<Family, StimulusType>;

  /// Whether each neuron has its own self-history, rather than all neurons that of the family.
  static constexpr bool own_histories = CouplingPart<Filter>::own_history_is_separate || Problem::finds_refractoriness;
  static constexpr std::size_t graph_bases = bases<typename CouplingPart<Filter>::Coupling>;
  static constexpr std::size_t channels = Problem::channel_count;
  using Stimulus = std::conditional_t<Problem::is_shared, Masked<WeightedCovariates>, StimulusType>;

  using Graph = spikeometric::Graph<std::conditional_t<graph_bases == 1, float, std::array<float, graph_bases>>>;
  using Channels = ChannelWeights<std::max<std::size_t>(channels, 1)>;
  using Model =
      Cascade<typename CouplingPart<Filter>::Coupling, std::conditional_t<own_histories, PerNeuron<Fir>, History>,
              PerNeuron<ConstantBaseline>, std::remove_const_t<decltype(Family::nonlinearity)>,
              std::remove_const_t<decltype(Family::sampler)>,
              std::conditional_t<(channels > 0), PerNeuron<Channels>, DirectStimulus>>;
};

/// "0, 2 and 5", or the first few of many.
inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return names.size() > most ? text + ", ..." : text;
}

}  // namespace detail

/// The result of `fit`: a graph and a model for a simulator, and standard errors. Weights are the W_ji of the model's
/// equation for g (see <spikeometric/model/concepts.hpp>).
template <class Family, class StimulusType = NoStimulus>
struct Fit {
  using GraphType = typename detail::FittedTypes<Family, StimulusType>::Graph;
  using ModelType = typename detail::FittedTypes<Family, StimulusType>::Model;

  /// The fitted network. A weight below a millionth of the largest weight onto the same neuron is 0 here: the search
  /// does not resolve it, and a simulator might refuse it as too small (FixedPointGraph). If the family's filter is
  /// WithSelf, or its self-history AbsoluteRefractory, the neurons' own histories are in the model; otherwise they are
  /// autapses.
  GraphType graph;
  ModelType model;
  /// What drives the fitted model in a simulator: the given stimulus or, for StimulusCovariates, these with the fitted
  /// weights.
  typename detail::FittedTypes<Family, StimulusType>::Stimulus stimulus;
  Family family;
  StimulusType given_stimulus;
  std::vector<NeuronFit> neurons;
  double steps = 0.0;                   ///< observed steps, before the absolute refractoriness of a neuron is left out
  std::uint64_t history_steps = 0;      ///< steps at the beginning of each recording that serve only as history
  std::vector<std::uint32_t> left_out;  ///< recordings without steps that count
  Eigen::MatrixXd weights;              ///< [pre][post * M + m]
  Eigen::MatrixXd weight_errors;        ///< [pre][post * M + m]; empty if not computed (see NeuronFit::baseline_error)
  std::vector<double> areas;            ///< r times the sum of the taps, for each of the M basis functions
  StabilityCheck stability;             ///< whether the fitted model runs away when it is simulated
  /// Recordings and options of the fit, for functions that go on from it: edges, predict, ...
  std::shared_ptr<const detail::FitData<double>> data;

  /// Number of weights of a pair of neurons.
  static constexpr std::size_t bases = Family::bases;

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

  /// N x N matrix, row = presynaptic: how sure it is that a connection exists, as the root of the sum over m of (weight
  /// / error)^2, or NaN without standard errors. edges() tests connections more exactly.
  Eigen::MatrixXd significance() const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(weights.rows(), weights.rows());
    for (Eigen::Index pre = 0; pre < result.rows(); ++pre)
      for (Eigen::Index post = 0; post < result.cols(); ++post) {
        for (std::size_t m = 0; m < bases; ++m)
          if (const double w = weight(pre, post, m); w != 0.0) {
            const double z = w / weight_error(pre, post, m);
            result(pre, post) += z * z;
          }
        result(pre, post) = std::sqrt(result(pre, post));
      }
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
  /// Whether all fitted neurons have converged, apart from neurons that are silent or always fire.
  bool converged() const {
    return std::all_of(neurons.begin(), neurons.end(), [](const NeuronFit& neuron) {
      return neuron.status == FitStatus::converged || neuron.status == FitStatus::silent ||
             neuron.status == FitStatus::always_fires || neuron.status == FitStatus::not_fitted;
    });
  }

  /// Sentences about what is wrong with the fit or was left out of it; empty if there is nothing to say. `names` are
  /// those of the neurons.
  std::vector<std::string> warnings(const NeuronNames& names = {}) const {
    std::vector<std::string> result;
    /// Adds the sentence with the neurons for which of(neuron) is not 0, and that number unless it is a bool.
    const auto say = [&](const std::string& sentence, auto&& of) {
      std::vector<std::string> list;
      for (std::size_t i = 0; i < neurons.size(); ++i)
        if (const auto number = of(i); number != 0)
          list.push_back(names[i] +
                         (std::is_same_v<decltype(number), const bool> ? "" : " (" + std::to_string(number) + ")"));
      if (list.empty()) return;
      result.push_back(sentence + (list.size() == 1 ? ": neuron " : ": " + std::to_string(list.size()) + " neurons, ") +
                       detail::listed(list));
    };
    const auto has = [&](FitStatus status) {
      return [this, status](std::size_t i) { return neurons[i].status == status; };
    };
    if (!left_out.empty())
      result.push_back(std::to_string(left_out.size()) + " of " + std::to_string(data->trains.recordings.size()) +
                       " recordings have no steps that count after " + std::to_string(history_steps) +
                       " steps of history, and were left out");
    say("spikes have a log-probability below -20 under the model's fixed self-history (refractory period), which "
        "sk::recording_family(dt) would fit",
        [&](std::size_t i) { return neurons[i].unlikely_spikes; });
    say("the fit explains the spikes worse than a constant rate", [&](std::size_t i) {
      const FitStatus status = neurons[i].status;
      return status == FitStatus::misfit || ((status == FitStatus::separated || status == FitStatus::not_converged) &&
                                             neurons[i].log_likelihood < neurons[i].null_log_likelihood);
    });
    say("a recorded spike is impossible under the model's self-history", has(FitStatus::impossible));
    say("some weights are infinite at the maximum of the likelihood (complete separation), which a ridge prevents",
        has(FitStatus::separated));
    say("the fit has not converged", has(FitStatus::not_converged));
    say("there are no spikes", has(FitStatus::silent));
    const std::size_t parameters = data->size() - data->coupling_bases;
    say("without a penalty, there are fewer spikes than the " + std::to_string(parameters) + " parameters",
        [&](std::size_t i) {
          const bool few = data->options.penalty.none() && neurons[i].status != FitStatus::not_fitted &&
                           neurons[i].spikes < static_cast<double>(parameters);
          return few ? static_cast<std::uint64_t>(neurons[i].spikes) : std::uint64_t{0};
        });
    for (const auto& [verdict, what] :
         {std::pair{Stability::unstable, " may run away from the recorded one in a simulation"},
          std::pair{Stability::fragile, " may jump to a much higher one in a simulation"}}) {
      const std::string advice = "; see own_sign and own_penalty";
      say(std::string("the rate") + what + advice,
          [&, verdict = verdict](std::size_t i) { return stability.neurons[i].verdict == verdict; });
      if (stability.network == verdict) result.push_back(std::string("the rate of the network") + what + advice);
    }
    return result;
  }

 private:
  double total(double NeuronFit::*value) const {
    double sum = 0.0;
    for (const NeuronFit& neuron : neurons) sum += neuron.*value;
    return sum;
  }
};

namespace detail {

/// The self-history of a neuron: the taps of the family's, and those of the fitted own history.
template <class Real>
std::vector<double> fitted_history(const FitData<Real>& problem, const MatrixOf<Real>& weights, std::uint32_t neuron) {
  std::vector<double> taps = problem.history;
  const std::vector<double> own = problem.effect(
      problem.own, [&](std::size_t m) { return weights(neuron, neuron * problem.bases + problem.own_first + m); });
  taps.resize(std::max({taps.size(), own.size(), std::size_t{problem.refractory_steps(neuron)}}));
  for (std::size_t k = 0; k < own.size(); ++k) taps[k] += own[k];
  std::fill_n(taps.begin(), problem.refractory_steps(neuron), AbsoluteRefractory::strength);
  if (taps.empty()) taps.push_back(0.0);
  return taps;
}

/// The stimulus that drives a fitted model: covariates with the fitted weights, or any other stimulus as it is.
template <FitStimulus StimulusType>
auto driving(const std::vector<NeuronFit>& neurons, const StimulusType& stimulus) {
  if constexpr (std::is_same_v<StimulusType, StimulusCovariates>) {
    Eigen::MatrixXd weights(static_cast<Eigen::Index>(neurons.front().stimulus_weights.size()),
                            static_cast<Eigen::Index>(neurons.size()));
    for (std::size_t neuron = 0; neuron < neurons.size(); ++neuron)
      weights.col(static_cast<Eigen::Index>(neuron)) =
          Eigen::Map<const Eigen::VectorXd>(neurons[neuron].stimulus_weights.data(), weights.rows());
    return stimulus.with_weights(weights);
  } else {
    return lift(stimulus);
  }
}

/// Combines the fitted neurons.
template <class Family, class StimulusType>
Fit<Family, StimulusType> assembled(const std::shared_ptr<const FitData<double>>& data, FittedNetwork<double> network,
                                    const Family& family, const StimulusType& stimulus) {
  using Types = FittedTypes<Family, StimulusType>;
  using Weight = typename Types::Graph::WeightType;
  using Channels = typename Types::Channels;
  const std::uint64_t size = network.neurons.size();
  std::vector<ConstantBaseline> baselines;
  std::vector<Channels> channel_weights;
  std::vector<std::vector<double>> histories;
  for (std::uint32_t neuron = 0; neuron < size; ++neuron) {
    const NeuronFit& fit = network.neurons[neuron];
    baselines.push_back({static_cast<float>(fit.baseline)});
    Channels& weights = channel_weights.emplace_back();
    for (std::size_t channel = 0; channel < Types::channels; ++channel)
      weights.weights[channel] = static_cast<float>(fit.stimulus_weights[channel]);
    histories.push_back(fitted_history(*data, network.weights, neuron));
  }
  StabilityCheck stability = stability_of(*data, network, histories);

  EdgeList<Weight> edges{size};
  for (std::uint64_t pre = 0; pre < size; ++pre)
    for (std::uint64_t post = 0; post < size; ++post) {
      if (Types::own_histories && pre == post) continue;
      Weight weight{};
      bool any = false;
      for (std::size_t m = 0; m < Types::graph_bases; ++m) {
        const double w = network.weights(pre, post * Family::bases + m);
        WeightTraits<Weight>::at(weight, m) = std::abs(w) < network.least[post] ? 0.0f : static_cast<float>(w);
        any |= WeightTraits<Weight>::at(weight, m) != 0.0f;
      }
      if (any) edges.add(pre, post, weight);
    }

  auto filter = [&] {
    if constexpr (CouplingPart<typename Types::Filter>::own_history_is_separate)
      return family.filter.coupling;
    else
      return family.filter;
  }();
  auto history = [&] {
    if constexpr (Types::own_histories)
      return PerNeuron<Fir>{std::vector<Fir>(histories.begin(), histories.end())};
    else
      return family.history;
  }();
  auto stimulus_filter = [&] {
    if constexpr (Types::channels == 0)
      return DirectStimulus{};
    else
      return PerNeuron<Channels>{std::move(channel_weights)};
  }();
  auto drive = driving(network.neurons, stimulus);
  typename Types::Model model{{family.scale.dt, family.scale.r},
                              std::move(filter),
                              std::move(history),
                              PerNeuron<ConstantBaseline>{std::move(baselines)},
                              family.nonlinearity,
                              family.sampler,
                              std::move(stimulus_filter)};
  return {.graph = typename Types::Graph{edges},
          .model = std::move(model),
          .stimulus = std::move(drive),
          .family = family,
          .given_stimulus = stimulus,
          .neurons = std::move(network.neurons),
          .steps = data->steps(),
          .history_steps = data->history_steps(),
          .left_out = data->left_out(),
          .weights = std::move(network.weights),
          .weight_errors = std::move(network.errors),
          .areas = data->areas,
          .stability = std::move(stability),
          .data = data};
}

}  // namespace detail

/// Maximum likelihood: finds, for each neuron, the baseline and the incoming weights that maximise the likelihood of
/// its spikes given all earlier spikes. `model` is the family: its filter, self-history, nonlinearity and sampler are
/// kept, and its baseline is replaced. With filter WithSelf<Coupling, Self>, a neuron's own spikes act through Self and
/// the spikes of other neurons through Coupling. With self-history AbsoluteRefractory, the steps that are closer to a
/// spike than the shortest interval of that neuron do not count (see NeuronFit::refractory_steps). Neurons are fitted
/// independently. The problem is convex if the log-likelihood is concave in g: for BernoulliGLM with steps of 1 ms,
/// PoissonSampler with Exponential or Softplus, and others.
///
/// `recordings` is one recording, or the recordings of a batch of trials of one network, each with its own past. The
/// stimulus follows the clock of each recording. Unless it is no_stimulus, every neuron has a weight for each stimulus
/// channel (one channel, unless it is `channels(a, b)` or temporal(...) with several basis functions), and the fitted
/// model has these weights. For StimulusCovariates (frames and impulses), every neuron has a weight for each covariate,
/// and the stimulus of the fit has these weights. A recorded stimulus must have values for all steps of the recordings.
///
/// Time per neuron and iteration: O(spikes + steps x filter length), where the length of exponential filters counts as
/// 1. A Hessian takes parameters / 8 times as long. Memory: two copies of the spikes; for each thread, one number per
/// parameter (with Newton's method, per pair of parameters), 4 bytes per step and channel, and a byte per step. The
/// result takes 8 bytes for each pair of neurons and basis function, twice that with standard errors, and temporarily
/// as much again at the end; it also keeps the spikes.
///
/// Spikes arrive in the next step: synaptic delays are not fitted.
///
/// Throws InvalidArgument for an empty recording, for recordings of different networks, for steps or counts that the
/// model does not allow, for recordings that are all shorter than the history, for options of the wrong size, for a
/// random stimulus without `seed`, and, without a penalty, for a neuron with fewer steps than parameters. Throws
/// InvalidParameter for a model parameter out of bounds and for a stimulus that is not finite.
template <Model ModelType, detail::FitStimulus StimulusType, class Recordings>
[[nodiscard]] auto fit(const ModelType& model, const StimulusType& stimulus, const Recordings& recordings,
                       const FitOptions& options = {}) {
  static_assert(Differentiable<ModelType>,
                "spikeometric: this model has no likelihood that can be fitted: it needs a nonlinearity that is a "
                "template over the real type and a sampler with mean, variance and log_probability");
  static_assert(std::is_same_v<std::remove_const_t<decltype(ModelType::baseline)>, NoBaseline> ||
                    std::is_same_v<std::remove_const_t<decltype(ModelType::baseline)>, ConstantBaseline>,
                "spikeometric: a model that is fitted must have the baseline NoBaseline or ConstantBaseline");
  static_assert(!detail::is_per_neuron<std::remove_const_t<decltype(ModelType::history)>>,
                "spikeometric: a model that is fitted must have the same self-history for all neurons; a fit finds "
                "their own histories if its filter is WithSelf");
  auto lifted = detail::lifted_for_fit(stimulus);
  using Problem = detail::FitProblem<ModelType, decltype(lifted)>;
  std::shared_ptr<const detail::FitData<double>> problem =
      std::make_shared<const Problem>(recordings, model, lifted, options);
  auto network = detail::fit_neurons(*problem);
  return detail::assembled(problem, std::move(network), model, lifted);
}

/// A fit without a stimulus.
template <Model ModelType, detail::MaybeSpikes Recordings>
[[nodiscard]] auto fit(const ModelType& model, const Recordings& recordings, const FitOptions& options = {}) {
  return fit(model, no_stimulus, recordings, options);
}

namespace detail {

/// The result of a wrong call of fit.
template <class... Given>
using LikelyFit = Fit<LikelyModel<Given...>>;

}  // namespace detail

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third>
requires(!(Model<First> && detail::FitStimulus<Second>)&&!std::is_same_v<Third, FitOptions>)
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
