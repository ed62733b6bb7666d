/*
 * http.c - bytes -> request, response -> bytes (RFC 9110, RFC 9112).
 *
 *   buf: | head ........ | body so far ... | not read yet ... |
 *        0               body_at           at                 *len
 *
 * A state machine over single bytes: the head is visited once, a body with a
 * Content-Length not at all, a chunked one is moved down over its framing. The
 * parser keeps offsets, never pointers, so the caller may move the buffer
 * between two calls; the path is percent-decoded where it stands, once, when
 * the request line ends. Each verdict belongs to one byte (or to the end of
 * one line), so it is the same wherever the packets were cut.
 *
 * What two recipients could read differently is refused, not repaired (RFC 9112
 * section 11). The lenient spots are named where they are: empty lines before a
 * request, '[' and ']' in a target, unknown members of Connection.
 *
 * It never does I/O, reads a clock, allocates, or knows a route.
 */
#include "sandbox.h"

#include <string.h>

#define METHOD_MAX 32
#define EMPTY_LINES_MAX 2               /* before a request line */
#define SIZE_DIGITS_MAX 16              /* of a chunk: 64 bits */
#define DATE_MAX INT64_C(253402300799)  /* the last second of the year 9999 */

enum state {
	START, START_LF,                /* empty lines */
	METHOD, TARGET, VERSION, VERSION_LF,
	LINE,                           /* of a field, or the empty one */
	NAME, VALUE, VALUE_LF,
	LAST_LF,                        /* of the empty line */
	CHUNK_SIZE, CHUNK_SPACE, CHUNK_EXT, CHUNK_LF,
	DATA_CR, DATA_LF,               /* after a chunk's data */
	DATA,
	BODY,                           /* with a Content-Length */
	DONE
};

/* What is kept of a head: the known fields, then the request line. */
enum span {
	HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, EXPECT,
	API_KEY, CONTENT_TYPE, REQUEST_ID, TRACEPARENT,
	METHOD_SPAN, PATH_SPAN, QUERY_SPAN,
	SPANS
};
_Static_assert(SPANS == HTTP_SPANS, "sandbox.h: HTTP_SPANS");

/*** Bytes ***/

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 section 5.6.2. */
static bool
is_tchar(unsigned char c)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	return is_alnum(c) || memchr(marks, c, sizeof(marks) - 1) != NULL;
}

/*
 * RFC 3986 section 2 without '#'. Brackets belong to an address only, but
 * clients send them in queries.
 */
static bool
is_uri(unsigned char c)
{
	static const char marks[] = "-._~:/?[]@!$&'()*+,;=%";

	return is_alnum(c) || memchr(marks, c, sizeof(marks) - 1) != NULL;
}

/* RFC 9110 section 5.5: visible ASCII, blanks, obs-text. */
static bool
is_value(unsigned char c)
{
	return (c >= ' ' && c != 0x7F) || c == '\t';
}

/* The value of a hexadecimal digit, or -1. */
static int
hex(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at the start of p[0..n) stands for, or -1. */
static int
escape(const char *p, size_t n)
{
	int high, low;

	if (n < 3 || p[0] != '%')
		return -1;
	high = hex((unsigned char)p[1]);
	low = hex((unsigned char)p[2]);
	return high == -1 || low == -1 ? -1 : high * 16 + low;
}

static struct slice
trim(struct slice s)
{
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* s without its first n bytes (n <= s.n). */
static struct slice
after(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.n - n };
}

/* What stands before the first c; s becomes what stands after it. */
static struct slice
cut(struct slice *s, char c)
{
	const char *p = s->n > 0 ? memchr(s->p, c, s->n) : NULL;
	struct slice first = *s;

	if (p == NULL) {
		s->n = 0;
		return first;
	}
	first.n = (size_t)(p - s->p);
	*s = after(*s, first.n + 1);
	return first;
}

/*** Verdicts ***/

static void
fail(struct http_parser *p, int status, const char *why)
{
	p->status = status;
	p->why = why;
}

/* The byte c must not stand here: 400. Two of them have a name of their own. */
static void
refuse(struct http_parser *p, unsigned char c, const char *why)
{
	if (c == '\n')
		why = "bare LF";
	else if (c == '\0')
		why = "NUL byte";
	fail(p, 400, why);
}

/* Go on to next when c is the byte that must stand here. */
static void
expect(struct http_parser *p, unsigned char c, unsigned char want,
    enum state next, const char *why)
{
	if (c == want)
		p->state = next;
	else
		refuse(p, c, why);
}

/*** Request line ***/

static void
keep_span(struct http_parser *p, enum span i, const char *buf, struct slice s)
{
	p->span[i].at = (size_t)(s.p - buf);
	p->span[i].n = s.n;
	p->seen |= 1U << i;
}

static struct slice
span(const struct http_parser *p, enum span i, const char *buf)
{
	if ((p->seen & 1U << i) == 0)
		return SLICE("");
	return (struct slice){ buf + p->span[i].at, p->span[i].n };
}

/* How many bytes at the start of s may stand in a name, or in an address. */
static size_t
host_len(struct slice s, bool address)
{
	static const char marks[] = "-._~!$&'()*+,;=";
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is_alnum((unsigned char)s.p[i]) &&
		    memchr(marks, s.p[i], sizeof(marks) - 1) == NULL &&
		    !(address && s.p[i] == ':') &&
		    escape(s.p + i, s.n - i) == -1)
			break;
	return i;
}

/*
 * uri-host [ ":" port ], RFC 9110 section 7.2. An empty host may be refused
 * (RFC 9112 section 3.3), so it is.
 */
static bool
is_host(struct slice s)
{
	bool address = s.n > 0 && s.p[0] == '[';
	struct slice rest = address ? after(s, 1) : s;
	size_t n = host_len(rest, address);

	rest = after(rest, n);
	if (n == 0 || (address && (rest.n == 0 || rest.p[0] != ']')))
		return false;
	if (address)
		rest = after(rest, 1);
	if (rest.n > 0 && rest.p[0] != ':')
		return false;
	for (size_t i = 1; i < rest.n; i++)
		if (!is_digit((unsigned char)rest.p[i]))
			return false;
	return true;
}

/* Decode the path, which lies in buf, where it stands. */
static void
keep_path(struct http_parser *p, char *buf, struct slice path)
{
	size_t at = (size_t)(path.p - buf), n = 0;

	for (size_t i = 0; i < path.n; i++) {
		int c = (unsigned char)path.p[i];

		if (c == '%') {
			c = escape(path.p + i, path.n - i);
			if (c <= 0) {
				fail(p, 400, c == 0 ? "NUL byte in the path" :
				    "bad escape in the path");
				return;
			}
			i += 2;
		}
		buf[at + n++] = (char)c;
	}
	path.n = n;
	keep_span(p, PATH_SPAN, buf, path);
}

static void
keep_origin(struct http_parser *p, char *buf, struct slice target)
{
	struct slice path = cut(&target, '?');

	keep_span(p, QUERY_SPAN, buf, target);
	keep_path(p, buf, path);
}

/*
 * RFC 9112 section 3.2.2: a server must accept the absolute form, and the Host
 * field, which must be there all the same, does not count. https is refused: it
 * did not come over TLS (RFC 9110 section 7.4). So are a user and an empty
 * host (sections 4.2.4, 4.2.1).
 */
static void
keep_absolute(struct http_parser *p, char *buf, struct slice target)
{
	static const struct slice scheme = { "http://", 7 };
	struct slice rest, host;
	size_t n = 0;

	if (target.n < scheme.n ||
	    !slice_is_nocase((struct slice){ target.p, scheme.n }, scheme.p)) {
		fail(p, 400, "bad request target");
		return;
	}
	rest = after(target, scheme.n);
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	host = (struct slice){ rest.p, n };
	rest = after(rest, n);
	if (!is_host(host)) {
		fail(p, 400, "bad host in the request target");
		return;
	}
	if (rest.n > 0 && rest.p[0] == '/') {
		keep_origin(p, buf, rest);
		return;
	}
	(void)cut(&rest, '?');
	keep_span(p, QUERY_SPAN, buf, rest);
	/* An empty path is "/" (RFC 9110 section 4.2.3): that of "//" will do. */
	target = after(target, scheme.n - 1);
	keep_span(p, PATH_SPAN, buf, (struct slice){ target.p, 1 });
}

/* RFC 9112 section 3.2. */
static void
end_target(struct http_parser *p, char *buf)
{
	struct slice method = span(p, METHOD_SPAN, buf);
	struct slice target = { buf + p->mark, p->at - p->mark };

	p->state = VERSION;
	p->count = 0;
	if (slice_is(method, "CONNECT"))
		fail(p, 501, "CONNECT is not supported");
	else if (slice_is(target, "*") && slice_is(method, "OPTIONS"))
		keep_span(p, PATH_SPAN, buf, target);
	else if (target.p[0] == '/')
		keep_origin(p, buf, target);
	else
		keep_absolute(p, buf, target);
}

static void
step_method(struct http_parser *p, const char *buf, unsigned char c)
{
	size_t n = p->at - p->mark;
	struct slice method = { buf + p->mark, n };

	if (c == ' ' && n > 0) {
		keep_span(p, METHOD_SPAN, buf, method);
		p->mark = p->at + 1;
		p->state = TARGET;
	} else if (!is_tchar(c)) {
		refuse(p, c, "bad method");
	} else if (n == METHOD_MAX) {
		fail(p, 501, "method too long");
	}
}

static void
step_target(struct http_parser *p, char *buf, unsigned char c)
{
	size_t n = p->at - p->mark;

	if (c == ' ' && n > 0)
		end_target(p, buf);
	else if (c == '#')
		fail(p, 400, "fragment in the request target");
	else if (!is_uri(c))
		refuse(p, c, "bad request target");
	else if (n == HTTP_TARGET_MAX)
		fail(p, 414, "request target too long");
}

/* RFC 9112 section 2.3. Later minor versions are 1.1 (RFC 9110 section 2.5). */
static void
step_version(struct http_parser *p, unsigned char c)
{
	static const char form[] = "HTTP/1.1\r";
	enum { MAJOR = 5, MINOR = 7, LAST = 8 };
	unsigned at = p->count++;

	if (at == MINOR && is_digit(c))
		p->minor = c != '0';
	else if (at == MAJOR && is_digit(c) && c != '1')
		fail(p, 505, "not HTTP/1");
	else if (c != (unsigned char)form[at])
		refuse(p, c, "bad HTTP version");
	else if (at == LAST)
		p->state = VERSION_LF;
}

static void
step_line(struct http_parser *p, char *buf, unsigned char c)
{
	switch ((enum state)p->state) {
	case START:
		/* RFC 9112 section 2.2: to be ignored. */
		if (c == '\r' && p->count++ < EMPTY_LINES_MAX) {
			p->state = START_LF;
			break;
		}
		p->mark = p->at;
		p->state = METHOD;
		/* FALLTHROUGH */
	case METHOD:
		step_method(p, buf, c);
		break;
	case START_LF:
		expect(p, c, '\n', START, "bare CR");
		break;
	case TARGET:
		step_target(p, buf, c);
		break;
	case VERSION:
		step_version(p, c);
		break;
	default:
		expect(p, c, '\n', LINE, "bare CR");
	}
}

/*** Fields ***/

/* RFC 9112 section 3.2. */
static void
read_host(struct http_parser *p, struct slice value)
{
	if (!is_host(value))
		fail(p, 400, "bad Host");
}

/*
 * RFC 9110 section 8.6. A list of equal values may be refused (RFC 9112
 * section 6.3), so it is.
 */
static void
read_length(struct http_parser *p, struct slice value)
{
	int64_t n;

	if (value.n == 0 || !is_digit((unsigned char)value.p[0]) ||
	    parse_int(value, 0, INT64_MAX, &n) == -1)
		fail(p, 400, "bad Content-Length");
	else
		p->content_length = (uint64_t)n;
}

static void
read_coding(struct http_parser *p, struct slice value)
{
	p->chunked = slice_is_nocase(value, "chunked");
}

/* RFC 9110 section 7.6.1. Members that mean nothing to us are skipped. */
static void
read_connection(struct http_parser *p, struct slice value)
{
	while (value.n > 0) {
		struct slice member = trim(cut(&value, ','));

		p->close = p->close || slice_is_nocase(member, "close");
		p->keep = p->keep || slice_is_nocase(member, "keep-alive");
	}
}

/*
 * RFC 9110 section 10.1.1: to be ignored in HTTP/1.0; to what we do not know
 * we may say 417.
 */
static void
read_expect(struct http_parser *p, struct slice value)
{
	while (p->minor > 0 && value.n > 0) {
		struct slice member = trim(cut(&value, ','));

		if (slice_is_nocase(member, "100-continue"))
			p->expect = true;
		else if (member.n > 0)
			fail(p, 417, "unknown expectation");
	}
}

static const struct field {
	const char *name;
	const char *twice;              /* why a second one is refused, or NULL */
	void (*read)(struct http_parser *, struct slice);
} fields[] = {
	[HOST]              = { "Host",              "second Host",              read_host       },
	[CONTENT_LENGTH]    = { "Content-Length",    "second Content-Length",    read_length     },
	[TRANSFER_ENCODING] = { "Transfer-Encoding", "second Transfer-Encoding", read_coding     },
	[CONNECTION]        = { "Connection",        NULL,                       read_connection },
	[EXPECT]            = { "Expect",            NULL,                       read_expect     },
	[API_KEY]           = { "X-Api-Key",         "second X-Api-Key",         NULL            },
	[CONTENT_TYPE]      = { "Content-Type",      "second Content-Type",      NULL            },
	[REQUEST_ID]        = { "X-Request-Id",      NULL,                       NULL            },
	[TRACEPARENT]       = { "traceparent",       NULL,                       NULL            },
};      /* of those that may come twice the first is kept */

/* A whole field line has been read. */
static void
end_field(struct http_parser *p, const char *buf)
{
	struct slice name = { buf + p->mark, p->colon - p->mark };
	struct slice value = { buf + p->colon + 1, p->at - p->colon - 2 };
	unsigned i = 0;

	while (i < LEN(fields) && !slice_is_nocase(name, fields[i].name))
		i++;
	if (i == LEN(fields))
		return;
	value = trim(value);
	if ((p->seen & 1U << i) == 0)
		keep_span(p, (enum span)i, buf, value);
	else if (fields[i].twice != NULL)
		fail(p, 400, fields[i].twice);
	if (p->status == 0 && fields[i].read != NULL)
		fields[i].read(p, value);
}

/* The length of the body (RFC 9112 section 6.3). */
static void
end_head(struct http_parser *p)
{
	bool coded = (p->seen & 1U << TRANSFER_ENCODING) != 0;

	p->head_len = p->body_at = p->at + 1;
	p->left = p->content_length;
	p->state = p->chunked ? CHUNK_SIZE : BODY;
	p->count = 0;
	if (p->minor > 0 && (p->seen & 1U << HOST) == 0)
		fail(p, 400, "no Host");
	else if (coded && p->minor == 0)
		fail(p, 400, "Transfer-Encoding in HTTP/1.0");
	else if (coded && (p->seen & 1U << CONTENT_LENGTH) != 0)
		fail(p, 400, "Transfer-Encoding with Content-Length");
	else if (coded && !p->chunked)
		fail(p, 501, "unknown Transfer-Encoding");
	else if (p->content_length > p->body_max)
		fail(p, 413, "body too large");
}

static void
step_line_start(struct http_parser *p, unsigned char c)
{
	p->mark = p->at;
	if (c == '\r')
		p->state = LAST_LF;
	else if (is_tchar(c))
		p->state = NAME;
	else if (c == ' ' || c == '\t')
		fail(p, 400, "folded field");   /* RFC 9112 section 5.2 */
	else
		refuse(p, c, "bad field name");
}

/*
 * RFC 9112 section 5. Trailers are checked like the fields of the head, then
 * ignored (section 7.1.2).
 */
static void
step_field(struct http_parser *p, const char *buf, unsigned char c)
{
	switch ((enum state)p->state) {
	case LINE:
		step_line_start(p, c);
		break;
	case NAME:
		p->colon = p->at;
		if (!is_tchar(c))
			expect(p, c, ':', VALUE, "bad field name");
		break;
	case VALUE:
		if (!is_value(c))
			expect(p, c, '\r', VALUE_LF,
			    "control character in a field");
		break;
	case VALUE_LF:
		expect(p, c, '\n', LINE, "bare CR");
		if (p->status == 0 && !p->trailer)
			end_field(p, buf);
		break;
	default:
		expect(p, c, '\n', DONE, "bare CR");
		if (p->status == 0 && !p->trailer)
			end_head(p);
	}
}

/*** Chunks ***/

/* After the line that says how long it is. */
static void
begin_chunk(struct http_parser *p)
{
	p->count = 0;
	p->trailer = p->left == 0;
	p->state = p->trailer ? LINE : DATA;
}

static void
step_size(struct http_parser *p, unsigned char c)
{
	int digit = hex(c);

	if (digit != -1 && p->count == SIZE_DIGITS_MAX) {
		fail(p, 400, "chunk size too long");
	} else if (digit != -1) {
		p->left = p->count++ == 0 ? 0 : p->left * 16;
		p->left += (unsigned)digit;
	} else if (p->count == 0) {
		refuse(p, c, "bad chunk size");
	} else if (p->left > p->body_max - p->body_len) {
		fail(p, 413, "body too large");
	} else if (c == ';') {
		p->state = CHUNK_EXT;
	} else if (c == ' ' || c == '\t') {
		p->state = CHUNK_SPACE;
	} else {
		expect(p, c, '\r', CHUNK_LF, "bad chunk size");
	}
}

/* RFC 9112 section 7.1. Extensions are bounded and ignored (section 7.1.1). */
static void
step_chunk(struct http_parser *p, unsigned char c)
{
	switch ((enum state)p->state) {
	case CHUNK_SIZE:
		step_size(p, c);
		break;
	case CHUNK_SPACE:
		if (c != ' ' && c != '\t')
			expect(p, c, ';', CHUNK_EXT, "bad chunk size");
		break;
	case CHUNK_EXT:
		if (!is_value(c))
			expect(p, c, '\r', CHUNK_LF,
			    "control character in a chunk extension");
		break;
	case CHUNK_LF:
		expect(p, c, '\n', CHUNK_LF, "bare CR");
		if (p->status == 0)
			begin_chunk(p);
		break;
	case DATA_CR:
		expect(p, c, '\r', DATA_LF, "chunk longer than its size");
		break;
	default:
		expect(p, c, '\n', CHUNK_SIZE, "bare CR");
	}
}

/*** The two halves of a request ***/

static void
read_head(struct http_parser *p, char *buf, size_t len)
{
	for (; p->status == 0 && p->head_len == 0 && p->at < len; p->at++) {
		unsigned char c = (unsigned char)buf[p->at];

		if (p->at == HTTP_HEAD_MAX)
			fail(p, 431, "head too large");
		else if (p->state < LINE)
			step_line(p, buf, c);
		else
			step_field(p, buf, c);
	}
}

static void
read_body(struct http_parser *p, size_t len)
{
	size_t n = len - p->at;

	if (n > p->left)
		n = (size_t)p->left;
	p->at += n;
	p->body_len += n;
	p->left -= n;
	if (p->left == 0)
		p->state = DONE;
}

/*
 * Move at most n bytes of a chunk's data from buf[from..] down to the end of
 * the body; returns their number.
 */
static size_t
move_data(struct http_parser *p, char *buf, size_t from, size_t n)
{
	if (n > p->left)
		n = (size_t)p->left;
	memmove(buf + p->body_at + p->body_len, buf + from, n);
	p->body_len += n;
	p->left -= n;
	if (p->left == 0)
		p->state = DATA_CR;
	return n;
}

/* A byte of chunk framing or of a trailer. */
static void
read_framing(struct http_parser *p, const char *buf, unsigned char c)
{
	bool extra = p->trailer || p->state == CHUNK_SPACE ||
	    p->state == CHUNK_EXT;

	if (extra && p->extra_len++ == HTTP_HEAD_MAX)
		fail(p, 431, "trailers and chunk extensions too large");
	else if (p->state < CHUNK_SIZE)
		step_field(p, buf, c);
	else
		step_chunk(p, c);
}

/*
 * Between two calls nothing lies after the body: all that came has been read,
 * and its framing dropped.
 */
static void
read_chunks(struct http_parser *p, char *buf, size_t *len)
{
	size_t at = p->at;

	while (at < *len && p->status == 0 && p->state != DONE) {
		if (p->state == DATA)
			at += move_data(p, buf, at, *len - at);
		else
			read_framing(p, buf, (unsigned char)buf[at++]);
	}
	if (p->state == DONE) {
		p->at = at;
		return;
	}
	*len = p->at = p->body_at + p->body_len;
}

static void
set_req(const struct http_parser *p, const char *buf, struct http_req *req)
{
	*req = (struct http_req){
		.method = span(p, METHOD_SPAN, buf),
		.path = span(p, PATH_SPAN, buf),
		.query = span(p, QUERY_SPAN, buf),
		.api_key = span(p, API_KEY, buf),
		.content_type = span(p, CONTENT_TYPE, buf),
		.request_id = span(p, REQUEST_ID, buf),
		.traceparent = span(p, TRACEPARENT, buf),
		.minor = p->minor,
		.keep_alive = !p->close && (p->minor > 0 || p->keep),
		.chunked = p->chunked,
		.has_body = p->chunked || p->content_length > 0,
		.content_length = p->content_length,
		.body = { buf + p->body_at, p->body_len },
	};
	req->expect_continue = p->expect && req->has_body;
}

/*** Responses ***/

/* IMF-fixdate (RFC 9110 section 5.6.7). */
static int
put_date(struct buf *b, time_t now)
{
	static const char days[][4] = {
		"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed",
	};
	static const char months[][4] = {
		"Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec", "Jan", "Feb",
	};
	int64_t t = now < 0 ? 0 : now > DATE_MAX ? DATE_MAX : now;
	int64_t day = t / 86400, s = t % 86400;

	/*
	 * Days since 0000-03-01: years that begin in March have their leap day
	 * at the end, in eras of 400 years that are all alike, and months of
	 * (153 * m + 2) / 5 days before the m-th.
	 */
	int64_t n = day + 719468, in_era = n % 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 -
	    in_era / 146096) / 365;
	int64_t in_year = in_era - (year * 365 + year / 4 - year / 100);
	int64_t month = (in_year * 5 + 2) / 153;

	year += n / 146097 * 400 + (month >= 10);
	return buf_printf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
	    days[day % 7], (int)(in_year - (month * 153 + 2) / 5 + 1),
	    months[month], (int)year, (int)(s / 3600), (int)(s / 60 % 60),
	    (int)(s % 60));
}

/*
 * One field, unless its value is empty or not printable ASCII: nobody writes a
 * second line through it.
 */
static int
put_field(struct buf *b, const char *name, struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < ' ' || value.p[i] > '~')
			return 0;
	if (value.n == 0)
		return 0;
	if (buf_printf(b, "%s: ", name) == -1 ||
	    buf_put(b, value.p, value.n) == -1)
		return -1;
	return buf_puts(b, "\r\n");
}

static int
put_text(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return 0;
	return put_field(b, name, (struct slice){ value, strlen(value) });
}

/* RFC 9110 section 8.6: never in 1xx and 204. */
static int
put_length(struct buf *b, const struct http_resp *r)
{
	if (r->status < 200 || r->status == 204)
		return 0;
	return buf_printf(b, "Content-Length: %zu\r\n", r->length);
}

/* RFC 9112 section 9.3: to keep is the default since 1.1. */
static const char *
connection(const struct http_resp *r)
{
	if (r->close)
		return "close";
	return r->minor == 0 ? "keep-alive" : NULL;
}

/*** Forms ***/

/* One byte of a form at *p < end, which moves on. */
static char
form_byte(const char **p, const char *end)
{
	int c = escape(*p, (size_t)(end - *p));
	char first = **p;

	*p += c != -1 ? 3 : 1;
	if (c != -1)
		first = (char)c;
	else if (first == '+')
		first = ' ';
	return first;
}

static bool
form_is(struct slice s, const char *name)
{
	const char *p = s.p;

	for (; p < s.p + s.n; name++)
		if (*name == '\0' || form_byte(&p, s.p + s.n) != *name)
			return false;
	return *name == '\0';
}

static int
form_decode(struct slice s, struct buf *out)
{
	const char *p = s.p, *end = s.p + s.n;
	size_t start = out->len;

	while (p < end) {
		const char *from = p;
		char c;

		while (p < end && *p != '%' && *p != '+')
			p++;
		int r = buf_put(out, from, (size_t)(p - from));
		if (r == 0 && p < end) {
			c = form_byte(&p, end);
			r = buf_put(out, &c, 1);
		}
		if (r == -1) {
			out->len = start;
			return -1;
		}
	}
	return 0;
}

/*** Public ***/

enum http_step
http_parse(struct http_parser *p, char *buf, size_t *len, struct http_req *req)
{
	bool in_head = p->head_len == 0;

	if (p->status != 0)
		return HTTP_BAD;
	if (in_head)
		read_head(p, buf, *len);
	else if (p->state == BODY)
		read_body(p, *len);
	else if (p->state != DONE)
		read_chunks(p, buf, len);
	if (p->status != 0)
		return HTTP_BAD;
	if (in_head ? p->head_len == 0 : p->state != DONE)
		return HTTP_MORE;
	set_req(p, buf, req);
	return in_head ? HTTP_HEAD : HTTP_DONE;
}

const char *
http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{ 100, "Continue" },
		{ 200, "OK" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 417, "Expectation Failed" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "";
}

int
http_head(struct buf *b, const struct http_resp *r)
{
	size_t start = b->len;

	if (buf_printf(b, "HTTP/1.1 %d %s\r\n", r->status,
	    http_reason(r->status)) == 0 &&
	    put_date(b, r->now) == 0 &&
	    put_text(b, "Content-Type", r->type) == 0 &&
	    put_length(b, r) == 0 &&
	    put_text(b, "Allow", r->allow) == 0 &&
	    put_field(b, "X-Request-Id", r->request_id) == 0 &&
	    put_text(b, "X-Content-Type-Options", "nosniff") == 0 &&
	    put_text(b, "Cache-Control", "no-store") == 0 &&
	    put_text(b, "Connection", connection(r)) == 0 &&
	    buf_puts(b, "\r\n") == 0)
		return 0;
	b->len = start;
	return -1;
}

int
http_form_value(struct slice form, const char *name, struct buf *out)
{
	struct slice found = { NULL, 0 };

	while (form.n > 0) {
		struct slice value = cut(&form, '&');
		struct slice key = cut(&value, '=');

		if (form_is(key, name))
			found = value;
	}
	if (found.p == NULL)
		return 0;
	return form_decode(found, out) == -1 ? -1 : 1;
}
