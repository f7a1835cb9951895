// 3.3.5, Arm ARM D8.3: every bit of a stage-1 and a stage-2 page descriptor, read and written, through the SMMU.

#include "unit/smmu_arch/bench.h"

namespace iovp::test {
namespace {

struct Descriptors_3_3_5 : testing::Test, smmu_bench {
    static constexpr std::uint64_t rnw = 1ULL << 35, stage2_fault = 1ULL << 39, class_in = 2ULL << 40;

    /// The record of a fault of 0x1000, or nothing for a translation to `pa`.
    void expect(bool write, unsigned number, std::uint64_t pa, bool second, unsigned b)
    {
        const outcome o = run(req(8, 0x1000, write));
        if (number == 0) {
            ASSERT_TRUE(std::holds_alternative<translated>(o)) << "bit " << b << " write " << write;
            EXPECT_EQ(std::get<translated>(o).out.pa.value(), pa) << "bit " << b;
            return;
        }
        ASSERT_TRUE(std::holds_alternative<terminated>(o)) << "bit " << b << " write " << write;
        const auto& t = std::get<terminated>(o);
        ASSERT_TRUE(t.event) << "bit " << b;
        const std::uint64_t dw1 = class_in | (write ? 0 : rnw) | (second ? stage2_fault : 0);
        EXPECT_EQ(*t.event, (event_record{{0x0000000800000000ULL | number, dw1, 0x1000, second ? 0x1000U : 0U}}))
            << "bit " << b << " write " << write;
    }
};

TEST_F(Descriptors_3_3_5, Stage1PageSweep)
{
    set_ste(8, make_ste(5));
    write(cd_table, make_cd());
    table_builder s1 = stage1();
    const std::uint64_t legal = 0x80001000 | s1_af | s1_el0 | s1_inner | mair_is_wb | 3;
    s1.map(0x1000, 0, 3, 0);
    for (unsigned b = 0; b < 64; ++b) {
        s1.descriptor(0x1000, 3) = legal ^ (1ULL << b);
        for (const bool write : {false, true}) {
            unsigned number = 0;
            if (b <= 1) // invalid; reserved at level 3
                number = 0x10;
            else if (b == 6) // AP[1]: nothing for the unprivileged
                number = 0x13;
            else if (b == 7 && write) // AP[2]
                number = 0x13;
            else if (b == 10) // AF
                number = 0x12;
            else if (b >= 44 && b <= 47) // output beyond 44 bits
                number = 0x11;
            const std::uint64_t pa = b >= 12 && b < 44 ? 0x80001000 ^ (1ULL << b) : 0x80001000;
            expect(write, number, pa, false, b);
        }
    }
}

TEST_F(Descriptors_3_3_5, Stage2PageSweep)
{
    set_ste(8, make_ste(6));
    table_builder s2 = stage2();
    const std::uint64_t legal = 0x90001000 | s2_rw | 3;
    s2.map(0x1000, 0, 3, 0);
    for (unsigned b = 0; b < 64; ++b) {
        s2.descriptor(0x1000, 3) = legal ^ (1ULL << b);
        for (const bool write : {false, true}) {
            unsigned number = 0;
            if (b <= 1)
                number = 0x10;
            else if (b == 6 && !write) // S2AP[0]: read
                number = 0x13;
            else if (b == 7 && write) // S2AP[1]: write
                number = 0x13;
            else if (b == 10)
                number = 0x12;
            else if (b >= 44 && b <= 47)
                number = 0x11;
            const std::uint64_t pa = b >= 12 && b < 44 ? 0x90001000 ^ (1ULL << b) : 0x90001000;
            expect(write, number, pa, true, b);
        }
    }
}

} // namespace
} // namespace iovp::test
