#include "hal/a64/cpu.h"
#include "hal/a64/guest.h"

/* Arm ARM D24.2.40: exception classes and the fields of a data abort's syndrome. */
enum {
	EC_HVC64 = 0x16,
	EC_DATA_ABORT_LOWER = 0x24,
	EC_DATA_ABORT_SAME = 0x25,
	ISS_WNR = 1 << 6,
};

static unsigned class_of(const struct frame *frame)
{
	return (unsigned)(frame->esr >> 26) & 0x3f;
}

extern const char hal_access_begin[], hal_access_end[];

/* True when the exception was an access of hal.h: remembered as a bus error, and all ones for a load. */
static bool refused_access(struct frame *frame)
{
	const uint64_t at = frame->elr;

	if (at < (uint64_t)hal_access_begin || at >= (uint64_t)hal_access_end)
		return false;
	/* Rt of our own loads and stores is in bits 4:0 of the instruction. */
	if (!(frame->esr & ISS_WNR))
		frame->x[*(const uint32_t *)at & 31] = UINT64_MAX;
	this_cpu()->bus_error = true;
	frame->elr += 4;
	return true;
}

void a64_el2_unexpected(struct frame *frame);
void a64_el2_sync(struct frame *frame);
void a64_el2_irq(struct frame *frame);
void a64_el2_serror(struct frame *frame);
void a64_el2_guest_sync(struct frame *frame);
void a64_el1_sync(struct frame *frame);
void a64_el1_unexpected(struct frame *frame);

void a64_el2_unexpected(struct frame *frame)
{
	a64_fatal(frame, 2, "an exception that nobody expects");
}

void a64_el2_sync(struct frame *frame)
{
	if (class_of(frame) != EC_DATA_ABORT_SAME || !refused_access(frame))
		a64_fatal(frame, 2, "a synchronous exception of the host");
}

void a64_el2_irq(struct frame *frame)
{
	struct cpu *cpu = this_cpu();

	if (!cpu->handler)
		a64_fatal(frame, 2, "an interrupt without a handler");
	cpu->handler(cpu->handler_context);
}

/* A write whose error came back late. */
void a64_el2_serror(struct frame *frame)
{
	(void)frame;
	this_cpu()->bus_error = true;
}

void a64_el2_guest_sync(struct frame *frame)
{
	const unsigned number = (unsigned)frame->esr & 0xffff;

	if (class_of(frame) == EC_HVC64 && number == 0)
		a64_hypercall(frame);
	else if (class_of(frame) == EC_HVC64 && number == 1)
		a64_guest_leave(this_cpu(), frame->x[0]);
	else if (class_of(frame) != EC_DATA_ABORT_LOWER || !refused_access(frame))
		a64_fatal(frame, 1, "the guest did what it may not");
}

void a64_el1_sync(struct frame *frame)
{
	if (class_of(frame) != EC_DATA_ABORT_SAME || !refused_access(frame))
		a64_fatal(frame, 1, "a synchronous exception of the guest");
}

void a64_el1_unexpected(struct frame *frame)
{
	a64_fatal(frame, 1, "an exception that no guest expects");
}
