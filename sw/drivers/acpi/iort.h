#ifndef IOVP_DRIVERS_ACPI_IORT_H
#define IOVP_DRIVERS_ACPI_IORT_H

/*
 * The IO Remapping Table: who is behind which SMMU and ITS, and with which IDs (Arm DEN0049, revision E.e).
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/acpi/acpi.h"

struct iort_smmu {
	uint32_t node; /* offset of its node in the IORT: names the SMMU in struct iort_ids */
	phys_addr_t base;
	uint32_t flags;	     /* IORT_SMMU_... */
	uint32_t model;	     /* 0: generic SMMUv3 */
	uint32_t event_gsiv; /* interrupt numbers of the wired interrupts (INTID of an SPI); 0: not wired */
	uint32_t pri_gsiv;
	uint32_t gerror_gsiv;
	uint32_t sync_gsiv;
	bool msi_valid; /* its own MSIs have a DeviceID: */
	uint32_t msi_device_id;
	uint32_t msi_its_id;
};

enum {
	IORT_SMMU_COHACC_OVERRIDE = 1 << 0,
	IORT_SMMU_HTTU_OVERRIDE = 3 << 1,
	IORT_SMMU_PROXIMITY_VALID = 1 << 3,
	IORT_SMMU_DEVICE_ID_VALID = 1 << 4,
};

/* The index-th SMMUv3 node, from 0. ERR_NOT_FOUND after the last. */
int iort_smmu(const struct acpi *acpi, unsigned index, struct iort_smmu *smmu);

struct iort_ids {
	bool has_smmu;
	unsigned smmu_index; /* for iort_smmu() */
	uint32_t smmu_node;
	phys_addr_t smmu_base;
	uint32_t stream_id;
	bool has_its;
	uint32_t its_id; /* as in the MADT; of a group, its first */
	uint32_t device_id;
};

/* Follows a requester ID from its root complex to the SMMU and the ITS group, or straight to the ITS group.
 * ERR_NOT_FOUND: no root complex of that segment maps the RID. */
int iort_map_rid(const struct acpi *acpi, uint16_t segment, uint16_t rid, struct iort_ids *ids);

struct iort_pmcg {
	phys_addr_t page0;
	phys_addr_t page1; /* 0: the node does not say */
	uint32_t gsiv;	   /* overflow interrupt, edge-triggered; 0: not wired */
	bool has_smmu;	   /* it belongs to an SMMU: */
	phys_addr_t smmu_base;
	bool msi_valid; /* its MSIs have a DeviceID: */
	uint32_t msi_device_id;
	uint32_t msi_its_id;
};

/* The index-th Performance Monitor Counter Group, from 0. ERR_NOT_FOUND after the last. */
int iort_pmcg(const struct acpi *acpi, unsigned index, struct iort_pmcg *pmcg);

struct iort_rmr {
	phys_addr_t base;
	uint64_t length;
	uint32_t flags;	    /* IORT_RMR_... */
	uint32_t smmu_node; /* of the stream's SMMU: one StreamID may exist behind several */
	phys_addr_t smmu_base;
};

enum {
	IORT_RMR_REMAP_PERMITTED = 1 << 0,
	IORT_RMR_PRIVILEGED = 1 << 1,
	IORT_RMR_ATTRIBUTES_SHIFT = 2, /* 8 bits; 0..3 Device nGnRnE, nGnRE, nGRE, GRE, 4 Normal NC, 5 Normal WB */
};

/* Reserved memory ranges of a stream. Writes up to `max` of them and returns how many there are (possibly more), or a
 * negative error. Ranges of length 0 are left out. */
int iort_rmr(const struct acpi *acpi, uint32_t stream_id, struct iort_rmr *out, unsigned max);

#endif
