#include "smmu/tcu/memory_master.h"

#include "smmu/arch/configuration.h"
#include "smmu/arch/registers.h"
#include "vmsa/attributes.h"

namespace iovp::smmu {

bool memory_master::send_msi(std::uint64_t address, std::uint32_t data, unsigned memattr, unsigned sh,
                             sc_core::sc_time& delay)
{
    attribute_overrides encoded;
    encoded.mtcfg = true;
    encoded.memattr = static_cast<std::uint8_t>(memattr);
    encoded.shcfg = static_cast<std::uint8_t>(sh == 1 ? 0 : sh); // 6.3.23: reserved, treated as non-shareable
    transaction_attributes a = attributes_of(encoded.apply(normal_write_back()), true);
    a.device = msi_device_;
    return transport(socket_, tlm::TLM_WRITE_COMMAND, address, &data, 4, a, delay);
}

bool memory_master::read_debug(std::uint64_t address, void* data, unsigned size, const memory_attributes& memory,
                               bool non_secure)
{
    tlm::tlm_generic_payload payload;
    attributes extension(attributes_of(memory, non_secure));
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_extension(&extension);
    const unsigned done = socket_->transport_dbg(payload);
    payload.clear_extension(&extension);
    return done == size;
}

memory_attributes queue_attributes(std::uint32_t cr1)
{
    // Cacheability 0b11 is reserved and treated as non-cacheable.
    const auto cacheability_of = [](std::uint64_t c) { return static_cast<unsigned>(c == 3 ? 0 : c); };
    return vmsa::decode_walk_attributes(cacheability_of(cr1::queue_ic::get(cr1)),
                                        cacheability_of(cr1::queue_oc::get(cr1)),
                                        static_cast<unsigned>(cr1::queue_sh::get(cr1)));
}

} // namespace iovp::smmu
