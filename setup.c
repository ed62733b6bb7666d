/*
 * setup.c - what is found and made before the first run: root filesystems,
 * identities, scratch directories, filters, and the layers in force.
 *
 *   layers ─> roots ─> uids ─> cgroups, namespaces ─> tree of mounts ─> rules ─> rehearsal
 *                       └ or, without mounts, a directory for each slot in the roots
 *
 * The order is an argument: what can fail without a trace comes first, what is
 * looked for in the machine's own filesystem before that is left. The rehearsal
 * goes through every step of every jail once, so that what this machine cannot
 * do is said at start and not to a client.
 */
#include "sandbox.h"

#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((uint64_t)1024 * 1024)
#define LANDLOCK_SCOPES 6               /* the ABI that fences signals */
#define REHEARSAL_S 10                  /* for all probes together, which take some 20 ms */
#define START_PATIENCE_MS 100           /* the dead of another server may never be reaped */

static const struct runtime_info {
	const char *dir;                /* of its root filesystem */
	const char *candidates[5];      /* interpreters, inside */
} runtimes[RT_COUNT] = {
	[RT_PYTHON] = { "python", { "/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3" } },
	[RT_NODE]   = { "node",   { "/usr/local/bin/node", "/usr/bin/node", "/usr/bin/nodejs" } },
};

/*** Root filesystems ***/

/*
 * The first candidate that is an executable file inside the root (NULL: here), as
 * an index, or -1. A child looks, in the chroot. real gets what its links lead to.
 */
static int
find_inside(const char *root, const char *const *candidates, int n, char real[PATH_LEN])
{
	int status, fd[2];
	pid_t pid = pipe2(fd, O_CLOEXEC) == -1 ? -1 : fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		struct stat st;
		if ((root != NULL && chroot(root) == -1) || chdir("/") == -1)
			_exit(255);
		for (int i = 0; i < n; i++) {
			if (stat(candidates[i], &st) == -1 || !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
				continue;
			char *full = realpath(candidates[i], NULL);
			if (full == NULL || write_all(fd[1], (struct slice){ full, strlen(full) }) == -1)
				_exit(255);
			_exit(i);
		}
		_exit(255);
	}
	(void)close(fd[1]);
	ssize_t got = read(fd[0], real, PATH_LEN - 1);
	real[got < 0 ? 0 : got] = '\0';
	(void)close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) >= n)
		return -1;
	return WEXITSTATUS(status);
}

/* Directories that other software leaves open to all; each would be a channel between runs. */
static const char *const shared_dirs[] = { "tmp", "var/tmp", "dev/shm", "dev/mqueue", "run/lock", "var/lock", "run" };

/* A directory of the tree by a path of at most two names, neither of them a link: it could lead out. */
static int
open_below(int root, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const char *slash = strchr(path, '/');
	char first[16];

	if (slash == NULL)
		return openat(root, path, flags);
	(void)snprintf(first, sizeof(first), "%.*s", (int)(slash - path), path);
	int parent = openat(root, first, flags), fd = -1;
	if (parent != -1) {
		fd = openat(parent, slash + 1, flags);
		(void)close(parent);
	}
	return fd;
}

static int
close_shared_dirs(const struct root *r, config_warn *warn)
{
	char line[PATH_LEN + 128];

	for (size_t i = 0; i < LEN(shared_dirs); i++) {
		struct stat st;
		int fd = open_below(r->fd, shared_dirs[i]);
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
find_interpreter(const struct jail *j, struct root *r, const struct runtime_info *info, const char *configured,
    config_warn *warn)
{
	char line[PATH_LEN + 128], real[PATH_LEN];
	const char *candidates[LEN(info->candidates) + 1] = { configured };
	int n = configured[0] != '\0' ? 1 : 0, first = n;

	for (size_t i = 0; i < LEN(info->candidates) && info->candidates[i] != NULL; i++)
		candidates[n++] = info->candidates[i];
	int found = find_inside(j->layers.of[LAYER_CHROOT].on ? r->path : NULL, candidates, n, real);
	if (found == -1)
		return -1;
	if (first == 1 && found != 0) {
		(void)snprintf(line, sizeof(line), "%s is not in %s; using %s", configured, r->path, candidates[found]);
		warn(line);
	}
	/* Node finds what it ships with beside the file that it is, and asks /proc for that; Python by the name it has. */
	bool is_node = info == &runtimes[RT_NODE];
	(void)snprintf(r->interpreter, sizeof(r->interpreter), "%s", is_node ? real : candidates[found]);
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

/*** Slots ***/

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
use_tree(struct jail *j, int *failed, config_warn *warn, char *why, size_t n)
{
	struct tree_spec spec = {
		.n_slots = j->n_slots, .first = j->slots[0].uid, .one_uid = j->one_uid,
		.bytes = (uint64_t)j->config->max_scratch_mb * MIB, .files = (uint64_t)j->config->max_scratch_files,
	};
	bool overlay = j->layers.of[LAYER_LOCKS].wanted;
	char shown[RT_COUNT][PATH_LEN + 32];
	const char *step;

	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		spec.roots[rt] = j->roots[rt].fd == -1 ? NULL : j->roots[rt].path;
		spec.others[rt] = j->warm && spec.roots[rt] != NULL ? j->templates[rt].uid : 0;
		if (spec.roots[rt] != NULL)
			(void)mkdirat(j->roots[rt].fd, "tmp", 0755);    /* a tree without one; where it is read-only, tree_make() says so */
		(void)snprintf(shown[rt], sizeof(shown[rt]), "%s/%s/installed", j->packages[rt].base,
		    runtime_name((enum runtime)rt));
		spec.packages[rt].shown = j->packages[rt].fd == -1 ? NULL : shown[rt];
		spec.packages[rt].at = j->packages[rt].at;
		spec.packages[rt].failed = &failed[rt];
	}
	int rc = tree_make(&spec, &overlay, &step);
	if (rc == -2) {
		(void)snprintf(why, n, "tree of mounts: %s: %s", step, strerror(errno));
		return -1;
	}
	if (rc == -1) {
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
		(void)snprintf(why, n, "scratch directory of uid %u: %s%s", (unsigned)j->slots[i].uid, strerror(errno),
		    errno == EINVAL ? " (a user namespace without that uid?)" : "");
		return -1;
	}
	return 0;
}

/* The templates' identities, below the keeper's; then the installer's. */
static void
name_templates(struct jail *j)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		struct slot *s = &j->templates[rt];
		*s = (struct slot){ .uid = j->server_uid - 2 - (uid_t)rt, .scratch_fd = { -1, -1 }, .landlock_fd = { -1, -1 } };
		name_slot(j, s);
	}
	j->installer = (struct slot){ .uid = j->server_uid - 2 - RT_COUNT, .scratch_fd = { -1, -1 },
	    .landlock_fd = { -1, -1 } };
}

/* May there be templates? If not, runs are cold, and the reason is said. */
static void
find_warm(struct jail *j)
{
	bool fenced = j->layers.of[LAYER_PID].on || j->layers.landlock_abi >= LANDLOCK_SCOPES;

	char name[64];

	j->split = j->layers.of[LAYER_NET].on || j->n_env[0] != j->n_env[1];
	if (!j->config->templates)
		(void)snprintf(j->cold, sizeof(j->cold), "switched off by configuration");
	else if (filter_unfit(j->config->allowed_syscalls, name, sizeof(name)) != NULL)
		(void)snprintf(j->cold, sizeof(j->cold), "allowed_syscalls has %s, which no template may make", name);
	else if (j->one_uid && !j->layers.of[LAYER_PID].on && getpid() != 1)
		(void)snprintf(j->cold, sizeof(j->cold), "without root and a pid namespace a copy would not outlive its template");
	else if (j->one_uid && !fenced)
		(void)snprintf(j->cold, sizeof(j->cold),
		    "without root a template could signal the server: needs a pid namespace, or Landlock's scopes (Linux 6.12)");
	else
		j->warm = true;
}

/* Where helper.so is put, one for each template. Where that cannot be, runs are cold. */
static void
open_templates(struct jail *j)
{
	for (size_t rt = 0; j->warm && rt < RT_COUNT; rt++) {
		if (j->roots[rt].fd == -1)
			continue;
		/* What a server that was killed has left, or its template, is not this one's. */
		if (open_slot_scratch(j, &j->templates[rt]) == 0 && empty_scratch(j->templates[rt].scratch_fd[rt]) == 0)
			continue;
		(void)snprintf(j->cold, sizeof(j->cold), "a directory for the template: %s", strerror(errno));
		j->warm = false;
	}
}

void
setup_prefix(const struct root *r, char *prefix, size_t n)
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

	if (j->layers.of[LAYER_LANDLOCK].on && landlock_no_tcp(&j->layers) == -1)
		return -1;
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
			setup_prefix(r, prefix, sizeof(prefix));
			const char *more[] = { prefix, j->packages[rt].fd == -1 ? "" : j->packages[rt].inside + 1 };
			if (fd != -1)
				s->landlock_fd[rt] = landlock_rules(&j->layers, fd, s->scratch_fd[rt], is_host(r), more);
			if (fd != -1 && fd != r->fd)
				(void)close(fd);
			if (s->landlock_fd[rt] == -1)
				return -1;
		}
	}
	return 0;
}

/*
 * A template has rules for files only where nothing else fences it from what is its user's:
 * they let through what each of its copies' rules do. 0 or -1 with errno.
 */
static int
build_template_rules(struct jail *j)
{
	char prefix[PATH_LEN];

	if (!j->warm || !j->one_uid || j->layers.of[LAYER_MOUNT].on || !j->layers.of[LAYER_LANDLOCK].on)
		return 0;
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		struct root *r = &j->roots[rt];
		if (r->fd == -1)
			continue;
		setup_prefix(r, prefix, sizeof(prefix));
		const char *more[] = { prefix, j->packages[rt].fd == -1 ? "" : j->packages[rt].inside + 1 };
		j->templates[rt].landlock_fd[rt] = landlock_rules(&j->layers, r->fd, r->scratch_fd, is_host(r), more);
		if (j->templates[rt].landlock_fd[rt] == -1)
			return -1;
	}
	return 0;
}

/* Where the server process will be: a directory that has been removed, in which nothing can be made. */
static int
make_void(struct jail *j)
{
	const struct root *r = &j->roots[j->roots[RT_PYTHON].fd != -1 ? RT_PYTHON : RT_NODE];
	int at = j->layers.of[LAYER_MOUNT].on ? AT_FDCWD : r->scratch_fd;
	char name[32];

	(void)snprintf(name, sizeof(name), "void-%u", (unsigned)j->server_uid);
	j->void_fd = make_dir(at, name, 0700);
	if (j->void_fd == -1)
		return -1;
	return unlinkat(at, name, AT_REMOVEDIR);
}

/*** Environment, filters, layers ***/

static int
env_add(struct jail *j, bool network, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return 0;
	if (j->n_env[network] + 5 > LEN(j->env[network])) {     /* HOME, TMPDIR, packages and the end come later */
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
	for (size_t rt = 0; j->warm && rt < RT_COUNT; rt++) {
		struct filter_spec spec = {
			.runtime = (enum runtime)rt, .network = j->network, .shared_uid = j->one_uid, .template = true,
			.reachable = j->one_uid && !j->layers.of[LAYER_MOUNT].on,
			.report_fd = (int)j->config->max_files + SLOT_FD_REPORT, .allowed = j->config->allowed_syscalls,
		};
		if (filter_build(&j->roots[rt].template, &spec, why, n) == -1)
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
		layer_off(l, LAYER_CAPS, j->one_uid ? "there are none, and no_new_privs keeps it so" :
		    "the bounding set stays: no CAP_SETPCAP");
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
		.name = name, .n_slots = j->n_slots + 1, .port = c->enable_network ? (uint16_t)c->port : 0,
		/* What a run writes to its tmpfs is memory too. */
		.memory_bytes = (uint64_t)(c->max_memory_mb + c->max_scratch_mb) * MIB, .pids = (uint64_t)c->max_threads,
		.last_bytes = (uint64_t)(c->install_memory_mb + c->max_packages_mb) * MIB,     /* the installer's */
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
		/* A call that a wrong filter leaves unanswered would be waited for without end. */
		(void)signal(SIGALRM, SIG_DFL);
		(void)alarm(REHEARSAL_S);
		bool ok = setup_enter(j) == 0;
		if (!ok)
			(void)snprintf(why, n, "jail: pid namespace: %s", strerror(errno));
		for (size_t i = 0; ok && i < RT_COUNT * 2; i++)
			ok = j->roots[i / 2].fd == -1 || (i % 2 == 1 && !j->network) ||
			    jail_probe(j, (enum runtime)(i / 2), i % 2 == 1, why, n) == 0;
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
	if (pid != -1 && got <= 0 && WIFSIGNALED(status))
		(void)snprintf(why, n, "jail: the rehearsal of a run was ended by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	return pid != -1 && status == 0 ? 0 : -1;
}

int
setup_enter(const struct jail *j)
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
setup_open(struct jail *j, const struct config *c, size_t n_slots, bool warm, config_warn *warn, char *why, size_t n)
{
	int failed[RT_COUNT] = { 0 };

	*j = (struct jail){ .config = c, .void_fd = -1, .deps = { 0, -1, -1 } };
	(void)umask(022);               /* what is made here is for uids that are not ours */
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		j->roots[rt].fd = j->roots[rt].scratch_fd = j->packages[rt].fd = j->packages[rt].shown = -1;
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
	name_templates(j);
	if (warm)
		find_warm(j);
	packages_find(j, warm);
	if (warm && deps_start(j) == -1) {
		(void)snprintf(why, n, "the process that installs packages: %s", strerror(errno));
		return -1;
	}
	if (mounts && use_tree(j, failed, warn, why, n) == -1)
		return -1;
	packages_settle(j, failed);
	open_templates(j);
	for (size_t i = LAYER_MOUNT; !mounts && i <= LAYER_LOCKS; i++)
		if (j->layers.of[i].wanted)
			layer_off(&j->layers, (enum layer)i, "needs CAP_SYS_ADMIN");
	fence_port(j);
	if (build_filters(j, why, n) == -1)
		return -1;
	if (build_rules(j) == -1 || build_template_rules(j) == -1 || make_void(j) == -1) {
		(void)snprintf(why, n, "Landlock rules, or a directory for the server: %s", strerror(errno));
		return -1;
	}
	if (rehearse(j, why, n) == -1)
		return -1;
	deps_go(j);
	return 0;
}

void
setup_close(struct jail *j)
{
	deps_stop(j);
	for (size_t i = 0; i < j->n_slots; i++) {
		/* Removed while the lock is still held: the next server makes its own. A tree of mounts goes by itself. */
		for (size_t rt = 0; rt < RT_COUNT && !j->layers.of[LAYER_MOUNT].on; rt++)
			if (j->slots[i].scratch_fd[rt] != -1)
				(void)unlinkat(j->roots[rt].scratch_fd, j->slots[i].name, AT_REMOVEDIR);
		close_slot(&j->slots[i]);
	}
	for (size_t t = 0; t < RT_COUNT; t++) {
		for (size_t rt = 0; rt < RT_COUNT && !j->layers.of[LAYER_MOUNT].on; rt++)
			if (j->templates[t].uid != 0 && j->templates[t].scratch_fd[rt] != -1 &&
			    empty_scratch(j->templates[t].scratch_fd[rt]) == 0)
				(void)unlinkat(j->roots[rt].scratch_fd, j->templates[t].name, AT_REMOVEDIR);
		if (j->templates[t].uid != 0)
			close_slot(&j->templates[t]);
	}
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (j->one_uid && is_host(&j->roots[rt]) && j->roots[rt].scratch_fd != -1)
			(void)rmdir(j->roots[rt].scratch);      /* best effort: another server may use it */
		close_root(&j->roots[rt]);
	}
	if (j->layers.keeper > 0) {
		(void)kill(j->layers.keeper, SIGKILL);
		/* Its end waits until all that was in its namespace has been reaped, by us where the parent was ours. */
		pid_t pid;
		do
			pid = waitpid(-1, NULL, 0);
		while (pid != j->layers.keeper && (pid > 0 || errno == EINTR));
	}
	cgroup_close(&j->cgroups);
	drop_claims(j);
}
