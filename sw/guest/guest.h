#ifndef IOVP_GUEST_GUEST_H
#define IOVP_GUEST_GUEST_H

#include "guest/hypercall.h"
#include "iommu/iopt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The IOMMU part of a guest's kernel. Runs under hal_guest_run(): every address that it handles is an IPA, and what it
 * wants of the SMMU goes through hypercalls. */

struct guest_config {
	uint64_t pool_ipa, pool_size; /* memory for CD and tables */
	unsigned granule_log2;	      /* of its stage 1; 0: 12 */
	unsigned input_bits;	      /* 0: 32 */
	unsigned ipa_bits;	      /* its view of the physical address size; 0: 40 */
	uint16_t asid;		      /* 0: 1 */
	/* Its firmware's RMR: mapped 1:1 for MSIs, unless the guest forgets to. */
	uint64_t rmr_base, rmr_size;
	bool map_rmr;
	/* IOVAs for DMA, upwards; 0: 0x40000000. The guest's choice, need not look like its IPAs. */
	uint64_t iova_base;
};

#define GUEST_POOL_FREE 32

struct guest {
	struct guest_config config;
	struct iopt pt;
	uint64_t cd_table;
	uint64_t pool_next;
	struct {
		uint64_t ipa, size;
	} pool_free[GUEST_POOL_FREE];
	unsigned pool_free_count;
	uint64_t iova_next;
	bool attached; /* a device may walk the tables: invalidate */
};

/* Builds CD, tables and the RMR's mapping. 0, or a negative enum error. */
int guest_init(struct guest *guest, const struct guest_config *config);
/* Maps or unmaps the RMR later. */
int guest_map_rmr(struct guest *guest, bool map);

int64_t guest_attach(struct guest *guest, unsigned device);
int64_t guest_detach(struct guest *guest, unsigned device);
/* Maps a buffer of the guest for its devices. The IOVA, 0: failed. */
uint64_t guest_dma_map(struct guest *guest, uint64_t ipa, uint64_t size, unsigned prot);
/* At an IOVA that the caller chose. */
int guest_dma_map_at(struct guest *guest, uint64_t iova, uint64_t ipa, uint64_t size, unsigned prot);
void guest_dma_unmap(struct guest *guest, uint64_t iova, uint64_t size);

/* An interrupt for the device's vector; the host's interrupt number or a negative error. */
int64_t guest_msi_request(struct guest *guest, unsigned device, uint32_t vector, unsigned cpu);
int64_t guest_device(struct guest *guest, unsigned device, uint64_t operation, uint64_t a, uint64_t b);
int64_t guest_memory_notice(struct guest *guest, uint64_t ipa, uint64_t size, bool online);

#ifdef __cplusplus
}
#endif

#endif
