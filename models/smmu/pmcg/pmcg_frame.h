#pragma once

#include "common/register_file.h"
#include "smmu/pmcg/counter_group.h"
#include "smmu/pmcg/registers.h"

#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// The registers of one counter group (10.5), without time.
class pmcg_frame {
public:
    class listener {
    public:
        virtual ~listener() = default;
        virtual void update_requested() = 0; ///< IRQ_CTRL was written
    };

    pmcg_frame(const pmcg_features& f, listener& l);

    /// Bytes: page 0, and page 1 where CFGR.RELOC_CTRS is 1, each at the start of its 64 KiB.
    std::uint32_t size() const { return feature_.relocated ? 2 * pmcg_reg::page1 : pmcg_reg::page1; }

    /// What can be counted, for CEID0 and CEID1; the clock is always there.
    void set_events(const std::vector<pmu_event::number>& events);

    /// Software's access. A size or alignment that is illegal is RAZ/WI, as in 6.2.
    std::uint64_t read(std::uint32_t offset, unsigned bytes, bool secure);
    void write(std::uint32_t offset, unsigned bytes, std::uint64_t value, bool secure);

    std::uint64_t get(std::uint32_t offset) const { return file_.get(offset); }
    void set(std::uint32_t offset, std::uint64_t value) { file_.set(offset, value); }

    counter_group& counters() { return counters_; }

    /// IRQEN as effective, and an interrupt is due when one of these counters overflows.
    bool interrupts(std::uint64_t overflows) const;
    /// 10.6: the PA space of MSIs.
    bool msi_non_secure() const;

private:
    std::uint32_t relocated(std::uint32_t offset) const
    {
        return feature_.relocated ? pmcg_reg::page1 + offset : offset;
    }
    bool reachable(std::uint32_t offset, bool secure) const;
    void refresh(std::uint32_t offset);
    void add_counters();
    void add_bitmaps();
    void add_control();
    void add_interrupt();
    void add_identification();
    template <class State, class Change>
    void add_bitmap(const char* name, std::uint32_t offset, State state, Change change);

    const pmcg_features feature_;
    listener& listener_;
    register_file file_;
    counter_group counters_;
    std::uint64_t inten_ = 0;
};

} // namespace iovp::smmu
