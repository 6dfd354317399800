// Read Device Identification, function 43 with MEI type 14 (Application Protocol V1.1b3, 6.21). libmodbus takes the
// reply for one of a fixed length, and on a serial line nothing but the reply's own objects says where it ends: it is
// read here.
#include "cmodbus_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ENCAPSULATED = 0x2B, READ_IDENTIFICATION = 0x0E, BASIC = 0x01, OBJECTS_AT = 7 };
enum { FRAME_MAX = TCP_HEADER + 1 + PDU_MAX + 2 };

// Length of the reply's PDU as far as its first `have` bytes tell: 0 when more must come, -1 when it is no reply.
static int reply_length(const uint8_t *pdu, int have) {
  if (have < 1) return 0;
  if (pdu[0] == (ENCAPSULATED | 0x80)) return 2;
  if (pdu[0] != ENCAPSULATED || (have > 1 && pdu[1] != READ_IDENTIFICATION)) return -1;
  if (have < OBJECTS_AT) return 0;
  int length = OBJECTS_AT;
  for (int object = 0; object < pdu[OBJECTS_AT - 1]; object++) {
    if (have < length + 2) return 0;
    length += 2 + pdu[length + 1];
    if (length > PDU_MAX) return -1;
  }
  return length;
}

// The same of the whole frame.
static int frame_length(const cm_link *link, const uint8_t *frame, int have) {
  if (!link->is_mbap) {
    int pdu = reply_length(frame + 1, have - 1);
    return pdu > 0 ? 1 + pdu + 2 : pdu;
  }
  if (have < TCP_HEADER) return 0;
  int body = frame[4] << 8 | frame[5];
  return body >= 3 && body <= 1 + PDU_MAX ? TCP_HEADER + body : -1;
}

// Whether a whole frame answers what was asked.
static bool is_answer(const cm_link *link, const uint8_t *frame, int length, uint8_t unit) {
  int head = link->is_mbap ? TCP_HEADER + 1 : 1, tail = link->is_mbap ? 0 : 2;
  if (frame[head - 1] != unit || reply_length(frame + head, length - head - tail) != length - head - tail) return false;
  if (!link->is_mbap) {
    uint8_t check[FRAME_MAX];
    memcpy(check, frame, (size_t)length);
    cmodbus_put_crc(check, length - 2);
    return memcmp(check + length - 2, frame + length - 2, 2) == 0;
  }
  return frame[0] == link->transaction >> 8 && frame[1] == (uint8_t)link->transaction && frame[2] == 0 && frame[3] == 0;
}

cm_result cm_identify(cm_link *link, uint8_t unit, uint8_t object, uint8_t *reply, int32_t deadline_ms) {
  if (!link->connected) return cmodbus_result(CM_TRANSPORT, ENOTCONN);
  const uint8_t pdu[] = {ENCAPSULATED, READ_IDENTIFICATION, BASIC, object};
  int fault = cmodbus_send(link, unit, pdu, sizeof pdu);
  if (fault == ETIMEDOUT) return cmodbus_abandon(link, CM_TIMEOUT, 0);
  if (fault) return cmodbus_abandon(link, CM_TRANSPORT, fault);
  int64_t due = cmodbus_now_ms() + deadline_ms + cmodbus_wire_ms(link, FRAME_MAX);
  uint8_t frame[FRAME_MAX];
  int filled = 0, length = 0;
  while (length == 0 || filled < length) {
    int64_t left = due - cmodbus_now_ms();
    struct pollfd ready = {.fd = modbus_get_socket(link->modbus), .events = POLLIN};
    if (left <= 0 || poll(&ready, 1, (int)left) == 0) return cmodbus_abandon(link, CM_TIMEOUT, 0);
    ssize_t size = read(ready.fd, frame + filled, sizeof frame - (size_t)filled);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return cmodbus_abandon(link, CM_TRANSPORT, size < 0 ? errno : ECONNRESET);
    filled += (int)size;
    length = frame_length(link, frame, filled);
    if (length < 0 || (length > 0 && filled > length)) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
  }
  if (!is_answer(link, frame, length, unit)) return cmodbus_abandon(link, CM_PROTOCOL_VIOLATION, 0);
  cmodbus_note_frame(link);
  const uint8_t *answer = frame + (link->is_mbap ? TCP_HEADER + 1 : 1);
  if (answer[0] != ENCAPSULATED) return cmodbus_result(CM_EXCEPTION, answer[1]);
  int size = length - (int)(answer - frame) - (link->is_mbap ? 0 : 2);
  memcpy(reply, answer, (size_t)size);
  return cmodbus_result(CM_OK, size);
}
