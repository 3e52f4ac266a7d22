// SPDX-License-Identifier: BSD-3-Clause
#include "choice.hpp"

#include <spikeometric/infer/recording_family.hpp>
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/model/named/bernoulli_glm.hpp>
#include <spikeometric/model/named/poisson_glm.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include "../simulate/usage.hpp"
#include "covariates.hpp"
#include "flexible.hpp"

namespace driver {

namespace {

/// A family of the library, with the parameters of the simulation, if they are known, and then those of the options.
template <class Model>
Model configured(const Options& options, const Json& made) {
  Model model;
  if (made.value("model", "") == Model::name)
    model = sk::io::read_parameters(options.recording.spikes + ".json", model);
  if (const auto dt = options.reading.dt_ms    ? options.reading.dt_ms
                      : made.contains("dt_ms") ? std::optional(made.value("dt_ms", 0.0))
                                               : options.reading.dt_ms)
    checked("--dt", [&] { sk::set_parameter(model, "dt", *dt); });
  set_parameters(model, options.set);
  return model;
}

struct FlexibleModel {
  const char* name;
  bool binary, softplus;
};
constexpr FlexibleModel flexible_models[] = {{"recording", true, false},
                                             {"logistic", true, true},
                                             {"cloglog", true, false},
                                             {"poisson_exponential", false, false},
                                             {"poisson_softplus", false, true}};

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const FlexibleModel& model : flexible_models) names.emplace_back(model.name);
  names.emplace_back(sk::BernoulliGLM::name);
  names.emplace_back(sk::PoissonGLM::name);
  return names;
}

std::string model_name(const Options& options, const Json& made) {
  const auto names = model_names();
  const std::string name = !options.model.empty() ? options.model : made.value("model", "recording");
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  throw UsageError("--model", name + " cannot be fitted; choose one of the models of infer --help");
}

double dt_of(const Options& options, const std::string& name, const Json& made) {
  if (name == sk::BernoulliGLM::name) return sk::detail::decimal(configured<sk::BernoulliGLM>(options, made).dt());
  if (name == sk::PoissonGLM::name) return sk::detail::decimal(configured<sk::PoissonGLM>(options, made).dt());
  return 0.0;
}

ChosenFamily family(const Options& options, const std::string& name, double dt_ms, const Json& made) {
  const auto* const flexible_model = std::find_if(std::begin(flexible_models), std::end(flexible_models),
                                                  [&](const FlexibleModel& each) { return name == each.name; });
  if (flexible_model == std::end(flexible_models)) {
    for (const auto& [option, given] :
         {std::pair{"--coupling", !options.coupling.empty()}, std::pair{"--own-history", !options.own_history.empty()}})
      if (given)
        throw UsageError(option, name + " has a filter of its own, which --set changes; choose another --model");
    if (name == sk::BernoulliGLM::name) return {name, family_of(configured<sk::BernoulliGLM>(options, made))};
    return {name, family_of(configured<sk::PoissonGLM>(options, made))};
  }
  if (!options.set.empty()) throw UsageError("--set", "the model " + name + " has no parameters");
  const sk::RecordingFamily usual = sk::recording_family(dt_ms);
  const auto defaults = [&](const auto& cosines, std::size_t functions) {
    return CosineDefaults{functions, cosines.last_peak_ms, cosines.stretch_ms, cosines.window_steps * dt_ms};
  };
  FlexibleFamily chosen{.dt_ms = dt_ms,
                        .binary = flexible_model->binary,
                        .softplus = flexible_model->softplus,
                        .coupling = {},
                        .own = {}};
  chosen.coupling = checked("--coupling", [&] {
    return basis_functions(options.coupling, defaults(usual.filter.coupling, 4), max_coupling_functions, dt_ms);
  });
  chosen.own = checked("--own-history", [&] {
    return basis_functions(options.own_history, defaults(usual.filter.self, 7), max_own_functions, dt_ms);
  });
  constexpr std::unique_ptr<Family> (*make[])(const FlexibleFamily&) = {flexible<1>, flexible<2>, flexible<3>,
                                                                        flexible<4>, flexible<5>, flexible<6>};
  return {name, make[chosen.coupling.size() - 1](chosen), chosen.own.size()};
}

}  // namespace driver
