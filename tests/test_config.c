/*
 * test_config.c - defaults, the file, the environment, the command line.
 *
 *   cc -fsanitize=address,undefined -I. tests/test_config.c config.c buf.c
 *
 * Run from the project's root. The syntax of the file is tested by the corpus
 * in tests/config: a y_ file must be read, an n_ file must not, and lines in
 * them say the rest:
 *
 *   # want KEY: VALUE     this line is in what config_dump() prints afterwards
 *   # warn TEXT           a warning has TEXT in it; there are as many as such lines
 *   # why LINE: TEXT      the error names that line and has TEXT in it
 *
 * Bounds are read from the table that config_help() prints for the README, so
 * what we document is what we test.
 */
#include "sandbox.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORPUS "tests/config"
#define WARNINGS_MAX 16

static unsigned n_passed, n_failed;
static char warnings[WARNINGS_MAX][512];
static size_t n_warnings;

static void
note_warning(const char *line)
{
	if (n_warnings < WARNINGS_MAX)
		(void)snprintf(warnings[n_warnings], sizeof(warnings[0]), "%s", line);
	n_warnings++;
}

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

static bool
warned(const char *text)
{
	for (size_t i = 0; i < n_warnings && i < WARNINGS_MAX; i++)
		if (strstr(warnings[i], text) != NULL)
			return true;
	return false;
}

/* Defaults and nothing else: no file, no variable of ours. */
static struct config
defaults(void)
{
	struct config cfg;
	char why[512] = "";

	check(config_load(&cfg, "/dev/null/none", NULL, why, sizeof(why)) == -1, "a file that is not there");
	check(config_load(&cfg, NULL, note_warning, why, sizeof(why)) == 0, "defaults: %s", why);
	return cfg;
}

/* Is "key: value" a line of the dump? */
static bool
has(const struct config *cfg, struct slice line)
{
	struct buf b;
	bool found = false;

	buf_init(&b, NULL, 64 * 1024);
	check(config_dump(&b, cfg) == 0 && buf_put(&b, "", 1) == 0, "config_dump");
	for (const char *p = b.p, *end; !found && (end = strchr(p, '\n')) != NULL; p = end + 1)
		found = (size_t)(end - p) == line.n && memcmp(p, line.p, line.n) == 0;
	buf_free(&b);
	return found;
}

static bool
has_text(const struct config *cfg, const char *line)
{
	return has(cfg, (struct slice){ line, strlen(line) });
}

/*** The corpus ***/

/* The next line "# word REST" of *text: REST, without the end of line. */
static bool
next_note(struct slice *text, const char *word, struct slice *rest)
{
	const size_t n = strlen(word);

	while (text->n > 0) {
		const char *start = text->p, *lf = memchr(start, '\n', text->n);
		size_t len = lf != NULL ? (size_t)(lf - start) : text->n, skip = lf != NULL ? len + 1 : len;

		text->p += skip;
		text->n -= skip;
		if (len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
			start += 3;
			len -= 3;
		}
		if (len > 0 && start[len - 1] == '\r')
			len--;
		if (len < n + 3 || memcmp(start, "# ", 2) != 0 || memcmp(start + 2, word, n) != 0 || start[n + 2] != ' ')
			continue;
		*rest = (struct slice){ start + n + 3, len - n - 3 };
		return true;
	}
	return false;
}

static void
check_yes(const char *name, struct slice text, const struct config *base)
{
	struct config cfg = *base;
	struct slice rest = text, note;
	char why[512] = "";
	size_t expected = 0;

	n_warnings = 0;
	check(config_read(&cfg, text, name, note_warning, why, sizeof(why)) == 0, "%s: %s", name, why);
	while (next_note(&rest, "want", &note))
		check(has(&cfg, note), "%s: want %.*s", name, (int)note.n, note.p);
	for (rest = text; next_note(&rest, "warn", &note); expected++) {
		char wanted[256];

		(void)snprintf(wanted, sizeof(wanted), "%.*s", (int)note.n, note.p);
		check(warned(wanted), "%s: warn %s", name, wanted);
	}
	check(n_warnings == expected, "%s: %zu warnings, %zu expected; the first: %s", name, n_warnings, expected,
	    n_warnings > 0 ? warnings[0] : "");
}

static void
check_no(const char *name, struct slice text, const struct config *base)
{
	struct config cfg = *base;
	struct slice rest = text, note;
	char why[512] = "", place[320], wanted[256];

	check(config_read(&cfg, text, name, NULL, why, sizeof(why)) == -1, "%s: was read", name);
	if (!next_note(&rest, "why", &note)) {
		check(false, "%s: says not why", name);
		return;
	}
	(void)snprintf(wanted, sizeof(wanted), "%.*s", (int)note.n, note.p);
	const char *colon = strchr(wanted, ':');
	(void)snprintf(place, sizeof(place), "%s:%.*s: ", name, (int)(colon != NULL ? colon - wanted : 0), wanted);
	check(colon != NULL && strncmp(why, place, strlen(place)) == 0 && strstr(why, colon + 2) != NULL,
	    "%s: %s; want %s", name, why, wanted);
}

/* Cut at every byte, from a block of exactly that length: whatever the verdict, no byte past it is read. */
static void
check_cuts(struct slice text, const struct config *base)
{
	for (size_t n = 0; n < text.n; n++) {
		struct config cfg = *base;
		char why[512];
		char *copy = malloc(n > 0 ? n : 1);

		if (copy == NULL)
			abort();
		memcpy(copy, text.p, n);
		(void)config_read(&cfg, (struct slice){ copy, n }, "cut", NULL, why, sizeof(why));
		free(copy);
	}
}

static bool
slurp(const char *dir, const char *name, char *text, size_t cap, size_t *len)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return false;
	*len = fread(text, 1, cap, f);
	(void)fclose(f);
	return true;
}

static void
test_corpus(const struct config *base)
{
	static char text[64 * 1024];
	DIR *dir = opendir(CORPUS);
	size_t n_yes = 0, n_no = 0, len;

	check(dir != NULL, "no " CORPUS " here");
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		if (!slurp(CORPUS, e->d_name, text, sizeof(text), &len) || len == sizeof(text)) {
			check(false, "%s: cannot be read here", e->d_name);
			continue;
		}
		bool yes = strncmp(e->d_name, "y_", 2) == 0;
		(yes ? check_yes : check_no)(e->d_name, (struct slice){ text, len }, base);
		check_cuts((struct slice){ text, len }, base);
		n_yes += yes;
		n_no += !yes;
	}
	if (dir != NULL)
		(void)closedir(dir);
	check(n_yes >= 20 && n_no >= 20, "%zu y_ and %zu n_ files", n_yes, n_no);
}

/*** Bounds, from the documented table ***/

struct row {
	char key[64], env[64], def[64], min[32], max[32];
};

/* | `key` | `ENV` | `default` | 1..9 | meaning | */
static bool
row_parse(const char *line, struct row *row)
{
	char cells[5][128] = { "" };
	size_t n = 0;

	if (strncmp(line, "| `", 3) != 0)
		return false;
	for (const char *p = line + 2; n < LEN(cells); n++) {
		const char *end = strstr(p, " | ");

		if (end == NULL)
			break;
		for (size_t len = 0; p < end; p++)
			if (*p != '`' && *p != ' ' && len + 1 < sizeof(cells[0]))
				cells[n][len++] = *p;
		p = end + 3;
		if (strncmp(p, "| ", 2) == 0 && n + 1 < LEN(cells)) {
			n++;            /* "|  | ": an empty cell is one blank wide */
			p += 2;
		}
	}
	(void)snprintf(row->key, sizeof(row->key), "%.63s", cells[0]);
	(void)snprintf(row->env, sizeof(row->env), "%.63s", cells[1]);
	(void)snprintf(row->def, sizeof(row->def), "%.63s", cells[2]);
	char *dots = strstr(cells[3], "..");
	row->min[0] = row->max[0] = '\0';
	if (dots == NULL)
		return true;
	*dots = '\0';
	(void)snprintf(row->min, sizeof(row->min), "%.31s", cells[3]);
	(void)snprintf(row->max, sizeof(row->max), "%.*s", (int)strspn(dots + 2, "0123456789"), dots + 2);
	return true;
}

/* config_set("key=value") must give this verdict, and on refusal change nothing. */
static void
check_set(const struct config *base, const char *key, long long value, bool fine)
{
	struct config cfg = *base;
	char text[256], why[512] = "";

	(void)snprintf(text, sizeof(text), "%s=%lld", key, value);
	int rc = config_set(&cfg, text, why, sizeof(why));
	check((rc == 0) == fine, "%s: %s", text, rc == 0 ? "was taken" : why);
	if (rc == -1)
		check(memcmp(&cfg, base, sizeof(cfg)) == 0 && strncmp(why, "command line: ", 14) == 0 &&
		    strstr(why, key) != NULL, "%s: %s", text, why);
	else
		check(memcmp(&cfg, base, sizeof(cfg)) != 0 || !fine, "%s changed nothing", text);
}

static void
check_bounds(const struct config *base, const struct row *row)
{
	const long long min = strtoll(row->min, NULL, 10), max = strtoll(row->max, NULL, 10);
	struct config other = *base;
	char text[128], why[512] = "";

	/* Away from the defaults, so that a value set is a change seen. */
	(void)snprintf(text, sizeof(text), "%s=%lld", row->key, min + 1);
	check(config_set(&other, text, why, sizeof(why)) == 0, "%s: %s", text, why);
	check_set(&other, row->key, min, true);
	check_set(&other, row->key, max, true);
	check_set(&other, row->key, min - 1, false);
	check_set(&other, row->key, max + 1, false);
	(void)snprintf(text, sizeof(text), "%s=%sx", row->key, row->min);
	check(config_set(&other, text, why, sizeof(why)) == -1, "%s was taken", text);
}

/* A default given as user input changes nothing, over the command line and the environment. */
static void
check_default(const struct config *base, const struct row *row)
{
	struct config cfg = *base;
	char text[256], why[512] = "";

	(void)snprintf(text, sizeof(text), "%s=%s", row->key, row->def);
	check(config_set(&cfg, text, why, sizeof(why)) == 0, "%s: %s", text, why);
	check(memcmp(&cfg, base, sizeof(cfg)) == 0, "%s is not the default", text);
	if (row->env[0] == '\0')
		return;
	(void)setenv(row->env, row->def, 1);
	check(config_load(&cfg, NULL, note_warning, why, sizeof(why)) == 0, "%s=%s: %s", row->env, row->def, why);
	check(memcmp(&cfg, base, sizeof(cfg)) == 0, "%s=%s is not the default", row->env, row->def);
	(void)unsetenv(row->env);
}

static void
test_table(const struct config *base)
{
	struct buf b;
	size_t n_rows = 0, n_bounds = 0;

	buf_init(&b, NULL, 64 * 1024);
	check(config_help(&b, true) == 0 && buf_put(&b, "", 1) == 0, "config_help");
	for (char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		struct row row;

		*end = '\0';
		if (!row_parse(line, &row))
			continue;
		n_rows++;
		check_default(base, &row);
		if (row.min[0] != '\0')
			check_bounds(base, &row);
		n_bounds += row.min[0] != '\0';
	}
	check(n_rows == 47 && n_bounds == 19, "%zu rows, %zu with bounds: count again", n_rows, n_bounds);
	buf_free(&b);
	buf_init(&b, NULL, 64);
	check(config_help(&b, true) == -1 && config_help(&b, false) == -1 && config_dump(&b, base) == -1, "a full buffer");
	buf_free(&b);
}

static void
test_help(void)
{
	struct buf b;
	size_t widest = 0;

	buf_init(&b, NULL, 64 * 1024);
	check(config_help(&b, false) == 0 && buf_put(&b, "", 1) == 0, "config_help");
	for (const char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if ((size_t)(end - line) > widest)
			widest = (size_t)(end - line);
	check(widest > 80 && widest <= 100, "--help is %zu columns wide", widest);
	buf_free(&b);
}

/* The example we ship says the defaults, and every key that we document. */
static void
test_example(const struct config *base)
{
	static char text[64 * 1024];
	struct config cfg = *base;
	struct buf b;
	char why[512] = "";
	size_t len = 0;

	n_warnings = 0;
	check(slurp("dist", "config.yaml", text, sizeof(text) - 1, &len) && len > 0, "no dist/config.yaml here");
	check(config_read(&cfg, (struct slice){ text, len }, "example", note_warning, why, sizeof(why)) == 0, "%s", why);
	check(n_warnings == 0 && memcmp(&cfg, base, sizeof(cfg)) == 0, "the example is not the defaults");
	buf_init(&b, NULL, 64 * 1024);
	check(config_help(&b, true) == 0 && buf_put(&b, "", 1) == 0, "config_help");
	for (char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		struct row row;
		char key[80], env[80];

		*end = '\0';
		if (!row_parse(line, &row))
			continue;
		const char *dot = strchr(row.key, '.');
		(void)snprintf(key, sizeof(key), "%s%s:", dot != NULL ? "\n  " : "\n", dot != NULL ? dot + 1 : row.key);
		(void)snprintf(env, sizeof(env), "[%s]", row.env);
		check(strstr(text, key) != NULL, "the example has no %s", row.key);
		check(row.env[0] == '\0' || strstr(text, env) != NULL, "the example has no %s", row.env);
	}
	buf_free(&b);
}

/*** The command line ***/

static void
test_set(const struct config *base)
{
	static const struct { const char *text, *want, *why; } cases[] = {
		{ "max_workers=7",              "max_workers: 7",                   NULL },
		{ "app.port=1",                 "app.port: 1",                      NULL },
		{ "app.key=abc",                "app.key: (set)",                   NULL },
		{ "app.key=a=b",                "app.key: (set)",                   NULL },
		{ "app.key=dify-sandbox",       "app.key: (default)",               NULL },
		{ "python_path=",               "python_path: ",                    NULL },
		{ "allowed_syscalls= 1 , read", "allowed_syscalls: 1,read",         NULL },
		{ "allowed_syscalls=",          "allowed_syscalls: ",               NULL },
		{ "python_deps_update_interval=1h1m1s", "python_deps_update_interval: 3661s", NULL },
		{ "proxy.http=http://h:1",      "proxy.http: http://h:1",           NULL },
		{ "proxy.http=http://u:p@h:1/", "proxy.http: http://***@h:1/",      NULL },
		{ "proxy.http=http://u:p@q@h",  "proxy.http: http://***@h",         NULL },
		{ "proxy.http=u:p@h",           "proxy.http: ***@h",                NULL },
		{ "proxy.http=http://h/a@b",    "proxy.http: http://h/a@b",         NULL },
		{ "enable_network=0",           "enable_network: false",            NULL },
		{ "enable_network=T",           "enable_network: true",             NULL },
		{ "listen=::1",                 "listen: ::1",                      NULL },
		{ "listen=10.0.0.1",            "listen: 10.0.0.1",                 NULL },
		{ "max_workers",                NULL, "max_workers: expected key=value" },
		{ "",                           NULL, "expected key=value" },
		{ "=1",                         NULL, "unknown key" },
		{ "app=1",                      NULL, "app: unknown key" },
		{ "max_worker=1",               NULL, "max_worker: unknown key" },
		{ "max_workers=",               NULL, "an empty text is not a whole number" },
		{ "max_workers= 7",             NULL, "not a whole number" },
		{ "max_workers=7\n",            NULL, "max_workers: 7? is not" },
		{ "enable_network=",            NULL, "not true or false" },
		{ "app.key=",                   NULL, "app.key: its length 0 is not between 1 and 511 bytes" },
		{ "listen=",                    NULL, "length 0" },
		{ "listen=1.2.3",               NULL, "1.2.3 is not an IPv4 or IPv6 address" },
		{ "log_format=tex",             NULL, "not one of text|json" },
		{ "log_format=text|json",       NULL, "not one of text|json" },
		{ "log_format=",                NULL, "not one of text|json" },
		{ "allowed_syscalls=1,,2",      NULL, "an empty item" },
		{ "allowed_syscalls=1,",        NULL, "an empty item" },
		{ "python_deps_update_interval=1h 5m", NULL, "is not a time" },
		{ "python_deps_update_interval=h", NULL, "is not a time" },
		{ "python_deps_update_interval=", NULL, "is not a time" },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct config cfg = *base;
		char why[512] = "";
		int rc = config_set(&cfg, cases[i].text, why, sizeof(why));

		check((rc == 0) == (cases[i].why == NULL), "set %s: %s", cases[i].text, why);
		if (rc == 0 && cases[i].want != NULL)
			check(has_text(&cfg, cases[i].want), "set %s: want %s", cases[i].text, cases[i].want);
		if (rc == -1 && cases[i].why != NULL)
			check(strstr(why, cases[i].why) != NULL, "set %s: %s", cases[i].text, why);
	}
}

static void
test_together(const struct config *base)
{
	struct config cfg = *base;
	char why[512] = "";

	check(config_set(&cfg, "uid_base=65000", why, sizeof(why)) == 0, "uid_base: %s", why);
	check(config_set(&cfg, "max_workers=535", why, sizeof(why)) == 0, "the last uid: %s", why);
	check(config_set(&cfg, "max_workers=536", why, sizeof(why)) == -1 && strstr(why, "65000") != NULL &&
	    strstr(why, "536") != NULL, "one uid too many: %s", why);
	check(cfg.max_workers == 535, "a refused setting changed something");
}

/* A secret is in no message and in no dump, wherever it came from. */
static void
test_secret(const struct config *base)
{
	struct config cfg = *base;
	struct buf b;
	char why[512] = "";

	check(config_set(&cfg, "app.key=hunter2\n", why, sizeof(why)) == -1 && strstr(why, "hunter2") == NULL, "%s", why);
	check(config_set(&cfg, "app.key=hunter2", why, sizeof(why)) == 0, "%s", why);
	check(config_set(&cfg, "proxy.http=http://joe:hunter2@h:1", why, sizeof(why)) == 0, "%s", why);
	buf_init(&b, NULL, 64 * 1024);
	check(config_dump(&b, &cfg) == 0 && buf_put(&b, "", 1) == 0 && strstr(b.p, "hunter2") == NULL, "the dump tells");
	buf_free(&b);
}

/*** The environment, and a file from disk ***/

static void
test_environment(void)
{
	static const struct { const char *name, *value, *want, *why, *warn; } cases[] = {
		{ "SANDBOX_PORT",    "9000",          "app.port: 9000",         NULL, NULL },
		{ "DEBUG",           "1",             "app.debug: true",        NULL, NULL },
		{ "API_KEY",         "k",             "app.key: (set)",         NULL, NULL },
		{ "API_KEY",         "",              "app.key: (default)",     NULL, NULL },
		{ "MAX_WORKERS",     "9",             "max_workers: 9",         NULL, NULL },
		{ "MAX_WORKERS",     "",              "max_workers: 4",         NULL, NULL },
		{ "ENABLE_NETWORK",  "False",         "enable_network: false",  NULL, NULL },
		{ "ENABLE_NETWORK",  "",              "enable_network: true",   NULL, NULL },
		{ "ALLOWED_SYSCALLS", "1,2, 3",       "allowed_syscalls: 1,2,3", NULL, NULL },
		{ "HTTP_PROXY",      "http://p:3128", "proxy.http: http://p:3128", NULL, NULL },
		{ "SANDBOX_LAYERS",  "-landlock",     "layers: -landlock",      NULL, NULL },
		{ "GIN_MODE",        "release",       "max_workers: 4",         NULL, NULL },
		{ "PYTHON_LIB_PATH", "/usr/lib",      "max_workers: 4",         NULL, "environment PYTHON_LIB_PATH: python_lib_path is ignored" },
		{ "SYSTEM_LIB_REQUIREMENTS", "x",     "max_workers: 4",         NULL, "environment SYSTEM_LIB_REQUIREMENTS: " },
		{ "SANDBOX_PORT",    "tcp://10.0.0.7:8194", "app.port: 8194",   NULL, "Kubernetes" },
		{ "MAX_REQUESTS",    "2",             "max_requests: 2",        NULL, "max_requests: 2 is less than max_workers: 4" },
		{ "MAX_WORKERS",     "0",             NULL, "environment MAX_WORKERS: max_workers: 0 is not between 1 and 1024", NULL },
		{ "MAX_WORKERS",     " 4",            NULL, "environment MAX_WORKERS: max_workers: ", NULL },
		{ "WORKER_TIMEOUT",  "5s",            NULL, "environment WORKER_TIMEOUT: ", NULL },
		{ "SANDBOX_UID_BASE", "70000",        NULL, "environment SANDBOX_UID_BASE: ", NULL },
		{ "DEBUG",           "perhaps",       NULL, "environment DEBUG: app.debug: perhaps is not true or false", NULL },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct config cfg;
		char why[512] = "";

		n_warnings = 0;
		(void)setenv(cases[i].name, cases[i].value, 1);
		int rc = config_load(&cfg, NULL, note_warning, why, sizeof(why));
		(void)unsetenv(cases[i].name);
		check((rc == 0) == (cases[i].why == NULL), "%s=%s: %s", cases[i].name, cases[i].value, why);
		if (rc == 0 && cases[i].want != NULL)
			check(has_text(&cfg, cases[i].want), "%s=%s: want %s", cases[i].name, cases[i].value, cases[i].want);
		if (rc == -1 && cases[i].why != NULL)
			check(strstr(why, cases[i].why) == why, "%s=%s: %s", cases[i].name, cases[i].value, why);
		check(n_warnings == (cases[i].warn != NULL) && (cases[i].warn == NULL || warned(cases[i].warn)),
		    "%s=%s: %zu warnings: %s", cases[i].name, cases[i].value, n_warnings, n_warnings > 0 ? warnings[0] : "");
	}
}

static void
write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* Default < file < environment < command line, in a directory of our own. */
static void
test_sources(void)
{
	static char big[1024 * 1024 + 1];
	char dir[] = "/tmp/test_config.XXXXXX", why[512] = "";
	struct config cfg;
	char cwd[1024];

	if (getcwd(cwd, sizeof(cwd)) == NULL || mkdtemp(dir) == NULL || chdir(dir) == -1)
		abort();
	check(config_load(&cfg, NULL, NULL, why, sizeof(why)) == 0 && cfg.file[0] == '\0', "no file: %s", why);
	check(config_load(&cfg, "none.yaml", NULL, why, sizeof(why)) == -1 && strstr(why, "none.yaml: ") == why, "%s", why);
	check(config_load(&cfg, ".", NULL, why, sizeof(why)) == -1 && strstr(why, "not a regular file") != NULL, "%s", why);
	write_file("a.yaml", "max_workers: 9\nworker_timeout: 9\n", 33);
	(void)setenv("WORKER_TIMEOUT", "10", 1);
	check(config_load(&cfg, "a.yaml", NULL, why, sizeof(why)) == 0 && cfg.max_workers == 9 &&
	    cfg.worker_timeout == 10 && cfg.max_requests == 50 && strcmp(cfg.file, "a.yaml") == 0, "order: %s", why);
	check(config_set(&cfg, "worker_timeout=11", why, sizeof(why)) == 0 && cfg.worker_timeout == 11, "%s", why);
	(void)unsetenv("WORKER_TIMEOUT");

	memset(big, '\n', sizeof(big));
	memcpy(big, "max_workers: 9", 14);
	write_file("big.yaml", big, sizeof(big) - 1);
	check(config_load(&cfg, "big.yaml", NULL, why, sizeof(why)) == 0 && cfg.max_workers == 9, "1 MiB: %s", why);
	write_file("big.yaml", big, sizeof(big));
	check(config_load(&cfg, "big.yaml", NULL, why, sizeof(why)) == -1 && strstr(why, "larger than") != NULL, "%s", why);
	check(unlink("a.yaml") == 0 && unlink("big.yaml") == 0 && chdir(cwd) == 0 && rmdir(dir) == 0, "%s stays", dir);
}

int
main(void)
{
	struct buf b;

	/* What the caller's environment says is none of a test's business. */
	buf_init(&b, NULL, 64 * 1024);
	if (config_help(&b, true) == -1 || buf_put(&b, "", 1) == -1)
		return 1;
	for (char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		struct row row;

		*end = '\0';
		if (row_parse(line, &row) && row.env[0] != '\0')
			(void)unsetenv(row.env);
	}
	buf_free(&b);
	const struct config base = defaults();

	check(n_warnings == 0, "the defaults warn: %s", warnings[0]);
	test_corpus(&base);
	test_table(&base);
	test_help();
	test_example(&base);
	test_set(&base);
	test_together(&base);
	test_secret(&base);
	test_environment();
	test_sources();
	(void)printf("%u passed, %u failed\n", n_passed, n_failed);
	return n_failed > 0;
}
