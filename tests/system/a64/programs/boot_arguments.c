/* The boot protocol: x0 is the device tree, x1..x3 are zero; initrd and command line are in /chosen. */
#include "programs/machine.h"

static void print_property(const struct fdt *fdt, const char *name)
{
	phys_addr_t at;
	int64_t chosen = fdt_find(fdt, "stdout-path", "/serial@1c090000", 0), size;

	size = fdt_property(fdt, chosen, name, &at);
	CHECK(size > 0);
	for (int64_t i = 0; i + 1 < size; i++) {
		const char text[2] = {(char)hal_mem_read8(at + (uint64_t)i), 0};

		boot_print(text);
	}
	boot_print("\n");
}

void test_main(uint64_t tree)
{
	struct fdt fdt;
	uint32_t start[2], end[2];
	int64_t chosen;

	CHECK(!fdt_init(&fdt, tree));
	print_property(&fdt, "bootargs");
	chosen = fdt_find(&fdt, "stdout-path", "/serial@1c090000", 0);
	for (unsigned i = 0; i < 2; i++) {
		CHECK(!fdt_cell(&fdt, chosen, "linux,initrd-start", i, &start[i]));
		CHECK(!fdt_cell(&fdt, chosen, "linux,initrd-end", i, &end[i]));
	}
	for (uint64_t at = (uint64_t)start[0] << 32 | start[1]; at < ((uint64_t)end[0] << 32 | end[1]); at++) {
		const char text[2] = {(char)hal_mem_read8(at), 0};

		boot_print(text);
	}
	boot_print("\n");
	pass();
}
