#include "apps/nested_msi/guest_app.h"

#include "apps/nested_msi/transfer.h"
#include "drivers/acpi/acpi.h"
#include "drivers/acpi/iort.h"
#include "lib/errors.h"

enum {
	DEVICE = 0,
	VECTOR = 0,
	LENGTH = 0x2000,
	MAPPED = 0x10000, /* a multiple of every granule */
	SMALL = 64,	  /* one transaction: one fault */
	POOL_SIZE = 0x100000,
};

#define GUEST_TRY(call)                                                                                                \
	do {                                                                                                           \
		const int64_t try_result = (call);                                                                     \
		if (try_result < 0)                                                                                    \
			return (int)try_result;                                                                        \
	} while (0)

/* The reserved range is what the guest's own firmware says, for any stream: the machine has one. */
static int reserved_range(struct guest_app *g, struct iort_rmr *rmr)
{
	struct iort_ids ids;
	int count;

	GUEST_TRY(acpi_init(&g->acpi, g->rsdp));
	GUEST_TRY(iort_map_rid(&g->acpi, 0, 0, &ids));
	count = iort_rmr(&g->acpi, ids.stream_id, rmr, 1);
	if (count == 0)
		*rmr = (struct iort_rmr){0};
	return count < 0 ? count : 0;
}

static int start(struct guest_app *g)
{
	struct guest_config config = {
	    .pool_ipa = g->ram_ipa,
	    .pool_size = POOL_SIZE,
	    .granule_log2 = g->granule_log2,
	    .ipa_bits = g->ipa_bits,
	    .map_rmr = !g->forget_rmr,
	};
	struct iort_rmr rmr;

	GUEST_TRY(reserved_range(g, &rmr));
	config.rmr_base = rmr.base;
	config.rmr_size = rmr.length;
	GUEST_TRY(guest_init(&g->guest, &config));
	g->scratch_ipa = g->ram_ipa + POOL_SIZE;
	g->function.bars[0].base = g->registers_ipa;
	g->function.bars[0].size = g->registers_size;
	GUEST_TRY(dma_ep_init(&g->ep, &g->function));
	return 0;
}

/* A DMA of the guest's own, reported to the host. */
static int dma(struct guest_app *g, enum report_kind kind, uint64_t iova, uint64_t ipa, uint64_t cpu_address,
	       uint32_t length)
{
	struct transfer t = {.ep = &g->ep, .kind = kind, .iova = iova, .cpu_address = cpu_address, .length = length};
	struct guest_app_dma done = {.kind = kind, .iova = iova, .ipa = ipa, .length = length};

	GUEST_TRY(guest_device(&g->guest, DEVICE, GUEST_APP_STEP, kind, 0));
	done.outcome = transfer_run(&t, g->spoil_data);
	hal_mem_copy_out(g->scratch_ipa, &done, sizeof(done));
	GUEST_TRY(guest_device(&g->guest, DEVICE, GUEST_APP_STEP_END, g->scratch_ipa, 0));
	return 0;
}

static int msi(struct guest_app *g)
{
	GUEST_TRY(guest_device(&g->guest, DEVICE, GUEST_APP_MSI, VECTOR, 0));
	return 0;
}

static int dma_both_ways(struct guest_app *g)
{
	const uint64_t ipa = g->scratch_ipa + MAPPED;
	const uint64_t iova = guest_dma_map(&g->guest, ipa, MAPPED, IOPT_READ | IOPT_WRITE);

	if (!iova)
		return ERR_NO_MEMORY;
	GUEST_TRY(dma(g, REPORT_DMA_READ, iova, ipa, ipa, LENGTH));
	GUEST_TRY(dma(g, REPORT_DMA_WRITE, iova, ipa, ipa, LENGTH));
	return 0;
}

/* The guest maps the memory at stage 1 from the start; what changes is stage 2 below it. */
static int hotplug(struct guest_app *g)
{
	const uint64_t ipa = g->hotplug_ipa;
	const uint64_t iova = guest_dma_map(&g->guest, ipa, MAPPED, IOPT_READ | IOPT_WRITE);

	if (!iova)
		return ERR_NO_MEMORY;
	GUEST_TRY(msi(g));
	GUEST_TRY(dma(g, REPORT_DMA_WRITE, iova, ipa, 0, SMALL));
	GUEST_TRY(guest_memory_notice(&g->guest, ipa, g->hotplug_size, true));
	GUEST_TRY(dma(g, REPORT_DMA_WRITE, iova, ipa, ipa, LENGTH));
	GUEST_TRY(dma(g, REPORT_DMA_READ, iova, ipa, ipa, LENGTH));
	GUEST_TRY(guest_memory_notice(&g->guest, ipa, g->hotplug_size, false));
	GUEST_TRY(dma(g, REPORT_DMA_WRITE, iova, ipa, 0, SMALL));
	GUEST_TRY(dma(g, REPORT_DMA_READ, iova, ipa, 0, SMALL));
	GUEST_TRY(msi(g));
	return 0;
}

static int run(struct guest_app *g)
{
	GUEST_TRY(start(g));
	if (g->direct_size)
		GUEST_TRY(
		    guest_dma_map_at(&g->guest, g->direct_ipa, g->direct_ipa, g->direct_size, IOPT_READ | IOPT_WRITE));
	GUEST_TRY(guest_device(&g->guest, DEVICE, GUEST_APP_ATTACHING, 0, 0));
	GUEST_TRY(guest_attach(&g->guest, DEVICE));
	if (g->plan == GUEST_PLAN_ATTACH)
		return 0;
	GUEST_TRY(guest_msi_request(&g->guest, DEVICE, VECTOR, g->msi_cpu));
	if (g->plan == GUEST_PLAN_HOTPLUG)
		return hotplug(g);
	GUEST_TRY(msi(g));
	if (g->plan == GUEST_PLAN_MSI)
		GUEST_TRY(msi(g));
	return dma_both_ways(g);
}

uint64_t guest_app_main(void *argument)
{
	return (uint64_t)(int64_t)run(argument);
}
