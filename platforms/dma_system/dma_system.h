#pragma once

#include "common/latency_record.h"
#include "dma_system/address_space.h"
#include "dma_system/control_port.h"
#include "dma_system/pcie_stub.h"
#include "dma_system/stream_table.h"
#include "dma_system/table_memory.h"
#include "dma_system/translation_cache.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "pcie/link.h"
#include "profiles/profile.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "traffic/traffic_generator.h"

#include <cstdint>
#include <memory>
#include <systemc>

namespace iovp::dma {

struct system_parameters {
    profiles::profile models; ///< TBUs, TCU, memory, interconnect; with `pcie` the link
    unsigned tbus = 1;        ///< 1..62, each with a generator of its own
    bool pcie = false;        ///< a PCIe link between each generator and its TBU
    bool ats = false;         ///< a translation cache between each generator and its TBU (PCIe ATS); not with `pcie`
    translation_cache::parameters atc;
    stream_table::shape streams;
    unsigned command_log2 = 8; ///< entries of the queues, 0..what the TCU's features say
    unsigned event_log2 = 8;
};

/// Devices behind an SMMU: traffic generators, a TBU for each, one TCU, memory, and what a driver writes. See
/// platforms/dma_system/README.md.
class dma_system : public sc_core::sc_module {
public:
    static constexpr std::uint64_t smmu_base = 0x2b400000;
    static constexpr std::uint64_t ram_base = 0x80000000;

    dma_system(const sc_core::sc_module_name& name, const system_parameters& p);
    ~dma_system() override;

    const system_parameters& configuration() const { return parameters_; }

    // What is there; the constructor connects it.
    sc_core::sc_vector<traffic::traffic_generator> generators;
    sc_core::sc_vector<pcie::link> links;       ///< none without `pcie`
    sc_core::sc_vector<translation_cache> atcs; ///< none without `ats`
    sc_core::sc_vector<smmu::tbu> tbus;
    smmu::tcu tcu;
    interconnect bus;
    sparse_memory memory;

    // Tables: no time passes, before or during the simulation. What the SMMU may hold of the old ones is invalidated by
    // commands.
    table_memory tables;
    stream_table streams;

    /// A space with tags of its own; it lives as long as the system. `shared`: one whose stage 2, and VMID, it uses.
    address_space& make_space(const space_shape& s, const address_space* shared = nullptr);
    /// make_space() and attach it: what a stream without substreams needs.
    address_space& add_stream(stream_id stream, const space_shape& s);
    /// The stream's space: the last that add_stream() gave it.
    address_space& space_of(stream_id stream);
    void map(stream_id stream, const mapping& m) { space_of(stream).map(m); }

    /// Physical memory for data that tables never take: the upper half.
    std::uint64_t data_base() const { return ram_base + parameters_.models.memory.size / 2; }
    std::uint64_t data_size() const { return parameters_.models.memory.size / 2; }

    /// Registers and commands: simulated time passes, call them from a thread.
    control_port control;

    /// Records of every request of the generators, and of the Translation Requests of their caches, when listen(true)
    /// was called. Does what follows it.
    latency_log latencies;
    void listen(bool on);

private:
    void connect();

    const system_parameters parameters_;
    struct private_parts;
    std::unique_ptr<private_parts> private_;
};

} // namespace iovp::dma
