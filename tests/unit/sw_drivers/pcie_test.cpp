#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <map>

#include "drivers.h"
#include "fake_machine.h"

using namespace sw_test;
using ::testing::ElementsAre;

namespace {

/// Configuration space of functions at fixed places in the topology; routed by the bus numbers that software writes.
class fake_config : public device {
public:
    struct function : device {
        std::map<unsigned, uint32_t> bar_masks; ///< writable bits and the read-only low bits by BAR
        std::map<unsigned, uint32_t> bar_flags;
        int bridge = -1; ///< index of the bridge above
        unsigned devfn = 0;
        void write(uint64_t offset, unsigned size, uint64_t value) override
        {
            const unsigned bar = static_cast<unsigned>(offset - 0x10) / 4;
            const unsigned bars = get(0xe, 1) & 0x7f ? 2 : 6;
            if (offset >= 0x10 && bar < bars)
                value = (value & bar_masks[bar]) | bar_flags[bar];
            device::write(offset, size, value);
        }
    };

    unsigned add(int bridge, unsigned devfn, uint32_t id, bool is_bridge)
    {
        function f;
        f.bridge = bridge;
        f.devfn = devfn;
        f.set(0, 4, id);
        f.set(8, 4, is_bridge ? 0x0604'0001 : 0x0880'0001);
        f.set(0xe, 1, is_bridge ? 1 : 0);
        functions.push_back(f);
        return static_cast<unsigned>(functions.size() - 1);
    }

    void bar(unsigned index, unsigned number, uint64_t size, bool wide, bool prefetch = false)
    {
        function& f = functions[index];
        const uint64_t mask = ~(size - 1);
        f.bar_masks[number] = static_cast<uint32_t>(mask & ~0xfull);
        f.bar_flags[number] = (wide ? 4u : 0u) | (prefetch ? 8u : 0u);
        f.set(0x10 + 4 * number, 4, f.bar_flags[number]);
        if (wide)
            f.bar_masks[number + 1] = static_cast<uint32_t>(mask >> 32);
    }

    uint64_t read(uint64_t offset, unsigned size) override
    {
        function* f = route(offset);
        return f ? f->read(offset & 0xfff, size) : ~uint64_t(0);
    }
    void write(uint64_t offset, unsigned size, uint64_t value) override
    {
        if (function* f = route(offset))
            f->write(offset & 0xfff, size, value);
    }

    std::vector<function> functions;

private:
    function* route(uint64_t offset)
    {
        const unsigned bus = static_cast<unsigned>(offset >> 20), devfn = offset >> 12 & 0xff;
        for (function& f : functions)
            if (f.devfn == devfn && bus == (f.bridge < 0 ? 0 : functions[f.bridge].get(0x19, 1)) &&
                (f.bridge < 0 || bus != 0))
                return &f;
        return nullptr;
    }
};

constexpr uint64_t ecam = 0x4000'0000, window = 0x5000'0000;

/// The platform of the first milestone: two root ports, a device with two functions behind one, one behind the other.
struct Pcie : ::testing::Test {
    fake_machine machine;
    fake_config config;
    device bars;
    pcie p{};
    acpi_mcfg_entry mcfg{ecam, 0, 0, 255};
    pcie_window win{window, 0x1000'0000};

    Pcie()
    {
        machine.add(ecam, 0x1000'0000, config);
        machine.add(window, 0x1000'0000, bars);
        for (const unsigned port : {0x08u, 0x10u}) {
            const unsigned i = config.add(-1, port, 0x1050'1234, true);
            config.functions[i].set(0x06, 2, 0x10);
            config.functions[i].set(0x34, 1, 0x40);
            config.functions[i].set(0x40, 4, 0x0042'0010); // PCI Express, root port
        }
        endpoint(0, 0);
        endpoint(0, 1);
        config.functions[2].set(0xe, 1, 0x80);
        endpoint(1, 0);
    }
    void endpoint(int bridge, unsigned function)
    {
        const unsigned i = config.add(bridge, function, 0x1051'1234, false);
        config.functions[i].set(0x06, 2, 0x10);
        config.functions[i].set(0x34, 1, 0x50);
        config.functions[i].set(0x50, 4, 0x0002'6010); // PCI Express, endpoint; next 0x60
        config.functions[i].set(0x60, 4, 0x0007'0011); // MSI-X, 8 vectors
        config.functions[i].set(0x64, 4, 0x0000'0002); // table: BAR 2 + 0
        config.functions[i].set(0x68, 4, 0x0000'0802); // PBA: BAR 2 + 0x800
        config.bar(i, 0, 0x2'0000, false);
        config.bar(i, 2, 0x1000, true);
    }
    int enumerate() { return pcie_enumerate(&p, &mcfg, &win); }
};

} // namespace

TEST_F(Pcie, FindsAllFunctionsAndNumbersTheBuses)
{
    ASSERT_EQ(enumerate(), 0);
    std::vector<unsigned> rids;
    for (unsigned i = 0; i < p.count; i++)
        rids.push_back(p.functions[i].rid);
    EXPECT_THAT(rids, ElementsAre(0x0008u, 0x0100u, 0x0101u, 0x0010u, 0x0200u));
    EXPECT_EQ(config.functions[0].get(0x18, 4) & 0xffffff, 0x010100u); // subordinate, secondary, primary
    EXPECT_EQ(config.functions[1].get(0x18, 4) & 0xffffff, 0x020200u);
    const pcie_function* f = pcie_find(&p, 0x101);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->vendor, 0x1234);
    EXPECT_EQ(f->device, 0x1051);
    EXPECT_EQ(f->class_code, 0x088000u);
    EXPECT_EQ(f->parent, 0);
    EXPECT_EQ(f->msix.capability, 0x60);
    EXPECT_EQ(f->msix.vectors, 8);
    EXPECT_EQ(pcie_find(&p, 0x102), nullptr);
}

TEST_F(Pcie, BarsAreSizedAlignedAndInsideTheirBridgesWindow)
{
    ASSERT_EQ(enumerate(), 0);
    const pcie_function* f = pcie_find(&p, 0x100);
    EXPECT_EQ(f->bars[0].base, window);
    EXPECT_EQ(f->bars[0].size, 0x2'0000u);
    EXPECT_FALSE(f->bars[0].is_64bit);
    EXPECT_EQ(f->bars[2].base, window + 0x2'0000);
    EXPECT_EQ(f->bars[2].size, 0x1000u);
    EXPECT_TRUE(f->bars[2].is_64bit);
    EXPECT_EQ(f->bars[3].size, 0u);
    EXPECT_EQ(pcie_find(&p, 0x101)->bars[0].base, window + 0x4'0000);
    EXPECT_EQ(config.functions[2].get(0x18, 8), uint64_t(window + 0x2'0000) | 4);
    // Behind the second port: the next megabyte.
    EXPECT_EQ(pcie_find(&p, 0x200)->bars[0].base, window + 0x10'0000);
    EXPECT_EQ(config.functions[0].get(0x20, 4), 0x5000'5000u);
    EXPECT_EQ(config.functions[1].get(0x20, 4), 0x5010'5010u);
    EXPECT_EQ(config.functions[0].get(0x24, 4), 0x0000'fff0u); // prefetchable window closed
    EXPECT_EQ(config.functions[0].get(4, 2) & 7, 6u);          // memory and bus master
    EXPECT_EQ(config.functions[2].get(4, 2) & 7, 2u);          // memory only
}

TEST_F(Pcie, LargeBarsOf64BitsAndBridgesBelowBridges)
{
    const unsigned inner = config.add(1, 0x08, 0x1052'1234, true); // not visited: one device behind a root port
    config.functions[1].set(0x40, 4, 0x0052'0010);                 // now an upstream port: all devices
    const unsigned deep = config.add(static_cast<int>(inner), 0, 0x1053'1234, false);
    config.bar(deep, 0, 0x80'0000, true, true);
    ASSERT_EQ(enumerate(), 0);
    const pcie_function* f = pcie_find(&p, 0x300);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->bars[0].size, 0x80'0000u);
    EXPECT_TRUE(f->bars[0].prefetchable);
    EXPECT_EQ(f->bars[0].base % 0x80'0000, 0u);
    EXPECT_EQ(config.functions[1].get(0x18, 4) & 0xffffff, 0x030200u);
    EXPECT_EQ(config.functions[inner].get(0x18, 4) & 0xffffff, 0x030302u);
    EXPECT_GE(config.functions[1].get(0x22, 2), (f->bars[0].base + 0x7f'ffff) >> 16 & 0xfff0);
}

TEST_F(Pcie, WhatDoesNotFitIsAnError)
{
    win.size = 0x2'0000;
    EXPECT_EQ(enumerate(), ERR_NO_MEMORY);
    win = {0xf000'0000, 0x1000'0001};
    EXPECT_EQ(enumerate(), ERR_INVALID);
    win = {window, 0x1000'0000};
    mcfg.end_bus = 1;
    EXPECT_EQ(enumerate(), ERR_NO_MEMORY);
}

TEST_F(Pcie, CapabilityListsThatLoopEnd)
{
    config.functions[2].set(0x60, 4, 0x0007'5005);
    ASSERT_EQ(enumerate(), 0);
    EXPECT_EQ(pcie_find(&p, 0x100)->msix.capability, 0);
    EXPECT_EQ(msix_init(pcie_find(&p, 0x100)), ERR_UNSUPPORTED);
}

TEST_F(Pcie, BusMasterBit)
{
    ASSERT_EQ(enumerate(), 0);
    EXPECT_EQ(pcie_bus_master(pcie_find(&p, 0x100), true), 0);
    EXPECT_EQ(config.functions[2].get(4, 2) & 7, 6u);
    EXPECT_EQ(pcie_bus_master(pcie_find(&p, 0x100), false), 0);
    EXPECT_EQ(config.functions[2].get(4, 2) & 7, 2u);
}

TEST_F(Pcie, MsixMessageIsWrittenUnderItsMask)
{
    ASSERT_EQ(enumerate(), 0);
    pcie_function* f = pcie_find(&p, 0x200);
    EXPECT_EQ(msix_write_message(f, 0, 0, 0), ERR_INVALID);
    EXPECT_EQ(msix_enable(f, true), ERR_INVALID);
    ASSERT_EQ(msix_init(f), 0);
    const uint64_t table = window + 0x12'0000, entry = table + 3 * 16;
    EXPECT_EQ(f->msix.table, table);
    EXPECT_EQ(f->msix.pba, table + 0x800);
    for (unsigned v = 0; v < 8; v++)
        EXPECT_EQ(machine.mmio_read(table + 16 * v + 12, 4), 1u);
    EXPECT_EQ(config.functions[4].get(0x62, 2), 0x4007u);
    ASSERT_EQ(msix_enable(f, true), 0);
    EXPECT_EQ(config.functions[4].get(0x62, 2), 0x8007u);
    ASSERT_EQ(msix_mask(f, 3, false), 0);
    machine.log.clear();
    ASSERT_EQ(msix_write_message(f, 3, 0x12'3456'7890, 0x55), 0);
    EXPECT_THAT(machine.values_written(entry + 12), ElementsAre(1u, 0u));
    const int masked = machine.find_write(entry + 12), unmasked = machine.find_write(entry + 12, masked + 1);
    for (const unsigned field : {0u, 4u, 8u}) {
        EXPECT_GT(machine.find_write(entry + field), masked);
        EXPECT_LT(machine.find_write(entry + field), unmasked);
    }
    EXPECT_EQ(machine.mmio_read(entry, 8), 0x12'3456'7890u);
    EXPECT_EQ(machine.mmio_read(entry + 8, 4), 0x55u);
    uint64_t addr = 0;
    uint32_t data = 0;
    EXPECT_EQ(msix_read_message(f, 3, &addr, &data), 0);
    EXPECT_EQ(addr, 0x12'3456'7890u);
    EXPECT_EQ(data, 0x55u);
    EXPECT_EQ(msix_write_message(f, 8, 0, 0), ERR_RANGE);
    EXPECT_EQ(msix_write_message(f, 0, 2, 0), ERR_INVALID);
}

TEST_F(Pcie, MsixMasksAndPendingBits)
{
    ASSERT_EQ(enumerate(), 0);
    pcie_function* f = pcie_find(&p, 0x200);
    ASSERT_EQ(msix_init(f), 0);
    ASSERT_EQ(msix_enable(f, true), 0);
    ASSERT_EQ(msix_mask_function(f, true), 0);
    EXPECT_EQ(config.functions[4].get(0x62, 2), 0xc007u);
    bars.set(0x12'0800, 4, 1 << 5);
    EXPECT_EQ(msix_pending(f, 5), 1);
    EXPECT_EQ(msix_pending(f, 4), 0);
    EXPECT_EQ(msix_pending(f, 8), ERR_RANGE);
}

TEST_F(Pcie, MsixTableBeyondItsBar)
{
    config.functions[4].set(0x64, 4, 0xfc2);
    ASSERT_EQ(enumerate(), 0);
    EXPECT_EQ(msix_init(pcie_find(&p, 0x200)), ERR_MALFORMED);
}

TEST_F(Pcie, DmaEndpointTransfers)
{
    dma_ep ep;
    ASSERT_EQ(enumerate(), 0);
    pcie_function* f = pcie_find(&p, 0x100);
    EXPECT_EQ(dma_ep_init(&ep, f), ERR_NOT_FOUND);
    bars.set(0, 4, 0x444d'4131);
    bars.set(4, 4, 17 | 8 << 16);
    EXPECT_EQ(dma_ep_init(&ep, f), ERR_MALFORMED);
    bars.set(4, 4, 16 | 8 << 16);
    ASSERT_EQ(dma_ep_init(&ep, f), 0);
    EXPECT_EQ(ep.buffer, window + 0x1'0000);
    ASSERT_EQ(dma_ep_start_from_device(&ep, 0x12'3456'7000, 0x10, 0x100, 5), 0);
    EXPECT_EQ(bars.get(0x10, 8), 0x12'3456'7000u);
    EXPECT_EQ(bars.get(0x18, 4), 0x10u);
    EXPECT_EQ(bars.get(0x1c, 4), 0x100u);
    EXPECT_EQ(bars.get(0x20, 4), 5u);
    EXPECT_EQ(bars.get(0x08, 4), 7u); // start, from the device, interrupt
    for (const uint64_t reg : {0x10u, 0x18u, 0x1cu, 0x20u})
        EXPECT_LT(machine.find_write(window + reg), machine.find_write(window + 8));
    bars.set(0xc, 4, 1);
    EXPECT_EQ(dma_ep_start_to_device(&ep, 0, 0, 1, DMA_EP_NO_INTERRUPT), ERR_BUSY);
    EXPECT_EQ(dma_ep_wait(&ep), ERR_TIMEOUT);
    bars.set(0xc, 4, 6);
    EXPECT_EQ(dma_ep_wait(&ep), ERR_DEVICE);
    bars.set(0xc, 4, 2);
    EXPECT_EQ(dma_ep_copy_to_device(&ep, 0x1000, 64), 0);
    EXPECT_EQ(bars.get(0x08, 4), 1u);
    EXPECT_EQ(dma_ep_start_to_device(&ep, 0, 1, 0x1'0000, DMA_EP_NO_INTERRUPT), ERR_RANGE);
    EXPECT_EQ(dma_ep_start_to_device(&ep, 0, 0, 1, 8), ERR_RANGE);
    EXPECT_EQ(dma_ep_raise(&ep, 7), 0);
    EXPECT_EQ(bars.get(0x24, 4), 7u);
    EXPECT_EQ(dma_ep_raise(&ep, 8), ERR_RANGE);
}

TEST_F(Pcie, DmaEndpointBufferAtAnyAlignment)
{
    dma_ep ep;
    ASSERT_EQ(enumerate(), 0);
    bars.set(0, 4, 0x444d'4131);
    bars.set(4, 4, 16 | 8 << 16);
    ASSERT_EQ(dma_ep_init(&ep, pcie_find(&p, 0x100)), 0);
    uint8_t out[29], in[29] = {};
    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = static_cast<uint8_t>(i + 1);
    for (uint32_t offset = 0; offset < 9; offset++) {
        ASSERT_EQ(dma_ep_write_buffer(&ep, offset, out, sizeof out), 0);
        EXPECT_EQ(bars.get(0x1'0000 + offset + 28, 1), 29u);
        ASSERT_EQ(dma_ep_read_buffer(&ep, offset, in, sizeof in), 0);
        EXPECT_TRUE(std::equal(out, out + sizeof out, in));
    }
    EXPECT_EQ(dma_ep_read_buffer(&ep, 0xffff, in, 2), ERR_RANGE);
}
