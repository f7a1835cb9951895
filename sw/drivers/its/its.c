#include "drivers/its/its.h"

#include "drivers/its/its_internal.h"
#include "drivers/its/its_regs.h"
#include "lib/errors.h"
#include "lib/page_alloc.h"
#include "lib/poll.h"

/* Our own note of an event, in memory beside the ITT: the ITT's format is the ITS's business. */
#define EVENT_MAPPED FIELD(63, 63)
#define EVENT_CPU FIELD(47, 32)
#define EVENT_INTID FIELD(31, 0)

/* An ITT of 65536 events is more than any MSI-X function can use. */
enum { ITT_ALIGN = 256, MAX_EVENT_BITS = 16 };

#define ISSUE(its, ...)                                                                                                \
	its_issue(its, (const struct its_command[]){__VA_ARGS__},                                                      \
		  sizeof((const struct its_command[]){__VA_ARGS__}) / sizeof(struct its_command))

static struct its_command sync_of(const struct its *its, unsigned cpu)
{
	return its_sync(its_rdbase(its, cpu));
}

static int map_collection(struct its *its, unsigned cpu)
{
	int status;

	if (its->mapped[cpu])
		return 0;
	if (cpu >= its->collections)
		return ERR_RANGE;
	/* INVALL: nothing that the redistributor may have read of LPI configuration earlier counts any more. */
	status = ISSUE(its, its_mapc((uint16_t)cpu, its_rdbase(its, cpu), true), sync_of(its, cpu),
		       its_invall((uint16_t)cpu), sync_of(its, cpu));
	if (!status)
		its->mapped[cpu] = true;
	return status;
}

static int quiesce(const struct its *its)
{
	const uint32_t ctlr = hal_mmio_read32(its->base + GITS_CTLR);

	hal_mmio_write32(its->base + GITS_CTLR, ctlr & ~GITS_CTLR_ENABLED);
	return poll_mmio32(its->base + GITS_CTLR, GITS_CTLR_QUIESCENT, GITS_CTLR_QUIESCENT, POLL_DEFAULT_US);
}

static void read_typer(struct its *its, uint64_t typer)
{
	its->itt_entry_size = (unsigned)field_get(GITS_TYPER_ITT_ENTRY_SIZE, typer) + 1;
	its->event_bits = (unsigned)field_get(GITS_TYPER_ID_BITS, typer) + 1;
	if (its->event_bits > MAX_EVENT_BITS)
		its->event_bits = MAX_EVENT_BITS;
	its->device_bits = (unsigned)field_get(GITS_TYPER_DEVBITS, typer) + 1;
	its->pta = typer & GITS_TYPER_PTA;
	its->collections = (uint32_t)field_get(GITS_TYPER_HCC, typer); /* those that need no table */
}

/* The width of an ICID bounds them as well: 16 bits, or what CIDbits says. */
static void limit_collections(struct its *its, uint64_t typer)
{
	const unsigned bits = typer & GITS_TYPER_CIL ? (unsigned)field_get(GITS_TYPER_CIDBITS, typer) + 1 : 16;

	if (its->collections > 1u << bits)
		its->collections = 1u << bits;
}

int its_init(struct its *its, struct gicv3 *gic, phys_addr_t base)
{
	unsigned cpus = 0;
	uint64_t typer;
	bool irqs;
	int status;

	*its = (struct its){.gic = gic, .base = base, .shareable = true};
	for (unsigned cpu = 0; cpu < gic->cpu_count; cpu++)
		cpus += gic->cpus[cpu].ready;
	if (!base || !gic->has_lpis || !cpus)
		return ERR_INVALID;
	typer = hal_mmio_read64(base + GITS_TYPER);
	if (!(typer & GITS_TYPER_PHYSICAL))
		return ERR_UNSUPPORTED;
	read_typer(its, typer);
	status = quiesce(its);
	if (!status)
		status = its_tables_init(its);
	if (!status)
		status = its_queue_init(its);
	if (status)
		return status;
	limit_collections(its, typer);
	hal_mmio_write32(base + GITS_CTLR, hal_mmio_read32(base + GITS_CTLR) | GITS_CTLR_ENABLED);
	irqs = spin_lock(&its->lock);
	for (unsigned cpu = 0; cpu < gic->cpu_count && !status; cpu++)
		if (gic->cpus[cpu].ready)
			status = map_collection(its, cpu);
	spin_unlock(&its->lock, irqs);
	return status;
}

int its_cpu_init(struct its *its, unsigned cpu)
{
	bool irqs;
	int status;

	if (cpu >= its->gic->cpu_count)
		return ERR_RANGE;
	if (!its->gic->cpus[cpu].ready)
		return ERR_INVALID;
	irqs = spin_lock(&its->lock);
	status = map_collection(its, cpu);
	spin_unlock(&its->lock, irqs);
	return status;
}

phys_addr_t its_doorbell(const struct its *its)
{
	return its->base + GITS_TRANSLATER;
}

static struct its_device *find_device(struct its *its, uint32_t device_id)
{
	for (unsigned i = 0; i < ITS_MAX_DEVICES; i++)
		if (its->devices[i].event_bits && its->devices[i].device_id == device_id)
			return &its->devices[i];
	return NULL;
}

static struct its_device *free_slot(struct its *its)
{
	for (unsigned i = 0; i < ITS_MAX_DEVICES; i++)
		if (!its->devices[i].event_bits)
			return &its->devices[i];
	return NULL;
}

static size_t itt_size(const struct its *its, unsigned event_bits)
{
	return align_up((UINT64_C(1) << event_bits) * its->itt_entry_size, ITT_ALIGN);
}

static size_t notes_size(unsigned event_bits)
{
	return UINT64_C(8) << event_bits;
}

static void free_tables(const struct its *its, const struct its_device *device)
{
	(void)page_free(device->itt, itt_size(its, device->event_bits));
	(void)page_free(device->events, notes_size(device->event_bits));
}

static int map_device(struct its *its, uint32_t device_id, unsigned event_bits)
{
	struct its_device *slot = free_slot(its);
	struct its_device device = {.device_id = device_id, .event_bits = event_bits};
	int status;

	if (find_device(its, device_id))
		return ERR_BUSY;
	status = its_tables_cover(its, device_id);
	if (status)
		return status;
	if (!slot)
		return ERR_NO_MEMORY;
	device.itt = page_alloc(itt_size(its, event_bits), ITT_ALIGN);
	device.events = page_alloc(notes_size(event_bits), PAGE_ALLOC_UNIT);
	status =
	    device.itt && device.events ? ISSUE(its, its_mapd(device_id, event_bits, device.itt, true)) : ERR_NO_MEMORY;
	/* After a time-out the command may still be executed: the ITS keeps the memory then. */
	if (status && status != ERR_TIMEOUT)
		free_tables(its, &device);
	if (!status)
		*slot = device;
	return status;
}

int its_map_device(struct its *its, uint32_t device_id, uint32_t events)
{
	const unsigned event_bits = log2_ceil(events) ? log2_ceil(events) : 1;
	bool irqs;
	int status;

	if (!events)
		return ERR_INVALID;
	if (event_bits > its->event_bits)
		return ERR_RANGE;
	irqs = spin_lock(&its->lock);
	status = map_device(its, device_id, event_bits);
	spin_unlock(&its->lock, irqs);
	return status;
}

static phys_addr_t note_of(const struct its_device *device, uint32_t event_id)
{
	return device->events + 8u * (uint64_t)event_id;
}

/* The event's note; 0 when it is not mapped. */
static int look_up(struct its *its, uint32_t device_id, uint32_t event_id, struct its_device **device, uint64_t *note)
{
	*device = find_device(its, device_id);
	if (!*device)
		return ERR_NOT_FOUND;
	if (event_id >> (*device)->event_bits)
		return ERR_RANGE;
	*note = hal_mem_read64(note_of(*device, event_id));
	return 0;
}

static unsigned cpu_of(uint64_t note)
{
	return (unsigned)field_get(EVENT_CPU, note);
}

static int check_target(const struct its *its, unsigned cpu)
{
	if (cpu >= its->gic->cpu_count)
		return ERR_RANGE;
	return its->mapped[cpu] ? 0 : ERR_INVALID;
}

static int map_event(struct its *its, uint32_t device_id, uint32_t event_id, uint32_t intid, unsigned cpu)
{
	struct its_device *device;
	uint64_t note;
	int status = look_up(its, device_id, event_id, &device, &note);

	if (!status)
		status = check_target(its, cpu);
	if (status)
		return status;
	if (note & EVENT_MAPPED)
		return ERR_BUSY;
	status = ISSUE(its, its_mapti(device_id, event_id, intid, (uint16_t)cpu), its_inv(device_id, event_id),
		       sync_of(its, cpu));
	if (!status)
		hal_mem_write64(note_of(device, event_id),
				EVENT_MAPPED | field_put(EVENT_CPU, cpu) | field_put(EVENT_INTID, intid));
	return status;
}

int its_map_event(struct its *its, uint32_t device_id, uint32_t event_id, uint32_t intid, unsigned cpu)
{
	bool irqs;
	int status;

	if (intid < GICV3_FIRST_LPI || intid >= its->gic->lpi_end)
		return ERR_RANGE;
	irqs = spin_lock(&its->lock);
	status = map_event(its, device_id, event_id, intid, cpu);
	spin_unlock(&its->lock, irqs);
	return status;
}

static int move_event(struct its *its, uint32_t device_id, uint32_t event_id, unsigned cpu)
{
	struct its_device *device;
	uint64_t note;
	int status = look_up(its, device_id, event_id, &device, &note);

	if (!status && !(note & EVENT_MAPPED))
		status = ERR_NOT_FOUND;
	if (!status)
		status = check_target(its, cpu);
	if (status || cpu_of(note) == cpu)
		return status;
	/* Both ends: nothing arrives at the old CPU any more, and the pending state is at the new one. */
	status =
	    ISSUE(its, its_movi(device_id, event_id, (uint16_t)cpu), sync_of(its, cpu_of(note)), sync_of(its, cpu));
	if (!status)
		hal_mem_write64(note_of(device, event_id), (note & ~EVENT_CPU) | field_put(EVENT_CPU, cpu));
	return status;
}

int its_move_event(struct its *its, uint32_t device_id, uint32_t event_id, unsigned cpu)
{
	const bool irqs = spin_lock(&its->lock);
	const int status = move_event(its, device_id, event_id, cpu);

	spin_unlock(&its->lock, irqs);
	return status;
}

/* One command on a mapped event, and a SYNC with its CPU. */
static int on_event(struct its *its, uint32_t device_id, uint32_t event_id,
		    struct its_command (*make)(uint32_t device_id, uint32_t event_id), bool unmap)
{
	const bool irqs = spin_lock(&its->lock);
	struct its_device *device;
	uint64_t note;
	int status = look_up(its, device_id, event_id, &device, &note);

	if (!status && !(note & EVENT_MAPPED))
		status = ERR_NOT_FOUND;
	if (!status)
		status = ISSUE(its, make(device_id, event_id), sync_of(its, cpu_of(note)));
	if (!status && unmap)
		hal_mem_write64(note_of(device, event_id), 0);
	spin_unlock(&its->lock, irqs);
	return status;
}

int its_invalidate_event(struct its *its, uint32_t device_id, uint32_t event_id)
{
	return on_event(its, device_id, event_id, its_inv, false);
}

int its_unmap_event(struct its *its, uint32_t device_id, uint32_t event_id)
{
	return on_event(its, device_id, event_id, its_discard, true);
}

int its_set_pending(struct its *its, uint32_t device_id, uint32_t event_id, bool pending)
{
	return on_event(its, device_id, event_id, pending ? its_int : its_clear, false);
}

static int unmap_device(struct its *its, uint32_t device_id)
{
	struct its_device *device = find_device(its, device_id);
	int status;

	if (!device)
		return ERR_NOT_FOUND;
	for (uint32_t event = 0; event < 1u << device->event_bits; event++) {
		const uint64_t note = hal_mem_read64(note_of(device, event));

		if (!(note & EVENT_MAPPED))
			continue;
		status = ISSUE(its, its_discard(device_id, event), sync_of(its, cpu_of(note)));
		if (status)
			return status;
		hal_mem_write64(note_of(device, event), 0);
	}
	status = ISSUE(its, its_mapd(device_id, device->event_bits, 0, false));
	if (status)
		return status;
	free_tables(its, device);
	*device = (struct its_device){0};
	return 0;
}

int its_unmap_device(struct its *its, uint32_t device_id)
{
	const bool irqs = spin_lock(&its->lock);
	const int status = unmap_device(its, device_id);

	spin_unlock(&its->lock, irqs);
	return status;
}
