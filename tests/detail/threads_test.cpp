// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/detail/threads.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"

using spikeometric::detail::Threads;

namespace {

constexpr auto always = [](std::size_t, std::uint64_t) { return true; };

}  // namespace

TEST_CASE("each portion of each step is done once, on any number of threads") {
  const int count = GENERATE(1, 2, 3, 8);  // more than there are cores, too
  const std::size_t portions = GENERATE(0, 1, 2, 5, 64);
  CAPTURE(count, portions);
  constexpr std::uint64_t steps = 100;
  std::vector<std::atomic<int>> done(portions * steps);
  Threads threads{count};
  CHECK(threads.run(portions, steps, [&](std::size_t portion, std::uint64_t step) {
    ++done[step * portions + portion];
    return true;
  }) == steps);
  CHECK(std::all_of(done.begin(), done.end(), [](int times) { return times == 1; }));
  CHECK(threads.run(portions, 0, always) == 0);
}

TEST_CASE("the number of threads is at least one, and at most four times that of the cores") {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  CHECK(Threads{0}.size() == 1);
  CHECK(Threads{3}.size() == 3);
  CHECK(Threads{1'000'000}.size() == 4 * cores);
}

TEST_CASE("a step begins when all portions of the one before have ended, and sees what they wrote") {
  const int count = GENERATE(1, 2, 3);
  constexpr std::uint64_t steps = support::slow_build ? 2000 : 20'000;
  for (const std::size_t portions : {2, 7}) {
    CAPTURE(count, portions);
    std::vector<std::uint64_t> values[2] = {std::vector<std::uint64_t>(portions), std::vector<std::uint64_t>(portions)};
    std::atomic<int> wrong = 0;  // plain values, which a race would show
    Threads threads{count};
    threads.run(portions, steps, [&](std::size_t portion, std::uint64_t step) {
      for (const std::uint64_t before : values[step % 2])
        if (before != step) ++wrong;
      values[(step + 1) % 2][portion] = step + 1;
      return true;
    });
    CHECK(wrong == 0);
    CHECK(values[steps % 2] == std::vector<std::uint64_t>(portions, steps));
  }
}

TEST_CASE("after a step that fails in any portion no other begins, and its other portions are done") {
  const int count = GENERATE(1, 2, 4);
  const std::size_t portions = GENERATE(1, 2, 9);
  const std::uint64_t failing = GENERATE(0, 1, 50, 99);
  CAPTURE(count, portions, failing);
  Threads threads{count};
  for (std::size_t bad = 0; bad < portions; ++bad) {
    std::atomic<std::uint64_t> calls = 0;
    const auto work = [&](std::size_t portion, std::uint64_t step) {
      ++calls;
      return step != failing || (portion != bad && portion != 0);
    };
    CHECK(threads.run(portions, 100, work) == failing);
    CHECK(calls == (failing + 1) * portions);
  }
  CHECK(threads.run(portions, 100, always) == 100);
}

TEST_CASE("a thread takes portions that no other has begun, and waits only for those begun") {
  constexpr std::size_t portions = 40;
  const auto caller = std::this_thread::get_id();
  Threads threads{2};
  std::atomic<bool> held = false;
  std::atomic<int> others = 0;
  std::atomic<std::uint64_t> by_caller = 0;
  // In step 1 the helper keeps its first portion until all others are done, including those of its own share.
  CHECK(threads.run(portions, 3, [&](std::size_t, std::uint64_t step) {
    if (step != 1) return true;
    if (std::this_thread::get_id() == caller) {
      while (!held) std::this_thread::yield();
      ++others, ++by_caller;
    } else if (!held.exchange(true)) {
      while (others < static_cast<int>(portions) - 1) std::this_thread::yield();
    } else {
      ++others;
    }
    return true;
  }) == 3);
  CHECK(by_caller == portions - 1);
}

TEST_CASE("a thread takes the portions of a share in ascending order") {
  constexpr std::size_t portions = 1000, shares = 3;
  std::vector<std::pair<std::thread::id, std::size_t>> taken(portions);  // by whom and when
  std::atomic<std::size_t> next = 0;
  Threads threads{shares};
  threads.run(portions, 1, [&](std::size_t portion, std::uint64_t) {
    taken[portion] = {std::this_thread::get_id(), next++};
    return true;
  });
  bool ascending = true;
  for (std::size_t share = 0; share < shares; ++share) {
    std::map<std::thread::id, std::size_t> latest;
    for (std::size_t i = portions * share / shares; i < portions * (share + 1) / shares; ++i) {
      const auto [thread, when] = taken[i];
      ascending &= latest.count(thread) == 0 || latest[thread] < when;
      latest[thread] = when;
    }
  }
  CHECK(ascending);
}

TEST_CASE("many short jobs follow each other, each with its own work") {
  Threads threads{3};
  std::uint64_t sum = 0;
  constexpr std::uint64_t jobs = support::slow_build ? 2000 : 20'000;
  for (std::uint64_t job = 0; job < jobs; ++job) {
    const std::size_t portions = 1 + job % 9;
    std::vector<std::uint64_t> values(portions);  // gone after the job
    threads.run(portions, 1 + job % 3, [&](std::size_t portion, std::uint64_t) {
      values[portion] = job;
      return true;
    });
    for (const std::uint64_t value : values) sum += value == job;
  }
  std::uint64_t expected = 0;
  for (std::uint64_t job = 0; job < jobs; ++job) expected += 1 + job % 9;
  CHECK(sum == expected);
}

TEST_CASE("helpers that sleep between jobs take part in the next") {
  Threads threads{2};
  for (int job = 0; job < 3; ++job) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> come = 0;
    threads.run(2, 1, [&](std::size_t, std::uint64_t) {  // each waits for the other: two threads are needed
      ++come;
      while (come < 2) std::this_thread::yield();
      return true;
    });
    CHECK(come == 2);
  }
}

TEST_CASE("a job does not wait for helpers that it does not need") {
  Threads threads{8};
  std::set<std::thread::id> seen;
  const auto caller = std::this_thread::get_id();
  threads.run(1, 5, [&](std::size_t, std::uint64_t) { return seen.insert(std::this_thread::get_id()), true; });
  CHECK(seen == std::set{caller});
  std::atomic<int> calls = 0;
  for (const std::size_t portions : {8, 2, 3})
    threads.run(portions, 200, [&](std::size_t, std::uint64_t) { return ++calls, true; });
  CHECK(calls == 200 * (8 + 2 + 3));
}

TEST_CASE("threads end with their owner, used or not") {
  for (const int count : {-1, 0, 1, 2, 1000}) {
    Threads{count};
    std::atomic<int> calls = 0;
    {
      const auto threads = std::make_unique<Threads>(count);
      CHECK(threads->run(3, 2, [&](std::size_t, std::uint64_t) { return ++calls, true; }) == 2);
    }
    CHECK(calls == 6);
  }
}
