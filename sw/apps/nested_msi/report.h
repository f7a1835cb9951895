#ifndef IOVP_NESTED_MSI_REPORT_H
#define IOVP_NESTED_MSI_REPORT_H

/*
 * What the application saw, left in memory for the platform to read: one step per thing it tried, in order. The
 * application does not judge: the platform knows what each scenario must show.
 */

#include <stdint.h>

#define REPORT_MAGIC 0x54525052 /* "RPRT" */
#define REPORT_MAX_STEPS 48
#define REPORT_MAX_EVENTS 4 /* per step */

enum report_status {
	REPORT_RUNNING,
	REPORT_FINISHED,
	REPORT_FAILED, /* the application gave up: see `error` and `where` */
};

enum report_kind {
	REPORT_MSI,	   /* the device raised a vector */
	REPORT_DMA_READ,   /* the device read memory */
	REPORT_DMA_WRITE,  /* the device wrote memory */
	REPORT_CPU_STORE,  /* a CPU stored to the doorbell */
	REPORT_FOREIGN_MSI /* a device wrote another device's message to the doorbell */
};

enum report_outcome {
	REPORT_DELIVERED, /* MSI: the handler ran */
	REPORT_DONE,	  /* DMA: finished and the data is right */
	REPORT_CORRUPT,	  /* DMA: finished and the data is wrong */
	REPORT_ABORTED,	  /* DMA: the device saw an abort */
	REPORT_SILENT,	  /* no interrupt came */
	REPORT_IDLE	  /* live DMA: nothing was under way when the domain changed */
};

struct report_step {
	uint32_t kind;
	uint32_t outcome;
	uint32_t rid; /* requester */
	uint32_t vector;
	uint64_t address;      /* IOVA that the device used */
	uint64_t ipa;	       /* DMA under a stage 2: the IPA the guest mapped there; else 0 */
	uint32_t data;	       /* MSI data; DMA length */
	uint32_t mapped_intid; /* what the driver had the ITS map the vector to */
	uint32_t mapped_cpu;
	uint32_t seen_intid; /* what the handler saw, 0 when it did not run */
	uint32_t seen_cpu;
	uint32_t repeats; /* MSIs that the device wrote, or transfers that it made, in this step; one outcome for all */
	uint32_t bus_error;   /* CPU store: it was answered with an error */
	uint32_t event_count; /* SMMU events that arrived during the step */
	uint64_t events[REPORT_MAX_EVENTS][4];
	uint64_t start; /* counter values */
	uint64_t end;
};

/* What the SMMU's counter groups saw of one device: of each group, by the firmware's order. */
#define REPORT_MAX_DEVICES 4
#define REPORT_MAX_GROUPS 4
struct report_device_counts {
	uint32_t stream_id;
	uint32_t reserved;
	struct {
		uint64_t transactions;	/* event 1 */
		uint64_t tlb_misses;	/* event 2 */
		uint64_t walk_accesses; /* event 4, of a group that counts it */
	} of_group[REPORT_MAX_GROUPS];
};

/* BOOT_COUNT_EVENTS. */
struct report_counts {
	uint32_t groups;
	uint32_t devices;
	uint32_t sampled;   /* transactions of all streams after which the first TBU's group interrupts; 0: none */
	uint32_t overflows; /* that its interrupt brought */
	struct report_device_counts device[REPORT_MAX_DEVICES];
};

struct report {
	uint32_t magic;
	uint32_t status;
	int32_t error;	/* the failing call's negative error code */
	uint32_t where; /* where the application gave up: line, and file (cut, zero-terminated) */
	char file[24];
	uint32_t step_count;
	uint32_t unexpected_interrupts; /* interrupts that no step asked for, registered or not */
	uint32_t gerrors;		/* GERROR bits ever seen */
	uint32_t stray_events;		/* SMMU events that arrived outside every step */
	struct report_step steps[REPORT_MAX_STEPS];
	struct report_counts counts; /* written only when something was counted; zero otherwise */
};

#endif
