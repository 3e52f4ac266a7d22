// SPDX-License-Identifier: BSD-3-Clause
#include "solvers.hpp"

namespace spikeometric::detail {

template FittedNetwork<double> fit_neurons(const FitData<double>&, const FitOptions&);
template RegularisationPath validated(const FitData<double>&, const FitOptions&, const CrossValidationOptions&);

}  // namespace spikeometric::detail
