// SPDX-License-Identifier: BSD-3-Clause
//
// Reads and writes the description of a network as JSON: populations, projections, stimuli, and the parameters of a
// model. docs/networks.md documents the format.
//
//   const sk::NetworkDescription description = sk::io::read_network_description("balanced.json");
//   const sk::Network network = description.build(2);                               // on two threads
//   const auto model = sk::per_population(description.configured(sk::BernoulliGLM{}), network.populations,
//                                         description.population_parameters);
//   sk::Simulator simulator{network.graph, model, description.stimulus(network.populations), sk::Seed{42}};
//   sk::io::write_network_description("copy.json", description);
//
//   {"format": "spikeometric network", "version": 1, "dt": 1.0, "seed": 7,
//    "populations": [{"name": "E", "neurons": 800}, {"name": "I", "neurons": 200, "parameters": {"theta": 4.5}}],
//    "projections": [{"from": "E", "to": "I", "rule": {"kind": "pairwise", "probability": 0.1}, "weight": 0.2}]}
//
// Needs nlohmann-json.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/connect.hpp"
#include "spikeometric/graph/distribution.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/network_builder.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/graph/positions.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/npy.hpp"
#include "spikeometric/io/parameters.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/initial_state.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Recorded input from a .npy file: a matrix, neurons x steps, or one value in each step for all neurons.
struct RecordedFile : detail::Recording {
  std::string file;
};

/// Neurons first, ..., end - 1 of a network.
struct NeuronRange {
  std::uint64_t first, end;
};

/// A stimulus of some populations and some neurons; without either, of all neurons.
struct StimulusDescription {
  std::variant<RegularPulses, Sinusoid, PoissonPulses, RecordedFile> source;
  std::vector<std::string> populations = {};
  std::vector<NeuronRange> neurons = {};

  /// Throws InvalidArgument for an unknown population, and for a neuron that is out of range.
  Mask mask(const Populations& all) const {
    if (populations.empty() && neurons.empty()) return {};
    std::vector<bool> touched(all.neurons());
    const auto touch = [&](const Mask& mask) {
      mask.bind(all.neurons()).for_each(0, all.neurons(), [&](std::uint32_t neuron) { touched[neuron] = true; });
    };
    for (const std::string& name : populations) touch(all[name]);
    for (const auto [first, end] : neurons) touch(spikeometric::neurons(first, end));
    return touched;
  }
};

/// How a network is simulated. What is missing is up to the program.
struct SimulationDescription {
  std::optional<std::uint64_t> steps = {}, equilibrate = {}, seed = {};
  std::optional<InitialState> initial = {};
};

/// A network, and what is needed to simulate it.
struct NetworkDescription {
  NetworkBuilder network;
  double dt = 1.0;  ///< length of a step in ms
  Seed seed = {};   ///< of the random connections, weights and delays

  std::string model = {};                                       ///< name of a model; may be empty
  std::vector<std::pair<std::string, double>> parameters = {};  ///< of the model, without dt; infinity for "inf"
  std::vector<PopulationParameter> population_parameters = {};
  std::vector<StimulusDescription> stimuli = {};
  SimulationDescription simulation = {};

  /// The network. Throws as NetworkBuilder::build.
  template <class Weight = float, class Vertex = std::uint32_t>
  [[nodiscard]] Network<Weight, Vertex> build(int threads = 1) const {
    return network.build<Weight, Vertex>(seed, {.dt = dt, .threads = threads});
  }

  /// The model with `dt` and `parameters`. Throws InvalidParameter for an unknown name or an invalid value.
  template <class ModelType>
  [[nodiscard]] ModelType configured(ModelType model) const {
    set_parameter(model, "dt", dt);
    for (const auto& [name, value] : parameters) set_parameter(model, name, value);
    model.validate();
    return model;
  }

  /// The sum of the stimuli. Reads the files of recorded ones. Throws as StimulusDescription::mask and, for these
  /// files, as io::read_npy and `recorded`.
  [[nodiscard]] StimulusList stimulus(const Populations& populations) const {
    StimulusList list;
    for (const StimulusDescription& each : stimuli) {
      const auto add = [&](const auto& stimulus) { list.add(stimulus.on(each.mask(populations))); };
      std::visit(
          [&]<class Source>(const Source& source) {
            if constexpr (std::is_same_v<Source, RecordedFile>) {
              const Eigen::MatrixXf matrix = io::read_npy<float>(source.file);
              if (matrix.rows() == 1 || matrix.cols() == 1)
                add(recorded(std::vector<float>(matrix.data(), matrix.data() + matrix.size()))
                        .from(source.start_steps));
              else
                add(recorded(matrix).from(source.start_steps));
            } else {
              add(Masked{source});
            }
          },
          each.source);
    }
    return list;
  }
};

namespace io {

namespace detail {

inline constexpr const char* description_format = "spikeometric network";
inline constexpr std::uint64_t description_version = 1;

// --- kinds of rules, profiles, distributions, positions and stimuli

/// Positions that are listed, as an alternative to those by a rule.
struct ListedPositions {
  static constexpr const char* name = "points";
  static constexpr auto parameters() { return std::tuple{}; }
  Positions positions;
};

template <class Variant>
struct KindsOf;
template <class... Kinds>
struct KindsOf<std::variant<Kinds...>> {
  /// Calls visit(kind) for a value of each kind that has a name. The others are functions, or nothing.
  template <class Visit>
  static void for_each(Visit&& visit) {
    const auto one = [&]<class Kind>(std::type_identity<Kind>) {
      if constexpr (Named<Kind>) visit(Kind{});
    };
    (one(std::type_identity<Kinds>{}), ...);
  }
};

using AnyPositions = std::variant<positions::Line, positions::Sheet, positions::Random, ListedPositions>;
using AnySource = decltype(StimulusDescription::source);

/// Whether numbers may be left out if their defaults are valid, as on the command line. Elsewhere they may not, so that
/// a description says what a network is.
template <class Kind>
inline constexpr bool has_defaults = std::is_constructible_v<AnySource, Kind>;

// --- reading

/// An object of a description. It remembers which fields have been asked for.
class FieldReader {
 public:
  /// `path` is the place of the object in the file, such as "projections[2]"; empty for the file itself. Throws
  /// InvalidParameter for anything but an object.
  FieldReader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) throw InvalidParameter(path_ + " = " + shown(json) + " must be an object, {...}");
  }

  const std::string& path() const { return path_; }
  std::string path_of(std::string_view name) const { return (path_.empty() ? "" : path_ + ".") + std::string(name); }

  /// A field, or nothing.
  const Json* find(std::string_view name) {
    known_.emplace_back(name);
    const auto found = json_.find(known_.back());
    return found == json_.end() ? nullptr : &*found;
  }
  const Json& at(std::string_view name) {
    if (const Json* field = find(name)) return *field;
    throw InvalidParameter(path_of(name) + " is missing");
  }

  std::string text(std::string_view name) { return text_of(at(name), path_of(name)); }

  /// Calls visit(element, path) for the elements of an array, and returns their number: 0 if the field is missing.
  template <class Visit>
  std::size_t for_each_element(std::string_view name, Visit&& visit) {
    const Json* field = find(name);
    if (field == nullptr) return 0;
    if (!field->is_array()) throw InvalidParameter(path_of(name) + " = " + shown(*field) + " must be an array, [...]");
    for (std::size_t i = 0; i < field->size(); ++i) visit((*field)[i], path_of(name) + "[" + std::to_string(i) + "]");
    return field->size();
  }

  /// Throws InvalidParameter for a field that has not been asked for.
  void require_no_others() const {
    for (const auto& [name, value] : json_.items()) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      std::string known;
      for (const std::string& each : known_) known += (known.empty() ? "" : ", ") + each;
      throw InvalidParameter(path_of(name) + " is unknown; known fields: " + known);
    }
  }

  static std::string text_of(const Json& json, const std::string& path) {
    if (!json.is_string()) throw InvalidParameter(path + " = " + shown(json) + " must be text in quotes");
    return json.get<std::string>();
  }

 private:
  const Json& json_;
  std::string path_;
  std::vector<std::string> known_;
};

/// A number within its bounds, or a value of true or false. Throws InvalidParameter.
template <class Value>
Value number_of(const Json& json, const std::string& path, const ParameterOf<Value>& entry) {
  const auto refuse = [&] { throw InvalidParameter(path + " = " + json.dump() + " must be " + to_text(entry)); };
  if (json.is_number() && !entry.bounds.contain(json.get<double>())) refuse();
  const auto value = value_of<Value>(json, path);
  if (!entry.bounds.contain(value)) refuse();
  return value;
}

inline constexpr ParameterOf<double> any_number{"", "1", bounds::any_number, ""};

/// A number of steps or a seed, which is finite.
inline std::uint64_t count_of(const Json& json, const std::string& path) {
  if (!json.is_number()) throw InvalidParameter(path + " = " + shown(json) + " is not an integer");
  return number_of<std::uint64_t>(json, path, {"", "1", bounds::non_negative, ""});
}

/// Calls work(). Puts a path before the message of an exception. If that begins with a parameter of `Policy`, such as
/// "degree = 11 must be at most 10", the path leads to it.
template <class Policy, class Work>
void located(const std::string& path, Work&& work) {
  try {
    work();
  } catch (const InvalidArgument& error) {
    const std::string_view message = error.what();
    bool names_field = false;
    for_each_entry<Policy>(
        [&](const auto& entry) { names_field |= message.starts_with(std::string(entry.name) + " = "); });
    throw InvalidParameter(path + (names_field ? "." : ": ") + error.what());
  }
}

/// Finds the files of a description, which may lie beside it.
struct Folder {
  std::filesystem::path path;

  std::string of(const std::string& file) const { return (path / file).lexically_normal().string(); }
};

template <class Variant>
Variant kind_of(const Json& json, const std::string& path, const Folder& folder);

/// @{ Reads what a kind has in addition to its parameters.
template <class Kind>
void take_members(FieldReader&, Kind&, const Folder&) {}

inline void take_members(FieldReader& fields, connect::ByDistance& rule, const Folder& folder) {
  rule.probability = kind_of<Profile>(fields.at("probability"), fields.path_of("probability"), folder);
}

inline void take_members(FieldReader& fields, connect::Listed& rule, const Folder& folder) {
  TableReader file(folder.of(fields.text("file")));
  file.take_header();
  const auto column = [&](const char* name) {
    if (const auto place = file.column(name)) return *place;
    file.fail("missing column `" + std::string(name) +
              "`; expected header: pre,post,weight or pre,post,weight,delay_ms");
  };
  const std::size_t pre = column("pre"), post = column("post"), weight = column("weight");
  const auto delay = file.column("delay_ms");
  if (file.column("delay")) file.fail("unexpected column `delay`: delays in ms need a column `delay_ms`");
  while (file.next()) {
    ListedSynapse& synapse = rule.synapses.emplace_back();
    synapse.pre = file.number<std::uint32_t>(pre, "pre", "a neuron (0, 1, ...)");
    synapse.post = file.number<std::uint32_t>(post, "post", "a neuron (0, 1, ...)");
    synapse.weight = file.number<double>(weight, "weight", "a number");
    if (delay) synapse.delay_ms = file.number<double>(*delay, "delay_ms", "a number");
  }
}

inline void take_members(FieldReader& fields, ListedPositions& listed, const Folder&) {
  const auto point = [](const Json& json, const std::string& path) {
    if (!json.is_array() || json.size() != 3)
      throw InvalidParameter(path + " = " + shown(json) + " must be an array of three numbers");
    Point result{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      result[axis] = number_of(json[axis], path + "[" + std::to_string(axis) + "]", any_number);
    return result;
  };
  fields.for_each_element("points", [&](const Json& json, const std::string& path) {
    listed.positions.points.push_back(point(json, path));
  });
  if (const Json* period = fields.find("period")) listed.positions.period = point(*period, fields.path_of("period"));
}

inline void take_members(FieldReader& fields, RecordedFile& source, const Folder& folder) {
  source.file = folder.of(fields.text("file"));
}
/// @}

/// Sets the parameters of a policy. Those of true or false may be missing.
template <class Policy>
void take_fields(FieldReader& fields, Policy& policy) {
  for_each_entry<Policy>([&](const auto& entry) {
    auto& value = policy.*entry.member;
    using Value = std::remove_reference_t<decltype(value)>;
    const ParameterOf<Value>& bounds = entry;
    bool optional = spikeometric::detail::Enumerated<Value>;
    if constexpr (has_defaults<Policy>) optional = optional || bounds.bounds.contain(value);
    const Json* field = optional ? fields.find(entry.name) : &fields.at(entry.name);
    if (field != nullptr) value = number_of(*field, fields.path_of(entry.name), bounds);
  });
}

/// The kind that the field `kind` names, with its parameters.
template <class Variant>
Variant taken_kind(FieldReader& fields, const Folder& folder) {
  const std::string name = fields.text("kind");
  std::optional<Variant> result;
  std::string known;
  KindsOf<Variant>::for_each([&](auto kind) {
    using Kind = decltype(kind);
    known.append(known.empty() ? "" : ", ").append(Kind::name);
    if (name != Kind::name) return;
    take_fields(fields, kind);
    take_members(fields, kind, folder);
    located<Kind>(fields.path(), [&] { spikeometric::detail::validate_policy(kind); });
    result = std::move(kind);
  });
  if (!result) throw InvalidParameter(fields.path_of("kind") + " = \"" + name + "\" is unknown; known kinds: " + known);
  return *std::move(result);
}

template <class Variant>
Variant kind_of(const Json& json, const std::string& path, const Folder& folder) {
  FieldReader fields(json, path);
  Variant result = taken_kind<Variant>(fields, folder);
  fields.require_no_others();
  return result;
}

/// A distribution, or a number that stands for a constant.
inline SynapseDistribution distribution_of(const Json& json, const std::string& path, const Folder& folder) {
  if (json.is_number()) return number_of(json, path, any_number);
  if (!json.is_object()) throw InvalidParameter(path + " = " + shown(json) + " must be a number or a distribution");
  return kind_of<SynapseDistribution::Variant>(json, path, folder);
}

/// Calls visit(name, value) for the parameters of a model.
template <class Visit>
void for_each_setting(FieldReader& fields, Visit&& visit) {
  const Json* json = fields.find("parameters");
  if (json == nullptr) return;
  const std::string path = fields.path_of("parameters");
  [[maybe_unused]] const FieldReader must_be_object(*json, path);
  for (const auto& [name, value] : json->items()) {
    if (name == "dt") throw InvalidParameter(path + ".dt is unknown; the description itself has a field dt");
    if (value.is_boolean())
      visit(name, value.template get<bool>() ? 1.0 : 0.0);
    else
      visit(name, value == "inf" ? std::numeric_limits<double>::infinity()
                                 : number_of(value, std::string(path).append(".").append(name), any_number));
  }
}

class DescriptionReader {
 public:
  DescriptionReader(const Json& json, Folder folder) : fields_(json, ""), folder_(std::move(folder)) {}

  NetworkDescription read() {
    require_format();
    result_.dt = number_of<double>(fields_.at("dt"), "dt", {"", "ms", bounds::positive, ""});
    if (const Json* seed = fields_.find("seed")) result_.seed.value = count_of(*seed, "seed");
    if (fields_.for_each_element("populations",
                                 [&](const Json& json, const std::string& path) { population(json, path); }) == 0)
      throw InvalidParameter("populations must have at least one element");
    fields_.for_each_element("projections", [&](const Json& json, const std::string& path) { projection(json, path); });
    if (const Json* json = fields_.find("model")) {
      FieldReader model(*json, "model");
      result_.model = model.text("name");
      for_each_setting(model,
                       [&](const std::string& name, double value) { result_.parameters.emplace_back(name, value); });
      model.require_no_others();
    }
    fields_.for_each_element("stimuli", [&](const Json& json, const std::string& path) { stimulus(json, path); });
    if (const Json* json = fields_.find("simulation")) simulation(*json);
    fields_.require_no_others();
    return std::move(result_);
  }

 private:
  void require_format() {
    if (const std::string format = fields_.text("format"); format != description_format)
      throw InvalidParameter("format = \"" + format + "\" must be \"" + description_format + "\"");
    const auto version =
        number_of<std::uint64_t>(fields_.at("version"), "version", {"", "1", bounds::at_least_one, ""});
    if (version > description_version)
      throw InvalidParameter("version = " + std::to_string(version) + " of the format \"" + description_format +
                             "\" is newer than this library, which reads version " +
                             std::to_string(description_version));
  }

  void population(const Json& json, const std::string& path) {
    FieldReader fields(json, path);
    const std::string name = fields.text("name");
    const Json *neurons = fields.find("neurons"), *placed = fields.find("positions");
    if ((neurons == nullptr) == (placed == nullptr))
      throw InvalidParameter(path + " must have a field neurons or a field positions, and not both");
    if (neurons != nullptr) {
      const auto number = number_of<std::uint64_t>(*neurons, fields.path_of("neurons"),
                                                   {"", "1", spikeometric::detail::population_bounds, ""});
      located<void>(path, [&] { result_.network.population(name, number); });
    } else {
      std::visit(
          [&]<class Rule>(const Rule& rule) {
            located<void>(path, [&] {
              if constexpr (std::is_same_v<Rule, ListedPositions>)
                result_.network.population(name, rule.positions);
              else
                result_.network.population(name, rule);
            });
          },
          kind_of<AnyPositions>(*placed, fields.path_of("positions"), folder_));
    }
    for_each_setting(fields, [&](const std::string& parameter, double value) {
      result_.population_parameters.push_back({name, parameter, value});
    });
    fields.require_no_others();
  }

  std::string population_name(const Json& json, const std::string& path) const {
    std::string name = FieldReader::text_of(json, path), known;
    for (const DeclaredPopulation& each : result_.network.populations()) {
      if (each.name == name) return name;
      known += (known.empty() ? "" : ", ") + each.name;
    }
    throw InvalidParameter(path + " = \"" + name + "\" is not a population; known names: " + known);
  }

  void projection(const Json& json, const std::string& path) {
    FieldReader fields(json, path);
    Projection projection{population_name(fields.at("from"), fields.path_of("from")),
                          population_name(fields.at("to"), fields.path_of("to")),
                          kind_of<ConnectionRule>(fields.at("rule"), fields.path_of("rule"), folder_),
                          {}};
    if (!std::holds_alternative<connect::Listed>(projection.rule)) {  // a list has weights and delays of its own
      projection.synapses.weight = distribution_of(fields.at("weight"), fields.path_of("weight"), folder_);
      if (const Json* delay = fields.find("delay_ms")) {
        const std::string place = fields.path_of("delay_ms");
        projection.synapses.delay_ms = distribution_of(*delay, place, folder_);
        located<void>(place, [&] { validate_delay(*projection.synapses.delay_ms); });
      }
    }
    fields.require_no_others();
    std::visit(
        [&]<class Rule>(const Rule&) {
          located<Rule>(fields.path_of("rule"), [&] { result_.network.validate(projection); });
        },
        projection.rule);
    result_.network.project(std::move(projection.from), std::move(projection.to), std::move(projection.rule),
                            std::move(projection.synapses));
  }

  void stimulus(const Json& json, const std::string& path) {
    FieldReader fields(json, path);
    StimulusDescription stimulus{taken_kind<AnySource>(fields, folder_)};
    fields.for_each_element("populations", [&](const Json& name, const std::string& place) {
      stimulus.populations.push_back(population_name(name, place));
    });
    fields.for_each_element("neurons", [&](const Json& json, const std::string& place) {
      stimulus.neurons.push_back(neurons(json, place));
    });
    fields.require_no_others();
    result_.stimuli.push_back(std::move(stimulus));
  }

  /// A neuron, or an array of the first one and the one after the last.
  NeuronRange neurons(const Json& json, const std::string& path) const {
    const std::uint64_t all = result_.network.neurons();
    const auto id = [&](const Json& number, const std::string& place, std::uint64_t highest) {
      return number_of<std::uint64_t>(number, place, {"", "1", {0.0, static_cast<double>(highest)}, ""});
    };
    if (!json.is_array()) {
      const std::uint64_t neuron = id(json, path, all - 1);
      return {neuron, neuron + 1};
    }
    if (json.size() != 2) throw InvalidParameter(path + " = " + shown(json) + " must be a neuron or [first, end]");
    const NeuronRange range{id(json[0], path + "[0]", all - 1), id(json[1], path + "[1]", all)};
    if (range.end <= range.first) throw InvalidParameter(path + " = " + shown(json) + " must end after it begins");
    return range;
  }

  void simulation(const Json& json) {
    FieldReader fields(json, "simulation");
    SimulationDescription& simulation = result_.simulation;
    const auto count = [&](const char* name, std::optional<std::uint64_t>& value) {
      if (const Json* field = fields.find(name)) value = count_of(*field, fields.path_of(name));
    };
    count("steps", simulation.steps);
    count("equilibrate", simulation.equilibrate);
    count("seed", simulation.seed);
    if (const Json* initial = fields.find("initial")) {
      if (*initial == "silent")
        simulation.initial = InitialState::silent();
      else if (*initial == "volley")
        simulation.initial = InitialState::volley();
      else if (initial->is_number())
        simulation.initial = InitialState::rate_hz(
            number_of<double>(*initial, "simulation.initial", {"", "Hz", bounds::non_negative, ""}));
      else
        throw InvalidParameter("simulation.initial = " + shown(*initial) +
                               " must be \"silent\", \"volley\" or a rate in Hz");
    }
    fields.require_no_others();
  }

  FieldReader fields_;
  Folder folder_;
  NetworkDescription result_;
};

// --- writing

/// Makes the JSON of a description. Writes the tables beside it.
class DescriptionWriter {
 public:
  explicit DescriptionWriter(const std::string& path) : path_(path) {}

  Json json(const NetworkDescription& description) {
    Json json{{"format", description_format}, {"version", description_version}, {"dt", description.dt}};
    json["seed"] = description.seed.value;
    json["populations"] = populations(description);
    json["projections"] = Json::array();
    for (const Projection& each : description.network.projections())
      json["projections"].push_back(
          projection(each, "projections[" + std::to_string(json["projections"].size()) + "]"));
    if (!description.model.empty()) {
      json["model"]["name"] = description.model;
      for (const auto& [name, value] : description.parameters) put(json["model"]["parameters"], name, value);
    }
    for (const StimulusDescription& each : description.stimuli) json["stimuli"].push_back(stimulus(each));
    if (Json simulation = this->simulation(description.simulation); !simulation.empty())
      json["simulation"] = std::move(simulation);
    return json;
  }

 private:
  static void put(Json& object, const std::string& name, double value) {
    if (object.contains(name)) throw InvalidArgument("parameter " + name + " is given twice");
    const bool whole = std::abs(value) < 0x1p53 && value == std::trunc(value);
    object[name] = value == std::numeric_limits<double>::infinity() ? Json("inf")
                   : whole                                          ? Json(static_cast<std::int64_t>(value))
                                                                    : Json(value);
  }

  template <class Kind>
  Json of_kind(const Kind& kind, [[maybe_unused]] const std::string& path) {
    if constexpr (Named<Kind>) {
      Json json{{"kind", Kind::name}};
      for_each_entry<Kind>([&](const auto& entry) { json[entry.name] = json_of(kind.*entry.member); });
      put_members(json, kind, path);
      return json;
    } else {
      throw InvalidArgument(path + " is a function, which cannot be written to a file");
    }
  }

  template <class Kind>
  void put_members(Json&, const Kind&, const std::string&) {}

  void put_members(Json& json, const connect::ByDistance& rule, const std::string& path) {
    std::visit([&](const auto& profile) { json["probability"] = of_kind(profile, path + ".probability"); },
               rule.probability);
  }

  void put_members(Json& json, const connect::Listed& rule, const std::string&) {
    const std::filesystem::path name = path_.stem().string() + ".projection" + std::to_string(projections_) + ".csv";
    json["file"] = name.string();
    const bool delays = std::any_of(rule.synapses.begin(), rule.synapses.end(),
                                    [](const ListedSynapse& each) { return each.delay_ms != 0.0; });
    TextFile file((path_.parent_path() / name).string());
    file << "pre,post,weight" << (delays ? ",delay_ms\n" : "\n");
    for (const auto& [pre, post, weight, delay_ms] : rule.synapses) {
      file << pre << ',' << post << ',' << weight;
      if (delays) file << ',' << delay_ms;
      file << '\n';
    }
    file.close();
  }

  void put_members(Json& json, const ListedPositions& listed, const std::string&) {
    json["points"] = listed.positions.points;
    json["period"] = listed.positions.period;
  }

  void put_members(Json& json, const RecordedFile& source, const std::string&) {
    std::error_code unknown;
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const auto beside = std::filesystem::proximate(source.file, folder, unknown);
    json["file"] = unknown ? source.file : beside.generic_string();
  }

  Json populations(const NetworkDescription& description) {
    Json all = Json::array();
    std::size_t written = 0;
    for (const DeclaredPopulation& each : description.network.populations()) {
      Json& json = all.emplace_back(Json{{"name", each.name}});
      std::visit(
          [&]<class Rule>(const Rule& rule) {
            if constexpr (!std::is_same_v<Rule, std::monostate>)
              json["positions"] = of_kind(rule, "");
            else if (!each.positions.points.empty())
              json["positions"] = of_kind(ListedPositions{each.positions}, "");
            else
              json["neurons"] = each.neurons;
          },
          each.rule);
      for (const auto& [population, parameter, value] : description.population_parameters) {
        if (population != each.name) continue;
        put(json["parameters"], parameter, value);
        ++written;
      }
    }
    if (written < description.population_parameters.size())
      throw InvalidArgument("there are parameters of a population that does not exist");
    return all;
  }

  Json projection(const Projection& projection, const std::string& path) {
    Json json{{"from", projection.from}, {"to", projection.to}};
    const auto distribution = [&](const SynapseDistribution& of, const char* name) {
      if (const auto* constant = std::get_if<distribution::Constant>(&of.which()))
        json[name] = constant->value;
      else
        std::visit([&](const auto& each) { json[name] = of_kind(each, path + "." + name); }, of.which());
    };
    std::visit([&](const auto& rule) { json["rule"] = of_kind(rule, path + ".rule"); }, projection.rule);
    ++projections_;
    if (std::holds_alternative<connect::Listed>(projection.rule)) return json;
    distribution(projection.synapses.weight, "weight");
    if (projection.synapses.delay_ms) distribution(*projection.synapses.delay_ms, "delay_ms");
    return json;
  }

  Json stimulus(const StimulusDescription& stimulus) {
    Json json;
    std::visit([&](const auto& source) { json = of_kind(source, ""); }, stimulus.source);
    if (!stimulus.populations.empty()) json["populations"] = stimulus.populations;
    for (const auto [first, end] : stimulus.neurons)
      json["neurons"].push_back(end == first + 1 ? Json(first) : Json::array({first, end}));
    return json;
  }

  static Json simulation(const SimulationDescription& simulation) {
    Json json = Json::object();
    if (simulation.steps) json["steps"] = *simulation.steps;
    if (simulation.equilibrate) json["equilibrate"] = *simulation.equilibrate;
    if (simulation.seed) json["seed"] = *simulation.seed;
    if (const auto& initial = simulation.initial)
      json["initial"] = initial->is_volley()   ? Json("volley")
                        : initial->is_silent() ? Json("silent")
                                               : Json(initial->rate_hz());
    return json;
  }

  std::filesystem::path path_;
  std::size_t projections_ = 0;
};

/// JSON on one line, with blanks.
inline std::string one_line(const Json& json) {
  if (!json.is_structured()) return json.dump();
  std::string text;
  for (const auto& [name, value] : json.items())
    text += (text.empty() ? "" : ", ") + (json.is_object() ? Json(name).dump() + ": " : "") + one_line(value);
  return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// JSON with lines of at most 100 characters where that is possible.
inline std::string in_lines(const Json& json, std::size_t indent = 0) {
  std::string line = one_line(json);
  if (!json.is_structured() || indent + line.size() <= 100) return line;
  std::string text;
  for (const auto& [name, value] : json.items()) {
    const std::string key = json.is_object() ? Json(name).dump() + ": " : "";
    text += (text.empty() ? "\n" : ",\n") + std::string(indent + 2, ' ') + key;
    text += in_lines(value, indent + 2);
  }
  text += "\n" + std::string(indent, ' ');
  return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace detail

/// Reads a description. Files that it names are relative to its folder; the tables of listed synapses are read, with
/// columns pre, post, weight and optionally delay_ms. Throws FileError if a file cannot be read, or for the first field
/// that is unknown, missing, of the wrong type or out of bounds: the message names the path of the field.
[[nodiscard]] inline NetworkDescription read_network_description(const std::string& path) {
  NetworkDescription result;
  detail::with_json(path, [&](const detail::Json& json) {
    result = detail::DescriptionReader(json, {std::filesystem::path(path).parent_path()}).read();
  });
  return result;
}

/// Writes a description, and beside it a table NAME.projection<i>.csv for each list of synapses. Reading it gives the
/// same network. Throws InvalidArgument for a function of a weight, delay or probability, which cannot be written, and
/// for parameters that are given twice or to no population, and for names that are not UTF-8; FileError if a file
/// cannot be written completely.
inline void write_network_description(const std::string& path, const NetworkDescription& description) {
  std::string text;
  try {
    text = detail::in_lines(detail::DescriptionWriter(path).json(description));
  } catch (const detail::Json::exception& error) {
    throw InvalidArgument(error.what());
  }
  detail::TextFile file(path);
  file << text << '\n';
  file.close();
}

}  // namespace io
}  // namespace spikeometric
