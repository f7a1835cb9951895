#include "drivers/acpi/iort.h"

#include "lib/errors.h"

enum {
	IORT_NODE_COUNT = 36,
	IORT_NODE_OFFSET = 40,
	IORT_SIZE = 48,
};

enum node_type {
	NODE_ITS_GROUP = 0,
	NODE_ROOT_COMPLEX = 2,
	NODE_SMMU_V3 = 4,
	NODE_PMCG = 5,
	NODE_RMR = 6,
};

/* Offsets from the node's start. */
enum {
	NODE_TYPE = 0,
	NODE_LENGTH = 1,
	NODE_REVISION = 3,
	NODE_MAPPING_COUNT = 8,
	NODE_MAPPING_OFFSET = 12,
	NODE_SIZE = 16,

	ITS_COUNT = 16,
	ITS_IDS = 20,

	RC_SEGMENT = 28,

	SMMU_BASE = 16,
	SMMU_FLAGS = 24,
	SMMU_MODEL = 40,
	SMMU_EVENT = 44,
	SMMU_PRI = 48,
	SMMU_GERROR = 52,
	SMMU_SYNC = 56,
	SMMU_DEVICE_ID_INDEX = 64,

	PMCG_PAGE0 = 16,
	PMCG_GSIV = 24,
	PMCG_REFERENCE = 28,
	PMCG_PAGE1 = 32, /* from node revision 1 on */

	RMR_FLAGS = 16,
	RMR_COUNT = 20,
	RMR_OFFSET = 24,
	RMR_RANGE_BASE = 0,
	RMR_RANGE_LENGTH = 8,
	RMR_RANGE_SIZE = 20,
};

enum {
	MAP_INPUT = 0,
	MAP_COUNT = 4, /* number of IDs, minus one */
	MAP_OUTPUT = 8,
	MAP_REFERENCE = 12,
	MAP_FLAGS = 16,
	MAP_SIZE = 20,
	MAP_SINGLE = 1 << 0,
};

struct node {
	uint32_t offset;
	uint32_t length;
	uint8_t type;
	uint8_t revision;
	uint32_t mappings;	 /* count */
	uint32_t mapping_offset; /* from the table's start */
};

struct mapping {
	uint32_t input, last, output, reference;
	bool single;
};

static uint32_t read32(const struct acpi_table *iort, uint64_t offset)
{
	uint64_t value;

	(void)acpi_read(iort, offset, 4, &value);
	return (uint32_t)value;
}

static uint64_t read64(const struct acpi_table *iort, uint64_t offset)
{
	uint64_t value;

	(void)acpi_read(iort, offset, 8, &value);
	return value;
}

/* A node is usable when it and its mapping array lie inside the table; then its fields need no further check. */
static int open_node(const struct acpi_table *iort, uint32_t offset, struct node *node)
{
	static const struct {
		uint8_t type;
		uint8_t min;
	} sizes[] = {
	    {NODE_ITS_GROUP, 20}, {NODE_ROOT_COMPLEX, 32}, {NODE_SMMU_V3, 60}, {NODE_PMCG, 32}, {NODE_RMR, 28}};
	uint64_t type, length, revision;

	if (offset < IORT_SIZE || acpi_read(iort, offset + NODE_TYPE, 1, &type) ||
	    acpi_read(iort, offset + NODE_LENGTH, 2, &length) || acpi_read(iort, offset + NODE_REVISION, 1, &revision))
		return ERR_MALFORMED;
	if (length < NODE_SIZE || length > iort->length - offset)
		return ERR_MALFORMED;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].type == type && length < sizes[i].min)
			return ERR_MALFORMED;
	node->offset = offset;
	node->type = (uint8_t)type;
	node->length = (uint32_t)length;
	node->revision = (uint8_t)revision;
	node->mappings = read32(iort, offset + NODE_MAPPING_COUNT);
	node->mapping_offset = offset;
	if (node->mappings) {
		const uint32_t from_node = read32(iort, offset + NODE_MAPPING_OFFSET);

		if (from_node < NODE_SIZE || from_node > node->length ||
		    node->mappings > (node->length - from_node) / MAP_SIZE)
			return ERR_MALFORMED;
		node->mapping_offset = offset + from_node;
	}
	return 0;
}

struct walk {
	const struct acpi_table *iort;
	uint32_t next, left;
};

static int walk_start(const struct acpi *acpi, struct walk *walk)
{
	const struct acpi_table *iort = &acpi->iort;

	if (!iort->address)
		return ERR_NOT_FOUND;
	if (iort->length < IORT_SIZE)
		return ERR_MALFORMED;
	walk->iort = iort;
	walk->left = read32(iort, IORT_NODE_COUNT);
	walk->next = read32(iort, IORT_NODE_OFFSET);
	return 0;
}

/* The next node of that type: 0, ERR_NOT_FOUND after the last, ERR_MALFORMED. */
static int walk_next(struct walk *walk, enum node_type type, struct node *node)
{
	while (walk->left) {
		const int status = open_node(walk->iort, walk->next, node);

		if (status)
			return status;
		walk->left--;
		walk->next += node->length;
		if (node->type == type)
			return 0;
	}
	return ERR_NOT_FOUND;
}

static struct mapping read_mapping(const struct acpi_table *iort, const struct node *node, uint32_t index)
{
	const uint64_t at = node->mapping_offset + (uint64_t)index * MAP_SIZE;
	struct mapping map = {
	    .input = read32(iort, at + MAP_INPUT),
	    .output = read32(iort, at + MAP_OUTPUT),
	    .reference = read32(iort, at + MAP_REFERENCE),
	    .single = read32(iort, at + MAP_FLAGS) & MAP_SINGLE,
	};
	const uint32_t count = read32(iort, at + MAP_COUNT);

	map.last = map.input + count < map.input ? UINT32_MAX : map.input + count;
	return map;
}

/* The mapping that the SMMU's own MSIs use, or -1. Up to node revision 4 the index counts unless every interrupt is
 * wired; from revision 5 a flag says so; revision 0 has none. */
static int64_t msi_mapping_index(const struct acpi_table *iort, const struct node *node)
{
	const uint32_t at = node->offset;
	uint32_t index;
	bool valid;

	if (node->type != NODE_SMMU_V3 || node->revision < 1 || node->length < SMMU_DEVICE_ID_INDEX + 4)
		return -1;
	if (node->revision < 5)
		valid = !(read32(iort, at + SMMU_EVENT) && read32(iort, at + SMMU_PRI) &&
			  read32(iort, at + SMMU_GERROR) && read32(iort, at + SMMU_SYNC));
	else
		valid = read32(iort, at + SMMU_FLAGS) & IORT_SMMU_DEVICE_ID_VALID;
	index = read32(iort, at + SMMU_DEVICE_ID_INDEX);
	return valid && index < node->mappings ? (int64_t)index : -1;
}

/* One step towards the ITS: the ID that `node` gives to `id`, and the node it goes to. */
static int map_id(const struct acpi_table *iort, const struct node *node, uint32_t id, uint32_t *out, struct node *to)
{
	const int64_t skip = msi_mapping_index(iort, node);

	for (uint32_t i = 0; i < node->mappings; i++) {
		const struct mapping map = read_mapping(iort, node, i);

		if (i == skip)
			continue;
		if (map.single) {
			/* One output for everything; DEN0049 allows it for named components and root complexes only. */
			if (node->type != NODE_ROOT_COMPLEX)
				continue;
			*out = map.output;
		} else {
			if (id < map.input || id > map.last)
				continue;
			*out = map.output + (id - map.input);
		}
		return open_node(iort, map.reference, to);
	}
	return ERR_NOT_FOUND;
}

static int first_its(const struct acpi_table *iort, const struct node *group, uint32_t *its_id)
{
	const uint32_t count = read32(iort, group->offset + ITS_COUNT);

	if (!count || group->length < ITS_IDS + 4 || count > (group->length - ITS_IDS) / 4)
		return ERR_MALFORMED;
	*its_id = read32(iort, group->offset + ITS_IDS);
	return 0;
}

static int read_smmu_msi(const struct acpi_table *iort, const struct node *node, struct iort_smmu *smmu)
{
	const int64_t index = msi_mapping_index(iort, node);
	struct mapping map;
	struct node group;
	int status;

	if (index < 0)
		return 0;
	map = read_mapping(iort, node, (uint32_t)index);
	status = open_node(iort, map.reference, &group);
	if (status)
		return status;
	/* Anything else than a single mapping to an ITS group gives no DeviceID. */
	if (!map.single || group.type != NODE_ITS_GROUP)
		return 0;
	status = first_its(iort, &group, &smmu->msi_its_id);
	if (status)
		return status;
	smmu->msi_device_id = map.output;
	smmu->msi_valid = true;
	return 0;
}

int iort_smmu(const struct acpi *acpi, unsigned index, struct iort_smmu *smmu)
{
	struct node node;
	struct walk walk;
	int status = walk_start(acpi, &walk);

	*smmu = (struct iort_smmu){0};
	if (status)
		return status;
	do {
		status = walk_next(&walk, NODE_SMMU_V3, &node);
		if (status)
			return status;
	} while (index--);
	smmu->node = node.offset;
	smmu->base = read64(walk.iort, node.offset + SMMU_BASE);
	smmu->flags = read32(walk.iort, node.offset + SMMU_FLAGS);
	smmu->model = read32(walk.iort, node.offset + SMMU_MODEL);
	smmu->event_gsiv = read32(walk.iort, node.offset + SMMU_EVENT);
	smmu->pri_gsiv = read32(walk.iort, node.offset + SMMU_PRI);
	smmu->gerror_gsiv = read32(walk.iort, node.offset + SMMU_GERROR);
	smmu->sync_gsiv = read32(walk.iort, node.offset + SMMU_SYNC);
	return read_smmu_msi(walk.iort, &node, smmu);
}

static int smmu_index_of(const struct acpi *acpi, uint32_t offset, unsigned *index)
{
	struct node node;
	struct walk walk;
	int status = walk_start(acpi, &walk);

	for (*index = 0; !status; (*index)++) {
		status = walk_next(&walk, NODE_SMMU_V3, &node);
		if (!status && node.offset == offset)
			return 0;
	}
	return ERR_MALFORMED; /* a reference to something between the nodes */
}

/* The one mapping that a group with MSIs has: a single one, to an ITS group. */
static int read_pmcg_msi(const struct acpi_table *iort, const struct node *node, struct iort_pmcg *pmcg)
{
	struct mapping map;
	struct node group;
	int status;

	if (!node->mappings)
		return 0;
	map = read_mapping(iort, node, 0);
	status = open_node(iort, map.reference, &group);
	if (status)
		return status;
	if (!map.single || group.type != NODE_ITS_GROUP)
		return 0;
	status = first_its(iort, &group, &pmcg->msi_its_id);
	if (status)
		return status;
	pmcg->msi_device_id = map.output;
	pmcg->msi_valid = true;
	return 0;
}

int iort_pmcg(const struct acpi *acpi, unsigned index, struct iort_pmcg *pmcg)
{
	struct node node, owner;
	struct walk walk;
	int status = walk_start(acpi, &walk);

	*pmcg = (struct iort_pmcg){0};
	if (status)
		return status;
	do {
		status = walk_next(&walk, NODE_PMCG, &node);
		if (status)
			return status;
	} while (index--);
	status = open_node(walk.iort, read32(walk.iort, node.offset + PMCG_REFERENCE), &owner);
	if (status)
		return status;
	pmcg->has_smmu = owner.type == NODE_SMMU_V3;
	if (pmcg->has_smmu)
		pmcg->smmu_base = read64(walk.iort, owner.offset + SMMU_BASE);
	pmcg->page0 = read64(walk.iort, node.offset + PMCG_PAGE0);
	pmcg->gsiv = read32(walk.iort, node.offset + PMCG_GSIV);
	if (node.revision >= 1 && node.length >= PMCG_PAGE1 + 8)
		pmcg->page1 = read64(walk.iort, node.offset + PMCG_PAGE1);
	return read_pmcg_msi(walk.iort, &node, pmcg);
}

/* From the root complex's output onwards. */
static int follow(const struct acpi *acpi, uint32_t id, const struct node *first, struct iort_ids *ids)
{
	const struct acpi_table *iort = &acpi->iort;
	struct node node = *first, to;
	int status;

	if (node.type == NODE_SMMU_V3) {
		status = smmu_index_of(acpi, node.offset, &ids->smmu_index);
		if (status)
			return status;
		ids->has_smmu = true;
		ids->smmu_node = node.offset;
		ids->smmu_base = read64(iort, node.offset + SMMU_BASE);
		ids->stream_id = id;
		status = map_id(iort, &node, id, &id, &to);
		if (status)
			return status == ERR_NOT_FOUND ? 0 : status; /* no MSIs behind this SMMU */
		node = to;
	}
	if (node.type != NODE_ITS_GROUP)
		return ERR_MALFORMED;
	status = first_its(iort, &node, &ids->its_id);
	if (status)
		return status;
	ids->has_its = true;
	ids->device_id = id;
	return 0;
}

int iort_map_rid(const struct acpi *acpi, uint16_t segment, uint16_t rid, struct iort_ids *ids)
{
	struct node rc, to;
	struct walk walk;
	int status = walk_start(acpi, &walk);

	*ids = (struct iort_ids){0};
	while (!status) {
		uint32_t id;

		status = walk_next(&walk, NODE_ROOT_COMPLEX, &rc);
		if (status)
			break;
		if (read32(walk.iort, rc.offset + RC_SEGMENT) != segment)
			continue;
		status = map_id(walk.iort, &rc, rid, &id, &to);
		if (status == ERR_NOT_FOUND) {
			status = 0;
			continue;
		}
		if (!status)
			status = follow(acpi, id, &to, ids);
		if (status)
			*ids = (struct iort_ids){0};
		return status;
	}
	return status;
}

/* The SMMU through which this RMR node names the stream, or ERR_NOT_FOUND. The mappings' outputs are the StreamIDs. */
static int rmr_names(const struct acpi_table *iort, const struct node *rmr, uint32_t stream_id, struct node *smmu)
{
	for (uint32_t i = 0; i < rmr->mappings; i++) {
		const struct mapping map = read_mapping(iort, rmr, i);
		const uint32_t count = map.single ? 0 : map.last - map.input;
		int status;

		if (stream_id < map.output || stream_id - map.output > count)
			continue;
		status = open_node(iort, map.reference, smmu);
		if (status)
			return status;
		if (smmu->type == NODE_SMMU_V3)
			return 0;
	}
	return ERR_NOT_FOUND;
}

static int add_ranges(const struct acpi_table *iort, const struct node *rmr, const struct node *smmu,
		      struct iort_rmr *out, unsigned max, unsigned *found)
{
	const uint32_t count = read32(iort, rmr->offset + RMR_COUNT);
	const uint32_t first = read32(iort, rmr->offset + RMR_OFFSET);

	if (first < NODE_SIZE || first > rmr->length || count > (rmr->length - first) / RMR_RANGE_SIZE)
		return ERR_MALFORMED;
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = rmr->offset + first + (uint64_t)i * RMR_RANGE_SIZE;
		const struct iort_rmr range = {
		    .base = read64(iort, at + RMR_RANGE_BASE),
		    .length = read64(iort, at + RMR_RANGE_LENGTH),
		    .flags = read32(iort, rmr->offset + RMR_FLAGS),
		    .smmu_node = smmu->offset,
		    .smmu_base = read64(iort, smmu->offset + SMMU_BASE),
		};

		if (!range.length)
			continue;
		if (range.base + range.length - 1 < range.base)
			return ERR_MALFORMED;
		if (*found < max)
			out[*found] = range;
		(*found)++;
	}
	return 0;
}

int iort_rmr(const struct acpi *acpi, uint32_t stream_id, struct iort_rmr *out, unsigned max)
{
	struct node rmr, smmu;
	struct walk walk;
	unsigned found = 0;
	int status = walk_start(acpi, &walk);

	while (!status) {
		status = walk_next(&walk, NODE_RMR, &rmr);
		if (status)
			break;
		status = rmr_names(walk.iort, &rmr, stream_id, &smmu);
		if (!status)
			status = add_ranges(walk.iort, &rmr, &smmu, out, max, &found);
		else if (status == ERR_NOT_FOUND)
			status = 0;
	}
	return status == ERR_NOT_FOUND ? (int)found : status;
}
