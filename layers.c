/*
 * layers.c - the fences that this machine gives: found once, used whole or not at all.
 *
 *   monitor ── user, mount (mount.c), ipc, uts namespaces: its own, inherited by every run
 *      └─ keeper   pid 1 of the runs' pid namespace, in a network namespace with nothing in it
 *   run     ── enters the keeper's network (without enable_network) and fences itself with Landlock
 *
 * So a run pays for a setns(2) at most. Every layer is a row: on, or off with
 * the reason, for `sandbox check`, the log and /health?verbose.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	bool floor;                     /* cannot be switched off by configuration */
	const char *covers;
} infos[LAYERS] = {
	[LAYER_CHROOT]   = { "chroot",   true,  "a run sees its language's root filesystem and nothing above" },
	[LAYER_UID]      = { "uid",      true,  "a run has a uid and gid of its own, no groups" },
	[LAYER_CAPS]     = { "caps",     true,  "no capability can come back, by no exec" },
	[LAYER_RLIMITS]  = { "rlimits",  true,  "memory, CPU, files, threads of a run are bounded" },
	[LAYER_SECCOMP]  = { "seccomp",  true,  "a run makes the system calls on one list" },
	[LAYER_LISTENER] = { "listener", false, "a refused call is named in the answer" },
	[LAYER_LANDLOCK] = { "landlock", false,
	    "reads the root filesystem, writes the scratch directory; no TCP without network" },
	[LAYER_USER]     = { "user",     false, "a user namespace stands in for root" },
	[LAYER_MOUNT]    = { "mount",    false, "read-only root, /tmp a tmpfs of the slot's, bounded in bytes and files" },
	[LAYER_LOCKS]    = { "locks",    false, "locks on shared files are the slot's own (overlay)" },
	[LAYER_PID]      = { "pid",      false, "a run sees no process of the machine" },
	[LAYER_IPC]      = { "ipc",      false, "System V and POSIX queues, semaphores, memory are not the machine's" },
	[LAYER_UTS]      = { "uts",      false, "a host name of its own" },
	[LAYER_NET]      = { "net",      false, "a run without network has no interface, not even loopback" },
	[LAYER_MEMORY]   = { "memory",   false, "memory of all kinds bounded for the slot as a whole (cgroup)" },
	[LAYER_PIDS]     = { "pids",     false, "threads bounded for the slot as a whole (cgroup)" },
	[LAYER_KILL]     = { "kill",     false, "what a run leaves behind is killed by cgroup" },
	[LAYER_CONNECT]  = { "connect",  false, "a run cannot connect to this server's port" },
	[LAYER_SERVER]   = { "server",   false, "the process that parses requests has no privilege, a filter and no files" },
};

/*** The table ***/

int
layers_read(struct layers *l, const char *list, char *why, size_t n)
{
	*l = (struct layers){ .pid_ns = -1, .net_ns = -1, .connect_fd = -1, .no_tcp_fd = -1 };
	for (size_t i = 0; i < LAYERS; i++)
		l->of[i].wanted = true;
	for (const char *p = list; *p != '\0'; ) {
		struct slice item = { p, strcspn(p, ",") };
		size_t i = 0;

		while (i < LAYERS && (infos[i].floor || *p != '-' || !slice_is((struct slice){ p + 1, item.n - 1 }, infos[i].name)))
			i++;
		if (i == LAYERS) {
			(void)snprintf(why, n, "layers: %.*s is not a minus and a layer that can be switched off "
			    "(see `sandbox check`)", (int)item.n, p);
			return -1;
		}
		l->of[i].wanted = false;
		layer_off(l, (enum layer)i, "configured");
		p += item.n + (p[item.n] == ',');
	}
	return 0;
}

void
layer_on(struct layers *l, enum layer i)
{
	l->of[i].on = true;
	l->of[i].why[0] = '\0';
}

void
layer_off(struct layers *l, enum layer i, const char *fmt, ...)
{
	va_list ap;

	l->of[i].on = false;
	va_start(ap, fmt);
	(void)vsnprintf(l->of[i].why, sizeof(l->of[i].why), fmt, ap);
	va_end(ap);
}

const char *
layer_name(enum layer i)
{
	return infos[i].name;
}

const char *
layer_covers(enum layer i)
{
	return infos[i].covers;
}

int
layers_list(const struct layers *l, struct buf *out)
{
	for (size_t i = 0; i < LAYERS; i++)
		if (buf_printf(out, "%s %-8s %-3s %s\n", infos[i].floor ? "floor" : "layer", infos[i].name,
		    l->of[i].on ? "on" : "off", l->of[i].on ? infos[i].covers : l->of[i].why) == -1)
			return -1;
	return 0;
}

void
layers_line(const struct layers *l, char *out, size_t n)
{
	for (int on = 1; on >= 0; on--) {
		bool first = true;

		for (size_t i = 0; i < LAYERS; i++) {
			size_t len = strlen(out);
			if (l->of[i].on != (on == 1))
				continue;
			(void)snprintf(out + len, n - len, "%s%s", !first ? on == 1 ? " " : ", " : on == 1 ? "" : "; off: ",
			    infos[i].name);
			len = strlen(out);
			if (on == 0)
				(void)snprintf(out + len, n - len, " (%s)", l->of[i].why);
			first = false;
		}
	}
}

/*** Capabilities ***/

bool
has_cap(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = { { 0 } };

	if (syscall(SYS_capget, &head, now) == -1)
		return false;
	return (now[cap / 32].effective >> (cap % 32) & 1) != 0;
}

int
failing(int rc)
{
	if (rc >= 0)
		return rc;
	errno = -rc;
	return -1;
}

int
drop_caps(void)
{
	return failing(enter_no_caps());
}

int
keep_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = { { 0 } };

	if (syscall(SYS_capget, &head, now) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		now[i].effective &= (uint32_t)(keep >> (32 * i));
		now[i].permitted &= (uint32_t)(keep >> (32 * i));
		now[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &head, now);
}

int
drop_groups(gid_t gid)
{
	if (setgroups(0, NULL) == -1)
		return -1;
	if (getgroups(0, NULL) == 0)
		return failing(enter_gid(gid));
	errno = EPERM;
	return -1;
}

int
drop_uid(uid_t uid)
{
	return failing(enter_uid(uid));
}

/*** Landlock (landlock(7)) ***/

#define LL_EXECUTE     (1u << 0)
#define LL_WRITE_FILE  (1u << 1)
#define LL_READ_FILE   (1u << 2)
#define LL_READ_DIR    (1u << 3)
#define LL_MAKE_CHAR   (1u << 6)
#define LL_MAKE_BLOCK  (1u << 11)
#define LL_REFER       (1u << 13)
#define LL_TRUNCATE    (1u << 14)
#define LL_IOCTL_DEV   (1u << 15)
#define LL_CONNECT_TCP (1u << 1)
#define LL_NET         3u               /* bind and connect */
#define LL_RULE_PATH_BENEATH 1
#define LL_RULE_NET_PORT     2
#define LL_ABI_NET     4

/* The kernel's structs, whole: older headers lack the later fields. */
struct ll_ruleset { uint64_t fs, net, scoped; };
struct ll_beneath { uint64_t allowed; int32_t fd; } __attribute__((packed));
struct ll_port { uint64_t allowed, port; };

/* What each ABI can fence: every file right it knows, and how much of the struct it reads. */
static const struct { uint64_t fs, scoped; size_t size; } ll_abis[] = {
	[1] = { (1u << 13) - 1, 0, 8 },
	[2] = { (1u << 14) - 1, 0, 8 },         /* rename between directories */
	[3] = { (1u << 15) - 1, 0, 8 },         /* truncate */
	[4] = { (1u << 15) - 1, 0, 16 },        /* TCP */
	[5] = { (1u << 16) - 1, 0, 16 },        /* ioctl on devices */
	[6] = { (1u << 16) - 1, 3, 24 },        /* abstract sockets and signals stay inside */
};

static int
ruleset(const struct ll_ruleset *attr, int abi)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, ll_abis[abi].size, 0u);
}

void
landlock_find(struct layers *l)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u /* VERSION */);

	l->landlock_abi = abi < 1 ? 0 : abi < (long)LEN(ll_abis) ? (int)abi : (int)LEN(ll_abis) - 1;
	if (!l->of[LAYER_LANDLOCK].wanted)
		l->landlock_abi = 0;
	else if (abi < 1)
		layer_off(l, LAYER_LANDLOCK, "not in this kernel");
	else
		layer_on(l, LAYER_LANDLOCK);
}

static int
allow_fd(int rules, int fd, uint64_t allowed)
{
	struct ll_beneath beneath = { allowed, fd };

	return (int)syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH_BENEATH, &beneath, 0u);
}

/* Of this machine's own root: what interpreters need, and neither /proc, /home nor the configuration. */
static const struct { const char *path; bool device; } own_root[] = {
	{ "usr", false }, { "bin", false }, { "sbin", false }, { "lib", false }, { "lib32", false }, { "lib64", false },
	{ "libx32", false }, { "etc", false }, { "opt", false }, { "nix/store", false },
	{ "dev/null", true }, { "dev/zero", true }, { "dev/full", true }, { "dev/random", true }, { "dev/urandom", true },
};

/* What is not there needs no rule. 0 or -1 with errno. */
static int
allow_path(int rules, int at, const char *path, uint64_t allowed)
{
	int fd = openat(at, path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	int rc = allow_fd(rules, fd, allowed);
	int e = errno;
	(void)close(fd);
	errno = e;
	return rc;
}

int
landlock_rules(const struct layers *l, int root_fd, int scratch_fd, bool own, const char *const more[2])
{
	const uint64_t all = ll_abis[l->landlock_abi].fs, read = LL_EXECUTE | LL_READ_FILE | LL_READ_DIR;
	const uint64_t device = LL_READ_FILE | LL_WRITE_FILE | ((LL_TRUNCATE | LL_IOCTL_DEV) & all);
	struct ll_ruleset attr = { .fs = all, .scoped = ll_abis[l->landlock_abi].scoped };
	int rules = ruleset(&attr, l->landlock_abi);

	if (rules == -1)
		return -1;
	bool ok = allow_fd(rules, scratch_fd, all & ~(uint64_t)(LL_EXECUTE | LL_MAKE_CHAR | LL_MAKE_BLOCK)) == 0;
	if (!own)
		ok = ok && allow_fd(rules, root_fd, read) == 0 && allow_path(rules, root_fd, "dev/null", device) == 0;
	for (size_t i = 0; own && i < LEN(own_root); i++)
		ok = ok && allow_path(rules, root_fd, own_root[i].path, own_root[i].device ? device : read) == 0;
	for (size_t i = 0; own && i < 2; i++)
		ok = ok && (more[i][0] == '\0' || allow_path(rules, root_fd, more[i], read) == 0);
	if (ok)
		return rules;
	int e = errno;
	(void)close(rules);
	errno = e;
	return -1;
}

int
landlock_execute(int rules, int fd)
{
	return allow_fd(rules, fd, LL_EXECUTE);
}

/*
 * An empty ruleset for TCP, to be entered besides a slot's own. One that does not
 * speak of links between directories forbids them (landlock(7), "REFER"): this
 * one leaves them to the other.
 */
static int
tcp_ruleset(const struct layers *l, uint64_t net)
{
	struct ll_ruleset attr = { .fs = LL_REFER, .net = net };
	int rules = ruleset(&attr, l->landlock_abi);

	if (rules == -1 || allow_path(rules, AT_FDCWD, "/", LL_REFER) == 0)
		return rules;
	int e = errno;
	(void)close(rules);
	errno = e;
	return -1;
}

/* Landlock knows only allowed ports: all of them but one. It costs each process that enters some 25 ms. */
int
landlock_connect(struct layers *l, uint16_t port)
{
	if (l->landlock_abi < LL_ABI_NET) {
		errno = ENOSYS;
		return -1;
	}
	l->connect_fd = tcp_ruleset(l, LL_CONNECT_TCP);
	for (uint64_t p = 0; l->connect_fd != -1 && p < 65536; p++) {
		struct ll_port rule = { LL_CONNECT_TCP, p };
		if (p == port || syscall(SYS_landlock_add_rule, l->connect_fd, LL_RULE_NET_PORT, &rule, 0u) == 0)
			continue;
		int e = errno;
		(void)close(l->connect_fd);
		l->connect_fd = -1;
		errno = e;
	}
	return l->connect_fd == -1 ? -1 : 0;
}

int
landlock_no_tcp(struct layers *l)
{
	if (l->landlock_abi < LL_ABI_NET)
		return 0;
	l->no_tcp_fd = tcp_ruleset(l, LL_NET);
	return l->no_tcp_fd == -1 ? -1 : 0;
}

int
landlock_nothing(const struct layers *l)
{
	int abi = l->landlock_abi;
	struct ll_ruleset attr = { .fs = ll_abis[abi].fs, .net = abi >= LL_ABI_NET ? LL_NET : 0,
	    .scoped = ll_abis[abi].scoped };
	int rules = ruleset(&attr, abi);

	if (rules == -1)
		return -1;
	int rc = enter_landlock(rules);
	if (rc != 0)
		(void)close(rules);
	return failing(rc);
}

/*** Namespaces (namespaces(7)) ***/

#define PIDFD_OPEN_NR 434               /* Linux 5.3; the same on every machine, newer than the oldest headers */

static int
put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	ssize_t n = write(fd, text, strlen(text));
	int e = errno;
	(void)close(fd);
	errno = e;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Can this machine do it? A failure after unshare(2) could not be taken back: a child tries first. */
static int
user_try(uid_t inside)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char uids[64], gids[64];

	(void)snprintf(uids, sizeof(uids), "%u %u 1", (unsigned)inside, (unsigned)uid);
	(void)snprintf(gids, sizeof(gids), "%u %u 1", (unsigned)inside, (unsigned)gid);
	if (unshare(CLONE_NEWUSER) == -1)
		return -1;
	if (put_file("/proc/self/setgroups", "deny") == -1 || put_file("/proc/self/uid_map", uids) == -1 ||
	    put_file("/proc/self/gid_map", gids) == -1)
		return -1;
	/* A container's filter may refuse what the capabilities in there would allow. */
	return has_cap(CAP_SYS_CHROOT) ? chroot("/") : -1;
}

void
user_enter(struct layers *l, uid_t inside)
{
	int status = 0;
	pid_t pid;

	if (!l->of[LAYER_USER].wanted)
		return;
	pid = fork();
	if (pid == 0)
		_exit(user_try(inside) == 0 ? 0 : errno > 0 && errno < 255 ? errno : 255);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (pid == -1 || status != 0)
		layer_off(l, LAYER_USER, "not allowed here: %s", strerror(pid == -1 ? errno : WEXITSTATUS(status)));
	else if (user_try(inside) == -1)
		layer_off(l, LAYER_USER, "%s", strerror(errno));
	else
		layer_on(l, LAYER_USER);
}

/* Init of the runs' pid namespace, holder of the network without interfaces: reaps what is orphaned, and waits. */
__attribute__((noreturn)) static void
keeper(uid_t uid, int ready, bool net)
{
	unsigned char e = 0;

	(void)prctl(PR_SET_NAME, "sandbox-keeper", 0, 0, 0);    /* for ps(1) */
	loop_child_signals();
	(void)signal(SIGCHLD, SIG_IGN);         /* the kernel reaps then (wait(2)) */
	if (net && unshare(CLONE_NEWNET) == -1)
		e = (unsigned char)(errno > 255 ? 255 : errno);
	if ((uid != 0 && (drop_groups((gid_t)uid) == -1 || drop_uid(uid) == -1)) ||
	    drop_caps() == -1 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		_exit(1);
	if (write(ready, &e, 1) != 1 || close_fds(0, ~0u) == -1)
		_exit(1);
	for (;;)
		(void)pause();
}

static int
open_ns(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void
open_keeper(struct layers *l, uid_t uid, bool pid_wanted, bool net_wanted)
{
	unsigned flags = pid_wanted ? CLONE_NEWPID : 0;
	unsigned char e = 0;
	int ready[2];

	if (pipe2(ready, O_CLOEXEC) == -1) {
		layer_off(l, LAYER_PID, "pipe: %s", strerror(errno));
		layer_off(l, LAYER_NET, "pipe: %s", strerror(errno));
		return;
	}
	pid_t pid = (pid_t)syscall(SYS_clone, (long)(flags | SIGCHLD), NULL, NULL, NULL, 0L);
	if (pid == 0)
		keeper(uid, ready[1], net_wanted);
	int failed = errno;
	(void)close(ready[1]);
	if (pid != -1 && read(ready[0], &e, 1) != 1) {
		(void)waitpid(pid, NULL, 0);    /* it could not become what it must be: in its namespace nothing can be born */
		failed = ECHILD;
		pid = -1;
	}
	(void)close(ready[0]);
	if (pid == -1)
		e = (unsigned char)failed;
	else
		l->keeper = pid;
	if (pid_wanted && pid != -1 && (l->pid_ns = open_ns(pid, "pid")) != -1)
		layer_on(l, LAYER_PID);
	else if (pid_wanted)
		layer_off(l, LAYER_PID, "%s", strerror(pid == -1 ? failed : errno));
	if (net_wanted && e == 0 && (l->net_ns = open_ns(pid, "net")) != -1)
		layer_on(l, LAYER_NET);
	else if (net_wanted)
		layer_off(l, LAYER_NET, "%s", strerror(e == 0 ? errno : e));
}

static void
unshare_layer(struct layers *l, enum layer i, int flag)
{
	if (!l->of[i].wanted)
		return;
	if (unshare(flag) == 0)
		layer_on(l, i);
	else
		layer_off(l, i, "unshare: %s", strerror(errno));
}

void
namespaces_open(struct layers *l, uid_t keeper_uid)
{
	bool pid = l->of[LAYER_PID].wanted, net = l->of[LAYER_NET].wanted;

	if (!has_cap(CAP_SYS_ADMIN)) {
		for (size_t i = LAYER_PID; i <= LAYER_NET; i++)
			if (l->of[i].wanted)
				layer_off(l, (enum layer)i, "needs CAP_SYS_ADMIN");
		return;
	}
	unshare_layer(l, LAYER_IPC, CLONE_NEWIPC);
	unshare_layer(l, LAYER_UTS, CLONE_NEWUTS);
	if (l->of[LAYER_UTS].on && sethostname("sandbox", 7) == -1)
		layer_off(l, LAYER_UTS, "sethostname: %s", strerror(errno));
	if (pid || net)
		open_keeper(l, keeper_uid, pid, net);
}

int
namespaces_enter(const struct layers *l)
{
	return l->pid_ns == -1 ? 0 : setns(l->pid_ns, CLONE_NEWPID);
}

int
namespaces_leave(const struct layers *l)
{
	if (l->pid_ns == -1)
		return 0;
	int self = (int)syscall(PIDFD_OPEN_NR, getpid(), 0u);
	if (self == -1)
		return -1;
	int rc = setns(self, CLONE_NEWPID), e = errno;  /* with a process for a namespace: Linux 5.8 */
	(void)close(self);
	errno = e;
	return rc;
}
