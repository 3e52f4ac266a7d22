// SPDX-License-Identifier: BSD-3-Clause
//
// Parts of a fit that all models share and that take long to compile. solvers.cpp compiles them once for a program; the
// program includes this header in every file that fits.
#pragma once

#include <spikeometric/infer/detail/fit_neuron.hpp>

namespace spikeometric::detail {

extern template VectorOf<double> standard_errors(MatrixOf<double>, const PenaltyTerms<double>&);
extern template VectorOf<double> quadratic_step(const MatrixOf<double>&, const VectorOf<double>&,
                                                const VectorOf<double>&, const PenaltyTerms<double>&, double);

}  // namespace spikeometric::detail
