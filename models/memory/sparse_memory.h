#pragma once

#include "common/systemc/at_target.h"
#include "memory/dram_timing.h"
#include "memory/page_store.h"
#include "memory/system_cache.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace iovp {

/// Memory of any size whose pages are allocated when they are first written. Addresses are relative to its base. See
/// models/memory/README.md.
class sparse_memory : public sc_core::sc_module {
public:
    struct parameters {
        std::uint64_t size = std::uint64_t(8) << 30;                           ///< bytes, 1..2^52
        sc_core::sc_time read_latency = sc_core::sc_time(95, sc_core::SC_NS);  ///< access to data; Arm ASCT
        sc_core::sc_time write_latency = sc_core::sc_time(95, sc_core::SC_NS); ///< assumed equal to a read's
        double bandwidth_bytes_per_ns = 170.0;                                 ///< 0: unlimited; Arm ASCT, 170 GB/s
        unsigned banks = 0;          ///< of DRAM, 0: none, or a power of two up to 4096; they give the latency's knee
        sc_core::sc_time bank_cycle; ///< how long an access to a line keeps its bank; above 0 where there are banks
        system_cache::parameters cache; ///< in front of DRAM; none by default
        unsigned outstanding = 256;     ///< AT: accesses inside at a time, 1..65536; assumed: 95 ns at 170 GB/s in 64 B
        std::uint64_t page_size = 65536; ///< bytes, power of two 4 KiB..2 MiB: unit of allocation and of DMI

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<sparse_memory, 64> socket; ///< LT, AT, DMI per page, debug; from 0 to size-1

    sparse_memory(const sc_core::sc_module_name& name, const parameters& p);

    const parameters& configuration() const { return parameters_; }
    std::uint64_t pages() const { return store_.pages(); } ///< pages allocated so far
    const system_cache::statistics& cache_counts() const { return cache_.counts(); }

protected:
    void end_of_elaboration() override;

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);
    bool inside(std::uint64_t address, std::uint64_t length) const;
    void copy(const tlm::tlm_generic_payload& trans);
    void serve(const tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    bool serve_cached(const tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

    const parameters parameters_;
    page_store store_;
    dram_timing dram_;
    system_cache cache_;
    at_target at_;
};

} // namespace iovp
