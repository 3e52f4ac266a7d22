// SPDX-License-Identifier: BSD-3-Clause
//
// What the driver does with a family of models, whichever it is. Each family is compiled in a file of its own.
#pragma once

#include <spikeometric/analysis/predictive_check.hpp>
#include <spikeometric/graph/graph.hpp>
#include <spikeometric/graph/names.hpp>
#include <spikeometric/infer/cross_validation.hpp>
#include <spikeometric/infer/edges.hpp>
#include <spikeometric/infer/evaluate.hpp>
#include <spikeometric/infer/filters.hpp>
#include <spikeometric/infer/fit_options.hpp>
#include <spikeometric/infer/score.hpp>
#include <spikeometric/infer/stability.hpp>
#include <spikeometric/infer/time_rescaling.hpp>
#include <spikeometric/model/event.hpp>
#include <spikeometric/simulate/events.hpp>
#include <spikeometric/stimulus/covariates.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace driver {

namespace sk = spikeometric;

/// The largest numbers of basis functions of families that are chosen at run time. A fit of these always has
/// max_own_functions of the own history; those that are not chosen are 0.
inline constexpr std::size_t max_coupling_functions = 6, max_own_functions = 7;

/// Recorded trials, and what all neurons see in them.
struct Recording {
  sk::BatchEvents<sk::CountEvent> trials;
  sk::StimulusCovariates stimulus;  // perhaps of no covariates
};

/// The numbers that any fit has.
struct Estimates {
  std::vector<sk::NeuronFit> neurons;
  Eigen::MatrixXd weights, weight_errors, strengths;  // see sk::Fit
  std::vector<double> areas;
  std::size_t coupling_functions = 1, own_functions = 0;
  sk::StabilityCheck stability;
  double steps = 0.0, spikes = 0.0, log_likelihood = 0.0, deviance = 0.0, bits_per_spike = 0.0;
  std::uint64_t history_steps = 0;
  std::size_t left_out = 0;  // recordings
  bool converged = false;
};

/// The fit of one family, and what can be asked of it.
class FittedModel {
 public:
  explicit FittedModel(Estimates all) : estimates(std::move(all)) {}
  virtual ~FittedModel() = default;
  FittedModel(const FittedModel&) = delete;
  FittedModel& operator=(const FittedModel&) = delete;

  const Estimates estimates;

  virtual std::vector<std::string> warnings(const sk::NeuronNames& names) const = 0;
  /// The weights or, with several basis functions, the strengths of connections.
  virtual sk::Graph<> network() const = 0;
  virtual sk::Score score(const sk::Graph<>& truth) const = 0;
  virtual sk::Detection detected(const sk::Graph<>& truth) const = 0;
  virtual sk::Edges edges(const sk::EdgeOptions& options) const = 0;
  virtual sk::Evaluation evaluate(const Recording& other) const = 0;
  virtual std::vector<sk::RescaledIntervals> time_rescaling(const Recording& recording) const = 0;
  virtual sk::PredictiveCheck predictive_check(const Recording& recording,
                                               const sk::PredictiveCheckOptions& options) const = 0;
  /// The expected counts of each trial, neurons x steps.
  virtual std::vector<Eigen::MatrixXf> predict(const Recording& recording) const = 0;
  virtual std::vector<sk::FittedFilter> incoming_filters(std::uint32_t post) const = 0;
};

/// A family of models.
class Family {
 public:
  Family() = default;
  virtual ~Family() = default;
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  /// Number of weights of a connection.
  virtual std::size_t coupling_functions() const = 0;
  /// Whether there is at most one spike per step.
  virtual bool binary() const = 0;
  virtual sk::RegularisationPath cross_validate(const Recording& recording, const sk::FitOptions& options,
                                                const sk::CrossValidationOptions& validation) const = 0;
  virtual std::unique_ptr<FittedModel> fit(const Recording& recording, const sk::FitOptions& options) const = 0;
};

/// The family of a model with parameters.
template <class Model>
std::unique_ptr<Family> family_of(const Model& model);

}  // namespace driver
