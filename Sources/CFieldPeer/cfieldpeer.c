#include "CFieldPeer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <modbus/modbus.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 32, BUFFER = 8192, HEADER = 7, REPLIES = 65536 };

typedef struct client {
  int fd;
  int port;
  int filled;
  uint8_t buffer[BUFFER];
} client;

struct fp_server {
  pthread_t thread;
  pthread_mutex_t lock;  // of what follows, up to the clients
  bool silent[FP_PORTS_MAX][256];
  int illegal[FP_PORTS_MAX][256];
  fp_arrival *arrivals;
  int arrived;
  int ports;
  int numbers[FP_PORTS_MAX];
  int listeners[FP_PORTS_MAX];
  int wake[2];
  client clients[CLIENTS_MAX];
  uint8_t replies[REPLIES];
};

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static int put_header(uint8_t *reply, const uint8_t *request, int body) {
  memcpy(reply, request, 4);
  reply[4] = (uint8_t)((body + 1) >> 8);
  reply[5] = (uint8_t)(body + 1);
  reply[6] = request[6];
  return HEADER + body;
}

// Puts the reply to one request; returns its length, 0 for silence.
static int answer(fp_server *s, int port, const uint8_t *request, int64_t ns, uint8_t *reply) {
  uint8_t unit = request[6], function = request[7];
  uint16_t address = get16(request + 8), count = function == 3 ? get16(request + 10) : 1;
  pthread_mutex_lock(&s->lock);
  if (s->arrived < FP_ARRIVALS_MAX)
    s->arrivals[s->arrived++] = (fp_arrival){ns, (uint16_t)port, address, count, unit, function};
  bool is_silent = s->silent[port][unit];
  int illegal = s->illegal[port][unit];
  pthread_mutex_unlock(&s->lock);
  if (is_silent) return 0;
  uint8_t *body = reply + HEADER;
  body[0] = function;
  if (function == 6 || function == 16) {
    memcpy(body, request + HEADER, 5);
    return put_header(reply, request, 5);
  }
  bool is_illegal = illegal >= address && illegal < address + count;
  if (function != 3 || count < 1 || count > 125 || is_illegal) {
    body[0] |= 0x80;
    body[1] = function != 3 ? 1 : is_illegal ? 2 : 3;
    return put_header(reply, request, 2);
  }
  body[1] = (uint8_t)(2 * count);
  for (int i = 0; i < count; i++) {
    body[2 + 2 * i] = unit;
    body[3 + 2 * i] = (uint8_t)(address + i);
  }
  return put_header(reply, request, 2 + 2 * count);
}

static void hang_up(client *c) {
  close(c->fd);
  c->fd = -1;
}

// Answers every whole request that has come, together in one segment.
static void serve(fp_server *s, client *c) {
  ssize_t size = recv(c->fd, c->buffer + c->filled, (size_t)(BUFFER - c->filled), 0);
  if (size <= 0) return hang_up(c);
  int64_t ns = now_ns();
  c->filled += (int)size;
  int at = 0, length = 0;
  while (c->filled - at >= HEADER + 1) {
    int frame = 6 + get16(c->buffer + at + 4);
    if (frame < HEADER + 5 || frame > MODBUS_TCP_MAX_ADU_LENGTH) return hang_up(c);
    if (c->filled - at < frame || length > REPLIES - MODBUS_TCP_MAX_ADU_LENGTH) break;
    length += answer(s, c->port, c->buffer + at, ns, s->replies + length);
    at += frame;
  }
  memmove(c->buffer, c->buffer + at, (size_t)(c->filled - at));
  c->filled -= at;
  if (length && send(c->fd, s->replies, (size_t)length, MSG_NOSIGNAL) != length) hang_up(c);
}

static void welcome(fp_server *s, int port) {
  int fd = accept4(s->listeners[port], NULL, NULL, SOCK_CLOEXEC), one = 1;
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  for (int i = 0; i < CLIENTS_MAX; i++) {
    client *c = &s->clients[i];
    if (c->fd >= 0) continue;
    c->fd = fd;
    c->port = port;
    c->filled = 0;
    return;
  }
  close(fd);
}

static void *run(void *argument) {
  fp_server *s = argument;
  while (true) {
    struct pollfd ready[1 + FP_PORTS_MAX + CLIENTS_MAX] = {{.fd = s->wake[0], .events = POLLIN}};
    for (int i = 0; i < s->ports; i++) ready[1 + i] = (struct pollfd){.fd = s->listeners[i], .events = POLLIN};
    for (int i = 0; i < CLIENTS_MAX; i++)
      ready[1 + s->ports + i] = (struct pollfd){.fd = s->clients[i].fd, .events = POLLIN};
    if (poll(ready, (nfds_t)(1 + s->ports + CLIENTS_MAX), -1) < 0 && errno != EINTR) return NULL;
    if (ready[0].revents) return NULL;
    for (int i = 0; i < CLIENTS_MAX; i++)
      if (ready[1 + s->ports + i].revents) serve(s, &s->clients[i]);
    for (int i = 0; i < s->ports; i++)
      if (ready[1 + i].revents) welcome(s, i);
  }
}

static bool listen_on(fp_server *s, int index) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = s->listeners[index] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 8) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &size) < 0)
    return false;
  s->numbers[index] = ntohs(address.sin_port);
  return true;
}

static void discard(fp_server *s) {
  for (int i = 0; i < FP_PORTS_MAX; i++)
    if (s->listeners[i] >= 0) close(s->listeners[i]);
  for (int i = 0; i < CLIENTS_MAX; i++)
    if (s->clients[i].fd >= 0) close(s->clients[i].fd);
  for (int i = 0; i < 2; i++)
    if (s->wake[i] >= 0) close(s->wake[i]);
  free(s->arrivals);
  free(s);
}

fp_server *fp_start(int ports) {
  if (ports < 1 || ports > FP_PORTS_MAX) return NULL;
  fp_server *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->ports = ports;
  pthread_mutex_init(&s->lock, NULL);
  memset(s->illegal, 0xFF, sizeof s->illegal);
  memset(s->listeners, 0xFF, sizeof s->listeners);
  s->wake[0] = s->wake[1] = -1;
  for (int i = 0; i < CLIENTS_MAX; i++) s->clients[i].fd = -1;
  s->arrivals = calloc(FP_ARRIVALS_MAX, sizeof *s->arrivals);
  bool is_open = s->arrivals && pipe(s->wake) == 0;
  for (int i = 0; i < ports; i++) is_open = is_open && listen_on(s, i);
  if (is_open && pthread_create(&s->thread, NULL, run, s) == 0) return s;
  discard(s);
  return NULL;
}

int fp_port(const fp_server *server, int index) { return server->numbers[index]; }

void fp_stop(fp_server *server) {
  // ignoring: a pipe that is open and empty takes one byte.
  if (write(server->wake[1], "", 1) != 1) return;
  pthread_join(server->thread, NULL);
  discard(server);
}

void fp_set_silent(fp_server *server, int port, uint8_t unit, bool is_silent) {
  pthread_mutex_lock(&server->lock);
  server->silent[port][unit] = is_silent;
  pthread_mutex_unlock(&server->lock);
}

void fp_set_illegal(fp_server *server, int port, uint8_t unit, int address) {
  pthread_mutex_lock(&server->lock);
  server->illegal[port][unit] = address;
  pthread_mutex_unlock(&server->lock);
}

int fp_take_arrivals(fp_server *server, fp_arrival *arrivals, int max) {
  pthread_mutex_lock(&server->lock);
  int count = server->arrived < max ? server->arrived : max;
  memcpy(arrivals, server->arrivals, (size_t)count * sizeof *arrivals);
  server->arrived = 0;
  pthread_mutex_unlock(&server->lock);
  return count;
}

int64_t fp_plain_loop(int port, int units, int count, int64_t ns) {
  modbus_t *modbus = modbus_new_tcp("127.0.0.1", port);
  if (!modbus) return -1;
  int64_t registers = -1, end = now_ns() + ns;
  uint16_t values[MODBUS_MAX_READ_REGISTERS];
  if (modbus_connect(modbus) == 0) registers = 0;
  while (registers >= 0 && now_ns() < end)
    for (int unit = 1; registers >= 0 && unit <= units; unit++) {
      modbus_set_slave(modbus, unit);
      registers = modbus_read_registers(modbus, 0, count, values) == count ? registers + count : -1;
    }
  modbus_close(modbus);
  modbus_free(modbus);
  return registers;
}
