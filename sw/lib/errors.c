#include "lib/errors.h"

const char *error_name(int error)
{
	static const char *const names[] = {
	    "ok",	  "ERR_INVALID",  "ERR_NOT_FOUND", "ERR_NO_MEMORY", "ERR_TIMEOUT",     "ERR_BUSY",
	    "ERR_RANGE",  "ERR_CHECKSUM", "ERR_MALFORMED", "ERR_BUS",	    "ERR_UNSUPPORTED", "ERR_COMMAND",
	    "ERR_DEVICE",
	};

	if (error > 0 || error < ERR_DEVICE)
		return "?";
	return names[-error];
}
