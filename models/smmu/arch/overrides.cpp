#include "smmu/arch/configuration.h"

#include "vmsa/attributes.h"

namespace iovp::smmu {

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

} // namespace iovp::smmu
