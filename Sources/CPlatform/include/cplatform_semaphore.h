/* A semaphore whose deadlines are on CLOCK_MONOTONIC, where sem_timedwait(3) has only CLOCK_REALTIME. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct cplatform_semaphore cplatform_semaphore;

/* A semaphore at zero, or NULL when memory is short. */
cplatform_semaphore *cplatform_semaphore_new(void);

/* Nobody may be waiting. */
void cplatform_semaphore_free(cplatform_semaphore *semaphore);

void cplatform_semaphore_post(cplatform_semaphore *semaphore);
void cplatform_semaphore_wait(cplatform_semaphore *semaphore);

/* Waits until CLOCK_MONOTONIC reads `nanoseconds` (>= 0); false when nothing was posted by then. */
bool cplatform_semaphore_wait_until(cplatform_semaphore *semaphore, int64_t nanoseconds);
