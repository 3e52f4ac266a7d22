// SPDX-License-Identifier: BSD-3-Clause
//
// NumPy array files (.npy): dense matrices and vectors of numbers.
//
//   const auto graph = sk::io::read_graph_npy("weights.npy");               // np.save("weights.npy", W)
//   const Eigen::MatrixXf drive = sk::io::read_npy<float>("drive.npy");
//   sk::io::write_npy("copy.npy", graph);                                   // np.load("copy.npy")
//   sk::io::write_npy("rates.npy", rates);                                  // an Eigen vector
//
// For graphs row = presynaptic, column = postsynaptic neuron. All indices count from 0.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

constexpr std::string_view npy_magic = "\x93NUMPY";

constexpr std::string_view npy_types = "the type must be bool, an integer, or float16, float32 or float64";

/// The header of a file, such as {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
struct NpyHeader {
  std::string descr;  ///< element type, without quotes
  bool fortran_order = false;
  std::vector<Eigen::Index> shape;
};

inline std::string shape_text(const std::vector<Eigen::Index>& shape) {
  std::string text = "(";
  for (const Eigen::Index extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + (shape.size() == 1 ? ",)" : ")");
}

class NpyHeaderParser {
 public:
  NpyHeaderParser(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  NpyHeader parse() {
    NpyHeader header;
    std::set<std::string> keys;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      if (!keys.insert(key).second) fail("'" + key + "' occurs twice");
      expect(':');
      if (key == "descr")
        header.descr = type();
      else if (key == "fortran_order")
        header.fortran_order = boolean();
      else if (key == "shape")
        header.shape = tuple();
      else
        fail("'" + key + "' is not a known key");
      if (!accept(',') && !comes('}')) fail("',' or '}' is missing");
    }
    skip_blanks();
    if (!text_.empty()) fail("there is text after the dictionary");
    for (const char* key : {"descr", "fortran_order", "shape"})
      if (!keys.contains(key)) fail(std::string("'") + key + "' is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, "has a damaged header: " + what); }

  void skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }

  bool comes(char c) {
    skip_blanks();
    return text_.starts_with(c);
  }

  bool accept(char c) {
    if (!comes(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail("'" + std::string(1, c) + "' is missing");
  }

  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const std::size_t end = text_.find(quote);
    if (end == text_.npos) fail("a closing quote is missing");
    std::string content(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return content;
  }

  std::string type() {
    if (!comes('\'') && !comes('"'))
      throw FileError(path_, "holds elements with several fields; " + std::string(npy_types));
    return quoted();
  }

  bool boolean() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    fail("'fortran_order' must be True or False");
  }

  std::vector<Eigen::Index> tuple() {
    std::vector<Eigen::Index> extents;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      Eigen::Index extent = -1;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc{} || extent < 0) fail("'shape' holds an invalid extent");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (text_.starts_with('L')) text_.remove_prefix(1);  // Python 2 wrote (3L, 3L)
      extents.push_back(extent);
      if (!accept(',') && !comes(')')) fail("',' or ')' is missing");
    }
    return extents;
  }

  std::string_view text_;
  const std::string& path_;
};

/// A number of 16 bits: sign, 5 bits of exponent, 10 of significand (IEEE 754 binary16).
struct Half {
  std::uint16_t bits;

  explicit operator double() const {
    const int exponent = bits >> 10 & 31, significand = bits & 1023;
    double size = std::ldexp(exponent > 0 ? 1024 + significand : significand, std::max(exponent, 1) - 25);
    if (exponent == 31)
      size = significand > 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    return bits >> 15 ? -size : size;
  }
};

/// A file of numbers. The constructor checks that its size agrees with its header.
class NpyFile {
 public:
  explicit NpyFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw FileError(path, "cannot be opened");
    header_ = NpyHeaderParser(header_text(), path_).parse();
    const std::string& descr = header_.descr;
    constexpr std::string_view types = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8";
    if (descr.size() != 3 || types.find(descr.substr(1)) == types.npos ||
        !(descr[0] == '<' || descr[0] == '>' || (descr[0] == '|' && descr[2] == '1')))
      throw FileError(path, "holds elements of type '" + descr + "'; " + std::string(npy_types));
    check_size();
  }

  const std::vector<Eigen::Index>& shape() const { return header_.shape; }

  /// The spacing of the numbers that the file can hold, relative to their size; at most that of double.
  double precision() const {
    const std::string_view type = std::string_view(header_.descr).substr(1);
    return type == "f2" ? 0x1p-10 : type == "f4" ? 0x1p-23 : 0x1p-52;
  }

  /// Calls visitor(row, column, value) for each element of a matrix, in file order; a vector is read as a column. Keeps
  /// a few thousand elements in memory at a time.
  template <class Visitor>
  void visit(Visitor&& visitor) {
    const std::string_view type = std::string_view(header_.descr).substr(1);
    if (type == "f4") return visit_as<float>(visitor);
    if (type == "f8") return visit_as<double>(visitor);
    if (type == "f2") return visit_as<Half>(visitor);
    if (type == "i1") return visit_as<std::int8_t>(visitor);
    if (type == "i2") return visit_as<std::int16_t>(visitor);
    if (type == "i4") return visit_as<std::int32_t>(visitor);
    if (type == "i8") return visit_as<std::int64_t>(visitor);
    if (type == "u2") return visit_as<std::uint16_t>(visitor);
    if (type == "u4") return visit_as<std::uint32_t>(visitor);
    if (type == "u8") return visit_as<std::uint64_t>(visitor);
    visit_as<std::uint8_t>(visitor);  // u1, and b1: 0 or 1
  }

  [[noreturn]] void fail(Eigen::Index row, Eigen::Index column, double value, const std::string& what) const {
    throw FileError(path_, "row " + std::to_string(row) + ", column " + std::to_string(column) + " is " +
                               spikeometric::detail::to_text(value) + what);
  }

 private:
  std::string header_text() {
    const std::string start = read(8);
    if (!start.starts_with(npy_magic)) throw FileError(path_, "is not a .npy file: it does not begin with \\x93NUMPY");
    const int version = static_cast<unsigned char>(start[6]), minor = static_cast<unsigned char>(start[7]);
    if (version < 1 || version > 3 || minor != 0)
      throw FileError(path_, "has format version " + std::to_string(version) + "." + std::to_string(minor) +
                                 "; supported versions are 1.0, 2.0 and 3.0");
    std::size_t length = 0, shift = 0;
    for (const char byte : read(version == 1 ? 2 : 4)) {
      length |= std::size_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    constexpr std::size_t longest = 1 << 16;  // the header of a plain array takes 100 to 200 bytes
    if (length > longest)
      throw FileError(path_, "has a damaged header: its length would be " + std::to_string(length) + " bytes");
    return read(length);
  }

  std::string read(std::size_t bytes) {
    std::string content(bytes, '\0');
    if (file_.read(content.data(), static_cast<std::streamsize>(bytes))) return content;
    throw FileError(path_, file_.bad() ? "cannot be read" : "is not a .npy file, or ends inside its header");
  }

  std::size_t item_size() const { return static_cast<std::size_t>(header_.descr[2] - '0'); }

  /// Checks that the size of the data agrees with the header, before anything is allocated.
  void check_size() {
    const auto start = file_.tellg();
    file_.seekg(0, std::ios::end);
    const auto found = static_cast<std::uint64_t>(file_.tellg() - start);
    if (!file_.seekg(start)) throw FileError(path_, "cannot be read: it is not a regular file");
    std::uint64_t expected = item_size();
    for (const Eigen::Index extent : header_.shape) {
      const auto size = static_cast<std::uint64_t>(extent);
      if (size > 0 && expected > std::numeric_limits<std::uint64_t>::max() / size)
        throw FileError(path_, "has a damaged header: no file can hold shape " + shape_text(header_.shape));
      expected *= size;
    }
    if (found != expected)
      throw FileError(path_, "holds " + std::to_string(found) + " bytes of elements, but '" + header_.descr +
                                 "' of shape " + shape_text(header_.shape) + " takes " + std::to_string(expected));
    bytes_ = expected;
  }

  template <class Number, class Visitor>
  void visit_as(Visitor& visitor) {
    const bool swapped = (header_.descr[0] == '<') != (std::endian::native == std::endian::little);
    const bool by_columns = header_.fortran_order || header_.shape.size() == 1;
    const Eigen::Index length = header_.shape[by_columns ? 0 : 1];
    std::vector<char> chunk(std::size_t{1} << 16);
    Eigen::Index outer = 0, inner = 0;
    for (std::uint64_t left = bytes_; left > 0;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk.size()));
      if (!file_.read(chunk.data(), static_cast<std::streamsize>(size)))
        throw FileError(path_, "cannot be read to its end");
      for (std::size_t at = 0; at < size; at += sizeof(Number)) {
        std::array<char, sizeof(Number)> bytes;
        std::memcpy(bytes.data(), chunk.data() + at, sizeof(Number));
        if (swapped) std::reverse(bytes.begin(), bytes.end());
        const auto value = static_cast<double>(std::bit_cast<Number>(bytes));
        by_columns ? visitor(inner, outer, value) : visitor(outer, inner, value);
        if (++inner == length) inner = 0, ++outer;
      }
      left -= size;
    }
  }

  std::string path_;
  std::ifstream file_;
  NpyHeader header_;
  std::uint64_t bytes_ = 0;
};

/// Begins a file in C order: writes the header. The caller then writes the bytes of the numbers.
template <class Real>
TextFile npy_file(const std::string& path, const std::vector<Eigen::Index>& shape) {
  static_assert(std::is_same_v<Real, float> || std::is_same_v<Real, double>,
                "spikeometric: a .npy file must have elements of type float or double");
  constexpr char order = std::endian::native == std::endian::little ? '<' : '>';
  std::string header = std::string("{'descr': '") + order + 'f' + std::to_string(sizeof(Real)) +
                       "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  constexpr std::size_t alignment = 64, before = 10;  // magic, version and length
  header.resize((before + header.size() + alignment) / alignment * alignment - before - 1, ' ');
  header += '\n';
  TextFile file(path);
  file << npy_magic << std::string_view("\1\0", 2) << static_cast<char>(header.size() & 0xFF)
       << static_cast<char>(header.size() >> 8) << header;
  return file;
}

template <class Real>
std::string_view bytes_of(const std::vector<Real>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Real)};
}

}  // namespace detail

/// Reads a matrix, or a vector as a column, of bool, integers, float16, float32 or float64, in C or Fortran order and
/// in either byte order. T must be float or double; what T cannot hold exactly is rounded. Values may be infinite or
/// NaN.
///
/// Throws FileError for a file that does not exist, is not a .npy file, or is shorter or longer than its header says;
/// for elements of another type, for an array that does not have 1 or 2 dimensions, and for a finite value beyond the
/// range of T.
template <class T>
[[nodiscard]] Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> read_npy(const std::string& path) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "spikeometric: read_npy<T> needs T to be float or double");
  detail::NpyFile file(path);
  const auto& shape = file.shape();
  if (shape.size() != 1 && shape.size() != 2)
    throw FileError(path, "holds an array of shape " + detail::shape_text(shape) + ", neither a matrix nor a vector");
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> matrix(shape[0], shape.size() == 1 ? 1 : shape[1]);
  file.visit([&](Eigen::Index row, Eigen::Index column, double value) {
    const auto converted = static_cast<T>(value);
    if (std::isfinite(value) && !std::isfinite(converted)) file.fail(row, column, value, ", beyond the range of float");
    matrix(row, column) = converted;
  });
  return matrix;
}

/// Reads a square matrix of weights as a network: each nonzero element is a synapse. Row = presynaptic, column =
/// postsynaptic neuron; `transpose` swaps them. A nonzero float64 that rounds to 0 as float is a synapse of weight 0.
///
/// O(neurons^2) time, O(synapses + neurons) memory. Throws FileError as `read_npy` does, and for a matrix that is not
/// square, has no rows or not as many as `options.neurons`, or holds a value that is not finite.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> read_graph_npy(const std::string& path, const NetworkFileOptions& options = {}) {
  static_assert(std::is_floating_point_v<Weight>,
                "spikeometric: a graph in a .npy file must have weights of type float or double");
  detail::NpyFile file(path);
  const auto& shape = file.shape();
  if (shape.size() != 2 || shape[0] != shape[1])
    throw FileError(path, "holds an array of shape " + detail::shape_text(shape) + "; a graph needs a square matrix");
  if (options.neurons > 0 && options.neurons != static_cast<std::uint64_t>(shape[0]))
    throw FileError(path, "holds a matrix of " + std::to_string(shape[0]) + " rows, but the graph must have " +
                              std::to_string(options.neurons) + " neurons");
  try {
    EdgeList<Weight, Vertex> edges{static_cast<std::uint64_t>(shape[0])};
    file.visit([&](Eigen::Index row, Eigen::Index column, double value) {
      if (value == 0.0) return;
      const auto weight = static_cast<Weight>(value);
      if (!std::isfinite(weight))
        file.fail(row, column, value,
                  std::isfinite(value) ? ", beyond the range of float" : "; weights must be finite");
      if (options.transpose) std::swap(row, column);
      edges.add(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(column), weight);
    });
    return Graph<Weight, Vertex>{edges};
  } catch (const InvalidGraph& error) {
    throw FileError(path, error.what());
  }
}

/// Writes a dense matrix of float or double, in C order. A type with one column at compile time (a column vector) is
/// written as an array of one dimension. Throws FileError if the file cannot be written completely.
template <class Derived>
void write_npy(const std::string& path, const Eigen::DenseBase<Derived>& matrix) {
  using Scalar = typename Derived::Scalar;
  const Eigen::Ref<const typename Derived::PlainObject> plain(matrix.derived());
  std::vector<Eigen::Index> shape{plain.rows()};
  if (Derived::ColsAtCompileTime != 1) shape.push_back(plain.cols());
  detail::TextFile file = detail::npy_file<Scalar>(path, shape);
  std::vector<Scalar> row(static_cast<std::size_t>(plain.cols()));
  for (Eigen::Index i = 0; i < plain.rows(); ++i) {
    for (Eigen::Index j = 0; j < plain.cols(); ++j) row[static_cast<std::size_t>(j)] = plain(i, j);
    file << detail::bytes_of(row);
  }
  file.close();
}

/// Writes a network as a dense matrix of N^2 weights, row = presynaptic, column = postsynaptic neuron. Reading it back
/// gives the same weights. Takes memory for one row. Throws FileError for delays and for synapses of weight 0, which
/// such a matrix cannot hold, and if the file cannot be written completely.
template <class Weight, class Vertex>
requires std::is_floating_point_v<Weight>
void write_npy(const std::string& path, const Graph<Weight, Vertex>& graph) {
  if (graph.has_delays()) throw FileError(path, "a .npy file cannot hold delays; write a .csv file instead");
  for (const auto& [pre, post, weight, delay] : graph.edges())
    if (weight == Weight(0))
      throw FileError(path, "synapse " + std::to_string(pre) + " -> " + std::to_string(post) +
                                " has weight 0, which a .npy file cannot hold; write a .csv or .mtx file instead");
  const auto size = static_cast<Eigen::Index>(graph.neurons());
  detail::TextFile file = detail::npy_file<Weight>(path, {size, size});
  std::vector<Weight> row(static_cast<std::size_t>(size));
  for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre) {
    std::fill(row.begin(), row.end(), Weight(0));
    const auto targets = graph.targets(pre);
    const auto weights = graph.weights(pre);
    for (std::size_t e = 0; e < targets.size(); ++e) row[targets[e]] = weights[e];
    file << detail::bytes_of(row);
  }
  file.close();
}

}  // namespace spikeometric::io
