#include "support/protocol_checker.h"

#include "common/systemc/attributes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace iovp::test {

using sc_core::sc_time;

/// What a payload said when its request began.
struct protocol_checker::snapshot {
    explicit snapshot(const tlm::tlm_generic_payload& t)
        : command(t.get_command())
        , address(t.get_address())
        , data(t.get_data_ptr())
        , length(t.get_data_length())
        , width(t.get_streaming_width())
        , enables(t.get_byte_enable_ptr())
        , enable_length(t.get_byte_enable_length())
        , status(t.get_response_status())
        , with(attributes::of(t))
    {
        if (enables)
            enabled.assign(enables, enables + enable_length);
        if (data && (t.is_write() || !enabled.empty()))
            held.assign(data, data + length);
        for (unsigned i = 0; i < tlm::max_num_extensions(); ++i)
            extensions.push_back(t.get_extension(i));
    }

    /// Write data, and the bytes of a read that are not enabled.
    bool data_changed() const
    {
        for (std::size_t i = 0; i < held.size(); ++i) {
            const bool fixed = command == tlm::TLM_WRITE_COMMAND || enabled[i % enabled.size()] == TLM_BYTE_DISABLED;
            if (fixed && data[i] != held[i])
                return true;
        }
        return false;
    }

    std::string changed_in(const tlm::tlm_generic_payload& t) const
    {
        const transaction_attributes& now = attributes::of(t);
        if (t.get_command() != command)
            return "command";
        if (t.get_address() != address)
            return "address";
        if (t.get_data_ptr() != data)
            return "data pointer";
        if (t.get_data_length() != length)
            return "data length";
        if (t.get_streaming_width() != width)
            return "streaming width";
        if (t.get_byte_enable_ptr() != enables || t.get_byte_enable_length() != enable_length)
            return "byte enables";
        if (!std::equal(enabled.begin(), enabled.end(), enables))
            return "byte enable array";
        if (data_changed())
            return command == tlm::TLM_WRITE_COMMAND ? "write data" : "read data that is not enabled";
        for (unsigned i = 0; i < extensions.size(); ++i)
            if (t.get_extension(i) != extensions[i])
                return "extension";
        if (now.stream != with.stream || now.substream != with.substream || now.sec_sid != with.sec_sid ||
            now.non_secure != with.non_secure || now.privileged != with.privileged ||
            now.instruction != with.instruction || now.ats != with.ats || !(now.memory == with.memory) ||
            now.device != with.device || now.requester != with.requester || now.transaction != with.transaction ||
            now.latency != with.latency)
            return "attributes";
        return {};
    }

    tlm::tlm_command command;
    std::uint64_t address;
    unsigned char* data;
    unsigned length;
    unsigned width;
    unsigned char* enables;
    unsigned enable_length;
    tlm::tlm_response_status status;
    transaction_attributes with;
    std::vector<unsigned char> enabled, held;
    std::vector<tlm::tlm_extension_base*> extensions;
};

struct protocol_checker::flight {
    snapshot said;
    bool blocking = false;
    bool request_open = true;
    bool response_begun = false;
    sc_time last; ///< of its phases
};

namespace {

/// A time that is longer than anything a model means: a difference below zero that wrapped.
const sc_time unbelievable(3600, sc_core::SC_SEC);

/// Whether a call that must not wait has come back in the delta cycle in which it began.
class still {
public:
    bool waited() const { return sc_core::sc_delta_count() != delta_; }

private:
    sc_dt::uint64 delta_ = sc_core::sc_delta_count();
};

} // namespace

protocol_checker::protocol_checker(sc_core::sc_module_name name)
    : sc_module(name)
    , target("target")
    , initiator("initiator")
{
    target.register_b_transport(this, &protocol_checker::b_transport);
    target.register_nb_transport_fw(this, &protocol_checker::nb_fw);
    initiator.register_nb_transport_bw(this, &protocol_checker::nb_bw);
    target.register_transport_dbg(this, &protocol_checker::transport_dbg);
    target.register_get_direct_mem_ptr(this, &protocol_checker::get_direct_mem_ptr);
    initiator.register_invalidate_direct_mem_ptr(this, &protocol_checker::invalidate_direct_mem_ptr);
}

protocol_checker::~protocol_checker()
{
    const auto open =
        std::count_if(flights_.begin(), flights_.end(), [](const auto& f) { return !f.second->blocking; });
    if (open != 0)
        violation(std::to_string(open) + " transactions have not ended");
    for (const std::string& v : violations_)
        ADD_FAILURE() << v;
}

std::vector<std::string> protocol_checker::take_violations()
{
    return std::exchange(violations_, {});
}

void protocol_checker::violation(const std::string& what)
{
    violations_.push_back(std::string(name()) + ": " + what);
}

unsigned protocol_checker::transport_dbg(tlm::tlm_generic_payload& trans)
{
    const snapshot said(trans);
    const still here;
    const unsigned count = initiator->transport_dbg(trans);
    if (here.waited())
        violation("transport_dbg waited");
    if (count > trans.get_data_length())
        violation("transport_dbg moved more than the data array holds");
    check_unchanged(said, trans);
    return count;
}

void protocol_checker::check_grant(bool granted, const tlm::tlm_generic_payload& trans, const tlm::tlm_dmi& dmi)
{
    const sc_dt::uint64 address = trans.get_address();
    if (dmi.get_start_address() > dmi.get_end_address())
        violation("the DMI region ends before it starts");
    else if (address < dmi.get_start_address() || address > dmi.get_end_address())
        violation("the DMI region is not that of the request");
    if (!granted)
        return;
    if (!dmi.get_dmi_ptr())
        violation("the DMI grant has no pointer");
    if (trans.is_read() ? !dmi.is_read_allowed() : trans.is_write() && !dmi.is_write_allowed())
        violation("the DMI grant does not allow the access of the request");
    check_delay(dmi.get_read_latency());
    check_delay(dmi.get_write_latency());
}

bool protocol_checker::get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi)
{
    if (invalidating_)
        violation("get_direct_mem_ptr within invalidate_direct_mem_ptr");
    const snapshot said(trans);
    const still here;
    const bool granted = initiator->get_direct_mem_ptr(trans, dmi);
    if (here.waited())
        violation("get_direct_mem_ptr waited");
    check_unchanged(said, trans);
    check_grant(granted, trans, dmi);
    return granted;
}

void protocol_checker::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last)
{
    if (first > last)
        violation("the DMI region taken back ends before it starts");
    const still here;
    const bool before = std::exchange(invalidating_, true);
    target->invalidate_direct_mem_ptr(first, last);
    invalidating_ = before;
    if (here.waited())
        violation("invalidate_direct_mem_ptr waited");
}

protocol_checker::flight* protocol_checker::find(const tlm::tlm_generic_payload& trans)
{
    const auto found = flights_.find(&trans);
    return found == flights_.end() ? nullptr : found->second.get();
}

void protocol_checker::check_request(const tlm::tlm_generic_payload& trans)
{
    if (trans.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE)
        violation("the request's response status is not TLM_INCOMPLETE_RESPONSE");
    if (trans.get_command() == tlm::TLM_IGNORE_COMMAND)
        return;
    if (trans.is_dmi_allowed())
        violation("the request allows DMI");
    if (!trans.get_data_ptr() || trans.get_data_length() == 0)
        violation("the request has no data array");
    if (trans.get_streaming_width() == 0)
        violation("the request's streaming width is 0");
    if (const unsigned char* const enables = trans.get_byte_enable_ptr()) {
        const unsigned length = trans.get_byte_enable_length();
        if (length == 0)
            violation("the request's byte enables have length 0");
        if (!std::all_of(enables, enables + length,
                         [](unsigned char e) { return e == TLM_BYTE_DISABLED || e == TLM_BYTE_ENABLED; }))
            violation("a byte enable is neither TLM_BYTE_DISABLED nor TLM_BYTE_ENABLED");
    }
}

void protocol_checker::check_unchanged(const snapshot& said, const tlm::tlm_generic_payload& trans)
{
    if (const std::string what = said.changed_in(trans); !what.empty())
        violation("changed under way: " + what);
}

void protocol_checker::check_response(const flight& f, const tlm::tlm_generic_payload& trans)
{
    if (trans.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE)
        violation("response with TLM_INCOMPLETE_RESPONSE");
    check_unchanged(f.said, trans);
}

void protocol_checker::check_no_response_yet(const flight& f, const tlm::tlm_generic_payload& trans)
{
    if (trans.get_response_status() != f.said.status)
        violation("END_REQ with a response status");
}

void protocol_checker::check_delay(const sc_time& delay)
{
    if (delay > unbelievable)
        violation("a delay of " + delay.to_string() + ", which is a negative one");
}

// Phases of one transaction follow each other in annotated time.
void protocol_checker::check_time(flight& f, const sc_time& at, const char* phase)
{
    if (at < f.last)
        violation(std::string(phase) + " comes before the previous phase in time");
    f.last = at;
}

void protocol_checker::end_request(flight& f, const sc_time& at)
{
    f.request_open = false;
    request_ = nullptr;
    request_end_ = at;
}

void protocol_checker::begin_response(flight& f, const sc_time& at)
{
    check_time(f, at, "BEGIN_RESP");
    if (f.request_open)
        end_request(f, at); // implied
    f.response_begun = true;
}

void protocol_checker::end_response(tlm::tlm_generic_payload& trans, const sc_time& at)
{
    if (response_ == &trans) {
        response_ = nullptr;
        response_end_ = at;
    }
    flights_.erase(&trans);
    ++transactions_;
}

tlm::tlm_sync_enum protocol_checker::call_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_time& delay)
{
    check_delay(delay);
    const still here;
    const auto status = initiator->nb_transport_fw(trans, phase, delay);
    if (here.waited())
        violation("nb_transport_fw waited");
    check_delay(delay);
    return status;
}

tlm::tlm_sync_enum protocol_checker::call_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_time& delay)
{
    check_delay(delay);
    const still here;
    const auto status = target->nb_transport_bw(trans, phase, delay);
    if (here.waited())
        violation("nb_transport_bw waited");
    check_delay(delay);
    return status;
}

tlm::tlm_sync_enum protocol_checker::nb_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_time& delay)
{
    const sc_time now = sc_core::sc_time_stamp();
    if (phase == tlm::END_RESP) {
        flight* const f = find(trans);
        if (!f || f->blocking || response_ != &trans)
            violation("END_RESP without an open response");
        else
            check_time(*f, now + delay, "END_RESP");
        // The target may answer the next one within this call.
        end_response(trans, now + delay);
        const auto status = call_fw(trans, phase, delay);
        if (status == tlm::TLM_UPDATED)
            violation("END_RESP was answered by TLM_UPDATED");
        return status;
    }
    if (phase != tlm::BEGIN_REQ) {
        violation("forward call with a phase that is neither BEGIN_REQ nor END_RESP");
        return call_fw(trans, phase, delay);
    }
    if (find(trans)) {
        violation("BEGIN_REQ of a payload that is under way");
        flights_.erase(&trans);
    }
    if (!trans.has_mm())
        violation("BEGIN_REQ of a payload without memory manager");
    else if (trans.get_ref_count() < 1)
        violation("BEGIN_REQ of a payload to which nobody refers");
    if (request_)
        violation("BEGIN_REQ while another request is open");
    else if (now + delay < request_end_)
        violation("BEGIN_REQ before the end of the last request in time");
    check_request(trans);
    const auto kept = std::make_shared<flight>(flight{snapshot(trans), false, true, false, now + delay});
    flight& f = *kept;
    flights_[&trans] = kept;
    request_ = &trans;

    const auto status = call_fw(trans, phase, delay);
    // After TLM_ACCEPTED the transaction may be anywhere, even gone.
    switch (status) {
    case tlm::TLM_ACCEPTED:
        if (phase != tlm::BEGIN_REQ)
            violation("TLM_ACCEPTED with another phase");
        break;
    case tlm::TLM_UPDATED:
        if (phase == tlm::END_REQ) {
            check_time(f, now + delay, "END_REQ");
            check_no_response_yet(f, trans);
            end_request(f, now + delay);
        } else if (phase == tlm::BEGIN_RESP) {
            begin_response(f, now + delay);
            if (response_)
                violation("BEGIN_RESP while another response is open");
            response_ = &trans;
            check_response(f, trans);
        } else {
            violation("BEGIN_REQ was answered by a phase that is neither END_REQ nor BEGIN_RESP");
        }
        break;
    case tlm::TLM_COMPLETED:
        begin_response(f, now + delay);
        check_response(f, trans);
        end_response(trans, now + delay);
        break;
    }
    return status;
}

tlm::tlm_sync_enum protocol_checker::nb_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_time& delay)
{
    const sc_time now = sc_core::sc_time_stamp();
    flight* const f = find(trans);
    if (!f || f->blocking) {
        violation("backward call for a payload that is not under way");
        return call_bw(trans, phase, delay);
    }
    if (phase == tlm::END_REQ) {
        if (request_ != &trans) {
            violation("END_REQ without an open request");
        } else {
            check_time(*f, now + delay, "END_REQ");
            check_no_response_yet(*f, trans);
            end_request(*f, now + delay);
        }
        const auto status = call_bw(trans, phase, delay);
        if (status != tlm::TLM_ACCEPTED)
            violation("END_REQ was not answered by TLM_ACCEPTED");
        return status;
    }
    if (phase != tlm::BEGIN_RESP) {
        violation("backward call with a phase that is neither END_REQ nor BEGIN_RESP");
        return call_bw(trans, phase, delay);
    }
    if (f->response_begun)
        violation("BEGIN_RESP twice");
    if (response_)
        violation("BEGIN_RESP while another response is open");
    else if (now + delay < response_end_)
        violation("BEGIN_RESP before the end of the last response in time");
    begin_response(*f, now + delay);
    response_ = &trans;
    check_response(*f, trans);

    const auto status = call_bw(trans, phase, delay);
    if (status == tlm::TLM_UPDATED && phase != tlm::END_RESP)
        violation("BEGIN_RESP was answered by a phase that is not END_RESP");
    if (status == tlm::TLM_COMPLETED || status == tlm::TLM_UPDATED)
        end_response(trans, now + delay);
    return status;
}

void protocol_checker::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    if (find(trans)) {
        violation("b_transport of a payload that is under way");
        flights_.erase(&trans);
    }
    check_request(trans);
    const sc_time begin = sc_core::sc_time_stamp() + delay;
    flights_[&trans] = std::make_shared<flight>(flight{snapshot(trans), true, false, false, begin});
    initiator->b_transport(trans, delay);
    if (sc_core::sc_time_stamp() + delay < begin)
        violation("b_transport ends before its beginning in time");
    check_delay(delay);
    if (flight* const f = find(trans)) {
        check_response(*f, trans);
        flights_.erase(&trans);
    }
    ++transactions_;
}

} // namespace iovp::test
