/*
 * test_monitor.c - the monitor against a server that has been taken over.
 *
 *   cc -fsanitize=address,undefined -I. tests/test_monitor.c loop.c log.c buf.c
 *
 * Each row is a world of its own: a process that calls monitor_split(), whose
 * child is the evil server and says on the socket what it likes. The jail is a
 * stub: its runs sleep, its sweepers clear a flag. A row says how the monitor
 * has to end, within PATIENCE_MS, and what it has to say; what the evil one
 * must see it checks itself. In every row everything swept, setup_close() called
 * once and last, no process left, and a bystander in the process group alive.
 */
#define STOP_PATIENCE_MS 200
#include "monitor.c"

#include <sys/mman.h>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>

#define PATIENCE_MS 3000                /* for a monitor's end */
#define FAILURE 77                      /* its status for a server that had none */
#define SLOTS 3
#define ANY 0xffffffffu

/* It sleeps; exits; sleeps with its end of the report, and says so when the other has been closed. */
enum run_mode { RUN_SLEEP, RUN_EXIT, RUN_HOLDS };
/* What becomes of a run that a copy is asked for, when somebody looks at it: there is none; it begins; it is lost. */
enum warm_mode { WARM_NONE, WARM_RUNS, WARM_LOSES };

/* Shared by the processes of all worlds; zeroed before each but for the counts. */
static struct shared {
	unsigned n_passed, n_failed;
	/* What the stubs are told. */
	enum run_mode run_mode;
	enum warm_mode warm_mode;
	int start_error, sweep_fork_error, sweep_error, sweep_ms, sweep_signal, usage_error, leave_error, enter_error, reset_error, few_files;
	/* What they have seen. */
	unsigned starts, sweeps, looks, kills, entered, closed, left_namespaces, copies, copies_ended, idle;
	unsigned warm_closed, replaced;
	bool dirty[SLOTS], dirty_at_close, network, no_listener;
	pid_t monitor, server, keeper, run[SLOTS];
} *w;

static const char *row_name;
static int listener = -1;               /* takes no connection: what is sent to it stays unsent */
static struct sockaddr_in listener_at;

static void __attribute__((format(printf, 2, 3)))
check(bool ok, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (ok) {
		__atomic_add_fetch(&w->n_passed, 1, __ATOMIC_SEQ_CST);
		return;
	}
	__atomic_add_fetch(&w->n_failed, 1, __ATOMIC_SEQ_CST);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)printf("FAILED %s: %s\n", row_name, text);
	(void)fflush(stdout);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
nap(unsigned ms)
{
	(void)usleep(ms * 1000);
}

/* 'Z' for a process that has ended and was not reaped, 0 for one that is not there. */
static char
state_of(pid_t pid)
{
	char path[32], text[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd != -1)
		(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *p = strrchr(text, ')');
	return p == NULL ? 0 : p[2];
}

#define UNTIL(cond) for (int64_t end_ = now_ms() + 2000; !(cond) && now_ms() < end_; nap(2))

/*** What monitor.c wants of the other modules ***/

static void
close_from(int fd)
{
	for (; fd < 1024; fd++)
		(void)close(fd);
}

/* Nobody but the server has the other end: with that one closed this one is at its end. */
static void
hold_report(int report, int out)
{
	struct pollfd p = { .fd = dup2(report, 3) };
	int said = dup2(out, 4);

	close_from(5);
	if (p.fd == 3 && said == 4 && poll(&p, 1, 10000) == 1 && (p.revents & POLLHUP) != 0)
		(void)!write(said, "gone", 4);
}

pid_t
jail_start(struct jail *j, size_t place, enum runtime rt, bool network, const struct jail_ends *e, int report,
    const char **step)
{
	(void)j;
	*step = "fork";
	w->starts++;
	w->network = network;
	if (w->start_error != 0 || rt != RT_PYTHON) {
		errno = w->start_error;
		return -1;
	}
	pid_t pid = fork();

	if (pid != 0) {
		w->dirty[place] = true;
		w->run[place] = pid;
		return pid;
	}
	loop_child_signals();
	(void)alarm(20);
	if (write(e->out[1], "out", 3) != 3 || write(e->err[1], "err", 3) != 3 || lseek(e->code, 0, SEEK_END) != 4)
		_exit(99);
	(void)send(report, "report", 6, MSG_NOSIGNAL);
	if (w->run_mode == RUN_HOLDS)
		hold_report(dup(report), dup(e->out[1]));
	close_from(3);
	while (w->run_mode != RUN_EXIT)
		(void)pause();
	_exit(3);
}

pid_t
jail_sweep(const struct jail *j, size_t place, unsigned patience_ms)
{
	(void)j;
	(void)patience_ms;
	w->sweeps++;
	if (w->sweep_fork_error != 0) {
		errno = w->sweep_fork_error;
		return -1;
	}
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	loop_child_signals();
	nap((unsigned)w->sweep_ms);
	if (w->sweep_signal != 0)
		(void)raise(w->sweep_signal);
	if (w->sweep_error == 0)
		w->dirty[place] = false;
	_exit(w->sweep_error);
}

bool
jail_clean(const struct jail *j, size_t place)
{
	(void)j;
	return !w->dirty[place];
}

int
jail_usage(const struct jail *j, size_t place, enum runtime rt, pid_t pid, struct usage *u)
{
	(void)j;
	(void)rt;
	w->looks++;
	*u = (struct usage){ .bytes = 4096, .files = 2 };
	errno = w->usage_error;
	return w->usage_error != 0 || pid != w->run[place] ? -1 : 0;
}

int
setup_enter(const struct jail *j)
{
	(void)j;
	w->entered++;
	if (w->few_files > 0) {
		int next = dup(0);
		const struct rlimit few = { (rlim_t)(next + w->few_files), (rlim_t)(next + w->few_files) };

		(void)close(next);
		(void)setrlimit(RLIMIT_NOFILE, &few);
	}
	errno = w->enter_error;
	return w->enter_error == 0 ? 0 : -1;
}

void
setup_close(struct jail *j)
{
	w->closed++;
	for (size_t i = 0; i < SLOTS; i++)
		w->dirty_at_close = w->dirty_at_close || w->dirty[i];
	if (j->layers.keeper > 0)
		(void)kill(j->layers.keeper, SIGKILL);
}

int
namespaces_leave(const struct layers *l)
{
	(void)l;
	w->left_namespaces++;
	errno = w->leave_error;
	return w->leave_error == 0 ? 0 : -1;
}

bool
cgroup_oom(const struct cgroups *cg, size_t slot)
{
	(void)cg;
	return slot == 1;
}

int
cgroup_kill(const struct cgroups *cg, size_t slot)
{
	(void)cg;
	(void)slot;
	w->kills++;
	return 0;
}

int
cgroup_reset(struct cgroups *cg, size_t slot)
{
	(void)cg;
	(void)slot;
	errno = w->reset_error;
	return w->reset_error == 0 ? 0 : -1;
}

void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

/* The copies: each holds its run's descriptors until it begins, and runs nothing. */
static const struct warm_events *warm_on;
static int warm_held[SLOTS][GO_FDS];
static bool warm_has[SLOTS], warm_holds[SLOTS];

static void
warm_let_go(size_t place)
{
	for (size_t i = 0; i < GO_FDS && warm_holds[place]; i++)
		(void)close(warm_held[place][i]);
	warm_holds[place] = false;
}

/* What stands for the listener has something to be read, and then its end. */
static void
warm_begin(size_t place)
{
	int fd[2] = { -1, -1 };

	if (!w->no_listener) {
		check(pipe2(fd, O_CLOEXEC) == 0 && write(fd[1], "listener", 8) == 8, "listener: %s", strerror(errno));
		(void)close(fd[1]);
	}
	warm_on->begun(place, fd[0]);
	warm_let_go(place);
}

int
warm_open(struct jail *j, const struct warm_events *on)
{
	const struct warm_state s = { .kind = 3, .pid = 77, .state = "ready", .why = "" };

	(void)j;
	warm_on = on;
	if (w->warm_mode == WARM_NONE)
		return 0;
	on->ready(1, 2);
	on->ready(1, 3);
	on->state(&s);
	return 0;
}

bool
warm_start(size_t place, enum runtime rt, bool network, int *fds)
{
	(void)rt;
	(void)network;
	if (w->warm_mode == WARM_NONE)
		return false;
	w->copies++;
	w->dirty[place] = true;
	warm_has[place] = warm_holds[place] = true;
	for (size_t i = 0; i < GO_FDS; i++) {
		warm_held[place][i] = fds[i];
		fds[i] = -1;
	}
	return true;
}

bool
warm_kill(size_t place)
{
	const struct death d = { .pid = 5, .status = SIGKILL, .cpu_ms = 6, .peak_kb = 7 };

	if (!warm_has[place])
		return false;
	warm_has[place] = false;
	warm_let_go(place);
	warm_on->ended(place, &d);
	w->copies_ended++;
	return true;
}

pid_t
warm_pid(size_t place)
{
	if (w->warm_mode == WARM_LOSES && warm_has[place]) {
		warm_has[place] = false;
		warm_on->cold(place, warm_held[place]);
		warm_let_go(place);
	}
	if (w->warm_mode == WARM_RUNS && warm_holds[place])
		warm_begin(place);
	return w->run[place];
}

void
warm_idle(size_t place)
{
	(void)place;
	w->idle++;
}

void
warm_suspect(void)
{
}

void
warm_replace(enum runtime rt)
{
	(void)rt;
	w->replaced++;
}

/* Two bytes are "something new for Node", one "the same again", none the end; an answer is a byte. */
int
deps_taken(struct jail *j)
{
	char said[4];
	ssize_t n = recv(j->deps.monitor, said, sizeof(said), MSG_DONTWAIT);

	return n == -1 ? -1 : n == 2 ? RT_NODE : n == 1 ? RT_COUNT : -2;
}

pid_t
jail_end_installer(const struct jail *j, unsigned patience_ms)
{
	(void)j;
	(void)patience_ms;
	errno = EAGAIN;
	return -1;
}

void
deps_taken_done(const struct jail *j)
{
	(void)write(j->deps.monitor, "k", 1);
}

void
warm_close(void)
{
	w->warm_closed++;
	check(w->closed == 0, "the copies end before the jail is given back");
}

int keep_caps(uint64_t keep) { (void)keep; return 0; }
/* Of monitor_confine(), which an evil server has behind it. */
int drop_bounding(void) { return 0; }
int drop_groups(gid_t gid) { (void)gid; return 0; }
int drop_uid(uid_t uid) { (void)uid; return 0; }
int drop_caps(void) { return 0; }
int landlock_nothing(const struct layers *l) { (void)l; return 0; }
int close_others(int *keep, size_t n) { (void)keep; (void)n; return 0; }
int filter_confine(char *why, size_t n) { (void)why; (void)n; return 0; }

/*** What an evil server can do ***/

static struct { int in[2], out[2], err[2], code; } ends;
static uint32_t started;                /* the place of the last start */

static void
make_ends(void)
{
	check(pipe2(ends.in, O_CLOEXEC) == 0 && pipe2(ends.out, O_CLOEXEC) == 0 && pipe2(ends.err, O_CLOEXEC) == 0,
	    "ends: %s", strerror(errno));
	ends.code = memfd_create("code", MFD_CLOEXEC);
	check(ends.code != -1 && write(ends.code, "code", 4) == 4, "code");
}

static void
close_ends(void)
{
	const int all[] = { ends.in[0], ends.in[1], ends.out[0], ends.out[1], ends.err[0], ends.err[1], ends.code };

	for (size_t i = 0; i < LEN(all); i++)
		(void)close(all[i]);
}

/* A message of n bytes with n_fds descriptors, in up to two control messages. 0 or -1. */
static int
say(const void *p, size_t n, const int *fds, size_t n_fds, size_t n_second, int flags)
{
	static union { char bytes[2048]; struct cmsghdr align; } control;
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const size_t part[2] = { n_fds - n_second, n_second };
	size_t at = 0;

	memset(&control, 0, sizeof(control));
	for (size_t i = 0, done = 0; i < 2; done += part[i++]) {
		if (part[i] == 0)
			continue;
		struct cmsghdr *c = (struct cmsghdr *)(void *)(control.bytes + at);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(part[i] * sizeof(int));
		memcpy(CMSG_DATA(c), fds + done, part[i] * sizeof(int));
		at += CMSG_SPACE(part[i] * sizeof(int));
	}
	if (at > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = at;
	}
	return sendmsg(server.socket.fd, &msg, MSG_NOSIGNAL | flags) == (ssize_t)n ? 0 : -1;
}

static void
say_ask(uint32_t type, uint32_t place)
{
	const struct ask a = { type, place, 0, 0 };

	if (say(&a, sizeof(a), NULL, 0, 0, 0) == -1)    /* thousands: only a failure counts */
		check(false, "ask %u: %s", type, strerror(errno));
}

static void
say_start(struct ask a, size_t n_fds, size_t n_second)
{
	int fds[FDS_MAX] = { ends.in[0], ends.out[1], ends.err[1], ends.code };

	for (size_t i = FDS; i < n_fds; i++)
		fds[i] = ends.in[0];
	started = a.place;
	check(say(&a, sizeof(a), fds, n_fds, n_second, 0) == 0, "start: %s", strerror(errno));
}

static void
start_ok(uint32_t place)
{
	make_ends();
	say_start((struct ask){ ASK_START, place, RT_PYTHON, 0 }, FDS, 0);
}

static int came = -1;                   /* the descriptor that came with the last event */

/* One message of at most n bytes, and what came with it. */
static ssize_t
take(void *to, size_t n, int flags)
{
	struct iovec iov = { to, n };
	union { char bytes[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr align; } control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };

	close_fd(&came);
	ssize_t got = recvmsg(server.socket.fd, &msg, flags | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (c != NULL) {
		check(c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)),
		    "one descriptor, and nothing else");
		memcpy(&came, CMSG_DATA(c), sizeof(int));
	}
	return got;
}

/* The next event, or type ANY: the socket is closed; ANY - 1: none in time. */
static struct tell
hear(int patience_ms)
{
	struct tell t = { .type = ANY - 1 };
	struct pollfd p = { .fd = server.socket.fd, .events = POLLIN };

	if (poll(&p, 1, patience_ms) != 1)
		return t;
	if (take(&t, sizeof(t), 0) != (ssize_t)sizeof(t))
		t = (struct tell){ .type = ANY };
	if (came != -1 && t.type != TELL_BEGUN)
		check(false, "event %d of slot %u has a descriptor", (int)t.type, t.place);
	return t;
}

static struct tell
expect(uint32_t type, uint32_t place)
{
	struct tell t = hear(2000);

	check(t.type == type && (type == ANY || t.place == place), "event %d of slot %u, wanted %d of %u", (int)t.type, t.place,
	    (int)type, place);
	return t;
}

static void
expect_nothing(void)
{
	struct tell t = hear(60);

	check(t.type == ANY - 1, "event %d of slot %u, wanted none", (int)t.type, t.place);
}

/* What came can be read: that text, and (with at_end) nothing more: nobody has the other end. */
static void
expect_text(const char *want, bool at_end)
{
	char text[16];
	struct pollfd p = { .fd = came, .events = POLLIN };
	size_t n = strlen(want);

	check(came != -1, "no descriptor came");
	if (came == -1)
		return;
	check(poll(&p, 1, 2000) == 1 && read(came, text, sizeof(text)) == (ssize_t)n && memcmp(text, want, n) == 0,
	    "\"%s\"", want);
	if (at_end)
		check(poll(&p, 1, 2000) == 1 && read(came, text, sizeof(text)) == 0, "the end of \"%s\"", want);
}

/* The cold run reports to the server, and nobody else has either end. */
static void
expect_begun(uint32_t place)
{
	check(expect(TELL_BEGUN, place).error == 0, "a cold run");
	expect_text("report", w->run_mode != RUN_HOLDS);
}

static struct tell
expect_end(uint32_t place)
{
	expect_begun(place);
	return expect(TELL_ENDED, place);
}

/* The run has started and has each end in its place. */
static void
expect_run(void)
{
	char text[8];
	struct pollfd p = { .fd = ends.out[0], .events = POLLIN };

	check(poll(&p, 1, 2000) == 1 && read(ends.out[0], text, 8) == 3 && memcmp(text, "out", 3) == 0, "output");
	check(read(ends.err[0], text, 8) == 3 && memcmp(text, "err", 3) == 0, "errors");
	expect_begun(started);
}

/* Never returns: a killer comes. */
static int
wait_for_death(void)
{
	while (pause() == -1)
		;
	return 98;
}

static volatile sig_atomic_t n_terms;

static void
on_term(int signo)
{
	(void)signo;
	n_terms++;
}

static void
count_terms(void)
{
	const struct sigaction sa = { .sa_handler = on_term };

	(void)sigaction(SIGTERM, &sa, NULL);
}

/* What is put between this and the second is there for the monitor at once. */
static void
hold_monitor(void)
{
	(void)kill(w->monitor, SIGSTOP);
	UNTIL(state_of(w->monitor) == 'T')
		;
}

static void
go_on(void)
{
	(void)kill(w->monitor, SIGCONT);
}

/* A connection whose last close waits: a reader who does not read, and a long SO_LINGER. */
static int
lingering(void)
{
	static char junk[65536];
	const struct linger on = { 1, 600 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd != -1 && connect(fd, (struct sockaddr *)&listener_at, sizeof(listener_at)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &on, sizeof(on)) == 0, "connection: %s", strerror(errno));
	while (send(fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	return fd;
}

/*** Rows: well-behaved, more or less ***/

static int
whole_life(void)
{
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t place = i % 2;

		start_ok(place);
		expect_run();
		say_ask(ASK_KILL, place);
		struct tell t = expect(TELL_ENDED, place);
		check(WIFSIGNALED(t.u.end.status) && t.u.end.out_of_memory == (place == 1), "status %#x", (unsigned)t.u.end.status);
		say_ask(ASK_SWEEP, place);
		check(expect(TELL_SWEPT, place).error == 0, "swept");
	}
	check(w->starts == 3 && w->sweeps == 3 && w->kills == 3, "%u starts, %u sweeps, %u kills", w->starts, w->sweeps, w->kills);
	return 0;
}

static int
run_exits(void)
{
	w->run_mode = RUN_EXIT;
	start_ok(2);
	struct tell t = expect_end(2);
	check(WIFEXITED(t.u.end.status) && WEXITSTATUS(t.u.end.status) == 3, "status %#x", (unsigned)t.u.end.status);
	w->dirty[2] = false;
	say_ask(ASK_SWEEP, 2);
	check(expect(TELL_SWEPT, 2).error == 0 && w->sweeps == 0, "nothing to sweep, no sweeper");
	return 0;
}

static int
look_at_run(void)
{
	start_ok(0);
	expect_run();
	say_ask(ASK_LOOK, 0);
	struct tell t = expect(TELL_USAGE, 0);
	check(t.u.usage.bytes == 4096 && t.u.usage.files == 2 && !t.u.usage.too_deep, "usage");
	w->usage_error = EIO;
	say_ask(ASK_LOOK, 0);
	t = expect(TELL_USAGE, 0);
	check(t.u.usage.too_deep && t.u.usage.bytes == 0, "what cannot be looked at");
	return 0;
}

static int
idle_kill_look(void)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		say_ask(ASK_KILL, i);
		say_ask(ASK_LOOK, i);
	}
	expect_nothing();
	check(w->kills == 0 && w->looks == 0, "neither");
	return 0;
}

static int
ended_kill_look(void)
{
	w->run_mode = RUN_EXIT;
	start_ok(0);
	(void)expect_end(0);
	say_ask(ASK_KILL, 0);
	say_ask(ASK_LOOK, 0);
	w->sweep_ms = 100;
	say_ask(ASK_SWEEP, 0);
	say_ask(ASK_KILL, 0);
	say_ask(ASK_LOOK, 0);
	check(expect(TELL_SWEPT, 0).error == 0 && w->kills == 0 && w->looks == 0, "neither");
	return 0;
}

static int
start_fails(void)
{
	w->start_error = EAGAIN;
	for (unsigned i = 0; i < 20; i++) {             /* with few descriptors: nothing is kept of it */
		start_ok(1);
		check(expect(TELL_FAILED, 1).error == EAGAIN, "errno");
		close_ends();
	}
	w->start_error = 0;
	start_ok(1);
	expect_run();
	return 0;
}

static int
sweep_fails(void)
{
	w->run_mode = RUN_EXIT;
	start_ok(0);
	(void)expect_end(0);
	w->sweep_error = EBUSY;
	say_ask(ASK_SWEEP, 0);
	check(expect(TELL_SWEPT, 0).error == EBUSY, "errno of the sweeper");
	w->sweep_error = 0;
	w->sweep_fork_error = ENOMEM;
	say_ask(ASK_SWEEP, 0);
	check(expect(TELL_SWEPT, 0).error == ENOMEM, "errno of fork");
	w->sweep_fork_error = 0;
	w->sweep_signal = SIGKILL;
	say_ask(ASK_SWEEP, 0);
	check(expect(TELL_SWEPT, 0).error != 0, "a killed sweeper");
	w->sweep_signal = 0;
	say_ask(ASK_SWEEP, 0);
	check(expect(TELL_SWEPT, 0).error == 0, "in the end");
	start_ok(0);
	(void)expect_end(0);
	return 0;
}

static int
start_unswept(void)
{
	w->run_mode = RUN_EXIT;
	start_ok(0);
	(void)expect_end(0);
	w->sweep_error = EBUSY;
	say_ask(ASK_SWEEP, 0);
	(void)expect(TELL_SWEPT, 0);
	w->sweep_error = 0;
	start_ok(0);
	return wait_for_death();
}

static int
two_controls(void)
{
	make_ends();
	say_start((struct ask){ ASK_START, 0, RT_PYTHON, 0 }, FDS, 2);  /* the kernel makes one of them */
	expect_run();
	return 0;
}

static int
no_descriptors_left(void)
{
	w->few_files = 2;
	return 0;
}

static int
some_descriptors_left(void)
{
	w->few_files = 8;
	return 0;
}

static int
many_starts(void)
{
	w->run_mode = RUN_EXIT;
	make_ends();
	for (unsigned i = 0; i < 20; i++) {
		say_start((struct ask){ ASK_START, 0, RT_PYTHON, 0 }, FDS, 0);
		(void)expect_end(0);
		say_ask(ASK_SWEEP, 0);
		(void)expect(TELL_SWEPT, 0);
	}
	return 0;
}

static int
starts_without_descriptors(void)
{
	for (unsigned i = 0; i < 40; i++) {
		start_ok(0);
		check(expect(TELL_FAILED, 0).error == EMFILE, "start %u", i);
		close_ends();
	}
	check(w->starts == 0, "none reaches the jail");
	return 0;
}

static int
no_report_left(void)
{
	w->few_files = FDS + 1;
	return 0;
}

/* What comes with the ask finds room, the socket for the report does not. */
static int
starts_without_report(void)
{
	for (unsigned i = 1; i <= 40; i++) {
		start_ok(0);
		struct tell t = expect(TELL_FAILED, 0);
		check(t.error == EMFILE && strcmp(step_of(&t), "socketpair") == 0, "start %u: %s: %d", i,
		    step_of(&t), t.error);
		UNTIL(w->idle == i)
			;
		check(w->idle == i, "the slot is idle");
		close_ends();
	}
	check(w->starts == 0, "none reaches the jail");
	return 0;
}

/* The server has the only end at which a report can be read. */
static int
report_is_closed(void)
{
	char text[8];
	struct pollfd p = { .events = POLLIN };

	w->run_mode = RUN_HOLDS;
	start_ok(0);
	expect_run();
	p.fd = ends.out[0];
	check(poll(&p, 1, 100) == 0, "not yet");
	close_fd(&came);
	check(poll(&p, 1, 2000) == 1 && read(p.fd, text, sizeof(text)) == 4 && memcmp(text, "gone", 4) == 0,
	    "somebody else has it");
	return 0;
}

/* The next message of a template, past what else there is. */
static struct tell_template
hear_template(void)
{
	union { struct tell tell; struct tell_template template; } t;

	for (int i = 0; i < 20; i++)
		if (take(&t, sizeof(t), 0) == (ssize_t)sizeof(t.template))
			return t.template;
	return (struct tell_template){ .type = ANY };
}

/* A copy has begun: its listener comes with that, where it has one. */
static void
expect_copy(uint32_t place)
{
	check(expect(TELL_BEGUN, place).error != 0, "a copy");
	if (w->no_listener)
		check(came == -1, "without a listener");
	else
		expect_text("listener", true);
}

/* A copy is asked for; what it took is not closed, nor started a second time. It begins, or is ended before. */
static int
copies(void)
{
	check(expect(TELL_READY, 1).error == 2 && expect(TELL_READY, 1).error == 3, "kinds");
	struct tell_template m = hear_template();
	check(m.type == TELL_TEMPLATE && m.state.kind == 3 && m.state.pid == 77 && strcmp(m.state.state, "ready") == 0, "the template");
	for (unsigned i = 1; i <= 20; i++) {            /* with few descriptors: each of them is given back */
		start_ok(0);
		w->no_listener = i % 3 == 0;
		if (i % 2 == 0) {
			say_ask(ASK_LOOK, 0);
			expect_copy(0);
			(void)expect(TELL_USAGE, 0);
		}
		say_ask(ASK_KILL, 0);
		struct tell t = expect(TELL_ENDED, 0);
		check(t.u.end.warm && t.u.end.status == SIGKILL && t.u.end.cpu_ms == 6 && t.u.end.peak_kb == 7, "its end");
		say_ask(ASK_KILL, 0);           /* crosses it */
		say_ask(ASK_SWEEP, 0);
		check(expect(TELL_SWEPT, 0).error == 0, "swept");
		UNTIL(w->idle == i)
			;
		check(w->copies == i && w->starts == 0 && w->idle == i && w->kills == 0, "%u copies, %u starts, %u idle, %u kills", w->copies,
		    w->starts, w->idle, w->kills);
		close_ends();
	}
	return 0;
}

/* It could not begin: the run does, cold. */
static int
copy_is_lost(void)
{
	(void)hear_template();
	start_ok(0);
	say_ask(ASK_LOOK, 0);
	expect_run();
	(void)expect(TELL_USAGE, 0);
	check(w->copies == 1 && w->starts == 1, "%u copies, %u starts", w->copies, w->starts);
	say_ask(ASK_KILL, 0);
	struct tell t = expect(TELL_ENDED, 0);
	check(!t.u.end.warm && WIFSIGNALED(t.u.end.status), "the end of a cold run");
	return 0;
}

static int
copy_is_lost_and_fails(void)
{
	(void)hear_template();
	start_ok(0);
	w->start_error = EAGAIN;
	say_ask(ASK_LOOK, 0);
	check(expect(TELL_FAILED, 0).error == EAGAIN, "errno");
	UNTIL(w->idle == 1)
		;
	check(w->idle == 1, "the slot is idle");
	w->dirty[0] = false;            /* nothing was started */
	return 0;
}

static int
copies_go_on(void)
{
	(void)hear_template();
	for (uint32_t i = 0; i < SLOTS; i++)
		start_ok(i);
	UNTIL(w->copies == SLOTS)
		;
	return 0;
}

/*** Rows: what cannot be asked ***/

static const struct bad_ask { const char *name; struct ask a; int n_fds; size_t n; } bad_asks[] = {
	{ "SWEEP of an idle slot",      { ASK_SWEEP, 0, 0, 0 }, 0, 16 },
	{ "KILL of slot 3 of 3",        { ASK_KILL, SLOTS, 0, 0 }, 0, 16 },
	{ "LOOK at slot 2^32 - 1",      { ASK_LOOK, ANY, 0, 0 }, 0, 16 },
	{ "START in slot 2^31",         { ASK_START, 1u << 31, 0, 0 }, FDS, 16 },
	{ "type 4",                     { ASKS, 0, 0, 0 }, 0, 16 },
	{ "type 2^32 - 1",              { ANY, 0, 0, 0 }, 0, 16 },
	{ "runtime 2",                  { ASK_START, 0, RT_COUNT, 0 }, FDS, 16 },
	{ "runtime 2^32 - 1",           { ASK_START, 0, ANY, 0 }, FDS, 16 },
	{ "runtime without a root",     { ASK_START, 0, RT_NODE, 0 }, FDS, 16 },
	{ "network, not allowed",       { ASK_START, 0, RT_PYTHON, 1 }, FDS, 16 },
	{ "network 2^31",               { ASK_START, 0, RT_PYTHON, 1u << 31 }, FDS, 16 },
	{ "a byte short",               { ASK_KILL, 0, 0, 0 }, 0, 15 },
	{ "one byte",                   { ASK_KILL, 0, 0, 0 }, 0, 1 },
	{ "a byte too long",            { ASK_KILL, 0, 0, 0 }, 0, 17 },
	{ "START, a byte too long",     { ASK_START, 0, 0, 0 }, FDS, 17 },
	{ "64 KiB",                     { ASK_KILL, 0, 0, 0 }, 0, 65536 },
	{ "START, no descriptor",       { ASK_START, 0, 0, 0 }, 0, 16 },
	{ "START, 1 descriptor",        { ASK_START, 0, 0, 0 }, 1, 16 },
	{ "START, 3 descriptors",       { ASK_START, 0, 0, 0 }, 3, 16 },
	{ "START, 5 descriptors",       { ASK_START, 0, 0, 0 }, 5, 16 },
	{ "START, 6 descriptors",       { ASK_START, 0, 0, 0 }, 6, 16 },
	{ "START, 253 descriptors",     { ASK_START, 0, 0, 0 }, 253, 16 },
	{ "KILL, 1 descriptor",         { ASK_KILL, 0, 0, 0 }, 1, 16 },
	{ "KILL, 4 descriptors",        { ASK_KILL, 0, 0, 0 }, FDS, 16 },
	{ "KILL, 5 descriptors",        { ASK_KILL, 0, 0, 0 }, FDS + 1, 16 },
	{ "SWEEP, 253 descriptors",     { ASK_SWEEP, 0, 0, 0 }, 253, 16 },
};
static const struct bad_ask *bad;

/* While a run of another slot goes on, which has to end with it. */
static int
say_bad(void)
{
	static struct { struct ask a; char more[65536]; } text;
	int fds[FDS_MAX];

	start_ok(2);
	expect_run();
	text.a = bad->a;
	make_ends();
	const int right[FDS] = { ends.in[0], ends.out[1], ends.err[1], ends.code };
	for (int i = 0; i < FDS_MAX; i++)
		fds[i] = right[i % FDS];
	check(say(&text, bad->n, fds, (size_t)bad->n_fds, 0, 0) == 0, "said: %s", strerror(errno));
	return wait_for_death();
}

static int
start_twice(void)
{
	start_ok(0);
	expect_run();
	start_ok(0);
	return wait_for_death();
}

static int
sweep_running(void)
{
	start_ok(0);
	expect_run();
	say_ask(ASK_SWEEP, 0);
	return wait_for_death();
}

static int
sweep_twice(void)
{
	w->run_mode = RUN_EXIT;
	w->sweep_ms = 100;
	start_ok(0);
	(void)expect_end(0);
	say_ask(ASK_SWEEP, 0);
	say_ask(ASK_SWEEP, 0);
	return wait_for_death();
}

static int
start_sweeping(void)
{
	w->run_mode = RUN_EXIT;
	w->sweep_ms = 100;
	start_ok(0);
	(void)expect_end(0);
	say_ask(ASK_SWEEP, 0);
	start_ok(0);
	return wait_for_death();
}

/* Nothing at all is the end of the stream for the reader: the socket is closed, the server may end as it likes. */
static int
say_nothing(void)
{
	start_ok(1);
	expect_run();
	check(say("", 0, NULL, 0, 0, 0) == 0, "said");
	(void)expect(ANY, 0);
	return 4;
}

static int
say_nothing_with_descriptors(void)
{
	int fds[2] = { lingering(), lingering() };

	check(say("", 0, fds, 2, 0, 0) == 0, "said");
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)expect(ANY, 0);
	return 5;
}

static int
close_socket(void)
{
	start_ok(1);
	expect_run();
	(void)close(server.socket.fd);
	nap(50);
	return 6;
}

static int
shut_socket(void)
{
	start_ok(1);
	expect_run();
	(void)shutdown(server.socket.fd, SHUT_RD);
	say_ask(ASK_LOOK, 1);
	say_ask(ASK_KILL, 1);
	UNTIL(w->run[1] != 0 && state_of(w->run[1]) == 0)
		;
	check(state_of(w->run[1]) == 0, "the kill is heard");
	return 0;
}

/*** Rows: wrong kinds of descriptors ***/

/* The last two are each right in some place. */
enum kind { K_DIR, K_TCP, K_PATH, K_EPOLL, K_NETLINK, K_OWN, K_UDP, K_DEVICE, K_UNIX, K_NESTED, K_PIPE, K_FILE, KINDS };
static const char *const kind_names[KINDS] = { "directory", "lingering TCP", "O_PATH", "epoll", "netlink", "own socket",
    "UDP", "device", "UNIX socket", "lingering TCP in a UNIX socket", "pipe", "memory file" };
static enum kind wrong_kind;
static size_t wrong_place;              /* FDS: one more than there can be */

static bool
belongs(enum kind k, size_t place)
{
	return place < FDS && ((k == K_PIPE && place != GO_CODE) || (k == K_FILE && place == GO_CODE));
}

/* A UNIX socket; with such a connection unread in it, which goes with the socket. */
static int
unix_socket(bool nested)
{
	int pair[2], fd;
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct msghdr msg = { .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes) };

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
	if (!nested)
		return pair[1];
	fd = lingering();
	check(send(pair[0], "", 0, 0) == 0, "an empty message in front");
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(int));
	check(sendmsg(pair[0], &msg, 0) == 0, "nested: %s", strerror(errno));
	(void)close(fd);
	(void)close(pair[0]);
	return pair[1];
}

static int
of_kind(enum kind k)
{
	switch (k) {
	case K_DIR:     return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case K_TCP:     return lingering();
	case K_PATH:    return open("/", O_PATH | O_CLOEXEC);
	case K_EPOLL:   return epoll_create1(EPOLL_CLOEXEC);
	case K_NETLINK: return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	case K_OWN:     return dup(server.socket.fd);
	case K_UDP:     return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	case K_DEVICE:  return open("/dev/null", O_RDWR | O_CLOEXEC);
	case K_UNIX:    return unix_socket(false);
	case K_NESTED:  return unix_socket(true);
	case K_PIPE:    return dup(ends.in[0]);
	case K_FILE:    return dup(ends.code);
	case KINDS:     break;
	}
	return -1;
}

static int
wrong_descriptor(void)
{
	const struct ask a = { ASK_START, 0, RT_PYTHON, 0 };

	make_ends();
	int fds[FDS + 1] = { ends.in[0], ends.out[1], ends.err[1], ends.code };
	int fd = of_kind(wrong_kind);

	check(fd != -1, "descriptor: %s", strerror(errno));
	fds[wrong_place] = fd;
	w->start_error = EAGAIN;        /* nobody else would hold them then */
	hold_monitor();
	check(say(&a, sizeof(a), fds, wrong_place < FDS ? FDS : FDS + 1, 0, 0) == 0, "said: %s", strerror(errno));
	if (wrong_kind != K_OWN)
		(void)close(fd);        /* the monitor's is the last */
	go_on();
	return wait_for_death();
}

/* Each is right, where another belongs. */
static int
shifted_descriptors(void)
{
	const struct ask a = { ASK_START, 0, RT_PYTHON, 0 };

	make_ends();
	const int fds[FDS] = { ends.code, ends.in[0], ends.out[1], ends.err[1] };
	check(say(&a, sizeof(a), fds, FDS, 0, 0) == 0, "said");
	return wait_for_death();
}

/* Where the monitor had no room for all of them, the kernel would close the rest in its time. */
static int
last_lingers(void)
{
	const struct ask a = { ASK_START, 0, RT_PYTHON, 0 };
	int fds[FDS_MAX];

	make_ends();
	for (size_t i = 0; i < FDS_MAX; i++)
		fds[i] = ends.in[0];
	fds[FDS_MAX - 1] = lingering();
	hold_monitor();
	check(say(&a, sizeof(a), fds, FDS_MAX, 0, 0) == 0, "said");
	(void)close(fds[FDS_MAX - 1]);
	go_on();
	return wait_for_death();
}

/* Behind what ends the server there is more, which nobody reads. */
static int
unread_lingers(void)
{
	const struct ask a = { ASK_KILL, 0, 0, 0 };
	int fd = lingering();

	start_ok(1);
	expect_run();
	hold_monitor();
	check(say("x", 1, NULL, 0, 0, 0) == 0 && say(&a, sizeof(a), &fd, 1, 0, 0) == 0, "said");
	(void)close(fd);
	go_on();
	return wait_for_death();
}

static int
unread_lingers_at_the_end(void)
{
	const struct ask a = { ASK_KILL, 0, 0, 0 };
	int fd = lingering();

	hold_monitor();
	for (unsigned i = 0; i < 2 * ASKS_MAX; i++)
		say_ask(ASK_KILL, 0);
	check(say(&a, sizeof(a), &fd, 1, 0, 0) == 0, "said");
	(void)close(fd);
	if (fork() == 0) {      /* goes on when we are dead */
		UNTIL(state_of(w->server) == 'Z')
			;
		go_on();
		_exit(0);
	}
	return 0;
}

/* It comes when the server has been reaped, whose number is nobody's then, from another that has the socket, too. */
static int
garbage_of_the_dead(void)
{
	hold_monitor();
	if (fork() == 0) {
		UNTIL(state_of(w->server) == 'Z')
			;
		(void)send(server.socket.fd, "garbage", 7, MSG_NOSIGNAL);
		go_on();
		_exit(0);
	}
	return 0;
}

/*** Rows: floods and deafness ***/

static int
flood(void)
{
	const struct ask a = { ASK_LOOK, 0, 0, 0 };
	unsigned said = 0, ended = 0;
	bool asked = false;
	struct tell t;

	count_terms();
	start_ok(0);
	expect_run();
	for (int64_t end = now_ms() + 2000; now_ms() < end && (n_terms == 0 || ended == 0);) {
		said += say(&a, sizeof(a), NULL, 0, 0, MSG_DONTWAIT) == 0;
		while (take(&t, sizeof(t), MSG_DONTWAIT) == (ssize_t)sizeof(t))
			ended += t.type == TELL_ENDED;
		if (said > 500 && !asked) {
			asked = true;
			(void)kill(w->monitor, SIGTERM);
			(void)kill(w->run[0], SIGKILL);
		}
	}
	check(n_terms == 1, "SIGTERM was passed on %d times", (int)n_terms);
	check(ended == 1, "the run was reaped");
	return 9;
}

static int
never_reads(void)
{
	unsigned looks = 0, usages = 0, ends_heard = 0;
	struct tell t;

	start_ok(0);
	expect_run();
	start_ok(1);
	expect_run();
	for (; looks < 3000; looks++)
		say_ask(ASK_LOOK, looks % 2);
	say_ask(ASK_KILL, 0);
	say_ask(ASK_KILL, 1);
	UNTIL(state_of(w->run[0]) == 0 && state_of(w->run[1]) == 0)
		;
	check(state_of(w->run[0]) == 0 && state_of(w->run[1]) == 0, "killed and reaped all the same");
	check(w->looks == looks, "%u looks of %u", w->looks, looks);
	while ((t = hear(300)).type < TELLS) {
		usages += t.type == TELL_USAGE;
		ends_heard += t.type == TELL_ENDED;
	}
	check(t.type == ANY - 1, "still open");
	check(usages > 10 && usages < looks && ends_heard == 2, "%u usages, %u ends", usages, ends_heard);
	say_ask(ASK_SWEEP, 0);
	check(expect(TELL_SWEPT, 0).error == 0, "and goes on");
	return 0;
}

/* The server reads nothing while a run begins and ends: then it hears of both in turn, and can read the report. */
static void
begins_unheard(bool is_warm)
{
	unsigned begun_heard = 0, ends_heard = 0, usages = 0;
	struct tell t;

	start_ok(1);
	if (is_warm) {
		say_ask(ASK_LOOK, 1);
		expect_copy(1);
	} else {
		expect_run();
	}
	for (unsigned i = 0; i < 3000; i++)
		say_ask(ASK_LOOK, 1);
	w->run_mode = RUN_EXIT;
	start_ok(0);
	if (is_warm) {
		say_ask(ASK_LOOK, 0);           /* it begins */
		say_ask(ASK_KILL, 0);
		UNTIL(w->copies_ended == 1)
			;
		check(w->copies_ended == 1, "ended");
	} else {
		UNTIL(w->run[0] != 0 && state_of(w->run[0]) == 0)
			;
		check(w->run[0] != 0 && state_of(w->run[0]) == 0, "ended and reaped");
	}
	while ((t = hear(300)).type < TELLS) {
		usages += t.type == TELL_USAGE && t.place == 1;
		if (t.place == 0 && t.type == TELL_BEGUN) {
			begun_heard++;
			check(ends_heard == 0, "its begin comes first");
			check((t.error != 0) == is_warm, "warm: %d", t.error);
			expect_text(is_warm ? "listener" : "report", true);
		} else if (t.place == 0 && t.type == TELL_ENDED) {
			ends_heard++;
		}
	}
	check(usages > 10 && usages < 3000, "the socket was full: %u usages", usages);
	check(begun_heard == 1 && ends_heard == 1, "%u begun, %u ends", begun_heard, ends_heard);
}

static int
begins_unheard_cold(void)
{
	begins_unheard(false);
	return 0;
}

static int
begins_unheard_warm(void)
{
	(void)hear_template();
	begins_unheard(true);
	return 0;
}

/* It is lost with the server: neither the run nor what comes with it keeps the monitor. */
static int
begins_unheard_at_the_end(void)
{
	(void)hear_template();
	start_ok(0);
	start_ok(1);
	UNTIL(w->copies == 2)
		;
	hold_monitor();
	say_ask(ASK_LOOK, 0);
	say_ask(ASK_LOOK, 1);
	(void)shutdown(server.socket.fd, SHUT_RD);      /* it hears, and cannot tell */
	go_on();
	UNTIL(w->looks == 2)
		;
	check(w->looks == 2, "both have begun");
	return 0;
}

/* Again and again, with few descriptors: of what could not be told the monitor keeps one for each slot. */
static int
begins_unheard_again(void)
{
	w->run_mode = RUN_EXIT;
	(void)shutdown(server.socket.fd, SHUT_RD);
	for (unsigned i = 1; i <= 20; i++) {
		w->run[0] = 0;
		start_ok(0);
		UNTIL(w->run[0] != 0 && state_of(w->run[0]) == 0)
			;
		check(w->starts == i && w->run[0] != 0, "%u starts of %u", w->starts, i);
		say_ask(ASK_SWEEP, 0);
		UNTIL(w->idle == i)
			;
		check(w->idle == i, "swept");
		close_ends();
	}
	return 0;
}

static int
deaf_and_dead(void)
{
	start_ok(0);
	expect_run();
	for (unsigned i = 0; i < 1000; i++)
		say_ask(ASK_LOOK, 0);
	return 0;
}

/*** Rows: ends ***/

static void
term_and_wait(int n)
{
	(void)kill(w->monitor, SIGTERM);
	UNTIL(n_terms >= n)
		;
	check(n_terms == n, "SIGTERM %d was passed on", n);
}

static int
ignores_two(void)
{
	count_terms();
	start_ok(0);
	expect_run();
	term_and_wait(1);
	term_and_wait(2);
	int64_t start = now_ms();
	while (now_ms() - start < STOP_PATIENCE_MS / 2)
		nap(10);
	check(true, "patience");
	return wait_for_death();
}

static int
ignores_one(void)
{
	count_terms();
	term_and_wait(1);
	int64_t start = now_ms();
	while (now_ms() - start < 2 * STOP_PATIENCE_MS)
		nap(10);
	return 5;
}

static int
each_signal(void)
{
	static const int all[] = { SIGINT, SIGQUIT, SIGHUP };
	const struct sigaction sa = { .sa_handler = on_term };
	size_t i = (size_t)w->sweep_ms;        /* not used otherwise here */

	(void)sigaction(all[i], &sa, NULL);
	(void)kill(w->monitor, all[i]);
	UNTIL(n_terms == 1)
		;
	check(n_terms == 1, "signal %d was passed on", all[i]);
	return 0;
}

static int
each_signal_int(void)
{
	return each_signal();
}

static int
each_signal_quit(void)
{
	w->sweep_ms = 1;
	return each_signal();
}

static int
each_signal_hup(void)
{
	w->sweep_ms = 2;
	return each_signal();
}

static int exits_0(void) { return 0; }
static int exits_7(void) { return 7; }

static int
dies(int signo)
{
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
	return 0;
}

static int segv(void) { return dies(SIGSEGV); }
static int bad_call(void) { return dies(SIGSYS); }
static int killed(void) { return dies(SIGKILL); }

static int
runs_go_on(void)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		start_ok(i);
		expect_run();
	}
	return 0;
}

/* What the process that installs packages says, and its end, which is not the monitor's. */
static int packages_socket[2] = { -1, -1 };

static int
packages_change(void)
{
	char done = 0;

	check(write(packages_socket[0], "xx", 2) == 2 && read(packages_socket[0], &done, 1) == 1 && done == 'k' &&
	    w->replaced == 1, "something new: templates are replaced, then it is said");
	check(write(packages_socket[0], "x", 1) == 1 && read(packages_socket[0], &done, 1) == 1 && w->replaced == 1,
	    "nothing new: they are not");
	(void)shutdown(packages_socket[0], SHUT_RDWR);
	return runs_go_on();
}

static int
make_packages_socket(void)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packages_socket);
}

static int
runs_go_on_killed(void)
{
	(void)runs_go_on();
	return killed();
}

static int
unsweepable(void)
{
	(void)runs_go_on();
	w->sweep_error = EBUSY;
	return 0;
}

static int
unsweepable_7(void)
{
	(void)unsweepable();
	return 7;
}

static int
dies_sweeping(void)
{
	w->run_mode = RUN_EXIT;
	w->sweep_ms = 150;
	start_ok(0);
	(void)expect_end(0);
	say_ask(ASK_SWEEP, 0);
	UNTIL(w->sweeps == 1)
		;
	return 0;
}

static int
keeper_dies(void)
{
	start_ok(0);
	expect_run();
	(void)kill(w->keeper, SIGKILL);
	(void)expect(ANY, 0);
	check(w->left_namespaces == 1, "the dead namespace was left");
	return 8;
}

static int
keeper_dies_for_good(void)
{
	w->leave_error = EPERM;
	return keeper_dies();
}

static int
orphan(void)
{
	int fd[2];

	check(pipe2(fd, O_CLOEXEC) == 0, "pipe");
	pid_t middle = fork();

	if (middle == 0) {
		pid_t lost = fork();
		if (lost == 0) {
			UNTIL(getppid() == w->monitor)
				;
			check(getppid() == w->monitor, "the monitor is its parent now");
			_exit(0);
		}
		(void)!write(fd[1], &lost, sizeof(lost));
		_exit(0);
	}
	(void)waitpid(middle, NULL, 0);
	pid_t lost = 0;
	check(read(fd[0], &lost, sizeof(lost)) == sizeof(lost), "its number");
	UNTIL(state_of(lost) == 0)
		;
	check(state_of(lost) == 0, "reaped");
	return 0;
}

static int set_enter_error(void) { w->enter_error = EPERM; return 0; }
static int set_keeper(void) { w->keeper = 1; return 0; }
static int set_network(void) { w->network = true; return 0; }
static int set_copies(void) { w->warm_mode = WARM_RUNS; w->few_files = 10; return 0; }
static int set_warm(void) { w->warm_mode = WARM_RUNS; return 0; }
static int set_lost_copies(void) { w->warm_mode = WARM_LOSES; return 0; }

static int
network_allowed(void)
{
	make_ends();
	say_start((struct ask){ ASK_START, 0, RT_PYTHON, 1 }, FDS, 0);
	expect_run();
	check(w->network, "and given");
	return 0;
}

/*** The table ***/

#define CANNOT "what cannot be asked"
#define NO_RUN "descriptors that no run can have"

struct row {
	const char *name;
	int (*evil)(void);
	int status;
	const char *said;               /* in the log; NULL: it stays empty */
	int (*before)(void);            /* in the world */
	bool stays_dirty;
};

static const struct row rows[] = {
	{ "a whole life, three times",          whole_life, 0, NULL, NULL, false },
	{ "a run that exits",                   run_exits, 0, NULL, NULL, false },
	{ "LOOK at a run",                      look_at_run, 0, NULL, NULL, false },
	{ "KILL and LOOK, idle",                idle_kill_look, 0, NULL, NULL, false },
	{ "KILL and LOOK, ended and sweeping",  ended_kill_look, 0, NULL, NULL, false },
	{ "network, allowed",                   network_allowed, 0, NULL, set_network, false },
	{ "a start that fails",                 start_fails, 0, NULL, some_descriptors_left, false },
	{ "a sweep that fails",                 sweep_fails, 0, NULL, NULL, false },
	{ "START after a sweep that failed",    start_unswept, FAILURE, CANNOT, NULL, false },
	{ "two control messages in one",        two_controls, 0, NULL, NULL, false },
	{ "no descriptor left",                 starts_without_descriptors, 0, NULL, no_descriptors_left, false },
	{ "no descriptor left for the report",  starts_without_report, 0, NULL, no_report_left, false },
	{ "descriptors are closed",             many_starts, 0, NULL, some_descriptors_left, false },
	{ "a report's reader goes",             report_is_closed, 0, NULL, NULL, false },
	{ "copies",                             copies, 0, NULL, set_copies, false },
	{ "a copy that is lost",                copy_is_lost, 0, NULL, set_lost_copies, false },
	{ "a copy that is lost, and no start",  copy_is_lost_and_fails, 0, NULL, set_lost_copies, false },
	{ "exit 0 with copies going",           copies_go_on, 0, NULL, set_lost_copies, false },
	{ "START twice",                        start_twice, FAILURE, CANNOT, NULL, false },
	{ "SWEEP of a run",                     sweep_running, FAILURE, CANNOT, NULL, false },
	{ "SWEEP twice",                        sweep_twice, FAILURE, CANNOT, NULL, false },
	{ "START in a slot that is swept",      start_sweeping, FAILURE, CANNOT, NULL, false },
	{ "an empty message",                   say_nothing, 4, NULL, NULL, false },
	{ "an empty one with descriptors",      say_nothing_with_descriptors, 5, NULL, NULL, false },
	{ "the socket closed",                  close_socket, 6, NULL, NULL, false },
	{ "the socket half closed",             shut_socket, 0, NULL, NULL, false },
	{ "each descriptor one too far",        shifted_descriptors, FAILURE, NO_RUN, NULL, false },
	{ "the last of 253 lingers",            last_lingers, FAILURE, NO_RUN, NULL, false },
	{ "one unread that lingers",            unread_lingers, FAILURE, CANNOT, NULL, false },
	{ "the same at the server's end",       unread_lingers_at_the_end, 0, NULL, NULL, false },
	{ "garbage when it is dead",            garbage_of_the_dead, 0, CANNOT, NULL, false },
	{ "a flood of LOOK",                    flood, 9, NULL, NULL, false },
	{ "a server that never reads",          never_reads, 0, NULL, NULL, false },
	{ "the same, and ends",                 deaf_and_dead, 0, NULL, NULL, false },
	{ "a run begins and ends unheard",      begins_unheard_cold, 0, NULL, NULL, false },
	{ "a copy begins and ends unheard",     begins_unheard_warm, 0, NULL, set_warm, false },
	{ "copies begin when nobody can hear",  begins_unheard_at_the_end, 0, NULL, set_warm, false },
	{ "runs begin when nobody can hear",    begins_unheard_again, 0, NULL, some_descriptors_left, false },
	{ "SIGTERM ignored twice",              ignores_two, FAILURE, "does not end", NULL, false },
	{ "SIGTERM ignored once",               ignores_one, 5, NULL, NULL, false },
	{ "SIGINT",                             each_signal_int, 0, NULL, NULL, false },
	{ "SIGQUIT",                            each_signal_quit, 0, NULL, NULL, false },
	{ "SIGHUP",                             each_signal_hup, 0, NULL, NULL, false },
	{ "exit 0",                             exits_0, 0, NULL, NULL, false },
	{ "exit 7",                             exits_7, 7, NULL, NULL, false },
	{ "SIGSEGV",                            segv, FAILURE, "killed by signal 11", NULL, false },
	{ "SIGSYS",                             bad_call, FAILURE, "killed by signal 31", NULL, false },
	{ "exit 0 with runs going",             runs_go_on, 0, NULL, NULL, false },
	{ "SIGKILL with runs going",            runs_go_on_killed, FAILURE, "killed by signal 9", NULL, false },
	{ "exit 0, runs that stay",             unsweepable, FAILURE, "could not be cleared", NULL, true },
	{ "exit 7, runs that stay",             unsweepable_7, 7, "could not be cleared", NULL, true },
	{ "exit during a sweep",                dies_sweeping, 0, NULL, NULL, false },
	{ "a keeper that stays",                whole_life, 0, NULL, set_keeper, false },
	{ "a keeper that dies",                 keeper_dies, 8, "every run is dead", set_keeper, false },
	{ "and whose namespace cannot be left", keeper_dies_for_good, 8, "cannot be cleared", set_keeper, false },
	{ "packages",                           packages_change, 0, NULL, make_packages_socket, false },
	{ "an orphan",                          orphan, 0, NULL, NULL, false },
	{ "a monitor that cannot start",        wait_for_death, FAILURE, "cannot start", set_enter_error, false },
};

/* Becomes the monitor; its child is the evil server. */
static void
world(const struct row *row, int log)
{
	static const struct rlimit no_core;
	static struct slot slots[SLOTS];
	static const struct config config = { .max_files = 256 };
	static struct jail j = { .config = &config, .slots = slots, .n_slots = SLOTS, .deps = { 0, -1, -1 } };
	char why[128];

	(void)setpgid(0, 0);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)dup2(log, 2);
	w->monitor = getpid();
	if (row->before != NULL)
		(void)row->before();
	j.deps.monitor = packages_socket[1];
	j.roots[RT_NODE].fd = -1;
	j.network = w->network;
	if (w->keeper != 0) {
		pid_t pid = fork();
		if (pid == 0)
			wait_for_death();
		j.layers.keeper = w->keeper = pid;
	}
	if (monitor_split(&j, FAILURE, NULL, 0, why, sizeof(why)) == -1)
		_exit(98);
	(void)close(log);
	w->server = getpid();
	(void)alarm(20);
	UNTIL(w->entered == 1)          /* from then on the monitor hears of signals */
		;
	_exit(row->evil());
}

/* Wait for a child's end. False when it has not come in time. */
static bool
ends_in_time(pid_t pid, int patience_ms, int *status)
{
	for (int64_t end = now_ms() + patience_ms; now_ms() < end; nap(1))
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
	return false;
}

static void
run_row(const struct row *row)
{
	const unsigned n_passed = w->n_passed, n_failed = w->n_failed;
	char text[8192] = "";
	int log = memfd_create("log", MFD_CLOEXEC), status = 0;

	row_name = row->name;
	memset(w, 0, sizeof(*w));
	w->n_passed = n_passed;
	w->n_failed = n_failed;
	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		world(row, log);
	(void)setpgid(pid, pid);
	pid_t bystander = fork();

	if (bystander == 0) {
		(void)alarm(20);
		(void)wait_for_death();
	}
	(void)setpgid(bystander, pid);
	bool in_time = ends_in_time(pid, PATIENCE_MS, &status);

	check(in_time, "the monitor has not ended");
	if (!in_time) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
	} else {
		check(WIFEXITED(status) && WEXITSTATUS(status) == row->status, "status %#x, wanted exit %d", (unsigned)status, row->status);
		check(w->warm_closed == (row->evil != wait_for_death || row->before == NULL), "the copies are ended once");
		check(w->entered == 1 && w->closed == 1, "setup: %u entered, %u closed", w->entered, w->closed);
		check(w->dirty_at_close == row->stays_dirty, "slots %s cleared before the end", w->dirty_at_close ? "not" : "all");
	}
	if (w->server > 0 && waitpid(w->server, NULL, WNOHANG) == 0) {
		check(!in_time, "the server is left");          /* a child of ours now */
		(void)kill(w->server, SIGKILL);
	}
	check(waitpid(bystander, NULL, WNOHANG) == 0, "the process group was signalled");
	(void)kill(bystander, SIGKILL);
	(void)waitpid(bystander, NULL, 0);
	/* The dead may be left to us, who are the subreaper; what ends by itself at once as well. */
	pid_t left = 0;
	for (int64_t end = now_ms() + 300; (left = waitpid(-1, NULL, WNOHANG)) > 0 || (left == 0 && now_ms() < end);)
		if (left == 0)
			nap(1);
	check(left == -1, "a process is left");
	for (size_t i = 0; i < SLOTS && left == 0; i++)
		if (w->run[i] > 0)
			(void)kill(w->run[i], SIGKILL);
	for (int64_t end = now_ms() + 300; left != -1 && waitpid(-1, NULL, WNOHANG) != -1 && now_ms() < end;)
		nap(1);                 /* the next row starts alone */
	ssize_t n = pread(log, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	check(row->said == NULL ? n == 0 : strstr(text, row->said) != NULL, "log: %s", text);
	check(strstr(text, "Sanitizer") == NULL && strstr(text, "runtime error") == NULL, "log: %s", text);
	(void)close(log);
	for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) != -1;)
		(void)close(fd);
}

int
main(void)
{
	socklen_t len = sizeof(listener_at);
	const int64_t start = now_ms();
	unsigned n = 0;
	char name[96];

	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	listener_at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (w == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 || bind(listener, (struct sockaddr *)&listener_at, len) == -1 ||
	    listen(listener, 16) == -1 || getsockname(listener, (struct sockaddr *)&listener_at, &len) == -1) {
		(void)printf("FAILED set up: %s\n0 passed, 1 failed\n", strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < LEN(rows); i++, n++)
		run_row(&rows[i]);
	for (bad = bad_asks; bad < bad_asks + LEN(bad_asks); bad++, n++)
		run_row(&(struct row){ bad->name, say_bad, FAILURE, "the server sent", NULL, false });
	for (wrong_kind = 0; wrong_kind < KINDS; wrong_kind++)
		for (wrong_place = 0; wrong_place <= FDS; wrong_place++) {
			if (belongs(wrong_kind, wrong_place))
				continue;
			(void)snprintf(name, sizeof(name), "%s in place %zu", kind_names[wrong_kind], wrong_place);
			run_row(&(struct row){ name, wrong_descriptor, FAILURE, NO_RUN, NULL, false });
			n++;
		}
	(void)printf("%u rows, %lld ms\n", n, (long long)(now_ms() - start));
	(void)printf("%u passed, %u failed\n", w->n_passed, w->n_failed);
	return w->n_failed != 0;
}
