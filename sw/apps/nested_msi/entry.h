#ifndef IOVP_NESTED_MSI_ENTRY_H
#define IOVP_NESTED_MSI_ENTRY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The application's entry on CPU 0, interrupts masked. `boot_info`: physical address of struct boot_info. */
void nested_msi_main(uint64_t boot_info);

#ifdef __cplusplus
}
#endif

#endif
