// SPDX-License-Identifier: BSD-3-Clause
//
// Tuning as the driver's options describe it: --tune theta,r --target-rate 20.
#pragma once

#include <spikeometric/spikeometric.hpp>
#include <spikeometric/stimulus/list.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "usage.hpp"

namespace driver {

struct TuningChoice {
  std::vector<std::string> parameters;
  std::optional<double> rate_hz;
  std::string method;  // the model's default unless given
  double tolerance = sk::TuneOptions{}.tolerance;
};

/// Tunes the model in place, and returns what there is to say of that. Throws UsageError for what cannot be tuned, and
/// std::runtime_error where the rate was not reached.
template <class Model>
Json tune(const TuningChoice& choice, const sk::Batch<>& networks, Model& model, const sk::StimulusList& stimulus,
          const sk::InitialState& initial, sk::Seed seed, int threads) {
  constexpr bool by_gradient = sk::Differentiable<Model>;
  if (!by_gradient && choice.method == "adam")
    throw UsageError("--tune-method", std::string(Model::name) + " has no derivatives: tune it by bracketing");
  const sk::TuneOptions tuning{.parameters = choice.parameters,
                               .rate_hz = choice.rate_hz.value(),
                               .tolerance = choice.tolerance,
                               .threads = threads,
                               .initial = initial};
  const bool brackets = !by_gradient || choice.method == "bracketing";
  const auto tuned = checked("--tune", [&] {
    if constexpr (by_gradient)
      if (!brackets) return sk::tune(networks, model, stimulus, seed, tuning, sk::Adam{});
    return sk::tune(networks, model, stimulus, seed, tuning, sk::Bracketing{});
  });
  if (!tuned.reached)
    throw std::runtime_error("--tune: " + text_of(*choice.rate_hz) + " Hz are not reached: " + tuned.message);
  model = tuned.model;
  Json parameters = Json::object();
  for (const sk::TunedParameter& parameter : tuned.parameters)
    parameters[parameter.name] = {{"before", parameter.before}, {"after", parameter.after}};
  return {{"method", brackets ? "bracketing" : "adam"}, {"target_hz", tuned.rates[0].target_hz},
          {"rate_hz", tuned.rates[0].rate_hz},          {"standard_error_hz", tuned.rates[0].standard_error_hz},
          {"measurements", tuned.trajectory.size()},    {"parameters", parameters}};
}

}  // namespace driver
