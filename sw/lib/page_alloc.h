#ifndef IOVP_LIB_PAGE_ALLOC_H
#define IOVP_LIB_PAGE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

/* Everything is handed out in multiples of this many bytes, whatever granule the page tables use. */
#define PAGE_ALLOC_UNIT 0x1000u

/* Gives [base, base + size) to the allocator and forgets everything from before. Partial units at the ends are lost.
 * 0, or ERR_INVALID when less than one unit is left or the range wraps. Unit 0 is never handed out. */
int page_alloc_init(phys_addr_t base, uint64_t size);

/* Zeroed physical memory, aligned to `align` (a power of two; less than a unit counts as a unit), the lowest that fits.
 * 0 when there is none, or for a size of 0 or a bad alignment. */
phys_addr_t page_alloc(size_t bytes, size_t align);

/* Gives back exactly what page_alloc(bytes, ...) returned; 0 is allowed and ignored. ERR_INVALID, and nothing done,
 * when it is not aligned, not of this pool, or overlaps free memory. */
int page_free(phys_addr_t addr, size_t bytes);

/* Bytes left, not necessarily in one piece. */
uint64_t page_alloc_available(void);

#endif
