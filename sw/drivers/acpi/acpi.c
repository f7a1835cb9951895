#include "drivers/acpi/acpi.h"

#include "lib/errors.h"

enum {
	RSDP_LENGTH_V1 = 20, /* what the first checksum covers */
	RSDP_LENGTH_V2 = 36,
	RSDP_REVISION = 15,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	HEADER_LENGTH = 4,
	HEADER_REVISION = 8,
	HEADER_SIZE = 36,
	/* No table of a machine that we know comes near it: a longer one is a wild pointer. */
	TABLE_MAX = 1 << 20,
};

enum {
	MADT_ENTRIES = 44,
	MADT_GICC = 0x0b,
	MADT_GICD = 0x0c,
	MADT_GICR = 0x0e,
	MADT_ITS = 0x0f,
	GICC_UID = 8,
	GICC_FLAGS = 12,
	GICC_GICR = 60,
	GICC_MPIDR = 68,
	GICC_MIN = 76,
	GICC_ENABLED = 1 << 0,
	GICD_BASE = 8,
	GICD_VERSION = 20,
	GICD_MIN = 24,
	GICR_BASE = 4,
	GICR_LENGTH = 12,
	GICR_MIN = 16,
	ITS_ID = 4,
	ITS_BASE = 8,
	ITS_MIN = 20,
};

enum { MCFG_ENTRIES = 44, MCFG_ENTRY_SIZE = 16 };

static uint64_t little_endian(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static uint64_t read_raw(phys_addr_t address, unsigned size)
{
	uint8_t bytes[8];

	hal_mem_copy_in(bytes, address, size);
	return little_endian(bytes, size);
}

static bool same_bytes(phys_addr_t address, const char *expected, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		if (hal_mem_read8(address + i) != (uint8_t)expected[i])
			return false;
	return true;
}

static int checksum(phys_addr_t address, uint32_t length)
{
	uint8_t chunk[64], sum = 0;

	for (uint32_t done = 0; done < length;) {
		const uint32_t left = length - done;
		const uint32_t part = left < sizeof(chunk) ? left : (uint32_t)sizeof(chunk);

		hal_mem_copy_in(chunk, address + done, part);
		for (uint32_t i = 0; i < part; i++)
			sum = (uint8_t)(sum + chunk[i]);
		done += part;
	}
	if (hal_bus_error())
		return ERR_BUS;
	return sum ? ERR_CHECKSUM : 0;
}

int acpi_read(const struct acpi_table *table, uint64_t offset, unsigned size, uint64_t *value)
{
	*value = 0;
	if (offset > table->length || size > table->length - offset || size > 8)
		return ERR_MALFORMED;
	*value = read_raw(table->address + offset, size);
	return 0;
}

/* For offsets that were checked before: a structure's own length covers them. */
static uint64_t field(const struct acpi_table *table, uint64_t offset, unsigned size)
{
	uint64_t value;

	(void)acpi_read(table, offset, size, &value);
	return value;
}

static int open_table(phys_addr_t address, const char signature[4], struct acpi_table *table)
{
	uint32_t length;

	if (!address || address + TABLE_MAX < address)
		return ERR_MALFORMED;
	if (!same_bytes(address, signature, 4))
		return hal_bus_error() ? ERR_BUS : ERR_NOT_FOUND;
	length = (uint32_t)read_raw(address + HEADER_LENGTH, 4);
	if (length < HEADER_SIZE || length > TABLE_MAX)
		return ERR_MALFORMED;
	table->address = address;
	table->length = length;
	table->revision = hal_mem_read8(address + HEADER_REVISION);
	return checksum(address, length);
}

/* 5.2.5.3: from revision 2 on the XSDT is the one to use; a machine without it is older than GICv3. */
static int open_xsdt(phys_addr_t rsdp, struct acpi_table *xsdt)
{
	uint32_t length;
	int status;

	(void)hal_bus_error();
	if (!rsdp || rsdp + TABLE_MAX < rsdp || !same_bytes(rsdp, "RSD PTR ", 8))
		return hal_bus_error() ? ERR_BUS : ERR_MALFORMED;
	status = checksum(rsdp, RSDP_LENGTH_V1);
	if (status)
		return status;
	if (hal_mem_read8(rsdp + RSDP_REVISION) < 2)
		return ERR_UNSUPPORTED;
	length = (uint32_t)read_raw(rsdp + RSDP_LENGTH, 4);
	if (length < RSDP_LENGTH_V2 || length > TABLE_MAX)
		return ERR_MALFORMED;
	status = checksum(rsdp, length);
	if (status)
		return status;
	status = open_table(read_raw(rsdp + RSDP_XSDT, 8), "XSDT", xsdt);
	if (status)
		return status == ERR_NOT_FOUND ? ERR_MALFORMED : status;
	return (xsdt->length - HEADER_SIZE) % 8 ? ERR_MALFORMED : 0;
}

static int find_in_xsdt(const struct acpi_table *xsdt, const char signature[4], struct acpi_table *table)
{
	for (uint32_t offset = HEADER_SIZE; offset + 8 <= xsdt->length; offset += 8) {
		const phys_addr_t address = field(xsdt, offset, 8);
		const int status = open_table(address, signature, table);

		if (status != ERR_NOT_FOUND)
			return status;
	}
	return ERR_NOT_FOUND;
}

int acpi_find_table(phys_addr_t rsdp, const char signature[4], struct acpi_table *table)
{
	struct acpi_table xsdt, found = {0};
	int status = open_xsdt(rsdp, &xsdt);

	if (!status)
		status = find_in_xsdt(&xsdt, signature, &found);
	*table = status ? (struct acpi_table){0} : found;
	return status;
}

int acpi_init(struct acpi *acpi, phys_addr_t rsdp)
{
	struct acpi_table xsdt;
	int status;

	*acpi = (struct acpi){0};
	status = open_xsdt(rsdp, &xsdt);
	if (status)
		return status;

	struct {
		const char *signature;
		struct acpi_table *table;
	} const wanted[] = {{"APIC", &acpi->madt}, {"MCFG", &acpi->mcfg}, {"IORT", &acpi->iort}};

	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct acpi_table table = {0};

		status = find_in_xsdt(&xsdt, wanted[i].signature, &table);
		if (status && status != ERR_NOT_FOUND)
			return status;
		if (!status)
			*wanted[i].table = table;
	}
	return 0;
}

static int add_gicc(const struct acpi_table *madt, uint64_t offset, struct acpi_gic *gic)
{
	if (!(field(madt, offset + GICC_FLAGS, 4) & GICC_ENABLED))
		return 0;
	if (gic->cpu_count == ACPI_MAX_CPUS)
		return ERR_NO_MEMORY;
	gic->cpus[gic->cpu_count++] = (struct acpi_cpu){
	    .affinity = field(madt, offset + GICC_MPIDR, 8),
	    .uid = (uint32_t)field(madt, offset + GICC_UID, 4),
	    .gicr_base = field(madt, offset + GICC_GICR, 8),
	};
	return 0;
}

static int add_gicr(const struct acpi_table *madt, uint64_t offset, struct acpi_gic *gic)
{
	if (gic->gicr_count == ACPI_MAX_GICR)
		return ERR_NO_MEMORY;
	gic->gicr[gic->gicr_count].base = field(madt, offset + GICR_BASE, 8);
	gic->gicr[gic->gicr_count].length = (uint32_t)field(madt, offset + GICR_LENGTH, 4);
	gic->gicr_count++;
	return 0;
}

static int add_its(const struct acpi_table *madt, uint64_t offset, struct acpi_gic *gic)
{
	if (gic->its_count == ACPI_MAX_ITS)
		return ERR_NO_MEMORY;
	gic->its[gic->its_count].id = (uint32_t)field(madt, offset + ITS_ID, 4);
	gic->its[gic->its_count].base = field(madt, offset + ITS_BASE, 8);
	gic->its_count++;
	return 0;
}

static int add_gicd(const struct acpi_table *madt, uint64_t offset, struct acpi_gic *gic)
{
	if (gic->gicd)
		return ERR_MALFORMED; /* 5.2.12.15: one per system */
	gic->gicd = field(madt, offset + GICD_BASE, 8);
	gic->version = (uint8_t)field(madt, offset + GICD_VERSION, 1);
	return 0;
}

static int add_entry(const struct acpi_table *madt, uint64_t offset, unsigned type, unsigned length,
		     struct acpi_gic *gic)
{
	static const struct {
		uint8_t type, min;
		int (*add)(const struct acpi_table *madt, uint64_t offset, struct acpi_gic *gic);
	} kinds[] = {
	    {MADT_GICC, GICC_MIN, add_gicc},
	    {MADT_GICD, GICD_MIN, add_gicd},
	    {MADT_GICR, GICR_MIN, add_gicr},
	    {MADT_ITS, ITS_MIN, add_its},
	};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return length < kinds[i].min ? ERR_MALFORMED : kinds[i].add(madt, offset, gic);
	return 0; /* 5.2.12: unknown types are skipped */
}

int acpi_gic(const struct acpi *acpi, struct acpi_gic *gic)
{
	const struct acpi_table *madt = &acpi->madt;
	uint64_t offset = MADT_ENTRIES;

	*gic = (struct acpi_gic){0};
	if (!madt->address)
		return ERR_NOT_FOUND;
	if (madt->length < MADT_ENTRIES)
		return ERR_MALFORMED;
	while (offset < madt->length) {
		uint64_t type, length;
		int status;

		if (acpi_read(madt, offset, 1, &type) || acpi_read(madt, offset + 1, 1, &length) || length < 2 ||
		    length > madt->length - offset)
			return ERR_MALFORMED;
		status = add_entry(madt, offset, (unsigned)type, (unsigned)length, gic);
		if (status)
			return status;
		offset += length;
	}
	return gic->gicd ? 0 : ERR_NOT_FOUND;
}

int acpi_mcfg(const struct acpi *acpi, struct acpi_mcfg *mcfg)
{
	const struct acpi_table *table = &acpi->mcfg;

	*mcfg = (struct acpi_mcfg){0};
	if (!table->address)
		return ERR_NOT_FOUND;
	if (table->length < MCFG_ENTRIES || (table->length - MCFG_ENTRIES) % MCFG_ENTRY_SIZE)
		return ERR_MALFORMED;
	for (uint32_t offset = MCFG_ENTRIES; offset < table->length; offset += MCFG_ENTRY_SIZE) {
		struct acpi_mcfg_entry *entry = &mcfg->entries[mcfg->count];

		if (mcfg->count == ACPI_MAX_MCFG)
			return ERR_NO_MEMORY;
		entry->base = field(table, offset, 8);
		entry->segment = (uint16_t)field(table, offset + 8, 2);
		entry->start_bus = (uint8_t)field(table, offset + 10, 1);
		entry->end_bus = (uint8_t)field(table, offset + 11, 1);
		if (entry->start_bus > entry->end_bus)
			return ERR_MALFORMED;
		mcfg->count++;
	}
	return mcfg->count ? 0 : ERR_NOT_FOUND;
}
