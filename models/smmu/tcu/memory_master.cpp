#include "smmu/tcu/memory_master.h"

#include "smmu/arch/configuration.h"
#include "smmu/arch/registers.h"
#include "vmsa/attributes.h"

namespace iovp::smmu {

bool memory_master::send_msi(std::uint64_t address, std::uint32_t data, unsigned memattr, unsigned sh,
                             sc_core::sc_time& delay, bool non_secure)
{
    attribute_overrides encoded;
    encoded.mtcfg = true;
    encoded.memattr = static_cast<std::uint8_t>(memattr);
    encoded.shcfg = static_cast<std::uint8_t>(sh == 1 ? 0 : sh); // 6.3.23: reserved, treated as non-shareable
    transaction_attributes a = attributes_of(encoded.apply(normal_write_back()), non_secure);
    a.device = msi_device_;
    return outstanding(writes_, delay,
                       [&] { return transport(socket_, tlm::TLM_WRITE_COMMAND, address, &data, 4, a, delay); });
}

vmsa::memory_port::exchange memory_master::compare_exchange(std::uint64_t address, std::uint64_t& expected,
                                                            std::uint64_t desired, const memory_attributes& memory,
                                                            bool non_secure, sc_core::sc_time& delay)
{
    using result = vmsa::memory_port::exchange;
    std::uint64_t now = 0;
    if (!read(address, &now, 8, memory, non_secure, delay))
        return result::aborted;
    if (now != expected) {
        expected = now;
        return result::changed;
    }
    static constexpr unsigned char no_bytes[8] = {};
    const pooled_payload payload(tlm::TLM_WRITE_COMMAND, address, &desired, 8, attributes_of(memory, non_secure));
    payload->set_byte_enable_ptr(const_cast<unsigned char*>(no_bytes)); // TLM: targets only read it
    payload->set_byte_enable_length(8);
    const bool ok = outstanding(writes_, delay, [&] {
        socket_->b_transport(*payload, delay);
        return payload->is_response_ok();
    });
    return ok ? exchange_debug(address, expected, desired, memory, non_secure) : result::aborted;
}

vmsa::memory_port::exchange memory_master::exchange_debug(std::uint64_t address, std::uint64_t& expected,
                                                          std::uint64_t desired, const memory_attributes& memory,
                                                          bool non_secure)
{
    using result = vmsa::memory_port::exchange;
    std::uint64_t now = 0;
    if (!debug(tlm::TLM_READ_COMMAND, address, &now, 8, memory, non_secure))
        return result::aborted;
    if (now != expected) {
        expected = now;
        return result::changed;
    }
    return debug(tlm::TLM_WRITE_COMMAND, address, &desired, 8, memory, non_secure) ? result::done : result::aborted;
}

bool memory_master::debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
                          const memory_attributes& memory, bool non_secure)
{
    const pooled_payload payload(command, address, data, size, attributes_of(memory, non_secure));
    return socket_->transport_dbg(*payload) == size;
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
