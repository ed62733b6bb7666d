/*
 * run.c - slots, the queue, and the life of a run between request and answer.
 *
 *   QUEUED ----------> RUNNING ----------------> SWEEPING -----> done()
 *         monitor_start    |  ended, verdict    monitor_sweep   slot is free
 *                          '-----> LEAVING --------^ over()
 *                    told, done()      ended
 *
 * A run is over when its process has been reaped *and* both pipes are at their
 * end; from its deadline on, or once it has been killed, the pipes are not
 * waited for. Then everything of the slot's uid is killed, the scratch
 * directory emptied, and only then (but see below) is the client answered, and the slot free.
 * A slot that cannot be swept is never used again: it is logged and lost.
 *
 * A copy of a template tells its exit status before it exits. If its scratch directory
 * is empty, the client is answered then, as taking a process apart costs as much time as
 * a small program. The slot stays its own until its end and the sweep, and one that does
 * not end is killed.
 *
 * This is the unprivileged process: what touches a run's process or files is
 * asked of the monitor, whose answers come as events that name the slot.
 *
 * The verdict is written once, by the first thing that ended the run. What the
 * program itself wrote never decides it; its last words on stderr only add a
 * hint for people (run_notes).
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MAX ((size_t)64 * 1024)            /* bytes of a pipe per event, so that no peer starves another */
#define REFUSALS_MAX 64                 /* then the listener is closed: the kernel answers ENOSYS by itself */
#define SWEEP_RETRY_MS 100
#define SCRATCH_FIRST_MS 50             /* a run this short is not looked at */
#define SWEEP_TRIES 3
#define TAIL_MAX (8 * 1024)             /* of stderr: where a program's last words stand */
#define LEAVE_MS 100                    /* from the word of its exit to its end, then it is killed */

enum run_state { RUN_FREE, RUN_QUEUED, RUN_RUNNING, RUN_LEAVING, RUN_SWEEPING };

struct run {
	enum run_state state;
	struct run_request req;
	struct run_result res;
	const struct slot *slot;        /* while it has one */
	struct run *next;               /* in the queue, or in the free list */
	struct source report, listener, pipes[2];
	struct timer deadline, retry, scratch;
	bool exec_allowed;              /* the listener still owes it the one execve */
	bool cancelled, killed, reaped;
	bool warm;                      /* it has a listener, which is a copy's: no execve comes before its program */
	bool told;                      /* its status, and that it is about to exit; */
	bool answered;                  /* which it had been before it did */
	size_t place;                   /* the slot's number, also when that is lost */
	bool clean;                     /* it left nothing to sweep */
	int status;                     /* of the process, as wait(2) says it */
	unsigned sweeps;
	int64_t submitted_ms, started_ms;
};

static struct {
	const struct jail *jail;
	const struct config *config;
	void (*gone)(void);
	void (*seen)(int nr, const uint64_t args[6]);   /* not NULL: nothing is refused */
	struct run **on;                /* [slot] the run that has it, or NULL */
	struct run *runs;               /* n_runs_max: max_requests of them, and those that are answered and not over */
	size_t n_runs_max, n_open;      /* n_open: not answered */
	struct run *free, *head, **tail;
	const struct slot **idle;       /* a stack of slots that nobody uses */
	int8_t *ready;                  /* [slot] the kind of copy that waits there, as we know; -1: none */
	uint64_t n_warm[WARM_KINDS];
	struct warm_state templates[WARM_KINDS];
	size_t n_idle, n_slots, n_lost, n_queued;
	uint64_t n_runs, n_failed;
	char read_buf[READ_MAX];
} engine;

#define OWNER(ptr, member) ((struct run *)(void *)((char *)(ptr) - offsetof(struct run, member)))

static size_t
place_of(const struct run *r)
{
	return (size_t)(r->slot - engine.jail->slots);
}

static size_t
kind_of(const struct run *r)
{
	return (size_t)r->req.runtime * 2 + r->req.network;
}

static void start_waiting(void);
static void take_reports(struct run *);
static void check_end(struct run *);

/*** The end ***/

static void
release(struct run *r)
{
	buf_free(&r->req.code);
	buf_free(&r->req.preload);
	buf_free(&r->res.out);
	buf_free(&r->res.err);
	r->state = RUN_FREE;
	r->next = engine.free;
	engine.free = r;
}

/* Nothing more of it is waited for or read. */
static void
close_all(struct run *r)
{
	timer_cancel(&r->deadline);
	timer_cancel(&r->retry);
	timer_cancel(&r->scratch);
	source_close(&r->report);
	source_close(&r->listener);
	source_close_own(&r->pipes[0]);
	source_close_own(&r->pipes[1]);
}

/* The only place where somebody learns how a run ended. */
static void
answer(struct run *r)
{
	engine.n_runs++;
	engine.n_open--;
	if (r->res.verdict == RUN_FAILED)
		engine.n_failed++;
	if (!r->cancelled)
		r->req.done(r->req.ctx, r);
}

/* The only place a run ends: the answer, if it has not had one, then the slot and the record are free. */
static void
finish(struct run *r)
{
	const struct slot *slot = r->slot;

	if (slot != NULL)
		engine.on[place_of(r)] = NULL;
	close_all(r);
	if (!r->answered)
		answer(r);
	else if (r->req.over != NULL)
		r->req.over(r);
	if (slot != NULL)
		engine.idle[engine.n_idle++] = slot;
	release(r);
	start_waiting();
}

/* The first verdict stands. */
static void
decide(struct run *r, enum verdict v)
{
	if (r->res.verdict == RUN_OK)
		r->res.verdict = v;
}

static void
fail(struct run *r, const char *step, int error)
{
	if (r->res.step == NULL) {
		r->res.step = step;
		r->res.error = error;
	}
	r->res.verdict = RUN_FAILED;
}

/* End it for this reason: the process dies now, what it left behind with the sweep. */
static void
kill_run(struct run *r, enum verdict v)
{
	decide(r, v);
	r->killed = true;
	if (!r->reaped)
		monitor_kill(place_of(r));
	check_end(r);
}

/* What a signal of the kernel's says about a limit. */
static enum verdict
verdict_of_signal(const struct run *r, int signo)
{
	int64_t cpu_max_ms = (r->req.wall_ms / 1000 + 1) * 1000;

	if (signo == SIGXCPU)
		return RUN_CPU;
	if (signo == SIGXFSZ)
		return RUN_FILE_SIZE;
	if (signo == SIGKILL && r->res.cpu_ms >= cpu_max_ms)
		return RUN_CPU;         /* it outlived SIGXCPU by a second */
	return RUN_SIGNALED;
}

static void
conclude(struct run *r)
{
	struct run_result *res = &r->res;

	if (WIFEXITED(r->status)) {
		res->exit_code = WEXITSTATUS(r->status);
		if (res->exit_code != 0)
			decide(r, RUN_EXITED);
	} else {
		res->exit_code = -1;
		res->signo = WTERMSIG(r->status);
		decide(r, verdict_of_signal(r, res->signo));
	}
	/* A program that we killed and that ended by itself at the same moment was still stopped by us. */
	if (r->killed)
		res->exit_code = -1;
	/* It never came to its execve and could not say why: that end is ours, not the program's. */
	if (r->exec_allowed && engine.jail->exec_answered && res->step == NULL && !r->killed)
		fail(r, "start", ECHILD);
}

/*** Sweeping ***/

static ssize_t read_pipe(struct run *, size_t stream);

/* Read what is left in the pipes, whose writers are all dead. */
static void
drain(struct run *r)
{
	for (size_t i = 0; i < LEN(r->pipes); i++)
		while (r->pipes[i].fd != -1 && read_pipe(r, i) > 0)
			;
}

static void
lose_slot(struct run *r, int error)
{
	log_msg(LOG_ERROR, "slot_lost", "uid %u cannot be cleared and is not used any more", (unsigned)r->slot->uid);
	engine.n_lost++;
	engine.on[place_of(r)] = NULL;
	r->slot = NULL;
	if (engine.n_lost == engine.n_slots) {
		log_msg(LOG_ERROR, "no_slots", "every slot is lost: only a restart helps");
		loop_stop();            /* what supervises us starts us again; a server that cannot run anything helps nobody */
	}
	if (!r->answered) {
		fail(r, "sweep", error);
		conclude(r);
	}
	finish(r);
}

/* Fork may fail for want of memory or processes: it is tried again until it does not. */
static void
swept(size_t place, int error)
{
	struct run *r = engine.on[place];

	if (r == NULL || r->state != RUN_SWEEPING)
		return;
	if (error == 0) {
		if (!r->answered) {
			drain(r);
			conclude(r);
		}
		finish(r);
		return;
	}
	log_msg(LOG_ERROR, "sweep", "slot uid %u: %s", (unsigned)r->slot->uid, strerror(error));
	if (error == EAGAIN || error == ENOMEM)
		timer_set(&r->retry, SWEEP_RETRY_MS);
	else if (++r->sweeps < SWEEP_TRIES)
		monitor_sweep(place);
	else
		lose_slot(r, error);
}

/* Its process is gone. */
static void
sweep(struct run *r)
{
	timer_cancel(&r->deadline);
	timer_cancel(&r->scratch);
	timer_cancel(&r->retry);
	r->state = RUN_SWEEPING;
	if (r->clean)
		swept(place_of(r), 0);
	else
		monitor_sweep(place_of(r));
}

/* Is it over? Called after each thing that could have been the last. */
static void
check_end(struct run *r)
{
	bool drained = r->pipes[0].fd == -1 && r->pipes[1].fd == -1;

	if (r->state != RUN_RUNNING || !r->reaped || (!drained && !r->killed))
		return;
	if (r->report.fd != -1)
		take_reports(r);        /* it may have died with its reason unread */
	source_close(&r->report);
	source_close(&r->listener);
	r->res.run_ms = loop_now_ms() - r->started_ms;
	sweep(r);
}

/*** Events of a run ***/

static void
unqueue(struct run *r)
{
	struct run **at = &engine.head;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->next == NULL)
		engine.tail = at;
	engine.n_queued--;
}

/* Output that is passed on is not kept, but for the last words on stderr, which run_notes() reads. */
static void
keep_tail(struct buf *err, size_t n)
{
	if (n > TAIL_MAX)
		n = TAIL_MAX;
	if (err->len + n > 2 * TAIL_MAX)
		buf_drop(err, err->len + n - 2 * TAIL_MAX);
	(void)buf_put(err, engine.read_buf, n); /* best effort: a hint for people */
}

static void
take_output(struct run *r, size_t stream, ssize_t n)
{
	struct buf *b = stream == 0 ? &r->res.out : &r->res.err;
	int fd = r->req.pass_fd[stream];

	if (fd < 0) {
		if (buf_put(b, engine.read_buf, (size_t)n) == -1)
			kill_run(r, RUN_OUTPUT);
		return;
	}
	if (stream == 1)
		keep_tail(b, (size_t)n);
	for (ssize_t done = 0; done < n; ) {
		ssize_t w = write(fd, engine.read_buf + done, (size_t)(n - done));
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0) {
			kill_run(r, RUN_CANCELLED);     /* whoever read our output is gone */
			return;
		}
		done += w;
	}
}

/* One bounded read: how much there was. */
static ssize_t
read_pipe(struct run *r, size_t stream)
{
	struct source *src = &r->pipes[stream];
	ssize_t n = read(src->fd, engine.read_buf, sizeof(engine.read_buf));

	if (n > 0) {
		/* After the kill for too much output the rest is of no use. */
		if (r->res.verdict != RUN_OUTPUT && !r->cancelled)
			take_output(r, stream, n);
		return n;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == -1)
		fail(r, "read", errno);
	source_close_own(src);
	check_end(r);
	return 0;
}

static void
out_ready(struct source *src, uint32_t events)
{
	(void)events;
	(void)read_pipe(OWNER(src, pipes[0]), 0);
}

static void
err_ready(struct source *src, uint32_t events)
{
	(void)events;
	(void)read_pipe(OWNER(src, pipes[1]), 1);
}

static void
note_refused(struct run *r, int nr, const uint64_t args[6])
{
	struct refused *next = &r->res.refused[r->res.n_refused];
	char name[CALL_NAME_MAX];
	unsigned alike = 0;

	filter_describe(nr, args, name, sizeof(name));
	r->res.refusals++;
	for (size_t i = 0; i < r->res.n_refused; i++) {
		if (strcmp(r->res.refused[i].name, name) == 0)
			return;
		alike += r->res.refused[i].nr == nr;
	}
	if (r->res.n_refused == REFUSED_MAX || alike == REFUSED_ALIKE)
		return;
	memcpy(next->name, name, sizeof(name));
	next->nr = nr;
	next->hint = filter_hint(nr, args, r->req.network);
	r->res.n_refused++;
}

static void
watch_begun(struct run *r, struct source *src)
{
	if (source_watch(src, EPOLLIN) == -1) {
		fail(r, "epoll", errno);
		kill_run(r, RUN_FAILED);
	}
}

static void
take_reports(struct run *r)
{
	while (r->report.fd != -1) {
		struct jail_report rep = jail_report(r->report.fd);

		if (rep.event == JAIL_AGAIN)
			return;
		if (rep.event == JAIL_FAILED)
			fail(r, rep.step, rep.error);
		if (rep.event == JAIL_RUNNING || rep.event == JAIL_FAILED)
			source_close(&r->report);
		if (rep.event != JAIL_LISTENER)
			continue;
		source_close(&r->listener);
		r->listener.fd = rep.listener;
		watch_begun(r, &r->listener);
	}
}

/* What is in the pipe now, and nothing that comes later. */
static void
take_rest(struct run *r, size_t stream)
{
	const struct source *src = &r->pipes[stream];
	int before = 0;
	ssize_t n = 1;

	if (src->fd != -1 && ioctl(src->fd, FIONREAD, &before) == -1)
		before = 0;
	/* What is read may be less than asked for, and a writer that goes on adds to it: no more than was there. */
	for (; before > 0 && n > 0 && src->fd != -1 && !r->killed; before -= (int)n)
		n = read_pipe(r, stream);
}

/*
 * It says that it is about to exit, and whether there is something to sweep first. Whatever it printed is in the pipes.
 * Where processes can be made, which could stay, there are no copies.
 */
static void
told(struct run *r, uint64_t word)
{
	if (!r->warm || r->told) {
		r->res.refusals++;      /* like any other: who hammers is not listened to any more */
		return;
	}
	r->told = true;
	r->status = (int)(word & 0xff) << 8;    /* an exit, as wait(2) says it */
	if (r->state != RUN_RUNNING || (word & ENTER_LEAVES) != 0)
		return;
	for (size_t i = 0; i < LEN(r->pipes); i++)
		take_rest(r, i);
	if (r->state != RUN_RUNNING || r->killed || r->reaped)
		return;                 /* its real end is waited for, or has come */
	r->res.run_ms = loop_now_ms() - r->started_ms;
	engine.n_warm[kind_of(r)]++;
	conclude(r);
	close_all(r);
	r->state = RUN_LEAVING;
	r->answered = true;
	timer_set(&r->deadline, LEAVE_MS);
	answer(r);
	buf_free(&r->res.out);
	buf_free(&r->res.err);
}

static void
listener_ready(struct source *src, uint32_t events)
{
	struct run *r = OWNER(src, listener);
	uint64_t args[6];
	int nr = (events & EPOLLIN) != 0 ? jail_answer(src->fd, &r->exec_allowed, engine.seen != NULL, args) : -2;

	if (nr >= 0 && engine.seen != NULL)
		engine.seen(nr, args);
	else if (nr >= 0)
		note_refused(r, nr, args);
	else if (nr == -3)
		told(r, args[1]);
	/* -2: the last process behind it is gone. A program that hammers must not cost the server. */
	if (nr == -2 || r->res.refusals >= REFUSALS_MAX)
		source_close(src);
}

static void
report_ready(struct source *src, uint32_t events)
{
	(void)events;
	take_reports(OWNER(src, report));
}

static void
ended(size_t place, const struct monitor_end *end)
{
	struct run *r = engine.on[place];

	if (r == NULL || (r->state != RUN_RUNNING && r->state != RUN_LEAVING) || r->reaped)
		return;
	r->reaped = true;
	engine.ready[place] = -1;       /* what was said before is of the copy that this run was */
	r->clean = end->clean;
	r->res.cpu_ms = end->cpu_ms;
	r->res.peak_kb = end->peak_kb;
	if (r->answered) {
		sweep(r);
		return;
	}
	r->status = end->status;
	if (end->out_of_memory)
		decide(r, RUN_MEMORY);
	if (end->warm) {
		r->exec_allowed = false;
		engine.n_warm[kind_of(r)]++;
	}
	check_end(r);
}

/* A copy's listener; or the child's end of what it reports on, which may have come to its end already. */
static void
begun(size_t place, bool warm, int fd)
{
	struct run *r = engine.on[place];

	if (r == NULL || r->state != RUN_RUNNING || r->reaped || r->listener.fd != -1 || r->report.fd != -1) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	if (fd == BEGUN_LOST) {
		fail(r, "listener", EMFILE);
		kill_run(r, RUN_FAILED);
		return;
	}
	struct source *src = warm ? &r->listener : &r->report;
	src->fd = fd;
	r->warm = warm;
	r->exec_allowed = !warm;
	if (fd != -1)
		watch_begun(r, src);
}

static void
copy_ready(size_t place, int kind)
{
	engine.ready[place] = (int8_t)kind;
}

static void
template_state(const struct warm_state *s)
{
	engine.templates[s->kind] = *s;
}

/* Nothing of it has been: the slot is free at once. */
static void
not_started(size_t place, const char *step, int error)
{
	struct run *r = engine.on[place];

	if (r == NULL || r->state != RUN_RUNNING)
		return;
	fail(r, step, error);
	finish(r);
}

/* Whatever runs is dead, and will never be told of. */
static void
monitor_gone(void)
{
	log_msg(LOG_ERROR, "monitor", "the privileged process is gone: no program can be run any more");
	for (size_t i = 0; i < engine.n_slots; i++) {
		struct run *r = engine.on[i];
		if (r == NULL)
			continue;
		engine.on[i] = NULL;
		r->slot = NULL;         /* not to be used for what waits */
		engine.n_lost++;
		if (!r->answered) {
			fail(r, "monitor", ESRCH);
			r->res.exit_code = -1;
		}
		finish(r);
	}
	engine.n_lost += engine.n_idle;
	engine.n_idle = 0;
	while (engine.head != NULL) {
		struct run *r = engine.head;
		unqueue(r);
		fail(r, "monitor", ESRCH);
		finish(r);
	}
	engine.gone();
}

static void
deadline_due(struct timer *t)
{
	struct run *r = OWNER(t, deadline);

	if (r->answered)
		monitor_kill(place_of(r));
	else
		kill_run(r, RUN_TIMEOUT);
}

static void
retry_due(struct timer *t)
{
	monitor_sweep(place_of(OWNER(t, retry)));
}

/* The floor under a disk quota: look, and kill what has taken too much. */
static void
scratch_due(struct timer *t)
{
	monitor_look(place_of(OWNER(t, scratch)));
}

static void
looked(size_t place, const struct usage *u)
{
	struct run *r = engine.on[place];

	if (r == NULL || r->state != RUN_RUNNING || r->reaped)
		return;
	/* A full tree costs time to look at: look at it less often. */
	timer_set(&r->scratch, SCRATCH_FIRST_MS + (int64_t)u->files / 16);
	if (u->bytes > (uint64_t)engine.config->max_scratch_mb * 1024 * 1024)
		kill_run(r, RUN_SCRATCH);
	else if (u->files > (uint64_t)engine.config->max_scratch_files || u->too_deep)
		kill_run(r, RUN_FILES);
}

/*** The start ***/

/* 0, or -1 with errno and *step. What was opened is in *e, or watched. */
static int
launch(struct run *r, struct jail_ends *e, const char **step)
{
	if (jail_ends_make(e, buf_slice(&r->req.preload), buf_slice(&r->req.code), step) == -1)
		return -1;
	*step = "monitor";
	if (monitor_start(place_of(r), r->req.runtime, r->req.network, e) == -1)
		return -1;
	r->pipes[0].fd = e->out[0];
	r->pipes[1].fd = e->err[0];
	e->out[0] = e->err[0] = -1;
	return 0;
}

/* The idle slot that suits it best: with such a copy, else with none to throw away. */
static const struct slot *
take_slot(const struct run *r)
{
	size_t best = engine.n_idle - 1;
	int rank = 0;

	for (size_t i = engine.n_idle; i > 0 && rank < 2; i--) {
		int ready = engine.ready[engine.idle[i - 1] - engine.jail->slots], rated = ready == (int)kind_of(r) ? 2 : ready == -1;
		if (rated <= rank)
			continue;
		rank = rated;
		best = i - 1;
	}
	const struct slot *s = engine.idle[best];
	engine.idle[best] = engine.idle[--engine.n_idle];
	engine.ready[s - engine.jail->slots] = -1;
	return s;
}

static void
start(struct run *r)
{
	struct jail_ends e;
	const char *step;

	r->started_ms = loop_now_ms();
	r->res.queued_ms = r->started_ms - r->submitted_ms;
	r->exec_allowed = true;
	r->state = RUN_RUNNING;
	r->slot = take_slot(r);
	r->place = place_of(r);
	engine.on[r->place] = r;
	int rc = launch(r, &e, &step), error = errno;
	jail_ends_close(&e);
	if (rc == -1) {
		close_fd(&e.out[0]);
		close_fd(&e.err[0]);
		fail(r, step, error);
		finish(r);
		return;
	}
	buf_free(&r->req.code);
	buf_free(&r->req.preload);
	timer_set(&r->deadline, r->req.wall_ms);
	if (!engine.jail->layers.of[LAYER_MOUNT].on)
		timer_set(&r->scratch, SCRATCH_FIRST_MS);
	watch_begun(r, &r->pipes[0]);
	if (!r->killed)
		watch_begun(r, &r->pipes[1]);
}

static void
start_waiting(void)
{
	static bool inside;

	if (inside)
		return;                 /* a run that could not start ends here too: no recursion */
	inside = true;
	while (engine.head != NULL && engine.n_idle > 0) {
		struct run *r = engine.head;
		engine.head = r->next;
		if (engine.head == NULL)
			engine.tail = &engine.head;
		engine.n_queued--;
		start(r);
	}
	inside = false;
}

/*** What others call ***/

int
run_open(const struct jail *j, const struct config *c, void (*gone)(void))
{
	static const struct monitor_events on = {
		.failed = not_started, .begun = begun, .ended = ended, .swept = swept, .usage = looked,
		.ready = copy_ready, .warm = template_state, .gone = monitor_gone,
	};
	size_t n = (size_t)c->max_requests + j->n_slots;

	engine.jail = j;
	engine.config = c;
	engine.gone = gone;
	engine.n_slots = j->n_slots;
	engine.n_runs_max = n;
	engine.tail = &engine.head;
	engine.runs = calloc(n, sizeof(struct run));
	engine.idle = calloc(j->n_slots, sizeof(const struct slot *));
	engine.on = calloc(j->n_slots, sizeof(struct run *));
	engine.ready = malloc(j->n_slots);
	if (engine.runs == NULL || engine.idle == NULL || engine.on == NULL || engine.ready == NULL)
		return -1;
	memset(engine.ready, -1, j->n_slots);
	for (size_t i = j->n_slots; i > 0; i--)
		engine.idle[engine.n_idle++] = &j->slots[i - 1];
	for (size_t i = n; i > 0; i--) {
		engine.runs[i - 1].next = engine.free;
		engine.free = &engine.runs[i - 1];
	}
	return monitor_watch(&on);
}

struct run *
run_submit(const struct run_request *req)
{
	struct run *r = engine.free;

	if (r == NULL || engine.n_open == (size_t)engine.config->max_requests) {
		errno = EAGAIN;
		return NULL;
	}
	engine.n_open++;
	engine.free = r->next;
	*r = (struct run){
		.state = RUN_QUEUED, .req = *req, .submitted_ms = loop_now_ms(),
		.report = { .fd = -1, .ready = report_ready }, .listener = { .fd = -1, .ready = listener_ready },
		.pipes = { { .fd = -1, .ready = out_ready }, { .fd = -1, .ready = err_ready } },
		.deadline.due = deadline_due, .retry.due = retry_due, .scratch.due = scratch_due,
	};
	size_t max = (size_t)engine.config->max_output_mb * 1024 * 1024;
	buf_init(&r->res.out, NULL, max);
	buf_init(&r->res.err, NULL, max);
	*engine.tail = r;
	engine.tail = &r->next;
	engine.n_queued++;
	start_waiting();
	return r;
}

void
run_cancel(struct run *r)
{
	r->cancelled = true;
	if (r->state == RUN_QUEUED) {
		unqueue(r);
		engine.n_open--;
		release(r);
	} else if (r->state == RUN_RUNNING) {
		kill_run(r, RUN_CANCELLED);
	}
}

void
run_abort(void)
{
	for (size_t i = 0; i < engine.n_runs_max; i++) {
		const struct run *r = &engine.runs[i];
		if ((r->state == RUN_RUNNING || r->state == RUN_LEAVING) && !r->reaped)
			monitor_kill(place_of(r));
	}
}

void
run_trace(void (*seen)(int nr, const uint64_t args[6]))
{
	engine.seen = seen;
}

struct run_stats
run_stats(void)
{
	struct run_stats s = {
		.slots = engine.n_slots - engine.n_lost, .busy = engine.n_slots - engine.n_lost - engine.n_idle,
		.queued = engine.n_queued, .runs = engine.n_runs, .failed = engine.n_failed, .templates = engine.templates,
	};

	for (size_t i = 0; i < engine.n_idle; i++) {
		int kind = engine.ready[engine.idle[i] - engine.jail->slots];
		if (kind >= 0)
			s.warm[kind].ready++;
	}
	for (size_t i = 0; i < WARM_KINDS; i++)
		s.warm[i].runs = engine.n_warm[i];
	return s;
}

const struct run_result *
run_result(const struct run *r)
{
	return &r->res;
}

bool
run_is_leaving(const struct run *r)
{
	return r->answered;
}

size_t
run_place(const struct run *r)
{
	return r->place;
}

const struct run_request *
run_request(const struct run *r)
{
	return &r->req;
}

/*** Words for how it ended ***/

static const struct { const char *name, *note; } verdicts[] = {
	[RUN_OK]        = { "ok",          NULL },
	[RUN_EXITED]    = { "exited",      NULL },
	[RUN_SIGNALED]  = { "signaled",    NULL },
	[RUN_TIMEOUT]   = { "timeout",     "timeout" },
	[RUN_CPU]       = { "cpu",         "CPU time limit exceeded" },
	[RUN_OUTPUT]    = { "output",      "output limit exceeded" },
	[RUN_FILE_SIZE] = { "file_size",   "file size limit exceeded" },
	[RUN_SCRATCH]   = { "scratch",     "scratch space limit exceeded" },
	[RUN_FILES]     = { "files",       "scratch file count limit exceeded" },
	[RUN_MEMORY]    = { "memory",      "memory limit exceeded" },
	[RUN_CANCELLED] = { "cancelled",   "cancelled" },
	[RUN_FAILED]    = { "failed",      NULL },
};

const char *
verdict_name(enum verdict v)
{
	return verdicts[v].name;
}

/* The interpreters' own words for a limit that only they ran into. */
static const struct { const char *words, *note; } hints[] = {
	{ "MemoryError",                          "memory limit exceeded" },
	{ "JavaScript heap out of memory",        "memory limit exceeded" },
	{ "Fatal process out of memory",          "memory limit exceeded" },
	{ "Fatal JavaScript out of memory",       "memory limit exceeded" },
	{ "Array buffer allocation failed",       "memory limit exceeded" },
	{ "ERR_WORKER_OUT_OF_MEMORY",             "memory limit exceeded" },
	{ "ERR_MEMORY_ALLOCATION_FAILED",         "memory limit exceeded" },
	{ "reservation_.SetPermissions",          "memory limit exceeded" },
	{ "Cannot allocate memory",               "memory limit exceeded" },
	{ "bad_alloc",                            "memory limit exceeded" },
	{ "No space left on device",              "scratch space limit exceeded" },
	{ "ENOSPC",                               "scratch space limit exceeded" },
	{ "File too large",                       "file size limit exceeded" },
	{ "EFBIG",                                "file size limit exceeded" },
	{ "can't start new thread",               "thread limit exceeded" },
	{ "ERR_WORKER_INIT_FAILED",               "thread limit exceeded" },
	{ "Too many open files",                  "too many open files" },
	{ "EMFILE",                               "too many open files" },
	{ "too many open files",                  "too many open files" },
};

static bool
holds_words(struct slice s, const char *words)
{
	size_t n = strlen(words);

	return n <= s.n && memmem(s.p, s.n, words, n) != NULL;
}

/* A limit that the program was told of by the kernel and died of: named once. */
static int
put_hint(const struct run_result *res, struct buf *out)
{
	struct slice err = buf_slice(&res->err);

	if (err.n > TAIL_MAX)
		err = (struct slice){ err.p + err.n - TAIL_MAX, TAIL_MAX };
	for (size_t i = 0; i < LEN(hints); i++)
		if (holds_words(err, hints[i].words))
			return buf_printf(out, "error: %s\n", hints[i].note);
	return 0;
}

int
run_notes(const struct run *r, struct buf *out)
{
	const struct run_result *res = &r->res;

	if (verdicts[res->verdict].note != NULL && buf_printf(out, "error: %s\n", verdicts[res->verdict].note) == -1)
		return -1;
	if (res->verdict == RUN_FAILED && buf_printf(out, "error: %s: %s\n", res->step, strerror(res->error)) == -1)
		return -1;
	if (res->verdict == RUN_SIGNALED && buf_printf(out, "error: killed by signal %d (%s)\n", res->signo,
	    strsignal(res->signo)) == -1)
		return -1;
	if ((res->verdict == RUN_EXITED || res->verdict == RUN_SIGNALED) && put_hint(res, out) == -1)
		return -1;
	for (size_t i = 0; i < res->n_refused && res->verdict != RUN_OK; i++)
		if (buf_printf(out, "error: operation not permitted: %s (syscall %d; %s)\n", res->refused[i].name,
		    res->refused[i].nr, res->refused[i].hint) == -1)
			return -1;
	return 0;
}
