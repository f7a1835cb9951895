#include "memory/sparse_memory.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <cstring>

namespace iovp {

static dram_timing::parameters dram_of(const sparse_memory::parameters& p)
{
    return {p.bandwidth_bytes_per_ns, p.banks, p.bank_cycle};
}

void sparse_memory::parameters::check(const std::string& object) const
{
    require_range(object, "size", size, 1, std::uint64_t(1) << 52);
    require_power_of_two(object, "page_size", page_size);
    require_range(object, "page_size", page_size, 4096, 2u << 20);
    require_range(object, "outstanding", outstanding, 1, 65536);
    dram_of(*this).check(object);
    cache.check(object);
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
    , dram_(dram_of(p))
    , cache_(p.cache, dram_, p.read_latency, p.write_latency)
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

// Normal memory that is outer cacheable comes into the cache where its allocation hint says so (B2.10); what is there
// serves everybody.
bool sparse_memory::serve_cached(const tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const memory_attributes& m = attributes::of(trans).memory;
    const bool cacheable = m.type == memory_type::normal && m.outer.policy != cacheability::non_cacheable;
    system_cache::access a;
    a.address = trans.get_address();
    a.bytes = trans.get_data_length();
    a.write = trans.is_write();
    a.partial = trans.get_byte_enable_ptr() != nullptr;
    a.allocate = cacheable && (a.write ? m.outer.write_allocate : m.outer.read_allocate);
    a.write_through = m.outer.policy != cacheability::write_back;
    const time_ps now = to_ps(sc_core::sc_time_stamp());
    const system_cache::outcome o = cache_.take(now, local_ps(delay), a);
    delay = sc_core::sc_time::from_value(o.end - now);
    return o.hit;
}

void sparse_memory::serve(const tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const bool hit = cache_.on() && serve_cached(trans, delay);
    if (!cache_.on()) {
        if (dram_.takes_time()) {
            const time_ps now = to_ps(sc_core::sc_time_stamp());
            const time_ps end = dram_.take(now, local_ps(delay), trans.get_address(), trans.get_data_length());
            delay = sc_core::sc_time::from_value(end - now);
        }
        delay += trans.is_write() ? parameters_.write_latency : parameters_.read_latency;
    }
    if (latency_record* record = attributes::of(trans).latency)
        record->until(local_ps(delay), hit ? stage::system_cache : stage::memory);
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
    serve(trans, delay);
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
    // Who keeps a pointer uses it again: the cache holds what it reaches.
    dmi.set_read_latency(cache_.on() ? parameters_.cache.hit_latency : parameters_.read_latency);
    dmi.set_write_latency(cache_.on() ? parameters_.cache.hit_latency : parameters_.write_latency);
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
