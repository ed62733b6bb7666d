/*
 * sandbox.h - the interfaces between the modules, one banner per file.
 *
 *   sandbox.c ──> config.c  log.c  client.c
 *      ├────────> server.c ──> http.c  json.c    bytes and text; pure
 *      │             └──────> peer.c            who is at the other end
 *      ├────────> run.c ─────> monitor.c        the unprivileged process ends here
 *      ├────────> monitor.c ─> jail.c ──> filter.c  layers.c  cgroup.c
 *      │             └──────> warm.c ──> usher.c  templates and their copies
 *      └────────> setup.c ──> jail.c  filter.c  layers.c  mount.c  cgroup.c
 *   server.c, run.c, monitor.c ──> loop.c        epoll, timers, children
 *   all ──────────────> buf.c
 *
 * Whatever is not declared here is static. Three words are used exactly:
 * owned (you release it), borrowed (valid until the named event), taken (from
 * a buffer that somebody else releases).
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/resource.h>
#include <sys/types.h>

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Borrowed bytes, no NUL at the end. */
struct slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define SLICE(s) ((struct slice){ (s), sizeof(s) - 1 })

/*** buf.c - owned bytes with a hard cap; the only code that calls realloc ***/

/* A sum over many buffers, so that the worst case of the process is known. */
struct pool {
	size_t used, max;
};

/*
 * Bytes [0, len) of p are in use; p is owned by the buffer and NULL while cap
 * is 0. It grows by doubling up to max, and charges its capacity to pool (may
 * be NULL). A zeroed struct with max set is an empty buffer.
 */
struct buf {
	char *p;
	size_t len, cap, max;
	struct pool *pool;
};

void	buf_init(struct buf *, struct pool *, size_t max);
/* Room for n more bytes after len. 0, or -1: ENOBUFS past max, ENOMEM past the pool or the heap. */
int	buf_reserve(struct buf *, size_t n);
/* Append. 0 or -1 as buf_reserve; on -1 nothing was appended. */
int	buf_put(struct buf *, const void *, size_t);
int	buf_puts(struct buf *, const char *);
int	buf_printf(struct buf *, const char *, ...) __attribute__((format(printf, 2, 3)));
/* Forget the first n bytes (n <= len). */
void	buf_drop(struct buf *, size_t n);
/* Release the memory; the buffer is empty and usable again. */
void	buf_free(struct buf *);
struct slice buf_slice(const struct buf *);

bool	slice_is(struct slice, const char *);
/* The same without regard to ASCII case. */
bool	slice_is_nocase(struct slice, const char *);

/*
 * The one strict integer parser: an optional '-', decimal digits and nothing
 * else, within [min, max]. 0, or -1 with errno EINVAL (form) or ERANGE (bounds).
 */
int	parse_int(struct slice, int64_t min, int64_t max, int64_t *);

/* Length of the valid UTF-8 sequence at p[0..n), or 0 (RFC 3629: no overlongs, surrogates, > U+10FFFF). */
size_t	utf8_len(const char *p, size_t n);

/*** json.c - text -> values, values -> text (RFC 8259). Knows no field names ***/

#define JSON_DEPTH_MAX 64

enum json_step { JSON_MORE, JSON_DONE, JSON_BAD };

/*
 * Incremental checker: feed a text in pieces of any size; the verdict does not
 * depend on where it was cut, and the work is linear in its length. Zero-initialise.
 */
struct json_parser {
	unsigned state, sub;            /* private */
	bool key;                       /* the string being read is a name; private */
	unsigned depth;
	uint64_t in_object;             /* one bit per level, JSON_DEPTH_MAX of them */
	size_t at;                      /* bytes consumed; after JSON_BAD the offset of the wrong byte */
	const char *why;                /* after JSON_BAD: static text, lower case, e.g. "expected a value" */
};

/*
 * JSON_MORE: fine so far. JSON_DONE: a whole value has been read and only white
 * space since (a top-level number is DONE only at json_end). JSON_BAD: at and why are set, and stay.
 */
enum json_step json_feed(struct json_parser *, const char *, size_t);
/* The text is over. JSON_DONE or JSON_BAD ("unexpected end of text"). */
enum json_step json_end(struct json_parser *);

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* One value; raw borrows the text and spans it whole (a string with its quotes). */
struct json_value {
	enum json_type type;
	struct slice raw;
};

/* The functions below take text that json_end() called JSON_DONE; on any other text they stop early, never overrun. */

/* The value of a whole text. */
struct json_value json_root(struct slice text);

/*
 * Walk an object's members or an array's elements in order:
 *     struct json_iter it = json_iter(v);
 *     while (json_next(&it, &key, &val)) ...
 * key is of type JSON_NULL for an array's elements. Linear in the container's length in all.
 */
struct json_iter {
	const char *p, *end;
	bool object;
};
struct json_iter json_iter(struct json_value);
bool	json_next(struct json_iter *, struct json_value *key, struct json_value *val);

/* Does the string value decode to exactly this ASCII text? */
bool	json_is(struct json_value, const char *);
/* Append a string value, decoded: U+FFFD for a lone surrogate and for each byte that is not UTF-8. 0 or -1 (buf). */
int	json_text(struct json_value, struct buf *);

/*
 * Writer. The first failure (buffer full) sticks; call sites are straight lines
 * with one check at json_finish. Zero-initialise but for out. key is NULL for
 * the root and inside arrays. Two writers may be open at once.
 */
struct json_out {
	struct buf *out;
	unsigned depth;
	uint64_t comma;                 /* one bit per level: something stands before */
	bool failed;
};

void	json_open(struct json_out *, const char *key, char bracket);     /* '{' or '[' */
void	json_close(struct json_out *, char bracket);                     /* '}' or ']' */
void	json_put_int(struct json_out *, const char *key, int64_t);
void	json_put_bool(struct json_out *, const char *key, bool);
void	json_put_null(struct json_out *, const char *key);
/* Any bytes: made valid UTF-8 with U+FFFD for each byte that is not, and escaped. */
void	json_put_str(struct json_out *, const char *key, struct slice);
/* The same string in several pieces; a UTF-8 sequence must not be cut between two of them. */
void	json_open_str(struct json_out *, const char *key);
void	json_add_str(struct json_out *, struct slice);
void	json_close_str(struct json_out *);
/* 0, or -1 (ENOBUFS) when anything did not fit. */
int	json_finish(struct json_out *);

/*** http.c - bytes -> request, response -> bytes (RFC 9110, 9112). No I/O, no clock ***/

#define HTTP_HEAD_MAX ((size_t)64 * 1024)       /* request line and header fields together */
#define HTTP_TARGET_MAX ((size_t)8 * 1024)

enum http_step { HTTP_MORE, HTTP_HEAD, HTTP_DONE, HTTP_BAD };

struct http_req {
	struct slice method;            /* "GET", ... */
	struct slice path;              /* percent-decoded, origin-form ("*" for OPTIONS *); no NUL, but any other byte */
	struct slice query;             /* raw, without '?' */
	struct slice api_key, content_type, request_id, traceparent;  /* field values, empty when absent */
	unsigned minor;                 /* HTTP/1.minor: 0, or 1 for 1.1 and later */
	bool keep_alive;                /* what the client asks for, by version and Connection */
	bool expect_continue;           /* a body comes only after "100 Continue" (or a while) */
	bool has_body;                  /* chunked, or Content-Length > 0 */
	bool chunked;
	uint64_t content_length;        /* when not chunked */
	struct slice body;              /* complete after HTTP_DONE; chunk framing removed */
};

#define HTTP_SPANS 12

/*
 * Zero-initialise but for body_max. One parser per request.
 */
struct http_parser {
	unsigned state;                 /* private, as is all but what is commented */
	size_t at;                      /* after HTTP_DONE: bytes of buf that belong to this request */
	size_t head_len;                /* after HTTP_HEAD: request line, fields and the empty line */
	size_t body_max;                /* over it: 413 */
	size_t body_at, body_len;       /* body bytes collected so far are buf[body_at .. +body_len) */
	uint64_t left, content_length;
	size_t mark, colon, extra_len;
	unsigned count, seen, minor;
	bool chunked, trailer, close, keep, expect;
	struct { size_t at, n; } span[HTTP_SPANS];
	int status;                     /* after HTTP_BAD: 400 413 414 417 431 501 505 */
	const char *why;                /* after HTTP_BAD: static text for people */
};

/*
 * Continue over buf[0..*len): what the previous call left there plus new bytes
 * at its end; buf may have moved. Returns HTTP_HEAD once, when the head is
 * complete (everything in req but body is set; call again to go on with the
 * body), HTTP_DONE when the request is complete (also without a body, on the
 * call after HTTP_HEAD). Chunk framing is removed in place, so *len may shrink.
 * Slices in req borrow buf; when buf moves, they are set again by the next
 * call that returns HTTP_DONE. The verdict is the same wherever the bytes were
 * cut, the work linear in their number.
 */
enum http_step http_parse(struct http_parser *, char *buf, size_t *len, struct http_req *);

struct http_resp {
	int status;
	const char *type;               /* Content-Type; NULL: none */
	const char *allow;              /* Allow, for 405; NULL: none */
	struct slice request_id;        /* X-Request-Id; empty: none */
	size_t length;                  /* Content-Length */
	bool close;
	unsigned minor;                 /* of the request: 1.0 clients get "Connection: keep-alive" when it is kept */
	time_t now;                     /* for Date (RFC 9110 section 6.6.1) */
};

/* Append a response's head. 0 or -1 (buf). */
int	http_head(struct buf *, const struct http_resp *);
/* The reason phrase of a status we send; "" for another. */
const char *http_reason(int status);
/*
 * The value of the last field called name in an application/x-www-form-urlencoded
 * text (a query or a form body), decoded ('+' and %XX), appended to out.
 * 1 when it is there, 0 when not, -1 (buf). A bad escape is taken as it stands.
 */
int	http_form_value(struct slice form, const char *name, struct buf *out);

/*** config.c - one option table: file, environment, bounds, help ***/

#define PATH_LEN 512
#define TEXT_LEN 512
#define LIST_LEN 4096

struct config {
	int64_t port;
	char listen[TEXT_LEN];          /* address to listen on */
	bool debug;
	char key[TEXT_LEN];
	int64_t max_workers, max_requests, worker_timeout /* s */;
	char python_path[PATH_LEN], nodejs_path[PATH_LEN];      /* inside the root filesystem; empty: looked for */
	char python_rootfs[PATH_LEN], nodejs_rootfs[PATH_LEN];  /* empty: looked for */
	bool enable_network, enable_preload;
	char allowed_syscalls[LIST_LEN];                        /* comma list, no blanks */
	char layers[TEXT_LEN];                                  /* comma list, e.g. "-landlock" */
	bool allow_weak_isolation;
	char proxy_socks5[TEXT_LEN], proxy_http[TEXT_LEN], proxy_https[TEXT_LEN];
	char python_pip_mirror_url[TEXT_LEN];
	int64_t python_deps_update_interval;                    /* s */
	char log_path[PATH_LEN];
	char log_format[TEXT_LEN];                              /* "text" or "json" */
	int64_t uid_base;
	int64_t max_memory_mb, max_output_mb, max_file_mb, max_scratch_mb, max_scratch_files;
	int64_t max_threads, max_files, max_body_mb, max_connections;
	bool templates, ready_children;
	int64_t template_max_runs;
	char npm_registry[TEXT_LEN], dependencies_dir[PATH_LEN], packages_dir[PATH_LEN];
	bool offline, pip_sdists, npm_scripts;
	int64_t install_timeout /* s */, install_memory_mb, max_packages_mb;
	char python_preload[LIST_LEN], nodejs_preload[LIST_LEN];        /* comma lists of modules */
	char file[PATH_LEN];                                    /* the file that was read; empty: none */
};

/* Receives one line of text for people, without a newline: a warning of the reader. */
typedef void config_warn(const char *line);

/*
 * Defaults, then the file, then the environment. path NULL: conf/config.yaml in
 * the working directory if it is there; a path that is given must exist.
 * 0, or -1 with why (size n) saying what is wrong and where, as in
 * "conf/config.yaml:3: max_workers: 0 is not between 1 and 1024".
 */
int	config_load(struct config *, const char *path, config_warn *, char *why, size_t n);
/* The file's part of that, over memory: sets in an initialised config what the text says; name is for messages. */
int	config_read(struct config *, struct slice text, const char *name, config_warn *, char *why, size_t n);
/* One more setting, as from the command line: "max_workers=2". 0 or -1 as above. */
int	config_set(struct config *, const char *assignment, char *why, size_t n);
/* The option table for --help, or (markdown) for the README. 0 or -1 (buf). */
int	config_help(struct buf *, bool markdown);
/* Every key with its value in force, one "key: value" per line; secrets as "(set)" or "(default)". 0 or -1 (buf). */
int	config_dump(struct buf *, const struct config *);

/*** loop.c - one epoll loop: sources, timers, child ends, signals ***/

/*
 * Something with a descriptor. ready() is called with epoll's events as long
 * as fd is watched. Embedded in its owner's struct; fd is -1 when unused.
 */
struct source {
	int fd;
	uint32_t events;                /* private: watched now; 0: not in the epoll set */
	void (*ready)(struct source *, uint32_t events);
};

/* A deadline. Zero-initialise but for due(). Setting it again moves it. */
struct timer {
	int64_t at_ms;
	size_t place;                   /* private: 1 + index in the heap; 0: not set */
	void (*due)(struct timer *);
};

/* A child of ours: ended() is called once with what wait4(2) said of pid. */
struct child {
	pid_t pid;                      /* 0: none */
	struct child *next;             /* private */
	void (*ended)(struct child *, int status, const struct rusage *);
};

/*
 * One loop per process. timers_max bounds the timers that are set at once. The
 * signals in the NULL-terminated list go to on_signal(), SIGCHLD to the
 * children. 0, or -1 with errno.
 */
int	loop_init(size_t timers_max, const int *signals, void (*on_signal)(int signo));
/* Run until loop_stop(); after each batch of events swept() is called (may be NULL). */
void	loop_run(void (*swept)(void));
void	loop_stop(void);
/* CLOCK_MONOTONIC, read once per batch. */
int64_t	loop_now_ms(void);
/* Watch src->fd for these events (0: stop). Fails only when epoll does: -1 with errno. */
int	source_watch(struct source *, uint32_t events);
/* Stop watching and close the descriptor. Harmless on one that is closed. */
void	source_close(struct source *);
/* The same at less cost: of what no other process has had, and in a process that makes none. */
void	source_close_own(struct source *);
void	timer_set(struct timer *, int64_t delay_ms);
void	timer_cancel(struct timer *);
/* ended() will be called when child->pid has been reaped. The struct must stay until then. */
void	child_watch(struct child *);
/* The signal mask that a child of ours has to restore. */
void	loop_child_signals(void);

/*** filter.c - the allow-list, compiled to BPF; the names of calls ***/

enum runtime { RT_PYTHON, RT_NODE, RT_COUNT };

struct sock_filter;
struct filter {
	struct sock_filter *prog;       /* owned for the life of the process */
	unsigned short len;
	bool listener;                  /* refused calls go to a listener, else EPERM */
};

struct filter_spec {
	enum runtime runtime;
	bool network;
	bool listener;
	bool template;                  /* not a run: what one may do and what it takes to make one; refused is ENOSYS */
	bool reachable;                 /* a path leads to other files of its uid: no mode, owner or time by path */
	bool shared_uid;                /* the server and all runs have one uid: no call may reach another process */
	bool processes;                 /* an installer's: it may start others of its kind */
	int report_fd;                  /* the one descriptor on which sendmsg(2) is always allowed */
	const char *allowed;            /* comma list of names and numbers, added to the list */
};

/* 0, or -1 with why (size n). */
int	filter_build(struct filter *, const struct filter_spec *, char *why, size_t n);
/*
 * In the child, after no_new_privs: install it on this process, whose one execve
 * is of path (that very pointer) where no listener answers it. Returns the
 * listener's descriptor, 0 when there is none to be had, or -1 with errno.
 */
int	filter_load(struct filter *, pid_t self, const char *path);
/*
 * On this process, after no_new_privs: setresuid and setresgid to these numbers only, which its
 * children inherit. 0 or -1 with errno.
 */
int	filter_uids(uid_t first, uid_t last);
/*
 * Confine this process, the server, to what it does once it serves: no file is
 * opened, no process or program started, no code mapped. Any other call is its
 * end (SIGSYS). After no_new_privs, with one thread. 0, or -1 with why (size n).
 */
int	filter_confine(char *why, size_t n);
/* Can this kernel and place give a listener? Forks to find out. */
bool	filter_listener_works(void);
/* The name of a call of this machine's ABI as the kernel has it, or "syscall_N". Room: n >= 32. */
void	filter_name(int nr, char *name, size_t n);
/*
 * A refused call for people: its name and, where an argument decided or tells
 * what was tried, that: "socket(AF_PACKET)", "kill(PID 1)", "ioctl(0x5450)".
 * Room: n >= CALL_NAME_MAX.
 */
void	filter_describe(int nr, const uint64_t args[6], char *name, size_t n);
/* How a client or an operator allows that call, or why nobody can. Static. */
const char *filter_hint(int nr, const uint64_t args[6], bool network);
bool	filter_is_exec(int nr);
/* Does allowed_syscalls let execve through, so that the listener never sees it? */
bool	filter_exec_unseen(const char *allowed);
/* Of allowed_syscalls the first that no template may make, as a name in buf (n >= 32), or NULL. */
const char *filter_unfit(const char *allowed, char *buf, size_t n);
/* Every row of the list as text, for `sandbox check --syscalls`. 0 or -1 (buf). */
int	filter_list(struct buf *);

/*** cgroup.c - cgroups(7), v1 and v2: memory and processes of a slot bounded; kill by cgroup; our own port ***/

enum cgroup_layer { CG_MEMORY, CG_PIDS, CG_KILL, CG_CONNECT, CG_LAYERS };

struct cgroup_spec {
	const char *name;               /* of our directory in each hierarchy: the same for no other server */
	size_t n_slots;
	uint64_t memory_bytes, pids;    /* per slot, */
	uint64_t last_bytes;            /* and of the last of them; 0: the same */
	uint16_t port;                  /* a slot may not connect(2) to this TCP port; 0: any */
	bool want[CG_LAYERS];           /* not switched off by configuration */
};

struct cgroups {
	bool on[CG_LAYERS];
	char why[CG_LAYERS][96];        /* where off: the reason, for people */
	size_t n_slots;
	struct cgroup_tree {            /* private, as is the rest */
		int own, dir;           /* the cgroup that we live in, and our directory there */
		unsigned layers;        /* a bit per layer that it serves; 0: not in use, no descriptors */
	} trees[3];
	unsigned enabled;               /* a bit per layer whose controller we switched on where we live (v2) */
	bool moved;                     /* and for that left it */
	char name[64], server[72];
	int64_t *kills;                 /* per slot: the kernel's count at the reset; owned */
	int *files;                     /* per slot: descriptors; owned */
};

/* Make the directories. What this machine does not give is off, with the reason; never an error. */
void	cgroup_open(struct cgroups *, const struct cgroup_spec *);
/* In the child, as root, before anything is closed: enter the slot's cgroups. 0 or -1 with errno. */
int	cgroup_join(const struct cgroups *, size_t slot);
/* The files by which a process enters the slot's cgroups, 3 at most: how many, or -1 with errno. They stay ours. */
int	cgroup_doors(const struct cgroups *, size_t slot, int *fds);
/* Before a run: forget the peak and the kills of the one before. 0 or -1 with errno. */
int	cgroup_reset(struct cgroups *, size_t slot);
/* Has the kernel killed something in the slot for want of memory since the reset? */
bool	cgroup_oom(const struct cgroups *, size_t slot);
/* Kill everything in the slot's cgroup at once (cgroup.kill, Linux 5.14). 0, or -1 with errno. Harmless when not on. */
int	cgroup_kill(const struct cgroups *, size_t slot);
/* Remove the directories; everything in them is dead. */
void	cgroup_close(struct cgroups *);

/*** layers.c - the fences that this machine gives: found once, used whole or not at all ***/

enum layer {
	LAYER_CHROOT, LAYER_UID, LAYER_CAPS, LAYER_RLIMITS, LAYER_SECCOMP,      /* the floor */
	LAYER_LISTENER, LAYER_LANDLOCK, LAYER_USER, LAYER_MOUNT, LAYER_LOCKS, LAYER_PID, LAYER_IPC, LAYER_UTS, LAYER_NET,
	LAYER_MEMORY, LAYER_PIDS, LAYER_KILL, LAYER_CONNECT, LAYER_SERVER, LAYERS
};

struct layer_state {
	bool wanted;                    /* not switched off by configuration */
	bool on;
	char why[160];                  /* when off: the reason, for people */
};

struct layers {
	struct layer_state of[LAYERS];
	int landlock_abi;               /* as far as we know it; 0: none, or switched off */
	int pid_ns, net_ns;             /* of the runs; -1: the machine's */
	int connect_fd;                 /* Landlock ruleset: every TCP port but ours; -1: not needed */
	int no_tcp_fd;                  /* the same, for a run without network: no TCP at all; -1: not to be had */
	pid_t keeper;                   /* init of pid_ns; 0: there is none. Its end is the end of every run */
};

/* Read the layers option, "-NAME,-NAME". 0, or -1 with why (size n). */
int	layers_read(struct layers *, const char *list, char *why, size_t n);
void	layer_on(struct layers *, enum layer);
void	layer_off(struct layers *, enum layer, const char *why, ...) __attribute__((format(printf, 3, 4)));
const char *layer_name(enum layer);
const char *layer_covers(enum layer);
/* One line each: "layer NAME on|off TEXT", "floor" for what cannot be switched off. 0 or -1 (buf). */
int	layers_list(const struct layers *, struct buf *);
/* All in one line, appended to out. */
void	layers_line(const struct layers *, char *out, size_t n);

/* What is not negative; else -1 with errno, from a negative errno (enter.h). */
int	failing(int);
/* Is this capability effective? */
bool	has_cap(int cap);
/* Give up, in this process, every capability; every group; every other uid. Each proves it. 0 or -1 with errno. */
int	drop_caps(void);
/* Give up all but these, a bit for each. 0 or -1 with errno. */
int	keep_caps(uint64_t);
int	drop_groups(gid_t);
int	drop_uid(uid_t);

void	landlock_find(struct layers *);
/*
 * A ruleset that reads and executes root_fd and writes scratch_fd. own: root_fd
 * is the machine's own root, of which only what interpreters need is let
 * through, and two paths in it (empty: none). A descriptor, or -1 with errno.
 */
int	landlock_rules(const struct layers *, int root_fd, int scratch_fd, bool own, const char *const more[2]);
/* What is below the directory may be executed too. 0 or -1 with errno. */
int	landlock_execute(int rules, int fd);
/* Make l->connect_fd. 0 or -1 with errno. */
int	landlock_connect(struct layers *, uint16_t port);
/* Make l->no_tcp_fd, where the kernel's Landlock knows TCP. 0 or -1 with errno. */
int	landlock_no_tcp(struct layers *);
/* Take on a ruleset that allows nothing at all. 0 or -1 with errno. */
int	landlock_nothing(const struct layers *);

/* Without root: a user namespace in which this process's only uid and gid are `inside`. The layer says whether. */
void	user_enter(struct layers *, uid_t inside);
/* This process's ipc and uts namespaces, the keeper with pid and net; its uid, 0: as ours. The layers say what is. */
void	namespaces_open(struct layers *, uid_t keeper_uid);
/* From here on children are born in the runs' pid namespace. 0 or -1 with errno. */
int	namespaces_enter(const struct layers *);
/* And from here on in ours again: theirs is dead with its keeper, and nothing is born there. 0 or -1 with errno. */
int	namespaces_leave(const struct layers *);

/*** mount.c - the tree that runs live in: a mount namespace with nothing else in it ***/

struct tree_spec {
	const char *roots[RT_COUNT];    /* absolute paths outside; NULL: none */
	size_t n_slots;
	uid_t first;                    /* of the slots, whose uids are in a row */
	uid_t others[RT_COUNT];         /* more of them; 0: none */
	bool one_uid;                   /* they all belong to this process's */
	uint64_t bytes, files;          /* of each slot's scratch directory */
	struct {                        /* directories of packages: shown read-only in the roots; */
		const char *shown, *at; /* outside (NULL: none); below a root */
		int *failed;            /* an errno where that cannot be done */
	} packages[RT_COUNT];
};

/*
 * Leave the machine's filesystem for a tree made of the roots. *overlay in:
 * wanted; out: done. 0, or -1 with errno and *step; then nothing has changed.
 * -2, likewise: half of it is done, and this process can go no further.
 */
int	tree_make(const struct tree_spec *, bool *overlay, const char **step);
/* In the tree: a slot's root filesystem. */
void	tree_path(uid_t, enum runtime, char *path, size_t n);
/* In the tree: a slot's scratch directory, opened. A descriptor, or -1 with errno. */
int	tree_scratch(uid_t);

/*** embed.c - the files that this program carries ***/

/* One of runtime/, or helper.so; n (may be NULL) is its size, a NUL follows. What is not there ends the program. */
char	*embedded(const char *name, size_t *n);

/*** jail.c - everything between fork and the program's first instruction, and after its last ***/

#define SLOTS_MAX 1024                  /* the bound of max_workers */
#define SLOTS_NONE ((size_t)-1)
#define UID_UNIT 64                     /* uids that are locked together */
#define UIDS_OURS 5                     /* of a block, at its end: server, keeper, two templates, installer */

#define SLOT_FD_REPORT 0                /* offset from max_files: the report socket */
#define SLOT_FD_LANDLOCK 1              /* the slot's Landlock ruleset */
#define SLOT_FD_TCP 2                   /* the ruleset for TCP */
#define SLOT_FDS 16                     /* these and the room to put descriptors in order */

/* A root filesystem with an interpreter in it. */
struct root {
	int fd;                         /* O_PATH directory; -1: this language cannot be run here */
	int scratch_fd;                 /* the directory that holds the slots' scratch directories */
	char path[PATH_LEN];            /* outside */
	char scratch[64];               /* inside, without a slash at the end */
	char interpreter[PATH_LEN];     /* inside */
	char why[256];                  /* when fd is -1: the reason */
	struct filter filters[2];       /* [network] */
	struct filter template;         /* its template's; prog NULL: there is none */
};

/* The right to run one program: an identity and a scratch directory in each root. */
struct slot {
	uid_t uid;                      /* the gid is the same number */
	char name[32];                  /* of its scratch directory in a root; runs that share a uid cannot guess it */
	int scratch_fd[RT_COUNT];       /* -1: that root is not there */
	int landlock_fd[RT_COUNT];      /* ruleset; -1: no Landlock */
};

#define GENERATION_LEN 16               /* of a generation's name, with its NUL */

/* Where a language's packages are (packages.c). */
struct packages {
	char base[PATH_LEN];            /* outside */
	int fd, shown;                  /* the language's own directory in it, and what runs see of that; -1: there is none */
	bool outside;                   /* not in the root filesystem: it is mounted there, */
	char at[PATH_LEN];              /* here, without a slash before it; else the base's place in there */
	char inside[PATH_LEN + 32];     /* where runs find generations */
	char why[PATH_LEN];             /* when fd is -1: the reason */
	char name[GENERATION_LEN];      /* the generation that runs use; empty: none */
	char env[PATH_LEN + 80];        /* how they find it; empty: not at all */
};

struct jail {
	const struct config *config;
	struct root roots[RT_COUNT];
	struct packages packages[RT_COUNT];
	struct slot installer;                  /* the identity of pip and npm */
	struct { pid_t pid; int server, monitor; } deps;        /* the process that starts them; our ends to it, or -1 */
	struct slot *slots;             /* owned, n_slots of them */
	size_t n_slots;
	bool warm;                              /* there may be templates; */
	bool split;                             /* two for each language: by network */
	char cold[128];                         /* else the reason */
	struct slot templates[RT_COUNT];        /* their identities and scratch directories, where there may be */
	int claims[2 * SLOTS_MAX / UID_UNIT];   /* locks on the uids, for the whole machine */
	size_t n_claims;
	struct layers layers;
	struct cgroups cgroups;
	bool exec_answered;                     /* the listener sees the execve of each run */
	bool one_uid;                           /* not root: the runs and the server have the same */
	bool network;                           /* a run may have it: allowed, and kept from our own port */
	uid_t server_uid;                       /* for the process that parses requests */
	int void_fd;                            /* a directory that has been removed: its root */
	char *env[2][32];               /* [network], NULL-terminated, HOME and TMPDIR left open */
	size_t n_env[2];
};

const char *runtime_name(enum runtime);                 /* "python3", "nodejs" */
int	runtime_find(struct slice name);                /* or -1 */

/* The descriptors of a run, [0] read by the server, [1] written by the run; -1 where there is none. */
struct jail_ends {
	int in, out[2], err[2], code;
};

/*
 * Make them; code is valid UTF-8. 0, or -1 with errno and *step; what was
 * opened is in the struct either way, owned by the caller.
 */
int	jail_ends_make(struct jail_ends *, struct slice preload, struct slice code, const char **step);
/* Close those that are the child's. */
void	jail_ends_close(struct jail_ends *);

struct limit;
struct order;
/* The limits of a run in that language, LIMITS at most; how many. */
uint32_t jail_limits(const struct jail *, enum runtime, struct limit *);
/* Where the interpreter's root is for that slot; its scratch directory in there. */
void	jail_places(const struct jail *, const struct slot *, enum runtime, char *tree, size_t, char *cwd, size_t);
/* A copy of the text at an address that nobody can guess; NULL with errno. */
char	*jail_hide(const char *text);
/*
 * Landlock's rules for TCP that a template takes on for all of its copies; -1: each has its own. In a network of
 * its own, where there is nobody to talk to, what it imports does not miss it.
 */
int	jail_template_tcp(const struct jail *, bool network);
/*
 * The order for a copy in slot number place. fds[0] stays for its line; those
 * after it are the jail's, and stay that. The number of descriptors, or -1 with errno.
 */
int	jail_order(const struct jail *, size_t place, enum runtime, bool network, struct order *, int *fds);

/* Fork a cold run in slot number place; of the ends only the child's are used. Its pid, or -1 with errno and *step. */
pid_t	jail_start(struct jail *, size_t place, enum runtime, bool network, const struct jail_ends *, int report,
    const char **step);

/* Go through every step but the exec once, in slot 0. 0, or -1 with why (size n). */
int	jail_probe(struct jail *, enum runtime, bool network, char *why, size_t n);

/* An installer: pip or npm, in a jail like a run's, but for what it may write. */
struct install {
	enum runtime runtime;
	bool network, scripts;          /* scripts: it may start processes, and execute what it has written */
	int work;                       /* the one directory that it may write, work/ of its packages, */
	const char *cwd;                /* and its name in the root filesystem */
	int out, parameters, report;
};
/* Fork it, in slot number n_slots. Its pid, or -1 with errno and *step, or with why (size n). */
pid_t	jail_install(const struct jail *, const struct install *, const char **step, char *why, size_t n);

/* Close the descriptor, unless it is -1, which it is then. */
void	close_fd(int *);
/* All of it, to a blocking descriptor. 0 or -1 with errno. */
int	write_all(int fd, struct slice);
/* A directory below `at` that is no link, to be closed with closedir(3); NULL with errno. */
DIR	*open_dir(int at, const char *name);
bool	is_dots(const char *name);
/* Remove everything in the directory, following nothing. 0, or -1 with errno. */
int	empty_scratch(int fd);
/* Close every descriptor in [first, last]; every one but the n in keep, which is sorted then. 0 or -1 with errno. */
int	close_fds(unsigned first, unsigned last);
int	close_others(int *keep, size_t n);
/* Give up the capability bounding set. 0 or -1 with errno. */
int	drop_bounding(void);

enum jail_event { JAIL_AGAIN, JAIL_RUNNING, JAIL_LISTENER, JAIL_FAILED };
struct jail_report {
	enum jail_event event;
	int listener;                   /* JAIL_LISTENER: owned by the caller */
	const char *step;               /* JAIL_FAILED: static */
	int error;                      /* JAIL_FAILED: errno there */
};
/* One record of the report socket. JAIL_RUNNING is its end: the program has been started, or the child died before. */
struct jail_report jail_report(int fd);

/*
 * Answer one request of the listener: the first execve of a run that is still
 * starting goes on, everything else gets EPERM, or goes on too (all, for a
 * trace). The number of such a call (args are its arguments), -1 when there was
 * none, -2 when the listener is at its end, -3 when the process says that it is
 * about to exit, with status args[1]: nobody vouches for that.
 */
int	jail_answer(int listener, bool *exec_allowed, bool all, uint64_t args[6]);

/*
 * Fork a child that kills everything of the slot's uid, waits up to patience_ms
 * for the last of it to be reaped, and empties the scratch directories. Its
 * pid, or -1 with errno. It exits 0 when nothing is left, else with an errno.
 */
pid_t	jail_sweep(const struct jail *, size_t place, unsigned patience_ms);
/*
 * Kill everything of a uid of ours that is not a slot's (place: its cgroup's number; SLOTS_NONE: it has none), and
 * wait up to patience_ms for it, reaping whatever ends. As root. 0 when nothing is left, or -1 with errno.
 */
int	jail_end(const struct jail *, uid_t uid, size_t place, unsigned patience_ms);
/* The same for an installer, in a child that is not waited for. Its pid, or -1 with errno. */
pid_t	jail_end_installer(const struct jail *, unsigned patience_ms);
/* Is there nothing to sweep: no process of the slot's uid, an empty scratch directory? */
bool	jail_clean(const struct jail *, size_t place);

struct usage {
	uint64_t bytes, files;
	bool too_deep;
};
/* Count what is below the directory, until one of these is passed. 0 or -1 with errno. */
int	jail_count(int fd, uint64_t bytes_max, uint64_t files_max, struct usage *);
/* Count what the run pid has in the slot's scratch directory, until a limit is passed. 0 or -1 with errno. */
int	jail_usage(const struct jail *, size_t place, enum runtime, pid_t pid, struct usage *);

/*** packages.c - where packages are, and how a run finds them ***/

/* Before the tree of mounts: their directories (make: made where they are not there). */
void	packages_find(struct jail *, bool make);
/* After it: failed is an errno for each language whose directory could not be mounted, or 0. */
void	packages_settle(struct jail *, const int *failed);
/* Is it a generation's? "g" and six digits or more. */
bool	packages_is_name(const char *);
/* What `current` names; empty: nothing. */
void	packages_current(const struct packages *, char name[GENERATION_LEN]);
/* From here on runs start with that generation. */
void	packages_use(struct jail *, enum runtime, const char *name);

/*** deps.c - the process that has packages installed ***/

/* Fork the process, before the tree of mounts. 0 or -1 with errno. */
int	deps_start(struct jail *);
/* It may begin. */
void	deps_go(const struct jail *);
/*
 * In the monitor, when j->deps.monitor is readable: runs use a new generation. Of that language, or
 * RT_COUNT: the same; then deps_taken_done() tells the process. -1: nothing came; -2: it is at its end.
 */
int	deps_taken(struct jail *);
void	deps_taken_done(const struct jail *);
/* End it, and the install that goes on. */
void	deps_stop(struct jail *);

/* In the server, with its loop there: told() gets the answers. 0 or -1 with errno. */
int	deps_watch(const struct jail *, void (*told)(enum runtime, bool ok, struct slice text));
/* Install what is wanted (force: also what has been installed and may be newer now). 0 or -1 with errno. */
int	deps_ask(enum runtime, bool force);

/*** usher.c - the process that has a template for its child ***/

/* The usher's ends: its orders (SOCK_SEQPACKET), the template's deaths (likewise), what both print. */
struct usher_ends {
	int orders, deaths, log;
};

/* Write helper.so where the template will find it; remove it. 0 or -1 with errno. */
int	usher_helper(const struct jail *, enum runtime);
void	usher_helper_gone(const struct jail *, enum runtime);
/* Fork it, in the runs' pid namespace. The ends stay the caller's. Its pid, or -1 with errno. */
pid_t	usher_start(const struct jail *, enum runtime, bool network, const struct usher_ends *);

/*** warm.c - templates, and the copies that runs are made of; in the monitor ***/

/* What people are told of the templates of a kind: 2 * runtime, + 1 for those with a network of their own. */
struct warm_state {
	uint32_t kind;
	int32_t pid;                    /* of the one that serves; 0: none */
	char state[12];                 /* "ready", "starting", "waiting" (after a failure), "due", "off" */
	char why[160];                  /* when not ready: what it complained of */
};

struct death;
struct warm_events {
	void (*begun)(size_t place, int listener);      /* it has taken its run; the descriptor goes with it (-1: none) */
	void (*ended)(size_t place, const struct death *);      /* a run that it took */
	void (*cold)(size_t place, const int *fds);             /* one that it took and could not begin: fds are borrowed */
	void (*ready)(size_t place, int kind);                  /* a copy waits there, of 2 * runtime + network; -1: none */
	void (*state)(const struct warm_state *);
};

/* Start the templates, where there may be any. All slots are idle. 0 or -1 with errno. */
int	warm_open(struct jail *, const struct warm_events *);
/* Give a run to a copy. True: the descriptors are taken, and set to -1. False: it has to start cold. */
bool	warm_start(size_t place, enum runtime, bool network, int *fds);
/* Kill what runs there as a copy; ended() follows, or has been called. False: there is none. */
bool	warm_kill(size_t place);
/* The copy's process, or 0. */
pid_t	warm_pid(size_t place);
/* The slot is idle: it may get a copy for its next run. */
void	warm_idle(size_t place);
/* A slot could not be cleared: a template that does not reap its copies could be why. */
void	warm_suspect(void);
/* That language's packages have changed: nothing starts with the old ones from here on. */
void	warm_replace(enum runtime);
/* End all of it, and wait for that. */
void	warm_close(void);

/*** monitor.c - the privileged process, and the messages by which the server asks it ***/

/* How a run's process ended. */
struct monitor_end {
	int status;                     /* of wait(2) */
	int64_t cpu_ms, peak_kb;
	bool out_of_memory;             /* the kernel killed something of the slot's */
	bool warm;                      /* it was a copy of a template */
	bool clean;                     /* it left nothing: the slot is free, and must not be swept */
};

/* Called in the server process, from its loop, about slot number place. */
#define BEGUN_LOST (-2)
struct monitor_events {
	void (*failed)(size_t place, const char *step, int error);      /* it could not be started */
	/*
	 * It could. fd goes with it: of a copy (warm) its listener, -1 if it has none; else where the child reports
	 * (jail_report). BEGUN_LOST: there was no descriptor left for it.
	 */
	void (*begun)(size_t place, bool warm, int fd);
	void (*ended)(size_t place, const struct monitor_end *);
	void (*swept)(size_t place, int error);                         /* 0, or why not all of it is gone */
	void (*usage)(size_t place, const struct usage *);
	void (*ready)(size_t place, int kind);                          /* of warm.c, which see */
	void (*warm)(const struct warm_state *);
	void (*gone)(void);                                             /* the monitor is: no run can be started any more */
};

/*
 * Split off the unprivileged process. Returns in it with 0 (its end of the
 * socket is kept here), or -1 with why (size n). In the privileged process it
 * serves that child until it ends and does not return: everything of the jail
 * is given back, and the exit status is the child's (failure when it had none).
 * theirs: descriptors that only the server is to have.
 */
int	monitor_split(struct jail *, int failure, const int *theirs, size_t n_theirs, char *why, size_t n);
/* In the server: give up what it does not need but (besides the log) these descriptors. 0, or -1 with why (size n). */
int	monitor_confine(const struct jail *, const int *keep, size_t n_keep, char *why, size_t n);
/* In the server, with its loop there: listen to the monitor. 0 or -1 with errno. */
int	monitor_watch(const struct monitor_events *);
/* Start a run; of the ends the child's are passed on. 0 or -1 with errno. failed() or ended() comes later. */
int	monitor_start(size_t place, enum runtime, bool network, const struct jail_ends *);
/* Kill it; clear the slot after its end; count what is in its scratch directory. Events answer. */
void	monitor_kill(size_t place);
void	monitor_sweep(size_t place);
void	monitor_look(size_t place);

/*** setup.c - what is found and made before the first run ***/

/*
 * Find the root filesystems and layers, take n_slots identities (warm: and the
 * templates'), compile the filters. At least one root must be usable. The process is then in the mount,
 * ipc and uts namespaces of the runs. 0, or -1 with why (size n).
 */
int	setup_open(struct jail *, const struct config *, size_t n_slots, bool warm, config_warn *, char *why, size_t n);
/* The directory above the interpreter's own, for a root that is the machine's: "usr" of /usr/bin/python3. */
void	setup_prefix(const struct root *, char *prefix, size_t n);
/* From here on children are born in the runs' pid namespace. 0 or -1 with errno. */
int	setup_enter(const struct jail *);
/* Give the slots' directories back. */
void	setup_close(struct jail *);

/*** run.c - slots, queue and the life of a run between a request and its answer ***/

enum verdict {
	RUN_OK, RUN_EXITED, RUN_SIGNALED, RUN_TIMEOUT, RUN_CPU, RUN_OUTPUT, RUN_FILE_SIZE, RUN_SCRATCH,
	RUN_FILES, RUN_MEMORY, RUN_CANCELLED, RUN_FAILED
};

#define REFUSED_MAX 8                   /* different calls named for one run */
#define REFUSED_ALIKE 3                 /* of them the same call with other arguments */
#define CALL_NAME_MAX 128

struct run;
struct run_request {
	enum runtime runtime;
	bool network;
	struct buf code, preload;       /* owned by the run from run_submit on */
	int64_t wall_ms;
	int pass_fd[2];                 /* >= 0: output goes there at once instead of into the result */
	/*
	 * Called once. The result is borrowed until it returns; not called for a run that was cancelled. Where
	 * run_is_leaving(), the process is about to end: what it has used is known when over() is called, which for
	 * other runs it is not. over NULL: nobody asks.
	 */
	void (*done)(void *ctx, const struct run *);
	void *ctx;
	void (*over)(const struct run *);
};

struct run_result {
	enum verdict verdict;
	int exit_code;                  /* or -1 when a signal ended it */
	int signo;
	struct buf out, err;
	struct refused {
		char name[CALL_NAME_MAX];
		int nr;
		const char *hint;       /* static */
	} refused[REFUSED_MAX];
	size_t n_refused;
	unsigned refusals;              /* in all */
	const char *step;               /* RUN_FAILED: what could not be done, and errno */
	int error;
	int64_t queued_ms, run_ms, cpu_ms, peak_kb;
};

#define WARM_KINDS (RT_COUNT * 2)
struct run_stats {
	size_t slots, busy, queued;
	uint64_t runs, failed;
	struct {                        /* by kind: 2 * runtime + network */
		uint64_t runs;          /* made of copies */
		size_t ready;           /* copies that wait */
	} warm[WARM_KINDS];
	const struct warm_state *templates;     /* WARM_KINDS of them; state empty: there is no such template */
};

/* The slots are the jail's, their monitor is there. gone() is called when it is not any more. 0 or -1 with errno. */
int	run_open(const struct jail *, const struct config *, void (*gone)(void));
/*
 * Queue a run. NULL with errno EAGAIN when max_requests are running or waiting,
 * or ENOMEM; the request's buffers are the caller's then.
 */
struct run *run_submit(const struct run_request *);
/* The client is gone: kill it, or take it from the queue. done() will not be called. */
void	run_cancel(struct run *);
/* Kill everything that runs, drop what waits: a second SIGTERM. */
void	run_abort(void);
/* From here on refused calls go on, and seen() is told of each: a jail to try a program in, never a server's. */
void	run_trace(void (*seen)(int nr, const uint64_t args[6]));
struct run_stats run_stats(void);
const struct run_result *run_result(const struct run *);
/* In done(): is over() still to come? */
bool	run_is_leaving(const struct run *);
/* The number of its slot, which no other run has until it is over. */
size_t	run_place(const struct run *);
const struct run_request *run_request(const struct run *);
const char *verdict_name(enum verdict);
/* What the sandbox says of a run's end: "error: timeout\n" and the like; nothing for a plain exit. 0 or -1 (buf). */
int	run_notes(const struct run *, struct buf *);

/*** server.c - connections, routes, answers ***/

/* How many connections the descriptors allow, up to max_connections; 0: too few for the runs. Raises the soft limit. */
size_t	server_connections(const struct config *);
/* Bind the address, while there is the privilege. A descriptor, or -1 with why (size n). */
int	server_listen(const struct config *, char *why, size_t n);
/* Serve it. n_conns records are taken now. 0, or -1 with why (size n). */
int	server_open(int listener, const struct config *, const struct jail *, size_t n_conns, char *why, size_t n);
/* For loop_run(): recycle, and go on with pipelined requests. */
void	server_swept(void);
/* Stop accepting, close what is idle, let runs end; then loop_stop(). */
void	server_drain(void);
/* After the loop: log what was answered and is not over. */
void	server_close(void);

/*** peer.c - whose socket is at the other end of a connection on this machine ***/

/* A descriptor that is kept here, or -1 with errno. */
int	peer_open(void);
/*
 * Of an accepted TCP connection: 1 when the other end is on this machine, *uid
 * its owner, or (uid_t)-1 when it has been closed; 0 when it is elsewhere; -1 with errno.
 */
int	peer_uid(int fd, uid_t *uid);

/*** log.c - one line per event; the only writer to stdout and stderr while serving ***/

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* A line under construction: log_open, any number of fields, log_close writes it. */
struct log_line {
	enum log_level level;
	size_t len;
	bool off;                       /* below the level that is logged */
	bool full;                      /* a field did not fit and was left out */
	char text[4096];
};

/*
 * path NULL or "": stdout, and stderr for warnings and errors; otherwise appended
 * to that file, or to sandbox.log in that directory. 0 or -1.
 */
int	log_setup(const char *path, bool json, bool debug);
/* The descriptor of the log file, or -1. */
int	log_fd(void);
void	log_open(struct log_line *, enum log_level, const char *event);
void	log_str(struct log_line *, const char *key, struct slice);
void	log_text(struct log_line *, const char *key, const char *);
void	log_num(struct log_line *, const char *key, int64_t);
void	log_close(struct log_line *);
/* The whole of a line with one message: event, msg=text. */
void	log_msg(enum log_level, const char *event, const char *, ...) __attribute__((format(printf, 3, 4)));

/*** client.c - the little HTTP client: `sandbox health`, and `curl` for compose health probes ***/

/* argv without the program's name. Returns the process's exit status. */
int	client_health(int argc, char **argv, const struct config *);
int	client_curl(int argc, char **argv);

#endif
