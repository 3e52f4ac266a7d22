// SPDX-License-Identifier: BSD-3-Clause
//
// Threads that share the portions of each step.
//
//   Threads threads{4};                                       // the caller and three helper threads
//   threads.run(portions, steps, [&](std::size_t portion, std::uint64_t step) { ...; return true; });
//   for_each_portion(threads, portions, [&](std::size_t portion) { ... });      // may throw
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace spikeometric::detail {

/// A step ends when all its portions are done, even if some threads have not taken part. Each thread takes the portions
/// of its own share in ascending order, then portions of other shares that no thread has begun. So a thread that the
/// system has stopped, or not yet woken, delays the others only if it has begun a portion. Helper threads start when
/// first needed and sleep between jobs. The object cannot be copied or moved.
class Threads {
 public:
  /// The number of threads, including the caller. It is clamped to the range from 1 to four times the number of cores.
  explicit Threads(int threads)
      : shares_(static_cast<std::size_t>(
            std::clamp(threads, 1, 4 * std::max(1, static_cast<int>(std::thread::hardware_concurrency()))))) {}

  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  ~Threads() {
    stop_ = true;
    announce();
    for (std::thread& helper : helpers_) helper.join();
  }

  std::size_t size() const { return shares_.size(); }

  /// Calls work(portion, step) once for each portion of each step. What was written in a step is visible to all threads
  /// in later steps, and to the caller at the end. `work` returns whether it succeeded. If a call fails, the other
  /// portions of its step are still done, but no further step begins. Returns the number of steps before the failed
  /// one, or `steps`. `work` must not throw. It may call run() on the same threads only with one portion. Otherwise
  /// only one call at a time is allowed.
  template <class Work>
  std::uint64_t run(std::size_t portions, std::uint64_t steps, Work&& work) {
    if (shares_.size() == 1 || portions < 2) {
      for (std::uint64_t step = 0; step < steps; ++step) {
        bool good = true;
        for (std::size_t portion = 0; portion < portions; ++portion) good &= work(portion, step);
        if (!good) return step;
      }
      return steps;
    }
    work_ = const_cast<void*>(static_cast<const void*>(std::addressof(work)));
    call_ = [](void* of, std::size_t portion, std::uint64_t step) noexcept -> bool {
      return (*static_cast<std::remove_reference_t<Work>*>(of))(portion, step);
    };
    return run_shared(portions, steps);
  }

 private:
  /// Portions first, ..., first + size - 1. `begun` and `ended` are the numbers of portions begun and ended, over all
  /// steps.
  struct alignas(64) Share {
    std::size_t first, size;
    std::atomic<std::uint64_t> begun, ended;
  };

  static constexpr int closed = -1;
  static constexpr int patience = 200;  // pauses: a few microseconds in total

  /// Waits for a moment, for the i-th time in a row. After many waits it yields the core, which the awaited thread may
  /// need.
  static void linger(int i) {
    if (i >= patience) return std::this_thread::yield();
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::uint64_t run_shared(std::size_t portions, std::uint64_t steps) {
    share_out(portions);
    steps_ = steps;
    failed_ = steps;
    ended_ = 0;
    inside_.store(0, std::memory_order_release);
    announce();
    take_part(0);
    for (int i = 0, none = 0; !inside_.compare_exchange_weak(none, closed, std::memory_order_acquire); none = 0)
      linger(i++);
    return failed_;
  }

  void share_out(std::size_t portions) {
    used_ = std::min(shares_.size(), portions);
    try {
      while (helpers_.size() + 1 < used_) helpers_.emplace_back([this, self = helpers_.size() + 1] { help(self); });
    } catch (const std::system_error&) {
      used_ = helpers_.size() + 1;  // the system cannot start more threads
    }
    for (std::size_t i = 0; i < used_; ++i) {
      shares_[i].first = portions * i / used_;
      shares_[i].size = portions * (i + 1) / used_ - shares_[i].first;
      shares_[i].begun = shares_[i].ended = 0;
    }
  }

  void announce() {
    ++job_;
    job_.notify_all();
  }

  void help(std::size_t self) {
    for (std::uint32_t known = 0;;) {
      for (int i = 0; i < patience && job_ == known; ++i) linger(i);
      job_.wait(known);
      known = job_;
      if (stop_) return;
      for (bool finished = false; !finished && enter();) {
        finished = self >= used_ || take_part(self);
        --inside_;
        if (!finished) std::this_thread::yield();  // it has left the job, so no thread waits for it
      }
    }
  }

  /// Returns whether there is a job to take part in. If so, the job cannot end before the thread leaves it.
  bool enter() {
    int inside = inside_;
    while (inside != closed)
      if (inside_.compare_exchange_weak(inside, inside + 1)) return true;
    return false;
  }

  /// Returns true if there is nothing left to do. For a helper it returns false after a long wait.
  bool take_part(std::size_t self) {
    for (;;) {
      const std::uint64_t step = ended_.load(std::memory_order_acquire) / used_;
      if (step == steps_ || step > failed_.load(std::memory_order_relaxed)) return true;
      for (std::size_t i = self; i < self + used_; ++i) work_on(shares_[i % used_], step);
      if (self != 0 && step + 1 == steps_) return true;
      for (int i = 0; ended_.load(std::memory_order_acquire) < (step + 1) * used_; ++i) {
        if (self != 0 && i == patience) return false;
        linger(i);
      }
    }
  }

  /// Takes portions of a share until all of this step have begun.
  void work_on(Share& share, std::uint64_t step) {
    const std::uint64_t end = (step + 1) * share.size;
    for (std::uint64_t begun = share.begun.load(std::memory_order_relaxed); begun < end;)
      if (share.begun.compare_exchange_weak(begun, begun + 1, std::memory_order_relaxed)) {
        if (!call_(work_, share.first + (begun - step * share.size), step))
          failed_.store(step, std::memory_order_relaxed);
        if (share.ended.fetch_add(1, std::memory_order_acq_rel) + 1 == end)
          ended_.fetch_add(1, std::memory_order_acq_rel);
        ++begun;
      }
  }

  // The job; written only while `inside_` is `closed`.
  void* work_ = nullptr;
  bool (*call_)(void*, std::size_t, std::uint64_t) noexcept = nullptr;
  std::uint64_t steps_ = 0;
  std::size_t used_ = 0;  // number of shares, one for each thread
  std::vector<Share> shares_;
  std::atomic<std::uint64_t> failed_;  // the step that failed, or the number of steps

  alignas(64) std::atomic<std::uint64_t> ended_;    // shares, summed over steps
  alignas(64) std::atomic<int> inside_ = closed;    // helpers in the job, or `closed`
  alignas(64) std::atomic<std::uint32_t> job_ = 0;  // its number
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> helpers_;
};

/// Calls work(i) for i < count on several threads. If calls throw, one of the exceptions is thrown in the end: that of
/// the lowest i that was begun.
template <class Work>
void for_each_portion(Threads& threads, std::size_t count, Work&& work) {
  std::vector<std::exception_ptr> errors(count);
  std::atomic<bool> failed = false;
  threads.run(count, 1, [&](std::size_t i, std::uint64_t) noexcept {
    if (failed.load(std::memory_order_relaxed)) return true;
    try {
      work(i);
    } catch (...) {
      errors[i] = std::current_exception();
      failed = true;
    }
    return true;
  });
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace spikeometric::detail
