#include "cplatform_thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

struct start {
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  /* Dispatch makes a worker in the thread that needs one, and a thread inherits its maker's class: not this one's. */
  struct sched_param parameter;
  int policy;
  if (!pthread_getschedparam(pthread_self(), &policy, &parameter) && policy == SCHED_FIFO)
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter);
  start.body(start.context);
  return NULL;
}

/* Only what is touched is taken. A core is 180 kB, and code without optimisation copies it for every look at it. */
enum { STACK_BYTES = 64 << 20 };

static int start_in_class(const char *name, int fifo_priority, struct start *start) {
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  if (fifo_priority > 0) {
    struct sched_param parameter = {.sched_priority = fifo_priority};
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &parameter);
  }
  error = pthread_create(&thread, &attributes, run, start);
  pthread_attr_destroy(&attributes);
  if (!error) pthread_setname_np(thread, name);
  return error;
}

int cp_thread_start(const char *name, int fifo_priority, void (*body)(void *), void *context, bool *is_realtime) {
  struct start *start = malloc(sizeof *start);
  if (!start) return ENOMEM;
  start->body = body;
  start->context = context;
  *is_realtime = fifo_priority > 0;
  int error = start_in_class(name, fifo_priority, start);
  if (error && fifo_priority > 0) {
    *is_realtime = false;
    error = start_in_class(name, 0, start);
  }
  if (error) free(start);
  return error;
}

void cp_sleep_until(int64_t nanoseconds) {
  struct timespec until = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
  }
}

int cp_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 ? 0 : errno; }

static sigset_t daemon_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGUSR1);
  return set;
}

void cp_block_signals(void) {
  sigset_t set = daemon_signals();
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

int cp_wait_signal(void) {
  sigset_t set = daemon_signals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}
