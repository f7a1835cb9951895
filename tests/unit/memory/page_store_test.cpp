#include "memory/page_store.h"

#include <gtest/gtest.h>

namespace iovp {
namespace {

TEST(PageStore, UntouchedPageIsAbsentAndTouchedPageIsZero)
{
    page_store store(std::uint64_t(8) << 30, 4096);
    EXPECT_EQ(store.find(0x12345678), nullptr);
    EXPECT_EQ(store.pages(), 0u);
    const std::uint8_t* page = store.touch(0x12345678);
    for (unsigned i = 0; i < 4096; ++i)
        ASSERT_EQ(page[i], 0) << i;
    EXPECT_EQ(store.pages(), 1u);
}

TEST(PageStore, EveryAddressOfAPageFindsTheSamePageAndNoOtherDoes)
{
    page_store store(std::uint64_t(8) << 30, 4096);
    std::uint8_t* page = store.touch(0x5000);
    EXPECT_EQ(store.find(0x5000), page);
    EXPECT_EQ(store.find(0x5fff), page);
    EXPECT_EQ(store.find(0x4fff), nullptr);
    EXPECT_EQ(store.find(0x6000), nullptr);
    // the same index in the next block of pages
    EXPECT_EQ(store.find(0x5000 + 512 * 4096), nullptr);
    EXPECT_EQ(store.touch(0x5abc), page);
    EXPECT_EQ(store.pages(), 1u);
}

TEST(PageStore, LastByteOfAnOddSizeHasAPage)
{
    page_store store(4097, 4096);
    EXPECT_NE(store.touch(4096), nullptr);
    EXPECT_NE(store.find(4096), nullptr);
}

} // namespace
} // namespace iovp
