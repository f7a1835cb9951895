#include "lib/page_alloc.h"

#include "lib/bits.h"
#include "lib/errors.h"
#include "lib/spinlock.h"

/* A free block keeps its own bookkeeping in its first 16 bytes, ordered by address, neighbours merged. */
enum { BLOCK_NEXT = 0, BLOCK_SIZE = 8 };

static struct {
	struct spinlock lock;
	phys_addr_t base, end;
	phys_addr_t first; /* free block; 0: none */
	uint64_t available;
} pool;

static phys_addr_t next_of(phys_addr_t block)
{
	return block ? hal_mem_read64(block + BLOCK_NEXT) : pool.first;
}

static uint64_t size_of(phys_addr_t block)
{
	return hal_mem_read64(block + BLOCK_SIZE);
}

static void set_next(phys_addr_t block, phys_addr_t next)
{
	if (block)
		hal_mem_write64(block + BLOCK_NEXT, next);
	else
		pool.first = next;
}

static void set_block(phys_addr_t block, phys_addr_t next, uint64_t size)
{
	hal_mem_write64(block + BLOCK_NEXT, next);
	hal_mem_write64(block + BLOCK_SIZE, size);
}

int page_alloc_init(phys_addr_t base, uint64_t size)
{
	phys_addr_t start, end;

	if (base + size < base)
		return ERR_INVALID;
	start = align_up(base ? base : 1, PAGE_ALLOC_UNIT);
	end = (base + size) & ~(uint64_t)(PAGE_ALLOC_UNIT - 1);
	if (start < base || start >= end)
		return ERR_INVALID;
	pool.base = start;
	pool.end = end;
	pool.first = start;
	pool.available = end - start;
	set_block(start, 0, end - start);
	return 0;
}

/* Cuts [addr, addr + bytes) out of the block after `previous`, which contains it. */
static void take(phys_addr_t previous, phys_addr_t block, phys_addr_t addr, uint64_t bytes)
{
	const phys_addr_t next = next_of(block);
	const phys_addr_t block_end = block + size_of(block);
	phys_addr_t after = next;

	if (addr + bytes < block_end) {
		after = addr + bytes;
		set_block(after, next, block_end - after);
	}
	if (addr > block)
		set_block(block, after, addr - block);
	else
		set_next(previous, after);
	pool.available -= bytes;
}

phys_addr_t page_alloc(size_t bytes, size_t align)
{
	const uint64_t need = align_up(bytes, PAGE_ALLOC_UNIT);
	const uint64_t step = align < PAGE_ALLOC_UNIT ? PAGE_ALLOC_UNIT : align;
	phys_addr_t previous = 0, block, addr = 0;
	bool irqs;

	if (need < bytes || !bytes || (align && !is_power_of_two(align)))
		return 0;
	irqs = spin_lock(&pool.lock);
	for (block = pool.first; block; previous = block, block = next_of(block)) {
		const phys_addr_t block_end = block + size_of(block);

		addr = align_up(block, step);
		if (addr >= block && addr < block_end && block_end - addr >= need) {
			take(previous, block, addr, need);
			break;
		}
	}
	spin_unlock(&pool.lock, irqs);
	if (!block)
		return 0;
	hal_mem_fill(addr, 0, need);
	return addr;
}

int page_free(phys_addr_t addr, size_t bytes)
{
	uint64_t size = align_up(bytes, PAGE_ALLOC_UNIT);
	phys_addr_t previous = 0, next;
	int status = 0;
	bool irqs;

	if (!addr)
		return 0;
	if (!bytes || size < bytes || addr % PAGE_ALLOC_UNIT || addr < pool.base || addr >= pool.end ||
	    size > pool.end - addr)
		return ERR_INVALID;
	irqs = spin_lock(&pool.lock);
	for (next = pool.first; next && next < addr; next = next_of(next))
		previous = next;
	if ((next && addr + size > next) || (previous && previous + size_of(previous) > addr)) {
		status = ERR_INVALID;
	} else {
		pool.available += size;
		if (next && addr + size == next) {
			size += size_of(next);
			next = next_of(next);
		}
		if (previous && previous + size_of(previous) == addr) {
			set_block(previous, next, size_of(previous) + size);
		} else {
			set_block(addr, next, size);
			set_next(previous, addr);
		}
	}
	spin_unlock(&pool.lock, irqs);
	return status;
}

uint64_t page_alloc_available(void)
{
	return pool.available;
}
