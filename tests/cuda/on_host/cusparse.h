// SPDX-License-Identifier: BSD-3-Clause
//
// The part of cuSPARSE that the library uses, on the host: y = alpha A x + beta y in double precision.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_runtime.h"

enum cudaDataType_t { CUDA_R_32F = 0, CUDA_R_64F = 1 };
using cudaDataType = cudaDataType_t;

#define ON_HOST_STATUSES(STATUS)                       \
  STATUS(SUCCESS, 0, "success")                        \
  STATUS(NOT_INITIALIZED, 1, "initialization error")   \
  STATUS(ALLOC_FAILED, 2, "out of memory")             \
  STATUS(INVALID_VALUE, 3, "invalid value")            \
  STATUS(ARCH_MISMATCH, 4, "architecture mismatch")    \
  STATUS(EXECUTION_FAILED, 6, "execution failed")      \
  STATUS(INTERNAL_ERROR, 7, "internal error")          \
  STATUS(NOT_SUPPORTED, 10, "operation not supported") \
  STATUS(INSUFFICIENT_RESOURCES, 11, "insufficient resources")
#define ON_HOST_STATUS(name, value, text) CUSPARSE_STATUS_##name = value,
enum cusparseStatus_t { ON_HOST_STATUSES(ON_HOST_STATUS) };

inline const char* cusparseGetErrorName(cusparseStatus_t status) {
#define ON_HOST_STATUS_NAME(name, value, text) \
  if (status == value) return "CUSPARSE_STATUS_" #name;
  ON_HOST_STATUSES(ON_HOST_STATUS_NAME)
  return "unrecognized error code";
}
inline const char* cusparseGetErrorString(cusparseStatus_t status) {
#define ON_HOST_STATUS_TEXT(name, value, text) \
  if (status == value) return text;
  ON_HOST_STATUSES(ON_HOST_STATUS_TEXT)
  return "unrecognized error code";
}

enum cusparseOperation_t { CUSPARSE_OPERATION_NON_TRANSPOSE = 0, CUSPARSE_OPERATION_TRANSPOSE = 1 };
enum cusparseIndexBase_t { CUSPARSE_INDEX_BASE_ZERO = 0, CUSPARSE_INDEX_BASE_ONE = 1 };
enum cusparseIndexType_t { CUSPARSE_INDEX_32I = 2, CUSPARSE_INDEX_64I = 3 };
enum cusparseSpMVAlg_t { CUSPARSE_SPMV_ALG_DEFAULT = 0, CUSPARSE_SPMV_CSR_ALG1 = 2, CUSPARSE_SPMV_CSR_ALG2 = 3 };

struct cusparseContext {
  cudaStream_t stream;
};
struct cusparseSpMatDescr {
  std::int64_t rows, columns, entries;
  void *offsets, *indices, *values;
  cusparseIndexType_t index_type;
};
struct cusparseDnVecDescr {
  std::int64_t size;
  void* values;
};
using cusparseHandle_t = cusparseContext*;
using cusparseSpMatDescr_t = cusparseSpMatDescr*;
using cusparseConstSpMatDescr_t = const cusparseSpMatDescr*;
using cusparseDnVecDescr_t = cusparseDnVecDescr*;
using cusparseConstDnVecDescr_t = const cusparseDnVecDescr*;

namespace on_host {

template <class Work>
cusparseStatus_t sparse_call(const char* function, Work work) {
  const auto error = static_cast<cusparseStatus_t>(injected(function, false));
  if (error != CUSPARSE_STATUS_SUCCESS) return error;
  return fault().empty() ? work() : CUSPARSE_STATUS_EXECUTION_FAILED;
}

template <class Object>
cusparseStatus_t sparse_create(const char* function, Object** object, const Object& value) {
  return sparse_call(function, [&] {
    *object = new Object(value);
    ++state().live.cusparse_objects;
    return CUSPARSE_STATUS_SUCCESS;
  });
}

template <class Object>
cusparseStatus_t sparse_destroy(const char* function, const Object* object) {
  const auto error = static_cast<cusparseStatus_t>(injected(function, true));
  if (object != nullptr) --state().live.cusparse_objects;
  delete object;
  return error;
}

constexpr std::size_t sparse_buffer_size = 64;

/// Whether a product is one that this can do.
inline cusparseStatus_t sparse_check(cusparseHandle_t handle, cusparseOperation_t operation, const void* alpha,
                                     cusparseConstSpMatDescr_t A, cusparseConstDnVecDescr_t x, const void* beta,
                                     cusparseDnVecDescr_t y, cudaDataType type) {
  if (handle == nullptr) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (alpha == nullptr || beta == nullptr || A == nullptr || x == nullptr || y == nullptr)
    return CUSPARSE_STATUS_INVALID_VALUE;
  if (operation != CUSPARSE_OPERATION_NON_TRANSPOSE || type != CUDA_R_64F) return CUSPARSE_STATUS_NOT_SUPPORTED;
  return x->size == A->columns && y->size == A->rows ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE;
}

/// Each row from its first entry to its last or, in any but ascending order, from the last to the first.
template <class Index>
void multiply(double alpha, const cusparseSpMatDescr& A, const double* x, double beta, double* y) {
  const auto* const offsets = static_cast<const Index*>(A.offsets);
  const auto* const indices = static_cast<const Index*>(A.indices);
  const auto* const values = static_cast<const double*>(A.values);
  const bool forward = settings().order == Order::ascending;
  for (std::int64_t row = 0; row < A.rows; ++row) {
    double sum = 0;
    for (Index i = 0; i < offsets[row + 1] - offsets[row]; ++i) {
      const Index entry = forward ? offsets[row] + i : offsets[row + 1] - 1 - i;
      sum += values[entry] * x[indices[entry]];
    }
    y[row] = beta == 0 ? alpha * sum : alpha * sum + beta * y[row];
  }
}

}  // namespace on_host

inline cusparseStatus_t cusparseCreate(cusparseHandle_t* handle) {
  return on_host::sparse_create(__func__, handle, cusparseContext{nullptr});
}
inline cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) { return on_host::sparse_destroy(__func__, handle); }

inline cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t stream) {
  return on_host::sparse_call(__func__, [=] {
    handle->stream = stream;
    return CUSPARSE_STATUS_SUCCESS;
  });
}

inline cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t* matrix, std::int64_t rows, std::int64_t columns,
                                          std::int64_t entries, void* offsets, void* indices, void* values,
                                          cusparseIndexType_t offset_type, cusparseIndexType_t index_type,
                                          cusparseIndexBase_t base, cudaDataType type) {
  if (offset_type != index_type || base != CUSPARSE_INDEX_BASE_ZERO || type != CUDA_R_64F)
    return CUSPARSE_STATUS_NOT_SUPPORTED;
  return on_host::sparse_create(__func__, matrix,
                                cusparseSpMatDescr{rows, columns, entries, offsets, indices, values, index_type});
}
inline cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t matrix) {
  return on_host::sparse_destroy(__func__, matrix);
}

inline cusparseStatus_t cusparseCreateDnVec(cusparseDnVecDescr_t* vector, std::int64_t size, void* values,
                                            cudaDataType type) {
  if (type != CUDA_R_64F) return CUSPARSE_STATUS_NOT_SUPPORTED;
  return on_host::sparse_create(__func__, vector, cusparseDnVecDescr{size, values});
}
inline cusparseStatus_t cusparseDestroyDnVec(cusparseConstDnVecDescr_t vector) {
  return on_host::sparse_destroy(__func__, vector);
}
inline cusparseStatus_t cusparseDnVecSetValues(cusparseDnVecDescr_t vector, void* values) {
  return on_host::sparse_call(__func__, [=] {
    vector->values = values;
    return CUSPARSE_STATUS_SUCCESS;
  });
}

inline cusparseStatus_t cusparseSpMV_bufferSize(cusparseHandle_t handle, cusparseOperation_t operation,
                                                const void* alpha, cusparseConstSpMatDescr_t A,
                                                cusparseConstDnVecDescr_t x, const void* beta, cusparseDnVecDescr_t y,
                                                cudaDataType type, cusparseSpMVAlg_t /*algorithm*/, std::size_t* size) {
  return on_host::sparse_call(__func__, [=] {
    *size = on_host::sparse_buffer_size;
    return on_host::sparse_check(handle, operation, alpha, A, x, beta, y, type);
  });
}

inline cusparseStatus_t cusparseSpMV_preprocess(cusparseHandle_t handle, cusparseOperation_t operation,
                                                const void* alpha, cusparseConstSpMatDescr_t A,
                                                cusparseConstDnVecDescr_t x, const void* beta, cusparseDnVecDescr_t y,
                                                cudaDataType type, cusparseSpMVAlg_t /*algorithm*/, void* buffer) {
  return on_host::sparse_call(__func__, [=] {
    const cusparseStatus_t status = on_host::sparse_check(handle, operation, alpha, A, x, beta, y, type);
    if (status != CUSPARSE_STATUS_SUCCESS) return status;
    return on_host::is_device(buffer, on_host::sparse_buffer_size) ? CUSPARSE_STATUS_SUCCESS
                                                                   : CUSPARSE_STATUS_INVALID_VALUE;
  });
}

/// alpha and beta lie on the host and are read at once, all else when the stream comes to it. The buffer must be there.
inline cusparseStatus_t cusparseSpMV(cusparseHandle_t handle, cusparseOperation_t operation, const void* alpha,
                                     cusparseConstSpMatDescr_t A, cusparseConstDnVecDescr_t x, const void* beta,
                                     cusparseDnVecDescr_t y, cudaDataType type, cusparseSpMVAlg_t /*algorithm*/,
                                     void* buffer) {
  return on_host::sparse_call(__func__, [=] {
    const cusparseStatus_t status = on_host::sparse_check(handle, operation, alpha, A, x, beta, y, type);
    if (status != CUSPARSE_STATUS_SUCCESS) return status;
    if (!on_host::is_device(buffer, on_host::sparse_buffer_size)) return CUSPARSE_STATUS_INVALID_VALUE;
    const cudaError_t error = on_host::enqueue(
        handle->stream, [a = *static_cast<const double*>(alpha), b = *static_cast<const double*>(beta), matrix = *A,
                         from = static_cast<const double*>(x->values), to = static_cast<double*>(y->values)] {
          if (matrix.index_type == CUSPARSE_INDEX_32I)
            on_host::multiply<std::int32_t>(a, matrix, from, b, to);
          else
            on_host::multiply<std::int64_t>(a, matrix, from, b, to);
        });
    return error == cudaSuccess ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_EXECUTION_FAILED;
  });
}
