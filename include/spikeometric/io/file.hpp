// SPDX-License-Identifier: BSD-3-Clause
//
// What all readers and writers of files share.
//
//   try {
//     sk::io::write_csv("/full/spikes.csv", spikes);
//   } catch (const sk::io::FileError& error) {
//     std::cerr << error.what() << '\n';                         // /full/spikes.csv: cannot be written: ...
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "spikeometric/detail/text.hpp"

namespace spikeometric::io {

/// A file that cannot be read or written, or whose content is wrong: "path:line: what".
class FileError : public std::runtime_error {
 public:
  FileError(const std::string& path, const std::string& what) : std::runtime_error(path + ": " + what) {}
  FileError(const std::string& path, std::uint64_t line, const std::string& what)
      : std::runtime_error(path + ":" + std::to_string(line) + ": " + what) {}
};

namespace detail {

inline std::string in_small_letters(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// A text file that is written whole, or else throws.
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

  /// Numbers do not depend on the locale, as those of a stream do.
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
