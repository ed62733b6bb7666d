/*
 * usher.c - the process that has a template for its child: it lets it into the
 * root of the slot that the next copy is for, and reaps what the template leaves.
 *
 *   monitor --- struct order, line, ... ---> usher --- the same ---> template --- fork ---> copy
 *      ^                                       |   <--- enum made ---    |   <--- here ----┘
 *      └-------- struct death (orphans) -------┴--- struct death -------┘
 *
 * A template has no right to chroot(2). Its usher has, and shares with it what
 * clone(2) calls CLONE_FS: root, working directory, umask. So the usher goes
 * into a slot's root, passes the order on, and waits until the copy, which has a
 * root of its own from its birth, has been made.
 *
 * In the same way it puts the copy into the slot's cgroups: the kernel says which
 * process it is that asks.
 *
 * It is a subreaper: where a template dies, the copies that live become the
 * usher's, and their ends are told as before. It ends with the last of them.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HELPER_NAME "helper.so"
#define MEMORY_NAME "memory.so"
#define RULES_FD TEMPLATE_FDS           /* of one or two, until they are taken on */

/* What the standard library costs little of and programs often import. The modules that are configured come after. */
#define PYTHON_WARM "json,base64,re,random,datetime,math,time,collections,functools,itertools,hashlib,string," \
    "urllib.parse"

/* A template on its way; everything that its steps need. */
struct start {
	const struct jail *jail;
	enum runtime rt;
	bool network;
	const struct slot *slot;        /* the template's identity and scratch directory */
	int orders, deaths, log, gate;  /* its ends */
	int rules, tcp;                 /* Landlock's; -1: none */
	const char *path;               /* hidden: the one execve's */
	char **argv, **envp;
	char tree[PATH_LEN], cwd[96];
	pid_t usher;                    /* as the template sees it */
};

/*** The template's way in ***/

static int
t_stdio(const struct start *s)
{
	const int keep[] = { s->orders, s->deaths, s->log, s->gate, s->rules, s->tcp };
	int in[2], at[LEN(keep) + 1], sorted[LEN(keep) + 1], next = RULES_FD;

	loop_child_signals();
	if (pipe2(in, O_CLOEXEC) == -1)
		return -1;
	at[0] = in[0];
	for (size_t i = 0; i < LEN(keep); i++)
		at[i + 1] = keep[i];
	memcpy(sorted, at, sizeof(at));
	if (close_others(sorted, LEN(sorted)) == -1)
		return -1;
	for (size_t i = 0; i < LEN(at); i++) {
		if (at[i] == -1)
			continue;
		at[i] = fcntl(at[i], F_DUPFD_CLOEXEC, 16);
		if (at[i] == -1)
			return -1;
	}
	if (dup2(at[0], 0) == -1 || dup2(at[3], 1) == -1 || dup2(at[3], 2) == -1 || dup2(at[1], TEMPLATE_ORDERS) == -1 ||
	    dup2(at[2], TEMPLATE_DEATHS) == -1 || dup2(at[4], TEMPLATE_GATE) == -1)
		return -1;
	for (size_t i = 5; i < LEN(at); i++)
		if (at[i] != -1 && dup2(at[i], next++) == -1)
			return -1;
	return close_fds((unsigned)next, ~0u);
}

/* What a run has, but for the time and the processes; and room for the descriptors that copies get. */
static int
t_rlimits(const struct start *s)
{
	struct limit limits[LIMITS];
	uint32_t n = jail_limits(s->jail, s->rt, limits);

	for (uint32_t i = 0; i < n; i++) {
		if (limits[i].resource == RLIMIT_CPU || (limits[i].resource == RLIMIT_NPROC && s->jail->one_uid))
			continue;
		if (limits[i].resource == RLIMIT_NPROC) /* its threads, and copies until they have their own uid */
			limits[i].soft = limits[i].hard = limits[i].hard + 2 * s->jail->n_slots + 64;
		if (limits[i].resource == RLIMIT_NOFILE)
			limits[i].soft = limits[i].hard = (uint64_t)s->jail->config->max_files + SLOT_FDS;
		if (failing(enter_limit(&limits[i])) == -1)
			return -1;
	}
	return 0;
}

static int
t_chroot(const struct start *s)
{
	if (s->jail->layers.of[LAYER_CHROOT].on && chroot(s->tree) == -1)
		return -1;
	return chdir("/");
}

/* Of all rights the two by which a copy becomes its slot. Without root: none. */
#define KEPT ((1u << CAP_SETGID) | (1u << CAP_SETUID))

/* What an execve is to leave has to be inheritable, which it cannot become once it is not in the bounding set. */
static int
t_bounding(const struct start *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { 0 } };

	if (!s->jail->one_uid) {
		if (syscall(SYS_capget, &head, caps) == -1)
			return -1;
		caps[0].inheritable = KEPT;
		caps[1].inheritable = 0;
		if (syscall(SYS_capset, &head, caps) == -1)
			return -1;
	}
	return s->jail->layers.of[LAYER_CAPS].on ? drop_bounding() : 0;
}

static int
t_identity(const struct start *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { 0 } };

	if (s->jail->one_uid)
		return drop_caps();
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 || drop_groups((gid_t)s->slot->uid) == -1 || drop_uid(s->slot->uid) == -1)
		return -1;
	caps[0].effective = caps[0].permitted = caps[0].inheritable = KEPT;
	if (syscall(SYS_capset, &head, caps) == -1)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETGID, 0, 0) == -1)
		return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0);
}

static int
t_scratch(const struct start *s)
{
	(void)s;
	return failing(enter_scratch("/"));     /* not its own directory: there it could leave modules for the next one */
}

static int
t_pdeathsig(const struct start *s)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return -1;
	if (getppid() == s->usher)
		return 0;
	errno = ESRCH;
	return -1;
}

static int
t_nnp(const struct start *s)
{
	(void)s;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
t_landlock(const struct start *s)
{
	const int rules[] = { s->rules, s->tcp };
	int fd = RULES_FD;

	for (size_t i = 0; i < LEN(rules); i++)
		if (rules[i] != -1 && failing(enter_landlock(fd++)) == -1)
			return -1;
	return 0;
}

static int
t_seccomp(const struct start *s)
{
	if (!s->jail->one_uid && filter_uids(s->jail->slots[0].uid, s->jail->slots[0].uid + (uid_t)s->jail->n_slots - 1) == -1)
		return -1;
	struct filter f = s->jail->roots[s->rt].template;
	return filter_load(&f, getpid(), s->path);
}

static int
t_exec(const struct start *s)
{
	(void)execve(s->path, s->argv, s->envp);
	return -1;
}

static const struct step {
	const char *name;
	int (*run)(const struct start *);
} steps[] = {
	{ "stdio",     t_stdio     },
	{ "rlimits",   t_rlimits   },
	{ "chroot",    t_chroot    },           /* needs root, so before the identity */
	{ "bounding",  t_bounding  },           /* needs CAP_SETPCAP, likewise */
	{ "identity",  t_identity  },
	{ "scratch",   t_scratch   },
	{ "pdeathsig", t_pdeathsig },           /* cleared by the change of uid */
	{ "nnp",       t_nnp       },
	{ "landlock",  t_landlock  },
	{ "seccomp",   t_seccomp   },
	{ "exec",      t_exec      },
};

__attribute__((noreturn)) static void
template(const struct start *s)
{
	char line[128];
	int fd = s->log;

	for (size_t i = 0; i < LEN(steps); i++) {
		if (steps[i].run(s) != -1) {
			fd = 2;
			continue;
		}
		int n = snprintf(line, sizeof(line), "%s: %s\n", steps[i].name, strerror(errno));
		(void)write_all(fd, (struct slice){ line, (size_t)n });
		break;
	}
	_exit(127);
}

/*** The usher ***/

static struct {
	int orders, template, gate;     /* to the monitor, the template, a copy on its way */
	int tree;                       /* "/" of the tree of mounts; -1: roots do not change */
	const char *runtime;
	pid_t pid;                      /* the template's; 0: it has ended */
	uint32_t ticket;                /* of the last order */
	struct order order;
} usher;

/* The dead: of the template's own copies only those that it left behind. */
static void
reap(void)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		const struct death d = { pid, status, (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
		    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000, ru.ru_maxrss };
		if (pid == usher.pid)
			usher.pid = 0;
		(void)send(usher.orders, &d, sizeof(d), MSG_NOSIGNAL);
	}
	if (pid == -1 && errno == ECHILD)
		_exit(0);
}

/* Into the root of that slot; the template is then there too. */
static int
move(uint32_t tree)
{
	char path[48];

	if (usher.tree == -1)
		return 0;
	(void)snprintf(path, sizeof(path), "%u/%s", (unsigned)tree, usher.runtime);
	int fd = openat(usher.tree, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	int rc = fchdir(fd) == -1 ? -1 : chroot(".");
	(void)close(fd);
	return rc;
}

/* A message of that size, and who sent it. False: the template is at its end, and its copies. */
static bool
hear(int from, void *to, size_t n, pid_t *pid)
{
	struct iovec iov = { to, n };
	union { char bytes[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr align; } control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };
	struct ucred cred = { 0 };
	ssize_t got;

	do
		got = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	const struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c != NULL && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	*pid = cred.pid;
	return got == (ssize_t)n;
}

/* Put it into the cgroups whose doors these are. */
static bool
join(pid_t pid, const int *doors, size_t n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", (int)pid);

	for (size_t i = 0; i < n; i++)
		if (pid <= 0 || write(doors[i], text, (size_t)len) != len)
			return false;
	return true;
}

/* Wait for the copy, which alone has the other end of that pipe, let it in and tell it so. */
static void
admit(const int *doors, size_t n, int answer)
{
	struct pollfd fds[2] = { { .fd = usher.gate, .events = POLLIN }, { .fd = answer } };
	uint32_t ticket;
	pid_t pid;

	for (;;) {
		if (poll(fds, LEN(fds), -1) == -1)
			continue;
		if (fds[0].revents == 0)
			return;         /* it is dead */
		if (!hear(usher.gate, &ticket, sizeof(ticket), &pid))
			return;
		if (ticket != usher.order.ticket)
			continue;       /* of one that is, after it had said so */
		if (join(pid, doors, n))
			(void)write_all(answer, (struct slice){ "k", 1 });      /* else it finds the pipe at its end, and says so */
		return;
	}
}

/* The monitor's patience is over. It has no number for the template that nobody else could have by now; we have. */
static void
on_term(int signo)
{
	(void)signo;
	if (usher.pid > 0)
		(void)kill(usher.pid, SIGKILL);
}

/* Pass an order on and see it through. Of the n_fds descriptors the last n_cgroups are doors. */
static void
see_through(struct msghdr *msg, size_t len, const int *fds, size_t n_fds)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t doors = usher.order.n_cgroups, n = n_fds - doors;
	int answer[2] = { -1, -1 };
	char made = MADE_FAILED;
	pid_t pid;

	if (doors > 0) {
		if (pipe2(answer, O_CLOEXEC) == -1)
			return;
		usher.order.flags |= ORDER_GATE;
		usher.order.ticket = ++usher.ticket;
		memcpy(CMSG_DATA(c) + n++ * sizeof(int), &answer[0], sizeof(int));
	}
	c->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
	msg->msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
	msg->msg_iov->iov_len = len;
	bool sent = sendmsg(usher.template, msg, MSG_NOSIGNAL) == (ssize_t)len;
	close_fd(&answer[0]);
	if (sent && !hear(usher.template, &made, 1, &pid))
		made = 0;
	if (made == MADE_FORKED && doors > 0)
		admit(fds + n_fds - doors, doors, answer[1]);
	else if (made != MADE_FORKED && made != MADE_FAILED)
		on_term(0);     /* what it says from here on would be taken for an answer to the next order */
	close_fd(&answer[1]);
}

/* One order, from the monitor to the template. False: there is none any more. */
static bool
pass_order(void)
{
	struct iovec iov = { &usher.order, sizeof(usher.order) };
	union { char bytes[CMSG_SPACE((ORDER_FDS + ORDER_CGROUPS) * sizeof(int))]; struct cmsghdr align; } control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(usher.orders, &msg, MSG_CMSG_CLOEXEC);
	int fds[ORDER_FDS + ORDER_CGROUPS];

	if (n <= 0)
		return n == -1 && errno == EINTR;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	size_t n_fds = c == NULL ? 0 : (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < n_fds; i++)
		memcpy(&fds[i], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	/* An order that cannot be passed on is dropped with its line, whose end the monitor sees. */
	bool whole = n >= (ssize_t)offsetof(struct order, filter) && (msg.msg_flags & MSG_CTRUNC) == 0 &&
	    n_fds > usher.order.n_cgroups;
	if (usher.template != -1 && whole && move(usher.order.tree) == 0)
		see_through(&msg, (size_t)n, fds, n_fds);
	for (size_t i = 0; i < n_fds; i++)
		(void)close(fds[i]);
	return true;
}

/* No more orders: the template ends by itself, its copies go on. */
static void
dismiss(void)
{
	close_fd(&usher.template);
}

/*
 * The monitor is dead. A death signal is sent with the rights of the parent that
 * dies, and the template has none over its copies: first it goes, then they are
 * the usher's, which has, and die with it (ORDER_MORTAL).
 */
static void
on_hup(int signo)
{
	on_term(signo);
	if (usher.pid > 0)
		(void)waitpid(usher.pid, NULL, 0);
	_exit(127);
}

__attribute__((noreturn)) static void
serve(void)
{
	struct pollfd fds[2] = { { .fd = usher.orders, .events = POLLIN }, { .events = POLLIN } };
	struct signalfd_siginfo si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fds[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);     /* blocked since before the template's birth */
	if (fds[1].fd == -1)
		_exit(127);
	for (;;) {
		reap();
		if (poll(fds, LEN(fds), -1) == -1)
			continue;
		while (fds[1].revents != 0 && read(fds[1].fd, &si, sizeof(si)) == sizeof(si))
			;
		if (fds[0].revents != 0 && !pass_order()) {
			dismiss();
			fds[0].fd = -1;         /* poll(2) passes it over */
		}
	}
}

/* What is private to the interpreter's start, and the hidden path, is gone with its execve. */
static void
make_start(struct start *s, char *buf, size_t n, char **argv, char **envp)
{
	const struct jail *j = s->jail;
	const struct root *root = &j->roots[s->rt];
	size_t n_env = j->n_env[s->network], at = 0, slot = 0;
	char *vars[8] = { NULL };
	const struct { const char *key; const char *value, *tail; bool on; } extra[] = {
		{ "HOME", s->cwd, "", true }, { "TMPDIR", s->cwd, "", true },
		{ "SANDBOX_HELPER", s->cwd, "/" HELPER_NAME, true },
		{ "SANDBOX_WARM", PYTHON_WARM, "", s->rt == RT_PYTHON },
		{ "SANDBOX_PRELOAD", s->rt == RT_PYTHON ? j->config->python_preload : j->config->nodejs_preload, "", true },
		{ "LD_PRELOAD", s->cwd, s->rt == RT_NODE ? "/" HELPER_NAME : "/" MEMORY_NAME, true },
	};
	const char *packages = j->packages[s->rt].env;

	for (size_t i = 0; i < LEN(extra); i++) {
		if (!extra[i].on)
			continue;
		vars[slot++] = buf + at;
		at += (size_t)snprintf(buf + at, n - at, "%s=%s%s", extra[i].key, extra[i].value, extra[i].tail) + 1;
	}
	if (packages[0] != '\0')
		vars[slot++] = (char *)(uintptr_t)packages;
	memcpy(envp, j->env[s->network], n_env * sizeof(char *));
	memcpy(envp + n_env, vars, (slot + 1) * sizeof(char *));
	size_t a = 0;
	argv[a++] = (char *)(uintptr_t)root->interpreter;
	if (s->rt == RT_NODE) {
		argv[a++] = buf + at;
		(void)snprintf(buf + at, n - at, "--max-old-space-size=%lld", (long long)j->config->max_memory_mb * 3 / 4);
		argv[a++] = (char *)(uintptr_t)"--single-threaded";
		argv[a++] = (char *)(uintptr_t)"--no-flush-bytecode";   /* what a copy finds compiled it need not compile */
		argv[a++] = (char *)(uintptr_t)"--v8-pool-size=1";
	}
	argv[a++] = (char *)(uintptr_t)(s->rt == RT_PYTHON ? "-c" : "-e");
	argv[a++] = embedded(s->rt == RT_PYTHON ? "template.py" : "template.js", NULL);
	argv[a] = NULL;
}

/* In the child of the monitor. */
__attribute__((noreturn)) static void
begin(struct start *s)
{
	char buf[2 * LIST_LEN], *argv[12], *envp[LEN(s->jail->env[0]) + 8];
	static const int on = 1;
	const struct jail *j = s->jail;
	int fd[2], gate[2];

	int keep[] = { usher.orders, s->deaths, s->log, j->layers.net_ns, s->rules, s->tcp };
	usher.runtime = runtime_name(s->rt);
	usher.tree = -1;
	loop_child_signals();
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	const char *step = "session";
	bool ok = sigprocmask(SIG_BLOCK, &set, NULL) == 0 && setsid() != -1 && close_others(keep, LEN(keep)) == 0;
	step = ok ? "subreaper" : step;
	ok = ok && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
	(void)prctl(PR_SET_NAME, "sandbox-usher", 0, 0, 0);     /* for ps(1) */
	if (ok && !s->network && j->layers.of[LAYER_NET].on) {
		step = "network";
		ok = setns(j->layers.net_ns, CLONE_NEWNET) == 0;
	}
	if (ok && j->layers.of[LAYER_MOUNT].on) {
		step = "tree";
		usher.tree = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		ok = usher.tree != -1;
	}
	if (ok) {
		step = "fork";
		make_start(s, buf, sizeof(buf), argv, envp);
		s->path = jail_hide(argv[0]);
		s->argv = argv;
		s->envp = envp;
		ok = s->path != NULL && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == 0 &&
		    setsockopt(fd[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
		    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) == 0 &&
		    setsockopt(gate[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
	}
	if (ok) {
		s->usher = getpid();
		s->orders = fd[0];
		s->gate = gate[0];
		usher.template = fd[1];
		usher.gate = gate[1];
		usher.pid = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
		if (usher.pid == 0)
			template(s);
		ok = usher.pid > 0;
	}
	if (!ok) {
		int n = snprintf(buf, sizeof(buf), "usher: %s: %s\n", step, strerror(errno));
		(void)write_all(s->log, (struct slice){ buf, (size_t)n });
		_exit(127);
	}
	(void)close(fd[0]);
	(void)close(gate[0]);
	(void)close(s->deaths);
	(void)close(s->log);
	close_fd(&s->rules);
	close_fd(&s->tcp);
	if (j->layers.net_ns != -1)
		(void)close(j->layers.net_ns);
	if (keep_caps(1ull << CAP_SYS_CHROOT | 1ull << CAP_KILL) == -1 || signal(SIGTERM, on_term) == SIG_ERR ||
	    signal(SIGHUP, on_hup) == SIG_ERR || prctl(PR_SET_PDEATHSIG, SIGHUP, 0, 0, 0) == -1)
		_exit(127);
	serve();
}

static int
put_file(int at, const char *name)
{
	size_t n;
	const char *bytes = embedded(name, &n);

	(void)unlinkat(at, name, 0);
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd == -1)
		return -1;
	int rc = write_all(fd, (struct slice){ bytes, n });
	return close(fd) == -1 ? -1 : rc;
}

int
usher_helper(const struct jail *j, enum runtime rt)
{
	int at = j->templates[rt].scratch_fd[rt];

	if (rt == RT_PYTHON && put_file(at, MEMORY_NAME) == -1)
		return -1;
	return put_file(at, HELPER_NAME);
}

void
usher_helper_gone(const struct jail *j, enum runtime rt)
{
	(void)unlinkat(j->templates[rt].scratch_fd[rt], HELPER_NAME, 0);
	(void)unlinkat(j->templates[rt].scratch_fd[rt], MEMORY_NAME, 0);
}

pid_t
usher_start(const struct jail *j, enum runtime rt, bool network, const struct usher_ends *e)
{
	struct start s = {
	    .jail = j, .rt = rt, .network = network, .slot = &j->templates[rt], .deaths = e->deaths, .log = e->log,
	    .rules = j->templates[rt].landlock_fd[rt], .tcp = jail_template_tcp(j, network) };

	jail_places(j, s.slot, rt, s.tree, sizeof(s.tree), s.cwd, sizeof(s.cwd));
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	usher.orders = e->orders;
	begin(&s);
}
