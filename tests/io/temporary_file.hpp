// SPDX-License-Identifier: BSD-3-Clause
//
// A file or a folder for the length of a test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>

/// A path in the system's folder for temporary files that nothing else uses, removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& extension) {
    std::random_device random;
    const std::uint64_t number = std::uint64_t{random()} << 32 | random();
    path_ =
        (std::filesystem::temp_directory_path() / ("spikeometric_test_" + std::to_string(number) + extension)).string();
  }
  TemporaryFile(const std::string& extension, const std::string& content) : TemporaryFile(extension) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path_;
};

/// An empty folder, removed at the end with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() { std::filesystem::create_directory(path()); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path(), ignored);
  }

  const std::string& path() const { return name_.path(); }
  std::string path(const std::string& file) const { return path() + "/" + file; }
  void write(const std::string& file, const std::string& content) const {
    std::ofstream(path(file), std::ios::binary) << content;
  }

 private:
  TemporaryFile name_{""};
};
