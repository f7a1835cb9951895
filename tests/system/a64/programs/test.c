#include "programs/test.h"

static void stop(void) __attribute__((noreturn));
static void stop(void)
{
    psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    while (true)
        __asm__ volatile("wfi");
}

void pass(void)
{
    boot_print("PASS\n");
    stop();
}

void fail(const char* what, const char* file, unsigned line)
{
    boot_print("FAIL: ");
    boot_print(what);
    boot_print(" (");
    boot_print(file);
    boot_print(":");
    boot_print_hex(line);
    boot_print(")\n");
    stop();
}
