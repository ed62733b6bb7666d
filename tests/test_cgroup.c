/*
 * test_cgroup.c - limits, kills and the connect programs, by those who run into them.
 *
 *   cc -fsanitize=address,undefined -I. tests/test_cgroup.c cgroup.c buf.c
 *
 * Run as root. What the machine does not give is said in a line "skipped LAYER:
 * why"; what it gives is tested from inside: a child joins a slot and does what
 * the layer is there to stop. Afterwards nothing may be left, be it a directory
 * or a descriptor.
 */
#include "sandbox.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)
#define NAME "test sandbox, 10% \303\244\\040"     /* nothing in a name may be special */
#define FEW 8                                   /* processes of a slot */
#define ENOUGH 64                               /* processes: more than a slot may have */

static unsigned n_passed, n_failed;
static const char *const layer_names[CG_LAYERS] = { "memory", "pids", "kill", "connect" };
static uint16_t own_port, other_port;

static void __attribute__((format(printf, 2, 3)))
check(bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		n_passed++;
		return;
	}
	n_failed++;
	va_start(ap, fmt);
	(void)fputs("FAILED ", stdout);
	(void)vprintf(fmt, ap);
	(void)putchar('\n');
	va_end(ap);
}

static struct cgroup_spec
usual(void)
{
	return (struct cgroup_spec){ NAME, 2, 48 * MIB, FEW, 0, own_port, { true, true, true, true } };
}

/*** What is there: directories of ours, descriptors ***/

static unsigned n_dirs;

static int
count_dir(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (type == FTW_D && (strcmp(path + at->base, NAME) == 0 || strcmp(path + at->base, NAME "-server") == 0))
		n_dirs++;
	return 0;
}

static unsigned
dirs_left(void)
{
	n_dirs = 0;
	(void)nftw("/sys/fs/cgroup", count_dir, 16, FTW_PHYS);
	return n_dirs;
}

static unsigned
descriptors(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d != NULL && readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

/*** Children ***/

typedef int in_slot(void);

/* Start a child that joins the slot and exits with what f() returns; 99 if it could not join. */
static pid_t
start(const struct cgroups *cg, size_t slot, in_slot *f)
{
	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	_exit(cgroup_join(cg, slot) == -1 ? 99 : f());
}

static int
finish(pid_t pid)
{
	int status = -1;

	check(pid > 0 && waitpid(pid, &status, 0) == pid, "fork and wait");
	return status;
}

static bool
exited(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool
killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int
use_memory(size_t n)
{
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < n; i += 4096)
		((volatile char *)p)[i] = 1;
	return 0;
}

static int
use_little(void)
{
	return use_memory(8 * MIB);
}

static int
use_much(void)
{
	return use_memory(200 * MIB);
}

static int
wait_for_ever(void)
{
	(void)alarm(60);        /* never for ever, whatever fails */
	(void)pause();
	return 1;
}

/* A hog with a sibling that does nothing. */
static int
hog_and_sibling(void)
{
	if (fork() == 0)
		(void)wait_for_ever();
	return use_memory(200 * MIB);
}

static int
fork_many(void)
{
	int n = 0;

	for (pid_t pid; n < ENOUGH; n++) {
		pid = fork();
		if (pid == -1)
			break;
		if (pid == 0)
			(void)wait_for_ever();
	}
	const int error = errno;

	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return n == FEW - 1 && error == EAGAIN ? 0 : 1 + n;
}

/* In a group of its own, so that it can kill it. */
static int
fork_bomb(void)
{
	return setpgid(0, 0) == -1 ? 98 : fork_many();
}

static void *
idle(void *unused)
{
	(void)wait_for_ever();
	return unused;
}

static int
thread_bomb(void)
{
	int error = 0, n = 0;
	pthread_attr_t attr;
	pthread_t thread;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 128 * 1024);
	while (n < ENOUGH && (error = pthread_create(&thread, &attr, idle, NULL)) == 0)
		n++;
	return n > 0 && n < FEW && error == EAGAIN ? 0 : 1 + n;
}

/* A child, a grandchild in a session of its own whose parent is gone. Each says on fd 1 that it is there. */
static int tree_pipe[2];

static int
grow_tree(void)
{
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			if (i == 1 && (setsid() == -1 || fork() != 0))
				_exit(0);
			(void)signal(SIGHUP, SIG_IGN);
			(void)!write(tree_pipe[1], "x", 1);
			return wait_for_ever();
		}
	(void)!write(tree_pipe[1], "x", 1);
	return wait_for_ever();
}

/*** Connections ***/

static int
listener(uint16_t *port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
	socklen_t n = sizeof(a);
	int off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd != -1 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 64) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &n) == 0, "a listener: %s", strerror(errno));
	*port = ntohs(a.sin6_port);
	return fd;
}

/* 0, or errno. */
static int
connect_to(const char *address, uint16_t port, int type, int flags)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const bool v4 = inet_pton(AF_INET, address, &a4.sin_addr) == 1;
	int fd = socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	const struct sockaddr *a = v4 ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	const socklen_t n = v4 ? sizeof(a4) : sizeof(a6);

	if (fd == -1 || (!v4 && inet_pton(AF_INET6, address, &a6.sin6_addr) != 1))
		return errno;
	int status = flags != 0 ? sendto(fd, "x", 1, flags, a, n) == 1 ? 0 : -1 : connect(fd, a, n);
	const int error = status == -1 ? errno : 0;

	(void)close(fd);
	return error;
}

/* 0, or the number of the row that went wrong. */
static int
try_connections(void)
{
	static const char *const addresses[] = { "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::" };

	for (size_t i = 0; i < LEN(addresses); i++) {
		if (connect_to(addresses[i], own_port, SOCK_STREAM, 0) != EPERM)
			return 1 + (int)i;
		if (connect_to(addresses[i], other_port, SOCK_STREAM, 0) != 0)
			return 11 + (int)i;
		if (connect_to(addresses[i], own_port, SOCK_STREAM, MSG_FASTOPEN) != EPERM)
			return 21 + (int)i;
	}
	return 0;
}

/*** The parts ***/

static void
say_layers(const struct cgroups *cg)
{
	for (size_t i = 0; i < CG_LAYERS; i++) {
		check(cg->on[i] == (cg->why[i][0] == '\0'), "%s: a reason exactly where it is off", layer_names[i]);
		if (cg->on[i])
			(void)printf("on %s\n", layer_names[i]);
		else
			(void)printf("skipped %s: %s\n", layer_names[i], cg->why[i]);
	}
}

/* The children of a slot are where its directories are: in as many hierarchies as there are directories. */
static unsigned
joined(pid_t pid, const char *slot)
{
	char path[64], line[4096], end[128];
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	(void)snprintf(end, sizeof(end), "/%s/%s\n", NAME, slot);
	FILE *f = fopen(path, "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		const size_t len = strlen(line), want = strlen(end);

		n += len >= want && strcmp(line + len - want, end) == 0;
	}
	check(f != NULL, "%s: %s", path, strerror(errno));
	if (f != NULL)
		(void)fclose(f);
	return n;
}

static int ready_pipe[2];

static int
be_ready(void)
{
	(void)!write(ready_pipe[1], "x", 1);
	return wait_for_ever();
}

static int
wait_ready(void)
{
	char c;

	return (int)read(ready_pipe[0], &c, 1);
}

static void
test_join(const struct cgroups *cg, unsigned trees)
{
	(void)fflush(stdout);
	pid_t one = start(cg, 0, be_ready), another = fork();

	if (another == 0)       /* what is kept is descriptors: another root must not matter */
		_exit(chroot("/proc/self/fdinfo") == -1 || chdir("/") == -1 ? 98 :
		    cgroup_join(cg, 1) == -1 ? 99 : be_ready());
	check(wait_ready() == 1 && wait_ready() == 1, "two children joined");
	check(joined(one, "0") == trees, "slot 0: in %u of %u hierarchies", joined(one, "0"), trees);
	check(joined(another, "1") == trees, "slot 1: in %u of %u hierarchies", joined(another, "1"), trees);
	check(joined(getpid(), "0") == 0, "the server has stayed out");
	(void)kill(one, SIGKILL);
	(void)kill(another, SIGKILL);
	(void)finish(one);
	(void)finish(another);
}

static void
test_memory(struct cgroups *cg)
{
	check(cgroup_reset(cg, 0) == 0 && cgroup_reset(cg, 1) == 0, "reset: %s", strerror(errno));
	check(!cgroup_oom(cg, 0) && !cgroup_oom(cg, 1), "no kill yet");
	check(exited(finish(start(cg, 1, use_little)), 0) && !cgroup_oom(cg, 1), "a little memory is fine");
	if (!cg->on[CG_MEMORY]) {
		check(exited(finish(start(cg, 1, use_much)), 0) && !cgroup_oom(cg, 1), "no layer, no limit");
		return;
	}
	for (int round = 0; round < 3; round++) {
		check(killed(finish(start(cg, 1, use_much))), "round %d: the hog is killed", round);
		check(cgroup_oom(cg, 1), "round %d: and it is said", round);
		check(!cgroup_oom(cg, 0), "round %d: of this slot only", round);
		check(cgroup_reset(cg, 1) == 0 && !cgroup_oom(cg, 1), "round %d: the next run starts clean", round);
	}
	pid_t pid = start(cg, 0, wait_for_ever);

	(void)kill(pid, SIGKILL);
	check(killed(finish(pid)) && !cgroup_oom(cg, 0), "another SIGKILL is not taken for it");
}

/* v2 kills the whole slot: nothing that is half a program goes on. */
static void
test_group_kill(struct cgroups *cg, bool v2)
{
	if (!cg->on[CG_MEMORY] || !v2)
		return;
	pid_t pid = start(cg, 1, hog_and_sibling);
	int status;

	check(killed(finish(pid)) && cgroup_oom(cg, 1), "the hog is killed");
	check(waitpid(-1, &status, 0) > 0 && killed(status), "its sibling as well");
	check(cgroup_reset(cg, 1) == 0, "reset");
}

static void
test_pids(const struct cgroups *cg)
{
	if (!cg->on[CG_PIDS])
		return;
	int status = finish(start(cg, 1, fork_bomb));

	check(exited(status, 0), "a fork bomb gets EAGAIN: status %#x", (unsigned)status);
	status = finish(start(cg, 0, thread_bomb));
	check(exited(status, 0), "threads as well: status %#x", (unsigned)status);
}

static void
test_kill(const struct cgroups *cg)
{
	char c;
	int status;

	if (!cg->on[CG_KILL]) {
		check(cgroup_kill(cg, 1) == 0, "harmless when off");
		return;
	}
	check(cgroup_kill(cg, 1) == 0, "harmless when empty: %s", strerror(errno));
	check(pipe2(tree_pipe, O_CLOEXEC) == 0, "pipe2");
	pid_t bystander = start(cg, 0, wait_for_ever), pid = start(cg, 1, grow_tree);

	for (int i = 0; i < 3; i++)
		check(read(tree_pipe[0], &c, 1) == 1, "process %d of the tree", i);
	check(cgroup_kill(cg, 1) == 0, "kill: %s", strerror(errno));
	check(killed(finish(pid)), "the first is dead");
	/* We are the subreaper: the tree's other two are our children now, with a zombie between them. */
	for (int n = 0; n < 2;)
		if (waitpid(-1, &status, 0) == -1) {
			check(false, "%d of 2 descendants died", n);
			break;
		} else if (killed(status))
			n++;
	check(waitpid(bystander, NULL, WNOHANG) == 0, "the other slot lives");
	(void)kill(bystander, SIGKILL);
	(void)finish(bystander);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	(void)close(tree_pipe[0]);
	(void)close(tree_pipe[1]);
}

static void
test_connect(const struct cgroups *cg)
{
	check(connect_to("127.0.0.1", own_port, SOCK_STREAM, 0) == 0, "outside of the slots all may connect");
	if (!cg->on[CG_CONNECT])
		return;
	int status = finish(start(cg, 1, try_connections));

	check(exited(status, 0), "connections: status %#x", (unsigned)status);
	check(connect_to("::1", own_port, SOCK_STREAM, 0) == 0, "and still may");
}

/* Whose server was killed: the directories stay, with other limits, programs and more leaves. */
static void
test_stale(const struct cgroups *before)
{
	struct cgroups cg;
	struct cgroup_spec spec = usual();
	unsigned trees = 0;
	pid_t in_the_way = 0;

	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		spec.n_slots = 5;
		spec.memory_bytes = 16 * MIB;
		spec.pids = 2;
		spec.port = other_port;
		cgroup_open(&cg, &spec);
		if (fork() == 0 && cgroup_join(&cg, 1) == 0) {  /* it sits in the way of the next server */
			pid = getpid();
			(void)!write(ready_pipe[1], &pid, sizeof(pid));
		}
		_exit(wait_for_ever());
	}
	check(read(ready_pipe[0], &in_the_way, sizeof(in_the_way)) == sizeof(in_the_way), "the stale one's child");
	(void)kill(pid, SIGKILL);
	(void)finish(pid);
	cgroup_open(&cg, &spec);
	for (size_t i = 0; i < LEN(cg.trees); i++)
		trees += cg.trees[i].layers != 0;
	check(memcmp(cg.on, before->on, sizeof(cg.on)) == 0, "stale directories: the same layers");
	check(trees == 0 || dirs_left() >= trees, "they are there");
	check((cg.on[CG_KILL] ? cgroup_kill(&cg, 1) : kill(in_the_way, SIGKILL)) == 0, "kill: %s", strerror(errno));
	check(killed(finish(in_the_way)), "the one in the way is dead");
	test_join(&cg, trees);
	test_connect(&cg);
	test_memory(&cg);
	cgroup_close(&cg);
	check(dirs_left() == 0, "after stale directories: %u are left", dirs_left());
}

static int
connect_own(void)
{
	return connect_to("127.0.0.1", own_port, SOCK_STREAM, 0);
}

/* The programs of one who was killed must not stay when the next does not want them. */
static void
test_stale_programs(const struct cgroups *before)
{
	struct cgroups cg;
	struct cgroup_spec spec = usual();

	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		cgroup_open(&cg, &spec);
		_exit(0);
	}
	(void)finish(pid);
	spec.want[CG_CONNECT] = false;
	cgroup_open(&cg, &spec);
	check(cg.on[CG_KILL] == before->on[CG_KILL], "stale programs: the other layers");
	check(exited(finish(start(&cg, 1, connect_own)), 0), "stale programs are gone");
	cgroup_close(&cg);
	check(dirs_left() == 0, "after stale programs: %u are left", dirs_left());
}

/* Layers one by one, and all but one: off where not wanted, else as they were. */
static void
test_wanted(const struct cgroups *before)
{
	for (unsigned want = 0; want < 1u << CG_LAYERS; want++) {
		struct cgroup_spec spec = usual();
		struct cgroups cg;

		for (size_t i = 0; i < CG_LAYERS; i++)
			spec.want[i] = want >> i & 1;
		cgroup_open(&cg, &spec);
		for (size_t i = 0; i < CG_LAYERS; i++) {
			check(cg.on[i] == (spec.want[i] && before->on[i]), "%s of %#x", layer_names[i], want);
			check(spec.want[i] || strcmp(cg.why[i], "off by configuration") == 0, "why: %s", cg.why[i]);
		}
		check(want != 0 || dirs_left() == 0, "nothing is made for nothing");
		check(cgroup_reset(&cg, 1) == 0 && !cgroup_oom(&cg, 1) && cgroup_kill(&cg, 1) == 0 &&
		    exited(finish(start(&cg, 1, use_little)), 0), "the calls, with %#x", want);
		cgroup_close(&cg);
		cgroup_close(&cg);      /* harmless */
		check(dirs_left() == 0, "with %#x: %u directories are left", want, dirs_left());
	}
}

static void
test_reasons(void)
{
	struct cgroup_spec spec = usual();
	struct cgroups cg;
	char name[300];

	spec.port = 0;
	cgroup_open(&cg, &spec);
	check(!cg.on[CG_CONNECT] && strcmp(cg.why[CG_CONNECT], "no port") == 0, "no port: %s", cg.why[CG_CONNECT]);
	cgroup_close(&cg);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	spec.name = name;
	cgroup_open(&cg, &spec);
	for (size_t i = 0; i < CG_CONNECT; i++)
		check(!cg.on[i] && strcmp(cg.why[i], "cgroup: File name too long") == 0, "a long name: %s", cg.why[i]);
	cgroup_close(&cg);
	spec = usual();
	spec.name = "test/none/x";      /* mkdirat fails */
	cgroup_open(&cg, &spec);
	for (size_t i = 0; i < CG_LAYERS; i++)
		check(!cg.on[i] && cg.why[i][0] != '\0', "no directory to be made: %s is off", layer_names[i]);
	check(exited(finish(start(&cg, 0, use_little)), 0), "the calls, with nothing on");
	cgroup_close(&cg);
}

/* All mounts below /sys/fs/cgroup read-only, as containers have them. In a child: its exit status is the failures. */
static int
read_only(const struct cgroups *before)
{
	char line[4096], point[1024], type[64];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct cgroup_spec spec = usual();
	struct cgroups cg;
	int wrong = 0;

	if (f == NULL || unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return 77;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*s %*s %*s %*s %1023s", point) == 1 && strstr(line, " - cgroup") != NULL &&
		    sscanf(strstr(line, " - cgroup"), " - %63s", type) == 1 &&
		    mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == -1)
			return 77;
	(void)fclose(f);
	cgroup_open(&cg, &spec);
	for (size_t i = 0; i < CG_LAYERS; i++)
		if (cg.on[i] || (before->on[i] && strcmp(cg.why[i], "cgroup: Read-only file system") != 0)) {
			(void)printf("%s: %s\n", layer_names[i], cg.why[i]);
			wrong++;
		}
	if (cgroup_join(&cg, 0) == -1)
		wrong++;
	(void)fflush(stdout);
	return wrong;
}

static void
test_read_only(const struct cgroups *before)
{
	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		_exit(read_only(before));
	int status = finish(pid);

	if (exited(status, 77))
		(void)printf("skipped read-only: no mount namespace\n");
	else
		check(exited(status, 0), "read-only: status %#x", (unsigned)status);
}

/* Close while the slots' processes are dying. */
static void
test_close(struct cgroups *cg)
{
	pid_t pids[4];

	for (size_t i = 0; i < LEN(pids); i++)
		pids[i] = start(cg, i % 2, be_ready);
	for (size_t i = 0; i < LEN(pids); i++)
		check(wait_ready() == 1, "child %zu", i);
	for (size_t i = 0; i < LEN(pids); i++)
		(void)kill(pids[i], SIGKILL);
	cgroup_close(cg);
	check(dirs_left() == 0, "after close %u directories are left", dirs_left());
	for (size_t i = 0; i < LEN(pids); i++)
		check(killed(finish(pids[i])), "child %zu is dead", i);
}

int
main(void)
{
	struct cgroups cg, before;

	if (geteuid() != 0) {
		(void)puts("FAILED this needs root\n0 passed, 1 failed");
		return 1;
	}
	check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe2(ready_pipe, O_CLOEXEC) == 0, "set up");
	int own = listener(&own_port), other = listener(&other_port);
	const unsigned n_fds = descriptors();

	check(dirs_left() == 0, "directories of another run, which must go first");
	const struct cgroup_spec spec = usual();
	cgroup_open(&cg, &spec);
	before = cg;
	say_layers(&cg);
	unsigned trees = 0;

	for (size_t i = 0; i < LEN(cg.trees); i++)
		trees += cg.trees[i].layers != 0;
	(void)printf("hierarchies %u%s\n", trees, cg.moved ? ", moved into a leaf" : "");
	test_join(&cg, trees);
	test_memory(&cg);
	test_group_kill(&cg, cg.trees[2].layers & 1u << CG_MEMORY);
	test_pids(&cg);
	test_kill(&cg);
	test_connect(&cg);
	test_close(&cg);
	test_stale(&before);
	test_stale_programs(&before);
	test_wanted(&before);
	test_reasons();
	test_read_only(&before);
	check(descriptors() == n_fds, "%u descriptors, before %u", descriptors(), n_fds);
	(void)close(own);
	(void)close(other);
	(void)printf("%u passed, %u failed\n", n_passed, n_failed);
	return n_failed != 0;
}
