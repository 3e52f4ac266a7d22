// SPDX-License-Identifier: BSD-3-Clause
//
// Errors of the CUDA runtime as exceptions, owners of streams, events and graphs, and the memory of a device.
//
//   CudaMemory memory{backend};
//   auto sums = memory.allocate<std::int64_t>(1000);
//   SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(memory.stream()));       // throws CudaError
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "spikeometric/backend/memory.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Throws CudaError if a call of the CUDA runtime fails.
#define SPIKEOMETRIC_CHECK_CUDA(call) ::spikeometric::detail::check_cuda(call, #call, __FILE__, __LINE__)

namespace detail {

inline void check_cuda(cudaError_t status, const char* call, const char* file, int line) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // clears the error, which later calls would return again
  throw CudaError(call, std::string(cudaGetErrorName(status)) + ", " + cudaGetErrorString(status), file, line);
}

/// Makes a device the current one during its lifetime.
class DeviceScope {
 public:
  explicit DeviceScope(int device) {
    SPIKEOMETRIC_CHECK_CUDA(cudaGetDevice(&before_));
    if (device != before_) SPIKEOMETRIC_CHECK_CUDA(cudaSetDevice(device));
    changed_ = device != before_;
  }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;
  ~DeviceScope() {
    if (changed_) static_cast<void>(cudaSetDevice(before_));
  }

 private:
  int before_ = 0;
  bool changed_ = false;
};

/// Destroys the object of a handle with a function of CUDA.
template <auto Destroy>
struct CudaDestroy {
  template <class Handle>
  void operator()(Handle handle) const {
    static_cast<void>(Destroy(handle));
  }
};
template <class Handle, auto Destroy>
using CudaOwner = std::unique_ptr<std::remove_pointer_t<Handle>, CudaDestroy<Destroy>>;
using CudaStream = CudaOwner<cudaStream_t, &cudaStreamDestroy>;
using CudaEvent = CudaOwner<cudaEvent_t, &cudaEventDestroy>;
using CudaGraph = CudaOwner<cudaGraphExec_t, &cudaGraphExecDestroy>;

inline CudaStream make_stream() {
  cudaStream_t stream = nullptr;
  SPIKEOMETRIC_CHECK_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return CudaStream(stream);
}
inline CudaEvent make_event() {
  cudaEvent_t event = nullptr;
  SPIKEOMETRIC_CHECK_CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  return CudaEvent(event);
}

/// Loads a kernel now instead of at its first launch, which may fail in a capture.
template <class... Parameters>
void load(void (*kernel)(Parameters...)) {
  cudaFuncAttributes attributes;
  SPIKEOMETRIC_CHECK_CUDA(cudaFuncGetAttributes(&attributes, kernel));
}

/// Queues a kernel. Its arguments are converted to the types of its parameters.
template <class... Parameters>
void launch(void (*kernel)(Parameters...), std::uint64_t blocks, unsigned threads, cudaStream_t stream,
            const std::type_identity_t<Parameters>&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(threads);
  config.stream = stream;
  SPIKEOMETRIC_CHECK_CUDA(cudaLaunchKernelEx(&config, kernel, Parameters(arguments)...));
}

/// The memory of one device. Copies share a stream, on which all operations take effect in order.
class CudaMemory {
 public:
  /// Throws InvalidArgument if the device does not exist.
  template <class Settings>
  explicit CudaMemory(const Settings& settings) : device_(checked(settings.device)) {
    const DeviceScope scope(device_);
    stream_ = std::shared_ptr<std::remove_pointer_t<cudaStream_t>>(make_stream());
  }

  static constexpr std::uint64_t reserve = cuda_reserve;

  int device() const { return device_; }
  cudaStream_t stream() const { return stream_.get(); }

  template <class T>
  class Array {
   public:
    T* data() { return static_cast<T*>(memory_.get()); }
    const T* data() const { return static_cast<const T*>(memory_.get()); }
    std::size_t size() const { return size_; }

   private:
    friend CudaMemory;
    CudaOwner<void*, &cudaFree> memory_;
    std::size_t size_ = 0;
  };

  template <class T>
  Array<T> allocate(std::size_t size) {
    Array<T> array;
    if (size == 0) return array;
    const DeviceScope scope(device_);
    void* memory = nullptr;
    const cudaError_t status = cudaMalloc(&memory, size * sizeof(T));
    if (status == cudaErrorMemoryAllocation) {
      static_cast<void>(cudaGetLastError());
      throw OutOfDeviceMemory(size * sizeof(T), *free_bytes());
    }
    check_cuda(status, "cudaMalloc(&memory, size * sizeof(T))", __FILE__, __LINE__);
    array.memory_.reset(memory);
    array.size_ = size;
    zero(array);
    return array;
  }

  template <class T>
  Array<T> take(const HostArray<T>& values) {
    Array<T> array = allocate<T>(values.size());
    upload(array, 0, values.data(), values.size());
    return array;
  }

  template <class T>
  void upload(Array<T>& array, std::size_t at, const T* from, std::size_t size) {
    if (size == 0) return;
    const DeviceScope scope(device_);
    SPIKEOMETRIC_CHECK_CUDA(
        cudaMemcpyAsync(array.data() + at, from, size * sizeof(T), cudaMemcpyHostToDevice, stream()));
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(stream()));
  }

  template <class T>
  void download(const Array<T>& array, std::size_t at, T* to, std::size_t size) {
    download(array, at, to, size, stream());
  }
  template <class T>
  void download(const Array<T>& array, std::size_t at, T* to, std::size_t size, cudaStream_t stream) {
    if (size == 0) return;
    const DeviceScope scope(device_);
    SPIKEOMETRIC_CHECK_CUDA(cudaMemcpyAsync(to, array.data() + at, size * sizeof(T), cudaMemcpyDeviceToHost, stream));
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(stream));
  }

  template <class T>
  void zero(Array<T>& array) {
    if (array.size() == 0) return;
    const DeviceScope scope(device_);
    SPIKEOMETRIC_CHECK_CUDA(cudaMemsetAsync(array.data(), 0, array.size() * sizeof(T), stream()));
  }

  std::optional<std::uint64_t> free_bytes() const {
    const DeviceScope scope(device_);
    std::size_t free = 0, total = 0;
    SPIKEOMETRIC_CHECK_CUDA(cudaMemGetInfo(&free, &total));
    return free;
  }

 private:
  static int checked(int device) {
    int devices = 0;
    SPIKEOMETRIC_CHECK_CUDA(cudaGetDeviceCount(&devices));
    if (device < 0 || device >= devices)
      throw InvalidArgument("device = " + std::to_string(device) + " does not exist: the number of devices is " +
                            std::to_string(devices));
    return device;
  }

  int device_;
  std::shared_ptr<std::remove_pointer_t<cudaStream_t>> stream_;
};

}  // namespace detail

}  // namespace spikeometric
