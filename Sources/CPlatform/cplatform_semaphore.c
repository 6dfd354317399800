#include "cplatform_semaphore.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

/* On the heap: a semaphore must not move. */
struct cplatform_semaphore {
  sem_t semaphore;
};

cplatform_semaphore *cplatform_semaphore_new(void) {
  cplatform_semaphore *made = malloc(sizeof *made);
  if (made) sem_init(&made->semaphore, 0, 0);
  return made;
}

void cplatform_semaphore_free(cplatform_semaphore *semaphore) {
  sem_destroy(&semaphore->semaphore);
  free(semaphore);
}

void cplatform_semaphore_post(cplatform_semaphore *semaphore) { sem_post(&semaphore->semaphore); }

void cplatform_semaphore_wait(cplatform_semaphore *semaphore) {
  while (sem_wait(&semaphore->semaphore) != 0 && errno == EINTR) {
  }
}

bool cplatform_semaphore_wait_until(cplatform_semaphore *semaphore, int64_t nanoseconds) {
  struct timespec until = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int outcome;
  while ((outcome = sem_clockwait(&semaphore->semaphore, CLOCK_MONOTONIC, &until)) != 0 && errno == EINTR) {
  }
  return outcome == 0;
}
