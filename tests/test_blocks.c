/*
 * test_blocks.c - runtime/blocks.c with malloc(3) in the interpreter's place: the sizes it keeps, a trial and what is
 * placed after it, and a copy's own blocks, by chance, until they are used up, from one thread and from two.
 */
#include "../runtime/blocks.c"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned passed, failed;

static void __attribute__((format(printf, 2, 3)))
check(bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		passed++;
		return;
	}
	failed++;
	va_start(ap, fmt);
	(void)printf("FAILED ");
	(void)vprintf(fmt, ap);
	(void)printf("\n");
	va_end(ap);
}

/*** An interpreter ***/

static size_t n_plain;                  /* blocks that malloc(3) has given */

static void *
plain_take(void *context, size_t n)
{
	(void)context;
	n_plain++;
	return malloc(n);
}

static void *
plain_take_zeros(void *context, size_t n, size_t size)
{
	(void)context;
	n_plain++;
	return size != 0 && n > SIZE_MAX / size ? NULL : calloc(n, size);
}

static void *
plain_resize(void *context, void *p, size_t n)
{
	(void)context;
	return realloc(p, n);
}

static void
plain_give(void *context, void *p)
{
	(void)context;
	free(p);
}

static struct allocator domains[DOMAINS];

void
PyMem_GetAllocator(int domain, struct allocator *a)
{
	*a = domains[domain];
}

void
PyMem_SetAllocator(int domain, struct allocator *a)
{
	domains[domain] = *a;
}

static const char *settled;             /* the one block in an arena of the template's; it has so many bytes */
enum { SETTLED = 40 };

bool
memory_apart(long parent)
{
	return getppid() == parent;
}

size_t
memory_settled(const void *p)
{
	return (uintptr_t)p - (uintptr_t)settled < SETTLED ? SETTLED - ((uintptr_t)p - (uintptr_t)settled) : 0;
}

#define TAKE(n) domains[OBJECT].take(domains[OBJECT].context, (n))
#define TAKE_ZEROS(n, size) domains[OBJECT].take_zeros(domains[OBJECT].context, (n), (size))
#define RESIZE(p, n) domains[OBJECT].resize(domains[OBJECT].context, (p), (n))
#define GIVE(p) domains[OBJECT].give(domains[OBJECT].context, (p))

/*** Sizes ***/

static void
test_sizes(void)
{
	size_t size_of[LISTS] = { 0 };
	bool ok = true;

	for (size_t n = 0; n <= LARGEST * UNIT - sizeof(struct head); n++) {
		size_t units = units_for(n), list = list_of(units);
		ok = ok && units <= LARGEST && units * UNIT >= n + sizeof(struct head) && list > 0 && list < LISTS &&
		    (size_of[list] == 0 || size_of[list] == units) && units_for(units * UNIT - sizeof(struct head)) == units &&
		    (units <= EXACT || units * UNIT * 4 <= (n + sizeof(struct head) + UNIT - 1) * 5);
		size_of[list < LISTS ? list : 0] = units;
		if (!ok) {
			check(false, "a block of %zu bytes: %zu units, list %zu", n, units, list);
			return;
		}
	}
	check(size_of[LISTS - 1] == LARGEST, "the last list has %zu units", size_of[LISTS - 1]);
}

/*** A trial ***/

enum { BLOCKS = 3000, FIRST = 7, SECOND = 1234, BOTH = 2000, RESIZED = 2500 };

static char *made[BLOCKS];

static bool
placed(const void *p, enum kind kind)
{
	return region_has(&blocks.shared[kind], p);
}

/* Both the trial and the template run through here. */
static void
test_trial(void)
{
	char *mid = NULL, *text = NULL;

	for (int i = 0; i < BLOCKS; i++) {
		made[i] = i % 3 == 0 ? TAKE_ZEROS(1, 32) : TAKE((size_t)i % 700);
		if (i % 5 == 0) {
			mid = TAKE(40);
			GIVE(mid);
		}
	}
	made[RESIZED] = RESIZE(made[RESIZED], 900);
	text = TAKE(3 * PAGE);
	strcpy(text, "not told");
	if (memory_trial(true)) {
		made[FIRST][5] = 1;
		blocks_tours(true);
		made[SECOND][0] = 1;
		made[BOTH][0] = 1;
		blocks_tours(false);
		memmove(made[BOTH], "again", 6);
		made[RESIZED][899] = 1;
		GIVE(made[FIRST + 1]);
		char *own = TAKE(50);
		strcpy(own, "own");
		(void)usleep(10 * STEP_MS * 1000);
		if (strcmp(text, "not told") != 0 || made[FIRST][5] != 1 || strcmp(made[BOTH], "again") != 0)
			leave(1);
		blocks_tried();
		leave(1);
	}
	check(placed(made[FIRST], EACH), "what a copy writes to is placed");
	check(placed(made[SECOND], SOME), "what some copies write to is placed elsewhere");
	check(placed(made[BOTH], EACH), "what both write to is with the first");
	check(placed(made[RESIZED], EACH), "what was resized is placed by that");
	size_t n = 0;
	for (int i = 0; i < BLOCKS; i++)
		n += is_shared(made[i]);
	check(n == 4 && !is_shared(text), "%zu blocks are placed, not 4", n);
	check(made[FIRST][5] != 1 || FIRST % 3 != 0, "the template does not see what its trial wrote");
	blocks_settle();
	GIVE(text);
	text = TAKE(32);
	check(!is_shared(text), "nothing is placed after the imports");
	GIVE(text);
	check(!memory_trial(true), "a template is no trial");
}

/* A trial that does not come back well: placed is nothing. how: 0, it is killed; 1, it has another thread. */
static void
test_bad_trial(int how)
{
	memset(&blocks, 0, sizeof(blocks));
	memset(is_placed, 0, sizeof(is_placed));
	for (int domain = RAW; domain < DOMAINS; domain++)
		domains[domain] = (struct allocator){ NULL, plain_take, plain_take_zeros, plain_resize, plain_give };
	blocks_begin();
	char *p = TAKE(100);
	if (blocks.state == TRIAL) {
		if (how == 1)
			(void)memory_trial(false);
		(void)sys(SYS_kill, sys(SYS_getpid, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0);
	}
	check(p != NULL && !is_shared(p), "bad trial %d", how);
	GIVE(p);
}

/*** A copy ***/

struct piece { unsigned char *p; size_t n; unsigned char fill; };
static uint32_t seed = 1;

static uint32_t
random_below(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static bool
is_whole(const struct piece *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->p[i] != e->fill)
			return false;
	return ((uintptr_t)e->p & 15) == 0;
}

static size_t
random_size(void)
{
	static const uint32_t most[] = { 40, 300, 3000, 30000 };

	return random_below(most[random_below(100) < 96 ? random_below(2) : 2 + random_below(2)]);
}

/* One step with one of the pieces. False: something was not as it has to be. */
static bool
step(struct piece *e)
{
	size_t n = random_size(), kept = e->n < n ? e->n : n;
	bool ok = e->p == NULL || is_whole(e);

	if (e->p == NULL && random_below(4) == 0) {
		e->p = TAKE_ZEROS(n / 8 + 1, 8);
		*e = (struct piece){ e->p, (n / 8 + 1) * 8, 0 };
		ok = is_whole(e);
	} else if (e->p == NULL || random_below(3) == 0) {
		unsigned char *p = RESIZE(e->p, n);
		e->p = p;
		if (e->n != 0 || kept != 0)
			ok = ok && is_whole(&(struct piece){ p, kept, e->fill });
		e->n = n;
	} else {
		GIVE(e->p);
		e->p = NULL;
		e->n = 0;
	}
	e->fill = (unsigned char)(random_below(255) + 1);
	if (e->p != NULL)
		memset(e->p, e->fill, e->n);
	return ok;
}

static void
test_copy(void)
{
	static struct piece pieces[40000];
	size_t before = n_plain, own = 0;
	bool ok = true;

	char *old = strcpy(malloc(SETTLED), "settled");
	settled = old;
	blocks_copied();
	GIVE(old);                      /* or ASan finds it freed twice below */
	for (size_t n = 8; n < 100; n += 4) {
		char *more = RESIZE(old, n);
		check(region_has(&blocks.own, more) && strcmp(more, "settled") == 0 && strcmp(old, "settled") == 0,
		    "a settled block of %zu bytes is moved, and stays", n);
		GIVE(more);
	}
	for (int i = 0; i < 20000; i++)
		ok = ok && step(&pieces[random_below(400)]);
	check(ok, "400 blocks are what was written to them");
	for (int i = 0; i < 400; i++)
		own += region_has(&blocks.own, pieces[i].p);
	check(own > 200 && blocks.state == COPY, "%zu of 400 blocks are the copy's own", own);
	check(TAKE_ZEROS(SIZE_MAX / 2, 3) == NULL, "a product that overflows");
	for (int i = 0; i < 4000000 && blocks.state == COPY; i++)
		ok = ok && step(&pieces[random_below(40000)]);
	for (int i = 0; i < 100000; i++)
		ok = ok && step(&pieces[random_below(40000)]);
	check(ok, "40000 blocks are what was written to them");
	check(blocks.state == FULL && domains[OBJECT].take == plain_take && domains[OBJECT].give == give,
	    "nothing is in the way of a program that takes more: state %d", (int)blocks.state);
	for (int i = 0; i < 40000; i++) {
		ok = ok && (pieces[i].p == NULL || is_whole(&pieces[i]));
		GIVE(pieces[i].p);
	}
	check(ok && n_plain > before, "all of them at the end");
	free(old);
	settled = NULL;
}

static void *
other_thread(void *own)
{
	char *mine = TAKE(64), *more;

	check(!region_has(&blocks.own, mine), "another thread has no block of the copy's own");
	more = RESIZE(own, 5000);
	check(!region_has(&blocks.own, more) && strcmp(more, "text") == 0, "it takes a block with it");
	GIVE(mine);
	GIVE(more);
	return NULL;
}

static void
test_threads(void)
{
	pthread_t t;
	char *own = TAKE(64);

	check(region_has(&blocks.own, own), "the first thread's is the copy's own");
	strcpy(own, "text");
	check(pthread_create(&t, NULL, other_thread, own) == 0 && pthread_join(t, NULL) == 0, "a thread");
	check(TAKE(64) != own, "what another thread gave back is not taken again");
}

static void *
hook_take(void *context, size_t n)
{
	return take(context, n);
}

/* As tracemalloc: what has been put before ours stays. */
static void
test_hooked(void)
{
	blocks.state = COPY;
	blocks.own.next = blocks.own.start;
	blocks.own.cut = blocks.own.cut_end = 0;
	memset(blocks.own.given, 0, sizeof(blocks.own.given));
	for (int domain = RAW; domain < DOMAINS; domain++) {
		struct allocator *a = &domains[domain];
		*a = (struct allocator){ &blocks.plain[domain], hook_take, take_zeros, resize, give };
	}
	char *last = NULL;
	while (blocks.state == COPY)
		last = TAKE(500);
	check(!region_has(&blocks.own, last), "then all is used up");
	GIVE(last);
	check(domains[OBJECT].take == hook_take && domains[OBJECT].take_zeros == take_zeros, "a hook stays in its place");
}

int
main(void)
{
	test_sizes();
	for (int domain = RAW; domain < DOMAINS; domain++)
		domains[domain] = (struct allocator){ NULL, plain_take, plain_take_zeros, plain_resize, plain_give };
	blocks_begin();
	check(domains[OBJECT].take == take && domains[MEM].take == take, "they are ours");
	test_trial();
	for (int how = 0; how < 2; how++)
		test_bad_trial(how);
	blocks.state = TEMPLATE;
	blocks_copied();
	test_threads();
	test_copy();
	test_hooked();
	(void)printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
