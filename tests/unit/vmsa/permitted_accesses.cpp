#include "vmsa/translation.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using namespace vmsa;

stage_permissions permissions_of(unsigned bits)
{
    stage_permissions p;
    p.privileged_read = (bits & 1) != 0;
    p.privileged_write = (bits & 2) != 0;
    p.privileged_execute = (bits & 4) != 0;
    p.unprivileged_read = (bits & 8) != 0;
    p.unprivileged_write = (bits & 16) != 0;
    p.unprivileged_execute = (bits & 32) != 0;
    return p;
}

// Every kind of access under every permission of a stage: the word that a TLB keeps says what the rules say.
void expect_agreement(const translation& t)
{
    for (const bool privileged : {false, true})
        for (const access a :
             {access{false, false, privileged}, access{true, false, privileged}, access{false, true, privileged}}) {
            const bool permitted = t.usable_for(a) && !check_permissions(t, a, 0);
            EXPECT_EQ((permitted_accesses(t) >> access_number(a) & 1) != 0, permitted) << access_number(a);
            const access back = access_of(access_number(a));
            EXPECT_EQ(back.write, a.write);
            EXPECT_EQ(back.instruction, a.instruction);
            EXPECT_EQ(back.privileged, a.privileged);
        }
}

TEST(PermittedAccesses, AgreeWithThePermissionCheck)
{
    for (unsigned bits = 0; bits < 64; ++bits)
        for (unsigned other = 0; other < 4; ++other) {
            translation t;
            t.stage1.active = (other & 1) != 0;
            t.stage2.active = (other & 2) != 0;
            t.stage1.permissions = permissions_of(bits);
            t.stage2.permissions = permissions_of(bits * 5 % 64);
            expect_agreement(t);
            t.unprivileged_fault = true;
            expect_agreement(t);
            t.stage1.write_needs_update = true;
            expect_agreement(t);
        }
    translation clean;
    clean.stage2.active = clean.stage2.write_needs_update = true;
    expect_agreement(clean);
}

} // namespace
} // namespace iovp::test
