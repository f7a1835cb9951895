#pragma once

#include "changes.h"

/// The commands that a driver sends after a change (4.3, 4.4), for any_change().
namespace iovp::oracle {

/// Operation codes and bits of commands (4.1.1).
constexpr std::uint64_t nsnh_all = 0x30, el2_all = 0x20, cfgi_all = 0x04, ssec = 1 << 10;

/// All of the Secure EL1 world: SNH_ALL goes with Secure stage 2; without, NH_ALL has no VMID to match (4.4.2.1).
inline std::uint64_t snh_all(const scenario& s)
{
    return s.hw.sel2 ? 0x60 : 0x10;
}

/// Everything, whatever it was.
void invalidate_tlbs(change& x, const scenario& s);
void invalidate_configuration(change& x, const scenario& s);
void invalidate_all(change& x, const scenario& s);

/// 4.4.2, 4.4.5: one of the commands that reach the entries of a stage-1 leaf. Nested streams are invalidated by VA
/// too: OracleRegression.TlbiByVaReachesEveryPieceOfASplinteredBlock.
void invalidate_stage1(change& x, const scenario& s, const stream& st, const stream::context& k, std::uint64_t va,
                       bool global, choices& c);

/// 4.4.1.1: gives an invalidation by address a granule and a level or a range, which still reach the leaf.
void narrow(change::command& command, const table& t, const table::leaf& l, std::uint64_t base, const machine& hw,
            choices& c);

} // namespace iovp::oracle
