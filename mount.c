/*
 * mount.c - the tree that runs live in: a mount namespace with nothing else in it.
 *
 *   /              a small tmpfs, made over the /tmp of a root filesystem, then pivoted to
 *   /50048/scratch a tmpfs, bounded in bytes and files: the slot's
 *   /50048/python  the root filesystem, read-only; an overlay where locks are to be private
 *                  (a lock on a file of an overlay is one on the overlay's own inode)
 *   /50048/python/tmp, /dev/shm, /var/tmp     the scratch directory again
 *
 * Made once, in the namespace of the monitor itself: a run only chroots into
 * its part, and what escaped from there would find no file of the machine (but
 * on one that runs from its initramfs).
 * Whatever fails before that, the old root is still there and nothing of ours is mounted.
 */
#include "sandbox.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* mount_setattr(2), Linux 5.12; the numbers are ABI and newer than the oldest headers. */
#define MOUNT_SETATTR_NR 442
#define ATTR_RDONLY 1u
#define ATTR_NOSUID 2u
struct attr { uint64_t set, clear, propagation, userns_fd; };

#define FIXED (MS_NOSUID | MS_NODEV)

/* Where the scratch directory shows, besides its own place. A tree without such a directory needs nothing there. */
static const char *const scratch_places[] = { "tmp", "dev/shm", "var/tmp" };
/* What would show the machine's processes and devices, and of its own root also its sockets. */
static const struct { const char *name; bool own; } hidden[] = { { "proc", false }, { "sys", false }, { "run", true } };

static int
bind(const char *from, const char *to, unsigned long flags)
{
	return mount(from, to, NULL, MS_BIND | flags, NULL);
}

/* Is dir/name a directory, and not a link to one? -1 with errno: unknown, and what is there must not stay uncovered. */
static int
is_dir(const char *dir, const char *name, char *path, size_t n)
{
	struct stat st;

	(void)snprintf(path, n, "%s/%s", dir, name);
	if (lstat(path, &st) == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	return S_ISDIR(st.st_mode);
}

static int
read_only(const char *path)
{
	struct attr a = { .set = ATTR_RDONLY | ATTR_NOSUID };

	return (int)syscall(MOUNT_SETATTR_NR, AT_FDCWD, path, AT_RECURSIVE, &a, sizeof(a));
}

/* The root filesystem at `to`. *overlay is cleared where it cannot be one. */
static int
mount_root(const char *from, const char *to, bool *overlay)
{
	char lower[PATH_LEN + 32];

	/* The machine's own root has mounts below, which an overlay would not show. */
	if (strcmp(from, "/") == 0)
		*overlay = false;
	if (strpbrk(from, ",:\\") != NULL)      /* they would need escaping */
		*overlay = false;
	(void)snprintf(lower, sizeof(lower), "lowerdir=%s:empty", from);
	if (*overlay && mount("overlay", to, "overlay", MS_RDONLY | MS_NOSUID, lower) == 0)
		return 0;
	*overlay = false;
	return bind(from, to, MS_REC) == -1 ? -1 : read_only(to);
}

static int
cover(const char *tree, const char *scratch, bool own)
{
	char path[80];

	for (size_t i = 0; i < LEN(scratch_places); i++) {
		int rc = is_dir(tree, scratch_places[i], path, sizeof(path));
		if (rc == -1 || (rc == 1 && bind(scratch, path, 0) == -1))
			return -1;
	}
	for (size_t i = 0; i < LEN(hidden); i++) {
		if (hidden[i].own && !own)
			continue;
		int rc = is_dir(tree, hidden[i].name, path, sizeof(path));
		if (rc == -1 || (rc == 1 && bind("empty", path, 0) == -1))
			return -1;
	}
	return 0;
}

/* What runs see of packages, read-only: what is installed later shows there too. */
static void
show_packages(const struct tree_spec *s, size_t rt, const char *tree)
{
	char path[PATH_LEN + 64];

	if (s->packages[rt].shown == NULL || *s->packages[rt].failed != 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", tree, s->packages[rt].at);
	if (bind(s->packages[rt].shown, path, 0) == 0 && read_only(path) == 0)
		return;
	*s->packages[rt].failed = errno;
	(void)umount2(path, MNT_DETACH);        /* rather nothing than what can be written */
}

static int
mount_slot(const struct tree_spec *s, uid_t uid, bool *overlay, const char **step)
{
	char dir[32], scratch[48], tree[48], options[128];

	(void)snprintf(dir, sizeof(dir), "%u", (unsigned)uid);
	(void)snprintf(scratch, sizeof(scratch), "%s/scratch", dir);
	/* A directory counts as a file; the root of the tmpfs is one. */
	(void)snprintf(options, sizeof(options), "mode=0770,gid=%u,size=%llu,nr_inodes=%llu",
	    (unsigned)(s->one_uid ? getegid() : uid), (unsigned long long)s->bytes, (unsigned long long)s->files + 1);
	*step = "tmpfs for a slot";
	if (mkdir(dir, 0700) == -1 || mkdir(scratch, 0700) == -1 ||
	    mount("sandbox", scratch, "tmpfs", FIXED, options) == -1)
		return -1;
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		if (s->roots[rt] == NULL)
			continue;
		*step = "read-only root";
		(void)snprintf(tree, sizeof(tree), "%s/%s", dir, runtime_name((enum runtime)rt));
		if (mkdir(tree, 0700) == -1 || mount_root(s->roots[rt], tree, overlay) == -1)
			return -1;
		show_packages(s, rt, tree);
		*step = "scratch in the root";
		if (cover(tree, scratch, strcmp(s->roots[rt], "/") == 0) == -1)
			return -1;
	}
	return 0;
}

/* Is the machine's own root among them? */
static bool
host(const struct tree_spec *s)
{
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		if (s->roots[rt] != NULL && strcmp(s->roots[rt], "/") == 0)
			return true;
	return false;
}

/* In the fresh tmpfs, which is the working directory: everything, then it becomes the root. -2: it did, and no more. */
static int
fill(const struct tree_spec *s, bool *overlay, const char **step)
{
	/* A mount of its own: what is on an unbindable one cannot be bound either. */
	*step = "empty directory";
	if (mkdir("empty", 0555) == -1 ||
	    mount("sandbox", "empty", "tmpfs", FIXED | MS_NOEXEC | MS_RDONLY, "mode=0555,size=4k") == -1)
		return -1;
	for (size_t i = 0; i < s->n_slots; i++)
		if (mount_slot(s, s->first + (uid_t)i, overlay, step) == -1)
			return -1;
	for (size_t rt = 0; rt < RT_COUNT; rt++)
		if (s->others[rt] != 0 && mount_slot(s, s->others[rt], overlay, step) == -1)
			return -1;
	*step = "pivot_root";
	if (syscall(SYS_pivot_root, ".", ".") == -1) {
		/* The machine's root is its initramfs, which stays below all: cover it, as switch_root(8) does. */
		if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) == -1)
			return -1;
		*step = "chroot";
		return chroot(".") == -1 ? -2 : 0;
	}
	/* From here on the old root is above the new one, and goes. There is no way back. */
	*step = "umount";
	return umount2(".", MNT_DETACH) == -1 ? -2 : 0;
}

int
tree_make(const struct tree_spec *s, bool *overlay, const char **step)
{
	const char *root = s->roots[RT_PYTHON] != NULL ? s->roots[RT_PYTHON] : s->roots[RT_NODE];
	char base[PATH_LEN + 8];
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*step = "needs CAP_SYS_ADMIN";
	errno = EPERM;
	if (!has_cap(CAP_SYS_ADMIN))
		return -1;
	*step = "/tmp in the root filesystem";
	if (here == -1 || is_dir(strcmp(root, "/") == 0 ? "" : root, "tmp", base, sizeof(base)) != 1)
		return -1;
	*step = "unshare";
	if (unshare(CLONE_NEWNS) == -1)
		return -1;
	*step = "private mounts";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return -1;
	*step = "tmpfs";
	if (mount("sandbox", base, "tmpfs", FIXED | MS_NOEXEC, "mode=0755,size=16m") == -1)
		return -1;
	/* Unbindable: else each copy of the machine's root would hold all copies made before. Overlays would not have it. */
	*step = "chdir";
	int rc = -1;
	if ((!host(s) || mount(NULL, base, NULL, MS_UNBINDABLE, NULL) == 0) && chdir(base) == 0)
		rc = fill(s, overlay, step);
	if (rc != -1) {
		int e = errno;
		(void)close(here);
		errno = e;
		return rc == -2 || chdir("/") == -1 ? -2 : 0;
	}
	int e = errno;
	(void)umount2(base, MNT_DETACH);        /* ours alone: nobody else sees it either way */
	if (fchdir(here) == -1)
		e = errno;
	(void)close(here);
	errno = e;
	return -1;
}

void
tree_path(uid_t uid, enum runtime rt, char *path, size_t n)
{
	(void)snprintf(path, n, "/%u/%s", (unsigned)uid, runtime_name(rt));
}

int
tree_scratch(uid_t uid)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/%u/scratch", (unsigned)uid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
