#include "common/latency_record.h"
#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/transport.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace iovp {
namespace {

// Every member away from its default.
transaction_attributes unusual(latency_record* record)
{
    transaction_attributes a;
    a.stream = stream_id(0x1108);
    a.substream = substream_id(0x77);
    a.sec_sid = security_state::secure;
    a.non_secure = false;
    a.privileged = true;
    a.instruction = true;
    a.ats = ats_state::translated;
    a.memory = device_memory(memory_type::device_GRE);
    a.device = device_id(0x2108);
    a.requester = 0x108;
    a.transaction = 42;
    a.latency = record;
    return a;
}

void expect_equal(const transaction_attributes& a, const transaction_attributes& b)
{
    EXPECT_EQ(a.stream, b.stream);
    EXPECT_EQ(a.substream, b.substream);
    EXPECT_EQ(a.sec_sid, b.sec_sid);
    EXPECT_EQ(a.non_secure, b.non_secure);
    EXPECT_EQ(a.privileged, b.privileged);
    EXPECT_EQ(a.instruction, b.instruction);
    EXPECT_EQ(a.ats, b.ats);
    EXPECT_EQ(a.memory, b.memory);
    EXPECT_EQ(a.device, b.device);
    EXPECT_EQ(a.requester, b.requester);
    EXPECT_EQ(a.transaction, b.transaction);
    EXPECT_EQ(a.latency, b.latency);
}

TEST(Attributes, CloneCopiesEveryMember)
{
    latency_record record(latency_record::kind::msi, 0);
    const attributes original(unusual(&record));
    const std::unique_ptr<attributes> copy(dynamic_cast<attributes*>(original.clone()));
    ASSERT_NE(copy, nullptr);
    expect_equal(*copy, unusual(&record));
}

TEST(Attributes, CopyFromOverwritesEveryMember)
{
    latency_record record(latency_record::kind::msi, 0);
    attributes target;
    target.copy_from(attributes(unusual(&record)));
    expect_equal(target, unusual(&record));
    target.copy_from(attributes());
    expect_equal(target, transaction_attributes());
}

TEST(Attributes, DeepCopyOfAPayloadCarriesThem)
{
    attributes original(unusual(nullptr));
    tlm::tlm_generic_payload from, to;
    from.set_extension(&original);
    to.deep_copy_from(from);
    ASSERT_NE(to.get_extension<attributes>(), nullptr);
    EXPECT_NE(to.get_extension<attributes>(), &original);
    expect_equal(attributes::of(to), unusual(nullptr));
    from.clear_extension(&original); // without a memory manager, the copy's extension is freed with the copy
}

TEST(Attributes, APayloadWithoutThemMeansTheDefaults)
{
    const tlm::tlm_generic_payload payload;
    const transaction_attributes& a = attributes::of(payload);
    EXPECT_FALSE(a.stream.has_value());
    EXPECT_FALSE(a.device.has_value());
    EXPECT_TRUE(a.non_secure);
    EXPECT_FALSE(a.privileged);
    EXPECT_EQ(a.ats, ats_state::untranslated);
    EXPECT_EQ(a.memory, normal_write_back());
    EXPECT_EQ(a.latency, nullptr);
}

struct fake_port {
    fake_port* operator->() { return this; }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        command = payload.get_command();
        address = payload.get_address();
        size = payload.get_data_length();
        requester = attributes::of(payload).requester;
        delay += sc_core::sc_time(3, sc_core::SC_NS);
        payload.set_response_status(answer);
    }
    tlm::tlm_response_status answer = tlm::TLM_OK_RESPONSE;
    tlm::tlm_command command = tlm::TLM_IGNORE_COMMAND;
    std::uint64_t address = 0;
    unsigned size = 0;
    std::uint16_t requester = 0;
};

TEST(Transport, BuildsThePayloadAndReportsTheResponse)
{
    fake_port port;
    std::uint64_t data = 0;
    sc_core::sc_time delay(1, sc_core::SC_NS);
    EXPECT_TRUE(transport(port, tlm::TLM_WRITE_COMMAND, 0x1234, &data, 8, unusual(nullptr), delay));
    EXPECT_EQ(port.command, tlm::TLM_WRITE_COMMAND);
    EXPECT_EQ(port.address, 0x1234u);
    EXPECT_EQ(port.size, 8u);
    EXPECT_EQ(port.requester, 0x108);
    EXPECT_EQ(delay, sc_core::sc_time(4, sc_core::SC_NS));
    port.answer = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    EXPECT_FALSE(transport(port, tlm::TLM_READ_COMMAND, 0, &data, 8, {}, delay));
}

std::string message_of(const std::function<void()>& what)
{
    try {
        what();
    } catch (const sc_core::sc_report& r) {
        EXPECT_EQ(r.get_severity(), sc_core::SC_ERROR);
        EXPECT_STREQ(r.get_msg_type(), configuration_message);
        return r.get_msg();
    }
    return "no report";
}

TEST(ConfigurationError, NamesObjectParameterValueAndWhatIsAllowed)
{
    EXPECT_EQ(message_of([] { configuration_error("top.tbu0", "clock", "0", "above 0"); }),
              "top.tbu0: parameter clock = 0: allowed: above 0");
    EXPECT_EQ(message_of([] { require_range("m", "entries", 3, 4, 64); }), "m: parameter entries = 3: allowed: 4..64");
    EXPECT_EQ(message_of([] { require_range("m", "entries", 65, 4, 64); }),
              "m: parameter entries = 65: allowed: 4..64");
    EXPECT_EQ(message_of([] { require_range("m", "entries", 64, 4, 64); }), "no report");
    EXPECT_EQ(message_of([] { require_power_of_two("m", "page", 0); }),
              "m: parameter page = 0: allowed: a power of two");
    EXPECT_EQ(message_of([] { require_power_of_two("m", "page", 6); }),
              "m: parameter page = 6: allowed: a power of two");
    EXPECT_EQ(message_of([] { require_power_of_two("m", "page", 8); }), "no report");
}

} // namespace
} // namespace iovp
