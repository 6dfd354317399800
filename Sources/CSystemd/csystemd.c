/* Our fields name our own code position: none. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "CSystemd.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
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

/* sd_notify makes a socket and waits for room in the supervisor's queue at each call: not for a control loop. */
static struct {
  int socket;
  int fault; /* why there is no socket: 0 when there is no supervisor, else a negative errno */
  struct sockaddr_un address;
  socklen_t size;
} supervisor = {.socket = -1};

static void find_supervisor(void) {
  const char *name = getenv("NOTIFY_SOCKET");
  if (!name) return;
  size_t length = strlen(name);
  if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof supervisor.address.sun_path) {
    supervisor.fault = -EINVAL;
    return;
  }
  supervisor.address.sun_family = AF_UNIX;
  memcpy(supervisor.address.sun_path, name, length);
  supervisor.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  /* unix(7): an abstract name begins with a NUL and does not end with one. */
  if (name[0] == '@') {
    supervisor.address.sun_path[0] = 0;
    supervisor.size--;
  }
  supervisor.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (supervisor.socket < 0) supervisor.fault = -errno;
}

int cs_notify(const char *state) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_supervisor);
  if (supervisor.socket < 0) return supervisor.fault;
  ssize_t sent = sendto(supervisor.socket, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                        (const struct sockaddr *)&supervisor.address, supervisor.size);
  return sent < 0 ? -errno : 1;
}

unsigned long long cs_watchdog_interval_us(void) {
  uint64_t interval = 0;
  return sd_watchdog_enabled(0, &interval) > 0 ? interval : 0;
}
