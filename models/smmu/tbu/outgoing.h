#pragma once

#include "common/systemc/attributes.h"
#include "smmu/arch/translate.h"

#include <tlm>

namespace iovp::smmu {

/// A payload's fields while it is downstream of the TBU: the payload is its initiator's, and what the TBU changes for
/// the way down it puts back.
class outgoing {
public:
    /// `a`: the payload's own.
    void change(tlm::tlm_generic_payload& trans, attributes& a, const output& out)
    {
        address_ = trans.get_address();
        memory_ = a.memory;
        non_secure_ = a.non_secure;
        privileged_ = a.privileged;
        instruction_ = a.instruction;
        a.memory = out.memory;
        a.non_secure = out.non_secure;
        a.privileged = out.what.privileged;
        a.instruction = out.what.instruction;
        trans.set_address(out.pa.value());
    }

    void put_back(tlm::tlm_generic_payload& trans, attributes& a) const
    {
        trans.set_address(address_);
        a.memory = memory_;
        a.non_secure = non_secure_;
        a.privileged = privileged_;
        a.instruction = instruction_;
    }

private:
    std::uint64_t address_;
    memory_attributes memory_;
    bool non_secure_;
    bool privileged_;
    bool instruction_;
};

} // namespace iovp::smmu
