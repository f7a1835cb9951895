#ifndef IOVP_BOOT_BOOT_H
#define IOVP_BOOT_BOOT_H

/*
 * What a program for AArch64 is given: it starts on one CPU at EL2, MMU off, with
 *	x0  what its platform hands over, passed on to boot_main()
 *	x1  registers of a PL011 that firmware has enabled; 0: no console
 *	x2  start of RAM
 *	x3  bytes of RAM; 0: x0 is a device tree, which says that and the console
 * It leaves by PSCI's SYSTEM_OFF, also when something happens that it cannot handle.
 */

#include <stdint.h>

/* The program: called on the first CPU, MMU on, interrupts masked. The linker gives it (--defsym). */
void boot_main(uint64_t hand_over);

/* Text to the console. */
void boot_print(const char *text);
void boot_print_hex(uint64_t value);
/* Ends the machine, once the console has said everything. */
void boot_stop(void) __attribute__((noreturn));

#endif
