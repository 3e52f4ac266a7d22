// SPDX-License-Identifier: BSD-3-Clause
//
// The part of the CUDA runtime that the library uses, on the host: device code that an ordinary compiler compiles with
// this folder first on its include path runs, and is tested, without a GPU.
//
//   on_host::reset({.order = on_host::Order::shuffled, .seed = 7, .lazy = true, .capacity = 1 << 20});
//   on_host::fail_next("cudaMalloc", cudaErrorMemoryAllocation, 3);          // the third call from now
//   ...                                                                      // code that calls CUDA
//   CHECK(on_host::live().total() == 0);                                     // nothing leaked
//
// Device memory is rubbish until written, and with AddressSanitizer the host cannot touch it. Only one thread of the
// host may call CUDA. Kernels have no dynamic shared memory, threads that exit are missed at a barrier, shared
// variables keep what the block before left in them, and a capture is of one stream.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "device_code.hpp"
#include "runtime.hpp"

enum cudaMemcpyKind {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};
enum cudaStreamCaptureMode {
  cudaStreamCaptureModeGlobal,
  cudaStreamCaptureModeThreadLocal,
  cudaStreamCaptureModeRelaxed
};
enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrWarpSize = 10,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrL2CacheSize = 38,
  cudaDevAttrMaxThreadsPerMultiProcessor = 39,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrCooperativeLaunch = 95
};
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1 };
enum { cudaEventDefault = 0, cudaEventBlockingSync = 1, cudaEventDisableTiming = 2 };
enum { cudaHostAllocDefault = 0, cudaHostAllocPortable = 1, cudaHostAllocMapped = 2, cudaHostAllocWriteCombined = 4 };

struct cudaDeviceProp {
  char name[256];
  std::size_t totalGlobalMem, sharedMemPerBlock;
  int major, minor, multiProcessorCount, warpSize, maxThreadsPerBlock, l2CacheSize;
};

// --- errors and devices ----------------------------------------------------------------------------------------------

inline cudaError_t cudaPeekAtLastError() {
  const cudaError_t fault = on_host::fault_or_success();
  return fault != cudaSuccess ? fault : on_host::state().last_error;
}
inline cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  on_host::state().last_error = cudaSuccess;
  return error;
}

inline cudaError_t cudaDriverGetVersion(int* version) {
  *version = on_host::settings().driver_version;
  return cudaSuccess;
}
inline cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = on_host::settings().devices;
  return on_host::call(__func__, [] { return cudaSuccess; });
}
inline cudaError_t cudaSetDevice(int device) {
  return on_host::call(__func__, [=] {
    if (device < 0 || device >= on_host::settings().devices) return cudaErrorInvalidDevice;
    on_host::state().device = device;
    return cudaSuccess;
  });
}
inline cudaError_t cudaGetDevice(int* device) {
  return on_host::call(__func__, [=] {
    *device = on_host::state().device;
    return cudaSuccess;
  });
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return on_host::call(__func__, [=] {
    const std::map<cudaDeviceAttr, int> values{
        {cudaDevAttrMaxThreadsPerBlock, 1024},  {cudaDevAttrMaxSharedMemoryPerBlock, 48 * 1024},
        {cudaDevAttrWarpSize, warpSize},        {cudaDevAttrMultiProcessorCount, on_host::settings().multiprocessors},
        {cudaDevAttrL2CacheSize, 4 << 20},      {cudaDevAttrMaxThreadsPerMultiProcessor, 2048},
        {cudaDevAttrComputeCapabilityMajor, 8}, {cudaDevAttrComputeCapabilityMinor, 0},
        {cudaDevAttrCooperativeLaunch, 0},
    };
    if (device < 0 || device >= on_host::settings().devices) return cudaErrorInvalidDevice;
    const auto found = values.find(attribute);
    if (found == values.end()) return cudaErrorInvalidValue;
    *value = found->second;
    return cudaSuccess;
  });
}
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return on_host::call(__func__, [=] {
    const on_host::Settings& now = on_host::settings();
    if (device < 0 || device >= now.devices) return cudaErrorInvalidDevice;
    *properties = {"host", now.capacity, 48 * 1024, 8, 0, now.multiprocessors, warpSize, 1024, 4 << 20};
    return cudaSuccess;
  });
}
inline cudaError_t cudaDeviceSynchronize() {
  return on_host::call(__func__, [] {
    if (on_host::capture_forbids()) return cudaErrorStreamCaptureUnsupported;
    on_host::finish_all();
    return on_host::fault_or_success();
  });
}

// --- memory ----------------------------------------------------------------------------------------------------------

namespace on_host {

/// Rubbish, at a pointer of any type.
inline cudaError_t allocate(void* pointer, std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) return cudaErrorMemoryAllocation;
  std::memset(memory, 0xA5, size);
  std::memcpy(pointer, &memory, sizeof memory);
  return cudaSuccess;
}

inline cudaError_t allocate_pinned(const char* function, void* pointer, std::size_t size) {
  return call(function, [=] {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (capture_forbids()) return cudaErrorStreamCaptureUnsupported;
    const cudaError_t error = allocate(pointer, size);
    if (error == cudaSuccess) ++state().live.pinned_allocations;
    return error;
  });
}

}  // namespace on_host

template <class T>
cudaError_t cudaMalloc(T** pointer, std::size_t size) {
  return on_host::call(__func__, [=] {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (on_host::capture_forbids()) return cudaErrorStreamCaptureUnsupported;
    *pointer = nullptr;
    if (size == 0) return cudaSuccess;
    on_host::Live& live = on_host::state().live;
    if (size > on_host::settings().capacity - std::min(on_host::settings().capacity, live.device_bytes))
      return cudaErrorMemoryAllocation;
    const cudaError_t error = on_host::allocate(pointer, size);
    if (error != cudaSuccess) return error;
    on_host::state().device_memory.emplace(reinterpret_cast<std::byte*>(*pointer), size);
    live.device_bytes += size;
    live.peak_device_bytes = std::max(live.peak_device_bytes, live.device_bytes);
    ++live.device_allocations;
    on_host::guard(true);
    return cudaSuccess;
  });
}

/// As on a device, waits for all work.
inline cudaError_t cudaFree(void* pointer) {
  return on_host::release(__func__, [=] {
    if (pointer == nullptr) return cudaSuccess;
    if (on_host::capture_forbids()) return cudaErrorStreamCaptureUnsupported;
    on_host::finish_all();
    auto& memory = on_host::state().device_memory;
    const auto found = memory.find(static_cast<const std::byte*>(pointer));
    if (found == memory.end()) return cudaErrorInvalidValue;
    on_host::state().live.device_bytes -= found->second;
    --on_host::state().live.device_allocations;
    on_host::guard(false);
    memory.erase(found);
    on_host::guard(true);
    std::free(pointer);
    return cudaSuccess;
  });
}

template <class T>
cudaError_t cudaHostAlloc(T** pointer, std::size_t size, unsigned /*flags*/) {
  return on_host::allocate_pinned(__func__, pointer, size);
}
template <class T>
cudaError_t cudaMallocHost(T** pointer, std::size_t size, unsigned /*flags*/ = cudaHostAllocDefault) {
  return on_host::allocate_pinned(__func__, pointer, size);
}
inline cudaError_t cudaFreeHost(void* pointer) {
  return on_host::release(__func__, [=] {
    if (pointer == nullptr) return cudaSuccess;
    if (on_host::capture_forbids()) return cudaErrorStreamCaptureUnsupported;
    on_host::finish_all();
    --on_host::state().live.pinned_allocations;
    std::free(pointer);
    return cudaSuccess;
  });
}

inline cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return on_host::call(__func__, [=] {
    *total = on_host::settings().capacity;
    *free = *total - std::min(*total, on_host::live().device_bytes);
    return cudaSuccess;
  });
}

namespace on_host {

inline cudaError_t copy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind, cudaStream_t stream) {
  if (size == 0) return cudaSuccess;
  const bool to_device = is_device(to, size), from_device = is_device(from, size);
  if (to == nullptr || from == nullptr) return cudaErrorInvalidValue;
  if (kind != cudaMemcpyDefault) {
    if (to_device != (kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice)) return cudaErrorInvalidValue;
    if (from_device != (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice))
      return cudaErrorInvalidValue;
  }
  return enqueue(stream, [=] { std::memcpy(to, from, size); });
}

inline cudaError_t fill(void* memory, int value, std::size_t size, cudaStream_t stream) {
  if (size == 0) return cudaSuccess;
  if (!is_device(memory, size)) return cudaErrorInvalidValue;
  return enqueue(stream, [=] { std::memset(memory, value, size); });
}

}  // namespace on_host

inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind kind,
                                   cudaStream_t stream = nullptr) {
  return on_host::call(__func__, [=] { return on_host::copy(to, from, size, kind, stream); });
}
inline cudaError_t cudaMemcpy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind) {
  return on_host::call(__func__, [=] {
    const cudaError_t error = on_host::copy(to, from, size, kind, nullptr);
    return error != cudaSuccess ? error : on_host::finish(on_host::mark(nullptr));
  });
}
inline cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t size, cudaStream_t stream = nullptr) {
  return on_host::call(__func__, [=] { return on_host::fill(memory, value, size, stream); });
}
inline cudaError_t cudaMemset(void* memory, int value, std::size_t size) {
  return on_host::call(__func__, [=] { return on_host::fill(memory, value, size, nullptr); });
}

// --- streams and events ----------------------------------------------------------------------------------------------

inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return on_host::call(__func__, [=] {
    auto queue = std::make_shared<on_host::Queue>();
    queue->blocking = flags != cudaStreamNonBlocking;
    on_host::state().queues.push_back(queue);
    *stream = new CUstream_st{std::move(queue), nullptr};
    ++on_host::state().live.streams;
    return cudaSuccess;
  });
}

inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return on_host::release(__func__, [=] {
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    std::erase(on_host::state().captures, stream->capture);
    if (stream->queue->pending.empty()) std::erase(on_host::state().queues, stream->queue);
    delete stream;
    --on_host::state().live.streams;
    return cudaSuccess;
  });
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return on_host::call(__func__, [=] {
    if (stream != nullptr && stream->capture) {
      stream->capture->valid = false;
      return cudaErrorStreamCaptureUnsupported;
    }
    return on_host::finish(on_host::mark(stream));
  });
}
inline cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return on_host::call(__func__, [=] {
    if (stream != nullptr && stream->capture) {
      stream->capture->valid = false;
      return cudaErrorStreamCaptureUnsupported;
    }
    return on_host::look(on_host::mark(stream));
  });
}
inline cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned /*flags*/ = 0) {
  return on_host::call(__func__, [=] {
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    const auto capture = stream != nullptr ? stream->capture : nullptr;
    if (event->capture == capture) {  // a capture is of one stream, in which work is in order anyway
      if (!capture) on_host::push_wait(on_host::queue_of(stream), event->marker);
      return cudaSuccess;
    }
    if (!capture) return cudaErrorNotSupported;
    capture->valid = false;
    return cudaErrorStreamCaptureIsolation;
  });
}

namespace on_host {

inline cudaError_t create_event(const char* function, cudaEvent_t* event) {
  return call(function, [=] {
    *event = new CUevent_st{};
    ++state().live.events;
    return cudaSuccess;
  });
}

}  // namespace on_host

inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  return on_host::create_event(__func__, event);
}
inline cudaError_t cudaEventCreate(cudaEvent_t* event) { return on_host::create_event(__func__, event); }

inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return on_host::release(__func__, [=] {
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    delete event;
    --on_host::state().live.events;
    return cudaSuccess;
  });
}
inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr) {
  return on_host::call(__func__, [=] {
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    event->capture = stream != nullptr ? stream->capture : nullptr;
    if (!event->capture) event->marker = on_host::mark(stream);
    return cudaSuccess;
  });
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return on_host::call(__func__, [=] {
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    return event->capture ? cudaErrorCapturedEvent : on_host::finish(event->marker);
  });
}
inline cudaError_t cudaEventQuery(cudaEvent_t event) {
  return on_host::call(__func__, [=] {
    if (event == nullptr) return cudaErrorInvalidResourceHandle;
    return event->capture ? cudaErrorCapturedEvent : on_host::look(event->marker);
  });
}
/// Always 0 ms.
inline cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t stop) {
  return on_host::call(__func__, [=] {
    if (start == nullptr || stop == nullptr) return cudaErrorInvalidResourceHandle;
    if (!start->marker.queue || !stop->marker.queue) return cudaErrorInvalidResourceHandle;
    if (!start->marker.reached() || !stop->marker.reached()) return cudaErrorNotReady;
    *ms = 0;
    return cudaSuccess;
  });
}

// --- launches and graphs ---------------------------------------------------------------------------------------------

enum cudaLaunchAttributeID { cudaLaunchAttributeIgnore = 0, cudaLaunchAttributeCooperative = 2 };
union cudaLaunchAttributeValue {
  char pad[64];
  int cooperative;
};
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  cudaLaunchAttributeValue val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute* attrs;
  unsigned numAttrs;
};

struct cudaFuncAttributes {
  int maxThreadsPerBlock;
};

template <class... Parameters>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, void (*kernel)(Parameters...)) {
  return on_host::call(__func__, [=] {
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    *attributes = {1024};
    return cudaSuccess;
  });
}

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  return on_host::call(__func__, [&] {
    static_assert((std::is_convertible_v<Arguments, Parameters> && ...));
    constexpr unsigned max_y_z = 65535, max_threads = 1024, max_deep = 64;
    const dim3 grid = config->gridDim, block = config->blockDim;
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || block.x == 0 || block.y == 0 || block.z == 0 ||
        grid.x > std::numeric_limits<int>::max() || grid.y > max_y_z || grid.z > max_y_z || block.z > max_deep ||
        std::uint64_t{block.x} * block.y > max_threads || block.x * block.y * block.z > max_threads)
      return cudaErrorInvalidConfiguration;
    if (config->dynamicSmemBytes != 0 || config->numAttrs != 0) return cudaErrorNotSupported;
    return on_host::launch(grid, block, config->stream,
                           [kernel, values = std::tuple<Parameters...>(std::forward<Arguments>(arguments)...)] {
                             std::apply(kernel, values);
                           });
  });
}

inline cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return on_host::call(__func__, [=] {
    if (stream == nullptr || stream->capture) return cudaErrorStreamCaptureUnsupported;
    stream->capture = std::make_shared<on_host::Capture>();
    stream->capture->relaxed = mode == cudaStreamCaptureModeRelaxed;
    on_host::state().captures.push_back(stream->capture);
    return cudaSuccess;
  });
}
inline cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return on_host::call(__func__, [=] {
    *graph = nullptr;
    if (stream == nullptr || !stream->capture) return cudaErrorStreamCaptureUnmatched;
    const auto capture = std::exchange(stream->capture, nullptr);
    std::erase(on_host::state().captures, capture);
    if (!capture->valid) return cudaErrorStreamCaptureInvalidated;
    *graph = new CUgraph_st{std::move(capture->operations)};
    ++on_host::state().live.graphs;
    return cudaSuccess;
  });
}
inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return on_host::release(__func__, [=] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    delete graph;
    --on_host::state().live.graphs;
    return cudaSuccess;
  });
}
inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                        unsigned long long /*flags*/ = 0) {
  return on_host::call(__func__, [=] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    *executable = new CUgraphExec_st{std::make_shared<const std::vector<on_host::Operation>>(graph->operations)};
    ++on_host::state().live.graphs;
    return cudaSuccess;
  });
}
inline cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return on_host::call(__func__, [=] {
    if (executable == nullptr) return cudaErrorInvalidValue;
    return on_host::enqueue(stream, [operations = executable->operations] {
      for (const auto& operation : *operations)
        if (on_host::fault().empty()) operation();
    });
  });
}
inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return on_host::release(__func__, [=] {
    if (executable == nullptr) return cudaErrorInvalidValue;
    delete executable;
    --on_host::state().live.graphs;
    return cudaSuccess;
  });
}
