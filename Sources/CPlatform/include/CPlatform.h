/* What the kernel offers and Swift cannot import: sockets' peer credentials, name look-ups,
   wake-ups, real-time threads, absolute sleeps, semaphores, signal waits. */
#pragma once

#include "cplatform_semaphore.h"
#include "cplatform_socket.h"
#include "cplatform_thread.h"
