/* What the kernel offers and Swift cannot import: sockets' peer credentials, name look-ups, wake-ups. */
#pragma once

#include "cplatform_socket.h"
