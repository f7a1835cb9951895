#include "cpu/a64/system_registers.h"

#include "common/bit_field.h"

#include <iterator>

namespace iovp::cpu::a64 {

namespace {

constexpr std::uint16_t sr(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
    return system_register{static_cast<std::uint8_t>(op0), static_cast<std::uint8_t>(op1),
                           static_cast<std::uint8_t>(crn), static_cast<std::uint8_t>(crm),
                           static_cast<std::uint8_t>(op2)}
        .encoding();
}

constexpr std::uint64_t all = ~std::uint64_t(0);
constexpr std::uint64_t low32 = bit_mask(31, 0);
constexpr std::uint8_t never = 3;
using g = trap_group;

// SCTLR_EL1 and SCTLR_EL2 of Armv8.0: RES1 bits, and the bits that exist. No mixed endianness, so EE and E0E are RES0.
constexpr std::uint64_t sctlr_el1_res1 = 0x30d0'0800;
constexpr std::uint64_t sctlr_el1_bits = 0x040d'd21f;
constexpr std::uint64_t sctlr_el2_res1 = 0x30c5'0830;
constexpr std::uint64_t sctlr_el2_bits = 0x0008'100f;
constexpr std::uint64_t hcr_bits = 0x7fff'fdff | bit_mask(33, 32);
constexpr std::uint64_t cptr_res1 = 0x33ff;
constexpr std::uint64_t tcr_el1_bits = 0x77'ffff'ffbf | bit_mask(42, 41);
constexpr std::uint64_t tcr_el2_res1 = bit_mask(31, 31) | bit_mask(23, 23);
constexpr std::uint64_t tcr_el2_bits = 0x0117'ff3f;
constexpr std::uint64_t vtcr_res1 = bit_mask(31, 31);
constexpr std::uint64_t vtcr_bits = 0x0007'ffff;
constexpr std::uint64_t vbar_bits = ~std::uint64_t(0x7ff);
constexpr std::uint64_t spsr_bits = 0xf030'03df;

// Reset values that D24.2 calls UNKNOWN are zero. Order: by subject.
constexpr register_description table[] = {
    {sr(3, 0, 0, 0, 0), "MIDR_EL1", reg::midr_el1, 1, never, 0, 0, g::none},
    {sr(3, 0, 0, 0, 5), "MPIDR_EL1", reg::mpidr_el1, 1, never, 0, 0, g::none},
    {sr(3, 0, 0, 0, 6), "REVIDR_EL1", reg::revidr_el1, 1, never, 0, 0, g::id1},
    {sr(3, 1, 0, 0, 7), "AIDR_EL1", reg::aidr_el1, 1, never, 0, 0, g::id1},
    {sr(3, 3, 0, 0, 1), "CTR_EL0", reg::ctr_el0, 0, never, 0, 0, g::id2},
    {sr(3, 3, 0, 0, 7), "DCZID_EL0", reg::dczid_el0, 0, never, 4, 0, g::zero_id},
    {sr(3, 1, 0, 0, 1), "CLIDR_EL1", reg::clidr_el1, 1, never, 0, 0, g::id2},
    {sr(3, 1, 0, 0, 0), "CCSIDR_EL1", reg::ccsidr_el1, 1, never, 0, 0, g::id2},
    {sr(3, 2, 0, 0, 0), "CSSELR_EL1", reg::csselr_el1, 1, 1, 0, 0xf, g::id2},
    {sr(3, 0, 0, 4, 0), "ID_AA64PFR0_EL1", reg::id_aa64pfr0_el1, 1, never, 0, 0, g::id3},
    {sr(3, 0, 0, 5, 0), "ID_AA64DFR0_EL1", reg::id_aa64dfr0_el1, 1, never, 0, 0, g::id3},
    {sr(3, 0, 0, 6, 0), "ID_AA64ISAR0_EL1", reg::id_aa64isar0_el1, 1, never, 0, 0, g::id3},
    {sr(3, 0, 0, 7, 0), "ID_AA64MMFR0_EL1", reg::id_aa64mmfr0_el1, 1, never, 0, 0, g::id3},
    {sr(3, 0, 0, 7, 1), "ID_AA64MMFR1_EL1", reg::id_aa64mmfr1_el1, 1, never, 0, 0, g::id3},
    {sr(3, 0, 0, 7, 2), "ID_AA64MMFR2_EL1", reg::id_aa64mmfr2_el1, 1, never, 0, 0, g::id3},
    {sr(3, 4, 0, 0, 0), "VPIDR_EL2", reg::vpidr_el2, 2, 2, 0, low32, g::none},
    {sr(3, 4, 0, 0, 5), "VMPIDR_EL2", reg::vmpidr_el2, 2, 2, 0, 0xff'c1ff'ffff, g::none},
    {sr(3, 4, 12, 0, 1), "RVBAR_EL2", reg::rvbar_el2, 2, never, 0, 0, g::none},

    {sr(3, 0, 4, 2, 2), "CurrentEL", reg::currentel, 1, never, 0, 0, g::none},
    {sr(3, 0, 4, 2, 0), "SPSel", reg::spsel, 1, 1, 0, 1, g::none},
    {sr(3, 3, 4, 2, 1), "DAIF", reg::daif, 0, 0, 0, 0x3c0, g::interrupt_mask},
    {sr(3, 0, 4, 1, 0), "SP_EL0", reg::sp_el0, 1, 1, 0, all, g::none},
    {sr(3, 4, 4, 1, 0), "SP_EL1", reg::sp_el1, 2, 2, 0, all, g::none},
    {sr(3, 0, 4, 0, 0), "SPSR_EL1", reg::spsr_el1, 1, 1, 0, spsr_bits, g::none},
    {sr(3, 0, 4, 0, 1), "ELR_EL1", reg::elr_el1, 1, 1, 0, all, g::none},
    {sr(3, 4, 4, 0, 0), "SPSR_EL2", reg::spsr_el2, 2, 2, 0, spsr_bits, g::none},
    {sr(3, 4, 4, 0, 1), "ELR_EL2", reg::elr_el2, 2, 2, 0, all, g::none},

    {sr(3, 0, 1, 0, 0), "SCTLR_EL1", reg::sctlr_el1, 1, 1, sctlr_el1_res1, sctlr_el1_bits, g::virtual_memory},
    {sr(3, 0, 1, 0, 1), "ACTLR_EL1", reg::actlr_el1, 1, 1, 0, 0, g::auxiliary},
    {sr(3, 0, 1, 0, 2), "CPACR_EL1", reg::cpacr_el1, 1, 1, 0, cpacr::fpen::mask, g::cpacr},
    {sr(3, 0, 2, 0, 0), "TTBR0_EL1", reg::ttbr0_el1, 1, 1, 0, all, g::virtual_memory},
    {sr(3, 0, 2, 0, 1), "TTBR1_EL1", reg::ttbr1_el1, 1, 1, 0, all, g::virtual_memory},
    {sr(3, 0, 2, 0, 2), "TCR_EL1", reg::tcr_el1, 1, 1, 0, tcr_el1_bits, g::virtual_memory},
    {sr(3, 0, 10, 2, 0), "MAIR_EL1", reg::mair_el1, 1, 1, 0, all, g::virtual_memory},
    {sr(3, 0, 10, 3, 0), "AMAIR_EL1", reg::amair_el1, 1, 1, 0, 0, g::virtual_memory},
    {sr(3, 0, 13, 0, 1), "CONTEXTIDR_EL1", reg::contextidr_el1, 1, 1, 0, low32, g::virtual_memory},
    {sr(3, 0, 5, 1, 0), "AFSR0_EL1", reg::afsr0_el1, 1, 1, 0, 0, g::virtual_memory},
    {sr(3, 0, 5, 1, 1), "AFSR1_EL1", reg::afsr1_el1, 1, 1, 0, 0, g::virtual_memory},
    {sr(3, 0, 5, 2, 0), "ESR_EL1", reg::esr_el1, 1, 1, 0, low32, g::virtual_memory},
    {sr(3, 0, 6, 0, 0), "FAR_EL1", reg::far_el1, 1, 1, 0, all, g::virtual_memory},
    {sr(3, 0, 7, 4, 0), "PAR_EL1", reg::par_el1, 1, 1, 0, all, g::none},
    {sr(3, 0, 12, 0, 0), "VBAR_EL1", reg::vbar_el1, 1, 1, 0, vbar_bits, g::none},
    {sr(3, 0, 12, 1, 0), "ISR_EL1", reg::isr_el1, 1, never, 0, 0, g::none},
    {sr(3, 0, 13, 0, 4), "TPIDR_EL1", reg::tpidr_el1, 1, 1, 0, all, g::none},
    {sr(3, 3, 13, 0, 2), "TPIDR_EL0", reg::tpidr_el0, 0, 0, 0, all, g::none},
    {sr(3, 3, 13, 0, 3), "TPIDRRO_EL0", reg::tpidrro_el0, 0, 1, 0, all, g::none},

    {sr(3, 4, 1, 0, 0), "SCTLR_EL2", reg::sctlr_el2, 2, 2, sctlr_el2_res1, sctlr_el2_bits, g::none},
    {sr(3, 4, 1, 0, 1), "ACTLR_EL2", reg::actlr_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 1, 1, 0), "HCR_EL2", reg::hcr_el2, 2, 2, hcr::rw::mask, hcr_bits, g::none},
    {sr(3, 4, 1, 1, 1), "MDCR_EL2", reg::mdcr_el2, 2, 2, 0, 0xf00, g::none},
    {sr(3, 4, 1, 1, 2), "CPTR_EL2", reg::cptr_el2, 2, 2, cptr_res1, cptr::tfp::mask | cptr::tcpac::mask, g::none},
    {sr(3, 4, 1, 1, 3), "HSTR_EL2", reg::hstr_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 1, 1, 7), "HACR_EL2", reg::hacr_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 2, 0, 0), "TTBR0_EL2", reg::ttbr0_el2, 2, 2, 0, bit_mask(47, 1), g::none},
    {sr(3, 4, 2, 0, 2), "TCR_EL2", reg::tcr_el2, 2, 2, tcr_el2_res1, tcr_el2_bits, g::none},
    {sr(3, 4, 2, 1, 0), "VTTBR_EL2", reg::vttbr_el2, 2, 2, 0, bit_mask(55, 1), g::none},
    {sr(3, 4, 2, 1, 2), "VTCR_EL2", reg::vtcr_el2, 2, 2, vtcr_res1, vtcr_bits, g::none},
    {sr(3, 4, 10, 2, 0), "MAIR_EL2", reg::mair_el2, 2, 2, 0, all, g::none},
    {sr(3, 4, 10, 3, 0), "AMAIR_EL2", reg::amair_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 5, 1, 0), "AFSR0_EL2", reg::afsr0_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 5, 1, 1), "AFSR1_EL2", reg::afsr1_el2, 2, 2, 0, 0, g::none},
    {sr(3, 4, 5, 2, 0), "ESR_EL2", reg::esr_el2, 2, 2, 0, low32, g::none},
    {sr(3, 4, 6, 0, 0), "FAR_EL2", reg::far_el2, 2, 2, 0, all, g::none},
    {sr(3, 4, 6, 0, 4), "HPFAR_EL2", reg::hpfar_el2, 2, 2, 0, bit_mask(43, 4), g::none},
    {sr(3, 4, 12, 0, 0), "VBAR_EL2", reg::vbar_el2, 2, 2, 0, vbar_bits, g::none},
    {sr(3, 4, 13, 0, 2), "TPIDR_EL2", reg::tpidr_el2, 2, 2, 0, all, g::none},

    {sr(2, 0, 0, 2, 2), "MDSCR_EL1", reg::mdscr_el1, 1, 1, 0, 0xa001, g::none},
    {sr(2, 0, 1, 0, 4), "OSLAR_EL1", reg::oslar_el1, never, 1, 0, 0, g::none},
    {sr(2, 0, 1, 1, 4), "OSLSR_EL1", reg::oslsr_el1, 1, never, 0xa, 0, g::none},
    {sr(2, 0, 1, 3, 4), "OSDLR_EL1", reg::osdlr_el1, 1, 1, 0, 1, g::none},
    {sr(2, 0, 1, 4, 4), "DBGPRCR_EL1", reg::dbgprcr_el1, 1, 1, 0, 1, g::none},
    {sr(2, 0, 7, 8, 6), "DBGCLAIMSET_EL1", reg::dbgclaimset_el1, 1, 1, 0xff, 0, g::none},
    {sr(2, 0, 7, 9, 6), "DBGCLAIMCLR_EL1", reg::dbgclaimclr_el1, 1, 1, 0, 0, g::none},
    {sr(2, 0, 7, 14, 6), "DBGAUTHSTATUS_EL1", reg::dbgauthstatus_el1, 1, never, 0, 0, g::none},
    {sr(2, 3, 0, 1, 0), "MDCCSR_EL0", reg::mdccsr_el0, 0, never, 0, 0, g::none},
    {sr(2, 0, 0, 0, 4), "DBGBVR0_EL1", reg::dbgbvr0_el1, 1, 1, 0, all, g::none},
    {sr(2, 0, 0, 0, 5), "DBGBCR0_EL1", reg::dbgbcr0_el1, 1, 1, 0, 0xfe'e1e6, g::none},
    {sr(2, 0, 0, 1, 4), "DBGBVR1_EL1", reg::dbgbvr1_el1, 1, 1, 0, all, g::none},
    {sr(2, 0, 0, 1, 5), "DBGBCR1_EL1", reg::dbgbcr1_el1, 1, 1, 0, 0xfe'e1e6, g::none},
    {sr(2, 0, 0, 0, 6), "DBGWVR0_EL1", reg::dbgwvr0_el1, 1, 1, 0, all, g::none},
    {sr(2, 0, 0, 0, 7), "DBGWCR0_EL1", reg::dbgwcr0_el1, 1, 1, 0, 0x1fff'fffe, g::none},
    {sr(2, 0, 0, 1, 6), "DBGWVR1_EL1", reg::dbgwvr1_el1, 1, 1, 0, all, g::none},
    {sr(2, 0, 0, 1, 7), "DBGWCR1_EL1", reg::dbgwcr1_el1, 1, 1, 0, 0x1fff'fffe, g::none},
};

// Row of every encoding, plus one; zero: none.
std::array<std::uint8_t, 1u << 16> make_index()
{
    std::array<std::uint8_t, 1u << 16> rows{};
    for (std::size_t i = 0; i < std::size(table); ++i)
        rows[table[i].encoding] = static_cast<std::uint8_t>(i + 1);
    return rows;
}
static_assert(std::size(table) < 255);

// D24.2.79 PARange
std::uint64_t pa_range(unsigned bits)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52};
    for (unsigned i = 0; i < std::size(sizes); ++i)
        if (sizes[i] == bits)
            return i;
    return 4;
}

} // namespace

const register_description* find_register(std::uint16_t encoding)
{
    static const std::array<std::uint8_t, 1u << 16> index = make_index();
    const std::uint8_t row = index[encoding];
    return row != 0 ? &table[row - 1] : nullptr;
}

register_table all_registers()
{
    return {std::begin(table), std::end(table)};
}

system_registers::system_registers(const identity& id)
    : id_(id)
{
    reset();
}

void system_registers::reset()
{
    for (const register_description& d : table)
        (*this)[d.id] = d.reset;
    const vmsa::implementation& mmu = id_.mmu;
    // Implementer 0 (software), architecture by ID registers, part number 0x64
    (*this)[reg::midr_el1] = 0x000f'0640;
    (*this)[reg::mpidr_el1] = bit_mask(31, 31) | id_.affinity;
    // Lines of 64 bytes, PIPT, clean to the point of unification not needed (IDC), IC needed (DIC zero)
    (*this)[reg::ctr_el0] = 0x9444'c004;
    // EL0, EL1, EL2 in AArch64 only, FP and Advanced SIMD without half precision, no EL3
    (*this)[reg::id_aa64pfr0_el1] = 0x0011 | (id_.el2 ? 0x0100u : 0u) | (id_.gic ? 0x0100'0000u : 0u);
    // Armv8.0 debug with two breakpoints and two watchpoints that only store; no PMU, no trace
    (*this)[reg::id_aa64dfr0_el1] = 0x0010'1006;
    // AES with PMULL, SHA1, SHA256, CRC32; no atomics
    (*this)[reg::id_aa64isar0_el1] = 0x0001'1120;
    (*this)[reg::id_aa64mmfr0_el1] = pa_range(mmu.output_bits) | 0x20 | (mmu.granule_16k ? 0x0010'0000u : 0u) |
                                     (mmu.granule_64k ? 0u : 0x0f00'0000u) | (mmu.granule_4k ? 0u : 0xf000'0000u);
    (*this)[reg::id_aa64mmfr1_el1] = (mmu.hierarchical_disable ? 0x1000u : 0u) | (mmu.xnx ? 0x1000'0000u : 0u);
    (*this)[reg::id_aa64mmfr2_el1] = mmu.small_tables ? 0x1000'0000u : 0u;
    (*this)[reg::vpidr_el2] = (*this)[reg::midr_el1];
    (*this)[reg::vmpidr_el2] = (*this)[reg::mpidr_el1];
    (*this)[reg::rvbar_el2] = id_.reset_address;
}

} // namespace iovp::cpu::a64
