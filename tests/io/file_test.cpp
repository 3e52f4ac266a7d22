// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/file.hpp"

#include <cstdint>
#include <string>

#include "../catch.hpp"
#include "temporary_file.hpp"

using spikeometric::FileError;
using spikeometric::io::detail::TextFile;

TEST_CASE("a file error names the file, and the line where there is one") {
  CHECK(std::string(FileError("a.csv", "is empty").what()) == "a.csv: is empty");
  CHECK(std::string(FileError("a.csv", 7, "is wrong").what()) == "a.csv:7: is wrong");
}

TEST_CASE("numbers are written so that they read back as they were") {
  const TemporaryFile target{".txt"};
  TextFile file(target.path());
  file << 0.1f << ' ' << 0.1 << ' ' << std::uint64_t{18446744073709551615u} << ' ' << -3 << '\n';
  file.close();
  CHECK(target.content() == "0.1 0.1 18446744073709551615 -3\n");
}

TEST_CASE("text of any length is written completely") {
  const TemporaryFile target{".txt"};
  std::string expected;
  TextFile file(target.path());
  for (int i = 0; i < 100'000; ++i) {
    file << i << ',';
    expected += std::to_string(i) + ',';
  }
  file.close();
  CHECK(target.content() == expected);
}
