/*
 * config.c - one table of options; everything about configuration walks it.
 *
 *   default --> conf/config.yaml --> environment --> command line
 *      \---------------\---- set() ----/------------------/
 *
 * Each source hands (option, text) to the same setter, so a value means the
 * same wherever it stands, and an error names key, value, bounds and source. A
 * new option is one row here and one field in struct config; help, README table,
 * dump and tests follow.
 *
 * The file is read as a subset of YAML 1.2, chosen so that what DifySandbox
 * ships is read as it is. What we accept, a YAML library reads the same way,
 * but for one thing: `app.port: 1` is app's port.
 *
 *   read      block maps, block and flow lists of scalars (flow ones also over
 *             several lines), flow maps, plain, 'single' and "double" scalars
 *             on one line, null, comments, one ---, CRLF, a BOM
 *   refused   with line and reason: tabs between tokens, anchors, aliases,
 *             tags, block text (| and >), directives, a second document, scalars
 *             over several lines, anything but scalars in a list
 *
 * An unknown key is a warning, so that a newer file does not stop an older
 * server; a duplicate key is an error. Nothing here exits the process, and the
 * readers are pure over memory: only config_load() opens a file.
 */
#include "sandbox.h"

#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_DEFAULT "conf/config.yaml"
#define FILE_LEN_MAX (1024 * 1024)
#define KEY_LEN 128                     /* a dotted path with its NUL */
#define DEPTH_MAX 8                     /* of maps in maps */
#define UID_MAX 65535                   /* what a user namespace of 64 Ki ids can hold */

/*** The options ***/

enum kind { NUM, BOOL, TEXT, URL, ADDR, CHOICE, LIST, SPAN, SECRET, IGNORED };

#define AT(f) offsetof(struct config, f)

/* Bounds are a NUM's value, a SPAN's seconds, else the length in bytes; a field's size is max + 1 then. */
static const struct option {
	const char *key, *env;          /* env NULL: none */
	enum kind kind;
	const char *def;                /* parsed like user input */
	int64_t min, max;
	size_t at;
	const char *help;               /* CHOICE: the words, then ':' */
} options[] = {
	{ "app.port",                    "SANDBOX_PORT",                NUM,     "8194",         1,    65535,
	    AT(port), "TCP port to listen on" },
	{ "app.debug",                   "DEBUG",                       BOOL,    "false",        0,    0,
	    AT(debug), "log more" },
	{ "app.key",                     "API_KEY",                     SECRET,  "dify-sandbox", 1,    TEXT_LEN - 1,
	    AT(key), "what X-Api-Key must be" },
	{ "listen",                      "SANDBOX_LISTEN",              ADDR,    "::",           2,    TEXT_LEN - 1,
	    AT(listen), "address; :: is all, IPv4 too" },
	{ "max_workers",                 "MAX_WORKERS",                 NUM,     "4",            1,    1024,
	    AT(max_workers), "programs at a time" },
	{ "max_requests",                "MAX_REQUESTS",                NUM,     "50",           1,    100000,
	    AT(max_requests), "runs going and waiting; over it 503" },
	{ "max_connections",             "SANDBOX_MAX_CONNECTIONS",     NUM,     "4096",         16,   100000,
	    AT(max_connections), "open connections" },
	{ "max_body_mb",                 "SANDBOX_MAX_BODY_MB",         NUM,     "32",           1,    1024,
	    AT(max_body_mb), "request body, MiB; over it 413" },
	{ "worker_timeout",              "WORKER_TIMEOUT",              NUM,     "5",            1,    3600,
	    AT(worker_timeout), "wall clock per run, seconds" },
	{ "max_memory_mb",               "SANDBOX_MAX_MEMORY_MB",       NUM,     "512",          64,   1048576,
	    AT(max_memory_mb), "memory per run, MiB" },
	{ "max_output_mb",               "SANDBOX_MAX_OUTPUT_MB",       NUM,     "16",           1,    1024,
	    AT(max_output_mb), "stdout and stderr, each, MiB" },
	{ "max_file_mb",                 "SANDBOX_MAX_FILE_MB",         NUM,     "64",           1,    1048576,
	    AT(max_file_mb), "one written file, MiB" },
	{ "max_scratch_mb",              "SANDBOX_MAX_SCRATCH_MB",      NUM,     "128",          1,    1048576,
	    AT(max_scratch_mb), "all written files, MiB" },
	{ "max_scratch_files",           "SANDBOX_MAX_SCRATCH_FILES",   NUM,     "4096",         16,   1048576,
	    AT(max_scratch_files), "files and directories per run" },
	{ "max_threads",                 "SANDBOX_MAX_THREADS",         NUM,     "64",           1,    4096,
	    AT(max_threads), "threads per run" },
	{ "max_files",                   "SANDBOX_MAX_FILES",           NUM,     "256",          16,   4096,
	    AT(max_files), "open descriptors per run" },
	{ "uid_base",                    "SANDBOX_UID_BASE",            NUM,     "50000",        1000, 65000,
	    AT(uid_base), "first of max_workers uids and gids" },
	{ "python_path",                 "PYTHON_PATH",                 TEXT,    "",             0,    PATH_LEN - 1,
	    AT(python_path), "inside its root; empty: looked for" },
	{ "nodejs_path",                 "NODEJS_PATH",                 TEXT,    "",             0,    PATH_LEN - 1,
	    AT(nodejs_path), "inside its root; empty: looked for" },
	{ "python_rootfs",               "SANDBOX_PYTHON_ROOTFS",       TEXT,    "",             0,    PATH_LEN - 1,
	    AT(python_rootfs), "Python's root; empty: looked for" },
	{ "nodejs_rootfs",               "SANDBOX_NODEJS_ROOTFS",       TEXT,    "",             0,    PATH_LEN - 1,
	    AT(nodejs_rootfs), "Node's root; empty: looked for" },
	{ "enable_network",              "ENABLE_NETWORK",              BOOL,    "true",         0,    0,
	    AT(enable_network), "allow runs that ask for network" },
	{ "enable_preload",              "ENABLE_PRELOAD",              BOOL,    "false",        0,    0,
	    AT(enable_preload), "run a request's preload" },
	{ "templates",                   "SANDBOX_TEMPLATES",           BOOL,    "true",         0,    0,
	    AT(templates), "run in copies of a warm interpreter" },
	{ "ready_children",              "SANDBOX_READY_CHILDREN",      BOOL,    "true",         0,    0,
	    AT(ready_children), "a copy ready for each idle slot" },
	{ "template_max_runs",           "SANDBOX_TEMPLATE_MAX_RUNS",   NUM,     "100000",       1,    1000000000,
	    AT(template_max_runs), "then a new template takes over" },
	{ "preload_modules.python3",     "SANDBOX_PRELOAD_PYTHON3",     LIST,    "json,base64,jinja2", 0, LIST_LEN - 1,
	    AT(python_preload), "imported before any run" },
	{ "preload_modules.nodejs",      "SANDBOX_PRELOAD_NODEJS",      LIST,    "",             0,    LIST_LEN - 1,
	    AT(nodejs_preload), "loaded before any run" },
	{ "allowed_syscalls",            "ALLOWED_SYSCALLS",            LIST,    "",             0,    LIST_LEN - 1,
	    AT(allowed_syscalls), "names or numbers, added to ours" },
	{ "layers",                      "SANDBOX_LAYERS",              LIST,    "",             0,    TEXT_LEN - 1,
	    AT(layers), "isolation layers; -name leaves one out" },
	{ "allow_weak_isolation",        "SANDBOX_ALLOW_WEAK_ISOLATION", BOOL,   "false",        0,    0,
	  AT(allow_weak_isolation),      "run on / without Landlock, network without a fence" },
	{ "proxy.socks5",                "SOCKS5_PROXY",                URL,     "",             0,    TEXT_LEN - 1,
	    AT(proxy_socks5), "given to runs with network" },
	{ "proxy.http",                  "HTTP_PROXY",                  URL,     "",             0,    TEXT_LEN - 1,
	    AT(proxy_http), "given to runs with network" },
	{ "proxy.https",                 "HTTPS_PROXY",                 URL,     "",             0,    TEXT_LEN - 1,
	    AT(proxy_https), "given to runs with network" },
	{ "python_pip_mirror_url",       "PIP_MIRROR_URL",              URL,     "",             0,    TEXT_LEN - 1,
	    AT(python_pip_mirror_url), "package index for pip" },
	{ "python_deps_update_interval", "PYTHON_DEPS_UPDATE_INTERVAL", SPAN,    "30m",          1,    31536000,
	    AT(python_deps_update_interval), "as 90s, 30m, 1h30m" },
	{ "npm_registry",                "SANDBOX_NPM_REGISTRY",        URL,     "",             0,    TEXT_LEN - 1,
	    AT(npm_registry), "package registry for npm" },
	{ "dependencies_dir",            "SANDBOX_DEPENDENCIES_DIR",    TEXT,    "",             0,    PATH_LEN - 1,
	    AT(dependencies_dir), "what to install; empty: looked for" },
	{ "packages_dir",                "SANDBOX_PACKAGES_DIR",        TEXT,    "",             0,    PATH_LEN - 1,
	    AT(packages_dir), "where; empty: in the root filesystems" },
	{ "offline",                     "SANDBOX_OFFLINE",             BOOL,    "false",        0,    0,
	    AT(offline), "install from files alone" },
	{ "pip_sdists",                  "SANDBOX_PIP_SDISTS",          BOOL,    "false",        0,    0,
	    AT(pip_sdists), "build what is no wheel: runs its setup" },
	{ "npm_scripts",                 "SANDBOX_NPM_SCRIPTS",         BOOL,    "false",        0,    0,
	    AT(npm_scripts), "run packages' install scripts" },
	{ "install_timeout",             "SANDBOX_INSTALL_TIMEOUT",     SPAN,    "10m",          1,    86400,
	    AT(install_timeout), "for one install" },
	{ "install_memory_mb",           "SANDBOX_INSTALL_MEMORY_MB",   NUM,     "1024",         64,   1048576,
	    AT(install_memory_mb), "memory for pip or npm, MiB" },
	{ "max_packages_mb",             "SANDBOX_MAX_PACKAGES_MB",     NUM,     "2048",         1,    1048576,
	    AT(max_packages_mb), "a language's packages, MiB" },
	{ "log_path",                    NULL,                          TEXT,    "",             0,    PATH_LEN - 1,
	    AT(log_path), "file to append to; empty: stdout, stderr" },
	{ "log_format",                  "SANDBOX_LOG_FORMAT",          CHOICE,  "text",         0,    TEXT_LEN - 1,
	    AT(log_format), "text|json: form of a log line" },
	/* DifySandbox's that have no meaning here: a value is a warning with this reason, NULL is silence. */
	{ "gin_mode",                    "GIN_MODE",                    IGNORED, "",             0,    0,
	    0, NULL },
	{ "python_lib_path",             "PYTHON_LIB_PATH",             IGNORED, "",             0,    0,
	    0, "the root filesystem holds the libraries" },
	{ "nodejs_lib_path",             "NODEJS_LIB_PATH",             IGNORED, "",             0,    0,
	    0, "the root filesystem holds the libraries" },
	{ "system_lib_requirements",     "SYSTEM_LIB_REQUIREMENTS",     IGNORED, "",             0,    0,
	    0, "the root filesystem holds the libraries" },
	{ "proxy.no_proxy",              NULL,                          IGNORED, "",             0,    0,
	    0, "not supported" },
	{ "allowed_env_vars",            NULL,                          IGNORED, "",             0,    0,
	    0, "not supported: a run's environment is built, never inherited" },
};

/* The option of that dotted path, or NULL. */
static const struct option *
find(struct slice key)
{
	for (size_t i = 0; i < LEN(options); i++)
		if (slice_is(key, options[i].key))
			return &options[i];
	return NULL;
}

/* The first option below the map of that path, or NULL: no such map. */
static const struct option *
find_below(struct slice map)
{
	for (size_t i = 0; i < LEN(options); i++)
		if (strlen(options[i].key) > map.n && options[i].key[map.n] == '.' &&
		    memcmp(options[i].key, map.p, map.n) == 0)
			return &options[i];
	return NULL;
}

/*** Reports: where a setting came from, and what is wrong with it ***/

struct report {
	const char *source;             /* a file's name, "environment MAX_WORKERS", ... */
	unsigned line;                  /* 0: not a file */
	char *why;
	size_t n;
	config_warn *warn;              /* may be NULL */
};

/* Write "source:line: " and the text; what does not fit is cut, these are words for people. */
static void __attribute__((format(printf, 4, 0)))
say(const struct report *rep, char *out, size_t n, const char *fmt, va_list ap)
{
	int at = rep->line > 0 ? snprintf(out, n, "%s:%u: ", rep->source, rep->line) :
	    snprintf(out, n, "%s: ", rep->source);

	if (at >= 0 && (size_t)at < n)
		(void)vsnprintf(out + at, n - (size_t)at, fmt, ap);
}

/* Always -1, so that a caller says what is wrong and returns in one line. */
static int __attribute__((format(printf, 2, 3)))
fail(const struct report *rep, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(rep, rep->why, rep->n, fmt, ap);
	va_end(ap);
	return -1;
}

static void __attribute__((format(printf, 2, 3)))
warn(const struct report *rep, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (rep->warn == NULL)
		return;
	va_start(ap, fmt);
	say(rep, line, sizeof(line), fmt, ap);
	va_end(ap);
	rep->warn(line);
}

/* A value as a message shows it: short, on one line. */
struct shown {
	char text[64];
};

static struct shown
show(struct slice v)
{
	struct shown s = { "an empty text" };
	const size_t room = sizeof(s.text) - sizeof("...");
	const bool cut = v.n > room;
	size_t n = cut ? room : v.n;

	if (v.n == 0)
		return s;
	while (cut && n > 0 && ((unsigned char)v.p[n] & 0xc0) == 0x80)
		n--;                    /* not inside a character */
	for (size_t i = 0; i < n; i++)
		s.text[i] = (unsigned char)v.p[i] >= ' ' && v.p[i] != 0x7f ? v.p[i] : '?';
	(void)snprintf(s.text + n, sizeof(s.text) - n, "%s", cut ? "..." : "");
	return s;
}

/*** Setters: text -> field, one per kind ***/

static void *
field(struct config *cfg, const struct option *o)
{
	return (char *)cfg + o->at;
}

static const void *
field_of(const struct config *cfg, const struct option *o)
{
	return (const char *)cfg + o->at;
}

static int
set_num(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	int64_t *to = field(cfg, o);

	/* YAML 1.1 and Go read 010 as eight. */
	if (v.n > 1 && v.p[0] == '0')
		return fail(rep, "%s: %s has a leading zero", o->key, show(v).text);
	if (parse_int(v, o->min, o->max, to) == 0)
		return 0;
	if (errno == ERANGE)
		return fail(rep, "%s: %s is not between %lld and %lld", o->key, show(v).text,
		    (long long)o->min, (long long)o->max);
	return fail(rep, "%s: %s is not a whole number between %lld and %lld", o->key, show(v).text,
	    (long long)o->min, (long long)o->max);
}

/* YAML's words, and those of Go's ParseBool, which reads DifySandbox's environment. */
static int
set_bool(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "true",  true  }, { "yes", true  }, { "on",  true  }, { "y", true  }, { "t", true  }, { "1", true  },
		{ "false", false }, { "no",  false }, { "off", false }, { "n", false }, { "f", false }, { "0", false },
	};
	bool *to = field(cfg, o);

	for (size_t i = 0; i < LEN(words); i++) {
		if (slice_is_nocase(v, words[i].word)) {
			*to = words[i].value;
			return 0;
		}
	}
	return fail(rep, "%s: %s is not true or false", o->key, show(v).text);
}

/* Never shows the value: secrets and URLs with passwords are texts too. */
static int
set_text(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	char *to = field(cfg, o);

	if (v.n < (size_t)o->min || v.n > (size_t)o->max)
		return fail(rep, "%s: its length %zu is not between %lld and %lld bytes", o->key, v.n,
		    (long long)o->min, (long long)o->max);
	/* Values end in headers, log lines and environments: no line breaks, no NUL. */
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return fail(rep, "%s: a control character in it", o->key);
	if (v.n > 0)
		memcpy(to, v.p, v.n);
	to[v.n] = '\0';
	return 0;
}

static int
set_addr(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	const char *text = field(cfg, o);
	struct in6_addr any;

	if (set_text(cfg, o, v, rep) == -1)
		return -1;
	if (inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1)
		return 0;
	return fail(rep, "%s: %s is not an IPv4 or IPv6 address", o->key, show(v).text);
}

/* The next word of *list, which is cut at sep; false when there is none. */
static bool
next_word(struct slice *list, char sep, struct slice *word)
{
	if (list->p == NULL)
		return false;
	const char *end = list->n > 0 ? memchr(list->p, sep, list->n) : NULL;

	word->p = list->p;
	word->n = end != NULL ? (size_t)(end - list->p) : list->n;
	list->n -= word->n + (end != NULL);
	list->p = end != NULL ? end + 1 : NULL;
	return true;
}

static int
set_choice(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	struct slice words = { o->help, strcspn(o->help, ":") }, word;
	int len = (int)words.n;

	while (next_word(&words, '|', &word))
		if (word.n == v.n && memcmp(word.p, v.p, v.n) == 0)
			return set_text(cfg, o, v, rep);
	return fail(rep, "%s: %s is not one of %.*s", o->key, show(v).text, len, o->help);
}

static struct slice
trim(struct slice s)
{
	while (s.n > 0 && s.p[0] == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* A comma list; blanks around its items are dropped. What the items mean is for whoever uses them. */
static int
set_list(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	char *to = field(cfg, o);
	size_t len = 0;
	struct slice item;

	if (trim(v).n == 0)
		v = (struct slice){ NULL, 0 };
	while (next_word(&v, ',', &item)) {
		item = trim(item);
		if (item.n == 0)
			return fail(rep, "%s: an empty item in the list", o->key);
		for (size_t i = 0; i < item.n; i++)
			if (item.p[i] <= ' ' || item.p[i] > '~')
				return fail(rep, "%s: %s is not a word", o->key, show(item).text);
		if (item.n + (len > 0) > (size_t)o->max - len)
			return fail(rep, "%s: longer than %lld bytes", o->key, (long long)o->max);
		if (len > 0)
			to[len++] = ',';
		memcpy(to + len, item.p, item.n);
		len += item.n;
	}
	to[len] = '\0';
	return 0;
}

/* The seconds in a unit of Go's durations, or 0: no such unit. */
static int64_t
unit_seconds(char unit)
{
	return unit == 'h' ? 3600 : unit == 'm' ? 60 : unit == 's' ? 1 : 0;
}

/* Parse 90, 90s or 1h30m; errno as parse_int. */
static int
parse_span(struct slice v, int64_t max, int64_t *out)
{
	int64_t total = 0, n;

	if (parse_int(v, 0, max, out) == 0)
		return 0;
	if (errno == ERANGE || v.n == 0)
		return -1;
	while (v.n > 0) {
		struct slice digits = { v.p, 0 };

		while (digits.n < v.n && v.p[digits.n] >= '0' && v.p[digits.n] <= '9')
			digits.n++;
		int64_t unit = digits.n < v.n ? unit_seconds(v.p[digits.n]) : 0;
		if (unit == 0) {
			errno = EINVAL;
			return -1;
		}
		if (parse_int(digits, 0, (max - total) / unit, &n) == -1)
			return -1;
		total += n * unit;
		v.p += digits.n + 1;
		v.n -= digits.n + 1;
	}
	*out = total;
	return 0;
}

static int
set_span(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	int64_t *to = field(cfg, o);

	if (parse_span(v, o->max, to) == 0 && *to >= o->min)
		return 0;
	return fail(rep, "%s: %s is not a time as 90s, 30m or 1h30m between %lld and %lld seconds", o->key,
	    show(v).text, (long long)o->min, (long long)o->max);
}

static int
set_ignored(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	(void)cfg;
	if (v.n > 0 && o->help != NULL)
		warn(rep, "%s is ignored: %s", o->key, o->help);
	return 0;
}

/*** Dumpers: field -> text, one per kind ***/

static int
dump_num(struct buf *b, const struct config *cfg, const struct option *o)
{
	const int64_t *v = field_of(cfg, o);

	return buf_printf(b, "%lld", (long long)*v);
}

static int
dump_span(struct buf *b, const struct config *cfg, const struct option *o)
{
	const int64_t *v = field_of(cfg, o);

	return buf_printf(b, "%llds", (long long)*v);
}

static int
dump_bool(struct buf *b, const struct config *cfg, const struct option *o)
{
	const bool *v = field_of(cfg, o);

	return buf_puts(b, *v ? "true" : "false");
}

static int
dump_text(struct buf *b, const struct config *cfg, const struct option *o)
{
	return buf_puts(b, field_of(cfg, o));
}

/* Without the user and password that may stand before the host. */
static int
dump_url(struct buf *b, const struct config *cfg, const struct option *o)
{
	const char *url = field_of(cfg, o), *scheme_end = strstr(url, "://");
	const char *host = scheme_end != NULL ? scheme_end + 3 : url;

	for (const char *p = host + strcspn(host, "/?#"); p > host; p--)
		if (p[-1] == '@')
			return buf_put(b, url, (size_t)(host - url)) == 0 && buf_puts(b, "***@") == 0 ?
			    buf_puts(b, p) : -1;
	return buf_puts(b, url);
}

static int
dump_secret(struct buf *b, const struct config *cfg, const struct option *o)
{
	return buf_puts(b, strcmp(field_of(cfg, o), o->def) == 0 ? "(default)" : "(set)");
}

static const struct {
	int (*set)(struct config *, const struct option *, struct slice, const struct report *);
	int (*dump)(struct buf *, const struct config *, const struct option *);    /* NULL: not shown to people */
} kinds[] = {
	[NUM]     = { set_num,     dump_num    },
	[BOOL]    = { set_bool,    dump_bool   },
	[TEXT]    = { set_text,    dump_text   },
	[URL]     = { set_text,    dump_url    },       /* may hold a password */
	[ADDR]    = { set_addr,    dump_text   },
	[CHOICE]  = { set_choice,  dump_text   },
	[LIST]    = { set_list,    dump_text   },
	[SPAN]    = { set_span,    dump_span   },
	[SECRET]  = { set_text,    dump_secret },
	[IGNORED] = { set_ignored, NULL        },
};

static int
set(struct config *cfg, const struct option *o, struct slice v, const struct report *rep)
{
	return kinds[o->kind].set(cfg, o, v, rep);
}

/*** YAML: scalars ***/

struct reader {
	const char *p, *end;            /* what is still unread */
	int indent;                     /* column of the content find_content() found; -1: end of the text */
	struct report rep;              /* its line is that of p */
	struct config *cfg;
	char path[KEY_LEN];             /* of the current value, dotted */
	size_t path_len;
	unsigned key_line;              /* where its key stands */
	char text[LIST_LEN];            /* the scalar just read, or a list's items with commas */
	size_t len;
	bool plain;                     /* the scalar just read had no quotes */
	unsigned line_of[LEN(options)]; /* 0: not seen yet */
	unsigned line_of_map[LEN(options)];     /* the same for the map around the first of its options */
};

static bool
at_eol(const struct reader *r)
{
	return r->p == r->end || *r->p == '\n' || *r->p == '\r';
}

static bool
at_blank(const struct reader *r, size_t ahead)
{
	return ahead >= (size_t)(r->end - r->p) || memchr(" \t\r\n", r->p[ahead], 4) != NULL;
}

static void
skip_spaces(struct reader *r)
{
	while (r->p < r->end && *r->p == ' ')
		r->p++;
}

static void
skip_line(struct reader *r)
{
	while (!at_eol(r))
		r->p++;
}

/* Past the end of line we stand on, if there is one. */
static void
next_line(struct reader *r)
{
	if (r->p < r->end && *r->p == '\r')
		r->p++;
	if (r->p < r->end) {
		r->p++;
		r->rep.line++;
	}
}

static int
append(struct reader *r, const char *p, size_t n)
{
	if (n >= sizeof(r->text) - r->len)
		return fail(&r->rep, "a value longer than %zu bytes", sizeof(r->text) - 1);
	memcpy(r->text + r->len, p, n);
	r->len += n;
	return 0;
}

/* Append a code point as UTF-8 (RFC 3629 section 3). */
static int
append_rune(struct reader *r, uint32_t c)
{
	char out[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return fail(&r->rep, "an escape that is no Unicode character");
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return append(r, out, n);
}

/* The n hexadecimal digits of an escape. */
static int
read_hex(struct reader *r, size_t n)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	uint32_t c = 0;

	for (; n > 0; n--, r->p++) {
		const char *d = at_eol(r) ? NULL : memchr(digits, *r->p, sizeof(digits) - 1);

		if (d == NULL)
			return fail(&r->rep, "an escape with too few hexadecimal digits");
		uint32_t v = (uint32_t)(d - digits);
		c = c << 4 | (v > 15 ? v - 6 : v);
	}
	return append_rune(r, c);
}

/* What follows a backslash between double quotes (YAML 1.2.2 section 5.7). */
static int
read_escape(struct reader *r)
{
	static const struct { char name, is; } escapes[] = {
		{ '0', '\0' }, { 'a', '\a' }, { 'b', '\b' }, { 't', '\t' }, { 'n', '\n' }, { 'v', '\v' },
		{ 'f', '\f' }, { 'r', '\r' }, { 'e', 0x1b }, { ' ', ' ' }, { '"', '"' }, { '/', '/' }, { '\\', '\\' },
	};
	char c = at_eol(r) ? '\n' : *r->p++;

	for (size_t i = 0; i < LEN(escapes); i++)
		if (escapes[i].name == c)
			return append(r, &escapes[i].is, 1);
	if (c == 'x' || c == 'u' || c == 'U')
		return read_hex(r, c == 'x' ? 2 : c == 'u' ? 4 : 8);
	return fail(&r->rep, c == '\n' ? "a quoted text must end on its line" : "an unknown escape; '\\' is \\\\");
}

static int
read_quoted(struct reader *r)
{
	const char quote = *r->p++;

	for (;;) {
		if (at_eol(r))
			return fail(&r->rep, "a quoted text must end on its line");
		const char *c = r->p++;
		if (*c == quote && quote == '\'' && r->p < r->end && *r->p == quote)
			r->p++;                 /* '' is one ' */
		else if (*c == quote)
			return 0;
		if (*c == '\\' && quote == '"') {
			if (read_escape(r) == -1)
				return -1;
		} else if (append(r, c, 1) == -1)
			return -1;
	}
}

/* Why no plain scalar of ours starts with *r->p, or NULL. */
static const char *
refused_start(const struct reader *r, bool flow)
{
	static const struct { char c; const char *why; } starts[] = {
		{ '&', "anchors are not supported" },
		{ '*', "aliases are not supported" },
		{ '!', "tags are not supported" },
		{ '|', "block text (|) is not supported; use quotes" },
		{ '>', "block text (>) is not supported; use quotes" },
		{ '%', "directives are not supported; a text that starts with % needs quotes" },
		{ '@', "a text that starts with @ needs quotes" },
		{ '`', "a text that starts with ` needs quotes" },
		{ '[', "a list is not expected here" },
		{ '{', "a map is not expected here" },
		{ ']', "] without [" },
		{ '}', "} without {" },
		{ ',', "a comma where a value is expected" },
		{ '#', "a comment needs a blank before it" },
		{ '\t', "a tab; use spaces" },
	};

	for (size_t i = 0; i < LEN(starts); i++)
		if (starts[i].c == *r->p)
			return starts[i].why;
	if (*r->p == '-' && at_blank(r, 1))
		return "a list item is not expected here";
	if ((*r->p == '?' || *r->p == ':') && (flow || at_blank(r, 1)))
		return *r->p == '?' ? "complex keys are not supported" : "a ':' where a value is expected";
	return NULL;
}

static bool
in_flow_indicators(char c)
{
	return memchr(",[]{}", c, 5) != NULL;
}

/* Does the plain scalar that started at start end at r->p? (YAML 1.2.2 section 7.3.3) */
static bool
plain_ends(const struct reader *r, const char *start, bool flow)
{
	const char c = *r->p;

	if (c == '#' && r->p > start && r->p[-1] == ' ')
		return true;
	if (c == ':' && (at_blank(r, 1) || (flow && in_flow_indicators(r->p[1]))))
		return true;
	return flow && in_flow_indicators(c);
}

static int
read_plain(struct reader *r, bool flow)
{
	const char *start = r->p, *why = refused_start(r, flow);

	if (why != NULL)
		return fail(&r->rep, "%s", why);
	for (; !at_eol(r) && !plain_ends(r, start, flow); r->p++)
		if (*r->p == '\t')
			return fail(&r->rep, "a tab; use spaces");
	return append(r, start, trim((struct slice){ start, (size_t)(r->p - start) }).n);
}

/* Append the scalar at r->p, which is not at an end of line, to r->text. */
static int
read_scalar(struct reader *r, bool flow)
{
	r->plain = *r->p != '"' && *r->p != '\'';
	return r->plain ? read_plain(r, flow) : read_quoted(r);
}

/* Is the scalar in text null? (YAML 1.2.2 section 10.3.2) */
static bool
is_null(const struct reader *r, struct slice text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; r->plain && i < LEN(nulls); i++)
		if (slice_is(text, nulls[i]))
			return true;
	return false;
}

/*** YAML: keys and what they mean ***/

enum shape { SHAPE_NULL, SHAPE_SCALAR, SHAPE_LIST };

static struct slice
path_of(const struct reader *r)
{
	return (struct slice){ r->path, r->path_len };
}

/* Mark the current path as given, in one of the two tables of lines. */
static int
once(struct reader *r, unsigned *line)
{
	struct report rep = r->rep;

	rep.line = r->key_line;
	if (*line > 0)
		return fail(&rep, "%s: given twice, first on line %u", r->path, *line);
	*line = r->key_line;
	return 0;
}

/* Of the scalar in r->text. */
static enum shape
shape_of(const struct reader *r)
{
	return is_null(r, (struct slice){ r->text, r->len }) ? SHAPE_NULL : SHAPE_SCALAR;
}

/* The value of the current path is complete: a null, or r->text. */
static int
assign(struct reader *r, enum shape shape)
{
	const struct option *o = find(path_of(r)), *below = find_below(path_of(r));
	struct report rep = r->rep;

	rep.line = r->key_line;
	if (o == NULL && below == NULL) {
		warn(&rep, "%s: unknown key", r->path);
		return 0;
	}
	if (once(r, o != NULL ? &r->line_of[o - options] : &r->line_of_map[below - options]) == -1)
		return -1;
	if (shape == SHAPE_NULL)
		return 0;
	if (o == NULL)
		return fail(&rep, "%s: a map is expected, as %s", r->path, below->key);
	if (shape == SHAPE_LIST && o->kind != LIST && o->kind != IGNORED)
		return fail(&rep, "%s: one value is expected, not a list", r->path);
	return set(r->cfg, o, (struct slice){ r->text, r->len }, &rep);
}

/* The value of the current path is a map. */
static int
enter_map(struct reader *r, unsigned depth)
{
	const struct option *o = find(path_of(r)), *below = find_below(path_of(r));

	if (depth == DEPTH_MAX)
		return fail(&r->rep, "more than %d maps in each other", DEPTH_MAX);
	if (o != NULL)
		return fail(&r->rep, "%s: %s is expected, not a map", r->path,
		    o->kind == LIST ? "a list" : "one value on its line");
	return below == NULL ? 0 : once(r, &r->line_of_map[below - options]);
}

/* Read "key:" and add it to the path; the caller takes it off again. */
static int
read_key(struct reader *r, bool flow)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	r->len = 0;
	r->key_line = r->rep.line;
	if (read_scalar(r, flow) == -1)
		return -1;
	skip_spaces(r);
	if (at_eol(r) || *r->p != ':')
		return fail(&r->rep, r->plain && memchr(r->text, ':', r->len) != NULL ?
		    "no blank after the ':' of a key" : "expected \"key: value\"");
	r->p++;
	if (!at_blank(r, 0) && !(flow && in_flow_indicators(*r->p)))
		return fail(&r->rep, "no blank after the ':' of a key");
	for (size_t i = 0; i < r->len; i++)
		if (memchr(allowed, r->text[i], sizeof(allowed) - 1) == NULL)
			return fail(&r->rep, "a key of other characters than letters, digits, '_', '-' and '.'");
	size_t dot = r->path_len > 0;
	if (r->len == 0 || r->len + dot >= sizeof(r->path) - r->path_len)
		return fail(&r->rep, r->len == 0 ? "an empty key" : "a key that is too long");
	if (dot)
		r->path[r->path_len++] = '.';
	memcpy(r->path + r->path_len, r->text, r->len);
	r->path_len += r->len;
	r->path[r->path_len] = '\0';
	r->len = 0;
	return 0;
}

static void
leave_key(struct reader *r, size_t path_len)
{
	r->path_len = path_len;
	r->path[path_len] = '\0';
}

/* Append one list item and a comma; for an option that is not a list only the last is kept. */
static int
read_item(struct reader *r, bool flow)
{
	const struct option *o = find(path_of(r));
	size_t start = r->len;

	if (read_scalar(r, flow) == -1)
		return -1;
	struct slice item = { r->text + start, r->len - start };
	if (item.n == 0 || is_null(r, item))
		return fail(&r->rep, "an empty list item");
	if (o == NULL || o->kind != LIST) {
		memmove(r->text, item.p, item.n);
		r->len = item.n;
	} else if (memchr(item.p, ',', item.n) != NULL)
		return fail(&r->rep, "%s: a comma in a list item", r->path);
	return append(r, ",", 1);
}

static int
assign_list(struct reader *r)
{
	if (r->len > 0)
		r->len--;               /* the last item's comma */
	return assign(r, SHAPE_LIST);
}

/*** YAML: flow lists and maps, [a, b] and {a: 1} ***/

static int read_flow_value(struct reader *, unsigned depth);

/* Blanks, comments and line ends between two tokens. */
static int
skip_flow(struct reader *r)
{
	for (;;) {
		bool blank = r->p[-1] == ' ' || r->p[-1] == '\n';

		if (r->p == r->end)
			return fail(&r->rep, "the list or map of %s has no end", r->path);
		if (*r->p == '#' && blank)
			skip_line(r);
		else if (*r->p == ' ')
			r->p++;
		else if (at_eol(r))
			next_line(r);
		else
			return 0;
	}
}

/* After an item: a comma, or the closing bracket, which ends the loop. 1: go on, 0: closed. */
static int
next_in_flow(struct reader *r, char close)
{
	if (skip_flow(r) == -1)
		return -1;
	if (*r->p != ',' && *r->p != close)
		return fail(&r->rep, "expected ',' or '%c'", close);
	return *r->p++ == ',';
}

static int
read_flow_list(struct reader *r)
{
	int more = 1;

	r->p++;                         /* [ */
	r->len = 0;
	while (more == 1) {
		if (skip_flow(r) == -1)
			return -1;
		if (*r->p == ']') {     /* nothing in it, or a comma after the last */
			r->p++;
			break;
		}
		if (read_item(r, true) == -1)
			return -1;
		more = next_in_flow(r, ']');
	}
	return more == -1 ? -1 : assign_list(r);
}

static int
read_flow_map(struct reader *r, unsigned depth)
{
	const size_t path_len = r->path_len;
	int more = 1;

	if (enter_map(r, depth) == -1)
		return -1;
	r->p++;                         /* { */
	while (more == 1) {
		if (skip_flow(r) == -1)
			return -1;
		if (*r->p == '}') {
			r->p++;
			break;
		}
		if (read_key(r, true) == -1 || skip_flow(r) == -1 || read_flow_value(r, depth + 1) == -1)
			return -1;
		leave_key(r, path_len);
		more = next_in_flow(r, '}');
	}
	return more == -1 ? -1 : 0;
}

/* The value of the current key inside a flow map. */
static int
read_flow_value(struct reader *r, unsigned depth)
{
	if (*r->p == '[')
		return read_flow_list(r);
	if (*r->p == '{')
		return read_flow_map(r, depth);
	if (*r->p == ',' || *r->p == '}')
		return assign(r, SHAPE_NULL);
	return read_scalar(r, true) == -1 ? -1 : assign(r, shape_of(r));
}

/*** YAML: blocks, by indentation ***/

static int read_block_map(struct reader *, unsigned depth);

/* Skip empty lines and comments, from the start of a line to the first character of content. */
static int
find_content(struct reader *r)
{
	for (;;) {
		const char *start = r->p;

		skip_spaces(r);
		r->indent = r->p < r->end ? (int)(r->p - start) : -1;
		if (r->p == r->end)
			return 0;
		if (*r->p == '\t')
			return fail(&r->rep, "a tab in the indentation; use spaces");
		if (*r->p == '#')
			skip_line(r);
		if (!at_eol(r))
			return 0;
		next_line(r);
	}
}

/* After a value: a comment at most. */
static int
end_line(struct reader *r)
{
	skip_spaces(r);
	if (!at_eol(r) && *r->p == '#' && r->p[-1] == ' ')
		skip_line(r);
	if (!at_eol(r))
		return fail(&r->rep, *r->p == ':' ? "a ':' and a blank in a text; use quotes" :
		    *r->p == '\t' ? "a tab; use spaces" : "more text after the value");
	return 0;
}

/* The same, then on to the next content. */
static int
finish_line(struct reader *r)
{
	if (end_line(r) == -1)
		return -1;
	next_line(r);
	return find_content(r);
}

static bool
at_dash(const struct reader *r)
{
	return r->indent >= 0 && *r->p == '-' && at_blank(r, 1);
}

/* Is this "---" or "..." at the start of a line? */
static bool
at_marker(const struct reader *r)
{
	return r->indent == 0 && r->end - r->p >= 3 && at_blank(r, 3) &&
	    (memcmp(r->p, "---", 3) == 0 || memcmp(r->p, "...", 3) == 0);
}

static int
read_block_list(struct reader *r)
{
	const int indent = r->indent;

	r->len = 0;
	while (r->indent == indent && at_dash(r)) {
		r->p++;
		skip_spaces(r);
		if (at_eol(r) || *r->p == '#')
			return fail(&r->rep, "an empty list item");
		if (read_item(r, false) == -1 || finish_line(r) == -1)
			return -1;
	}
	return assign_list(r);
}

/* The value of a key of the map at column indent: on its line, or below it. */
static int
read_block_value(struct reader *r, int indent, unsigned depth)
{
	skip_spaces(r);
	if (at_eol(r) || (*r->p == '#' && r->p[-1] == ' ')) {
		if (finish_line(r) == -1)
			return -1;
		if (r->indent >= indent && at_dash(r))
			return read_block_list(r);
		return r->indent > indent ? read_block_map(r, depth + 1) : assign(r, SHAPE_NULL);
	}
	if (*r->p == '[')
		return read_flow_list(r) == -1 ? -1 : finish_line(r);
	if (*r->p == '{')
		return read_flow_map(r, depth + 1) == -1 ? -1 : finish_line(r);
	if (read_scalar(r, false) == -1 || end_line(r) == -1 || assign(r, shape_of(r)) == -1)
		return -1;
	return finish_line(r);
}

/* The map whose first key find_content() found. */
static int
read_block_map(struct reader *r, unsigned depth)
{
	const size_t path_len = r->path_len;
	const int indent = r->indent;

	if (path_len > 0 && enter_map(r, depth) == -1)
		return -1;
	while (r->indent == indent) {
		if (at_marker(r))
			return fail(&r->rep, "only one document in a file");
		if (read_key(r, false) == -1 || read_block_value(r, indent, depth) == -1)
			return -1;
		leave_key(r, path_len);
	}
	if (r->indent > indent)
		return fail(&r->rep, "indented deeper than the keys above");
	return 0;
}

/*
 * May this UTF-8 sequence stand in a file? Not control characters, and not
 * what YAML 1.1 takes for a line break: two readers would see two files.
 */
static bool
is_printable(const char *p, size_t n, bool before_lf)
{
	unsigned char c = (unsigned char)p[0];

	if (n == 1)
		return (c >= ' ' && c != 0x7f) || c == '\t' || c == '\n' || (c == '\r' && before_lf);
	if (n == 2 && c == 0xc2)
		return (unsigned char)p[1] >= 0xa0;
	return n != 3 || (memcmp(p, "\u2028", 3) != 0 && memcmp(p, "\u2029", 3) != 0);
}

/* The bytes before anything is made of them; leaves rep.line at 1 when all is well. */
static int
check_text(struct report *rep, struct slice text)
{
	if (text.n > FILE_LEN_MAX)
		return fail(rep, "larger than 1 MiB");
	rep->line = 1;
	for (size_t at = 0, n; at < text.n; at += n) {
		n = utf8_len(text.p + at, text.n - at);
		if (n == 0)
			return fail(rep, "not valid UTF-8");
		if (!is_printable(text.p + at, n, at + 1 < text.n && text.p[at + 1] == '\n'))
			return fail(rep, "a control character");
		rep->line += text.p[at] == '\n';
	}
	rep->line = 1;
	return 0;
}

/*** Sources ***/

/* Append what the file at path holds. 0, 1: there is no such file, -1: said why. */
static int
read_file(struct buf *b, const char *path, const struct report *rep)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);  /* a FIFO must not hold us */
	struct stat st;
	ssize_t n = 1;

	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (fd == -1)
		return fail(rep, "%s", strerror(errno));
	if (fstat(fd, &st) == -1)
		n = fail(rep, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		n = fail(rep, "not a regular file");
	while (n > 0) {
		if (buf_reserve(b, 4096) == -1) {
			n = fail(rep, "%s", errno == ENOBUFS ? "larger than 1 MiB" : strerror(errno));
			break;
		}
		n = read(fd, b->p + b->len, b->cap - b->len);
		if (n == -1)
			(void)fail(rep, "%s", strerror(errno));
		b->len += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);                /* read only: nothing to lose */
	return (int)n;
}

static int
load_file(struct config *cfg, const char *path, config_warn *warn_line, char *why, size_t n)
{
	const char *name = path != NULL ? path : FILE_DEFAULT;
	struct report rep = { name, 0, why, n, warn_line };
	struct buf text;

	if (strlen(name) >= sizeof(cfg->file))
		return fail(&rep, "a path longer than %d bytes", PATH_LEN - 1);
	buf_init(&text, NULL, FILE_LEN_MAX + 4096);
	int got = read_file(&text, name, &rep);
	if (got == 1 && path != NULL)
		got = fail(&rep, "%s", strerror(ENOENT));
	if (got == 0) {
		memcpy(cfg->file, name, strlen(name) + 1);
		got = config_read(cfg, buf_slice(&text), name, warn_line, why, n);
	}
	buf_free(&text);
	return got == -1 ? -1 : 0;
}

/*
 * An empty variable counts as not set, as in DifySandbox: compose files hand
 * on ${NAME:-}. A Kubernetes service called "sandbox" puts its own address into
 * SANDBOX_PORT of every pod beside it; that is not meant for us.
 */
static int
load_environment(struct config *cfg, config_warn *warn_line, char *why, size_t n)
{
	for (size_t i = 0; i < LEN(options); i++) {
		const struct option *o = &options[i];
		const char *v = o->env != NULL ? getenv(o->env) : NULL;
		char source[64];

		if (v == NULL || *v == '\0')
			continue;
		(void)snprintf(source, sizeof(source), "environment %s", o->env);
		struct report rep = { source, 0, why, n, warn_line };
		if (o->kind == NUM && strncmp(v, "tcp://", 6) == 0)
			warn(&rep, "%s comes from a Kubernetes service; ignored", show((struct slice){ v, strlen(v) }).text);
		else if (set(cfg, o, (struct slice){ v, strlen(v) }, &rep) == -1)
			return -1;
	}
	return 0;
}

/* Settings that are each fine and contradict each other. */
static int
check_together(const struct config *cfg, const struct report *rep)
{
	if (cfg->uid_base + cfg->max_workers > UID_MAX)
		return fail(rep, "uid_base: %lld and max_workers: %lld are over %d together",
		    (long long)cfg->uid_base, (long long)cfg->max_workers, UID_MAX);
	if (cfg->max_requests < cfg->max_workers)
		warn(rep, "max_requests: %lld is less than max_workers: %lld; some will never work",
		    (long long)cfg->max_requests, (long long)cfg->max_workers);
	return 0;
}

int
config_read(struct config *cfg, struct slice text, const char *name, config_warn *warn_line, char *why, size_t n)
{
	struct reader r = { .cfg = cfg, .rep = { name, 0, why, n, warn_line } };

	if (check_text(&r.rep, text) == -1)
		return -1;
	r.p = text.n > 0 ? text.p : "";
	r.end = r.p + text.n;
	if (text.n >= 3 && memcmp(text.p, "\ufeff", 3) == 0)
		r.p += 3;
	if (find_content(&r) == -1)
		return -1;
	if (at_marker(&r) && *r.p == '-') {
		r.p += 3;
		if (finish_line(&r) == -1)
			return -1;
	}
	if (r.indent == -1)
		return 0;               /* only comments */
	if (read_block_map(&r, 0) == -1)
		return -1;
	return r.indent == -1 ? 0 : fail(&r.rep, "indented less than the first key");
}

int
config_load(struct config *cfg, const char *path, config_warn *warn_line, char *why, size_t n)
{
	struct report rep = { "default", 0, why, n, NULL };

	memset(cfg, 0, sizeof(*cfg));
	for (size_t i = 0; i < LEN(options); i++)
		if (set(cfg, &options[i], (struct slice){ options[i].def, strlen(options[i].def) }, &rep) == -1)
			return -1;
	if (load_file(cfg, path, warn_line, why, n) == -1 || load_environment(cfg, warn_line, why, n) == -1)
		return -1;
	rep.source = "configuration";
	rep.warn = warn_line;
	return check_together(cfg, &rep);
}

int
config_set(struct config *cfg, const char *assignment, char *why, size_t n)
{
	struct report rep = { "command line", 0, why, n, NULL };
	struct slice key = { assignment, strcspn(assignment, "=") };
	const struct option *o = find(key);
	struct config next = *cfg;      /* all or nothing */

	if (assignment[key.n] != '=')
		return fail(&rep, "%s: expected key=value", show(key).text);
	if (o == NULL)
		return fail(&rep, "%s: unknown key", show(key).text);
	const char *v = assignment + key.n + 1;
	if (set(&next, o, (struct slice){ v, strlen(v) }, &rep) == -1 || check_together(&next, &rep) == -1)
		return -1;
	*cfg = next;
	return 0;
}

/*** Help ***/

#define HELP_WIDTH 100

/* The bounds as people read them; empty where there is nothing to say. */
static void
bounds(const struct option *o, char *out, size_t n)
{
	bool number = o->kind == NUM || o->kind == SPAN;

	out[0] = '\0';
	if (number)
		(void)snprintf(out, n, "%lld..%lld%s", (long long)o->min, (long long)o->max, o->kind == SPAN ? " s" : "");
}

/* Append text, broken at blanks so that no line passes HELP_WIDTH; we stand in column indent. */
static int
put_wrapped(struct buf *b, struct slice text, size_t indent)
{
	size_t column = indent;
	struct slice word;

	while (next_word(&text, ' ', &word)) {
		bool fits = column == indent || word.n < HELP_WIDTH - column;

		if (!fits && buf_printf(b, "\n%*s", (int)indent, "") == -1)
			return -1;
		if (fits && column > indent && buf_put(b, " ", 1) == -1)
			return -1;
		column = (fits ? column + (column > indent) : indent) + word.n;
		if (buf_put(b, word.p, word.n) == -1)
			return -1;
	}
	return buf_put(b, "\n", 1);
}

static int
help_plain(struct buf *b, const struct option *o)
{
	char range[64], text[256];
	const size_t before = b->len;

	bounds(o, range, sizeof(range));
	(void)snprintf(text, sizeof(text), range[0] != '\0' ? "%s (%s)" : "%s", o->help, range);
	if (buf_printf(b, "%-28s %-28s %-13s ", o->key, o->env != NULL ? o->env : "-", o->def[0] != '\0' ? o->def : "-") == -1)
		return -1;
	return put_wrapped(b, (struct slice){ text, strlen(text) }, b->len - before);
}

static int
help_markdown(struct buf *b, const struct option *o)
{
	char range[64], env[64] = "", def[64] = "";

	bounds(o, range, sizeof(range));
	if (o->env != NULL)
		(void)snprintf(env, sizeof(env), "`%s`", o->env);
	if (o->def[0] != '\0')
		(void)snprintf(def, sizeof(def), "`%s`", o->def);
	if (buf_printf(b, "| `%s` | %s | %s | %s | ", o->key, env, def, range) == -1)
		return -1;
	for (const char *p = o->help; *p != '\0'; p++)
		if ((*p == '|' && buf_put(b, "\\", 1) == -1) || buf_put(b, p, 1) == -1)
			return -1;
	return buf_puts(b, " |\n");
}

int
config_help(struct buf *b, bool markdown)
{
	int rc = markdown ? buf_puts(b, "| key | environment | default | bounds | meaning |\n|---|---|---|---|---|\n") :
	    buf_printf(b, "%-28s %-28s %-13s %s\n", "key", "environment", "default", "meaning");

	for (size_t i = 0; i < LEN(options) && rc == 0; i++)
		if (options[i].kind != IGNORED)
			rc = markdown ? help_markdown(b, &options[i]) : help_plain(b, &options[i]);
	return rc;
}

int
config_dump(struct buf *b, const struct config *cfg)
{
	for (size_t i = 0; i < LEN(options); i++) {
		const struct option *o = &options[i];

		if (kinds[o->kind].dump == NULL)
			continue;
		if (buf_printf(b, "%s: ", o->key) == -1 || kinds[o->kind].dump(b, cfg, o) == -1 || buf_put(b, "\n", 1) == -1)
			return -1;
	}
	return 0;
}
