// expect: spikeometric: the strategy of an EigenBackend is EventDriven or SparseMatvec
#include <spikeometric/spikeometric.hpp>

struct Dense;

int main() {
  const spikeometric::EigenBackend<Dense> backend;
  return backend.threads;
}
