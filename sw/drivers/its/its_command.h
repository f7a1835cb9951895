#ifndef IOVP_DRIVERS_ITS_COMMAND_H
#define IOVP_DRIVERS_ITS_COMMAND_H

/* The ITS commands that the driver issues: 32 bytes, four little-endian doublewords. Pure functions. */

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

#define ITS_COMMAND_SIZE 32

struct its_command {
	uint64_t dw[4];
};

/* `event_bits` >= 1: the width of an EventID of that device; `itt` aligned to 256. */
struct its_command its_mapd(uint32_t device_id, unsigned event_bits, phys_addr_t itt, bool valid);
/* `rdbase` in all of these: bits 51:16 as the command holds them, see its_rdbase(). */
struct its_command its_mapc(uint16_t collection, uint64_t rdbase, bool valid);
struct its_command its_mapti(uint32_t device_id, uint32_t event_id, uint32_t intid, uint16_t collection);
struct its_command its_movi(uint32_t device_id, uint32_t event_id, uint16_t collection);
struct its_command its_inv(uint32_t device_id, uint32_t event_id);
struct its_command its_invall(uint16_t collection);
struct its_command its_discard(uint32_t device_id, uint32_t event_id);
struct its_command its_int(uint32_t device_id, uint32_t event_id);
struct its_command its_clear(uint32_t device_id, uint32_t event_id);
struct its_command its_sync(uint64_t rdbase);

#endif
