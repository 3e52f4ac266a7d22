// SPDX-License-Identifier: BSD-3-Clause
//
// Saves the parameters of a model, and of a stimulus, as JSON that can be edited by hand, and reads them back.
//
//   const auto tuned = sk::tune(graph, sk::BernoulliGLM{}, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0});
//   sk::io::write_parameters("tuned.json", tuned.model);
//   const auto model = sk::io::read_parameters<sk::BernoulliGLM>("tuned.json");
//
//   {"version": "0.1.0", "model": "bernoulli_glm", "parameters": {"dt": 1.0, "r": 1.0, "theta": 4.03, ...}}
//
// Needs nlohmann-json.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/version.hpp"

namespace spikeometric::io {

namespace detail {

using Json = nlohmann::ordered_json;

template <class ModelType>
concept Named = requires {
  { ModelType::name } -> std::convertible_to<std::string_view>;
};
template <class StimulusType>
concept TellsParameters = std::same_as<StimulusType, NoStimulus> ||
    spikeometric::detail::ListsParameters<StimulusType> || requires(StimulusType stimulus) {
  stimulus.for_each_policy([](auto&) {});
};

/// Calls visit(entry) for every parameter and part that a policy lists.
template <class Policy, class Visitor>
constexpr void for_each_entry(Visitor&& visit) {
  const auto each = [&](const auto&... entry) { (visit(entry), ...); };
  if constexpr (spikeometric::detail::ListsParameters<Policy>) std::apply(each, Policy::parameters());
  if constexpr (spikeometric::detail::ListsParts<Policy>) std::apply(each, Policy::parts());
}

/// Whether a policy has no room for members that it does not list. Padding may hide a small one.
template <class Policy>
constexpr bool lists_all() {
  constexpr std::size_t unit = alignof(Policy);
  std::size_t listed = 0;
  for_each_entry<Policy>([&](const auto& entry) {
    listed += (sizeof(std::declval<const Policy&>().*entry.member) + unit - 1) / unit * unit;
  });
  return std::is_empty_v<Policy> || sizeof(Policy) <= listed;
}
template <class Policy>
inline constexpr bool is_complete = lists_all<Policy>();
template <class Policy>
inline constexpr bool is_complete<PerNeuron<Policy>> = lists_all<Policy>();

/// Calls visit(owners, of_neurons) for every policy that lists parameters or parts. `owners` is a span of one policy
/// or, if of_neurons is true, of one policy for each neuron. If `Complete`, a policy with unlisted members does not
/// compile.
template <bool Complete, class Policy, class Visitor>
void for_each_owner(Policy& policy, Visitor&& visit) {
  using Plain = std::remove_const_t<Policy>;
  if constexpr (spikeometric::detail::OwnsParameters<Plain> || spikeometric::detail::ListsParts<Plain>)
    visit(spikeometric::detail::owners_of(policy), spikeometric::detail::is_per_neuron<Plain>);
  if constexpr (requires { policy.for_each_policy([](auto&) {}); })
    policy.for_each_policy([&](auto& part) { for_each_owner<Complete>(part, visit); });
  else
    static_assert(!Complete || is_complete<Plain>,
                  "spikeometric: a file of parameters would lose the members of this policy: list them in `static "
                  "constexpr auto parameters()` or `parts()`");
}

/// A number as JSON. The maximum of an integer type, which stands for infinity, is written as "inf".
template <class Value>
Json json_of(Value value) {
  if constexpr (std::is_floating_point_v<Value>) {
    return spikeometric::detail::decimal(value);
  } else if constexpr (spikeometric::detail::Enumerated<Value> && !std::is_same_v<Value, bool>) {
    return spikeometric::detail::value_text(value);
  } else {
    if constexpr (!std::is_same_v<Value, bool>)
      if (value == std::numeric_limits<Value>::max()) return "inf";
    return value;
  }
}

/// JSON for a message, shortened if it is long.
inline std::string shown(const Json& json) {
  const std::string text = json.dump();
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

/// The value of a parameter from JSON. Throws InvalidParameter for a value that its type cannot hold.
template <class Value>
Value value_of(const Json& json, const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    throw InvalidParameter(name + " = " + shown(json) + " is " + what);
  };
  Value value{};
  if constexpr (std::is_same_v<Value, bool>) {
    if (!json.is_boolean()) refuse("not true or false");
    value = json.get<bool>();
  } else if constexpr (spikeometric::detail::Enumerated<Value>) {
    const auto named = spikeometric::detail::value_named<Value>(json.is_string() ? json.get<std::string>() : "");
    if (!named) refuse("not " + to_text(ParameterOf<Value>{}));
    value = *named;
  } else if constexpr (std::is_floating_point_v<Value>) {
    if (!json.is_number()) refuse("not a number");
    value = static_cast<Value>(json.get<double>());
  } else if (json == "inf") {
    value = std::numeric_limits<Value>::max();
  } else if (!json.is_number_integer()) {
    refuse("not an integer");
  } else if (json.is_number_unsigned() ? !std::in_range<Value>(json.get<std::uint64_t>())
                                       : !std::in_range<Value>(json.get<std::int64_t>())) {
    refuse("out of range");
  } else {
    value = json.get<Value>();
  }
  return value;
}

template <class T>
concept Sequence = requires(T values) {
  values.begin();
  values.size();
};

template <class Owners>
void add_parameters(const Owners& owners, bool of_neurons, Json& object);

/// A number, an array or a policy as JSON.
template <class Value>
Json json_of_part(const Value& value) {
  if constexpr (std::is_arithmetic_v<Value> || std::is_enum_v<Value>) {
    return json_of(value);
  } else if constexpr (Sequence<Value>) {
    Json array = Json::array();
    for (const auto& each : value) array.push_back(json_of_part(each));
    return array;
  } else {
    Json object = Json::object();
    for_each_owner<true>(value,
                         [&](const auto& owners, bool of_neurons) { add_parameters(owners, of_neurons, object); });
    return object;
  }
}

/// Adds the parameters and parts of policies to a JSON object.
template <class Owners>
void add_parameters(const Owners& owners, bool of_neurons, Json& object) {
  if (owners.empty()) return;
  using Exact = spikeometric::detail::RoundedOf<typename Owners::value_type>;
  std::vector<Exact> rounded;
  for (const auto& owner : owners) rounded.push_back(spikeometric::detail::rounded(owner));
  for_each_entry<Exact>([&](const auto& entry) {
    if (object.contains(entry.name))
      throw InvalidParameter(std::string("several parameters are called ") + entry.name +
                             ": a file cannot tell them from one another");
    Json& place = object[entry.name];
    if (!of_neurons) place = json_of_part(rounded[0].*entry.member);
    if (of_neurons)
      for (const Exact& owner : rounded) place.push_back(json_of_part(owner.*entry.member));
  });
}

template <class Owners>
void take_parameters(const Owners& owners, bool of_neurons, Json& object);

/// Throws InvalidParameter if a name is left in the object after all parameters have been taken from it.
inline void require_empty(const Json& object) {
  if (!object.empty()) throw InvalidParameter("there is no parameter " + object.begin().key());
}

/// Sets a number, an array or a policy from JSON. An array of fixed size must have this size. Throws InvalidParameter.
template <class Value>
void take_part(Value& value, const Json& json, const char* name) {
  if constexpr (Sequence<Value>) {
    if (!json.is_array()) throw InvalidParameter(std::string(name) + " = " + shown(json) + " is not an array");
    if constexpr (requires { value.resize(json.size()); }) value.resize(json.size());
    if (value.size() != json.size())
      throw InvalidParameter(std::string(name) + " has " + std::to_string(json.size()) + " elements; there must be " +
                             std::to_string(value.size()));
    for (std::size_t i = 0; i < json.size(); ++i) take_part(value[i], json[i], name);
  } else if constexpr (std::is_arithmetic_v<Value> || std::is_enum_v<Value>) {
    value = value_of<Value>(json, "an element of " + std::string(name));
  } else {
    if (!json.is_object()) throw InvalidParameter(std::string(name) + " = " + shown(json) + " is not an object");
    Json rest = json;
    for_each_owner<true>(value,
                         [&](const auto& owners, bool of_neurons) { take_parameters(owners, of_neurons, rest); });
    require_empty(rest);
  }
}

template <class Policy, class Owner, class Value>
void take_entry(Policy& policy, const Parameter<Owner, Value>& entry, const Json& json) {
  spikeometric::detail::set_entry(policy, entry, value_of<Value>(json, entry.name));
}
template <class Policy, class Owner, class Value>
void take_entry(Policy& policy, const PolicyPart<Owner, Value>& entry, const Json& json) {
  take_part(policy.*entry.member, json, entry.name);
}

/// Moves parameters and parts from a JSON object to the policies. Throws InvalidParameter.
template <class Owners>
void take_parameters(const Owners& owners, bool of_neurons, Json& object) {
  if (owners.empty()) return;
  for_each_entry<std::remove_const_t<typename Owners::element_type>>([&](const auto& entry) {
    const auto found = object.find(entry.name);
    if (found == object.end()) throw InvalidParameter(std::string(entry.name) + " is missing");
    const Json given = *found;
    object.erase(found);
    constexpr bool is_number = requires { entry.bounds; };
    const bool each =
        of_neurons && given.is_array() && (is_number || (!given.empty() && given.front().is_structured()));
    if (each && given.size() != owners.size())
      throw InvalidParameter(std::to_string(given.size()) + " values of " + entry.name + " do not fit a model of " +
                             std::to_string(owners.size()) + " neurons");
    for (std::size_t i = 0; i < owners.size(); ++i) take_entry(owners[i], entry, each ? given[i] : given);
  });
}

template <class ModelType>
Json json_of_model(const ModelType& model) {
  model.validate();
  Json json{{"version", version}, {"model", nullptr}, {"parameters", Json::object()}};
  if constexpr (Named<ModelType>) json["model"] = ModelType::name;
  for_each_owner<true>(
      model, [&](const auto& owners, bool of_neurons) { add_parameters(owners, of_neurons, json["parameters"]); });
  return json;
}

template <class ModelType>
void take_model(const Json& json, ModelType& model) {
  if constexpr (Named<ModelType>)
    if (const Json name = json.value("model", Json()); name.is_string() && name != ModelType::name)
      throw InvalidParameter("these are parameters of " + name.get<std::string>() + ", not of " + ModelType::name);
  Json parameters = json.value("parameters", Json());
  if (!parameters.is_object()) throw InvalidParameter("the object \"parameters\" is missing");
  for_each_owner<true>(model,
                       [&](const auto& owners, bool of_neurons) { take_parameters(owners, of_neurons, parameters); });
  require_empty(parameters);
  model.validate();
}

template <class StimulusType>
void take_stimulus(const Json& json, StimulusType& stimulus) {
  const Json parts = json.value("stimulus", Json());
  if (!parts.is_array()) throw InvalidParameter("the array \"stimulus\" is missing");
  std::size_t next = 0;
  for_each_owner<false>(stimulus, [&](const auto& owners, bool) {
    if (next < parts.size()) {
      Json part = parts[next];
      take_parameters(owners, false, part);
      require_empty(part);
    }
    ++next;
  });
  if (next != parts.size())
    throw InvalidParameter("parameters of " + std::to_string(parts.size()) + " stimuli do not fit a sum of " +
                           std::to_string(next));
}

inline void write_json(const std::string& path, const Json& json) {
  TextFile file(path);
  file << json.dump(2) << '\n';
  file.close();
}

/// Refuses an object that has two fields of the same name, of which the parser would keep one.
class UniqueNames {
 public:
  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event == Json::parse_event_t::key && !names_.back().insert(parsed.get<std::string>()).second)
      throw InvalidParameter("the field " + parsed.get<std::string>() + " occurs twice in one object");
    return true;
  }

 private:
  std::vector<std::set<std::string>> names_;  // of the objects that are open
};

/// Reads a file and calls use(json). Reports invalid content as FileError.
template <class Use>
void with_json(const std::string& path, Use&& use) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(path, "cannot be opened");
  try {
    const Json json = Json::parse(file, UniqueNames{});
    if (!json.is_object()) throw InvalidParameter("the content is not a JSON object");
    use(json);
  } catch (const Json::exception& error) {
    throw FileError(path, error.what());
  } catch (const InvalidParameter& error) {
    throw FileError(path, error.what());
  }
}

}  // namespace detail

/// Writes all parameters of a model. A PerNeuron parameter is an array with one number for each neuron. Throws
/// FileError if the file cannot be written. Throws InvalidParameter if the model is invalid, or if two of its
/// parameters have the same name.
template <class ModelType>
void write_parameters(const std::string& path, const ModelType& model) {
  detail::write_json(path, detail::json_of_model(model));
}

/// Also writes the parameters of a stimulus: an array with one object for each term of a sum. Masks and recorded values
/// are not parameters and are not written.
template <class ModelType, class StimulusType>
void write_parameters(const std::string& path, const ModelType& model, const StimulusType& stimulus) {
  static_assert(detail::TellsParameters<StimulusType>, "spikeometric: this stimulus does not list its parameters");
  detail::Json json = detail::json_of_model(model);
  json["stimulus"] = detail::Json::array();
  detail::for_each_owner<false>(stimulus, [&](const auto& owners, bool) {
    detail::add_parameters(owners, false, json["stimulus"].emplace_back(detail::Json::object()));
  });
  detail::write_json(path, json);
}

/// Returns `model` with the parameters from a file. Everything else, such as the number of neurons of a PerNeuron,
/// stays as in `model`. A single number for a PerNeuron parameter applies to all neurons. Other keys of the file are
/// ignored, so the file may be one that the driver `simulate` writes next to its spikes. Throws FileError if the file
/// cannot be read, is not JSON or belongs to another model, if a parameter is missing, unknown or out of bounds, or if
/// there are values for another number of neurons.
template <class ModelType>
[[nodiscard]] ModelType read_parameters(const std::string& path, ModelType model = ModelType{}) {
  detail::with_json(path, [&](const detail::Json& json) { detail::take_model(json, model); });
  return model;
}

/// The same for a model and a stimulus. Also throws FileError if the number of terms differs.
template <class ModelType, class StimulusType>
[[nodiscard]] std::pair<ModelType, StimulusType> read_parameters(const std::string& path, ModelType model,
                                                                 StimulusType stimulus) {
  static_assert(detail::TellsParameters<StimulusType>, "spikeometric: this stimulus does not list its parameters");
  detail::with_json(path, [&](const detail::Json& json) {
    detail::take_model(json, model);
    detail::take_stimulus(json, stimulus);
  });
  return {std::move(model), std::move(stimulus)};
}

}  // namespace spikeometric::io
