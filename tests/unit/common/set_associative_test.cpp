#include "common/set_associative.h"

#include <gtest/gtest.h>

namespace iovp {
namespace {

struct entry {
    bool valid = false;
    int key = 0;
};

template <class Replacement>
struct cache {
    set_associative<entry, Replacement> store;

    bool holds(int key)
    {
        return store.find(static_cast<std::uint64_t>(key), [key](const entry& e) { return e.key == key; }) != nullptr;
    }
    void fill(int key) { *store.victim(static_cast<std::uint64_t>(key)) = {true, key}; }
};

TEST(SetAssociative, LeastRecentlyUsedKeepsWhatWasFoundLast)
{
    cache<least_recently_used> c{{4, 2}}; // two sets: even and odd
    c.fill(0);
    c.fill(2);
    c.fill(1);
    EXPECT_TRUE(c.holds(0));
    c.fill(4);
    EXPECT_FALSE(c.holds(2));
    EXPECT_TRUE(c.holds(4));
    EXPECT_TRUE(c.holds(0));
    EXPECT_TRUE(c.holds(1)) << "another set";
}

TEST(SetAssociative, RandomFillsFreeWaysFirstAndIsTheSameInEveryRun)
{
    cache<random_replacement> a{{8, 4}}, b{{8, 4}};
    for (int key = 0; key < 8; key += 2) {
        a.fill(key);
        b.fill(key);
    }
    for (int key = 0; key < 8; key += 2)
        EXPECT_TRUE(a.holds(key));
    bool all_ways[4] = {};
    for (int key = 8; key < 200; key += 2) {
        a.fill(key);
        b.fill(key);
        int left = 0;
        for (int old = 0; old <= key; old += 2) {
            left += a.holds(old);
            EXPECT_EQ(a.holds(old), b.holds(old)) << old;
        }
        EXPECT_EQ(left, 4);
        entry* const first = a.store.find(0, [](const entry&) { return true; });
        entry* const filled =
            a.store.find(static_cast<std::uint64_t>(key), [key](const entry& e) { return e.key == key; });
        ASSERT_TRUE(first && filled);
        all_ways[(filled - first) & 3] = true;
    }
    for (const bool way : all_ways)
        EXPECT_TRUE(way);
}

TEST(SetAssociative, RemovesWhatMatchesAndTellsWhat)
{
    cache<random_replacement> c{{8, 2}};
    for (int key = 0; key < 8; ++key)
        c.fill(key);
    int sum = 0;
    EXPECT_EQ(c.store.remove_if([](const entry& e) { return e.key > 5; }, [&](const entry& e) { sum += e.key; }), 2u);
    EXPECT_EQ(sum, 13);
    EXPECT_FALSE(c.holds(7));
    EXPECT_TRUE(c.holds(5));
}

TEST(SetAssociative, OfNoEntriesHoldsNothing)
{
    set_associative<entry, least_recently_used> off(0, 2);
    EXPECT_EQ(off.size(), 0u);
    EXPECT_EQ(off.victim(3), nullptr);
    EXPECT_EQ(off.find(3, [](const entry&) { return true; }), nullptr);
}

} // namespace
} // namespace iovp
