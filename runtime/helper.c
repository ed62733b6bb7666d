/*
 * helper.c - what the sandbox puts into a template: it makes the copies, and
 * takes each of them into the jail.
 *
 *   template                          copy
 *   helper_wait <- struct order
 *   fork (the libc's own)  -------->  helper_enter   the steps of enter.h
 *   ...                               helper_ready   HELLO with the listener; GO with the run's pipes; TAKEN
 *                                                    or, where GO is there already, TAKEN with the listener
 *   deaths of copies -> the monitor
 *
 * One shared object without a libc, for interpreters of glibc and musl: an
 * extension module for Python (here), for Node an add-on and preloaded as well
 * (helper_node.c). What it uses of the interpreter are weak symbols.
 */
#include "helper.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

/* Offsets from the order's base, above what RLIMIT_NOFILE lets a program have. The first is what its filter knows. */
enum { HIGH_LINE, HIGH_LANDLOCK, HIGH_TCP, HIGH_GATE, HIGH_FDS, SPARE_FDS = 16 };

int helper_copy;

static struct {
	bool started, ordered, failed;  /* ordered: an order has been taken, and its copy perhaps made; failed: it was not */
	int deaths;                     /* eventfd(2): a child has ended */
	struct action before;           /* of SIGCHLD */
	long pid;
	struct order order;
	int fds[ORDER_FDS];             /* that came with the order: the line, then as its flags say */
	size_t n_fds;
	int line, listener;             /* of a copy */
} helper;                               /* all zero at the start: it takes no room in the file */

union control { char bytes[CMSG_SPACE(ORDER_FDS * sizeof(int))]; struct cmsghdr align; };

/*** The template ***/

/* The dead, to the monitor. Whether it listens is not ours to mind: it sees our end. */
static void
tell_deaths(void)
{
	struct { long utime_s, utime_us, stime_s, stime_us, maxrss, rest[16]; } ru = { 0 };
	struct death d;
	long pid;
	int status = 0;

	while ((pid = sys(SYS_wait4, -1, address(&status), WNOHANG, address(&ru), 0)) > 0) {
		d = (struct death){ (int32_t)pid, status, (ru.utime_s + ru.stime_s) * 1000 + (ru.utime_us + ru.stime_us) / 1000,
		    ru.maxrss };
		(void)sys(SYS_write, TEMPLATE_DEATHS, address(&d), sizeof(d), 0, 0);
	}
}

/* In whichever thread the kernel chose: a runtime's threads take signals too, so signalfd(2) would miss some. */
static void
on_child(int signo)
{
	const uint64_t one = 1;

	(void)signo;
	(void)sys(SYS_write, helper.deaths, address(&one), sizeof(one), 0, 0);
}

/* The first time: from here on this is a template. */
static bool
start(void)
{
	const struct action a = { { on_child }, SA_RESTART | SA_NOCLDSTOP | RESTORER, restore, 0 };
	const struct death ready = { 0, 0, 0, 0 };

	helper.started = true;
	helper.listener = -1;
	helper.pid = sys(SYS_getpid, 0, 0, 0, 0, 0);
	helper.deaths = (int)sys(SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	if (helper.deaths < 0 ||
	    sys(SYS_rt_sigaction, SIGCHLD, address(&a), address(&helper.before), sizeof(a.mask), 0) != 0)
		return false;
	return sys(SYS_write, TEMPLATE_DEATHS, address(&ready), sizeof(ready), 0, 0) == sizeof(ready);
}

/* Of the last order: the descriptors are the copy's. */
static void
finish_order(void)
{
	const char done = helper.failed ? MADE_FAILED : MADE_FORKED;

	for (size_t i = 0; i < helper.n_fds; i++)
		(void)sys(SYS_close, helper.fds[i], 0, 0, 0, 0);
	helper.n_fds = 0;
	if (helper.ordered)
		(void)sys(SYS_write, TEMPLATE_ORDERS, address(&done), 1, 0, 0);
	helper.ordered = helper.failed = false;
}

/* A message with descriptors. Its length, 0 at the end, negative for an errno. */
static long
receive(int fd, void *to, size_t n, int *fds, size_t max, size_t *n_fds, int flags)
{
	struct iovec iov = { to, n };
	union control control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = (socklen_t)CMSG_SPACE(max * sizeof(int)) };
	long got = sys(SYS_recvmsg, fd, address(&msg), MSG_CMSG_CLOEXEC | flags, 0, 0);
	const struct cmsghdr *c = got < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*n_fds = 0;
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return got;
	*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (*n_fds > max)
		*n_fds = max;
	for (size_t i = 0; i < *n_fds; i++)
		fds[i] = ((const int *)(const void *)CMSG_DATA(c))[i];
	/* Without a descriptor left to take them: a length that nobody wants. */
	return (msg.msg_flags & MSG_CTRUNC) != 0 ? 1 : got;
}

/* Is it what the monitor sends? Something else would be a fault of ours; a copy is not made then. */
static bool
is_whole(long n)
{
	const struct order *o = &helper.order;
	const uint32_t with[] = { ORDER_LANDLOCK, ORDER_TCP, ORDER_GATE };
	size_t fds = 1;

	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		fds += (o->flags & with[i]) != 0;

	return n >= (long)offsetof(struct order, filter) && o->n_limits <= LIMITS &&
	    o->n_filter <= BPF_MAXINSNS && (size_t)n == offsetof(struct order, filter) + o->n_filter * sizeof(o->filter[0]) &&
	    helper.n_fds == fds;
}

static void
print(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	(void)sys(SYS_write, 2, address(text), (long)n, 0, 0);
}

void
helper_failed(const char *name, const char *message)
{
	print(name);
	print(": ");
	print(message);
	print("\n");
}

_Noreturn void
helper_cannot(const char *reason)
{
	print(reason);
	print("\n");
	leave(1);
}

void
helper_forked(long pid)
{
	helper.failed = pid < 0;
	finish_order();
}

int
helper_wait(void)
{
	struct pollfd fds[2] = { { .fd = TEMPLATE_ORDERS, .events = POLLIN }, { .events = POLLIN } };
	uint64_t ended;

	if (!helper.started && !start())
		return 0;
	for (;;) {
		finish_order();
		fds[1].fd = helper.deaths;
		fds[0].revents = fds[1].revents = 0;
		bool interrupted = sys(SYS_ppoll, address(fds), 2, 0, 0, 8) < 0;
		if (interrupted || fds[1].revents != 0) /* by a death, mostly, which need not be asked for again */
			(void)sys(SYS_read, helper.deaths, address(&ended), sizeof(ended), 0, 0);
		tell_deaths();
		if (fds[0].revents == 0)
			continue;
		long n = receive(TEMPLATE_ORDERS, &helper.order, sizeof(helper.order), helper.fds, ORDER_FDS, &helper.n_fds, 0);
		if (n == 0)
			return 0;
		helper.ordered = n > 0;
		if (is_whole(n))
			return 1;
		helper.failed = true;
	}
}

/*** The copy ***/

static void
say(enum said what, int step, int error, int attached)
{
	struct saying s = { what, (int32_t)sys(SYS_getpid, 0, 0, 0, 0, 0), (uint32_t)step, error };
	struct iovec iov = { &s, sizeof(s) };
	union control control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (attached >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)(void *)CMSG_DATA(c) = attached;
	}
	if (sys(SYS_sendmsg, helper.line, address(&msg), MSG_NOSIGNAL, 0, 0) != (long)sizeof(s))
		leave(127);             /* the monitor has closed it: nobody waits for this copy any more */
}

static int
close_all(long first, long last)
{
	long rc = sys(SYS_close_range, first, last, 0, 0, 0);

	if (rc >= 0 || (rc != -ENTER_ENOSYS && rc != -ENTER_EPERM))
		return (int)rc;
	/* Linux < 5.9, or a container's filter that does not know it; the template's own limit bounds the numbers. */
	for (long fd = first; fd <= last && fd < (long)helper.order.base + SPARE_FDS; fd++)
		(void)sys(SYS_close, fd, 0, 0, 0, 0);
	return 0;
}

/* Each of them to its place above all that the program can have. */
static int
place_fds(void)
{
	const struct order *o = &helper.order;
	const bool there[HIGH_FDS] = { true, (o->flags & ORDER_LANDLOCK) != 0, (o->flags & ORDER_TCP) != 0,
	    (o->flags & ORDER_GATE) != 0 };
	size_t at = 0;

	for (int i = 0; i < HIGH_FDS; i++) {
		if (!there[i])
			continue;
		long rc = sys(SYS_dup3, helper.fds[at], (long)o->base + i, O_CLOEXEC, 0, 0);
		if (rc < 0)
			return (int)rc;
		(void)sys(SYS_close, helper.fds[at++], 0, 0, 0, 0);
	}
	helper.line = (int)o->base + HIGH_LINE;
	helper.n_fds = 0;
	/* What imports have left open would be shared with every other copy. */
	int rc = close_all(3, (long)o->base - 1);
	return rc == 0 ? close_all((long)o->base + HIGH_FDS, 0xffffffff) : rc;
}

/* The usher sees who writes, and puts that one into the slot's cgroups; meanwhile the copy goes on. */
static int
ask_for_cgroups(void)
{
	if ((helper.order.flags & ORDER_GATE) == 0)
		return 0;
	long rc = sys(SYS_write, TEMPLATE_GATE, address(&helper.order.ticket), sizeof(helper.order.ticket), 0, 0);
	return rc < 0 ? (int)rc : 0;
}

/* Is it in them? Nothing of a program comes before that. */
static int
join_cgroups(void)
{
	const int answer = (int)helper.order.base + HIGH_GATE;
	char open = 0;
	long rc;

	if ((helper.order.flags & ORDER_GATE) == 0)
		return 0;
	do
		rc = sys(SYS_read, answer, address(&open), 1, 0, 0);
	while (rc == -4 /* EINTR */);
	(void)sys(SYS_close, answer, 0, 0, 0, 0);
	return rc == 1 ? 0 : rc < 0 ? (int)rc : -ENTER_EPERM;
}

static int
join_session(void)
{
	long rc = sys(SYS_setsid, 0, 0, 0, 0, 0);

	if (rc >= 0)
		rc = sys(SYS_rt_sigaction, SIGCHLD, address(&helper.before), 0, sizeof(helper.before.mask), 0);
	return rc < 0 ? (int)rc : 0;
}

/* What the template has allows them as they are, mostly. A hard limit that is lower there stays: enter_limit(). */
static int
take_limits(void)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < helper.order.n_limits; i++) {
		const struct limit *l = &helper.order.limits[i];
		/* No CAP_SYS_RESOURCE here: the kernel refuses what would raise one. */
		if (sys(SYS_prlimit64, 0, l->resource, address(&l->soft), 0, 0) != 0)
			rc = enter_limit(l);
	}
	return rc;
}

static int
become(void)
{
	if ((helper.order.flags & ORDER_UID) == 0)
		return 0;
	int rc = enter_gid(helper.order.uid);
	return rc == 0 ? enter_uid(helper.order.uid) : rc;
}

static int
drop_capabilities(void)
{
	int rc = enter_no_caps();

	return rc == 0 ? enter_no_root() : rc;
}

static int
arm_death(void)
{
	if ((helper.order.flags & ORDER_MORTAL) == 0)
		return 0;
	int rc = enter_prctl(ENTER_PDEATHSIG, SIGKILL);
	if (rc == 0 && sys(SYS_getppid, 0, 0, 0, 0, 0) != helper.pid)
		leave(127);             /* it died before the signal was armed */
	return rc;
}

static int
fence_files(void)
{
	int rc = 0;

	if ((helper.order.flags & ORDER_LANDLOCK) != 0)
		rc = enter_landlock((int)helper.order.base + HIGH_LANDLOCK);
	if (rc == 0 && (helper.order.flags & ORDER_TCP) != 0)
		rc = enter_landlock((int)helper.order.base + HIGH_TCP);
	return rc;
}

/* No execve: the address is one that no process has. */
static int
filter_calls(void)
{
	bool listener = (helper.order.flags & ORDER_LISTENER) != 0;
	long pid = sys(SYS_getpid, 0, 0, 0, 0, 0);
	int fd = enter_filter(helper.order.filter, helper.order.n_filter, listener, (uint32_t)pid, ~(uint64_t)0xfff);

	if (fd >= 0 && listener)
		helper.listener = fd;
	return fd < 0 ? fd : 0;
}

/* The step's number, or -1 when all of them are done. */
static int
enter(int *error)
{
	static int (*const steps[COPY_STEPS])(void) = {
		[COPY_GATE] = ask_for_cgroups, [COPY_CGROUP] = join_cgroups, [COPY_SESSION] = join_session, [COPY_LINE] = place_fds,
		[COPY_RLIMITS] = take_limits, [COPY_UID] = become, [COPY_CAPABILITIES] = drop_capabilities,
		[COPY_PDEATHSIG] = arm_death, [COPY_LANDLOCK] = fence_files, [COPY_SECCOMP] = filter_calls,
	};

	for (int i = 0; i < COPY_STEPS; i++) {
		int rc = 0;
		if (steps[i] != NULL)
			rc = steps[i]();
		else if (i == COPY_DUMPABLE)
			rc = enter_prctl(ENTER_DUMPABLE, 1);    /* as after an execve: a look at its files takes its own uid */
		else if (i == COPY_SCRATCH)
			rc = enter_scratch(helper.order.cwd);
		else if (i == COPY_NNP)
			rc = enter_prctl(ENTER_NNP, 1);
		*error = -rc;
		if (rc < 0)
			return i;
	}
	return -1;
}

void
helper_enter(void)
{
	int error, step;

	helper_copy = 1;
	helper.line = helper.fds[0];
	(void)sys(SYS_close, TEMPLATE_ORDERS, 0, 0, 0, 0);      /* now: its usher sees the template's end by it */
	(void)sys(SYS_close, TEMPLATE_DEATHS, 0, 0, 0, 0);
	(void)sys(SYS_close, helper.deaths, 0, 0, 0, 0);
	step = enter(&error);
	if (step == -1)
		return;
	say(SAID_FAILED, step, error, -1);
	leave(127);
}

bool
helper_is_in(const char *directory)
{
	const char *cwd = helper.order.cwd;

	for (; *cwd != '\0' && *cwd == *directory; cwd++)
		directory++;
	return *cwd == *directory;
}

bool
helper_waited_for(void)
{
	const struct { long s, ns; } now = { 0, 0 };
	struct pollfd line = { .fd = helper.line, .events = POLLIN };

	return (helper.order.flags & ORDER_PRESSED) != 0 || sys(SYS_ppoll, address(&line), 1, address(&now), 0, 8) > 0;
}

/* With the first of what it says goes the listener. */
static void
introduce(enum said what)
{
	say(what, 0, 0, helper.listener);
	if (helper.listener >= 0)
		(void)sys(SYS_close, helper.listener, 0, 0, 0, 0);
	helper.listener = -1;
}

int
helper_ready(void)
{
	int fds[GO_FDS];
	size_t n;
	char go;
	long got = receive(helper.line, &go, sizeof(go), fds, GO_FDS, &n, MSG_DONTWAIT);

	if (got == -ENTER_EAGAIN) {
		introduce(SAID_HELLO);
		got = receive(helper.line, &go, sizeof(go), fds, GO_FDS, &n, 0);
	}
	if (got != (long)sizeof(go) || n != GO_FDS)
		leave(127);             /* nobody needs this copy */
	for (int i = GO_IN; i <= GO_ERR; i++) {
		if (sys(SYS_dup3, fds[i], i, 0, 0, 0) < 0)
			leave(127);
		(void)sys(SYS_close, fds[i], 0, 0, 0, 0);
	}
	introduce(SAID_TAKEN);
	(void)sys(SYS_close, helper.line, 0, 0, 0, 0);
	return fds[GO_CODE];
}

bool
helper_leaves(void)
{
	union { unsigned char bytes[512]; uint64_t align; } room;       /* of getdents64(2) */
	enum { SIZE = 16, NAME = 19 };
	long n = sys(SYS_openat, -100 /* AT_FDCWD */, address(helper.order.cwd), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
	const long fd = n;
	bool found = false;

	while (!found && n >= 0 && (n = sys(SYS_getdents64, fd, address(&room), sizeof(room), 0, 0)) > 0)
		for (long at = 0; at < n; at += room.bytes[at + SIZE] | room.bytes[at + SIZE + 1] << 8) {
			const unsigned char *name = &room.bytes[at + NAME];
			found = found || name[0] != '.' || (name[1] != '\0' && (name[1] != '.' || name[2] != '\0'));
		}
	if (fd >= 0)
		(void)sys(SYS_close, fd, 0, 0, 0, 0);
	return found || n < 0;
}

void
helper_interrupt(void)
{
	const struct action by_default = { { NULL }, RESTORER, restore, 0 };

	(void)sys(SYS_rt_sigaction, SIGINT, address(&by_default), 0, sizeof(by_default.mask), 0);
	(void)sys(SYS_kill, sys(SYS_getpid, 0, 0, 0, 0, 0), SIGINT, 0, 0, 0);
}
