// SPDX-License-Identifier: BSD-3-Clause
//
// What fits of all models share, and compilers take long for: solvers.cpp has it for all tests.
#pragma once

#include "spikeometric/infer/detail/fit_neuron.hpp"

namespace spikeometric::detail {

extern template VectorOf<double> standard_errors(MatrixOf<double>, const PenaltyTerms<double>&);
extern template VectorOf<double> quadratic_step(const MatrixOf<double>&, const VectorOf<double>&,
                                                const VectorOf<double>&, const PenaltyTerms<double>&, double);

}  // namespace spikeometric::detail
