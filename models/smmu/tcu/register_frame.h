#pragma once

#include "common/register_file.h"
#include "common/transaction_attributes.h"
#include "smmu/arch/features.h"
#include "smmu/arch/registers.h"
#include "smmu/tcu/embedded_storage.h"

#include <cstdint>
#include <functional>

namespace iovp::smmu {

/// The registers of one programming interface (ch. 6), without time: what software may write when. The TCU hears of
/// writes that start something and completes Updates. Software's accesses to the Secure interface have the offsets of
/// 6.2, 0x8000 to 0xffff and the S_VATOS page; the model names registers of either by the offset of the Non-secure one
/// (`reg`).
class register_frame {
public:
    class listener {
    public:
        virtual ~listener() = default;
        virtual void update_requested() = 0; ///< CR0, IRQ_CTRL or GBPA was written and differs from what is in effect;
                                             ///< S_INIT.INV_ALL has become 1
        virtual void commands_may_run() = 0; ///< CMDQ_PROD or GERRORN was written
        /// CMDQ_PROD becomes `prod`.
        virtual void commands_submitted(security_state, std::uint32_t prod)
        {
            (void)prod;
            commands_may_run();
        }
        virtual void events_may_be_written() = 0; ///< EVENTQ_CONS or GERRORN was written
        virtual void atos_requested() = 0;        ///< GATOS_CTRL.RUN or VATOS_CTRL.RUN has become 1
    };

    register_frame(const features& f, std::uint32_t gbpa_reset, listener& l,
                   security_state s = security_state::non_secure, const embedded_storage& e = {});

    security_state state() const { return state_; }
    bool non_secure() const { return state_ == security_state::non_secure; } ///< NS of what its queues and MSIs access

    static constexpr std::uint32_t most_bytes = 0x30000;
    /// Pages 0 and 1, and the VATOS and S_VATOS pages where they are.
    std::uint32_t size() const
    {
        return feature_.secure_vatos() ? reg::secure_vatos_page + 0x10000 : feature_.vatos ? most_bytes : 0x20000;
    }

    /// Software's access. A size or alignment that 6.2 calls illegal is RAZ/WI.
    std::uint64_t read(std::uint32_t offset, unsigned bytes);
    void write(std::uint32_t offset, unsigned bytes, std::uint64_t value);

    std::uint64_t get(std::uint32_t offset) const { return file_.get(offset); }
    std::uint32_t get32(std::uint32_t offset) const { return static_cast<std::uint32_t>(file_.get(offset)); }
    void set(std::uint32_t offset, std::uint64_t value) { file_.set(offset, value); }

    /// A CR0 or IRQ_CTRL field counts as enabled while both register and acknowledge say so.
    template <class Field>
    bool cr0_enabled() const
    {
        return Field::get(get(reg::cr0) & get(reg::cr0ack));
    }
    template <class Field>
    bool irq_enabled() const
    {
        return Field::get(get(reg::irq_ctrl) & get(reg::irq_ctrlack));
    }

    /// Registers as translation sees them. SMMUEN and GBPA change when the TCU says so, in the middle of an Update.
    control translation_control() const;
    void take_smmuen(bool enabled) { smmuen_ = enabled; }
    void take_sif(bool sif) { sif_ = sif; } ///< Secure interface: S_CR0.SIF and NSSTALLD
    void take_nsstalld(bool nsstalld) { nsstalld_ = nsstalld; }
    bool nsstalld() const { return nsstalld_; }
    void take_gbpa();

    // Global errors, 7.5.
    bool error_active(unsigned bit) const { return ((get(reg::gerror) ^ get(reg::gerrorn)) >> bit & 1) != 0; }
    /// Toggles the bit unless it is active already; true when it toggled.
    bool activate_error(unsigned bit);

    /// log2 of the entries of a queue, by its BASE register: capped at IDR1 (6.3.26).
    unsigned queue_log2(std::uint32_t base_register) const;
    /// The queue's address: aligned to the larger of its size and 32 bytes.
    std::uint64_t queue_address(std::uint32_t base_register, unsigned entry_bytes) const;

private:
    /// The offset that `reg` knows for software's; one of no register where the frame has nothing there.
    std::uint32_t own(std::uint32_t offset) const;
    void add_identification();
    void add_secure_identification();
    void add_control();
    void add_interrupts();
    void add_queues();
    void add_atos();
    void add_vatos();
    void add_atos_group(const char* const (&names)[4], const reg::atos_group& where, std::uint64_t sid_fixed,
                        std::uint64_t sid_writable, std::uint64_t addr_writable);
    std::uint64_t atos_sid_bits() const;
    void add_pri();
    bool off(std::uint64_t cr0_mask) const { return ((get(reg::cr0) | get(reg::cr0ack)) & cr0_mask) == 0; }
    void add_guarded(const char* name, std::uint32_t offset, unsigned width, std::uint64_t writable,
                     std::uint64_t cr0_guard);
    void add_irq_cfg(const char* const (&names)[3], const std::uint32_t (&offsets)[3], std::uint64_t guard);

    /// What a read of an index register shows.
    std::function<std::uint64_t()> shown(std::uint32_t index, std::uint32_t base_register, std::uint64_t others);
    /// Fixed where `preset`, otherwise guarded by CR0 enables.
    void add_base(const char* name, std::uint32_t offset, unsigned width, std::uint64_t writable,
                  std::uint64_t cr0_guard, bool preset, std::uint64_t preset_value);

    const features feature_;
    const embedded_storage embedded_;
    listener& listener_;
    register_file file_{most_bytes};
    const security_state state_;
    bool smmuen_ = false;
    bool sif_ = false;
    bool nsstalld_ = false;
    std::uint32_t gbpa_;
};

} // namespace iovp::smmu
