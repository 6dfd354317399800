/* Threads of the control loop and of the buses: real-time class where it is granted, absolute deadlines. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Starts a named thread that runs body(context). Asks for SCHED_FIFO at `fifo_priority` where that is > 0; where it is
   not permitted the thread runs in the normal class and *is_realtime is false. 0 or a positive errno. */
int cp_thread_start(const char *name, int fifo_priority, void (*body)(void *), void *context, bool *is_realtime);

/* Sleeps until CLOCK_MONOTONIC reads `nanoseconds`; interrupted sleeps are resumed. */
void cp_sleep_until(int64_t nanoseconds);

/* Locks present and future memory as it is touched (MCL_ONFAULT). 0 or a positive errno. */
int cp_lock_memory(void);

/* Blocks SIGTERM, SIGINT and SIGUSR1 in this and every later thread; ignores SIGPIPE, and SIGHUP: a terminal that closes
   ends no row. Call first in main. */
void cp_block_signals(void);

/* Waits for one of the blocked signals, and returns it. */
int cp_wait_signal(void);
