#ifndef IOVP_SMMU_H
#define IOVP_SMMU_H

#include "drivers/smmuv3/smmu_cmd.h"
#include "drivers/smmuv3/smmu_event.h"
#include "drivers/smmuv3/smmu_ste.h"
#include "hal/hal.h"
#include "lib/errors.h"
#include "lib/spinlock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the ID registers say (6.3.1 to 6.3.6). */
struct smmu_features {
	bool s1p, s2p, coherent, hyp, msi, sev, cd2l, st2lvl, asid16, vmid16, range_inval, attr_types_ovr, stall;
	unsigned sid_bits, ssid_bits;
	unsigned oas; /* bits, at most 48 are used */
	unsigned cmdq_log2, eventq_log2;
	bool gran4k, gran16k, gran64k;
};

/* One MSI of the SMMU itself (*_IRQ_CFG). address 0: none, the interrupt is wired. */
struct smmu_msi {
	uint64_t address;
	uint32_t data;
	uint32_t attributes; /* SH bits 5:4, MemAttr bits 3:0 */
};
enum smmu_msi_source { SMMU_MSI_GERROR, SMMU_MSI_EVENTQ };

struct smmu;
typedef void (*smmu_event_handler)(void *context, struct smmu *smmu, const struct smmu_event *event);
typedef void (*smmu_gerror_handler)(void *context, struct smmu *smmu, uint32_t active);

/* What the platform (IORT, allocator) tells the driver. */
struct smmu_platform {
	phys_addr_t base;
	/* Zeroed memory of that size and alignment; 0: none left. */
	phys_addr_t (*alloc)(void *context, size_t bytes, size_t align);
	void (*free)(void *context, phys_addr_t memory, size_t bytes);
	void *alloc_context;
	/* Optional: fills in the MSI for a source; false: that source stays wired. Called only when IDR0.MSI == 1. */
	bool (*setup_msi)(void *context, enum smmu_msi_source source, struct smmu_msi *msi);
	void *msi_context;
	bool sync_by_msi;	 /* CMD_SYNC completes by a write to memory, when IDR0.MSI and IDR0.COHACC */
	bool e2h;		 /* the host's stage 1 runs in StreamWorld EL2-E2H, when IDR0.Hyp */
	unsigned queue_log2_max; /* upper bound of both queues' log2 entries; 0: 8 */
	uint64_t timeout_us;	 /* of one CMD_SYNC or register acknowledge; 0: 100000 */
	/* Called for each event record, and with the active GERROR bits; may be NULL. */
	smmu_event_handler on_event;
	smmu_gerror_handler on_gerror;
	void *handler_context;
};

struct smmu_queue {
	phys_addr_t base;
	unsigned log2size;
	unsigned entry_size;
	uint32_t prod, cons; /* index and wrap bit: log2size + 1 bits */
};

struct smmu {
	struct smmu_platform platform;
	struct smmu_features features;
	phys_addr_t base;
	struct smmu_queue cmdq, eventq;
	phys_addr_t sync_word; /* where CMD_SYNC's MSI is written */
	uint32_t sync_sequence;
	phys_addr_t strtab;
	unsigned strtab_split; /* StreamID bits in the second level; 0 when linear */
	unsigned strtab_log2;  /* StreamID bits of the whole table */
	uint32_t vmid_next, asid_next;
	smmu_event_handler on_event;
	smmu_gerror_handler on_gerror;
	void *handler_context;
	struct spinlock lock;
	struct {
		uint64_t events, overflows, commands, syncs, skipped_commands, gerrors;
	} counts;
};

/* Functions return 0, or a negative enum error (lib/errors.h). */

/* 3.11: probes, disables, allocates, programs, invalidates, then enables translation. Streams that nobody attached
 * abort with C_BAD_STREAMID or C_BAD_STE. */
int smmu_init(struct smmu *smmu, const struct smmu_platform *platform);
void smmu_set_handlers(struct smmu *smmu, smmu_event_handler on_event, smmu_gerror_handler on_gerror, void *context);

/* Appends a command; waits while the queue is full. smmu_sync() waits until all earlier commands are complete. */
int smmu_issue(struct smmu *smmu, struct smmu_cmd cmd);
int smmu_sync(struct smmu *smmu);
int smmu_issue_sync(struct smmu *smmu, struct smmu_cmd cmd);

/* Interrupt handlers, for wired interrupts and MSIs alike. The first returns the number of records handled. */
unsigned smmu_handle_eventq(struct smmu *smmu);
void smmu_handle_gerror(struct smmu *smmu);

/* Makes the StreamID's entry reachable (second-level table); the entry is invalid until written. */
int smmu_stream_prepare(struct smmu *smmu, uint32_t sid);
void smmu_read_ste(struct smmu *smmu, uint32_t sid, uint64_t ste[8]);
/* Safe at every intermediate store (3.21.3). 0, or 1 when the entry had to be invalid on the way, or an error. */
int smmu_write_ste(struct smmu *smmu, uint32_t sid, const uint64_t ste[8]);

/* CD tables (5.4, 5.3). A table of log2 `cdmax` CDs; two-level (4K leaves) when larger than one page and IDR0.CD2L. */
struct smmu_cd_table {
	phys_addr_t base;
	uint8_t cdmax, fmt;
};
int smmu_cd_table_alloc(struct smmu *smmu, unsigned cdmax, struct smmu_cd_table *table);
void smmu_cd_table_free(struct smmu *smmu, struct smmu_cd_table *table);
/* sids: the streams whose cached copy is invalidated after each step. Returns as smmu_write_ste(). */
int smmu_write_cd(struct smmu *smmu, const struct smmu_cd_table *table, uint32_t ssid, const uint64_t cd[8],
		  const uint32_t *sids, unsigned sid_count);

/* TLB invalidation by what changed; none of them syncs. */
int smmu_tlbi_asid(struct smmu *smmu, uint16_t vmid, uint16_t asid);
int smmu_tlbi_va(struct smmu *smmu, uint16_t vmid, uint16_t asid, uint64_t va, bool leaf);
int smmu_tlbi_vmid_s1(struct smmu *smmu, uint16_t vmid); /* TLBI_NH_ALL */
int smmu_tlbi_s12(struct smmu *smmu, uint16_t vmid);	 /* TLBI_S12_VMALL */
int smmu_tlbi_ipa(struct smmu *smmu, uint16_t vmid, uint64_t ipa, bool leaf);
int smmu_tlbi_el2_asid(struct smmu *smmu, uint16_t asid);
int smmu_tlbi_el2_va(struct smmu *smmu, uint16_t asid, uint64_t va, bool leaf);
int smmu_tlbi_all(struct smmu *smmu);

/* Unused VMID (from 1; 0 is the host's stage 1) and ASID (from 1). 0: none left. */
uint16_t smmu_alloc_vmid(struct smmu *smmu);
uint16_t smmu_alloc_asid(struct smmu *smmu);

/* The host's stage 1 runs in StreamWorld EL2-E2H. */
bool smmu_uses_el2(const struct smmu *smmu);

#ifdef __cplusplus
}
#endif

#endif
