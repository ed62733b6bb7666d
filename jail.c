/*
 * jail.c - run one untrusted program, say how it began, leave nothing behind.
 *
 *   monitor (root)           child (root -> slot uid)          program
 *   jail_start  ---fork--->  steps[] in order  ----execve--->  python3 | node
 *   jail_sweep  ---fork--->  as the slot: kill(-1); as root: empty the scratch
 *
 *   server (no privilege)
 *   jail_report <----------  {step, errno}, or the listener    (fd closed)
 *   jail_answer <---------------- the one execve, then every refused call
 *
 * The report socket is close-on-exec: EOF means the program has been started, a
 * record means that step failed and nothing untrusted ran. The program cannot
 * forge one: the descriptor stands above RLIMIT_NOFILE. Filters, argv and envp
 * are built before fork; after it the child makes only async-signal-safe calls.
 * Every slot has its own uid, so kill(-1) as that uid reaches what a setsid()
 * would hide. Without root all runs have one uid; then no second process can be
 * made and no signal sent (filter.c), so there is nothing to kill.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((uint64_t)1024 * 1024)
#define SCRATCH_DEPTH_MAX 128           /* directories below the scratch directory that jail_usage counts */
#define CWD_LEN (PATH_LEN + 64)

static const char *const runtimes[RT_COUNT] = { [RT_PYTHON] = "python3", [RT_NODE] = "nodejs" };

const char *
runtime_name(enum runtime rt)
{
	return runtimes[rt];
}

int
runtime_find(struct slice name)
{
	for (int i = 0; i < RT_COUNT; i++)
		if (slice_is(name, runtimes[i]))
			return i;
	return -1;
}

/*** The steps, in the child ***/

/* What the child needs; made before fork, read-only after it. */
struct plan {
	const struct jail *jail;
	size_t place;                   /* the slot's number */
	const struct slot *slot;
	const struct root *root;
	struct filter *filter;
	enum runtime runtime;
	bool network;
	int in, out, err, code, report;
	pid_t parent;                   /* as the child sees it */
	char tree[PATH_LEN], cwd[CWD_LEN];      /* to chroot into; the scratch directory in there */
	char **argv, **envp;
	const struct limit *limits;     /* instead of a run's; n_limits of them */
	uint32_t n_limits;
	bool probe;                     /* do the steps and stop: is everything possible here? */
};

/* One record of the report socket. With a descriptor attached it is the listener. */
struct record {
	uint32_t step;
	int32_t error;
};

static int
report_fd(const struct plan *p)
{
	return (int)p->jail->config->max_files + SLOT_FD_REPORT;
}

static int
landlock_fd(const struct plan *p)
{
	return (int)p->jail->config->max_files + SLOT_FD_LANDLOCK;
}

static int
tcp_fd(const struct plan *p)
{
	return (int)p->jail->config->max_files + SLOT_FD_TCP;
}

/* Landlock's rules for TCP, as the server has them; -1: there are none. */
static int
tcp_rules(const struct plan *p)
{
	return p->network ? p->jail->layers.connect_fd : p->jail->layers.no_tcp_fd;
}

static int
step_cgroup(const struct plan *p)
{
	return cgroup_join(&p->jail->cgroups, p->place);
}

static int
step_network(const struct plan *p)
{
	if (p->network || !p->jail->layers.of[LAYER_NET].on)
		return 0;
	return setns(p->jail->layers.net_ns, CLONE_NEWNET);
}

static int
step_session(const struct plan *p)
{
	(void)p;
	loop_child_signals();
	return setsid() == -1 ? -1 : 0;
}

int
close_fds(unsigned first, unsigned last)
{
	if (syscall(SYS_close_range, first, last, 0u) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return -1;
	struct rlimit rl;               /* Linux < 5.9, or a container's filter that does not know the call */
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return -1;
	for (rlim_t fd = first; fd <= last && fd < rl.rlim_cur; fd++)
		(void)close((int)fd);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int
close_others(int *keep, size_t n)
{
	unsigned next = 0;

	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] > (int)next && close_fds(next, (unsigned)keep[i] - 1) == -1)
			return -1;
		if (keep[i] >= (int)next)
			next = (unsigned)keep[i] + 1;
	}
	return close_fds(next, ~0u);
}

/*
 * The server may hold a source under any number, a target's included: first all
 * else is closed, then every source is copied above the highest target, then
 * each copy goes to its place. So no copy can close a source still to be read.
 */
static int
step_stdio(const struct plan *p)
{
	int highest = tcp_fd(p);
	struct { int from, to, flags; } moves[] = {
		{ p->report, report_fd(p), O_CLOEXEC },
		{ p->slot->landlock_fd[p->runtime], landlock_fd(p), O_CLOEXEC },
		{ tcp_rules(p), tcp_fd(p), O_CLOEXEC },
		{ p->in, 0, 0 }, { p->out, 1, 0 }, { p->err, 2, 0 }, { p->code, 3, 0 },
	};
	int keep[LEN(moves)];

	for (size_t i = 0; i < LEN(moves); i++)
		keep[i] = moves[i].from;
	if (close_others(keep, LEN(keep)) == -1)
		return -1;
	for (size_t i = 0; i < LEN(moves); i++) {
		if (moves[i].from == -1)
			continue;
		moves[i].from = fcntl(moves[i].from, F_DUPFD_CLOEXEC, highest + 1);
		if (moves[i].from == -1)
			return -1;
	}
	for (size_t i = 0; i < LEN(moves); i++)
		if (moves[i].from != -1 && dup3(moves[i].from, moves[i].to, moves[i].flags) == -1)
			return -1;
	if (close_fds(4, (unsigned)report_fd(p) - 1) == -1)
		return -1;
	return close_fds((unsigned)highest + 1, ~0u);
}

uint32_t
jail_limits(const struct jail *j, enum runtime rt, struct limit *out)
{
	const struct config *c = j->config;
	uint64_t memory = (uint64_t)c->max_memory_mb * MIB, cpu = (uint64_t)c->worker_timeout + 1;
	uint64_t files = (uint64_t)c->max_files, file = (uint64_t)c->max_file_mb * MIB;
	/* Counted per uid. One uid for all: the bound is on all of them, and on what else this user runs. */
	uint64_t threads = (uint64_t)c->max_threads * (j->one_uid ? j->n_slots : 1) + (j->one_uid ? 512 : 0);
	/* V8 reserves far more than it uses; this bound is only for page tables. */
	uint64_t space = rt == RT_PYTHON ? memory : 131072 * MIB;
	const struct limit limits[] = {
		{ RLIMIT_CPU,        0, cpu,       cpu + 1 },   /* SIGXCPU, then SIGKILL */
		{ RLIMIT_AS,         0, space,     space },
		{ RLIMIT_DATA,       0, memory,    memory },
		{ RLIMIT_STACK,      0, 8 * MIB,   8 * MIB },
		{ RLIMIT_FSIZE,      0, file,      file },
		{ RLIMIT_NOFILE,     0, files,     files },
		{ RLIMIT_NPROC,      0, threads,   threads },
		{ RLIMIT_CORE,       0, 0,         0 },
		{ RLIMIT_MEMLOCK,    0, 65536,     65536 },
		{ RLIMIT_MSGQUEUE,   0, 0,         0 },
		{ RLIMIT_SIGPENDING, 0, 256,       256 },
		{ RLIMIT_NICE,       0, 0,         0 },
		{ RLIMIT_RTPRIO,     0, 0,         0 },
	};

	_Static_assert(LEN(limits) <= LIMITS, "more limits than an order has room for");
	memcpy(out, limits, sizeof(limits));
	return LEN(limits);
}

static int
step_rlimits(const struct plan *p)
{
	struct limit limits[LIMITS];

	if (p->limits != NULL)
		return failing(enter_limits(p->limits, p->n_limits));
	uint32_t n = jail_limits(p->jail, p->runtime, limits);
	return failing(enter_limits(limits, n));
}

static int
step_chroot(const struct plan *p)
{
	if (p->jail->layers.of[LAYER_CHROOT].on && chroot(p->tree) == -1)
		return -1;
	return chdir("/");
}

int
drop_bounding(void)
{
	for (int cap = 0; cap < 64; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (there == -1)
			return errno == EINVAL && cap > 0 ? 0 : -1;     /* past the last capability */
		if (there == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return -1;
	}
	return 0;
}

static int
step_bounding(const struct plan *p)
{
	return p->jail->layers.of[LAYER_CAPS].on ? drop_bounding() : 0;
}

static int
step_groups(const struct plan *p)
{
	return p->jail->one_uid ? 0 : drop_groups((gid_t)p->slot->uid);
}

static int
step_uid(const struct plan *p)
{
	return p->jail->one_uid ? 0 : drop_uid(p->slot->uid);
}

/* A change between two uids that are not root keeps capabilities: drop them by name, then prove that root is gone. */
static int
step_capabilities(const struct plan *p)
{
	(void)p;
	return drop_caps() == -1 ? -1 : failing(enter_no_root());
}

static int
step_scratch(const struct plan *p)
{
	return failing(enter_scratch(p->cwd));
}

static int
step_pdeathsig(const struct plan *p)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return -1;
	if (getppid() != p->parent) {
		errno = ESRCH;          /* it died before the signal was armed */
		return -1;
	}
	return 0;
}

static int
step_nnp(const struct plan *p)
{
	(void)p;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
step_landlock(const struct plan *p)
{
	if (!p->jail->layers.of[LAYER_LANDLOCK].on)
		return 0;
	int rc = enter_landlock(landlock_fd(p));
	return failing(rc == 0 && tcp_rules(p) != -1 ? enter_landlock(tcp_fd(p)) : rc);
}

/* Only sendmsg(2) on this one descriptor is sure to pass the filter. */
static int
send_record(int fd, struct record r, int attached)
{
	struct iovec iov = { &r, sizeof(r) };
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (attached != -1) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &attached, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof(r) ? 0 : -1;
}

/*
 * Copy text to an address that nobody can guess: 2^26 pages at least, 2^35
 * where addresses have 47 bits. NULL with errno.
 */
char *
jail_hide(const char *text)
{
	size_t n = strlen(text) + 1;
	uint64_t chance[2];

	for (int tries = 0; tries < 32; tries++) {
		if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
			return NULL;
		uintptr_t at = (uintptr_t)chance[0] & (tries < 16 ? 0x7ffffffff000 : 0x3ffffff000);
		char *page = mmap((void *)at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (page == (char *)at)         /* Linux < 4.17 takes it for a hint */
			return memcpy(page + chance[1] % (4096 - n), text, n);
		if (page != MAP_FAILED)
			(void)munmap(page, 4096);
	}
	return NULL;
}

static int
step_seccomp(const struct plan *p)
{
	if (!p->filter->listener && !p->probe) {
		p->argv[0] = jail_hide(p->argv[0]);
		if (p->argv[0] == NULL)
			return -1;
	}
	int listener = filter_load(p->filter, getpid(), p->probe ? NULL : p->argv[0]);

	if (listener == -1)
		return -1;
	if (!p->filter->listener)
		return 0;
	if (send_record(report_fd(p), (struct record){ 0, 0 }, listener) == -1)
		return -1;
	return close(listener);
}

static int
step_exec(const struct plan *p)
{
	if (p->probe)
		_exit(0);
	(void)execve(p->argv[0], p->argv, p->envp);
	return -1;
}

static const struct step {
	const char *name;
	int (*run)(const struct plan *);
} steps[] = {
	{ "cgroup",       step_cgroup       },  /* as root, while the descriptors are there */
	{ "network",      step_network      },  /* as root, while the descriptors are there */
	{ "session",      step_session      },  /* own session: no tty, no shared group; default signals */
	{ "stdio",        step_stdio        },  /* pipes on 0-2, the code on 3, all else closed */
	{ "rlimits",      step_rlimits      },  /* as root: hard limits only go down after */
	{ "chroot",       step_chroot       },  /* needs root, so before the ids */
	{ "bounding",     step_bounding     },  /* needs CAP_SETPCAP, so before the ids */
	{ "groups",       step_groups       },  /* needs CAP_SETGID, so before the uid */
	{ "uid",          step_uid          },  /* root is gone from here */
	{ "capabilities", step_capabilities },  /* after the uid: proves that it took them */
	{ "scratch",      step_scratch      },  /* as the slot: proves that the directory is its own */
	{ "pdeathsig",    step_pdeathsig    },  /* the kernel clears it on a uid change; getppid() again */
	{ "nnp",          step_nnp          },  /* lets a process without privilege load what follows */
	{ "landlock",     step_landlock     },  /* before seccomp, which would refuse it */
	{ "seccomp",      step_seccomp      },  /* last: need not allow any step above */
	{ "exec",         step_exec         },  /* answered once by the listener */
};

__attribute__((noreturn)) static void
child(const struct plan *p)
{
	bool moved = false;             /* or being moved */

	for (size_t i = 0; i < LEN(steps); i++) {
		moved = moved || steps[i].run == step_stdio;
		if (steps[i].run(p) != -1)
			continue;
		struct record r = { (uint32_t)i, errno };
		/* Before "stdio" is through, the socket is where the monitor got it, and in its place may be another of ours. */
		if (!moved || send_record(report_fd(p), r, -1) == -1)
			(void)send_record(p->report, r, -1);
		break;
	}
	_exit(127);
}

/*** Starting ***/

void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

void
jail_ends_close(struct jail_ends *e)
{
	close_fd(&e->in);
	close_fd(&e->out[1]);
	close_fd(&e->err[1]);
	close_fd(&e->code);
}

int
write_all(int fd, struct slice s)
{
	while (s.n > 0) {
		ssize_t w = write(fd, s.p, s.n);
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		s.p += w;
		s.n -= (size_t)w;
	}
	return 0;
}

/* A file without a name that holds "LENGTH-OF-PRELOAD\n", the preload and the code, read from its start. */
static int
code_file(struct slice preload, struct slice code)
{
	char head[32];
	int fd = (int)syscall(SYS_memfd_create, "code", 1u /* MFD_CLOEXEC */);

	if (fd == -1)
		return -1;
	int n = snprintf(head, sizeof(head), "%zu\n", preload.n);
	const struct iovec all[] = {
		{ head, (size_t)n }, { (void *)(uintptr_t)preload.p, preload.n }, { (void *)(uintptr_t)code.p, code.n },
	};
	ssize_t wrote = writev(fd, all, LEN(all));
	if (wrote != -1 && (size_t)wrote != (size_t)n + preload.n + code.n) {
		wrote = -1;             /* a file in memory takes all of it, or there is no memory */
		errno = ENOMEM;
	}
	if (wrote == -1 || lseek(fd, 0, SEEK_SET) == -1) {
		int e = errno;
		(void)close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

/* An empty standard input, this run's alone: flags of a shared open file would be a channel between runs. */
static int
empty_input(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return -1;
	(void)close(fd[1]);
	return fd[0];
}

int
jail_ends_make(struct jail_ends *e, struct slice preload, struct slice code, const char **step)
{
	*e = (struct jail_ends){ -1, { -1, -1 }, { -1, -1 }, -1 };
	*step = "pipe";
	if (pipe2(e->out, O_CLOEXEC) == -1 || pipe2(e->err, O_CLOEXEC) == -1)
		return -1;
	if (fcntl(e->out[0], F_SETFL, O_NONBLOCK) == -1 || fcntl(e->err[0], F_SETFL, O_NONBLOCK) == -1)
		return -1;
	*step = "stdin";
	e->in = empty_input();
	if (e->in == -1)
		return -1;
	*step = "memfd";
	e->code = code_file(preload, code);
	return e->code == -1 ? -1 : 0;
}

/* Between fork and exec the parent only closes: the child has its own copy of everything. */
static pid_t
fork_child(const struct plan *p)
{
	pid_t pid = fork();

	if (pid == 0)
		child(p);
	return pid;
}

void
jail_places(const struct jail *j, const struct slot *s, enum runtime rt, char *tree, size_t n_tree, char *cwd,
    size_t n_cwd)
{
	const struct root *root = &j->roots[rt];

	if (j->layers.of[LAYER_MOUNT].on) {
		tree_path(s->uid, rt, tree, n_tree);
		(void)snprintf(cwd, n_cwd, "/tmp");
	} else {
		(void)snprintf(tree, n_tree, "%s", root->path);
		(void)snprintf(cwd, n_cwd, "%s/%s", root->scratch, s->name);
	}
}

int
jail_template_tcp(const struct jail *j, bool network)
{
	return network || !j->layers.of[LAYER_NET].on ? -1 : j->layers.no_tcp_fd;
}

int
jail_order(const struct jail *j, size_t place, enum runtime rt, bool network, struct order *o, int *fds)
{
	const struct slot *s = &j->slots[place];
	const struct filter *f = &j->roots[rt].filters[network];
	int tcp = network ? j->layers.connect_fd : j->layers.no_tcp_fd, n = 1;
	char tree[PATH_LEN];

	if (tcp == jail_template_tcp(j, network))
		tcp = -1;               /* its parent has it */
	memset(o, 0, offsetof(struct order, filter));
	o->uid = (uint32_t)s->uid;
	o->base = (uint32_t)j->config->max_files;
	o->tree = j->layers.of[LAYER_MOUNT].on ? (uint32_t)s->uid : 0;
	o->flags = (j->one_uid ? 0 : ORDER_UID) | (f->listener ? ORDER_LISTENER : 0);
	/* Else the end of the pid namespace, or of the container whose init we are, is every run's. */
	if (j->layers.pid_ns == -1 && getpid() != 1)
		o->flags |= ORDER_MORTAL;
	if (j->layers.of[LAYER_LANDLOCK].on) {
		o->flags |= ORDER_LANDLOCK | (tcp == -1 ? 0 : ORDER_TCP);
		fds[n++] = s->landlock_fd[rt];
		if (tcp != -1)
			fds[n++] = tcp;
	}
	o->n_limits = jail_limits(j, rt, o->limits);
	jail_places(j, s, rt, tree, sizeof(tree), o->cwd, sizeof(o->cwd));
	o->n_filter = f->len;
	memcpy(o->filter, f->prog, f->len * sizeof(f->prog[0]));
	int doors = cgroup_doors(&j->cgroups, place, &fds[n]);
	o->n_cgroups = (uint32_t)(doors == -1 ? 0 : doors);     /* the usher keeps them */
	return doors == -1 ? -1 : n + doors;
}

static void
plan_init(struct plan *p, struct jail *j, size_t place, enum runtime rt, bool network, const struct jail_ends *e,
    int report)
{
	struct root *root = &j->roots[rt];
	const struct slot *s = &j->slots[place];

	*p = (struct plan){
		.jail = j, .place = place, .slot = s, .root = root, .filter = &root->filters[network], .runtime = rt,
		.network = network, .in = e->in, .out = e->out[1], .err = e->err[1], .code = e->code, .report = report,
		.parent = j->layers.pid_ns == -1 ? getpid() : 0,        /* ours has no number in there */
	};
	jail_places(j, s, rt, p->tree, sizeof(p->tree), p->cwd, sizeof(p->cwd));
}

pid_t
jail_start(struct jail *j, size_t place, enum runtime rt, bool network, const struct jail_ends *e, int report,
    const char **step)
{
	struct root *root = &j->roots[rt];
	struct plan p;
	char heap[48], home[CWD_LEN + 16], tmpdir[CWD_LEN + 16];
	char *python[] = { root->interpreter, "-c", embedded("python.py", NULL), NULL };
	char *node[] = { root->interpreter, heap, "-e", embedded("node.js", NULL), NULL };
	char *env[LEN(j->env[0])];

	plan_init(&p, j, place, rt, network, e, report);
	/* V8 then says "JavaScript heap out of memory" itself instead of dying on a failed mmap. */
	(void)snprintf(heap, sizeof(heap), "--max-old-space-size=%lld", (long long)j->config->max_memory_mb * 3 / 4);
	(void)snprintf(home, sizeof(home), "HOME=%s", p.cwd);
	(void)snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", p.cwd);
	memcpy(env, j->env[network], sizeof(env));
	env[j->n_env[network]] = home;
	env[j->n_env[network] + 1] = tmpdir;
	env[j->n_env[network] + 2] = j->packages[rt].env[0] == '\0' ? NULL : (char *)(uintptr_t)j->packages[rt].env;
	env[j->n_env[network] + 3] = NULL;
	p.argv = rt == RT_PYTHON ? python : node;
	p.envp = env;
	*step = "cgroup";
	if (cgroup_reset(&j->cgroups, place) == -1)
		return -1;
	*step = "fork";
	return fork_child(&p);
}

struct jail_report
jail_report(int fd)
{
	struct record r;
	struct iovec iov = { &r, sizeof(r) };
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };
	struct jail_report rep = { .event = JAIL_AGAIN, .listener = -1 };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return rep;
	if (n != (ssize_t)sizeof(r)) {
		rep.event = JAIL_RUNNING;
		return rep;
	}
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
		rep.event = JAIL_LISTENER;
		memcpy(&rep.listener, CMSG_DATA(c), sizeof(int));
		return rep;
	}
	rep.event = JAIL_FAILED;
	if ((msg.msg_flags & MSG_CTRUNC) != 0) {
		rep.step = "listener";  /* there was no descriptor left to take it */
		rep.error = EMFILE;
		return rep;
	}
	rep.step = r.step < LEN(steps) ? steps[r.step].name : "unknown";
	rep.error = r.error;
	return rep;
}

/* The kernel may know longer structs than our headers do (SECCOMP_GET_NOTIF_SIZES). */
union notif { struct seccomp_notif n; char room[512]; };
union notif_resp { struct seccomp_notif_resp r; char room[256]; };

/* The libcs disagree on the type of a request, too. */
static int
notif_ioctl(int listener, unsigned long request, void *arg)
{
	return (int)syscall(SYS_ioctl, listener, request, arg);
}

int
jail_answer(int listener, bool *exec_allowed, bool all, uint64_t args[6])
{
	union notif in;
	union notif_resp out;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	if (notif_ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) == -1)
		return errno == EINTR || errno == ENOENT ? -1 : -2;     /* ENOENT: the caller was killed meanwhile */
	memcpy(args, in.n.data.args, sizeof(in.n.data.args));
	bool start = *exec_allowed && filter_is_exec(in.n.data.nr), go = start || all;

	out.r.id = in.n.id;
	out.r.error = go ? 0 : -EPERM;
	out.r.flags = go ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	if (start)
		*exec_allowed = false;
	int rc;
	do
		rc = notif_ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);
	while (rc == -1 && errno == EINTR);
	/* ENOENT: it was killed while waiting. Else it waits on, and only the listener's end gives it an answer (ENOSYS). */
	if (rc == -1 && errno != ENOENT)
		return -2;
	if (in.n.data.nr == SYS_prctl && args[0] == ENTER_EXITING)
		return -3;
	return start ? -1 : in.n.data.nr;
}

int
jail_probe(struct jail *j, enum runtime rt, bool network, char *why, size_t n)
{
	struct jail_ends e;
	struct plan p;
	const char *step;
	int status, report[2];
	pid_t pid = -1;

	if (jail_ends_make(&e, (struct slice){ "", 0 }, (struct slice){ "", 0 }, &step) == 0) {
		step = "socketpair";
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) == 0) {
			plan_init(&p, j, 0, rt, network, &e, report[1]);
			p.probe = true;
			step = "fork";
			pid = fork_child(&p);
		}
	}
	if (pid == -1) {
		(void)snprintf(why, n, "jail: %s: %s", step, strerror(errno));
		return -1;
	}
	jail_ends_close(&e);
	(void)close(report[1]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	int ret = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
	if (ret == -1)
		(void)snprintf(why, n, "jail for %s: the child ended with status %d", runtime_name(rt), status);
	for (struct jail_report r; (r = jail_report(report[0])).event != JAIL_RUNNING && r.event != JAIL_AGAIN; ) {
		if (r.event == JAIL_LISTENER)
			(void)close(r.listener);
		else
			(void)snprintf(why, n, "jail for %s: %s: %s", runtime_name(rt), r.step, strerror(r.error));
	}
	(void)close(e.out[0]);
	(void)close(e.err[0]);
	(void)close(report[0]);
	return ret;
}

/*** An installer ***/

/* A run's limits, but for time, memory and size; and room for npm, which opens many files at once. */
static uint32_t
install_limits(const struct jail *j, enum runtime rt, struct limit *limits)
{
	const struct config *c = j->config;
	uint32_t n = jail_limits(j, rt, limits);
	uint64_t memory = (uint64_t)c->install_memory_mb * MIB, cpu = (uint64_t)c->install_timeout + 1;
	const struct limit own[] = {
		{ RLIMIT_CPU,    0, cpu, cpu + 1 },
		{ RLIMIT_AS,     0, memory, memory },
		{ RLIMIT_DATA,   0, memory, memory },
		{ RLIMIT_FSIZE,  0, (uint64_t)c->max_packages_mb * MIB, (uint64_t)c->max_packages_mb * MIB },
		{ RLIMIT_NOFILE, 0, (uint64_t)c->max_files, (uint64_t)c->max_files },
	};

	for (uint32_t i = 0; i < n; i++)
		for (size_t k = 0; k < LEN(own); k++)
			if (limits[i].resource == own[k].resource && (rt == RT_PYTHON || limits[i].resource != RLIMIT_AS))
				limits[i] = own[k];
	return n;
}

/* Its rules: the root filesystem to read, its directory to write. A descriptor, -1 with errno. */
static int
install_rules(const struct jail *j, const struct install *in)
{
	const struct root *r = &j->roots[in->runtime];
	char prefix[PATH_LEN];
	const char *more[] = { prefix, in->cwd + 1 };
	bool own = strcmp(r->path, "/") == 0;

	/* As this process sees it: what is mounted below it here is not there in the monitor. */
	int fd = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	setup_prefix(r, prefix, sizeof(prefix));
	int rules = fd == -1 ? -1 : landlock_rules(&j->layers, fd, in->work, own, more);
	if (rules != -1 && in->scripts && landlock_execute(rules, in->work) == -1)
		close_fd(&rules);
	int e = errno;
	close_fd(&fd);
	errno = e;
	return rules;
}

pid_t
jail_install(const struct jail *j, const struct install *in, const char **step, char *why, size_t n)
{
	static struct filter filters[RT_COUNT];
	const struct root *root = &j->roots[in->runtime];
	struct filter *f = &filters[in->runtime];
	/* Modes by path, which pip sets: without root no code of packages runs in there (processes), and nobody else's. */
	const struct filter_spec spec = { .runtime = in->runtime, .network = in->network, .shared_uid = j->one_uid,
	    .processes = in->scripts, .allowed = "",
	    .report_fd = (int)j->config->max_files + SLOT_FD_REPORT };
	struct slot slot = j->installer;
	struct limit limits[LIMITS];
	char heap[48], home[CWD_LEN + 16], tmpdir[CWD_LEN + 16];
	char *python[] = { (char *)(uintptr_t)root->interpreter, (char *)(uintptr_t)"-I", (char *)(uintptr_t)"-c",
	    embedded("pip.py", NULL), NULL };
	char *node[] = { (char *)(uintptr_t)root->interpreter, heap, (char *)(uintptr_t)"-e", embedded("npm.js", NULL), NULL };
	char *env[LEN(j->env[0])];
	struct plan p = { .jail = j, .place = j->n_slots, .slot = &slot, .root = root, .filter = f, .runtime = in->runtime,
	    .network = in->network, .out = in->out, .err = in->out, .code = in->parameters, .report = in->report,
	    .parent = j->layers.pid_ns == -1 ? getpid() : 0, .argv = in->runtime == RT_PYTHON ? python : node, .envp = env,
	    .limits = limits };

	if (f->prog == NULL && filter_build(f, &spec, why, n) == -1)
		return -1;
	p.n_limits = install_limits(j, in->runtime, limits);
	(void)snprintf(p.tree, sizeof(p.tree), "%s", root->path);
	(void)snprintf(p.cwd, sizeof(p.cwd), "%s", in->cwd);
	(void)snprintf(heap, sizeof(heap), "--max-old-space-size=%lld", (long long)j->config->install_memory_mb * 3 / 4);
	(void)snprintf(home, sizeof(home), "HOME=%s", p.cwd);
	(void)snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s/tmp", p.cwd);
	size_t n_env = j->n_env[in->network];
	memcpy(env, j->env[in->network], sizeof(env));
	env[n_env] = home;
	env[n_env + 1] = tmpdir;
	env[n_env + 2] = NULL;
	*step = "Landlock";
	if (j->layers.of[LAYER_LANDLOCK].on && (slot.landlock_fd[in->runtime] = install_rules(j, in)) == -1)
		return -1;
	*step = "stdin";
	p.in = empty_input();
	pid_t pid = -1;
	if (p.in != -1) {
		*step = "fork";
		pid = fork_child(&p);
	}
	int e = errno;
	close_fd(&p.in);
	close_fd(&slot.landlock_fd[in->runtime]);
	errno = e;
	return pid;
}

/*** Clearing away ***/

/* As the slot, so that nobody else is reached. The saved uid stays root, to come back; kill(2) does not look at it. */
static int
kill_once(uid_t uid)
{
	uid_t real, effective, saved;

	if (setresuid(uid, uid, 0) == -1)
		return -1;
	/* As root the next call would end every process there is: look, whatever the last one said. */
	if (uid == 0 || getresuid(&real, &effective, &saved) == -1 || real != uid || effective != uid) {
		errno = EPERM;
		return -1;
	}
	(void)kill(-1, SIGKILL);        /* its result does not tell whether there was anybody */
	return setresuid(0, 0, 0);
}

/* Does any process of the uid exist, the dead that nobody has reaped included? */
static bool
uid_in_use(uid_t uid)
{
	errno = 0;
	(void)getpriority(PRIO_USER, uid);
	return errno != ESRCH;
}

static int
kill_uid(uid_t uid, unsigned patience_ms)
{
	const struct timespec pause = { 0, 1000000 };

	for (unsigned rounds = 0; uid_in_use(uid); rounds++) {
		if (rounds == patience_ms) {
			errno = EBUSY;
			return -1;
		}
		if (kill_once(uid) == -1)
			return -1;
		(void)nanosleep(&pause, NULL);  /* until the dead are reaped */
	}
	return 0;
}

DIR *
open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL && fd != -1)
		(void)close(fd);
	return d;
}

bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
is_empty(int fd)
{
	DIR *d = open_dir(fd, ".");
	const struct dirent *e = NULL;

	errno = 0;
	while (d != NULL && (e = readdir(d)) != NULL && is_dots(e->d_name))
		;
	bool whole = e == NULL && errno == 0;   /* an error looks like the end */
	if (d != NULL)
		(void)closedir(d);
	return d != NULL && whole;
}

/* Move at/name up into top under a name that is free. */
static int
lift(int at, const char *name, int top)
{
	static unsigned long serial;
	char fresh[32];

	for (int tries = 0; tries < 10000; tries++) {
		(void)snprintf(fresh, sizeof(fresh), ".lifted-%lu", serial++);
		if (renameat(at, name, top, fresh) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return -1;
	}
	return -1;
}

/*
 * Empty one directory of top: its files go, its directories move up into top.
 * So no tree is too deep, and no more than two directories are open at once.
 */
static int
empty_child(int top, const char *name)
{
	DIR *d = open_dir(top, name);
	const struct dirent *e;
	int failed = 0;

	if (d == NULL)
		return -1;
	while (failed == 0 && (e = readdir(d)) != NULL) {
		if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		if ((errno != EISDIR && errno != EPERM) || lift(dirfd(d), e->d_name, top) == -1)
			failed = errno;
	}
	(void)closedir(d);
	/* Something that stays would have the caller come back for ever. What went meanwhile is no failure. */
	if (failed != 0 && failed != ENOENT) {
		errno = failed == ENOTEMPTY ? EEXIST : failed;
		return -1;
	}
	return unlinkat(top, name, AT_REMOVEDIR);
}

int
empty_scratch(int top)
{
	for (bool again = true; again; ) {
		DIR *d = open_dir(top, ".");
		const struct dirent *e;
		int failed = 0;

		if (d == NULL)
			return -1;
		again = false;
		while ((e = readdir(d)) != NULL) {
			if (is_dots(e->d_name))
				continue;
			again = true;
			if (unlinkat(top, e->d_name, 0) == -1 && empty_child(top, e->d_name) == -1 && errno != ENOTEMPTY)
				failed = errno;
		}
		(void)closedir(d);
		if (failed != 0) {
			errno = failed;
			return -1;
		}
	}
	return 0;
}

pid_t
jail_sweep(const struct jail *j, size_t place, unsigned patience_ms)
{
	const struct slot *s = &j->slots[place];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	loop_child_signals();
	if (cgroup_kill(&j->cgroups, place) == -1)
		_exit(errno == 0 || errno > 255 ? 255 : errno);
	if (!j->one_uid && kill_uid(s->uid, patience_ms) == -1)
		_exit(errno == 0 || errno > 255 ? 255 : errno);
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		if (s->scratch_fd[rt] != -1 && empty_scratch(s->scratch_fd[rt]) == -1)
			_exit(errno == 0 || errno > 255 ? 255 : errno);
	_exit(0);
}

static pid_t
fork_killer(const struct jail *j, uid_t uid, size_t place, unsigned patience_ms)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	loop_child_signals();
	if (place != SLOTS_NONE && cgroup_kill(&j->cgroups, place) == -1)
		_exit(errno == 0 || errno > 255 ? 255 : errno);
	_exit(kill_uid(uid, patience_ms) == 0 ? 0 : errno == 0 || errno > 255 ? 255 : errno);
}

int
jail_end(const struct jail *j, uid_t uid, size_t place, unsigned patience_ms)
{
	const struct timespec pause = { 0, 1000000 };
	int status = 0;

	/* While the killer has the uid, what it is to kill can stop or kill it: then the next one may be faster. */
	for (int tries = 0; tries < 3; tries++) {
		pid_t pid = fork_killer(j, uid, place, patience_ms), ended = 0;
		if (pid == -1)
			return -1;
		/* Its processes may be orphans, and ours: until they are reaped the uid is in use. */
		for (unsigned ms = 0; ended != pid && ms < patience_ms + 1000; ) {
			ended = waitpid(-1, &status, WNOHANG);
			ms += ended <= 0;
			if (ended <= 0)
				(void)nanosleep(&pause, NULL);
		}
		if (ended != pid && kill(pid, SIGKILL) == 0)
			while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
				;
		if (WIFEXITED(status)) {
			errno = WEXITSTATUS(status);
			return errno == 0 ? 0 : -1;
		}
	}
	errno = EBUSY;
	return -1;
}

pid_t
jail_end_installer(const struct jail *j, unsigned patience_ms)
{
	return fork_killer(j, j->installer.uid, j->n_slots, patience_ms);
}

static bool
is_swept(const struct jail *j, size_t place)
{
	const struct slot *s = &j->slots[place];
	bool empty = true;

	/* In the tree of mounts it is one directory for both languages. */
	for (size_t rt = 0, seen = 0; empty && rt < RT_COUNT && (seen == 0 || !j->layers.of[LAYER_MOUNT].on); rt++) {
		empty = s->scratch_fd[rt] == -1 || is_empty(s->scratch_fd[rt]);
		seen += s->scratch_fd[rt] != -1;
	}
	return empty;
}

bool
jail_clean(const struct jail *j, size_t place)
{
	return (j->one_uid || !uid_in_use(j->slots[place].uid)) && is_swept(j, place);
}

/* Add what is in the directory; stops early where a limit is passed. */
static int
count(int at, const char *name, unsigned depth, const struct usage *limits, struct usage *u)
{
	DIR *d = open_dir(at, name);
	const struct dirent *e;
	struct stat st;

	if (d == NULL)
		return errno == ENOENT || errno == EACCES || errno == ELOOP || errno == ENOTDIR ? 0 : -1;
	u->too_deep = u->too_deep || depth > SCRATCH_DEPTH_MAX;
	while (!u->too_deep && u->files <= limits->files && u->bytes <= limits->bytes && (e = readdir(d)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		u->files++;             /* also one that is removed meanwhile: it bounds the walk */
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		u->bytes += (uint64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode))
			(void)count(dirfd(d), e->d_name, depth + 1, limits, u);
	}
	(void)closedir(d);
	return 0;
}

int
jail_count(int fd, uint64_t bytes_max, uint64_t files_max, struct usage *u)
{
	const struct usage most = { .bytes = bytes_max, .files = files_max };

	return count(fd, ".", 0, &most, u);
}

/*
 * Files that have lost their names take their room until they are closed. To
 * look at them takes CAP_SYS_PTRACE, or the slot's own uid (ptrace(2), "access
 * mode checking"): that is taken on for as long. What cannot be looked at stays
 * uncounted: RLIMIT_FSIZE times RLIMIT_NOFILE bounds it.
 */
static void
count_nameless(const struct jail *j, const struct slot *slot, int scratch_fd, pid_t pid, struct usage *u)
{
	char dir[48];
	struct stat home, st;
	const struct dirent *e;

	(void)snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	if (!j->one_uid) {              /* neither call says whether it worked: the look does */
		(void)setfsgid((gid_t)slot->uid);
		(void)setfsuid(slot->uid);
	}
	DIR *d = fstat(scratch_fd, &home) == -1 ? NULL : opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (!is_dots(e->d_name) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
		    st.st_nlink == 0 && st.st_dev == home.st_dev)
			u->bytes += (uint64_t)st.st_blocks * 512;
	if (d != NULL)
		(void)closedir(d);
	if (!j->one_uid) {
		(void)setfsuid(geteuid());
		(void)setfsgid(getegid());
	}
}

int
jail_usage(const struct jail *j, size_t place, enum runtime rt, pid_t pid, struct usage *u)
{
	const struct slot *s = &j->slots[place];
	const struct usage most = {
		.bytes = (uint64_t)j->config->max_scratch_mb * 1024 * 1024, .files = (uint64_t)j->config->max_scratch_files,
	};

	*u = (struct usage){ 0 };
	count_nameless(j, s, s->scratch_fd[rt], pid, u);
	return count(s->scratch_fd[rt], ".", 0, &most, u);
}
