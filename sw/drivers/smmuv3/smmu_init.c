#include "drivers/smmuv3/smmu_queue.h"
#include "drivers/smmuv3/smmu_regs.h"

static phys_addr_t allocate(struct smmu *smmu, size_t bytes, size_t align)
{
	return smmu->platform.alloc(smmu->platform.alloc_context, bytes, align);
}

static int probe(struct smmu *smmu)
{
	static const uint8_t oas_bits[8] = {32, 36, 40, 42, 44, 48, 52, 56};
	const uint32_t idr0 = hal_mmio_read32(smmu->base + SMMU_IDR0);
	const uint32_t idr1 = hal_mmio_read32(smmu->base + SMMU_IDR1);
	const uint32_t idr3 = hal_mmio_read32(smmu->base + SMMU_IDR3);
	const uint32_t idr5 = hal_mmio_read32(smmu->base + SMMU_IDR5);
	const unsigned limit = smmu->platform.queue_log2_max ? smmu->platform.queue_log2_max : 8;
	struct smmu_features *f = &smmu->features;

	/* 6.3.2: with preset tables or queues the bases are fixed; this driver brings its own. */
	if (idr1 & (SMMU_IDR1_TABLES_PRESET | SMMU_IDR1_QUEUES_PRESET))
		return ERR_UNSUPPORTED;
	if (!(SMMU_IDR0_TTF(idr0) & SMMU_IDR0_TTF_AARCH64))
		return ERR_UNSUPPORTED;
	f->s1p = idr0 & SMMU_IDR0_S1P;
	f->s2p = idr0 & SMMU_IDR0_S2P;
	f->coherent = idr0 & SMMU_IDR0_COHACC;
	f->hyp = idr0 & SMMU_IDR0_HYP;
	f->msi = idr0 & SMMU_IDR0_MSI;
	f->sev = idr0 & SMMU_IDR0_SEV;
	f->cd2l = idr0 & SMMU_IDR0_CD2L;
	f->asid16 = idr0 & SMMU_IDR0_ASID16;
	f->vmid16 = idr0 & SMMU_IDR0_VMID16;
	f->st2lvl = SMMU_IDR0_ST_LEVEL(idr0) == 1;
	f->stall = SMMU_IDR0_STALL_MODEL(idr0) != 1;
	f->attr_types_ovr = idr1 & SMMU_IDR1_ATTR_TYPES_OVR;
	f->sid_bits = SMMU_IDR1_SIDSIZE(idr1);
	f->ssid_bits = SMMU_IDR1_SSIDSIZE(idr1);
	f->cmdq_log2 = SMMU_IDR1_CMDQS(idr1) < limit ? SMMU_IDR1_CMDQS(idr1) : limit;
	f->eventq_log2 = SMMU_IDR1_EVENTQS(idr1) < limit ? SMMU_IDR1_EVENTQS(idr1) : limit;
	f->range_inval = idr3 & SMMU_IDR3_RIL;
	f->oas = oas_bits[SMMU_IDR5_OAS(idr5)];
	if (f->oas > 48)
		f->oas = 48;
	f->gran4k = idr5 & SMMU_IDR5_GRAN4K;
	f->gran16k = idr5 & SMMU_IDR5_GRAN16K;
	f->gran64k = idr5 & SMMU_IDR5_GRAN64K;
	if (!f->s1p && !f->s2p)
		return ERR_UNSUPPORTED;
	if (f->sid_bits > 32)
		return ERR_UNSUPPORTED;
	return 0;
}

/* 6.3.9, 6.3.16: a field is updated when the ACK register shows it. */
static int write_acked(struct smmu *smmu, uint32_t reg, uint32_t ack, uint32_t value)
{
	const uint64_t deadline = smmu_deadline(smmu);

	hal_mmio_write32(smmu->base + reg, value);
	while (hal_mmio_read32(smmu->base + ack) != value)
		if (hal_counter() >= deadline)
			return ERR_TIMEOUT;
	return 0;
}

/* Whatever firmware left: while the driver sets up, traffic aborts instead of passing untranslated (6.3.14). */
static int abort_while_disabled(struct smmu *smmu)
{
	const uint64_t deadline = smmu_deadline(smmu);
	uint32_t gbpa;

	while ((gbpa = hal_mmio_read32(smmu->base + SMMU_GBPA)) & SMMU_GBPA_UPDATE)
		if (hal_counter() >= deadline)
			return ERR_TIMEOUT;
	hal_mmio_write32(smmu->base + SMMU_GBPA, gbpa | SMMU_GBPA_ABORT | SMMU_GBPA_UPDATE);
	while (hal_mmio_read32(smmu->base + SMMU_GBPA) & SMMU_GBPA_UPDATE)
		if (hal_counter() >= deadline)
			return ERR_TIMEOUT;
	return 0;
}

static int init_strtab(struct smmu *smmu)
{
	const struct smmu_features *f = &smmu->features;
	size_t bytes;
	uint32_t cfg;

	/* 6.3.25: SPLIT = 8 puts 256 STEs (16 KiB) into a second-level table; a table no larger than that is linear. */
	smmu->strtab_split = f->st2lvl && f->sid_bits > 8 ? 8 : 0;
	smmu->strtab_log2 = f->sid_bits;
	if (smmu->strtab_split) {
		bytes = (size_t)8 << (smmu->strtab_log2 - smmu->strtab_split);
		cfg = SMMU_STRTAB_FMT_2LVL | smmu->strtab_split << 6 | smmu->strtab_log2;
	} else {
		if (smmu->strtab_log2 > 16) /* 4 MiB: no linear table larger than that */
			smmu->strtab_log2 = 16;
		bytes = (size_t)64 << smmu->strtab_log2;
		cfg = smmu->strtab_log2;
	}
	if (bytes < 64)
		bytes = 64;
	/* 6.3.24: the base is aligned to the table's size. */
	smmu->strtab = allocate(smmu, bytes, bytes);
	if (!smmu->strtab)
		return ERR_NO_MEMORY;
	hal_mmio_write64(smmu->base + SMMU_STRTAB_BASE, smmu->strtab | SMMU_STRTAB_BASE_RA);
	hal_mmio_write32(smmu->base + SMMU_STRTAB_BASE_CFG, cfg);
	return 0;
}

static int init_queue(struct smmu *smmu, struct smmu_queue *q, unsigned log2size, unsigned entry_size, uint32_t base,
		      uint32_t prod, uint32_t cons)
{
	const size_t bytes = (size_t)entry_size << log2size;

	*q = (struct smmu_queue){.log2size = log2size, .entry_size = entry_size};
	/* 6.3.26, 6.3.29: aligned to the larger of the size and 32 bytes. */
	q->base = allocate(smmu, bytes < 32 ? 32 : bytes, bytes < 32 ? 32 : bytes);
	if (!q->base)
		return ERR_NO_MEMORY;
	hal_mmio_write64(smmu->base + base, q->base | SMMU_Q_BASE_HINT | log2size);
	hal_mmio_write32(smmu->base + prod, 0);
	hal_mmio_write32(smmu->base + cons, 0);
	return 0;
}

static void init_msi(struct smmu *smmu, enum smmu_msi_source source, uint32_t cfg0, uint32_t cfg1, uint32_t cfg2)
{
	struct smmu_msi msi = {0};

	if (!smmu->platform.setup_msi || !smmu->platform.setup_msi(smmu->platform.msi_context, source, &msi))
		msi = (struct smmu_msi){0};
	/* 6.3.21: an address of zero leaves the interrupt wired. */
	hal_mmio_write64(smmu->base + cfg0, msi.address);
	hal_mmio_write32(smmu->base + cfg1, msi.data);
	hal_mmio_write32(smmu->base + cfg2, msi.attributes);
}

/* 6.3.16: *_IRQ_CFG* are writable while IRQ_CTRL disables the interrupt. */
static int init_interrupts(struct smmu *smmu)
{
	const int result = write_acked(smmu, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK, 0);

	if (result)
		return result;
	if (smmu->features.msi) {
		init_msi(smmu, SMMU_MSI_GERROR, SMMU_GERROR_IRQ_CFG0, SMMU_GERROR_IRQ_CFG1, SMMU_GERROR_IRQ_CFG2);
		init_msi(smmu, SMMU_MSI_EVENTQ, SMMU_EVENTQ_IRQ_CFG0, SMMU_EVENTQ_IRQ_CFG1, SMMU_EVENTQ_IRQ_CFG2);
	}
	return write_acked(smmu, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK, SMMU_IRQ_CTRL_GERROR | SMMU_IRQ_CTRL_EVENTQ);
}

bool smmu_uses_el2(const struct smmu *smmu)
{
	return smmu->features.hyp && smmu->platform.e2h;
}

void smmu_set_handlers(struct smmu *smmu, smmu_event_handler on_event, smmu_gerror_handler on_gerror, void *context)
{
	smmu->on_event = on_event;
	smmu->on_gerror = on_gerror;
	smmu->handler_context = context;
}

int smmu_init(struct smmu *smmu, const struct smmu_platform *platform)
{
	uint32_t gerror;
	int result;

	*smmu = (struct smmu){.platform = *platform, .base = platform->base, .vmid_next = 1, .asid_next = 1};
	smmu_set_handlers(smmu, platform->on_event, platform->on_gerror, platform->handler_context);
	result = probe(smmu);
	if (result)
		return result;
	result = abort_while_disabled(smmu);
	if (result)
		return result;
	result = write_acked(smmu, SMMU_CR0, SMMU_CR0ACK, 0);
	if (result)
		return result;
	hal_mmio_write32(smmu->base + SMMU_CR1, smmu->features.coherent ? SMMU_CR1_WB_ISH : SMMU_CR1_NC_OSH);
	/* PTM: this driver invalidates by commands, not by broadcast (6.3.12). */
	hal_mmio_write32(smmu->base + SMMU_CR2,
			 SMMU_CR2_PTM | SMMU_CR2_RECINVSID | (smmu_uses_el2(smmu) ? SMMU_CR2_E2H : 0));

	/* 3.11, in its order. 1: Stream table. */
	result = init_strtab(smmu);
	if (result)
		return result;
	/* 2: queues. */
	result =
	    init_queue(smmu, &smmu->cmdq, smmu->features.cmdq_log2, 16, SMMU_CMDQ_BASE, SMMU_CMDQ_PROD, SMMU_CMDQ_CONS);
	if (!result)
		result = init_queue(smmu, &smmu->eventq, smmu->features.eventq_log2, 32, SMMU_EVENTQ_BASE,
				    SMMU_EVENTQ_PROD, SMMU_EVENTQ_CONS);
	if (result)
		return result;
	if (platform->sync_by_msi && smmu->features.msi && smmu->features.coherent) {
		smmu->sync_word = allocate(smmu, 64, 64);
		if (!smmu->sync_word)
			return ERR_NO_MEMORY;
	}
	/* What an earlier owner left in GERROR is not ours: acknowledge it (7.5). */
	gerror = hal_mmio_read32(smmu->base + SMMU_GERROR);
	hal_mmio_write32(smmu->base + SMMU_GERRORN, gerror);
	result = init_interrupts(smmu);
	if (result)
		return result;
	hal_dsb();
	/* 3: queues on. */
	result = write_acked(smmu, SMMU_CR0, SMMU_CR0ACK, SMMU_CR0_CMDQEN);
	if (!result)
		result = write_acked(smmu, SMMU_CR0, SMMU_CR0ACK, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN);
	/* 4: nothing of the past in any cache. */
	if (!result)
		result = smmu_issue(smmu, smmu_cmd_cfgi_all());
	if (!result)
		result = smmu_tlbi_all(smmu);
	if (!result)
		result = smmu_sync(smmu);
	/* 5: translation on. */
	if (!result)
		result =
		    write_acked(smmu, SMMU_CR0, SMMU_CR0ACK, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN);
	return result;
}

uint16_t smmu_alloc_vmid(struct smmu *smmu)
{
	/* 6.3.1 VMID16 */
	const uint32_t end = smmu->features.vmid16 ? 0x10000u : 0x100u;

	return smmu->vmid_next < end ? (uint16_t)smmu->vmid_next++ : 0;
}

uint16_t smmu_alloc_asid(struct smmu *smmu)
{
	const uint32_t end = smmu->features.asid16 ? 0x10000u : 0x100u;

	return smmu->asid_next < end ? (uint16_t)smmu->asid_next++ : 0;
}
