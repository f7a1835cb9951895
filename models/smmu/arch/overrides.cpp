#include "smmu/arch/configuration.h"

#include "common/bit_field.h"
#include "vmsa/attributes.h"

namespace iovp::smmu {

vmsa::access attribute_overrides::apply(const vmsa::access& incoming) const
{
    vmsa::access a = incoming;
    if (privcfg >= 2)
        a.privileged = privcfg == 3;
    if (instcfg >= 2)
        a.instruction = instcfg == 3;
    if (a.write)
        a.instruction = false; // 13.1.2: incoming writes are Data
    return a;
}

memory_attributes attribute_overrides::apply(const memory_attributes& incoming) const
{
    memory_attributes m = incoming;
    if (mtcfg) {
        // 13.1.4: hints of an incoming cacheable type stay; where there were none they are RA, WA, nTR.
        const memory_attributes type = vmsa::decode_memattr(memattr, 0);
        const auto replaced = [&](const cache_attributes& old, const cache_attributes& now) {
            cache_attributes c = now;
            const bool had_hints = incoming.type == memory_type::normal && old.policy != cacheability::non_cacheable;
            if (now.policy != cacheability::non_cacheable && had_hints) {
                c.read_allocate = old.read_allocate;
                c.write_allocate = old.write_allocate;
                c.transient = old.transient;
            }
            return c;
        };
        m.type = type.type;
        m.inner = replaced(incoming.inner, type.inner);
        m.outer = replaced(incoming.outer, type.outer);
    }
    if ((alloccfg & 8) != 0 && m.type == memory_type::normal) {
        for (cache_attributes* c : {&m.inner, &m.outer}) {
            c->read_allocate = (alloccfg & 4) != 0;
            c->write_allocate = (alloccfg & 2) != 0;
            c->transient = (alloccfg & 1) != 0;
        }
    }
    if (shcfg != 1)
        m.share = shcfg == 2 ? shareability::outer : shcfg == 3 ? shareability::inner : shareability::non_shareable;
    return vmsa::normalised(m); // 13.1.7
}

vmsa::translation_tag stream_context::tag_of(const request& r) const
{
    vmsa::translation_tag t = tag;
    t.non_secure_ipa = !t.non_secure && t.stage2 && !t.stage1 && overrides.non_secure(r.non_secure);
    return t;
}

std::uint64_t stream_context::lookup_address(std::uint64_t address) const
{
    const bool upper = bit(address, 55);
    if (!(upper ? tbi1 : tbi0))
        return address;
    return upper ? address | bit_mask(63, 56) : address & ~bit_mask(63, 56);
}

} // namespace iovp::smmu
