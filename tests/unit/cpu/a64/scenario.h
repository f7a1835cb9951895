#pragma once

#include "bench.h"

#include <functional>

namespace iovp::cpu::test {

constexpr std::uint64_t body_address = code + 0x4000;

// Syndromes by D24.2.40.
constexpr std::uint64_t esr_of(unsigned ec, std::uint64_t iss)
{
    return std::uint64_t(ec) << 26 | 1u << 25 | iss;
}
constexpr std::uint64_t spsr_of(unsigned el)
{
    return 0x3c0 | (el == 0 ? 0u : el << 2 | 1);
}
/// ISS of a trapped MSR, MRS or system instruction.
constexpr std::uint64_t system_iss(std::uint32_t r, xn t, bool read)
{
    const auto f = [&](unsigned low, unsigned mask) { return std::uint64_t(r >> low & mask); };
    return f(19, 3) << 20 | f(5, 7) << 17 | f(16, 7) << 14 | f(12, 15) << 10 | std::uint64_t(t) << 5 | f(8, 15) << 1 |
           (read ? 1 : 0);
}

/// EL2 sets up, then a body runs at some level; the first exception is recorded and ends the simulation.
struct scenario : bench {
    using writer = std::function<void(program&)>;

    explicit scenario(const a64_cpu::parameters& p = {})
        : bench(1, p)
    {
    }

    /// `setup` runs at EL2 before the body, `body` at `el`.
    void write(unsigned el, const writer& setup, const writer& body, std::uint64_t entry = body_address)
    {
        program p(code);
        p.mov(0, vectors_el2).msr(vbar_el2, 0).mov(0, vectors_el1).msr(vbar_el1, 0);
        p.mov(0, ram + 0x30'0000).msr(sp_el1, 0).mov(0, 1u << 31).msr(hcr_el2, 0);
        p.mov(0, 3u << 20).msr(cpacr_el1, 0);
        if (setup)
            setup(p);
        p.mov(0, entry).msr(elr_el2, 0).mov(0, spsr_of(el)).msr(spsr_el2, 0);
        if (el == 2) {
            p.mov(0, entry).br(0);
        } else {
            p.eret();
        }
        load(p);
        program q(body_address);
        body(q);
        done(q);
        load(q);
        recorder(vectors_el1, 1);
        recorder(vectors_el2, 2);
    }

    /// What the recorder left.
    std::uint64_t vector() { return result(0); } ///< level << 16 | offset
    std::uint64_t esr() { return result(1); }
    std::uint64_t elr() { return result(2); }
    std::uint64_t far() { return result(3); }
    std::uint64_t spsr() { return result(4); }
    std::uint64_t hpfar() { return result(5); }

    void expect(std::uint64_t where, std::uint64_t syndrome, std::uint64_t return_address)
    {
        EXPECT_EQ(vector(), where) << std::hex << vector();
        EXPECT_EQ(esr(), syndrome) << std::hex << esr() << " not " << syndrome;
        EXPECT_EQ(elr(), return_address) << std::hex << elr() << " not " << return_address;
    }

private:
    void recorder(std::uint64_t base, unsigned el)
    {
        const bool two = el == 2;
        program v(base);
        for (unsigned offset = 0; offset < 0x800; offset += 0x80) {
            v.pad_to(offset);
            v.mov(26, el << 16 | offset);
            v.b("record");
        }
        v.pad_to(0x800).label("record");
        save(v, 0, 26);
        save_sr(v, 1, two ? esr_el2 : esr_el1);
        save_sr(v, 2, two ? elr_el2 : elr_el1);
        save_sr(v, 3, two ? far_el2 : far_el1);
        save_sr(v, 4, two ? spsr_el2 : spsr_el1);
        if (two)
            save_sr(v, 5, hpfar_el2);
        done(v);
        load(v);
    }
};

/// Vectors: level << 16 | offset.
constexpr std::uint64_t el1_same = 0x1'0200, el1_lower = 0x1'0400, el2_same = 0x2'0200, el2_lower = 0x2'0400;

} // namespace iovp::cpu::test
