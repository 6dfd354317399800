// A Modbus master over one TCP connection or one serial line, narrowed from libmodbus to what a poll loop needs:
// connect, read, write, each with a deadline, each with an outcome that keeps four kinds of failure apart.
//
// One link is used from one thread at a time. Nothing is printed and no signal is raised (a write to a closed peer
// is a transport outcome, not SIGPIPE).
//
// A late reply is never taken for the next answer: after every outcome but CM_OK and CM_EXCEPTION a TCP connection
// is closed, and a serial line is flushed (and again before each request).
//
// On a serial line a request waits until 3.5 characters, at least 1.75 ms, have passed since the last frame: devices
// tell frames apart by that silence.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct cm_link cm_link;

typedef enum cm_outcome {
  CM_OK = 0,
  // The operating system refused or the peer closed; `detail` is the errno.
  CM_TRANSPORT = 1,
  // No complete reply within the deadline.
  CM_TIMEOUT = 2,
  // A reply that does not belong to the request: transaction id, unit, function, length, echo or CRC.
  CM_PROTOCOL_VIOLATION = 3,
  // The device answered with a Modbus exception; `detail` is its code. The link stays usable.
  CM_EXCEPTION = 4,
  // Of one of several reads: not sent, or given up without its own deadline having passed.
  CM_NOT_ASKED = 5,
} cm_outcome;

typedef struct cm_result {
  cm_outcome outcome;
  int32_t detail;
} cm_result;

typedef enum cm_area { CM_COIL = 0, CM_DISCRETE = 1, CM_INPUT = 2, CM_HOLDING = 3 } cm_area;

// A closed link to `host` (address or name; a name is resolved once, at the first connect). NULL when memory is short.
cm_link *cm_new_tcp(const char *host, uint16_t port);

// The same for a gateway that passes serial frames on as they are: unit, PDU and CRC, without MBAP header.
cm_link *cm_new_rtu_tcp(const char *host, uint16_t port);

// A closed link to the serial line at `path`; `parity` is 'N', 'E' or 'O'. NULL when a setting is not one of these.
cm_link *cm_new_rtu(const char *path, int32_t baud, char parity, int32_t stop_bits);

// Closes and releases; `link` may be NULL.
void cm_free(cm_link *link);

// Opens the connection within the deadline (resolving a name is not counted). CM_OK when already open.
cm_result cm_connect(cm_link *link, int32_t deadline_ms);
bool cm_is_connected(const cm_link *link);

// Reads `count` values into `values` (bits become 0 or 1): 1 … 125 registers or 1 … 2000 bits; otherwise, or when
// the link is closed, CM_TRANSPORT with EINVAL or ENOTCONN. `values` is touched only when the outcome is CM_OK.
cm_result cm_read(cm_link *link, cm_area area, uint8_t unit, uint16_t address, uint16_t count, uint16_t *values,
                  int32_t deadline_ms);

// One of several reads that are under way together: `count` values go to `offset` of their buffer.
typedef struct cm_read_order {
  cm_area area;
  uint8_t unit;
  uint16_t address;
  uint16_t count;
  uint32_t offset;
  cm_result result;
} cm_read_order;

// The same for several reads over TCP, up to `window` (1 … 16) of them under way at once; replies may come in any order
// and are told apart by transaction id. Each order has its own result afterwards.
//
// The deadline bounds every silence: with no reply for so long the read that waits longest has timed out, and the
// others have as long again, since what answers one after the other may have waited for the same thing. After
// `timeouts_max` of them what is left is CM_NOT_ASKED. After any timeout the connection is closed at the end.
// Returns the number of orders that are CM_OK.
int cm_read_many(cm_link *link, cm_read_order *orders, int count, uint16_t *values, int window, int timeouts_max,
                 int32_t deadline_ms);

// Asks what the device says of itself (function 43/14), from `object` on: 0 vendor, 1 product code, 2 revision. On CM_OK
// `reply` holds the reply's PDU, at most CM_IDENTITY_MAX bytes, `detail` of them; its objects end where it ends. A device
// that does not offer this answers CM_EXCEPTION.
enum { CM_IDENTITY_MAX = 253 };
cm_result cm_identify(cm_link *link, uint8_t unit, uint8_t object, uint8_t *reply, int32_t deadline_ms);

// Writes 1 … 123 values to CM_HOLDING or CM_COIL; one value uses function 6 or 5, more use 16 or 15.
cm_result cm_write(cm_link *link, cm_area area, uint8_t unit, uint16_t address, uint16_t count,
                   const uint16_t *values, int32_t deadline_ms);
