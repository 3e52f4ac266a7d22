// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses as a product of a sparse matrix with the vector of all counts, by cuSPARSE. It is exact, since
// all numbers are integers of at most 2^53 in size.
//
//   CudaProduct<Memory, Layout, Step> product;
//   product.prepare(graph);                                           // for each FixedPointGraph
//   product.allocate(memory, layout);
//   product.begin(step, now, blocks);                                 // before the first step of a piece
//   product.take(step, now, base, record, blocks);                    // queues a step
#pragma once

#include <cuda_runtime.h>
#include <cusparse.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/detail/cuda_kernels.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// Throws CudaError if a call of cuSPARSE fails.
#define SPIKEOMETRIC_CHECK_CUSPARSE(call) ::spikeometric::detail::check_cusparse(call, #call, __FILE__, __LINE__)

inline void check_cusparse(cusparseStatus_t status, const char* call, const char* file, int line) {
  if (status != CUSPARSE_STATUS_SUCCESS)
    throw CudaError(call, std::string(cusparseGetErrorName(status)) + ", " + cusparseGetErrorString(status), file,
                    line);
}

/// Adds the product for one delay and basis function, from the spikes of the previous step, to the sums of later steps.
template <class Step>
__global__ void __launch_bounds__(block_threads)
    add_product(Step step, Clock now, const Clock* base, const double* product, std::uint32_t delay,
                std::uint32_t basis) {
  now = clock_from(base, now);
  const std::uint32_t slot = blockIdx.x * block_threads + threadIdx.x;
  if (slot >= step.slots || step.failed_before(now)) return;
  const auto& network = step.network(slot);
  const std::uint32_t row = row_after(row_of(now.tick - 1, network.sums_rows), delay, network.sums_rows);
  if (delay < network.sums_rows)  // else no synapse of the network has this delay
    network.sums_row(row)[(slot - network.first) * Step::bases + basis] += static_cast<std::int64_t>(product[slot]);
}

/// Holds a matrix, [postsynaptic slot x presynaptic slot], for each basis function and each delay that occurs, over all
/// networks of a batch. Needs 8 bytes for each synapse, and 8 for each synapse and basis function.
template <class Memory, class Layout, class Step>
class CudaProduct {
  template <class T>
  using Array = typename Memory::template Array<T>;
  static constexpr std::size_t bases = Step::bases;

 public:
  /// Bytes of device memory. cuSPARSE tells the size of its workspace only for an existing matrix; the estimate is 8
  /// bytes for each row.
  template <class GraphType>
  static std::uint64_t bytes(const Layout& layout, std::span<const GraphType> graphs) {
    std::uint64_t synapses = 0;
    std::set<Delay> delays;  // delays that occur
    for (const GraphType& graph : graphs) {
      synapses += graph.synapses() * layout.trials;
      delays.insert(graph.rows().delays.begin(), graph.rows().delays.end());
      if (!graph.has_delays() && graph.synapses() > 0) delays.insert(Delay{1});
    }
    return synapses * (sizeof(std::int64_t) + bases * sizeof(double)) +
           delays.size() * (layout.slots + 1) * sizeof(std::int64_t) + 2 * layout.slots * sizeof(double) +
           delays.size() * bases * layout.slots * sizeof(std::int64_t);
  }

  template <class FixedGraph>
  void prepare(const FixedGraph& graph) {
    Entries& entries = graphs_.emplace_back();
    for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre)
      for (std::uint64_t e = graph.offsets()[pre]; e < graph.offsets()[pre + 1]; ++e) {
        Entry entry{static_cast<std::uint32_t>(graph.targets()[e]), static_cast<std::uint32_t>(pre), {}};
        for (std::size_t basis = 0; basis < bases; ++basis) entry.weights[basis] = graph.weight(e, basis);
        entries[graph.delays().empty() ? Delay{1} : graph.delays()[e]].push_back(entry);
      }
  }

  void allocate(Memory& memory, const Layout& layout) {
    load(add_product<Step>);
    stream_ = memory.stream();
    slots_ = layout.slots;
    cusparseHandle_t handle = nullptr;
    SPIKEOMETRIC_CHECK_CUSPARSE(cusparseCreate(&handle));
    handle_.reset(handle);
    SPIKEOMETRIC_CHECK_CUSPARSE(cusparseSetStream(handle, stream_));
    counts_ = memory.template allocate<double>(slots_);
    product_ = memory.template allocate<double>(slots_);
    counts_vector_ = vector(counts_);
    product_vector_ = vector(product_);

    Entries entries;  // of all networks, indexed by slots
    for (std::size_t index = 0; index < layout.places.size(); ++index)
      for (const auto& [delay, of_graph] : graphs_[index % graphs_.size()])
        for (Entry entry : of_graph) {
          entry.post += layout.places[index].first;
          entry.pre += layout.places[index].first;
          entries[delay].push_back(entry);
        }
    graphs_.clear();
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

  /// Reads the counts of the previous step.
  void begin(const Step& step, const Clock& before, std::uint64_t blocks) {
    launch(take_step<Step, false, false>, blocks, block_threads, stream_, step, before, nullptr,
           SpikeRecord{nullptr, nullptr, counts_.data()}, HubQueue{});
  }

  void take(const Step& step, const Clock& now, const Clock* base, SpikeRecord record, std::uint64_t blocks) {
    for (Term& term : terms_)
      for (std::uint32_t basis = 0; basis < bases; ++basis) {
        multiply(term, basis);
        launch(add_product<Step>, blocks, block_threads, stream_, step, now, base, product_.data(),
               std::uint32_t{term.delay}, basis);
      }
    record.all_counts = counts_.data();
    launch(take_step<Step, true, false>, blocks, block_threads, stream_, step, now, base, record, HubQueue{});
  }

 private:
  using Handle = CudaOwner<cusparseHandle_t, &cusparseDestroy>;
  using Matrix = CudaOwner<cusparseSpMatDescr_t, &cusparseDestroySpMat>;
  using Vector = CudaOwner<cusparseDnVecDescr_t, &cusparseDestroyDnVec>;

  struct Entry {
    std::uint32_t post, pre;
    std::int32_t weights[bases];
  };
  using Entries = std::map<Delay, std::vector<Entry>>;

  struct Term {
    Delay delay;
    Array<std::int64_t> offsets, columns;
    std::vector<Array<double>> values;  // for each basis function
    std::vector<Matrix> matrices;
    std::vector<Array<unsigned char>> buffers;  // workspaces of cuSPARSE, for each matrix
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
    term.offsets = memory.take(HostArray<std::int64_t>(std::move(offsets)));
    term.columns = memory.take(HostArray<std::int64_t>(std::move(columns)));
    for (std::size_t basis = 0; basis < bases; ++basis) {
      std::vector<double> values;
      for (const Entry& entry : entries) values.push_back(entry.weights[basis]);
      term.values.push_back(memory.take(HostArray<double>(std::move(values))));
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
  std::vector<Entries> graphs_;  // empty after allocate()
  std::vector<Term> terms_;
  Vector counts_vector_, product_vector_;
};

}  // namespace spikeometric::detail
