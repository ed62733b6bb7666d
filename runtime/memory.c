/*
 * memory.c - where CPython's template has what its copies share. A fork
 * writes an entry for each page of it, the end of a copy reads each again: for a
 * huge page that is one. Where a copy writes, the kernel splits its huge page.
 *
 * A shared object of its own: it is preloaded, to be there before the first
 * object is. All of it is for speed: what cannot be had is left as it is.
 */
#include "memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define SMALLEST (128ul << 10)          /* what is smaller is no arena but a piece of the stack: copies write to it */
#define PAGE 65536ul                    /* a multiple of every machine's */
#define HOLE_MAX 65536ul                /* bytes */
#define TOP_MAX (4 * HOLE_MAX)          /* and what malloc(3) takes ahead */
#define EARLY (4 * PAGE)                /* of the heap: what the interpreter takes first; forks write to locks there */

/* PyObjectArenaAllocator: not in the stable ABI, but the same in all versions since 3.4. */
struct arenas {
	void *context;
	void *(*take)(void *context, size_t);
	void (*give)(void *context, void *, size_t);
};
WEAK void PyObject_GetArenaAllocator(struct arenas *);
WEAK void PyObject_SetArenaAllocator(struct arenas *);
WEAK void *sbrk(intptr_t);
WEAK void *malloc(size_t);
WEAK void free(void *);
EXPORT bool memory_settle(bool alone);
EXPORT void memory_tours(bool on), memory_tried(void);

uintptr_t
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
static uintptr_t pages[64];             /* the first huge pages: they stay mapped, whole */
static size_t n_pages;
static struct { uintptr_t at; size_t n; } given[16];    /* arenas that were given back in the template */
static size_t n_given;
static bool plain_again;                /* in a copy */

/* Which of them that is in; 0: none. */
static uintptr_t
page_of(uintptr_t at)
{
	for (size_t i = 0; i < n_pages; i++)
		if (at - pages[i] < HUGE_PAGE)
			return pages[i];
	return 0;
}

static void *
take_arena(void *context, size_t n)
{
	(void)context;
	if (plain_again || n > HUGE_PAGE || n < SMALLEST)
		return plain.take(plain.context, n);
	for (size_t i = 0; i < n_given; i++)
		if (given[i].n == n) {
			uintptr_t again = given[i].at;
			given[i] = given[--n_given];
			return (void *)again;
		}
	if (n > piece_end - piece) {
		piece = map_huge();
		piece_end = piece == 0 ? 0 : piece + HUGE_PAGE;
		if (piece != 0 && n_pages < sizeof(pages) / sizeof(pages[0]))
			pages[n_pages++] = piece;
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
	if (page_of((uintptr_t)arena) == 0) {
		plain.give(plain.context, arena, n);
	} else if (!plain_again && n_given < sizeof(given) / sizeof(given[0])) {
		given[n_given].at = (uintptr_t)arena;
		given[n_given++].n = n;
	}
}

static void
place_arenas(void)
{
	struct arenas ours = { NULL, take_arena, give_arena };

	PyObject_GetArenaAllocator(&plain);
	PyObject_SetArenaAllocator(&ours);
}

/*** What is larger: malloc(3) ***/

static uintptr_t heap;                  /* where huge pages can begin; 0: malloc(3) does not use the break */
static uintptr_t heap_end;              /* the template's, after its imports */

size_t
memory_settled(const void *p)
{
	uintptr_t at = (uintptr_t)p, page = page_of(at);

	if (heap_end != 0 && at - (heap - EARLY) < heap_end - (heap - EARLY))
		return heap_end - at;
	return page == 0 ? 0 : page + HUGE_PAGE - at;
}

/* It takes a break that somebody else has moved as it is. */
static void
place_heap(void)
{
	uintptr_t now = sbrk == NULL ? 0 : (uintptr_t)sbrk(0),
	    aligned = (now + EARLY + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);

	if (now != 0 && now != UINTPTR_MAX && sbrk((intptr_t)(aligned - EARLY - now)) == (void *)now)
		heap = aligned;
}

/*
 * Take what lies free between what is in use, for good: copies that allocate there would touch a page for each piece,
 * and above it few. What is larger than a page comes first, so that nothing is cut up; glibc alone has a heap here.
 */
static void
fill_holes(void)
{
	char *top = NULL;

	/* The last of what the break has, and not from a map of its own. */
	for (int i = 0; i < 64 && heap != 0 && malloc != NULL && free != NULL; i++) {
		top = malloc(HOLE_MAX);
		uintptr_t at = (uintptr_t)top, end = (uintptr_t)sbrk(0);
		if (at < end && end - at < TOP_MAX)
			break;
		top = NULL;
	}
	/* Eight more than a multiple of sixteen, as its chunks are. */
	for (size_t size = HOLE_MAX + 8; top != NULL && size >= 24; size -= size > 1024 ? size / 64 * 16 : 16)
		for (int i = 0; i < 300; i++) {
			char *p = malloc(size);
			if (p > top) {
				free(p);
				break;
			}
		}
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
	blocks_begin();
}

/*
 * What nobody has used of the last huge page, if it is half of it or more, which a copy would hold its share of:
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
	if (piece_end - used < HUGE_PAGE / 2)
		return;
	(void)sys(SYS_madvise, (long)used, (long)(piece_end - used), DONTNEED_ADVICE, 0, 0);
	(void)sys(SYS_madvise, (long)start, HUGE_PAGE, NO_HUGE_ADVICE, 0, 0);   /* or khugepaged fills it again */
}

/*
 * alone: there is one thread. True in a fork that has to do what copies do, up to memory_tried(): it tells which code
 * that is.
 */
EXPORT bool
memory_settle(bool alone)
{
	code_settle(alone);
	blocks_settle();
	fill_holes();
	give_rest();
	collapse_heap();
	heap_end = heap == 0 ? 0 : (uintptr_t)sbrk(0);
	return alone && code_survey();
}

bool
memory_apart(long parent)
{
	int unheard[2];

	(void)sys(SYS_setsid, 0, 0, 0, 0, 0);
	if (sys(SYS_prctl, ENTER_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || sys(SYS_getppid, 0, 0, 0, 0, 0) != parent ||
	    sys(SYS_pipe2, address(unheard), O_NONBLOCK, 0, 0, 0) != 0)
		return false;
	for (int fd = 1; fd <= 2; fd++)
		if (sys(SYS_dup3, unheard[1], fd, 0, 0, 0) < 0)
			return false;
	return true;
}

/* What follows is not what each copy does; or is again. */
EXPORT void
memory_tours(bool on)
{
	blocks_tours(on);
	code_tours(on);
}

EXPORT void
memory_tried(void)
{
	code_tried();
	blocks_tried();
}

void
memory_copied(void)
{
	plain_again = true;
	blocks_copied();
}
