/* Permission and translation faults at EL1 under a stage 1 of its own: syndrome, address and level of each. EL2 is the
 * witness: everything that EL1 cannot handle comes back as an HVC of its vectors. */
#include "programs/test.h"

enum { PAGE = 0x1000 };
#define DESC_PAGE 3ull
#define AF (1ull << 10)
#define READ_ONLY (1ull << 7)
#define XN (3ull << 53)
#define NORMAL (1ull << 2 | 3ull << 8)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096)));
static uint64_t level3[512] __attribute__((aligned(4096)));
static char pages[4][PAGE] __attribute__((aligned(PAGE)));
/* The addresses of the experiment: a GiB that nothing else has. */
#define WINDOW 0x4000000000ull

extern char el1_vectors[], el1_run[];
__asm__(".text\n"
	".balign 0x800\n"
	"el1_vectors:\n"
	".fill 0x200, 1, 0\n" /* current EL with SP_EL0 */
	"b el1_sync\n"
	".fill 0x5fc, 1, 0\n"
	/* Remembers the syndrome, and goes on behind the instruction: its address is in x9. */
	"el1_sync:\n"
	"mrs x10, esr_el1\n"
	"mrs x11, far_el1\n"
	"msr elr_el1, x9\n"
	"eret\n"
	/* (address, what): 0 load, 1 store, 2 call. Back to EL2 with ESR and FAR in x0 and x1. */
	"el1_run:\n"
	"adr x9, 9f\n"
	"mov x10, #0\n"
	"mov x11, #0\n"
	"cmp x1, #1\n"
	"b.eq 1f\n"
	"b.hi 2f\n"
	"ldr x2, [x0]\n"
	"b 9f\n"
	"1: str x2, [x0]\n"
	"b 9f\n"
	"2: br x0\n"
	"9: mov x0, x10\n"
	"mov x1, x11\n"
	"hvc #1\n");

struct seen {
	uint64_t esr, far;
};

/* Runs el1_run at EL1 and comes back with its two results by an own vector of EL2. */
struct seen at_el1(uint64_t address, uint64_t what);
__asm__(".text\n"
	".global at_el1\n"
	"at_el1:\n"
	"stp x29, x30, [sp, #-16]!\n"
	"mrs x3, vbar_el2\n"
	"stp x3, xzr, [sp, #-16]!\n"
	"adr x3, back_vectors\n"
	"msr vbar_el2, x3\n"
	"adr x3, el1_run\n"
	"msr elr_el2, x3\n"
	"mov x3, #0x3c5\n"
	"msr spsr_el2, x3\n"
	"isb\n"
	"eret\n"
	".balign 0x800\n"
	"back_vectors:\n"
	".fill 0x400, 1, 0\n" /* lower EL, AArch64, synchronous */
	"ldp x3, xzr, [sp], #16\n"
	"msr vbar_el2, x3\n"
	"isb\n"
	"ldp x29, x30, [sp], #16\n"
	"ret\n");

static void map(uint64_t va, uint64_t pa, uint64_t flags)
{
	level1[va >> 30 & 511] = (uint64_t)level2 | 3;
	level2[va >> 21 & 511] = (uint64_t)level3 | 3;
	level3[va >> 12 & 511] = pa | flags | DESC_PAGE;
}

static void check(uint64_t address, uint64_t what, uint64_t class, uint64_t status)
{
	const struct seen s = at_el1(address, what);

	if (!class) {
		CHECK(s.esr == 0);
		return;
	}
	CHECK((s.esr >> 26 & 63) == class);
	CHECK((s.esr & 63) == status);
	CHECK(s.far == address);
	if (class == 0x25)
		CHECK((s.esr >> 6 & 1) == what); /* WnR */
}

void test_main(uint64_t tree)
{
	const uint64_t window = WINDOW;

	(void)tree;
	/* The program itself, in blocks of 1 GiB; the window's GiB has pages. */
	for (uint64_t i = 0; i < 256; i++)
		level1[i] = i << 30 | NORMAL | AF | 1;
	map(window, (uint64_t)pages[0], NORMAL | AF);
	map(window + PAGE, (uint64_t)pages[1], NORMAL | AF | READ_ONLY);
	map(window + 2 * PAGE, (uint64_t)pages[2], NORMAL | AF | XN);
	map(window + 3 * PAGE, (uint64_t)pages[3], NORMAL); /* no access flag */
	*(uint32_t *)pages[0] = 0xd61f0120;		    /* br x9 */
	*(uint32_t *)pages[2] = 0xd61f0120;
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");

	write_sysreg(mair_el1, 0xff04);
	write_sysreg(tcr_el1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1ull << 23 | 4ull << 32);
	write_sysreg(ttbr0_el1, level1);
	write_sysreg(sctlr_el1, 0x30d00800 | 1 << 0 | 1 << 2 | 1 << 12);
	write_sysreg(vbar_el1, el1_vectors);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");

	check(window, 0, 0, 0);
	check(window, 1, 0, 0);
	*(uint32_t *)pages[0] = 0xd61f0120;
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
	check(window, 2, 0, 0);
	check(window + PAGE, 0, 0, 0);
	check(window + PAGE, 1, 0x25, 0x0f); /* permission, level 3 */
	check(window + 2 * PAGE, 0, 0, 0);
	check(window + 2 * PAGE, 2, 0x21, 0x0f); /* instruction abort */
	check(window + 3 * PAGE, 0, 0x25, 0x0b); /* access flag, level 3 */
	check(window + 4 * PAGE, 0, 0x25, 0x07); /* translation, level 3 */
	check(window + (2ull << 20), 1, 0x25, 0x06);
	check(window + (1ull << 30), 0, 0x25, 0x05);
	check(1ull << 39, 0, 0x25, 0x04); /* above T0SZ: level 0 */

	/* A page becomes writable: the old translation lives until TLBI. */
	map(window + PAGE, (uint64_t)pages[1], NORMAL | AF);
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");
	check(window + PAGE, 1, 0, 0);
	pass();
}
