#ifndef IOVP_A64_TEST_H
#define IOVP_A64_TEST_H

/* What the programs of tests/system/a64 share. Each ends with "PASS" or "FAIL: what (file:line)" on the console. */

#include "boot/boot.h"
#include "drivers/fdt/fdt.h"
#include "hal/a64/cpu.h"
#include "hal/hal.h"

void test_main(uint64_t tree);

void pass(void) __attribute__((noreturn));
void fail(const char *what, const char *file, unsigned line) __attribute__((noreturn));

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail(#condition, __FILE__, __LINE__);                                                          \
	} while (0)

#endif
