#pragma once

#include "at_initiator.h"
#include "initiator.h"
#include "memory/sparse_memory.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "table_writer.h"

#include <cstdint>
#include <memory>
#include <systemc>

namespace iovp::bench {

/// The floor's chain with a TBU in the bridge's place: initiator -> TBU -> memory, and a TCU whose tables are in a
/// memory of their own, so that no interconnect stands between. Streams 0, 1, ... have the same page tables.
class translated_system : public sc_core::sc_module {
public:
    struct parameters {
        smmu::tbu::parameters tbu;
        smmu::tcu::parameters tcu;
        unsigned streams = 1;
        std::uint64_t pages = 1024;      ///< of 4 KiB, mapped for every stream
        std::uint64_t data = 0x10000000; ///< PA of the first page
        bool at = false;                 ///< the device is approximately timed
        bool nested = false;             ///< two streams, each with tables of its own; otherwise stage 1 alone
    };

    static constexpr std::uint64_t iova = 0x123400000000; ///< of the first page
    static constexpr std::uint64_t page_address(std::uint64_t page) { return iova + (page << 12); }

    /// `target`: what the TBU's downstream is bound to; null: memory.
    translated_system(const sc_core::sc_module_name& name, const parameters& p,
                      tlm::tlm_base_target_socket_b<64>* target = nullptr);

    /// From a process, once: writes the tables, enables the SMMU, and uses each stream and each page once.
    void start();
    bool started() const { return started_; }

    void use_stream(std::uint32_t stream) { (device ? device->with : at_device->with).stream = stream_id(stream); }

    const parameters configuration;
    std::unique_ptr<initiator> device;
    std::unique_ptr<at_initiator> at_device; ///< with `at`, in the other's place
    smmu::tbu tbu;
    smmu::tcu tcu;
    std::unique_ptr<sparse_memory> memory; ///< data; null where the TBU has another target
    sparse_memory tables;

private:
    void set_register(std::uint64_t offset, std::uint64_t value, unsigned size = 4);
    void map_stage1_streams();
    void map_nested_streams();
    void enable();

    bool started_ = false;
    initiator cpu_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> wires_;
};

} // namespace iovp::bench
