#ifndef IOVP_NESTED_MSI_APP_H
#define IOVP_NESTED_MSI_APP_H

/*
 * The application: brings the machine up as a kernel would, then plays one scenario and reports what it saw.
 */

#include <stdbool.h>
#include <stdint.h>

#include "apps/nested_msi/boot_info.h"
#include "apps/nested_msi/entry.h"
#include "apps/nested_msi/report.h"
#include "drivers/acpi/acpi.h"
#include "drivers/acpi/iort.h"
#include "drivers/dma_endpoint/dma_endpoint.h"
#include "drivers/gicv3/gicv3.h"
#include "drivers/its/its.h"
#include "drivers/pcie/msix.h"
#include "drivers/pcie/pcie.h"
#include "drivers/smmuv3/smmu.h"
#include "drivers/smmuv3/smmu_pmu.h"
#include "iommu/iommu.h"

enum {
	APP_MAX_DEVICES = 4,
	APP_VECTORS = 8,
	APP_MAPPED = 0x10000, /* what a DMA buffer takes: a multiple of every granule */
};

struct app;

/* One MSI-X vector and the interrupt that it becomes. The EventID is the vector's number. */
struct app_vector {
	struct app *app;
	uint32_t intid; /* 0: not requested */
	unsigned cpu;
	volatile uint32_t count; /* times the handler ran */
	volatile uint32_t seen_intid, seen_cpu;
};

struct app_device {
	struct pcie_function *function;
	struct iort_ids ids;
	struct dma_ep ep;
	struct iommu_device iommu;
	struct iommu_domain dma; /* its default domain, unless the scenario wants another */
	struct app_vector vectors[APP_VECTORS];
};

/* A counter group, and which counter has which event of which device. */
struct app_pmu {
	struct smmu_pmu pmu;
	int counters[APP_MAX_DEVICES][3]; /* events 1, 2 and 4; negative: not counted here */
};

struct app {
	struct boot_info boot;
	struct acpi acpi;
	struct acpi_gic gic_tables;
	struct gicv3 gic;
	struct its its;
	struct pcie pcie;
	struct smmu smmu;
	struct iommu iommu;
	struct app_pmu pmus[REPORT_MAX_GROUPS];
	unsigned pmu_count;
	struct app_device devices[APP_MAX_DEVICES];
	unsigned device_count;
	uint64_t window_base, window_length; /* the reserved region of the IORT: where MSI cookies live */

	struct report report;	     /* steps are written through to memory as they end */
	struct report_step *current; /* collects the events that arrive */
	struct app_vector *expected; /* the vector whose interrupts the current step asked for */

	void (*volatile worker)(struct app *app); /* what CPU 1 does when it is not idle */
};

/* Gives up with the line where it happened; for functions that return an error. */
#define TRY(app, call)                                                                                                 \
	do {                                                                                                           \
		const int64_t try_result = (call);                                                                     \
		if (try_result < 0) {                                                                                  \
			app_failed_at(app, __FILE__, __LINE__);                                                        \
			return (int)try_result;                                                                        \
		}                                                                                                      \
	} while (0)
/* Remembers the innermost line; later calls for the same failure change nothing. */
void app_failed_at(struct app *app, const char *file, unsigned line);

/* machine.c: everything up to devices in their default domain, MSI-X on, vectors not yet requested. */
int app_bring_up(struct app *app, enum iommu_msi_lookup lookup, bool identity_default);
/* A paging (stage-2) domain with its MSI cookie in the reserved window. */
int app_make_paging(struct app *app, struct iommu_domain *domain);

/* vectors.c: an interrupt for the device's vector on a CPU: LPI, ITS mapping, doorbell mapping, message. */
int app_request_vector(struct app *app, struct app_device *device, uint32_t vector, unsigned cpu);
/* After the device's domain has changed: the doorbell is prepared and the message written again, under mask. */
int app_renew_vector(struct app *app, struct app_device *device, uint32_t vector);

/* counters.c: with BOOT_COUNT_EVENTS, counts what the SMMU does for each device until app_report_counts(). */
int app_start_counters(struct app *app);
int app_report_counts(struct app *app);

/* steps.c: what the report is made of. step_begin() returns the step to fill in; events are collected until its end. */
struct report_step *step_begin(struct app *app, enum report_kind kind, const struct app_device *device);
void step_end(struct app *app, struct report_step *step, enum report_outcome outcome);
void app_wait_us(uint64_t microseconds);
int msi_step(struct app *app, struct app_device *device, uint32_t vector);
/* Host memory at `pa`, which the device reaches at `iova`; pa 0: the access must fail. */
int dma_step(struct app *app, enum report_kind kind, struct app_device *device, uint64_t iova, phys_addr_t pa,
	     uint32_t length);
/* The device tries `iova`, which must not lead it anywhere; REPORT_CORRUPT when the page at `guarded` has changed, or
 * the device has seen it. */
int forbidden_dma_step(struct app *app, enum report_kind kind, struct app_device *device, uint64_t iova,
		       phys_addr_t guarded);
int foreign_msi_step(struct app *app, struct app_device *device, uint32_t vector, uint64_t address, uint32_t data,
		     const struct app_vector *victim);
int cpu_store_step(struct app *app, uint32_t data, const struct app_vector *victim);

/* Scenarios: 0 or a negative error. */
int scenario_identity(struct app *app);
int scenario_dma(struct app *app);
int scenario_stage2(struct app *app);
int scenario_nested(struct app *app);
int scenario_hotplug(struct app *app);
int scenario_replace_live(struct app *app);
int scenario_isolation(struct app *app);

#endif
