#include "cplatform_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Room for one entry of the user or group database; a group's entry lists its members. */
enum { DATABASE_ENTRY_BYTES = 65536 };

static int32_t close_with(int fd, int error) {
  close(fd);
  return -error;
}

static int32_t address_of(const char *path, struct sockaddr_un *address) {
  size_t length = strlen(path);
  if (length == 0) return -EINVAL;
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length + 1);
  return 0;
}

int32_t cplatform_listen(const char *path, uint32_t mode, int32_t backlog) {
  struct sockaddr_un address;
  int32_t outcome = address_of(path, &address);
  if (outcome < 0) return outcome;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  /* unix(7): bind makes the file with the socket's own mode less the umask. Narrow before it exists, exact after. */
  if (fchmod(fd, mode) < 0) return close_with(fd, errno);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return close_with(fd, errno);
  if (chmod(path, mode) < 0 || listen(fd, backlog) < 0) {
    int error = errno;
    unlink(path);
    return close_with(fd, error);
  }
  return fd;
}

int32_t cplatform_connect(const char *path) {
  struct sockaddr_un address;
  int32_t outcome = address_of(path, &address);
  if (outcome < 0) return outcome;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  /* A frozen daemon with a full backlog answers -EAGAIN after this long instead of never. */
  struct timeval patience = {.tv_sec = 2};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0) return close_with(fd, errno);
  int connected;
  do connected = connect(fd, (struct sockaddr *)&address, sizeof address);
  while (connected < 0 && errno == EINTR);
  return connected < 0 ? close_with(fd, errno) : fd;
}

int32_t cplatform_accept(int32_t listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int32_t cplatform_peer_of(int32_t socket, struct cplatform_peer *peer) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -errno;
  peer->pid = credentials.pid;
  peer->uid = credentials.uid;
  peer->gid = credentials.gid;
  gid_t groups[CPLATFORM_GROUPS_MAX];
  size = sizeof groups;
  /* A peer in more groups than we hold (ERANGE) counts as being in none: refused rather than guessed. */
  if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) size = 0;
  peer->group_count = size / sizeof groups[0];
  memcpy(peer->groups, groups, size);
  return 0;
}

int32_t cplatform_is_unix_listener(int32_t fd) {
  int domain = 0, type = 0, listening = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 || domain != AF_UNIX) return 0;
  size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM) return 0;
  size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

int32_t cplatform_adopt(int32_t fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int32_t cplatform_wakeup(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int32_t cplatform_user_id(const char *name, uint32_t *uid) {
  char text[DATABASE_ENTRY_BYTES];
  struct passwd entry, *found = NULL;
  int error = getpwnam_r(name, &entry, text, sizeof text, &found);
  if (found == NULL) return error == 0 ? -ENOENT : -error;
  *uid = found->pw_uid;
  return 0;
}

int32_t cplatform_user_name(uint32_t uid, char *name, uint32_t size) {
  char text[DATABASE_ENTRY_BYTES];
  struct passwd entry, *found = NULL;
  int error = getpwuid_r(uid, &entry, text, sizeof text, &found);
  if (found == NULL) return error == 0 ? -ENOENT : -error;
  snprintf(name, size, "%s", found->pw_name);
  return 0;
}

int32_t cplatform_group_id(const char *name, uint32_t *gid) {
  char text[DATABASE_ENTRY_BYTES];
  struct group entry, *found = NULL;
  int error = getgrnam_r(name, &entry, text, sizeof text, &found);
  if (found == NULL) return error == 0 ? -ENOENT : -error;
  *gid = found->gr_gid;
  return 0;
}
