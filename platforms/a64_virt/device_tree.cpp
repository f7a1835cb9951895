#include "device_tree.h"

#include "loader/loader.h"

#include <fmt/format.h>
#include <libfdt.h>

#include <initializer_list>

namespace iovp::a64_virt {

namespace {

/// libfdt's sequential interface, with its errors as exceptions.
class tree {
public:
    tree()
        : blob_(device_tree_room)
    {
        check(fdt_create(blob_.data(), static_cast<int>(blob_.size())));
        check(fdt_finish_reservemap(blob_.data()));
    }

    /// A node is open while its object lives.
    class node {
    public:
        node(tree& t, const std::string& name)
            : tree_(t)
        {
            tree::check(fdt_begin_node(t.blob_.data(), name.c_str()));
        }
        ~node() { fdt_end_node(tree_.blob_.data()); }
        node(const node&) = delete;
        node& operator=(const node&) = delete;

    private:
        tree& tree_;
    };

    void flag(const char* name) { check(fdt_property(blob_.data(), name, nullptr, 0)); }
    void text(const char* name, const std::string& value)
    {
        check(fdt_property(blob_.data(), name, value.c_str(), static_cast<int>(value.size() + 1)));
    }
    void texts(const char* name, std::initializer_list<const char*> values)
    {
        std::string all;
        for (const char* v : values)
            all += std::string(v) + '\0';
        check(fdt_property(blob_.data(), name, all.data(), static_cast<int>(all.size())));
    }
    void cells(const char* name, std::initializer_list<std::uint32_t> values)
    {
        std::vector<fdt32_t> all;
        for (const std::uint32_t v : values)
            all.push_back(cpu_to_fdt32(v));
        check(fdt_property(blob_.data(), name, all.data(), static_cast<int>(4 * all.size())));
    }
    /// Pairs of base and size, as #address-cells and #size-cells of 2 want them.
    void wide(const char* name, std::initializer_list<std::uint64_t> values)
    {
        std::vector<fdt64_t> all;
        for (const std::uint64_t v : values)
            all.push_back(cpu_to_fdt64(v));
        check(fdt_property(blob_.data(), name, all.data(), static_cast<int>(8 * all.size())));
    }

    std::vector<std::uint8_t> finish()
    {
        check(fdt_finish(blob_.data()));
        blob_.resize(fdt_totalsize(blob_.data()));
        return blob_;
    }

private:
    static void check(int result)
    {
        if (result < 0)
            throw loader::error(std::string("the device tree: ") + fdt_strerror(result));
    }

    std::vector<std::uint8_t> blob_;
};

using node = tree::node;

enum phandle : std::uint32_t { gic_handle = 1, its_handle, smmu_handle, clock_handle };

// Interrupt specifiers of arm,gic-v3: type (0 SPI, 1 PPI), number, trigger (1 rising edge, 4 level).
constexpr std::uint32_t spi = 0, ppi = 1, edge = 1, level = 4;

std::string at(const char* name, std::uint64_t address)
{
    return fmt::format("{}@{:x}", name, address);
}

void add_chosen(tree& t, const parameters& p, const placement& where, const std::string& arguments)
{
    const node n(t, "chosen");
    t.text("bootargs", arguments);
    t.text("stdout-path", "/" + at("serial", p.map.uart_base));
    if (where.initrd) {
        t.wide("linux,initrd-start", {where.initrd->base});
        t.wide("linux,initrd-end", {where.initrd->base + where.initrd->size});
    }
}

void add_cpus(tree& t, const parameters& p)
{
    const node n(t, "cpus");
    t.cells("#address-cells", {1});
    t.cells("#size-cells", {0});
    for (const std::uint64_t affinity : p.gic.mpidr) {
        const node c(t, at("cpu", affinity));
        t.text("device_type", "cpu");
        t.text("compatible", "arm,armv8");
        t.cells("reg", {static_cast<std::uint32_t>(affinity)});
        t.text("enable-method", "psci");
    }
}

void add_firmware(tree& t, const parameters& p)
{
    const node n(t, "psci");
    t.texts("compatible", {"arm,psci-1.0", "arm,psci-0.2"});
    t.text("method", p.exception_level == 2 ? "smc" : "hvc");
}

void add_timer(tree& t, const parameters& p)
{
    const node n(t, "timer");
    t.text("compatible", "arm,armv8-timer");
    t.texts("interrupt-names", {"phys", "virt", "hyp-phys"});
    t.cells("interrupts",
            {ppi, p.ppi.physical - 16, level, ppi, p.ppi.virtual_ - 16, level, ppi, p.ppi.hypervisor - 16, level});
}

void add_uart(tree& t, const parameters& p)
{
    {
        const node n(t, "clock-uart");
        t.text("compatible", "fixed-clock");
        t.cells("#clock-cells", {0});
        t.cells("clock-frequency", {static_cast<std::uint32_t>(p.uart.clock_frequency)});
        t.cells("phandle", {clock_handle});
    }
    const node n(t, at("serial", p.map.uart_base));
    t.texts("compatible", {"arm,pl011", "arm,primecell"});
    t.wide("reg", {p.map.uart_base, 0x1000});
    t.cells("interrupts", {spi, p.spi.uart - 32, level});
    t.cells("clocks", {clock_handle, clock_handle});
    t.texts("clock-names", {"uartclk", "apb_pclk"});
}

void add_gic(tree& t, const parameters& p)
{
    const node n(t, at("interrupt-controller", p.map.gicd_base));
    t.text("compatible", "arm,gic-v3");
    t.flag("interrupt-controller");
    t.cells("#interrupt-cells", {3});
    t.cells("#address-cells", {2});
    t.cells("#size-cells", {2});
    t.flag("ranges");
    t.wide("reg", {p.map.gicd_base, 0x10000, p.map.gicr_base, p.cpus * parameters::redistributor_size});
    t.cells("interrupts", {ppi, p.gic.icc.maintenance_intid - 16, level});
    t.cells("phandle", {gic_handle});
    const node its(t, at("msi-controller", p.map.its_base));
    t.text("compatible", "arm,gic-v3-its");
    t.flag("msi-controller");
    t.cells("#msi-cells", {1});
    t.wide("reg", {p.map.its_base, 0x20000});
    t.cells("phandle", {its_handle});
}

void add_smmu(tree& t, const parameters& p)
{
    const node n(t, at("iommu", p.map.smmu_base));
    t.text("compatible", "arm,smmu-v3");
    t.wide("reg", {p.map.smmu_base, 0x20000});
    t.texts("interrupt-names", {"eventq", "priq", "cmdq-sync", "gerror"});
    t.cells("interrupts", {spi, p.spi.event_queue - 32, edge, spi, p.spi.priq - 32, edge, spi, p.spi.cmd_sync - 32,
                           edge, spi, p.spi.gerror - 32, edge});
    t.cells("#iommu-cells", {1});
    if (p.tcu.feature.coherent)
        t.flag("dma-coherent");
    t.cells("phandle", {smmu_handle});
}

void add_pcie(tree& t, const parameters& p)
{
    constexpr std::uint32_t all_requesters = 0x10000, memory32 = 0x02000000;
    const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
    const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
    const node n(t, at("pcie", p.map.ecam_base));
    t.text("compatible", "pci-host-ecam-generic");
    t.text("device_type", "pci");
    t.wide("reg", {p.map.ecam_base, 0x10000000});
    t.cells("bus-range", {0, 255});
    t.cells("#address-cells", {3});
    t.cells("#size-cells", {2});
    t.cells("ranges", {memory32, high(p.map.mmio_base), low(p.map.mmio_base), high(p.map.mmio_base),
                       low(p.map.mmio_base), high(p.map.mmio_size), low(p.map.mmio_size)});
    t.cells("iommu-map", {0, smmu_handle, p.root_complex.stream_base, all_requesters});
    t.cells("msi-map", {0, its_handle, p.root_complex.device_base, all_requesters});
    t.flag("dma-coherent");
}

} // namespace

std::vector<std::uint8_t> make_device_tree(const parameters& p, const placement& where, const std::string& arguments)
{
    tree t;
    {
        const node root(t, "");
        t.cells("#address-cells", {2});
        t.cells("#size-cells", {2});
        t.text("compatible", "iovp,a64-virt");
        t.text("model", "iovp a64_virt");
        t.cells("interrupt-parent", {gic_handle});
        add_chosen(t, p, where, arguments);
        {
            const node memory(t, at("memory", p.map.ram_base));
            t.text("device_type", "memory");
            t.wide("reg", {p.map.ram_base, p.memory.size});
        }
        add_cpus(t, p);
        add_firmware(t, p);
        add_timer(t, p);
        add_uart(t, p);
        add_gic(t, p);
        add_smmu(t, p);
        add_pcie(t, p);
        const node exit(t, at("exit", p.map.exit_base));
        t.text("compatible", "iovp,exit");
        t.wide("reg", {p.map.exit_base, 0x1000});
    }
    return t.finish();
}

} // namespace iovp::a64_virt
