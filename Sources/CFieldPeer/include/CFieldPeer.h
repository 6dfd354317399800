// What the benchmarks measure against, outside the language and the code that they measure: Modbus TCP servers that
// answer at once, the plain loop over libmodbus that is the field's floor, and the plain PID that is a step's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct fp_server fp_server;

// One request as it arrived, on CLOCK_MONOTONIC.
typedef struct fp_arrival {
  int64_t ns;
  uint16_t port;  // index, from 0
  uint16_t address;
  uint16_t count;
  uint8_t unit;
  uint8_t function;
} fp_arrival;

enum { FP_PORTS_MAX = 16, FP_ARRIVALS_MAX = 100000 };

// Listens on so many free ports of loopback, one thread for all. Every unit behind a port has all holding registers: a
// read gives 256 times the unit plus the low byte of the address, a write is confirmed. NULL when that is not possible.
fp_server *fp_start(int ports);
int fp_port(const fp_server *server, int index);
void fp_stop(fp_server *server);

// A unit that says nothing; a register whose reads, alone or with others, are refused with exception 2 (-1: none).
void fp_set_silent(fp_server *server, int port, uint8_t unit, bool is_silent);
void fp_set_illegal(fp_server *server, int port, uint8_t unit, int address);

// Takes the requests that have arrived since the last call, oldest first; returns how many, `max` at most.
int fp_take_arrivals(fp_server *server, fp_arrival *arrivals, int max);

// Reads `count` registers of the units 1 … `units` in turn for `ns`, as one writes it with libmodbus. Returns the
// number of registers read, -1 on a fault.
int64_t fp_plain_loop(int port, int units, int count, int64_t ns);

// A PID as fan and pump daemons have it: error, clamped integral, derivative, feed-forward, clamped output, slew. In
// units of its input and output, per second.
typedef struct fp_pid {
  double dt, gain, integral_gain, derivative_gain, ff_offset, ff_gain;
  double integral_min, integral_max, out_min, out_max, slew_up, slew_down;
  double integral, last_error, last_out;
  bool has_run;
} fp_pid;

double fp_pid_step(fp_pid *pid, double setpoint, double input);
