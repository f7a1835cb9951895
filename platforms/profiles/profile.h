#pragma once

#include "gic/gicv3.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "pcie/endpoint.h"
#include "pcie/link.h"
#include "pcie/root_complex.h"
#include "smmu/tbu/parameters.h"
#include "smmu/tcu/parameters.h"

#include <string>
#include <systemc>

namespace iovp::profiles {

/// All parameters of the models that a system is built from. Defaults: the profile "server".
struct profile {
    std::string name = "server";
    smmu::tbu_parameters tbu;
    smmu::tcu_parameters tcu;
    sparse_memory::parameters memory;
    interconnect::parameters bus;
    pcie::root_complex::parameters root_complex;
    pcie::link::parameters link;
    pcie::endpoint::parameters endpoint;
    gic::gicv3::parameters gic;
    sc_core::sc_time cpu_interrupt_entry{50, sc_core::SC_NS}; ///< wire and exception entry; assumed
};

} // namespace iovp::profiles
