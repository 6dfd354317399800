/* Counts what the calling thread asks of the heap between ap_arm and ap_disarm. Linking this target replaces malloc and
   its kin in the whole process by counting wrappers around glibc's own; freeing is left alone, since nothing can be
   freed that was not asked for. Under a sanitizer, which has its own, nothing is replaced and nothing counted.
   Meaningful in release builds: unoptimised Swift allocates for almost anything. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether this build counts. */
bool ap_counts(void);

/* Starts counting on this thread from 0. */
void ap_arm(void);

/* Ends counting on this thread; returns the requests since ap_arm. */
uint64_t ap_disarm(void);
