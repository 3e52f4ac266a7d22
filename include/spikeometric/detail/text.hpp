// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as text, for messages and files.
#pragma once

#include <charconv>
#include <string>

namespace spikeometric::detail {

/// The shortest decimal that converts back to `value`.
template <class Number>
std::string to_text(Number value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A number rounded to four digits, for people to read.
inline std::string to_short_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 4).ptr};
}

/// The shortest decimal of a number in single precision, in double: 0.1 for 0.1f, not 0.100000001490116.
inline double decimal(float value) {
  const std::string text = to_text(value);
  double result = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}
inline double decimal(double value) { return value; }

}  // namespace spikeometric::detail
