/*
 * jail.c - run one untrusted program, say how it began, leave nothing behind.
 *
 *   server (root)            child (root -> slot uid)          program
 *   jail_start  ---fork--->  steps[] in order  ----execve--->  python3 | node
 *   report      <----------  {step, errno}, or the listener    (fd closed)
 *   jail_answer <---------------- the one execve, then every refused call
 *   jail_sweep  ---fork--->  as the slot: kill(-1); as root: empty the scratch
 *
 * The report socket is close-on-exec: EOF means the program has been started, a
 * record means that step failed and nothing untrusted ran. The program cannot
 * forge one: the descriptor stands above RLIMIT_NOFILE. Filters, argv and envp
 * are built before fork; after it the child makes only async-signal-safe calls.
 * Every slot has its own uid, so kill(-1) as that uid reaches what a setsid()
 * would hide. Nothing here sees HTTP, JSON or the queue.
 */
#include "sandbox.h"

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
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

/*** Landlock (landlock(7)): the fence that holds where file modes do not ***/

#define LL_EXECUTE     (1u << 0)
#define LL_WRITE_FILE  (1u << 1)
#define LL_READ_FILE   (1u << 2)
#define LL_READ_DIR    (1u << 3)
#define LL_MAKE_CHAR   (1u << 6)
#define LL_MAKE_BLOCK  (1u << 11)
#define LL_TRUNCATE    (1u << 14)
#define LL_IOCTL_DEV   (1u << 15)
#define LL_RULE_PATH_BENEATH 1

/* The kernel's structs, whole: older headers lack the later fields. */
struct ll_ruleset { uint64_t fs, net, scoped; };
struct ll_beneath { uint64_t allowed; int32_t fd; } __attribute__((packed));

/* What each ABI can fence: every file right it knows, and how much of the struct it reads. */
static const struct { uint64_t fs, scoped; size_t size; } ll_abis[] = {
	[1] = { (1u << 13) - 1, 0, 8 },
	[2] = { (1u << 14) - 1, 0, 8 },         /* rename between directories */
	[3] = { (1u << 15) - 1, 0, 8 },         /* truncate */
	[4] = { (1u << 15) - 1, 0, 16 },        /* TCP: not used here */
	[5] = { (1u << 16) - 1, 0, 16 },        /* ioctl on devices */
	[6] = { (1u << 16) - 1, 3, 24 },        /* abstract sockets and signals stay inside */
};

static int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u /* VERSION */);

	return abi < 1 ? 0 : abi < (long)LEN(ll_abis) ? (int)abi : (int)LEN(ll_abis) - 1;
}

static int
landlock_add(int ruleset, int fd, uint64_t allowed)
{
	struct ll_beneath beneath = { allowed, fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &beneath, 0u);
}

/* Read and execute the root, write the scratch directory and the null device. A descriptor, or -1. */
static int
landlock_ruleset(int abi, int root_fd, int scratch_fd)
{
	struct ll_ruleset attr = { .fs = ll_abis[abi].fs, .scoped = ll_abis[abi].scoped };
	uint64_t all = attr.fs, device = LL_READ_FILE | LL_WRITE_FILE | ((LL_TRUNCATE | LL_IOCTL_DEV) & all);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, ll_abis[abi].size, 0u);

	if (ruleset == -1)
		return -1;
	int null = openat(root_fd, "dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	bool ok = landlock_add(ruleset, root_fd, LL_EXECUTE | LL_READ_FILE | LL_READ_DIR) == 0 &&
	    landlock_add(ruleset, scratch_fd, all & ~(uint64_t)(LL_EXECUTE | LL_MAKE_CHAR | LL_MAKE_BLOCK)) == 0 &&
	    (null == -1 || landlock_add(ruleset, null, device) == 0);

	if (null != -1)
		(void)close(null);
	if (!ok) {
		(void)close(ruleset);
		return -1;
	}
	return ruleset;
}

/*** The steps, in the child ***/

/* What the child needs; made before fork, read-only after it. */
struct plan {
	const struct jail *jail;
	const struct slot *slot;
	const struct root *root;
	struct filter *filter;
	enum runtime runtime;
	int in, out, err, code, report;
	pid_t server;
	int64_t cpu_s;
	char cwd[96];
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
step_session(const struct plan *p)
{
	(void)p;
	loop_child_signals();
	return setsid() == -1 ? -1 : 0;
}

/* Close every descriptor in [first, last]. */
static int
close_all(unsigned first, unsigned last)
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

/* Close everything but the n descriptors in keep, which is sorted here. */
static int
close_others(int *keep, size_t n)
{
	unsigned next = 0;

	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] > (int)next && close_all(next, (unsigned)keep[i] - 1) == -1)
			return -1;
		if (keep[i] >= (int)next)
			next = (unsigned)keep[i] + 1;
	}
	return close_all(next, ~0u);
}

/*
 * The server may hold a source under any number, a target's included: first all
 * else is closed, then every source is copied above the highest target, then
 * each copy goes to its place. So no copy can close a source still to be read.
 */
static int
step_stdio(const struct plan *p)
{
	int highest = landlock_fd(p);
	struct { int from, to, flags; } moves[] = {
		{ p->report, report_fd(p), O_CLOEXEC },
		{ p->slot->landlock_fd[p->runtime], landlock_fd(p), O_CLOEXEC },
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
	if (close_all(4, (unsigned)report_fd(p) - 1) == -1)
		return -1;
	return close_all((unsigned)highest + 1, ~0u);
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
	rlim_t space = p->runtime == RT_PYTHON ? memory : 131072 * MIB;
	const struct { int resource; rlim_t soft, hard; } limits[] = {
		{ RLIMIT_CPU,        cpu,       cpu + 1 },      /* SIGXCPU, then SIGKILL */
		{ RLIMIT_AS,         space,     space },
		{ RLIMIT_DATA,       memory,    memory },
		{ RLIMIT_STACK,      8 * MIB,   8 * MIB },
		{ RLIMIT_FSIZE,      (rlim_t)c->max_file_mb * MIB, (rlim_t)c->max_file_mb * MIB },
		{ RLIMIT_NOFILE,     files,     files },
		{ RLIMIT_NPROC,      (rlim_t)c->max_threads, (rlim_t)c->max_threads },  /* counted per uid: threads */
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
	if (chroot(p->root->path) == -1)
		return -1;
	return chdir("/");
}

static int
step_bounding(const struct plan *p)
{
	if (!p->jail->bounding)
		return 0;
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
step_groups(const struct plan *p)
{
	gid_t gid = (gid_t)p->slot->uid;

	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1)
		return -1;
	if (getgroups(0, NULL) != 0 || getegid() != gid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static int
step_uid(const struct plan *p)
{
	uid_t uid = p->slot->uid;

	return setresuid(uid, uid, uid);
}

/* A change between two uids that are not root keeps capabilities: drop them by name, then prove that root is gone. */
static int
step_capabilities(const struct plan *p)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } }, now[2];
	uid_t real, effective, saved;

	if (syscall(SYS_capset, &head, none) == -1)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 && errno != EINVAL)
		return -1;              /* EINVAL: Linux < 4.3 has no ambient set */
	if (syscall(SYS_capget, &head, now) == -1)
		return -1;
	bool clean = getresuid(&real, &effective, &saved) == 0 && real == p->slot->uid && effective == real &&
	    saved == real && memcmp(now, none, sizeof(none)) == 0;
	if (!clean || setresuid(0, 0, 0) == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
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
	if (getppid() != p->server) {
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
	if (!p->jail->landlock)
		return 0;
	if (syscall(SYS_landlock_restrict_self, landlock_fd(p), 0u) == -1)
		return -1;
	return close(landlock_fd(p));
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

/* All of a run's descriptors that the child gets; -1 where there is none yet. */
struct ends {
	int in, out[2], err[2], code, report[2];
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static void
close_child_ends(struct ends *e)
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
code_file(const struct jail_spec *spec)
{
	char head[32];
	int fd = (int)syscall(SYS_memfd_create, "code", 1u /* MFD_CLOEXEC */);

	if (fd == -1)
		return -1;
	int n = snprintf(head, sizeof(head), "%zu\n", spec->preload.n);
	if (write_all(fd, (struct slice){ head, (size_t)n }) == -1 || write_all(fd, spec->preload) == -1 ||
	    write_all(fd, spec->code) == -1 || lseek(fd, 0, SEEK_SET) == -1) {
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

/* 0, or -1 with errno and *step; what was opened is in *e either way. */
static int
make_ends(struct ends *e, const struct jail_spec *spec, const char **step)
{
	*e = (struct ends){ -1, { -1, -1 }, { -1, -1 }, -1, { -1, -1 } };
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
	e->code = code_file(spec);
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

static int
start(struct plan *p, const struct jail_spec *spec, struct jail_run *run, const char **step)
{
	struct ends e;
	int ret = make_ends(&e, spec, step);
	int saved;

	if (ret == 0) {
		p->in = e.in;
		p->out = e.out[1];
		p->err = e.err[1];
		p->code = e.code;
		p->report = e.report[1];
		*step = "fork";
		run->pid = fork_child(p);
		ret = run->pid == -1 ? -1 : 0;
	}
	saved = errno;
	close_child_ends(&e);
	if (ret == -1) {
		close_fd(&e.out[0]);
		close_fd(&e.err[0]);
		close_fd(&e.report[0]);
		errno = saved;
		return -1;
	}
	run->out = e.out[0];
	run->err = e.err[0];
	run->report = e.report[0];
	return 0;
}

static void
plan_init(struct plan *p, struct jail *j, const struct slot *s, const struct jail_spec *spec)
{
	struct root *root = &j->roots[spec->runtime];

	*p = (struct plan){
		.jail = j, .slot = s, .root = root, .filter = &root->filters[spec->network], .runtime = spec->runtime,
		.server = getpid(), .cpu_s = spec->cpu_s,
	};
	(void)snprintf(p->cwd, sizeof(p->cwd), "%s/%u", root->scratch, (unsigned)s->uid);
}

int
jail_start(struct jail *j, const struct slot *s, const struct jail_spec *spec, struct jail_run *run, const char **step)
{
	struct root *root = &j->roots[spec->runtime];
	struct plan p;
	char heap[48], home[112], tmpdir[112];
	char *python[] = { root->interpreter, "-c", boot_python, NULL };
	char *node[] = { root->interpreter, heap, "-e", boot_node, NULL };
	char *env[LEN(j->env[0])];

	plan_init(&p, j, s, spec);
	/* V8 then says "JavaScript heap out of memory" itself instead of dying on a failed mmap. */
	(void)snprintf(heap, sizeof(heap), "--max-old-space-size=%lld", (long long)j->config->max_memory_mb * 3 / 4);
	(void)snprintf(home, sizeof(home), "HOME=%s", p.cwd);
	(void)snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", p.cwd);
	memcpy(env, j->env[spec->network], sizeof(env));
	env[j->n_env[spec->network]] = home;
	env[j->n_env[spec->network] + 1] = tmpdir;
	env[j->n_env[spec->network] + 2] = NULL;
	p.argv = spec->runtime == RT_PYTHON ? python : node;
	p.envp = env;
	return start(&p, spec, run, step);
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
jail_answer(int listener, bool *exec_allowed)
{
	union notif in;
	union notif_resp out;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	if (notif_ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) == -1)
		return errno == EINTR || errno == ENOENT ? -1 : -2;     /* ENOENT: the caller was killed meanwhile */
	bool go = *exec_allowed && filter_is_exec(in.n.data.nr);

	out.r.id = in.n.id;
	out.r.error = go ? 0 : -EPERM;
	out.r.flags = go ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	if (go)
		*exec_allowed = false;
	(void)notif_ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);  /* ENOENT: it was killed while waiting */
	return go ? -1 : in.n.data.nr;
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
jail_sweep(const struct slot *s, unsigned patience_ms)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	loop_child_signals();
	if (kill_uid(s->uid, patience_ms) == -1)
		_exit(errno == 0 || errno > 255 ? 255 : errno);
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		if (s->scratch_fd[rt] != -1 && empty_scratch(s->scratch_fd[rt]) == -1)
			_exit(errno == 0 || errno > 255 ? 255 : errno);
	_exit(0);
}

const char *
jail_sweep_error(int status, char *text, size_t n)
{
	if (WIFSIGNALED(status))
		(void)snprintf(text, n, "killed by signal %d", WTERMSIG(status));
	else
		(void)snprintf(text, n, "%s", strerror(WEXITSTATUS(status)));
	return text;
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
jail_usage(const struct slot *s, enum runtime rt, pid_t pid, const struct usage *limits, struct usage *u)
{
	*u = (struct usage){ 0 };
	count_nameless(s->scratch_fd[rt], pid, u);
	return count(s->scratch_fd[rt], ".", 0, limits, u);
}

/*** Opening: root filesystems ***/

/* The first candidate that is an executable file inside the root, as an index, or -1. A child looks, in the chroot. */
static int
find_inside(const char *root, const char *const *candidates, int n)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		struct stat st;
		if (chroot(root) == -1 || chdir("/") == -1)
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

/* The directory of scratch directories: /tmp of a root of its own; the host's /tmp belongs to others. */
static int
open_scratch_parent(struct root *r)
{
	bool host = strcmp(r->path, "/") == 0;

	(void)snprintf(r->scratch, sizeof(r->scratch), host ? "/run/sandbox" : "/tmp");
	if (!host) {
		r->scratch_fd = make_dir(r->fd, "tmp", 0755);
		return r->scratch_fd == -1 ? -1 : 0;
	}
	int run = make_dir(r->fd, "run", 0755);
	if (run == -1)
		return -1;
	r->scratch_fd = make_dir(run, "sandbox", 0755);
	(void)close(run);
	return r->scratch_fd == -1 ? -1 : 0;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
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

	if (configured[0] != '\0') {
		(void)snprintf(r->path, sizeof(r->path), "%s", configured);
		return;
	}
	for (size_t i = 0; i < LEN(places); i++) {
		int n = snprintf(path, sizeof(path), "%.*s%s%s", places[i].n, places[i].prefix, places[i].sub, info->dir);
		if (n > 0 && (size_t)n < sizeof(r->path) && is_dir(path)) {
			memcpy(r->path, path, (size_t)n + 1);
			return;
		}
	}
	r->path[0] = '\0';
}

static int
find_interpreter(struct root *r, const struct runtime_info *info, const char *configured, config_warn *warn)
{
	char line[PATH_LEN + 128];
	const char *candidates[LEN(info->candidates) + 1] = { configured };
	int n = configured[0] != '\0' ? 1 : 0, first = n;

	for (size_t i = 0; i < LEN(info->candidates) && info->candidates[i] != NULL; i++)
		candidates[n++] = info->candidates[i];
	int found = find_inside(r->path, candidates, n);
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
	if (find_interpreter(r, &runtimes[rt], path[rt], warn) == -1)
		step = "no interpreter in it";
	else if (strcmp(r->path, "/") != 0 && close_shared_dirs(r, warn) == -1)
		step = "a directory that all may write cannot be closed";
	else if (strcmp(r->path, "/") == 0 && !j->landlock)
		step = "as a root filesystem the machine itself needs Landlock, which is not there";
	else if (open_scratch_parent(r) == -1)
		step = "no place for scratch directories";
	if (step == NULL)
		return;
	(void)snprintf(r->why, sizeof(r->why), "%.150s: %s", r->path, step);
	close_root(r);
}

/*** Opening: slots ***/

/* A scratch directory belongs to root and the slot's group, so the run can use it and cannot open it to others. */
static int
open_scratch(const struct root *r, uid_t uid)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", (unsigned)uid);
	int fd = make_dir(r->scratch_fd, name, 0700);
	if (fd == -1)
		return -1;
	struct stat st;
	/* The lock says that a server on this tree has the uid in use. */
	bool ok = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0;
	if (ok && (st.st_uid != 0 || st.st_gid != (gid_t)uid))
		ok = fchown(fd, 0, (gid_t)uid) == 0;
	if (ok && (st.st_mode & 07777) != 0770)
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

/* Take the identity uid: 0, or -1 with errno (EWOULDBLOCK: another server has it). */
static int
open_slot(const struct jail *j, struct slot *s, uid_t uid)
{
	*s = (struct slot){ uid, { -1, -1 }, { -1, -1 } };
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		const struct root *r = &j->roots[rt];
		if (r->fd == -1)
			continue;
		if (rt == RT_NODE && strcmp(r->path, j->roots[RT_PYTHON].path) == 0 && s->scratch_fd[RT_PYTHON] != -1)
			s->scratch_fd[rt] = fcntl(s->scratch_fd[RT_PYTHON], F_DUPFD_CLOEXEC, 0);
		else
			s->scratch_fd[rt] = open_scratch(r, uid);
		if (s->scratch_fd[rt] != -1 && j->landlock)
			s->landlock_fd[rt] = landlock_ruleset(j->landlock_abi, r->fd, s->scratch_fd[rt]);
		if (s->scratch_fd[rt] == -1 || (j->landlock && s->landlock_fd[rt] == -1)) {
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
sweep_now(const struct slot *s)
{
	int status = 0;
	pid_t pid = jail_sweep(s, START_PATIENCE_MS);

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

/* Take the slots of the block that begins with first. 0, or an errno and nothing is taken. */
static int
open_block(struct jail *j, size_t first, size_t block, size_t n)
{
	j->n_slots = 0;
	if (claim_block(j, first, block) == -1)
		return errno;
	for (j->n_slots = 0; j->n_slots < n; j->n_slots++) {
		struct slot *s = &j->slots[j->n_slots];

		if (open_slot(j, s, (uid_t)(first + j->n_slots)) == 0) {
			if (sweep_now(s) == 0)
				continue;
			int e = errno;
			close_slot(s);
			errno = e;
		}
		int e = errno;
		while (j->n_slots > 0)
			close_slot(&j->slots[--j->n_slots]);
		drop_claims(j);
		return e;
	}
	return 0;
}

/*
 * n identities in a row, from uid_base on. A block that another server uses
 * (EWOULDBLOCK), or in which something dead has not been reaped (EBUSY), is
 * passed over whole. A block is a power of two and aligned, so that one masked
 * comparison can tell its uids from all others.
 */
static int
open_slots(struct jail *j, size_t n, char *why, size_t whylen)
{
	size_t block = UID_UNIT;

	while (block < n)
		block *= 2;
	j->slots = calloc(n, sizeof(struct slot));
	if (j->slots == NULL) {
		(void)snprintf(why, whylen, "slots: %s", strerror(errno));
		return -1;
	}
	size_t first = ((size_t)j->config->uid_base + block - 1) / block * block;
	int e = EWOULDBLOCK;
	for (; (e == EWOULDBLOCK || e == EBUSY) && first + block <= 65536; first += block) {
		e = open_block(j, first, block, n);
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
			.runtime = (enum runtime)(i / 2), .network = i % 2 == 1, .listener = j->listener,
			.report_fd = (int)j->config->max_files + SLOT_FD_REPORT, .allowed = j->config->allowed_syscalls,
		};
		if (filter_build(&j->roots[i / 2].filters[i % 2], &spec, why, n) == -1)
			return -1;
	}
	return 0;
}

static bool
has_cap(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = { { 0 } };

	if (syscall(SYS_capget, &head, now) == -1)
		return false;
	return (now[cap / 32].effective >> (cap % 32) & 1) != 0;
}

/* Read the layers option: what has been switched off. */
static int
read_layers(const char *list, bool *no_listener, bool *no_landlock, char *why, size_t whylen)
{
	for (const char *p = list; *p != '\0'; ) {
		struct slice item = { p, strcspn(p, ",") };

		if (slice_is(item, "-listener")) {
			*no_listener = true;
		} else if (slice_is(item, "-landlock")) {
			*no_landlock = true;
		} else {
			(void)snprintf(why, whylen, "layers: %.*s is not -landlock or -listener", (int)item.n, p);
			return -1;
		}
		p += item.n + (p[item.n] == ',');
	}
	return 0;
}

static int
find_layers(struct jail *j, char *why, size_t n)
{
	bool no_listener = false, no_landlock = false;
	char landlock[48];

	if (read_layers(j->config->layers, &no_listener, &no_landlock, why, n) == -1)
		return -1;

	j->landlock_abi = landlock_abi();
	j->landlock = !no_landlock && j->landlock_abi > 0;
	j->listener = !no_listener && filter_listener_works();
	j->exec_answered = j->listener && !filter_exec_unseen(j->config->allowed_syscalls);
	j->bounding = has_cap(CAP_SETPCAP);
	(void)snprintf(landlock, sizeof(landlock), "landlock on (ABI %d)", j->landlock_abi);
	(void)snprintf(j->layers, sizeof(j->layers), "chroot, uid, rlimits, seccomp on; %s; %s; %s",
	    j->landlock ? landlock : no_landlock ? "landlock off (configured)" : "landlock off (not in this kernel)",
	    j->listener ? "listener on" : no_listener ? "listener off (configured): refused calls have no name" :
	    "listener off (not to be had here): refused calls have no name",
	    j->bounding ? "bounding set dropped" : "bounding set kept (no CAP_SETPCAP)");
	return 0;
}

/* Go through every step but the exec once, so that what this machine cannot do is said at start. */
static int
probe(struct jail *j, enum runtime rt, char *why, size_t n)
{
	struct plan p;
	struct jail_spec spec = { .runtime = rt, .cpu_s = 1 };
	struct jail_run run;
	const char *step;
	int status;

	plan_init(&p, j, &j->slots[0], &spec);
	p.probe = true;
	if (start(&p, &spec, &run, &step) == -1) {
		(void)snprintf(why, n, "jail: %s: %s", step, strerror(errno));
		return -1;
	}
	while (waitpid(run.pid, &status, 0) == -1 && errno == EINTR)
		;
	int ret = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
	if (ret == -1)
		(void)snprintf(why, n, "jail for %s: the child ended with status %d", runtime_name(rt), status);
	for (struct jail_report r; (r = jail_report(run.report)).event != JAIL_RUNNING && r.event != JAIL_AGAIN; ) {
		if (r.event == JAIL_LISTENER)
			(void)close(r.listener);
		else
			(void)snprintf(why, n, "jail for %s: %s: %s", runtime_name(rt), r.step, strerror(r.error));
	}
	(void)close(run.out);
	(void)close(run.err);
	(void)close(run.report);
	return ret;
}

int
jail_open(struct jail *j, const struct config *c, size_t n_slots, config_warn *warn, char *why, size_t n)
{
	*j = (struct jail){ .config = c };
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		j->roots[rt].fd = j->roots[rt].scratch_fd = -1;
	if (geteuid() != 0) {
		(void)snprintf(why, n, "the jail needs root (chroot, a uid for each run): start as root, or as root of a container");
		return -1;
	}
	if (find_layers(j, why, n) == -1)
		return -1;
	locate(&j->roots[RT_PYTHON], &runtimes[RT_PYTHON], c, c->python_rootfs);
	locate(&j->roots[RT_NODE], &runtimes[RT_NODE], c, c->nodejs_rootfs);
	/* An image of an interpreter with this program in it: only where no tree has been made for either language. */
	if (j->roots[RT_PYTHON].path[0] == '\0' && j->roots[RT_NODE].path[0] == '\0')
		j->roots[RT_PYTHON].path[0] = j->roots[RT_NODE].path[0] = '/';
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		open_root(j, (enum runtime)rt, warn);
	if (j->roots[RT_PYTHON].fd == -1 && j->roots[RT_NODE].fd == -1) {
		(void)snprintf(why, n, "no root filesystem can be used: python3: %s; nodejs: %s", j->roots[RT_PYTHON].why,
		    j->roots[RT_NODE].why);
		return -1;
	}
	if (build_env(j) == -1) {
		(void)snprintf(why, n, "environment: %s", strerror(errno));
		return -1;
	}
	if (build_filters(j, why, n) == -1 || open_slots(j, n_slots, why, n) == -1)
		return -1;
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		if (j->roots[rt].fd != -1 && probe(j, (enum runtime)rt, why, n) == -1)
			return -1;
	return 0;
}

void
jail_close(struct jail *j)
{
	char name[16];

	for (size_t i = 0; i < j->n_slots; i++) {
		(void)snprintf(name, sizeof(name), "%u", (unsigned)j->slots[i].uid);
		/* Removed while the lock is still held: the next server makes its own. */
		for (size_t rt = 0; rt < RT_COUNT; rt++)
			if (j->slots[i].scratch_fd[rt] != -1)
				(void)unlinkat(j->roots[rt].scratch_fd, name, AT_REMOVEDIR);
		close_slot(&j->slots[i]);
	}
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		close_root(&j->roots[rt]);
	drop_claims(j);
}
