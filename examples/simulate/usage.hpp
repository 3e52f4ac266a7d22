// SPDX-License-Identifier: BSD-3-Clause
//
// Parses options: throws an exception if one is invalid, converts between text and numbers, and reads descriptions such
// as normal,neurons=1000,seed=1.
#pragma once

#include <spikeometric/parameter/parameter.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace driver {

namespace sk = spikeometric;

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Reports an invalid option: exit status 2.
class UsageError : public std::invalid_argument {
 public:
  UsageError(const std::string& option, const std::string& what) : std::invalid_argument(option + ": " + what) {}
};

/// Returns work(). If it throws std::invalid_argument, throws UsageError, which names the option.
template <class Work>
auto checked(const std::string& option, Work&& work) {
  try {
    return work();
  } catch (const UsageError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    throw UsageError(option, error.what());
  }
}

/// Converts a whole text to a number. Throws std::invalid_argument if that is impossible or the number is out of range.
template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("'" + std::string(text) + "' is not a valid " +
                                (std::is_integral_v<Number> ? "integer" : "number"));
  return value;
}

/// A number as a person would write it: 0.2 rather than the double nearest to the float nearest to 0.2. The largest
/// integer stands for infinity.
template <class Number>
std::string text_of(Number value) {
  return sk::detail::value_text(value);
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t first = 0, end = 0; end != text.npos; first = end + 1) {
    end = text.find(separator, first);
    parts.push_back(text.substr(first, end == text.npos ? end : end - first));
  }
  return parts;
}

struct Setting {
  std::string name, value;
};

inline Setting setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos) throw std::invalid_argument("'" + text + "' must be name=value");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <class Number>
Number number(const Setting& setting) {
  try {
    return number<Number>(setting.value);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(setting.name + ": " + error.what());
  }
}

/// Sets the parameters that --set gives as name=value, and validates the model.
template <class Model>
void set_parameters(Model& model, const std::vector<std::string>& settings) {
  for (const std::string& text : settings)
    checked("--set " + text, [&] {
      const auto [name, value] = setting(text);
      sk::set_parameter(model, name, value);
    });
  checked("--set", [&] { model.validate(); });
}

/// kind,name=value,name=value,...
struct Description {
  std::string kind;
  std::vector<Setting> settings;
};

inline Description description(const std::string& text) {
  const auto parts = split(text, ',');
  Description result{parts[0], {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Setting added = setting(parts[i]);
    for (const Setting& other : result.settings)
      if (other.name == added.name) throw std::invalid_argument(added.name + " is given twice");
    result.settings.push_back(added);
  }
  return result;
}

/// Removes a setting from a description and returns its value, or an empty text if there is none.
inline std::string take(Description& description, std::string_view name) {
  auto& settings = description.settings;
  for (auto each = settings.begin(); each != settings.end(); ++each)
    if (each->name == name) {
      const std::string value = each->value;
      settings.erase(each);
      if (value.empty()) throw std::invalid_argument(std::string(name) + " is empty");
      return value;
    }
  return {};
}

/// Appends to a list such as a, b, c.
inline void enlist(std::string& list, std::string_view next) { list.append(list.empty() ? "" : ", ").append(next); }

/// Sets the parameters of a library type that a description names. `others` are further
/// valid names, for the message of an exception.
template <class Owner>
void set_parameters(Owner& owner, const Description& described, const char* others) {
  for (const auto& [name, value] : described.settings)
    sk::detail::set_by_name(owner, name, std::string_view(value), others);
}

/// The lines of --help on a parameter, of at most 100 characters each.
inline std::string help_line(const std::string& name, const std::string& value, const std::string& unit,
                             std::string meaning) {
  char columns[100];
  std::snprintf(columns, sizeof columns, "  %-19s %9s %-5s ", name.c_str(), value.c_str(),
                unit == "1" ? "" : unit.c_str());
  std::string text = columns;
  const std::size_t margin = text.size(), room = 100 - margin;
  while (meaning.size() > room) {
    const auto end = meaning.rfind(' ', room);
    text += meaning.substr(0, end) + "\n" + std::string(margin, ' ');
    meaning.erase(0, end + 1);
  }
  return text + meaning + "\n";
}

struct HelpOnParameters {
  std::string text = {};

  template <class Value>
  void operator()(const sk::ParameterOf<Value>& entry, Value value) {
    const bool given = entry.bounds.contain(static_cast<double>(value));
    text += help_line(entry.name, given ? text_of(value) : "", entry.unit,
                      std::string(entry.meaning) + "; " + sk::to_text(entry) + (given ? "" : "; required"));
  }
};

/// The lines of --help on the parameters of a library type, with the values of `defaults`.
template <class Owner>
std::string help_on_parameters(const Owner& defaults) {
  HelpOnParameters help;
  sk::for_each_parameter(defaults, help);
  return help.text;
}

}  // namespace driver
