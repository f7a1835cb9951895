#include "drivers/its/its_command.h"

#include "lib/bits.h"

enum its_opcode {
	MOVI = 0x01,
	INT = 0x03,
	CLEAR = 0x04,
	SYNC = 0x05,
	MAPD = 0x08,
	MAPC = 0x09,
	MAPTI = 0x0a,
	INV = 0x0c,
	INVALL = 0x0d,
	DISCARD = 0x0f,
};

#define DW0_DEVICE_ID FIELD(63, 32)
#define DW1_EVENT_ID FIELD(31, 0)
#define DW1_PINTID FIELD(63, 32)
#define DW1_SIZE FIELD(4, 0)
#define DW2_ICID FIELD(15, 0)
#define DW2_RDBASE FIELD(51, 16)
#define DW2_ITT FIELD(51, 8)
#define DW2_VALID FIELD(63, 63)

static struct its_command of_event(enum its_opcode opcode, uint32_t device_id, uint32_t event_id)
{
	return (struct its_command){{opcode | field_put(DW0_DEVICE_ID, device_id), field_put(DW1_EVENT_ID, event_id)}};
}

struct its_command its_mapd(uint32_t device_id, unsigned event_bits, phys_addr_t itt, bool valid)
{
	return (struct its_command){{
	    MAPD | field_put(DW0_DEVICE_ID, device_id),
	    field_put(DW1_SIZE, event_bits - 1),
	    (itt & DW2_ITT) | field_put(DW2_VALID, valid),
	}};
}

struct its_command its_mapc(uint16_t collection, uint64_t rdbase, bool valid)
{
	return (struct its_command){{
	    MAPC,
	    0,
	    field_put(DW2_ICID, collection) | (rdbase & DW2_RDBASE) | field_put(DW2_VALID, valid),
	}};
}

struct its_command its_mapti(uint32_t device_id, uint32_t event_id, uint32_t intid, uint16_t collection)
{
	struct its_command command = of_event(MAPTI, device_id, event_id);

	command.dw[1] |= field_put(DW1_PINTID, intid);
	command.dw[2] = field_put(DW2_ICID, collection);
	return command;
}

struct its_command its_movi(uint32_t device_id, uint32_t event_id, uint16_t collection)
{
	struct its_command command = of_event(MOVI, device_id, event_id);

	command.dw[2] = field_put(DW2_ICID, collection);
	return command;
}

struct its_command its_inv(uint32_t device_id, uint32_t event_id)
{
	return of_event(INV, device_id, event_id);
}

struct its_command its_invall(uint16_t collection)
{
	return (struct its_command){{INVALL, 0, field_put(DW2_ICID, collection)}};
}

struct its_command its_discard(uint32_t device_id, uint32_t event_id)
{
	return of_event(DISCARD, device_id, event_id);
}

struct its_command its_int(uint32_t device_id, uint32_t event_id)
{
	return of_event(INT, device_id, event_id);
}

struct its_command its_clear(uint32_t device_id, uint32_t event_id)
{
	return of_event(CLEAR, device_id, event_id);
}

struct its_command its_sync(uint64_t rdbase)
{
	return (struct its_command){{SYNC, 0, rdbase & DW2_RDBASE}};
}
