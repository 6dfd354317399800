// Several reads under way at once over one TCP connection. The transaction id of an order is its place in the batch,
// counted on from the link's last id: whatever arrives is either the answer to exactly one order or stale.
#include "cmodbus_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { WINDOW_MAX = 16, REQUEST_FRAME = TCP_HEADER + 1 + READ_REQUEST, BUFFER = 2 * WINDOW_MAX * REPLY_MAX };

typedef struct batch {
  cm_link *link;
  cm_read_order *orders;
  uint16_t *values;
  int count;
  uint16_t first;  // transaction id of orders[0]
  int sent;        // orders before this one have been sent
  int oldest;      // no order before this one is under way
  int under_way;
  int good;
  bool is_sent[WINDOW_MAX];  // by place modulo window: under way
  int window;
  uint8_t buffer[BUFFER];
  int filled;
} batch;

static bool *flag(batch *b, int place) { return &b->is_sent[place % b->window]; }

static void finish(batch *b, int place, cm_outcome outcome, int32_t detail) {
  b->orders[place].result = cmodbus_result(outcome, detail);
  if (outcome == CM_OK) b->good++;
  *flag(b, place) = false;
  b->under_way--;
  while (b->oldest < b->sent && !*flag(b, b->oldest)) b->oldest++;
}

// Sends as many as the window takes, in one segment. Returns 0 or an errno.
static int send_more(batch *b) {
  uint8_t frames[WINDOW_MAX * REQUEST_FRAME], pdu[READ_REQUEST];
  size_t size = 0;
  while (b->sent < b->count && b->sent - b->oldest < b->window) {
    cm_read_order *order = &b->orders[b->sent];
    bool valid = cmodbus_put_read(pdu, order->area, order->address, order->count);
    if (valid)
      size += (size_t)cmodbus_put_frame(frames + size, (uint16_t)(b->first + b->sent), order->unit, pdu, sizeof pdu);
    *flag(b, b->sent) = true;
    b->under_way++;
    b->sent++;
    if (!valid) finish(b, b->sent - 1, CM_TRANSPORT, EINVAL);
  }
  if (size == 0) return 0;
  ssize_t sent = send(modbus_get_socket(b->link->modbus), frames, size, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN ? ETIMEDOUT : errno;
  return (size_t)sent == size ? 0 : ETIMEDOUT;
}

// The stream cannot be trusted any further; most likely it was to be the answer that has been waited for longest.
static bool distrust(batch *b) {
  if (b->under_way > 0) finish(b, b->oldest, CM_PROTOCOL_VIOLATION, 0);
  return false;
}

// Whether a header announces what may follow it: waiting for bytes that never come would look like silence.
static bool is_plausible(batch *b, const uint8_t *frame, int body) {
  if (body < 3 || body > REPLY_MAX - TCP_HEADER) return false;
  int place = (uint16_t)((frame[0] << 8 | frame[1]) - b->first);
  if (place >= b->sent || place < b->oldest || !*flag(b, place)) return true;
  return body == 3 || body == 1 + cmodbus_read_reply(b->orders[place].area, b->orders[place].count);
}

// Judges one whole frame. Returns false when the stream cannot be trusted any further.
static bool take_frame(batch *b, const uint8_t *frame, int body) {
  int place = (uint16_t)((frame[0] << 8 | frame[1]) - b->first);
  if (place >= b->sent || frame[2] != 0 || frame[3] != 0) return distrust(b);
  // The late answer to an order that was given up.
  if (place < b->oldest || !*flag(b, place)) return true;
  const cm_read_order *order = &b->orders[place];
  uint8_t request[READ_REQUEST];
  cmodbus_put_read(request, order->area, order->address, order->count);
  const uint8_t *answer = frame + TCP_HEADER + 1;
  bool is_ours = frame[TCP_HEADER] == order->unit;
  if (is_ours && body == 3 && answer[0] == (request[0] | 0x80)) {
    finish(b, place, CM_EXCEPTION, answer[1]);
    return true;
  }
  bool fits = is_ours && answer[0] == request[0] && body == 1 + cmodbus_read_reply(order->area, order->count) &&
              cmodbus_take_read(answer, order->area, order->count, b->values + order->offset);
  finish(b, place, fits ? CM_OK : CM_PROTOCOL_VIOLATION, 0);
  return fits;
}

// Takes what has arrived. Returns 0, an errno, or -1 when the stream cannot be trusted any further.
static int take_replies(batch *b) {
  ssize_t size = recv(modbus_get_socket(b->link->modbus), b->buffer + b->filled, (size_t)(BUFFER - b->filled), 0);
  if (size == 0) return ECONNRESET;
  if (size < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
  b->filled += (int)size;
  int at = 0;
  while (b->filled - at >= TCP_HEADER) {
    const uint8_t *frame = b->buffer + at;
    int body = frame[4] << 8 | frame[5];
    if (!is_plausible(b, frame, body)) {
      distrust(b);
      return -1;
    }
    if (b->filled - at < TCP_HEADER + body) break;
    if (!take_frame(b, frame, body)) return -1;
    at += TCP_HEADER + body;
  }
  memmove(b->buffer, b->buffer + at, (size_t)(b->filled - at));
  b->filled -= at;
  return 0;
}

// Ends the batch: what is under way, or not yet sent, ends with this outcome, and the connection is closed.
static void give_up(batch *b, cm_outcome outcome, int32_t detail) {
  for (int place = b->oldest; place < b->count; place++)
    if (place >= b->sent || *flag(b, place)) b->orders[place].result = cmodbus_result(outcome, detail);
  b->under_way = 0;
  b->count = b->sent;
  cmodbus_abandon(b->link, CM_TRANSPORT, 0);
}

int cm_read_many(cm_link *link, cm_read_order *orders, int count, uint16_t *values, int window, int timeouts_max,
                 int32_t deadline_ms) {
  bool valid = link->is_mbap && link->connected && window >= 1 && window <= WINDOW_MAX && deadline_ms >= 1;
  for (int i = 0; i < count; i++)
    orders[i].result = valid ? cmodbus_result(CM_NOT_ASKED, 0) : cmodbus_result(CM_TRANSPORT, ENOTCONN);
  if (!valid) return 0;
  batch b = {.link = link, .orders = orders, .values = values, .count = count, .window = window};
  b.first = (uint16_t)(link->transaction + 1);
  int timeouts = 0;
  int64_t due = cmodbus_now_ms() + deadline_ms;
  while (b.under_way > 0 || b.sent < b.count) {
    int fault = send_more(&b);
    int64_t left = due - cmodbus_now_ms();
    struct pollfd ready = {.fd = modbus_get_socket(link->modbus), .events = POLLIN};
    if (fault == 0 && b.under_way > 0 && poll(&ready, 1, left > 0 ? (int)left : 0) > 0) {
      int before = b.under_way;
      fault = take_replies(&b);
      if (b.under_way < before) due = cmodbus_now_ms() + deadline_ms;
    }
    if (fault == -1) {
      give_up(&b, CM_NOT_ASKED, 0);
    } else if (fault == ETIMEDOUT || (fault == 0 && b.under_way > 0 && cmodbus_now_ms() >= due)) {
      finish(&b, b.oldest, CM_TIMEOUT, 0);
      due = cmodbus_now_ms() + deadline_ms;
      if (++timeouts >= timeouts_max || fault) give_up(&b, CM_NOT_ASKED, 0);
    } else if (fault) {
      give_up(&b, CM_TRANSPORT, fault);
    }
  }
  link->transaction = (uint16_t)(b.first + b.sent);
  // A late answer must not be there for whoever asks next.
  if (timeouts > 0) cmodbus_abandon(link, CM_TIMEOUT, 0);
  return b.good;
}
