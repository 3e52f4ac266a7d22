// SPDX-License-Identifier: BSD-3-Clause
//
// What lies behind the runtime's functions: what tests set and read, errors, and streams as queues of work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "multiprocessor.hpp"

#define CUDART_VERSION 13000

#define ON_HOST_ERRORS(ERROR)                                                                                       \
  ERROR(cudaSuccess, 0, "no error")                                                                                 \
  ERROR(cudaErrorInvalidValue, 1, "invalid argument")                                                               \
  ERROR(cudaErrorMemoryAllocation, 2, "out of memory")                                                              \
  ERROR(cudaErrorInitializationError, 3, "initialization error")                                                    \
  ERROR(cudaErrorInvalidConfiguration, 9, "invalid configuration argument")                                         \
  ERROR(cudaErrorInsufficientDriver, 35, "CUDA driver version is insufficient for CUDA runtime version")            \
  ERROR(cudaErrorInvalidDeviceFunction, 98, "invalid device function")                                              \
  ERROR(cudaErrorNoDevice, 100, "no CUDA-capable device is detected")                                               \
  ERROR(cudaErrorInvalidDevice, 101, "invalid device ordinal")                                                      \
  ERROR(cudaErrorInvalidResourceHandle, 400, "invalid resource handle")                                             \
  ERROR(cudaErrorNotReady, 600, "device not ready")                                                                 \
  ERROR(cudaErrorIllegalAddress, 700, "an illegal memory access was encountered")                                   \
  ERROR(cudaErrorLaunchFailure, 719, "unspecified launch failure")                                                  \
  ERROR(cudaErrorNotSupported, 801, "operation not supported")                                                      \
  ERROR(cudaErrorStreamCaptureUnsupported, 900, "operation not permitted when stream is capturing")                 \
  ERROR(cudaErrorStreamCaptureInvalidated, 901, "operation failed due to a previous error during capture")          \
  ERROR(cudaErrorStreamCaptureUnmatched, 903, "the capture was not initiated in this stream")                       \
  ERROR(cudaErrorStreamCaptureIsolation, 905, "dependency created on uncaptured work in another stream")            \
  ERROR(cudaErrorStreamCaptureImplicit, 906, "operation would make the legacy stream depend on a capturing stream") \
  ERROR(cudaErrorCapturedEvent, 907, "operation not permitted on an event last recorded in a capturing stream")     \
  ERROR(cudaErrorUnknown, 999, "unknown error")
#define ON_HOST_ENUMERATOR(name, value, text) name = value,
enum cudaError_t { ON_HOST_ERRORS(ON_HOST_ENUMERATOR) };

inline const char* cudaGetErrorName(cudaError_t error) {
#define ON_HOST_NAME(name, value, text) \
  if (error == name) return #name;
  ON_HOST_ERRORS(ON_HOST_NAME)
  return "unrecognized error code";
}
inline const char* cudaGetErrorString(cudaError_t error) {
#define ON_HOST_TEXT(name, value, text) \
  if (error == name) return text;
  ON_HOST_ERRORS(ON_HOST_TEXT)
  return "unrecognized error code";
}

// --- what tests set and read -----------------------------------------------------------------------------------------

namespace on_host {

struct Settings {
  Order order = Order::ascending;
  std::uint64_t seed = 0;                       ///< of the shuffled order
  bool lazy = false;                            ///< work runs when the host waits for it, else as soon as it is queued
  std::size_t capacity = std::size_t{1} << 32;  ///< bytes of device memory
  int devices = 1;
  int multiprocessors = 4;
  int driver_version = CUDART_VERSION;
};

/// What has been made and not destroyed.
struct Live {
  std::size_t device_bytes = 0, peak_device_bytes = 0;
  std::size_t device_allocations = 0, pinned_allocations = 0, streams = 0, events = 0, graphs = 0, cusparse_objects = 0;
  std::size_t total() const {
    return device_allocations + pinned_allocations + streams + events + graphs + cusparse_objects;
  }
};

using Operation = std::function<void()>;

/// Work in order. A stream may be destroyed before its work is done.
struct Queue {
  bool blocking = true;  // waits for the null stream, as that waits for it
  std::deque<Operation> pending;
  std::uint64_t queued = 0, done = 0;
};

/// All work that a queue had at some time.
struct Marker {
  std::shared_ptr<Queue> queue;
  std::uint64_t position = 0;
  bool reached() const { return !queue || queue->done >= position; }
};

struct Capture {
  std::vector<Operation> operations;
  bool relaxed = false, valid = true;
};

struct Failure {
  std::string function;
  int error, countdown;
};

struct State {
  Settings settings;
  Live live;
  std::map<const std::byte*, std::size_t> device_memory;
  std::vector<std::shared_ptr<Queue>> queues{std::make_shared<Queue>()};  // the null stream first
  std::vector<std::shared_ptr<Capture>> captures;
  std::vector<Failure> failures;
  std::string fault;  // of a kernel; stays until reset
  cudaError_t last_error = cudaSuccess;
  int device = 0;
};

inline State& state() {
  static State only;
  return only;
}

inline Settings& settings() { return state().settings; }
inline const Live& live() { return state().live; }

/// What went wrong in a kernel, in words; empty if nothing.
inline const std::string& fault() { return state().fault; }

/// Drops work still queued, faults and failures to come. What is live stays so.
inline void reset(Settings settings = {}) {
  State& now = state();
  for (const auto& queue : now.queues) {
    queue->pending.clear();
    queue->done = queue->queued;
  }
  std::erase_if(now.queues, [&](const auto& queue) { return queue != now.queues.front() && queue.use_count() == 1; });
  now.settings = settings;
  now.live.peak_device_bytes = now.live.device_bytes;
  now.captures.clear();
  now.failures.clear();
  now.fault.clear();
  now.last_error = cudaSuccess;
  now.device = 0;
}

/// Makes the n-th next call of a function fail; without a name, of any function but those that free or destroy. Such a
/// call does nothing, except that what is to be freed or destroyed is.
inline void fail_next(std::string function, int error, int n = 1) {
  state().failures.push_back({std::move(function), error, n});
}
inline bool failure_pending() { return !state().failures.empty(); }

// --- how it works ----------------------------------------------------------------------------------------------------

/// The error with which a call of this function is to fail, else 0.
inline int injected(std::string_view function, bool releases) {
  auto& failures = state().failures;
  int error = 0;
  for (auto& failure : failures)
    if (failure.function.empty() ? !releases : failure.function == function)
      if (--failure.countdown == 0) error = failure.error;
  std::erase_if(failures, [](const Failure& failure) { return failure.countdown == 0; });
  return error;
}

inline cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess) state().last_error = error;
  return error;
}

inline cudaError_t fault_or_success() { return state().fault.empty() ? cudaSuccess : cudaErrorLaunchFailure; }

/// A call: fails if it shall, or after a fault, else does its work.
template <class Work>
cudaError_t call(const char* function, Work work) {
  auto error = static_cast<cudaError_t>(injected(function, false));
  if (error == cudaSuccess) error = fault_or_success();
  if (error == cudaSuccess && state().settings.devices == 0) error = cudaErrorNoDevice;
  return remember(error == cudaSuccess ? work() : error);
}

template <class Work>
cudaError_t release(const char* function, Work work) {
  const auto error = static_cast<cudaError_t>(injected(function, true));
  const cudaError_t own = work();
  return remember(error != cudaSuccess ? error : own != cudaSuccess ? own : fault_or_success());
}

/// Lets the sanitizer report accesses of the host to device memory, or those of the device pass.
inline void guard([[maybe_unused]] bool closed) {
#if defined(ON_HOST_ADDRESS_SANITIZER)
  for (const auto& [address, size] : state().device_memory)
    if (closed)
      __asan_poison_memory_region(address, size);
    else
      __asan_unpoison_memory_region(address, size);
#endif
}

inline void advance_by_one(Queue& queue) {
  const Operation operation = std::move(queue.pending.front());
  queue.pending.pop_front();
  guard(false);
  if (state().fault.empty()) operation();
  guard(true);
  ++queue.done;
}

inline void advance(const Marker& marker) {
  while (!marker.reached()) advance_by_one(*marker.queue);
}

inline Marker tail(const std::shared_ptr<Queue>& queue) { return {queue, queue->queued}; }

inline void finish_all() {
  for (const auto& queue : state().queues) advance(tail(queue));
}

inline bool is_device(const void* address, std::size_t size) {
  const auto& memory = state().device_memory;
  const auto* const first = static_cast<const std::byte*>(address);
  const auto after = memory.upper_bound(first);
  if (after == memory.begin()) return false;
  const auto& [start, length] = *std::prev(after);
  return first + size <= start + length;
}

/// Whether a capture is under way in which the call that asks is not allowed, which also spoils it.
inline bool capture_forbids() {
  bool forbidden = false;
  for (const auto& capture : state().captures)
    if (!capture->relaxed) {
      capture->valid = false;
      forbidden = true;
    }
  return forbidden;
}

}  // namespace on_host

struct CUstream_st {
  std::shared_ptr<on_host::Queue> queue;
  std::shared_ptr<on_host::Capture> capture;
};
struct CUevent_st {
  on_host::Marker marker;
  std::shared_ptr<on_host::Capture> capture;  // where it was last recorded in one
};
struct CUgraph_st {
  std::vector<on_host::Operation> operations;
};
struct CUgraphExec_st {
  std::shared_ptr<const std::vector<on_host::Operation>> operations;
};
using cudaStream_t = CUstream_st*;
using cudaEvent_t = CUevent_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

namespace on_host {

inline const std::shared_ptr<Queue>& queue_of(cudaStream_t stream) {
  return stream != nullptr ? stream->queue : state().queues.front();
}

inline void push(const std::shared_ptr<Queue>& queue, Operation operation) {
  queue->pending.push_back(std::move(operation));
  ++queue->queued;
  if (!state().settings.lazy) advance(tail(queue));
}

inline void push_wait(const std::shared_ptr<Queue>& queue, const Marker& marker) {
  if (!marker.reached()) push(queue, [marker] { advance(marker); });
}

/// The null stream and the blocking ones wait for each other.
inline void order_with_null_stream(cudaStream_t stream) {
  const auto& queues = state().queues;
  const auto& queue = queue_of(stream);
  if (stream != nullptr && queue->blocking) push_wait(queue, tail(queues.front()));
  if (stream == nullptr)
    for (std::size_t i = 1; i < queues.size(); ++i)
      if (queues[i]->blocking) push_wait(queue, tail(queues[i]));
}

/// All that a stream has to do so far.
inline Marker mark(cudaStream_t stream) {
  order_with_null_stream(stream);
  return tail(queue_of(stream));
}

inline cudaError_t enqueue(cudaStream_t stream, Operation operation) {
  if (stream != nullptr && stream->capture) {
    stream->capture->operations.push_back(std::move(operation));
    return cudaSuccess;
  }
  if (stream == nullptr && capture_forbids()) return cudaErrorStreamCaptureImplicit;
  order_with_null_stream(stream);
  push(queue_of(stream), std::move(operation));
  return cudaSuccess;
}

/// Waits for work to be done, which must not be part of a capture.
inline cudaError_t finish(const Marker& marker) {
  advance(marker);
  return fault_or_success();
}

/// Each look gets the work one operation further, so that a host that polls comes to an end.
inline cudaError_t look(const Marker& marker) {
  if (marker.reached()) return fault_or_success();
  advance_by_one(*marker.queue);
  return cudaErrorNotReady;
}

template <class Kernel>
cudaError_t launch(dim3 grid, dim3 block, cudaStream_t stream, Kernel kernel) {
  return enqueue(stream, [=] {
    Multiprocessor& processor = multiprocessor();
    processor.order = state().settings.order;
    processor.seed = state().settings.seed;
    state().fault = processor.run(grid, block, kernel);
  });
}

}  // namespace on_host
