/*
 * memory.c - where CPython's template has what its copies share. A fork
 * writes an entry for each page of it, the end of a copy reads each again: for a
 * huge page that is one. Where a copy writes, the kernel splits its huge page.
 *
 * A shared object of its own: it is preloaded, to be there before the first
 * object is. All of it is for speed: what cannot be had is left as it is.
 */
#include "helper.h"

#include <stddef.h>
#include <stdint.h>

#define HUGE_PAGE (2ul << 20)
#define PAGE 65536ul                    /* a multiple of every machine's */

/* mmap(2), madvise(2): ABI, and the same on both machines. */
enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, DONTNEED_ADVICE = 4, HUGE_ADVICE = 14, COLLAPSE_ADVICE = 25 };

/* PyObjectArenaAllocator: not in the stable ABI, but the same in all versions since 3.4. */
struct arenas {
	void *context;
	void *(*take)(void *context, size_t);
	void (*give)(void *context, void *, size_t);
};
WEAK void PyObject_GetArenaAllocator(struct arenas *);
WEAK void PyObject_SetArenaAllocator(struct arenas *);
WEAK void *sbrk(intptr_t);
EXPORT void memory_settle(void), memory_copied(void);

/* Memory that can be a huge page. 0: none. */
static uintptr_t
map_huge(void)
{
	long at = sys6(SYS_mmap, 0, 2 * HUGE_PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);

	if (at < 0 && at > -4096)
		return 0;
	uintptr_t start = (uintptr_t)at, huge = (start + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	if (huge > start)
		(void)sys(SYS_munmap, at, (long)(huge - start), 0, 0, 0);
	(void)sys(SYS_munmap, (long)(huge + HUGE_PAGE), (long)(start + HUGE_PAGE - huge), 0, 0, 0);
	(void)sys(SYS_madvise, (long)huge, HUGE_PAGE, HUGE_ADVICE, 0, 0);
	return huge;
}

/*** Objects: the arenas of CPython's allocator ***/

static struct arenas plain;             /* the interpreter's own */
static uintptr_t piece, piece_end;      /* what is left of a huge page */
static bool plain_again;                /* in a copy */

static void *
take_arena(void *context, size_t n)
{
	(void)context;
	if (plain_again || n > HUGE_PAGE)
		return plain.take(plain.context, n);
	if (n > piece_end - piece) {
		piece = map_huge();
		piece_end = piece == 0 ? 0 : piece + HUGE_PAGE;
	}
	if (piece == 0)
		return plain.take(plain.context, n);
	piece += n;
	return (void *)(piece - n);
}

static void
give_arena(void *context, void *arena, size_t n)
{
	(void)context;
	plain.give(plain.context, arena, n);
}

static void
place_arenas(void)
{
	struct arenas ours = { NULL, take_arena, give_arena };

	PyObject_GetArenaAllocator(&plain);
	PyObject_SetArenaAllocator(&ours);
}

/*** What is larger: malloc(3) ***/

static uintptr_t heap;                  /* where malloc(3) goes on; 0: it does not use the break */

/* It takes a break that somebody else has moved as it is. */
static void
place_heap(void)
{
	uintptr_t now = sbrk == NULL ? 0 : (uintptr_t)sbrk(0), aligned = (now + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);

	if (now != 0 && now != UINTPTR_MAX && sbrk((intptr_t)(aligned - now)) == (void *)now)
		heap = aligned;
}

/* What it has taken by now becomes huge pages, with the half of a last one or more. */
static void
collapse_heap(void)
{
	uintptr_t end = heap == 0 ? 0 : (uintptr_t)sbrk(0), n = end - heap, rest = n % HUGE_PAGE;

	if (heap == 0 || end < heap)
		return;
	if (rest >= HUGE_PAGE / 2 && sbrk((intptr_t)(HUGE_PAGE - rest)) == (void *)end)
		n += HUGE_PAGE;
	if (n >= HUGE_PAGE)
		(void)sys(SYS_madvise, (long)heap, (long)(n - n % HUGE_PAGE), COLLAPSE_ADVICE, 0, 0);
}

static void __attribute__((constructor))
begin(void)
{
	if (PyObject_GetArenaAllocator == NULL || PyObject_SetArenaAllocator == NULL)
		return;
	place_arenas();
	place_heap();
}

/*
 * What nobody has used of the last huge page, which a copy would hold its share of:
 * arenas are used from their start, so it is the zeros at the end.
 */
static void
give_rest(void)
{
	uintptr_t start = piece_end - HUGE_PAGE, used = piece_end;

	if (piece == 0)
		return;
	for (const uint64_t *p = (const void *)used; used > start && p[-1] == 0; used -= sizeof(*p))
		p--;
	used = (used + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	(void)sys(SYS_madvise, (long)used, (long)(piece_end - used), DONTNEED_ADVICE, 0, 0);
}

EXPORT void
memory_settle(void)
{
	give_rest();
	collapse_heap();
}

EXPORT void
memory_copied(void)
{
	plain_again = true;
}
