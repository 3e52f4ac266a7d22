// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as text, for messages and files.
#pragma once

#include <charconv>
#include <string>

namespace spikeometric::detail {

/// The shortest decimal that reads back as `value`.
template <class Number>
std::string to_text(Number value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A number to be read, not read back: its first four digits.
inline std::string to_short_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 4).ptr};
}

/// What a person means by a number in single precision: 0.1 by 0.1f, not 0.100000001490116.
inline double decimal(float value) {
  const std::string text = to_text(value);
  double result = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}
inline double decimal(double value) { return value; }

}  // namespace spikeometric::detail
