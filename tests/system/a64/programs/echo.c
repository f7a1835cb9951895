/* What comes in by the UART's interrupt goes out again, until a line ends. */
#include "programs/machine.h"

#include "drivers/pl011/pl011.h"

static phys_addr_t uart;
static volatile unsigned finished;

static void on_uart(void *context, uint32_t intid)
{
	int c;

	(void)context;
	(void)intid;
	while ((c = pl011_get(uart)) >= 0) {
		const char text[4] = {'[', (char)c, ']', 0};

		if (c == '\n')
			finished = 1;
		else
			boot_print(text);
	}
}

void test_main(uint64_t tree)
{
	int64_t node;
	uint64_t size;
	uint32_t intid;

	machine_start(tree);
	node = fdt_find(&machine.fdt, "compatible", "arm,pl011", 0);
	CHECK(!fdt_reg(&machine.fdt, node, 0, &uart, &size));
	intid = machine_intid(node, 0);
	CHECK(!gicv3_register_handler(&machine.gic, intid, on_uart, NULL));
	CHECK(!gicv3_spi_enable(&machine.gic, intid, false, 0));
	hal_mmio_write32(uart + 0x38, 1 << 4 | 1 << 6); /* IMSC: receive, receive timeout */
	CHECK(machine_wait(&finished));
	pass();
}
