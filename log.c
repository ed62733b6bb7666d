/*
 * log.c - one line per event, as text or as JSON; nothing else in the server
 * writes to stdout or stderr.
 *
 *   2026-06-01T12:00:00.123Z info  run id=… lang=python3 verdict=ok run_ms=12
 *   {"time":"2026-06-01T12:00:00.123Z","level":"info","event":"run",…}
 *
 * A value can hold what a client sent: it is quoted and escaped, so that a
 * line stays one line and a terminal sees no control character. A line that
 * would have to wait for its reader is dropped and counted: a stuck log
 * collector must not stop the server.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	int out, err;
	bool json, debug;
	unsigned long dropped;
} sink = { .out = 1, .err = 2 };

static const struct { const char *name, *padded; } levels[] = {
	[LOG_DEBUG] = { "debug", "debug" },
	[LOG_INFO]  = { "info",  "info " },
	[LOG_WARN]  = { "warn",  "warn " },
	[LOG_ERROR] = { "error", "error" },
};

int
log_setup(const char *path, bool json, bool debug)
{
	sink.json = json;
	sink.debug = debug;
	if (path == NULL || path[0] == '\0')
		return 0;
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags, 0640);
	char inside[PATH_LEN + 16];

	if (fd == -1 && errno == EISDIR) {      /* what DifySandbox's own configuration names is a directory */
		(void)snprintf(inside, sizeof(inside), "%s/sandbox.log", path);
		fd = open(inside, flags, 0640);
	}
	if (fd == -1)
		return -1;
	sink.out = sink.err = fd;
	return 0;
}

int
log_fd(void)
{
	return sink.out == 1 ? -1 : sink.out;
}

#define TAIL 64                          /* kept for log_lines_lost and the line's end */

/* Append, or note that the line is full. */
static void
put(struct log_line *l, const char *p, size_t n)
{
	if (n > sizeof(l->text) - TAIL - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, p, n);
	l->len += n;
}

static void
puts_line(struct log_line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Of the longer sequences: U+0080 to U+009F, and the line ends U+2028 and U+2029. */
static bool
is_control(const char *p)
{
	return (p[0] == '\xc2' && (unsigned char)p[1] < 0xa0) ||
	    (p[0] == '\xe2' && p[1] == '\x80' && (p[2] == '\xa8' || p[2] == '\xa9'));
}

/* One byte of a value inside quotes; text and JSON share the escapes. */
static void
put_escaped(struct log_line *l, struct slice s)
{
	for (size_t i = 0; i < s.n; ) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = utf8_len(s.p + i, s.n - i);
		char esc[8];

		if (c == '"' || c == '\\') {
			esc[0] = '\\';
			esc[1] = (char)c;
			put(l, esc, 2);
		} else if (c == '\n') {
			put(l, "\\n", 2);
		} else if (n > 1 && is_control(s.p + i)) {
			(void)snprintf(esc, sizeof(esc), "\\u%04x", c == 0xc2 ? (unsigned char)s.p[i + 1] :
			    0x2000u + ((unsigned char)s.p[i + 2] & 0x3fu));
			put(l, esc, 6);
		} else if (c < 0x20 || c == 0x7f || n == 0) {
			(void)snprintf(esc, sizeof(esc), "\\u%04x", c);
			put(l, esc, 6);
		} else {
			put(l, s.p + i, n);
		}
		i += n == 0 ? 1 : n;
	}
}

static bool
needs_quotes(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c >= 0x7f)
			return true;
	}
	return s.n == 0;
}

static void
put_key(struct log_line *l, const char *key)
{
	puts_line(l, sink.json ? ",\"" : " ");
	puts_line(l, key);
	puts_line(l, sink.json ? "\":" : "=");
}

void
log_open(struct log_line *l, enum log_level level, const char *event)
{
	struct timespec ts;
	struct tm tm;
	char when[80];

	l->level = level;
	l->len = 0;
	l->full = false;
	l->off = level == LOG_DEBUG && !sink.debug;
	if (l->off)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	(void)gmtime_r(&ts.tv_sec, &tm);
	(void)snprintf(when, sizeof(when), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ts.tv_nsec / 1000000));
	if (sink.json) {
		puts_line(l, "{\"time\":\"");
		puts_line(l, when);
		puts_line(l, "\",\"level\":\"");
		puts_line(l, levels[level].name);
		puts_line(l, "\",\"event\":\"");
		puts_line(l, event);
		puts_line(l, "\"");
	} else {
		puts_line(l, when);
		puts_line(l, " ");
		puts_line(l, levels[level].padded);
		puts_line(l, " ");
		puts_line(l, event);
	}
}

/* A value longer than this is cut, with "..." at its end. */
#define VALUE_MAX 1024

void
log_str(struct log_line *l, const char *key, struct slice s)
{
	size_t start = l->len;
	bool cut = s.n > VALUE_MAX;

	if (l->off || l->full)
		return;
	if (cut)
		s.n = VALUE_MAX;
	put_key(l, key);
	if (sink.json || cut || needs_quotes(s)) {
		put(l, "\"", 1);
		put_escaped(l, s);
		puts_line(l, cut ? "...\"" : "\"");
	} else {
		put(l, s.p, s.n);
	}
	/* A field stands whole or not at all: half of one would break the JSON. */
	if (l->full)
		l->len = start;
}

void
log_text(struct log_line *l, const char *key, const char *s)
{
	log_str(l, key, (struct slice){ s, strlen(s) });
}

void
log_num(struct log_line *l, const char *key, int64_t v)
{
	char text[24];

	if (l->off || l->full)
		return;
	size_t start = l->len;

	(void)snprintf(text, sizeof(text), "%lld", (long long)v);
	put_key(l, key);
	puts_line(l, text);
	if (l->full)
		l->len = start;
}

/* Write without waiting: a pipe that polls writable takes PIPE_BUF (4096) bytes at once. */
static bool
emit(int fd, const char *p, size_t n)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
		return false;
	while (n > 0) {
		ssize_t w = write(fd, p, n);
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

void
log_close(struct log_line *l)
{
	if (l->off)
		return;
	if (sink.dropped > 0)           /* fits: TAIL is kept for it */
		l->len += (size_t)snprintf(l->text + l->len, TAIL - 2, sink.json ? ",\"log_lines_lost\":%lu" :
		    " log_lines_lost=%lu", sink.dropped);
	if (sink.json)
		l->text[l->len++] = '}';
	l->text[l->len++] = '\n';
	if (emit(l->level >= LOG_WARN ? sink.err : sink.out, l->text, l->len))
		sink.dropped = 0;
	else
		sink.dropped++;
}

void
log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
	struct log_line l;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);   /* a long message may be cut: it is for people */
	va_end(ap);
	log_open(&l, level, event);
	log_text(&l, "msg", text);
	log_close(&l);
}
