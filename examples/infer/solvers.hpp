// SPDX-License-Identifier: BSD-3-Clause
//
// Parts of a fit that all models share and that take long to compile. solvers.cpp and solvers_of_fits.cpp compile them
// once for a program; the program includes this header in every file that fits.
#pragma once

#include <spikeometric/infer/cross_validation.hpp>
#include <spikeometric/infer/edges.hpp>
#include <spikeometric/infer/evaluate.hpp>
#include <spikeometric/infer/filters.hpp>
#include <spikeometric/infer/stability_selection.hpp>

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace spikeometric::detail {

extern template FittedNetwork<double> fit_neurons(const FitData<double>&);
extern template RegularisationPath validated(const FitData<double>&, const CrossValidationOptions&);
extern template Edges tested_edges(const FitView<double>&, const EdgeOptions&);
extern template StabilityCheck stability_of(const FitData<double>&, const FittedNetwork<double>&,
                                            const std::vector<std::vector<double>>&);
extern template Evaluation evaluated(const FitView<double>&);
extern template Eigen::MatrixXf predicted(const FitView<double>&);
extern template std::vector<FittedFilter> filters_onto(const FitView<double>&, std::uint32_t);
extern template StabilitySelection selected_stably(const FitData<double>&, const StabilitySelectionOptions&);

}  // namespace spikeometric::detail
