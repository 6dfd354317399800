/* Unix sockets and their peers. Every function returns a value >= 0, or -errno. */
#pragma once

#include <stdint.h>

/* Supplementary groups taken from a peer; Linux allows 65536, but no real account comes near this. */
#define CPLATFORM_GROUPS_MAX 64

struct cplatform_peer {
  int32_t pid;
  uint32_t uid;
  uint32_t gid;
  uint32_t group_count;
  uint32_t groups[CPLATFORM_GROUPS_MAX];
};

/* Creates, binds and listens: non-blocking, close-on-exec, the file made with `mode`, never wider. */
int32_t cplatform_listen(const char *path, uint32_t mode, int32_t backlog);

/* Connects a blocking, close-on-exec stream socket. */
int32_t cplatform_connect(const char *path);

/* A connection waiting on `listener`: non-blocking, close-on-exec. -EAGAIN when there is none. */
int32_t cplatform_accept(int32_t listener);

/* Who is at the other end (SO_PEERCRED, SO_PEERGROUPS): as it was when it connected. */
int32_t cplatform_peer_of(int32_t socket, struct cplatform_peer *peer);

/* 1 when `fd` is a listening Unix stream socket, else 0. */
int32_t cplatform_is_unix_listener(int32_t fd);

/* Sets O_NONBLOCK and FD_CLOEXEC: what an inherited descriptor lacks. */
int32_t cplatform_adopt(int32_t fd);

/* An eventfd: non-blocking, close-on-exec. Write eight bytes to wake, read eight to clear. */
int32_t cplatform_wakeup(void);

/* -ENOENT when there is no such name. */
int32_t cplatform_user_id(const char *name, uint32_t *uid);
/* Writes the name of a user into `name` of `size` bytes, cut to fit and ended by a NUL. */
int32_t cplatform_user_name(uint32_t uid, char *name, uint32_t size);
int32_t cplatform_group_id(const char *name, uint32_t *gid);
