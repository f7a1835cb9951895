#include "apps/nested_msi/app.h"

#include "lib/page_alloc.h"

enum {
	LENGTH = 0x2000,
	MSI_VECTOR = 0,
};

/* A device in a domain where `iova` reaches `pa`: its interrupt cold and warm, its DMA both ways. */
static int interrupts_and_dma(struct app *app, struct app_device *device, uint64_t iova, phys_addr_t pa)
{
	TRY(app, app_request_vector(app, device, MSI_VECTOR, app->boot.msi_cpu));
	TRY(app, msi_step(app, device, MSI_VECTOR));
	TRY(app, msi_step(app, device, MSI_VECTOR));
	TRY(app, dma_step(app, REPORT_DMA_READ, device, iova, pa, LENGTH));
	TRY(app, dma_step(app, REPORT_DMA_WRITE, device, iova, pa, LENGTH));
	return 0;
}

static int allocate(phys_addr_t *pa)
{
	*pa = page_alloc(APP_MAPPED, APP_MAPPED);
	return *pa ? 0 : ERR_NO_MEMORY;
}

int scenario_identity(struct app *app)
{
	phys_addr_t pa;

	TRY(app, allocate(&pa));
	return interrupts_and_dma(app, &app->devices[0], pa, pa);
}

static int map_for_dma(struct app_device *device, phys_addr_t pa, uint64_t *iova)
{
	*iova = iommu_dma_map(&device->iommu, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE);
	return *iova ? 0 : ERR_NO_MEMORY;
}

int scenario_dma(struct app *app)
{
	phys_addr_t pa;
	uint64_t iova;

	TRY(app, allocate(&pa));
	TRY(app, map_for_dma(&app->devices[0], pa, &iova));
	return interrupts_and_dma(app, &app->devices[0], iova, pa);
}

int scenario_stage2(struct app *app)
{
	static struct iommu_domain domain;
	const uint64_t ipa = app->boot.guest_ram_ipa;
	phys_addr_t pa;

	TRY(app, allocate(&pa));
	TRY(app, app_make_paging(app, &domain));
	domain.cookie.leave_unmapped = app->boot.switches & BOOT_BREAK_STAGE2_DOORBELL;
	TRY(app, iommu_map(&domain, ipa, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE));
	TRY(app, iommu_attach_device(&app->devices[0].iommu, &domain));
	return interrupts_and_dma(app, &app->devices[0], ipa, pa);
}

int scenario_isolation(struct app *app)
{
	enum { VICTIM_VECTOR = 5, PROBE_VECTOR = 1 };
	struct app_device *victim = &app->devices[0], *sibling = &app->devices[1], *other = &app->devices[2];
	struct app_vector *v = &victim->vectors[VICTIM_VECTOR];
	uint64_t address;
	uint32_t data;
	phys_addr_t pa;
	const uint64_t iova = 0x10000000; /* nobody else's: the DMA allocators work from the top */

	TRY(app, allocate(&pa));
	TRY(app, iommu_map(&victim->dma, iova, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE));
	TRY(app, app_request_vector(app, victim, VICTIM_VECTOR, app->boot.msi_cpu));
	TRY(app, app_request_vector(app, other, 0, app->boot.msi_cpu));
	TRY(app, app_request_vector(app, sibling, 0, app->boot.msi_cpu));
	TRY(app, msi_step(app, victim, VICTIM_VECTOR));
	TRY(app, msi_step(app, other, 0));

	/* Both reach the doorbell through their own mapping, with the victim's EventID. */
	TRY(app, msix_read_message(other->function, 0, &address, &data));
	TRY(app, foreign_msi_step(app, other, PROBE_VECTOR, address, VICTIM_VECTOR, v));
	TRY(app, msix_read_message(sibling->function, 0, &address, &data));
	TRY(app, foreign_msi_step(app, sibling, PROBE_VECTOR, address, VICTIM_VECTOR, v));
	TRY(app, cpu_store_step(app, VICTIM_VECTOR, v));

	/* The victim's page by the victim's IOVA and by its physical address, and the SMMU's own registers. */
	TRY(app, forbidden_dma_step(app, REPORT_DMA_READ, other, iova, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_WRITE, other, iova, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_READ, sibling, iova, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_WRITE, sibling, iova, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_READ, other, pa, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_WRITE, other, pa, pa));
	TRY(app, forbidden_dma_step(app, REPORT_DMA_WRITE, other, app->smmu.base, pa));
	TRY(app, dma_step(app, REPORT_DMA_READ, victim, iova, pa, LENGTH));
	TRY(app, msi_step(app, victim, VICTIM_VECTOR));
	return 0;
}
