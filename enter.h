/*
 * enter.h - the steps into the jail that a cold run (jail.c) and a copy of a
 * template (runtime/helper.c) have in common, and the messages between the
 * monitor, a template and its copies.
 *
 * helper.so lives in an interpreter of whatever libc: no function here uses one.
 * Each makes its system calls itself and returns 0 (or what it says), or a
 * negative errno.
 */
#ifndef ENTER_H
#define ENTER_H

#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The header of prctl(2)'s numbers differs between the libcs; they are ABI. */
#define ENTER_PDEATHSIG 1
#define ENTER_DUMPABLE 4
#define ENTER_NNP 38
#define ENTER_AMBIENT 47
#define ENTER_AMBIENT_CLEAR 4

/*
 * An option that prctl(2) does not have: a copy of Python calls it with its exit status just before it exits of its
 * own accord. A listener passes it on, so that the answer need not wait until the kernel has taken the process apart;
 * without one it is refused like any other. A program that lies gains what _exit(2) gives it.
 */
#define ENTER_EXITING 100000
#define ENTER_LEAVES 0x100              /* with the status: its scratch directory is swept before the answer */

#define ENTER_EPERM 1
#define ENTER_EAGAIN 11
#define ENTER_EINVAL 22
#define ENTER_ENOSYS 38

/* Placeholders in a compiled filter (filter.c): the run's own pid, above any (PID_MAX_LIMIT is 2^22); */
#define PID_HERE 0x7a5e1d05
/* the address of the one execve's path: its halves, which are no other constant. */
#define PATH_HIGH 0x7a5e1d06u
#define PATH_LOW  0x7a5e1d07u

/* setrlimit(2): hard limits only go down. */
struct limit {
	int32_t resource, unused;
	uint64_t soft, hard;
};

#define LIMITS 16

/*** Messages ***/

/* Descriptors that a template is started with, besides 0, 1, 2. */
#define TEMPLATE_ORDERS 3               /* struct order comes, an enum made goes */
#define TEMPLATE_DEATHS 4               /* struct death goes; first of all one with pid 0: it waits for orders */
#define TEMPLATE_GATE 5                 /* for its copies: each says the ticket of its order */
#define TEMPLATE_FDS 6                  /* what is above them is the interpreter's */

#define ORDER_UID      1u               /* become uid, which is the gid too */
#define ORDER_LANDLOCK 2u               /* a ruleset comes with it */
#define ORDER_TCP      4u               /* and one for TCP */
#define ORDER_LISTENER 8u               /* refused calls go to a listener */
#define ORDER_MORTAL   16u              /* die with the usher: nothing else would end a run when all of us are gone */

/* The copy says at the gate that it is there. A pipe comes with the order, with a byte when it is in its cgroups. */
#define ORDER_GATE     32u
#define ORDER_PRESSED  64u              /* its run will hardly come after it: what it would do ahead is left to that */

#define ORDER_CGROUPS 3                 /* at most */
#define ORDER_FDS 4                     /* line, rulesets, pipe; in this order */

/* To the usher, on TEMPLATE_ORDERS: one byte. */
enum made { MADE_FORKED = 'f', MADE_FAILED = 'x' };

/*
 * How to make a copy. What a copy needs besides comes in with its descriptors. From
 * the monitor to the usher n_cgroups more, cgroup.procs of each: they are as good
 * as root's right to move any process, so a template does not get them.
 */
struct order {
	uint32_t flags, uid;
	uint32_t base;                  /* the first descriptor that a program cannot have: RLIMIT_NOFILE */
	uint32_t tree;                  /* for the usher: which slot's root */
	uint32_t ticket;                /* from the usher: another for each */
	uint32_t n_limits, n_cgroups, n_filter;
	struct limit limits[LIMITS];
	char cwd[96];                   /* the scratch directory; NUL at its end */
	struct sock_filter filter[BPF_MAXINSNS];        /* n_filter of them are sent */
};

/*
 * What a copy says on its line: HELLO with the listener, where there is one; TAKEN when it has what GO brought.
 * If that was there before, it has nothing to wait for: then TAKEN is the first word, and has what HELLO has.
 */
enum said { SAID_HELLO, SAID_TAKEN, SAID_FAILED };
struct saying {
	uint32_t what;                  /* enum said */
	int32_t pid;                    /* its own, as it sees it */
	uint32_t step;                  /* FAILED: enum copy_step, */
	int32_t error;                  /* and errno there */
};

/* The descriptors of GO. */
enum { GO_IN, GO_OUT, GO_ERR, GO_CODE, GO_FDS };

/* The end of a child, told by its parent. */
struct death {
	int32_t pid;                    /* as that sees it */
	int32_t status;                 /* of wait4(2) */
	int64_t cpu_ms, peak_kb;
};

/* What can fail in a copy, in order. */
enum copy_step {
	COPY_GATE, COPY_SESSION, COPY_LINE, COPY_RLIMITS, COPY_UID, COPY_CAPABILITIES, COPY_DUMPABLE, COPY_SCRATCH,
	COPY_PDEATHSIG, COPY_NNP, COPY_LANDLOCK, COPY_SECCOMP, COPY_CGROUP, COPY_STEPS
};

/*** System calls ***/

static inline long
sys6(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long r;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return r;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
#error "no system calls for this machine"
#endif
}

static inline long
sys(long nr, long a, long b, long c, long d, long e)
{
	return sys6(nr, a, b, c, d, e, 0);
}

static inline long
address(const void *p)
{
	return (long)(uintptr_t)p;
}

/*** Steps ***/

static inline int
enter_limit(const struct limit *l)
{
	struct { uint64_t soft, hard; } now = { 0, 0 }, set;
	long rc = sys(SYS_prlimit64, 0, l->resource, 0, address(&now), 0);

	if (rc < 0)
		return (int)rc;
	/* Without CAP_SYS_RESOURCE hard limits only go down. */
	set.hard = l->hard < now.hard ? l->hard : now.hard;
	set.soft = l->soft < set.hard ? l->soft : set.hard;
	return (int)sys(SYS_prlimit64, 0, l->resource, address(&set), 0, 0);
}

static inline int
enter_limits(const struct limit *l, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = enter_limit(&l[i]);
	return rc;
}

/* Real, effective and saved: set them, then ask. */
static inline int
enter_id(long set, long get, uint32_t id)
{
	uint32_t real = ~id, effective = ~id, saved = ~id;
	long rc = sys(set, (long)id, (long)id, (long)id, 0, 0);

	if (rc == 0)
		rc = sys(get, address(&real), address(&effective), address(&saved), 0, 0);
	if (rc == 0 && (real != id || effective != id || saved != id))
		rc = -ENTER_EPERM;
	return (int)rc;
}

static inline int
enter_gid(uint32_t gid)
{
	return enter_id(SYS_setresgid, SYS_getresgid, gid);
}

static inline int
enter_uid(uint32_t uid)
{
	return enter_id(SYS_setresuid, SYS_getresuid, uid);
}

/* Give up every capability; proves it. */
static inline int
enter_no_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } }, now[2];
	long rc = sys(SYS_capset, address(&head), address(none), 0, 0, 0);

	if (rc == 0) {
		rc = sys(SYS_prctl, ENTER_AMBIENT, ENTER_AMBIENT_CLEAR, 0, 0, 0);
		rc = rc == -ENTER_EINVAL ? 0 : rc;      /* Linux < 4.3 has no ambient set */
	}
	if (rc == 0)
		rc = sys(SYS_capget, address(&head), address(now), 0, 0, 0);
	for (int i = 0; rc == 0 && i < 2; i++)
		if ((now[i].effective | now[i].permitted | now[i].inheritable) != 0)
			rc = -ENTER_EPERM;
	return (int)rc;
}

/* Is root out of reach? After all that gives it up. */
static inline int
enter_no_root(void)
{
	bool root = sys(SYS_geteuid, 0, 0, 0, 0, 0) == 0 || sys(SYS_setresuid, 0, 0, 0, 0, 0) == 0 ||
	    sys(SYS_setresuid, -1, 0, -1, 0, 0) == 0;

	return root ? -ENTER_EPERM : 0;
}

/* The scratch directory is where it is, and what it makes others may read. */
static inline int
enter_scratch(const char *cwd)
{
	(void)sys(SYS_umask, 022, 0, 0, 0, 0);
	return (int)sys(SYS_chdir, address(cwd), 0, 0, 0, 0);
}

static inline int
enter_prctl(long option, long value)
{
	return (int)sys(SYS_prctl, option, value, 0, 0, 0);
}

/* Take on a Landlock ruleset, and close it. */
static inline int
enter_landlock(int fd)
{
	long rc = sys(SYS_landlock_restrict_self, fd, 0, 0, 0, 0);

	return (int)(rc == 0 ? sys(SYS_close, fd, 0, 0, 0, 0) : rc);
}

/* Replace a placeholder; the number of places. */
static inline size_t
enter_patch(struct sock_filter *prog, size_t len, uint32_t placeholder, uint32_t value)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (BPF_CLASS(prog[i].code) != BPF_JMP || BPF_SRC(prog[i].code) != BPF_K || prog[i].k != placeholder)
			continue;
		prog[i].k = value;
		n++;
	}
	return n;
}

/* Load a filter, whose placeholders become these. The listener's descriptor, or 0 where none was asked for. */
static inline int
enter_filter(struct sock_filter *prog, size_t len, bool listener, uint32_t pid, uint64_t path)
{
	struct sock_fprog p = { .len = (unsigned short)len, .filter = prog };

	(void)enter_patch(prog, len, PID_HERE, pid);
	(void)enter_patch(prog, len, PATH_HIGH, (uint32_t)(path >> 32));
	(void)enter_patch(prog, len, PATH_LOW, (uint32_t)path);

	long flags = listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	return (int)sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, address(&p), 0, 0);
}

#endif
