// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/detail/memory.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"

using namespace spikeometric;
using detail::HostArray, detail::HostMemory;

namespace {

struct WithoutZero {
  static constexpr std::uint64_t reserve = 0;
  template <class T>
  using Array = HostArray<T>;
  template <class T>
  Array<T> allocate(std::size_t size) {
    return HostMemory{}.allocate<T>(size);
  }
  template <class T>
  Array<T> take(Array<T> values) {
    return values;
  }
  template <class T>
  void upload(Array<T>&, std::size_t, const T*, std::size_t) {}
  template <class T>
  void download(const Array<T>&, std::size_t, T*, std::size_t) {}
  std::optional<std::uint64_t> free_bytes() const { return 0; }
};

static_assert(detail::Memory<HostMemory>);
static_assert(!detail::Memory<WithoutZero>);
static_assert(!detail::Memory<HostArray<float>>);

}  // namespace

TEST_CASE("an array of the host is empty or holds the given values at their old addresses") {
  const HostArray<int> none;
  CHECK((none.empty() && none.size() == 0 && none.begin() == none.end()));
  std::vector<int> values{3, 1, 2};
  const int* const address = values.data();
  HostArray<int> array{std::move(values)};
  CHECK((array.data() == address && array.size() == 3 && !array.empty()));
  array[1] = 7;
  CHECK(std::vector<int>(array.begin(), array.end()) == std::vector<int>{3, 7, 2});
}

TEST_CASE("large pages change neither the values of an array nor their addresses, however large it is") {
  for (const std::uint32_t size : {0u, 3u, 3'000'000u}) {  // nothing, some bytes, and megabytes
    std::vector<std::uint32_t> values(size);
    std::iota(values.begin(), values.end(), 1u);
    HostArray<std::uint32_t> given{std::vector<std::uint32_t>(values)};
    const std::uint32_t* const address = given.data();
    const HostArray<std::uint32_t> taken = HostMemory{}.take(std::move(given)), copy = taken;
    CHECK(taken.data() == address);
    CHECK(std::equal(taken.begin(), taken.end(), values.begin(), values.end()));
    CHECK(std::equal(copy.begin(), copy.end(), values.begin(), values.end()));
    const auto zeros = HostMemory{}.allocate<std::uint32_t>(size);
    CHECK((zeros.size() == size && std::count(zeros.begin(), zeros.end(), 0u) == size));
  }
}

#if defined(__linux__)
TEST_CASE("large pages are asked for, whether an array is made, taken or copied") {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/enabled")) return;
  constexpr std::size_t size = std::size_t{1} << 24;
  const HostArray<char> made = HostMemory{}.allocate<char>(size), copy = made,
                        taken = HostMemory{}.take(HostArray<char>{std::vector<char>(size)});
  for (const HostArray<char>* const array : {&made, &copy, &taken}) {
    const auto middle = reinterpret_cast<std::uintptr_t>(array->data()) + size / 2;
    std::ifstream maps("/proc/self/smaps");
    bool here = false, asked = false;
    for (std::string line; std::getline(maps, line);) {
      std::uintptr_t first = 0, end = 0;
      if (std::sscanf(line.c_str(), "%zx-%zx ", &first, &end) == 2) here = first <= middle && middle < end;
      if (here && line.rfind("VmFlags:", 0) == 0) asked = line.find(" hg") != std::string::npos;
    }
    CHECK(asked);
  }
}
#endif

TEST_CASE("a moved array keeps its memory, and a copy has its own") {
  HostArray<int> array{std::vector<int>{1, 2}};
  const int* const address = array.data();
  HostArray<int> moved;
  moved = std::move(array);
  CHECK((moved.data() == address && moved[0] == 1 && moved[1] == 2));
  moved = HostArray<int>{std::vector<int>{5}};
  CHECK((moved.size() == 1 && moved[0] == 5));
  HostArray<int> copy;
  copy = moved;
  copy[0] = 7;
  CHECK((copy.size() == 1 && moved[0] == 5));
}

TEST_CASE("an array can reuse the memory of another, with as many elements as fit") {
  std::vector<std::array<double, 3>> wide(5);
  const void* const address = wide.data();
  auto array = HostArray<std::int32_t>::in_place_of(std::move(wide));
  CHECK((array.data() == address && array.size() == 30));
  for (std::size_t i = 0; i < array.size(); ++i) array[i] = static_cast<std::int32_t>(i);
  const HostArray<std::int32_t> copy = array;
  CHECK((copy.size() == 30 && copy.data() != array.data() && std::equal(copy.begin(), copy.end(), array.begin())));
  CHECK(HostArray<std::int32_t>::in_place_of(std::vector<float>{}).empty());
}

TEST_CASE("the host's memory gives zeros, and takes values without a copy") {
  HostMemory memory;
  const auto zeros = memory.allocate<double>(100);
  CHECK(std::vector<double>(zeros.begin(), zeros.end()) == std::vector<double>(100));
  HostArray<int> values{std::vector<int>{1, 2}};
  const int* const address = values.data();
  CHECK(memory.take(std::move(values)).data() == address);
  CHECK_FALSE(memory.free_bytes().has_value());
}

TEST_CASE("values can be uploaded to and downloaded from any place in an array") {
  HostMemory memory;
  auto array = memory.allocate<int>(10);
  const std::vector<int> values{1, 2, 3};
  memory.upload(array, 4, values.data(), values.size());
  memory.upload<int>(array, 10, nullptr, 0);
  std::vector<int> fetched(4);
  memory.download(array, 3, fetched.data(), fetched.size());
  CHECK(fetched == std::vector<int>{0, 1, 2, 3});
  memory.zero(array);
  CHECK(std::vector<int>(array.begin(), array.end()) == std::vector<int>(10));
  HostArray<int> none;
  memory.zero(none);
  memory.upload<int>(none, 0, nullptr, 0);
  memory.download<int>(none, 0, nullptr, 0);
}
