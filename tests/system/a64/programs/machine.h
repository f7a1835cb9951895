#ifndef IOVP_A64_TEST_MACHINE_H
#define IOVP_A64_TEST_MACHINE_H

#include "drivers/gicv3/gicv3.h"
#include "drivers/its/its.h"
#include "drivers/pcie/pcie.h"
#include "programs/test.h"

/* The machine as its device tree describes it. */
struct machine {
	struct fdt fdt;
	struct acpi_gic tables; /* what the driver wants to know of the GIC, wherever it comes from */
	struct gicv3 gic;
	struct its its;
};
extern struct machine machine;

/* Memory for drivers, the GIC, this CPU's part of it; interrupts on. */
void machine_start(uint64_t tree);
/* This CPU's part of the GIC, interrupts on: on a CPU that has been started. */
void machine_start_cpu(void);
/* The ITS. */
void machine_start_its(void);
/* INTID of entry `index` of the node's "interrupts". */
uint32_t machine_intid(int64_t node, unsigned index);
/* The devices, and StreamID and DeviceID of a requester. */
void machine_enumerate(struct pcie *pcie);
uint32_t machine_stream(uint16_t rid);
uint32_t machine_device(uint16_t rid);

/* Waits until *flag is not 0, for at most a millisecond. */
bool machine_wait(const volatile unsigned *flag);

#endif
