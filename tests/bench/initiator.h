#pragma once

#include "common/systemc/attributes.h"

#include <cstdint>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

namespace iovp::bench {

/// Sends one transaction after the other from a payload that is reused: what the cheapest possible device does. The
/// local time starts at zero for each, so that nobody has to wait.
class initiator : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<initiator, 64> socket;

    explicit initiator(const sc_core::sc_module_name& name);
    ~initiator() override;

    /// The stream of what follows, and who listens to its time.
    attributes with;

    /// False: the response was not TLM_OK_RESPONSE.
    bool read(std::uint64_t address, unsigned size = 64) { return access(tlm::TLM_READ_COMMAND, address, size); }
    bool write(std::uint64_t address, unsigned size = 64) { return access(tlm::TLM_WRITE_COMMAND, address, size); }
    bool access(tlm::tlm_command command, std::uint64_t address, unsigned size)
    {
        payload_.set_command(command);
        payload_.set_address(address);
        payload_.set_data_length(size);
        payload_.set_streaming_width(size);
        payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        sc_core::sc_time delay;
        socket->b_transport(payload_, delay);
        if (++accesses_ % 1024 == 0) // as a quantum keeper does: what lies ahead must not pile up in the models
            sc_core::wait(delay);
        return payload_.is_response_ok();
    }

    /// The first bytes of the data.
    std::uint64_t& data() { return data_[0]; }

    /// 64 bytes by direct access to a 4 KiB page, after a look-up of the page among those granted; a page without a
    /// grant asks for one. False: none is given.
    bool read_direct(std::uint64_t address)
    {
        const std::uint64_t page = address >> 12;
        const grant* g = page - first_page_ < grants_.size() ? &grants_[page - first_page_] : nullptr;
        if (!g || !g->data) {
            g = ask(address);
            if (!g)
                return false;
        }
        std::memcpy(data_, g->data + (address & 0xfff), sizeof data_);
        direct_time_ += g->latency;
        return true;
    }
    /// Which pages read_direct() may use.
    void keep_grants(std::uint64_t first_address, std::size_t pages);
    std::uint64_t grants() const { return granted_; }

private:
    struct grant {
        const unsigned char* data = nullptr; ///< of the page; null: no grant
        sc_core::sc_time latency;
    };

    const grant* ask(std::uint64_t address);
    void invalidate(sc_dt::uint64 first, sc_dt::uint64 last);

    tlm::tlm_generic_payload payload_;
    std::uint64_t data_[8] = {};
    std::uint64_t first_page_ = 0;
    std::vector<grant> grants_;
    std::uint64_t granted_ = 0;
    std::uint64_t accesses_ = 0;
    sc_core::sc_time direct_time_;
};

} // namespace iovp::bench
