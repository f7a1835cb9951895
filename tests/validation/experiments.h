#pragma once

#include "context.h"
#include "row.h"

#include <vector>

namespace iovp::validation {

// Each in its own file, which says where its expected numbers come from and what was fitted.
rows walk_counts(const context& c);
rows its_reads(const context& c);
rows pcie_link(const context& c);
rows iotlb_reach(const context& c);
rows miss_step(const context& c);
rows walk_cost(const context& c);

struct experiment {
    const char* name;
    const char* summary;
    rows (*run)(const context&);
};

inline const std::vector<experiment>& experiments()
{
    static const std::vector<experiment> all = {
        {"walk_counts", "memory reads for one access with cold caches, on the interconnect", walk_counts},
        {"its_reads", "memory reads for one MSI in the ITS and the redistributor", its_reads},
        {"pcie_link", "goodput of a PCIe link, Gb/s", pcie_link},
        {"iotlb_reach", "random 64 B reads through the IOMMU of pcie-bench", iotlb_reach},
        {"miss_step", "latency of one read in flight through the same IOMMU, ns", miss_step},
        {"walk_cost", "4 KiB transfers against walk accesses per page, Gb/s", walk_cost}};
    return all;
}

} // namespace iovp::validation
