#pragma once

#include "dma_system/dma_system.h"
#include "measurement.h"
#include "msi_system.h"
#include "perfetto_trace.h"
#include "workload.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace iovp::profile {

/// A system, a workload on it, and what listens. One per process.
class experiment {
public:
    struct outputs {
        std::string perfetto_file; ///< empty: none
        std::string vcd_file;      ///< ends in .vcd; empty: none
    };
    using progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

    experiment(const profiles::profile& models, const workload& w, const outputs& o);
    ~experiment();

    /// Runs to the end. Throws where a transaction's stages do not add up or a transaction has no record.
    measurement run(const progress& tell);

private:
    class recorder;

    void make_streams();
    void map_window(dma::address_space& space, std::uint64_t iova, std::uint64_t size);
    void map_trace(dma::address_space& space);
    void map_doorbell(dma::address_space& space);
    dma::mapping mapping_of(std::uint64_t iova, std::uint64_t pa_offset, std::uint64_t size) const;
    void open_vcd(const std::string& file);
    traffic::workload traffic_of(unsigned device, std::uint64_t count) const;
    void drive(measurement& m, const progress& tell);
    void measure_traffic(measurement& m);
    void measure_churn(measurement& m);
    void measure_msi(measurement& m, const std::function<void()>& step);
    void run_devices(std::uint64_t count);
    void begin(measurement& m);
    void end(measurement& m);
    std::vector<const smmu::tbu*> tbus() const; ///< that serve the workload
    std::vector<cache_counts> caches() const;
    std::vector<named_count> counts() const;

    const profiles::profile models_;
    const workload workload_;
    const std::vector<traffic::list_entry> trace_;
    std::unique_ptr<perfetto_trace> perfetto_;
    dma::dma_system system_;
    std::unique_ptr<msi_system> msi_; ///< kind msi
    sc_core::sc_trace_file* vcd_ = nullptr;
    std::vector<std::unique_ptr<recorder>> recorders_; ///< of the probes
    std::uint64_t done_ = 0;                           ///< requests
    bool finished_ = false;
};

} // namespace iovp::profile
