#ifndef IOVP_NESTED_MSI_BOOT_INFO_H
#define IOVP_NESTED_MSI_BOOT_INFO_H

/*
 * What the platform tells the application at start: one page of memory, little-endian, written before CPU 0 starts.
 * Hardware is described by the ACPI tables alone; here stands only what ACPI would put into AML (the PCI windows), the
 * memory map that UEFI would hand over, and the job.
 */

#include <stdint.h>

#define BOOT_INFO_MAGIC 0x49564f50 /* "POVI" */
#define BOOT_INFO_VERSION 1

enum scenario {
	SCENARIO_IDENTITY,
	SCENARIO_DMA,
	SCENARIO_STAGE2,
	SCENARIO_NESTED_2023,
	SCENARIO_NESTED_S2_HOLE,
	SCENARIO_NESTED_UNMANAGED_HELPER,
	SCENARIO_NESTED_PARENT_LOOKUP,
	SCENARIO_NESTED_PARENT_POINTER,
	SCENARIO_NESTED_PREMAPPED,
	SCENARIO_NESTED_NO_RMR,
	SCENARIO_HOTPLUG,
	SCENARIO_REPLACE_LIVE,
	SCENARIO_ISOLATION,
	SCENARIO_COUNT
};

/* Test-only switches: each breaks one thing, so that a test can see the scenario reported as deviating. */
#define BOOT_BREAK_STAGE2_DOORBELL (1u << 0) /* the stage-2 domain hands out the doorbell's IOVA, unmapped */
#define BOOT_BREAK_LPI_ROUTE (1u << 1)	     /* the ITS sends the interrupt to the other CPU */
#define BOOT_BREAK_DMA_DATA (1u << 2)	     /* one byte that a DMA has moved changes */

/* How the platform wants its SMMU driven. */
#define BOOT_SMMU_MSI (1u << 0)	     /* event queue and GERROR interrupts as MSIs through the ITS, not wired */
#define BOOT_SMMU_SYNC_MSI (1u << 1) /* CMD_SYNC completes by a write to memory, not by polling SMMU_CMDQ_CONS */
#define BOOT_COUNT_EVENTS (1u << 2)  /* count the devices' events in the SMMU's counter groups */

struct boot_info {
	uint32_t magic;
	uint32_t version;
	uint64_t rsdp;	   /* physical address of the ACPI RSDP */
	uint64_t ram_base; /* memory that the application may use: not the tables, not this page, not the report */
	uint64_t ram_size;
	uint64_t mmio_base; /* 32-bit PCI memory window */
	uint64_t mmio_size;
	uint64_t report;       /* where the report goes: struct report of report.h */
	uint32_t scenario;     /* enum scenario */
	uint32_t switches;     /* BOOT_BREAK_* */
	uint32_t options;      /* BOOT_SMMU_*, BOOT_COUNT_EVENTS */
	uint32_t msi_cpu;      /* CPU that takes the devices' interrupts */
	uint32_t granule_log2; /* of all translation tables: 12, 14 or 16; 0: the smallest that the SMMU has */
	uint32_t reserved;
	uint64_t guest_ram_ipa; /* the virtual machine's memory as the guest sees it */
	uint64_t guest_ram_size;
	uint64_t guest_hotplug_ipa; /* memory that enters and leaves the virtual machine */
	uint64_t guest_hotplug_size;
};

#endif
