#ifndef IOVP_SMMU_REGS_H
#define IOVP_SMMU_REGS_H

/* SMMUv3 registers, Non-secure programming interface (6.2, 6.3). Offsets from the SMMU's base; page 1 is at 0x10000. */

#define SMMU_IDR0 0x0000u /* 6.3.1 */
#define SMMU_IDR0_S2P (1u << 0)
#define SMMU_IDR0_S1P (1u << 1)
#define SMMU_IDR0_COHACC (1u << 4)
#define SMMU_IDR0_HYP (1u << 9)
#define SMMU_IDR0_ASID16 (1u << 12)
#define SMMU_IDR0_MSI (1u << 13)
#define SMMU_IDR0_SEV (1u << 14)
#define SMMU_IDR0_PRI (1u << 16)
#define SMMU_IDR0_VMID16 (1u << 18)
#define SMMU_IDR0_CD2L (1u << 19)
#define SMMU_IDR0_TTF(r) (((r) >> 2) & 3u)
#define SMMU_IDR0_TTF_AARCH64 2u /* bit 1 of TTF: VMSAv8-64 supported */
#define SMMU_IDR0_STALL_MODEL(r) (((r) >> 24) & 3u)
#define SMMU_IDR0_ST_LEVEL(r) (((r) >> 27) & 3u)

#define SMMU_IDR1 0x0004u /* 6.3.2 */
#define SMMU_IDR1_TABLES_PRESET (1u << 30)
#define SMMU_IDR1_QUEUES_PRESET (1u << 29)
#define SMMU_IDR1_ATTR_TYPES_OVR (1u << 27)
#define SMMU_IDR1_CMDQS(r) (((r) >> 21) & 31u)
#define SMMU_IDR1_EVENTQS(r) (((r) >> 16) & 31u)
#define SMMU_IDR1_SSIDSIZE(r) (((r) >> 6) & 31u)
#define SMMU_IDR1_SIDSIZE(r) ((r)&63u)

#define SMMU_IDR3 0x000Cu /* 6.3.4 */
#define SMMU_IDR3_RIL (1u << 10)
#define SMMU_IDR3_BBML(r) (((r) >> 11) & 3u)

#define SMMU_IDR5 0x0014u /* 6.3.6 */
#define SMMU_IDR5_OAS(r) ((r)&7u)
#define SMMU_IDR5_GRAN4K (1u << 4)
#define SMMU_IDR5_GRAN16K (1u << 5)
#define SMMU_IDR5_GRAN64K (1u << 6)

#define SMMU_CR0 0x0020u /* 6.3.9 */
#define SMMU_CR0_SMMUEN (1u << 0)
#define SMMU_CR0_PRIQEN (1u << 1)
#define SMMU_CR0_EVENTQEN (1u << 2)
#define SMMU_CR0_CMDQEN (1u << 3)
#define SMMU_CR0ACK 0x0024u /* 6.3.10 */

#define SMMU_CR1 0x0028u       /* 6.3.11 */
#define SMMU_CR1_WB_ISH 0xD75u /* tables and queues: Inner Shareable, inner and outer Write-Back */
#define SMMU_CR1_NC_OSH 0x820u /* tables and queues: Outer Shareable, Non-cacheable */
#define SMMU_CR2 0x002Cu       /* 6.3.12 */
#define SMMU_CR2_E2H (1u << 0)
#define SMMU_CR2_RECINVSID (1u << 1)
#define SMMU_CR2_PTM (1u << 2)

#define SMMU_GBPA 0x0044u /* 6.3.14 */
#define SMMU_GBPA_ABORT (1u << 20)
#define SMMU_GBPA_UPDATE (1u << 31)

#define SMMU_IRQ_CTRL 0x0050u /* 6.3.16 */
#define SMMU_IRQ_CTRL_GERROR (1u << 0)
#define SMMU_IRQ_CTRL_EVENTQ (1u << 2)
#define SMMU_IRQ_CTRLACK 0x0054u /* 6.3.18 */

#define SMMU_GERROR 0x0060u /* 6.3.19 */
#define SMMU_GERRORN 0x0064u
#define SMMU_GERROR_CMDQ_ERR (1u << 0)
#define SMMU_GERROR_EVENTQ_ABT (1u << 2)
#define SMMU_GERROR_PRIQ_ABT (1u << 3)
#define SMMU_GERROR_MSI_CMDQ_ABT (1u << 4)
#define SMMU_GERROR_MSI_EVENTQ_ABT (1u << 5)
#define SMMU_GERROR_MSI_PRIQ_ABT (1u << 6)
#define SMMU_GERROR_MSI_GERROR_ABT (1u << 7)
#define SMMU_GERROR_SFM (1u << 8)
#define SMMU_GERROR_ALL 0x1FDu
#define SMMU_GERROR_IRQ_CFG0 0x0068u /* 6.3.21: 64-bit address; CFG1 data, CFG2 attributes */
#define SMMU_GERROR_IRQ_CFG1 0x0070u
#define SMMU_GERROR_IRQ_CFG2 0x0074u

#define SMMU_STRTAB_BASE 0x0080u /* 6.3.24 */
#define SMMU_STRTAB_BASE_RA (1ull << 62)
#define SMMU_STRTAB_BASE_CFG 0x0088u /* 6.3.25 */
#define SMMU_STRTAB_FMT_2LVL (1u << 16)

#define SMMU_CMDQ_BASE 0x0090u	      /* 6.3.26 */
#define SMMU_Q_BASE_HINT (1ull << 62) /* RA of an input queue, WA of an output queue */
#define SMMU_CMDQ_PROD 0x0098u
#define SMMU_CMDQ_CONS 0x009Cu
#define SMMU_CMDQ_CONS_ERR(r) (((r) >> 24) & 0x7Fu)
#define SMMU_CERROR_NONE 0u
#define SMMU_CERROR_ILL 1u
#define SMMU_CERROR_ABT 2u
#define SMMU_CERROR_ATC_INV_SYNC 3u

#define SMMU_EVENTQ_BASE 0x00A0u /* 6.3.29 */
#define SMMU_EVENTQ_IRQ_CFG0 0x00B0u
#define SMMU_EVENTQ_IRQ_CFG1 0x00B8u
#define SMMU_EVENTQ_IRQ_CFG2 0x00BCu
#define SMMU_EVENTQ_PROD 0x100A8u /* page 1, 6.2 */
#define SMMU_EVENTQ_CONS 0x100ACu
#define SMMU_EVENTQ_OVF (1u << 31) /* PROD.OVFLG, CONS.OVACKFLG (7.4) */

/* GPA attributes of an MSI: SH bits 5:4, MemAttr bits 3:0 (6.3.32). Device-nGnRE. */
#define SMMU_MSI_ATTR_DEVICE 0x1u

#endif
