/*
 * packages.c - where packages are, and how a run finds them.
 *
 *   BASE/python3/         packages_dir, or packages in the root filesystem
 *     installed/          all that runs see of it:
 *       g000007/          a generation; PYTHONUSERBASE or NODE_PATH of a run
 *       current           link to the one in force
 *     lock, locks/, work/ root's, and the installer's (deps.c)
 *
 * With the tree of mounts `installed` is mounted, read-only, on a directory of the
 * root filesystem; without one it has to be in there. A name never comes again.
 */
#include "sandbox.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the tree of mounts does not show of a root filesystem: runs have their scratch directory there, or nothing. */
static const char *const covered[] = { "tmp", "var/tmp", "dev/shm", "proc", "sys" };
/* For a directory from elsewhere: where a root filesystem has an empty one for it. */
static const char *const points[] = { "packages", "mnt", "srv", "media" };

/* The text, as far as there is room; it may be in the same struct. */
static void
copy_text(char *to, size_t n, const char *text)
{
	size_t len = strnlen(text, n - 1);

	memmove(to, text, len);
	to[len] = '\0';
}

static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* mkdir -p. 0 or -1 with errno. */
static int
make_path(const char *path)
{
	char part[PATH_LEN + 32];

	for (const char *p = path; *p != '\0'; ) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		(void)snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		if (mkdir(part, 0755) == 0 || errno == EEXIST)
			continue;
		int e = errno;
		if (access(part, F_OK) == 0)    /* EROFS may come first */
			continue;
		errno = e;
		return -1;
	}
	return 0;
}

/* But for what a file system of its own has from its making. */
static bool
is_fresh(int fd)
{
	DIR *d = open_dir(fd, ".");
	const struct dirent *e = NULL;

	errno = 0;
	while (d != NULL && (e = readdir(d)) != NULL && (is_dots(e->d_name) || strcmp(e->d_name, "lost+found") == 0))
		;
	bool whole = e == NULL && errno == 0;   /* an error looks like the end */
	if (d != NULL)
		(void)closedir(d);
	return d != NULL && whole;
}

/*
 * A directory that nobody but root may write to: opened, or -1 with errno. An
 * empty one of root's is closed to others, as a fresh volume is open to all; what
 * is anybody else's, or a /tmp, stays as it is. Without root every one is ours.
 */
static int
open_own(const struct jail *j, int at, const char *path)
{
	struct stat st;
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), e = 0;

	if (fd == -1 || j->one_uid)
		return fd;
	if (fstat(fd, &st) == -1)
		e = errno;
	else if (st.st_uid != 0)
		e = EPERM;
	else if ((st.st_mode & 0022) != 0)
		e = (st.st_mode & S_ISVTX) == 0 && is_fresh(fd) && fchmod(fd, 0755) == 0 ? 0 : EPERM;
	if (e == 0)
		return fd;
	(void)close(fd);
	errno = e;
	return -1;
}

/* Where the directory shows in the root filesystem: p->at. NULL, or the reason why it cannot. */
static const char *
find_point(const struct root *r, struct packages *p, bool make)
{
	bool own = strcmp(r->path, "/") == 0;
	struct stat st;

	if (strcmp(p->base, "/") == 0 || (!own && is_below(r->path, p->base)))
		return "it is not for packages alone";
	if (own || is_below(p->base, r->path)) {
		copy_text(p->at, sizeof(p->at), p->base + (own ? 1 : strlen(r->path) + 1));
		return NULL;
	}
	p->outside = true;
	if (make)
		(void)mkdirat(r->fd, points[0], 0755);
	for (size_t i = 0; i < LEN(points); i++) {
		if (fstatat(r->fd, points[i], &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISDIR(st.st_mode))
			continue;
		copy_text(p->at, sizeof(p->at), points[i]);
		return NULL;
	}
	return "the root filesystem has no directory /packages to show it in";
}

static void
close_packages(struct packages *p, const char *what, const char *why)
{
	(void)snprintf(p->why, sizeof(p->why), "%.*s: %s", (int)sizeof(p->why) / 2, what, why);
	close_fd(&p->fd);
	close_fd(&p->shown);
}

/* The directories, made where they are not there. 0 or -1 with errno. */
static int
open_dirs(const struct jail *j, struct packages *p, const char *name, bool make)
{
	char path[PATH_LEN + 32];

	(void)snprintf(path, sizeof(path), "%s/%s/installed", p->base, name);
	if (make && make_path(path) == -1)
		return -1;
	int base = open_own(j, AT_FDCWD, p->base);
	if (base != -1)
		p->fd = open_own(j, base, name);
	if (p->fd != -1)
		p->shown = open_own(j, p->fd, "installed");
	int e = errno;
	/* For what Node imports: the root filesystem has a link to this one. Best effort, as not every tree has that. */
	if (p->shown != -1 && make && strcmp(name, runtime_name(RT_NODE)) == 0) {
		(void)symlinkat("current/node_modules", p->shown, "node_modules");
		(void)symlinkat("nodejs/installed/current/node_modules", base, "node_modules");
	}
	close_fd(&base);
	errno = e;
	return p->shown == -1 ? -1 : 0;
}

static void
find_one(struct jail *j, enum runtime rt, bool make)
{
	const struct root *r = &j->roots[rt];
	struct packages *p = &j->packages[rt];
	const char *given = j->config->packages_dir, *why = NULL;
	char *full = NULL;

	if (given[0] != '\0') {
		copy_text(p->base, sizeof(p->base), given);
	} else if (strcmp(r->path, "/") == 0) {
		copy_text(p->base, sizeof(p->base), "/var/lib/sandbox/packages");
	} else {
		copy_text(p->base, sizeof(p->base) - 16, r->path);
		memcpy(p->base + strlen(p->base), "/packages", sizeof("/packages"));
	}
	if (open_dirs(j, p, runtime_name(rt), make) == -1)
		why = errno == EPERM ? "it belongs to another user, or others may write to it: it has to be root's, of mode 0755" :
		    strerror(errno);
	else
		full = realpath(p->base, NULL);
	if (full != NULL && strlen(full) < sizeof(p->base))
		memcpy(p->base, full, strlen(full) + 1);
	else if (why == NULL)
		why = "its name is too long";
	free(full);
	if (why == NULL)
		why = find_point(r, p, make);
	if (why == NULL)
		return;
	close_packages(p, p->base, why);
	/* Of a place that was not chosen. */
	if (given[0] == '\0' && strlen(p->why) + 40 < sizeof(p->why))
		memcpy(p->why + strlen(p->why), " (packages_dir names another)", sizeof(" (packages_dir names another)"));
}

void
packages_find(struct jail *j, bool make)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		j->packages[rt] = (struct packages){ .fd = -1, .shown = -1 };
		if (j->roots[rt].fd != -1)
			find_one(j, (enum runtime)rt, make);
	}
}

bool
packages_is_name(const char *name)
{
	size_t n = strlen(name);

	return n >= 7 && n < GENERATION_LEN && name[0] == 'g' && strspn(name + 1, "0123456789") == n - 1;
}

void
packages_current(const struct packages *p, char name[GENERATION_LEN])
{
	ssize_t n = readlinkat(p->shown, "current", name, GENERATION_LEN - 1);

	name[n < 0 ? 0 : n] = '\0';
	if (!packages_is_name(name))
		name[0] = '\0';
}

void
packages_use(struct jail *j, enum runtime rt, const char *name)
{
	struct packages *p = &j->packages[rt];
	char env[sizeof(p->env)] = "";

	copy_text(p->name, sizeof(p->name), name);
	if (name[0] != '\0')
		(void)snprintf(env, sizeof(env), rt == RT_PYTHON ? "PYTHONUSERBASE=%s/%s" : "NODE_PATH=%s/%s/node_modules",
		    p->inside, p->name);
	memcpy(p->env, env, sizeof(env));
}

/* In the tree of mounts: does something of ours stand there? */
static bool
is_covered(const struct root *r, const struct packages *p)
{
	bool found = strcmp(r->path, "/") == 0 && is_below(p->at, "run");

	for (size_t i = 0; i < LEN(covered); i++)
		found = found || is_below(p->at, covered[i]);
	return found;
}

void
packages_settle(struct jail *j, const int *failed)
{
	bool mounts = j->layers.of[LAYER_MOUNT].on;
	char name[GENERATION_LEN];

	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		struct packages *p = &j->packages[rt];

		if (p->fd == -1)
			continue;
		if (failed[rt] != 0)
			close_packages(p, p->base, strerror(failed[rt]));
		else if (p->outside && !mounts)
			close_packages(p, p->base, "it is not in the root filesystem, and nothing can be mounted here: "
			    "name a place in there, as ROOTFS/packages");
		else if (mounts && is_covered(&j->roots[rt], p))
			close_packages(p, p->base, "runs do not see what is there: name another place");
		if (p->fd == -1)
			continue;
		(void)snprintf(p->inside, sizeof(p->inside), mounts ? "/%s" : "/%s/%s/installed", p->at,
		    runtime_name((enum runtime)rt));
		packages_current(p, name);
		packages_use(j, (enum runtime)rt, name);
	}
}
