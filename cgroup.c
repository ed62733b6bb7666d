/*
 * cgroup.c - what a slot has, counted and bounded by the kernel: memory and
 * processes; a kill that no fork outruns; a connect(2) that cannot come back to us.
 *
 *   where we live/            cgroup.subtree_control: +memory +pids (v2)
 *      ├── NAME-server/       we, if v2 asks us to step aside
 *      └── NAME/              the two connect programs; +memory +pids (v2)
 *           ├── 0/            the limits and the processes of slot 0
 *           └── 1/ ...
 *
 * There may be three hierarchies with these directories: v1 memory, v1 pids and
 * v2, which serves what the other two do not. A layer is on only when every
 * slot has all of it; else it is off, with the reason. Only our own directories
 * are written, but for the list of controllers where we live. After
 * cgroup_open() no path is used again, only descriptors: the root directory may
 * be another by then. See cgroups(7) and the kernel's admin-guide/cgroup-v2.rst.
 */
#include "sandbox.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(layer) (1u << (layer))
#define CONTROLLERS (BIT(CG_MEMORY) | BIT(CG_PIDS))
#define PROC_MAX ((size_t)4 * 1024 * 1024)      /* of mountinfo: a host of containers has thousands of mounts */
#define CLOSE_TRIES 20                          /* times 10 ms: the dying may still be in a leaf */

static const struct { const char *controller, *absent; } layers[CG_LAYERS] = {
	[CG_MEMORY]  = { "memory", "no memory controller here" },
	[CG_PIDS]    = { "pids",   "no pids controller here" },
	[CG_KILL]    = { NULL,     "no cgroup v2 here" },
	[CG_CONNECT] = { NULL,     "no cgroup v2 here" },
};

static const struct { const char *controller; unsigned can; } hierarchies[] = {
	{ "memory", BIT(CG_MEMORY) },
	{ "pids",   BIT(CG_PIDS) },
	{ NULL,     BIT(CG_LAYERS) - 1 },       /* v2; last: it takes what v1 does not have */
};

#define V1 1u
#define V2 2u

/* What is written into a leaf, in this order. Optional: older kernels, or those without swap, do not have the file. */
static const struct setting {
	enum cgroup_layer layer;
	unsigned versions;
	const char *file;
	const char *text;               /* NULL: the layer's limit; "": nothing, but the file must be there */
	bool optional;
} settings[] = {
	{ CG_MEMORY, V1,      "memory.memsw.limit_in_bytes", "-1", true },      /* a stale one forbids a higher limit */
	{ CG_MEMORY, V1,      "memory.limit_in_bytes",       NULL, false },
	{ CG_MEMORY, V1,      "memory.memsw.limit_in_bytes", NULL, true },      /* with swap: not more in all */
	{ CG_MEMORY, V2,      "memory.max",                  NULL, false },
	{ CG_MEMORY, V2,      "memory.swap.max",             "0",  true },
	{ CG_MEMORY, V2,      "memory.oom.group",            "1",  true },      /* no half-dead program */
	{ CG_PIDS,   V1 | V2, "pids.max",                    NULL, false },
	{ CG_KILL,   V2,      "cgroup.kill",                 "",   false },
};

static void
off(struct cgroups *cg, unsigned which, const char *what, int error)
{
	for (size_t i = 0; i < CG_LAYERS; i++)
		if (which & BIT(i))
			(void)snprintf(cg->why[i], sizeof(cg->why[i]), error != 0 ? "%s: %s" : "%s", what,
			    strerror(error));
}

/*** Files: open_at() gives the descriptor (or -1) that put() and get() take, and close ***/

static int __attribute__((format(printf, 3, 4)))
open_at(int dir, int flags, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	errno = ENAMETOOLONG;
	return n < 0 || (size_t)n >= sizeof(path) ? -1 : openat(dir, path, flags | O_CLOEXEC);
}

/* Close, and pass the status on with its errno. */
static int
closed(int fd, int status)
{
	const int error = errno;

	(void)close(fd);
	errno = error;
	return status;
}

static int
put(int fd, const char *text)
{
	const size_t n = strlen(text);

	return fd == -1 ? -1 : closed(fd, n == 0 || write(fd, text, n) == (ssize_t)n ? 0 : -1);
}

/* All of a file, and a NUL. */
static int
get(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n = -1;

	if (fd == -1)
		return -1;
	while (len < size && (n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	if (n != 0)     /* -1, or there is no room for what may follow */
		return closed(fd, -1);
	text[len] = '\0';
	return closed(fd, 0);
}

/* Is word in a list with commas, blanks or an end of line between? */
static bool
lists(const char *list, const char *word)
{
	const char *const between = ", \n";

	for (list += strspn(list, between); *list != '\0'; list += strspn(list, between)) {
		const size_t n = strcspn(list, between);

		if (n == strlen(word) && memcmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/*** Where we live: proc_pid_cgroup(5), proc_pid_mountinfo(5) ***/

/*
 * In one hierarchy; borrowed from the texts. No guesses: a mount that does not show our cgroup is another's. Nor
 * are the escapes of mountinfo undone: where there is a blank in the path, there is no cgroup for us.
 */
struct place {
	const char *own;                /* our cgroup; NULL: none */
	const char *mount, *below;      /* the mount point, NULL: none; what of own follows it */
	bool writable;
};

/* Lines like "4:memory:/a/b", and "0::/a/b" for v2. */
static void
read_own(char *text, struct place *places)
{
	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		(void)strsep(&line, ":");
		const char *names = strsep(&line, ":");

		for (size_t i = 0; line != NULL && i < LEN(hierarchies); i++) {
			const char *name = hierarchies[i].controller;

			if (name != NULL ? lists(names, name) : *names == '\0')
				places[i].own = line;
		}
	}
}

/* A mount of a cgroup file system. Of several that show our cgroup the last writable one: containers stack them. */
static void
add_mount(struct place *places, const char *root, const char *point, bool writable, bool v2, const char *options)
{
	const size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);

	for (size_t i = 0; i < LEN(hierarchies); i++) {
		struct place *p = &places[i];
		const char *name = hierarchies[i].controller;

		if (v2 == (name == NULL) && (v2 || lists(options, name)) && (writable || !p->writable) &&
		    p->own != NULL && strncmp(p->own, root, n) == 0 && (p->own[n] == '/' || p->own[n] == '\0'))
			*p = (struct place){ p->own, point, p->own + n, writable };
	}
}

/* Lines like "35 31 0:32 /root /mount/point rw,nosuid shared:9 - cgroup cgroup rw,memory". */
static void
read_mounts(char *text, struct place *places)
{
	enum { ROOT = 3, POINT, OPTIONS, FIELDS };

	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		const char *field[FIELDS];
		char *tail = strstr(line, " - cgroup");

		if (tail == NULL)
			continue;
		for (size_t i = 0; i < FIELDS; i++)
			field[i] = line != NULL ? strsep(&line, " ") : "";
		tail += sizeof(" - cgroup") - 1;
		const bool v2 = *tail == '2';
		(void)strsep(&tail, " ");
		(void)strsep(&tail, " ");       /* the device: any text */
		add_mount(places, field[ROOT], field[POINT], lists(field[OPTIONS], "rw"), v2, tail != NULL ? tail : "");
	}
}

/*** Controllers (v2): switched on from the parent down, where no process lives ***/

static int
switch_controllers(int dir, unsigned which, char sign)
{
	char text[32];
	size_t len = 0;

	if (which == 0)
		return 0;
	for (size_t i = 0; i < CG_LAYERS; i++)
		if (which & BIT(i))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%c%s ", sign, layers[i].controller);
	return put(open_at(dir, O_WRONLY, "cgroup.subtree_control"), text);
}

/* Which of the controllers does that file name? */
static unsigned
controllers_in(int dir, const char *file)
{
	char text[512];
	unsigned found = 0;

	if (get(open_at(dir, O_RDONLY, "%s", file), text, sizeof(text)) == 0)
		for (size_t i = 0; i < CG_LAYERS; i++)
			if (layers[i].controller != NULL && lists(text, layers[i].controller))
				found |= BIT(i);
	return found;
}

/* Undo delegate(). What fails does so because something has stayed behind: then we stay as well. */
static void
step_back(struct cgroups *cg, int own)
{
	(void)switch_controllers(own, cg->enabled, '-');
	if (cg->moved) {
		(void)put(open_at(own, O_WRONLY, "cgroup.procs"), "0");
		(void)unlinkat(own, cg->server, AT_REMOVEDIR);
	}
	cg->enabled = 0;
	cg->moved = false;
}

/* Move into a leaf of our own. We alone: other processes are not ours to move (EBUSY). */
static int
step_aside(struct cgroups *cg, int own)
{
	char there[64], we[32];

	if (faccessat(own, "cgroup.procs", W_OK, 0) == -1)
		return -1;      /* read-only: the better reason of the two */
	(void)snprintf(we, sizeof(we), "%ld\n", (long)getpid());
	if (get(open_at(own, O_RDONLY, "cgroup.procs"), there, sizeof(there)) == -1 || strcmp(there, we) != 0) {
		errno = EBUSY;
		return -1;
	}
	if (mkdirat(own, cg->server, 0755) == -1 && errno != EEXIST)
		return -1;
	cg->moved = true;
	return put(open_at(own, O_WRONLY, "%s/cgroup.procs", cg->server), "0");
}

/*
 * Let the children of the cgroup that we live in have these controllers. 0, or -1 with errno: EBUSY for company.
 * A cgroup whose children have controllers must have no processes itself, but for the root, which has no type.
 * So we go first: with pids alone the kernel would say yes, and make children that no process can enter.
 */
static int
delegate(struct cgroups *cg, int own, unsigned which)
{
	which &= ~controllers_in(own, "cgroup.subtree_control");
	if (which == 0)
		return 0;
	if ((faccessat(own, "cgroup.type", F_OK, 0) == 0 && step_aside(cg, own) == -1) ||
	    switch_controllers(own, which, '+') == -1) {
		const int error = errno;

		step_back(cg, own);
		errno = error;
		return -1;
	}
	cg->enabled = which;
	return 0;
}

/*** The connect programs (v2): bpf(2). Numbers, as older headers do not have the names ***/

#define CGROUP_SOCK_ADDR 18             /* BPF_PROG_TYPE_..., Linux 4.17 */
#define INET4_CONNECT 10                /* BPF_CGROUP_... */
#define INET6_CONNECT 11
#define USER_PORT 24                    /* in struct bpf_sock_addr; network byte order, in 32 bits */

/* The kernel's structs, as far as they are used. */
struct bpf_load {
	uint32_t type, n_insns;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log;
	uint32_t version, flags, name[4], ifindex, attach_type;
};
struct bpf_attach { uint32_t target, program, type, flags; };

/* In that cgroup connect(2) to the port gives EPERM. This replaces a program that is there, and only that. */
static int
refuse_connect(int dir, uint32_t hook, uint16_t port)
{
	const struct bpf_insn program[] = {
		{ BPF_LDX | BPF_MEM | BPF_W,   2, 1, USER_PORT, 0 },            /* r2 = r1->user_port */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1 },                    /* r0 = 1: go on */
		{ BPF_JMP | BPF_JNE | BPF_K,   2, 0, 1, htons(port) },          /* if (r2 == port) */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },                    /*     r0 = 0: EPERM */
		{ BPF_JMP | BPF_EXIT,          0, 0, 0, 0 },
	};
	const struct bpf_load load = {
		.type = CGROUP_SOCK_ADDR, .attach_type = hook,
		.insns = (uintptr_t)program, .n_insns = LEN(program), .license = (uintptr_t)"",
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));

	if (fd == -1)
		return -1;
	const struct bpf_attach attach = { (uint32_t)dir, (uint32_t)fd, hook, 0 };
	return closed(fd, (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)));
}

/*** One hierarchy ***/

/* Remove our directory and the leaves, be they of another who was killed. 0, or -1 with errno: EBUSY for the living. */
static int
remove_dirs(int own, const char *name)
{
	int fd = open_at(own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "%s", name);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL)
		return fd == -1 ? -1 : closed(fd, -1);
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			(void)unlinkat(fd, e->d_name, AT_REMOVEDIR);    /* or the next line fails */
	(void)closedir(d);
	return unlinkat(own, name, AT_REMOVEDIR);
}

/* Our directory and its leaves. 0, or -1 with errno; t->dir may be open even so. */
static int
make_dirs(const struct cgroups *cg, struct cgroup_tree *t, unsigned controllers)
{
	if (t->dir != -1)
		(void)close(t->dir);
	t->dir = -1;
	(void)remove_dirs(t->own, cg->name);    /* there is none, or it is not empty: then it is used as it is */
	if (mkdirat(t->own, cg->name, 0755) == -1 && errno != EEXIST)
		return -1;
	t->dir = open_at(t->own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "%s", cg->name);
	if (t->dir == -1 || switch_controllers(t->dir, controllers, '+') == -1)
		return -1;
	for (size_t i = 0; i < cg->n_slots; i++) {
		char leaf[24];

		(void)snprintf(leaf, sizeof(leaf), "%zu", i);
		if (mkdirat(t->dir, leaf, 0755) == -1 && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* Write one setting into every leaf. */
static int
apply(int dir, size_t n_slots, const struct setting *s, uint64_t limit, uint64_t last)
{
	char text[24];

	for (size_t i = 0; i < n_slots; i++) {
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)(i == n_slots - 1 ? last : limit));
		if (put(open_at(dir, O_WRONLY, "%zu/%s", i, s->file), s->text != NULL ? s->text : text) == -1 &&
		    (errno != ENOENT || !s->optional))
			return -1;
	}
	return 0;
}

/* The settings of those layers. Returns the layers that have them; the others are off. */
static unsigned
configure(struct cgroups *cg, const struct cgroup_spec *spec, int dir, unsigned which, bool v2)
{
	for (const struct setting *s = settings; s < settings + LEN(settings); s++) {
		uint64_t limit = s->layer == CG_MEMORY ? spec->memory_bytes : spec->pids;
		uint64_t last = s->layer == CG_MEMORY && spec->last_bytes != 0 ? spec->last_bytes : limit;
		if ((which & BIT(s->layer)) && (s->versions & (v2 ? V2 : V1)) &&
		    apply(dir, cg->n_slots, s, limit, last) == -1) {
			off(cg, BIT(s->layer), s->file, errno);
			which &= ~BIT(s->layer);
		}
	}
	if ((which & BIT(CG_CONNECT)) && (refuse_connect(dir, INET4_CONNECT, spec->port) == -1 ||
	    refuse_connect(dir, INET6_CONNECT, spec->port) == -1)) {
		off(cg, BIT(CG_CONNECT), "bpf", errno);
		which &= ~BIT(CG_CONNECT);
	}
	return which;
}

/* Can a child of ours enter? 0, or -1 with errno. What can be made need not be of use (cgroup.type, an LSM). */
static int
try_join(int dir)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(put(open_at(dir, O_WRONLY, "0/cgroup.procs"), "0") == 0 ? 0 : errno);
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return errno == 0 ? 0 : -1;
}

/* Make all that the layers in which need. Returns those that are on; the others are off. */
static unsigned
fill(struct cgroups *cg, const struct cgroup_spec *spec, struct cgroup_tree *t, bool v2, unsigned which)
{
	const char *what = "cgroup";

	if (v2 && delegate(cg, t->own, which & CONTROLLERS) == -1) {
		const bool busy = errno == EBUSY;

		off(cg, which & CONTROLLERS, busy ? "cgroup: other processes are in our cgroup" : what,
		    busy ? 0 : errno);
		which &= ~CONTROLLERS;
	}
	while (which != 0 && make_dirs(cg, t, v2 ? which & CONTROLLERS : 0) == 0) {
		const unsigned done = configure(cg, spec, t->dir, which, v2);

		if (done == which && try_join(t->dir) == 0)
			return which;
		if (done == which) {
			what = "cgroup.procs";
			break;
		}
		which = done;   /* once more, without what has failed: nothing of it may stay */
	}
	off(cg, which, what, errno);
	return 0;
}

/* Undo all that was done in a hierarchy. */
static void
tree_close(struct cgroups *cg, struct cgroup_tree *t, bool v2, unsigned *tries)
{
	const struct timespec while_they_die = { 0, 10 * 1000 * 1000 };

	for (; remove_dirs(t->own, cg->name) == -1 && errno == EBUSY && *tries > 0; (*tries)--)
		(void)nanosleep(&while_they_die, NULL);
	if (v2)
		step_back(cg, t->own);
	if (t->dir != -1)
		(void)close(t->dir);
	(void)close(t->own);
	t->layers = 0;
}

/* Serve as many of the layers in which as this hierarchy can. */
static void
tree_open(struct cgroups *cg, const struct cgroup_spec *spec, size_t at, const struct place *place, unsigned which)
{
	const bool v2 = hierarchies[at].controller == NULL;
	struct cgroup_tree *t = &cg->trees[at];
	unsigned tries = 0;

	if (which == 0 || place->mount == NULL)
		return;
	t->own = open_at(AT_FDCWD, O_RDONLY | O_DIRECTORY, "%s%s", place->mount, place->below);
	t->dir = -1;
	if (t->own == -1) {
		off(cg, which, "cgroup", errno);
		return;
	}
	if (v2)         /* a controller that is not here may be v1's, and then so is the reason */
		which &= ~CONTROLLERS | controllers_in(t->own, "cgroup.controllers");
	t->layers = fill(cg, spec, t, v2, which);
	for (size_t i = 0; i < CG_LAYERS; i++)
		if (t->layers & BIT(i)) {
			cg->on[i] = true;
			cg->why[i][0] = '\0';
		}
	if (t->layers == 0)
		tree_close(cg, t, v2, &tries);
}

/* The hierarchy that serves a layer; NULL: none does. */
static const struct cgroup_tree *
tree_of(const struct cgroups *cg, enum cgroup_layer layer)
{
	for (size_t i = 0; i < LEN(cg->trees); i++)
		if (cg->trees[i].layers & BIT(layer))
			return &cg->trees[i];
	return NULL;
}

/* Files of a leaf that every run needs stay open: doors by hierarchy, and these two of the one that serves memory. */
enum { FILE_KILLS = LEN(hierarchies), FILE_PEAK, FILES };

/* One of them, opened the first time. -1 with errno. The descriptor stays ours. */
static int
held(const struct cgroups *cg, size_t slot, size_t which, const struct cgroup_tree *t, int flags, const char *file)
{
	int *fd = &cg->files[slot * FILES + which];

	if (*fd == -1)
		*fd = open_at(t->dir, flags, "%zu/%s", slot, file);
	return *fd;
}

/* How many in the slot were ever killed for want of memory. The kernel counts one before it sends the signal. */
static int
count_kills(const struct cgroups *cg, size_t slot, int64_t *count)
{
	const struct cgroup_tree *t = tree_of(cg, CG_MEMORY);
	const char *file = hierarchies[t - cg->trees].controller != NULL ? "memory.oom_control" : "memory.events";
	char text[512];
	int fd = held(cg, slot, FILE_KILLS, t, O_RDONLY, file);
	ssize_t n = fd == -1 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	*count = 0;
	if (n == -1)
		return -1;
	text[n] = '\0';
	const char *line = strstr(text, "\noom_kill ");

	if (line == NULL)       /* Linux < 4.13 does not say */
		return 0;
	line += sizeof("\noom_kill ") - 1;
	return parse_int((struct slice){ line, strcspn(line, "\n") }, 0, INT64_MAX, count);
}

/* Say of each layer why it is off, for now. Returns those that are wanted. */
static unsigned
wanted(struct cgroups *cg, const struct cgroup_spec *spec)
{
	unsigned which = 0;

	for (size_t i = 0; i < CG_LAYERS; i++) {
		const char *why = layers[i].absent;

		if (!spec->want[i])
			why = "off by configuration";
		else if (i == CG_CONNECT && spec->port == 0)
			why = "no port";
		else
			which |= BIT(i);
		off(cg, BIT(i), why, 0);
	}
	return which;
}

/*** The interface ***/

void
cgroup_open(struct cgroups *cg, const struct cgroup_spec *spec)
{
	struct place places[LEN(hierarchies)] = { 0 };

	*cg = (struct cgroups){ .n_slots = spec->n_slots };
	unsigned which = wanted(cg, spec);
	if (which == 0)
		return;
	char *text = malloc(2 * PROC_MAX);      /* touched only as far as the two files go */

	cg->kills = calloc(spec->n_slots, sizeof(*cg->kills));
	cg->files = malloc(spec->n_slots * FILES * sizeof(*cg->files));
	if (text == NULL || cg->kills == NULL || cg->files == NULL || strlen(spec->name) >= sizeof(cg->name))
		off(cg, which, "cgroup", strlen(spec->name) < sizeof(cg->name) ? ENOMEM : ENAMETOOLONG);
	else {
		for (size_t i = 0; i < spec->n_slots * FILES; i++)
			cg->files[i] = -1;
		(void)snprintf(cg->name, sizeof(cg->name), "%s", spec->name);
		(void)snprintf(cg->server, sizeof(cg->server), "%s-server", cg->name);
		if (get(open_at(AT_FDCWD, O_RDONLY, "/proc/self/cgroup"), text, PROC_MAX) == 0)
			read_own(text, places);
		if (get(open_at(AT_FDCWD, O_RDONLY, "/proc/self/mountinfo"), text + PROC_MAX, PROC_MAX) == 0)
			read_mounts(text + PROC_MAX, places);
		for (size_t i = 0; i < LEN(hierarchies); which &= ~cg->trees[i++].layers)
			tree_open(cg, spec, i, &places[i], which & hierarchies[i].can);
	}
	free(text);
}

int
cgroup_join(const struct cgroups *cg, size_t slot)
{
	for (size_t i = 0; i < LEN(cg->trees); i++)
		if (cg->trees[i].layers != 0 &&
		    put(open_at(cg->trees[i].dir, O_WRONLY, "%zu/cgroup.procs", slot), "0") == -1)
			return -1;
	return 0;
}

int
cgroup_doors(const struct cgroups *cg, size_t slot, int *fds)
{
	int n = 0;

	for (size_t i = 0; i < LEN(cg->trees); i++)
		if (cg->trees[i].layers != 0 && (fds[n++] = held(cg, slot, i, &cg->trees[i], O_WRONLY, "cgroup.procs")) == -1)
			return -1;
	return n;
}

int
cgroup_reset(struct cgroups *cg, size_t slot)
{
	const struct cgroup_tree *t = tree_of(cg, CG_MEMORY);

	if (t == NULL)
		return 0;
	if (hierarchies[t - cg->trees].controller != NULL)      /* for who looks */
		(void)pwrite(held(cg, slot, FILE_PEAK, t, O_WRONLY, "memory.max_usage_in_bytes"), "0", 1, 0);
	return count_kills(cg, slot, &cg->kills[slot]);
}

bool
cgroup_oom(const struct cgroups *cg, size_t slot)
{
	int64_t count;

	return cg->on[CG_MEMORY] && count_kills(cg, slot, &count) == 0 && count > cg->kills[slot];
}

int
cgroup_kill(const struct cgroups *cg, size_t slot)
{
	const struct cgroup_tree *t = tree_of(cg, CG_KILL);

	return t == NULL ? 0 : put(open_at(t->dir, O_WRONLY, "%zu/cgroup.kill", slot), "1");
}

void
cgroup_close(struct cgroups *cg)
{
	unsigned tries = CLOSE_TRIES;

	for (size_t i = 0; cg->files != NULL && i < cg->n_slots * FILES; i++)
		if (cg->files[i] != -1)
			(void)close(cg->files[i]);
	for (size_t i = 0; i < LEN(cg->trees); i++)
		if (cg->trees[i].layers != 0)
			tree_close(cg, &cg->trees[i], hierarchies[i].controller == NULL, &tries);
	free(cg->kills);
	free(cg->files);
	*cg = (struct cgroups){ .kills = NULL };
}
