#include "drivers/pcie/pcie.h"

#include "drivers/pcie/pcie_regs.h"
#include "lib/bits.h"
#include "lib/errors.h"

enum { BRIDGE_WINDOW = 1 << 20, BRIDGE_BARS = 2 };

static int place(struct pcie *pcie, uint64_t size, uint64_t align, phys_addr_t *base)
{
	const phys_addr_t end = pcie->window.base + pcie->window.size;

	*base = align_up(pcie->cursor, align);
	if (*base < pcie->cursor || *base > end || size > end - *base)
		return ERR_NO_MEMORY;
	pcie->cursor = *base + size;
	return 0;
}

/* 7.5.1.2.1: all ones written, the bits that stay zero are the size. With decode off, so that nothing answers at the
 * address that the ones name. */
static uint32_t probe(const struct pcie_function *function, uint16_t at)
{
	pcie_config_write32(function, at, UINT32_MAX);
	return pcie_config_read32(function, at);
}

/* Returns how many BAR registers it took: 1 or 2. */
static unsigned size_bar(const struct pcie_function *function, unsigned index, unsigned count, struct pcie_bar *bar)
{
	const uint16_t at = (uint16_t)(PCI_BAR0 + 4 * index);
	const uint32_t low = probe(function, at);
	uint64_t mask;

	*bar = (struct pcie_bar){0};
	if (low & PCI_BAR_IO) {
		bar->is_io = true;
		bar->size = (~(low & ~3u) + 1) & 0xffff;
		pcie_config_write32(function, at, 0);
		return 1;
	}
	bar->prefetchable = low & PCI_BAR_PREFETCH;
	bar->is_64bit = (low & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 && index + 1 < count;
	mask = UINT64_C(0xffffffff00000000) | (low & ~0xfu);
	if (bar->is_64bit)
		mask = (uint64_t)probe(function, (uint16_t)(at + 4)) << 32 | (low & ~0xfu);
	/* No writable bit: not there. */
	bar->size = low & ~0xfu || (bar->is_64bit && mask >> 32) ? ~mask + 1 : 0;
	return bar->is_64bit ? 2 : 1;
}

static int assign_bars(struct pcie_function *function, unsigned count)
{
	for (unsigned i = 0; i < count;) {
		struct pcie_bar *bar = &function->bars[i];
		const uint16_t at = (uint16_t)(PCI_BAR0 + 4 * i);
		int status;

		i += size_bar(function, i, count, bar);
		if (!bar->size || bar->is_io)
			continue;
		if (!is_power_of_two(bar->size))
			return ERR_MALFORMED;
		status = place(function->pcie, bar->size, bar->size, &bar->base);
		if (status)
			return status;
		pcie_config_write32(function, at, (uint32_t)bar->base);
		if (bar->is_64bit)
			pcie_config_write32(function, (uint16_t)(at + 4), (uint32_t)(bar->base >> 32));
	}
	return 0;
}

static void set_command(const struct pcie_function *function, uint16_t clear, uint16_t set)
{
	const uint16_t command = pcie_config_read16(function, PCI_COMMAND);

	pcie_config_write16(function, PCI_COMMAND, (uint16_t)((command & ~clear) | set));
}

static void read_capabilities(struct pcie_function *function)
{
	function->express = pcie_find_capability(function, PCI_CAP_PCI_EXPRESS);
	if (function->express)
		function->port_type = (uint8_t)field_get(
		    PCIE_FLAGS_PORT_TYPE, pcie_config_read16(function, (uint16_t)(function->express + PCIE_FLAGS)));
	function->msix.capability = pcie_find_capability(function, PCI_CAP_MSIX);
	if (function->msix.capability) {
		const uint16_t at = (uint16_t)(function->msix.capability + MSIX_CONTROL);

		function->msix.vectors = (uint16_t)((pcie_config_read16(function, at) & MSIX_CONTROL_SIZE) + 1);
	}
}

/* The bridge forwards [start, end) and nothing else; a base above the limit forwards nothing. */
static void open_window(const struct pcie_function *bridge, phys_addr_t start, phys_addr_t end)
{
	const uint16_t base = start < end ? (uint16_t)(start >> 16 & 0xfff0) : 0xfff0;
	const uint16_t limit = start < end ? (uint16_t)((end - 1) >> 16 & 0xfff0) : 0;

	pcie_config_write16(bridge, PCI_MEMORY_BASE, base);
	pcie_config_write16(bridge, PCI_MEMORY_LIMIT, limit);
	pcie_config_write16(bridge, PCI_PREFETCH_BASE, 0xfff0);
	pcie_config_write16(bridge, PCI_PREFETCH_LIMIT, 0);
	pcie_config_write32(bridge, PCI_PREFETCH_BASE_UPPER, UINT32_MAX);
	pcie_config_write32(bridge, PCI_PREFETCH_LIMIT_UPPER, 0);
	pcie_config_write8(bridge, PCI_IO_BASE, 0xf0);
	pcie_config_write8(bridge, PCI_IO_LIMIT, 0);
}

static int scan_bus(struct pcie *pcie, uint8_t bus, int parent, unsigned depth, uint8_t *last_bus);

static int scan_bridge(struct pcie_function *bridge, int index, unsigned depth, uint8_t *last_bus)
{
	struct pcie *pcie = bridge->pcie;
	phys_addr_t start, end;
	int status;

	if (depth >= PCIE_MAX_DEPTH)
		return ERR_MALFORMED;
	if (*last_bus == pcie->ecam.end_bus)
		return ERR_NO_MEMORY;
	bridge->secondary = ++*last_bus;
	/* Everything that is left, until the last bus below is known. */
	pcie_config_write8(bridge, PCI_PRIMARY_BUS, (uint8_t)(bridge->rid >> 8));
	pcie_config_write8(bridge, PCI_SECONDARY_BUS, bridge->secondary);
	pcie_config_write8(bridge, PCI_SUBORDINATE_BUS, pcie->ecam.end_bus);
	status = place(pcie, 0, BRIDGE_WINDOW, &start);
	if (!status)
		status = scan_bus(pcie, bridge->secondary, index, depth + 1, last_bus);
	if (status)
		return status;
	bridge->subordinate = *last_bus;
	pcie_config_write8(bridge, PCI_SUBORDINATE_BUS, bridge->subordinate);
	if (pcie->cursor > start) {
		status = place(pcie, 0, BRIDGE_WINDOW, &end);
		if (status)
			return status;
	} else {
		end = start;
	}
	open_window(bridge, start, end);
	/* A bridge passes its children's requests upstream only as a bus master. */
	set_command(bridge, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return 0;
}

static int add_function(struct pcie *pcie, const struct pcie_function *found, unsigned depth, uint8_t *last_bus)
{
	const unsigned index = pcie->count;
	struct pcie_function *function;
	int status;

	if (index == PCIE_MAX_FUNCTIONS)
		return ERR_NO_MEMORY;
	pcie->count++;
	function = &pcie->functions[index];
	*function = *found;
	function->class_code = pcie_config_read32(function, PCI_CLASS_REVISION) >> 8;
	set_command(function, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, PCI_COMMAND_INTX_DISABLE);
	read_capabilities(function);
	status = assign_bars(function, function->is_bridge ? BRIDGE_BARS : PCIE_BARS);
	if (status)
		return status;
	if (function->is_bridge)
		return scan_bridge(function, (int)index, depth, last_bus);
	set_command(function, 0, PCI_COMMAND_MEMORY);
	return 0;
}

/* An absent function answers all ones, on some host bridges with a bus error besides. */
static bool present(struct pcie_function *function)
{
	const uint32_t id = pcie_config_read32(function, PCI_VENDOR_ID);

	if (hal_bus_error() || id == UINT32_MAX || !(id & 0xffff))
		return false;
	function->vendor = (uint16_t)id;
	function->device = (uint16_t)(id >> 16);
	return true;
}

static int scan_device(struct pcie *pcie, uint16_t first, int parent, unsigned depth, uint8_t *last_bus)
{
	unsigned functions = 1;

	for (unsigned i = 0; i < functions; i++) {
		struct pcie_function function = {
		    .pcie = pcie,
		    .segment = pcie->ecam.segment,
		    .rid = (uint16_t)(first + i),
		    .parent = parent,
		};
		uint8_t type;
		int status;

		/* 7.5.1.1.9: a device has a function 0, and only that one says whether there are more. */
		if (!present(&function)) {
			if (i)
				continue;
			return 0;
		}
		type = pcie_config_read8(&function, PCI_HEADER_TYPE);
		if (!i && (type & PCI_HEADER_MULTI_FUNCTION))
			functions = 8;
		if ((type & PCI_HEADER_LAYOUT) > 1)
			continue; /* CardBus and what may come: leave it alone */
		function.is_bridge = (type & PCI_HEADER_LAYOUT) == 1;
		status = add_function(pcie, &function, depth, last_bus);
		if (status)
			return status;
	}
	return 0;
}

static int scan_bus(struct pcie *pcie, uint8_t bus, int parent, unsigned depth, uint8_t *last_bus)
{
	unsigned devices = 32;

	/* A link has one device at its end. */
	if (parent >= 0 && pcie->functions[parent].express &&
	    (pcie->functions[parent].port_type == PCIE_PORT_ROOT ||
	     pcie->functions[parent].port_type == PCIE_PORT_DOWNSTREAM))
		devices = 1;
	for (unsigned device = 0; device < devices; device++) {
		const int status = scan_device(pcie, (uint16_t)(bus << 8 | device << 3), parent, depth, last_bus);

		if (status)
			return status;
	}
	return 0;
}

int pcie_enumerate(struct pcie *pcie, const struct acpi_mcfg_entry *ecam, const struct pcie_window *window)
{
	const uint64_t limit = UINT64_C(1) << 32;
	uint8_t last_bus = ecam->start_bus;

	*pcie = (struct pcie){.ecam = *ecam, .window = *window, .cursor = window->base};
	if (!ecam->base || !window->base || !window->size || window->base >= limit ||
	    window->size > limit - window->base)
		return ERR_INVALID;
	(void)hal_bus_error();
	return scan_bus(pcie, ecam->start_bus, -1, 0, &last_bus);
}

struct pcie_function *pcie_find(struct pcie *pcie, uint16_t rid)
{
	for (unsigned i = 0; i < pcie->count; i++)
		if (pcie->functions[i].rid == rid)
			return &pcie->functions[i];
	return NULL;
}

int pcie_bus_master(struct pcie_function *function, bool enable)
{
	set_command(function, enable ? 0 : PCI_COMMAND_MASTER, enable ? PCI_COMMAND_MASTER : 0);
	return !!(pcie_config_read16(function, PCI_COMMAND) & PCI_COMMAND_MASTER) == enable ? 0 : ERR_UNSUPPORTED;
}
