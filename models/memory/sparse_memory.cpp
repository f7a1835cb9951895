#include "memory/sparse_memory.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace iovp {

void sparse_memory::parameters::check(const std::string& object) const
{
    require_range(object, "size", size, 1, std::uint64_t(1) << 52);
    require_power_of_two(object, "page_size", page_size);
    require_range(object, "page_size", page_size, 4096, 2u << 20);
    require_range(object, "outstanding", outstanding, 1, 65536);
    if (!std::isfinite(bandwidth_bytes_per_ns) || bandwidth_bytes_per_ns < 0)
        configuration_error(object, "bandwidth_bytes_per_ns", std::to_string(bandwidth_bytes_per_ns),
                            "0 (unlimited) or more");
}

static const sparse_memory::parameters& checked(const sparse_memory::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

sparse_memory::sparse_memory(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , socket("socket")
    , parameters_(checked(p, this->name()))
    , store_(p.size, p.page_size)
    , ps_per_byte_(p.bandwidth_bytes_per_ns > 0 ? 1000.0 / p.bandwidth_bytes_per_ns : 0.0)
    , at_("respond", p.outstanding,
          [this](tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) { b_transport(trans, delay); })
{
    socket.register_b_transport(this, &sparse_memory::b_transport);
    socket.register_nb_transport_fw(this, &sparse_memory::nb_transport_fw);
    socket.register_get_direct_mem_ptr(this, &sparse_memory::get_direct_mem_ptr);
    socket.register_transport_dbg(this, &sparse_memory::transport_dbg);
}

void sparse_memory::end_of_elaboration()
{
    at_.connect(*socket.operator->());
}

tlm::tlm_sync_enum sparse_memory::nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                                  sc_core::sc_time& delay)
{
    return at_.nb_transport_fw(trans, phase, delay);
}

bool sparse_memory::inside(std::uint64_t address, std::uint64_t length) const
{
    return address < parameters_.size && length <= parameters_.size - address;
}

// Page by page: an access may cross pages, and a read of an untouched page is zeros without an allocation.
void sparse_memory::copy(const tlm::tlm_generic_payload& trans)
{
    std::uint8_t* data = trans.get_data_ptr();
    const std::uint8_t* enables = trans.get_byte_enable_ptr();
    const unsigned enable_length = trans.get_byte_enable_length();
    const unsigned length = trans.get_data_length();
    const bool write = trans.is_write();
    for (unsigned done = 0; done < length;) {
        const std::uint64_t address = trans.get_address() + done;
        const std::uint64_t offset = store_.offset(address);
        const unsigned part =
            static_cast<unsigned>(std::min<std::uint64_t>(length - done, store_.page_size() - offset));
        std::uint8_t* writable = write ? store_.touch(address) + offset : nullptr;
        const std::uint8_t* page = write ? nullptr : store_.find(address);
        const std::uint8_t* readable = page ? page + offset : nullptr;
        if (enables && enable_length != 0) {
            for (unsigned i = 0; i < part; ++i) {
                if (enables[(done + i) % enable_length] == TLM_BYTE_DISABLED)
                    continue;
                if (write)
                    writable[i] = data[done + i];
                else
                    data[done + i] = readable ? readable[i] : 0;
            }
        } else if (write) {
            std::memcpy(writable, data + done, part);
        } else if (readable) {
            std::memcpy(data + done, readable, part);
        } else {
            std::memset(data + done, 0, part);
        }
        done += part;
    }
}

// The data bus serves one access at a time; the latency overlaps.
sc_core::sc_time sparse_memory::occupy(unsigned bytes, const sc_core::sc_time& delay)
{
    const time_ps arrival = local_ps(delay);
    const time_ps busy = static_cast<time_ps>(std::llround(ps_per_byte_ * bytes));
    const time_ps end = data_bus_.take(to_ps(sc_core::sc_time_stamp()), arrival, busy);
    return sc_core::sc_time::from_value(end - arrival);
}

void sparse_memory::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    trans.set_dmi_allowed(false);
    if (trans.get_command() == tlm::TLM_IGNORE_COMMAND) {
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
        return;
    }
    if (trans.get_streaming_width() < trans.get_data_length()) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (!inside(trans.get_address(), trans.get_data_length())) {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    copy(trans);
    if (ps_per_byte_ > 0)
        delay += occupy(trans.get_data_length(), delay);
    delay += trans.is_write() ? parameters_.write_latency : parameters_.read_latency;
    if (latency_record* record = attributes::of(trans).latency)
        record->until(local_ps(delay), stage::memory);
    trans.set_dmi_allowed(true);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool sparse_memory::get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi)
{
    dmi.init();
    const std::uint64_t address = trans.get_address();
    if (!inside(address, 1)) {
        dmi.allow_none();
        dmi.set_start_address(parameters_.size);
        return false;
    }
    const std::uint64_t start = address - store_.offset(address);
    dmi.set_dmi_ptr(store_.touch(address));
    dmi.set_start_address(start);
    dmi.set_end_address(std::min(start + store_.page_size(), parameters_.size) - 1);
    dmi.set_read_latency(parameters_.read_latency);
    dmi.set_write_latency(parameters_.write_latency);
    dmi.allow_read_write();
    return true;
}

unsigned sparse_memory::transport_dbg(tlm::tlm_generic_payload& trans)
{
    if (!inside(trans.get_address(), trans.get_data_length()) || trans.get_command() == tlm::TLM_IGNORE_COMMAND)
        return 0;
    copy(trans);
    return trans.get_data_length();
}

} // namespace iovp
