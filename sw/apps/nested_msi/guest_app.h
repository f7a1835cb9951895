#ifndef IOVP_NESTED_MSI_GUEST_APP_H
#define IOVP_NESTED_MSI_GUEST_APP_H

/*
 * What runs in the virtual machine. It sees IPAs, the firmware tables that its host gave it, the registers of one
 * device, and hypercalls; nothing of the host's data.
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/dma_endpoint/dma_endpoint.h"
#include "guest/guest.h"

/* Operations of GUEST_HVC_DEVICE. */
enum guest_app_operation {
	GUEST_APP_MSI,	     /* (vector): the device raises it; the host watches and reports */
	GUEST_APP_STEP,	     /* (kind): a DMA step of the guest begins */
	GUEST_APP_STEP_END,  /* (IPA of struct guest_app_dma): it is over */
	GUEST_APP_ATTACHING, /* the guest's tables go under the device next */
};

/* How a DMA went, left in guest memory for the host. */
struct guest_app_dma {
	uint32_t kind, outcome;
	uint64_t iova, ipa;
	uint32_t length, reserved;
};

enum guest_plan {
	GUEST_PLAN_FAULTING_MSI, /* MSI once, then DMA both ways */
	GUEST_PLAN_MSI,		 /* MSI cold and warm, then DMA both ways */
	GUEST_PLAN_HOTPLUG,
	GUEST_PLAN_ATTACH, /* only puts its tables under the device */
};

struct guest_app {
	/* From the host, as boot arguments. */
	enum guest_plan plan;
	uint64_t rsdp;
	uint64_t ram_ipa, ram_size; /* free memory */
	uint64_t registers_ipa, registers_size;
	uint64_t hotplug_ipa, hotplug_size;
	unsigned msi_cpu;
	unsigned granule_log2, ipa_bits; /* of its stage 1, and how far IPAs go */
	bool forget_rmr;
	bool spoil_data;
	uint64_t direct_ipa, direct_size; /* GUEST_PLAN_ATTACH: mapped 1:1 before the attach */

	/* Its own. */
	struct acpi acpi;
	struct guest guest;
	struct pcie_function function;
	struct dma_ep ep;
	uint64_t scratch_ipa; /* struct guest_app_dma */
};

/* Entry for hal_guest_run(): the argument is the struct guest_app. 0, or a negative error as 64 bits. */
uint64_t guest_app_main(void *argument);

#endif
