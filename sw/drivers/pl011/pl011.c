#include "drivers/pl011/pl011.h"

#include "lib/errors.h"
#include "lib/poll.h"

/* Arm DDI 0183, chapter 3. */
enum {
	UARTDR = 0x00,
	UARTFR = 0x18,
	UARTIBRD = 0x24,
	UARTFBRD = 0x28,
	UARTLCR_H = 0x2c,
	UARTCR = 0x30,
	FR_BUSY = 1 << 3,
	FR_RXFE = 1 << 4,
	FR_TXFF = 1 << 5,
	LCR_H_FEN = 1 << 4,
	LCR_H_WLEN8 = 3 << 5,
	CR_UARTEN = 1 << 0,
	CR_TXE = 1 << 8,
	CR_RXE = 1 << 9,
};

int pl011_init(phys_addr_t uart, uint32_t clock, uint32_t baud)
{
	/* 3.3.6: the divisor in 1/64, rounded. */
	const uint64_t divisor = baud ? ((uint64_t)clock * 4 + baud / 2) / baud : 0;

	if (divisor < 64 || divisor > 0xffff * 64)
		return ERR_RANGE;
	hal_mmio_write32(uart + UARTCR, 0);
	hal_mmio_write32(uart + UARTIBRD, (uint32_t)(divisor / 64));
	hal_mmio_write32(uart + UARTFBRD, (uint32_t)(divisor % 64));
	hal_mmio_write32(uart + UARTLCR_H, LCR_H_WLEN8 | LCR_H_FEN); /* takes the divisor over */
	hal_mmio_write32(uart + UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
	return 0;
}

void pl011_put(phys_addr_t uart, char character)
{
	if (!poll_mmio32(uart + UARTFR, FR_TXFF, 0, POLL_DEFAULT_US))
		hal_mmio_write32(uart + UARTDR, (uint8_t)character);
}

void pl011_print(phys_addr_t uart, const char *text)
{
	for (; *text; text++)
		pl011_put(uart, *text);
}

void pl011_flush(phys_addr_t uart)
{
	(void)poll_mmio32(uart + UARTFR, FR_BUSY, 0, POLL_DEFAULT_US);
}

int pl011_get(phys_addr_t uart)
{
	if (hal_mmio_read32(uart + UARTFR) & FR_RXFE)
		return ERR_NOT_FOUND;
	return (int)(hal_mmio_read32(uart + UARTDR) & 0xff);
}
