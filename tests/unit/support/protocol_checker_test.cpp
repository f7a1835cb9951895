// The protocol checker finds what it is for: each rule broken once, by an initiator and a target that do as told.
#include "support/protocol_checker.h"

#include "common/systemc/attributes.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <array>
#include <functional>
#include <memory>

using namespace iovp;
using namespace iovp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

namespace {

/// Both ends of a link; the test makes every call by itself.
struct ends : sc_core::sc_module, tlm::tlm_mm_interface {
    tlm_utils::simple_initiator_socket<ends, 64> initiator{"initiator"};
    tlm_utils::simple_target_socket<ends, 64> target{"target"};
    protocol_checker checker{"checker"};

    explicit ends(sc_core::sc_module_name name)
        : sc_module(name)
    {
        initiator.register_nb_transport_bw(this, &ends::nb_bw);
        target.register_nb_transport_fw(this, &ends::nb_fw);
        target.register_b_transport(this, &ends::b_transport);
        target.register_transport_dbg(this, &ends::transport_dbg);
        target.register_get_direct_mem_ptr(this, &ends::get_direct_mem_ptr);
        initiator.register_invalidate_direct_mem_ptr(this, &ends::invalidate_direct_mem_ptr);
        initiator.bind(checker.target);
        checker.initiator.bind(target);
        for (tlm::tlm_generic_payload* p : {&first, &second}) {
            p->set_mm(this);
            p->acquire();
            prepare(*p);
        }
    }
    void free(tlm::tlm_generic_payload*) override {}
    void prepare(tlm::tlm_generic_payload& p)
    {
        p.set_command(tlm::TLM_WRITE_COMMAND);
        p.set_address(0x1000);
        p.set_data_ptr(data.data());
        p.set_data_length(8);
        p.set_streaming_width(8);
        p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }

    // What each end answers.
    tlm::tlm_sync_enum fw_status = tlm::TLM_ACCEPTED, bw_status = tlm::TLM_ACCEPTED;
    tlm::tlm_phase fw_phase = tlm::UNINITIALIZED_PHASE, bw_phase = tlm::UNINITIALIZED_PHASE;
    sc_time fw_delay, b_delay;
    tlm::tlm_response_status b_status = tlm::TLM_OK_RESPONSE;
    std::function<void()> on_call = [] {}; ///< within a call to the target, or nb_transport_bw
    std::function<void()> on_invalidate = [] {};
    unsigned debug_count = 8;
    bool granted = true;
    tlm::tlm_dmi grant;
    tlm::tlm_sync_enum nb_fw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& delay)
    {
        if (fw_phase != tlm::UNINITIALIZED_PHASE)
            phase = fw_phase;
        delay += fw_delay;
        on_call();
        return fw_status;
    }
    tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time&)
    {
        on_call();
        if (bw_phase != tlm::UNINITIALIZED_PHASE)
            phase = bw_phase;
        return bw_status;
    }
    void b_transport(tlm::tlm_generic_payload& p, sc_time& delay)
    {
        delay = b_delay;
        on_call();
        p.set_response_status(b_status);
    }
    unsigned transport_dbg(tlm::tlm_generic_payload&)
    {
        on_call();
        return debug_count;
    }
    bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi)
    {
        on_call();
        dmi = grant;
        return granted;
    }
    void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) { on_invalidate(); }

    void forward(tlm::tlm_generic_payload& p, tlm::tlm_phase phase, sc_time delay = sc_core::SC_ZERO_TIME)
    {
        initiator->nb_transport_fw(p, phase, delay);
    }
    void backward(tlm::tlm_generic_payload& p, tlm::tlm_phase phase, sc_time delay = sc_core::SC_ZERO_TIME)
    {
        target->nb_transport_bw(p, phase, delay);
    }
    void respond(tlm::tlm_generic_payload& p, sc_time delay = sc_core::SC_ZERO_TIME)
    {
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        backward(p, tlm::BEGIN_RESP, delay);
    }

    std::array<unsigned char, 8> data{};
    tlm::tlm_generic_payload first, second;
};

class Checker : public testing::Test {
protected:
    ends e{"ends"};
    void run(const std::function<void()>& body)
    {
        in_thread([&] { body(); });
    }
    void finds(const char* what) { EXPECT_THAT(e.checker.take_violations(), ElementsAre(EndsWith(what))); }
    void TearDown() override { e.checker.forget_unfinished(); }
};

} // namespace

TEST_F(Checker, FourPhasesAreRight)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ);
        e.backward(e.first, tlm::END_REQ, sc_time(2, SC_NS));
        e.forward(e.second, tlm::BEGIN_REQ, sc_time(2, SC_NS));
        e.respond(e.first, sc_time(5, SC_NS));
        e.forward(e.first, tlm::END_RESP, sc_time(6, SC_NS));
        e.respond(e.second, sc_time(6, SC_NS)); // END_REQ is implied
        e.bw_status = tlm::TLM_COMPLETED;
        e.forward(e.second, tlm::END_RESP, sc_time(7, SC_NS));
        EXPECT_THAT(e.checker.take_violations(), IsEmpty());
        EXPECT_EQ(e.checker.transactions(), 2U);
    });
}

TEST_F(Checker, ShortWaysAreRight)
{
    run([&] {
        e.fw_status = tlm::TLM_COMPLETED;
        e.first.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        e.forward(e.first, tlm::BEGIN_REQ);
        finds("response with TLM_INCOMPLETE_RESPONSE"); // nobody has set it
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_REQ;
        e.forward(e.second, tlm::BEGIN_REQ);
        e.bw_status = tlm::TLM_UPDATED;
        e.bw_phase = tlm::END_RESP;
        e.respond(e.second);
        EXPECT_THAT(e.checker.take_violations(), IsEmpty());
    });
}

TEST_F(Checker, SecondRequestBeforeTheEndOfTheFirst)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ);
        e.forward(e.second, tlm::BEGIN_REQ);
        finds("BEGIN_REQ while another request is open");
    });
}

TEST_F(Checker, SecondRequestBeforeTheAnnotatedEndOfTheFirst)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ);
        e.backward(e.first, tlm::END_REQ, sc_time(5, SC_NS));
        e.forward(e.second, tlm::BEGIN_REQ, sc_time(4, SC_NS));
        finds("BEGIN_REQ before the end of the last request in time");
    });
}

TEST_F(Checker, SecondResponseBeforeTheEndOfTheFirst)
{
    run([&] {
        for (auto* p : {&e.first, &e.second}) {
            e.forward(*p, tlm::BEGIN_REQ);
            e.backward(*p, tlm::END_REQ);
        }
        e.respond(e.first);
        e.respond(e.second);
        finds("BEGIN_RESP while another response is open");
    });
}

TEST_F(Checker, PhasesOutOfPlace)
{
    run([&] {
        e.forward(e.first, tlm::END_RESP);
        finds("END_RESP without an open response");
        e.backward(e.first, tlm::BEGIN_RESP);
        finds("backward call for a payload that is not under way");
        e.forward(e.first, tlm::END_REQ);
        finds("forward call with a phase that is neither BEGIN_REQ nor END_RESP");
        e.forward(e.first, tlm::BEGIN_REQ);
        e.backward(e.first, tlm::END_REQ);
        e.backward(e.first, tlm::END_REQ);
        finds("END_REQ without an open request");
        e.backward(e.first, tlm::END_RESP);
        finds("backward call with a phase that is neither END_REQ nor BEGIN_RESP");
    });
}

TEST_F(Checker, TimeThatGoesBack)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ, sc_time(5, SC_NS));
        e.backward(e.first, tlm::END_REQ, sc_time(4, SC_NS));
        finds("END_REQ comes before the previous phase in time");
        e.forward(e.second, tlm::BEGIN_REQ, sc_time(9, SC_NS));
        e.respond(e.second, sc_time(8, SC_NS));
        finds("BEGIN_RESP comes before the previous phase in time");
    });
}

TEST_F(Checker, ReturnValues)
{
    run([&] {
        e.fw_phase = tlm::END_REQ; // with TLM_ACCEPTED
        e.forward(e.first, tlm::BEGIN_REQ);
        finds("TLM_ACCEPTED with another phase");
        e.bw_status = tlm::TLM_COMPLETED;
        e.backward(e.first, tlm::END_REQ);
        finds("END_REQ was not answered by TLM_ACCEPTED");
        e.bw_status = tlm::TLM_UPDATED;
        e.bw_phase = tlm::END_REQ;
        e.respond(e.first);
        finds("BEGIN_RESP was answered by a phase that is not END_RESP");
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_RESP;
        e.forward(e.second, tlm::BEGIN_REQ);
        finds("BEGIN_REQ was answered by a phase that is neither END_REQ nor BEGIN_RESP");
    });
}

TEST_F(Checker, WhatARequestMustSay)
{
    run([&] {
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_REQ;
        const auto one = [&](tlm::tlm_generic_payload& p, const char* what) {
            e.forward(p, tlm::BEGIN_REQ);
            finds(what);
            e.respond(p);
            e.forward(p, tlm::END_RESP);
            e.checker.take_violations();
            e.prepare(p);
        };
        e.first.set_response_status(tlm::TLM_OK_RESPONSE);
        one(e.first, "the request's response status is not TLM_INCOMPLETE_RESPONSE");
        e.first.set_dmi_allowed(true);
        one(e.first, "the request allows DMI");
        e.first.set_dmi_allowed(false);
        e.first.set_streaming_width(0);
        one(e.first, "the request's streaming width is 0");
        e.first.set_data_length(0);
        one(e.first, "the request has no data array");
        unsigned char enable = TLM_BYTE_ENABLED;
        e.first.set_byte_enable_ptr(&enable);
        e.first.set_byte_enable_length(0);
        one(e.first, "the request's byte enables have length 0");
        e.first.set_byte_enable_ptr(nullptr);
        tlm::tlm_generic_payload bare; // no memory manager
        e.prepare(bare);
        one(bare, "BEGIN_REQ of a payload without memory manager");
    });
}

TEST_F(Checker, WhatMayNotChangeUnderWay)
{
    run([&] {
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_REQ;
        e.bw_status = tlm::TLM_COMPLETED;
        attributes a;
        a.requester = 1;
        e.first.set_extension(&a);
        const auto changed = [&](const std::function<void()>& change, const char* what) {
            e.prepare(e.first);
            a.requester = 1;
            e.forward(e.first, tlm::BEGIN_REQ);
            change();
            e.respond(e.first);
            finds(what);
        };
        changed([&] { e.first.set_address(0x2000); }, "address");
        changed([&] { e.first.set_data_length(4); }, "data length");
        changed([&] { e.first.set_command(tlm::TLM_READ_COMMAND); }, "command");
        changed([&] { e.first.set_streaming_width(4); }, "streaming width");
        changed([&] { e.data[3] ^= 1; }, "write data");
        changed([&] { a.requester = 2; }, "attributes");
        changed([&] { e.first.clear_extension(&a); }, "extension");
    });
}

TEST_F(Checker, OnePayloadInBothStyles)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ);
        sc_time delay;
        e.initiator->b_transport(e.first, delay);
        finds("b_transport of a payload that is under way");
        e.prepare(e.second);
        delay = sc_time(5, SC_NS);
        e.initiator->b_transport(e.second, delay); // ends at b_delay, 0
        finds("b_transport ends before its beginning in time");
    });
}

TEST_F(Checker, APayloadTwice)
{
    run([&] {
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_REQ;
        e.forward(e.first, tlm::BEGIN_REQ);
        e.forward(e.first, tlm::BEGIN_REQ);
        finds("BEGIN_REQ of a payload that is under way");
    });
}

TEST_F(Checker, StatusBeforeTheResponse)
{
    run([&] {
        e.forward(e.first, tlm::BEGIN_REQ);
        e.first.set_response_status(tlm::TLM_OK_RESPONSE);
        e.backward(e.first, tlm::END_REQ);
        finds("END_REQ with a response status");
        e.fw_status = tlm::TLM_UPDATED;
        e.fw_phase = tlm::END_REQ;
        e.on_call = [&] { e.second.set_response_status(tlm::TLM_OK_RESPONSE); };
        e.forward(e.second, tlm::BEGIN_REQ);
        finds("END_REQ with a response status");
    });
}

TEST_F(Checker, WhatBTransportMustLeave)
{
    run([&] {
        std::array<unsigned char, 8> enables{};
        enables.fill(TLM_BYTE_ENABLED);
        enables[3] = TLM_BYTE_DISABLED;
        attributes as_sent, replaced;
        const auto changed = [&](const std::function<void(tlm::tlm_generic_payload&)>& change, const char* what) {
            e.prepare(e.first);
            enables[3] = TLM_BYTE_DISABLED;
            e.first.set_read();
            e.first.set_byte_enable_ptr(enables.data());
            e.first.set_byte_enable_length(8);
            e.first.set_extension(&as_sent);
            e.on_call = [&] { change(e.first); };
            sc_time delay;
            e.initiator->b_transport(e.first, delay);
            finds(what);
        };
        using payload = tlm::tlm_generic_payload;
        changed([](payload& p) { p.set_address(0x2000); }, "changed under way: address");
        changed([](payload& p) { p.set_write(); }, "changed under way: command");
        changed([&](payload& p) { p.set_data_ptr(enables.data()); }, "changed under way: data pointer");
        changed([](payload& p) { p.set_data_length(4); }, "changed under way: data length");
        changed([](payload& p) { p.set_streaming_width(4); }, "changed under way: streaming width");
        changed([](payload& p) { p.set_byte_enable_ptr(nullptr); }, "changed under way: byte enables");
        changed([](payload& p) { p.set_byte_enable_length(4); }, "changed under way: byte enables");
        changed([&](payload&) { enables[3] = TLM_BYTE_ENABLED; }, "changed under way: byte enable array");
        changed([&](payload&) { e.data[3] ^= 1; }, "changed under way: read data that is not enabled");
        changed([&](payload& p) { p.set_extension(&replaced); }, "changed under way: extension");
        changed([&](payload&) { as_sent.requester = 7; }, "changed under way: attributes");
        e.prepare(e.first);
        e.on_call = [&] { e.data[2] ^= 1; }; // an enabled byte
        sc_time delay;
        e.initiator->b_transport(e.first, delay);
        EXPECT_THAT(e.checker.take_violations(), ElementsAre(EndsWith("write data")));
        e.first.set_read();
        e.first.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        e.initiator->b_transport(e.first, delay);
        EXPECT_THAT(e.checker.take_violations(), IsEmpty());
        e.first.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        e.b_status = tlm::TLM_INCOMPLETE_RESPONSE;
        e.initiator->b_transport(e.first, delay);
        finds("response with TLM_INCOMPLETE_RESPONSE");
        e.first.clear_extension(&as_sent);
        e.first.set_byte_enable_ptr(nullptr);
    });
}

TEST_F(Checker, ByteEnablesAreZerosOrOnes)
{
    run([&] {
        unsigned char enable = 0x7f;
        e.first.set_byte_enable_ptr(&enable);
        e.first.set_byte_enable_length(1);
        sc_time delay;
        e.initiator->b_transport(e.first, delay);
        finds("a byte enable is neither TLM_BYTE_DISABLED nor TLM_BYTE_ENABLED");
    });
}

TEST_F(Checker, ADifferenceThatWrapped)
{
    run([&] {
        e.b_delay = sc_time(1, SC_NS) - sc_time(2, SC_NS);
        sc_time delay;
        e.initiator->b_transport(e.first, delay);
        finds("which is a negative one");
        e.fw_delay = e.b_delay;
        e.forward(e.second, tlm::BEGIN_REQ);
        finds("which is a negative one");
    });
}

TEST_F(Checker, CallsThatMayNotWait)
{
    run([&] {
        e.on_call = e.on_invalidate = [] { sc_core::wait(1, SC_NS); };
        e.forward(e.first, tlm::BEGIN_REQ);
        finds("nb_transport_fw waited");
        e.backward(e.first, tlm::END_REQ);
        finds("nb_transport_bw waited");
        e.initiator->transport_dbg(e.second);
        finds("transport_dbg waited");
        tlm::tlm_dmi dmi;
        e.granted = false;
        e.initiator->get_direct_mem_ptr(e.second, dmi);
        finds("get_direct_mem_ptr waited");
        e.target->invalidate_direct_mem_ptr(0, 1);
        finds("invalidate_direct_mem_ptr waited");
    });
}

TEST_F(Checker, DebugAccess)
{
    run([&] {
        e.initiator->transport_dbg(e.first);
        EXPECT_THAT(e.checker.take_violations(), IsEmpty());
        e.debug_count = 9;
        e.initiator->transport_dbg(e.first);
        finds("transport_dbg moved more than the data array holds");
        e.debug_count = 8;
        e.on_call = [&] { e.first.set_address(0x2000); };
        e.initiator->transport_dbg(e.first);
        finds("changed under way: address");
    });
}

TEST_F(Checker, DmiGrants)
{
    run([&] {
        const auto asked = [&] {
            e.first.set_address(0x1000);
            tlm::tlm_dmi dmi;
            e.initiator->get_direct_mem_ptr(e.first, dmi);
        };
        const auto whole = [&] {
            e.grant.init();
            e.grant.allow_read_write();
            e.grant.set_dmi_ptr(e.data.data());
            e.grant.set_start_address(0x1000);
            e.grant.set_end_address(0x1fff);
        };
        whole();
        asked();
        EXPECT_THAT(e.checker.take_violations(), IsEmpty());
        e.grant.set_end_address(0xfff);
        asked();
        finds("the DMI region ends before it starts");
        e.grant.set_start_address(0);
        asked();
        finds("the DMI region is not that of the request");
        whole();
        e.grant.set_start_address(0x1001);
        e.granted = false; // says where there is none
        asked();
        finds("the DMI region is not that of the request");
        e.granted = true;
        whole();
        e.grant.allow_read();
        asked();
        finds("the DMI grant does not allow the access of the request");
        e.first.set_read();
        e.grant.allow_write();
        asked();
        finds("the DMI grant does not allow the access of the request");
        whole();
        e.grant.set_dmi_ptr(nullptr);
        asked();
        finds("the DMI grant has no pointer");
        whole();
        e.grant.set_read_latency(sc_core::SC_ZERO_TIME - sc_time(1, SC_NS));
        asked();
        finds("which is a negative one");
        whole();
        e.grant.set_write_latency(sc_core::SC_ZERO_TIME - sc_time(1, SC_NS));
        asked();
        finds("which is a negative one");
        whole();
        e.on_call = [&] { e.first.set_address(0x1008); };
        asked();
        finds("changed under way: address");
        e.on_call = [] {};
        e.target->invalidate_direct_mem_ptr(2, 1);
        finds("the DMI region taken back ends before it starts");
        e.on_invalidate = asked;
        e.target->invalidate_direct_mem_ptr(1, 2);
        finds("get_direct_mem_ptr within invalidate_direct_mem_ptr");
    });
}

namespace {
std::unique_ptr<ends> left;
} // namespace

TEST(CheckerAtItsEnd, WhatNobodyTookFailsTheTest)
{
    left = std::make_unique<ends>("left");
    in_thread([&] { left->forward(left->first, tlm::END_RESP); });
    EXPECT_NONFATAL_FAILURE(left.reset(), "END_RESP without an open response");
}

TEST(CheckerAtItsEnd, ATransactionThatHasNotEndedFailsTheTest)
{
    left = std::make_unique<ends>("left");
    in_thread([&] { left->forward(left->first, tlm::BEGIN_REQ); });
    EXPECT_NONFATAL_FAILURE(left.reset(), "1 transactions have not ended");
}
