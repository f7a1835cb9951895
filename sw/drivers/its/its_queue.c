#include "drivers/its/its_internal.h"
#include "drivers/its/its_regs.h"
#include "lib/errors.h"
#include "lib/page_alloc.h"
#include "lib/poll.h"

int its_queue_init(struct its *its)
{
	its->queue = page_alloc(ITS_QUEUE_SIZE, 0x10000); /* GITS_CBASER: address bits 15:12 are RES0 */
	if (!its->queue)
		return ERR_NO_MEMORY;
	its->write = 0;
	(void)its_write_base(its, its->base + GITS_CBASER,
			     GITS_BASER_VALID | (its->queue & GITS_CBASER_ADDRESS) |
				 field_put(GITS_BASER_SIZE, ITS_QUEUE_SIZE / 0x1000 - 1));
	/* Writing CBASER cleared CREADR. */
	hal_mmio_write64(its->base + GITS_CWRITER, 0);
	return 0;
}

static void publish(const struct its *its, uint64_t retry)
{
	hal_dsb(); /* the commands before the pointer */
	hal_mmio_write64(its->base + GITS_CWRITER, its->write | retry);
}

/* The command at CREADR was refused and the queue stands. A SYNC is harmless in its place; then on with the rest, so
 * that one bad command does not end all interrupts. */
static void skip_refused(struct its *its, uint32_t read)
{
	const phys_addr_t at = its->queue + read;
	struct its_command sync = its_sync(0);

	for (unsigned cpu = 0; cpu < its->gic->cpu_count; cpu++)
		if (its->gic->cpus[cpu].ready) {
			sync = its_sync(its_rdbase(its, cpu));
			break;
		}
	for (unsigned i = 0; i < 4; i++) {
		its->refused.dw[i] = hal_mem_read64(at + 8 * i);
		hal_mem_write64(at + 8 * i, sync.dw[i]);
	}
	its->command_errors++;
	publish(its, GITS_CWRITER_RETRY);
}

/* Waits until the ITS has read up to our pointer (`room` false), or until there is room for one more command. */
static int wait_queue(struct its *its, bool room)
{
	const uint32_t next = (its->write + ITS_COMMAND_SIZE) % ITS_QUEUE_SIZE;
	const struct poll poll = poll_start(POLL_DEFAULT_US);
	uint32_t skipped = ITS_QUEUE_SIZE; /* nowhere */
	int status = 0;

	for (;;) {
		const bool expired = poll_expired(&poll);
		const uint64_t creadr = hal_mmio_read64(its->base + GITS_CREADR);
		const uint32_t read = (uint32_t)(creadr & GITS_QUEUE_OFFSET);

		if (read >= ITS_QUEUE_SIZE)
			return ERR_BUS; /* no such place: the frame does not answer as an ITS */
		if (room ? read != next : read == its->write)
			return status;
		if (expired)
			return status ? status : ERR_TIMEOUT;
		if ((creadr & GITS_CREADR_STALLED) && read != skipped) {
			status = ERR_COMMAND;
			skip_refused(its, read);
			skipped = read;
		}
	}
}

static bool full(const struct its *its)
{
	const uint32_t read = (uint32_t)(hal_mmio_read64(its->base + GITS_CREADR) & GITS_QUEUE_OFFSET);

	return (its->write + ITS_COMMAND_SIZE) % ITS_QUEUE_SIZE == read;
}

int its_issue(struct its *its, const struct its_command *commands, unsigned count)
{
	int refused = 0, status;

	for (unsigned i = 0; i < count; i++) {
		if (full(its)) {
			publish(its, 0);
			status = wait_queue(its, true);
			if (status == ERR_COMMAND)
				refused = status;
			else if (status)
				return status;
		}
		for (unsigned j = 0; j < 4; j++)
			hal_mem_write64(its->queue + its->write + 8 * j, commands[i].dw[j]);
		its->write = (its->write + ITS_COMMAND_SIZE) % ITS_QUEUE_SIZE;
	}
	publish(its, 0);
	status = wait_queue(its, false);
	return status ? status : refused;
}

uint64_t its_rdbase(const struct its *its, unsigned cpu)
{
	const struct gicv3_cpu *target = &its->gic->cpus[cpu];

	return its->pta ? target->rd_base : (uint64_t)target->processor << 16;
}
