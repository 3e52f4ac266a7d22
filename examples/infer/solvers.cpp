// SPDX-License-Identifier: BSD-3-Clause
#include "solvers.hpp"

namespace spikeometric::detail {

template FittedNetwork<double> fit_neurons(const FitData<double>&);
template RegularisationPath validated(const FitData<double>&, const CrossValidationOptions&);
template StabilityCheck stability_of(const FitData<double>&, const FittedNetwork<double>&,
                                     const std::vector<std::vector<double>>&);

}  // namespace spikeometric::detail
