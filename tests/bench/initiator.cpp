#include "initiator.h"

namespace iovp::bench {

initiator::initiator(const sc_core::sc_module_name& name)
    : sc_module(name)
    , socket("socket")
{
    socket.register_invalidate_direct_mem_ptr(this, &initiator::invalidate);
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(data_));
    payload_.set_extension(&with);
}

initiator::~initiator()
{
    payload_.clear_extension(&with);
}

void initiator::keep_grants(std::uint64_t first_address, std::size_t pages)
{
    first_page_ = first_address >> 12;
    grants_.assign(pages, {});
}

// The grant may cover more than the page: every page of it is kept.
const initiator::grant* initiator::ask(std::uint64_t address)
{
    tlm::tlm_dmi dmi;
    payload_.set_command(tlm::TLM_READ_COMMAND);
    payload_.set_address(address);
    if (address >> 12 < first_page_ || !socket->get_direct_mem_ptr(payload_, dmi) || !dmi.is_read_allowed())
        return nullptr;
    ++granted_;
    for (std::size_t i = 0; i < grants_.size(); ++i) {
        const std::uint64_t start = (first_page_ + i) << 12;
        if (start >= dmi.get_start_address() && start + 0xfff <= dmi.get_end_address())
            grants_[i] = {dmi.get_dmi_ptr() + (start - dmi.get_start_address()), dmi.get_read_latency()};
    }
    const grant& g = grants_[static_cast<std::size_t>((address >> 12) - first_page_)];
    return g.data ? &g : nullptr;
}

void initiator::invalidate(sc_dt::uint64 first, sc_dt::uint64 last)
{
    for (std::size_t i = 0; i < grants_.size(); ++i) {
        const std::uint64_t start = (first_page_ + i) << 12;
        if (start <= last && start + 0xfff >= first)
            grants_[i] = {};
    }
}

} // namespace iovp::bench
