// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/npy.hpp"

#include <Eigen/Core>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "temporary_file.hpp"

using spikeometric::Edge, spikeometric::EdgeList, spikeometric::Graph;
using spikeometric::FileError, spikeometric::io::NetworkFileOptions, spikeometric::io::read_graph_npy,
    spikeometric::io::read_npy, spikeometric::io::write_npy;

namespace {

std::string text(std::string_view bytes) { return std::string(bytes); }

// The bytes that np.save of NumPy 2.4 writes for W = [[0, 0.5, 0], [0, 0, -1.25], [0.1, 0, 2]].
// As float64 in C order, whole:
const std::string c_order =
    text({"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }                           "
          "      "
          "                         \n"
          "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xE0?\x00\x00\x00\x00\x00\x00\x00\x00"
          "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xF4\xBF"
          "\x9A\x99\x99\x99\x99\x99\xB9?\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00@",
          200});

// The elements alone:
const std::string c_elements = c_order.substr(128);
const std::string fortran_elements =
    text({"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x9A\x99\x99\x99\x99\x99\xB9?"
          "\x00\x00\x00\x00\x00\x00\xE0?\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
          "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xF4\xBF\x00\x00\x00\x00\x00\x00\x00@",
          72});
const std::string single_elements =
    text({"\x00\x00\x00\x00\x00\x00\x00?\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xA0\xBF\xCD\xCC\xCC="
          "\x00\x00"
          "\x00\x00\x00\x00\x00@",
          36});
const std::string big_endian_elements =
    text({"\x00\x00\x00\x00\x00\x00\x00\x00?\xE0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
          "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xBF\xF4\x00\x00\x00\x00\x00\x00"
          "?\xB9\x99\x99\x99\x99\x99\x9A\x00\x00\x00\x00\x00\x00\x00\x00@\x00\x00\x00\x00\x00\x00\x00",
          72});

/// A file of format version 1, 2 or 3 with this header, padded as NumPy pads it, and these elements.
std::string npy(std::string header, const std::string& elements, int version = 1) {
  const std::size_t start = version == 1 ? 10 : 12;
  header.resize((start + header.size() + 64) / 64 * 64 - start - 1, ' ');
  header += '\n';
  std::string file = text("\x93NUMPY");
  file += static_cast<char>(version);
  file += '\0';
  for (std::size_t shift = 0; shift < 8 * (start - 8); shift += 8) file += static_cast<char>(header.size() >> shift);
  return file + header + elements;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran_order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape + ", }";
}

/// As this machine holds them, which the tests take to be little-endian.
template <class Real>
std::string bytes_of(std::initializer_list<Real> values) {
  std::string bytes(values.size() * sizeof(Real), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> matrix(const std::string& content) {
  return read_npy<T>(TemporaryFile{".npy", content}.path());
}

template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> graph(const std::string& content, const NetworkFileOptions& options = {}) {
  return read_graph_npy<Weight, Vertex>(TemporaryFile{".npy", content}.path(), options);
}

template <class Call>
void check_message_of(const std::string& content, std::initializer_list<std::string> parts, Call call) {
  const TemporaryFile file{".npy", content};
  check_message<FileError>([&] { call(file.path()); }, {file.path() + ": "});
  check_message<FileError>([&] { call(file.path()); }, parts);
}

/// Neither matrix nor graph is read, and both say why.
void check_refused(const std::string& content, std::initializer_list<std::string> parts) {
  check_message_of(content, parts, [](const std::string& path) { read_npy<double>(path); });
  check_message_of(content, parts, [](const std::string& path) { read_graph_npy<double>(path); });
}

template <class Weight = float, class Vertex = std::uint32_t>
void check_graph_refused(const std::string& content, std::initializer_list<std::string> parts) {
  check_message_of(content, parts, [](const std::string& path) { read_graph_npy<Weight, Vertex>(path); });
}

const Eigen::Matrix3d weights = (Eigen::Matrix3d() << 0, 0.5, 0, 0, 0, -1.25, 0.1, 0, 2).finished();
const Graph<double> three{weights};
const Graph<> single{Eigen::Matrix3f(weights.cast<float>())};

}  // namespace

TEST_CASE("files written by NumPy are read correctly") {
  const std::string content = GENERATE(
      as<std::string>{}, c_order, npy(header("<f8", "(3, 3)"), c_elements), npy(header("<f8", "(3, 3)"), c_elements, 2),
      npy(header("<f8", "(3, 3)"), c_elements, 3), npy(header("<f8", "(3, 3)", "True"), fortran_elements),
      npy(header(">f8", "(3, 3)"), big_endian_elements),
      npy("{'shape':(3,3),'fortran_order':False,'descr':'<f8'}", c_elements),
      npy("{ \"descr\" : \"<f8\" ,\t\"fortran_order\": False, \"shape\": ( 3 , 3, ) }", c_elements));
  CHECK(matrix<double>(content) == weights);
  CHECK(matrix<float>(content) == weights.cast<float>());
  CHECK(graph<double>(content) == three);
  CHECK(graph<float>(content) == single);
  CHECK(graph<float, std::uint16_t>(content).to_dense() == single.to_dense());
  CHECK(graph<double>(content, {.transpose = true}) == three.transposed());
}

TEST_CASE("single precision is read as it is, also in double precision") {
  const std::string content = npy(header("<f4", "(3, 3)"), single_elements);
  CHECK(matrix<float>(content) == weights.cast<float>());
  CHECK(matrix<double>(content) == weights.cast<float>().cast<double>());
  CHECK(graph<float>(content) == single);
  CHECK(graph<double>(content).weights(2)[0] == static_cast<double>(0.1f));
  CHECK(matrix<float>(npy(header(">f4", "(2,)"), text({"\x3F\xC0\x00\x00\xC0\x00\x00\x00", 8}))) ==
        Eigen::Vector2f(1.5f, -2.0f));
}

TEST_CASE("a header as Python 2 wrote it is read") {
  CHECK(matrix<double>(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 3L), }", c_elements)) == weights);
  CHECK(matrix<double>(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2L,), }", bytes_of({1.0, 2.0}))) ==
        Eigen::Vector2d(1, 2));
}

TEST_CASE("every type of integer and bool is read") {
  const auto check = [](const std::string& descr, const std::string& elements, double first, double second) {
    INFO(descr);
    const std::string content = npy(header(descr, "(2, 1)"), elements);
    CHECK(matrix<double>(content) == Eigen::Vector2d(first, second));
    std::string square = npy(header(descr, "(1, 1)"), elements.substr(elements.size() / 2));
    CHECK(graph<double>(square) == Graph<double>{EdgeList<double>{1, {{0, 0, second}}}});
  };
  check("|b1", text({"\x00\x01", 2}), 0, 1);
  check("|u1", text({"\x02\xFF", 2}), 2, 255);
  check("|i1", text({"\x02\xFF", 2}), 2, -1);
  check("<i2", text({"\x00\x01\xFE\xFF", 4}), 256, -2);
  check(">i2", text({"\x01\x00\xFF\xFE", 4}), 256, -2);
  check("<u2", text({"\x00\x01\xFE\xFF", 4}), 256, 65534);
  check("<i4", text({"\x00\x00\x01\x00\xFD\xFF\xFF\xFF", 8}), 65536, -3);
  check(">u4", text({"\x00\x01\x00\x00\xFF\xFF\xFF\xFD", 8}), 65536, 4294967293.0);
  check("<i8", bytes_of<std::int64_t>({5, -9007199254740992}), 5, -9007199254740992.0);
  check("<u8", bytes_of<std::uint64_t>({5, std::uint64_t{1} << 63}), 5, 9223372036854775808.0);
}

// By the definition of binary16: 0x3C00 is 1, 0xC100 is -2.5, 0x7BFF the largest, 0x0001 the smallest, 2^-24.
TEST_CASE("half precision is read exactly") {
  const std::string content =
      npy(header("<f2", "(8,)"), text({"\x00\x3C\x00\xC1\xFF\x7B\x01\x00\x00\x80\x00\x7C\x00\xFC\x00\x04", 16}));
  const auto read = matrix<float>(content);
  CHECK(read(0) == 1.0f);
  CHECK(read(1) == -2.5f);
  CHECK(read(2) == 65504.0f);
  CHECK(read(3) == 0x1p-24f);
  CHECK((read(4) == 0.0f && std::signbit(read(4))));
  CHECK(read(5) == std::numeric_limits<float>::infinity());
  CHECK(read(6) == -std::numeric_limits<float>::infinity());
  CHECK(read(7) == 0x1p-14f);
  CHECK(std::isnan(matrix<float>(npy(header("<f2", "(1,)"), text({"\x01\x7C", 2})))(0)));
  CHECK(matrix<float>(npy(header(">f2", "(1,)"), text({"\xC1\x00", 2})))(0) == -2.5f);
  check_graph_refused(npy(header("<f2", "(1, 1)"), text({"\x00\x7C", 2})), {"row 0, column 0 is inf"});
}

TEST_CASE("an array of one dimension is read as a column") {
  for (const char* fortran_order : {"False", "True"})
    CHECK(matrix<double>(npy(header("<f8", "(3,)", fortran_order), bytes_of({1.0, 2.0, 4.0}))) ==
          Eigen::Vector3d(1, 2, 4));
  CHECK(matrix<float>(npy(header("<f4", "(1,)"), bytes_of({2.5f})))(0, 0) == 2.5f);
}

TEST_CASE("a matrix that is not square is read in either order") {
  const Eigen::MatrixXd expected = (Eigen::MatrixXd(2, 3) << 1, 2, 3, 4, 5, 6).finished();
  CHECK(matrix<double>(npy(header("<f8", "(2, 3)"), bytes_of({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}))) == expected);
  CHECK(matrix<double>(npy(header("<f8", "(2, 3)", "True"), bytes_of({1.0, 4.0, 2.0, 5.0, 3.0, 6.0}))) == expected);
}

TEST_CASE("matrices and vectors may be empty") {
  CHECK(matrix<double>(npy(header("<f8", "(0, 3)"), "")).cols() == 3);
  CHECK(matrix<double>(npy(header("<f8", "(4, 0)", "True"), "")).rows() == 4);
  CHECK(matrix<float>(npy(header("<f4", "(0,)"), "")).size() == 0);
}

TEST_CASE("a matrix may hold values that are not finite, a graph may not") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::string content = npy(header("<f8", "(2, 2)"), bytes_of({inf, -inf, nan, 1.0}));
  const auto read = matrix<float>(content);
  CHECK((std::isinf(read(0, 0)) && read(0, 0) > 0));
  CHECK((std::isinf(read(0, 1)) && read(0, 1) < 0));
  CHECK(std::isnan(read(1, 0)));

  check_graph_refused(content, {"row 0, column 0 is inf; weights must be finite"});
  check_graph_refused(npy(header("<f8", "(2, 2)"), bytes_of({0.0, 1.0, nan, 1.0})), {"row 1, column 0 is nan"});
  check_graph_refused(npy(header("<f8", "(2, 2)", "True"), bytes_of({0.0, 1.0, -inf, 1.0})),
                      {"row 0, column 1 is -inf"});
  check_graph_refused(npy(header("<f4", "(2, 2)"), bytes_of({0.0f, 1.0f, 0.0f, static_cast<float>(inf)})),
                      {"row 1, column 1 is inf"});
}

TEST_CASE("double precision beyond the range of single precision is refused where that is asked for") {
  const std::string content = npy(header("<f8", "(2, 2)"), bytes_of({0.0, 1.0, -1e39, 1.0}));
  check_message_of(content, {"row 1, column 0 is -1e+39, beyond the range of float"},
                   [](const std::string& path) { read_npy<float>(path); });
  check_graph_refused<float>(content, {"row 1, column 0 is -1e+39, beyond the range of float"});
  CHECK(matrix<double>(content)(1, 0) == -1e39);
  CHECK(graph<double>(content).weights(1)[0] == -1e39);

  const std::string largest = npy(header("<f8", "(1, 1)"), bytes_of({double{std::numeric_limits<float>::max()}}));
  CHECK(matrix<float>(largest)(0, 0) == std::numeric_limits<float>::max());
}

TEST_CASE("a zero is not a synapse, and a value that rounds to zero is a synapse of weight 0") {
  const std::string content = npy(header("<f8", "(2, 2)"), bytes_of({0.0, -0.0, 1e-60, 1.0}));
  CHECK(graph<float>(content) == Graph<>{EdgeList<>{2, {{1, 0, 0.0f}, {1, 1, 1.0f}}}});
  CHECK(graph<double>(content) == Graph<double>{EdgeList<double>{2, {{1, 0, 1e-60}, {1, 1, 1.0}}}});
}

TEST_CASE("a graph has autapses, isolated neurons, and one neuron at least") {
  CHECK(graph<float>(npy(header("<f4", "(1, 1)"), bytes_of({3.0f}))) == Graph<>{EdgeList<>{1, {{0, 0, 3.0f}}}});
  CHECK(graph<float>(npy(header("<f4", "(1, 1)"), bytes_of({0.0f}))) == Graph<>{EdgeList<>{1}});
  CHECK(graph<float>(npy(header("<f4", "(2, 2)"), bytes_of({0.0f, 0.0f, 0.0f, 0.0f}))) == Graph<>{EdgeList<>{2}});
  check_graph_refused(npy(header("<f4", "(0, 0)"), ""), {"at least one neuron"});
}

TEST_CASE("a graph is read from a square matrix only") {
  check_graph_refused(npy(header("<f8", "(2, 1)"), bytes_of({1.0, 2.0})), {"shape (2, 1)", "square matrix"});
  check_graph_refused(npy(header("<f8", "(1,)"), bytes_of({1.0})), {"shape (1,)", "square matrix"});
  check_graph_refused(npy(header("<f8", "()"), bytes_of({1.0})), {"shape ()", "square matrix"});
  check_graph_refused(npy(header("<f8", "(1, 1, 1)"), bytes_of({1.0})), {"shape (1, 1, 1)", "square matrix"});
}

TEST_CASE("a matrix is read from an array of one or two dimensions only") {
  for (const char* shape : {"()", "(1, 1, 1)", "(1,1,1,1)"})
    check_message_of(npy(header("<f8", shape), bytes_of({1.0})), {"shape (", "neither a matrix nor a vector"},
                     [](const std::string& path) { read_npy<double>(path); });
}

TEST_CASE("elements of another type are refused, with what is supported") {
  for (const char* descr : {"<c16", "<f16", "|f4", "=f8", "f8", "|S5", "<U3", "|O", "<i3", "<M8", "i 2", ""})
    check_refused(
        npy(header(descr, "(1, 1)"), bytes_of({1.0})),
        {"type '" + std::string(descr) + "'", "the type must be bool, an integer, or float16, float32 or float64"});
  check_refused(npy("{'descr': [('a', '<f4'), ('b', '<f8')], 'fortran_order': False, 'shape': (1,), }", "000011112222"),
                {"several fields", "float16, float32 or float64"});
}

TEST_CASE("a file that is shorter or longer than its header says is refused") {
  check_refused(c_order.substr(0, 199), {"71 bytes of elements", "'<f8' of shape (3, 3) takes 72"});
  check_refused(c_order.substr(0, 128), {"0 bytes of elements", "takes 72"});
  check_refused(c_order + '\0', {"73 bytes of elements", "takes 72"});
  check_refused(npy(header("<f4", "(3, 3)"), c_elements), {"72 bytes of elements", "'<f4' of shape (3, 3) takes 36"});
  for (std::size_t length = 0; length < 128; ++length)
    check_refused(c_order.substr(0, length), {"is not a .npy file, or ends inside its header"});
}

TEST_CASE("a header of absurd size takes no memory") {
  check_refused(npy(header("<f8", "(1000000000, 1000000000)"), c_elements), {"72 bytes", "takes 8000000000000000000"});
  check_refused(npy(header("<f8", "(9223372036854775807,)"), c_elements), {"damaged", "(9223372036854775807,)"});
  check_refused(npy(header("<f8", "(4294967296, 4294967296)"), ""), {"damaged", "(4294967296, 4294967296)"});
  check_refused(npy(header("<f8", "(18446744073709551616, 1)"), ""), {"damaged header", "'shape'"});
  check_refused(text({"\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF{'descr'", 20}), {"damaged header", "4294967295 bytes"});
}

TEST_CASE("a file that is not a .npy file, or has an unknown version, is refused") {
  check_refused("pre,post,weight\n0,1,0.5\n", {"not a .npy file", "\\x93NUMPY"});
  check_refused("\x93NUMPX" + c_order.substr(6), {"not a .npy file"});
  check_refused("PK\x03\x04" + c_order, {"not a .npy file"});
  for (const auto& [major, minor] : std::vector<std::pair<int, int>>{{0, 0}, {4, 0}, {1, 1}, {255, 255}}) {
    std::string content = c_order;
    content[6] = static_cast<char>(major);
    content[7] = static_cast<char>(minor);
    check_refused(content, {"version " + std::to_string(major) + "." + std::to_string(minor), "1.0, 2.0 and 3.0"});
  }
}

TEST_CASE("a header that is not a dictionary with exactly the three entries is refused") {
  const auto refused = [](const std::string& header, const std::string& what) {
    INFO(header);
    check_refused(npy(header, c_elements), {"damaged header", what});
  };
  refused("", "'{' is missing");
  refused("['descr', '<f8']", "'{' is missing");
  refused("{}", "'descr' is missing");
  refused("{'descr': '<f8', 'shape': (3, 3)}", "'fortran_order' is missing");
  refused("{'descr': '<f8', 'fortran_order': False}", "'shape' is missing");
  refused("{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)}", "'descr' occurs twice");
  refused("{'descr': '<f8', 'order': False, 'shape': (3, 3)}", "'order' is not a known key");
  refused("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (3, 3)}", "must be True or False");
  refused("{'descr': '<f8', 'fortran_order': Falsehood, 'shape': (3, 3)}", "',' or '}' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': 3}", "'(' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, -3)}", "'shape' holds an invalid extent");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, x)}", "'shape' holds an invalid extent");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3.0)}", "',' or ')' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3LL, 3L)}", "',' or ')' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3}", "',' or ')' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3)", "',' or '}' is missing");
  refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3)} more", "there is text after the dictionary");
  refused("{'descr': '<f8", "a closing quote is missing");
  refused("{'descr' '<f8'}", "':' is missing");
  refused("{descr: '<f8'}", "''' is missing");
}

TEST_CASE("a file that cannot be read is refused with its name") {
  const TemporaryFile missing{".npy"};
  check_message<FileError>([&] { read_npy<float>(missing.path()); }, {missing.path() + ": cannot be opened"});
  const std::string folder = std::filesystem::temp_directory_path().string();
  check_message<FileError>([&] { read_graph_npy(folder); }, {folder + ": cannot be"});
}

TEST_CASE("a matrix is written as NumPy would write it") {
  const TemporaryFile file{".npy"};
  write_npy(file.path(), weights);
  CHECK(file.content() == c_order);
  write_npy(file.path(), Eigen::MatrixXf(weights.cast<float>()));
  CHECK(file.content() == npy(header("<f4", "(3, 3)"), single_elements));
  write_npy(file.path(), three);
  CHECK(file.content() == c_order);
  write_npy(file.path(), single);
  CHECK(file.content() == npy(header("<f4", "(3, 3)"), single_elements));
}

TEST_CASE("vectors, rows, arrays and expressions are written with their shapes") {
  const TemporaryFile file{".npy"};
  const std::string elements = bytes_of({1.5f, -2.0f});
  write_npy(file.path(), Eigen::Vector2f(1.5f, -2.0f));
  CHECK(file.content() == npy(header("<f4", "(2,)"), elements));
  write_npy(file.path(), Eigen::RowVector2f(1.5f, -2.0f));
  CHECK(file.content() == npy(header("<f4", "(1, 2)"), elements));
  write_npy(file.path(), Eigen::MatrixXf(Eigen::Vector2f(1.5f, -2.0f)));
  CHECK(file.content() == npy(header("<f4", "(2, 1)"), elements));
  write_npy(file.path(), Eigen::Array2f(0.75f, -1.0f) * 2.0f);
  CHECK(file.content() == npy(header("<f4", "(2,)"), elements));
  write_npy(file.path(), weights.transpose());
  CHECK(matrix<double>(file.content()) == weights.transpose());
  write_npy(file.path(), weights.block(1, 0, 2, 3));
  CHECK(matrix<double>(file.content()) == weights.block(1, 0, 2, 3));
  write_npy(file.path(), Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>(weights));
  CHECK(file.content() == c_order);
  write_npy(file.path(), Eigen::MatrixXd(0, 3));
  CHECK(file.content() == npy(header("<f8", "(0, 3)"), ""));
}

TEST_CASE("elements begin on a multiple of 64 bytes, whatever the length of the header") {
  const TemporaryFile file{".npy"};
  for (const Eigen::Index columns : {1, 10, 100, 1000, 10'000, 100'000}) {
    write_npy(file.path(), Eigen::MatrixXf(Eigen::MatrixXf::Ones(1, columns)));
    const std::string content = file.content();
    const std::size_t start = content.size() - 4 * static_cast<std::size_t>(columns);
    CHECK(start % 64 == 0);
    CHECK(start == 10u + static_cast<unsigned char>(content[8]) + 256u * static_cast<unsigned char>(content[9]));
    CHECK(content[start - 1] == '\n');
    CHECK(read_npy<float>(file.path()) == Eigen::MatrixXf::Ones(1, columns));
  }
}

TEMPLATE_TEST_CASE("a matrix that is written and read back is bit-identical", "", float, double) {
  using Bits = std::conditional_t<sizeof(TestType) == 4, std::uint32_t, std::uint64_t>;
  using Limits = std::numeric_limits<TestType>;
  support::Numbers random{1};
  Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic> values(317, 101);  // more than one piece as it is read
  for (auto& value : values.reshaped())
    value = std::ldexp(static_cast<TestType>(random.real(-1.0, 1.0)), random.between(-120, 120));
  Eigen::Index place = 0;
  for (const TestType special : {Limits::max(), Limits::lowest(), Limits::denorm_min(), Limits::infinity(),
                                 -Limits::infinity(), Limits::quiet_NaN(), TestType(0), -TestType(0)})
    values(place++, 7) = special;
  const TemporaryFile file{".npy"};
  write_npy(file.path(), values);
  const auto back = read_npy<TestType>(file.path());
  REQUIRE(back.rows() == values.rows());
  REQUIRE(back.cols() == values.cols());
  bool same = true;
  for (Eigen::Index i = 0; i < values.size(); ++i)
    same = same && std::bit_cast<Bits>(back.data()[i]) == std::bit_cast<Bits>(values.data()[i]);
  CHECK(same);
}

TEMPLATE_TEST_CASE("a network that is written and read back is the same", "", float, double) {
  support::Numbers random{2};
  EdgeList<TestType> edges{300};
  for (std::uint32_t pre = 0; pre < 280; ++pre)  // the last are isolated
    for (std::uint32_t post = pre % 7; post < 300; post += 7)
      edges.add(pre, post, std::ldexp(static_cast<TestType>(random.real(0.5, 1.0)), random.between(-120, 120)));
  const Graph<TestType> graph{edges};
  const TemporaryFile file{".npy"};
  write_npy(file.path(), graph);
  CHECK(read_graph_npy<TestType>(file.path()) == graph);
  CHECK(read_graph_npy<TestType>(file.path(), {.transpose = true}) == graph.transposed());
  CHECK(read_npy<TestType>(file.path()) == graph.to_dense());

  const Graph<TestType> one{EdgeList<TestType>{1, {{0, 0, TestType(0.3)}}}};
  write_npy(file.path(), one);
  CHECK(read_graph_npy<TestType>(file.path()) == one);
}

TEST_CASE("a network that a dense matrix cannot hold is refused, and no file is created") {
  const TemporaryFile file{".npy"};
  const Graph<> delayed{EdgeList<>{2, {{0, 1, 1.0f, 3}}}};
  check_message<FileError>([&] { write_npy(file.path(), delayed); }, {file.path(), "delays", ".csv"});
  for (const float zero : {0.0f, -0.0f}) {
    const Graph<> weak{EdgeList<>{2, {{0, 1, 1.0f}, {1, 0, zero}}}};
    check_message<FileError>([&] { write_npy(file.path(), weak); },
                             {file.path(), "synapse 1 -> 0 has weight 0", ".csv or .mtx"});
  }
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("a matrix of more rows than ids can number is refused") {
  // 65537^2 float32 are 17 GB, of which a sparse file takes none.
  const TemporaryFile file{".npy", npy(header("<f4", "(65537, 65537)"), "")};
  std::error_code error;
  std::filesystem::resize_file(file.path(), 128 + std::uintmax_t{4} * 65537 * 65537, error);
  if (error) return;
  check_message<FileError>([&] { read_graph_npy<float, std::uint16_t>(file.path()); },
                           {file.path(), "65537 neurons are too many for ids of 16 bits"});
}

TEST_CASE("a file that cannot be written completely is an error that names it") {
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/file.npy";
  check_message<FileError>([&] { write_npy(nowhere, weights); }, {nowhere + ": cannot be opened for writing"});
  check_message<FileError>([&] { write_npy(nowhere, three); }, {nowhere + ": cannot be opened for writing"});
  if (!std::filesystem::exists("/dev/full")) return;  // accepts nothing; only Linux has it
  check_message<FileError>([&] { write_npy("/dev/full", weights); }, {"/dev/full: cannot be written"});
  check_message<FileError>([&] { write_npy("/dev/full", three); }, {"/dev/full: cannot be written"});
}
