// SPDX-License-Identifier: BSD-3-Clause
//
// Defines the families that are chosen at run time, for the files that instantiate them.
#pragma once

#include <spikeometric/graph/edge_list.hpp>
#include <spikeometric/model/cascade.hpp>
#include <spikeometric/model/filters/basis.hpp>
#include <spikeometric/model/filters/history.hpp>
#include <spikeometric/model/filters/with_self.hpp>
#include <spikeometric/model/samplers/bernoulli.hpp>
#include <spikeometric/model/samplers/poisson.hpp>

#include <type_traits>
#include <utility>

#include "flexible.hpp"
#include "inference_definition.hpp"

namespace driver {

template <std::size_t M, class Sampler>
class FlexibleAs {
 public:
  using Coupling = std::conditional_t<M == 1, sk::Fir, sk::Basis<sk::Fir, M>>;
  using Own = sk::Basis<sk::Fir, max_own_functions>;
  using Model = sk::Cascade<sk::WithSelf<Coupling, Own>, sk::AbsoluteRefractory, sk::NoBaseline, ChosenRate, Sampler>;
  using Fit = sk::Fit<Model, sk::StimulusCovariates>;

  static Model model(const FlexibleFamily& chosen) {
    sk::WithSelf<Coupling, Own> filter;
    for (std::size_t m = 0; m < M; ++m) function(filter.coupling, m) = sk::Fir{chosen.coupling[m]};
    for (std::size_t m = 0; m < max_own_functions; ++m)
      filter.self.functions[m] = m < chosen.own.size() ? sk::Fir{chosen.own[m]} : sk::Fir{{0.0}};
    return Model{{.dt = chosen.dt_ms}, std::move(filter), {}, {}, {.is_softplus = chosen.softplus ? 1 : 0}};
  }

  static FlexibleFit widened(const Fit& fit) {
    using Weight = std::array<float, max_coupling_functions>;
    sk::EdgeList<Weight> edges{fit.graph.neurons()};
    for (const auto& edge : fit.graph.edges()) {
      Weight weight{};
      if constexpr (M == 1)
        weight[0] = edge.weight;
      else
        std::copy_n(edge.weight.begin(), M, weight.begin());
      edges.add(edge.pre, edge.post, weight);
    }
    std::array<sk::Fir, max_coupling_functions> coupling;
    coupling.fill(sk::Fir{{0.0}});
    auto filter = fit.model.filter;
    for (std::size_t m = 0; m < M; ++m) coupling[m] = function(filter, m);
    return {sk::Graph<Weight>{edges}, fit.model.dt(),         std::move(coupling), fit.model.history,
            fit.model.baseline,       fit.model.nonlinearity, fit.stimulus,        fit.history_steps};
  }

 private:
  static sk::Fir& function(Coupling& coupling, std::size_t m) {
    if constexpr (M == 1)
      return static_cast<void>(m), coupling;
    else
      return coupling.functions[m];
  }
};

template <std::size_t M, class Sampler>
class FittedFlexible final : public FittedAs<typename FlexibleAs<M, Sampler>::Model> {
  using Parent = FittedAs<typename FlexibleAs<M, Sampler>::Model>;

 public:
  explicit FittedFlexible(typename FlexibleAs<M, Sampler>::Fit fit) : Parent(std::move(fit)) {}

  std::vector<sk::RescaledIntervals> time_rescaling(const Recording& recording) const override {
    auto result = driver::time_rescaling<Sampler>(FlexibleAs<M, Sampler>::widened(this->fit()), recording);
    for (std::size_t i = 0; i < result.size(); ++i)
      if (this->estimates.neurons[i].status == sk::FitStatus::not_fitted) result[i] = {};
    return result;
  }
  sk::PredictiveCheck predictive_check(const Recording& recording,
                                       const sk::PredictiveCheckOptions& options) const override {
    return driver::predictive_check<Sampler>(FlexibleAs<M, Sampler>::widened(this->fit()), recording, options);
  }
};

template <std::size_t M>
std::unique_ptr<Family> flexible(const FlexibleFamily& chosen) {
  const auto with = [&]<class Sampler>(Sampler) -> std::unique_ptr<Family> {
    return std::make_unique<FamilyAs<typename FlexibleAs<M, Sampler>::Model, FittedFlexible<M, Sampler>>>(
        FlexibleAs<M, Sampler>::model(chosen));
  };
  return chosen.binary ? with(sk::BernoulliRateSampler{}) : with(sk::PoissonSampler{});
}

}  // namespace driver
