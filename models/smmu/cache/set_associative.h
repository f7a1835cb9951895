#pragma once

#include "common/set_associative.h"

namespace iovp::smmu {

/// Storage of the SMMU's caches: replacement is random, after free ways (MMU-600 policy). `entries` and `ways` are
/// powers of two, ways <= entries, so that there always is a victim.
template <class Entry>
using set_associative = iovp::set_associative<Entry, random_replacement>;

} // namespace iovp::smmu
