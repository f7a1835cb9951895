#ifndef IOVP_LIB_BITS_H
#define IOVP_LIB_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Bits hi..lo set, the way the specifications write a field. */
#define FIELD(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

static inline uint64_t field_put(uint64_t mask, uint64_t value)
{
	return (value * (mask & (~mask + 1))) & mask;
}

static inline uint64_t field_get(uint64_t mask, uint64_t from)
{
	return (from & mask) / (mask & (~mask + 1));
}

static inline bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/* `align` is a power of two; wraps to a small number when there is no such multiple. */
static inline uint64_t align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* Smallest n with 2^n >= value; 0 for 0 and 1. */
static inline unsigned log2_ceil(uint64_t value)
{
	unsigned n = 0;

	while (n < 63 && (UINT64_C(1) << n) < value)
		n++;
	return n;
}

#endif
