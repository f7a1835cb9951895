#include "smmu/pmcg/pmcg_frame.h"

#include "smmu/arch/registers.h"

namespace iovp::smmu {

using access = register_access;

pmcg_frame::pmcg_frame(const pmcg_features& f, listener& l)
    : feature_(f)
    , listener_(l)
    , file_(size())
    , counters_(f)
{
    add_counters();
    add_bitmaps();
    add_control();
    add_interrupt();
    add_identification();
}

void pmcg_frame::set_events(const std::vector<pmu_event::number>& events)
{
    std::uint64_t ceid[2] = {std::uint64_t(1) << pmu_event::clock_cycle, 0};
    for (const pmu_event::number e : events)
        if (e < 128)
            ceid[e / 64] |= std::uint64_t(1) << e % 64;
    file_.set(pmcg_reg::ceid0, ceid[0]);
    file_.set(pmcg_reg::ceid1, ceid[1]);
}

// 10.5.2.12: SCR is for Secure accesses alone, the others for Non-secure ones while SCR.NSRA is 1.
bool pmcg_frame::reachable(std::uint32_t offset, bool secure) const
{
    if (!feature_.secure_impl || secure)
        return true;
    return pmcg_scr::nsra::get(get(pmcg_reg::scr)) && (offset & ~7U) != pmcg_reg::scr;
}

// A write to half of a counter keeps the other half, which may have counted since the last write.
void pmcg_frame::refresh(std::uint32_t offset)
{
    const std::uint32_t first = relocated(pmcg_reg::evcntr);
    for (std::uint32_t at = offset & ~7U; at < (offset & ~7U) + 8; at += feature_.stride()) {
        const std::uint32_t n = (at - first) / feature_.stride();
        if (at >= first && n < feature_.counters)
            file_.set(at, counters_.value(n));
    }
}

std::uint64_t pmcg_frame::read(std::uint32_t offset, unsigned bytes, bool secure)
{
    std::uint64_t value = 0;
    if (!reachable(offset, secure))
        return 0;
    return file_.read(offset, bytes, value) == register_file::status::ok ? value : 0;
}

void pmcg_frame::write(std::uint32_t offset, unsigned bytes, std::uint64_t value, bool secure)
{
    if (!reachable(offset, secure))
        return;
    refresh(offset);
    file_.write(offset, bytes, value);
}

bool pmcg_frame::interrupts(std::uint64_t overflows) const
{
    const bool enabled = pmcg_irq_ctrl::irqen::get(get(pmcg_reg::irq_ctrl) & get(pmcg_reg::irq_ctrlack));
    return enabled && (overflows & inten_) != 0;
}

bool pmcg_frame::msi_non_secure() const
{
    const std::uint64_t scr = get(pmcg_reg::scr);
    return !feature_.secure_impl || pmcg_scr::nsmsi::get(scr) || pmcg_scr::nsra::get(scr);
}

void pmcg_frame::add_counters()
{
    const auto width = static_cast<std::uint8_t>(feature_.stride());
    const std::uint64_t filter_bits =
        pmcg_evtyper::filter_sid_span::mask | (feature_.secure_impl ? pmcg_evtyper::filter_sec_sid::mask : 0);
    const std::uint64_t own_bits = pmcg_evtyper::event::mask | (feature_.capture ? pmcg_evtyper::ovfcap::mask : 0);
    for (unsigned n = 0; n < feature_.counters; ++n) {
        file_.add(
            {"SMMU_PMCG_EVCNTR", relocated(pmcg_reg::evcntr) + width * n, width, access::read_write, 0,
             feature_.counter_mask()},
            [this, n] { return counters_.value(n); },
            [this, n](std::uint64_t, std::uint64_t v) {
                counters_.set_value(n, v);
                return v;
            });
        if (feature_.capture)
            file_.add({"SMMU_PMCG_SVR", relocated(pmcg_reg::svr) + width * n, width, access::read_only, 0, 0},
                      [this, n] { return counters_.shadow(n); });
        const bool has_filter = n == 0 || !feature_.shared_filter;
        file_.add({"SMMU_PMCG_EVTYPER", pmcg_reg::evtyper + 4 * n, 4, access::read_write, 0,
                   own_bits | (has_filter ? filter_bits : 0)},
                  {}, [this, n](std::uint64_t, std::uint64_t v) {
                      counters_.set_type(n, static_cast<std::uint32_t>(v));
                      return v;
                  });
        if (has_filter)
            file_.add({"SMMU_PMCG_SMR", pmcg_reg::smr + 4 * n, 4, access::read_write, 0, feature_.stream_id_mask()}, {},
                      [this, n](std::uint64_t, std::uint64_t v) {
                          counters_.set_match(n, static_cast<std::uint32_t>(v));
                          return v;
                      });
    }
}

// W1S and W1C: nothing is stored, so that what the hook sees is what was written.
template <class State, class Change>
void pmcg_frame::add_bitmap(const char* name, std::uint32_t offset, State state, Change change)
{
    file_.add({name, offset, 8, access::read_write, 0, feature_.all_counters()}, state,
              [change](std::uint64_t, std::uint64_t written) {
                  change(written);
                  return std::uint64_t(0);
              });
}

void pmcg_frame::add_bitmaps()
{
    const auto enabled = [this] { return counters_.enabled(); };
    add_bitmap("SMMU_PMCG_CNTENSET0", pmcg_reg::cntenset, enabled,
               [this](std::uint64_t w) { counters_.enable(w, true); });
    add_bitmap("SMMU_PMCG_CNTENCLR0", pmcg_reg::cntenclr, enabled,
               [this](std::uint64_t w) { counters_.enable(w, false); });
    const auto inten = [this] { return inten_; };
    add_bitmap("SMMU_PMCG_INTENSET0", pmcg_reg::intenset, inten, [this](std::uint64_t w) { inten_ |= w; });
    add_bitmap("SMMU_PMCG_INTENCLR0", pmcg_reg::intenclr, inten, [this](std::uint64_t w) { inten_ &= ~w; });
    // 10.5.2.10: set by software, an overflow has no side effects (IMPLEMENTATION SPECIFIC).
    const auto overflowed = [this] { return counters_.overflowed(); };
    add_bitmap("SMMU_PMCG_OVSSET0", relocated(pmcg_reg::ovsset), overflowed,
               [this](std::uint64_t w) { counters_.set_overflowed(w, true); });
    add_bitmap("SMMU_PMCG_OVSCLR0", relocated(pmcg_reg::ovsclr), overflowed,
               [this](std::uint64_t w) { counters_.set_overflowed(w, false); });
}

void pmcg_frame::add_control()
{
    if (feature_.capture)
        file_.add({"SMMU_PMCG_CAPR", relocated(pmcg_reg::capr), 4, access::write_only, 0, pmcg_capr::capture::mask}, {},
                  [this](std::uint64_t, std::uint64_t written) {
                      if (pmcg_capr::capture::get(written))
                          counters_.capture();
                      return std::uint64_t(0);
                  });
    if (feature_.secure_impl) {
        const std::uint64_t msi = feature_.msi ? pmcg_scr::nsmsi::mask : 0;
        file_.add({"SMMU_PMCG_SCR", pmcg_reg::scr, 4, access::read_write,
                   pmcg_scr::reads_as_one::mask | msi | pmcg_scr::nsra::mask,
                   msi | pmcg_scr::nsra::mask | pmcg_scr::so::mask},
                  {}, [this](std::uint64_t, std::uint64_t v) {
                      counters_.set_secure_observation(pmcg_scr::so::get(v));
                      return v;
                  });
    }
    file_.add({"SMMU_PMCG_CR", pmcg_reg::cr, 4, access::read_write, 0, pmcg_cr::e::mask}, {},
              [this](std::uint64_t, std::uint64_t v) {
                  counters_.set_global_enable(pmcg_cr::e::get(v));
                  return v;
              });
}

void pmcg_frame::add_interrupt()
{
    file_.add({"SMMU_PMCG_IRQ_CTRL", pmcg_reg::irq_ctrl, 4, access::read_write, 0, pmcg_irq_ctrl::irqen::mask}, {},
              [this](std::uint64_t, std::uint64_t v) {
                  listener_.update_requested();
                  return v;
              });
    file_.add({"SMMU_PMCG_IRQ_CTRLACK", pmcg_reg::irq_ctrlack, 4, access::read_only, 0, 0});
    if (!feature_.msi)
        return;
    // 10.5.2.21: guarded by IRQEN; writes meanwhile are ignored.
    const auto guarded = [this](std::uint64_t old_value, std::uint64_t new_value) {
        const std::uint64_t either = get(pmcg_reg::irq_ctrl) | get(pmcg_reg::irq_ctrlack);
        return pmcg_irq_ctrl::irqen::get(either) ? old_value : new_value;
    };
    const std::uint64_t address = irq_cfg::addr::mask & bit_mask(feature_.output_bits - 1, 0);
    file_.add({"SMMU_PMCG_IRQ_CFG0", pmcg_reg::irq_cfg0, 8, access::read_write, 0, address}, {}, guarded);
    file_.add({"SMMU_PMCG_IRQ_CFG1", pmcg_reg::irq_cfg1, 4, access::read_write, 0, irq_cfg::data::mask}, {}, guarded);
    file_.add({"SMMU_PMCG_IRQ_CFG2", pmcg_reg::irq_cfg2, 4, access::read_write, 0,
               irq_cfg::sh::mask | irq_cfg::memattr::mask},
              {}, guarded);
    if (feature_.architecture_minor != 0) // 10.5.2.24: RES0 in SMMUv3.0
        file_.add({"SMMU_PMCG_IRQ_STATUS", pmcg_reg::irq_status, 4, access::read_only, 0, 0});
}

void pmcg_frame::add_identification()
{
    const auto add = [this](const char* name, std::uint32_t offset, std::uint64_t value, std::uint8_t width = 4) {
        file_.add({name, offset, width, access::read_only, value, 0});
    };
    const std::uint32_t iidr = feature_.identification;
    add("SMMU_PMCG_CFGR", pmcg_reg::cfgr, feature_.cfgr());
    add("SMMU_PMCG_IIDR", pmcg_reg::iidr, iidr);
    add("SMMU_PMCG_CEID0", pmcg_reg::ceid0, 0, 8);
    add("SMMU_PMCG_CEID1", pmcg_reg::ceid1, 0, 8);
    add("SMMU_PMCG_AIDR", pmcg_reg::aidr, feature_.architecture_minor);
    // 10.5.2.29; the parts of the PIDRs are those of IIDR.
    add("SMMU_PMCG_PMAUTHSTATUS", pmcg_reg::pmauthstatus, 0);
    add("SMMU_PMCG_PMDEVARCH", pmcg_reg::pmdevarch, 0x23bU << 21 | 1U << 20 | 0x2a56);
    add("SMMU_PMCG_PMDEVTYPE", pmcg_reg::pmdevtype, 0x56);
    const std::uint64_t jedec = 8;
    add("SMMU_PMCG_PIDR4", pmcg_reg::pidr4, bits(iidr, 11, 8));
    add("SMMU_PMCG_PIDR0", pmcg_reg::pidr0, bits(iidr, 27, 20));
    add("SMMU_PMCG_PIDR1", pmcg_reg::pidr0 + 4, bits(iidr, 3, 0) << 4 | bits(iidr, 31, 28));
    add("SMMU_PMCG_PIDR2", pmcg_reg::pidr0 + 8, bits(iidr, 19, 16) << 4 | jedec | bits(iidr, 6, 4));
    add("SMMU_PMCG_PIDR3", pmcg_reg::pidr0 + 12, bits(iidr, 15, 12) << 4);
    static constexpr std::uint8_t component[4] = {0x0d, 0x90, 0x05, 0xb1};
    for (unsigned i = 0; i < 4; ++i)
        add("SMMU_PMCG_CIDR", pmcg_reg::cidr0 + 4 * i, component[i]);
}

} // namespace iovp::smmu
