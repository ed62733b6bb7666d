/*
 * warm.c - templates, and the copies that runs are made of; in the monitor.
 *
 *   template:  due -> starting -> serving -> (replaced, dead) dismissed -> its usher ends
 *   copy:      none -> ordered -> ready -> none again, when its run has ended
 *                         \-> given: it has a run, whose pipes it has not taken yet
 *
 * There is one template for a language, two where runs with network have another
 * network namespace or environment. A copy belongs to a slot; one is ordered as
 * soon as the slot is idle, for what ran there last. When a run is asked for, GO
 * with its pipes goes down the copy's line, made or not made yet. What GO brought
 * is held here until the copy says that it has TAKEN it: when its line breaks
 * before, the run has not begun, and is started cold.
 *
 * A copy is killed through a pidfd. Its end is told by its parent: the template,
 * or, where that is dead, the usher.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIDFD_SEND_SIGNAL_NR 424        /* Linux 5.1, 5.3; the same on every machine, newer than the oldest headers */
#define PIDFD_OPEN_NR 434
#define KINDS (RT_COUNT * 2)
#define READY_AT_START 16               /* copies made before anything has been asked for; more come with their runs */
#define LULL_MS 5                       /* no run begins or ends for so long: time to make copies */
#define BAD_COPIES 8                    /* in a row, then it is not copied for a while */
#define RETRY_FIRST_MS 500              /* doubled with each failure */
#define RETRY_MAX_MS 60000
#define FAILURES_MAX 9                  /* in a row that are counted: with it the delay is the longest */
#define STABLE_MS 10000                 /* a template that lived as long has not failed to start */
#define PATIENCE_MS 2000                /* for a template that does not tell of its dead */
#define LINES_MAX 200                   /* of what a template prints */
#define CLOSE_MS 1000                   /* for all ushers, at the end */
#define IMPORTS_MS 75000                /* for one to come to the end of its imports, and before it its trial */

/* A warm interpreter, until its usher has been reaped; then kept for the next: the loop may have an event of it. */
struct template {
	size_t kind;
	struct child usher;
	struct source orders, deaths, log;      /* deaths: -1 from its end on; the others until the usher's */
	struct timer patience;
	bool warned;                    /* it was to be killed, and has some time for that */
	pid_t pid;                      /* as we see it; 0: not known yet */
	size_t n_dying;                 /* copies that are of no use any more, and whose end has not been told */
	unsigned n_lines;               /* it has printed */
	uint64_t runs;
	int64_t born_ms;
	char line[256];                 /* what it has printed of a line */
	size_t n_line;
	struct template *next;
};

/* What templates there are to be: one for each language, or two (by network). */
struct kind {
	bool wanted;
	bool off;                       /* for good: this interpreter cannot be copied */
	struct template *serving, *starting;
	struct timer retry;
	unsigned failures, bad_copies;
	char why[160];                  /* what it or its template last complained of */
};

struct copy {
	bool idle;                      /* the slot is, so that a copy may be made for it */
	bool ordered, ready, given, taken, killed;
	bool pressed;                   /* the slot's last run was there before its copy was */
	enum runtime rt;                /* of the copy; where there is none, of the last run */
	bool network;
	struct template *of;
	struct source line, exit;       /* exit: a pidfd, readable when it has ended */
	pid_t pid;                      /* as we see it; 0: it has not said HELLO */
	int32_t inner;                  /* as its parent sees it */
	int listener;
	int held[GO_FDS];               /* of a run that is given and not taken */
};

static struct {
	struct jail *jail;
	struct warm_events on;
	struct copy *copies;            /* as many as slots */
	struct kind kinds[KINDS];
	struct template *templates;     /* all that have an usher */
	struct template *unused;
	struct timer lull;
	bool closing;
} warm;

static const char *const copy_steps[COPY_STEPS] = {
	[COPY_GATE] = "gate", [COPY_SESSION] = "session", [COPY_LINE] = "descriptors", [COPY_RLIMITS] = "rlimits",
	[COPY_UID] = "uid", [COPY_CAPABILITIES] = "capabilities", [COPY_DUMPABLE] = "dumpable", [COPY_SCRATCH] = "scratch",
	[COPY_PDEATHSIG] = "pdeathsig", [COPY_NNP] = "nnp", [COPY_LANDLOCK] = "landlock", [COPY_SECCOMP] = "seccomp",
	[COPY_CGROUP] = "cgroup",
};

#define OUTER(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

static void start_next(void);
static void discard(struct copy *);
static void prepare(size_t place);
static void lose(size_t place);
static void kill_copy(const struct copy *);
static void be_patient(struct template *);

static size_t
place_of(const struct copy *c)
{
	return (size_t)(c - warm.copies);
}

static size_t
kind_of(enum runtime rt, bool network)
{
	return (size_t)rt * 2 + (network && warm.jail->split ? 1 : 0);
}

static enum runtime
runtime_of(size_t kind)
{
	return (enum runtime)(kind / 2);
}

static const char *
state_of(const struct kind *k)
{
	if (k->off)
		return "off";
	return k->serving != NULL ? "ready" : k->starting != NULL ? "starting" : k->retry.place != 0 ? "waiting" : "due";
}

static void
tell_state(size_t kind)
{
	const struct kind *k = &warm.kinds[kind];
	struct warm_state s = { .kind = (uint32_t)kind, .pid = k->serving != NULL ? k->serving->pid : 0 };

	(void)snprintf(s.state, sizeof(s.state), "%s", state_of(k));
	(void)snprintf(s.why, sizeof(s.why), "%s", k->serving != NULL ? "" : k->why);
	warm.on.state(&s);
}

/*** Messages ***/

#define FDS_MAX 253                     /* what the kernel passes in one message */

/* A message of a template or a copy, and what the kernel says of its sender. */
struct message {
	ssize_t n;                      /* as of recvmsg(2) */
	pid_t pid;                      /* 0: not said */
	size_t n_fds;
	int fds[FDS_MAX];
};

/*
 * Nothing that comes is trusted: there is room for every descriptor there can be,
 * as one that the kernel has to close, or we, could be a socket that lingers.
 */
static void
take_message(int fd, void *to, size_t n, struct message *m)
{
	static union {
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { to, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };

	m->pid = 0;
	m->n_fds = 0;
	m->n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	for (size_t at = 0; m->n >= 0 && at + CMSG_LEN(0) <= msg.msg_controllen; ) {
		struct cmsghdr c;
		struct ucred cred;
		memcpy(&c, control.bytes + at, sizeof(c));
		size_t len = c.cmsg_len - CMSG_LEN(0);
		if (c.cmsg_type == SCM_CREDENTIALS && len == sizeof(cred)) {
			memcpy(&cred, control.bytes + at + CMSG_LEN(0), sizeof(cred));
			m->pid = cred.pid;
		} else if (c.cmsg_type == SCM_RIGHTS && len <= sizeof(m->fds)) {
			memcpy(m->fds, control.bytes + at + CMSG_LEN(0), len);
			m->n_fds = len / sizeof(int);
		}
		at += CMSG_SPACE(len);
	}
}

/* Another kind of descriptor does not know the request, or not that there is no such notification. */
static bool
is_listener(int fd)
{
	uint64_t id = 0;

	return syscall(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == -1 && errno == ENOENT;
}

/*** Templates ***/

/* By its usher, which alone has a number for it that is its own. Once that is reaped the usher's is 0: our group. */
static void
end_template(const struct template *t, int signo)
{
	if (t->usher.pid > 0)
		(void)kill(t->usher.pid, signo);
}

/*
 * Close it. With what it holds unread would go, now and in our time, descriptors that came with that: a
 * stranger's among them, and it stays open, which happens once for a kind.
 */
static void
close_heard(struct source *src, const struct template *t)
{
	struct message m = { .n = 1 };
	struct saying s;
	bool strange = false;

	if (src->fd != -1)
		(void)shutdown(src->fd, SHUT_RDWR);     /* nothing comes after what is there */
	while (src->fd != -1 && !strange) {
		take_message(src->fd, &s, sizeof(s), &m);
		if (m.n_fds == 1 && is_listener(m.fds[0]))
			(void)close(m.fds[0]);
		else
			strange = m.n_fds > 0;
		if (m.n <= 0 && m.pid == 0 && (m.n == 0 || errno != ECONNRESET))
			break;
	}
	if (!strange) {
		source_close(src);
		return;
	}
	(void)source_watch(src, 0);
	src->fd = -1;
	warm.kinds[t->kind].off = true;
	log_msg(LOG_WARN, "template", "%s: a template sent what none has: there is none from here on",
	    runtime_name(runtime_of(t->kind)));
}

static void
dismiss(struct template *t)
{
	/* The usher lets the template go, tells of the copies that live, and ends with the last of them. */
	if (t->orders.fd != -1)
		(void)shutdown(t->orders.fd, SHUT_WR);
}

/* There is no template any more that would serve; when the next one is tried. */
static void
retry(size_t kind, bool failed)
{
	struct kind *k = &warm.kinds[kind];
	int64_t delay = RETRY_FIRST_MS;

	k->failures = !failed ? 0 : k->failures < FAILURES_MAX ? k->failures + 1 : k->failures;
	for (unsigned i = 1; i < k->failures && delay < RETRY_MAX_MS; i++)
		delay *= 2;
	if (!k->off && !warm.closing)
		timer_set(&k->retry, delay < RETRY_MAX_MS ? delay : RETRY_MAX_MS);
	tell_state(kind);
}

/* It will make no more copies. Those that it has made live on, those that it has not break their lines. */
static void
template_dead(struct template *t)
{
	struct kind *k = &warm.kinds[t->kind];
	const char *name = runtime_name(runtime_of(t->kind));

	close_heard(&t->deaths, t);
	dismiss(t);
	if (t->warned) {                /* so it has been */
		t->warned = false;
		timer_cancel(&t->patience);
	}
	if (t == k->serving) {
		k->serving = NULL;
		if (!warm.closing)
			log_msg(LOG_WARN, "template", "the template of %s is dead: runs are cold until the next one is there", name);
		retry(t->kind, loop_now_ms() - t->born_ms < STABLE_MS);
	} else if (t == k->starting) {
		k->starting = NULL;
		usher_helper_gone(warm.jail, runtime_of(t->kind));
		if (!warm.closing && k->failures == 0 && k->serving == NULL)
			log_msg(LOG_WARN, "template", "no template of %s, runs are cold: %s", name,
			    k->why[0] == '\0' ? "it ended at its start" : k->why);
		retry(t->kind, true);
		start_next();
	}
}

/* Its copies do not live: better none, for good or for a while. */
static void
give_up(size_t kind, const char *why, bool for_good)
{
	struct kind *k = &warm.kinds[kind];
	struct template *const had[] = { k->serving, k->starting };

	(void)snprintf(k->why, sizeof(k->why), "%s", why);
	log_msg(LOG_WARN, "template", "%s cannot be copied, runs are cold: %s", runtime_name(runtime_of(kind)), k->why);
	k->off = for_good;
	k->serving = k->starting = NULL;
	for (size_t i = 0; i < LEN(had); i++)
		if (had[i] != NULL)
			dismiss(had[i]);
	k->bad_copies = 0;
	k->failures = FAILURES_MAX - 1; /* the longest delay */
	retry(kind, true);
}

/*
 * It sent descriptors that an honest one has not. They stay open: to close them
 * could take time. So this happens once, and never again.
 */
static void
distrust(struct template *t)
{
	size_t kind = t->kind;

	(void)source_watch(&t->deaths, 0);
	(void)shutdown(t->deaths.fd, SHUT_RDWR);
	t->deaths.fd = -1;              /* open for good: more may wait there */
	end_template(t, SIGKILL);       /* with the usher goes the template; then its copies are given up, or run cold */
	give_up(kind, "the template sent what no template has: what it imports is not to be trusted", true);
}

static void
now_serving(struct template *t)
{
	struct kind *k = &warm.kinds[t->kind];

	timer_cancel(&t->patience);
	usher_helper_gone(warm.jail, runtime_of(t->kind));
	if (k->serving != NULL)
		dismiss(k->serving);
	k->serving = t;
	k->starting = NULL;
	k->why[0] = '\0';
	log_msg(LOG_DEBUG, "template", "%s is warm after %lld ms", runtime_name(runtime_of(t->kind)),
	    (long long)(loop_now_ms() - t->born_ms));
	/* What waits with a template that is gone would keep its usher alive for nothing. */
	for (size_t i = 0; i < warm.jail->n_slots; i++) {
		struct copy *c = &warm.copies[i];
		bool old = c->ordered && !c->given && c->of != t && c->of->kind == t->kind;
		if (old)
			discard(c);
		if (old || i < READY_AT_START)
			prepare(i);
	}
	tell_state(t->kind);
	start_next();
}

/* What it and its usher print: at the start the reason why it does not. */
static void
log_ready(struct source *src, uint32_t events)
{
	struct template *t = OUTER(src, struct template, log);
	char buf[1024];
	ssize_t n = read(src->fd, buf, sizeof(buf));

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		source_close(src);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n' && t->n_line < sizeof(t->line) - 1) {
			t->line[t->n_line++] = buf[i];
			continue;
		}
		if (buf[i] != '\n')
			continue;
		t->line[t->n_line] = '\0';
		t->n_line = 0;
		struct kind *k = &warm.kinds[t->kind];
		/* The line that names an error says more than the trace after it. */
		if (t->n_lines == 0 || strstr(k->why, "rror") == NULL)
			(void)snprintf(k->why, sizeof(k->why), "%.159s", t->line);
		if (++t->n_lines == LINES_MAX)
			log_msg(LOG_WARN, "template", "%s: no more of what it prints is logged", runtime_name(runtime_of(t->kind)));
		if (t->n_lines >= LINES_MAX)
			continue;
		log_msg(k->failures == 0 ? LOG_WARN : LOG_DEBUG, "template", "%s: %s", runtime_name(runtime_of(t->kind)), t->line);
	}
}

static struct copy *find_copy(const struct template *, int32_t inner);
static void copy_ended(struct copy *, const struct death *);

/* Of the template, or (an orphan) of its usher: by whose number for it the copy is found. */
static void
take_death(struct template *t, const struct death *d)
{
	struct copy *c = find_copy(t, d->pid);

	if (c != NULL) {
		copy_ended(c, d);
		return;
	}
	if (t->n_dying == 0)
		return;                 /* a child of its own, or made up: no sign that it does its work */
	t->n_dying--;
	be_patient(t);
}

/* The first message is "I serve"; with it comes the number that the kernel has for it. */
static void
deaths_ready(struct source *src, uint32_t events)
{
	struct template *t = OUTER(src, struct template, deaths);
	struct message m;
	struct death d;

	(void)events;
	/* As many as an honest one could send at once: others get their turn. */
	for (size_t i = 0; i <= warm.jail->n_slots && src->fd != -1; i++) {
		take_message(src->fd, &d, sizeof(d), &m);
		if (m.n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (m.n_fds > 0) {
			distrust(t);
			return;
		}
		if (m.n != (ssize_t)sizeof(d)) {
			template_dead(t);
			return;
		}
		if (d.pid != 0) {
			take_death(t, &d);
		} else if (t == warm.kinds[t->kind].starting) {
			t->pid = m.pid;
			now_serving(t);
		}
	}
}

static void
orders_ready(struct source *src, uint32_t events)
{
	struct template *t = OUTER(src, struct template, orders);
	struct death d;

	(void)events;
	while (src->fd != -1) {
		ssize_t n = recv(src->fd, &d, sizeof(d), MSG_DONTWAIT);
		if (n == (ssize_t)sizeof(d))
			take_death(t, &d);
		else if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		else if (n == -1 && errno == ECONNRESET)
			continue;       /* it ended with orders unread; what it told before is still there */
		else
			source_watch(src, 0);   /* its end is told by wait(2) */
		if (src->events == 0)
			return;
	}
}

static void
usher_ended(struct child *ch, int status, const struct rusage *ru)
{
	struct template *t = OUTER(ch, struct template, usher);
	const struct death lost = { .status = SIGKILL };

	(void)status;
	(void)ru;
	if (t->orders.fd != -1)
		orders_ready(&t->orders, 0);
	if (t->log.fd != -1)
		log_ready(&t->log, 0);
	/* Copies that it leaves behind: nobody will tell of their ends. */
	for (size_t i = 0; i < warm.jail->n_slots; i++) {
		struct copy *c = &warm.copies[i];
		if (c->of != t)
			continue;
		kill_copy(c);
		copy_ended(c, &lost);
	}
	template_dead(t);
	source_close(&t->orders);
	source_close(&t->log);
	timer_cancel(&t->patience);
	for (struct template **at = &warm.templates; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	t->next = warm.unused;
	warm.unused = t;
}

/* It does not come to its end of the start, or has not told of a copy that ended: kill it, and its usher will. */
static void
patience_due(struct timer *timer)
{
	struct template *t = OUTER(timer, struct template, patience);

	if (t == warm.kinds[t->kind].starting)
		(void)snprintf(warm.kinds[t->kind].why, sizeof(warm.kinds[t->kind].why), "its imports took longer than %d s",
		    IMPORTS_MS / 1000);
	else
		log_msg(LOG_WARN, "template", "the template of %s does not answer: it is killed", runtime_name(runtime_of(t->kind)));
	/* First the usher is to do it, and goes on to tell of what lives; if it does not answer either, it goes too. */
	end_template(t, t->warned ? SIGKILL : SIGTERM);
	t->warned = true;
	timer_set(&t->patience, PATIENCE_MS);
}

static int
make_template(struct template *t)
{
	int orders[2] = { -1, -1 }, deaths[2] = { -1, -1 }, log[2] = { -1, -1 };
	static const int on = 1;
	enum runtime rt = runtime_of(t->kind);
	pid_t pid = -1;

	if (usher_helper(warm.jail, rt) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, deaths) == 0 && pipe2(log, O_CLOEXEC) == 0 &&
	    setsockopt(deaths[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 && fcntl(log[0], F_SETFL, O_NONBLOCK) == 0) {
		const struct usher_ends ends = { orders[1], deaths[1], log[1] };
		pid = usher_start(warm.jail, rt, (t->kind & 1) != 0, &ends);
	}
	int e = errno;
	t->orders.fd = orders[0];
	t->deaths.fd = deaths[0];
	t->log.fd = log[0];
	close_fd(&orders[1]);
	close_fd(&deaths[1]);
	close_fd(&log[1]);
	if (pid != -1 && source_watch(&t->orders, EPOLLIN) == 0 && source_watch(&t->deaths, EPOLLIN) == 0 &&
	    source_watch(&t->log, EPOLLIN) == 0) {
		t->usher.pid = pid;
		child_watch(&t->usher);
		return 0;
	}
	if (pid != -1) {
		e = errno;
		(void)kill(pid, SIGKILL);       /* reaped as one that nobody knows */
	}
	source_close(&t->orders);
	source_close(&t->deaths);
	source_close(&t->log);
	errno = e;
	return -1;
}

static void
start_template(size_t kind)
{
	struct kind *k = &warm.kinds[kind];
	struct template *t = warm.unused;

	if (t != NULL)
		warm.unused = t->next;
	else
		t = calloc(1, sizeof(*t));
	if (t != NULL) {
		*t = (struct template){ .kind = kind, .usher.ended = usher_ended, .patience.due = patience_due,
		    .orders = { -1, 0, orders_ready }, .deaths = { -1, 0, deaths_ready }, .log = { -1, 0, log_ready },
		    .born_ms = loop_now_ms() };
		if (make_template(t) == 0) {
			t->next = warm.templates;
			warm.templates = t;
			k->starting = t;
			timer_set(&t->patience, IMPORTS_MS);
			tell_state(kind);
			return;
		}
		t->next = warm.unused;
		warm.unused = t;
	}
	(void)snprintf(k->why, sizeof(k->why), "%s", strerror(errno));
	if (k->failures == 0)
		log_msg(LOG_WARN, "template", "no template of %s, runs are cold: %s", runtime_name(runtime_of(kind)), k->why);
	retry(kind, true);
}

/* One at a time: while they start, runs need the processors. */
static void
start_next(void)
{
	for (size_t i = 0; i < KINDS; i++)
		if (warm.kinds[i].starting != NULL)
			return;
	for (size_t i = 0; i < KINDS && !warm.closing; i++) {
		struct kind *k = &warm.kinds[i];
		bool due = k->serving == NULL || k->serving->runs >= (uint64_t)warm.jail->config->template_max_runs;
		if (!k->wanted || k->off || !due || k->retry.place != 0)
			continue;
		start_template(i);
		if (k->starting != NULL)
			return;
	}
}

void
warm_replace(enum runtime rt)
{
	for (size_t i = 0; warm.copies != NULL && i < KINDS; i++) {
		struct kind *k = &warm.kinds[i];
		struct template *const had[] = { k->serving, k->starting };

		if (!k->wanted || k->off || runtime_of(i) != rt)
			continue;
		k->serving = k->starting = NULL;
		for (size_t t = 0; t < LEN(had); t++)
			if (had[t] != NULL)
				dismiss(had[t]);
		if (had[1] != NULL) {           /* it has no copies, and would go on with its imports */
			timer_cancel(&had[1]->patience);
			end_template(had[1], SIGTERM);
		}
		timer_cancel(&k->retry);
		k->failures = k->bad_copies = 0;
		k->why[0] = '\0';
		tell_state(i);
	}
	for (size_t i = 0; warm.copies != NULL && i < warm.jail->n_slots; i++)
		if (warm.copies[i].ordered && !warm.copies[i].given && warm.copies[i].rt == rt)
			discard(&warm.copies[i]);
	start_next();
}

static void
retry_due(struct timer *t)
{
	(void)t;
	start_next();
}

/*** Copies ***/

static void
close_held(struct copy *c)
{
	for (size_t i = 0; i < GO_FDS; i++)
		close_fd(&c->held[i]);
}

/* There is no copy in the slot any more. */
static void
forget(struct copy *c)
{
	bool known = c->ready && !c->given;

	close_heard(&c->line, c->of);
	source_close(&c->exit);
	close_fd(&c->listener);
	close_held(c);
	*c = (struct copy){
	    .idle = c->idle, .pressed = c->pressed, .rt = c->rt, .network = c->network, .listener = -1, .line = c->line,
	    .exit = c->exit, .held = { -1, -1, -1, -1 } };
	if (known)
		warm.on.ready(place_of(c), -1);
}

static void
kill_copy(const struct copy *c)
{
	if (c->exit.fd != -1)
		(void)syscall(PIDFD_SEND_SIGNAL_NR, c->exit.fd, SIGKILL, NULL, 0u);
	else if (c->pid > 0)
		(void)kill(c->pid, SIGKILL);    /* its end has not been told: the number is its own */
}

/* One that runs nothing is not needed. What is not born yet finds its line closed. */
static void
discard(struct copy *c)
{
	struct template *t = c->of;
	bool born = c->pid > 0;

	kill_copy(c);
	forget(c);
	if (t == NULL || !born)
		return;
	t->n_dying++;                   /* its end has to be told all the same: until then the slot has a process */
	if (t->patience.place == 0)
		timer_set(&t->patience, PATIENCE_MS);
}

/* Has it or its usher come to its end? That may not have been read yet when the lines of its copies break. */
static bool
is_ending(const struct template *t)
{
	const int fds[] = { t->deaths.fd, t->orders.fd };
	char c;

	for (size_t i = 0; i < LEN(fds); i++) {
		ssize_t n = recv(fds[i], &c, sizeof(c), MSG_PEEK | MSG_DONTWAIT);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			return true;
	}
	return false;
}

/* It did not come to its run, or to being ready for one. */
static void
copy_failed(struct copy *c, const char *why)
{
	struct template *t = c->of;
	struct kind *k = &warm.kinds[t->kind];

	log_msg(LOG_DEBUG, "copy", "of %s: %s", runtime_name(c->rt), why);
	/* A template that died takes those with it that it has not made: that is no fault of the interpreter's. */
	if (c->killed || t != k->serving || is_ending(t))
		return;
	if (++k->bad_copies >= BAD_COPIES)
		give_up(t->kind, why, false);
}

static void
hello(struct copy *c, const struct saying *s, pid_t pid, int listener)
{
	c->pid = pid;
	c->inner = s->pid;
	c->listener = listener;
	c->exit.fd = (int)syscall(PIDFD_OPEN_NR, pid, 0u);
	if (c->exit.fd == -1 && errno == ESRCH) {
		c->pid = 0;             /* it has done all it had to do, or died: what else it said tells */
	} else if (c->exit.fd == -1 || source_watch(&c->exit, EPOLLIN) == -1) {
		size_t kind = c->of->kind;
		bool never = errno == ENOSYS || errno == EPERM;
		char why[96];
		(void)snprintf(why, sizeof(why), "pidfd_open: %s", strerror(errno));
		(void)shutdown(c->line.fd, SHUT_RDWR);  /* rather cold than one that could not be killed safely */
		c->ready = true;
		if (never)
			give_up(kind, why, true);
		return;
	}
	if (c->killed)
		kill_copy(c);
	c->ready = true;
	be_patient(c->of);
	if (c->given)
		return;
	warm.on.ready(place_of(c), (int)c->rt * 2 + c->network);
}

/* From here on its program runs. */
static void
taken(struct copy *c)
{
	struct template *t = c->of;
	struct kind *k = &warm.kinds[t->kind];

	c->taken = true;
	warm.on.begun(place_of(c), c->listener);
	c->listener = -1;
	close_held(c);
	close_heard(&c->line, t);
	k->bad_copies = 0;
	k->failures = 0;
	if (++t->runs >= (uint64_t)warm.jail->config->template_max_runs && t == k->serving)
		start_next();
}

/* Take what it said. Is it at its end with that: HEARD_TAKEN: its run has begun; HEARD_END: it never will. */
enum heard { HEARD_NOTHING, HEARD_TAKEN, HEARD_END };

static enum heard
listen_to(struct copy *c)
{
	struct message m;
	struct saying s;
	char why[96];

	for (;;) {
		take_message(c->line.fd, &s, sizeof(s), &m);
		if (m.n == -1 && (errno == EAGAIN || errno == EINTR))
			return HEARD_NOTHING;
		bool whole = m.n == (ssize_t)sizeof(s), is_taken = whole && s.what == SAID_TAKEN && c->given;
		bool is_first = !c->ready && (is_taken || (whole && s.what == SAID_HELLO));
		if (m.n_fds > 1 || (m.n_fds == 1 && (!is_first || !is_listener(m.fds[0])))) {
			distrust(c->of);
			return HEARD_END;
		}
		if (is_first)
			c->pressed = is_taken;
		if (is_first && m.pid > 0)
			hello(c, &s, m.pid, m.n_fds == 1 ? m.fds[0] : -1);
		if (is_taken && c->ready) {
			taken(c);
			return HEARD_TAKEN;
		}
		if (is_first && c->ready)
			continue;
		if (whole && s.what == SAID_FAILED && s.step < COPY_STEPS)
			(void)snprintf(why, sizeof(why), "%s: %s", copy_steps[s.step], strerror(s.error));
		else
			(void)snprintf(why, sizeof(why), "it ended before its program");
		copy_failed(c, why);
		return HEARD_END;
	}
}

static void
line_ready(struct source *src, uint32_t events)
{
	struct copy *c = OUTER(src, struct copy, line);

	(void)events;
	if (listen_to(c) == HEARD_END && c->line.fd != -1)
		lose(place_of(c));
}

/* Ended, and nobody has told of it yet. */
static void
exit_ready(struct source *src, uint32_t events)
{
	struct copy *c = OUTER(src, struct copy, exit);

	(void)events;
	(void)source_watch(src, 0);
	if (c->of != NULL && c->of->patience.place == 0)
		timer_set(&c->of->patience, PATIENCE_MS);
}

/* Does it owe us anything, a copy or the end of one? It has done something, and gets time for the rest. */
static void
be_patient(struct template *t)
{
	if (t == warm.kinds[t->kind].starting || t->warned)
		return;
	timer_cancel(&t->patience);
	if (t->n_dying > 0)
		timer_set(&t->patience, PATIENCE_MS);
	for (size_t i = 0; i < warm.jail->n_slots && t->patience.place == 0; i++) {
		const struct copy *c = &warm.copies[i];
		if (c->of != t || (c->ready && (c->exit.fd == -1 || c->exit.events != 0)))
			continue;
		timer_set(&t->patience, PATIENCE_MS);
	}
}

/*
 * It will not come to its run. That is certain only when nothing it says comes
 * through any more; if it had said before that it has taken it, it has begun.
 */
static void
lose(size_t place)
{
	struct copy *c = &warm.copies[place];
	int fds[GO_FDS];
	bool given = c->given, killed = c->killed;
	const struct death none = { .status = SIGKILL };

	(void)shutdown(c->line.fd, SHUT_RDWR);  /* also for holders of the same socket: a child of ours on its way */
	if (given && listen_to(c) == HEARD_TAKEN) {
		if (killed)
			kill_copy(c);
		return;
	}
	memcpy(fds, c->held, sizeof(fds));
	for (size_t i = 0; i < GO_FDS; i++)
		c->held[i] = -1;
	discard(c);
	if (!given)
		return;
	if (killed)
		warm.on.ended(place, &none);
	else
		warm.on.cold(place, fds);
	for (size_t i = 0; i < GO_FDS; i++)
		close_fd(&fds[i]);
}

static struct copy *
find_copy(const struct template *t, int32_t inner)
{
	for (int tries = 0; tries < 2; tries++) {
		for (size_t i = 0; i < warm.jail->n_slots; i++)
			if (warm.copies[i].of == t && warm.copies[i].ready && warm.copies[i].inner == inner)
				return &warm.copies[i];
		/* Its HELLO may wait unread: another socket than that of its end. */
		for (size_t i = 0; i < warm.jail->n_slots && tries == 0; i++)
			if (warm.copies[i].of == t && !warm.copies[i].ready && warm.copies[i].line.fd != -1)
				line_ready(&warm.copies[i].line, 0);
	}
	return NULL;
}

static void
copy_ended(struct copy *c, const struct death *d)
{
	size_t place = place_of(c);
	struct template *t = c->of;

	c->pid = 0;                     /* told: nobody has to wait for that any more */
	if (!c->taken)
		lose(place);            /* if it had taken its run, that is what it finds */
	if (c->of == t && c->taken) {
		forget(c);
		warm.on.ended(place, d);
	}
	be_patient(t);
}

/* Order a copy for the slot. 0 or -1. */
static int
order(struct copy *c, enum runtime rt, bool network)
{
	static struct order o;
	static const int on = 1;
	struct kind *k = &warm.kinds[kind_of(rt, network)];
	int line[2], fds[ORDER_FDS + ORDER_CGROUPS];
	union { char bytes[CMSG_SPACE(sizeof(fds))]; struct cmsghdr align; } control = { { 0 } };

	if (k->serving == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) == -1)
		return -1;
	int n = jail_order(warm.jail, place_of(c), rt, network, &o, fds);
	if (n != -1 && c->pressed)
		o.flags |= ORDER_PRESSED;
	bool ok = n != -1 && setsockopt(line[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
	if (ok) {
		struct iovec iov = { &o, offsetof(struct order, filter) + o.n_filter * sizeof(o.filter[0]) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		    .msg_controllen = (socklen_t)CMSG_SPACE((size_t)n * sizeof(int)) };
		struct cmsghdr *m = CMSG_FIRSTHDR(&msg);
		fds[0] = line[1];
		m->cmsg_level = SOL_SOCKET;
		m->cmsg_type = SCM_RIGHTS;
		m->cmsg_len = (socklen_t)CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(m), fds, (size_t)n * sizeof(int));
		/* No room: the template is far behind. The run is better off cold. */
		ok = sendmsg(k->serving->orders.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)iov.iov_len;
	}
	(void)close(line[1]);
	c->line = (struct source){ line[0], 0, line_ready };
	if (!ok || source_watch(&c->line, EPOLLIN) == -1) {
		source_close(&c->line);
		return -1;
	}
	c->ordered = true;
	c->of = k->serving;
	c->rt = rt;
	c->network = network;
	if (c->of->patience.place == 0)
		timer_set(&c->of->patience, PATIENCE_MS);
	return 0;
}

/* A copy for an idle slot, of what ran there last. */
static void
prepare(size_t place)
{
	struct copy *c = &warm.copies[place];

	if (warm.jail->config->ready_children && !warm.closing && c->idle && !c->ordered)
		(void)order(c, c->rt, c->network);
}

/* For every idle slot. */
static void
lull_due(struct timer *t)
{
	(void)t;
	for (size_t i = 0; i < warm.jail->n_slots; i++)
		prepare(i);
}

/*
 * To make a copy takes a processor longer than a run does, and what makes several
 * runs one after the other waits for each: so copies are made in a lull, or when
 * hardly any of the kind are left.
 */
static void
prepare_soon(const struct copy *last)
{
	size_t left = 0;

	for (size_t i = 0; i < warm.jail->n_slots; i++)
		left += warm.copies[i].ordered && !warm.copies[i].given && warm.copies[i].rt == last->rt &&
		    warm.copies[i].network == last->network;
	if (left <= warm.jail->n_slots / 4)
		lull_due(&warm.lull);
	else
		timer_set(&warm.lull, LULL_MS);
}

bool
warm_start(size_t place, enum runtime rt, bool network, int *fds)
{
	struct copy *c = &warm.copies[place];
	union { char bytes[CMSG_SPACE(GO_FDS * sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	char go = 0;
	struct iovec iov = { &go, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };

	if (warm.copies == NULL)
		return false;
	c->idle = false;
	if (cgroup_reset(&warm.jail->cgroups, place) == -1) {
		discard(c);
		return false;           /* a cold start says it */
	}
	if (c->ordered && (c->rt != rt || c->network != network))
		discard(c);
	c->rt = rt;
	c->network = network;
	if (!c->ordered && order(c, rt, network) == -1)
		return false;
	struct cmsghdr *m = CMSG_FIRSTHDR(&msg);
	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_RIGHTS;
	m->cmsg_len = CMSG_LEN(GO_FDS * sizeof(int));
	memcpy(CMSG_DATA(m), fds, GO_FDS * sizeof(int));
	if (sendmsg(c->line.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
		discard(c);
		return false;
	}
	for (size_t i = 0; i < GO_FDS; i++) {
		c->held[i] = fds[i];
		fds[i] = -1;
	}
	c->given = true;
	if (warm.lull.place != 0)
		timer_set(&warm.lull, LULL_MS);
	return true;
}

bool
warm_kill(size_t place)
{
	struct copy *c = warm.copies == NULL ? NULL : &warm.copies[place];

	if (c == NULL || !c->given)
		return false;
	c->killed = true;
	if (c->ready)
		kill_copy(c);
	else
		lose(place);            /* not born yet, or just so: it will find nobody at its line */
	return true;
}

pid_t
warm_pid(size_t place)
{
	return warm.copies == NULL ? 0 : warm.copies[place].pid;
}

void
warm_idle(size_t place)
{
	if (warm.copies == NULL)
		return;
	warm.copies[place].idle = true;
	prepare_soon(&warm.copies[place]);
}

void
warm_suspect(void)
{
	for (struct template *t = warm.templates; t != NULL; t = t->next) {
		if (t->warned || t == warm.kinds[t->kind].starting)
			continue;
		log_msg(LOG_WARN, "template", "the template of %s may keep the dead of a slot: it is killed",
		    runtime_name(runtime_of(t->kind)));
		end_template(t, SIGTERM);       /* then they are its usher's, which reaps */
		t->warned = true;
		timer_set(&t->patience, PATIENCE_MS);
	}
}

int
warm_open(struct jail *j, const struct warm_events *on)
{
	enum runtime first = j->roots[RT_PYTHON].fd != -1 ? RT_PYTHON : RT_NODE;
	enum runtime second = j->roots[RT_NODE].fd != -1 ? RT_NODE : first;

	if (!j->warm)
		return 0;
	warm.jail = j;
	warm.on = *on;
	warm.lull.due = lull_due;
	warm.copies = calloc(j->n_slots, sizeof(struct copy));
	if (warm.copies == NULL)
		return -1;
	for (size_t i = 0; i < j->n_slots; i++)
		warm.copies[i] = (struct copy){ .idle = true, .rt = i % 2 == 0 ? first : second, .listener = -1,
		    .line = { -1, 0, line_ready }, .exit = { -1, 0, exit_ready }, .held = { -1, -1, -1, -1 } };
	for (size_t i = 0; i < j->n_slots; i++) {
		int doors[ORDER_CGROUPS];
		(void)cgroup_doors(&j->cgroups, i, doors);      /* opens them; an order says why it cannot */
	}
	for (size_t i = 0; i < KINDS; i++) {
		warm.kinds[i].retry.due = retry_due;
		warm.kinds[i].wanted = j->roots[runtime_of(i)].fd != -1 && (i % 2 == 0 || (j->network && j->split));
		if (warm.kinds[i].wanted)
			tell_state(i);
	}
	start_next();
	return 0;
}

void
warm_close(void)
{
	warm.closing = true;
	for (size_t i = 0; warm.copies != NULL && i < warm.jail->n_slots; i++)
		discard(&warm.copies[i]);
	for (struct template *t = warm.templates; t != NULL; t = t->next) {
		dismiss(t);
		end_template(t, SIGTERM);
	}
	/* Each ends with the last of its copies, which are dead; what a template's imports have made is not waited for. */
	int64_t ms = 0;
	for (struct template *t = warm.templates; t != NULL; t = t->next) {
		const struct timespec pause = { 0, 1000000 };
		while (t->usher.pid > 0 && waitpid(t->usher.pid, NULL, WNOHANG) == 0)
			if (ms++ < CLOSE_MS)
				(void)nanosleep(&pause, NULL);
			else
				end_template(t, SIGKILL);
	}
	/* A pid namespace ends with its keeper, and what is in it. */
	for (size_t rt = 0; warm.copies != NULL && rt < RT_COUNT; rt++)
		if (!warm.jail->one_uid && !warm.jail->layers.of[LAYER_PID].on)
			(void)jail_end(warm.jail, warm.jail->templates[rt].uid, SLOTS_NONE, PATIENCE_MS);
}
