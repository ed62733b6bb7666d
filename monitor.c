/*
 * monitor.c - the privileged process, and the messages by which the server asks it.
 *
 *   server (no privilege)    SOCK_SEQPACKET     monitor (root; pid 1 in a container)
 *   monitor_start  --------- START + 4 fds -->  jail_start
 *   monitor_kill   --------- KILL ----------->  kill(2)
 *   monitor_look   --------- LOOK ----------->  jail_usage
 *   monitor_sweep  --------- SWEEP ---------->  jail_sweep
 *   events         <-- FAILED, BEGUN, ENDED, USAGE, SWEPT --
 *
 * What comes from the server is not trusted: it parses what strangers send. An
 * ask is of one size, names a slot by number, and must fit the slot's state,
 * which the monitor alone keeps; what does not is the end of the server. Of the
 * code of a run, HTTP and JSON the monitor sees nothing: they pass by it in the
 * descriptors that it hands to the child. It never blocks on the server: what
 * cannot be sent waits, at most one event of each kind for a slot.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SWEEP_PATIENCE_MS 2000          /* for a process that is slow to die */
#define SWEEP_STUCK_MS 30000            /* for the process that does it */
#define KEEP_MAX 16
#define TIMERS 64                       /* of warm.c: by kind, and (with one for each slot) by template with copies */
#define FDS_FIXED 512                   /* descriptors of ours at most: these, */
#define FDS_PER_SLOT 40                 /* and these for each slot */
#define ASKS_MAX 64                     /* taken at a time: signals and children get their turn */
#ifndef STOP_PATIENCE_MS                /* a test has less of it */
#define STOP_PATIENCE_MS 5000           /* after a second signal, for a server that does not end */
#endif

enum ask_type { ASK_START, ASK_KILL, ASK_LOOK, ASK_SWEEP, ASKS };
enum tell_type {
	TELL_FAILED, TELL_BEGUN, TELL_ENDED, TELL_USAGE, TELL_SWEPT, TELL_READY, TELLS, TELL_TEMPLATE
};

struct ask {
	uint32_t type, place, runtime, network;
};

struct tell {
	uint32_t type, place;
	int32_t error;                  /* FAILED, SWEPT; READY: the kind; BEGUN, with a descriptor: warm? */
	char step[16];                  /* FAILED */
	union {
		struct monitor_end end;
		struct usage usage;
	} u;
};

/* Of a length of its own. */
struct tell_template {
	uint32_t type;
	struct warm_state state;
};

/* The descriptors of ASK_START are those of GO: warm.c passes them on as they come. */
#define FDS GO_FDS

#define FDS_MAX 253                     /* what the kernel passes in one message */

union control { char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))]; struct cmsghdr align; };

/*** The server's end ***/

static struct {
	struct source socket;
	struct monitor_events on;
} server = { .socket.fd = -1 };

static int
put_ask(const struct ask *a, const int *fds)
{
	struct iovec iov = { (void *)(uintptr_t)a, sizeof(*a) };
	union control control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fds != NULL) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(FDS * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(FDS * sizeof(int));
		memcpy(CMSG_DATA(c), fds, FDS * sizeof(int));
	}
	do
		n = sendmsg(server.socket.fd, &msg, MSG_NOSIGNAL);      /* may wait: the monitor always reads on */
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(*a) ? 0 : -1;
}

int
monitor_start(size_t place, enum runtime rt, bool network, const struct jail_ends *e)
{
	const struct ask a = { ASK_START, (uint32_t)place, (uint32_t)rt, network };
	const int fds[FDS] = { [GO_IN] = e->in, [GO_OUT] = e->out[1], [GO_ERR] = e->err[1], [GO_CODE] = e->code };

	return put_ask(&a, fds);
}

/* A monitor that cannot be asked is gone, which its end of the socket says to the loop. */
static void
ask(enum ask_type type, size_t place)
{
	const struct ask a = { type, (uint32_t)place, 0, 0 };
	int rc;

	/* Nobody would ask again: a lost one is a run that never ends. The kernel waits for memory, so this is no spin. */
	do
		rc = put_ask(&a, NULL);
	while (rc == -1 && (errno == ENOBUFS || errno == ENOMEM));
}

void
monitor_kill(size_t place)
{
	ask(ASK_KILL, place);
}

void
monitor_look(size_t place)
{
	ask(ASK_LOOK, place);
}

void
monitor_sweep(size_t place)
{
	ask(ASK_SWEEP, place);
}

/* A name of our own for the step: what the server keeps of a run must outlive the message. */
static const char *
step_of(const struct tell *t)
{
	static const char *const steps[] = { "fork", "cgroup", "descriptors", "socketpair" };

	for (size_t i = 0; i < LEN(steps); i++)
		if (strcmp(t->step, steps[i]) == 0)
			return steps[i];
	return "start";
}

static void
take_tell(const struct tell *t, int *fd)
{
	switch ((enum tell_type)t->type) {
	case TELL_BEGUN:
		server.on.begun(t->place, t->error != 0, *fd);
		*fd = -1;
		break;
	case TELL_FAILED:
		server.on.failed(t->place, step_of(t), t->error);
		break;
	case TELL_ENDED:
		server.on.ended(t->place, &t->u.end);
		break;
	case TELL_USAGE:
		server.on.usage(t->place, &t->u.usage);
		break;
	case TELL_SWEPT:
		server.on.swept(t->place, t->error);
		break;
	case TELL_READY:
		server.on.ready(t->place, t->error);
		break;
	case TELLS:
	case TELL_TEMPLATE:
		break;
	}
}

static void
tells_ready(struct source *src, uint32_t events)
{
	union { uint32_t type; struct tell tell; struct tell_template template; } t;
	struct iovec iov = { &t, sizeof(t) };
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control;

	(void)events;
	for (;;) {
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		    .msg_controllen = sizeof(control.bytes) };
		ssize_t n = src->fd == -1 ? 0 : recvmsg(src->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
		int fd = (msg.msg_flags & MSG_CTRUNC) != 0 ? BEGUN_LOST : -1;
		if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		if (n == (ssize_t)sizeof(t.template) && t.type == TELL_TEMPLATE)
			server.on.warm(&t.template.state);
		else if (n == (ssize_t)sizeof(t.tell))
			take_tell(&t.tell, &fd);
		else
			break;
		if (fd >= 0)
			(void)close(fd);
	}
	if (src->fd == -1)
		return;
	source_close(src);
	server.on.gone();
}

int
monitor_watch(const struct monitor_events *on)
{
	server.on = *on;
	server.socket.ready = tells_ready;
	return source_watch(&server.socket, EPOLLIN);
}

/*** The server's end: what it gives up ***/

static const char *
confine(const struct jail *j)
{
	bool caps = j->layers.of[LAYER_CAPS].on;

	if (!j->one_uid && (fchdir(j->void_fd) == -1 || chroot(".") == -1))
		return "chroot";
	if (caps && drop_bounding() == -1)
		return "bounding";
	if (!j->one_uid && drop_groups((gid_t)j->server_uid) == -1)
		return "groups";
	if (!j->one_uid && drop_uid(j->server_uid) == -1)
		return "uid";
	if (drop_caps() == -1)
		return "capabilities";
	/* Others of the same uid, without root the runs: none may look into its memory, where the key is. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return "dumpable";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return "nnp";
	if (j->layers.of[LAYER_LANDLOCK].on && landlock_nothing(&j->layers) == -1)
		return "landlock";
	return NULL;
}

int
monitor_confine(const struct jail *j, const int *keep, size_t n_keep, char *why, size_t n)
{
	int fds[KEEP_MAX] = { 0, 1, 2, server.socket.fd, log_fd() };
	size_t n_fds = 5;
	const char *step = NULL;

	for (size_t i = 0; i < n_keep && n_fds < LEN(fds); i++)
		fds[n_fds++] = keep[i];
	if (setsid() == -1)             /* Ctrl-C is the monitor's to pass on */
		step = "session";
	else if (j->layers.of[LAYER_SERVER].on)
		step = confine(j);
	if (step == NULL && close_others(fds, n_fds) == -1)
		step = "descriptors";
	if (step != NULL) {
		(void)snprintf(why, n, "server: %s: %s", step, strerror(errno));
		return -1;
	}
	return j->layers.of[LAYER_SERVER].on ? filter_confine(why, n) : 0;
}

/*** The monitor's end ***/

enum place_state { PLACE_IDLE, PLACE_RUNNING, PLACE_ENDED, PLACE_SWEEPING };

/* A slot, as the monitor knows it. */
struct place {
	enum place_state state;
	enum runtime runtime;           /* of what runs there, */
	bool network;                   /* and whether it has network */
	struct child run, sweeper;
	struct timer stuck;             /* the sweeper does not end */
	struct tell tells[TELLS];       /* events to send, those in waiting */
	int begun;                      /* what goes with TELL_BEGUN; -1: nothing */
	unsigned waiting;               /* a bit per kind */
};

static struct {
	struct jail *jail;
	struct source socket, deps;
	struct child server, keeper, installer, killer;
	struct timer stop;
	unsigned signals;
	int status;                     /* wait status of the server */
	struct place *places;           /* as many as there are slots */
	struct warm_state templates[WARM_KINDS];
	unsigned waiting;               /* a bit for each of those that has to be told */
} monitor = { .socket.fd = -1 };

#define PLACE_OF(ptr, member) ((struct place *)(void *)((char *)(ptr) - offsetof(struct place, member)))

static size_t
number(const struct place *p)
{
	return (size_t)(p - monitor.places);
}

/* Once it has been reaped its number is 0, which for kill(2) is our own process group. */
static void
signal_server(int signo)
{
	if (monitor.server.pid > 0)
		(void)kill(monitor.server.pid, signo);
}

/*
 * The server sees it closed. The descriptor stays: with it would go, now and in
 * our time, descriptors of messages that nobody has read (are_sound).
 */
static void
leave_server(void)
{
	if (monitor.socket.fd == -1)
		return;
	(void)source_watch(&monitor.socket, 0);
	(void)shutdown(monitor.socket.fd, SHUT_RDWR);
	monitor.socket.fd = -1;
}

/* The server broke the rules: it is not what we started any more. */
static void
distrust(const char *what)
{
	log_msg(LOG_ERROR, "monitor", "the server sent %s: it is ended", what);
	signal_server(SIGKILL);
	leave_server();
}

/* One message to the server, with that descriptor (-1: none). False: not now, or never. */
static bool
send_tell(const void *t, size_t n, int fd)
{
	struct iovec iov = { (void *)(uintptr_t)t, n };
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (monitor.socket.fd == -1)
		return false;
	if (fd != -1) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	if (sendmsg(monitor.socket.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
		return true;
	/*
	 * No room, no memory, or too many descriptors on their way: again when the loop comes round. Else the server is at
	 * its end, which wait(2) tells.
	 */
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS)
		(void)source_watch(&monitor.socket, EPOLLIN | EPOLLOUT);
	return false;
}

static void
send_waiting(struct place *p)
{
	for (size_t i = 0; i < TELLS; i++) {
		if ((p->waiting & (1u << i)) == 0)
			continue;
		if (!send_tell(&p->tells[i], sizeof(p->tells[i]), i == TELL_BEGUN ? p->begun : -1))
			return;
		p->waiting &= ~(1u << i);
		if (i == TELL_BEGUN)
			close_fd(&p->begun);
	}
}

static void
send_templates(void)
{
	for (size_t i = 0; i < WARM_KINDS; i++) {
		const struct tell_template t = { TELL_TEMPLATE, monitor.templates[i] };
		if ((monitor.waiting & (1u << i)) == 0)
			continue;
		if (!send_tell(&t, sizeof(t), -1))
			return;
		monitor.waiting &= ~(1u << i);
	}
}

static struct tell *
new_tell(struct place *p, enum tell_type type)
{
	p->tells[type] = (struct tell){ .type = type, .place = (uint32_t)number(p) };
	p->waiting |= 1u << type;
	return &p->tells[type];
}

static void
place_ended(struct place *p, const struct death *d, bool is_warm)
{
	/* Most runs leave nothing: then no sweep has to be asked for. */
	bool clean = jail_clean(monitor.jail, number(p));

	p->state = clean ? PLACE_IDLE : PLACE_ENDED;
	new_tell(p, TELL_ENDED)->u.end = (struct monitor_end){
		.status = d->status, .peak_kb = d->peak_kb, .cpu_ms = d->cpu_ms, .warm = is_warm, .clean = clean,
		.out_of_memory = cgroup_oom(&monitor.jail->cgroups, number(p)),
	};
	send_waiting(p);
	if (clean)
		warm_idle(number(p));
}

static void
run_ended(struct child *c, int status, const struct rusage *ru)
{
	const struct death d = {
		.status = status, .peak_kb = ru->ru_maxrss,
		.cpu_ms = (ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1000 +
		    (ru->ru_utime.tv_usec + ru->ru_stime.tv_usec) / 1000,
	};

	place_ended(PLACE_OF(c, run), &d, false);
}

static void
swept(struct place *p, int error)
{
	/* Not cleared: the server asks again, or never uses the slot any more. */
	p->state = error == 0 ? PLACE_IDLE : PLACE_ENDED;
	new_tell(p, TELL_SWEPT)->error = error;
	send_waiting(p);
	if (error == 0)
		warm_idle(number(p));
}

static void
sweeper_ended(struct child *c, int status, const struct rusage *ru)
{
	(void)ru;
	timer_cancel(&PLACE_OF(c, sweeper)->stuck);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EBUSY)
		warm_suspect();
	swept(PLACE_OF(c, sweeper), WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
}

/* While it has the slot's uid, where no fence keeps signals in, what it is to kill can stop it. */
static void
sweeper_stuck(struct timer *t)
{
	const struct place *p = PLACE_OF(t, stuck);

	if (p->sweeper.pid > 0)
		(void)kill(p->sweeper.pid, SIGKILL);    /* ours and not reaped; the server asks again */
}

static void
not_started(struct place *p, const char *step, int error)
{
	struct tell *t = new_tell(p, TELL_FAILED);

	t->error = error;
	(void)snprintf(t->step, sizeof(t->step), "%s", step);
	send_waiting(p);
}

static void
begun(struct place *p, bool is_warm, int fd)
{
	new_tell(p, TELL_BEGUN)->error = is_warm;
	close_fd(&p->begun);
	p->begun = fd;
	send_waiting(p);
}

/* In a process of its own, from nothing. */
static void
start_cold(struct place *p, const int *fds)
{
	const struct jail_ends e = { fds[GO_IN], { -1, fds[GO_OUT] }, { -1, fds[GO_ERR] }, fds[GO_CODE] };
	const char *step = "socketpair";
	int report[2] = { -1, -1 };
	pid_t pid = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) == -1 ? -1 :
	    jail_start(monitor.jail, number(p), p->runtime, p->network, &e, report[1], &step);
	int error = errno;

	close_fd(&report[1]);
	if (pid == -1) {
		close_fd(&report[0]);
		p->state = PLACE_IDLE;
		not_started(p, step, error);
		warm_idle(number(p));
		return;
	}
	p->run.pid = pid;
	child_watch(&p->run);
	begun(p, false, report[0]);
}

/* What a copy takes of the descriptors is -1 then. */
static void
start(struct place *p, const struct ask *a, int *fds)
{
	p->state = PLACE_RUNNING;
	p->runtime = (enum runtime)a->runtime;
	p->network = a->network != 0;
	if (!warm_start(number(p), p->runtime, p->network, fds))
		start_cold(p, fds);
}

/*** What warm.c tells ***/

static void
copy_begun(size_t place, int listener)
{
	if (monitor.places[place].state == PLACE_RUNNING)
		begun(&monitor.places[place], true, listener);
	else
		close_fd(&listener);
}

static void
copy_ended(size_t place, const struct death *d)
{
	if (monitor.places[place].state == PLACE_RUNNING)
		place_ended(&monitor.places[place], d, true);
}

static void
copy_lost(size_t place, const int *fds)
{
	if (monitor.places[place].state == PLACE_RUNNING)
		start_cold(&monitor.places[place], fds);
}

static void
copy_ready(size_t place, int kind)
{
	new_tell(&monitor.places[place], TELL_READY)->error = kind;
	send_waiting(&monitor.places[place]);
}

static void
template_state(const struct warm_state *s)
{
	monitor.templates[s->kind] = *s;
	monitor.waiting |= 1u << s->kind;
	send_templates();
}

static const struct warm_events warm_told = {
	.begun = copy_begun, .ended = copy_ended, .cold = copy_lost, .ready = copy_ready, .state = template_state,
};

static void
sweep(struct place *p)
{
	pid_t pid;

	if (jail_clean(monitor.jail, number(p))) {
		swept(p, 0);
		return;
	}
	pid = jail_sweep(monitor.jail, number(p), SWEEP_PATIENCE_MS);
	if (pid == -1) {
		swept(p, errno);
		return;
	}
	p->state = PLACE_SWEEPING;
	p->sweeper.pid = pid;
	child_watch(&p->sweeper);
	timer_set(&p->stuck, SWEEP_STUCK_MS);
}

static void
look(struct place *p)
{
	struct usage u;

	pid_t pid = p->run.pid != 0 ? p->run.pid : warm_pid(number(p));

	if (jail_usage(monitor.jail, number(p), p->runtime, pid, &u) == -1)
		u = (struct usage){ .too_deep = true }; /* what cannot be looked at is too much */
	new_tell(p, TELL_USAGE)->u.usage = u;
	send_waiting(p);
}

static void
kill_place(struct place *p)
{
	if (p->run.pid > 0)
		(void)kill(p->run.pid, SIGKILL);        /* ours and not reaped: the pid is still its own */
	else if (!warm_kill(number(p)) || p->state != PLACE_RUNNING)
		return;
	(void)cgroup_kill(&monitor.jail->cgroups, number(p));   /* again with the sweep, which looks at the result */
}

/* Does the ask name what there is, with what belongs to it? */
static bool
is_sound(const struct ask *a, size_t n_fds)
{
	if (a->type >= ASKS || a->place >= monitor.jail->n_slots || n_fds != (a->type == ASK_START ? FDS : 0))
		return false;
	if (a->type != ASK_START)
		return true;
	return a->runtime < RT_COUNT && monitor.jail->roots[a->runtime].fd != -1 && a->network <= monitor.jail->network;
}

/*
 * Is each descriptor what an honest server sends there: pipes and a memory file?
 * The last close of another kind could wait (SO_LINGER). 1, 0, or -1 with errno
 * when that cannot be known.
 */
static int
are_sound(const int *fds, size_t n)
{
	static const mode_t types[FDS] = { S_IFIFO, S_IFIFO, S_IFIFO, S_IFREG };

	if (n > FDS)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		if (fstat(fds[i], &st) == -1)
			return -1;
		if ((st.st_mode & S_IFMT) != types[i])
			return 0;
	}
	return 1;
}

/* What may be asked of a slot in each state. An end may cross a kill or a look: those then do nothing. */
static bool
take_ask(const struct ask *a, int *fds)
{
	struct place *p = &monitor.places[a->place];

	switch ((enum ask_type)a->type) {
	case ASK_START:
		if (p->state == PLACE_IDLE)
			start(p, a, fds);
		else
			return false;
		return true;
	case ASK_SWEEP:
		if (p->state == PLACE_ENDED)
			sweep(p);
		else
			return false;
		return true;
	case ASK_KILL:
		if (p->state == PLACE_RUNNING)
			kill_place(p);
		return true;
	case ASK_LOOK:
		if (p->state == PLACE_RUNNING)
			look(p);
		return true;
	case ASKS:
		break;
	}
	return false;
}

/* One message. False: there is none, now or ever. */
static bool
read_ask(void)
{
	struct ask a;
	struct iovec iov = { &a, sizeof(a) };
	union control control;
	/*
	 * Room for all there can be: those that find none the kernel closes, in our time (are_sound).
	 * CMSG_LEN: in the padding that is in CMSG_SPACE it would put one more.
	 */
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = CMSG_LEN(FDS_MAX * sizeof(int)) };
	int fds[FDS_MAX];
	size_t n_fds = 0;
	ssize_t n = recvmsg(monitor.socket.fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		leave_server();         /* the server is at its end, which wait(2) tells */
		return false;
	}
	const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);          /* the kernel puts all descriptors of a message into one */
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);      /* the control buffer has room for no more than FDS_MAX */
		memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
	}
	bool whole = n == (ssize_t)sizeof(a) && (msg.msg_flags & MSG_TRUNC) == 0;
	bool start = whole && a.type == ASK_START && a.place < monitor.jail->n_slots &&
	    monitor.places[a.place].state == PLACE_IDLE;
	int sound = are_sound(fds, n_fds);
	if (sound == 0) {
		distrust("descriptors that no run can have");
		return false;           /* they stay open: to close them might take time, and we are at our end */
	}
	if (start && sound == -1)
		not_started(&monitor.places[a.place], "descriptors", errno);
	else if (start && (msg.msg_flags & MSG_CTRUNC) != 0)    /* there was none left to take them */
		not_started(&monitor.places[a.place], "descriptors", EMFILE);
	else if (!whole || !is_sound(&a, n_fds) || !take_ask(&a, fds))
		distrust("what cannot be asked");
	for (size_t i = 0; i < n_fds; i++)
		close_fd(&fds[i]);
	return monitor.socket.fd != -1;
}

static void
asks_ready(struct source *src, uint32_t events)
{
	if ((events & EPOLLOUT) != 0) {
		(void)source_watch(src, EPOLLIN);
		send_templates();
		for (size_t i = 0; i < monitor.jail->n_slots; i++)
			send_waiting(&monitor.places[i]);
	}
	for (unsigned i = 0; i < ASKS_MAX && (events & ~(uint32_t)EPOLLOUT) != 0 && read_ask(); i++)
		;
}

/* Packages: runs use what has been installed from here on, then the process may say that it is done. */
static void
deps_ready(struct source *src, uint32_t events)
{
	(void)events;
	int rt = deps_taken(monitor.jail);
	if (rt == -1)
		return;
	if (rt == -2) {                 /* its end, of which wait(2) tells */
		(void)source_watch(src, 0);
		return;
	}
	if (rt < RT_COUNT)
		warm_replace((enum runtime)rt);
	deps_taken_done(monitor.jail);
}

static void
installer_ended(struct child *c, int status, const struct rusage *ru)
{
	(void)c;
	(void)ru;
	monitor.jail->deps.pid = 0;
	if (monitor.signals > 0)
		return;                 /* with everything else */
	log_msg(LOG_ERROR, "packages", "the process that installs them ended with status %d: nothing is installed until the "
	    "next start", status);
	/* Of what it has started only the first dies with it. */
	if (!monitor.jail->one_uid && (monitor.killer.pid = jail_end_installer(monitor.jail, SWEEP_PATIENCE_MS)) > 0)
		child_watch(&monitor.killer);
}

static void
killer_ended(struct child *c, int status, const struct rusage *ru)
{
	(void)c;
	(void)ru;
	if (status != 0)
		log_msg(LOG_ERROR, "packages", "what it had started may still run, as uid %u",
		    (unsigned)monitor.jail->installer.uid);
}

static void
server_ended(struct child *c, int status, const struct rusage *ru)
{
	(void)c;
	(void)ru;
	monitor.status = status;
	if (WIFSIGNALED(status))
		log_msg(LOG_ERROR, "monitor", "the server was killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	loop_stop();
}

static void
keeper_ended(struct child *c, int status, const struct rusage *ru)
{
	(void)c;
	(void)ru;
	log_msg(LOG_ERROR, "monitor", "the keeper of the runs' namespaces ended with status %d: every run is dead", status);
	monitor.jail->layers.keeper = 0;
	if (namespaces_leave(&monitor.jail->layers) == -1)      /* else no sweeper could be forked */
		log_msg(LOG_ERROR, "monitor", "the slots cannot be cleared: %s", strerror(errno));
	leave_server();                 /* the server answers what it has, then ends */
}

static void
on_signal(int signo)
{
	signal_server(signo);           /* what to do is the server's to say; not whether it ends */
	if (++monitor.signals == 2)
		timer_set(&monitor.stop, STOP_PATIENCE_MS);
}

static void
stop_due(struct timer *t)
{
	(void)t;
	log_msg(LOG_ERROR, "monitor", "the server does not end: it is killed");
	signal_server(SIGKILL);
}

/* What the messages need, and no more. SYS_ADMIN is for setns(2), SYS_PTRACE for a look at files without a name. */
static const int needed_caps[] = {
	CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_SYS_CHROOT, CAP_SYS_ADMIN,
};

/*
 * No more descriptors than are needed: where close_range(2) is not to be had, each
 * run closes them one by one, and the hard limit may be a million.
 */
static int
limit_descriptors(const struct jail *j)
{
	rlim_t own = FDS_FIXED + (rlim_t)j->n_slots * FDS_PER_SLOT, run = (rlim_t)j->config->max_files + SLOT_FDS;
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return -1;
	rlim_t need = own > run ? own : run;
	if (rl.rlim_cur <= need)
		return 0;
	rl.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &rl);
}

static int
reduce(const struct jail *j)
{
	uint64_t keep = j->layers.of[LAYER_MOUNT].on ? 0 : (uint64_t)1 << CAP_SYS_PTRACE;

	for (size_t i = 0; i < LEN(needed_caps); i++)
		keep |= (uint64_t)1 << needed_caps[i];
	return limit_descriptors(j) == -1 ? -1 : keep_caps(keep);
}

/* The server is gone: nothing of its runs may stay. False when something did. */
static bool
clear_all(void)
{
	bool clear = true;

	/* All of them before anything is waited for: what still runs could keep a sweep busy. */
	for (size_t i = 0; i < monitor.jail->n_slots; i++)
		if (monitor.places[i].state == PLACE_RUNNING)
			kill_place(&monitor.places[i]);
	warm_close();
	for (size_t i = 0; i < monitor.jail->n_slots; i++) {
		struct place *p = &monitor.places[i];
		int status = 0;

		if (p->run.pid != 0)
			(void)waitpid(p->run.pid, NULL, 0);
		if (p->sweeper.pid != 0)
			(void)waitpid(p->sweeper.pid, NULL, 0);
		if (jail_clean(monitor.jail, i))
			continue;
		pid_t pid = jail_sweep(monitor.jail, i, SWEEP_PATIENCE_MS);
		if (pid == -1 || waitpid(pid, &status, 0) == -1 || status != 0) {
			log_msg(LOG_ERROR, "sweep", "slot uid %u could not be cleared", (unsigned)monitor.jail->slots[i].uid);
			clear = false;
		}
	}
	return clear;
}

__attribute__((noreturn)) static void
serve(struct jail *j, int fd, pid_t pid, int failure)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, 0 };

	monitor.jail = j;
	monitor.socket = (struct source){ .fd = fd, .ready = asks_ready };
	monitor.server = (struct child){ .pid = pid, .ended = server_ended };
	monitor.keeper = (struct child){ .pid = j->layers.keeper, .ended = keeper_ended };
	monitor.deps = (struct source){ .fd = j->deps.monitor, .ready = deps_ready };
	monitor.installer = (struct child){ .pid = j->deps.pid, .ended = installer_ended };
	monitor.killer.ended = killer_ended;
	monitor.stop.due = stop_due;
	monitor.places = calloc(j->n_slots, sizeof(struct place));
	for (size_t i = 0; monitor.places != NULL && i < j->n_slots; i++)
		monitor.places[i] = (struct place){ .begun = -1, .run.ended = run_ended, .sweeper.ended = sweeper_ended,
		    .stuck.due = sweeper_stuck };
	if (monitor.places == NULL || loop_init(TIMERS + 2 * j->n_slots, signals, on_signal) == -1 || setup_enter(j) == -1 ||
	    reduce(j) == -1 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    source_watch(&monitor.socket, EPOLLIN) == -1 ||
	    (monitor.deps.fd != -1 && source_watch(&monitor.deps, EPOLLIN) == -1)) {
		log_msg(LOG_ERROR, "monitor", "cannot start: %s", strerror(errno));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		setup_close(j);
		_exit(failure);
	}
	child_watch(&monitor.server);
	if (monitor.keeper.pid != 0)
		child_watch(&monitor.keeper);
	if (monitor.installer.pid > 0)
		child_watch(&monitor.installer);
	(void)raise(SIGCHLD);           /* whatever ended before there was anybody to hear of it */
	for (size_t i = 0; i < j->n_slots; i++)
		(void)cgroup_reset(&j->cgroups, i);     /* opens what stays open; the run that comes says why it cannot */
	if (warm_open(j, &warm_told) == -1)
		log_msg(LOG_WARN, "template", "no templates, runs are cold: %s", strerror(errno));
	loop_run(NULL);
	leave_server();
	bool clear = clear_all();
	setup_close(j);
	int status = WIFEXITED(monitor.status) ? WEXITSTATUS(monitor.status) : failure;
	_exit(status == 0 && !clear ? failure : status);
}

int
monitor_split(struct jail *j, int failure, const int *theirs, size_t n_theirs, char *why, size_t n)
{
	int fd[2];
	pid_t pid = -1;

	(void)fflush(NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == 0)
		pid = fork();
	if (pid == -1) {
		(void)snprintf(why, n, "the server's process: %s", strerror(errno));
		setup_close(j);
		return -1;
	}
	if (pid > 0) {
		(void)close(fd[0]);
		j->deps.server = -1;    /* one of theirs, where it is */
		for (size_t i = 0; i < n_theirs; i++)
			(void)close(theirs[i]);         /* a second holder would keep a port open that the server closes */
		(void)prctl(PR_SET_NAME, "sandbox-monitor", 0, 0, 0);   /* for ps(1) */
		serve(j, fd[1], pid, failure);
	}
	(void)close(fd[1]);
	server.socket.fd = fd[0];
	return 0;
}
