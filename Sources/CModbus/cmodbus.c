// The request is framed here and the reply read by libmodbus, then checked here: libmodbus's own calls accept a TCP
// reply from the wrong unit, and its raw TCP requests all carry transaction id 0. Reads over TCP are those of
// cmodbus_pipeline.c.
#include "cmodbus_link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

cm_result cmodbus_result(cm_outcome outcome, int32_t detail) { return (cm_result){outcome, detail}; }

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t cmodbus_now_ms(void) { return now_us() / 1000; }

// The context only carries a socket that cm_connect opens, so what it was made with is never used.
static cm_link *new_tcp(const char *host, uint16_t port, modbus_t *context, bool is_mbap) {
  cm_link *link = calloc(1, sizeof *link);
  if (link) {
    snprintf(link->service, sizeof link->service, "%u", port);
    link->host = strdup(host);
    link->is_mbap = is_mbap;
    link->modbus = context;
    if (link->host && link->modbus) return link;
    cm_free(link);
  } else if (context) {
    modbus_free(context);
  }
  return NULL;
}

cm_link *cm_new_tcp(const char *host, uint16_t port) {
  return new_tcp(host, port, modbus_new_tcp("127.0.0.1", port), true);
}

cm_link *cm_new_rtu_tcp(const char *host, uint16_t port) {
  return new_tcp(host, port, modbus_new_rtu("/dev/null", 9600, 'N', 8, 1), false);
}

cm_link *cm_new_rtu(const char *path, int32_t baud, char parity, int32_t stop_bits) {
  if (baud <= 0 || (parity != 'N' && parity != 'E' && parity != 'O') || (stop_bits != 1 && stop_bits != 2))
    return NULL;
  cm_link *link = calloc(1, sizeof *link);
  if (!link) return NULL;
  link->baud = baud;
  // Modbus over Serial Line V1.02, 2.5.1.1; a character has 11 bits.
  link->silence_us = baud > 19200 ? 1750 : 38500000 / baud;
  link->modbus = modbus_new_rtu(path, baud, parity, 8, stop_bits);
  if (link->modbus) return link;
  cm_free(link);
  return NULL;
}

static void close_link(cm_link *link) {
  if (!link->connected) return;
  modbus_close(link->modbus);
  link->connected = false;
}

void cm_free(cm_link *link) {
  if (!link) return;
  close_link(link);
  if (link->modbus) modbus_free(link->modbus);
  if (link->addresses) freeaddrinfo(link->addresses);
  free(link->host);
  free(link);
}

bool cm_is_connected(const cm_link *link) { return link->connected; }

// A connected, non-blocking socket, or -1 with errno (ETIMEDOUT when the deadline passed).
static int connect_address(const struct addrinfo *address, int64_t deadline) {
  int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  int one = 1, fault = 0;
  // Requests are single small segments; waiting to merge them only adds delay. Harmless if refused.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
    fault = errno;
    while (fault == EINPROGRESS || fault == EINTR) {
      int64_t remaining = deadline - cmodbus_now_ms();
      struct pollfd ready = {.fd = fd, .events = POLLOUT};
      int count = remaining > 0 ? poll(&ready, 1, (int)remaining) : 0;
      socklen_t size = sizeof fault;
      if (count == 0) fault = ETIMEDOUT;
      else if (count < 0) fault = errno;
      else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) < 0) fault = errno;
    }
  }
  if (fault == 0) return fd;
  close(fd);
  errno = fault;
  return -1;
}

// Finds the host's addresses, once: a resolver answers in its own time, and not at all when the network is what failed.
// Returns 0 or an errno.
static int resolve(cm_link *link) {
  if (link->addresses) return 0;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
  int lookup = getaddrinfo(link->host, link->service, &hints, &link->addresses);
  if (lookup == EAI_NONAME) {
    hints.ai_flags = 0;
    lookup = getaddrinfo(link->host, link->service, &hints, &link->addresses);
  }
  if (lookup == 0) return 0;
  link->addresses = NULL;
  return lookup == EAI_SYSTEM ? errno : EHOSTUNREACH;
}

static cm_result connect_tcp(cm_link *link, int64_t deadline) {
  int fault = resolve(link);
  if (fault) return cmodbus_result(CM_TRANSPORT, fault);
  int fd = -1;
  for (struct addrinfo *a = link->addresses; a && fd < 0; a = a->ai_next) {
    fd = connect_address(a, deadline);
    if (fd < 0) fault = errno;
  }
  if (fd < 0) return fault == ETIMEDOUT ? cmodbus_result(CM_TIMEOUT, 0) : cmodbus_result(CM_TRANSPORT, fault);
  modbus_set_socket(link->modbus, fd);
  link->connected = true;
  return cmodbus_result(CM_OK, 0);
}

cm_result cm_connect(cm_link *link, int32_t deadline_ms) {
  if (link->connected) return cmodbus_result(CM_OK, 0);
  if (link->host) return connect_tcp(link, cmodbus_now_ms() + deadline_ms);
  if (modbus_connect(link->modbus) < 0) return cmodbus_result(CM_TRANSPORT, errno);
  link->connected = true;
  return cmodbus_result(CM_OK, 0);
}

void cmodbus_note_frame(cm_link *link) { link->quiet_us = now_us() + link->silence_us; }

cm_result cmodbus_abandon(cm_link *link, cm_outcome outcome, int32_t detail) {
  cmodbus_note_frame(link);
  if (link->host || outcome == CM_TRANSPORT) close_link(link);
  else modbus_flush(link->modbus);
  return cmodbus_result(outcome, detail);
}

// Keeps the silence between two frames.
static void keep_quiet(const cm_link *link) {
  struct timespec until = {link->quiet_us / 1000000, link->quiet_us % 1000000 * 1000};
  if (link->silence_us > 0)
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
}

// Modbus over Serial Line V1.02, 6.2.2: polynomial 0xA001, sent low byte first.
int cmodbus_put_crc(uint8_t *frame, int length) {
  uint16_t crc = 0xFFFF;
  for (int i = 0; i < length; i++) {
    crc ^= frame[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
  }
  frame[length] = (uint8_t)crc;
  frame[length + 1] = (uint8_t)(crc >> 8);
  return length + 2;
}

int cmodbus_send(cm_link *link, uint8_t unit, const uint8_t *pdu, int length) {
  uint8_t frame[TCP_HEADER + 1 + PDU_MAX];
  ssize_t size;
  if (!link->is_mbap) {
    // A reply's unit is checked by libmodbus.
    if (modbus_set_slave(link->modbus, unit) < 0) return errno;
    frame[0] = unit;
    memcpy(frame + 1, pdu, (size_t)length);
    size = length + 1;
  } else {
    size = cmodbus_put_frame(frame, ++link->transaction, unit, pdu, length);
  }
  if (!link->host) {
    keep_quiet(link);
    modbus_flush(link->modbus);
    return modbus_send_raw_request(link->modbus, frame, (int)size) < 0 ? errno : 0;
  }
  if (!link->is_mbap) size = cmodbus_put_crc(frame, (int)size);
  ssize_t sent = send(modbus_get_socket(link->modbus), frame, (size_t)size, MSG_NOSIGNAL);
  if (sent < 0) return errno;
  // A peer that takes no bytes at all has stopped reading.
  return sent == size ? 0 : ETIMEDOUT;
}

// A byte on a serial line is 11 bits: a reply may take the deadline plus the time both frames are on the wire.
uint32_t cmodbus_wire_ms(const cm_link *link, int bytes) {
  return link->baud ? (uint32_t)((int64_t)bytes * 11 * 1000 / link->baud + 1) : 0;
}

// One request and its reply. On CM_OK `reply` holds the reply's PDU, `expected` bytes long, its function checked.
static cm_result transact(cm_link *link, uint8_t unit, const uint8_t *pdu, int length, uint8_t *reply, int expected,
                          int32_t deadline_ms) {
  if (!link->connected) return cmodbus_result(CM_TRANSPORT, ENOTCONN);
  int fault = cmodbus_send(link, unit, pdu, length);
  if (fault) {
    bool full = fault == ETIMEDOUT || fault == EAGAIN;
    return cmodbus_abandon(link, full ? CM_TIMEOUT : CM_TRANSPORT, full ? 0 : fault);
  }
  // With no byte timeout the response timeout bounds the whole reply (Linux select() counts it down).
  uint32_t wait_ms = (uint32_t)deadline_ms + cmodbus_wire_ms(link, length + expected + 6);
  modbus_set_response_timeout(link->modbus, wait_ms / 1000, wait_ms % 1000 * 1000);
  modbus_set_byte_timeout(link->modbus, 0, 0);

  uint8_t frame[REPLY_MAX];
  int size = modbus_receive_confirmation(link->modbus, frame);
  if (size < 0) {
    if (errno == ETIMEDOUT) return cmodbus_abandon(link, CM_TIMEOUT, 0);
    if (errno >= MODBUS_ENOBASE) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
    return cmodbus_abandon(link, CM_TRANSPORT, errno);
  }
  cmodbus_note_frame(link);
  int header = link->is_mbap ? TCP_HEADER : 0;
  int body = size - header - 1 - (link->is_mbap ? 0 : 2);  // PDU: without unit and CRC
  bool fits = body >= 2 && frame[header] == unit;
  if (fits && link->is_mbap)
    fits = frame[0] == link->transaction >> 8 && frame[1] == (uint8_t)link->transaction && frame[2] == 0 &&
           frame[3] == 0 && (frame[4] << 8 | frame[5]) == body + 1;
  const uint8_t *answer = frame + header + 1;
  if (fits && body == 2 && answer[0] == (pdu[0] | 0x80)) return cmodbus_result(CM_EXCEPTION, answer[1]);
  if (!fits || answer[0] != pdu[0] || body != expected) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
  memcpy(reply, answer, (size_t)body);
  return cmodbus_result(CM_OK, 0);
}

static void put16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

int cmodbus_put_frame(uint8_t *frame, uint16_t transaction, uint8_t unit, const uint8_t *pdu, int length) {
  put16(frame, transaction);
  put16(frame + 2, 0);
  put16(frame + 4, (uint16_t)(length + 1));
  frame[TCP_HEADER] = unit;
  memcpy(frame + TCP_HEADER + 1, pdu, (size_t)length);
  return TCP_HEADER + 1 + length;
}

static bool is_bits(cm_area area) { return area == CM_COIL || area == CM_DISCRETE; }

bool cmodbus_put_read(uint8_t pdu[READ_REQUEST], cm_area area, uint16_t address, uint16_t count) {
  static const uint8_t functions[] = {[CM_COIL] = 1, [CM_DISCRETE] = 2, [CM_INPUT] = 4, [CM_HOLDING] = 3};
  if (area > CM_HOLDING || count < 1 || count > (is_bits(area) ? 2000 : 125)) return false;
  pdu[0] = functions[area];
  put16(pdu + 1, address);
  put16(pdu + 3, count);
  return true;
}

int cmodbus_read_reply(cm_area area, uint16_t count) { return 2 + (is_bits(area) ? (count + 7) / 8 : count * 2); }

bool cmodbus_take_read(const uint8_t *reply, cm_area area, uint16_t count, uint16_t *values) {
  if (reply[1] != cmodbus_read_reply(area, count) - 2) return false;
  const uint8_t *data = reply + 2;
  for (int i = 0; i < count; i++)
    values[i] = is_bits(area) ? (data[i / 8] >> (i % 8)) & 1 : (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
  return true;
}

cm_result cm_read(cm_link *link, cm_area area, uint8_t unit, uint16_t address, uint16_t count, uint16_t *values,
                  int32_t deadline_ms) {
  if (link->is_mbap) {
    // A batch of one: libmodbus takes a reply in three pieces, each with a select(2) and a recv(2).
    cm_read_order order = {.area = area, .unit = unit, .address = address, .count = count};
    cm_read_many(link, &order, 1, values, 1, 1, deadline_ms);
    return order.result;
  }
  uint8_t request[READ_REQUEST], reply[PDU_MAX];
  if (deadline_ms < 1 || !cmodbus_put_read(request, area, address, count))
    return cmodbus_result(CM_TRANSPORT, EINVAL);
  int expected = cmodbus_read_reply(area, count);
  cm_result outcome = transact(link, unit, request, sizeof request, reply, expected, deadline_ms);
  if (outcome.outcome != CM_OK) return outcome;
  if (!cmodbus_take_read(reply, area, count, values)) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
  return outcome;
}

cm_result cm_write(cm_link *link, cm_area area, uint8_t unit, uint16_t address, uint16_t count,
                   const uint16_t *values, int32_t deadline_ms) {
  bool coils = area == CM_COIL;
  if ((!coils && area != CM_HOLDING) || count < 1 || count > WRITE_MAX || deadline_ms < 1)
    return cmodbus_result(CM_TRANSPORT, EINVAL);
  uint8_t request[6 + 2 * WRITE_MAX] = {0}, reply[PDU_MAX];
  put16(request + 1, address);
  int length = 5;
  if (count == 1) {
    request[0] = coils ? 5 : 6;
    put16(request + 3, coils ? (values[0] ? 0xFF00 : 0) : values[0]);
  } else {
    request[0] = coils ? 15 : 16;
    put16(request + 3, count);
    request[5] = (uint8_t)(coils ? (count + 7) / 8 : count * 2);
    for (int i = 0; i < count; i++) {
      if (coils) request[6 + i / 8] |= (uint8_t)((values[i] ? 1 : 0) << (i % 8));
      else put16(request + 6 + 2 * i, values[i]);
    }
    length = 6 + request[5];
  }
  cm_result outcome = transact(link, unit, request, length, reply, 5, deadline_ms);
  // Both forms echo address and value or count.
  bool is_echo = outcome.outcome != CM_OK || memcmp(reply, request, 5) == 0;
  if (!is_echo) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
  return outcome;
}
