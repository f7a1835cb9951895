#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace iovp::cpu::test {

/// A register number: x0..x30, and 31 for SP or XZR as the instruction has it.
using xn = unsigned;
constexpr xn xzr = 31, sp = 31, lr = 30;

/// A system register by op0, op1, CRn, CRm, op2.
constexpr std::uint32_t sysreg(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
    return op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5;
}

/// Words of A64 (Arm ARM C6.2) at an address, with labels. Independent of the core's own decoder.
class program {
public:
    explicit program(std::uint64_t base)
        : base_(base)
    {
    }

    std::uint64_t here() const { return base_ + 4 * words_.size(); }
    std::uint64_t base() const { return base_; }
    program& word(std::uint32_t w)
    {
        words_.push_back(w);
        return *this;
    }
    program& label(const std::string& name)
    {
        labels_[name] = here();
        return *this;
    }
    std::uint64_t at(const std::string& name) const { return labels_.at(name); }
    /// Fills with NOP up to base + offset.
    program& pad_to(std::uint64_t offset)
    {
        while (here() < base_ + offset)
            nop();
        return *this;
    }

    program& nop() { return word(0xd503201f); }
    /// Any 64-bit constant: MOVZ and three MOVK.
    program& mov(xn d, std::uint64_t v)
    {
        word(0xd2800000 | static_cast<std::uint32_t>(v & 0xffff) << 5 | d);
        for (unsigned i = 1; i < 4; ++i)
            if (const auto part = static_cast<std::uint32_t>(v >> 16 * i & 0xffff))
                word(0xf2800000 | i << 21 | part << 5 | d);
        return *this;
    }
    program& mov_reg(xn d, xn m) { return word(0xaa0003e0 | m << 16 | d); }
    program& mov_sp(xn n) { return word(0x91000000 | n << 5 | 31); }      ///< mov sp, xn
    program& mov_from_sp(xn d) { return word(0x91000000 | 31 << 5 | d); } ///< mov xd, sp
    program& add(xn d, xn n, unsigned imm) { return word(0x91000000 | imm << 10 | n << 5 | d); }
    program& sub(xn d, xn n, unsigned imm) { return word(0xd1000000 | imm << 10 | n << 5 | d); }
    program& add_reg(xn d, xn n, xn m) { return word(0x8b000000 | m << 16 | n << 5 | d); }
    program& cmp_imm(xn n, unsigned imm) { return word(0xf1000000 | imm << 10 | n << 5 | 31); }
    program& cmp(xn n, xn m) { return word(0xeb000000 | m << 16 | n << 5 | 31); }

    program& ldr(xn t, xn n, unsigned offset = 0) { return word(0xf9400000 | offset / 8 << 10 | n << 5 | t); }
    program& str(xn t, xn n, unsigned offset = 0) { return word(0xf9000000 | offset / 8 << 10 | n << 5 | t); }
    program& ldr_w(xn t, xn n, unsigned offset = 0) { return word(0xb9400000 | offset / 4 << 10 | n << 5 | t); }
    program& str_w(xn t, xn n, unsigned offset = 0) { return word(0xb9000000 | offset / 4 << 10 | n << 5 | t); }
    program& ldrb(xn t, xn n, unsigned offset = 0) { return word(0x39400000 | offset << 10 | n << 5 | t); }
    program& strb(xn t, xn n, unsigned offset = 0) { return word(0x39000000 | offset << 10 | n << 5 | t); }
    program& ldrsh_w(xn t, xn n, unsigned offset = 0) { return word(0x79c00000 | offset / 2 << 10 | n << 5 | t); }
    program& str_post(xn t, xn n, int offset)
    {
        return word(0xf8000400 | (static_cast<std::uint32_t>(offset) & 0x1ff) << 12 | n << 5 | t);
    }
    program& ldp(xn t, xn t2, xn n) { return word(0xa9400000 | t2 << 10 | n << 5 | t); }
    program& ldtr(xn t, xn n) { return word(0xf8400800 | n << 5 | t); }
    program& sttr(xn t, xn n) { return word(0xf8000800 | n << 5 | t); }
    program& ldxr(xn t, xn n) { return word(0xc85f7c00 | n << 5 | t); }
    program& stxr(xn s, xn t, xn n) { return word(0xc8007c00 | s << 16 | n << 5 | t); }
    program& ldar(xn t, xn n) { return word(0xc8dffc00 | n << 5 | t); }

    program& b(const std::string& to) { return branch(0x14000000, to, 26, 0); }
    program& bl(const std::string& to) { return branch(0x94000000, to, 26, 0); }
    program& b_ne(const std::string& to) { return branch(0x54000001, to, 19, 5); }
    program& b_eq(const std::string& to) { return branch(0x54000000, to, 19, 5); }
    program& b_lo(const std::string& to) { return branch(0x54000003, to, 19, 5); }
    program& cbz(xn t, const std::string& to) { return branch(0xb4000000 | t, to, 19, 5); }
    program& cbnz(xn t, const std::string& to) { return branch(0xb5000000 | t, to, 19, 5); }
    program& br(xn n) { return word(0xd61f0000 | n << 5); }
    program& blr(xn n) { return word(0xd63f0000 | n << 5); }
    program& ret() { return word(0xd65f03c0); }

    program& mrs(xn t, std::uint32_t r) { return word(0xd5200000 | r | t); }
    program& msr(std::uint32_t r, xn t) { return word(0xd5000000 | r | t); }
    program& sys(unsigned op1, unsigned crn, unsigned crm, unsigned op2, xn t = xzr)
    {
        return word(0xd5080000 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5 | t);
    }
    program& daifset(unsigned m) { return word(0xd50340df | m << 8); }
    program& daifclr(unsigned m) { return word(0xd50340ff | m << 8); }
    program& spsel(unsigned v) { return word(0xd50040bf | v << 8); }
    program& isb() { return word(0xd5033fdf); }
    program& dsb() { return word(0xd5033f9f); }
    program& wfi() { return word(0xd503207f); }
    program& wfe() { return word(0xd503205f); }
    program& sev() { return word(0xd503209f); }
    program& sevl() { return word(0xd50320bf); }
    program& svc(unsigned imm) { return word(0xd4000001 | imm << 5); }
    program& hvc(unsigned imm) { return word(0xd4000002 | imm << 5); }
    program& smc(unsigned imm) { return word(0xd4000003 | imm << 5); }
    program& brk(unsigned imm) { return word(0xd4200000 | imm << 5); }
    program& eret() { return word(0xd69f03e0); }
    program& udf() { return word(0); }
    program& fadd_d(unsigned d, unsigned n, unsigned m) { return word(0x1e602800 | m << 16 | n << 5 | d); }

    /// The words with every branch resolved.
    std::vector<std::uint32_t> words() const
    {
        std::vector<std::uint32_t> result = words_;
        for (const fixup& f : fixups_) {
            const auto found = labels_.find(f.label);
            if (found == labels_.end())
                throw std::logic_error("no label " + f.label);
            const auto distance = static_cast<std::int64_t>(found->second - (base_ + 4 * f.index)) / 4;
            result[f.index] |= (static_cast<std::uint32_t>(distance) & ((1u << f.bits) - 1)) << f.shift;
        }
        return result;
    }

private:
    struct fixup {
        std::size_t index;
        std::string label;
        unsigned bits, shift;
    };
    program& branch(std::uint32_t opcode, const std::string& to, unsigned width, unsigned shift)
    {
        fixups_.push_back({words_.size(), to, width, shift});
        return word(opcode);
    }

    std::uint64_t base_;
    std::vector<std::uint32_t> words_;
    std::map<std::string, std::uint64_t> labels_;
    std::vector<fixup> fixups_;
};

// System registers of the tests, by D24's encodings.
constexpr std::uint32_t sctlr_el1 = sysreg(3, 0, 1, 0, 0), cpacr_el1 = sysreg(3, 0, 1, 0, 2),
                        ttbr0_el1 = sysreg(3, 0, 2, 0, 0), ttbr1_el1 = sysreg(3, 0, 2, 0, 1),
                        tcr_el1 = sysreg(3, 0, 2, 0, 2), spsr_el1 = sysreg(3, 0, 4, 0, 0),
                        elr_el1 = sysreg(3, 0, 4, 0, 1), sp_el0 = sysreg(3, 0, 4, 1, 0),
                        spsel_reg = sysreg(3, 0, 4, 2, 0), currentel = sysreg(3, 0, 4, 2, 2),
                        esr_el1 = sysreg(3, 0, 5, 2, 0), far_el1 = sysreg(3, 0, 6, 0, 0),
                        par_el1 = sysreg(3, 0, 7, 4, 0), mair_el1 = sysreg(3, 0, 10, 2, 0),
                        vbar_el1 = sysreg(3, 0, 12, 0, 0), isr_el1 = sysreg(3, 0, 12, 1, 0),
                        midr_el1 = sysreg(3, 0, 0, 0, 0), mpidr_el1 = sysreg(3, 0, 0, 0, 5),
                        tpidr_el0 = sysreg(3, 3, 13, 0, 2), daif = sysreg(3, 3, 4, 2, 1),
                        cntvct_el0 = sysreg(3, 3, 14, 0, 2), cntpct_el0 = sysreg(3, 3, 14, 0, 1),
                        cntfrq_el0 = sysreg(3, 3, 14, 0, 0), cntkctl_el1 = sysreg(3, 0, 14, 1, 0),
                        actlr_el1 = sysreg(3, 0, 1, 0, 1);
constexpr std::uint32_t sctlr_el2 = sysreg(3, 4, 1, 0, 0), hcr_el2 = sysreg(3, 4, 1, 1, 0),
                        cptr_el2 = sysreg(3, 4, 1, 1, 2), ttbr0_el2 = sysreg(3, 4, 2, 0, 0),
                        tcr_el2 = sysreg(3, 4, 2, 0, 2), vttbr_el2 = sysreg(3, 4, 2, 1, 0),
                        vtcr_el2 = sysreg(3, 4, 2, 1, 2), spsr_el2 = sysreg(3, 4, 4, 0, 0),
                        elr_el2 = sysreg(3, 4, 4, 0, 1), sp_el1 = sysreg(3, 4, 4, 1, 0),
                        esr_el2 = sysreg(3, 4, 5, 2, 0), far_el2 = sysreg(3, 4, 6, 0, 0),
                        hpfar_el2 = sysreg(3, 4, 6, 0, 4), mair_el2 = sysreg(3, 4, 10, 2, 0),
                        vbar_el2 = sysreg(3, 4, 12, 0, 0), vpidr_el2 = sysreg(3, 4, 0, 0, 0),
                        vmpidr_el2 = sysreg(3, 4, 0, 0, 5);

} // namespace iovp::cpu::test
