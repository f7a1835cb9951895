#ifndef IOVP_LIB_ERRORS_H
#define IOVP_LIB_ERRORS_H

/* What a function of the driver software returns when it did not do its work: 0 or positive is success. */
enum error {
	ERR_INVALID = -1,      /* an argument makes no sense */
	ERR_NOT_FOUND = -2,    /* no such table, node, device or mapping */
	ERR_NO_MEMORY = -3,    /* the page allocator or a driver's fixed table is exhausted */
	ERR_TIMEOUT = -4,      /* the hardware did not answer in time */
	ERR_BUSY = -5,	       /* in use, already mapped, or a transfer is running */
	ERR_RANGE = -6,	       /* a number is larger than the hardware or the table allows */
	ERR_CHECKSUM = -7,     /* a firmware table's bytes do not add up to zero */
	ERR_MALFORMED = -8,    /* a firmware table contradicts itself or ends too early */
	ERR_BUS = -9,	       /* an access was answered with a bus error */
	ERR_UNSUPPORTED = -10, /* the hardware lacks what the driver needs */
	ERR_COMMAND = -11,     /* the hardware refused a command and stopped its queue */
	ERR_DEVICE = -12,      /* the device reports that its work failed */
};

/* The enumerator's name, for messages; "?" for anything else. */
const char *error_name(int error);

#endif
