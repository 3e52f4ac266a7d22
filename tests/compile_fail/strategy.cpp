// expect: spikeometric: the strategy of an EigenBackend must be EventDriven or SparseMatvec
#include <spikeometric/spikeometric.hpp>

struct Dense;

int main() {
  const spikeometric::EigenBackend<Dense> backend;
  return backend.threads;
}
