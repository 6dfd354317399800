/* What the daemon needs of libsystemd: journal, readiness and watchdog. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether a journal listens on this machine. */
bool cs_journal_is_present(void);

/* Sends one entry of `count` fields, each a NUL-terminated "NAME=value". 0, or a negative errno. */
int cs_journal_send(const char *const *fields, size_t count);

/* sd_notify(3) that never waits: the first call opens the socket, and a message that the supervisor has no room for is
   dropped (-EAGAIN). Does nothing without NOTIFY_SOCKET. Positive when sent, 0 when not supervised, negative errno. */
int cs_notify(const char *state);

/* Microseconds within which the watchdog wants to be fed; 0: no watchdog for this process. */
unsigned long long cs_watchdog_interval_us(void);
