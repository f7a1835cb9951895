#pragma once

#include "gic/gicv3.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "pcie/endpoint.h"
#include "pcie/link.h"
#include "pcie/root_complex.h"
#include "smmu/pmcg/parameters.h"
#include "smmu/tbu/parameters.h"
#include "smmu/tcu/parameters.h"

#include <string>
#include <systemc>
#include <vector>

namespace iovp::profiles {

/// Memory of the profile "server": unlike a sparse_memory's own defaults it has banks and a system cache.
sparse_memory::parameters server_memory();

/// All structure and time of the models that a system is built from. Defaults: the profile "server". See
/// platforms/profiles/README.md.
struct profile {
    std::string name = "server";
    smmu::tbu_parameters tbu;
    smmu::tcu_parameters tcu;
    smmu::pmcg_parameters pmcg; ///< of every counter group
    sparse_memory::parameters memory = server_memory();
    interconnect::parameters bus;
    pcie::root_complex::parameters root_complex;
    pcie::link::parameters link;
    pcie::endpoint::parameters endpoint; ///< read_tags: also the reads in flight of a traffic generator
    gic::gicv3::parameters gic;
    sc_core::sc_time cpu_interrupt_entry{50, sc_core::SC_NS}; ///< wire and exception entry; assumed
    double requests_per_second = 0;                           ///< what a device can ask for; 0: no limit

    /// Reports a value or a combination that is not allowed as iovp::configuration_error naming the profile.
    void check() const;
};

/// The profiles of this folder, by name.
std::vector<std::string> names();

/// A profile of this folder. Throws iovp::configuration::error for a name that does not exist.
profile named(const std::string& name);

/// A profile from the text of a JSON file, `origin` for messages. Throws iovp::configuration::error that names object,
/// key, value and what is allowed: for an unknown key, a missing one, one without a source, a value out of range; and
/// for values that contradict each other.
profile parse(const std::string& text, const std::string& origin);

/// The text of a profile of this folder, and the JSON Schema (draft 7) that parse() agrees with but for contradictions
/// between values.
std::string text_of(const std::string& name);
std::string schema();

} // namespace iovp::profiles
