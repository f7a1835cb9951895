#pragma once

#include "common/systemc/attributes.h"
#include "smmu/arch/translate.h"

#include <optional>
#include <tlm>

namespace iovp::smmu {

/// A payload's fields while it is downstream of the TBU: the payload is its initiator's, and what the TBU changes for
/// the way down it puts back.
class outgoing {
public:
    void change(tlm::tlm_generic_payload& trans, const output& out)
    {
        attributes_ = trans.get_extension<attributes>();
        lent_ = attributes_ == nullptr;
        if (lent_) {
            attributes_ = &own_.emplace();
            trans.set_extension(attributes_);
        }
        address_ = trans.get_address();
        memory_ = attributes_->memory;
        non_secure_ = attributes_->non_secure;
        privileged_ = attributes_->privileged;
        instruction_ = attributes_->instruction;
        attributes_->memory = out.memory;
        attributes_->non_secure = out.non_secure;
        attributes_->privileged = out.what.privileged;
        attributes_->instruction = out.what.instruction;
        trans.set_address(out.pa.value());
    }

    void put_back(tlm::tlm_generic_payload& trans)
    {
        trans.set_address(address_);
        attributes_->memory = memory_;
        attributes_->non_secure = non_secure_;
        attributes_->privileged = privileged_;
        attributes_->instruction = instruction_;
        if (lent_)
            trans.clear_extension(attributes_);
    }

private:
    std::optional<attributes> own_; ///< where the payload has none
    attributes* attributes_ = nullptr;
    bool lent_ = false;
    std::uint64_t address_ = 0;
    memory_attributes memory_;
    bool non_secure_ = true;
    bool privileged_ = false;
    bool instruction_ = false;
};

} // namespace iovp::smmu
