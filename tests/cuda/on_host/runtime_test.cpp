// SPDX-License-Identifier: BSD-3-Clause
//
// That the runtime on the host does what CUDA documents.
#include <cuda_runtime.h>
#include <cusparse.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

using on_host::Order;

namespace {

constexpr unsigned all_lanes = 0xffffffff;

/// Device memory with these values.
template <class T>
class Device {
 public:
  explicit Device(const std::vector<T>& values) : size_(values.size()) {
    REQUIRE(cudaMalloc(&data_, size_ * sizeof(T)) == cudaSuccess);
    REQUIRE(cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice) == cudaSuccess);
  }
  explicit Device(std::size_t size) : Device(std::vector<T>(size)) {}
  Device(const Device&) = delete;
  ~Device() { cudaFree(data_); }

  T* data() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> values(size_);
    REQUIRE(cudaMemcpy(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
    return values;
  }

 private:
  std::size_t size_;
  T* data_ = nullptr;
};

template <class Kernel, class... Arguments>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, Kernel* kernel, Arguments... arguments) {
  const cudaLaunchConfig_t config{grid, block, 0, stream, nullptr, 0};
  return cudaLaunchKernelEx(&config, kernel, arguments...);
}

struct Streams {
  explicit Streams(unsigned flags = cudaStreamNonBlocking) {
    cudaStreamCreateWithFlags(&a, flags);
    cudaStreamCreateWithFlags(&b, flags);
    cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
  }
  Streams(const Streams&) = delete;
  ~Streams() {
    cudaStreamDestroy(a);
    cudaStreamDestroy(b);
    cudaEventDestroy(event);
  }
  cudaStream_t a = nullptr, b = nullptr;
  cudaEvent_t event = nullptr;
};

on_host::Settings any_order() {
  const auto [order, seed] = GENERATE(table<Order, std::uint64_t>(
      {{Order::ascending, 0}, {Order::descending, 0}, {Order::shuffled, 1}, {Order::shuffled, 2}}));
  return {.order = order, .seed = seed};
}

__global__ void sum_blocks(const unsigned* values, unsigned* sums) {
  __shared__ unsigned of_warp[32];
  unsigned sum = values[blockIdx.x * blockDim.x + threadIdx.x];
  for (unsigned step = 16; step > 0; step /= 2) sum += __shfl_down_sync(all_lanes, sum, step);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = __reduce_add_sync(all_lanes, threadIdx.x < blockDim.x / 32 ? of_warp[threadIdx.x] : 0);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
  }
  __syncthreads();
}

__global__ void vote(unsigned* ballots, int* any, int* every) {
  const unsigned i = threadIdx.x;
  ballots[i] = __ballot_sync(all_lanes, i % 3 == 0);
  any[i] = __any_sync(all_lanes, i == 40);
  every[i] = __all_sync(all_lanes, i != 40);
}

__global__ void vote_in_halves(unsigned* ballots) {
  const unsigned half = threadIdx.x < 16 ? 0x0000ffff : 0xffff0000;
  if (threadIdx.x < 16) __syncwarp(half);  // one half does more than the other
  ballots[threadIdx.x] = __ballot_sync(half, threadIdx.x % 2);
  __syncwarp();
}

template <class T>
__global__ void shuffle_all(int width, T* from, T* up, T* down, T* swapped) {
  const unsigned i = threadIdx.x;
  const T value = static_cast<T>(100 + i);
  from[i] = __shfl_sync(all_lanes, value, 3, width);
  up[i] = __shfl_up_sync(all_lanes, value, 2, width);
  down[i] = __shfl_down_sync(all_lanes, value, 2, width);
  swapped[i] = __shfl_xor_sync(all_lanes, value, 5, width);
}

__global__ void reverse_rows(unsigned* values) {
  __shared__ unsigned row[64];
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  row[thread] = values[block * 64 + thread];
  __syncthreads();
  values[block * 64 + thread] = row[63 - thread];
  __syncthreads();
}

struct Totals {
  int sum, least;
  unsigned most, bits, common, locked, exchanged;
  unsigned long long wide;
  double real;
};

__global__ void gather(Totals* totals) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  atomicAdd(&totals->sum, -static_cast<int>(i));
  atomicMin(&totals->least, 500 - static_cast<int>(i));
  atomicMax(&totals->most, i);
  atomicOr(&totals->bits, 1u << i % 32);
  atomicAnd(&totals->common, ~(1u << i % 31));
  atomicAdd(&totals->wide, 1ull << 40);
  atomicAdd(&totals->real, 0.5);
  unsigned seen = totals->locked;
  while (true) {
    const unsigned before = atomicCAS(&totals->locked, seen, seen + 2);
    if (before == seen) break;
    seen = before;
  }
  if (i == 7) totals->exchanged += atomicExch(&totals->exchanged, 20);
}

__device__ void list_thread(unsigned* count, unsigned* list) {
  list[atomicAdd(count, 1u)] = blockIdx.x * blockDim.x + threadIdx.x;
}
__global__ void list_threads(unsigned* count, unsigned* list) { list_thread(count, list); }
__global__ void list_after_barrier(unsigned* count, unsigned* list) {
  __syncthreads();
  list_thread(count, list);
}

__global__ void add(int* value, int more) { *value += more; }

__global__ void only_some_wait(int* after) {
  if (threadIdx.x == 5) return;
  __syncthreads();
  *after = 1;
}
__global__ void masks_differ() { __ballot_sync(threadIdx.x < 8 ? 0xffff : all_lanes, 1); }

std::vector<unsigned> numbers(unsigned count) {
  std::vector<unsigned> values(count);
  std::iota(values.begin(), values.end(), 0u);
  return values;
}

template <class Kernel>
std::vector<unsigned> order_of(Kernel* kernel, on_host::Settings settings) {
  on_host::reset(settings);
  const Device<unsigned> count(1), list(24);
  CHECK(launch(nullptr, 6, 4, kernel, count.data(), list.data()) == cudaSuccess);
  return list.values();
}

}  // namespace

TEST_CASE("a block sums its values with shuffles and shared memory, in every order of threads") {
  on_host::reset(any_order());
  const unsigned threads = GENERATE(32, 64, 256, 1024);
  const Device<unsigned> values(numbers(5 * threads)), sums(5);
  REQUIRE(launch(nullptr, 5, threads, sum_blocks, values.data(), sums.data()) == cudaSuccess);
  const std::vector<unsigned> found = sums.values();
  for (unsigned block = 0; block < 5; ++block) CHECK(found[block] == threads * (2 * block * threads + threads - 1) / 2);
}

TEST_CASE("votes see the lanes of their warp that there are") {
  on_host::reset(any_order());
  const Device<unsigned> ballots(48);
  const Device<int> any(48), every(48);
  REQUIRE(launch(nullptr, 1, 48, vote, ballots.data(), any.data(), every.data()) == cudaSuccess);
  const auto found = ballots.values();
  const auto found_any = any.values(), found_every = every.values();
  for (unsigned i = 0; i < 48; ++i) {
    CHECK(found[i] == (i < 32 ? 0x49249249 : 0x00002492));
    CHECK(found_any[i] == (i < 32 ? 0 : 1));
    CHECK(found_every[i] == (i < 32 ? 1 : 0));
  }
}

TEST_CASE("a part of a warp can vote on its own") {
  on_host::reset(any_order());
  const Device<unsigned> ballots(32);
  REQUIRE(launch(nullptr, 1, 32, vote_in_halves, ballots.data()) == cudaSuccess);
  const auto found = ballots.values();
  for (unsigned i = 0; i < 32; ++i) CHECK(found[i] == (i < 16 ? 0x0000aaaa : 0xaaaa0000));
}

TEMPLATE_TEST_CASE("shuffles give the value of the other lane, within groups", "", int, float, std::uint64_t, double) {
  on_host::reset(any_order());
  const unsigned width = GENERATE(2, 8, 16, 32);
  const Device<TestType> from(32), up(32), down(32), swapped(32);
  REQUIRE(launch(nullptr, 1, 32, shuffle_all<TestType>, width, from.data(), up.data(), down.data(), swapped.data()) ==
          cudaSuccess);
  const auto of_three = from.values(), above = up.values(), below = down.values(), other = swapped.values();
  for (unsigned i = 0; i < 32; ++i) {
    const unsigned first = i / width * width;
    CHECK(of_three[i] == static_cast<TestType>(100 + first + 3 % width));
    CHECK(above[i] == static_cast<TestType>(100 + (i - first >= 2 ? i - 2 : i)));
    CHECK(below[i] == static_cast<TestType>(100 + (i + 2 < first + width ? i + 2 : i)));
    CHECK(other[i] == static_cast<TestType>(100 + ((i ^ 5) < first + width ? i ^ 5 : i)));
  }
}

TEST_CASE("each thread of each block runs once, and a barrier keeps reads after writes") {
  on_host::reset(any_order());
  const Device<unsigned> values(numbers(2 * 3 * 4 * 64));
  REQUIRE(launch(nullptr, {2, 3, 4}, {4, 8, 2}, reverse_rows, values.data()) == cudaSuccess);
  const auto found = values.values();
  for (unsigned i = 0; i < found.size(); ++i) REQUIRE(found[i] == i / 64 * 64 + 63 - i % 64);
}

TEST_CASE("atomics of many blocks add up in every order") {
  on_host::reset(any_order());
  const Device<Totals> totals(std::vector<Totals>{{0, 1000, 0, 0, all_lanes, 0, 13, 0, 0.0}});
  REQUIRE(launch(nullptr, 8, 128, gather, totals.data()) == cudaSuccess);
  const Totals found = totals.values().front();
  CHECK(found.sum == -1023 * 512);
  CHECK(found.least == 500 - 1023);
  CHECK(found.most == 1023);
  CHECK(found.bits == all_lanes);
  CHECK(found.common == 1u << 31);
  CHECK(found.wide == 1024ull << 40);
  CHECK(found.real == 512.0);
  CHECK(found.locked == 2048);
  CHECK(found.exchanged == 33);
}

TEST_CASE("an atomic sum wraps around") {
  int low = -2147483647 - 1;
  CHECK(atomicAdd(&low, -1) == -2147483647 - 1);
  CHECK(low == 2147483647);
}

TEST_CASE("bits are counted as on a device") {
  CHECK(__popc(0xf00f0001) == 9);
  CHECK(__popcll(~0ull) == 64);
  CHECK(__ffs(0) == 0);
  CHECK(__ffs(0x50) == 5);
  CHECK(__ffsll(1ll << 40) == 41);
  CHECK(__clz(0) == 32);
  CHECK(__clz(-1) == 0);
  CHECK(__clzll(1) == 63);
}

TEST_CASE("blocks and threads run in the order set") {
  const auto expected = numbers(24);
  const std::vector<unsigned> reversed(expected.rbegin(), expected.rend());
  CHECK(order_of(list_threads, {}) == expected);
  CHECK(order_of(list_after_barrier, {}) == expected);
  CHECK(order_of(list_threads, {.order = Order::descending}) == reversed);
  CHECK(order_of(list_after_barrier, {.order = Order::descending}) == reversed);

  const auto shuffled = order_of(list_threads, {.order = Order::shuffled, .seed = 1});
  CHECK(shuffled != expected);
  CHECK(std::set(shuffled.begin(), shuffled.end()).size() == 24);
  CHECK(shuffled == order_of(list_after_barrier, {.order = Order::shuffled, .seed = 1}));
  CHECK(shuffled != order_of(list_threads, {.order = Order::shuffled, .seed = 2}));
  for (unsigned i = 0; i < 24; ++i) CHECK(shuffled[i] / 4 == shuffled[i / 4 * 4] / 4);
}

TEST_CASE("a deadlock is reported at the next wait, and stays until reset") {
  on_host::reset({.lazy = GENERATE(false, true)});
  const Device<int> after(1);
  SECTION("threads have exited") {
    CHECK(launch(nullptr, 3, 64, only_some_wait, after.data()) == cudaSuccess);
    CHECK(cudaDeviceSynchronize() == cudaErrorLaunchFailure);
    CHECK(on_host::fault() ==
          "deadlock in block (0, 0, 0): of 64 threads 63 wait at __syncthreads, 0 for lanes of their warp, 1 have "
          "exited");
  }
  SECTION("lanes name different masks") {
    CHECK(launch(nullptr, 1, 32, masks_differ) == cudaSuccess);
    CHECK(cudaDeviceSynchronize() == cudaErrorLaunchFailure);
    CHECK(on_host::fault().find("32 for lanes of their warp") != std::string::npos);
  }
  void* memory = nullptr;
  CHECK(cudaMalloc(&memory, 1) == cudaErrorLaunchFailure);
  CHECK(cudaGetLastError() == cudaErrorLaunchFailure);
  CHECK(cudaGetLastError() == cudaErrorLaunchFailure);
  on_host::reset();
  CHECK(cudaGetLastError() == cudaSuccess);
  CHECK(after.values().front() == 0);
  CHECK(launch(nullptr, 1, 1, only_some_wait, after.data()) == cudaSuccess);
  CHECK(after.values().front() == 1);
}

TEST_CASE("lazy work runs in order, when it is waited for, and only as far as needed") {
  on_host::reset({.lazy = true});
  const Streams streams;
  const Device<int> value(1);
  int seen[3] = {-1, -1, -1};
  const auto add_and_read = [&](int index) {
    launch(streams.a, 1, 1, add, value.data(), 1 << index);
    cudaMemcpyAsync(&seen[index], value.data(), sizeof(int), cudaMemcpyDeviceToHost, streams.a);
  };
  add_and_read(0);
  cudaEventRecord(streams.event, streams.a);
  add_and_read(1);
  cudaStreamSynchronize(streams.b);
  CHECK(seen[0] == -1);

  SECTION("an event") {
    CHECK(cudaEventSynchronize(streams.event) == cudaSuccess);
    CHECK(seen[0] == 1);
    CHECK(seen[1] == -1);
  }
  SECTION("a stream that waits for the event") {
    cudaStreamWaitEvent(streams.b, streams.event);
    cudaEventRecord(streams.event, streams.a);  // again: the wait is for what was recorded before
    CHECK(seen[0] == -1);
    CHECK(cudaStreamSynchronize(streams.b) == cudaSuccess);
    CHECK(seen[0] == 1);
    CHECK(seen[1] == -1);
  }
  SECTION("polling") {
    int looks = 0;
    while (cudaEventQuery(streams.event) == cudaErrorNotReady) ++looks;
    CHECK(looks == 2);
    CHECK(seen[0] == 1);
    CHECK(seen[1] == -1);
    while (cudaStreamQuery(streams.a) == cudaErrorNotReady) ++looks;
    CHECK(looks == 4);
  }
  SECTION("the stream") { CHECK(cudaStreamSynchronize(streams.a) == cudaSuccess); }
  SECTION("the device") { CHECK(cudaDeviceSynchronize() == cudaSuccess); }
  CHECK(cudaDeviceSynchronize() == cudaSuccess);
  CHECK(seen[1] == 3);
  CHECK(value.values().front() == 3);
}

TEST_CASE("a host buffer that is used again too early shows in lazy mode only") {
  const bool lazy = GENERATE(false, true), wait = GENERATE(false, true);
  on_host::reset({.lazy = lazy});
  const Streams streams;
  const Device<int> first(1), second(1);
  int buffer = 1;
  cudaMemcpyAsync(first.data(), &buffer, sizeof buffer, cudaMemcpyHostToDevice, streams.a);
  if (wait) cudaStreamSynchronize(streams.a);
  buffer = 2;
  cudaMemcpyAsync(second.data(), &buffer, sizeof buffer, cudaMemcpyHostToDevice, streams.a);
  cudaStreamSynchronize(streams.a);
  CHECK(first.values().front() == (lazy && !wait ? 2 : 1));
  CHECK(second.values().front() == 2);
}

TEST_CASE("a wait that is missing between streams shows in lazy mode only") {
  const bool lazy = GENERATE(false, true), wait = GENERATE(false, true);
  on_host::reset({.lazy = lazy});
  const Streams streams;
  const Device<int> value(1);
  int seen = -1;
  launch(streams.a, 1, 1, add, value.data(), 5);
  cudaEventRecord(streams.event, streams.a);
  if (wait) cudaStreamWaitEvent(streams.b, streams.event);
  cudaMemcpyAsync(&seen, value.data(), sizeof seen, cudaMemcpyDeviceToHost, streams.b);
  cudaStreamSynchronize(streams.b);
  CHECK(seen == (lazy && !wait ? 0 : 5));
}

TEST_CASE("the null stream and blocking streams wait for each other, others do not") {
  on_host::reset({.lazy = true});
  const bool blocking = GENERATE(false, true);
  const Streams streams(blocking ? cudaStreamDefault : cudaStreamNonBlocking);
  const Device<int> value(1);
  launch(streams.a, 1, 1, add, value.data(), 5);
  CHECK(value.values().front() == (blocking ? 5 : 0));
  launch(nullptr, 1, 1, add, value.data(), 7);
  int seen = -1;
  cudaMemcpyAsync(&seen, value.data(), sizeof seen, cudaMemcpyDeviceToHost, streams.b);
  cudaStreamSynchronize(streams.b);
  CHECK(seen == (blocking ? 12 : 0));
}

TEST_CASE("work of a stream that is destroyed is still done") {
  on_host::reset({.lazy = true});
  const Device<int> value(1);
  {
    const Streams streams;
    launch(streams.a, 1, 1, add, value.data(), 5);
  }
  cudaDeviceSynchronize();
  CHECK(value.values().front() == 5);
}

TEST_CASE("a graph replays what was captured, with the arguments of then and the memory of now") {
  on_host::reset({.lazy = GENERATE(false, true)});
  const Streams streams;
  const Device<int> value(1);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  int more = 3, result = -1, source = 100;
  REQUIRE(cudaStreamBeginCapture(streams.a, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
  CHECK(cudaMemcpyAsync(value.data(), &source, sizeof source, cudaMemcpyHostToDevice, streams.a) == cudaSuccess);
  CHECK(launch(streams.a, 1, 2, add, value.data(), more) == cudaSuccess);
  CHECK(cudaEventRecord(streams.event, streams.a) == cudaSuccess);
  CHECK(cudaStreamWaitEvent(streams.a, streams.event) == cudaSuccess);
  CHECK(cudaEventQuery(streams.event) == cudaErrorCapturedEvent);
  CHECK(cudaMemcpyAsync(&result, value.data(), sizeof result, cudaMemcpyDeviceToHost, streams.a) == cudaSuccess);
  REQUIRE(cudaStreamEndCapture(streams.a, &graph) == cudaSuccess);
  REQUIRE(cudaGraphInstantiate(&executable, graph) == cudaSuccess);
  CHECK(cudaGraphDestroy(graph) == cudaSuccess);
  cudaDeviceSynchronize();
  CHECK(result == -1);

  more = 1000;
  for (source = 200; source < 203; ++source) {
    CHECK(cudaGraphLaunch(executable, streams.b) == cudaSuccess);
    cudaStreamSynchronize(streams.b);
    CHECK(result == source + 6);
  }
  CHECK(cudaGraphExecDestroy(executable) == cudaSuccess);
}

TEST_CASE("what a capture cannot have is refused, and spoils it") {
  on_host::reset();
  const Streams streams;
  const Device<int> value(1);
  void* memory = nullptr;
  cudaGraph_t graph = nullptr;
  CHECK(cudaStreamEndCapture(streams.a, &graph) == cudaErrorStreamCaptureUnmatched);
  CHECK(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal) == cudaErrorStreamCaptureUnsupported);
  cudaEventRecord(streams.event, streams.b);
  REQUIRE(cudaStreamBeginCapture(streams.a, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
  SECTION("memory") { CHECK(cudaMalloc(&memory, 8) == cudaErrorStreamCaptureUnsupported); }
  SECTION("waiting") { CHECK(cudaStreamSynchronize(streams.a) == cudaErrorStreamCaptureUnsupported); }
  SECTION("polling") { CHECK(cudaStreamQuery(streams.a) == cudaErrorStreamCaptureUnsupported); }
  SECTION("the null stream") { CHECK(launch(nullptr, 1, 1, add, value.data(), 1) == cudaErrorStreamCaptureImplicit); }
  SECTION("other streams' work") {
    CHECK(cudaStreamWaitEvent(streams.a, streams.event) == cudaErrorStreamCaptureIsolation);
  }
  CHECK(cudaStreamEndCapture(streams.a, &graph) == cudaErrorStreamCaptureInvalidated);
  CHECK(graph == nullptr);
  CHECK(cudaStreamSynchronize(streams.a) == cudaSuccess);
}

TEST_CASE("memory is rubbish at first, counted, and limited") {
  on_host::reset({.capacity = 1000});
  const std::size_t before = on_host::live().total();
  unsigned *first = nullptr, *second = nullptr, *pinned = nullptr, host = 0;
  std::size_t free = 0, total = 0;
  REQUIRE(cudaMalloc(&first, 600) == cudaSuccess);
  CHECK(cudaMalloc(&second, 401) == cudaErrorMemoryAllocation);
  CHECK(cudaGetLastError() == cudaErrorMemoryAllocation);
  CHECK(cudaGetLastError() == cudaSuccess);
  CHECK(cudaMalloc(&second, 400) == cudaSuccess);
  CHECK(cudaMallocHost(&pinned, 4) == cudaSuccess);
  CHECK(cudaMemGetInfo(&free, &total) == cudaSuccess);
  CHECK(free == 0);
  CHECK(total == 1000);
  CHECK(on_host::live().total() == before + 3);
#if defined(ON_HOST_ADDRESS_SANITIZER)
  CHECK(__asan_region_is_poisoned(first, 600) != nullptr);
#endif

  CHECK(cudaMemcpy(&host, first + 149, 4, cudaMemcpyDefault) == cudaSuccess);
  CHECK(host == 0xA5A5A5A5);
  CHECK(*pinned == 0xA5A5A5A5);
  CHECK(cudaMemset(first, 1, 600) == cudaSuccess);
  CHECK(cudaMemcpy(second, first + 50, 400, cudaMemcpyDeviceToDevice) == cudaSuccess);
  CHECK(cudaMemcpy(&host, second + 99, 4, cudaMemcpyDeviceToHost) == cudaSuccess);
  CHECK(host == 0x01010101);
  CHECK(cudaMemset(first, 1, 601) == cudaErrorInvalidValue);
  CHECK(cudaMemcpy(first + 149, second, 8, cudaMemcpyDeviceToDevice) == cudaErrorInvalidValue);
  CHECK(cudaMemcpy(first, &host, 4, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
  CHECK(cudaMemcpy(&host, &host, 4, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);

  CHECK(cudaFree(&host) == cudaErrorInvalidValue);
  CHECK(cudaFree(nullptr) == cudaSuccess);
  CHECK(cudaFree(first) == cudaSuccess);
  CHECK(cudaFree(second) == cudaSuccess);
  CHECK(cudaFreeHost(pinned) == cudaSuccess);
  CHECK(on_host::live().device_bytes == 0);
  CHECK(on_host::live().peak_device_bytes == 1000);
  CHECK(on_host::live().total() == before);
}

TEST_CASE("a launch that no device can do is refused") {
  on_host::reset();
  int* const none = nullptr;
  CHECK(launch(nullptr, 0, 1, add, none, 1) == cudaErrorInvalidConfiguration);
  CHECK(launch(nullptr, 1, 0, add, none, 1) == cudaErrorInvalidConfiguration);
  CHECK(launch(nullptr, 1, 1025, add, none, 1) == cudaErrorInvalidConfiguration);
  CHECK(launch(nullptr, 1, {32, 32, 2}, add, none, 1) == cudaErrorInvalidConfiguration);
  CHECK(launch(nullptr, {1, 65536}, 1, add, none, 1) == cudaErrorInvalidConfiguration);
  CHECK(cudaPeekAtLastError() == cudaErrorInvalidConfiguration);
}

TEST_CASE("devices are those set") {
  on_host::reset({.devices = 2, .multiprocessors = 7, .driver_version = 11000});
  int value = -1;
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceCount(&value) == cudaSuccess);
  CHECK(value == 2);
  CHECK(cudaSetDevice(1) == cudaSuccess);
  CHECK(cudaSetDevice(2) == cudaErrorInvalidDevice);
  CHECK(cudaSetDevice(-1) == cudaErrorInvalidDevice);
  CHECK(cudaGetDevice(&value) == cudaSuccess);
  CHECK(value == 1);
  CHECK(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 1) == cudaSuccess);
  CHECK(value == 7);
  CHECK(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 2) == cudaErrorInvalidDevice);
  CHECK(cudaGetDeviceProperties(&properties, 0) == cudaSuccess);
  CHECK(properties.multiProcessorCount == 7);
  CHECK(cudaDriverGetVersion(&value) == cudaSuccess);
  CHECK(value == 11000);

  on_host::reset({.devices = 0});
  CHECK(cudaGetDeviceCount(&value) == cudaErrorNoDevice);
  CHECK(value == 0);
  CHECK(cudaDeviceSynchronize() == cudaErrorNoDevice);
}

TEST_CASE("a chosen call fails, once") {
  on_host::reset();
  const std::size_t before = on_host::live().total();
  void* memory = nullptr;
  on_host::fail_next("cudaMalloc", cudaErrorMemoryAllocation, 2);
  CHECK(cudaMalloc(&memory, 8) == cudaSuccess);
  CHECK(cudaDeviceSynchronize() == cudaSuccess);
  CHECK(on_host::failure_pending());
  on_host::fail_next("cudaFree", cudaErrorUnknown);
  CHECK(cudaFree(memory) == cudaErrorUnknown);
  CHECK(cudaMalloc(&memory, 8) == cudaErrorMemoryAllocation);
  CHECK(!on_host::failure_pending());

  on_host::fail_next("", cudaErrorUnknown, 2);
  CHECK(cudaMalloc(&memory, 8) == cudaSuccess);
  CHECK(cudaFree(memory) == cudaSuccess);
  CHECK(cudaDeviceSynchronize() == cudaErrorUnknown);
  CHECK(cudaDeviceSynchronize() == cudaSuccess);
  cusparseHandle_t handle = nullptr;
  on_host::fail_next("cusparseCreate", CUSPARSE_STATUS_NOT_INITIALIZED);
  CHECK(cusparseCreate(&handle) == CUSPARSE_STATUS_NOT_INITIALIZED);
  CHECK(on_host::live().total() == before);
}

TEST_CASE("errors have their names") {
  CHECK(std::string(cudaGetErrorName(cudaErrorMemoryAllocation)) == "cudaErrorMemoryAllocation");
  CHECK(std::string(cudaGetErrorString(cudaErrorMemoryAllocation)) == "out of memory");
  CHECK(std::string(cusparseGetErrorName(CUSPARSE_STATUS_NOT_SUPPORTED)) == "CUSPARSE_STATUS_NOT_SUPPORTED");
  CHECK(std::string(cusparseGetErrorString(CUSPARSE_STATUS_ALLOC_FAILED)) == "out of memory");
}

TEMPLATE_TEST_CASE("the sparse product is that of plain loops, on a stream and in a graph", "", std::int32_t,
                   std::int64_t) {
  on_host::reset({.order = GENERATE(Order::ascending, Order::descending), .lazy = GENERATE(false, true)});
  constexpr TestType rows = 7, columns = 5;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto type = sizeof(TestType) == 4 ? CUSPARSE_INDEX_32I : CUSPARSE_INDEX_64I;
  std::vector<TestType> offsets{0}, indices;
  std::vector<double> values, x(columns), y(rows), expected(rows);
  double alpha = 2, beta = GENERATE(0.0, 3.0);
  for (TestType i = 0; i < columns; ++i) x[static_cast<std::size_t>(i)] = static_cast<double>(i + 1);
  for (std::size_t row = 0; row < rows; ++row) {
    y[row] = beta == 0 ? infinity : 10.0 * static_cast<double>(row);  // which 0 forgets
    expected[row] = beta == 0 ? 0 : beta * y[row];
    for (TestType column = 0; column < columns; ++column) {
      if ((static_cast<TestType>(row) + column) % 3 == 0 || row == 4) continue;
      indices.push_back(column);
      values.push_back(static_cast<double>(static_cast<TestType>(row) * 8 + column));
      expected[row] += alpha * values.back() * x[static_cast<std::size_t>(column)];
    }
    offsets.push_back(static_cast<TestType>(indices.size()));
  }

  const Streams streams;
  const Device<TestType> d_offsets(offsets), d_indices(indices);
  const Device<double> d_values(values), d_x(x), d_y(y), elsewhere(columns);
  cusparseHandle_t handle = nullptr;
  cusparseSpMatDescr_t A = nullptr;
  cusparseDnVecDescr_t vector_x = nullptr, vector_y = nullptr;
  std::size_t size = 0;
  REQUIRE(cusparseCreate(&handle) == CUSPARSE_STATUS_SUCCESS);
  REQUIRE(cusparseSetStream(handle, streams.a) == CUSPARSE_STATUS_SUCCESS);
  REQUIRE(cusparseCreateCsr(&A, rows, columns, static_cast<std::int64_t>(values.size()), d_offsets.data(),
                            d_indices.data(), d_values.data(), type, type, CUSPARSE_INDEX_BASE_ZERO,
                            CUDA_R_64F) == CUSPARSE_STATUS_SUCCESS);
  REQUIRE(cusparseCreateDnVec(&vector_x, columns, elsewhere.data(), CUDA_R_64F) == CUSPARSE_STATUS_SUCCESS);
  REQUIRE(cusparseCreateDnVec(&vector_y, rows, d_y.data(), CUDA_R_64F) == CUSPARSE_STATUS_SUCCESS);
  REQUIRE(cusparseDnVecSetValues(vector_x, d_x.data()) == CUSPARSE_STATUS_SUCCESS);
  const auto plain = CUSPARSE_OPERATION_NON_TRANSPOSE;
  REQUIRE(cusparseSpMV_bufferSize(handle, plain, &alpha, A, vector_x, &beta, vector_y, CUDA_R_64F,
                                  CUSPARSE_SPMV_CSR_ALG2, &size) == CUSPARSE_STATUS_SUCCESS);
  const Device<char> buffer(size);
  REQUIRE(cusparseSpMV_preprocess(handle, plain, &alpha, A, vector_x, &beta, vector_y, CUDA_R_64F,
                                  CUSPARSE_SPMV_CSR_ALG2, buffer.data()) == CUSPARSE_STATUS_SUCCESS);
  const auto product = [&](cusparseOperation_t operation, cusparseDnVecDescr_t from, void* scratch) {
    return cusparseSpMV(handle, operation, &alpha, A, from, &beta, vector_y, CUDA_R_64F, CUSPARSE_SPMV_CSR_ALG2,
                        scratch);
  };
  CHECK(product(plain, vector_y, buffer.data()) == CUSPARSE_STATUS_INVALID_VALUE);
  CHECK(product(plain, vector_x, nullptr) == CUSPARSE_STATUS_INVALID_VALUE);
  CHECK(product(CUSPARSE_OPERATION_TRANSPOSE, vector_x, buffer.data()) == CUSPARSE_STATUS_NOT_SUPPORTED);

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  const bool captured = GENERATE(false, true);
  if (captured) REQUIRE(cudaStreamBeginCapture(streams.a, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
  REQUIRE(product(plain, vector_x, buffer.data()) == CUSPARSE_STATUS_SUCCESS);
  alpha = beta = 1e9;  // read when the product was asked for
  if (captured) {
    REQUIRE(cudaStreamEndCapture(streams.a, &graph) == cudaSuccess);
    CHECK(d_y.values() == y);
    REQUIRE(cudaGraphInstantiate(&executable, graph) == cudaSuccess);
    REQUIRE(cudaGraphLaunch(executable, streams.a) == cudaSuccess);
    cudaGraphExecDestroy(executable);
    cudaGraphDestroy(graph);
  }
  REQUIRE(cudaStreamSynchronize(streams.a) == cudaSuccess);
  CHECK(d_y.values() == expected);
  CHECK(cusparseDestroySpMat(A) == CUSPARSE_STATUS_SUCCESS);
  CHECK(cusparseDestroyDnVec(vector_x) == CUSPARSE_STATUS_SUCCESS);
  CHECK(cusparseDestroyDnVec(vector_y) == CUSPARSE_STATUS_SUCCESS);
  CHECK(cusparseDestroy(handle) == CUSPARSE_STATUS_SUCCESS);
}
