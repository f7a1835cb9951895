#include "drivers/gicv3/gicv3.h"

#include "drivers/gicv3/gicv3_internal.h"
#include "drivers/gicv3/gicv3_regs.h"
#include "lib/errors.h"
#include "lib/poll.h"

/* Aff3 and Aff2..0 where MPIDR_EL1, GICD_IROUTER and hal_cpu_affinity() have them. */
#define AFFINITY (FIELD(39, 32) | FIELD(23, 0))

static int wait_distributor(const struct gicv3 *gic)
{
	return poll_mmio32(gic->gicd + GICD_CTLR, GICD_CTLR_RWP, 0, POLL_DEFAULT_US);
}

static uint32_t four_priorities(void)
{
	return GICV3_PRIORITY * 0x01010101u;
}

/* Everything off before ARE changes: setting it with a group enabled is UNPREDICTABLE. SPIs then start from Group 1,
 * disabled, idle, level-sensitive; INTIDs 0..31 belong to the redistributors. */
static int init_distributor(struct gicv3 *gic)
{
	const phys_addr_t gicd = gic->gicd;
	int status;

	hal_mmio_write32(gicd + GICD_CTLR, 0);
	status = wait_distributor(gic);
	if (status)
		return status;
	for (unsigned i = GICV3_FIRST_SPI; i < gic->spi_end; i += 32) {
		hal_mmio_write32(gicd + GICD_ICENABLER + i / 8, UINT32_MAX);
		hal_mmio_write32(gicd + GICD_ICPENDR + i / 8, UINT32_MAX);
		hal_mmio_write32(gicd + GICD_ICACTIVER + i / 8, UINT32_MAX);
		hal_mmio_write32(gicd + GICD_IGROUPR + i / 8, UINT32_MAX);
	}
	for (unsigned i = GICV3_FIRST_SPI; i < gic->spi_end; i += 16)
		hal_mmio_write32(gicd + GICD_ICFGR + i / 4, 0);
	for (unsigned i = GICV3_FIRST_SPI; i < gic->spi_end; i += 4)
		hal_mmio_write32(gicd + GICD_IPRIORITYR + i, four_priorities());
	status = wait_distributor(gic);
	if (status)
		return status;
	hal_mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE);
	status = wait_distributor(gic);
	if (status)
		return status;
	hal_mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	status = wait_distributor(gic);
	if (status)
		return status;
	/* RES0 where affinity routing was left out: nothing below would work. */
	return hal_mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_ARE ? 0 : ERR_UNSUPPORTED;
}

/* SPIs reset to a route of 0.0.0.0, which need not be a CPU: the calling CPU takes them until spi_enable(). */
static void route_all(struct gicv3 *gic)
{
	const uint64_t here = hal_cpu_affinity() & AFFINITY;

	for (unsigned i = GICV3_FIRST_SPI; i < gic->spi_end; i++)
		hal_mmio_write64(gic->gicd + GICD_IROUTER + 8u * i, here);
}

/* GICR_TYPER.Affinity_Value in MPIDR's layout. */
static uint64_t typer_affinity(uint64_t typer)
{
	const uint64_t affinity = typer >> 32;

	return (affinity & FIELD(23, 0)) | (affinity & FIELD(31, 24)) << 8;
}

static bool is_gic(phys_addr_t frame)
{
	const uint64_t revision = field_get(GIC_PIDR2_ARCHREV, hal_mmio_read32(frame + GIC_PIDR2));

	return revision == 3 || revision == 4;
}

static void note_redistributor(struct gicv3 *gic, phys_addr_t rd_base, uint64_t typer)
{
	for (unsigned i = 0; i < gic->cpu_count; i++) {
		struct gicv3_cpu *cpu = &gic->cpus[i];

		if (cpu->affinity != typer_affinity(typer) || cpu->rd_base)
			continue;
		cpu->rd_base = rd_base;
		cpu->processor = (uint16_t)field_get(GICR_TYPER_PROCESSOR, typer);
		if (!(typer & GICR_TYPER_PLPIS))
			gic->has_lpis = false;
	}
}

/* A region holds redistributors back to back, two frames each or four with virtual LPIs, the last one marked. */
static int scan_region(struct gicv3 *gic, phys_addr_t base, uint64_t length)
{
	uint64_t offset = 0;

	while (length >= 2 * GICR_FRAME_SIZE && offset <= length - 2 * GICR_FRAME_SIZE) {
		const phys_addr_t rd_base = base + offset;
		uint64_t typer;

		if (!is_gic(rd_base))
			return ERR_UNSUPPORTED;
		typer = hal_mmio_read64(rd_base + GICR_TYPER);
		note_redistributor(gic, rd_base, typer);
		if (typer & GICR_TYPER_LAST)
			break;
		offset += (typer & GICR_TYPER_VLPIS ? 4 : 2) * GICR_FRAME_SIZE;
	}
	return 0;
}

static int find_redistributors(struct gicv3 *gic, const struct acpi_gic *tables)
{
	int status = 0;

	for (unsigned i = 0; i < tables->gicr_count && !status; i++)
		status = scan_region(gic, tables->gicr[i].base, tables->gicr[i].length);
	/* Without regions the MADT names each CPU's own frames. */
	for (unsigned i = 0; i < tables->cpu_count && !tables->gicr_count && !status; i++)
		if (tables->cpus[i].gicr_base)
			status = scan_region(gic, tables->cpus[i].gicr_base, 2 * GICR_FRAME_SIZE);
	for (unsigned i = 0; i < gic->cpu_count && !status; i++)
		if (!gic->cpus[i].rd_base)
			status = ERR_NOT_FOUND;
	return status;
}

int gicv3_init(struct gicv3 *gic, const struct acpi_gic *tables)
{
	uint32_t typer;
	int status;

	if (!tables->gicd || !tables->cpu_count || tables->cpu_count > GICV3_MAX_CPUS)
		return ERR_INVALID;
	*gic = (struct gicv3){.gicd = tables->gicd, .cpu_count = tables->cpu_count};
	for (unsigned i = 0; i < gic->cpu_count; i++)
		gic->cpus[i].affinity = tables->cpus[i].affinity & AFFINITY;
	if (!is_gic(gic->gicd))
		return ERR_UNSUPPORTED;
	typer = hal_mmio_read32(gic->gicd + GICD_TYPER);
	gic->spi_end = 32 * ((unsigned)field_get(GICD_TYPER_ITLINES, typer) + 1);
	if (gic->spi_end > GICV3_END_SPI)
		gic->spi_end = GICV3_END_SPI;
	gic->has_lpis = typer & GICD_TYPER_LPIS;
	status = find_redistributors(gic, tables);
	if (!status)
		status = init_distributor(gic);
	if (status)
		return status;
	route_all(gic);
	return gic->has_lpis ? gicv3_lpi_init(gic, typer) : 0;
}

int gicv3_this_cpu(const struct gicv3 *gic)
{
	const uint64_t here = hal_cpu_affinity() & AFFINITY;

	for (unsigned i = 0; i < gic->cpu_count; i++)
		if (gic->cpus[i].affinity == here)
			return (int)i;
	return ERR_NOT_FOUND;
}

static int wake(phys_addr_t rd_base)
{
	const uint32_t waker = hal_mmio_read32(rd_base + GICR_WAKER);

	hal_mmio_write32(rd_base + GICR_WAKER, waker & ~GICR_WAKER_PROCESSOR_SLEEP);
	return poll_mmio32(rd_base + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP, 0, POLL_DEFAULT_US);
}

static int wait_redistributor(phys_addr_t rd_base)
{
	return poll_mmio32(rd_base + GICR_CTLR, GICR_CTLR_RWP, 0, POLL_DEFAULT_US);
}

/* SGIs on, PPIs off until asked for. */
static int init_private(phys_addr_t rd_base)
{
	const phys_addr_t sgi = rd_base + GICR_SGI_FRAME;
	int status;

	hal_mmio_write32(sgi + GICD_ICENABLER, UINT32_MAX);
	status = wait_redistributor(rd_base);
	if (status)
		return status;
	hal_mmio_write32(sgi + GICD_ICPENDR, UINT32_MAX);
	hal_mmio_write32(sgi + GICD_ICACTIVER, UINT32_MAX);
	hal_mmio_write32(sgi + GICD_IGROUPR, UINT32_MAX);
	for (unsigned i = 0; i < GICV3_FIRST_SPI; i += 4)
		hal_mmio_write32(sgi + GICD_IPRIORITYR + i, four_priorities());
	hal_mmio_write32(sgi + GICD_ISENABLER, 0xffff);
	return wait_redistributor(rd_base);
}

/* System registers first: the others do not answer before SRE. EOImode 0: writing EOIR drops the priority and
 * deactivates. */
static int init_cpu_interface(void)
{
	hal_icc_write(HAL_ICC_SRE_EL1, hal_icc_read(HAL_ICC_SRE_EL1) | ICC_SRE_SRE);
	hal_dsb();
	if (!(hal_icc_read(HAL_ICC_SRE_EL1) & ICC_SRE_SRE))
		return ERR_UNSUPPORTED;
	hal_icc_write(HAL_ICC_PMR_EL1, 0xff);
	hal_icc_write(HAL_ICC_BPR1_EL1, 0);
	hal_icc_write(HAL_ICC_CTLR_EL1, hal_icc_read(HAL_ICC_CTLR_EL1) & ~(ICC_CTLR_EOIMODE | ICC_CTLR_CBPR));
	hal_dsb();
	hal_icc_write(HAL_ICC_IGRPEN1_EL1, 1);
	hal_dsb();
	return 0;
}

int gicv3_cpu_init(struct gicv3 *gic)
{
	const int index = gicv3_this_cpu(gic);
	struct gicv3_cpu *cpu;
	int status;

	if (index < 0)
		return index;
	cpu = &gic->cpus[index];
	status = wake(cpu->rd_base);
	if (!status)
		status = init_private(cpu->rd_base);
	if (!status && gic->has_lpis)
		status = gicv3_lpi_cpu_init(gic, cpu);
	if (!status)
		status = init_cpu_interface();
	if (!status)
		cpu->ready = true;
	return status;
}

/* Two bits per interrupt in ICFGR; the upper one says edge. Only while the interrupt is disabled. */
static void set_trigger(phys_addr_t frame, uint32_t intid, bool edge)
{
	const phys_addr_t at = frame + GICD_ICFGR + 4u * (intid / 16);
	const uint32_t bit = 2u << (2 * (intid % 16));
	const uint32_t now = hal_mmio_read32(at);

	hal_mmio_write32(at, edge ? now | bit : now & ~bit);
}

static bool is_spi(const struct gicv3 *gic, uint32_t intid)
{
	return intid >= GICV3_FIRST_SPI && intid < gic->spi_end;
}

static int disable_spi(struct gicv3 *gic, uint32_t intid)
{
	hal_mmio_write32(gic->gicd + GICD_ICENABLER + 4u * (intid / 32), 1u << (intid % 32));
	return wait_distributor(gic);
}

int gicv3_spi_enable(struct gicv3 *gic, uint32_t intid, bool edge, unsigned cpu)
{
	bool irqs;
	int status;

	if (!is_spi(gic, intid) || cpu >= gic->cpu_count)
		return ERR_RANGE;
	irqs = spin_lock(&gic->lock);
	status = disable_spi(gic, intid);
	if (!status) {
		set_trigger(gic->gicd, intid, edge);
		hal_mmio_write8(gic->gicd + GICD_IPRIORITYR + intid, GICV3_PRIORITY);
		hal_mmio_write64(gic->gicd + GICD_IROUTER + 8u * intid, gic->cpus[cpu].affinity);
		hal_mmio_write32(gic->gicd + GICD_ISENABLER + 4u * (intid / 32), 1u << (intid % 32));
		status = wait_distributor(gic);
	}
	spin_unlock(&gic->lock, irqs);
	return status;
}

int gicv3_spi_disable(struct gicv3 *gic, uint32_t intid)
{
	return is_spi(gic, intid) ? disable_spi(gic, intid) : ERR_RANGE;
}

int gicv3_ppi_enable(struct gicv3 *gic, uint32_t intid, bool edge)
{
	const int index = gicv3_this_cpu(gic);
	phys_addr_t rd_base;
	int status;

	if (index < 0)
		return index;
	if (intid < GICV3_FIRST_PPI || intid >= GICV3_FIRST_SPI)
		return ERR_RANGE;
	rd_base = gic->cpus[index].rd_base;
	hal_mmio_write32(rd_base + GICR_SGI_FRAME + GICD_ICENABLER, 1u << intid);
	status = wait_redistributor(rd_base);
	if (status)
		return status;
	set_trigger(rd_base + GICR_SGI_FRAME, intid, edge);
	hal_mmio_write32(rd_base + GICR_SGI_FRAME + GICD_ISENABLER, 1u << intid);
	return wait_redistributor(rd_base);
}

/* ICC_SGI1R_EL1: Aff3 55:48, RS 47:44, Aff2 39:32, INTID 27:24, Aff1 23:16, a bit for Aff0 % 16 in 15:0. */
int gicv3_send_sgi(struct gicv3 *gic, uint32_t intid, unsigned cpu)
{
	uint64_t affinity;

	if (intid >= GICV3_FIRST_PPI || cpu >= gic->cpu_count)
		return ERR_RANGE;
	affinity = gic->cpus[cpu].affinity;
	hal_dsb(); /* what the receiver is to see is in memory before the interrupt */
	hal_icc_write(HAL_ICC_SGI1R_EL1,
		      field_put(FIELD(55, 48), affinity >> 32) | field_put(FIELD(47, 44), (affinity & 0xff) >> 4) |
			  field_put(FIELD(39, 32), affinity >> 16) | field_put(FIELD(27, 24), intid) |
			  field_put(FIELD(23, 16), affinity >> 8) | UINT64_C(1) << (affinity & 0xf));
	hal_dsb();
	return 0;
}

static struct gicv3_slot *slot_of(struct gicv3 *gic, uint32_t intid)
{
	if (intid < GICV3_END_SPI)
		return &gic->wired[intid];
	if (intid >= GICV3_FIRST_LPI && intid - GICV3_FIRST_LPI < GICV3_LPI_SLOTS)
		return &gic->lpis[intid - GICV3_FIRST_LPI];
	return NULL;
}

int gicv3_register_handler(struct gicv3 *gic, uint32_t intid, gicv3_handler handler, void *context)
{
	struct gicv3_slot *slot = slot_of(gic, intid);
	bool irqs;

	if (!slot)
		return ERR_RANGE;
	irqs = spin_lock(&gic->lock);
	slot->handler = handler;
	slot->context = context;
	spin_unlock(&gic->lock, irqs);
	return 0;
}

void gicv3_handle_irq(void *context)
{
	struct gicv3 *gic = context;
	const uint32_t intid = (uint32_t)(hal_icc_read(HAL_ICC_IAR1_EL1) & FIELD(23, 0));
	struct gicv3_slot slot = {0}, *found;
	bool irqs;

	hal_dsb();
	irqs = spin_lock(&gic->lock);
	found = slot_of(gic, intid);
	if (found)
		slot = *found;
	/* 1020..1023: nothing was acknowledged, so there is nothing to end. */
	if (intid >= GICV3_END_SPI && intid < 1024) {
		gic->spurious++;
	} else if (slot.handler) {
		gic->handled++;
	} else {
		/* The analyzer takes "no slot" for "no gic". NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		gic->unhandled++;
		gic->last_unhandled = intid;
	}
	spin_unlock(&gic->lock, irqs);
	if (intid >= GICV3_END_SPI && intid < 1024)
		return;
	if (slot.handler)
		slot.handler(slot.context, intid);
	hal_icc_write(HAL_ICC_EOIR1_EL1, intid);
	hal_dsb();
}
