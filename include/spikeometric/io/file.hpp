// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of all file readers and writers.
//
//   try {
//     sk::io::write_csv("/full/spikes.csv", spikes);
//   } catch (const sk::FileError& error) {
//     std::cerr << error.what() << '\n';                         // /full/spikes.csv: cannot be written: ...
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

inline std::string in_small_letters(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Writes a text file. close() throws FileError if it could not be written completely.
class TextFile {
 public:
  explicit TextFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw FileError(path, "cannot be opened for writing");
  }

  TextFile& operator<<(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() > (std::size_t{1} << 16)) flush();
    return *this;
  }
  TextFile& operator<<(char character) { return *this << std::string_view(&character, 1); }

  /// Writes a number independently of the locale, unlike a stream.
  template <class Number>
  requires std::is_arithmetic_v<Number> TextFile& operator<<(Number number) {
    return *this << std::string_view(spikeometric::detail::to_text(number));
  }

  void close() {
    flush();
    file_.close();
    if (!file_) throw FileError(path_, "cannot be written: the disk may be full");
  }

 private:
  void flush() {
    file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }

  std::string path_;
  std::ofstream file_;
  std::string buffer_;
};

}  // namespace detail
}  // namespace spikeometric::io
