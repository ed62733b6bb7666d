/* memory.h - between the parts of memory.so; what helper_python.c calls of it are weak symbols there. */
#ifndef MEMORY_H
#define MEMORY_H

#include "helper.h"

/* mmap(2), mremap(2), madvise(2): ABI, and the same on both machines. */
enum { READ = 1, READ_WRITE = 3, READ_EXECUTE = 5, TO_FIXED = 3, SHARED_ANONYMOUS = 0x21, PRIVATE_ANONYMOUS = 0x22 };
#define HUGE_PAGE (2ul << 20)
enum { DONTNEED_ADVICE = 4, HUGE_ADVICE = 14, NO_HUGE_ADVICE = 15, COLLAPSE_ADVICE = 25 };

#define INSIDE __attribute__((visibility("hidden")))

/* Before the interpreter begins; after the imports; in a copy (blocks.c). */
INSIDE void	blocks_begin(void);
INSIDE void	blocks_settle(void);
INSIDE void	blocks_copied(void);
/* In the trial: as memory_tours() and memory_tried(). */
INSIDE void	blocks_tours(bool on);
INSIDE void	blocks_tried(void);

/* After the imports (code.c). alone: no other thread runs the interpreter's code, as those of libraries do not. */
INSIDE void	code_settle(bool alone);
/* When all is where it stays, and there is no other thread. True in the fork that makes the survey. */
INSIDE bool	code_survey(void);
/* In the survey: as memory_tours() and memory_tried(). */
INSIDE void	code_tours(bool on);
INSIDE void	code_tried(void);

/* Memory that can be a huge page. 0: none. */
INSIDE uintptr_t	map_huge(void);
/* In a copy: the bytes from there to the end of the template's heap, or of this one of its arenas; 0: it is in none. */
INSIDE size_t	memory_settled(const void *);
/* In a copy, or in a fork that does what copies do: the template's memory is not its own any more. */
EXPORT void	memory_copied(void);
/*
 * In a fork of that parent that does what copies do: from here on nobody sees it, hears it or outlives the template
 * with it. False: it has to end.
 */
INSIDE bool	memory_apart(long parent);

static inline bool
protect(uintptr_t from, uintptr_t n, long how)
{
	return sys(SYS_mprotect, (long)from, (long)n, how, 0, 0) == 0;
}

#endif
