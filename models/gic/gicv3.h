#pragma once

#include "gic/cpu_interface.h"
#include "gic/distributor.h"
#include "gic/its.h"
#include "gic/redistributor.h"

#include <memory>
#include <systemc>
#include <vector>

namespace iovp::gic {

/// A whole GICv3 for a list of CPUs: one distributor, a redistributor and a CPU interface each, one ITS. It owns and
/// connects them; the platform binds their sockets, wires and exports. See models/gic/README.md.
class gicv3 : public sc_core::sc_module {
public:
    struct parameters {
        std::vector<std::uint64_t> mpidr{0}; ///< MPIDR_EL1 of each CPU; the order gives the processor numbers
        distributor::parameters gicd;
        redistributor::parameters gicr; ///< mpidr and last are set here for each CPU
        cpu_interface::parameters icc;
        its::parameters gits;
    };

    gicv3(const sc_core::sc_module_name& name, const parameters& p);

private:
    static const parameters& checked(const parameters& p, const char* object);

public:
    distributor gicd;                                 ///< gicd.registers, gicd.spi
    std::vector<std::unique_ptr<redistributor>> gicr; ///< gicr[cpu]->registers, ->memory, ->ppi
    std::vector<std::unique_ptr<cpu_interface>> icc;  ///< icc[cpu]->registers, ->irq
    its gits;                                         ///< gits.registers, gits.memory
};

} // namespace iovp::gic
