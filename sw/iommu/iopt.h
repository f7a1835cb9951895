#ifndef IOVP_IOPT_H
#define IOVP_IOPT_H

#include "drivers/smmuv3/smmu_ste.h"
#include "hal/hal.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * VMSAv8-64 translation tables (Arm ARM D8.2, D8.3), stage 1 and stage 2, 48-bit addresses. The tables' memory is
 * reached through callbacks, so that a guest builds its tables in IPA space with its own pool.
 */

enum iopt_prot {
	IOPT_READ = 1 << 0,
	IOPT_WRITE = 1 << 1,
	IOPT_DEVICE = 1 << 2, /* Device-nGnRE instead of Normal Write-Back; a doorbell */
	IOPT_EXEC = 1 << 3,
};

struct iopt_ops {
	uint64_t (*read)(void *context, phys_addr_t addr);
	void (*write)(void *context, phys_addr_t addr, uint64_t descriptor);
	/* Zeroed table memory; 0: none left. */
	phys_addr_t (*alloc)(void *context, size_t bytes, size_t align);
	void (*free)(void *context, phys_addr_t addr, size_t bytes);
	/* No translation of [iova, iova + size) made before the call may be used after it. `step`: size of the leaf
	 * that maps it; leaf false: intermediate entries as well. Called after the descriptor was stored. */
	void (*invalidate)(void *context, uint64_t iova, uint64_t size, uint64_t step, bool leaf);
};

struct iopt_config {
	unsigned stage;	       /* 1 or 2 */
	unsigned granule_log2; /* 12, 14 or 16 */
	unsigned input_bits;   /* 25 to 48 */
	unsigned output_bits;  /* 32, 36, 40, 42, 44 or 48 */
};

struct iopt {
	struct iopt_config config;
	const struct iopt_ops *ops;
	void *context;
	phys_addr_t root;
	size_t root_bytes;
	unsigned start_level;
	uint64_t mapped; /* bytes */
};

/* What one address translates to. */
struct iopt_leaf {
	phys_addr_t address; /* of the byte asked for */
	unsigned level;
	uint64_t size; /* of the page or block */
	unsigned prot; /* enum iopt_prot */
	uint64_t descriptor;
};

/* 0, or ERR_INVALID, ERR_NO_MEMORY. */
int iopt_init(struct iopt *pt, const struct iopt_config *config, const struct iopt_ops *ops, void *context);
/* Frees all tables; the caller has made sure that nobody walks them. */
void iopt_destroy(struct iopt *pt);

/* Maps with the largest blocks that alignment allows. All addresses are multiples of the granule. ERR_BUSY: something
 * is mapped there already, nothing is changed. ERR_RANGE: beyond the input or output size. */
int iopt_map(struct iopt *pt, uint64_t iova, phys_addr_t pa, uint64_t size, unsigned prot);
/* Unmaps what is mapped of the range and returns the bytes. A block that is only partly inside is split first
 * (break-before-make, D8.17.1). The translation is gone everywhere on return. */
uint64_t iopt_unmap(struct iopt *pt, uint64_t iova, uint64_t size);
bool iopt_lookup(const struct iopt *pt, uint64_t iova, struct iopt_leaf *leaf);

/* Sizes that one leaf can have, as a mask of powers of two. */
uint64_t iopt_page_sizes(const struct iopt_config *config);

/* The registers' view: STE.S2*, CD, and VTTBR_EL2/VTCR_EL2 for a CPU that shares the stage-2 tables (D24.2). */
struct smmu_s2_config iopt_stage2_config(const struct iopt *pt, uint16_t vmid);
struct smmu_cd_config iopt_stage1_config(const struct iopt *pt, uint16_t asid);
uint64_t iopt_vttbr(const struct iopt *pt, uint16_t vmid);
uint64_t iopt_vtcr(const struct iopt *pt);

#ifdef __cplusplus
}
#endif

#endif
