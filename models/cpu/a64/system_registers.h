#pragma once

#include "common/bit_field.h"
#include "common/systemc/system_register_if.h"
#include "vmsa/regime.h"

#include <array>
#include <cstdint>

namespace iovp::cpu::a64 {

/// The registers that the core stores or computes. Those of the GIC and of the timer live with them.
enum class reg : std::uint8_t {
    none,
    // identification
    midr_el1,
    mpidr_el1,
    revidr_el1,
    aidr_el1,
    ctr_el0,
    dczid_el0,
    clidr_el1,
    ccsidr_el1,
    csselr_el1,
    id_aa64pfr0_el1,
    id_aa64dfr0_el1,
    id_aa64isar0_el1,
    id_aa64mmfr0_el1,
    id_aa64mmfr1_el1,
    id_aa64mmfr2_el1,
    vpidr_el2,
    vmpidr_el2,
    rvbar_el2,
    // state by MSR and MRS
    currentel,
    spsel,
    daif,
    sp_el0,
    sp_el1,
    spsr_el1,
    elr_el1,
    spsr_el2,
    elr_el2,
    // EL1
    sctlr_el1,
    actlr_el1,
    cpacr_el1,
    ttbr0_el1,
    ttbr1_el1,
    tcr_el1,
    mair_el1,
    amair_el1,
    contextidr_el1,
    afsr0_el1,
    afsr1_el1,
    esr_el1,
    far_el1,
    par_el1,
    vbar_el1,
    isr_el1,
    tpidr_el1,
    tpidr_el0,
    tpidrro_el0,
    // EL2
    sctlr_el2,
    actlr_el2,
    hcr_el2,
    mdcr_el2,
    cptr_el2,
    hstr_el2,
    hacr_el2,
    ttbr0_el2,
    tcr_el2,
    vttbr_el2,
    vtcr_el2,
    mair_el2,
    amair_el2,
    afsr0_el2,
    afsr1_el2,
    esr_el2,
    far_el2,
    hpfar_el2,
    vbar_el2,
    tpidr_el2,
    // debug, stored without effect
    mdscr_el1,
    oslar_el1,
    oslsr_el1,
    osdlr_el1,
    dbgprcr_el1,
    dbgclaimset_el1,
    dbgclaimclr_el1,
    dbgauthstatus_el1,
    mdccsr_el0,
    dbgbvr0_el1,
    dbgbcr0_el1,
    dbgbvr1_el1,
    dbgbcr1_el1,
    dbgwvr0_el1,
    dbgwcr0_el1,
    dbgwvr1_el1,
    dbgwcr1_el1,
    count
};

/// Which traps of HCR_EL2, CPTR_EL2 and SCTLR_EL1 look at an access.
enum class trap_group : std::uint8_t {
    none,
    virtual_memory, ///< HCR_EL2.TVM for writes, TRVM for reads
    id1,            ///< HCR_EL2.TID1
    id2,            ///< HCR_EL2.TID2; CTR_EL0 also SCTLR_EL1.UCT
    id3,            ///< HCR_EL2.TID3
    auxiliary,      ///< HCR_EL2.TACR
    cpacr,          ///< CPTR_EL2.TCPAC
    interrupt_mask, ///< SCTLR_EL1.UMA at EL0
    zero_id         ///< DCZID_EL0: never trapped
};

/// One row of the register table.
struct register_description {
    std::uint16_t encoding;
    const char* name;
    reg id;
    std::uint8_t read_el;  ///< lowest level that may read; 3: none
    std::uint8_t write_el; ///< lowest level that may write; 3: none
    std::uint64_t reset;
    std::uint64_t writable; ///< bits that MSR changes
    trap_group group;
};

/// Null: not a register of this table.
const register_description* find_register(std::uint16_t encoding);
/// Every row, for debuggers and documentation.
struct register_table {
    const register_description* first;
    const register_description* last;
    const register_description* begin() const { return first; }
    const register_description* end() const { return last; }
};
register_table all_registers();

/// op0 3, op1 0, CRn 0, CRm 1..7: ID registers; those without a row read as zero (D24.2, "reserved, RAZ").
constexpr bool is_id_space(system_register r)
{
    return r.op0 == 3 && r.op1 == 0 && r.crn == 0 && r.crm >= 1 && r.crm <= 7;
}

/// What the ID registers depend on.
struct identity {
    std::uint64_t affinity = 0;
    std::uint64_t reset_address = 0;
    bool el2 = true;  ///< software may use EL2
    bool gic = false; ///< ICC_* are there
    vmsa::implementation mmu;
};

/// The stored values.
class system_registers {
public:
    explicit system_registers(const identity& id);

    void reset();
    std::uint64_t operator[](reg r) const { return values_[static_cast<std::size_t>(r)]; }
    std::uint64_t& operator[](reg r) { return values_[static_cast<std::size_t>(r)]; }
    /// Writes the bits that MSR changes.
    void write(const register_description& d, std::uint64_t value)
    {
        std::uint64_t& v = (*this)[d.id];
        v = (v & ~d.writable) | (value & d.writable);
    }

private:
    identity id_;
    std::array<std::uint64_t, static_cast<std::size_t>(reg::count)> values_{};
};

/// HCR_EL2 (D24.2.48), Armv8.0.
namespace hcr {
using vm = field<0, 0>;
using ptw = field<2, 2>;
using fmo = field<3, 3>;
using imo = field<4, 4>;
using amo = field<5, 5>;
using vf = field<6, 6>;
using vi = field<7, 7>;
using vse = field<8, 8>;
using dc = field<12, 12>;
using twi = field<13, 13>;
using twe = field<14, 14>;
using tid0 = field<15, 15>;
using tid1 = field<16, 16>;
using tid2 = field<17, 17>;
using tid3 = field<18, 18>;
using tsc = field<19, 19>;
using tidcp = field<20, 20>;
using tacr = field<21, 21>;
using tsw = field<22, 22>;
using tpc = field<23, 23>;
using tpu = field<24, 24>;
using ttlb = field<25, 25>;
using tvm = field<26, 26>;
using tge = field<27, 27>;
using tdz = field<28, 28>;
using hcd = field<29, 29>;
using trvm = field<30, 30>;
using rw = field<31, 31>;
} // namespace hcr

/// SCTLR_EL1 and SCTLR_EL2 (D24.2.118, D24.2.119).
namespace sctlr {
using m = field<0, 0>;
using a = field<1, 1>;
using sa = field<3, 3>;
using sa0 = field<4, 4>;
using uma = field<9, 9>;
using i = field<12, 12>;
using dze = field<14, 14>;
using uct = field<15, 15>;
using ntwi = field<16, 16>;
using ntwe = field<18, 18>;
using wxn = field<19, 19>;
using uci = field<26, 26>;
} // namespace sctlr

namespace cpacr {
using fpen = field<21, 20>;
}
namespace cptr {
using tfp = field<10, 10>;
using tcpac = field<31, 31>;
} // namespace cptr

} // namespace iovp::cpu::a64
