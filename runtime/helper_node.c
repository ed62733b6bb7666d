/*
 * helper_node.c - the Node side of helper.so: a warm node that is copied by
 * fork, and what a copy needs to run a program as a fresh node would.
 *
 *   node -e runtime/template.js          LD_PRELOAD=helper.so, and the same file
 *     process.dlopen(helper.so)       as an N-API module
 *     serve(prepare, runMain, draw)
 *   node's event loop
 *     on_idle: helper_wait, fork ---> enter the jail, repair the loop, prepare()
 *                                     helper_ready
 *                                     clocks, code.js, runMain(code.js)
 *                                     node's own event loop, until nothing is left
 *                                     exit_group
 *
 * What a fork takes away, and what stands in for it:
 * - V8 marks its heap MADV_DONTFORK: madvise() here drops that advice.
 * - The threads. The task runner's worker of a template runs on a stack of ours
 *   and waits in pthread_cond_wait() here, so it can be continued in a copy: the
 *   first task that is posted makes a thread that goes on where it stood. Node's
 *   wait for the tasks of a loop's end (DrainTasks) then ends as usual. Other
 *   threads stay lost; joining them returns at once. libuv's own pool comes
 *   back by itself, by its atfork handler.
 * - Descriptors that the jail closed under threads and loops that still know
 *   their numbers: each gets an eventfd of the copy's own, so that no number is
 *   reused, and libuv's writes to it go nowhere.
 *
 * What a fork keeps, and a program must not have: the times of the template's
 * start, and the state of V8's random numbers. Neither has an interface; both
 * are found in the template's memory by their values, and set in each copy.
 *
 * In a process that is not a template (Python, or a node without serve())
 * every function here only passes on to libc.
 */
#include "helper.h"

/*** What node, libuv and libc offer ***/

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_info__ *napi_info;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_scope__ *napi_scope;
typedef unsigned long thread_id;        /* pthread_t of glibc and musl */

WEAK int napi_create_function(napi_env, const char *, size_t,
    napi_value (*)(napi_env, napi_info), void *, napi_value *);
WEAK int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
WEAK int napi_get_cb_info(napi_env, napi_info, size_t *, napi_value *, napi_value *, void **);
WEAK int napi_get_value_string_utf8(napi_env, napi_value, char *, size_t, size_t *);
WEAK int napi_get_value_int32(napi_env, napi_value, int32_t *);
WEAK int napi_get_value_double(napi_env, napi_value, double *);
WEAK int napi_create_int32(napi_env, int32_t, napi_value *);
WEAK int napi_create_array(napi_env, napi_value *);
WEAK int napi_set_element(napi_env, napi_value, uint32_t, napi_value);
WEAK int napi_get_global(napi_env, napi_value *);
WEAK int napi_get_undefined(napi_env, napi_value *);
WEAK int napi_create_object(napi_env, napi_value *);
WEAK int napi_create_reference(napi_env, napi_value, uint32_t, napi_ref *);
WEAK int napi_get_reference_value(napi_env, napi_ref, napi_value *);
WEAK int napi_open_handle_scope(napi_env, napi_scope *);
WEAK int napi_close_handle_scope(napi_env, napi_scope);
WEAK int napi_delete_reference(napi_env, napi_ref);
WEAK int napi_call_function(napi_env, napi_value, napi_value, size_t, const napi_value *, napi_value *);
WEAK int napi_get_uv_event_loop(napi_env, void **);

/* libuv's uv_metrics_t. */
struct metrics { uint64_t loops, events, waiting, reserved[13]; };

WEAK int uv_idle_init(void *, void *);
WEAK int uv_idle_start(void *, void (*)(void *));
WEAK int uv_idle_stop(void *);
WEAK void uv_ref(void *);
WEAK void uv_unref(void *);
WEAK int uv_loop_alive(void *);
WEAK int uv_loop_fork(void *);
WEAK void uv_update_time(void *);
WEAK void uv_library_shutdown(void);
WEAK uint64_t uv_hrtime(void);
WEAK uint64_t uv_now(const void *);
WEAK uint64_t uv_metrics_idle_time(void *);
WEAK int uv_metrics_info(void *, struct metrics *);
WEAK size_t uv_loop_size(void);

WEAK int fork(void);
WEAK int malloc_trim(size_t);
WEAK void *malloc(size_t);
WEAK void free(void *);
WEAK int *errno_at(void) __asm__("__errno_location");
WEAK void *dlsym(void *, const char *);

/*
 * Node's embedder interface, by its C++ names. A Local is one pointer, as a
 * napi_value is; a Maybe<int> and the structs below go through registers.
 */
struct async_context { double async_id, trigger_async_id; };
struct object_variant { napi_value object; unsigned char index; };
struct maybe_int { unsigned char just; int value; };
/* libstdc++'s std::function<void(Environment *, int)>; the symbol's name says that it is libstdc++'s. */
struct exit_function {
	void *data[2];
	int (*manage)(void *to, const void *from, int op);
	void (*invoke)(const void *data, void **env, int *code);
};

#define CXX(name) __asm__(name) __attribute__((weak, visibility("default")))
extern void *isolate_current(void) CXX("_ZN2v87Isolate10GetCurrentEv");
extern napi_value isolate_context(void *) CXX("_ZN2v87Isolate17GetCurrentContextEv");
extern void isolate_low_memory(void *) CXX("_ZN2v87Isolate21LowMemoryNotificationEv");
extern int isolate_code_sizes(void *, size_t *)
    CXX("_ZN2v87Isolate32GetHeapCodeAndMetadataStatisticsEPNS_18HeapCodeStatisticsE");
extern void *node_environment(napi_value context) CXX("_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE");
extern struct maybe_int node_spin(void *env) CXX("_ZN4node13SpinEventLoopEPNS_11EnvironmentE");
extern napi_value function_call(napi_value fn, napi_value context, napi_value self, int argc, napi_value *argv)
    CXX("_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_");
extern void scope_open_20(void *scope, void *env, napi_value object, const struct async_context *, int flags)
    CXX("_ZN4node21InternalCallbackScopeC1EPNS_11EnvironmentEN2v85LocalINS3_6ObjectEEERKNS_13async_contextEi");
extern void scope_open_22(void *scope, void *env, struct object_variant, const struct async_context *, int flags,
    napi_value)
    CXX("_ZN4node21InternalCallbackScopeC1EPNS_11EnvironmentESt7variantIJN2v85LocalINS4_6ObjectEEEP"
    "S7_EERKNS_13async_contextEiNS5_INS4_5ValueEEE");
extern void scope_open_26(void *scope, void *env, struct object_variant, const struct async_context *, int flags,
    napi_value)
    CXX("_ZN4node21InternalCallbackScopeC1EPNS_11EnvironmentESt7variantIJN2v85LocalINS4_6ObjectEEEP"
    "S7_PNS4_6GlobalIS6_EEEERKNS_13async_contextEiNS5_INS4_5ValueEEE");
extern void set_exit_handler(void *env, struct exit_function *)
    CXX("_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE");
extern napi_value env_now(void *env) CXX("_ZN4node11Environment6GetNowEv");
/* When all began, on uv_hrtime()'s clock and, the double, in microseconds of the epoch; the last two before node 20. */
extern uint64_t node_start_time CXX("_ZN4node11per_process15node_start_timeE");
extern uint64_t v8_start_time CXX("_ZN4node11performance20performance_v8_startE");
extern uint64_t process_start CXX("_ZN4node11performance25performance_process_startE");
extern double process_start_epoch CXX("_ZN4node11performance35performance_process_start_timestampE");
extern uint64_t time_origin CXX("_ZN4node11performance10timeOriginE");
extern void scope_close(void *scope) CXX("_ZN4node21InternalCallbackScopeD1Ev");

#define RTLD_NEXT ((void *)-1L)

/* Libc's own, behind the functions that this file puts in their place. */
static struct {
	int (*create)(thread_id *, const void *, void *(*)(void *), void *);
	int (*join)(thread_id, void **);
	int (*wait)(void *, void *);
	int (*signal)(void *);
	int (*broadcast)(void *);
	int (*lock)(void *);
	int (*unlock)(void *);
	void (*exit)(int);
} libc;

static const struct { const char *name; void *at; } imports[] = {
	{ "pthread_create",       &libc.create },
	{ "pthread_join",         &libc.join   },
	{ "pthread_cond_wait",    &libc.wait   },
	{ "pthread_cond_signal",  &libc.signal },
	{ "pthread_cond_broadcast", &libc.broadcast },
	{ "pthread_mutex_lock",   &libc.lock   },
	{ "pthread_mutex_unlock", &libc.unlock },
	{ "exit",                 &libc.exit   },
};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What stands before libc's own, and what node calls. */
EXPORT int	pthread_create(thread_id *, const void *attr, void *(*)(void *), void *);
EXPORT int	pthread_join(thread_id, void **);
EXPORT int	pthread_cond_wait(void *, void *);
EXPORT int	pthread_cond_signal(void *);
EXPORT int	pthread_cond_broadcast(void *);
EXPORT int	madvise(void *, size_t, int);
EXPORT _Noreturn void	exit(int);
EXPORT napi_value	napi_register_module_v1(napi_env, napi_value);
void	*memset(void *, int, size_t);
void	*memcpy(void *, const void *, size_t);

/* Threads may do this at once: they all write the same. */
static void
find_imports(void)
{
	if (__atomic_load_n(&libc.exit, __ATOMIC_ACQUIRE) != NULL)
		return;
	for (size_t i = 0; i < LEN(imports); i++)
		__atomic_store_n((void **)imports[i].at, dlsym(RTLD_NEXT, imports[i].name), __ATOMIC_RELEASE);
}

/*
 * A compiler may call these for a struct's assignment. Volatile, or it would
 * make calls of themselves of them.
 */
__attribute__((weak, visibility("hidden"))) void *
memset(void *to, int c, size_t n)
{
	volatile char *p = to;

	while (n-- > 0)
		*p++ = (char)c;
	return to;
}

__attribute__((weak, visibility("hidden"))) void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	volatile char *p = to;
	const char *q = from;

	while (n-- > 0)
		*p++ = *q++;
	return to;
}

/*** Threads of the template ***/

enum { THREADS_MAX = 64, STACK_SIZE = 2 << 20, EAGAIN_ = 11, EINTR_ = 4 };

/*
 * A thread made before the fork. early: before the template's own script, so
 * one of node's; it runs on `stack` and can be continued in a copy from `here`.
 */
static struct thread {
	thread_id id;
	void *(*start)(void *);
	void *arg;
	char *stack;
	void *cond, *mutex;             /* waiting for this; NULL: running, or elsewhere */
	uint32_t woken, seen;           /* futex: counts what its cond was sent; up to here it knows */
	int parked;                     /* waiting, and the mutex released */
	int lost;                       /* this is a copy, and it was not continued yet */
	void *here[5];                  /* __builtin_setjmp's */
} threads[THREADS_MAX];
static size_t n_threads;
static int pool_lost, pool_back;        /* the template had threads of libuv's pool; the copy has */
static int scripted;                     /* the template's script has begun */

/* call_on(top, fn, arg): fn(arg) on another stack. */
void *call_on(void *top, void *(*fn)(void *), void *arg) __attribute__((visibility("hidden")));
#if defined(__x86_64__)
__asm__(".text\n.type call_on, @function\ncall_on:\n"
    "	push %rbp\n	mov %rsp, %rbp\n	mov %rdi, %rsp\n	mov %rdx, %rdi\n"
    "	call *%rsi\n	mov %rbp, %rsp\n	pop %rbp\n	ret\n.size call_on, .-call_on\n");
#elif defined(__aarch64__)
__asm__(".text\n.type call_on, @function\ncall_on:\n"
    "	stp x29, x30, [sp, -16]!\n	mov x29, sp\n	mov sp, x0\n	mov x0, x2\n"
    "	blr x1\n	mov sp, x29\n	ldp x29, x30, [sp], 16\n	ret\n.size call_on, .-call_on\n");
#endif

static void
futex_wait(uint32_t *word, uint32_t value)
{
	SYS(__NR_futex, word, 128 /* FUTEX_WAIT_PRIVATE */, value, NULL);
}

static void
futex_wake(uint32_t *word)
{
	SYS(__NR_futex, word, 129 /* FUTEX_WAKE_PRIVATE */, 1, NULL);
}

/* The thread whose stack this is, or NULL. */
static struct thread *
self(void)
{
	char *at = __builtin_frame_address(0);
	size_t n = __atomic_load_n(&n_threads, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < n && i < THREADS_MAX; i++)
		if (threads[i].stack != NULL && at >= threads[i].stack && at < threads[i].stack + STACK_SIZE)
			return &threads[i];
	return NULL;
}

/* The bottom of a thread's stack. In a copy there is nothing below to return to. */
static void *
bottom(void *arg)
{
	struct thread *t = arg;
	void *result = t->start(t->arg);

	while (helper_copy)
		SYS(__NR_ppoll, NULL, 0, NULL, NULL);
	return result;
}

static void *
early_start(void *arg)
{
	struct thread *t = arg;

	return call_on(t->stack + STACK_SIZE, bottom, t);
}

static struct thread *
thread_add(void)
{
	size_t at = __atomic_fetch_add(&n_threads, 1, __ATOMIC_ACQ_REL);

	return at < THREADS_MAX ? &threads[at] : NULL;
}

/* A thread of the copy may get the number of a lost one. */
static void
thread_forget(thread_id id)
{
	for (size_t i = 0; i < n_threads && i < THREADS_MAX; i++)
		if (threads[i].id == id)
			threads[i].id = 0;
}

static int
create_early(thread_id *id, const void *attr, void *(*start)(void *), void *arg)
{
	struct thread *t = thread_add();
	long stack = -1;

	if (t != NULL)
		stack = sys6(__NR_mmap, 0, STACK_SIZE, 3, 0x20022 /* private, anonymous, stack */, -1, 0);
	if (stack < 0 && stack > -4096)
		return EAGAIN_;
	t->start = start;
	t->arg = arg;
	t->stack = (char *)stack;
	int rc = libc.create(id, attr, early_start, t);
	if (rc == 0)
		t->id = *id;
	return rc;
}

static int
in_node(void)
{
	return napi_create_function != NULL;
}

/* Did a later thread of the template begin there? Such are those of libuv's pool. */
static int
start_known(void *(*start)(void *))
{
	for (size_t i = 0; i < n_threads && i < THREADS_MAX; i++)
		if (threads[i].stack == NULL && threads[i].start == start)
			return 1;
	return 0;
}

EXPORT int
pthread_create(thread_id *id, const void *attr, void *(*start)(void *), void *arg)
{
	find_imports();
	if (in_node() && !scripted)
		return create_early(id, attr, start, arg);
	int rc = libc.create(id, attr, start, arg);
	if (rc != 0)
		return rc;
	if (helper_copy) {
		pool_back = pool_back || start_known(start);
		thread_forget(*id);
		return 0;
	}
	pool_lost = pool_lost || start_known(start);    /* the pool's threads are several of a kind */
	struct thread *t = thread_add();
	if (t != NULL) {
		t->id = *id;
		t->start = start;
	}
	return 0;
}

EXPORT int
pthread_join(thread_id id, void **result)
{
	find_imports();
	for (size_t i = 0; helper_copy && i < n_threads && i < THREADS_MAX; i++)
		if (threads[i].id == id)
			return 0;
	return libc.join(id, result);
}

/* Continue a thread of the template in the copy: this is the new thread's start. */
static void *
continue_start(void *arg)
{
	struct thread *t = arg;

	__builtin_longjmp(t->here, 1);
}

/*
 * Nothing of the condition variable itself is used, so a copy finds it without
 * a waiter. In a copy another thread comes back from here, on the same stack.
 */
__attribute__((noinline)) static int
wait_early(struct thread *volatile t, void *cond, void *mutex)
{
	t->seen = __atomic_load_n(&t->woken, __ATOMIC_ACQUIRE);
	t->mutex = mutex;
	if (__builtin_setjmp(t->here) == 0) {
		__atomic_store_n(&t->cond, cond, __ATOMIC_RELEASE);
		libc.unlock(mutex);
		__atomic_store_n(&t->parked, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&t->woken, __ATOMIC_ACQUIRE) == t->seen)
			futex_wait(&t->woken, t->seen);
	}
	__atomic_store_n(&t->parked, 0, __ATOMIC_RELEASE);
	libc.lock(t->mutex);
	__atomic_store_n(&t->cond, NULL, __ATOMIC_RELEASE);
	return 0;
}

EXPORT int
pthread_cond_wait(void *cond, void *mutex)
{
	find_imports();
	struct thread *t = self();

	return t != NULL ? wait_early(t, cond, mutex) : libc.wait(cond, mutex);
}

static void
thread_wake(struct thread *t)
{
	__atomic_fetch_add(&t->woken, 1, __ATOMIC_ACQ_REL);
	futex_wake(&t->woken);
}

/* Without a thread the task stays undone, as in a fresh node whose start then fails. */
static void
thread_continue(struct thread *t)
{
	thread_id id;

	if (__atomic_exchange_n(&t->lost, 0, __ATOMIC_ACQ_REL) != 0 && libc.create(&id, NULL, continue_start, t) == 0)
		thread_forget(id);
}

/*
 * A signal says that there is a task: worth a thread in a copy. A broadcast is
 * for the end of all, which a lost thread has behind it.
 */
static void
wake_early(void *cond, int may_continue)
{
	size_t n = __atomic_load_n(&n_threads, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < n && i < THREADS_MAX; i++) {
		struct thread *t = &threads[i];
		if (__atomic_load_n(&t->cond, __ATOMIC_ACQUIRE) != cond)
			continue;
		if (!__atomic_load_n(&t->lost, __ATOMIC_ACQUIRE))
			thread_wake(t);
		else if (may_continue)
			thread_continue(t);
	}
}

EXPORT int
pthread_cond_signal(void *cond)
{
	find_imports();
	wake_early(cond, 1);
	return libc.signal(cond);
}

EXPORT int
pthread_cond_broadcast(void *cond)
{
	find_imports();
	wake_early(cond, 0);
	return libc.broadcast(cond);
}

static size_t
thread_count(void)
{
	size_t n = __atomic_load_n(&n_threads, __ATOMIC_ACQUIRE);

	return n < THREADS_MAX ? n : THREADS_MAX;
}

/* Template: does the task runner's worker wait, with nothing sent to it? Then a copy can continue it. */
static int
threads_quiet(void)
{
	size_t parked = 0;

	for (size_t i = 0; i < thread_count(); i++) {
		struct thread *t = &threads[i];
		if (t->mutex == NULL)
			continue;       /* it never waits here, or not yet */
		if (!__atomic_load_n(&t->parked, __ATOMIC_ACQUIRE) || __atomic_load_n(&t->woken, __ATOMIC_ACQUIRE) != t->seen)
			return 0;
		parked++;
	}
	return parked > 0;
}

static void
threads_settle(void)
{
	struct { long s, ns; } pause = { 0, 1000000 };

	for (int ms = 0; !threads_quiet(); ms++) {
		if (ms == 5000)
			helper_cannot("node's worker thread does not come to rest");
		SYS(__NR_nanosleep, &pause, NULL, 0, 0);
	}
}

static void
threads_lose(void)
{
	for (size_t i = 0; i < thread_count(); i++)
		threads[i].lost = 1;
}

/*** Other things of libc that a template or a copy must not have ***/

enum { MADV_DONTFORK_ = 10 };

EXPORT int
madvise(void *at, size_t len, int advice)
{
	if (advice == MADV_DONTFORK_ && in_node())
		return 0;
	long rc = SYS(__NR_madvise, at, len, advice, 0);
	if (rc >= 0)
		return 0;
	if (errno_at != NULL)
		*errno_at() = (int)-rc;
	return -1;
}

/* A copy ends without the handlers and destructors of what it shares with the template. */
EXPORT _Noreturn void
exit(int code)
{
	if (helper_copy)
		leave(code);
	find_imports();
	libc.exit(code);
	leave(code);
}

static struct {
	napi_env env;
	void *loop;
	napi_ref prepare, run_main, draw, now;
	double epoch;                   /* performance.timeOrigin */
	int unblock[3];                 /* standard descriptors that node made non-blocking in the template */
} node;

/*** Descriptors of a copy ***/

enum { HELPER_FD_MAX = 128 };           /* node's own in a template are below */

enum {
	EBADF_ = 9, F_GETFD_ = 1, F_GETFL_ = 3, F_DUPFD_CLOEXEC_ = 1030, FIONREAD_ = 0x541b,
	CLOEXEC_ = 02000000, NONBLOCK_ = 04000, ACCESS_ = 3, FIFO_ = 0010000, CHAR_ = 0020000, FORMAT_ = 0170000,
};

/* What a number was before the jail. */
static struct kept {
	int open, flags, bytes;         /* bytes: that wait in a pipe */
	uint64_t pipe;                  /* its inode; 0: not a pipe */
} kept[HELPER_FD_MAX];
static int fds_top;                      /* above all of them: a copy's limit may be low */

struct statx_head {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino;
};
union statx_room { struct statx_head head; char room[256]; };

static uint64_t
pipe_of(int fd)
{
	union statx_room st;

	if (sys6(__NR_statx, fd, (long)"", 0x1000 /* AT_EMPTY_PATH */, 0x7ff, (long)&st, 0) < 0)
		return 0;
	return (st.head.mode & FORMAT_) == FIFO_ ? st.head.ino : 0;
}

/*
 * With its first stream a loop opens /dev/null, to close it when there are no
 * more descriptors. A program's loop has had none yet. Its number is in one
 * place of the loop.
 */
static void
spare_close(void)
{
	union statx_room st;
	int *words = node.loop, *at = NULL;
	size_t n = uv_loop_size != NULL ? uv_loop_size() / sizeof(int) : 0, found = 0;

	for (int fd = TEMPLATE_FDS; fd < HELPER_FD_MAX; fd++) {
		if (sys6(__NR_statx, fd, (long)"", 0x1000 /* AT_EMPTY_PATH */, 0x7ff, (long)&st, 0) < 0 ||
		    (st.head.mode & FORMAT_) != CHAR_)
			continue;
		for (size_t i = 0; i < n; i++)
			if (words[i] == fd) {
				at = &words[i];
				found++;
			}
		if (found == 1) {
			*at = -1;
			SYS(__NR_close, fd, 0, 0, 0);
		}
		return;
	}
}

/* Before the first order: those that come with one are no business of libuv's. */
static void
fds_note(void)
{
	for (int fd = TEMPLATE_FDS; fd < HELPER_FD_MAX; fd++) {
		struct kept *k = &kept[fd];
		*k = (struct kept){ 0, 0, 0, 0 };
		k->open = SYS(__NR_fcntl, fd, F_GETFD_, 0, 0) >= 0;
		if (!k->open)
			continue;
		fds_top = fd + 1;
		k->flags = (int)SYS(__NR_fcntl, fd, F_GETFL_, 0, 0);
		k->pipe = pipe_of(fd);
		if (k->pipe != 0)
			SYS(__NR_ioctl, fd, FIONREAD_, &k->bytes, 0);
	}
}

/* Out of the numbers that are to be given back. */
static long
above(long fd)
{
	long high = SYS(__NR_fcntl, fd, F_DUPFD_CLOEXEC_, fds_top, 0);

	SYS(__NR_close, fd, 0, 0, 0);
	if (high < 0)
		leave(126);             /* max_files is too low for a copy of this node: runs are cold then */
	return high;
}

/* A pipe of the copy's own, with as many bytes in it: libuv's lock for signals is one byte in a pipe. */
static void
pipe_replace(int from)
{
	int ends[2];

	if (SYS(__NR_pipe2, ends, CLOEXEC_ | (kept[from].flags & NONBLOCK_), 0, 0) < 0)
		leave(126);
	long r = above(ends[0]), w = above(ends[1]);
	for (int i = 0; i < kept[from].bytes && i < 64; i++)
		SYS(__NR_write, w, "*", 1, 0);
	for (int fd = TEMPLATE_FDS; fd < HELPER_FD_MAX; fd++)
		if (kept[fd].open && kept[fd].pipe == kept[from].pipe)
			SYS(__NR_dup3, (kept[fd].flags & ACCESS_) == 0 ? r : w, fd, CLOEXEC_, 0);
	SYS(__NR_close, r, 0, 0, 0);
	SYS(__NR_close, w, 0, 0, 0);
}

/*
 * libuv closes the loop's descriptors by number and makes new ones; others it
 * uses as they are. Whether the jail closed them before or not, the numbers
 * must be theirs, and what is behind them no longer the template's.
 */
static void
fds_replace(void)
{
	long spare = above(SYS(__NR_eventfd2, 0, CLOEXEC_ | NONBLOCK_, 0, 0));

	for (int fd = TEMPLATE_FDS; fd < HELPER_FD_MAX; fd++)
		if (kept[fd].open)
			SYS(__NR_dup3, spare, fd, CLOEXEC_, 0);
	for (int fd = TEMPLATE_FDS; fd < HELPER_FD_MAX; fd++)
		if (kept[fd].open && kept[fd].pipe != 0 && (kept[fd].flags & ACCESS_) == 0)
			pipe_replace(fd);
	SYS(__NR_close, spare, 0, 0, 0);
}

/*** The program ***/

static char block[65536];

static void
cannot_write(void)
{
	static const char text[] = "sandbox: cannot write code.js\n";

	SYS(__NR_write, 2, text, sizeof(text) - 1, 0);
	leave(1);
}

static void
put(long fd, const char *from, size_t len)
{
	while (len > 0) {
		long n = SYS(__NR_write, fd, from, len, 0);
		if (n == -EINTR_)
			continue;
		if (n <= 0)
			cannot_write();
		from += n;
		len -= (size_t)n;
	}
}

static long program;                     /* the descriptor of its text */

static size_t
get(char *to, size_t len)
{
	long n;

	do
		n = SYS(__NR_read, program, to, len, 0);
	while (n == -EINTR_);
	return n > 0 ? (size_t)n : 0;
}

/* The digits before the first newline; one byte at a time, as there are few. */
static size_t
get_size(void)
{
	size_t size = 0;
	char c;

	while (get(&c, 1) == 1 && c >= '0' && c <= '9')
		size = size * 10 + (size_t)(c - '0');
	return size;
}

/* Copy at most len bytes of it. */
static void
pass(long fd, size_t len)
{
	size_t n;

	while (len > 0 && (n = get(block, len < sizeof(block) ? len : sizeof(block))) > 0) {
		put(fd, block, n);
		len -= n;
	}
}

/* It is the preload's length, a newline, the preload, the code: as runtime/node.js reads it. */
static void
place_program(void)
{
	long fd = SYS(__NR_openat, -100 /* AT_FDCWD */, "code.js", 01 | 0100 | 01000 | CLOEXEC_, 0600);

	if (fd < 0)
		cannot_write();
	size_t preload = get_size();
	pass(fd, preload);
	if (preload > 0)
		put(fd, "\n", 1);
	pass(fd, SIZE_MAX);
	SYS(__NR_close, fd, 0, 0, 0);
	SYS(__NR_close, program, 0, 0, 0);
}

/*** Looking into memory ***/

static int peek_pipe[2] = { -1, -1 };

/* Copy what can be read of n (at most 4096) bytes there; how many. The kernel does not mind a bad address, we would. */
static size_t
peek(uint64_t at, void *to, size_t n)
{
	long got = SYS(__NR_write, peek_pipe[1], at, n, 0);

	if (got <= 0)
		return 0;
	got = SYS(__NR_read, peek_pipe[0], to, got, 0);
	return got > 0 ? (size_t)got : 0;
}

static void
peek_begin(void)
{
	if (SYS(__NR_pipe2, peek_pipe, CLOEXEC_ | NONBLOCK_, 0, 0) < 0)
		helper_cannot("pipe");
}

static void
peek_end(void)
{
	SYS(__NR_close, peek_pipe[0], 0, 0, 0);
	SYS(__NR_close, peek_pipe[1], 0, 0, 0);
}

static int
is_pointer(uint64_t word)
{
	return word % 8 == 0 && word >= 0x10000 && word < (uint64_t)1 << 48;
}

/*** Chance ***/

/*
 * V8's own generator, from which each new context's Math.random is seeded: an
 * isolate points to its seed and two words of state. It is what takes a step
 * of xorshift128+ when something is drawn.
 */
enum { ISOLATE_MAX = 512 << 10, CANDIDATES = 16384, STEPS_MAX = 4096 };

static uint64_t *generator;             /* seed, state, state */

struct candidate { uint64_t at, seed, state[2]; };

static int
is_later(const uint64_t *from, const uint64_t *now)
{
	uint64_t a = from[0], b = from[1];

	for (int i = 0; i < STEPS_MAX; i++) {
		uint64_t x = a, y = b;
		a = y;
		x ^= x << 23;
		x ^= x >> 17;
		x ^= y;
		x ^= y >> 26;
		b = x;
		if (a == now[0] && b == now[1])
			return 1;
	}
	return 0;
}

static size_t
list_candidates(struct candidate *c)
{
	uint64_t isolate = (uint64_t)address(isolate_current()), words[512];
	size_t n = 0, got = sizeof(words);

	for (size_t at = 0; at < ISOLATE_MAX && got == sizeof(words); at += got) {
		got = peek(isolate + at, words, sizeof(words));
		for (size_t i = 0; i < got / sizeof(words[0]) && n < CANDIDATES; i++) {
			c[n].at = words[i];
			if (is_pointer(words[i]) && peek(words[i], &c[n].seed, 24) == 24 && c[n].state[0] >> 48 != 0 &&
			    c[n].state[1] >> 48 != 0)
				n++;
		}
	}
	return n;
}

/* draw: a function that draws from it. Without it a copy's new contexts are like those of other copies. */
static void
generator_find(napi_env env, napi_value draw)
{
	long room = sys6(__NR_mmap, 0, CANDIDATES * sizeof(struct candidate), 3, 0x22 /* private, anonymous */, -1, 0);
	struct candidate *c = (struct candidate *)room;
	napi_value global, drawn;
	uint64_t now[3];

	if (room < 0 && room > -4096)
		return;
	napi_get_global(env, &global);
	napi_call_function(env, global, draw, 0, NULL, &drawn);         /* the first makes it */
	size_t n = list_candidates(c);
	napi_call_function(env, global, draw, 0, NULL, &drawn);
	for (size_t i = 0; i < n && generator == NULL; i++)
		if (peek(c[i].at, now, sizeof(now)) == sizeof(now) && now[0] == c[i].seed && now[1] != c[i].state[0] &&
		    is_later(c[i].state, now + 1))
			generator = (uint64_t *)c[i].at;
	SYS(__NR_munmap, room, CANDIDATES * sizeof(struct candidate), 0, 0);
	if (generator == NULL)
		helper_failed("Math.random()", "V8's generator is not where it is looked for");
}

static void
generator_seed(void)
{
	if (generator == NULL)
		return;
	SYS(__NR_getrandom, generator, 3 * sizeof(generator[0]), 0, 0);
	generator[1] |= 1;              /* not all of it may be 0 */
}

/*** Clocks ***/

/*
 * Where times are that node took at its start, and what they were. A copy moves
 * them, so that its run began as long ago as a fresh node would have.
 */
enum { ENV_MAX = 8192, CLOCKS_MAX = 32, MILESTONES = 8 };
enum unit { NANOSECONDS, DOUBLE_NANOSECONDS, DOUBLE_MILLISECONDS, MILLISECONDS, EPOCH };

static struct clock { enum unit unit; void *at; union { uint64_t u; double d; } was; } clocks[CLOCKS_MAX];
static size_t n_clocks;
static double *loop_start;
static uint64_t *loop_idle, *loop_counts;
static uint64_t bootstrapped;           /* nanoseconds: the program's turn */
static int64_t epoch_bootstrapped;      /* microseconds */

static int64_t
epoch_now(void)
{
	struct { long s, ns; } t = { 0, 0 };

	SYS(__NR_clock_gettime, 0 /* CLOCK_REALTIME */, &t, 0, 0);
	return (int64_t)t.s * 1000000 + t.ns / 1000;
}

static void
clock_add(enum unit unit, void *at)
{
	struct clock *c = &clocks[n_clocks];

	for (size_t i = 0; i < n_clocks; i++)
		if (clocks[i].at == at)
			return;
	if (n_clocks == CLOCKS_MAX)
		helper_cannot("too many clocks");
	c->unit = unit;
	c->at = at;
	c->was.u = *(uint64_t *)at;
	n_clocks++;
}

static uint64_t
bits(double d)
{
	union { double d; uint64_t u; } v = { .d = d };

	return v.u;
}

/* Each word in there that has the value. */
static void
clock_search(enum unit unit, uint64_t from, size_t len, uint64_t value)
{
	uint64_t words[512];
	size_t got = sizeof(words);

	for (size_t at = 0; at < len && got == sizeof(words); at += got) {
		got = peek(from + at, words, sizeof(words));
		for (size_t i = 0; i < got / sizeof(words[0]); i++)
			if (words[i] == value)
				clock_add(unit, (void *)(from + at + i * sizeof(words[0])));
	}
}

/* A Float64Array's room: the environment points to its state of performance, that to this. */
static double *
milestones_find(uint64_t env)
{
	uint64_t words[ENV_MAX / 8], state[32], room[MILESTONES], wanted = bits((double)node_start_time);
	size_t n = peek(env, words, 4096) + peek(env + 4096, words + 512, 4096);

	for (size_t i = 0; i < n / 8; i++) {
		size_t n_state = is_pointer(words[i]) ? peek(words[i], state, sizeof(state)) / 8 : 0;
		for (size_t j = 0; j < n_state; j++) {
			size_t n_room = is_pointer(state[j]) ? peek(state[j], room, sizeof(room)) / 8 : 0;
			for (size_t k = 0; k < n_room; k++)
				if (room[k] == wanted)
					return (double *)state[j] + k;
		}
	}
	return NULL;
}

static double
now_of(void *env)
{
	double d = 0;

	napi_get_value_double(node.env, env_now(env), &d);
	return d;
}

/* What timers count from. */
static void
timer_base_find(void *env)
{
	double now = now_of(env);
	uint64_t base = uv_now(node.loop) - (uint64_t)now;
	size_t first = n_clocks;

	clock_search(MILLISECONDS, (uint64_t)address(env), ENV_MAX, base);
	for (size_t i = first; i < n_clocks; i++) {
		*(uint64_t *)clocks[i].at = base - 1000000;
		int moved = now_of(env) >= now + 1000000;
		*(uint64_t *)clocks[i].at = base;
		if (moved) {
			clocks[first] = clocks[i];
			n_clocks = first + 1;
			return;
		}
	}
	n_clocks = first;
}

/*
 * Before node 20 performance.now() has a variable of its own for it, in its
 * context. function: map, properties, elements, shared, context; number: map,
 * value. A tagged pointer is odd.
 */
static void
js_origin_find(napi_value now, uint64_t value)
{
	uint64_t slots[64], context, number;

	if (peek(*(uint64_t *)now - 1 + 4 * 8, &context, 8) != 8 || context % 8 != 1)
		return;
	size_t n = peek(context - 1, slots, sizeof(slots)) / 8;
	for (size_t i = 0; i < n; i++)
		if (slots[i] % 8 == 1 && peek(slots[i] - 1 + 8, &number, 8) == 8 && number == value)
			clock_add(DOUBLE_MILLISECONDS, (void *)(slots[i] - 1 + 8));
}

/* now: performance.now; epoch: performance.timeOrigin, in milliseconds. */
static void
clocks_find(void *env, napi_value now, double epoch)
{
	uint64_t at = (uint64_t)address(env);
	double *m = &node_start_time != NULL ? milestones_find(at) : NULL;

	if (m == NULL || uv_hrtime == NULL || uv_now == NULL) {
		helper_failed("process.uptime()", "node's times are not where they are looked for");
		return;
	}
	clock_add(NANOSECONDS, &node_start_time);
	if (&v8_start_time != NULL)
		clock_add(NANOSECONDS, &v8_start_time);
	/* environment, node, V8, loop's start, loop's end, bootstrap */
	for (int i = -1; i < 5; i++)
		if (m[i] > 0 && i != 2)
			clock_add(DOUBLE_NANOSECONDS, &m[i]);
	loop_start = &m[2];
	bootstrapped = m[4] > 0 ? (uint64_t)m[4] : node_start_time;
	epoch_bootstrapped = epoch_now() - (int64_t)((uv_hrtime() - bootstrapped) / 1000);
	if (&process_start != NULL) {
		clock_add(NANOSECONDS, &process_start);
		clock_add(EPOCH, &process_start_epoch);
		clock_add(EPOCH, &m[-3]);
		clock_add(DOUBLE_NANOSECONDS, &m[-2]);
		clock_search(NANOSECONDS, at, ENV_MAX, process_start);
		clock_search(EPOCH, at, ENV_MAX, bits(process_start_epoch));
	} else if (&time_origin != NULL) {
		clock_add(NANOSECONDS, &time_origin);
		/* Near it, without a name. */
		size_t n = n_clocks;
		clock_search(EPOCH, (uint64_t)address(&time_origin) - 1024, 2048, bits(epoch * 1e3));
		if (n_clocks == n)
			helper_failed("performance.timeOrigin", "it is not where it is looked for");
		js_origin_find(now, bits((double)time_origin / 1e6));
	}
	if (env_now != NULL)
		timer_base_find(env);
	/* It is in libuv's state that uv_loop_t, a public struct, points to. */
	uint64_t idle_time = uv_metrics_idle_time != NULL ? uv_metrics_idle_time(node.loop) : 0;
	uint64_t *fields = ((uint64_t **)node.loop)[5];
	for (size_t i = 0; idle_time != 0 && i < 24 && loop_idle == NULL; i++)
		if (fields[i] == idle_time)
			loop_idle = &fields[i];
	struct metrics is;
	if (uv_metrics_info != NULL && uv_metrics_info(node.loop, &is) == 0 &&
	    fields[1] == is.loops && fields[2] == is.events && fields[3] == is.waiting)
		loop_counts = &fields[1];
}

/* In a copy. Now is when its node, had it one of its own, would have been ready for the program. */
static void
clocks_set(void)
{
	if (loop_start == NULL)
		return;
	uint64_t by = uv_hrtime() - bootstrapped;
	int64_t epoch = epoch_now() - epoch_bootstrapped;

	for (size_t i = 0; i < n_clocks; i++) {
		const struct clock *c = &clocks[i];
		switch (c->unit) {
		case NANOSECONDS:
			*(uint64_t *)c->at = c->was.u + by;
			break;
		case DOUBLE_NANOSECONDS:
			*(double *)c->at = c->was.d + (double)by;
			break;
		case DOUBLE_MILLISECONDS:
			*(double *)c->at = c->was.d + (double)by / 1e6;
			break;
		case MILLISECONDS:
			*(uint64_t *)c->at = c->was.u + by / 1000000;
			break;
		case EPOCH:
			*(double *)c->at = c->was.d + (double)epoch;
			break;
		}
	}
	*loop_start = -1;
	if (loop_idle != NULL)
		*loop_idle = 0;
	for (int i = 0; loop_counts != NULL && i < 3; i++)
		loop_counts[i] = 0;
}

/*** A copy ***/

static char idle[1024] __attribute__((aligned(16)));    /* a uv_idle_t */

static void
scope_open(void *scope, void *env, napi_value object)
{
	static const struct async_context main_script = { 1, 0 };
	struct object_variant variant = { object, 0 };
	enum { SKIP_ASYNC_HOOKS = 1 };

	if (scope_open_20 != NULL)
		scope_open_20(scope, env, object, &main_script, SKIP_ASYNC_HOOKS);
	else if (scope_open_22 != NULL)
		scope_open_22(scope, env, variant, &main_script, SKIP_ASYNC_HOOKS, NULL);
	else
		scope_open_26(scope, env, variant, &main_script, SKIP_ASYNC_HOOKS, NULL);
}

/*
 * As node's StartExecution() does it: no frame below, asynchronous id 1, an
 * exception goes to the isolate's message listener and so to node's own end;
 * closing the scope runs nextTick's queue and the microtasks.
 */
static void
run_program(void *env, napi_value context, napi_value file)
{
	char scope[1024] __attribute__((aligned(16)));
	napi_value object, self_, fn;

	napi_create_object(node.env, &object);
	napi_get_undefined(node.env, &self_);
	napi_get_reference_value(node.env, node.run_main, &fn);
	scope_open(scope, env, object);
	function_call(fn, context, self_, 1, &file);
	scope_close(scope);
}

/* There is nothing to copy or destroy in ours. */
static int
manage_exit(void *to, const void *from, int op)
{
	(void)to, (void)from, (void)op;
	return 0;
}

/*
 * process.exit() and uncaught exceptions. Node's own handler would first take
 * down the platform, whose threads and loops are lost; that libuv's pool does
 * what it was given before the end can be seen, so that stays.
 */
static void
on_exit_code(const void *data, void **env, int *code)
{
	(void)data, (void)env;
	if (uv_library_shutdown != NULL && (!pool_lost || pool_back))   /* a lost pool must not be waited for */
		uv_library_shutdown();
	leave(*code);
}

static napi_value
prepare(void)
{
	napi_value fn, global, file = NULL;

	napi_get_global(node.env, &global);
	napi_get_reference_value(node.env, node.prepare, &fn);
	if (napi_call_function(node.env, global, fn, 0, NULL, &file) != 0)
		leave(126);
	return file;
}

/*
 * Where V8 will make a program's first objects: the pages all at once, ahead of
 * the program, instead of a page fault for each (Linux 5.14). One that is made
 * now shows the place.
 */
static void
room_make(void)
{
	enum { POPULATE_WRITE = 23, CHUNK = 256 << 10, ROOM = 160 << 10, PAGE = 4096 };
	napi_value object;

	if (napi_create_object(node.env, &object) != 0)
		return;
	uint64_t from = *(uint64_t *)object / PAGE * PAGE, end = (from / CHUNK + 1) * CHUNK;
	SYS(__NR_madvise, from, end - from < ROOM ? end - from : ROOM, POPULATE_WRITE, 0);
}

static void
fds_unblock(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (node.unblock[fd])
			SYS(__NR_fcntl, fd, 4 /* F_SETFL */, SYS(__NR_fcntl, fd, F_GETFL_, 0, 0) | NONBLOCK_, 0);
}

static _Noreturn void
copy(void)
{
	napi_scope scope;

	helper_copy = 1;
	threads_lose();
	helper_enter();
	fds_replace();
	if (uv_loop_fork(node.loop) != 0)
		leave(126);
	uv_idle_stop(idle);
	napi_open_handle_scope(node.env, &scope);
	generator_seed();
	napi_value file = prepare();
	napi_value context = isolate_context(isolate_current());
	void *env = node_environment(context);
	struct exit_function end_now = { { NULL, NULL }, manage_exit, on_exit_code };
	set_exit_handler(env, &end_now);
	room_make();
	clocks_set();           /* what this writes to is the copy's own from here on */
	program = helper_ready();
	clocks_set();
	fds_unblock();
	place_program();
	uv_update_time(node.loop);
	run_program(env, context, file);
	napi_close_handle_scope(node.env, scope);
	struct maybe_int end = node_spin(env);
	leave(end.just ? end.value : 1);
}

/*
 * Is anything under way that a module began? A copy would wait for its end for
 * ever. What has not ended after a while (an interval) is a program's lot when
 * it loads that module itself, too.
 */
static int
busy(void *handle)
{
	static int rounds;
	struct { long s, ns; } pause = { 0, 1000000 };

	uv_unref(handle);
	int alive = uv_loop_alive(node.loop);
	uv_ref(handle);
	if (!alive || ++rounds > 3000)
		return 0;
	SYS(__NR_nanosleep, &pause, NULL, 0, 0);
	return 1;
}

/*
 * glibc's malloc puts off joining and sorting what was freed until a large
 * piece is wanted. Each copy would do that anew, all over the heap.
 */
static void
tidy(void)
{
	if (malloc_trim == NULL)
		return;
	malloc_trim(0);
	free(malloc(100000));
}

/* Once, when the template is as its copies will find it. */
static void
look_around(void)
{
	napi_scope scope;
	napi_value draw, now;
	size_t sizes[16] = { 0 };

	napi_open_handle_scope(node.env, &scope);
	napi_get_reference_value(node.env, node.draw, &draw);
	peek_begin();
	generator_find(node.env, draw);
	napi_delete_reference(node.env, node.draw);
	isolate_low_memory(isolate_current());
	/* Who wants to go through the heap has it swept; else each copy would sweep it anew, page by page. */
	if (isolate_code_sizes != NULL)
		isolate_code_sizes(isolate_current(), sizes);
	napi_get_reference_value(node.env, node.now, &now);     /* nothing is moved from here on */
	clocks_find(node_environment(isolate_context(isolate_current())), now, node.epoch);
	peek_end();
	napi_close_handle_scope(node.env, scope);
	spare_close();
	fds_note();
	tidy();
}

static void
on_idle(void *handle)
{
	if (busy(handle))
		return;
	look_around();
	while (helper_wait()) {
		threads_settle();
		int pid = fork();
		if (pid == 0)
			copy();
		helper_forked(pid);
	}
	leave(0);
}

/*** What the template's script calls ***/

/* serve(prepare, runMain, draw, performance.now, performance.timeOrigin): at the script's end, wait for orders. */
static napi_value
serve(napi_env env, napi_info info)
{
	napi_value args[5];
	size_t n = LEN(args);

	node.env = env;
	if (napi_get_cb_info(env, info, &n, args, NULL, NULL) != 0 || n != LEN(args) ||
	    napi_create_reference(env, args[0], 1, &node.prepare) != 0 ||
	    napi_create_reference(env, args[1], 1, &node.run_main) != 0 ||
	    napi_create_reference(env, args[2], 1, &node.draw) != 0 ||
	    napi_create_reference(env, args[3], 1, &node.now) != 0 ||
	    napi_get_value_double(env, args[4], &node.epoch) != 0 ||
	    napi_get_uv_event_loop(env, &node.loop) != 0)
		helper_cannot("serve");
	uv_idle_init(node.loop, idle);
	uv_idle_start(idle, on_idle);
	return NULL;
}

/* failed(name, message) */
static napi_value
failed(napi_env env, napi_info info)
{
	napi_value args[2];
	size_t n = LEN(args), len;
	char name[256] = "", message[1024] = "";

	napi_get_cb_info(env, info, &n, args, NULL, NULL);
	napi_get_value_string_utf8(env, args[0], name, sizeof(name), &len);
	napi_get_value_string_utf8(env, args[1], message, sizeof(message), &len);
	helper_failed(name, message);
	return NULL;
}

/* random(): 1 to 2^31 - 1 */
static napi_value
random_int(napi_env env, napi_info info)
{
	uint32_t chance = 0;
	napi_value v = NULL;

	(void)info;
	SYS(__NR_getrandom, &chance, sizeof(chance), 0, 0);
	chance >>= 1;
	napi_create_int32(env, (int32_t)(chance == 0 ? 1 : chance), &v);
	return v;
}

/* pid() */
static napi_value
pid_now(napi_env env, napi_info info)
{
	napi_value v = NULL;

	(void)info;
	napi_create_int32(env, (int32_t)SYS(__NR_getpid, 0, 0, 0, 0), &v);
	return v;
}

/* unblock(fd): a copy's 1 or 2 has to be non-blocking, as node left ours. */
static napi_value
unblock(napi_env env, napi_info info)
{
	napi_value arg;
	size_t n = 1;
	int32_t fd = 0;

	if (napi_get_cb_info(env, info, &n, &arg, NULL, NULL) == 0 && napi_get_value_int32(env, arg, &fd) == 0 &&
	    fd >= 0 && fd < 3)
		node.unblock[fd] = 1;
	return NULL;
}

/* pipe(): an array of two descriptors */
static napi_value
pipe_new(napi_env env, napi_info info)
{
	int fds[2];
	napi_value pair = NULL, v;

	(void)info;
	if (SYS(__NR_pipe2, fds, CLOEXEC_, 0, 0) < 0)
		helper_cannot("pipe");
	napi_create_array(env, &pair);
	for (uint32_t i = 0; i < 2; i++) {
		napi_create_int32(env, fds[i], &v);
		napi_set_element(env, pair, i, v);
	}
	return pair;
}

static const struct { const char *name; napi_value (*fn)(napi_env, napi_info); } offers[] = {
	{ "serve",  serve      },
	{ "failed", failed     },
	{ "random", random_int },
	{ "pid",    pid_now    },
	{ "pipe",   pipe_new   },
	{ "unblock", unblock   },
};

static int
complete(void)
{
	return isolate_current != NULL && isolate_context != NULL && isolate_low_memory != NULL &&
	    node_environment != NULL && node_spin != NULL && set_exit_handler != NULL && function_call != NULL &&
	    scope_close != NULL &&
	    (scope_open_20 != NULL || scope_open_22 != NULL || scope_open_26 != NULL) &&
	    uv_loop_fork != NULL && fork != NULL && dlsym != NULL;
}

EXPORT napi_value
napi_register_module_v1(napi_env env, napi_value exports)
{
	napi_value fn;

	if (!complete())
		helper_cannot("this node lacks what a copy needs");
	if (n_threads == 0)
		helper_cannot("not preloaded");
	if (n_threads > THREADS_MAX)
		helper_cannot("too many threads");
	scripted = 1;
	for (size_t i = 0; i < LEN(offers); i++) {
		napi_create_function(env, offers[i].name, (size_t)-1, offers[i].fn, NULL, &fn);
		napi_set_named_property(env, exports, offers[i].name, fn);
	}
	return exports;
}
