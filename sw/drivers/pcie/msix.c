#include "drivers/pcie/msix.h"

#include "drivers/pcie/pcie_regs.h"
#include "lib/errors.h"

static int locate(const struct pcie_function *function, uint16_t reg, uint64_t size, phys_addr_t *address)
{
	const uint32_t value = pcie_config_read32(function, (uint16_t)(function->msix.capability + reg));
	const unsigned bir = value & MSIX_BIR;
	const uint64_t offset = value & ~(uint32_t)MSIX_BIR;
	const struct pcie_bar *bar;

	if (bir >= PCIE_BARS)
		return ERR_MALFORMED;
	bar = &function->bars[bir];
	if (!bar->base || offset > bar->size || size > bar->size - offset)
		return ERR_MALFORMED;
	*address = bar->base + offset;
	return 0;
}

static void set_control(const struct pcie_function *function, uint16_t clear, uint16_t set)
{
	const uint16_t at = (uint16_t)(function->msix.capability + MSIX_CONTROL);

	pcie_config_write16(function, at, (uint16_t)((pcie_config_read16(function, at) & ~clear) | set));
}

static int check(const struct pcie_function *function, unsigned vector)
{
	if (!function->msix.table)
		return ERR_INVALID;
	return vector < function->msix.vectors ? 0 : ERR_RANGE;
}

static phys_addr_t entry(const struct pcie_function *function, unsigned vector)
{
	return function->msix.table + (uint64_t)vector * MSIX_ENTRY_SIZE;
}

/* Returns whether the vector was masked before. The other control bits belong to the device. */
static bool set_mask(const struct pcie_function *function, unsigned vector, bool mask)
{
	const phys_addr_t at = entry(function, vector) + MSIX_ENTRY_CONTROL;
	const uint32_t control = hal_mmio_read32(at);

	hal_mmio_write32(at, mask ? control | MSIX_ENTRY_MASK : control & ~(uint32_t)MSIX_ENTRY_MASK);
	return control & MSIX_ENTRY_MASK;
}

int msix_init(struct pcie_function *function)
{
	phys_addr_t table, pba;
	int status;

	if (!function->msix.capability)
		return ERR_UNSUPPORTED;
	status = locate(function, MSIX_TABLE, (uint64_t)function->msix.vectors * MSIX_ENTRY_SIZE, &table);
	if (!status)
		status = locate(function, MSIX_PBA, (function->msix.vectors + 63u) / 64 * 8, &pba);
	if (status)
		return status;
	function->msix.table = table;
	function->msix.pba = pba;
	set_control(function, MSIX_CONTROL_ENABLE, MSIX_CONTROL_MASK);
	for (unsigned vector = 0; vector < function->msix.vectors; vector++)
		(void)set_mask(function, vector, true);
	return 0;
}

int msix_enable(struct pcie_function *function, bool enable)
{
	if (!function->msix.table)
		return ERR_INVALID;
	set_control(function, enable ? MSIX_CONTROL_MASK : MSIX_CONTROL_ENABLE,
		    enable ? MSIX_CONTROL_ENABLE : MSIX_CONTROL_MASK);
	return 0;
}

int msix_write_message(struct pcie_function *function, unsigned vector, uint64_t addr, uint32_t data)
{
	const int status = check(function, vector);
	const phys_addr_t at = entry(function, vector);
	bool masked;

	if (status)
		return status;
	if (addr % 4)
		return ERR_INVALID;
	/* 6.1.4.2: an entry changes only while its vector is masked; a device may otherwise send half of each. */
	masked = set_mask(function, vector, true);
	hal_mmio_write32(at + MSIX_ENTRY_ADDRESS, (uint32_t)addr);
	hal_mmio_write32(at + MSIX_ENTRY_ADDRESS_UPPER, (uint32_t)(addr >> 32));
	hal_mmio_write32(at + MSIX_ENTRY_DATA, data);
	if (!masked)
		(void)set_mask(function, vector, false);
	return 0;
}

int msix_read_message(const struct pcie_function *function, unsigned vector, uint64_t *addr, uint32_t *data)
{
	const int status = check(function, vector);
	const phys_addr_t at = entry(function, vector);

	if (status)
		return status;
	*addr = hal_mmio_read32(at + MSIX_ENTRY_ADDRESS) | (uint64_t)hal_mmio_read32(at + MSIX_ENTRY_ADDRESS_UPPER)
							       << 32;
	*data = hal_mmio_read32(at + MSIX_ENTRY_DATA);
	return 0;
}

int msix_mask(struct pcie_function *function, unsigned vector, bool mask)
{
	const int status = check(function, vector);

	if (!status)
		(void)set_mask(function, vector, mask);
	return status;
}

int msix_mask_function(struct pcie_function *function, bool mask)
{
	if (!function->msix.table)
		return ERR_INVALID;
	set_control(function, mask ? 0 : MSIX_CONTROL_MASK, mask ? MSIX_CONTROL_MASK : 0);
	return 0;
}

int msix_pending(const struct pcie_function *function, unsigned vector)
{
	const int status = check(function, vector);

	if (status)
		return status;
	return (int)(hal_mmio_read32(function->msix.pba + vector / 32 * 4) >> (vector % 32) & 1);
}
