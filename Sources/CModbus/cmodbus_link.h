// What the shim's own files share; not part of the module.
#pragma once

#include "CModbus.h"

#include <modbus/modbus.h>
#include <netdb.h>

enum { TCP_HEADER = 6, WRITE_MAX = 123, PDU_MAX = 253, REPLY_MAX = MODBUS_TCP_MAX_ADU_LENGTH, READ_REQUEST = 5 };

struct cm_link {
  modbus_t *modbus;
  char *host;         // NULL on a serial line
  char service[8];
  struct addrinfo *addresses;  // of host; NULL until first resolved
  bool is_mbap;       // framed with MBAP header, else with CRC
  int32_t baud;       // 0 on TCP
  int64_t silence_us; // between frames on a serial line; 0 on TCP
  int64_t quiet_us;   // no frame before this
  uint16_t transaction;
  bool connected;
};

int64_t cmodbus_now_ms(void);
cm_result cmodbus_result(cm_outcome outcome, int32_t detail);

// Closes a TCP connection, flushes a serial line: after this nothing that was asked before can still be read.
cm_result cmodbus_abandon(cm_link *link, cm_outcome outcome, int32_t detail);

// Puts MBAP header, unit and PDU into `frame`; returns its length.
int cmodbus_put_frame(uint8_t *frame, uint16_t transaction, uint8_t unit, const uint8_t *pdu, int length);

// Sends unit and PDU in the link's framing. Returns 0 or an errno; ETIMEDOUT where the peer takes no bytes.
int cmodbus_send(cm_link *link, uint8_t unit, const uint8_t *pdu, int length);

// A frame has ended: the silence after it begins.
void cmodbus_note_frame(cm_link *link);

// Appends the CRC; returns the frame's length with it.
int cmodbus_put_crc(uint8_t *frame, int length);

// Time that so many bytes take on a serial line; 0 over TCP.
uint32_t cmodbus_wire_ms(const cm_link *link, int bytes);

// Puts the PDU of a read into `pdu`; false when the count is not one that can be asked for.
bool cmodbus_put_read(uint8_t pdu[READ_REQUEST], cm_area area, uint16_t address, uint16_t count);

// Bytes of the PDU that answers a read.
int cmodbus_read_reply(cm_area area, uint16_t count);

// Takes the values out of the PDU that answers a read; false when its byte count is wrong.
bool cmodbus_take_read(const uint8_t *reply, cm_area area, uint16_t count, uint16_t *values);
