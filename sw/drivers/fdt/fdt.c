#include "drivers/fdt/fdt.h"

#include "lib/errors.h"

/* 5.2, 5.4. */
enum {
	TOTAL_SIZE = 4,
	OFF_STRUCT = 8,
	OFF_STRINGS = 12,
	SIZE_STRUCT = 36,
	BEGIN_NODE = 1,
	END_NODE = 2,
	PROP = 3,
	NOP = 4,
};

/* Big-endian, by bytes: before the MMU is on, nothing may be misaligned. */
static uint32_t cell(phys_addr_t at)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++)
		value = value << 8 | hal_mem_read8(at + i);
	return value;
}

static uint64_t align4(uint64_t value)
{
	return (value + 3) & ~3ull;
}

int fdt_init(struct fdt *fdt, phys_addr_t base)
{
	if (!base || cell(base) != FDT_MAGIC)
		return ERR_NOT_FOUND;
	*fdt = (struct fdt){.base = base, .structure = cell(base + OFF_STRUCT), .strings = cell(base + OFF_STRINGS)};
	fdt->end = fdt->structure + cell(base + SIZE_STRUCT);
	return fdt->end <= cell(base + TOTAL_SIZE) && fdt->strings <= cell(base + TOTAL_SIZE) ? 0 : ERR_MALFORMED;
}

static bool same(phys_addr_t at, const char *text, uint64_t *length)
{
	uint64_t i = 0;
	bool equal = true;

	for (uint8_t c = 1; c; i++) {
		c = hal_mem_read8(at + i);
		equal = equal && (uint8_t)*text == c;
		if (equal && c)
			text++;
	}
	*length = i;
	return equal;
}

static bool list_has(phys_addr_t list, uint64_t size, const char *text)
{
	for (uint64_t at = 0; at < size;) {
		uint64_t length;

		if (same(list + at, text, &length))
			return true;
		at += length;
	}
	return false;
}

struct token {
	uint32_t kind;
	uint64_t next; /* offset of the token behind this */
	/* PROP */
	phys_addr_t name, value;
	uint32_t size;
};

/* False at the end. */
static bool read_token(const struct fdt *fdt, uint64_t offset, struct token *token)
{
	const phys_addr_t at = fdt->base + offset;
	uint64_t length;

	if (offset + 4 > fdt->end)
		return false;
	*token = (struct token){.kind = cell(at), .next = offset + 4};
	switch (token->kind) {
	case BEGIN_NODE:
		(void)same(at + 4, "", &length);
		token->next = align4(offset + 4 + length);
		return true;
	case PROP:
		token->size = cell(at + 4);
		token->name = fdt->base + fdt->strings + cell(at + 8);
		token->value = at + 12;
		token->next = align4(offset + 12 + token->size);
		return token->next <= fdt->end;
	case END_NODE:
	case NOP:
		return true;
	default:
		return false;
	}
}

int64_t fdt_property(const struct fdt *fdt, int64_t node, const char *name, phys_addr_t *at)
{
	struct token token;
	uint64_t length;

	if (node <= 0 || !read_token(fdt, (uint64_t)node, &token) || token.kind != BEGIN_NODE)
		return ERR_NOT_FOUND;
	/* A node's properties stand before its children. */
	while (read_token(fdt, token.next, &token) && (token.kind == PROP || token.kind == NOP)) {
		if (token.kind == NOP || !same(token.name, name, &length))
			continue;
		*at = token.value;
		return token.size;
	}
	return ERR_NOT_FOUND;
}

int64_t fdt_find(const struct fdt *fdt, const char *property, const char *value, unsigned index)
{
	struct token token;

	for (uint64_t offset = fdt->structure; read_token(fdt, offset, &token); offset = token.next) {
		phys_addr_t list;
		int64_t size;

		if (token.kind != BEGIN_NODE)
			continue;
		size = fdt_property(fdt, (int64_t)offset, property, &list);
		if (size > 0 && list_has(list, (uint64_t)size, value) && index-- == 0)
			return (int64_t)offset;
	}
	return ERR_NOT_FOUND;
}

int fdt_cell(const struct fdt *fdt, int64_t node, const char *name, unsigned index, uint32_t *value)
{
	phys_addr_t at = 0;

	if (fdt_property(fdt, node, name, &at) < 4 * ((int64_t)index + 1))
		return ERR_NOT_FOUND;
	*value = cell(at + 4ull * index);
	return 0;
}

int fdt_reg(const struct fdt *fdt, int64_t node, unsigned index, uint64_t *base, uint64_t *size)
{
	uint32_t cells[4];

	for (unsigned i = 0; i < 4; i++)
		if (fdt_cell(fdt, node, "reg", 4 * index + i, &cells[i]))
			return ERR_NOT_FOUND;
	*base = (uint64_t)cells[0] << 32 | cells[1];
	*size = (uint64_t)cells[2] << 32 | cells[3];
	return 0;
}
