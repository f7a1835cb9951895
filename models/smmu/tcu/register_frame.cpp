#include "smmu/tcu/register_frame.h"

#include "common/bit_field.h"
#include "smmu/arch/atos.h"

#include <algorithm>

namespace iovp::smmu {

static constexpr std::uint64_t queue_enables = cr0::cmdqen::mask | cr0::eventqen::mask | cr0::priqen::mask;
static constexpr std::uint64_t cr1_tables = bit_mask(11, 6), cr1_queues = bit_mask(5, 0);
static constexpr std::uint64_t index_mask = bit_mask(19, 0);
static constexpr std::uint64_t overflow_flag = bit_mask(31, 31);

register_frame::register_frame(const features& f, std::uint32_t gbpa_reset, listener& l, security_state s,
                               const embedded_storage& e)
    : feature_(f)
    , embedded_(e)
    , listener_(l)
    , state_(s)
    , gbpa_(gbpa_reset & ~static_cast<std::uint32_t>(gbpa::update::mask))
{
    if (non_secure())
        add_identification();
    else
        add_secure_identification();
    add_control();
    if (f.msi)
        add_interrupts();
    add_queues();
    if (f.atos)
        add_atos();
    if (non_secure() ? f.vatos : f.secure_vatos())
        add_vatos();
    if (non_secure() && f.pri)
        add_pri();
}

std::uint64_t register_frame::read(std::uint32_t offset, unsigned bytes)
{
    std::uint64_t value = 0;
    if (bytes != 4 && bytes != 8)
        return 0;
    return file_.read(own(offset), bytes, value) == register_file::status::ok ? value : 0;
}

void register_frame::write(std::uint32_t offset, unsigned bytes, std::uint64_t value)
{
    if (bytes == 4 || bytes == 8)
        file_.write(own(offset), bytes, value);
}

// 6.2.1: all Secure registers are in page 0, the Event queue's indexes too, but for the S_VATOS page (6.2.4).
std::uint32_t register_frame::own(std::uint32_t offset) const
{
    if (non_secure())
        return offset;
    if (offset >= reg::secure_vatos_page)
        return std::min(offset - reg::secure_vatos_page + reg::vatos_page, most_bytes - 8);
    if (offset < reg::secure || offset >= reg::page1)
        return most_bytes - 8;
    const std::uint32_t o = offset - reg::secure;
    return o == reg::eventq_prod - reg::page1 || o == reg::eventq_cons - reg::page1 ? o + reg::page1 : o;
}

// 6.3.52 to 6.3.56, 6.3.62
void register_frame::add_secure_identification()
{
    const auto read_only = [this](const char* name, std::uint32_t offset, std::uint32_t value) {
        file_.add({name, offset, 4, register_access::read_only, value, 0});
    };
    read_only("SMMU_S_IDR0", reg::idr0, feature_.secure_idr0());
    read_only("SMMU_S_IDR1", reg::idr1, feature_.secure_idr1());
    read_only("SMMU_S_IDR2", reg::idr2, feature_.secure_idr2());
    read_only("SMMU_S_IDR3", reg::idr3, feature_.secure_idr3());
    read_only("SMMU_S_IDR4", reg::idr4, feature_.secure_idr4());
    read_only("SMMU_S_AGBPA", reg::agbpa, 0); // 6.3.64: unsupported, RES0
    // INV_ALL stays 1 until the invalidation is complete, whatever is written.
    file_.add({"SMMU_S_INIT", reg::secure_init, 4, register_access::read_write, 0, secure_init::inv_all::mask}, {},
              [this](std::uint64_t old_value, std::uint64_t new_value) {
                  if (new_value != 0 && old_value == 0)
                      listener_.update_requested();
                  return old_value | new_value;
              });
}

void register_frame::add_identification()
{
    const auto read_only = [this](const char* name, std::uint32_t offset, std::uint32_t value) {
        file_.add({name, offset, 4, register_access::read_only, value, 0});
    };
    read_only("SMMU_IDR0", reg::idr0, feature_.idr0());
    read_only("SMMU_IDR1", reg::idr1, feature_.idr1());
    read_only("SMMU_IDR2", reg::idr2, feature_.idr2());
    read_only("SMMU_IDR3", reg::idr3, feature_.idr3());
    read_only("SMMU_IDR4", reg::idr4, feature_.idr4());
    read_only("SMMU_IDR5", reg::idr5, feature_.idr5());
    read_only("SMMU_IIDR", reg::iidr, feature_.iidr());
    read_only("SMMU_AIDR", reg::aidr, feature_.aidr());
    read_only("SMMU_STATUSR", reg::statusr, 0); // 6.3.13: DORMANT without IDR0.DORMHINT
    read_only("SMMU_AGBPA", reg::agbpa, 0);     // 6.3.15: unsupported, RES0
}

void register_frame::add_control()
{
    // 6.3.9: a field that is being Updated keeps the value written first.
    const auto keep_transitions = [this](std::uint32_t acknowledge, std::uint64_t old_value, std::uint64_t new_value) {
        const std::uint64_t moving = old_value ^ get(acknowledge);
        const std::uint64_t value = (new_value & ~moving) | (old_value & moving);
        if (value != old_value)
            listener_.update_requested();
        return value;
    };
    std::uint64_t controls = cr0::smmuen::mask | cr0::eventqen::mask | cr0::cmdqen::mask;
    if (feature_.vmid_wildcard)
        controls |= cr0::vmw::mask;
    if (non_secure())
        controls |= (feature_.pri ? cr0::priqen::mask : 0) | (feature_.ats ? cr0::atschk::mask : 0);
    else // 6.3.57
        controls |= cr0::sif::mask | (feature_.stall_model == 0 ? cr0::nsstalld::mask : 0);
    file_.add({"SMMU_CR0", reg::cr0, 4, register_access::read_write, 0, controls}, {},
              [keep_transitions](std::uint64_t old_value, std::uint64_t new_value) {
                  return keep_transitions(reg::cr0ack, old_value, new_value);
              });
    file_.add({"SMMU_CR0ACK", reg::cr0ack, 4, register_access::read_only, 0, 0});
    // 6.3.11.1, 6.3.11.2: tables are guarded by SMMUEN, queues by all queue enables.
    const std::uint64_t preset = (feature_.tables_preset ? cr1_tables : 0) | (feature_.queues_preset ? cr1_queues : 0);
    file_.add({"SMMU_CR1", reg::cr1, 4, register_access::read_write, embedded_.cr1 & preset, cr1_tables | cr1_queues},
              {}, [this](std::uint64_t old_value, std::uint64_t new_value) {
                  std::uint64_t writable = 0;
                  if (off(cr0::smmuen::mask) && !feature_.tables_preset)
                      writable |= cr1_tables;
                  if (off(queue_enables) && !feature_.queues_preset)
                      writable |= cr1_queues;
                  return (old_value & ~writable) | (new_value & writable);
              });
    add_guarded("SMMU_CR2", reg::cr2, 4,
                cr2::recinvsid::mask |
                    ((non_secure() ? feature_.hypervisor : feature_.secure_stage2) ? cr2::e2h::mask : 0) |
                    (non_secure() && feature_.ats_record_errors ? cr2::rec_cfg_ats::mask : 0),
                cr0::smmuen::mask);
    // 6.3.14.1
    file_.add({"SMMU_GBPA", reg::gbpa, 4, register_access::read_write, gbpa_,
               gbpa::memattr::mask | gbpa::mtcfg::mask | gbpa::alloccfg::mask | gbpa::shcfg::mask |
                   gbpa::privcfg::mask | gbpa::instcfg::mask | gbpa::abort::mask | gbpa::update::mask |
                   (non_secure() ? 0 : gbpa::nscfg::mask)},
              {}, [this](std::uint64_t old_value, std::uint64_t new_value) {
                  if (gbpa::update::get(old_value) || !gbpa::update::get(new_value))
                      return old_value;
                  listener_.update_requested();
                  return new_value;
              });
    file_.add({"SMMU_IRQ_CTRL", reg::irq_ctrl, 4, register_access::read_write, 0,
               irq_ctrl::gerror_irqen::mask | irq_ctrl::eventq_irqen::mask |
                   (non_secure() && feature_.pri ? irq_ctrl::priq_irqen::mask : 0)},
              {}, [keep_transitions](std::uint64_t old_value, std::uint64_t new_value) {
                  return keep_transitions(reg::irq_ctrlack, old_value, new_value);
              });
    file_.add({"SMMU_IRQ_CTRLACK", reg::irq_ctrlack, 4, register_access::read_only, 0, 0});
    // 6.3.19: without ECMDQ
    std::uint64_t errors = gerror::cmdq_err::mask | gerror::eventq_abt_err::mask | gerror::sfm_err::mask;
    if (feature_.msi)
        errors |= gerror::msi_cmdq_abt_err::mask | gerror::msi_eventq_abt_err::mask | gerror::msi_gerror_abt_err::mask;
    if (non_secure() && feature_.pri)
        errors |= gerror::priq_abt_err::mask | (feature_.msi ? gerror::msi_priq_abt_err::mask : 0);
    file_.add({"SMMU_GERROR", reg::gerror, 4, register_access::read_only, 0, 0});
    file_.add({"SMMU_GERRORN", reg::gerrorn, 4, register_access::read_write, 0, errors}, {},
              [this](std::uint64_t, std::uint64_t new_value) {
                  listener_.commands_may_run();
                  listener_.events_may_be_written();
                  return new_value;
              });
    const std::uint64_t address = bit_mask(feature_.output_bits - 1, 0);
    add_base("SMMU_STRTAB_BASE", reg::strtab_base, 8, (bit_mask(55, 6) & address) | strtab_base::ra::mask,
             cr0::smmuen::mask, feature_.tables_preset, embedded_.strtab_base);
    add_base("SMMU_STRTAB_BASE_CFG", reg::strtab_base_cfg, 4,
             strtab_base_cfg::log2size::mask |
                 (feature_.stream_two_level ? strtab_base_cfg::split::mask | strtab_base_cfg::fmt::mask : 0),
             cr0::smmuen::mask, feature_.tables_preset, embedded_.strtab_base_cfg);
}

void register_frame::add_guarded(const char* name, std::uint32_t offset, unsigned width, std::uint64_t writable,
                                 std::uint64_t cr0_guard)
{
    file_.add({name, offset, static_cast<std::uint8_t>(width), register_access::read_write, 0, writable}, {},
              [this, cr0_guard](std::uint64_t old_value, std::uint64_t new_value) {
                  return off(cr0_guard) ? new_value : old_value;
              });
}

void register_frame::add_base(const char* name, std::uint32_t offset, unsigned width, std::uint64_t writable,
                              std::uint64_t cr0_guard, bool preset, std::uint64_t preset_value)
{
    if (preset)
        file_.add(
            {name, offset, static_cast<std::uint8_t>(width), register_access::read_only, preset_value & writable, 0});
    else
        add_guarded(name, offset, width, writable, cr0_guard);
}

// 6.3.21: *_IRQ_CFG0..2, guarded by the source's enable.
void register_frame::add_irq_cfg(const char* const (&names)[3], const std::uint32_t (&offsets)[3], std::uint64_t guard)
{
    const auto guarded = [this, guard](std::uint64_t old_value, std::uint64_t new_value) {
        return ((get(reg::irq_ctrl) | get(reg::irq_ctrlack)) & guard) == 0 ? new_value : old_value;
    };
    const std::uint64_t address = bit_mask(feature_.output_bits - 1, 0) & bit_mask(55, 2);
    file_.add({names[0], offsets[0], 8, register_access::read_write, 0, address}, {}, guarded);
    file_.add({names[1], offsets[1], 4, register_access::read_write, 0, bit_mask(31, 0)}, {}, guarded);
    file_.add({names[2], offsets[2], 4, register_access::read_write, 0, bit_mask(5, 0)}, {}, guarded);
}

void register_frame::add_interrupts()
{
    add_irq_cfg({"SMMU_GERROR_IRQ_CFG0", "SMMU_GERROR_IRQ_CFG1", "SMMU_GERROR_IRQ_CFG2"},
                {reg::gerror_irq_cfg0, reg::gerror_irq_cfg1, reg::gerror_irq_cfg2}, irq_ctrl::gerror_irqen::mask);
    add_irq_cfg({"SMMU_EVENTQ_IRQ_CFG0", "SMMU_EVENTQ_IRQ_CFG1", "SMMU_EVENTQ_IRQ_CFG2"},
                {reg::eventq_irq_cfg0, reg::eventq_irq_cfg1, reg::eventq_irq_cfg2}, irq_ctrl::eventq_irqen::mask);
}

// 6.3.28, 6.3.95, 6.3.97: an index of the SMMU's is RAZ above its wrap flag, whose place LOG2SIZE says.
std::function<std::uint64_t()> register_frame::shown(std::uint32_t index, std::uint32_t base_register,
                                                     std::uint64_t others)
{
    return
        [this, index, base_register, others] { return get(index) & (others | bit_mask(queue_log2(base_register), 0)); };
}

void register_frame::add_queues()
{
    const std::uint64_t base = (bit_mask(feature_.output_bits - 1, 0) & bit_mask(55, 5)) | queue_base::ra_wa::mask |
                               queue_base::log2size::mask;
    add_base("SMMU_CMDQ_BASE", reg::cmdq_base, 8, base, cr0::cmdqen::mask, feature_.queues_preset, embedded_.cmdq_base);
    file_.add({"SMMU_CMDQ_PROD", reg::cmdq_prod, 4, register_access::read_write, 0, index_mask}, {},
              [this](std::uint64_t, std::uint64_t new_value) {
                  listener_.commands_submitted(state(), static_cast<std::uint32_t>(new_value));
                  return new_value;
              });
    // 6.3.28: ERR ignores what is written.
    file_.add({"SMMU_CMDQ_CONS", reg::cmdq_cons, 4, register_access::read_write, 0, index_mask},
              shown(reg::cmdq_cons, reg::cmdq_base, cmdq_cons::err::mask),
              [this](std::uint64_t old_value, std::uint64_t new_value) {
                  if (!off(cr0::cmdqen::mask))
                      return old_value;
                  return new_value & (cmdq_cons::err::mask | bit_mask(queue_log2(reg::cmdq_base), 0));
              });
    add_base("SMMU_EVENTQ_BASE", reg::eventq_base, 8, base, cr0::eventqen::mask, feature_.queues_preset,
             embedded_.eventq_base);
    file_.add({"SMMU_EVENTQ_PROD", reg::eventq_prod, 4, register_access::read_write, 0, index_mask | overflow_flag},
              shown(reg::eventq_prod, reg::eventq_base, overflow_flag),
              [this](std::uint64_t old_value, std::uint64_t new_value) {
                  return off(cr0::eventqen::mask) ? new_value : old_value;
              });
    file_.add({"SMMU_EVENTQ_CONS", reg::eventq_cons, 4, register_access::read_write, 0, index_mask | overflow_flag}, {},
              [this](std::uint64_t, std::uint64_t new_value) {
                  listener_.events_may_be_written();
                  return new_value;
              });
}

// 6.3.33 to 6.3.36, 6.3.97, 6.3.98
void register_frame::add_pri()
{
    const std::uint64_t base = (bit_mask(feature_.output_bits - 1, 0) & bit_mask(55, 5)) | queue_base::ra_wa::mask |
                               queue_base::log2size::mask;
    add_base("SMMU_PRIQ_BASE", reg::priq_base, 8, base, cr0::priqen::mask, feature_.queues_preset, embedded_.priq_base);
    file_.add({"SMMU_PRIQ_PROD", reg::priq_prod, 4, register_access::read_write, 0, index_mask | overflow_flag},
              shown(reg::priq_prod, reg::priq_base, overflow_flag),
              [this](std::uint64_t old_value, std::uint64_t new_value) {
                  return off(cr0::priqen::mask) ? new_value : old_value;
              });
    file_.add({"SMMU_PRIQ_CONS", reg::priq_cons, 4, register_access::read_write, 0, index_mask | overflow_flag});
    if (!feature_.msi)
        return;
    const auto guarded = [this](std::uint64_t old_value, std::uint64_t new_value) {
        const std::uint64_t enabled = get(reg::irq_ctrl) | get(reg::irq_ctrlack);
        return (enabled & irq_ctrl::priq_irqen::mask) == 0 ? new_value : old_value;
    };
    file_.add({"SMMU_PRIQ_IRQ_CFG0", reg::priq_irq_cfg0, 8, register_access::read_write, 0,
               bit_mask(feature_.output_bits - 1, 0) & bit_mask(55, 2)},
              {}, guarded);
    file_.add({"SMMU_PRIQ_IRQ_CFG1", reg::priq_irq_cfg1, 4, register_access::read_write, 0, bit_mask(31, 0)}, {},
              guarded);
    file_.add({"SMMU_PRIQ_IRQ_CFG2", reg::priq_irq_cfg2, 4, register_access::read_write, 0,
               bit_mask(5, 0) | irq_cfg::lo::mask},
              {}, guarded);
}

// 9.1.1: RUN guards the registers, and SMMUEN RUN.
void register_frame::add_atos_group(const char* const (&names)[4], const reg::atos_group& where,
                                    std::uint64_t sid_fixed, std::uint64_t sid_writable, std::uint64_t addr_writable)
{
    file_.add({names[0], where.ctrl, 4, register_access::read_write, 0, gatos_ctrl::run::mask}, {},
              [this](std::uint64_t old_value, std::uint64_t new_value) {
                  if (gatos_ctrl::run::get(old_value) || !cr0_enabled<cr0::smmuen>())
                      return old_value;
                  if (gatos_ctrl::run::get(new_value))
                      listener_.atos_requested();
                  return new_value;
              });
    const auto while_idle = [this, ctrl = where.ctrl](std::uint64_t old_value, std::uint64_t new_value) {
        return gatos_ctrl::run::get(get(ctrl)) ? old_value : new_value;
    };
    file_.add({names[1], where.sid, 8, register_access::read_write, sid_fixed, sid_writable}, {}, while_idle);
    file_.add({names[2], where.addr, 8, register_access::read_write, 0, addr_writable}, {}, while_idle);
    file_.add({names[3], where.par, 8, register_access::read_only, 0, 0});
}

// 6.3.84: StreamIDs of either state through a Secure interface.
std::uint64_t register_frame::atos_sid_bits() const
{
    const unsigned streams =
        non_secure() ? feature_.stream_id_bits : std::max(feature_.stream_id_bits, feature_.secure_stream_id_bits);
    const std::uint64_t substreams =
        feature_.substream_id_bits == 0 ? 0 : bit_mask(31 + feature_.substream_id_bits, 32) | bit_mask(52, 52);
    return bit_mask(31, 0) >> (32 - streams) | substreams;
}

// 6.3.37 to 6.3.40, 6.3.83 to 6.3.86
void register_frame::add_atos()
{
    add_atos_group({"SMMU_GATOS_CTRL", "SMMU_GATOS_SID", "SMMU_GATOS_ADDR", "SMMU_GATOS_PAR"}, reg::gatos, 0,
                   atos_sid_bits() | (non_secure() ? 0 : atos_sid::ssec::mask),
                   bit_mask(63, 6) | (non_secure() || !feature_.secure_stage2 ? 0 : atos_addr::ns::mask));
}

// 6.3.44, 6.3.99 to 6.3.102; 6.3.90, 6.3.103 to 6.3.106, where SSEC is RES1
void register_frame::add_vatos()
{
    file_.add({"SMMU_VATOS_SEL", reg::vatos_sel, 4, register_access::read_write, 0,
               feature_.vmid16 ? bit_mask(15, 0) : bit_mask(7, 0)},
              {}, [this](std::uint64_t old_value, std::uint64_t new_value) {
                  return gatos_ctrl::run::get(get(reg::vatos_ctrl)) ? old_value : new_value;
              });
    add_atos_group({"SMMU_VATOS_CTRL", "SMMU_VATOS_SID", "SMMU_VATOS_ADDR", "SMMU_VATOS_PAR"}, reg::vatos,
                   non_secure() ? 0 : atos_sid::ssec::mask, atos_sid_bits(), bit_mask(63, 6));
}

control register_frame::translation_control() const
{
    control c;
    c.enabled = smmuen_;
    c.ats_check = cr0::atschk::get(get(reg::cr0ack));
    c.cr1 = get32(reg::cr1);
    c.cr2 = get32(reg::cr2);
    c.gbpa = gbpa_;
    c.strtab_base = get(reg::strtab_base);
    if (feature_.tables_preset && feature_.relative_bases)
        strtab_base::addr::set(c.strtab_base, strtab_base::addr::get(c.strtab_base + embedded_.page0));
    c.strtab_base_cfg = get32(reg::strtab_base_cfg);
    c.sif = sif_;
    c.nsstalld = nsstalld_;
    return c;
}

void register_frame::take_gbpa()
{
    gbpa_ = get32(reg::gbpa) & ~static_cast<std::uint32_t>(gbpa::update::mask);
}

bool register_frame::activate_error(unsigned bit)
{
    if (error_active(bit))
        return false;
    set(reg::gerror, get(reg::gerror) ^ std::uint64_t(1) << bit);
    return true;
}

unsigned register_frame::queue_log2(std::uint32_t base_register) const
{
    const unsigned limit = base_register == reg::cmdq_base   ? feature_.cmdq_log2
                           : base_register == reg::priq_base ? feature_.priq_log2
                                                             : feature_.eventq_log2;
    return std::min(static_cast<unsigned>(queue_base::log2size::get(get(base_register))), limit);
}

std::uint64_t register_frame::queue_address(std::uint32_t base_register, unsigned entry_bytes) const
{
    const std::uint64_t bytes = std::max<std::uint64_t>(std::uint64_t(entry_bytes) << queue_log2(base_register), 32);
    // 6.3.2 REL
    const std::uint64_t origin = feature_.queues_preset && feature_.relative_bases ? embedded_.page0 : 0;
    return align_down(origin + (get(base_register) & bit_mask(55, 5)), bytes);
}

} // namespace iovp::smmu
