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

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((rlim_t)1024 * 1024)
#define SCRATCH_DEPTH_MAX 128           /* directories below the scratch directory that jail_usage counts */
#define START_PATIENCE_MS 100           /* at start: the dead of another server may never be reaped */

/* The programs that read the code from descriptor 3 and run it; see runtime/. */
__asm__(".section .rodata\n"
    ".balign 16\n"
    "boot_python: .incbin \"runtime/python.py\"\n .byte 0\n"
    "boot_node: .incbin \"runtime/node.js\"\n .byte 0\n"
    ".previous\n");
extern char boot_python[], boot_node[];

static const struct runtime_info {
	const char *name;               /* in requests */
	const char *dir;                /* of its root filesystem */
	char *boot;
	const char *candidates[5];      /* interpreters, inside */
} runtimes[RT_COUNT] = {
	[RT_PYTHON] = { "python3", "python", boot_python, { "/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3" } },
	[RT_NODE]   = { "nodejs",  "node",   boot_node,   { "/usr/local/bin/node", "/usr/bin/node", "/usr/bin/nodejs" } },
};

const char *
runtime_name(enum runtime rt)
{
	return runtimes[rt].name;
}

int
runtime_find(struct slice name)
{
	for (int i = 0; i < RT_COUNT; i++)
		if (slice_is(name, runtimes[i].name))
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
	int64_t cpu_s;
	char tree[PATH_LEN], cwd[96];   /* to chroot into; the scratch directory in there */
	char **argv, **envp;
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
connect_fd(const struct plan *p)
{
	return (int)p->jail->config->max_files + SLOT_FD_CONNECT;
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
	int highest = connect_fd(p);
	struct { int from, to, flags; } moves[] = {
		{ p->report, report_fd(p), O_CLOEXEC },
		{ p->slot->landlock_fd[p->runtime], landlock_fd(p), O_CLOEXEC },
		{ p->network ? p->jail->layers.connect_fd : -1, connect_fd(p), O_CLOEXEC },
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

/* prlimit64(2) itself: the libcs disagree on the type of a resource's number. */
static int
limit(int resource, rlim_t soft, rlim_t hard)
{
	struct { uint64_t soft, hard; } now, set;

	if (syscall(SYS_prlimit64, 0, resource, NULL, &now) == -1)
		return -1;
	/* Without CAP_SYS_RESOURCE hard limits only go down. */
	set.hard = hard < now.hard ? hard : now.hard;
	set.soft = soft < set.hard ? soft : set.hard;
	return (int)syscall(SYS_prlimit64, 0, resource, &set, NULL);
}

static int
step_rlimits(const struct plan *p)
{
	const struct config *c = p->jail->config;
	rlim_t memory = (rlim_t)c->max_memory_mb * MIB, cpu = (rlim_t)p->cpu_s, files = (rlim_t)c->max_files;
	/* V8 reserves far more than it uses; this bound is only for page tables. */
	/* Counted per uid. One uid for all: the bound is on all of them, and on what else this user runs. */
	rlim_t threads = (rlim_t)c->max_threads * (p->jail->one_uid ? p->jail->n_slots : 1) + (p->jail->one_uid ? 1024 : 0);
	rlim_t space = p->runtime == RT_PYTHON ? memory : 131072 * MIB;
	const struct { int resource; rlim_t soft, hard; } limits[] = {
		{ RLIMIT_CPU,        cpu,       cpu + 1 },      /* SIGXCPU, then SIGKILL */
		{ RLIMIT_AS,         space,     space },
		{ RLIMIT_DATA,       memory,    memory },
		{ RLIMIT_STACK,      8 * MIB,   8 * MIB },
		{ RLIMIT_FSIZE,      (rlim_t)c->max_file_mb * MIB, (rlim_t)c->max_file_mb * MIB },
		{ RLIMIT_NOFILE,     files,     files },
		{ RLIMIT_NPROC,      threads,       threads },
		{ RLIMIT_CORE,       0,         0 },
		{ RLIMIT_MEMLOCK,    65536,     65536 },
		{ RLIMIT_MSGQUEUE,   0,         0 },
		{ RLIMIT_SIGPENDING, 256,       256 },
		{ RLIMIT_NICE,       0,         0 },
		{ RLIMIT_RTPRIO,     0,         0 },
	};

	for (size_t i = 0; i < LEN(limits); i++)
		if (limit(limits[i].resource, limits[i].soft, limits[i].hard) == -1)
			return -1;
	return 0;
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
	if (drop_caps() == -1)
		return -1;
	if (geteuid() == 0 || setresuid(0, 0, 0) == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static int
step_scratch(const struct plan *p)
{
	(void)umask(022);
	return chdir(p->cwd);
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
	if (landlock_enter(landlock_fd(p)) == -1 || close(landlock_fd(p)) == -1)
		return -1;
	if (!p->network || p->jail->layers.connect_fd == -1)
		return 0;
	return landlock_enter(connect_fd(p)) == -1 ? -1 : close(connect_fd(p));
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

static int
step_seccomp(const struct plan *p)
{
	int listener = filter_load(p->filter, getpid());

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
	for (size_t i = 0; i < LEN(steps); i++) {
		if (steps[i].run(p) != -1)
			continue;
		struct record r = { (uint32_t)i, errno };
		/* Before "stdio" is through, the socket is still where the server made it. */
		if (send_record(report_fd(p), r, -1) == -1)
			(void)send_record(p->report, r, -1);
		break;
	}
	_exit(127);
}

/*** Starting ***/

static void
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
	close_fd(&e->report[1]);
}

static int
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
	if (write_all(fd, (struct slice){ head, (size_t)n }) == -1 || write_all(fd, preload) == -1 ||
	    write_all(fd, code) == -1 || lseek(fd, 0, SEEK_SET) == -1) {
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
	*e = (struct jail_ends){ -1, { -1, -1 }, { -1, -1 }, -1, { -1, -1 } };
	*step = "pipe";
	if (pipe2(e->out, O_CLOEXEC) == -1 || pipe2(e->err, O_CLOEXEC) == -1)
		return -1;
	if (fcntl(e->out[0], F_SETFL, O_NONBLOCK) == -1 || fcntl(e->err[0], F_SETFL, O_NONBLOCK) == -1)
		return -1;
	*step = "socketpair";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->report) == -1)
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

static void
plan_init(struct plan *p, struct jail *j, size_t place, enum runtime rt, bool network, const struct jail_ends *e)
{
	struct root *root = &j->roots[rt];
	const struct slot *s = &j->slots[place];

	*p = (struct plan){
		.jail = j, .place = place, .slot = s, .root = root, .filter = &root->filters[network], .runtime = rt,
		.network = network, .in = e->in, .out = e->out[1], .err = e->err[1], .code = e->code, .report = e->report[1],
		.parent = j->layers.pid_ns == -1 ? getpid() : 0,        /* ours has no number in there */
		.cpu_s = j->config->worker_timeout + 1,
	};
	if (j->layers.of[LAYER_MOUNT].on) {
		tree_path(s->uid, rt, p->tree, sizeof(p->tree));
		(void)snprintf(p->cwd, sizeof(p->cwd), "/tmp");
	} else {
		(void)snprintf(p->tree, sizeof(p->tree), "%s", root->path);
		(void)snprintf(p->cwd, sizeof(p->cwd), "%s/%s", root->scratch, s->name);
	}
}

pid_t
jail_start(struct jail *j, size_t place, enum runtime rt, bool network, const struct jail_ends *e)
{
	struct root *root = &j->roots[rt];
	struct plan p;
	char heap[48], home[112], tmpdir[112];
	char *python[] = { root->interpreter, "-c", boot_python, NULL };
	char *node[] = { root->interpreter, heap, "-e", boot_node, NULL };
	char *env[LEN(j->env[0])];

	plan_init(&p, j, place, rt, network, e);
	/* V8 then says "JavaScript heap out of memory" itself instead of dying on a failed mmap. */
	(void)snprintf(heap, sizeof(heap), "--max-old-space-size=%lld", (long long)j->config->max_memory_mb * 3 / 4);
	(void)snprintf(home, sizeof(home), "HOME=%s", p.cwd);
	(void)snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", p.cwd);
	memcpy(env, j->env[network], sizeof(env));
	env[j->n_env[network]] = home;
	env[j->n_env[network] + 1] = tmpdir;
	env[j->n_env[network] + 2] = NULL;
	p.argv = rt == RT_PYTHON ? python : node;
	p.envp = env;
	if (cgroup_reset(&j->cgroups, place) == -1)
		return -1;
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
	(void)notif_ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);  /* ENOENT: it was killed while waiting */
	return start ? -1 : in.n.data.nr;
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

static DIR *
open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL && fd != -1)
		(void)close(fd);
	return d;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
is_empty(int fd)
{
	DIR *d = open_dir(fd, ".");
	const struct dirent *e = NULL;

	while (d != NULL && (e = readdir(d)) != NULL && is_dots(e->d_name))
		;
	if (d != NULL)
		(void)closedir(d);
	return d != NULL && e == NULL;
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

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		if ((errno != EISDIR && errno != EPERM) || lift(dirfd(d), e->d_name, top) == -1)
			break;
	}
	(void)closedir(d);
	return unlinkat(top, name, AT_REMOVEDIR);
}

/* Remove everything in the directory, following nothing. 0, or -1 with errno. */
static int
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

bool
jail_clean(const struct jail *j, size_t place)
{
	const struct slot *s = &j->slots[place];
	bool clean = j->one_uid || !uid_in_use(s->uid);

	for (size_t rt = 0; clean && rt < RT_COUNT; rt++)
		clean = s->scratch_fd[rt] == -1 || is_empty(s->scratch_fd[rt]);
	return clean;
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

/*
 * Files that have lost their names take their room until they are closed. Where
 * the server may not look (no CAP_SYS_PTRACE over another uid) they stay
 * uncounted: RLIMIT_FSIZE times RLIMIT_NOFILE bounds them.
 */
static void
count_nameless(int scratch_fd, pid_t pid, struct usage *u)
{
	char dir[48];
	struct stat home, st;
	const struct dirent *e;

	(void)snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	DIR *d = fstat(scratch_fd, &home) == -1 ? NULL : opendir(dir);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (!is_dots(e->d_name) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
		    st.st_nlink == 0 && st.st_dev == home.st_dev)
			u->bytes += (uint64_t)st.st_blocks * 512;
	(void)closedir(d);
}

int
jail_usage(const struct jail *j, size_t place, enum runtime rt, pid_t pid, struct usage *u)
{
	const struct slot *s = &j->slots[place];
	const struct usage most = {
		.bytes = (uint64_t)j->config->max_scratch_mb * 1024 * 1024, .files = (uint64_t)j->config->max_scratch_files,
	};

	*u = (struct usage){ 0 };
	count_nameless(s->scratch_fd[rt], pid, u);
	return count(s->scratch_fd[rt], ".", 0, &most, u);
}

/*** Opening: root filesystems ***/

/* The first candidate that is an executable file inside the root (NULL: here), as an index, or -1. A child looks, in the chroot. */
static int
find_inside(const char *root, const char *const *candidates, int n)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		struct stat st;
		if ((root != NULL && chroot(root) == -1) || chdir("/") == -1)
			_exit(255);
		for (int i = 0; i < n; i++)
			if (stat(candidates[i], &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0)
				_exit(i);
		_exit(255);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) >= n)
		return -1;
	return WEXITSTATUS(status);
}

/* Directories that other software leaves open to all; each would be a channel between runs. */
static const char *const shared_dirs[] = { "tmp", "var/tmp", "dev/shm", "dev/mqueue", "run/lock", "var/lock", "run" };

static int
close_shared_dirs(const struct root *r, config_warn *warn)
{
	char line[PATH_LEN + 128];

	for (size_t i = 0; i < LEN(shared_dirs); i++) {
		struct stat st;
		int fd = openat(r->fd, shared_dirs[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			continue;
		int rc = fstat(fd, &st);
		if (rc == 0 && (st.st_mode & 0002) != 0) {
			rc = fchmod(fd, 0755);
			(void)snprintf(line, sizeof(line), "%s/%s was writable by all, a channel between runs: its mode is 0755 now",
			    r->path, shared_dirs[i]);
			if (rc == 0)
				warn(line);
		}
		int e = errno;
		(void)close(fd);
		errno = e;
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
make_dir(int at, const char *name, mode_t mode)
{
	if (mkdirat(at, name, mode) == -1 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool
is_host(const struct root *r)
{
	return strcmp(r->path, "/") == 0;
}

/* A directory that nobody else may enter or has prepared for us. A descriptor or -1. */
static int
own_dir(const char *path)
{
	struct stat st;
	int fd = make_dir(AT_FDCWD, path, 0700);

	if (fd == -1 || (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0077) == 0))
		return fd;
	(void)close(fd);
	errno = EACCES;
	return -1;
}

/* Names that cannot be guessed are not used again: remove what a server that was killed has left. */
static void
remove_stale(int parent)
{
	DIR *d = open_dir(parent, ".");
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		int fd = is_dots(e->d_name) ? -1 : openat(parent, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			continue;
		/* Locked: another server's of this user. What cannot be removed is not in anybody's way. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && empty_scratch(fd) == 0)
			(void)unlinkat(parent, e->d_name, AT_REMOVEDIR);
		(void)close(fd);
	}
	if (d != NULL)
		(void)closedir(d);
}

/* The directory of scratch directories: /tmp of a root of its own; the host's /tmp belongs to others. */
static int
open_scratch_parent(const struct jail *j, struct root *r)
{
	static const char *const places[] = { "/tmp", "/dev/shm" };

	if (!is_host(r)) {
		(void)snprintf(r->scratch, sizeof(r->scratch), "/tmp");
		r->scratch_fd = make_dir(r->fd, "tmp", 0755);
	} else if (!j->one_uid) {
		(void)snprintf(r->scratch, sizeof(r->scratch), "/run/sandbox");
		if (mkdir("/run", 0755) == -1 && errno != EEXIST)
			return -1;
		r->scratch_fd = make_dir(AT_FDCWD, r->scratch, 0755);
	} else {
		for (size_t i = 0; i < LEN(places) && r->scratch_fd == -1; i++) {
			(void)snprintf(r->scratch, sizeof(r->scratch), "%s/sandbox-%u", places[i], (unsigned)geteuid());
			r->scratch_fd = own_dir(r->scratch);
		}
		if (r->scratch_fd != -1)
			remove_stale(r->scratch_fd);
	}
	return r->scratch_fd == -1 ? -1 : 0;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Take the directory's full name, as it will be needed from elsewhere. False when there is none. */
static bool
take_place(struct root *r, const char *path)
{
	char *full = is_dir(path) ? realpath(path, NULL) : NULL;
	bool fits = full != NULL && strlen(full) < sizeof(r->path);

	if (fits)
		memcpy(r->path, full, strlen(full) + 1);
	free(full);
	return fits;
}

/* The root's place: as configured, beside the configuration, in the working directory, /rootfs; empty: none. */
static void
locate(struct root *r, const struct runtime_info *info, const struct config *c, const char *configured)
{
	char path[PATH_LEN * 2];
	const char *slash = strrchr(c->file, '/');
	int dir = slash == NULL ? 0 : (int)(slash - c->file) + 1;
	const char *above = dir > 0 ? "../rootfs/" : "rootfs/"; /* of conf/config.yaml; never of the working directory */
	const struct { int n; const char *prefix, *sub; } places[] = {
		{ dir, c->file, "rootfs/" }, { dir, c->file, above }, { 0, "", "rootfs/" }, { 0, "", "/rootfs/" },
	};

	r->path[0] = '\0';
	if (configured[0] != '\0') {
		if (!take_place(r, configured))
			(void)snprintf(r->path, sizeof(r->path), "%s", configured);     /* open_root() says what is wrong */
		return;
	}
	for (size_t i = 0; i < LEN(places) && r->path[0] == '\0'; i++) {
		(void)snprintf(path, sizeof(path), "%.*s%s%s", places[i].n, places[i].prefix, places[i].sub, info->dir);
		(void)take_place(r, path);
	}
}

static int
find_interpreter(const struct jail *j, struct root *r, const struct runtime_info *info, const char *configured, config_warn *warn)
{
	char line[PATH_LEN + 128];
	const char *candidates[LEN(info->candidates) + 1] = { configured };
	int n = configured[0] != '\0' ? 1 : 0, first = n;

	for (size_t i = 0; i < LEN(info->candidates) && info->candidates[i] != NULL; i++)
		candidates[n++] = info->candidates[i];
	int found = find_inside(j->layers.of[LAYER_CHROOT].on ? r->path : NULL, candidates, n);
	if (found == -1)
		return -1;
	if (first == 1 && found != 0) {
		(void)snprintf(line, sizeof(line), "%s is not in %s; using %s", configured, r->path, candidates[found]);
		warn(line);
	}
	(void)snprintf(r->interpreter, sizeof(r->interpreter), "%s", candidates[found]);
	return 0;
}

static void
close_root(struct root *r)
{
	close_fd(&r->fd);
	close_fd(&r->scratch_fd);
}

/* Leaves r->fd at -1, with r->why, when this language cannot be run here. */
static void
open_root(struct jail *j, enum runtime rt, config_warn *warn)
{
	struct root *r = &j->roots[rt];
	const char *const path[] = { j->config->python_path, j->config->nodejs_path };

	if (r->path[0] == '\0') {
		(void)snprintf(r->why, sizeof(r->why), "there is no rootfs/%s", runtimes[rt].dir);
		return;
	}
	r->fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->fd == -1) {
		(void)snprintf(r->why, sizeof(r->why), "%.200s: %s", r->path, strerror(errno));
		return;
	}
	const char *step = NULL;
	bool fenced = j->layers.of[LAYER_LANDLOCK].on || j->config->allow_weak_isolation;
	if (!is_host(r) && !j->layers.of[LAYER_CHROOT].on)
		step = "without the right to chroot the interpreters must be at /";
	else if (is_host(r) && !fenced)
		step = "as a root filesystem the machine itself needs Landlock, which is not there (or allow_weak_isolation)";
	else if (find_interpreter(j, r, &runtimes[rt], path[rt], warn) == -1)
		step = "no interpreter in it";
	if (step == NULL)
		return;
	(void)snprintf(r->why, sizeof(r->why), "%.150s: %s", r->path, step);
	close_root(r);
}

/*** Opening: slots ***/

/* A scratch directory belongs to root and the slot's group, so the run can use it and cannot open it to others. */
static int
open_scratch(const struct jail *j, const struct root *r, const struct slot *s)
{
	uid_t uid = s->uid;
	int fd = make_dir(r->scratch_fd, s->name, 0700);

	if (fd == -1)
		return -1;
	struct stat st;
	/* The lock says that a server on this tree has the uid in use. */
	bool ok = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0;
	if (ok && !j->one_uid && (st.st_uid != 0 || st.st_gid != (gid_t)uid))
		ok = fchown(fd, 0, (gid_t)uid) == 0;
	if (ok && !j->one_uid && (st.st_mode & 07777) != 0770)
		ok = fchmod(fd, 0770) == 0;
	if (!ok) {
		int e = errno;
		(void)close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

static void
close_slot(struct slot *s)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		close_fd(&s->scratch_fd[rt]);
		close_fd(&s->landlock_fd[rt]);
	}
}

static bool
same_root(const struct jail *j)
{
	return strcmp(j->roots[RT_PYTHON].path, j->roots[RT_NODE].path) == 0;
}

/* The slot's scratch directories: 0, or -1 with errno (EWOULDBLOCK: another server has it). */
static int
open_slot_scratch(const struct jail *j, struct slot *s)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (j->roots[rt].fd == -1)
			continue;
		if (j->layers.of[LAYER_MOUNT].on)
			s->scratch_fd[rt] = tree_scratch(s->uid);
		else if (rt == RT_NODE && same_root(j) && s->scratch_fd[RT_PYTHON] != -1)
			s->scratch_fd[rt] = fcntl(s->scratch_fd[RT_PYTHON], F_DUPFD_CLOEXEC, 0);
		else
			s->scratch_fd[rt] = open_scratch(j, &j->roots[rt], s);
		if (s->scratch_fd[rt] == -1) {
			int e = errno;
			close_slot(s);
			errno = e;
			return -1;
		}
	}
	return 0;
}

/* What a server that was killed has left in a slot must not meet the first run in it. 0, or -1 with errno. */
static int
sweep_now(const struct jail *j, size_t place)
{
	int status = 0;
	pid_t pid = jail_sweep(j, place, START_PATIENCE_MS);

	if (pid == -1)
		return -1;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return status == 0 ? 0 : -1;
}

/*
 * A uid is one and the same for every server of this machine, also for those on
 * other root filesystems: a name in the abstract name space of unix(7) is the
 * lock of UID_UNIT of them, which the kernel gives back when its holder is gone.
 * A descriptor, or -1 with errno.
 */
static int
claim_unit(size_t unit)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "sandbox/uids/%zu", unit * UID_UNIT);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0)
		return fd;
	int e = errno == EADDRINUSE ? EWOULDBLOCK : errno;
	(void)close(fd);
	errno = e;
	return -1;
}

static void
drop_claims(struct jail *j)
{
	while (j->n_claims > 0)
		(void)close(j->claims[--j->n_claims]);
}

static int
claim_block(struct jail *j, size_t first, size_t block)
{
	for (size_t unit = first / UID_UNIT; unit * UID_UNIT < first + block; unit++) {
		int fd = claim_unit(unit);
		if (fd == -1) {
			int e = errno;
			drop_claims(j);
			errno = e;
			return -1;
		}
		j->claims[j->n_claims++] = fd;
	}
	return 0;
}

static void
name_slot(const struct jail *j, struct slot *s)
{
	uint64_t chance;
	int n = snprintf(s->name, sizeof(s->name), "%u", (unsigned)s->uid);

	if (!j->one_uid)
		return;
	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		abort();                /* the kernel fills 8 bytes or was not booted yet (getrandom(2)) */
	(void)snprintf(s->name + n, sizeof(s->name) - (size_t)n, "-%016llx", (unsigned long long)chance);
}

/* Take the slots of the block that begins with first. 0, or an errno and nothing is taken. */
static int
open_block(struct jail *j, size_t first, size_t block, size_t n, bool dirs)
{
	j->n_slots = 0;
	if (claim_block(j, first, block) == -1)
		return errno;
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &j->slots[i];

		*s = (struct slot){ .uid = (uid_t)(first + i), .scratch_fd = { -1, -1 }, .landlock_fd = { -1, -1 } };
		name_slot(j, s);
		j->n_slots = i + 1;
		if ((!dirs || open_slot_scratch(j, s) == 0) && sweep_now(j, i) == 0)
			continue;
		int e = errno;
		for (; j->n_slots > 0; j->n_slots--)
			close_slot(&j->slots[j->n_slots - 1]);
		drop_claims(j);
		return e;
	}
	/* The last of the block are for processes of ours. */
	j->server_uid = (uid_t)(first + block - 1);
	return 0;
}

/*
 * n identities in a row, from uid_base on. A block that another server uses
 * (EWOULDBLOCK), or in which something dead has not been reaped (EBUSY), is
 * passed over whole. A block is a power of two and aligned, so that one masked
 * comparison can tell its uids from all others.
 */
static int
open_slots(struct jail *j, size_t n, bool dirs, char *why, size_t whylen)
{
	size_t block = UID_UNIT;

	while (block < n + UIDS_OURS)
		block *= 2;
	j->slots = calloc(n, sizeof(struct slot));
	if (j->slots == NULL) {
		(void)snprintf(why, whylen, "slots: %s", strerror(errno));
		return -1;
	}
	size_t first = ((size_t)j->config->uid_base + block - 1) / block * block;
	int e = EWOULDBLOCK;
	for (; (e == EWOULDBLOCK || e == EBUSY) && first + block <= 65536; first += block) {
		e = open_block(j, first, block, n, dirs);
		if (e == 0)
			return 0;
	}
	if (e == EWOULDBLOCK || e == EBUSY)
		(void)snprintf(why, whylen, "all uids from %lld on are in use on these root filesystems",
		    (long long)j->config->uid_base);
	else
		(void)snprintf(why, whylen, "scratch directories in %.128s%s and %.128s%s: %s (they must be writable: a tmpfs "
		    "there will do; and CAP_CHOWN is needed)", j->roots[RT_PYTHON].path, j->roots[RT_PYTHON].scratch,
		    j->roots[RT_NODE].path, j->roots[RT_NODE].scratch, strerror(e));
	return -1;
}

/* Scratch directories in the root filesystems themselves, where there is no tree of mounts. */
static int
use_roots(struct jail *j, config_warn *warn, char *why, size_t n)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		struct root *r = &j->roots[rt];
		const char *step = NULL;

		if (r->fd == -1)
			continue;
		if (!is_host(r) && close_shared_dirs(r, warn) == -1)
			step = "a directory that all may write cannot be closed";
		else if (open_scratch_parent(j, r) == -1)
			step = "no place for scratch directories (a tmpfs there will do)";
		if (step == NULL)
			continue;
		(void)snprintf(why, n, "%.150s%s: %s: %s", r->path, r->scratch, step, strerror(errno));
		return -1;
	}
	return 0;
}

/* The tree of mounts for the slots that have been taken, else directories for them in the roots. */
static int
use_tree(struct jail *j, config_warn *warn, char *why, size_t n)
{
	struct tree_spec spec = {
		.n_slots = j->n_slots, .first = j->slots[0].uid, .one_uid = j->one_uid,
		.bytes = (uint64_t)j->config->max_scratch_mb * MIB, .files = (uint64_t)j->config->max_scratch_files,
	};
	bool overlay = j->layers.of[LAYER_LOCKS].wanted;
	const char *step;

	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		spec.roots[rt] = j->roots[rt].fd == -1 ? NULL : j->roots[rt].path;
		if (spec.roots[rt] != NULL)
			(void)mkdirat(j->roots[rt].fd, "tmp", 0755);    /* a tree without one; where it is read-only, tree_make() says so */
	}
	if (tree_make(&spec, &overlay, &step) == -1) {
		layer_off(&j->layers, LAYER_MOUNT, "%s: %s", step, strerror(errno));
		layer_off(&j->layers, LAYER_LOCKS, "needs the mount layer");
		if (use_roots(j, warn, why, n) == -1)
			return -1;
	} else {
		layer_on(&j->layers, LAYER_MOUNT);
		if (overlay)
			layer_on(&j->layers, LAYER_LOCKS);
		else if (j->layers.of[LAYER_LOCKS].wanted)
			layer_off(&j->layers, LAYER_LOCKS, "no overlay of these root filesystems");
	}
	for (size_t i = 0; i < j->n_slots; i++) {
		if (open_slot_scratch(j, &j->slots[i]) == 0)
			continue;
		(void)snprintf(why, n, "scratch directory of uid %u: %s", (unsigned)j->slots[i].uid, strerror(errno));
		return -1;
	}
	return 0;
}

/* The directory above the interpreter's own, for a root that is the machine's: "usr" of /usr/bin/python3. */
static void
prefix_of(const struct root *r, char *prefix, size_t n)
{
	const char *end = r->interpreter + strlen(r->interpreter);

	for (int up = 0; up < 2; up++)
		while (end > r->interpreter && *--end != '/')
			;
	(void)snprintf(prefix, n, "%.*s", end > r->interpreter ? (int)(end - r->interpreter - 1) : 0, r->interpreter + 1);
}

/* Each slot's rules name its own directories. 0 or -1 with errno. */
static int
build_rules(struct jail *j)
{
	char path[PATH_LEN], prefix[PATH_LEN];

	for (size_t i = 0; j->layers.of[LAYER_LANDLOCK].on && i < j->n_slots; i++) {
		struct slot *s = &j->slots[i];
		for (size_t rt = 0; rt < RT_COUNT; rt++) {
			struct root *r = &j->roots[rt];
			if (r->fd == -1)
				continue;
			int fd = r->fd;
			if (j->layers.of[LAYER_MOUNT].on) {
				tree_path(s->uid, (enum runtime)rt, path, sizeof(path));
				fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
			}
			prefix_of(r, prefix, sizeof(prefix));
			if (fd != -1)
				s->landlock_fd[rt] = landlock_rules(&j->layers, fd, s->scratch_fd[rt], is_host(r), prefix);
			if (fd != -1 && fd != r->fd)
				(void)close(fd);
			if (s->landlock_fd[rt] == -1)
				return -1;
		}
	}
	return 0;
}

/* Where the server process will be: a directory that has been removed, in which nothing can be made. */
static int
make_void(struct jail *j)
{
	int at = j->layers.of[LAYER_MOUNT].on ? AT_FDCWD : j->roots[j->roots[RT_PYTHON].fd != -1 ? RT_PYTHON : RT_NODE].scratch_fd;
	char name[32];

	(void)snprintf(name, sizeof(name), "void-%u", (unsigned)j->server_uid);
	j->void_fd = make_dir(at, name, 0700);
	if (j->void_fd == -1)
		return -1;
	return unlinkat(at, name, AT_REMOVEDIR);
}

/*** Opening: environment, filters, layers ***/

static int
env_add(struct jail *j, bool network, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return 0;
	if (j->n_env[network] + 4 > LEN(j->env[network])) {     /* HOME, TMPDIR and the end come later */
		errno = E2BIG;
		return -1;
	}
	char **at = &j->env[network][j->n_env[network]];
	if (asprintf(at, "%s=%s", key, value) == -1)
		return -1;
	j->n_env[network]++;
	return 0;
}

static int
build_env(struct jail *j)
{
	const struct config *c = j->config;
	const struct { bool network; const char *key, *value; } vars[] = {
		{ false, "PATH", "/usr/local/bin:/usr/bin:/bin" },
		{ false, "LANG", "C.UTF-8" },
		{ false, "TZ", getenv("TZ") },
		/* An arena reserves 64 MiB of address space, and RLIMIT_AS counts what is reserved (mallopt(3)). */
		{ false, "MALLOC_ARENA_MAX", "2" },
		{ true, "http_proxy", c->proxy_http }, { true, "HTTP_PROXY", c->proxy_http },
		{ true, "https_proxy", c->proxy_https }, { true, "HTTPS_PROXY", c->proxy_https },
		{ true, "all_proxy", c->proxy_socks5 }, { true, "ALL_PROXY", c->proxy_socks5 },
	};

	for (size_t i = 0; i < LEN(vars); i++) {
		if (!vars[i].network && env_add(j, false, vars[i].key, vars[i].value) == -1)
			return -1;
		if (env_add(j, true, vars[i].key, vars[i].value) == -1)
			return -1;
	}
	return 0;
}

static int
build_filters(struct jail *j, char *why, size_t n)
{
	for (size_t i = 0; i < RT_COUNT * 2; i++) {
		struct filter_spec spec = {
			.runtime = (enum runtime)(i / 2), .network = i % 2 == 1,
			.listener = j->layers.of[LAYER_LISTENER].on, .shared_uid = j->one_uid,
			.reachable = j->one_uid && !j->layers.of[LAYER_MOUNT].on,
			.report_fd = (int)j->config->max_files + SLOT_FD_REPORT, .allowed = j->config->allowed_syscalls,
		};
		if (filter_build(&j->roots[i / 2].filters[i % 2], &spec, why, n) == -1)
			return -1;
	}
	return 0;
}

/* What can be said before anything is made. */
static int
find_layers(struct jail *j, char *why, size_t n)
{
	const struct config *c = j->config;
	struct layers *l = &j->layers;

	if (layers_read(l, c->layers, why, n) == -1)
		return -1;
	j->one_uid = geteuid() != 0;
	if (j->one_uid)
		user_enter(l, (uid_t)c->uid_base);
	else
		layer_off(l, LAYER_USER, "not needed: started as root");
	layer_on(l, LAYER_RLIMITS);
	layer_on(l, LAYER_SECCOMP);
	if (!j->one_uid || has_cap(CAP_SYS_CHROOT))
		layer_on(l, LAYER_CHROOT);
	else
		layer_off(l, LAYER_CHROOT, "not root, and no user namespace");
	if (j->one_uid)
		layer_off(l, LAYER_UID, "not root: one uid for all runs and the server; no run can signal or make a process");
	else
		layer_on(l, LAYER_UID);
	if (has_cap(CAP_SETPCAP))
		layer_on(l, LAYER_CAPS);
	else
		layer_off(l, LAYER_CAPS, j->one_uid ? "there are none, and no_new_privs keeps it so" : "the bounding set stays: no CAP_SETPCAP");
	landlock_find(l);
	if (!l->of[LAYER_LISTENER].wanted)
		;
	else if (filter_listener_works())
		layer_on(l, LAYER_LISTENER);
	else
		layer_off(l, LAYER_LISTENER, "not to be had here: refused calls have no name");
	j->exec_answered = l->of[LAYER_LISTENER].on && !filter_exec_unseen(c->allowed_syscalls);
	if (l->of[LAYER_SERVER].wanted)
		layer_on(l, LAYER_SERVER);
	return 0;
}

/* The cgroups, which are looked for in the machine's own filesystem. */
static void
find_cgroups(struct jail *j)
{
	static const enum layer layer_of[CG_LAYERS] = {
		[CG_MEMORY] = LAYER_MEMORY, [CG_PIDS] = LAYER_PIDS, [CG_KILL] = LAYER_KILL, [CG_CONNECT] = LAYER_CONNECT,
	};
	const struct config *c = j->config;
	char name[32];
	struct cgroup_spec spec = {
		.name = name, .n_slots = j->n_slots, .port = c->enable_network ? (uint16_t)c->port : 0,
		/* What a run writes to its tmpfs is memory too. */
		.memory_bytes = (uint64_t)(c->max_memory_mb + c->max_scratch_mb) * MIB, .pids = (uint64_t)c->max_threads,
	};

	(void)snprintf(name, sizeof(name), "sandbox-%u", (unsigned)j->slots[0].uid);
	for (size_t i = 0; i < CG_LAYERS; i++)
		spec.want[i] = j->layers.of[layer_of[i]].wanted;
	cgroup_open(&j->cgroups, &spec);
	for (size_t i = 0; i < CG_LAYERS; i++) {
		if (!spec.want[i])
			continue;
		if (j->cgroups.on[i])
			layer_on(&j->layers, layer_of[i]);
		else
			layer_off(&j->layers, layer_of[i], "%s", j->cgroups.why[i]);
	}
}

/* How a run is kept from this server's own port, where the cgroup does not do it; else there is no network. */
static void
fence_port(struct jail *j)
{
	struct layer_state *connect = &j->layers.of[LAYER_CONNECT];

	j->network = j->config->enable_network;
	if (!j->network) {
		layer_off(&j->layers, LAYER_CONNECT, "not needed: no run has network");
		return;
	}
	if (connect->on)
		return;
	if (!j->one_uid) {
		size_t len = strlen(connect->why);
		(void)snprintf(connect->why + len, sizeof(connect->why) - len, "; a run's connection is closed when it is accepted");
		return;
	}
	/* One uid: the server could not tell its runs' connections from its user's. */
	if (connect->wanted && landlock_connect(&j->layers, (uint16_t)j->config->port) == 0) {
		layer_on(&j->layers, LAYER_CONNECT);
		return;
	}
	if (connect->wanted)
		layer_off(&j->layers, LAYER_CONNECT, "no cgroup to do it, and Landlock's TCP rules: %s", strerror(errno));
	j->network = j->config->allow_weak_isolation;
}

/* Go through every step but the exec once, so that what this machine cannot do is said at start. */
static int
probe(struct jail *j, enum runtime rt, bool network, char *why, size_t n)
{
	struct jail_ends e;
	struct plan p;
	const char *step;
	int status;
	pid_t pid = -1;

	if (jail_ends_make(&e, (struct slice){ "", 0 }, (struct slice){ "", 0 }, &step) == 0) {
		plan_init(&p, j, 0, rt, network, &e);
		p.probe = true;
		step = "fork";
		pid = fork_child(&p);
	}
	if (pid == -1) {
		(void)snprintf(why, n, "jail: %s: %s", step, strerror(errno));
		return -1;
	}
	jail_ends_close(&e);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	int ret = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
	if (ret == -1)
		(void)snprintf(why, n, "jail for %s: the child ended with status %d", runtime_name(rt), status);
	for (struct jail_report r; (r = jail_report(e.report[0])).event != JAIL_RUNNING && r.event != JAIL_AGAIN; ) {
		if (r.event == JAIL_LISTENER)
			(void)close(r.listener);
		else
			(void)snprintf(why, n, "jail for %s: %s: %s", runtime_name(rt), r.step, strerror(r.error));
	}
	(void)close(e.out[0]);
	(void)close(e.err[0]);
	(void)close(e.report[0]);
	return ret;
}

/* The probes, in a child: it enters the runs' pid namespace, from which there may be no way back. */
static int
rehearse(struct jail *j, char *why, size_t n)
{
	int fd[2], status = 0;

	(void)snprintf(why, n, "jail: pipe or fork: %s", strerror(errno));
	if (pipe2(fd, O_CLOEXEC) == -1)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		bool ok = jail_enter(j) == 0;
		if (!ok)
			(void)snprintf(why, n, "jail: pid namespace: %s", strerror(errno));
		for (size_t i = 0; ok && i < RT_COUNT * 2; i++)
			ok = j->roots[i / 2].fd == -1 || (i % 2 == 1 && !j->network) ||
			    probe(j, (enum runtime)(i / 2), i % 2 == 1, why, n) == 0;
		if (!ok)
			(void)write_all(fd[1], (struct slice){ why, strlen(why) });     /* else the status says it */
		_exit(ok ? 0 : 1);
	}
	(void)close(fd[1]);
	ssize_t got = pid == -1 ? 0 : read(fd[0], why, n - 1);
	(void)close(fd[0]);
	if (got > 0)
		why[got] = '\0';
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return pid != -1 && status == 0 ? 0 : -1;
}

int
jail_enter(const struct jail *j)
{
	return namespaces_enter(&j->layers);
}

static int
open_roots(struct jail *j, config_warn *warn, char *why, size_t n)
{
	const struct config *c = j->config;

	locate(&j->roots[RT_PYTHON], &runtimes[RT_PYTHON], c, c->python_rootfs);
	locate(&j->roots[RT_NODE], &runtimes[RT_NODE], c, c->nodejs_rootfs);
	/*
	 * An image of an interpreter with this program in it: only where no tree has
	 * been made for either language, or where none could be entered.
	 */
	bool none = j->roots[RT_PYTHON].path[0] == '\0' && j->roots[RT_NODE].path[0] == '\0';
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		bool named = (rt == RT_PYTHON ? c->python_rootfs : c->nodejs_rootfs)[0] != '\0';
		if (none || (!j->layers.of[LAYER_CHROOT].on && !named))
			(void)snprintf(j->roots[rt].path, sizeof(j->roots[rt].path), "/");
		open_root(j, (enum runtime)rt, warn);
	}
	if (j->roots[RT_PYTHON].fd != -1 || j->roots[RT_NODE].fd != -1)
		return 0;
	(void)snprintf(why, n, "no root filesystem can be used: python3: %s; nodejs: %s", j->roots[RT_PYTHON].why,
	    j->roots[RT_NODE].why);
	return -1;
}

int
jail_open(struct jail *j, const struct config *c, size_t n_slots, config_warn *warn, char *why, size_t n)
{
	*j = (struct jail){ .config = c, .void_fd = -1 };
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		j->roots[rt].fd = j->roots[rt].scratch_fd = -1;
	cgroup_open(&j->cgroups, &(struct cgroup_spec){ .name = "" });  /* none, until it is known whose */
	if (find_layers(j, why, n) == -1 || open_roots(j, warn, why, n) == -1)
		return -1;
	if (build_env(j) == -1) {
		(void)snprintf(why, n, "environment: %s", strerror(errno));
		return -1;
	}
	/* Where there is no hope for a tree of mounts, a slot is only taken with its directories. */
	bool mounts = j->layers.of[LAYER_MOUNT].wanted && has_cap(CAP_SYS_ADMIN) && j->layers.of[LAYER_CHROOT].on;
	if (!mounts && use_roots(j, warn, why, n) == -1)
		return -1;
	if (open_slots(j, n_slots, !mounts, why, n) == -1)
		return -1;
	find_cgroups(j);
	namespaces_open(&j->layers, j->one_uid ? 0 : j->server_uid - 1);
	if (mounts && use_tree(j, warn, why, n) == -1)
		return -1;
	for (size_t i = LAYER_MOUNT; !mounts && i <= LAYER_LOCKS; i++)
		if (j->layers.of[i].wanted)
			layer_off(&j->layers, (enum layer)i, "needs CAP_SYS_ADMIN");
	fence_port(j);
	if (build_filters(j, why, n) == -1)
		return -1;
	if (build_rules(j) == -1 || make_void(j) == -1) {
		(void)snprintf(why, n, "Landlock rules, or a directory for the server: %s", strerror(errno));
		return -1;
	}
	return rehearse(j, why, n);
}

void
jail_close(struct jail *j)
{
	for (size_t i = 0; i < j->n_slots; i++) {
		/* Removed while the lock is still held: the next server makes its own. A tree of mounts goes by itself. */
		for (size_t rt = 0; rt < RT_COUNT && !j->layers.of[LAYER_MOUNT].on; rt++)
			if (j->slots[i].scratch_fd[rt] != -1)
				(void)unlinkat(j->roots[rt].scratch_fd, j->slots[i].name, AT_REMOVEDIR);
		close_slot(&j->slots[i]);
	}
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (j->one_uid && is_host(&j->roots[rt]) && j->roots[rt].scratch_fd != -1)
			(void)rmdir(j->roots[rt].scratch);      /* best effort: another server may use it */
		close_root(&j->roots[rt]);
	}
	if (j->layers.keeper > 0)
		(void)kill(j->layers.keeper, SIGKILL);  /* ours and not reaped: loop.c or the end of this process does that */
	cgroup_close(&j->cgroups);
	drop_claims(j);
}
