/*
 * blocks.c - the small memory of CPython's template and of its copies. A copy pays for each page that it is the first
 * to write to, and in most of them it writes one word: the reference count of a function, the cache of some code. So
 *  - what copies write to lies together. Which of the template's blocks that are is found out by a trial: a fork of
 *    the interpreter, before it has done anything, that does all that the template will and then what a copy does,
 *    with its memory write-protected. It tells their numbers, counted from the first;
 *  - what a copy allocates lies together too, whatever its size.
 * All of it is for speed: without a trial no block is placed, and with a wrong number one is where it does no harm.
 */
#include "memory.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT 16ul                       /* bytes: blocks are multiples of it, and aligned */
#define EXACT 64u                       /* units: up to here each size has a list, above it four for each doubling */
#define LARGEST 1024u                   /* units: what is larger is not for us */
#define LISTS (EXACT + 1 + 16)
#define SHARED_SIZE (512ul << 10)       /* bytes: what copies write to, of each kind */
#define OWN_SIZE (2ul << 20)            /* what they allocate */
#define TRIAL_SIZE (64ul << 20)
#define NUMBERS (8ul << 20)             /* a block that comes later is not placed, nor one without a number */

/* PyMemAllocatorEx: not in the stable ABI, but the same in all versions since 3.5. */
struct allocator {
	void *context;
	void *(*take)(void *context, size_t);
	void *(*take_zeros)(void *context, size_t n, size_t size);
	void *(*resize)(void *context, void *, size_t);
	void (*give)(void *context, void *);
};
WEAK void PyMem_GetAllocator(int domain, struct allocator *);
WEAK void PyMem_SetAllocator(int domain, struct allocator *);
WEAK int fork(void);
enum { RAW, MEM, OBJECT, DOMAINS };     /* PyMemAllocatorDomain; RAW is called without the GIL too */

EXPORT bool memory_trial(bool alone);

/* Blocks of any size. What is given back is there for what has the same size. */
struct region {
	uintptr_t start, next, end;     /* start: a head; what is handed out after it is aligned */
	uintptr_t cut, cut_end;         /* what is left of a block */
	void **given[LISTS];
};
struct head { uint32_t units, number; };        /* before each block, and one of its units */

enum state { TEMPLATE, TRIAL, COPY, FULL };     /* FULL: a copy that has used up what there is for its own blocks */
enum kind { EACH, SOME, KINDS };        /* of blocks: written to by each copy; by those that do what not all do */
#define OF_SOME (1u << 31)              /* so a trial tells that a number is */
#define THE_END UINT32_MAX              /* and this is after the last */

static struct {
	enum state state;
	bool inside;                            /* the interpreter's allocator is asked, which asks its own RAW one for more */
	uint32_t number;                        /* of the next block */
	uintptr_t thread;                       /* the only one that has blocks of ours: others may ask at the same time */
	struct region own, shared[KINDS], trial;        /* shared is behind own, in one map */
	struct allocator plain[DOMAINS];        /* the interpreter's */
} blocks;

static uint8_t is_placed[KINDS][NUMBERS / 8];   /* a bit for each number */

static bool
has_bit(const uint8_t *bits, size_t i)
{
	return (bits[i / 8] >> i % 8 & 1) != 0;
}

static void
set_bit(uint8_t *bits, size_t i)
{
	bits[i / 8] |= (uint8_t)(1u << i % 8);
}

static uintptr_t
this_thread(void)
{
	return (uintptr_t)__builtin_thread_pointer();
}

/*** Regions ***/

static bool
region_map(struct region *r, size_t size)
{
	long at = sys6(SYS_mmap, 0, (long)size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);

	if (at < 0 && at > -4096)
		return false;
	(void)sys(SYS_madvise, at, (long)size, NO_HUGE_ADVICE, 0, 0);
	r->start = r->next = (uintptr_t)at + UNIT - sizeof(struct head);
	r->end = (uintptr_t)at + size;
	return true;
}

static bool
region_has(const struct region *r, const void *p)
{
	return (uintptr_t)p - r->start < r->end - r->start;
}

static bool
is_shared(const void *p)
{
	return (uintptr_t)p - blocks.shared[0].start < blocks.shared[KINDS - 1].end - blocks.shared[0].start;
}

static struct head *
head_of(void *p)
{
	return (struct head *)p - 1;
}

static size_t
room_of(void *p)
{
	return head_of(p)->units * UNIT - sizeof(struct head);
}

/* So many that there is a list for it. */
static size_t
units_for(size_t n)
{
	size_t units = (n + sizeof(struct head) + UNIT - 1) / UNIT, step;

	if (units <= EXACT)
		return units;
	for (step = EXACT / 4; units > 8 * step; step *= 2)
		;
	return (units + step - 1) / step * step;
}

static size_t
list_of(size_t units)
{
	size_t list = EXACT, step = EXACT / 4;

	if (units <= EXACT)
		return units;
	for (; units > 8 * step; step *= 2)
		list += 4;
	return list + units / step - 4;
}

static uint8_t begins[TRIAL_SIZE / UNIT / 8];   /* of the trial's blocks: for each unit, does one begin there? */

/* Room for so many units where nobody has a block: what is left of a large one that was given back, or at the end. */
static uintptr_t
region_cut(struct region *r, size_t units)
{
	for (size_t list = EXACT + 1; r->cut_end - r->cut < units * UNIT && list < LISTS; list++) {
		void **p = r->given[list];
		if (p == NULL || head_of(p)->units < units)
			continue;
		r->given[list] = *p;
		r->cut = (uintptr_t)head_of(p);
		r->cut_end = r->cut + head_of(p)->units * UNIT;
	}
	uintptr_t *from = r->cut_end - r->cut < units * UNIT ? &r->next : &r->cut;
	if (from == &r->next && r->end - r->next < units * UNIT)
		return 0;
	*from += units * UNIT;
	return *from - units * UNIT;
}

/* NULL: it is too large, or the region is full. */
static void *
region_take(struct region *r, size_t n, uint32_t number)
{
	size_t units = n > LARGEST * UNIT - sizeof(struct head) ? 0 : units_for(n);
	void **p = r->given[list_of(units)];

	if (units == 0)
		return NULL;
	if (p != NULL)
		r->given[list_of(units)] = *p;
	else {
		uintptr_t at = region_cut(r, units);
		if (at == 0)
			return NULL;
		p = (void *)(at + sizeof(struct head));
		if (r == &blocks.trial)
			set_bit(begins, (at - r->start) / UNIT);
	}
	*head_of(p) = (struct head){ (uint32_t)units, number };
	return p;
}

static void
region_give(struct region *r, void *block)
{
	void **p = block, ***list = &r->given[list_of(head_of(p)->units)];

	*p = *list;
	*list = p;
}

static void
copy(void *to, const void *from, size_t n)
{
	char *a = to;
	const char *b = from;

	for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), a += sizeof(uint64_t), b += sizeof(uint64_t))
		*(uint64_t *)(void *)a = *(const uint64_t *)(const void *)b;
	while (n-- > 0)
		*a++ = *b++;
}

/*** The trial ***/

#if defined(__x86_64__)                 /* a processor that stops after one instruction where a program wishes it */
#define PAGE 4096ul
#define WORN 2000                       /* a page that taught nothing so many times is left alone */
#define PATIENCE_MS 15000
#define STEP_MS 20

static struct {
	int report;
	bool watched;
	uint16_t writes[TRIAL_SIZE / PAGE];     /* of each page, since it has taught something */
	uintptr_t opened[4];                    /* by the instruction that is being made again */
	size_t n_opened;
	enum kind kind;                         /* of what is written to now */
	uint8_t written[KINDS][sizeof(begins)]; /* as begins: those that the end of the trial tells */
} trial;

/* To who waits for it, in begin_trial(). */
static void
tell_written(void)
{
	uint32_t out[PAGE / sizeof(uint32_t)];
	size_t n = 0, units = (blocks.trial.next - blocks.trial.start) / UNIT;

	for (size_t i = 0; i < units; i++) {
		uint32_t number = ((const struct head *)(blocks.trial.start + i * UNIT))->number;
		if (has_bit(trial.written[EACH], i))
			out[n++] = number;
		else if (has_bit(trial.written[SOME], i))
			out[n++] = number | OF_SOME;
		if (n + 1 < sizeof(out) / sizeof(out[0]) && i + 1 < units)
			continue;
		if (i + 1 == units)
			out[n++] = THE_END;
		(void)sys(SYS_write, trial.report, address(out), (long)(n * sizeof(out[0])), 0, 0);
		n = 0;
	}
}

/* SIGSEGV: the block at that address is written to. The page is opened for this one instruction. */
static void
on_write(int signo, const uintptr_t *info, uint64_t *context)
{
	uintptr_t at = info[2], page = at & ~(PAGE - 1);        /* si_addr */
	size_t unit = (at - blocks.trial.start) / UNIT;

	(void)signo;
	if (!region_has(&blocks.trial, (const void *)at) || trial.n_opened >= sizeof(trial.opened) / sizeof(trial.opened[0]) ||
	    !protect(page, PAGE, READ_WRITE))
		leave(1);
	while (unit > 0 && !has_bit(begins, unit))
		unit--;
	uint16_t *writes = &trial.writes[(page - blocks.trial.start + UNIT) / PAGE];
	*writes = has_bit(trial.written[trial.kind], unit) ? *writes + 1 : 0;
	set_bit(trial.written[trial.kind], unit);
	if (*writes >= WORN)
		return;
	trial.opened[trial.n_opened++] = page;
	context[22] |= 0x100;           /* REG_EFL, the trap flag */
}

/* SIGTRAP: it has been made. */
static void
on_step(int signo, const uintptr_t *info, uint64_t *context)
{
	(void)signo, (void)info;
	for (; trial.n_opened > 0; trial.n_opened--)
		if (!protect(trial.opened[trial.n_opened - 1], PAGE, READ))
			leave(1);
	context[22] &= ~0x100ul;
}

/* In the trial, before it does what copies do. alone: there is no other thread whose writes could be taken for its. */
EXPORT bool
memory_trial(bool alone)
{
	const uintptr_t start = blocks.trial.start & ~(PAGE - 1), end = (blocks.trial.next + PAGE - 1) & ~(PAGE - 1);
	struct action a = { .informed = on_write, .flags = SA_SIGINFO | RESTORER, .restorer = restore };

	if (blocks.state != TRIAL)
		return false;
	blocks_copied();
	blocks.trial.end = blocks.trial.next;
	bool ok = alone && sys(SYS_rt_sigaction, SIGSEGV, address(&a), 0, sizeof(a.mask), 0) == 0;
	a.informed = on_step;
	ok = ok && sys(SYS_rt_sigaction, SIGTRAP, address(&a), 0, sizeof(a.mask), 0) == 0;
	if (!ok || !protect(start, end - start, READ))
		leave(1);
	trial.watched = true;
	return true;
}

void
blocks_tours(bool on)
{
	trial.kind = on ? SOME : EACH;
}

void
blocks_tried(void)
{
	if (!trial.watched)
		return;
	tell_written();
	leave(0);
}

/* This process is the trial now. */
static void
become_trial(int report, long parent)
{
	blocks.state = TRIAL;
	trial.report = report;
	if (!memory_apart(parent) || !region_map(&blocks.trial, TRIAL_SIZE))
		leave(1);
}

/* Numbers, as they come. n: bytes; those of the last may be missing yet, and are moved to the start. Was it the end? */
static bool
place_all(uint32_t *in, size_t *n)
{
	size_t whole = *n / sizeof(in[0]);

	for (size_t i = 0; i < whole; i++) {
		if (in[i] == THE_END)
			return true;
		if ((in[i] & ~OF_SOME) < NUMBERS)
			set_bit(is_placed[(in[i] & OF_SOME) != 0 ? SOME : EACH], in[i] & ~OF_SOME);
	}
	in[0] = in[whole];
	*n %= sizeof(in[0]);
	return false;
}

/* All that the trial tells, until it is dead or our patience at an end; what an import has forked may have the pipe. */
static void
hear_trial(int from, long pid)
{
	uint32_t in[257];
	size_t n = 0;
	bool ended = false, dead = false;

	for (int left_ms = PATIENCE_MS; left_ms > 0 && !ended && !dead; ) {
		struct pollfd fd = { .fd = from, .events = POLLIN };
		struct { long s, ns; } step = { 0, STEP_MS * 1000000 };         /* the kernel writes to it */
		if (sys(SYS_ppoll, address(&fd), 1, address(&step), 0, 8) <= 0) {
			dead = sys(SYS_wait4, pid, 0, WNOHANG, 0, 0) == pid;
			left_ms -= STEP_MS;
			continue;
		}
		long got = sys(SYS_read, from, address((char *)in + n), (long)(sizeof(in) - sizeof(in[0]) - n), 0, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		ended = place_all(in, &n);
	}
	(void)sys(SYS_kill, -pid, SIGKILL, 0, 0, 0);    /* its session: with it goes what its imports have forked */
	if (!dead)
		(void)sys(SYS_kill, pid, SIGKILL, 0, 0, 0);
	while (!dead && sys(SYS_wait4, pid, 0, 0, 0, 0) == -4 /* EINTR */)
		;
}

/* Make it, and wait for what it tells. */
static void
begin_trial(void)
{
	int ends[2];
	long self = sys(SYS_getpid, 0, 0, 0, 0, 0);

	if (fork == NULL || sys(SYS_pipe2, address(ends), O_CLOEXEC, 0, 0, 0) != 0)
		return;
	long pid = fork();
	if (pid == 0) {
		become_trial(ends[1], self);
		return;
	}
	(void)sys(SYS_close, ends[1], 0, 0, 0, 0);
	if (pid > 0)
		hear_trial(ends[0], pid);
	(void)sys(SYS_close, ends[0], 0, 0, 0, 0);
}
#else
static void begin_trial(void) { }
EXPORT bool memory_trial(bool alone) { (void)alone; return false; }
void blocks_tours(bool on) { (void)on; }
void blocks_tried(void) { }
#endif

/*** The allocator ***/

static void	*take(void *context, size_t);

/* Is it for us at all? */
static bool
is_ours(void)
{
	return this_thread() == blocks.thread && !blocks.inside;
}

/* The first has a block that is not RAW: what hashes begin with has been chosen then, for the trial too. */
static uint32_t
next_number(const struct allocator *plain)
{
	if (!is_ours() || (blocks.number == 0 && plain == &blocks.plain[RAW]))
		return NUMBERS;
	if (blocks.number == 0 && blocks.state == TEMPLATE)
		begin_trial();
	return blocks.number < NUMBERS ? blocks.number++ : NUMBERS;
}

/*
 * A program that takes more than that pays no more for it: the interpreter's own functions are called directly. They
 * get our context then, which is why they must be those that have none; and nobody else's must be there by now.
 */
static void
retire(void)
{
	blocks.state = FULL;
	for (int domain = RAW; domain < DOMAINS; domain++) {
		struct allocator now;
		PyMem_GetAllocator(domain, &now);
		if (now.take != take || blocks.plain[domain].context != NULL)
			continue;
		now.take = blocks.plain[domain].take;
		now.take_zeros = blocks.plain[domain].take_zeros;
		PyMem_SetAllocator(domain, &now);
	}
}

static void *
take_own(size_t n)
{
	void *p = region_take(&blocks.own, n, 0);

	if (p == NULL && blocks.own.end - blocks.own.next < UNIT * EXACT)
		retire();
	return p;
}

/* NULL: it is for the interpreter's own. */
static void *
take_ours(size_t n, uint32_t number)
{
	if (!is_ours())
		return NULL;
	if (blocks.state == TRIAL)
		return region_take(&blocks.trial, n, number);
	if (blocks.state == COPY)
		return take_own(n);
	for (int i = 0; i < KINDS && blocks.state == TEMPLATE && number < NUMBERS; i++)
		if (has_bit(is_placed[i], number))
			return region_take(&blocks.shared[i], n, number);
	return NULL;
}

/* The interpreter's own: p NULL for a new block, size not 0 for one of n such with zeros. */
static void *
ask_plain(const struct allocator *plain, void *p, size_t n, size_t size)
{
	const bool outer = is_ours();

	if (outer)
		blocks.inside = true;
	if (p != NULL)
		p = plain->resize(plain->context, p, n);
	else
		p = size != 0 ? plain->take_zeros(plain->context, n, size) : plain->take(plain->context, n);
	if (outer)
		blocks.inside = false;
	return p;
}

static void *
take(void *context, size_t n)
{
	void *p = take_ours(n, next_number(context));

	return p != NULL ? p : ask_plain(context, NULL, n, 0);
}

static void *
take_zeros(void *context, size_t n, size_t size)
{
	uint32_t number = next_number(context);
	uint64_t *p = size == 0 || n <= LARGEST * UNIT / size ? take_ours(n * size, number) : NULL;

	if (p == NULL)
		return ask_plain(context, NULL, size == 0 ? 0 : n, size == 0 ? 1 : size);
	for (size_t i = 0; i < room_of(p) / sizeof(*p); i++)
		p[i] = 0;
	return p;
}

/* What was shared is not used again: it would be written to. What is the trial's, in the watch, neither. */
static void
give(void *context, void *p)
{
	const struct allocator *plain = context;

	if (region_has(&blocks.own, p)) {
		if (this_thread() == blocks.thread)
			region_give(&blocks.own, p);
	} else if (region_has(&blocks.trial, p)) {
		if (blocks.state == TRIAL && this_thread() == blocks.thread)
			region_give(&blocks.trial, p);
	} else if (!is_shared(p) && (blocks.state != COPY || memory_settled(p) == 0))
		plain->give(plain->context, p);
}

/*
 * One of the interpreter's own, which alone knows its size. In a copy what was the template's stays as it is, and as
 * much as is asked for is taken from there: behind its end may be anything.
 */
static void *
resize_plain(const struct allocator *plain, void *p, size_t n, uint32_t number)
{
	size_t room = blocks.state == COPY ? memory_settled(p) : 0;
	void *ours = room != 0 ? take_ours(n, number) : NULL;

	if (ours != NULL) {
		copy(ours, p, n < room ? n : room);
		return ours;
	}
	p = ask_plain(plain, p, n, 0);
	ours = p == NULL || blocks.state != TEMPLATE ? NULL : take_ours(n, number);
	if (ours == NULL)
		return p;
	copy(ours, p, n);
	plain->give(plain->context, p);
	return ours;
}

static void *
resize(void *context, void *p, size_t n)
{
	uint32_t number;

	if (p == NULL)
		return take(context, n);
	number = next_number(context);
	if (!region_has(&blocks.own, p) && !is_shared(p) && !region_has(&blocks.trial, p))
		return resize_plain(context, p, n, number);
	if (n <= room_of(p) && units_for(n) == head_of(p)->units) {
		if (blocks.state == TRIAL && is_ours())
			head_of(p)->number = number;
		return p;
	}
	void *to = take_ours(n, number);
	if (to == NULL)
		to = ask_plain(context, NULL, n, 0);
	if (to != NULL) {
		size_t room = room_of(p);
		copy(to, p, n < room ? n : room);
		give(context, p);
	}
	return to;
}

void
blocks_begin(void)
{
	struct region all;

	if (PyMem_GetAllocator == NULL || PyMem_SetAllocator == NULL || !region_map(&all, OWN_SIZE + KINDS * SHARED_SIZE))
		return;
	blocks.thread = this_thread();
	blocks.own.start = blocks.own.next = all.start;
	blocks.own.end = all.start + OWN_SIZE;
	for (uintptr_t i = 0, at = blocks.own.end; i < KINDS; i++, at += SHARED_SIZE)
		blocks.shared[i] = (struct region){ .start = at, .next = at, .end = i + 1 == KINDS ? all.end : at + SHARED_SIZE };
	for (int domain = RAW; domain < DOMAINS; domain++) {
		struct allocator ours = { &blocks.plain[domain], take, take_zeros, resize, give };
		PyMem_GetAllocator(domain, &blocks.plain[domain]);
		PyMem_SetAllocator(domain, &ours);
	}
}

void
blocks_settle(void)
{
	uintptr_t start = ((uintptr_t)is_placed + 4095) & ~4095ul, end = ((uintptr_t)is_placed + sizeof(is_placed)) & ~4095ul;

	/* From here on nothing is placed: it would be where copies write, and is not what they do. */
	blocks.number = NUMBERS;
	(void)sys(SYS_madvise, (long)start, (long)(end - start), DONTNEED_ADVICE, 0, 0);
}

void
blocks_copied(void)
{
	blocks.state = COPY;
	blocks.thread = this_thread();
}
