#pragma once

#include "common/transaction_attributes.h"

#include <tlm>

namespace iovp {

/// The one extension of iovp's payloads: transaction_attributes on a tlm_generic_payload.
///     attributes a; a.stream = stream_id(8); payload.set_extension(&a); ... payload.clear_extension(&a);
class attributes : public tlm::tlm_extension<attributes>, public transaction_attributes {
public:
    attributes() = default;
    explicit attributes(const transaction_attributes& content)
        : transaction_attributes(content)
    {
    }

    tlm::tlm_extension_base* clone() const override;
    void copy_from(const tlm::tlm_extension_base& other) override;

    /// The payload's attributes, or the documented defaults where it carries none.
    static const transaction_attributes& of(const tlm::tlm_generic_payload& payload)
    {
        const attributes* extension = payload.get_extension<attributes>();
        return extension ? *extension : defaults;
    }
    /// What a payload without attributes means.
    static const transaction_attributes& none() { return defaults; }

private:
    static const transaction_attributes defaults;
};

} // namespace iovp
