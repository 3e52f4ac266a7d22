// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/samplers/bernoulli.hpp>

#include "../flexible_simulation.hpp"

namespace driver {

template std::vector<sk::RescaledIntervals> time_rescaling<sk::BernoulliRateSampler>(const FlexibleFit&,
                                                                                     const Recording&);
template sk::PredictiveCheck predictive_check<sk::BernoulliRateSampler>(const FlexibleFit&, const Recording&,
                                                                        const sk::PredictiveCheckOptions&);

}  // namespace driver
