#include "scenario_parts.h"

#include <algorithm>

namespace iovp::oracle {

void random_features(machine& hw, choices& c, const limits& l)
{
    hw.smmuen = !l.disabled || !c.chance(3);
    hw.e2h = c.chance(30);
    hw.recinvsid = !c.chance(20);
    if (c.chance(30)) {
        hw.gbpa = (c.raw() & 0xf3f1f) | c.of({0U, 0U, 0U, 1U << 20});
    } else {
        hw.gbpa = 0x1000;
    }
    if (l.hardware_update)
        hw.httu = c.of({0U, 0U, 1U, 2U, 2U});
    if (!l.random_features)
        return;
    hw.oas = c.of({44U, 48U, 42U, 40U, 36U, 32U, 52U, 52U, 52U});
    switch (c.below(4)) {
    case 1: hw.va52 = true; break;
    case 2:
    case 3:
        hw.minor = 3;
        hw.ds = hw.va52 = !c.chance(15);
        break;
    default: break;
    }
    if (c.chance(40)) {
        hw.asid16 = !c.chance(20);
        hw.vmid16 = !c.chance(20);
        hw.cd2l = !c.chance(15);
        hw.mixed_endian = !c.chance(20);
        hw.term_raz_wi = !c.chance(20);
        hw.ssidsize = c.of({10U, 0U, 1U, 6U, 8U, 20U});
        hw.attr_types_ovr = !c.chance(20);
        hw.attr_perms_ovr = !c.chance(20);
        hw.fwb = hw.minor >= 2 || !c.chance(20);
        hw.stt = !c.chance(25);
        switch (c.below(8)) {
        case 1: hw.gran16 = false; break;
        case 2: hw.gran64 = false; break;
        case 3: hw.gran4 = false; break;
        default: break;
        }
        switch (c.below(10)) { // 6.3.4: XNX and HAD may only be absent with their stage; Hyp needs both stages (6.3.1)
        case 1:
            hw.s2p = hw.hyp = false;
            hw.xnx = c.chance(50);
            break;
        case 2:
            hw.s1p = hw.hyp = false;
            hw.ssidsize = 0;
            hw.had = c.chance(50);
            break;
        default: break;
        }
    }
    hw.ats = c.chance(40);
    hw.aarch32 = hw.gran4 && c.chance(35);
    hw.e0pd = hw.minor == 3 || c.chance(20);
    hw.ptwnnc = hw.s2p && (hw.minor == 3 || c.chance(20));
    if (l.secure && hw.s1p && c.chance(60)) {
        hw.secure_impl = true;
        hw.sel2 = hw.s2p && c.chance(70);
        hw.s_sidsize = 16;
        control_registers& r = hw.secure;
        r.smmuen = !l.disabled || !c.chance(3);
        r.e2h = hw.sel2 && c.chance(40);
        r.recinvsid = !c.chance(20);
        r.sif = c.chance(30);
        r.gbpa = c.chance(30) ? (c.raw() & 0xfff1f) | c.of({0U, 0U, 0U, 1U << 20}) : 0x1000;
    }
    if (!hw.gran64 && !hw.ds) { // 6.3.6
        hw.va52 = false;
        hw.oas = std::min(hw.oas, 48U);
    }
}

} // namespace iovp::oracle
