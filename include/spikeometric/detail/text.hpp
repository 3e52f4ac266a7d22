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

}  // namespace spikeometric::detail
