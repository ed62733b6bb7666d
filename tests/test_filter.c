/*
 * filter.c, without a server. Confinement: each row forks, confines the child and makes one call there;
 * what a serving process does must work, its ends as well, anything else must end it with SIGSYS.
 * A shared uid: what allowed_syscalls may say, and what a call that names another process gets, in a
 * child under a run's filter. Names: what a refused call is called, and what the hint says.
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
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
	{ "chroot,fork",     true,  "allowed_syscalls: fork needs a uid of its own for each run, which needs root" },
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

int
main(void)
{
	/* In this order: a hint is for the filters that were built last. */
	unsigned failed = check_names() + check_builds() + check_shared_hint() + check_calls();

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
	printf("%zu passed, %u failed\n", LEN(cases) + LEN(builds) + LEN(calls) + LEN(refused) + 1 - failed, failed);
	return failed != 0;
}
