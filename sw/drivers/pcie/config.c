#include "drivers/pcie/pcie.h"

#include "drivers/pcie/pcie_regs.h"

/* ECAM: bus in 27:20, device in 19:15, function in 14:12 of the offset from bus 0. */
static phys_addr_t address(const struct pcie_function *function, uint16_t offset)
{
	return function->pcie->ecam.base + ((uint64_t)function->rid << 12) + (offset & 0xfff);
}

uint8_t pcie_config_read8(const struct pcie_function *function, uint16_t offset)
{
	return hal_mmio_read8(address(function, offset));
}

uint16_t pcie_config_read16(const struct pcie_function *function, uint16_t offset)
{
	return hal_mmio_read16(address(function, offset));
}

uint32_t pcie_config_read32(const struct pcie_function *function, uint16_t offset)
{
	return hal_mmio_read32(address(function, offset));
}

void pcie_config_write8(const struct pcie_function *function, uint16_t offset, uint8_t value)
{
	hal_mmio_write8(address(function, offset), value);
}

void pcie_config_write16(const struct pcie_function *function, uint16_t offset, uint16_t value)
{
	hal_mmio_write16(address(function, offset), value);
}

void pcie_config_write32(const struct pcie_function *function, uint16_t offset, uint32_t value)
{
	hal_mmio_write32(address(function, offset), value);
}

uint16_t pcie_find_capability(const struct pcie_function *function, uint8_t id)
{
	uint8_t at;

	if (!(pcie_config_read16(function, PCI_STATUS) & PCI_STATUS_CAPABILITIES))
		return 0;
	at = pcie_config_read8(function, PCI_CAPABILITIES) & 0xfc;
	/* The list's 192 bytes hold 48 capabilities: more steps than that are a loop. */
	for (unsigned step = 0; step < 48 && at >= 0x40; step++) {
		const uint16_t header = pcie_config_read16(function, at);

		if ((header & 0xff) == id)
			return at;
		at = (uint8_t)(header >> 8) & 0xfc;
	}
	return 0;
}
