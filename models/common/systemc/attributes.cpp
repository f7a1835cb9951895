#include "common/systemc/attributes.h"

namespace iovp {

tlm::tlm_extension_base* attributes::clone() const
{
    return new attributes(*this);
}

void attributes::copy_from(const tlm::tlm_extension_base& other)
{
    static_cast<transaction_attributes&>(*this) = static_cast<const attributes&>(other);
}

const transaction_attributes& attributes::of(const tlm::tlm_generic_payload& payload)
{
    static const transaction_attributes defaults;
    const attributes* extension = payload.get_extension<attributes>();
    return extension ? *extension : defaults;
}

} // namespace iovp
