#include "programs/test.h"

void pass(void)
{
	boot_print("PASS\n");
	boot_stop();
}

void fail(const char *what, const char *file, unsigned line)
{
	boot_print("FAIL: ");
	boot_print(what);
	boot_print(" (");
	boot_print(file);
	boot_print(":");
	boot_print_hex(line);
	boot_print(")\n");
	boot_stop();
}
