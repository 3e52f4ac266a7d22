// SPDX-License-Identifier: BSD-3-Clause
//
// What the readers of text files share: fields as numbers, and the numbers of lines.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "spikeometric/io/file.hpp"

namespace spikeometric::io::detail {

/// A whole field as a number that the type can hold; `kind` says what the field should be: "a number". A number too
/// small for a floating-point type, as 1e-50 is for float, is 0.
template <class Number>
Number parsed(std::string_view field, std::string_view name, std::string_view kind, const std::string& path,
              std::uint64_t line) {
  Number value{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error == std::errc{} && end == field.data() + field.size()) return value;
  const bool out_of_range = error == std::errc::result_out_of_range;
  if constexpr (std::is_floating_point_v<Number>)
    if (long double wide = 0; out_of_range && end == field.data() + field.size()) {
      std::from_chars(field.data(), end, wide);
      if (wide != 0 && std::abs(wide) < 1) return 0;
    }
  throw FileError(path, line,
                  std::string(name) + " '" + std::string(field) + "' is " +
                      (out_of_range ? "out of range" : "not " + std::string(kind)));
}

/// The line of a record, counted from 0, where records begin on line `first` and the lines `skipped` hold none.
inline std::uint64_t line_of(std::uint64_t record, std::uint64_t first, const std::vector<std::uint64_t>& skipped) {
  std::uint64_t line = first + record;
  for (const std::uint64_t blank : skipped) line += blank <= line;
  return line;
}

}  // namespace spikeometric::io::detail
