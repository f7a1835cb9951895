#pragma once

#include "choices.h"
#include "oracle.h"
#include "smmu/tbu/parameters.h"
#include "smmu/tcu/parameters.h"

namespace iovp::oracle {

/// Shapes of caches and slots, from minimal to the defaults.
smmu::tcu_parameters random_tcu(choices& c, const machine& hw);
smmu::tbu_parameters random_tbu(choices& c, const smmu::tcu_parameters& t);

} // namespace iovp::oracle
