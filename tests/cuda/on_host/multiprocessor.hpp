// SPDX-License-Identifier: BSD-3-Clause
//
// Runs a grid of threads on the host: blocks one after another, the threads of a block in turn, each until it waits for
// others. A kernel without barriers costs little more than a loop.
//
//   const std::string fault = on_host::multiprocessor().run(grid, block, [&] { kernel(arguments...); });
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "fiber.hpp"

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

inline uint3 threadIdx{}, blockIdx{};
inline dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace on_host {

/// In which order blocks run, and within a block the threads between two barriers. A result must not depend on it.
enum class Order { ascending, descending, shuffled };

/// What lanes of a warp do together: each gives a value, and gets ...
enum class Exchange {
  barrier,  ///< nothing
  shuffle,  ///< the value of the lane that it names; rubbish where that one takes no part
  ballot,   ///< the mask of lanes whose value is not 0
  sum       ///< the sum
};

class Multiprocessor {
 public:
  Order order = Order::ascending;
  std::uint64_t seed = 0;  ///< of the shuffled order

  /// Runs all blocks; returns what went wrong, empty if nothing. Threads that exit do not count as arrived at a barrier
  /// or in a mask: newer devices forgive that, older ones hang.
  std::string run(dim3 grid, dim3 block, const std::function<void()>& kernel) {
    gridDim = grid;
    blockDim = block;
    kernel_ = &kernel;
    std::mt19937_64 numbers{seed};
    const auto arrange = [&](std::vector<std::uint32_t>& indices, std::size_t count) {
      indices.resize(count);
      std::iota(indices.begin(), indices.end(), 0u);
      if (order == Order::descending) std::reverse(indices.begin(), indices.end());
    };
    const auto shuffle = [&](std::vector<std::uint32_t>& indices) {
      if (order == Order::shuffled) std::shuffle(indices.begin(), indices.end(), numbers);
    };
    const auto index = [](std::uint32_t i, dim3 size) {
      return uint3{i % size.x, i / size.x % size.y, i / size.x / size.y};
    };

    std::vector<std::uint32_t> blocks;
    arrange(blocks, std::size_t{grid.x} * grid.y * grid.z);
    shuffle(blocks);
    arrange(order_, std::size_t{block.x} * block.y * block.z);
    threads_.resize(order_.size());
    for (std::uint32_t i = 0; i < threads_.size(); ++i) threads_[i].index = index(i, block);

    for (const std::uint32_t i : blocks) {
      blockIdx = index(i, grid);
      shuffle(order_);
      if (!run_block()) return stuck();
    }
    return {};
  }

  /// __syncthreads.
  void wait_for_block() {
    if (++at_barrier_ < threads_.size()) return wait(State::at_barrier);
    at_barrier_ = 0;
    for (Thread& thread : threads_) thread.state = State::ready;
    wait(State::ready);
  }

  std::uint32_t lane() const { return current_ % lanes; }

  /// Waits for the lanes of the mask; all of them must name the same mask and kind of exchange.
  std::uint64_t exchange(Exchange kind, std::uint32_t mask, std::uint64_t value, std::uint32_t source = 0) {
    Thread& self = threads_[current_];
    self.kind = kind;
    self.mask = mask;
    self.value = value;
    self.source = source;
    const std::uint32_t bit = 1u << lane();
    waiting_[current_ / lanes] |= bit;
    if ((mask & bit) != 0) release_warp(mask, kind);
    wait(self.state == State::ready ? State::ready : State::in_warp);
    return self.value;
  }

 private:
  static constexpr std::uint32_t lanes = 32;
  static constexpr std::uint64_t rubbish = 0xA5A5A5A5A5A5A5A5;

  enum class State : std::uint8_t { running, ready, at_barrier, in_warp };

  struct Thread {
    uint3 index;
    Fiber* fiber;  // its own once it has waited
    State state;
    Exchange kind;
    std::uint32_t mask, source;
    std::uint64_t value;
  };

  /// Starts the threads of the block in order, each in the fiber of the one before unless that one waits.
  bool run_block() {
    for (Thread& thread : threads_) thread.state = State::running;
    waiting_.assign((threads_.size() + lanes - 1) / lanes, 0);
    started_ = exited_ = at_barrier_ = 0;
    while (started_ < threads_.size()) {
      if (idle_.empty()) idle_.push_back(fibers_.emplace_back(std::make_unique<Fiber>(start_threads)).get());
      Fiber* const fiber = idle_.back();
      idle_.pop_back();
      fiber->resume();
    }
    while (exited_ < threads_.size()) {
      bool moved = false;
      for (const std::uint32_t i : order_)
        if (threads_[i].state == State::ready) {
          enter(i);
          threads_[i].fiber->resume();
          moved = true;
        }
      if (!moved) return false;
    }
    return true;
  }

  /// What every fiber does, for good.
  static void start_threads();

  void start_remaining() {
    while (started_ < threads_.size()) {
      enter(order_[started_++]);
      (*kernel_)();
      ++exited_;
    }
    idle_.push_back(Fiber::running());
  }

  void enter(std::uint32_t thread) {
    current_ = thread;
    threads_[thread].state = State::running;
    threadIdx = threads_[thread].index;
  }

  void wait(State state) {
    threads_[current_].fiber = Fiber::running();
    threads_[current_].state = state;
    Fiber::suspend();
  }

  /// Does the exchange once all lanes of the mask are here.
  void release_warp(std::uint32_t mask, Exchange kind) {
    const std::uint32_t warp = current_ / lanes;
    Thread* const first = &threads_[warp * lanes];
    const std::size_t present = std::min<std::size_t>(threads_.size() - warp * lanes, lanes);
    if (present < lanes) mask &= (1u << present) - 1;  // the others never were
    const std::uint32_t named = first[lane()].mask;
    if ((waiting_[warp] & mask) != mask) return;
    std::uint64_t given[lanes], sum = 0, ballot = 0;
    for (std::uint32_t i = 0; i < lanes; ++i) {
      if ((mask >> i & 1) == 0) continue;
      if (first[i].mask != named || first[i].kind != kind) return;
      given[i] = first[i].value;
      sum += given[i];
      ballot |= std::uint64_t{given[i] != 0} << i;
    }
    for (std::uint32_t i = 0; i < lanes; ++i) {
      if ((mask >> i & 1) == 0) continue;
      const std::uint32_t source = first[i].source;
      first[i].value = kind == Exchange::sum       ? sum
                       : kind == Exchange::ballot  ? ballot
                       : (mask >> source & 1) != 0 ? given[source]
                                                   : rubbish;
      first[i].state = State::ready;
    }
    waiting_[warp] &= ~mask;
  }

  /// Says where threads wait that nobody will wake, and gives their fibers up.
  std::string stuck() {
    const auto in_warp = static_cast<std::size_t>(
        std::count_if(threads_.begin(), threads_.end(), [](const Thread& t) { return t.state == State::in_warp; }));
    fibers_.clear();
    idle_.clear();
    const auto at = [](uint3 i) {
      return std::to_string(i.x) + ", " + std::to_string(i.y) + ", " + std::to_string(i.z);
    };
    return "deadlock in block (" + at(blockIdx) + "): of " + std::to_string(threads_.size()) + " threads " +
           std::to_string(at_barrier_) + " wait at __syncthreads, " + std::to_string(in_warp) +
           " for lanes of their warp, " + std::to_string(exited_) + " have exited";
  }

  const std::function<void()>* kernel_ = nullptr;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
  std::vector<Thread> threads_;
  std::vector<std::uint32_t> order_, waiting_;  // waiting_: lanes, one mask for each warp
  std::size_t started_ = 0, exited_ = 0, at_barrier_ = 0;
  std::uint32_t current_ = 0;
};

inline Multiprocessor& multiprocessor() {
  static Multiprocessor only;
  return only;
}

inline void Multiprocessor::start_threads() {
  for (;;) {
    multiprocessor().start_remaining();
    Fiber::suspend();
  }
}

}  // namespace on_host
