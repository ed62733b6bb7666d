/* memory.h - between the parts of memory.so; what helper_python.c calls of it are weak symbols there. */
#ifndef MEMORY_H
#define MEMORY_H

#include "helper.h"

/* mmap(2), mremap(2), madvise(2): ABI, and the same on both machines. */
enum { READ = 1, READ_WRITE = 3, READ_EXECUTE = 5, TO_FIXED = 3, PRIVATE_ANONYMOUS = 0x22 };
enum { DONTNEED_ADVICE = 4, HUGE_ADVICE = 14, NO_HUGE_ADVICE = 15, COLLAPSE_ADVICE = 25 };

/* Before the interpreter begins; after the imports; in a copy (blocks.c). */
void	blocks_begin(void) __attribute__((visibility("hidden")));
void	blocks_settle(void) __attribute__((visibility("hidden")));
void	blocks_copied(void) __attribute__((visibility("hidden")));

/* In a copy: the bytes from there to the end of the template's heap, or of this one of its arenas; 0: it is in none. */
size_t	memory_settled(const void *) __attribute__((visibility("hidden")));

#endif
