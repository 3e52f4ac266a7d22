// SPDX-License-Identifier: BSD-3-Clause
#include "solvers.hpp"

namespace spikeometric::detail {

template VectorOf<double> standard_errors(MatrixOf<double>, const PenaltyTerms<double>&);
template VectorOf<double> quadratic_step(const MatrixOf<double>&, const VectorOf<double>&, const VectorOf<double>&,
                                         const PenaltyTerms<double>&, double);

}  // namespace spikeometric::detail
