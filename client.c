/*
 * client.c - the little HTTP client: `sandbox health`, and `curl` for the
 * health probes of compose files, which call it in an image that has none.
 *
 *   url_parse --> dial --> send_all --> read_head --> read_body --> stdout, -o
 *                   \---------- one deadline for all of it --------------/
 *
 * Blocking: one request, one response, then the process ends. Every wait is a
 * poll(2) against an absolute deadline; only the name resolver, which nothing
 * but a name other than localhost reaches, has a time-out of its own. The
 * response's head is bounded, its body is streamed and never stored. Plain HTTP
 * only. Messages and exit codes are curl's, so that scripts need not care.
 */
#include "sandbox.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HEAD_MAX (64 * 1024)            /* status line, fields and interim responses */
#define REQUEST_MAX (64 * 1024 * 1024)
#define HEADERS_MAX 32
#define HEALTH_MS 5000
#define WAIT_MS_MAX (3600 * 1000)       /* without -m: the longest run there can be */

/* curl(1), EXIT CODES. */
enum {
	EXIT_OK = 0, EXIT_PROTOCOL = 1, EXIT_USAGE = 2, EXIT_URL = 3, EXIT_RESOLVE = 6, EXIT_CONNECT = 7,
	EXIT_WEIRD = 8, EXIT_PARTIAL = 18, EXIT_STATUS = 22, EXIT_WRITE = 23, EXIT_MEMORY = 27, EXIT_TIMEOUT = 28,
	EXIT_EMPTY = 52, EXIT_SEND = 55, EXIT_RECV = 56
};

struct url {
	char host[256];
	char authority[300];            /* as it stands in the URL, for the Host field */
	uint16_t port;
	char target[2048];
};

struct fetch {
	struct url url;
	const char *method;             /* NULL: GET, or POST with data */
	const char *headers[HEADERS_MAX];       /* "Name: value"; "Name:" leaves ours out */
	size_t n_headers;
	struct buf data;                /* owned */
	bool has_data;
	bool fail_on_status;            /* -f */
	const char *output;             /* a file's name; NULL: stdout */
	int64_t wait_ms;
	int64_t start_ms, deadline_ms;
	int fd;                         /* the connection, or -1 */
	int out_fd;                     /* or -1 while nothing was written */
	uint64_t received;              /* bytes of body */
	int status;                     /* of the response; 0: none yet */
	char why[512];                  /* for people, when a function below returned another code than EXIT_OK */
};

/* Say why and give the exit code back, so that a caller does both in one line. */
static int __attribute__((format(printf, 3, 4)))
stop(struct fetch *f, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f->why, sizeof(f->why), fmt, ap);       /* cut, when it is long: words for people */
	va_end(ap);
	return code;
}

static int64_t
clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);      /* cannot fail with this clock */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*** URLs ***/

/* [user@]host[:port] -> host, port. Always false when there is a user: we send none. */
static bool
authority_parse(struct url *u, struct slice a)
{
	const char *close = a.n > 0 && a.p[0] == '[' ? memchr(a.p, ']', a.n) : NULL;
	const char *colon = close != NULL ? close + 1 : a.n > 0 ? memchr(a.p, ':', a.n) : NULL;
	struct slice host = a, port = SLICE("80");
	int64_t number;

	if (colon != NULL && colon < a.p + a.n) {
		if (*colon != ':')
			return false;
		host.n = (size_t)(colon - a.p);
		port = (struct slice){ colon + 1, a.n - host.n - 1 };
	}
	if (close != NULL)
		host = (struct slice){ a.p + 1, (size_t)(close - a.p) - 1 };
	if (host.n == 0 || host.n >= sizeof(u->host) || a.n >= sizeof(u->authority))
		return false;
	if (memchr(a.p, '@', a.n) != NULL || (close == NULL && a.p[0] == '['))
		return false;
	if (parse_int(port, 1, 65535, &number) == -1)
		return false;
	memcpy(u->host, host.p, host.n);
	u->host[host.n] = '\0';
	memcpy(u->authority, a.p, a.n);
	u->authority[a.n] = '\0';
	u->port = (uint16_t)number;
	return true;
}

/* [http://]host[:port][/path][?query][#ignored]; an exit code. */
static int
url_parse(struct fetch *f, const char *text)
{
	struct url *u = &f->url;
	const char *scheme_end = strstr(text, "://");

	/* What goes into the request line unescaped must not end it. */
	for (const char *p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return stop(f, EXIT_URL, "URL rejected: malformed input to a URL function");
	if (scheme_end != NULL && (size_t)(scheme_end - text) == strcspn(text, ":/?#")) {
		struct slice scheme = { text, (size_t)(scheme_end - text) };

		if (!slice_is_nocase(scheme, "http"))
			return stop(f, EXIT_PROTOCOL, "Protocol \"%.*s\" not supported", (int)(scheme_end - text), text);
		text = scheme_end + 3;
	}
	size_t n = strcspn(text, "/?#");
	size_t target = strcspn(text + n, "#");

	if (!authority_parse(u, (struct slice){ text, n }))
		return stop(f, EXIT_URL, "URL rejected: no host, or one with a user, or a bad port");
	int len = snprintf(u->target, sizeof(u->target), "%s%.*s", text[n] == '/' ? "" : "/", (int)target, text + n);
	if (len < 0 || (size_t)len >= sizeof(u->target))
		return stop(f, EXIT_URL, "URL rejected: the path is too long");
	return EXIT_OK;
}

/*** The connection ***/

/* Wait until the connection is ready; -1 with errno ETIMEDOUT past the deadline. */
static int
wait_for(const struct fetch *f, short events)
{
	struct pollfd pfd = { f->fd, events, 0 };

	for (;;) {
		int64_t left = f->deadline_ms - clock_ms();

		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		int n = poll(&pfd, 1, (int)left);
		if (n == 1)
			return 0;
		if (n == -1 && errno != EINTR)
			return -1;
	}
}

static int
timed_out(struct fetch *f)
{
	return stop(f, EXIT_TIMEOUT, "Operation timed out after %lld milliseconds with %llu bytes received",
	    (long long)(clock_ms() - f->start_ms), (unsigned long long)f->received);
}

/* Connect to one address. 0, or -1 with errno. */
static int
dial_one(struct fetch *f, const struct sockaddr *sa, socklen_t len)
{
	int error = 0;
	socklen_t size = sizeof(error);

	f->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd == -1)
		return -1;
	if (connect(f->fd, sa, len) == 0)
		return 0;
	error = errno;
	if (error == EINPROGRESS) {
		if (wait_for(f, POLLOUT) == -1 || getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
			error = errno;
		if (error == 0)
			return 0;
	}
	(void)close(f->fd);             /* nothing was sent */
	f->fd = -1;
	errno = error;
	return -1;
}

static int
dial_failed(struct fetch *f)
{
	return stop(f, EXIT_CONNECT, "Failed to connect to %s port %u: %s", f->url.host, f->url.port, strerror(errno));
}

/* localhost needs no resolver: the image may have no /etc/hosts. */
static int
dial_localhost(struct fetch *f)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(f->url.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(f->url.port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	if (dial_one(f, (const struct sockaddr *)&v4, sizeof(v4)) == 0)
		return EXIT_OK;
	int first = errno;
	if (first == ETIMEDOUT)
		return timed_out(f);
	if (dial_one(f, (const struct sockaddr *)&v6, sizeof(v6)) == 0)
		return EXIT_OK;
	errno = first;
	return dial_failed(f);
}

/* An exit code. */
static int
dial(struct fetch *f)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list;
	char port[8];

	if (slice_is_nocase((struct slice){ f->url.host, strlen(f->url.host) }, "localhost"))
		return dial_localhost(f);
	(void)snprintf(port, sizeof(port), "%u", f->url.port);
	if (getaddrinfo(f->url.host, port, &hints, &list) != 0)
		return stop(f, EXIT_RESOLVE, "Could not resolve host: %s", f->url.host);
	errno = EADDRNOTAVAIL;
	for (const struct addrinfo *ai = list; ai != NULL && f->fd == -1; ai = ai->ai_next)
		if (dial_one(f, ai->ai_addr, ai->ai_addrlen) == -1 && clock_ms() >= f->deadline_ms)
			break;
	int error = errno;
	freeaddrinfo(list);
	if (f->fd != -1)
		return EXIT_OK;
	errno = error;
	return clock_ms() >= f->deadline_ms ? timed_out(f) : dial_failed(f);
}

static int
send_all(struct fetch *f, struct slice s)
{
	while (s.n > 0) {
		ssize_t n = send(f->fd, s.p, s.n, MSG_NOSIGNAL);

		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			if (wait_for(f, POLLOUT) == -1)
				return timed_out(f);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return EXIT_OK;         /* it may have answered before it closed: read that */
		} else if (errno != EINTR) {
			return stop(f, EXIT_SEND, "Send failure: %s", strerror(errno));
		}
	}
	return EXIT_OK;
}

/* Receive up to n bytes; *got 0 at the end of the stream. An exit code. */
static int
receive(struct fetch *f, char *p, size_t n, size_t *got)
{
	for (;;) {
		ssize_t r = recv(f->fd, p, n, 0);

		if (r >= 0) {
			*got = (size_t)r;
			return EXIT_OK;
		}
		if (errno == EAGAIN) {
			if (wait_for(f, POLLIN) == -1)
				return timed_out(f);
		} else if (errno != EINTR) {
			return stop(f, EXIT_RECV, "Recv failure: %s", strerror(errno));
		}
	}
}

/*** The request ***/

/* Did the user give this field, with a value or to leave ours out? */
static bool
has_header(const struct fetch *f, const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i < f->n_headers; i++)
		if (strcspn(f->headers[i], ":") == n && strncasecmp(f->headers[i], name, n) == 0)
			return true;
	return false;
}

/* One of ours, unless the user gave it. */
static int
put_header(const struct fetch *f, struct buf *b, const char *name, const char *value)
{
	return has_header(f, name) ? 0 : buf_printf(b, "%s: %s\r\n", name, value);
}

static int
put_user_headers(const struct fetch *f, struct buf *b)
{
	for (size_t i = 0; i < f->n_headers; i++) {
		const char *line = f->headers[i], *value = strchr(line, ':') + 1;

		if (value[strspn(value, " ")] == '\0')
			continue;
		if (buf_puts(b, line) == -1 || buf_puts(b, "\r\n") == -1)
			return -1;
	}
	return 0;
}

static int
put_request(const struct fetch *f, struct buf *b)
{
	char length[32];

	(void)snprintf(length, sizeof(length), "%zu", f->data.len);
	if (buf_puts(b, f->method) == -1 || buf_puts(b, " ") == -1 || buf_puts(b, f->url.target) == -1 ||
	    buf_puts(b, " HTTP/1.1\r\n") == -1)
		return -1;
	if (put_header(f, b, "Host", f->url.authority) == -1 ||
	    put_header(f, b, "User-Agent", "sandbox") == -1 || put_header(f, b, "Accept", "*/*") == -1 ||
	    put_header(f, b, "Connection", "close") == -1)
		return -1;
	if (f->has_data && (put_header(f, b, "Content-Type", "application/x-www-form-urlencoded") == -1 ||
	    put_header(f, b, "Content-Length", length) == -1))
		return -1;
	if (put_user_headers(f, b) == -1 || buf_puts(b, "\r\n") == -1)
		return -1;
	return buf_put(b, f->data.p, f->data.len);
}

static int
send_request(struct fetch *f)
{
	struct buf b;

	if (f->method == NULL)
		f->method = f->has_data ? "POST" : "GET";
	buf_init(&b, NULL, REQUEST_MAX + HEAD_MAX);
	int code = put_request(f, &b) == -1 ? stop(f, EXIT_MEMORY, "Out of memory") : send_all(f, buf_slice(&b));
	buf_free(&b);
	return code;
}

/*** The response's head (RFC 9112 sections 4 and 5) ***/

struct head {
	bool chunked;
	bool has_length;
	uint64_t length;
};

/* The next line of *rest without its end; false when there is none. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	const char *lf = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;

	if (lf == NULL)
		return false;
	line->p = rest->p;
	line->n = (size_t)(lf - rest->p);
	rest->n -= line->n + 1;
	rest->p = lf + 1;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

/* HTTP/1.x and three digits, then a blank or nothing. */
static bool
status_parse(struct slice line, int *status)
{
	int64_t number;

	if (line.n < 12 || memcmp(line.p, "HTTP/1.", 7) != 0 || line.p[8] != ' ' || (line.n > 12 && line.p[12] != ' '))
		return false;
	if (parse_int((struct slice){ line.p + 9, 3 }, 100, 999, &number) == -1)
		return false;
	*status = (int)number;
	return true;
}

static bool
field_parse(struct head *h, struct slice line)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
	int64_t length;

	if (colon == NULL)
		return false;
	struct slice name = { line.p, (size_t)(colon - line.p) };
	struct slice value = { colon + 1, line.n - name.n - 1 };

	while (value.n > 0 && (value.p[0] == ' ' || value.p[0] == '\t')) {
		value.p++;
		value.n--;
	}
	while (value.n > 0 && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
		value.n--;
	if (slice_is_nocase(name, "Transfer-Encoding")) {
		h->chunked = true;
		return slice_is_nocase(value, "chunked");
	}
	if (!slice_is_nocase(name, "Content-Length"))
		return true;
	if (parse_int(value, 0, INT64_MAX, &length) == -1 || (h->has_length && h->length != (uint64_t)length))
		return false;
	h->has_length = true;
	h->length = (uint64_t)length;
	return true;
}

/*
 * Parse the response's head at the start of b and drop it. Sets *whole to
 * whether it is all there; when not, nothing was dropped. An exit code.
 */
static int
take_head(struct fetch *f, struct buf *b, struct head *h, bool *whole)
{
	struct slice rest = buf_slice(b), line;

	*whole = false;
	if (b->len > 0 && memcmp(b->p, "HTTP/", b->len < 5 ? b->len : 5) != 0)
		return stop(f, EXIT_PROTOCOL, "Received HTTP/0.9 when not allowed");
	while (next_line(&rest, &line))
		if (line.n == 0) {
			*whole = true;
			break;
		}
	if (!*whole)
		return EXIT_OK;
	size_t len = b->len - rest.n;

	rest = buf_slice(b);
	*h = (struct head){ 0 };
	if (!next_line(&rest, &line) || !status_parse(line, &f->status))
		return stop(f, EXIT_WEIRD, "Weird server reply: the status line");
	while (next_line(&rest, &line) && line.n > 0)
		if (!field_parse(h, line))
			return stop(f, EXIT_WEIRD, "Weird server reply: a header field");
	buf_drop(b, len);
	return EXIT_OK;
}

/* Read until the head of the final response is whole; b keeps what came after it. An exit code. */
static int
read_head(struct fetch *f, struct buf *b, struct head *h)
{
	bool whole;

	for (;;) {
		int code = take_head(f, b, h, &whole);

		if (code != EXIT_OK)
			return code;
		if (whole && f->status >= 200)
			return EXIT_OK;
		if (whole)
			continue;       /* 1xx: the real one follows (RFC 9110 section 15.2) */
		if (buf_reserve(b, 1) == -1)
			return stop(f, EXIT_RECV, "Too large response headers");
		size_t got = 0;
		code = receive(f, b->p + b->len, b->cap - b->len, &got);
		if (code != EXIT_OK)
			return code;
		if (got == 0)
			return stop(f, b->len == 0 ? EXIT_EMPTY : EXIT_PARTIAL, b->len == 0 ?
			    "Empty reply from server" : "The connection was closed inside the headers");
		b->len += got;
	}
}

/*** The response's body (RFC 9112 sections 6 and 7) ***/

enum body_state {
	BODY_SIZE, BODY_EXTENSION, BODY_CHUNK, BODY_CHUNK_END, BODY_TRAILER, BODY_FIELD, BODY_PLAIN, BODY_DONE
};

struct body {
	enum body_state state;
	uint64_t left;                  /* of the chunk, or of the length */
	unsigned digits;                /* of the chunk's size */
	bool to_eof;                    /* BODY_PLAIN without a length */
};

static int
write_out(struct fetch *f, struct slice s)
{
	if (f->out_fd == -1 && f->output == NULL)
		f->out_fd = STDOUT_FILENO;
	if (f->out_fd == -1)
		f->out_fd = open(f->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (f->out_fd == -1)
		return stop(f, EXIT_WRITE, "Failed to open %s: %s", f->output, strerror(errno));
	f->received += s.n;
	while (s.n > 0) {
		ssize_t n = write(f->out_fd, s.p, s.n);

		if (n == -1 && errno != EINTR)
			return stop(f, EXIT_WRITE, "Failure writing output: %s", strerror(errno));
		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		}
	}
	return EXIT_OK;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of chunk framing; false when it is wrong. Like curl we do not ask for the CR before an LF. */
static bool
body_framing(struct body *b, char c)
{
	switch (b->state) {
	case BODY_SIZE:
		if (hex_value(c) >= 0) {
			b->left = b->left << 4 | (uint64_t)hex_value(c);
			return ++b->digits <= 15;
		}
		if (b->digits == 0)
			return false;
		b->state = BODY_EXTENSION;
		/* FALLTHROUGH */
	case BODY_EXTENSION:
		if (c == '\n')
			b->state = b->left > 0 ? BODY_CHUNK : BODY_TRAILER;
		return true;
	case BODY_CHUNK_END:
		if (c == '\r')
			return true;
		b->state = BODY_SIZE;
		b->digits = 0;
		return c == '\n';
	case BODY_TRAILER:
		if (c == '\n')
			b->state = BODY_DONE;
		else if (c != '\r')
			b->state = BODY_FIELD;
		return true;
	case BODY_FIELD:
		if (c == '\n')
			b->state = BODY_TRAILER;
		return true;
	case BODY_CHUNK:
	case BODY_PLAIN:
	case BODY_DONE:
		break;
	}
	return false;
}

/* Write the body's bytes in s, which the framing may share. An exit code. */
static int
body_feed(struct fetch *f, struct body *b, struct slice s)
{
	while (s.n > 0 && b->state != BODY_DONE) {
		if (b->state != BODY_CHUNK && b->state != BODY_PLAIN) {
			if (!body_framing(b, *s.p))
				return stop(f, EXIT_RECV, "Malformed encoding found in chunked-encoding");
			s.p++;
			s.n--;
			continue;
		}
		size_t n = !b->to_eof && b->left < s.n ? (size_t)b->left : s.n;
		int code = write_out(f, (struct slice){ s.p, n });

		if (code != EXIT_OK)
			return code;
		s.p += n;
		s.n -= n;
		b->left -= b->to_eof ? 0 : n;
		if (!b->to_eof && b->left == 0)
			b->state = b->state == BODY_CHUNK ? BODY_CHUNK_END : BODY_DONE;
	}
	return EXIT_OK;
}

/* The framing of this response's body (RFC 9112 section 6.3). */
static struct body
body_begin(const struct fetch *f, const struct head *h)
{
	if (strcmp(f->method, "HEAD") == 0 || f->status == 204 || f->status == 304)
		return (struct body){ .state = BODY_DONE };
	if (h->chunked)
		return (struct body){ .state = BODY_SIZE };
	if (h->has_length)
		return (struct body){ .state = h->length > 0 ? BODY_PLAIN : BODY_DONE, .left = h->length };
	return (struct body){ .state = BODY_PLAIN, .to_eof = true };
}

/* first is what came with the head. An exit code. */
static int
read_body(struct fetch *f, const struct head *h, struct slice first)
{
	struct body b = body_begin(f, h);
	char chunk[16 * 1024];
	int code = body_feed(f, &b, first);

	while (code == EXIT_OK && b.state != BODY_DONE) {
		size_t got = 0;

		code = receive(f, chunk, sizeof(chunk), &got);
		if (code != EXIT_OK || (got == 0 && b.to_eof))
			return code;
		if (got == 0)
			return stop(f, EXIT_PARTIAL, "The server closed the connection before the end of the body");
		code = body_feed(f, &b, (struct slice){ chunk, got });
	}
	return code;
}

/*** One request ***/

static int
exchange(struct fetch *f, struct buf *in)
{
	struct head h = { 0 };
	int code = dial(f);

	if (code == EXIT_OK)
		code = send_request(f);
	if (code == EXIT_OK)
		code = read_head(f, in, &h);
	if (code != EXIT_OK)
		return code;
	if (f->fail_on_status && f->status >= 400)
		return stop(f, EXIT_STATUS, "The requested URL returned error: %d", f->status);
	code = read_body(f, &h, buf_slice(in));
	if (code == EXIT_OK && f->output != NULL)
		code = write_out(f, (struct slice){ "", 0 });   /* an empty body makes an empty file */
	return code;
}

/* Everything in f is set but the last part, which is ours. An exit code. */
static int
fetch(struct fetch *f)
{
	struct buf in;

	buf_init(&in, NULL, HEAD_MAX);
	f->fd = f->out_fd = -1;
	f->start_ms = clock_ms();
	f->deadline_ms = f->start_ms + f->wait_ms;
	int code = exchange(f, &in);
	if (f->fd != -1)
		(void)close(f->fd);     /* the response is complete, or we gave up */
	if (f->out_fd > STDERR_FILENO && close(f->out_fd) == -1 && code == EXIT_OK)
		code = stop(f, EXIT_WRITE, "Failure writing output: %s", strerror(errno));
	buf_free(&in);
	return code;
}

/*** curl ***/

struct cli {
	struct fetch f;
	const char *url;
	bool silent, show_error;
};

static int
opt_output(struct cli *c, const char *value)
{
	c->f.output = strcmp(value, "-") == 0 ? NULL : value;
	return EXIT_OK;
}

/* Seconds with up to three decimals, the only ones that count. */
static int
opt_max_time(struct cli *c, const char *value)
{
	size_t whole = strcspn(value, ".");
	const char *dot = value + whole;
	int64_t s, ms = 0;

	if (parse_int((struct slice){ value, whole }, 0, WAIT_MS_MAX / 1000, &s) == -1)
		return EXIT_USAGE;
	if (*dot == '.') {
		size_t digits = strlen(dot + 1);

		if (digits > 3 || parse_int((struct slice){ dot + 1, digits }, 0, 999, &ms) == -1)
			return EXIT_USAGE;
		for (; digits < 3; digits++)
			ms *= 10;
	}
	/* 0 is curl's "no limit". */
	c->f.wait_ms = s * 1000 + ms > 0 ? s * 1000 + ms : WAIT_MS_MAX;
	return EXIT_OK;
}

static int
opt_method(struct cli *c, const char *value)
{
	const size_t n = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	c->f.method = value;
	return n > 0 && value[n] == '\0' ? EXIT_OK : EXIT_USAGE;
}

static int
opt_header(struct cli *c, const char *value)
{
	if (value[strcspn(value, "\r\n")] != '\0' || strchr(value, ':') == NULL || value[0] == ':')
		return EXIT_USAGE;
	if (c->f.n_headers == HEADERS_MAX)
		return EXIT_USAGE;
	c->f.headers[c->f.n_headers++] = value;
	return EXIT_OK;
}

static int
opt_data_raw(struct cli *c, const char *value)
{
	if (c->f.has_data && buf_put(&c->f.data, "&", 1) == -1)
		return EXIT_MEMORY;
	c->f.has_data = true;
	return buf_puts(&c->f.data, value) == -1 ? EXIT_MEMORY : EXIT_OK;
}

/* curl reads a file after @; we refuse what we would do differently. */
static int
opt_data(struct cli *c, const char *value)
{
	return value[0] == '@' ? EXIT_USAGE : opt_data_raw(c, value);
}

#define AT(field) offsetof(struct cli, field)

static const struct flag {
	char letter;                    /* '\0': none */
	const char *name;
	int (*set)(struct cli *, const char *value);    /* an exit code; NULL: no value, a bool to set */
	size_t at;                      /* that bool */
	const char *help;
} flags[] = {
	{ 'f',  "fail",        NULL,         AT(f.fail_on_status), "exit 22 on a status of 400 or more, print no body" },
	{ 's',  "silent",      NULL,         AT(silent),           "print no error" },
	{ 'S',  "show-error",  NULL,         AT(show_error),       "print it all the same" },
	{ 'o',  "output",      opt_output,   0, "the name of a file for the body" },
	{ 'm',  "max-time",    opt_max_time, 0, "seconds for all of it, at most 3600" },
	{ 'X',  "request",     opt_method,   0, "a method of letters only" },
	{ 'H',  "header",      opt_header,   0, "\"Name: value\", at most 32 times; \"Name:\" leaves ours out" },
	{ 'd',  "data",        opt_data,     0, "a body to POST; @file is not supported" },
	{ '\0', "data-raw",    opt_data_raw, 0, "a body to POST, in which @ means nothing" },
	{ '\0', "data-binary", opt_data,     0, "a body to POST; @file is not supported" },
};

/* One flag and its value. An exit code. */
static int
apply(struct cli *c, const struct flag *flag, const char *shown, const char *value)
{
	if (flag->set == NULL) {
		bool *on = (bool *)((char *)c + flag->at);

		*on = true;
		return EXIT_OK;
	}
	if (value == NULL)
		return stop(&c->f, EXIT_USAGE, "option %s: requires parameter", shown);
	int code = flag->set(c, value);
	if (code == EXIT_USAGE)
		return stop(&c->f, code, "option %s: %s: expected %s", shown, value, flag->help);
	return code == EXIT_OK ? code : stop(&c->f, code, "Out of memory");
}

/* --name [value]; *used is set to the arguments taken beside it. */
static int
apply_long(struct cli *c, const char *arg, const char *next, int *used)
{
	for (size_t i = 0; i < LEN(flags); i++) {
		if (strcmp(arg + 2, flags[i].name) != 0)
			continue;
		*used = flags[i].set != NULL;
		return apply(c, &flags[i], arg, next);
	}
	return stop(&c->f, EXIT_USAGE, "option %s: is unknown", arg);
}

/* -abc [value]: the first letter that takes a value takes the rest of the word, or the next one. */
static int
apply_short(struct cli *c, const char *arg, const char *next, int *used)
{
	for (const char *p = arg + 1; *p != '\0'; p++) {
		const struct flag *flag = NULL;

		for (size_t i = 0; i < LEN(flags) && flag == NULL; i++)
			if (flags[i].letter == *p)
				flag = &flags[i];
		if (flag == NULL)
			return stop(&c->f, EXIT_USAGE, "option %s: is unknown", arg);
		if (flag->set != NULL) {
			*used = p[1] == '\0';
			return apply(c, flag, arg, *used ? next : p + 1);
		}
		(void)apply(c, flag, arg, NULL);        /* a bool: cannot fail */
	}
	return EXIT_OK;
}

static int
cli_parse(struct cli *c, int argc, char **argv)
{
	bool only_urls = false;

	for (int i = 0; i < argc; i++) {
		const char *arg = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
		int used = 0, code = EXIT_OK;

		if (!only_urls && strcmp(arg, "--") == 0)
			only_urls = true;
		else if (!only_urls && strncmp(arg, "--", 2) == 0)
			code = apply_long(c, arg, next, &used);
		else if (!only_urls && arg[0] == '-' && arg[1] != '\0')
			code = apply_short(c, arg, next, &used);
		else if (c->url != NULL)
			code = stop(&c->f, EXIT_USAGE, "%s: only one URL is supported", arg);
		else
			c->url = arg;
		if (code != EXIT_OK)
			return code;
		i += used;
	}
	return c->url != NULL ? url_parse(&c->f, c->url) : stop(&c->f, EXIT_USAGE, "no URL specified");
}

int
client_curl(int argc, char **argv)
{
	struct cli c = { .f = { .wait_ms = WAIT_MS_MAX } };

	buf_init(&c.f.data, NULL, REQUEST_MAX);
	int code = cli_parse(&c, argc, argv);
	bool usage = code == EXIT_USAGE;

	if (code == EXIT_OK)
		code = fetch(&c.f);
	buf_free(&c.f.data);
	if (usage)
		(void)fprintf(stderr, "curl: %s\n", c.f.why);
	else if (code != EXIT_OK && (!c.silent || c.show_error))
		(void)fprintf(stderr, "curl: (%d) %s\n", code, c.f.why);
	return code;
}

/*** health ***/

/* Where this configuration's server answers, seen from its own machine. */
static void
health_url(const struct config *cfg, char *url, size_t n)
{
	bool any = strcmp(cfg->listen, "::") == 0 || strcmp(cfg->listen, "0.0.0.0") == 0;
	bool v6 = !any && strchr(cfg->listen, ':') != NULL;

	(void)snprintf(url, n, "http://%s%s%s:%lld/health", v6 ? "[" : "", any ? "127.0.0.1" : cfg->listen,
	    v6 ? "]" : "", (long long)cfg->port);
}

int
client_health(int argc, char **argv, const struct config *cfg)
{
	struct fetch f = { .wait_ms = HEALTH_MS };
	char url[TEXT_LEN + 64];

	health_url(cfg, url, sizeof(url));
	if (argc > 1) {
		(void)fprintf(stderr, "usage: sandbox health [URL]\n");
		return 1;
	}
	int code = url_parse(&f, argc == 1 ? argv[0] : url);
	if (code == EXIT_OK)
		code = fetch(&f);
	if (code == EXIT_OK && f.status != 200)
		code = stop(&f, EXIT_STATUS, "%s answered with status %d", argc == 1 ? argv[0] : url, f.status);
	if (code != EXIT_OK)
		(void)fprintf(stderr, "sandbox health: %s\n", f.why);
	return code == EXIT_OK ? 0 : 1;
}
