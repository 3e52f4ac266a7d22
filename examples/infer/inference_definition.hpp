// SPDX-License-Identifier: BSD-3-Clause
//
// Defines the families of models, for the files that instantiate them.
#pragma once

#include <spikeometric/graph/edge_list.hpp>
#include <spikeometric/infer/fit.hpp>

#include <cstdint>
#include <type_traits>

#include "inference.hpp"
#include "solvers.hpp"

namespace driver {

/// All but what needs a simulator.
template <class Model>
class FittedAs : public FittedModel {
 protected:
  using Fit = sk::Fit<Model, sk::StimulusCovariates>;

 public:
  explicit FittedAs(Fit fit) : FittedModel(estimates_of(fit)), fit_(std::move(fit)) {}

  std::vector<std::string> warnings(const sk::NeuronNames& names) const override { return fit_.warnings(names); }
  sk::Graph<> network() const override {
    if constexpr (std::is_same_v<typename Fit::GraphType, sk::Graph<>>) {
      return fit_.graph;
    } else {
      sk::EdgeList<float> edges{fit_.graph.neurons()};
      for (const auto& edge : fit_.graph.edges())
        edges.add(edge.pre, edge.post, static_cast<float>(estimates.strengths(edge.pre, edge.post)));
      return sk::Graph<>{edges};
    }
  }
  sk::Score score(const sk::Graph<>& truth) const override { return sk::score(fit_, truth); }
  sk::Detection detected(const sk::Graph<>& truth) const override { return sk::detected(fit_, truth); }
  sk::Edges edges(const sk::EdgeOptions& options) const override { return sk::edges(fit_, options); }
  sk::Evaluation evaluate(const Recording& other) const override {
    return sk::evaluate(fit_, other.stimulus, other.trials);
  }
  std::vector<Eigen::MatrixXf> predict(const Recording& recording) const override {
    return sk::predict(fit_, recording.stimulus, recording.trials);
  }
  std::vector<sk::FittedFilter> incoming_filters(std::uint32_t post) const override {
    return sk::incoming_filters(fit_, post);
  }

 protected:
  const Fit& fit() const { return fit_; }

 private:
  static Estimates estimates_of(const Fit& fit) {
    return {.neurons = fit.neurons,
            .weights = fit.weights,
            .weight_errors = fit.weight_errors,
            .strengths = fit.strengths(),
            .areas = fit.areas,
            .coupling_functions = fit.data->coupling.size(),
            .own_functions = fit.data->own.size(),
            .stability = fit.stability,
            .steps = fit.steps,
            .spikes = fit.spikes(),
            .log_likelihood = fit.log_likelihood(),
            .deviance = fit.deviance(),
            .bits_per_spike = fit.bits_per_spike(),
            .history_steps = fit.history_steps,
            .left_out = fit.left_out.size(),
            .converged = fit.converged()};
  }

  Fit fit_;
};

/// The same with simulators of this model.
template <class Model>
class SimulatedAs final : public FittedAs<Model> {
 public:
  using FittedAs<Model>::FittedAs;

  std::vector<sk::RescaledIntervals> time_rescaling(const Recording& recording) const override {
    return sk::time_rescaling(this->fit(), recording.trials);
  }
  sk::PredictiveCheck predictive_check(const Recording& recording,
                                       const sk::PredictiveCheckOptions& options) const override {
    return sk::predictive_check(this->fit(), recording.trials, options);
  }
};

template <class Model, class Fitted>
class FamilyAs final : public Family {
 public:
  explicit FamilyAs(const Model& model) : model_(model) {}

  std::size_t coupling_functions() const override { return sk::Fit<Model, sk::StimulusCovariates>::GraphType::bases; }
  bool binary() const override { return Model::binary; }
  sk::RegularisationPath cross_validate(const Recording& recording, const sk::FitOptions& options,
                                        const sk::CrossValidationOptions& validation) const override {
    return sk::cross_validate(model_, recording.stimulus, recording.trials, options, validation);
  }
  std::unique_ptr<FittedModel> fit(const Recording& recording, const sk::FitOptions& options) const override {
    return std::make_unique<Fitted>(sk::fit(model_, recording.stimulus, recording.trials, options));
  }

 private:
  Model model_;
};

template <class Model>
std::unique_ptr<Family> family_of(const Model& model) {
  return std::make_unique<FamilyAs<Model, SimulatedAs<Model>>>(model);
}

}  // namespace driver
