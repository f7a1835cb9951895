#include "exit_register.h"

#include <cstring>

namespace iovp::a64_virt {

exit_register::exit_register(const sc_core::sc_module_name& name)
    : sc_module(name)
    , registers("registers")
{
    registers.register_b_transport(this, &exit_register::b_transport);
}

void exit_register::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&)
{
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    if (trans.is_read()) {
        std::memset(trans.get_data_ptr(), 0, trans.get_data_length());
    } else if (trans.is_write() && trans.get_address() == 0 && trans.get_data_length() > 0) {
        code_ = trans.get_data_ptr()[0];
        sc_core::sc_stop();
    }
}

} // namespace iovp::a64_virt
