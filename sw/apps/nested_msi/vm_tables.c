#include "apps/nested_msi/vm_tables.h"

#include "hal/hal.h"

/* ACPI 6.5: 5.2.5.3 (RSDP), 5.2.6 (header), 5.2.8 (XSDT). */
enum {
	RSDP_SIZE = 36,
	RSDP_CHECKSUM = 8,
	RSDP_OLD_SIZE = 20,
	RSDP_REVISION = 15,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	RSDP_EXTENDED_CHECKSUM = 32,
	HEADER_SIZE = 36,
	HEADER_LENGTH = 4,
	HEADER_REVISION = 8,
	HEADER_CHECKSUM = 9,
	XSDT_AT = 64,
	IORT_AT = 128,
};

static void put(phys_addr_t at, const char *text)
{
	for (; *text; text++)
		hal_mem_write8(at++, (uint8_t)*text);
}

static void make_sum_zero(phys_addr_t table, uint32_t size, uint32_t checksum)
{
	uint8_t sum = 0;

	hal_mem_write8(table + checksum, 0);
	for (uint32_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + hal_mem_read8(table + i));
	hal_mem_write8(table + checksum, (uint8_t)-sum);
}

uint64_t vm_tables_write(const struct acpi *host, phys_addr_t pa, uint64_t ipa, uint64_t size)
{
	const uint32_t xsdt_size = HEADER_SIZE + 8;

	if (!host->iort.address || size < IORT_AT || size - IORT_AT < host->iort.length)
		return 0;
	hal_mem_fill(pa, 0, IORT_AT);

	put(pa, "RSD PTR ");
	hal_mem_write8(pa + RSDP_REVISION, 2);
	hal_mem_write32(pa + RSDP_LENGTH, RSDP_SIZE);
	hal_mem_write64(pa + RSDP_XSDT, ipa + XSDT_AT);
	make_sum_zero(pa, RSDP_OLD_SIZE, RSDP_CHECKSUM);
	make_sum_zero(pa, RSDP_SIZE, RSDP_EXTENDED_CHECKSUM);

	put(pa + XSDT_AT, "XSDT");
	hal_mem_write32(pa + XSDT_AT + HEADER_LENGTH, xsdt_size);
	hal_mem_write8(pa + XSDT_AT + HEADER_REVISION, 1);
	for (unsigned i = 0; i < 2; i++) /* one 64-bit entry, which the header's 36 bytes leave misaligned */
		hal_mem_write32(pa + XSDT_AT + HEADER_SIZE + 4 * i, (uint32_t)((ipa + IORT_AT) >> (32 * i)));
	make_sum_zero(pa + XSDT_AT, xsdt_size, HEADER_CHECKSUM);

	for (uint32_t i = 0; i < host->iort.length; i++)
		hal_mem_write8(pa + IORT_AT + i, hal_mem_read8(host->iort.address + i));
	return ipa;
}
