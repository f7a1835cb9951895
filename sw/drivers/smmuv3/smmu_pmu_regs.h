#ifndef IOVP_SMMU_PMU_REGS_H
#define IOVP_SMMU_PMU_REGS_H

/* Performance Monitor Counter Group (10.5). Offsets from page 0, or from page 1 where CFGR.RELOC_CTRS says so. */

#define PMCG_EVCNTR 0x000u /* 10.5.2.1; 4 or 8 bytes each. Page 1 */
#define PMCG_EVTYPER(n) (0x400u + 4u * (n))
#define PMCG_EVTYPER_OVFCAP (1u << 31)
#define PMCG_EVTYPER_FILTER_SEC_SID (1u << 30)
#define PMCG_EVTYPER_FILTER_SID_SPAN (1u << 29)
#define PMCG_EVTYPER_EVENT 0xFFFFu
#define PMCG_SVR 0x600u /* page 1 */
#define PMCG_SMR(n) (0xA00u + 4u * (n))
#define PMCG_CNTENSET0 0xC00u
#define PMCG_CNTENCLR0 0xC20u
#define PMCG_INTENSET0 0xC40u
#define PMCG_INTENCLR0 0xC60u
#define PMCG_OVSCLR0 0xC80u /* page 1 */
#define PMCG_OVSSET0 0xCC0u /* page 1 */
#define PMCG_CAPR 0xD88u    /* page 1 */
#define PMCG_CFGR 0xE00u    /* 10.5.2.13 */
#define PMCG_CFGR_SID_FILTER_TYPE (1u << 23)
#define PMCG_CFGR_CAPTURE (1u << 22)
#define PMCG_CFGR_MSI (1u << 21)
#define PMCG_CFGR_RELOC_CTRS (1u << 20)
#define PMCG_CFGR_SIZE(r) (((r) >> 8) & 63u)
#define PMCG_CFGR_NCTR(r) ((r)&63u)
#define PMCG_CR 0xE04u
#define PMCG_CR_E (1u << 0)
#define PMCG_CEID0 0xE20u
#define PMCG_CEID1 0xE28u
#define PMCG_IRQ_CTRL 0xE50u
#define PMCG_IRQ_CTRL_IRQEN (1u << 0)
#define PMCG_IRQ_CTRLACK 0xE54u
#define PMCG_IRQ_CFG0 0xE58u
#define PMCG_IRQ_CFG1 0xE60u
#define PMCG_IRQ_CFG2 0xE64u

#endif
