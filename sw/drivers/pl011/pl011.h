#ifndef IOVP_PL011_H
#define IOVP_PL011_H

#include "hal/hal.h"

/* Arm PrimeCell UART PL011, polled. The registers' address is `uart`. */

/* 8N1 with FIFOs at about `baud`, from a UARTCLK of `clock` Hz. 0, or ERR_RANGE. */
int pl011_init(phys_addr_t uart, uint32_t clock, uint32_t baud);
/* Waits for room, but not for ever: a character that finds none for POLL_DEFAULT_US is lost. */
void pl011_put(phys_addr_t uart, char character);
void pl011_print(phys_addr_t uart, const char *text);
/* Waits, not for ever, until the last character has left. */
void pl011_flush(phys_addr_t uart);
/* The next character, or ERR_NOT_FOUND while there is none. */
int pl011_get(phys_addr_t uart);

#endif
