#ifndef IOVP_NESTED_MSI_VM_TABLES_H
#define IOVP_NESTED_MSI_VM_TABLES_H

#include "drivers/acpi/acpi.h"

/* The virtual machine's firmware tables: RSDP, XSDT, and the host's IORT as it is (the virtual machine sees the same
 * root complex and the same reserved range). Written to host memory at `pa`, which the guest has at `ipa`. Returns the
 * IPA of the RSDP, 0 when `size` bytes do not hold them. */
uint64_t vm_tables_write(const struct acpi *host, phys_addr_t pa, uint64_t ipa, uint64_t size);

#endif
