#ifndef IOVP_DRIVERS_PCIE_MSIX_H
#define IOVP_DRIVERS_PCIE_MSIX_H

/* MSI-X: the vector table in the function's BAR and the capability that switches it (PCI Express Base 6.1.4, 7.7.2). */

#include "drivers/pcie/pcie.h"

/* Finds table and pending bits, masks every vector and the function. After pcie_enumerate().
 * ERR_UNSUPPORTED: no MSI-X; ERR_MALFORMED: the table is not inside an assigned memory BAR. */
int msix_init(struct pcie_function *function);

/* Turns MSI-X on, with the function mask clear, or off. ERR_INVALID before msix_init(). */
int msix_enable(struct pcie_function *function, bool enable);

/* What vector n writes and where. The vector is masked while the entry changes, and left as it was.
 * ERR_RANGE: no such vector; ERR_INVALID: `addr` not aligned to 4, or before msix_init(). */
int msix_write_message(struct pcie_function *function, unsigned vector, uint64_t addr, uint32_t data);
int msix_read_message(const struct pcie_function *function, unsigned vector, uint64_t *addr, uint32_t *data);

/* Masks one vector, or all of them by the function mask. A masked vector's interrupt stays pending. */
int msix_mask(struct pcie_function *function, unsigned vector, bool mask);
int msix_mask_function(struct pcie_function *function, bool mask);

/* 1: masked and waiting, 0: not, or a negative error. */
int msix_pending(const struct pcie_function *function, unsigned vector);

#endif
