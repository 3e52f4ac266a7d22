// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses as cuSPARSE's product of a sparse matrix with the vector of all counts. Exact, since all
// numbers are integers of at most 2^53.
//
//   CudaProduct<Networks> product;
//   product.allocate(memory, networks);
//   product.take(step, now, base, record, blocks);                    // queues a step
#pragma once

#include <cuda_runtime.h>
#include <cusparse.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "spikeometric/backend/detail/cuda_kernels.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/device_step.hpp"

namespace spikeometric::detail {

/// Throws CudaError where a call of cuSPARSE does not succeed.
#define SPIKEOMETRIC_CHECK_CUSPARSE(call) ::spikeometric::detail::check_cusparse(call, #call, __FILE__, __LINE__)

inline void check_cusparse(cusparseStatus_t status, const char* call, const char* file, int line) {
  if (status != CUSPARSE_STATUS_SUCCESS)
    throw CudaError(call, std::string(cusparseGetErrorName(status)) + ", " + cusparseGetErrorString(status), file,
                    line);
}

struct DestroyCusparse {
  void operator()(cusparseHandle_t handle) const { static_cast<void>(cusparseDestroy(handle)); }
};
struct DestroyMatrix {
  void operator()(cusparseSpMatDescr_t matrix) const { static_cast<void>(cusparseDestroySpMat(matrix)); }
};
struct DestroyVector {
  void operator()(cusparseDnVecDescr_t vector) const { static_cast<void>(cusparseDestroyDnVec(vector)); }
};

/// Adds a product to the sums of a basis function that arrive with a delay.
template <class Step>
__global__ void __launch_bounds__(block_threads)
    add_product(Step step, DeviceClock now, const DeviceClock* base, const double* product, std::uint32_t delay,
                std::uint32_t basis) {
  now = clock_from(base, now);
  const std::uint32_t slot = blockIdx.x * block_threads + threadIdx.x;
  if (slot < step.slots && !step.failed_before(now))
    step.sums_at(now.tick + delay, slot)[basis] += static_cast<std::int64_t>(product[slot]);
}

/// A matrix for each delay that occurs and each basis function, [postsynaptic slot x presynaptic slot], of all networks
/// of a batch. 8 bytes a synapse, and 8 for each basis function.
template <class Networks>
class CudaProduct {
  using Memory = typename Networks::Memory;
  using Plan = typename Networks::Plan;
  using Step = typename Networks::Step;
  template <class T>
  using Array = typename Memory::template Array<T>;
  static constexpr std::size_t bases = Networks::Model::bases;

 public:
  /// With a guess at cuSPARSE's workspace, which it tells only of a matrix that is there: 8 bytes a row.
  static std::uint64_t bytes(const Plan& plan) {
    return plan.synapses_of_all() * (sizeof(std::int64_t) + bases * sizeof(double)) +
           plan.delays * (plan.slots + 1) * sizeof(std::int64_t) + 2 * plan.slots * sizeof(double) +
           plan.delays * bases * plan.slots * sizeof(std::int64_t);
  }

  void allocate(Memory& memory, const Networks& networks) {
    load(add_product<Step>);
    stream_ = memory.stream();
    slots_ = networks.slots();
    cusparseHandle_t handle = nullptr;
    SPIKEOMETRIC_CHECK_CUSPARSE(cusparseCreate(&handle));
    handle_.reset(handle);
    SPIKEOMETRIC_CHECK_CUSPARSE(cusparseSetStream(handle, stream_));
    counts_ = memory.template allocate<double>(slots_);
    product_ = memory.template allocate<double>(slots_);
    counts_vector_ = vector(counts_);
    product_vector_ = vector(product_);

    std::map<Delay, std::vector<Entry>> entries;
    for (std::size_t index = 0; index < networks.networks().size(); ++index) {
      const std::uint32_t first = networks.networks()[index].first;
      std::uint32_t pre = first;
      networks.for_each_row(index, [&](auto targets, auto weights, auto delays) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
          Entry entry{first + static_cast<std::uint32_t>(targets[i]), pre, {}};
          std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(i * bases), bases, entry.weights);
          entries[delays.empty() ? Delay{1} : delays[i]].push_back(entry);
        }
        ++pre;
      });
    }
    for (auto& [delay, of_delay] : entries) {
      terms_.push_back(term(memory, delay, of_delay));
      for (const auto& matrix : terms_.back().matrices) {
        std::size_t size = 0;
        const double one = 1.0, zero = 0.0;
        SPIKEOMETRIC_CHECK_CUSPARSE(
            cusparseSpMV_bufferSize(handle, CUSPARSE_OPERATION_NON_TRANSPOSE, &one, matrix.get(), counts_vector_.get(),
                                    &zero, product_vector_.get(), CUDA_R_64F, CUSPARSE_SPMV_CSR_ALG1, &size));
        terms_.back().buffers.push_back(memory.template allocate<unsigned char>(size));
      }
      for (std::size_t basis = 0; basis < bases; ++basis) multiply(terms_.back(), basis);  // not first in a capture
    }
  }

  void take(const Step& step, const DeviceClock& now, const DeviceClock* base, SpikeRecord record,
            std::uint64_t blocks) {
    record.all_counts = counts_.data();
    launch(take_step<Step, false>, blocks, block_threads, stream_, step, now, base, record, HubQueue{});
    for (Term& term : terms_)
      for (std::uint32_t basis = 0; basis < bases; ++basis) {
        multiply(term, basis);
        launch(add_product<Step>, blocks, block_threads, stream_, step, now, base, product_.data(),
               std::uint32_t{term.delay}, basis);
      }
  }

 private:
  using Handle = CudaOwner<cusparseHandle_t, DestroyCusparse>;
  using Matrix = CudaOwner<cusparseSpMatDescr_t, DestroyMatrix>;
  using Vector = CudaOwner<cusparseDnVecDescr_t, DestroyVector>;

  struct Entry {
    std::uint32_t post, pre;
    std::int32_t weights[bases];
  };

  struct Term {
    Delay delay;
    Array<std::int64_t> offsets, columns;
    std::vector<Array<double>> values;  // of each basis function
    std::vector<Matrix> matrices;
    std::vector<Array<unsigned char>> buffers;  // cuSPARSE's own, of each matrix
  };

  void multiply(Term& term, std::size_t basis) {
    const double one = 1.0, zero = 0.0;
    SPIKEOMETRIC_CHECK_CUSPARSE(cusparseSpMV(
        handle_.get(), CUSPARSE_OPERATION_NON_TRANSPOSE, &one, term.matrices[basis].get(), counts_vector_.get(), &zero,
        product_vector_.get(), CUDA_R_64F, CUSPARSE_SPMV_CSR_ALG1, term.buffers[basis].data()));
  }

  Vector vector(Array<double>& values) const {
    cusparseDnVecDescr_t vector = nullptr;
    SPIKEOMETRIC_CHECK_CUSPARSE(
        cusparseCreateDnVec(&vector, static_cast<std::int64_t>(slots_), values.data(), CUDA_R_64F));
    return Vector(vector);
  }

  Term term(Memory& memory, Delay delay, std::vector<Entry>& entries) const {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.post < b.post; });
    std::vector<std::int64_t> offsets(slots_ + 1), columns;
    for (const Entry& entry : entries) {
      ++offsets[entry.post + std::size_t{1}];
      columns.push_back(entry.pre);
    }
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    Term term{delay, {}, {}, {}, {}, {}};
    const auto on_device = [&]<class T>(const std::vector<T>& values) {
      auto array = memory.template allocate<T>(values.size());
      memory.upload(array, 0, std::span<const T>(values));
      return array;
    };
    term.offsets = on_device(offsets);
    term.columns = on_device(columns);
    for (std::size_t basis = 0; basis < bases; ++basis) {
      std::vector<double> values;
      for (const Entry& entry : entries) values.push_back(entry.weights[basis]);
      term.values.push_back(on_device(values));
      cusparseSpMatDescr_t matrix = nullptr;
      const auto slots = static_cast<std::int64_t>(slots_);
      SPIKEOMETRIC_CHECK_CUSPARSE(cusparseCreateCsr(
          &matrix, slots, slots, static_cast<std::int64_t>(entries.size()), term.offsets.data(), term.columns.data(),
          term.values.back().data(), CUSPARSE_INDEX_64I, CUSPARSE_INDEX_64I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F));
      term.matrices.push_back(Matrix(matrix));
    }
    return term;
  }

  cudaStream_t stream_ = nullptr;
  std::uint64_t slots_ = 0;
  Handle handle_;
  Array<double> counts_, product_;
  std::vector<Term> terms_;
  Vector counts_vector_, product_vector_;
};

}  // namespace spikeometric::detail
