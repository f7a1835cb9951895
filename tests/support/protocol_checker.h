#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::test {

/// Stands on a link between an initiator and a target, passes everything on as it is, and fails the test that breaks a
/// rule of TLM-2.0's base protocol: phases and their order, one open request and one open response at a time (by
/// annotated time too), return values, memory management, what a payload must say, what may not be changed under way,
/// no payload in both styles, non-blocking calls that do not wait, what a DMI grant says. Stricter than the standard:
/// address and extensions come back as they were, the response status stays untouched until the response.
class protocol_checker : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<protocol_checker, 64> target;
    tlm_utils::simple_initiator_socket<protocol_checker, 64> initiator;

    explicit protocol_checker(sc_core::sc_module_name name);
    /// Reports what was found and not taken; transactions in four phases that have not ended are a violation too.
    ~protocol_checker() override;

    /// For tests of the checker: what was found, which then does not fail the test.
    std::vector<std::string> take_violations();
    std::uint64_t transactions() const { return transactions_; } ///< ended, in either style
    void forget_unfinished() { flights_.clear(); }               ///< the test means to leave some

private:
    struct snapshot;
    struct flight;

    tlm::tlm_sync_enum nb_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    tlm::tlm_sync_enum call_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    tlm::tlm_sync_enum call_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last);

    void violation(const std::string& what);
    void check_request(const tlm::tlm_generic_payload& trans);
    void check_response(const flight& f, const tlm::tlm_generic_payload& trans);
    void check_unchanged(const snapshot& said, const tlm::tlm_generic_payload& trans);
    void check_no_response_yet(const flight& f, const tlm::tlm_generic_payload& trans);
    void check_delay(const sc_core::sc_time& delay);
    void check_grant(bool granted, const tlm::tlm_generic_payload& trans, const tlm::tlm_dmi& dmi);
    void end_request(flight& f, const sc_core::sc_time& at);
    void begin_response(flight& f, const sc_core::sc_time& at);
    void end_response(tlm::tlm_generic_payload& trans, const sc_core::sc_time& at);
    void check_time(flight& f, const sc_core::sc_time& at, const char* phase);
    flight* find(const tlm::tlm_generic_payload& trans);

    std::map<const tlm::tlm_generic_payload*, std::shared_ptr<flight>> flights_;
    const tlm::tlm_generic_payload* request_ = nullptr;
    const tlm::tlm_generic_payload* response_ = nullptr;
    sc_core::sc_time request_end_;
    sc_core::sc_time response_end_;
    std::uint64_t transactions_ = 0;
    bool invalidating_ = false;
    std::vector<std::string> violations_;
};

} // namespace iovp::test
