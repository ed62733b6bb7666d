/*
 * code.c - where CPython's template has its code and that of its libraries, which its copies share. All of it is for
 * speed, as in memory.c: what cannot be had is left as it is.
 */
#include "memory.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/* Of elf(5), for 64 bits, and dl_iterate_phdr(3). */
struct segment { uint32_t type, flags; uint64_t offset, at, physical, in_file, size, align; };
struct loaded { uint64_t base; const char *name; const struct segment *segments; uint16_t n; };
WEAK int dl_iterate_phdr(int (*)(struct loaded *, size_t, void *), void *);
enum { SEGMENT_LOAD = 1, SEGMENT_RELRO = 0x6474e552, SEGMENT_CODE = 1, SEGMENT_WRITABLE = 2 };

WEAK void PyObject_GetArenaAllocator(void *);
WEAK int fork(void);

#define SMALL_PAGE 4096ul               /* where pages are larger, mprotect(2) fails: nothing is changed then */

/*** Huge pages, few mappings ***/

struct range { uintptr_t start, end; };

static struct range huge;               /* the interpreter's, when it is in such pages */

static struct range
pages_of(const struct loaded *o, const struct segment *s)
{
	const uintptr_t from = (uintptr_t)(o->base + s->at);

	return (struct range){ from & ~(SMALL_PAGE - 1), (from + s->size + SMALL_PAGE - 1) & ~(SMALL_PAGE - 1) };
}

/* The huge page there becomes one of anonymous memory; code and constants have the same rights in it. */
static void
copy_code(uintptr_t to)
{
	uintptr_t page = map_huge();

	for (size_t i = 0; page != 0 && i < HUGE_PAGE / sizeof(uint64_t); i++)
		((uint64_t *)page)[i] = ((const uint64_t *)to)[i];
	if (page != 0 && (sys(SYS_mprotect, (long)page, HUGE_PAGE, READ_EXECUTE, 0, 0) != 0 ||
	    sys(SYS_mremap, (long)page, HUGE_PAGE, HUGE_PAGE, TO_FIXED, (long)to) < 0))
		(void)sys(SYS_munmap, (long)page, HUGE_PAGE, 0, 0, 0);
	if (huge.start == 0)
		huge.start = to;
	huge.end = to + HUGE_PAGE;
}

/* Is it the interpreter? Its huge pages without a writable byte, where a quarter is code, are replaced. */
static int
place_code(struct loaded *o, size_t size, void *arg)
{
	const uintptr_t here = (uintptr_t)PyObject_GetArenaAllocator;
	uintptr_t start = 0, end = 0, code = 0, code_end = 0;

	(void)size, (void)arg;
	for (size_t i = 0; i < o->n; i++) {
		const struct segment *s = &o->segments[i];
		const struct range pages = pages_of(o, s);
		if (s->type != SEGMENT_LOAD || (s->flags & SEGMENT_WRITABLE) != 0)
			continue;
		if (pages.start != end)
			start = pages.start;
		end = pages.end;
		if ((s->flags & SEGMENT_CODE) != 0) {
			code = pages.start;
			code_end = end;
		}
	}
	if (here < code || here >= code_end)
		return 0;
	for (code &= ~(HUGE_PAGE - 1); code + HUGE_PAGE / 4 <= code_end; code += HUGE_PAGE)
		if (code >= start && code + HUGE_PAGE <= end)
			copy_code(code);
	return 1;
}

/*
 * A library's constants get the rights of its code, and what was constant after its relocation those of its data: it is
 * two mappings then, of five, and each costs each fork and each end of a copy. A program gains nothing that mprotect(2)
 * would not give it.
 */
static int
join_segments(struct loaded *o, size_t size, void *arg)
{
	(void)size, (void)arg;
	for (size_t i = 0; i < o->n; i++) {
		const struct segment *s = &o->segments[i];
		const struct range pages = pages_of(o, s);
		uintptr_t whole = (uintptr_t)(o->base + s->at + s->size) & ~(SMALL_PAGE - 1);   /* the last may be another's too */
		if (s->type == SEGMENT_LOAD && (s->flags & (SEGMENT_WRITABLE | SEGMENT_CODE)) == 0)
			(void)protect(pages.start, pages.end - pages.start, READ_EXECUTE);
		if (s->type == SEGMENT_RELRO && pages.start < whole)
			(void)protect(pages.start, whole - pages.start, READ_WRITE);
	}
	return 0;
}

/* alone: no other thread runs the interpreter's code, as those that libraries start at import do not. */
void
code_settle(bool alone)
{
	if (dl_iterate_phdr == NULL)
		return;
	if (alone)
		(void)dl_iterate_phdr(place_code, NULL);
	(void)dl_iterate_phdr(join_segments, NULL);
}

/*** What copies use ***/

/*
 * Code is in files, and of those a copy has no page at first: the kernel maps what is used, sixteen pages at a
 * time, and takes them all away at its end. A page that was written to, a fork copies at once. So the pages of code
 * that copies use are written to, as they are, and no others of their file are left in the template. Which they are,
 * a survey tells: a fork that has no code but this file's, does what a copy does, and notes each page that it must
 * be given.
 */
#define WINDOW 65536ul                  /* bytes: what the kernel maps at a time */
#define WINDOWS 3                       /* used: with fewer, a mapping that was written to costs a fork more */
#define RANGES 256
#define PAGES 65536                     /* in all of them */
#define SURVEY_SECONDS 5

/* Shared with the fork that makes it. */
static struct survey {
	size_t n, n_pages;
	struct range ranges[RANGES];
	bool touring, used[PAGES];      /* the pages of all ranges, one after the other */
} *survey;

static void
add_range(uintptr_t start, uintptr_t end)
{
	if (start >= end || survey->n == RANGES || (end - start) / SMALL_PAGE > PAGES - survey->n_pages)
		return;
	survey->ranges[survey->n++] = (struct range){ start, end };
	survey->n_pages += (end - start) / SMALL_PAGE;
}

/* Code and constants, which are one mapping by now. What has nothing to write to is no file, but the vDSO. */
static int
add_object(struct loaded *o, size_t size, void *arg)
{
	const uintptr_t here = (uintptr_t)add_object;
	struct range all = { 0, 0 };
	bool writable = false;

	(void)size, (void)arg;
	for (size_t i = 0; i < o->n; i++) {
		const struct segment *s = &o->segments[i];
		const struct range pages = pages_of(o, s);
		if (s->type != SEGMENT_LOAD)
			continue;
		if (here - pages.start < pages.end - pages.start)
			return 0;
		if ((s->flags & SEGMENT_WRITABLE) != 0)
			writable = true;
		else if (all.end == 0)
			all = pages;
		else if (pages.start == all.end)
			all.end = pages.end;
	}
	if (!writable)
		return 0;
	uintptr_t before = huge.start < all.start ? all.start : huge.start, after = huge.end < all.end ? huge.end : all.end;
	add_range(all.start, before < all.end ? before : all.end);
	add_range(after > all.start ? after : all.start, all.end);
	return 0;
}

/* Nothing of it can be read or run until somebody tries to. */
static void
hide_all(void)
{
	for (size_t i = 0; i < survey->n; i++)
		if (!protect(survey->ranges[i].start, survey->ranges[i].end - survey->ranges[i].start, 0))
			leave(1);
}

/* SIGSEGV: it is used. */
static void
on_use(int signo, const uintptr_t *info, uint64_t *context)
{
	bool *used = survey->used;

	(void)signo, (void)context;
	for (const struct range *r = survey->ranges; r < survey->ranges + survey->n; r++) {
		size_t page = (info[2] - r->start) / SMALL_PAGE;        /* si_addr */
		if (info[2] - r->start < r->end - r->start) {
			used[page] = used[page] || !survey->touring;
			if (protect(r->start + page * SMALL_PAGE, SMALL_PAGE, READ_EXECUTE))
				return;
		}
		used += (r->end - r->start) / SMALL_PAGE;
	}
	leave(1);
}

static void
copy_page(uintptr_t to, uintptr_t from)
{
	for (size_t i = 0; i < SMALL_PAGE / sizeof(uint64_t); i++)
		((volatile uint64_t *)to)[i] = ((const uint64_t *)from)[i];
}

static bool
is_same(uintptr_t a, uintptr_t b)
{
	size_t i = 0;

	while (i < SMALL_PAGE && *(const uint64_t *)(a + i) == *(const uint64_t *)(b + i))
		i += sizeof(uint64_t);
	return i == SMALL_PAGE;
}

/*
 * Its pages that were used become the template's own. So do those that are not what the file has, as somebody has
 * changed them; no other is there then. False: it cannot be run any more.
 */
static bool
own_used(const struct range *r, const bool *used)
{
	const size_t n = r->end - r->start;
	long saved = sys6(SYS_mmap, 0, (long)n, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);

	if (saved < 0 && saved > -4096)
		return true;
	for (size_t i = 0; i < n; i += SMALL_PAGE)
		copy_page((uintptr_t)saved + i, r->start + i);
	if (protect(r->start, n, READ_WRITE)) {
		(void)sys(SYS_madvise, (long)r->start, (long)n, DONTNEED_ADVICE, 0, 0);
		for (size_t i = 0; i < n; i += SMALL_PAGE)
			if (used[i / SMALL_PAGE] || !is_same(r->start + i, (uintptr_t)saved + i))
				copy_page(r->start + i, (uintptr_t)saved + i);
			else
				(void)sys(SYS_madvise, (long)(r->start + i), SMALL_PAGE, DONTNEED_ADVICE, 0, 0);
	}
	(void)sys(SYS_munmap, saved, (long)n, 0, 0, 0);
	return protect(r->start, n, READ_EXECUTE);
}

/* In the windows of a range: are so many used that it is worth it? */
static bool
is_worth(const struct range *r, const bool *used)
{
	size_t windows = 0;
	uintptr_t last = 0;

	for (uintptr_t at = r->start; at < r->end; at += SMALL_PAGE, used++)
		if (*used && at / WINDOW != last) {
			last = at / WINDOW;
			windows++;
		}
	return windows >= WINDOWS;
}

/* This process makes it. To change code may be forbidden: that is found out here, where it does no harm. */
static void
begin_survey(long parent)
{
	const struct action a = { .informed = on_use, .flags = SA_SIGINFO | SA_NODEFER | RESTORER, .restorer = restore };
	static const bool first = true;
	const struct range one = { survey->ranges[0].start, survey->ranges[0].start + SMALL_PAGE };

	if (!memory_apart(parent) || survey->n == 0 || !own_used(&one, &first) ||
	    sys(SYS_rt_sigaction, SIGSEGV, address(&a), 0, sizeof(a.mask), 0) != 0)
		leave(1);
	hide_all();
	int pid = fork();               /* as the template does: it needs the same */
	if (pid == 0)
		leave(0);
	(void)sys(SYS_wait4, pid, 0, 0, 0, 0);
	memory_copied();
}

static void
end_survey(void)
{
	const bool *used = survey->used;
	uint64_t all = ~0ul, before;

	(void)sys(SYS_rt_sigprocmask, SIG_BLOCK, address(&all), address(&before), sizeof(all), 0);
	for (const struct range *r = survey->ranges; r < survey->ranges + survey->n; r++) {
		if (is_worth(r, used) && !own_used(r, used))
			leave(1);
		used += (r->end - r->start) / SMALL_PAGE;
	}
	(void)sys(SYS_rt_sigprocmask, SIG_SETMASK, address(&before), 0, sizeof(all), 0);
}

bool
code_survey(void)
{
	struct pollfd end = { .events = POLLIN };
	struct { long s, ns; } patience = { SURVEY_SECONDS, 0 };
	int ends[2], status = -1;
	long self = sys(SYS_getpid, 0, 0, 0, 0, 0);
	long at = sys6(SYS_mmap, 0, sizeof(*survey), READ_WRITE, SHARED_ANONYMOUS, -1, 0);

	if (dl_iterate_phdr == NULL || fork == NULL || (at < 0 && at > -4096) ||
	    sys(SYS_pipe2, address(ends), O_CLOEXEC, 0, 0, 0) != 0)
		return false;
	survey = (struct survey *)at;
	(void)dl_iterate_phdr(add_object, NULL);
	long pid = fork();
	if (pid == 0) {
		begin_survey(self);
		return true;
	}
	(void)sys(SYS_close, ends[1], 0, 0, 0, 0);
	end.fd = ends[0];
	if (pid > 0) {
		(void)sys(SYS_ppoll, address(&end), 1, address(&patience), 0, 8);       /* the other end is its own */
		(void)sys(SYS_kill, -pid, SIGKILL, 0, 0, 0);    /* its session: what a hook has forked goes with it */
		(void)sys(SYS_kill, pid, SIGKILL, 0, 0, 0);
		while (sys(SYS_wait4, pid, address(&status), 0, 0, 0) == -4 /* EINTR */)
			;
	}
	(void)sys(SYS_close, ends[0], 0, 0, 0, 0);
	if (status == 0)
		end_survey();
	(void)sys(SYS_munmap, at, sizeof(*survey), 0, 0, 0);
	survey = NULL;
	return false;
}

/* Each copy needs what is used from here on, and it is hidden again; or not each. */
void
code_tours(bool on)
{
	if (survey == NULL)
		return;
	survey->touring = on;
	if (!on)
		hide_all();
}

void
code_tried(void)
{
	if (survey != NULL)
		leave(0);
}
