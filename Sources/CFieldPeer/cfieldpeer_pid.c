#include "CFieldPeer.h"

static double clamped(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

double fp_pid_step(fp_pid *pid, double setpoint, double input) {
  double error = setpoint - input;
  pid->integral = clamped(
      pid->integral + error * pid->integral_gain * pid->dt, pid->integral_min, pid->integral_max);
  double derivative = pid->has_run ? pid->derivative_gain * (error - pid->last_error) / pid->dt : 0;
  double feed_forward = (setpoint + pid->ff_offset) * pid->ff_gain;
  double out = clamped(pid->gain * error + pid->integral + derivative + feed_forward, pid->out_min, pid->out_max);
  if (pid->has_run) {
    out = clamped(out, pid->last_out + pid->slew_down * pid->dt, pid->last_out + pid->slew_up * pid->dt);
    // What the slew held back is not to wind up.
    pid->integral = clamped(
        out - pid->gain * error - derivative - feed_forward, pid->integral_min, pid->integral_max);
  }
  pid->last_error = error;
  pid->last_out = out;
  pid->has_run = true;
  return out;
}
