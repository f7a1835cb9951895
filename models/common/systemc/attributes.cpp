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

const transaction_attributes attributes::defaults;

} // namespace iovp
