// SPDX-License-Identifier: BSD-3-Clause
#include "../flexible_definition.hpp"

template std::unique_ptr<driver::Family> driver::flexible<3>(const driver::FlexibleFamily&);
