/* Our fields name our own code position: none. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "CSystemd.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/* sd_journal_send succeeds silently when there is no journal, so presence is asked of the socket. */
bool cs_journal_is_present(void) { return access("/run/systemd/journal/socket", W_OK) == 0; }

int cs_journal_send(const char *const *fields, size_t count) {
  enum { FIELDS_MAX = 24 };
  struct iovec parts[FIELDS_MAX];
  if (count > FIELDS_MAX) return -E2BIG;
  for (size_t i = 0; i < count; i++) {
    parts[i].iov_base = (void *)(uintptr_t)fields[i];
    parts[i].iov_len = strlen(fields[i]);
  }
  return sd_journal_sendv(parts, (int)count);
}

int cs_notify(const char *state) { return sd_notify(0, state); }

unsigned long long cs_watchdog_interval_us(void) {
  uint64_t interval = 0;
  return sd_watchdog_enabled(0, &interval) > 0 ? interval : 0;
}
