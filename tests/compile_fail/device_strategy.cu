// expect: spikeometric: the strategy of a CudaBackend must be EventDriven or SparseMatvec
#include <spikeometric/backend/cuda.cuh>

struct Dense;

int main() {
  const spikeometric::CudaBackend<Dense> backend;
  return backend.device;
}
