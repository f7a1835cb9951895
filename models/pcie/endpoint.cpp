#include "pcie/endpoint.h"

#include "common/systemc/configuration_error.h"
#include "pcie/tlp.h"

#include <string>

namespace iovp::pcie {

void endpoint::parameters::check(const std::string& object) const
{
    require_range(object, "functions", functions, 1, 8);
    require_range(object, "vectors", vectors, 1, 2048);
    require_power_of_two(object, "buffer_size", buffer_size);
    require_range(object, "buffer_size", buffer_size, 4096, 16u << 20);
    require_power_of_two(object, "max_payload", max_payload);
    require_range(object, "max_payload", max_payload, 128, 4096);
    require_range(object, "read_tags", read_tags, 1, 256);
}

static const endpoint::parameters& checked(const endpoint::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

endpoint::endpoint(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , link_in("link_in")
    , link_out("link_out")
    , parameters_(checked(p, this->name()))
{
    link_in.register_b_transport(this, &endpoint::b_transport);
    for (unsigned i = 0; i < p.functions; ++i)
        functions_.push_back(std::make_unique<endpoint_function>(("function" + std::to_string(i)).c_str(), *this, i));
}

void endpoint::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const tlp& packet = tlp::of(trans);
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE); // Unsupported Request, unless a function answers
    if (packet.what == tlp::kind::configuration) {
        const unsigned number = packet.target & 7;
        if (number < functions_.size()) {
            if (trans.is_write())
                bus_and_device_ = packet.target & 0xfff8;
            functions_[number]->configure(trans, delay);
        }
    } else {
        for (const auto& function : functions_)
            if (function->memory(trans, delay))
                break;
    }
    delay += parameters_.access_latency;
}

} // namespace iovp::pcie
