/*
 * deps.c - packages: what the operator names, pip and npm install in a jail of
 * their own, and the runs find.
 *
 *   dependencies/                      BASE/python3/ (packages.c)
 *     python-requirements.txt  ----->    work/         all that an installer may write: cache local new tmp
 *     wheels/                            installed/    g000006: the last one, for what still runs with it
 *     package.json, npm/                               g000007: current, root's
 *                                        locks/        of generations; what each was made from
 *
 *   server --- struct ask ---> this process --- fork, jail ---> pip | npm
 *      ^----- struct told --------'   '--- struct taken ---> monitor: the runs' environment, new templates
 *
 * The process is forked before the monitor leaves the machine's filesystem, and
 * stays there. It does one thing at a time; what is asked meanwhile waits in its
 * socket and shares the answer. A generation gets its name when it is whole: a
 * crash, a full disk or a failed install leaves `current` as it was.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((uint64_t)1024 * 1024)
#define INPUT_MAX ((size_t)1024 * 1024) /* of a requirements file; of all that describes an install */
#define ASKS_MAX 64                     /* taken at a time */
#define LOCAL_MAX 4096                  /* files in wheels/ or npm/ */
#define FILES_MAX 1000000               /* of a language's packages */
#define DEPTH_MAX 128                   /* of directories in them */
#define SETTLE_MS 1000                  /* an editor or a mount writes more than one file */
#define LOOK_MS 5000                    /* for a directory that is not there yet, or another */
#define RETRY_FIRST_MS 30000            /* after an install that failed; doubled */
#define WATCH_MS 250                    /* how often an install's time and size are looked at */
#define END_MS 2000                     /* for what an installer leaves behind to die */
#define SWITCH_MS 5000                  /* for the monitor to take a generation */
#define SAY_TRIES 100                   /* 10 ms apart */
#define LINES_SHOWN 8                   /* of what an installer said last */
#define CACHE_PARTS 4                   /* its cache is emptied when it is over 1/4 of max_packages_mb */

/* To this process from the server; to the server; to the monitor, which answers with a byte. */
struct ask { uint32_t runtime, force; };
struct told { uint32_t runtime, ok; char text[2048]; };
struct taken { uint32_t runtime; char name[GENERATION_LEN]; };
/* From the monitor, once: which languages' packages can be used, and why not. */
struct go { struct { bool on; char why[PATH_LEN]; } of[RT_COUNT]; };

static const struct {
	const char *file, *more;        /* what is wanted; what else is read with it */
	const char *more_end;           /* or the ending of what else */
	const char *local;              /* directory of files to install from, */
	const char *endings[4];         /* and theirs */
	const char *tool;
} kinds[RT_COUNT] = {
	[RT_PYTHON] = { "python-requirements.txt", NULL, ".txt", "wheels", { ".whl", ".tar.gz", ".zip" }, "pip" },
	[RT_NODE]   = { "package.json", "package-lock.json", NULL, "npm", { ".tgz" }, "npm" },
};

/*** The process ***/

/*
 * What is wanted of a language: that what the files name is there, if they have
 * changed since the last try; that it is there; what is newer, too.
 */
enum want { WANT_NOTHING, WANT_CHANGED, WANT_SAME, WANT_NEW };

static struct {
	struct jail *jail;
	int server, monitor, notify;
	int dir, no_dir;                /* of dependencies; -1: none, and why */
	char dir_path[PATH_LEN];
	struct {
		enum want want, later;  /* by events and asks, at due_ms; by itself, at later_ms */
		int64_t due_ms, later_ms, retry_ms;
		bool asked;             /* somebody waits for the result */
		struct buf failed;      /* what the files named when it failed last */
		int held;               /* the generation in use, locked against other servers; -1 */
		bool complained;        /* of a directory that cannot be used */
	} of[RT_COUNT];
	char said[8192];                /* the end of what an installer printed */
	size_t n_said;
} deps;

#define FAIL(text, ...) ((void)snprintf(text, TEXT_MAX, __VA_ARGS__), -1)
#define TEXT_MAX sizeof(((struct told *)0)->text)

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * The monitor is at its end when its socket is. What an installer leaves goes first.
 * An answer of its that comes too late is read, or it would wake us for ever.
 */
static void
end_if_alone(void)
{
	char c;
	ssize_t n = recv(deps.monitor, &c, 1, MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		if (!deps.jail->one_uid)
			(void)jail_end(deps.jail, deps.jail->installer.uid, deps.jail->n_slots, END_MS);
		_exit(0);
	}
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n > e && strcmp(name + n - e, ending) == 0;
}

static bool
may_run_scripts(enum runtime rt)
{
	return rt == RT_PYTHON ? deps.jail->config->pip_sdists : deps.jail->config->npm_scripts;
}

static bool
is_local(enum runtime rt, const char *name)
{
	for (size_t i = 0; i < LEN(kinds[rt].endings) && kinds[rt].endings[i] != NULL; i++)
		if (ends_with(name, kinds[rt].endings[i]))
			return true;
	return false;
}

/* Of another errno nobody knows whether it is there: then nothing is done, and said. */
static bool
is_absent(int e)
{
	return e == ENOENT || e == ENOTDIR || e == EACCES;
}

/* To one who listens: without memory for it, a little later. 0 or -1 with errno. */
static int
say(int fd, const void *what, size_t n, int flags)
{
	const struct timespec pause = { 0, 10000000 };
	ssize_t sent = -1;

	for (int tries = 0; tries < SAY_TRIES; tries++) {
		sent = send(fd, what, n, MSG_NOSIGNAL | flags);
		if (sent != -1 || (errno != ENOBUFS && errno != ENOMEM))
			break;
		(void)nanosleep(&pause, NULL);
	}
	return sent == (ssize_t)n ? 0 : -1;
}

/* Is it read besides the file that says what is wanted? */
static bool
is_more(enum runtime rt, const char *name)
{
	if (strcmp(name, kinds[rt].file) == 0)
		return false;
	return kinds[rt].more != NULL ? strcmp(name, kinds[rt].more) == 0 : ends_with(name, kinds[rt].more_end);
}

/*** What is wanted, as text: when it has not changed, nothing has to be installed ***/

/* A whole file, appended; a link is followed only where the operator has made it. 0 or -1 with errno. */
static int
put_file(struct buf *b, int at, const char *name, bool operators)
{
	int fd = openat(at, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (operators ? 0 : O_NOFOLLOW));
	struct stat st;
	ssize_t n = -1;

	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close_fd(&fd);
		errno = EINVAL;
	}
	while (fd != -1 && buf_reserve(b, 4096) == 0) {
		n = read(fd, b->p + b->len, b->cap - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b->len += (size_t)n;
		n = -1;
	}
	int e = errno;
	close_fd(&fd);
	errno = e;
	return n == 0 ? 0 : -1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names, sizes and times of what is used in a directory, in order. 0, or -1 with errno. */
static int
put_listing(struct buf *b, int at, enum runtime rt, bool (*used)(enum runtime, const char *))
{
	DIR *d = open_dir(at, ".");
	const struct dirent *e;
	char *names[LOCAL_MAX];
	size_t n = 0;
	struct stat st;
	int rc = d == NULL ? -1 : 0;

	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (!used(rt, e->d_name))
			continue;
		errno = EOVERFLOW;
		rc = n == LEN(names) || (names[n] = strdup(e->d_name)) == NULL ? -1 : 0;
		n += rc == 0;
	}
	if (rc == 0 && errno != 0)      /* not the end of the directory */
		rc = -1;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && fstatat(at, names[i], &st, 0) == 0)
			rc = buf_printf(b, "%s %lld %lld.%09ld\n", names[i], (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			    (long)st.st_mtim.tv_nsec);
		free(names[i]);
	}
	if (d != NULL)
		(void)closedir(d);
	return rc;
}

/* 1; 0 when no file says what is wanted; -1 with a reason. */
static int
read_wants(enum runtime rt, struct buf *b, char *text)
{
	const struct root *r = &deps.jail->roots[rt];
	struct stat st = { 0 };
	char target[64] = "";

	/* An interpreter of another version looks elsewhere for its packages: its link and its size tell. */
	(void)fstatat(r->fd, r->interpreter + 1, &st, 0);
	ssize_t n = readlinkat(r->fd, r->interpreter + 1, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	/* Nor is what was made without scripts what is made with them. */
	if (buf_printf(b, "%s %s %lld %d\n", r->interpreter, target, (long long)st.st_size, may_run_scripts(rt)) == -1)
		return FAIL(text, "%s", strerror(errno));
	if (deps.dir == -1)
		return is_absent(deps.no_dir) ? 0 : FAIL(text, "dependencies: %s", strerror(deps.no_dir));
	if (faccessat(deps.dir, kinds[rt].file, F_OK, 0) == -1 && is_absent(errno))
		return 0;
	if (put_file(b, deps.dir, kinds[rt].file, true) == -1)
		return FAIL(text, "%s/%s: %s", deps.dir_path, kinds[rt].file, errno == ENOBUFS ? "too large" : strerror(errno));
	if (put_listing(b, deps.dir, rt, is_more) == -1)
		return FAIL(text, "%s: %s", deps.dir_path, strerror(errno));
	int local = openat(deps.dir, kinds[rt].local, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 1;
	if (local == -1 ? !is_absent(errno) : put_listing(b, local, rt, is_local) == -1)
		rc = FAIL(text, "%s/%s: %s", deps.dir_path, kinds[rt].local, strerror(errno));
	close_fd(&local);
	return rc;
}

/* Do the bytes stand in dir/name/file? */
static bool
is_same(int fd, const char *name, const char *file, const struct buf *b)
{
	struct buf old;
	int dir = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	buf_init(&old, NULL, 4 * INPUT_MAX);
	bool same = dir != -1 && put_file(&old, dir, file, false) == 0 && old.len == b->len &&
	    memcmp(old.len == 0 ? "" : old.p, b->len == 0 ? "" : b->p, b->len) == 0;
	buf_free(&old);
	close_fd(&dir);
	return same;
}

/* A file with these bytes. 0 or -1 with errno. */
static int
make_file(int at, const char *name, struct slice s)
{
	(void)unlinkat(at, name, 0);    /* of an install that a crash has cut short */
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = fd == -1 ? -1 : write_all(fd, s), e = errno;

	if (fd != -1 && close(fd) == -1 && rc == 0)
		return -1;
	errno = e;
	return rc;
}

/*** The installer's directory ***/

/* Empty and the installer's. A descriptor or -1 with errno. */
static int
make_work_dir(int at, const char *name)
{
	const struct jail *j = deps.jail;

	if (mkdirat(at, name, 0700) == -1 && errno != EEXIST)
		return -1;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && fchmod(fd, 0700) == 0 &&
	    (j->one_uid || fchown(fd, j->installer.uid, (gid_t)j->installer.uid) == 0))
		return fd;
	int e = errno;
	close_fd(&fd);
	errno = e;
	return -1;
}

/* The installer has ended: nothing of it gets in there any more. 0 or -1 with errno. */
static int
close_work(int work)
{
	if (!deps.jail->one_uid && fchown(work, 0, 0) == -1)
		return -1;
	return fchmod(work, 0700);
}

/* Is it this installer's, and not too large? */
static bool
is_good_cache(int fd)
{
	uint64_t max = (uint64_t)deps.jail->config->max_packages_mb * MIB / CACHE_PARTS;
	struct usage u = { 0 };
	struct stat st;

	return fstat(fd, &st) == 0 && (deps.jail->one_uid || st.st_uid == deps.jail->installer.uid) &&
	    jail_count(fd, max, FILES_MAX, &u) == 0 && u.bytes <= max && u.files <= FILES_MAX && !u.too_deep;
}

/* Everything of work/, but for a cache that is to be kept. 0 or -1 with errno. */
static int
clear_work(int work, bool keep_cache)
{
	DIR *d = open_dir(work, ".");
	const struct dirent *e;
	int failed = d == NULL ? errno : 0;

	while (d != NULL && (errno = 0, e = readdir(d)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		int sub = openat(work, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		bool keep = keep_cache && sub != -1 && strcmp(e->d_name, "cache") == 0 && is_good_cache(sub);
		if (!keep && ((sub != -1 && empty_scratch(sub) == -1) ||
		    unlinkat(work, e->d_name, sub == -1 ? 0 : AT_REMOVEDIR) == -1))
			failed = errno;
		close_fd(&sub);
	}
	failed = failed == 0 ? errno : failed;
	if (d != NULL)
		(void)closedir(d);
	errno = failed;
	return failed == 0 ? 0 : -1;
}

/* 0 or -1 with errno. */
static int
copy_file(int from_dir, int to_dir, const char *name)
{
	static char buf[65536];
	int from = openat(from_dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int to = from == -1 || fstat(from, &st) == -1 || !S_ISREG(st.st_mode) ? -1 :
	    openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	ssize_t n = -1;

	while (to != -1 && (n = read(from, buf, sizeof(buf))) > 0)
		if (write_all(to, (struct slice){ buf, (size_t)n }) == -1) {
			n = -1;
			break;
		}
	int e = errno;
	if (to != -1 && close(to) == -1 && n == 0) {
		e = errno;
		n = -1;
	}
	close_fd(&from);
	errno = e;
	return n == 0 ? 0 : -1;
}

static int
copy_files(int from, int to, enum runtime rt, bool (*used)(enum runtime, const char *), char *text)
{
	DIR *d = open_dir(from, ".");
	const struct dirent *e;
	int rc = d == NULL ? FAIL(text, "%s", strerror(errno)) : 0;

	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL)
		if (used(rt, e->d_name) && copy_file(from, to, e->d_name) == -1)
			rc = FAIL(text, "%s: %s", e->d_name, strerror(errno));
	if (rc == 0 && errno != 0)      /* not the end of the directory */
		rc = FAIL(text, "%s", strerror(errno));
	if (d != NULL)
		(void)closedir(d);
	return rc;
}

/* What an installer is given, in a directory that is its own. The descriptor, or -1 with a reason. */
static int
prepare(enum runtime rt, bool scripts, char *text)
{
	static const char *const dirs[] = { "cache", "tmp", "new" };
	int work = make_work_dir(deps.jail->packages[rt].fd, "work"), rc = 0;

	/* What packages' own code has written there is not for the next install; nor, offline, what came from a network. */
	if (work == -1 || clear_work(work, !scripts && !deps.jail->config->offline) == -1)
		rc = FAIL(text, "%s/%s/work: %s", deps.jail->packages[rt].base, runtime_name(rt), strerror(errno));
	for (size_t i = 0; rc == 0 && i < LEN(dirs); i++) {
		int fd = make_work_dir(work, dirs[i]);
		if (fd == -1)
			rc = FAIL(text, "work/%s: %s", dirs[i], strerror(errno));
		close_fd(&fd);
	}
	if (rc == 0 && copy_file(deps.dir, work, kinds[rt].file) == -1)
		rc = FAIL(text, "%s: %s", kinds[rt].file, strerror(errno));
	if (rc == 0)
		rc = copy_files(deps.dir, work, rt, is_more, text);
	int from = rc == 0 ? openat(deps.dir, kinds[rt].local, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (rc == 0 && from == -1 && !is_absent(errno))
		rc = FAIL(text, "%s: %s", kinds[rt].local, strerror(errno));
	if (from != -1) {
		int to = mkdirat(work, "local", 0755) == -1 ? -1 :
		    openat(work, "local", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = to == -1 ? FAIL(text, "work/local: %s", strerror(errno)) : copy_files(from, to, rt, is_local, text);
		close_fd(&to);
	}
	close_fd(&from);
	if (rc == 0)
		return work;
	if (work != -1 && close_work(work) == 0)
		(void)clear_work(work, false);  /* what has filled a disk goes; the next install tries again */
	close_fd(&work);
	return -1;
}

/*** The installer ***/

/* What it prints, of which the end is kept. False: there is no more. */
static bool
hear(int fd)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n <= 0)
		return n == -1 && (errno == EAGAIN || errno == EINTR);
	size_t room = sizeof(deps.said) - 1, keep = (size_t)n >= room ? 0 : deps.n_said;
	if (keep + (size_t)n > room) {
		memmove(deps.said, deps.said + keep + (size_t)n - room, room - (size_t)n);
		keep = room - (size_t)n;
	}
	memcpy(deps.said + keep, buf, (size_t)n);
	deps.n_said = keep + (size_t)n;
	return true;
}

/* Does it name the package that is at hand? pip does so once, before all that it says of it. */
static bool
is_name(struct slice l)
{
	static const char *const begins[] = { "Processing ", "Collecting " };

	for (size_t i = 0; i < LEN(begins); i++)
		if (l.n > strlen(begins[i]) && memcmp(l.p, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Is that a line for people who want to know what went wrong? */
static bool
is_noise(struct slice l)
{
	static const char *const begins[] = { "WARNING: ", "[notice]", "npm notice", "npm WARN", "npm warn", "DEPRECATION: ",
	    "Looking in ", "Using cached ", "Downloading ", "Installing collected ", "Usage:", "note: ", "hint: ",
	    "[end of output]" };
	static const char *const has[] = { "A complete log of this run", "-debug-0.log", "was not found, so" };

	if (memmem(l.p, l.n, "tarball data for", 16) != NULL)
		return false;           /* only here does npm name the package that has the wrong checksum */
	while (l.n > 0 && (l.p[l.n - 1] == ' ' || l.p[l.n - 1] == '\r'))
		l.n--;
	for (; l.n > 0 && l.p[0] == ' '; l.n--)
		l.p++;
	for (size_t i = 0; i < LEN(begins); i++)
		if (l.n >= strlen(begins[i]) && memcmp(l.p, begins[i], strlen(begins[i])) == 0)
			return true;
	for (size_t i = 0; i < LEN(has); i++)
		if (memmem(l.p, l.n, has[i], strlen(has[i])) != NULL)
			return true;
	return l.n == 0 || is_name(l) || (l.n <= 9 && memcmp(l.p, "npm ", l.n < 4 ? l.n : 4) == 0);
}

/* The last lines of what it said, into text after what is there. */
static void
put_said(char *text)
{
	struct slice lines[LINES_SHOWN + 1];
	size_t n = 0, end = deps.n_said, len = strlen(text);
	bool named = true;              /* or it does not matter which package it was */

	while (end > 0 && (n < LINES_SHOWN || !named)) {
		size_t start = end;
		while (start > 0 && deps.said[start - 1] != '\n')
			start--;
		struct slice l = { deps.said + start, end - start };
		named = named && memmem(l.p, l.n, "subprocess", 10) == NULL;    /* its build, of which it says no name */
		if ((!is_noise(l) && n < LINES_SHOWN) || (!named && is_name(l))) {
			named = named || is_name(l);
			lines[n++] = l;
		}
		end = start > 0 ? start - 1 : 0;
	}
	while (n-- > 0 && len < TEXT_MAX - 1)
		len += (size_t)snprintf(text + len, TEXT_MAX - len, "\n%.*s", (int)lines[n].n, lines[n].p);
}

/* What an install that went well had to say: what was installed, what was left out. */
static void
log_said(enum runtime rt)
{
	static char text[TEXT_MAX];

	text[0] = '\0';
	put_said(text);
	if (text[0] != '\0')
		log_msg(LOG_INFO, "packages", "%s: %s: %s", runtime_name(rt), kinds[rt].tool, text + 1);
}

/* Its parameters, in a file that is read from its start. A descriptor or -1 with errno. */
static int
make_parameters(enum runtime rt)
{
	const struct config *c = deps.jail->config;
	char text[TEXT_LEN * 2];
	int fd = (int)syscall(SYS_memfd_create, "parameters", 1u /* MFD_CLOEXEC */);
	int n = snprintf(text, sizeof(text), "index %s\noffline %s\nscripts %s\n",
	    rt == RT_PYTHON ? c->python_pip_mirror_url : c->npm_registry, c->offline ? "yes" : "no",
	    may_run_scripts(rt) ? "yes" : "no");

	if (fd == -1 || (write_all(fd, (struct slice){ text, (size_t)n }) == 0 && lseek(fd, 0, SEEK_SET) == 0))
		return fd;
	close_fd(&fd);
	return -1;
}

/* Bytes that are free where it writes; 0 when nobody can tell. */
static uint64_t
free_bytes(int work)
{
	struct statvfs v;

	return fstatvfs(work, &v) == -1 ? 0 : (uint64_t)v.f_bavail * v.f_frsize;
}

/* The limits of an install that goes on. */
struct watch {
	int64_t end_ms, next_ms;        /* no later than; when to look next */
	uint64_t free;                  /* bytes, at its start */
};

/*
 * Has it passed a limit? The reason, or NULL. What it has open and has removed is
 * not counted, but is not free: twice the size leaves room for what others write.
 */
static const char *
is_over(int work, struct watch *w)
{
	uint64_t max = (uint64_t)deps.jail->config->max_packages_mb * MIB, left = free_bytes(work);
	int64_t start = now_ms();
	struct usage u = { 0 };

	if (start >= w->end_ms)
		return "it did not end within install_timeout";
	if (start < w->next_ms)
		return NULL;
	if (jail_count(work, max, FILES_MAX, &u) == 0 && (u.bytes > max || u.files > FILES_MAX || u.too_deep))
		return "it wrote more than max_packages_mb, or too many files";
	if (left < w->free && w->free - left > 2 * max)
		return "it took more room than twice max_packages_mb";
	int64_t took = now_ms() - start;
	w->next_ms = start + took + (10 * took > WATCH_MS ? 10 * took : WATCH_MS);      /* many files take long to count */
	return NULL;
}

/* Without Landlock the mode of a directory is what keeps an installer out of it. False: there is one. */
static bool
is_closed(const struct root *r)
{
	static const char *const dirs[] = { "tmp", "var/tmp", "dev/shm", "run", "run/lock" };
	struct stat st;

	for (size_t i = 0; i < LEN(dirs); i++)
		if (fstatat(r->fd, dirs[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0002) != 0)
			return false;
	return true;
}

/*
 * A directory from elsewhere shows in the root filesystem, for this process and
 * its installers alone. 0 or -1 with errno.
 */
static int
show(enum runtime rt, bool on)
{
	const struct packages *p = &deps.jail->packages[rt];
	char from[PATH_LEN + 32], to[PATH_LEN * 2];

	if (!p->outside)
		return 0;
	(void)snprintf(from, sizeof(from), "%s/%s", p->base, runtime_name(rt));
	(void)snprintf(to, sizeof(to), "%s/%s", deps.jail->roots[rt].path, p->at);
	return on ? mount(from, to, NULL, MS_BIND, NULL) : umount2(to, MNT_DETACH);
}

/* An installer that goes on, or has ended. */
struct running {
	enum runtime rt;
	int work, out, report;          /* its directory, the caller's; our ends of its pipe and report; -1: there is none */
	pid_t pid;
	int status;                     /* of wait(2) */
	const char *over;               /* the limit for which it was ended */
	bool left;                      /* of what it has started something lives */
};

/* Start it. 0, or -1 with a reason. */
static int
start_installer(struct running *r, bool scripts, char *text)
{
	const struct jail *j = deps.jail;
	const struct packages *p = &j->packages[r->rt];
	struct install in = { .runtime = r->rt, .work = r->work, .network = !j->config->offline, .scripts = scripts };
	int out[2] = { -1, -1 }, report[2] = { -1, -1 };
	const char *step = "pipe";
	char cwd[PATH_LEN + 32];

	if (scripts && j->one_uid)
		return FAIL(text, "pip_sdists and npm_scripts need root: only then are installers and runs of different uids");
	if (!j->layers.of[LAYER_LANDLOCK].on && !is_closed(&j->roots[r->rt]))
		return FAIL(text, "%s has a directory that all may write, and there is no Landlock", j->roots[r->rt].path);
	(void)snprintf(cwd, sizeof(cwd), p->outside ? "/%s/work" : "/%s/%s/work", p->at, runtime_name(r->rt));
	in.cwd = cwd;
	in.parameters = make_parameters(r->rt);
	if (in.parameters != -1 && cgroup_reset(&deps.jail->cgroups, j->n_slots) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) == 0) {
		in.out = out[1];
		in.report = report[1];
		r->pid = jail_install(j, &in, &step, text, TEXT_MAX);
	}
	int e = errno;
	close_fd(&out[1]);
	close_fd(&report[1]);
	close_fd(&in.parameters);
	r->out = out[0];
	r->report = report[0];
	if (r->pid != -1)
		return 0;
	return text[0] != '\0' ? -1 : FAIL(text, "%s: %s", step, strerror(e));
}

/* See it to its end, or end it. */
static void
watch_installer(struct running *r)
{
	struct watch w = { now_ms() + deps.jail->config->install_timeout * 1000, 0, free_bytes(r->work) };
	struct pollfd fds[] = { { .fd = r->out, .events = POLLIN }, { .fd = deps.monitor, .events = POLLIN } };
	char gone;

	for (bool open = true; ; ) {
		if (poll(fds, open ? 2 : 0, WATCH_MS) > 0 && fds[0].revents != 0 && !hear(r->out)) {
			open = false;
			fds[0].fd = -1;
		}
		if (waitpid(r->pid, &r->status, WNOHANG) == r->pid)
			break;
		r->over = r->over != NULL ? r->over : is_over(r->work, &w);
		if (r->over != NULL)
			(void)kill(r->pid, SIGKILL);    /* ours and not reaped: the number is its own */
		if (recv(deps.monitor, &gone, 1, MSG_DONTWAIT) == 0) {
			(void)kill(r->pid, SIGKILL);
			(void)waitpid(r->pid, NULL, 0);
			end_if_alone();
		}
	}
	/* Then nobody holds the pipe any more, or has a way into work/. */
	r->left = !deps.jail->one_uid &&
	    jail_end(deps.jail, deps.jail->installer.uid, deps.jail->n_slots, END_MS) == -1;
	if (fcntl(r->out, F_SETFL, O_NONBLOCK) == 0)
		for (int i = 0, more = 1; more && i < 64; i++) {        /* what a pipe can hold */
			errno = 0;
			more = hear(r->out) && errno != EAGAIN;
		}
	/* What it wrote last has not been looked at. */
	w.end_ms = INT64_MAX;
	w.next_ms = 0;
	if (r->over == NULL && r->status == 0)
		r->over = is_over(r->work, &w);
}

/* How it ended: 0, or -1 with a reason. */
static int
judge(const struct running *r, char *text)
{
	const char *tool = kinds[r->rt].tool;
	const struct jail *j = deps.jail;
	struct jail_report report = jail_report(r->report);
	int rc = 0;

	if (r->left)
		rc = FAIL(text, "processes that %s has started do not end", tool);
	else if (report.event == JAIL_FAILED)
		rc = FAIL(text, "the jail of %s: %s: %s", tool, report.step, strerror(report.error));
	else if (r->over != NULL)
		rc = FAIL(text, "%s was ended: %s", tool, r->over);
	else if (WIFSIGNALED(r->status))
		rc = FAIL(text, "%s was killed by signal %d (%s)%s", tool, WTERMSIG(r->status), strsignal(WTERMSIG(r->status)),
		    cgroup_oom(&j->cgroups, j->n_slots) ? ": out of memory, see install_memory_mb" : "");
	else if (WEXITSTATUS(r->status) != 0)
		rc = FAIL(text, "%s failed:", tool);
	if (rc == -1)
		put_said(text);
	return rc;
}

/* Run pip or npm in work/, which is root's again then. 0, or -1 with a reason. */
static int
run_installer(enum runtime rt, int work, bool scripts, char *text)
{
	struct running r = { .rt = rt, .work = work, .out = -1, .report = -1, .pid = -1 };

	deps.n_said = 0;
	int rc = start_installer(&r, scripts, text);
	if (rc == 0) {
		watch_installer(&r);
		rc = judge(&r, text);
	}
	if (close_work(work) == -1 && rc == 0)
		rc = FAIL(text, "work: %s", strerror(errno));
	close_fd(&r.out);
	close_fd(&r.report);
	return rc;
}

/*** A generation ***/

/*
 * What an installer made becomes root's, and readable for all. Everything that
 * ran as it is dead, so nothing changes between a look and an act: first all of it
 * is looked at (act false). 0, or -1 with a reason.
 */
static int
take_over(int dir, unsigned depth, bool act, char *text)
{
	const struct jail *j = deps.jail;
	uid_t uid = j->one_uid ? geteuid() : j->installer.uid;
	DIR *d = open_dir(dir, ".");
	const struct dirent *e;
	struct stat st;
	int rc = d == NULL ? FAIL(text, "%s", strerror(errno)) : 0;

	if (rc == 0 && depth > DEPTH_MAX)
		rc = FAIL(text, "directories more than %d deep", DEPTH_MAX);
	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = FAIL(text, "%s: %s", e->d_name, strerror(errno));
		else if (!act && st.st_uid != uid)
			rc = FAIL(text, "%s: belongs to uid %u", e->d_name, (unsigned)st.st_uid);
		else if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
			rc = FAIL(text, "%s: neither a file nor a directory nor a link", e->d_name);
		else if (act && !j->one_uid && fchownat(dir, e->d_name, 0, 0, AT_SYMLINK_NOFOLLOW) == -1)
			rc = FAIL(text, "%s: chown: %s", e->d_name, strerror(errno));
		if (rc == -1 || S_ISLNK(st.st_mode))
			continue;
		mode_t mode = S_ISDIR(st.st_mode) || (st.st_mode & 0111) != 0 ? 0755 : 0644;
		int fd = S_ISDIR(st.st_mode) ? openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
		if (act && fchmodat(dir, e->d_name, mode, 0) == -1)
			rc = FAIL(text, "%s: chmod: %s", e->d_name, strerror(errno));
		else if (S_ISDIR(st.st_mode))
			rc = fd == -1 ? FAIL(text, "%s: %s", e->d_name, strerror(errno)) : take_over(fd, depth + 1, act, text);
		close_fd(&fd);
	}
	if (rc == 0 && errno != 0)      /* not the end of the directory */
		rc = FAIL(text, "%s", strerror(errno));
	if (d != NULL)
		(void)closedir(d);
	return rc;
}

/* The highest number there is. -1 with errno: a name that is there would be given once more. */
static long
last_number(int shown)
{
	DIR *d = open_dir(shown, ".");
	const struct dirent *e;
	long last = 0;

	if (d == NULL)
		return -1;
	while ((errno = 0, e = readdir(d)) != NULL)
		if (packages_is_name(e->d_name) && strtol(e->d_name + 1, NULL, 10) > last)
			last = strtol(e->d_name + 1, NULL, 10);
	int failed = errno;
	(void)closedir(d);
	errno = failed;
	return failed == 0 ? last : -1;
}

/* Where no run gets to. A descriptor, or -1 with errno. */
static int
open_locks(const struct packages *p)
{
	(void)mkdirat(p->fd, "locks", 0700);
	return openat(p->fd, "locks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * A generation's lock, LOCK_SH by those who use it, LOCK_EX by who removes it:
 * not the directory's own, which every run can lock. It holds what the generation
 * was made from, passwords of indexes included. A descriptor, or -1 with errno.
 */
static int
lock_generation(const struct packages *p, const char *name, int how)
{
	int dir = open_locks(p);
	int fd = dir == -1 ? -1 : openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd != -1 && flock(fd, how | LOCK_NB) == -1) {
		int e = errno;
		close_fd(&fd);
		errno = e;
	}
	int e = errno;
	close_fd(&dir);
	errno = e;
	return fd;
}

/* All but the current one and the one before it, unless another server has it in use. */
static void
remove_old(const struct packages *p, const char *current, const char *before)
{
	DIR *d = open_dir(p->shown, ".");
	const struct dirent *e;
	char lock_name[GENERATION_LEN + 8];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!packages_is_name(e->d_name) || strcmp(e->d_name, current) == 0 || strcmp(e->d_name, before) == 0)
			continue;
		int lock = lock_generation(p, e->d_name, LOCK_EX);
		int old = lock == -1 ? -1 : openat(p->shown, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		(void)snprintf(lock_name, sizeof(lock_name), "locks/%.15s", e->d_name);
		if (old != -1 && empty_scratch(old) == 0 && unlinkat(p->shown, e->d_name, AT_REMOVEDIR) == 0)
			(void)unlinkat(p->fd, lock_name, 0);
		else if (lock != -1)
			log_msg(LOG_WARN, "packages", "%s/%s cannot be removed: %s", p->base, e->d_name, strerror(errno));
		close_fd(&old);
		close_fd(&lock);
	}
	if (d != NULL)
		(void)closedir(d);
}

/* The monitor gets to know what runs are to use; held, or errno, is its lock's. 0, or -1 with a reason. */
static int
pass_on(enum runtime rt, const char *name, int held, char *text)
{
	struct taken t = { .runtime = (uint32_t)rt };
	struct pollfd fd = { .fd = deps.monitor, .events = POLLIN };
	char done = 0;

	if (held == -1)
		return FAIL(text, "%s: lock: %s", name, strerror(errno));
	while (recv(deps.monitor, &done, 1, MSG_DONTWAIT) == 1)
		;                       /* an answer that came too late */
	memcpy(t.name, name, strlen(name) + 1);
	bool sent = say(deps.monitor, &t, sizeof(t), 0) == 0;
	if (sent) {                     /* it takes it, if not now then later */
		close_fd(&deps.of[rt].held);
		deps.of[rt].held = held;
		packages_use(deps.jail, rt, name);
	}
	if (!sent || poll(&fd, 1, SWITCH_MS) != 1 || recv(deps.monitor, &done, 1, 0) != 1) {
		end_if_alone();
		if (!sent)
			close_fd(&held);
		return FAIL(text, "the monitor does not answer");
	}
	return 0;
}

/* Give what has been installed its name, and make it the current one. 0, or -1 with a reason. */
static int
commit(enum runtime rt, int work, const struct buf *wants, char *text)
{
	const struct packages *p = &deps.jail->packages[rt];
	char name[GENERATION_LEN], before[GENERATION_LEN];
	int made = openat(work, "new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (made == -1 || (!deps.jail->one_uid && fchown(made, 0, 0) == -1) || fchmod(made, 0755) == -1) {
		close_fd(&made);
		return FAIL(text, "new: %s", strerror(errno));
	}
	if (faccessat(made, "list", F_OK, 0) == -1) {
		rc = FAIL(text, "%s ended before it was done:", kinds[rt].tool);
		put_said(text);
	}
	for (int act = 0; rc == 0 && act <= 1; act++)
		rc = take_over(made, 0, act == 1, text);
	long last = last_number(p->shown);
	if (rc == 0 && last == -1)
		rc = FAIL(text, "installed: %s", strerror(errno));
	(void)snprintf(name, sizeof(name), "g%06lu", (unsigned long)(last + 1) % 1000000000);
	/* What our runs use, while another server has perhaps installed another. */
	memcpy(before, p->name, sizeof(before));
	if (before[0] == '\0')
		packages_current(p, before);
	int locks = open_locks(p), held = -1;
	if (rc == 0 && (locks == -1 || make_file(locks, name, buf_slice(wants)) == -1))
		rc = FAIL(text, "locks/%s: %s", name, strerror(errno));
	close_fd(&locks);
	/* Before it is current: what is current can be used. */
	if (rc == 0 && (held = lock_generation(p, name, LOCK_SH)) == -1)
		rc = FAIL(text, "%s: lock: %s", name, strerror(errno));
	/* On the disk before it has its name: after a crash nobody would look whether it is whole. */
	if (rc == 0 && (syncfs(made) == -1 || renameat(work, "new", p->shown, name) == -1))
		rc = FAIL(text, "%s: %s", name, strerror(errno));
	close_fd(&made);
	(void)unlinkat(p->shown, ".current", 0);
	if (rc == 0 && (symlinkat(name, p->shown, ".current") == -1 ||
	    renameat(p->shown, ".current", p->shown, "current") == -1)) {
		rc = FAIL(text, "current: %s", strerror(errno));
		(void)unlinkat(p->shown, ".current", 0);
		(void)renameat(p->shown, name, work, "new");    /* and there it is removed */
	}
	if (rc == -1)
		close_fd(&held);
	else if ((rc = pass_on(rt, name, held, text)) == 0)
		remove_old(p, name, before);
	return rc;
}

/*** One install ***/

/* Are the same packages in new/ as in that generation? */
static bool
is_same_list(enum runtime rt, int work, const char *name)
{
	struct buf list;
	int made = openat(work, "new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	buf_init(&list, NULL, 4 * INPUT_MAX);
	bool same = made != -1 && put_file(&list, made, "list", false) == 0 &&
	    is_same(deps.jail->packages[rt].shown, name, "list", &list);
	buf_free(&list);
	close_fd(&made);
	return same;
}

/* With the directory locked against other servers. 0, or -1 with a reason. */
static int
install_locked(enum runtime rt, enum want want, const struct buf *wants, char *text)
{
	const struct packages *p = &deps.jail->packages[rt];
	char current[GENERATION_LEN];
	bool scripts = may_run_scripts(rt);
	int64_t start = now_ms();

	packages_current(p, current);
	bool same = current[0] != '\0' && is_same(p->fd, "locks", current, wants);
	if (same && want != WANT_NEW)   /* there since the last start, or by another server */
		return strcmp(current, p->name) == 0 && deps.of[rt].held != -1 ? 0 :
		    pass_on(rt, current, lock_generation(p, current, LOCK_SH), text);
	log_msg(LOG_INFO, "packages", "%s: installing what %s/%s names", runtime_name(rt), deps.dir_path, kinds[rt].file);
	int work = prepare(rt, scripts, text);
	if (work == -1)
		return -1;
	int rc = show(rt, true) == -1 ? FAIL(text, "mount: %s", strerror(errno)) : run_installer(rt, work, scripts, text);
	(void)show(rt, false);
	if (rc == 0)
		log_said(rt);
	if (rc == 0 && same && is_same_list(rt, work, current)) {
		log_msg(LOG_INFO, "packages", "%s: nothing new", runtime_name(rt));
		if (strcmp(current, p->name) != 0 || deps.of[rt].held == -1)    /* another server was first */
			rc = pass_on(rt, current, lock_generation(p, current, LOCK_SH), text);
	} else if (rc == 0 && (rc = commit(rt, work, wants, text)) == 0)
		log_msg(LOG_INFO, "packages", "%s: installed in %lld ms", runtime_name(rt), (long long)(now_ms() - start));
	if (clear_work(work, rc == 0 && !scripts) == -1)
		log_msg(LOG_WARN, "packages", "%s: %s/%s/work cannot be cleared: %s", runtime_name(rt), p->base, runtime_name(rt),
		    strerror(errno));
	close_fd(&work);
	return rc;
}

/* 0, or -1 with a reason. */
static int
install(enum runtime rt, enum want want, char *text)
{
	const struct packages *p = &deps.jail->packages[rt];
	struct buf wants;
	int64_t end = now_ms() + deps.jail->config->install_timeout * 1000;

	text[0] = '\0';
	buf_init(&wants, NULL, 2 * INPUT_MAX);
	int rc = read_wants(rt, &wants, text), lock = -1;
	if (rc == 1 && deps.jail->roots[rt].fd == -1)
		rc = FAIL(text, "%s", deps.jail->roots[rt].why);
	else if (rc == 1 && p->fd == -1)
		rc = FAIL(text, "there is no directory for packages: %s", p->why);
	else if (rc == 1 && (lock = openat(p->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		rc = FAIL(text, "%s/%s: %s", p->base, runtime_name(rt), strerror(errno));
	while (rc == 1 && flock(lock, LOCK_EX | LOCK_NB) == -1) {
		const struct timespec pause = { 0, 100000000 };
		int e = errno;
		end_if_alone();
		if (e != EWOULDBLOCK && e != EINTR)
			rc = FAIL(text, "lock: %s", strerror(e));
		else if (now_ms() > end)
			rc = FAIL(text, "another server installs here, for longer than install_timeout");
		else
			(void)nanosleep(&pause, NULL);
	}
	if (rc == 1) {
		struct buf *failed = &deps.of[rt].failed;
		bool tried = failed->len == wants.len && memcmp(failed->p, wants.p, wants.len) == 0;
		rc = want == WANT_CHANGED && tried ? 0 : install_locked(rt, want, &wants, text);
		buf_free(failed);
		if (rc == -1 || (want == WANT_CHANGED && tried)) {
			*failed = wants;
			wants = (struct buf){ 0 };
		}
	}
	close_fd(&lock);
	buf_free(&wants);
	return rc;
}

/*** The loop ***/

static void
want(enum runtime rt, enum want w, int64_t delay_ms)
{
	int64_t due = now_ms() + delay_ms;

	if (deps.of[rt].want == WANT_NOTHING || due < deps.of[rt].due_ms)
		deps.of[rt].due_ms = due;
	if (w > deps.of[rt].want)
		deps.of[rt].want = w;
}

static void
want_all(enum want w, int64_t delay_ms)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		want((enum runtime)rt, w, delay_ms);
}

/* As configured, beside the configuration, in the working directory, at the top. */
static void
find_dir(int64_t delay_ms)
{
	const struct config *c = deps.jail->config;
	const char *slash = strrchr(c->file, '/');
	int n = slash == NULL ? 0 : (int)(slash - c->file) + 1;
	char paths[4][PATH_LEN + 32];
	const uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE;
	size_t n_paths = 0;

	if (c->dependencies_dir[0] != '\0') {
		(void)snprintf(paths[n_paths++], sizeof(paths[0]), "%s", c->dependencies_dir);
	} else {
		if (n > 0) {
			(void)snprintf(paths[n_paths++], sizeof(paths[0]), "%.*sdependencies", n, c->file);
			(void)snprintf(paths[n_paths++], sizeof(paths[0]), "%.*s../dependencies", n, c->file);
		}
		(void)snprintf(paths[n_paths++], sizeof(paths[0]), "dependencies");
		(void)snprintf(paths[n_paths++], sizeof(paths[0]), "/dependencies");
	}
	deps.no_dir = ENOENT;
	for (size_t i = 0; deps.dir == -1 && is_absent(deps.no_dir) && i < n_paths; i++) {
		deps.dir = open(paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		deps.no_dir = errno;
		if (deps.dir == -1)
			continue;
		(void)snprintf(deps.dir_path, sizeof(deps.dir_path), "%.*s", PATH_LEN - 1, paths[i]);
		want_all(WANT_CHANGED, delay_ms);
	}
	/* Those below may come and go: again after each event. The same one twice is one. */
	for (size_t rt = 0; deps.dir != -1 && deps.notify != -1 && rt < RT_COUNT; rt++) {
		char local[PATH_LEN + 16];
		(void)snprintf(local, sizeof(local), "%s/%s", deps.dir_path, kinds[rt].local);
		(void)inotify_add_watch(deps.notify, local, events);
		if (inotify_add_watch(deps.notify, deps.dir_path, events | IN_DELETE_SELF | IN_MOVE_SELF) == -1)
			log_msg(LOG_WARN, "packages", "%s is not watched: %s", deps.dir_path, strerror(errno));
	}
}

/* Is it still the one by that name? One that is held open is not said to be removed. */
static void
look(void)
{
	struct stat held, named;

	if (deps.dir != -1 && (fstat(deps.dir, &held) == -1 || stat(deps.dir_path, &named) == -1 ||
	    held.st_ino != named.st_ino || held.st_dev != named.st_dev))
		close_fd(&deps.dir);
	if (deps.dir == -1)
		find_dir(0);
}

/* Something changed there. */
static void
take_events(void)
{
	union { struct inotify_event e; char room[4096]; } u;

	while (read(deps.notify, &u, sizeof(u)) > 0)
		;
	close_fd(&deps.dir);            /* it may be another by that name */
	find_dir(SETTLE_MS);
	want_all(WANT_CHANGED, SETTLE_MS);
}

static void
take_asks(void)
{
	struct ask a;
	ssize_t n;

	for (int i = 0; i < ASKS_MAX && deps.server != -1; i++) {
		n = recv(deps.server, &a, sizeof(a), MSG_DONTWAIT);
		if (n == -1)
			return;
		if (n != (ssize_t)sizeof(a) || a.runtime >= RT_COUNT) {
			close_fd(&deps.server);         /* its end, or what no server of ours says */
			return;
		}
		deps.of[a.runtime].asked = true;
		want((enum runtime)a.runtime, a.force != 0 ? WANT_NEW : WANT_SAME, 0);
	}
}

static void
tell(enum runtime rt, bool ok, const char *text)
{
	struct told t = { (uint32_t)rt, ok, { 0 } };

	(void)snprintf(t.text, sizeof(t.text), "%s", text);
	deps.of[rt].asked = false;
	/* One that does not listen is none of ours. */
	if (say(deps.server, &t, sizeof(t), MSG_DONTWAIT) == -1)
		close_fd(&deps.server);
}

/* Do the files say something else than what was installed, or failed, last? */
static bool
is_changed(enum runtime rt, bool installed)
{
	char current[GENERATION_LEN], text[TEXT_MAX];
	const struct packages *p = &deps.jail->packages[rt];
	const struct buf *failed = &deps.of[rt].failed;
	struct buf wants;

	if (p->fd == -1)
		return false;
	buf_init(&wants, NULL, 2 * INPUT_MAX);
	packages_current(p, current);
	bool changed = read_wants(rt, &wants, text) == 1 && (installed ? !is_same(p->fd, "locks", current, &wants) :
	    failed->len != wants.len || memcmp(failed->p, wants.p, wants.len) != 0);
	buf_free(&wants);
	return changed;
}

static void
do_install(enum runtime rt)
{
	static char text[TEXT_MAX];
	const struct config *c = deps.jail->config;
	bool now = deps.of[rt].want != WANT_NOTHING && deps.of[rt].due_ms <= now_ms();
	enum want w = now ? deps.of[rt].want : deps.of[rt].later;
	int64_t interval = c->python_deps_update_interval * 1000, *retry = &deps.of[rt].retry_ms;

	look();
	deps.of[rt].want = WANT_NOTHING;
	int rc = install(rt, w, text);
	/* What was asked meanwhile has its answer in this, or where the files have changed in one of what they say now. */
	for (int i = 0; ; i++) {
		enum want before = deps.of[rt].want;    /* a change meanwhile is an event that waits, too */
		take_asks();
		deps.of[rt].want = before;
		if (i == 3 || !deps.of[rt].asked || !is_changed(rt, rc == 0))
			break;
		rc = install(rt, WANT_SAME, text);
	}
	if (rc == -1)
		log_msg(deps.of[rt].complained ? LOG_DEBUG : LOG_ERROR, "packages", "%s: not installed: %s", runtime_name(rt), text);
	deps.of[rt].complained = rc == -1 && deps.jail->packages[rt].fd == -1;
	if (deps.of[rt].asked)
		tell(rt, rc != -1, text);
	if (w == WANT_CHANGED && rc == 0 && deps.of[rt].failed.len > 0)
		return;                 /* nothing was done: the next try is when it was to be */
	*retry = rc != -1 ? 0 : *retry == 0 ? RETRY_FIRST_MS : *retry < interval ? *retry * 2 : *retry;
	bool again = rc == -1 && *retry < interval;
	deps.of[rt].later = again ? WANT_SAME : WANT_NEW;
	deps.of[rt].later_ms = now_ms() + (again ? *retry : interval);
}

static int
next_ms(void)
{
	int64_t now = now_ms(), least = LOOK_MS;

	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (deps.of[rt].want != WANT_NOTHING && deps.of[rt].due_ms - now < least)
			least = deps.of[rt].due_ms - now;
		if (deps.of[rt].later_ms - now < least)
			least = deps.of[rt].later_ms - now;
	}
	return least < 0 ? 0 : (int)least;
}

__attribute__((noreturn)) static void
serve(void)
{
	struct pollfd fds[] = { { .fd = deps.monitor, .events = POLLIN }, { .events = POLLIN }, { .events = POLLIN } };

	static char text[TEXT_MAX];
	char name[GENERATION_LEN];

	/* Of an install that went on when another server of this uid was killed. */
	if (!deps.jail->one_uid)
		(void)jail_end(deps.jail, deps.jail->installer.uid, deps.jail->n_slots, END_MS);
	/* What there is since the last start is in use from here on: no other server removes it. */
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (deps.jail->packages[rt].fd == -1)
			continue;
		packages_current(&deps.jail->packages[rt], name);
		if (name[0] == '\0')
			continue;
		int held = lock_generation(&deps.jail->packages[rt], name, LOCK_SH);
		if (pass_on((enum runtime)rt, name, held, text) == -1)
			log_msg(LOG_WARN, "packages", "%s: %s", runtime_name((enum runtime)rt), text);
	}
	find_dir(0);
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		deps.of[rt].later = WANT_SAME;  /* at once: later_ms is 0 */
	for (;;) {
		end_if_alone();
		fds[1].fd = deps.server;
		fds[2].fd = deps.notify;
		if (poll(fds, LEN(fds), next_ms()) == -1) {     /* there is no memory: after a while */
			fds[2].revents = 0;
			(void)nanosleep(&(const struct timespec){ 0, 100000000 }, NULL);
		}
		if (fds[2].revents != 0)
			take_events();
		look();
		take_asks();
		end_if_alone();
		for (size_t rt = 0; rt < RT_COUNT; rt++)
			if ((deps.of[rt].want != WANT_NOTHING && deps.of[rt].due_ms <= now_ms()) || deps.of[rt].later_ms <= now_ms())
				do_install((enum runtime)rt);
	}
}

/* What installers and what they leave need: chown(2) and another uid, a root and namespaces of their own. */
#define KEPT (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_KILL | \
    1ull << CAP_SETGID | 1ull << CAP_SETUID | 1ull << CAP_SETPCAP | 1ull << CAP_SYS_CHROOT | 1ull << CAP_SYS_ADMIN)

__attribute__((noreturn)) static void
begin(struct jail *j, int server, int monitor)
{
	static struct go go;
	int keep[32] = { 0, 1, 2, server, monitor, log_fd(), j->layers.pid_ns, j->layers.net_ns };
	bool needs_mounts = false;
	size_t n = 8;

	deps.jail = j;
	deps.server = server;
	deps.monitor = monitor;
	deps.dir = -1;
	for (size_t i = 0; i < LEN(j->cgroups.trees); i++) {
		keep[n++] = j->cgroups.trees[i].layers != 0 ? j->cgroups.trees[i].own : -1;
		keep[n++] = j->cgroups.trees[i].layers != 0 ? j->cgroups.trees[i].dir : -1;
	}
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		keep[n++] = j->roots[rt].fd;
		keep[n++] = j->packages[rt].fd;
		keep[n++] = j->packages[rt].shown;
		deps.of[rt].held = -1;
	}
	(void)prctl(PR_SET_NAME, "sandbox-deps", 0, 0, 0);      /* for ps(1) */
	loop_child_signals();
	(void)signal(SIGPIPE, SIG_IGN);         /* who reads the log may go */
	if (setsid() == -1 || close_others(keep, n) == -1 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 || recv(monitor, &go, sizeof(go), 0) != (ssize_t)sizeof(go))
		_exit(1);
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		needs_mounts = needs_mounts || (go.of[rt].on && j->packages[rt].outside);
		if (!go.of[rt].on)
			close_fd(&j->packages[rt].fd);
		memcpy(j->packages[rt].why, go.of[rt].why, sizeof(go.of[rt].why));
	}
	const char *step = "mount namespace";
	bool ok = !needs_mounts ||
	    (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	step = ok ? "pid namespace" : step;
	ok = ok && namespaces_enter(&j->layers) == 0;
	step = ok ? "Landlock" : step;
	if (ok && j->layers.of[LAYER_LANDLOCK].on)
		ok = landlock_no_tcp(&j->layers) == 0 &&
		    (!j->one_uid || landlock_connect(&j->layers, (uint16_t)j->config->port) == 0 || errno == ENOSYS);
	step = ok ? "capabilities" : step;
	ok = ok && keep_caps(KEPT) == 0;
	step = ok ? "inotify" : step;
	deps.notify = ok ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	if (deps.notify == -1) {
		log_msg(LOG_ERROR, "packages", "nothing can be installed: %s: %s", step, strerror(errno));
		_exit(1);
	}
	serve();
}

int
deps_start(struct jail *j)
{
	int server[2] = { -1, -1 }, monitor[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, server) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, monitor) == -1)
		return -1;
	(void)fflush(NULL);
	j->deps.pid = fork();
	if (j->deps.pid == 0)
		begin(j, server[1], monitor[1]);
	(void)close(server[1]);
	(void)close(monitor[1]);
	j->deps.server = server[0];
	j->deps.monitor = monitor[0];
	return j->deps.pid == -1 ? -1 : 0;
}

void
deps_go(const struct jail *j)
{
	static struct go go;

	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		go.of[rt].on = j->packages[rt].fd != -1;
		memcpy(go.of[rt].why, j->packages[rt].why, sizeof(go.of[rt].why));
	}
	if (j->deps.monitor != -1)
		(void)send(j->deps.monitor, &go, sizeof(go), MSG_NOSIGNAL);
}

int
deps_taken(struct jail *j)
{
	struct taken t;
	ssize_t n = recv(j->deps.monitor, &t, sizeof(t), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n != (ssize_t)sizeof(t) || t.runtime >= RT_COUNT || t.name[sizeof(t.name) - 1] != '\0' ||
	    !packages_is_name(t.name))
		return -2;
	/* The same again, at the start: then nothing has to be replaced. */
	bool same = strcmp(j->packages[t.runtime].name, t.name) == 0;
	if (!same)
		packages_use(j, (enum runtime)t.runtime, t.name);
	return same ? RT_COUNT : (int)t.runtime;
}

void
deps_taken_done(const struct jail *j)
{
	(void)send(j->deps.monitor, "k", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
deps_stop(struct jail *j)
{
	const struct timespec pause = { 0, 10000000 };

	close_fd(&j->deps.monitor);
	close_fd(&j->deps.server);
	for (int rounds = 0; j->deps.pid > 0 && waitpid(j->deps.pid, NULL, WNOHANG) == 0; rounds++) {
		if (rounds == 3 * END_MS / 10)
			(void)kill(j->deps.pid, SIGKILL);
		if (rounds == 4 * END_MS / 10)
			break;                  /* it waits for a disk */
		(void)nanosleep(&pause, NULL);
	}
	/* If it was killed. As one of the last acts: it reaps whatever ends. */
	if (j->deps.pid > 0 && !j->one_uid)
		(void)jail_end(j, j->installer.uid, j->n_slots, END_MS);
	j->deps.pid = 0;
}

/*** The server's end ***/

static struct {
	struct source socket;
	void (*told)(enum runtime, bool ok, struct slice text);
	bool asked[RT_COUNT];           /* an answer is due */
} client = { .socket.fd = -1 };

static void
tells_ready(struct source *src, uint32_t events)
{
	struct told t;

	(void)events;
	for (;;) {
		ssize_t n = src->fd == -1 ? 0 : recv(src->fd, &t, sizeof(t), MSG_DONTWAIT);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n != (ssize_t)sizeof(t) || t.runtime >= RT_COUNT)
			break;
		client.asked[t.runtime] = false;        /* before: who is told may ask again */
		client.told((enum runtime)t.runtime, t.ok != 0, (struct slice){ t.text, strnlen(t.text, sizeof(t.text)) });
	}
	source_close(src);
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		bool asked = client.asked[rt];
		client.asked[rt] = false;
		if (asked)
			client.told((enum runtime)rt, false, SLICE("the process that installs is gone: see the log"));
	}
}

int
deps_watch(const struct jail *j, void (*told)(enum runtime, bool ok, struct slice text))
{
	client.told = told;
	client.socket = (struct source){ .fd = j->deps.server, .ready = tells_ready };
	return j->deps.server == -1 ? 0 : source_watch(&client.socket, EPOLLIN);
}

int
deps_ask(enum runtime rt, bool force)
{
	struct ask a = { (uint32_t)rt, force };
	struct iovec iov = { &a, sizeof(a) };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (client.asked[rt])
		return 0;
	errno = ECHILD;
	if (client.socket.fd == -1 || sendmsg(client.socket.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof(a))
		return -1;
	client.asked[rt] = true;
	return 0;
}
