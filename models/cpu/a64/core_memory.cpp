#include "cpu/a64/core.h"
#include "cpu/a64/exclusive_monitor.h"

#include <cstring>

namespace iovp::cpu::a64 {

static constexpr std::uint64_t page_size = std::uint64_t(1) << tlb::page_bits;
static constexpr std::uint64_t page_mask = page_size - 1;

bool core::bus_access(tlm::tlm_command command, std::uint64_t pa, void* data, unsigned size,
                      const transaction_attributes& with)
{
    ++statistics.bus_accesses;
    sc_core::sc_time delay = local();
    static_cast<transaction_attributes&>(attributes_) = with;
    payload_.set_command(command);
    payload_.set_address(pa);
    payload_.set_data_ptr(static_cast<unsigned char*>(data));
    payload_.set_data_length(size);
    payload_.set_streaming_width(size);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    shell_.bus->b_transport(payload_, delay);
    local_ps_ = delay.value();
    return payload_.is_response_ok();
}

/// Descriptors, by the bus.
class core::walk_memory : public vmsa::memory_port {
public:
    explicit walk_memory(core& c)
        : core_(c)
    {
    }

    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        transaction_attributes with;
        with.privileged = true;
        with.memory = what.memory;
        return core_.bus_access(tlm::TLM_READ_COMMAND, what.address.value(), words, count * 8, with);
    }

    // Armv8.0 has no hardware updates.
    exchange compare_exchange(const vmsa::structure_access&, std::uint64_t&, std::uint64_t) override
    {
        return exchange::aborted;
    }

private:
    core& core_;
};

vmsa::walk_result core::walk(const translation_regime& regime, std::uint64_t va, const vmsa::access& a,
                             bool only_stage1)
{
    ++statistics.walks;
    walk_memory memory(*this);
    return regime.translate(parameters_.mmu, va, a, memory, only_stage1);
}

void core::fill(jit_context& c, tlb_entry& e, std::uint64_t va, const vmsa::translation& t)
{
    const auto permitted = [&](bool write, bool instruction) {
        return !vmsa::check_permissions(t, vmsa::access{write, instruction, c.el != 0}, va);
    };
    e.pa = t.pa.value() & ~page_mask;
    e.size_log2 = t.page_size_log2;
    e.read = permitted(false, false);
    e.write = permitted(true, false);
    e.execute = permitted(false, true);
    e.memory = t.memory(c.regime.untranslated_memory(false));
    e.device = e.memory.type != memory_type::normal;
    e.host = nullptr;
    e.dmi_write = false;
    e.page = va & ~page_mask;

    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    payload.set_address(e.pa);
    payload.set_read();
    payload.set_data_length(static_cast<unsigned>(page_size));
    if (!shell_.bus->get_direct_mem_ptr(payload, dmi) || !dmi.is_read_allowed())
        return;
    if (dmi.get_start_address() > e.pa || dmi.get_end_address() < e.pa + page_mask)
        return;
    e.host = dmi.get_dmi_ptr() + (e.pa - dmi.get_start_address());
    e.dmi_write = dmi.is_write_allowed();
    c.install(e);
}

tlb_entry* core::translate(jit_context& c, std::uint64_t va, const vmsa::access& a, access_fault& why)
{
    if (tlb_entry* e = c.entries.find(va))
        if (a.write ? e->write : a.instruction ? e->execute : e->read)
            return e;
    // A permission that a kept translation does not give may have been given since: only a walk may refuse.
    if (const vmsa::translation* t = c.blocks.find(va))
        if (!vmsa::check_permissions(*t, a, va)) {
            tlb_entry& e = c.entries.slot(va);
            fill(c, e, va, *t);
            return &e;
        }
    for (;;) {
        const std::uint64_t generation = generation_;
        const vmsa::walk_result result = walk(c.regime, va, a);
        if (generation != generation_)
            continue; // time has passed in the walk, and what it read may be stale
        if (const auto* f = std::get_if<vmsa::fault>(&result)) {
            why = {va, a.write, *f};
            return nullptr;
        }
        const auto& t = std::get<vmsa::translation>(result);
        c.blocks.insert(va, t);
        tlb_entry& e = c.entries.slot(va);
        fill(c, e, va, t);
        return &e;
    }
}

transaction_attributes core::attributes_of(const tlb_entry& e, bool instruction) const
{
    transaction_attributes with;
    with.privileged = state_.el != 0;
    with.instruction = instruction;
    with.memory = instruction && e.device ? normal_write_back() : e.memory;
    return with;
}

bool core::refuse(jit_context& c, const access_fault& why)
{
    fault_ = why;
    c.halt(exit_cause::abort);
    return false;
}

std::optional<core::fetched> core::fetch(jit_context& c, std::uint64_t va)
{
    if (va & 3)
        return std::nullopt;
    access_fault why;
    const tlb_entry* e = translate(c, va, vmsa::access{false, true, c.el != 0}, why);
    if (!e)
        return std::nullopt;
    fetched f{0, e->pa + (va & page_mask)};
    if (e->host)
        std::memcpy(&f.word, e->host + (va & page_mask), sizeof f.word);
    else if (!bus_access(tlm::TLM_READ_COMMAND, f.pa, &f.word, sizeof f.word, attributes_of(*e, true)))
        return std::nullopt;
    return f;
}

// Other cores' exclusives on what has been written are lost, which is an event for them (D1.6.1, B2.12).
void core::written(std::uint64_t pa, std::uint64_t size)
{
    exclusive_monitor& monitor = exclusive_monitor::global();
    if (!monitor.empty())
        monitor.written(this, pa, size, [](const void* who) {
            static_cast<core*>(const_cast<void*>(who))->send_event(); // all marks are made by cores
        });
}

// An access that does not cross a page.
bool core::part(jit_context& c, tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size,
                bool aligned)
{
    const bool write = command == tlm::TLM_WRITE_COMMAND;
    access_fault why;
    const tlb_entry* e = translate(c, va, vmsa::access{write, false, c.el != 0}, why);
    if (!e)
        return refuse(c, why);
    if (!aligned && e->device)
        return refuse(c, {va, write, esr::fsc_alignment});
    const std::uint64_t offset = va & page_mask;
    const std::uint64_t pa = e->pa + offset;
    const bool exclusive_read = !write && c.is_exclusive_read();
    if (exclusive_read)
        exclusive_monitor::global().mark(this, pa);
    if (e->host && (!write || e->dmi_write)) {
        if (write) {
            std::memcpy(e->host + offset, data, size);
            written(pa, size);
        } else {
            std::memcpy(data, e->host + offset, size);
        }
        return true;
    }
    // Exclusives are not executed twice, see store_exclusive().
    if (!c.stepping() && !exclusive_read) {
        c.halt(exit_cause::bus_access);
        return false;
    }
    used_bus_ = true;
    const transaction_attributes with = attributes_of(*e, false);
    if (c.stepping())
        synchronise();
    const bool ok = bus_access(command, pa, data, size, with);
    if (write) {
        written(pa, size);
        // The core does not wait for the answer to a write: what fails is asynchronous.
        serror_pending_ = serror_pending_ || !ok;
        return true;
    }
    return ok || refuse(c, {va, write, esr::fsc_external});
}

bool core::access(jit_context& c, tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size)
{
    const bool aligned = (va & (size - 1)) == 0;
    if (aligned)
        return part(c, command, va, data, size, true);
    const bool write = command == tlm::TLM_WRITE_COMMAND;
    if (c.regime.strict_alignment || c.is_exclusive_read())
        return refuse(c, {va, write, esr::fsc_alignment});
    const auto first = static_cast<unsigned>(std::min<std::uint64_t>(size, page_size - (va & page_mask)));
    if (first == size)
        return part(c, command, va, data, size, false);
    if (write) {
        // Nothing is written unless the second page takes it, too.
        const vmsa::access a{true, false, c.el != 0};
        access_fault why;
        if (!translate(c, va, a, why) || !translate(c, va + first, a, why))
            return refuse(c, why);
    }
    return part(c, command, va, data, first, false) && part(c, command, va + first, data + first, size - first, false);
}

bool core::load(jit_context& c, std::uint64_t va, void* data, unsigned size)
{
    if (access(c, tlm::TLM_READ_COMMAND, va, static_cast<std::uint8_t*>(data), size))
        return true;
    std::memset(data, 0, size);
    return false;
}

bool core::store(jit_context& c, std::uint64_t va, const void* data, unsigned size)
{
    std::uint8_t copy[16];
    std::memcpy(copy, data, size);
    return access(c, tlm::TLM_WRITE_COMMAND, va, copy, size);
}

// The translated code has found its own monitor set at this address and has cleared it, so this store happens now or
// never. Besides the mark, memory must still hold what was read: stores of other cores by host pointer clear no mark.
bool core::store_exclusive(jit_context& c, std::uint64_t va, const void* data, const void* expected, unsigned size)
{
    if ((va & (size - 1)) != 0)
        return refuse(c, {va, true, esr::fsc_alignment});
    access_fault why;
    const tlb_entry* e = translate(c, va, vmsa::access{true, false, c.el != 0}, why);
    if (!e)
        return refuse(c, why);
    const std::uint64_t offset = va & page_mask;
    const std::uint64_t pa = e->pa + offset;
    exclusive_monitor& monitor = exclusive_monitor::global();
    const bool marked = monitor.marked(this, pa);
    monitor.clear(this);
    if (!marked)
        return false;
    std::uint8_t copy[16];
    if (e->host && e->dmi_write) {
        if (std::memcmp(e->host + offset, expected, size) != 0)
            return false;
        std::memcpy(e->host + offset, data, size);
    } else {
        const transaction_attributes with = attributes_of(*e, false);
        if (!bus_access(tlm::TLM_READ_COMMAND, pa, copy, size, with))
            return refuse(c, {va, true, esr::fsc_external});
        if (std::memcmp(copy, expected, size) != 0)
            return false;
        std::memcpy(copy, data, size);
        if (!bus_access(tlm::TLM_WRITE_COMMAND, pa, copy, size, with))
            serror_pending_ = true;
    }
    written(pa, size);
    return true;
}

// LDTR, STTR and DC ZVA. False: the exception has been taken.
bool core::system_access(tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size,
                         bool unprivileged)
{
    jit_context& c = current();
    const bool write = command == tlm::TLM_WRITE_COMMAND;
    const std::uint64_t at = pc();
    bool ok = true;
    const bool aligned = (va & (size - 1)) == 0;
    for (unsigned done = 0; done < size;) {
        const std::uint64_t here = va + done;
        const auto length = static_cast<unsigned>(std::min<std::uint64_t>(size - done, page_size - (here & page_mask)));
        const vmsa::walk_result result = walk(c.regime, here, vmsa::access{write, false, !unprivileged && c.el != 0});
        if (const auto* f = std::get_if<vmsa::fault>(&result)) {
            data_abort({here, write, *f}, at);
            return false;
        }
        tlb_entry e;
        fill(c, e, here, std::get<vmsa::translation>(result));
        if (!aligned && (e.device || c.regime.strict_alignment)) {
            data_abort({va, write, esr::fsc_alignment}, at);
            return false;
        }
        const std::uint64_t pa = e.pa + (here & page_mask);
        transaction_attributes with = attributes_of(e, false);
        with.privileged = !unprivileged;
        if (!e.host || !e.dmi_write)
            synchronise();
        if (e.host && !write)
            std::memcpy(data + done, e.host + (here & page_mask), length);
        else if (e.host && e.dmi_write)
            std::memcpy(e.host + (here & page_mask), data + done, length);
        else
            ok = bus_access(command, pa, data + done, length, with) && ok;
        if (write)
            written(pa, length);
        done += length;
    }
    if (!ok && !write) {
        data_abort({va, write, esr::fsc_external}, at);
        return false;
    }
    serror_pending_ = serror_pending_ || !ok;
    return true;
}

} // namespace iovp::cpu::a64
