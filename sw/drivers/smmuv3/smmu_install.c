#include "drivers/smmuv3/smmu_ste.h"

static void store_changed(const struct smmu_entry_writer *writer, struct smmu_entry *memory,
			  const struct smmu_entry *value, unsigned first, unsigned end, bool *changed)
{
	for (unsigned i = first; i < end; i++) {
		if (memory->dw[i] == value->dw[i])
			continue;
		memory->dw[i] = value->dw[i];
		writer->store(writer->context, i, value->dw[i]);
		*changed = true;
	}
}

static void store_and_sync(const struct smmu_entry_writer *writer, struct smmu_entry *memory,
			   const struct smmu_entry *value, unsigned first, unsigned end)
{
	bool changed = false;

	store_changed(writer, memory, value, first, end, &changed);
	if (changed)
		writer->sync(writer->context);
}

bool smmu_entry_install(const struct smmu_entry_writer *writer, const struct smmu_entry *current,
			const struct smmu_entry *target)
{
	struct smmu_entry memory = *current;
	struct smmu_entry used_now, used_then, prepared;
	unsigned differing = 0;
	unsigned critical = 0;

	writer->used(current, &used_now);
	writer->used(target, &used_then);

	/* What can be written already: every bit that the present configuration does not use. */
	for (unsigned i = 0; i < SMMU_ENTRY_DWORDS; i++) {
		prepared.dw[i] = (current->dw[i] & used_now.dw[i]) | (target->dw[i] & ~used_now.dw[i]);
		/* Does a bit that the new configuration uses still differ after that? */
		if ((prepared.dw[i] ^ target->dw[i]) & used_then.dw[i]) {
			differing++;
			critical = i;
		}
	}

	if (differing > 1) {
		/* 3.21.3.1: make it invalid, fill in, make it valid; V is in doubleword 0 of both structures. */
		struct smmu_entry invalid = *target;

		invalid.dw[0] = 0;
		store_and_sync(writer, &memory, &invalid, 0, 1);
		store_and_sync(writer, &memory, &invalid, 1, SMMU_ENTRY_DWORDS);
		store_and_sync(writer, &memory, target, 0, 1);
		return false;
	}
	if (differing == 1) {
		/* 3.21.3: a single aligned doubleword may be altered in a valid structure. */
		struct smmu_entry step = prepared;

		step.dw[critical] = memory.dw[critical];
		store_and_sync(writer, &memory, &step, 0, SMMU_ENTRY_DWORDS);
		store_and_sync(writer, &memory, target, critical, critical + 1);
	} else {
		store_and_sync(writer, &memory, &prepared, 0, SMMU_ENTRY_DWORDS);
	}
	/* Clear what only the old configuration used. */
	store_and_sync(writer, &memory, target, 0, SMMU_ENTRY_DWORDS);
	return true;
}
