// Filled by the loader of profiles.
#include "profiles/profile.h"
