// The protocol checker finds what it is for: each rule broken once, by an initiator and a target that do as told.
#include "support/protocol_checker.h"

#include "common/systemc/attributes.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>

#include <array>

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
    tlm::tlm_sync_enum nb_fw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& delay)
    {
        if (fw_phase != tlm::UNINITIALIZED_PHASE)
            phase = fw_phase;
        delay += fw_delay;
        return fw_status;
    }
    tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time&)
    {
        if (bw_phase != tlm::UNINITIALIZED_PHASE)
            phase = bw_phase;
        return bw_status;
    }
    void b_transport(tlm::tlm_generic_payload& p, sc_time& delay)
    {
        delay = b_delay;
        p.set_response_status(tlm::TLM_OK_RESPONSE);
    }

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
        changed([&] { e.first.clear_extension(&a); }, "attributes extension");
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
