// SPDX-License-Identifier: BSD-3-Clause
#include "description.hpp"

#include <spikeometric/io/network_description.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <variant>

#include "run.hpp"
#include "usage.hpp"

namespace driver {

namespace {

/// Work of which an invalid argument is the fault of the description.
template <class Work>
auto of_file(const Options& options, Work&& work) {
  try {
    return work();
  } catch (const std::invalid_argument& error) {
    throw sk::FileError(options.network, error.what());
  }
}

void add_mask(std::string& text, const std::string& more) { text.append(text.empty() ? "" : ";").append(more); }

std::vector<Told> told_of(const sk::StimulusDescription& stimulus) {
  std::vector<Told> told;
  std::visit(
      [&]<class Source>(const Source& source) {
        told.push_back({"kind", Source::name});
        if constexpr (std::is_same_v<Source, sk::RecordedFile>) told.push_back({"file", source.file});
        sk::for_each_parameter(source, [&](const auto& entry, const auto& value) {
          told.push_back({entry.name, text_of(value), true});
        });
      },
      stimulus.source);
  std::string mask;
  for (const std::string& name : stimulus.populations) add_mask(mask, name);
  for (const auto [first, end] : stimulus.neurons)
    add_mask(mask, std::to_string(first) + (end == first + 1 ? "" : ":" + std::to_string(end)));
  if (!mask.empty()) told.push_back({"mask", mask});
  return told;
}

sk::StimulusDescription description_of(const GivenStimulus& given) {
  sk::StimulusDescription result;
  std::visit(
      [&]<class Source>(const Source& source) {
        if constexpr (std::is_same_v<Source, sk::detail::Recording>)
          result.source = sk::RecordedFile{source, given.file};
        else
          result.source = source;
      },
      given.source);
  if (given.mask) {
    const sk::detail::BoundMask mask = given.mask->bind(sk::detail::max_population);
    if (mask.is_range()) {
      result.neurons.push_back({mask.first(), mask.end()});
    } else {
      for (const std::uint32_t id : mask.ids()) {
        if (!result.neurons.empty() && result.neurons.back().end == id)
          ++result.neurons.back().end;
        else
          result.neurons.push_back({id, id + std::uint64_t{1}});
      }
    }
  }
  return result;
}

/// One population with the synapses of a graph.
sk::NetworkBuilder listed(const sk::Graph<>& graph, double dt) {
  sk::connect::Listed list;
  list.synapses.reserve(graph.synapses());
  for (const auto& [pre, post, weight, delay] : graph.edges())
    list.synapses.push_back({pre, post, sk::detail::decimal(weight), delay > 1 ? delay * dt : 0.0});
  sk::NetworkBuilder network;
  network.population("neurons", graph.neurons()).project("neurons", "neurons", std::move(list));
  return network;
}

}  // namespace

void take_description(Options& options, const Given& given) {
  auto description = std::make_shared<const sk::NetworkDescription>(sk::io::read_network_description(options.network));
  if (!description->model.empty()) {
    if (given.model && options.model != description->model)
      throw UsageError("--model",
                       options.model + " is not the model of " + options.network + ", which is " + description->model);
    const std::vector<std::string> names = model_names();
    if (std::find(names.begin(), names.end(), description->model) == names.end()) {
      std::string known;
      for (const std::string& name : names) enlist(known, name);
      throw sk::FileError(options.network,
                          "model.name = \"" + description->model + "\" is unknown; known names: " + known);
    }
    options.model = description->model;
  }
  const sk::SimulationDescription& simulation = description->simulation;
  if (!given.steps) options.steps = simulation.steps.value_or(options.steps);
  if (!given.equilibrate) options.equilibrate = simulation.equilibrate.value_or(options.equilibrate);
  if (!given.seed) options.seed = simulation.seed.value_or(options.seed);
  if (const auto& initial = simulation.initial; initial && !given.initial)
    options.initial = initial->is_volley() ? "volley" : initial->is_silent() ? "silent" : text_of(initial->rate_hz());
  options.description = std::move(description);
}

std::vector<std::pair<std::string, double>> described_parameters(const Options& options) {
  if (!options.description) return {};
  auto parameters = options.description->parameters;
  parameters.emplace_back("dt", options.description->dt);
  return parameters;
}

const std::vector<sk::PopulationParameter>& population_parameters(const Options& options) {
  static const std::vector<sk::PopulationParameter> none;
  return options.description ? options.description->population_parameters : none;
}

Networks described_network(const Options& options, double dt) {
  return of_file(options, [&] {
    return built(options.description->network, options.description->seed,
                 {.dt = dt, .threads = options.backend.threads.value_or(1)});
  });
}

std::vector<std::vector<Told>> add_described_stimuli(sk::StimulusList& list, const Options& options,
                                                     const sk::Populations& populations) {
  if (!options.description) return {};
  list = of_file(options, [&] { return options.description->stimulus(populations); });
  std::vector<std::vector<Told>> told;
  for (const sk::StimulusDescription& stimulus : options.description->stimuli) told.push_back(told_of(stimulus));
  return told;
}

void save_description(const Options& options, const sk::Graph<>& graph, const std::vector<GivenStimulus>& stimuli,
                      const std::vector<std::pair<std::string, double>>& parameters) {
  sk::NetworkDescription description;
  if (options.description) description = *options.description;
  description.model = options.model;
  description.parameters.clear();
  for (const auto& [name, value] : parameters)
    if (name == "dt")
      description.dt = value;
    else
      description.parameters.emplace_back(name, value);
  if (!options.description) description.network = listed(graph, description.dt);
  for (const GivenStimulus& stimulus : stimuli) description.stimuli.push_back(description_of(stimulus));
  description.simulation = {options.steps, options.equilibrate, options.seed, initial_state(options.initial)};
  sk::io::write_network_description(options.save_network, description);
}

}  // namespace driver
