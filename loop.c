/*
 * loop.c - one epoll loop: descriptors, deadlines, ends of children, signals.
 *
 *   epoll_wait ──> ready() of each source ──> due() of each timer ──> swept()
 *
 * Level-triggered. Deadlines are a binary heap, so neither an event nor a
 * deadline costs a scan over the connections. Signals arrive on a signalfd:
 * there are no handlers. A source that was closed within a batch is not called
 * for an event that had been fetched before; one that was closed and opened
 * again may be, so ready() must bear having nothing to read. What a ready()
 * wants to recycle it recycles in swept(), when no event can name it any more.
 */
#include "sandbox.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	int epoll;
	bool stop;
	int64_t now_ms;
	struct source signals;
	void (*on_signal)(int);
	struct child *children;
	struct timer **heap;
	size_t n_timers, timers_max;
} loop = { .epoll = -1, .signals.fd = -1 };

/*** Timers: a binary heap on at_ms ***/

static void
place(struct timer *t, size_t i)
{
	loop.heap[i] = t;
	t->place = i + 1;
}

static void
sift_up(struct timer *t, size_t i)
{
	for (; i > 0 && loop.heap[(i - 1) / 2]->at_ms > t->at_ms; i = (i - 1) / 2)
		place(loop.heap[(i - 1) / 2], i);
	place(t, i);
}

static void
sift_down(struct timer *t, size_t i)
{
	for (size_t k; (k = 2 * i + 1) < loop.n_timers; i = k) {
		if (k + 1 < loop.n_timers && loop.heap[k + 1]->at_ms < loop.heap[k]->at_ms)
			k++;
		if (loop.heap[k]->at_ms >= t->at_ms)
			break;
		place(loop.heap[k], i);
	}
	place(t, i);
}

void
timer_cancel(struct timer *t)
{
	if (t->place == 0)
		return;
	size_t i = t->place - 1;
	struct timer *last = loop.heap[--loop.n_timers];

	t->place = 0;
	if (last == t)
		return;
	if (i > 0 && loop.heap[(i - 1) / 2]->at_ms > last->at_ms)
		sift_up(last, i);
	else
		sift_down(last, i);
}

void
timer_set(struct timer *t, int64_t delay_ms)
{
	timer_cancel(t);
	if (loop.n_timers == loop.timers_max)
		abort();                /* the owner said how many there can be */
	t->at_ms = loop.now_ms + delay_ms;
	sift_up(t, loop.n_timers++);
}

static int
next_timeout(void)
{
	if (loop.n_timers == 0)
		return -1;
	int64_t left = loop.heap[0]->at_ms - loop.now_ms;
	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void
expire(void)
{
	/* As many as there were: one that sets itself again at once must not hold up the others' events. */
	for (size_t n = loop.n_timers; n > 0 && loop.n_timers > 0 && loop.heap[0]->at_ms <= loop.now_ms; n--) {
		struct timer *t = loop.heap[0];
		timer_cancel(t);
		t->due(t);
	}
}

/*** Children and signals ***/

void
child_watch(struct child *c)
{
	c->next = loop.children;
	loop.children = c;
}

static void
child_ended(pid_t pid, int status, const struct rusage *ru)
{
	for (struct child **at = &loop.children; *at != NULL; at = &(*at)->next) {
		struct child *c = *at;
		if (c->pid != pid)
			continue;
		*at = c->next;
		c->pid = 0;
		c->ended(c, status, ru);
		return;
	}
	/* An orphan that the kernel handed to us, pid 1 or subreaper: reaped is all it needs. */
	log_msg(LOG_DEBUG, "orphan", "reaped pid %d, wait status %d", (int)pid, status);
}

static void
reap(void)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0)
		child_ended(pid, status, &ru);
}

static void
signals_ready(struct source *src, uint32_t events)
{
	struct signalfd_siginfo si;

	(void)events;
	while (read(src->fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			reap();
		else
			loop.on_signal((int)si.ssi_signo);
	}
}

void
loop_child_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);    /* cannot fail with these arguments */
	(void)signal(SIGPIPE, SIG_DFL);
}

/*** Sources ***/

int
source_watch(struct source *src, uint32_t events)
{
	if (events == src->events)
		return 0;
	struct epoll_event ev = { .events = events, .data.ptr = src };
	int op = src->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (epoll_ctl(loop.epoll, op, src->fd, &ev) == -1)
		return -1;
	src->events = events;
	return 0;
}

void
source_close(struct source *src)
{
	if (src->fd == -1)
		return;
	/* Explicitly: a copy of the descriptor in a child that is being forked would keep it in the set. */
	(void)source_watch(src, 0);
	(void)close(src->fd);
	src->fd = -1;
	src->events = 0;
}

void
source_close_own(struct source *src)
{
	if (src->fd == -1)
		return;
	(void)close(src->fd);           /* the last that there is of it: that takes it out of the set */
	src->fd = -1;
	src->events = 0;
}

/*** The loop ***/

static int64_t
clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);      /* always there since Linux 2.6 */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
loop_now_ms(void)
{
	return loop.now_ms;
}

int
loop_init(size_t timers_max, const int *signals, void (*on_signal)(int signo))
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -1;
	loop.on_signal = on_signal;
	loop.timers_max = timers_max;
	loop.heap = calloc(timers_max, sizeof(struct timer *));
	if (loop.heap == NULL)
		return -1;
	loop.now_ms = clock_ms();
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	loop.signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	loop.signals.ready = signals_ready;
	if (loop.epoll == -1 || loop.signals.fd == -1)
		return -1;
	return source_watch(&loop.signals, EPOLLIN);
}

void
loop_run(void (*swept)(void))
{
	struct epoll_event ev[64];

	loop.stop = false;
	while (!loop.stop) {
		int n = epoll_wait(loop.epoll, ev, LEN(ev), next_timeout());
		if (n == -1 && errno != EINTR) {
			log_msg(LOG_ERROR, "loop", "epoll_wait: errno %d", errno);
			abort();        /* no descriptor can be served any more */
		}
		loop.now_ms = clock_ms();
		for (int i = 0; i < n; i++) {
			struct source *src = ev[i].data.ptr;
			if (src->fd != -1 && src->events != 0)
				src->ready(src, ev[i].events);
		}
		expire();
		if (swept != NULL)
			swept();
	}
}

void
loop_stop(void)
{
	loop.stop = true;
}
