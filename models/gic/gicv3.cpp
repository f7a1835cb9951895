#include "gic/gicv3.h"

#include "common/systemc/configuration_error.h"

namespace iovp::gic {

const gicv3::parameters& gicv3::checked(const parameters& p, const char* object)
{
    require_range(object, "mpidr", p.mpidr.size(), 1, 65535);
    return p;
}

gicv3::gicv3(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , gicd("gicd", checked(p, this->name()).gicd)
    , gits("gits", p.gits, gicd)
{
    for (std::size_t cpu = 0; cpu < p.mpidr.size(); ++cpu) {
        redistributor::parameters r = p.gicr;
        r.mpidr = p.mpidr[cpu];
        r.last = cpu + 1 == p.mpidr.size();
        gicr.push_back(std::make_unique<redistributor>(("gicr" + std::to_string(cpu)).c_str(), r, gicd));
        icc.push_back(std::make_unique<cpu_interface>(("icc" + std::to_string(cpu)).c_str(), p.icc, *gicr.back()));
    }
}

} // namespace iovp::gic
