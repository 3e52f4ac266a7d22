// SPDX-License-Identifier: BSD-3-Clause
#include "solvers.hpp"

namespace spikeometric::detail {

template Edges tested_edges(const FitView<double>&, const EdgeOptions&);
template Evaluation evaluated(const FitView<double>&);
template Eigen::MatrixXf predicted(const FitView<double>&);
template std::vector<FittedFilter> filters_onto(const FitView<double>&, std::uint32_t);
template StabilitySelection selected_stably(const FitData<double>&, const StabilitySelectionOptions&);

}  // namespace spikeometric::detail
