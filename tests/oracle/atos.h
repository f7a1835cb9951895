#pragma once

#include "oracle.h"

namespace iovp::oracle {

/// Stages that an Address Translation Operation asks for (9.1.3 TYPE).
enum class lookup : std::uint8_t { reserved, stage1, stage2, both };

/// An operation through SMMU_GATOS_*, for a Non-secure stream: what ATOS_SID and ATOS_ADDR say.
struct atos_question {
    access what; ///< StreamID, SubstreamID, page of the address, RnW, InD, PnU
    lookup stages = lookup::both;
    bool passive = false; ///< HTTUI
};

struct atos_answer {
    bool anything = false;   ///< nothing is asserted
    bool failed = false;     ///< FAULT
    std::uint64_t fault = 0; ///< then the whole of SMMU_GATOS_PAR
    // Otherwise:
    std::uint64_t address = 0; ///< of the byte asked for
    unsigned page_log2 = 64;   ///< the most that the result may cover
    attributes memory;
    bool memory_free = false; ///< IMPLEMENTATION DEFINED
    bool share_free = false;  ///< shareability is not asserted
    bool hints_free = false;  ///< allocation hints are not
};

std::string describe(const atos_answer& t);

/// Chapter 9. `m` changes where hardware updates descriptors.
atos_answer atos_translate(const machine& hw, memory& m, const atos_question& q);

} // namespace iovp::oracle
