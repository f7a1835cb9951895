#pragma once

#include "atos.h"
#include "ats.h"
#include "oracle.h"
#include "smmu/arch/atos.h"
#include "smmu/arch/ats.h"
#include "smmu/arch/translate.h"

#include <string>

namespace iovp::oracle {

/// The model's structures for the oracle's. Here alone do the two meet, beside the test programs.
smmu::features features_of(const machine& hw);
smmu::control control_of(const control_registers& hw);
smmu::request request_of(const access& a);
smmu::ats_request ats_request_of(const ats_question& q);
memory_attributes model_attributes(const attributes& a);
attributes oracle_attributes(const memory_attributes& m);

/// Empty where the model's outcome is what the oracle says; otherwise the difference.
std::string difference(const verdict& expected, const smmu::outcome& got);
/// The same of one event record.
std::string difference(const verdict& expected, const record& got);
/// The same of an output's attributes.
std::string difference(const verdict& expected, const memory_attributes& got);

/// The same of a Translation Completion.
std::string difference(const ats_answer& expected, const ats_question& q, const smmu::ats_completion& got);

/// The registers of an ATOS request, and the same of SMMU_GATOS_PAR.
std::uint64_t atos_sid_of(const atos_question& q);
std::uint64_t atos_addr_of(const atos_question& q);
std::string difference(const atos_answer& expected, std::uint64_t par);

std::string describe(const smmu::outcome& o);

/// The model's view of a memory.
class memory_view : public vmsa::memory_port {
public:
    explicit memory_view(memory& m)
        : m_(&m)
    {
    }
    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override;
    exchange compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                              std::uint64_t desired) override;

private:
    memory* m_;
};

} // namespace iovp::oracle
