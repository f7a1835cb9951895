#pragma once

#include "common/bit_field.h"
#include "smmu/arch/features.h"
#include "smmu/arch/ste.h"
#include "vmsa/regime.h"

#include <array>
#include <cstdint>

namespace iovp::smmu {

/// Level-1 Context Descriptor pointer (5.3).
struct l1cd {
    std::uint64_t word = 0;

    using v = field<0, 0>;
    using l2ptr = field<55, 12>; ///< address bits [55:12]
};

/// Context Descriptor (5.4): the 64 bytes with their fields by the specification's names.
struct cd {
    std::array<std::uint64_t, 8> words{};

    using t0sz = field<5, 0, 0>;
    using tg0 = field<7, 6, 0>;
    using ir0 = field<9, 8, 0>;
    using or0 = field<11, 10, 0>;
    using sh0 = field<13, 12, 0>;
    using epd0 = field<14, 14, 0>;
    using endi = field<15, 15, 0>;
    using t1sz = field<21, 16, 0>;
    using tg1 = field<23, 22, 0>;
    using ir1 = field<25, 24, 0>;
    using or1 = field<27, 26, 0>;
    using sh1 = field<29, 28, 0>;
    using epd1 = field<30, 30, 0>;
    using v = field<31, 31, 0>;
    using ips = field<34, 32, 0>;
    using affd = field<35, 35, 0>;
    using wxn = field<36, 36, 0>;
    using uwxn = field<37, 37, 0>;
    using tbi0 = field<38, 38, 0>;
    using tbi1 = field<39, 39, 0>;
    using pan = field<40, 40, 0>;
    using aa64 = field<41, 41, 0>;
    using hd = field<42, 42, 0>;
    using ha = field<43, 43, 0>;
    using s = field<44, 44, 0>;
    using r = field<45, 45, 0>;
    using a = field<46, 46, 0>;
    using aset = field<47, 47, 0>;
    using asid = field<63, 48, 0>;
    using nscfg0 = field<0, 0, 1>;
    using had0 = field<1, 1, 1>;
    using e0pd0 = field<2, 2, 1>;
    using ttb0 = field<51, 4, 1>; ///< address bits [51:4]
    using nscfg1 = field<0, 0, 2>;
    using had1 = field<1, 1, 2>;
    using e0pd1 = field<2, 2, 2>;
    using ttb1 = field<51, 4, 2>; ///< address bits [51:4]
    using ds = field<58, 58, 2>;
    using mair0 = field<31, 0, 3>;
    using mair1 = field<63, 32, 3>;

    friend bool operator==(const cd& x, const cd& y) { return x.words == y.words; }
};

/// CdIllegal() of 5.4.2 for a CD reached through `s` of the state's Stream table: true when its use is C_BAD_CD.
/// `nsstalld`: S_CR0.NSSTALLD.
bool cd_illegal(const cd& c, const ste& s, const features& f, vmsa::regime world,
                security_state state = security_state::non_secure, bool nsstalld = false);

/// Stage 1 as the CD configures it; only for a legal CD.
vmsa::stage1_regime stage1_of(const cd& c, const features& f, vmsa::regime world,
                              security_state state = security_state::non_secure);

} // namespace iovp::smmu
