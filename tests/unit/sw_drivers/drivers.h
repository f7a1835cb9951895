#pragma once

// The C headers under test, in C linkage. C has a name space of its own for struct tags and the drivers use it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#include "drivers/acpi/acpi.h"
#include "drivers/acpi/iort.h"
#include "drivers/dma_endpoint/dma_endpoint.h"
#include "drivers/gicv3/gicv3.h"
#include "drivers/its/its.h"
#include "drivers/pcie/msix.h"
#include "drivers/pcie/pcie.h"
#include "drivers/smmuv3/smmu_pmu.h"
#include "lib/bits.h"
#include "lib/errors.h"
#include "lib/page_alloc.h"
#include "lib/poll.h"
}
#pragma GCC diagnostic pop
