// SPDX-License-Identifier: BSD-3-Clause
//
// Parts of a fit that all models share and that take long to compile. solvers.cpp compiles them once for a program; the
// program includes this header in every file that fits.
#pragma once

#include <spikeometric/infer/cross_validation.hpp>

namespace spikeometric::detail {

extern template FittedNetwork<double> fit_neurons(const FitData<double>&, const FitOptions&);
extern template RegularisationPath validated(const FitData<double>&, const FitOptions&, const CrossValidationOptions&);

}  // namespace spikeometric::detail
