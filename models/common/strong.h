#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace iovp {

/// A number that must not be mixed with another kind of number: stream_id is not device_id although both are 32 bits.
/// No arithmetic: take value() where the architecture computes with it.
template <class Tag, class Rep>
class strong {
public:
    using rep = Rep;

    constexpr strong() = default;
    explicit constexpr strong(Rep value)
        : value_(value)
    {
    }

    constexpr Rep value() const { return value_; }

    friend constexpr bool operator==(strong a, strong b) { return a.value_ == b.value_; }
    friend constexpr bool operator!=(strong a, strong b) { return a.value_ != b.value_; }
    friend constexpr bool operator<(strong a, strong b) { return a.value_ < b.value_; }

private:
    Rep value_ = 0;
};

using stream_id = strong<struct stream_id_tag, std::uint32_t>;       ///< IHI 0070 3.2, up to 32 bits
using substream_id = strong<struct substream_id_tag, std::uint32_t>; ///< IHI 0070 3.2, up to 20 bits; PASID on PCIe
using device_id = strong<struct device_id_tag, std::uint32_t>;       ///< GIC ITS DeviceID, up to 32 bits
using event_id = strong<struct event_id_tag, std::uint32_t>;         ///< GIC ITS EventID: the data of an MSI write
using intid = strong<struct intid_tag, std::uint32_t>;               ///< GIC interrupt identifier; LPIs from 8192
using vmid = strong<struct vmid_tag, std::uint16_t>;
using asid = strong<struct asid_tag, std::uint16_t>;
using virtual_address = strong<struct virtual_address_tag, std::uint64_t>; ///< input to stage 1; an IOVA for a device
using intermediate_address = strong<struct ipa_tag, std::uint64_t>;        ///< IPA: output of stage 1, input to stage 2
using physical_address = strong<struct pa_tag, std::uint64_t>;

} // namespace iovp

template <class Tag, class Rep>
struct std::hash<iovp::strong<Tag, Rep>> {
    std::size_t operator()(iovp::strong<Tag, Rep> s) const { return std::hash<Rep>()(s.value()); }
};
