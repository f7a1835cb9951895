#ifndef IOVP_GUEST_HYPERCALL_H
#define IOVP_GUEST_HYPERCALL_H

/*
 * What a guest may ask of its host, with hal_hvc(function, a0, a1, a2, a3). The answer is 0 or positive, or a negative
 * enum error (lib/errors.h) as a 64-bit two's complement number. `device` is the guest's number of a device given to
 * it, from 0. Addresses are IPAs. The host believes nothing of it.
 */

#include <stdint.h>

enum guest_hvc {
	/* (device, IPA of the CD table, HVC_S1(cdmax, fmt, dss), 0): stage 1 of the guest on the VM's stage 2. */
	GUEST_HVC_ATTACH_NESTED = 0x100,
	/* (device): back to stage 2 alone. */
	GUEST_HVC_DETACH = 0x101,
	/* (ASID, VA, pages, HVC_INV(page log2, leaf)): CMD_TLBI_NH_VA with the VM's VMID for each page, then CMD_SYNC.
	 */
	GUEST_HVC_INV_VA = 0x102,
	/* (ASID) */
	GUEST_HVC_INV_ASID = 0x103,
	/* (): every ASID of this VM */
	GUEST_HVC_INV_ALL = 0x104,
	/* (device, SubstreamID, leaf) */
	GUEST_HVC_CFGI_CD = 0x105,
	/* (device, vector, guest's number of the CPU): the host sets up interrupt and message of that vector. Positive
	 * or 0: the host's interrupt number. */
	GUEST_HVC_MSI_VECTOR = 0x110,
	/* (device, operation, argument, argument): the device's own work, defined by the application. */
	GUEST_HVC_DEVICE = 0x120,
	/* (IPA, size): the guest uses that memory from now on; or no longer, the host may take it. */
	GUEST_HVC_MEMORY_ONLINE = 0x130,
	GUEST_HVC_MEMORY_OFFLINE = 0x131,
};

/* STE.S1CDMax, S1Fmt, S1DSS as they are encoded. */
#define HVC_S1(cdmax, fmt, dss) ((uint64_t)(cdmax) | (uint64_t)(fmt) << 8 | (uint64_t)(dss) << 16)
#define HVC_INV(page_log2, leaf) ((uint64_t)(page_log2) | ((leaf) ? 1ull << 8 : 0))

/* More pages than this in one GUEST_HVC_INV_VA become an invalidation of the ASID. */
#define HVC_INV_PAGES_MAX 256

#endif
