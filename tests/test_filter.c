/*
 * filter.c, without a server. Confinement: each row forks, confines the child and makes one call there;
 * what a serving process does must work, its ends as well, anything else must end it with SIGSYS.
 * A shared uid: what allowed_syscalls may say, and what a call that names another process gets, in a
 * child under a run's filter. Names: what a refused call is called, and what the hint says. Shortening: what
 * libseccomp compiled and what is made of it give the same answers. The module is included: some of this is static.
 */
#include "sandbox.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What libseccomp compiled last, before it was shortened. */
static struct sock_filter original[BPF_MAXINSNS];
static size_t n_original;

static int
export_and_keep(const scmp_filter_ctx ctx, int fd)
{
	int rc = seccomp_export_bpf(ctx, fd);
	ssize_t n = pread(fd, original, sizeof(original), 0);

	n_original = rc == 0 && n > 0 ? (size_t)n / sizeof(original[0]) : 0;
	return rc;
}

#define seccomp_export_bpf export_and_keep
#include "filter.c"

/* filter.c names a runtime in its messages; jail.c, which knows them, is not linked. */
const char *
runtime_name(enum runtime rt)
{
	return rt == RT_PYTHON ? "python3" : "nodejs";
}

/* Nor is layers.c. */
int
failing(int rc)
{
	errno = rc < 0 ? -rc : errno;
	return rc < 0 ? -1 : rc;
}

static int listening, diag, pair[2];

static bool
grow(void)
{
	char *p = NULL;

	for (size_t n = 1; n <= (size_t)64 << 20; n *= 2) {
		p = realloc(p, n);
		if (p == NULL)
			return false;
		memset(p + n / 2, 1, n - n / 2);
	}
	free(p);
	return true;
}

static bool
print(void)
{
	struct timespec ts;
	struct tm tm;

	return clock_gettime(CLOCK_REALTIME, &ts) == 0 && gmtime_r(&ts.tv_sec, &tm) != NULL && time(NULL) > 0 &&
	    printf("%d: %s, %s\n", tm.tm_year + 1900, strsignal(SIGSEGV), strerror(ENOENT)) > 0 && fflush(stdout) == 0;
}

static bool
code_file(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	struct stat st;

	return fd != -1 && write(fd, "x", 1) == 1 && lseek(fd, 0, SEEK_SET) == 0 && fstat(fd, &st) == 0 &&
	    close(fd) == 0;
}

static bool
pass_descriptor(void)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof(int))]; } c = { .h = {
	    .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c.room) };

	*(int *)(void *)CMSG_DATA(&c.h) = pair[0];
	return sendmsg(pair[0], &m, MSG_NOSIGNAL) == 1 && recvmsg(pair[1], &m, MSG_CMSG_CLOEXEC) == 1;
}

static bool
loop(void)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), p[2];
	struct epoll_event ev = { .events = EPOLLIN };
	struct pollfd pfd = { .fd = 1, .events = POLLOUT };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	return pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(p[0], F_SETFL, O_NONBLOCK) == 0 &&
	    epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev) == 0 && epoll_wait(ep, &ev, 1, 0) == 0 && poll(&pfd, 1, 0) >= 0 &&
	    sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signalfd(-1, &set, SFD_CLOEXEC) != -1 &&
	    wait4(-1, NULL, WNOHANG, NULL) == -1;
}

static bool
client(void)
{
	struct sockaddr_in6 a;
	socklen_t n = sizeof(a);
	int on = 1;

	return accept4(listening, NULL, NULL, SOCK_CLOEXEC) == -1 && errno == EAGAIN &&
	    getsockname(listening, (void *)&a, &n) == 0 &&
	    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    send(pair[0], "x", 1, MSG_NOSIGNAL) == 1 && recv(pair[1], &a, 1, 0) == 1 && send(diag, "x", 1, 0) == 1 &&
	    shutdown(pair[0], SHUT_WR) == 0;
}

#define NOTIF_RECV 0xc0502100u          /* SECCOMP_IOCTL_NOTIF_RECV */
static const struct sockaddr_in somewhere = { .sin_family = AF_INET };

static bool listener_ioctl(void) { return ioctl(pair[0], NOTIF_RECV, (void *)&pair) == -1; }
static bool aborts(void) { abort(); }
static bool opens(void) { return open("/etc/passwd", O_RDONLY) != -1; }
static bool forks(void) { return fork() != -1; }
static bool execs(void) { return execl("/bin/true", "true", (char *)NULL) == -1; }
static bool kills(void) { return kill(getppid(), 0) == 0; }
static bool kills_thread(void) { return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0; }
static bool maps_code(void) { return mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; }
static bool makes_code(void) { return mprotect((void *)((uintptr_t)&pair & ~4095ul), 1, PROT_EXEC) == 0; }
static bool connects(void) { return connect(pair[0], (void *)&somewhere, sizeof(somewhere)) == 0; }
static bool sockets(void) { return socket(AF_INET, SOCK_STREAM, 0) != -1; }
static bool sends_to(void) { return sendto(pair[0], "x", 1, 0, (void *)&somewhere, sizeof(somewhere)) == 1; }
static bool fast_open(void) { return sendmsg(pair[0], &(struct msghdr){ .msg_iov = NULL }, MSG_FASTOPEN) != -1; }
static bool types(void) { return ioctl(0, TIOCSTI, "x") == 0; }
static bool owns(void) { return fcntl(pair[0], F_SETOWN, getppid()) == 0; }
static bool traces(void) { return syscall(SYS_ptrace, 16, getppid(), 0, 0) == 0; }
static bool renames(void) { return rename("/nonexistent", "/nonexistent.2") == 0; }
static bool sets_uid(void) { return setuid(0) == 0; }
static bool unconfines(void) { return prctl(PR_SET_DUMPABLE, 1) == 0; }

static const struct {
	const char *name;
	bool (*act)(void);
	int signo;                      /* that ends it; 0: it must work */
} cases[] = {
	{ "malloc",                    grow,           0 },
	{ "stdio, time, strings",      print,          0 },
	{ "a run's code",              code_file,      0 },
	{ "SCM_RIGHTS",                pass_descriptor, 0 },
	{ "the loop",                  loop,           0 },
	{ "a client",                  client,         0 },
	{ "the listener's ioctl",      listener_ioctl, 0 },
	{ "abort",                     aborts,         SIGABRT },
	{ "open",                      opens,          SIGSYS },
	{ "fork",                      forks,          SIGSYS },
	{ "exec",                      execs,          SIGSYS },
	{ "kill",                      kills,          SIGSYS },
	{ "tgkill of another",         kills_thread,   SIGSYS },
	{ "mmap PROT_EXEC",            maps_code,      SIGSYS },
	{ "mprotect PROT_EXEC",        makes_code,     SIGSYS },
	{ "connect",                   connects,       SIGSYS },
	{ "socket",                    sockets,        SIGSYS },
	{ "sendto with an address",    sends_to,       SIGSYS },
	{ "Fast Open",                 fast_open,      SIGSYS },
	{ "ioctl TIOCSTI",             types,          SIGSYS },
	{ "F_SETOWN",                  owns,           SIGSYS },
	{ "ptrace",                    traces,         SIGSYS },
	{ "rename",                    renames,        SIGSYS },
	{ "setuid",                    sets_uid,       SIGSYS },
	{ "prctl",                     unconfines,     SIGSYS },
};

/* What allowed_syscalls may say; NULL: nothing is wrong. */
static const struct { const char *allowed; bool shared; const char *why; } builds[] = {
	{ "",                false, NULL },
	{ "",                true,  NULL },
	{ "fork,kill",       false, NULL },
	{ "chroot,mount",    true,  NULL },
	{ "chroot,clone",    true,  "allowed_syscalls: clone needs a uid of its own for each run, which needs root" },
	{ "kill",            true,  "allowed_syscalls: kill needs a uid of its own for each run, which needs root" },
	{ "ptrace",          true,  "allowed_syscalls: ptrace needs a uid of its own for each run, which needs root" },
	{ "clone3",          true,  "allowed_syscalls: clone3 needs a uid of its own for each run, which needs root" },
	{ "434",             true,
	  "allowed_syscalls: pidfd_open needs a uid of its own for each run, which needs root" },
	{ "no_such_call",    true,  "allowed_syscalls: no system call is called no_such_call" },
};

/* Under a run's filter: a call by number, with the parent's pid for PARENT and the own for SELF; 0, or the errno. */
#define PARENT (-100)
#define SELF (-101)
static const struct { const char *name; long nr, args[4]; bool shared; int error; } calls[] = {
	{ "tkill, parent",             SYS_tkill,              { PARENT, 0 },                   true,  EPERM },
	{ "tkill, parent, own uid",    SYS_tkill,              { PARENT, 0 },                   false, 0 },
	{ "tkill, self",               SYS_tkill,              { SELF, 0 },                     true,  0 },
	{ "tgkill, parent",            SYS_tgkill,             { PARENT, PARENT, 0 },           true,  EPERM },
	{ "kill, parent",              SYS_kill,               { PARENT, 0 },                   true,  EPERM },
	{ "kill, all",                 SYS_kill,               { -1, 0 },                       true,  EPERM },
	{ "kill, self",                SYS_kill,               { SELF, 0 },                     true,  0 },
	{ "setaffinity, parent",       SYS_sched_setaffinity,  { PARENT, 0, 0 },                true,  EPERM },
	{ "setaffinity, self",         SYS_sched_setaffinity,  { SELF, 0, 0 },                  true,  EINVAL },
	{ "setaffinity, 0",            SYS_sched_setaffinity,  { 0, 0, 0 },                     true,  EINVAL },
	{ "setscheduler, parent",      SYS_sched_setscheduler, { PARENT, SCHED_OTHER, 0 },      true,  EPERM },
	{ "setscheduler, parent, own uid", SYS_sched_setscheduler, { PARENT, SCHED_OTHER, 0 },  false, EINVAL },
	{ "setscheduler, 0",           SYS_sched_setscheduler, { 0, SCHED_OTHER, 0 },           true,  EINVAL },
	{ "setscheduler, FIFO",        SYS_sched_setscheduler, { 0, SCHED_FIFO, 0 },            true,  EPERM },
	{ "setpriority, parent",       SYS_setpriority,        { PRIO_PROCESS, PARENT, 19 },    false, EPERM },
	{ "setpriority, uid",          SYS_setpriority,        { PRIO_USER, 0, 19 },            false, EPERM },
	{ "setpriority, self",         SYS_setpriority,        { PRIO_PROCESS, SELF, 1 },       false, 0 },
	{ "getpriority, parent",       SYS_getpriority,        { PRIO_PROCESS, PARENT },        false, EPERM },
	{ "getpriority, 0",            SYS_getpriority,        { PRIO_PROCESS, 0 },             true,  0 },
	{ "prlimit64, parent",         SYS_prlimit64,          { PARENT, RLIMIT_CORE, 0, 0 },   true,  EPERM },
	{ "get_robust_list, parent",   SYS_get_robust_list,    { PARENT, 8, 8 },                true,  EPERM },
	{ "get_robust_list, 0",        SYS_get_robust_list,    { 0, 8, 8 },                     true,  EFAULT },
	{ "F_NOTIFY",                  SYS_fcntl,              { 0, F_NOTIFY, 0 },              false, EPERM },
	{ "F_SETLEASE",                SYS_fcntl,              { 0, F_SETLEASE, F_UNLCK },      false, EPERM },
	{ "F_SETOWN",                  SYS_fcntl,              { 0, F_SETOWN, PARENT },         false, EPERM },
	{ "F_SETSIG",                  SYS_fcntl,              { 0, F_SETSIG, 9 },              false, EPERM },
	{ "F_SETOWN_EX",               SYS_fcntl,              { 0, 15, 8 },                    false, EPERM },
	{ "F_SET_RW_HINT",             SYS_fcntl,              { 0, 1036, 8 },                  false, EPERM },
	{ "F_GETFD",                   SYS_fcntl,              { 0, F_GETFD, 0 },               false, 0 },
	{ "F_GETFL, garbage above",    SYS_fcntl,              { 0, F_GETFL | 1l << 40, 0 },    false, 0 },
	{ "F_SETLKW",                  SYS_fcntl,              { 0, F_SETLKW, 8 },              false, EFAULT },
	{ "F_OFD_SETLK",               SYS_fcntl,              { 0, 37, 8 },                    false, EFAULT },
	{ "F_GETLEASE",                SYS_fcntl,              { 0, F_GETLEASE, 0 },            false, 0 },
	{ "F_SETPIPE_SZ",              SYS_fcntl,              { 0, F_SETPIPE_SZ, 4096 },       false, EBADF },
	{ "F_DUPFD_CLOEXEC",           SYS_fcntl,              { 0, F_DUPFD_CLOEXEC, 1 << 30 }, false, EINVAL },
	{ "F_GET_SEALS",               SYS_fcntl,              { 0, F_GET_SEALS, 0 },           false, EINVAL },
	{ "sendto, Fast Open",         SYS_sendto,             { -1, 0, 0, MSG_FASTOPEN },      false, EPERM },
	{ "sendto",                    SYS_sendto,             { -1, 0, 0, MSG_NOSIGNAL },      false, EBADF },
	{ "sendmsg, Fast Open",        SYS_sendmsg,            { -1, 8, MSG_FASTOPEN },         false, EPERM },
	{ "sendmsg",                   SYS_sendmsg,            { -1, 8, 0 },                    false, EBADF },
	{ "sendmsg, the report",       SYS_sendmsg,            { 256, 8, MSG_FASTOPEN },        false, EBADF },
	{ "sendmmsg, Fast Open",       SYS_sendmmsg,           { -1, 8, 0, MSG_FASTOPEN },      false, EPERM },
	{ "socket, netlink route",     SYS_socket,             { AF_NETLINK, SOCK_RAW, 0 },     false, EAFNOSUPPORT },
	{ "socket, netlink audit",     SYS_socket,             { AF_NETLINK, SOCK_RAW, 9 },     false, EPERM },
};

#define HINT_ADD "allowed_syscalls can add it"
#define HINT_ARG "allowed_syscalls can add it, with any argument"
#define HINT_NET "the run did not ask for enable_network"
static const struct { long nr; uint64_t args[6]; const char *hint, *name; } refused[] = {
	{ SYS_socket,             { AF_PACKET, SOCK_RAW },                      HINT_ARG,
	  "socket(AF_PACKET)" },
	{ SYS_socket,             { AF_NETLINK, SOCK_DGRAM },                   HINT_ARG,
	  "socket(AF_NETLINK)" },
	{ SYS_socket,             { 99, 0 },                                    HINT_ARG,
	  "socket(99)" },
	{ SYS_socket,             { AF_INET, SOCK_STREAM | SOCK_CLOEXEC },      HINT_NET,
	  "socket(AF_INET, SOCK_STREAM)" },
	{ SYS_socket,             { AF_INET6, SOCK_DGRAM, IPPROTO_UDP },        HINT_NET,
	  "socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)" },
	{ SYS_socket,             { AF_INET, SOCK_STREAM, IPPROTO_SCTP },       HINT_ARG,
	  "socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)" },
	{ SYS_socket,             { AF_INET, SOCK_STREAM, 200 },                HINT_ARG,
	  "socket(AF_INET, SOCK_STREAM, 200)" },
	{ SYS_socket,             { AF_INET, SOCK_RAW, IPPROTO_ICMP },          HINT_ARG,
	  "socket(AF_INET, SOCK_RAW)" },
	{ SYS_socketpair,         { AF_UNIX, SOCK_DGRAM },                      HINT_ARG,
	  "socketpair(AF_UNIX, SOCK_DGRAM)" },
	{ SYS_connect,            { 3 },                                        HINT_NET,
	  "connect" },
	{ SYS_listen,             { 3 },                                        HINT_ADD,
	  "listen" },
	{ SYS_clone,              { SIGCHLD | 0x01200000 },                     HINT_ARG,
	  "clone(SIGCHLD)" },
	{ SYS_clone,              { CLONE_VM | CLONE_VFORK | SIGCHLD },         HINT_ARG,
	  "clone(CLONE_VM|CLONE_VFORK|SIGCHLD)" },
	{ SYS_clone,              { CLONE_NEWUSER | SIGCHLD },                  HINT_ARG,
	  "clone(CLONE_NEWUSER)" },
	{ SYS_clone,              { CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD },    HINT_ARG,
	  "clone(CLONE_NEWNS|CLONE_NEWUSER)" },
	{ SYS_clone,              { 0 },                                        HINT_ARG,
	  "clone(0)" },
	{ SYS_unshare,            { CLONE_NEWNET },                             HINT_ADD,
	  "unshare(CLONE_NEWNET)" },
	{ SYS_unshare,            { CLONE_FILES | 0x8 },                        HINT_ADD,
	  "unshare(CLONE_FILES|0x8)" },
	{ SYS_unshare,            { 0x7e020080 },                               HINT_ADD,
	  "unshare(CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|"
	  "CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWTIME)" },
	{ SYS_setns,              { 3, CLONE_NEWNET },                          HINT_ADD,
	  "setns(CLONE_NEWNET)" },
	{ SYS_ioctl,              { 0, TIOCSTI },                               HINT_ARG,
	  "ioctl(TIOCSTI)" },
	{ SYS_ioctl,              { 0, 0x5499 },                                HINT_ARG,
	  "ioctl(0x5499)" },
	{ SYS_prctl,              { PR_SET_DUMPABLE, 1 },                       HINT_ARG,
	  "prctl(PR_SET_DUMPABLE)" },
	{ SYS_prctl,              { 999 },                                      HINT_ARG,
	  "prctl(999)" },
	{ SYS_fcntl,              { 0, F_NOTIFY },                              HINT_ARG,
	  "fcntl(F_NOTIFY)" },
	{ SYS_fcntl,              { 0, 777 },                                   HINT_ARG,
	  "fcntl(777)" },
	{ SYS_kill,               { 1, SIGKILL },                               HINT_ARG,
	  "kill(PID 1)" },
	{ SYS_kill,               { (uint64_t)-1, SIGKILL },                    HINT_ARG,
	  "kill(PID -1)" },
	{ SYS_prlimit64,          { 77, RLIMIT_CORE },                          HINT_ARG,
	  "prlimit64(PID 77)" },
	{ SYS_setpriority,        { PRIO_PROCESS, 1, 19 },                      HINT_ARG,
	  "setpriority(PRIO_PROCESS, PID 1)" },
	{ SYS_getpriority,        { PRIO_USER, 1 },                             HINT_ARG,
	  "getpriority(PRIO_USER)" },
	{ SYS_sched_setscheduler, { 0, SCHED_FIFO },                            HINT_ARG,
	  "sched_setscheduler(SCHED_FIFO)" },
	{ SYS_mknodat,            { 0, 0, S_IFBLK | 0600 },                     HINT_ARG,
	  "mknodat(S_IFBLK)" },
	{ SYS_mmap,               { 0, 0, 0, MAP_SHARED | MAP_ANONYMOUS },      HINT_ARG,
	  "mmap(MAP_SHARED|MAP_ANONYMOUS)" },
	{ SYS_sendto,             { 0, 0, 0, MSG_FASTOPEN | MSG_NOSIGNAL },     HINT_ARG,
	  "sendto(MSG_FASTOPEN)" },
	{ SYS_personality,        { 0x40000 },                                  HINT_ARG,
	  "personality(0x40000)" },
	{ SYS_ptrace,             { 16, 1 },                                    HINT_ADD,
	  "ptrace" },
	{ 4000,                   { 0 },                                        HINT_ADD,
	  "syscall_4000" },
};

static long
real(long arg, pid_t parent)
{
	return arg == PARENT ? parent : arg == SELF ? getpid() : arg;
}

/* In a child: the errno of the call under a run's filter, or 0; 200 when there is no filter. */
static int
under_filter(size_t i)
{
	struct filter f = { .prog = NULL };
	struct filter_spec spec = { .runtime = RT_PYTHON, .report_fd = 256, .allowed = "",
	    .shared_uid = calls[i].shared };
	char why[256];
	const long *a = calls[i].args;
	pid_t parent = getppid();

	if (filter_build(&f, &spec, why, sizeof(why)) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    filter_load(&f, getpid(), NULL) != 0)
		return 200;
	return syscall(calls[i].nr, real(a[0], parent), real(a[1], parent), a[2], a[3], 0l, 0l) == -1 ? errno : 0;
}

static unsigned
check_calls(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < LEN(calls); i++) {
		int status = 0;
		pid_t pid = fork();
		if (pid == 0)
			_exit(under_filter(i));
		if (pid != -1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == calls[i].error)
			continue;
		fprintf(stderr, "%s: status %#x, wanted errno %d\n", calls[i].name, (unsigned)status, calls[i].error);
		failed++;
	}
	return failed;
}

static unsigned
check_names(void)
{
	unsigned failed = 0;
	char name[CALL_NAME_MAX];

	for (size_t i = 0; i < LEN(refused); i++) {
		const char *hint = filter_hint((int)refused[i].nr, refused[i].args, false);
		filter_describe((int)refused[i].nr, refused[i].args, name, sizeof(name));
		if (strcmp(name, refused[i].name) == 0 && strcmp(hint, refused[i].hint) == 0)
			continue;
		fprintf(stderr, "%s (%s), wanted %s (%s)\n", name, hint, refused[i].name, refused[i].hint);
		failed++;
	}
	return failed;
}

static unsigned
check_shared_hint(void)
{
	struct filter f = { .prog = NULL };
	struct filter_spec spec = { .runtime = RT_NODE, .report_fd = 256, .shared_uid = true, .allowed = "" };
	const uint64_t args[6] = { 1, 9 };
	char why[256];
	bool good = filter_build(&f, &spec, why, sizeof(why)) == 0 &&
	    strcmp(filter_hint(SYS_kill, args, false), "needs a uid of its own for each run, which needs root") == 0 &&
	    strcmp(filter_hint(SYS_mount, args, false), HINT_ADD) == 0;

	free(f.prog);
	return good ? 0 : 1;
}

static int
one(bool (*act)(void))
{
	char why[256];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || filter_confine(why, sizeof(why)) == -1)
			_exit(100);
		_exit(act() ? 0 : 101);
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static unsigned
check_builds(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < LEN(builds); i++) {
		for (int j = 0; j < RT_COUNT * 2; j++) {
			struct filter f = { .prog = NULL };
			struct filter_spec spec = { .runtime = (enum runtime)(j / 2), .listener = j % 2 == 0,
			    .report_fd = 256, .shared_uid = builds[i].shared, .allowed = builds[i].allowed };
			char why[256] = "";
			int rc = filter_build(&f, &spec, why, sizeof(why));
			free(f.prog);
			if (builds[i].why == NULL ? rc == 0 : rc == -1 && strcmp(why, builds[i].why) == 0)
				continue;
			fprintf(stderr, "allowed_syscalls \"%s\": %s\n", builds[i].allowed, rc == 0 ? "built" : why);
			failed++;
		}
	}
	return failed;
}

/*** Shortening ***/

/* As the kernel does: what a program answers, or -1 for one that it would refuse. *asked: a bit for each word read. */
static int64_t
answer(const struct sock_filter *prog, size_t len, const struct seccomp_data *d, uint32_t *asked)
{
	uint32_t a = 0;

	for (size_t i = 0; i < len; i++) {
		const struct sock_filter *p = &prog[i];
		switch (p->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (p->k >= sizeof(*d) || p->k % 4 != 0)
				return -1;
			memcpy(&a, (const char *)d + p->k, sizeof(a));
			*asked |= 1u << p->k / 4;
			break;
		case BPF_ALU | BPF_AND | BPF_K: a &= p->k; break;
		case BPF_JMP | BPF_JA:          i += p->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: i += a == p->k ? p->jt : p->jf; break;
		case BPF_JMP | BPF_JGT | BPF_K: i += a > p->k ? p->jt : p->jf; break;
		case BPF_JMP | BPF_JGE | BPF_K: i += a >= p->k ? p->jt : p->jf; break;
		case BPF_RET | BPF_K:           return p->k;
		default:                        return -1;
		}
	}
	return -1;
}

/* The 16 words of a call as seccomp_data(2) has them, and the values to try of each. */
#define WORDS (sizeof(struct seccomp_data) / 4)
#define ARGS 4                          /* the first word of the first argument */
struct values {
	uint32_t of[WORDS][4096];
	size_t n[WORDS];
};

static void
add_value(struct values *v, size_t word, uint32_t value)
{
	for (size_t i = 0; i < v->n[word]; i++)
		if (v->of[word][i] == value)
			return;
	if (v->n[word] == LEN(v->of[word]))
		abort();
	v->of[word][v->n[word]++] = value;
}

/* All around a constant that words are compared with, of which the words' bits outside of masks do not count. */
static void
add_around(struct values *v, uint32_t words_seen, uint32_t k, const uint32_t *masks, size_t n_masks)
{
	for (size_t w = 0; w < WORDS; w++) {
		if ((words_seen & 1u << w) == 0)
			continue;
		for (uint32_t i = 0; i < 3; i++) {
			add_value(v, w, k - 1 + i);
			for (size_t m = 0; m < n_masks; m++) {
				add_value(v, w, (k - 1 + i) | ~masks[m]);
				add_value(v, w, k | (masks[m] & ~(masks[m] - 1)));
			}
		}
	}
}

/* From instruction at, with word there, to the end: each word that can be read, with the constants it meets. */
static void
add_values(struct values *v, const struct sock_filter *prog, size_t len, size_t at, uint32_t word)
{
	static uint32_t seen[BPF_MAXINSNS + 256];       /* which words can be the value before an instruction */
	uint32_t masks[64];
	size_t n_masks = 0;

	memset(seen, 0, sizeof(seen));
	seen[at] = word;
	for (size_t pass = 0; pass < 2; pass++)         /* the masks, then what is compared */
		for (size_t i = at; i < len; i++) {
			const struct sock_filter *p = &prog[i];
			if (seen[i] == 0)
				continue;
			if (p->code == (BPF_LD | BPF_W | BPF_ABS)) {
				seen[i + 1] |= 1u << p->k / 4;
				add_around(v, 1u << p->k / 4, 0, NULL, 0);
			} else if (BPF_CLASS(p->code) == BPF_ALU) {
				seen[i + 1] |= seen[i];
				if (pass == 0 && p->k != 0 && n_masks < LEN(masks))
					masks[n_masks++] = p->k;
			} else if (p->code == (BPF_JMP | BPF_JA)) {
				seen[i + 1 + p->k] |= seen[i];
			} else if (BPF_CLASS(p->code) == BPF_JMP) {
				seen[i + 1 + p->jt] |= seen[i];
				seen[i + 1 + p->jf] |= seen[i];
				if (pass == 1)
					add_around(v, seen[i] & ~3u, p->k, masks, n_masks);
				if (pass == 1 && (seen[i] & 3) != 0)
					add_around(v, seen[i] & 3, p->k, NULL, 0);
			}
		}
}

/* Where a program first reads an argument of this call; len: it does not. */
static size_t
first_argument(const struct sock_filter *prog, size_t len, const struct seccomp_data *d)
{
	for (size_t n = 1; n <= len; n++) {
		uint32_t asked = 0;
		const struct sock_filter *p = &prog[n - 1];
		if (p->code != (BPF_LD | BPF_W | BPF_ABS) || p->k < ARGS * 4)
			continue;
		(void)answer(prog, n, d, &asked);
		if (asked >> ARGS != 0)
			return n - 1;
	}
	return len;
}

/* Two programs, of which the one has to answer as the other. */
struct pair {
	const struct sock_filter *a, *b;
	size_t a_len, b_len;
	const char *name;
	unsigned long tried;
};

static bool
same(struct pair *p, const struct seccomp_data *d, uint32_t *asked)
{
	int64_t a = answer(p->a, p->a_len, d, asked), b = answer(p->b, p->b_len, d, asked);

	p->tried++;
	if (a == b && a != -1)
		return true;
	fprintf(stderr, "%s: arch %#x call %#x (%#llx, %#llx, %#llx, %#llx, %#llx, %#llx): %#llx became %#llx\n",
	    p->name, d->arch, (unsigned)d->nr, d->args[0], d->args[1], d->args[2], d->args[3], d->args[4], d->args[5],
	    (unsigned long long)a, (unsigned long long)b);
	return false;
}

/* A call with each combination of what may matter of its arguments. */
static bool
same_call(struct pair *p, uint32_t arch, uint32_t nr)
{
	static struct values v;
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };
	size_t at[WORDS] = { 0 }, w, combinations = 1;
	uint32_t asked = 0;

	if (!same(p, &d, &asked))
		return false;
	if (asked >> ARGS == 0)
		return true;            /* whatever they are */
	memset(v.n, 0, sizeof(v.n));
	add_values(&v, p->a, p->a_len, first_argument(p->a, p->a_len, &d), 1);
	add_values(&v, p->b, p->b_len, first_argument(p->b, p->b_len, &d), 1);
	for (w = ARGS; w < WORDS; w++)
		combinations *= v.n[w] == 0 ? 1 : v.n[w];
	if (combinations > 4000000) {
		fprintf(stderr, "%s: call %u: %zu combinations\n", p->name, nr, combinations);
		return false;
	}
	for (size_t i = 0; i < combinations; i++) {
		for (w = ARGS; w < WORDS; w++)
			if (v.n[w] != 0)
				memcpy((char *)&d + w * 4, &v.of[w][at[w]], 4);
		if (!same(p, &d, &asked))
			return false;
		for (w = ARGS; w < WORDS && (v.n[w] == 0 || ++at[w] == v.n[w]); w++)
			at[w] = 0;
	}
	return true;
}

static bool
same_all(struct pair *p)
{
	static struct values v;
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, 1,
	    ~0u };
	bool good = true;

	memset(v.n, 0, sizeof(v.n));
	add_values(&v, p->a, p->a_len, 0, 1);
	add_values(&v, p->b, p->b_len, 0, 1);
	for (size_t i = 0; i < LEN(archs); i++)
		add_value(&v, 1, archs[i]);
	for (size_t i = 0; good && i < v.n[1]; i++) {
		for (uint32_t nr = 0; good && nr <= 1100; nr++)
			good = same_call(p, v.of[1][i], nr) && same_call(p, v.of[1][i], nr | 0x40000000) &&
			    same_call(p, v.of[1][i], nr | 0x80000000);
		for (size_t n = 0; good && n < v.n[0]; n++)
			good = same_call(p, v.of[1][i], v.of[0][n]);
		good = good && same_call(p, v.of[1][i], ~0u);
	}
	return good;
}

/* Pids and paths that a filter is loaded with; the first are none. Some are what other calls' arguments may be. */
static const struct { uint32_t pid; uint64_t path; } places[] = {
	{ PID_HERE, (uint64_t)PATH_HIGH << 32 | PATH_LOW },
	{ 1,        0x7ffd12345678 },
	{ 2,        0x400000 },
	{ 17,       0x100000001 },
	{ 280,      0 },
	{ 4194304,  0x5555ffffffff },
};

/* The filter that was compiled last and what became of it, with a pid and a path in both. */
static bool
same_filter(const struct filter *f, size_t place, const char *name, unsigned long *tried)
{
	static struct sock_filter a[BPF_MAXINSNS], b[BPF_MAXINSNS];
	struct pair p = { .a = a, .b = b, .a_len = n_original, .b_len = f->len, .name = name };
	struct { struct sock_filter *prog; size_t len; } both[2] = { { a, n_original }, { b, f->len } };

	memcpy(a, original, n_original * sizeof(a[0]));
	memcpy(b, f->prog, f->len * sizeof(b[0]));
	for (size_t i = 0; i < 2; i++) {
		(void)enter_patch(both[i].prog, both[i].len, PID_HERE, places[place].pid);
		(void)enter_patch(both[i].prog, both[i].len, PATH_HIGH, (uint32_t)(places[place].path >> 32));
		(void)enter_patch(both[i].prog, both[i].len, PATH_LOW, (uint32_t)places[place].path);
	}
	bool good = same_all(&p);
	*tried += p.tried;
	return good;
}

/* With these every kind of filter; the last has numbers that leave no room for a jump over them. */
static char scattered[2048];
static const char *const lists[] = { "", "fork,kill,socket", "execve,sendmsg,ioctl,fcntl", scattered };

/* One kind of filter: its bits are the flags of a filter_spec. */
static bool
check_shorter(size_t kind, const char *allowed, unsigned long *tried)
{
	struct filter f = { .prog = NULL };
	const struct filter_spec spec = { .runtime = (kind & 1) != 0 ? RT_NODE : RT_PYTHON, .network = (kind & 2) != 0,
	    .listener = (kind & 4) != 0, .template = (kind & 8) != 0, .reachable = (kind & 16) != 0,
	    .shared_uid = (kind & 32) != 0, .processes = (kind & 64) != 0, .report_fd = 280, .allowed = allowed };
	char why[256], name[64];
	bool good = true;

	if (filter_build(&f, &spec, why, sizeof(why)) == -1)
		return spec.shared_uid; /* what it may not have; check_builds() looks at that */
	(void)snprintf(name, sizeof(name), "kind %zu, \"%.40s\"", kind, allowed);
	if (allowed[0] == '\0' && f.len * 11u > n_original * 6u) {
		fprintf(stderr, "%s: %zu instructions are now %u\n", name, n_original, f.len);
		good = false;
	}
	for (size_t i = 0; i < LEN(places); i++)
		if (kind < 8 || i == kind % LEN(places))
			good = good && same_filter(&f, i, name, tried);
	free(f.prog);
	return good;
}

#define L BPF_STMT(LOAD, 0)

/* What is not understood stays: each of these is the kernel's to refuse, or another compiler's. */
static const struct { const char *name; struct sock_filter prog[4]; } odd[] = {
	{ "jset",            { L, BPF_JUMP(JUMP(BPF_JSET), 1, 1, 1), BPF_STMT(ANSWER, 1), BPF_STMT(ANSWER, 1) } },
	{ "or",              { L, BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1), L, BPF_STMT(ANSWER, 1) } },
	{ "answer A",        { L, L, L, BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ "load at the end", { L, L, L, L } },
	{ "ja past it",      { L, L, BPF_STMT(JUMP(BPF_JA), 1), BPF_STMT(ANSWER, 1) } },
	{ "jeq past it",     { L, L, BPF_JUMP(JUMP(BPF_JEQ), 1, 0, 1), BPF_STMT(ANSWER, 1) } },
	{ "jge past it",     { L, L, BPF_JUMP(JUMP(BPF_JGE), 1, 1, 0), BPF_STMT(ANSWER, 1) } },
};

static unsigned
check_odd(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < LEN(odd); i++) {
		struct sock_filter prog[LEN(odd[i].prog)];
		struct filter f = { .prog = prog, .len = LEN(prog) };
		memcpy(prog, odd[i].prog, sizeof(prog));
		shorten(&f);
		if (f.len == LEN(prog) && memcmp(prog, odd[i].prog, sizeof(prog)) == 0)
			continue;
		fprintf(stderr, "%s: changed\n", odd[i].name);
		failed++;
	}
	return failed;
}

/* One for which there is no room stays too. */
static bool
check_full(void)
{
	static struct sock_filter prog[BPF_MAXINSNS];
	struct filter f = { .prog = prog, .len = LEN(prog) };

	prog[0] = (struct sock_filter)L;
	for (uint32_t i = 1; i < LEN(prog) - 1; i += 2) {
		prog[i] = (struct sock_filter)BPF_JUMP(JUMP(BPF_JEQ), 2 * i, 0, 1);
		prog[i + 1] = (struct sock_filter)BPF_STMT(ANSWER, i % 60);
	}
	prog[LEN(prog) - 1] = (struct sock_filter)BPF_STMT(ANSWER, 100);
	memcpy(original, prog, sizeof(prog));
	shorten(&f);
	return f.len == LEN(prog) && memcmp(prog, original, sizeof(prog)) == 0;
}

static uint32_t
chance(uint32_t below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static const uint32_t constants[] = { 0, 1, 2, 3, 4, 7, 8, 100, 255, 256, PID_HERE, PATH_HIGH, PATH_LOW, 0x7fffffff,
    0x80000000, 0xfffffffe, 0xffffffff };

/* An instruction before left others. */
static struct sock_filter
any_instruction(uint32_t left)
{
	static const uint16_t ops[] = { BPF_JEQ, BPF_JEQ, BPF_JGT, BPF_JGE };
	const uint32_t k = constants[chance(LEN(constants))], room = left < 256 ? left : 256, kind = chance(20);

	if (left == 0 || (kind == 0 && (left < 4 || chance(8) == 0)))
		return (struct sock_filter)BPF_STMT(ANSWER, chance(3));
	if (kind < 4)
		return (struct sock_filter)BPF_STMT(LOAD, 4 * chance(6));
	if (kind == 4)
		return (struct sock_filter)BPF_STMT(MASK, k);
	if (kind == 5)
		return (struct sock_filter)BPF_STMT(JUMP(BPF_JA), chance(left));
	return (struct sock_filter)BPF_JUMP((uint16_t)JUMP(ops[chance(LEN(ops))]), k,
	    (uint8_t)chance(chance(4) == 0 ? room : 1), (uint8_t)chance(chance(4) == 0 ? room : 1));
}

/* Two answers after a comparison, n instructions away or some more: a jump's 8 bits are enough, or not. */
static bool
check_far(size_t n)
{
	static struct sock_filter prog[BPF_MAXINSNS];
	struct filter f = { .prog = prog };
	size_t at = 0, wanted;

	for (size_t i = 0; i < 8; i++)          /* that there is something to leave out */
		prog[at++] = (struct sock_filter)BPF_STMT(LOAD, 0);
	prog[at++] = (struct sock_filter)BPF_STMT(LOAD, 16);
	prog[at++] = (struct sock_filter)BPF_JUMP(JUMP(BPF_JEQ), 7, 0, 4);
	prog[at++] = (struct sock_filter)BPF_STMT(LOAD, 24);
	prog[at++] = (struct sock_filter)BPF_JUMP(JUMP(BPF_JEQ), 5, 0, 1);
	wanted = at;
	at += 2;
	for (uint32_t i = 0; at < wanted + n; i++) {
		prog[at++] = (struct sock_filter)BPF_STMT(LOAD, 32 + 8 * (i % 2));
		if (i < n % 3)
			prog[at++] = (struct sock_filter)BPF_STMT(MASK, 0xffff);
		prog[at++] = (struct sock_filter)BPF_JUMP(JUMP(BPF_JEQ), i + 100, 0, 1);
		prog[at++] = (struct sock_filter)BPF_STMT(ANSWER, i + 100);
	}
	prog[wanted] = (struct sock_filter)BPF_STMT(JUMP(BPF_JA), (uint32_t)(at - wanted - 1));
	prog[wanted + 1] = (struct sock_filter)BPF_STMT(JUMP(BPF_JA), (uint32_t)(at - wanted - 1));
	prog[at++] = (struct sock_filter)BPF_STMT(ANSWER, 1);
	prog[at++] = (struct sock_filter)BPF_STMT(ANSWER, 2);
	memcpy(original, prog, at * sizeof(prog[0]));
	f.len = (unsigned short)at;
	shorten(&f);

	struct pair p = { .a = original, .b = prog, .a_len = at, .b_len = f.len, .name = "far" };
	for (unsigned i = 0; i < 400; i++) {
		struct seccomp_data d = { .args = { 6 + i % 2, 4 + i / 2 % 2, 99 + i / 4, 99 + i / 4 } };
		uint32_t asked = 0;
		if (!same(&p, &d, &asked))
			return false;
	}
	return f.len < at;
}

/* Programs that no compiler makes. */
static unsigned
check_random(void)
{
	static struct sock_filter b[BPF_MAXINSNS];
	unsigned shorter = 0;
	unsigned long tried = 0;

	for (int n = 0; n < 3000; n++) {
		struct filter f = { .prog = b };
		n_original = f.len = (unsigned short)(1 + chance(n % 10 == 0 ? 2000 : 300));
		for (uint32_t i = 0; i < f.len; i++)
			original[i] = b[i] = any_instruction(f.len - i - 1);
		shorten(&f);
		shorter += f.len < n_original;
		struct pair p = { .a = original, .b = b, .a_len = n_original, .b_len = f.len, .name = "random" };
		uint32_t asked = 0, pid = constants[chance(LEN(constants))];
		(void)enter_patch(original, n_original, PID_HERE, pid);
		(void)enter_patch(b, f.len, PID_HERE, pid);
		for (int i = 0; i < 1000; i++) {
			uint32_t words_of[WORDS];
			struct seccomp_data d;
			for (size_t w = 0; w < WORDS; w++)
				words_of[w] = constants[chance(LEN(constants))] + chance(3) - 1;
			memcpy(&d, words_of, sizeof(d));
			if (!same(&p, &d, &asked))
				return 1;
		}
		tried += p.tried;
	}
	printf("%lu calls of random programs compared, %u of which are shorter\n", tried, shorter);
	return shorter < 2000;
}

static unsigned
check_shortening(void)
{
	struct filter f = { .prog = NULL };
	unsigned failed = check_odd() + !check_full() + check_random();
	unsigned long tried = 0;

	for (size_t n = 200; n < 300; n++)
		failed += !check_far(n);
	for (unsigned nr = 503; nr < 1000; nr += 2)
		(void)snprintf(scattered + strlen(scattered), sizeof(scattered) - strlen(scattered), "%s%u",
		    nr > 503 ? "," : "", nr);
	for (size_t i = 0; i < LEN(lists); i++)
		for (size_t kind = 0; kind < 128; kind++)
			failed += (i == 0 || kind % 5 == i) && !check_shorter(kind, lists[i], &tried);
	if (compile(&f, SCMP_ACT_KILL_PROCESS, NULL, NULL) != 0)
		return failed + 1;
	for (size_t i = 0; i < LEN(places); i++)
		failed += !same_filter(&f, i, "server", &tried);
	free(f.prog);
	printf("%lu calls compared\n", tried);
	(void)fflush(stdout);           /* before any fork */
	return failed != 0;
}

int
main(void)
{
	/* In this order: a hint is for the filters that were built last. */
	unsigned failed = check_names() + check_builds() + check_shared_hint();

	failed += check_shortening();
	failed += check_calls();        /* after it: under a wrong filter a child may not even end */

	listening = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	diag = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, 4 /* NETLINK_SOCK_DIAG */);
	if (listening == -1 || diag == -1 || listen(listening, 1) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) {
		perror("sockets");
		return 1;
	}
	for (size_t i = 0; i < LEN(cases); i++) {
		int status = one(cases[i].act);
		if (cases[i].signo == 0 ? status == 0 : WIFSIGNALED(status) && WTERMSIG(status) == cases[i].signo)
			continue;
		fprintf(stderr, "%s: status %#x, wanted signal %d\n", cases[i].name, (unsigned)status, cases[i].signo);
		failed++;
	}
	printf("%zu passed, %u failed\n", LEN(cases) + LEN(builds) + LEN(calls) + LEN(refused) + 2 - failed, failed);
	return failed != 0;
}
