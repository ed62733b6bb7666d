/*
 * test_http.c - http.c alone: verdicts, fields, response heads, forms.
 *
 *   test_http [directory]      the files y_* must parse, n_STATUS_* must not
 *
 * Each request is parsed whole, byte by byte and cut in two at each offset,
 * every time from a malloc of exactly the bytes that are there, so that reading
 * past them or keeping a pointer into an old buffer is a report of ASan. All
 * ways must give the same summary. Bytes that were read are poisoned for the
 * linear-work cases: to look at one again is a report, too.
 */
#include "sandbox.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#define BODY_MAX 64
#define RAW(s) { (s), sizeof(s) - 1 }
#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /run HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static unsigned passed, failed;

static void
check(const char *name, const char *want, const char *got)
{
	if (strcmp(want, got) == 0) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL %s\n\twant %s\n\tgot  %s\n", name, want, got);
}

static void
check_num(const char *name, long long want, long long got)
{
	char w[32], g[32];

	(void)snprintf(w, sizeof(w), "%lld", want);
	(void)snprintf(g, sizeof(g), "%lld", got);
	check(name, w, g);
}

/*** Parsing in pieces ***/

struct run {
	struct http_parser p;
	struct http_req req;
	enum http_step step;
	char *buf;
	size_t len;
};

static void
run_start(struct run *r, size_t body_max)
{
	*r = (struct run){ .p.body_max = body_max };
}

/* Move to a new buffer of exactly the old bytes and n more, and go on. */
static void
run_feed(struct run *r, const char *p, size_t n)
{
	char *buf = malloc(r->len + n);

	if (buf == NULL && r->len + n > 0)
		err(2, NULL);
	if (r->len > 0)
		memcpy(buf, r->buf, r->len);
	if (n > 0)
		memcpy(buf + r->len, p, n);
	free(r->buf);
	r->buf = buf;
	r->len += n;
	do
		r->step = http_parse(&r->p, buf, &r->len, &r->req);
	while (r->step == HTTP_HEAD);
}

static bool
over(const struct run *r)
{
	return r->step == HTTP_DONE || r->step == HTTP_BAD;
}

#define S(s) (int)(s).n, (s).p

static void
summary(const struct run *r, char *out, size_t n)
{
	const struct http_req *q = &r->req;

	if (r->step == HTTP_BAD)
		(void)snprintf(out, n, "%d %s", r->p.status, r->p.why);
	else if (r->step == HTTP_MORE)
		(void)snprintf(out, n, "more");
	else
		(void)snprintf(out, n, "%.*s %.*s ?%.*s 1.%u%s%s%s%s"
		    " key=%.*s type=%.*s id=%.*s trace=%.*s [%.*s]",
		    S(q->method), S(q->path), S(q->query), q->minor,
		    q->keep_alive ? " keep" : "", q->has_body ? " body" : "",
		    q->chunked ? " chunked" : "",
		    q->expect_continue ? " expect" : "", S(q->api_key),
		    S(q->content_type), S(q->request_id), S(q->traceparent),
		    S(q->body));
}

/* raw in pieces: the first of n bytes, the others of step bytes. */
static void
parse(struct slice raw, size_t n, size_t step, char *out, size_t cap)
{
	struct run r;
	size_t at = 0;

	run_start(&r, BODY_MAX);
	for (; !over(&r); n = step) {
		if (n > raw.n - at)
			n = raw.n - at;
		run_feed(&r, raw.p + at, n);
		at += n;
		if (at == raw.n)
			break;
	}
	summary(&r, out, cap);
	free(r.buf);
}

/* All ways to cut it give this summary (three digits: this status). */
static void
check_cuts(const char *name, struct slice raw, const char *want)
{
	static char whole[3 * HTTP_HEAD_MAX], cut[sizeof(whole)];
	size_t stride = raw.n > 2048 ? raw.n / 64 + 1 : 1;

	parse(raw, raw.n, 1, whole, sizeof(whole));
	if (strlen(want) == 3)
		whole[3] = '\0';
	check(name, want, whole);
	parse(raw, raw.n, 1, whole, sizeof(whole));
	for (size_t n = 0; n <= raw.n; n += stride) {
		parse(raw, n, raw.n, cut, sizeof(cut));
		if (strcmp(whole, cut) != 0)
			break;
	}
	check(name, whole, cut);
	parse(raw, 1, 1, cut, sizeof(cut));
	check(name, whole, cut);
}

/*** Verdicts and fields ***/

#define NONE " key= type= id= trace="

static const struct {
	const char *name;
	struct slice raw;
	const char *want;
} cases[] = {
	{ "simple get", RAW(GET H "\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "1.0 needs no host", RAW("GET / HTTP/1.0\r\n\r\n"), "GET / ? 1.0" NONE " []" },
	{ "1.0 keep-alive", RAW("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "GET / ? 1.0 keep" NONE " []" },
	{ "1.0 keep-alive, close", RAW("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"), "GET / ? 1.0" NONE " []" },
	{ "1.1 close in a list", RAW(GET H "Connection: upgrade ,,\tClose\r\n\r\n"), "GET / ? 1.1" NONE " []" },
	{ "1.1 close in a second line", RAW(GET H "Connection: te\r\nCONNECTION: close\r\n\r\n"), "GET / ? 1.1" NONE " []" },
	{ "close, then another", RAW(GET H "Connection: close, keep-alive\r\nConnection: x\r\n\r\n"), "GET / ? 1.1" NONE " []" },
	{ "close is a whole word", RAW(GET H "Connection: closed, clos\r\n\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "1.9 is read as 1.1", RAW("GET / HTTP/1.9\r\n" H "\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "two empty lines before", RAW("\r\n\r\n" GET H "\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "fields", RAW(GET H "x-API-key:\t k 1 \t\r\nContent-Type: a/b\r\nX-Request-Id: r\r\nTraceParent: t\r\n\r\n"),
	    "GET / ? 1.1 keep key=k 1 type=a/b id=r trace=t []" },
	{ "an empty field", RAW(GET H "X-Api-Key:\r\nX:\r\n\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "not a prefix of a known name", RAW(GET H "X-Api-Keys: a\r\nX-Api-Ke: b\r\nHostess: \r\n\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "of two request ids the first", RAW(GET H "X-Request-Id: a\r\nX-Request-Id: b\r\n\r\n"), "GET / ? 1.1 keep key= type= id=a trace= []" },
	{ "obs-text in a value", RAW(GET H "X-Api-Key: \xff\x80\r\n\r\n"), "GET / ? 1.1 keep key=\xff\x80 type= id= trace= []" },
	{ "query", RAW("GET /a?b=%zz&c?d HTTP/1.1\r\n" H "\r\n"), "GET /a ?b=%zz&c?d 1.1 keep" NONE " []" },
	{ "escapes in the path", RAW("GET /%61%2Fb%3f%25%zz HTTP/1.1\r\n" H "\r\n"), "400 bad escape in the path" },
	{ "decoded path", RAW("GET /%61%2Fb%3f%25%41?%41 HTTP/1.1\r\n" H "\r\n"), "GET /a/b?%A ?%41 1.1 keep" NONE " []" },
	{ "any byte but NUL in the path", RAW("GET /%01%7f%0a%ff HTTP/1.1\r\n" H "\r\n"), "GET /\x01\x7f\n\xff ? 1.1 keep" NONE " []" },
	{ "decoded once only", RAW("GET /%2561 HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx"), "GET /%61 ? 1.1 keep body" NONE " [x]" },
	{ "decoded space does not confuse", RAW("POST /a%20b HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi"), "POST /a b ? 1.1 keep body" NONE " [hi]" },
	{ "absolute form", RAW("GET http://h.x:80/p?q HTTP/1.1\r\n" H "\r\n"), "GET /p ?q 1.1 keep" NONE " []" },
	{ "absolute form without a path", RAW("GET HTTP://h HTTP/1.1\r\n" H "\r\n"), "GET / ? 1.1 keep" NONE " []" },
	{ "absolute form, query only", RAW("GET http://[::1]:8?q HTTP/1.1\r\n" H "\r\n"), "GET / ?q 1.1 keep" NONE " []" },
	{ "options *", RAW("OPTIONS * HTTP/1.1\r\n" H "\r\n"), "OPTIONS * ? 1.1 keep" NONE " []" },
	{ "any token is a method", RAW("M!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" H "\r\n"), "M!#$%&'*+-.^_`|~9 / ? 1.1 keep" NONE " []" },
	{ "method of 1", RAW("M / HTTP/1.1\r\n" H "\r\n"), "M / ? 1.1 keep" NONE " []" },
	{ "method of 32", RAW("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1\r\n" H "\r\n"), "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / ? 1.1 keep" NONE " []" },
	{ "method of 33", RAW("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" H "\r\n"), "501 method too long" },
	{ "body", RAW(POST "Content-Length: 5\r\n\r\nhello"), "POST /run ? 1.1 keep body" NONE " [hello]" },
	{ "body and a pipelined request", RAW(POST "Content-Length: 5\r\n\r\nhelloGET"), "POST /run ? 1.1 keep body" NONE " [hello]" },
	{ "length 0", RAW(POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n"), "POST /run ? 1.1 keep" NONE " []" },
	{ "length 0064 is the limit", RAW(POST "Content-Length: 0064\r\n\r\n"), "more" },
	{ "length 65", RAW(POST "Content-Length: 65\r\n\r\n"), "413 body too large" },
	{ "body in 1.0", RAW("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab"), "POST / ? 1.0 body" NONE " [ab]" },
	{ "expect", RAW(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"), "POST /run ? 1.1 keep body expect" NONE " [x]" },
	{ "expect is nothing in 1.0", RAW("POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\nx"), "POST / ? 1.0 body" NONE " [x]" },
	{ "empty members of expect", RAW(POST "Expect: ,100-continue,, \r\nContent-Length: 1\r\n\r\nx"), "POST /run ? 1.1 keep body expect" NONE " [x]" },
	{ "short expectation", RAW(POST "Expect: x\r\n\r\n"), "417 unknown expectation" },
	{ "unknown expectation", RAW(POST "Expect: 100-continue, x\r\n\r\n"), "417 unknown expectation" },
	{ "chunked", RAW(CHUNKED "5\r\nhello\r\n6 ;a=\"b\"\r\n world\r\n0\r\n\r\n"), "POST /run ? 1.1 keep body chunked" NONE " [hello world]" },
	{ "chunked, any case, trailers", RAW(POST "transfer-encoding:CHUNKED\r\n\r\n0a\r\n0123456789\r\n000;x\r\nHost: b\r\nX:\r\n\r\nGET"),
	    "POST /run ? 1.1 keep body chunked" NONE " [0123456789]" },
	{ "chunked, empty", RAW(CHUNKED "0\r\n\r\n"), "POST /run ? 1.1 keep body chunked" NONE " []" },
	{ "chunks up to the limit", RAW(CHUNKED "1\r\na\r\n3f\r\n"), "more" },
	{ "chunks over the limit", RAW(CHUNKED "1\r\na\r\n40\r\n"), "413 body too large" },
	{ "size of 16 digits", RAW(CHUNKED "0000000000000001\r\na\r\n0\r\n\r\n"), "POST /run ? 1.1 keep body chunked" NONE " [a]" },
	{ "size of 17 digits", RAW(CHUNKED "00000000000000001\r\na\r\n0\r\n\r\n"), "400 chunk size too long" },
	{ "size of 64 bits", RAW(CHUNKED "ffffffffffffffff\r\n"), "413 body too large" },
	{ "second size of 16 digits", RAW(CHUNKED "1\r\na\r\n0000000000000001\r\nb\r\n0\r\n\r\n"), "POST /run ? 1.1 keep body chunked" NONE " [ab]" },
	{ "second size missing", RAW(CHUNKED "1\r\na\r\n\r\n"), "400 bad chunk size" },
	{ "size missing", RAW(CHUNKED "\r\n"), "400 bad chunk size" },
	{ "size with 0x", RAW(CHUNKED "0x1\r\n"), "400 bad chunk size" },
	{ "blanks before an extension", RAW(CHUNKED "1\t \t;\r\na\r\n0 ;a\r\n\r\n"), "POST /run ? 1.1 keep body chunked" NONE " [a]" },
	{ "size and a blank", RAW(CHUNKED "1 \r\n"), "400 bad chunk size" },
	{ "chunk too long", RAW(CHUNKED "1\r\nab\r\n"), "400 chunk longer than its size" },
	{ "chunk ends in LF", RAW(CHUNKED "1\r\na\n"), "400 bare LF" },
	{ "chunk ends in CR", RAW(CHUNKED "1\r\na\ra"), "400 bare CR" },
	{ "size ends in LF", RAW(CHUNKED "1\na"), "400 bare LF" },
	{ "extension ends in LF", RAW(CHUNKED "1;a\na"), "400 bare LF" },
	{ "extension with CR", RAW(CHUNKED "1;a\rb"), "400 bare CR" },
	{ "trailer ends in LF", RAW(CHUNKED "0\r\nA: b\n\r\n"), "400 bare LF" },
	{ "trailer folded", RAW(CHUNKED "0\r\nA: b\r\n c\r\n\r\n"), "400 folded field" },
	{ "chunked twice", RAW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), "400 second Transfer-Encoding" },
	{ "chunked and gzip", RAW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), "501 unknown Transfer-Encoding" },
	{ "chunked with a length", RAW(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), "400 Transfer-Encoding with Content-Length" },
	{ "gzip with a length", RAW(POST "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n"), "400 Transfer-Encoding with Content-Length" },
	{ "chunked in 1.0", RAW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "400 Transfer-Encoding in HTTP/1.0" },
	{ "bare LF", RAW("GET / HTTP/1.1\nHost: a\r\n\r\n"), "400 bare LF" },
	{ "bare LF in a field", RAW(GET "Host: a\nX: b\r\n\r\n"), "400 bare LF" },
	{ "bare CR", RAW(GET "Host: a\rX: b\r\n\r\n"), "400 bare CR" },
	{ "three empty lines before", RAW("\r\n\r\n\r\n" GET H "\r\n"), "400 bad method" },
	{ "an LF before", RAW("\n" GET H "\r\n"), "400 bare LF" },
	{ "NUL in a field", RAW(GET H "X: \0\r\n\r\n"), "400 NUL byte" },
	{ "DEL in a field", RAW(GET H "X: \x7f\r\n\r\n"), "400 control character in a field" },
	{ "folded", RAW(GET H "X: a\r\n\tb\r\n\r\n"), "400 folded field" },
	{ "space before the colon", RAW(GET H "X : a\r\n\r\n"), "400 bad field name" },
	{ "no name", RAW(GET H ": a\r\n\r\n"), "400 bad field name" },
	{ "no colon", RAW(GET H "X\r\n\r\n"), "400 bad field name" },
	{ "no host", RAW(GET "\r\n"), "400 no Host" },
	{ "second host", RAW(GET H "HOST: a\r\n\r\n"), "400 second Host" },
	{ "second key", RAW(GET H "X-Api-Key: a\r\nX-Api-Key: a\r\n\r\n"), "400 second X-Api-Key" },
	{ "second type", RAW(GET H "Content-Type: a\r\nContent-Type: a\r\n\r\n"), "400 second Content-Type" },
	{ "second length", RAW(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), "400 second Content-Length" },
	{ "CONNECT", RAW("CONNECT a:80 HTTP/1.1\r\n" H "\r\n"), "501 CONNECT is not supported" },
	{ "* is for OPTIONS", RAW("GET * HTTP/1.1\r\n" H "\r\n"), "400 bad request target" },
	{ "https", RAW("GET https://a/ HTTP/1.1\r\n" H "\r\n"), "400 bad request target" },
	{ "no target", RAW("GET  HTTP/1.1\r\n" H "\r\n"), "400 bad request target" },
	{ "user in the target", RAW("GET http://u@h/ HTTP/1.1\r\n" H "\r\n"), "400 bad host in the request target" },
	{ "fragment", RAW("GET /#a HTTP/1.1\r\n" H "\r\n"), "400 fragment in the request target" },
	{ "escaped NUL", RAW("GET /a%00 HTTP/1.1\r\n" H "\r\n"), "400 NUL byte in the path" },
	{ "cut escape", RAW("GET /a%4 HTTP/1.1\r\n" H "\r\n"), "400 bad escape in the path" },
	{ "HTTP/2.0", RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "400 bad request target" },
	{ "HTTP/2", RAW("GET / HTTP/2\r\n"), "505 not HTTP/1" },
	{ "HTTP/0.9", RAW("GET /\r\n"), "400 bad request target" },
	{ "HTTP/1.10", RAW("GET / HTTP/1.10\r\n"), "400 bad HTTP version" },
	{ "HTTP/x", RAW("GET / HTTP/x.1\r\n"), "400 bad HTTP version" },
	{ "http/1.1", RAW("GET / http/1.1\r\n"), "400 bad HTTP version" },
	{ "HTTP/1.x", RAW("GET / HTTP/1.x\r\n"), "400 bad HTTP version" },
	{ "blank after the version", RAW("GET / HTTP/1.1 \r\n"), "400 bad HTTP version" },
	{ "nothing", RAW(""), "more" },
};

static const struct {
	const char *host;
	bool good;
} hosts[] = {
	{ "a", true }, { "a:", true }, { "a:80", true }, { "[::1]", true },
	{ "[::1]:80", true }, { "[v1.a:b]", true }, { "%41_b-c.d", true },
	{ "1.2.3.4:65535", true }, { "a!$&'()*+,;=~", true },
	{ "", false }, { ":80", false }, { "a:b", false }, { "a:80:", false },
	{ "[::1", false }, { "[]", false }, { "[::1]a", false }, { "[", false },
	{ "::1", false }, { "a b", false }, { "a/b", false }, { "u@a", false },
	{ "%4", false }, { "%4g", false }, { "a%", false }, { "a,b:1,2", false },
	{ "\x80", false }, { "[a]]", false },
	{ "[a/b]", false }, { "a]", false }, { "a?", false },
};

static const struct {
	const char *value;
	const char *want;
} lengths[] = {
	{ "", "400" }, { "+1", "400" }, { "-0", "400" }, { "-1", "400" },
	{ "1 1", "400" }, { "1,1", "400" }, { "1, 1", "400" }, { "0x1", "400" },
	{ "1.0", "400" }, { "1e1", "400" }, { "\"1\"", "400" },
	{ "9223372036854775807", "413" }, { "9223372036854775808", "400" },
	{ "18446744073709551616", "400" },
	{ "99999999999999999999999999999999999999", "400" },
	{ "\xb2", "400" }, { "65", "413" }, { "00000000000000000000065", "413" },
};

static void
test_values(void)
{
	char raw[256];

	for (size_t i = 0; i < LEN(hosts); i++) {
		int n = snprintf(raw, sizeof(raw), GET "Host: %s \r\n\r\n",
		    hosts[i].host);
		check_cuts(hosts[i].host, (struct slice){ raw, (size_t)n },
		    hosts[i].good ? "GET / ? 1.1 keep" NONE " []" :
		    "400 bad Host");
	}
	for (size_t i = 0; i < LEN(lengths); i++) {
		int n = snprintf(raw, sizeof(raw),
		    POST "Content-Length: %s\r\n\r\n", lengths[i].value);
		check_cuts(lengths[i].value, (struct slice){ raw, (size_t)n },
		    lengths[i].want);
	}
}

/* One byte at a time in each place where only some may stand. */
static void
test_bytes(void)
{
	static const struct {
		const char *name, *before, *after;
		const char *good;       /* beside letters and digits */
		bool high;              /* 0x80 and up are good, too */
	} places[] = {
		{ "method",    "M", " / HTTP/1.1\r\n" H "\r\n",      "!#$%&'*+-.^_`|~", false },
		{ "target",    "GET /?", " HTTP/1.1\r\n" H "\r\n",   "-._~:/?[]@!$&'()*+,;=%", false },
		{ "name",      GET H "X", ": v\r\n\r\n",             "!#$%&'*+-.^_`|~:", false },
		{ "value",     GET H "X: v", "\r\n\r\n",             "\t !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true },
		{ "extension", CHUNKED "0;", "\r\n\r\n",             "\t !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true },
		{ "trailer",   CHUNKED "0\r\nX: ", "\r\n\r\n",       "\t !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true },
	};
	char raw[256], name[64], got[1024];

	for (size_t i = 0; i < LEN(places); i++)
		for (int c = 0; c < 256; c++) {
			size_t n = strlen(places[i].before);
			bool good = (c >= '0' && c <= '9') ||
			    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c > 0 && strchr(places[i].good, c) != NULL) ||
			    (c >= 0x80 && places[i].high);

			memcpy(raw, places[i].before, n);
			raw[n++] = (char)c;
			(void)snprintf(raw + n, sizeof(raw) - n, "%s",
			    places[i].after);
			n += strlen(places[i].after);
			parse((struct slice){ raw, n }, n, 1, got, sizeof(got));
			(void)snprintf(name, sizeof(name), "byte %02x in a %s",
			    (unsigned)c, places[i].name);
			/* A space ends these two: what follows is wrong. */
			if (c == ' ' && i < 2)
				good = false;
			got[3] = '\0';
			check(name, good ? "good" : "400",
			    strcmp(got, "400") == 0 ? got : "good");
		}
}

/*** Limits ***/

/* before, n times c, after. */
static const struct {
	const char *name, *before;
	char c;
	size_t n;
	const char *after, *want;
} limits[] = {
	{ "target of 8192",  "GET /", 'a', HTTP_TARGET_MAX - 1, " HTTP/1.1\r\n\r\n", "400 no Host" },
	{ "target of 8193",  "GET /", 'a', HTTP_TARGET_MAX, " HTTP/1.1\r\n\r\n", "414 request target too long" },
	{ "endless target",  "GET /", 'a', 3 * HTTP_HEAD_MAX, "", "414 request target too long" },
	{ "endless method",  "", 'a', 3 * HTTP_HEAD_MAX, "", "501 method too long" },
	{ "head of 65536",   GET "X:", 'a', HTTP_HEAD_MAX - 22, "\r\n\r\n", "400 no Host" },
	{ "head of 65537",   GET "X:", 'a', HTTP_HEAD_MAX - 21, "\r\n\r\n", "431 head too large" },
	{ "endless name",    GET, 'a', 3 * HTTP_HEAD_MAX, "", "431 head too large" },
	{ "endless value",   GET "X:", 'a', 3 * HTTP_HEAD_MAX, "", "431 head too large" },
	{ "length of many digits", POST "Content-Length: ", '0', 4096, "1\r\n\r\nx", "POST /run ? 1.1 keep body" NONE " [x]" },
	{ "extension of 64K",  CHUNKED "0;", 'a', HTTP_HEAD_MAX - 3, "\r\n\r\n", "POST /run ? 1.1 keep body chunked" NONE " []" },
	{ "extension over 64K", CHUNKED "0;", 'a', HTTP_HEAD_MAX, "\r\n\r\n", "431 trailers and chunk extensions too large" },
	{ "blanks before one", CHUNKED "1", ' ', HTTP_HEAD_MAX + 1, ";\r\n", "431 trailers and chunk extensions too large" },
	{ "trailers of 64K", CHUNKED "0\r\nX:", 'a', HTTP_HEAD_MAX - 6, "\r\n\r\n", "POST /run ? 1.1 keep body chunked" NONE " []" },
	{ "trailers over 64K", CHUNKED "0\r\nX:", 'a', HTTP_HEAD_MAX - 5, "\r\n\r\n", "431 trailers and chunk extensions too large" },
	{ "endless size",    CHUNKED, '0', HTTP_HEAD_MAX, "", "400 chunk size too long" },
};

static void
test_limits(void)
{
	for (size_t i = 0; i < LEN(limits); i++) {
		size_t b = strlen(limits[i].before);
		size_t a = strlen(limits[i].after);
		struct slice raw = { NULL, b + limits[i].n + a };
		char *p = malloc(raw.n);

		if (p == NULL)
			err(2, NULL);
		memcpy(p, limits[i].before, b);
		memset(p + b, limits[i].c, limits[i].n);
		memcpy(p + b + limits[i].n, limits[i].after, a);
		raw.p = p;
		check_cuts(limits[i].name, raw, limits[i].want);
		free(p);
	}
}

/* A sum over many chunks: each extension is short, all together are not. */
static void
test_many_extensions(void)
{
	struct run r;
	const char *piece = "1;abcdefghijklmno\r\nx\r\n";
	size_t n = 0;

	run_start(&r, SIZE_MAX / 2);
	run_feed(&r, CHUNKED, sizeof(CHUNKED) - 1);
	while (!over(&r) && n++ < HTTP_HEAD_MAX)
		run_feed(&r, piece, strlen(piece));
	check_num("many extensions: status", 431, r.p.status);
	check_num("many extensions: chunks", HTTP_HEAD_MAX / 16 + 1, (long long)n);
	free(r.buf);
}

/*** Protocol of the calls ***/

/*
 * HTTP_HEAD comes once, then HTTP_DONE, whose slices lie in the new buffer; at
 * ends the request.
 */
static void
test_calls(void)
{
	static const char raw[] = "POST /%41?q HTTP/1.1\r\n" H "X-Api-Key: k\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET";
	struct http_parser p = { .body_max = BODY_MAX };
	struct http_req req;
	char one[sizeof(raw)], two[sizeof(raw)];
	size_t len = sizeof(raw) - 1;

	memcpy(one, raw, len);
	check_num("first call", HTTP_HEAD, http_parse(&p, one, &len, &req));
	check_num("body is to come", 0, (long long)req.body.n);
	check_num("head length", strstr(raw, "\r\n\r\n") + 4 - raw,
	    (long long)p.head_len);
	memcpy(two, one, len);
	memset(one, 'x', sizeof(one));
	check_num("second call", HTTP_DONE, http_parse(&p, two, &len, &req));
	check_num("what is left", 3, (long long)(len - p.at));
	check_num("is the next one", 0, memcmp(two + p.at, "GET", 3));
	check_num("path", 1, slice_is(req.path, "/A"));
	check_num("key", 1, slice_is(req.api_key, "k"));
	check_num("body", 1, slice_is(req.body, "ab"));
	check_num("query", 1, req.query.p > two && req.query.p < two + len &&
	    slice_is(req.query, "q"));
	check_num("done stays", HTTP_DONE, http_parse(&p, two, &len, &req));

	p = (struct http_parser){ .body_max = BODY_MAX };
	memcpy(one, raw, sizeof(raw));
	one[3] = '\n';
	len = sizeof(raw) - 1;
	check_num("bad", HTTP_BAD, http_parse(&p, one, &len, &req));
	check_num("bad stays", HTTP_BAD, http_parse(&p, one, &len, &req));
	check_num("bad moves nothing", sizeof(raw) - 1, (long long)len);
}

/* Requests behind each other in one buffer, taken apart by at. */
static void
test_pipeline(void)
{
	static const char raw[] = GET H "\r\n" POST "Content-Length: 3\r\n\r\nabc"
	    CHUNKED "3\r\nabc\r\n0\r\n\r\n" "\r\n" GET H "\r\n";
	char buf[sizeof(raw)], got[1024], all[4096] = "";
	size_t at = 0;

	memcpy(buf, raw, sizeof(raw));
	while (at < sizeof(raw) - 1) {
		struct run r;
		size_t len = sizeof(raw) - 1 - at;

		run_start(&r, BODY_MAX);
		do
			r.step = http_parse(&r.p, buf + at, &len, &r.req);
		while (r.step == HTTP_HEAD);
		summary(&r, got, sizeof(got));
		(void)strncat(all, got, sizeof(all) - strlen(all) - 1);
		if (r.step != HTTP_DONE)
			break;
		at += r.p.at;
	}
	check("pipeline", "GET / ? 1.1 keep" NONE " []"
	    "POST /run ? 1.1 keep body" NONE " [abc]"
	    "POST /run ? 1.1 keep body chunked" NONE " [abc]"
	    "GET / ? 1.1 keep" NONE " []", all);
}

/*** Linear work ***/

/* Feed with what was read before poisoned: ASan reports a second look. */
static enum http_step
feed_blind(struct http_parser *p, char *buf, size_t *len, size_t seen,
    struct http_req *req)
{
	enum http_step step;

	ASAN_POISON_MEMORY_REGION(buf, seen);
	step = http_parse(p, buf, len, req);
	ASAN_UNPOISON_MEMORY_REGION(buf, seen);
	return step;
}

/* 32 MiB of body in pieces, chunks of that size when chunk > 0. */
static void
test_long_body(const char *name, size_t piece, size_t chunk)
{
	const size_t total = (size_t)32 << 20;
	struct http_parser p = { .body_max = total };
	struct http_req req = { .minor = 0 };
	char *text = malloc(2 * total), *buf = malloc(2 * total), head[128];
	size_t n = 0, len = 0, at = 0;
	enum http_step step = HTTP_MORE;

	if (text == NULL || buf == NULL)
		err(2, NULL);
	for (size_t done = 0; chunk > 0 && done < total; done += chunk) {
		n += (size_t)snprintf(text + n, 32, "%zx\r\n", chunk);
		memset(text + n, 'x', chunk);
		memcpy(text + n + chunk, "\r\n", 2);
		n += chunk + 2;
	}
	if (chunk > 0) {
		memcpy(text + n, "0\r\n\r\n", 5);
		n += 5;
		(void)snprintf(head, sizeof(head), CHUNKED);
	} else {
		n = total;
		memset(text, 'x', n);
		(void)snprintf(head, sizeof(head),
		    POST "Content-Length: %zu\r\n\r\n", total);
	}
	len = strlen(head);
	memcpy(buf, head, len);
	check_num(name, HTTP_HEAD, http_parse(&p, buf, &len, &req));
	while (at < n && step == HTTP_MORE) {
		size_t more = piece < n - at ? piece : n - at;

		memcpy(buf + len, text + at, more);
		at += more;
		len += more;
		step = feed_blind(&p, buf, &len, len - more, &req);
	}
	check_num(name, HTTP_DONE, step);
	check_num(name, (long long)total, (long long)req.body.n);
	n = 0;
	while (n < req.body.n && req.body.p[n] == 'x')
		n++;
	check_num(name, (long long)total, (long long)n);
	free(text);
	free(buf);
}

/*
 * A head of 64 KiB byte by byte: only a byte that ends a word or a line may
 * look back, and a line's end no further than its start.
 */
static void
test_long_head(void)
{
	struct http_parser p = { .body_max = BODY_MAX };
	struct http_req req;
	char *buf = malloc(HTTP_HEAD_MAX);
	size_t n = strlen(GET H);
	enum http_step step = HTTP_MORE;

	if (buf == NULL)
		err(2, NULL);
	memcpy(buf, GET H, n);
	memset(buf + n, 'a', HTTP_HEAD_MAX - n);
	for (size_t at = n; at + 200 < HTTP_HEAD_MAX; at += 100 + at / 4) {
		buf[at + 1] = ':';
		memcpy(buf + at + 90, "\r\n", 2);
	}
	buf[HTTP_HEAD_MAX - 60] = ':';
	memcpy(buf + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	for (size_t len = 1; len <= HTTP_HEAD_MAX; len++) {
		char c = buf[len - 1];
		size_t all = len, seen = len - 1;

		if (c == ' ')
			seen = 0;
		else if (c == '\n')
			seen = p.mark;
		step = feed_blind(&p, buf, &all, seen, &req);
		if (step != HTTP_MORE)
			break;
	}
	check_num("long head", HTTP_HEAD, step);
	free(buf);
}

/*** Responses ***/

static const struct {
	const char *name;
	struct http_resp r;
	const char *want;
} heads[] = {
	{ "plain", { .status = 200, .type = "application/json", .length = 12, .minor = 1, .now = 784111777 },
	    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
	{ "all", { .status = 405, .type = "a", .allow = "GET, HEAD", .request_id = RAW("id"), .close = true },
	    "HTTP/1.1 405 Method Not Allowed\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: a\r\nContent-Length: 0\r\n"
	    "Allow: GET, HEAD\r\nX-Request-Id: id\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" },
	{ "kept 1.0, id that would split", { .status = 401, .request_id = RAW("a\r\nSet-Cookie: b"), .now = -1 },
	    "HTTP/1.1 401 Unauthorized\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n\r\n" },
	{ "no length in 204", { .status = 204, .minor = 1, .now = INT64_MAX },
	    "HTTP/1.1 204 No Content\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
	{ "no length in 1xx, id in UTF-8", { .status = 100, .minor = 1, .request_id = RAW("\xc3\xa4") },
	    "HTTP/1.1 100 Continue\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
	{ "printable id", { .status = 200, .minor = 1, .request_id = RAW(" ~") },
	    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\nX-Request-Id:  ~\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
	{ "id with DEL", { .status = 200, .minor = 1, .request_id = RAW("a\x7f") },
	    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
	{ "unknown status", { .status = 299, .minor = 1 },
	    "HTTP/1.1 299 \r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" },
};

static void
test_heads(void)
{
	for (size_t i = 0; i < LEN(heads); i++) {
		size_t n = strlen(heads[i].want), tight;

		for (tight = 0; tight <= n; tight++) {
			struct buf b;
			char got[1024];

			buf_init(&b, NULL, tight);
			int r = http_head(&b, &heads[i].r);
			if (r != (tight < n ? -1 : 0) ||
			    (r == -1 && b.len != 0))
				break;
			(void)snprintf(got, sizeof(got), "%.*s", (int)b.len,
			    b.len > 0 ? b.p : "");
			buf_free(&b);
			if (tight == n)
				check(heads[i].name, heads[i].want, got);
		}
		check_num(heads[i].name, (long long)n + 1, (long long)tight);
	}
}

static void
test_dates(void)
{
	struct http_resp r = { .status = 200 };
	char want[64], name[64];
	uint32_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		/* Each day until 1997, then any moment until the year 2517. */
		time_t now = (time_t)i * 86400;
		struct tm tm;
		struct buf b;

		seed = seed * 1664525 + 1013904223;
		if (i >= 10000)
			now = (time_t)(seed % 200000) * 86400 + seed % 86399;
		(void)strftime(want, sizeof(want),
		    "Date: %a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
		buf_init(&b, NULL, 4096);
		r.now = now;
		(void)http_head(&b, &r);
		(void)snprintf(name, sizeof(name), "date %lld", (long long)now);
		b.p[17 + strlen(want)] = '\0';
		check(name, want, b.p + 17);
		buf_free(&b);
	}
}

/*** Forms ***/

static const struct {
	const char *form, *name;
	int want;
	const char *value;
} forms[] = {
	{ "a=1&b=2",            "a",   1, "1" },
	{ "a=1&b=2",            "b",   1, "2" },
	{ "a=1&b=2",            "c",   0, "" },
	{ "a=1&a=2",            "a",   1, "2" },
	{ "a",                  "a",   1, "" },
	{ "a=",                 "a",   1, "" },
	{ "a==b=c",             "a",   1, "=b=c" },
	{ "",                   "a",   0, "" },
	{ "&&a=1&&",            "a",   1, "1" },
	{ "ab=1",               "a",   0, "" },
	{ "a=1",                "ab",  0, "" },
	{ "%61%2b=%41+%2B+b%26","a+",  1, "A + b&" },
	{ "a+b=1",              "a b", 1, "1" },
	{ "a%00b=1",            "a",   0, "" },
	{ "a=%",                "a",   1, "%" },
	{ "a=%4",               "a",   1, "%4" },
	{ "a=%4&b",             "a",   1, "%4" },
	{ "a=%zz%4g%%41",       "a",   1, "%zz%4g%A" },
	{ "a=x%0d%0Ay",         "a",   1, "x\r\ny" },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < LEN(forms); i++) {
		struct slice form = { NULL, strlen(forms[i].form) };
		size_t need = strlen(forms[i].value);
		char *p = malloc(form.n + 1), got[64];
		struct buf b;

		if (p == NULL)
			err(2, NULL);
		form.p = memcpy(p + 1, forms[i].form, form.n);
		for (size_t max = 0; max <= need; max++) {
			buf_init(&b, NULL, max);
			int r = http_form_value(form, forms[i].name, &b);
			check_num(forms[i].form,
			    max < need ? -1 : forms[i].want, r);
			(void)snprintf(got, sizeof(got), "%.*s", (int)b.len,
			    b.len > 0 ? b.p : "");
			check(forms[i].form,
			    max < need ? "" : forms[i].value, got);
			buf_free(&b);
		}
		free(p);
	}
}

/*** Corpus ***/

static void
test_file(const char *dir, const char *name)
{
	static char text[4 * HTTP_HEAD_MAX], got[sizeof(text)];
	char path[1024], status[4] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		err(2, "%s", path);
	struct slice raw = { text, fread(text, 1, sizeof(text), f) };
	(void)fclose(f);
	if (sscanf(name, "n_%3[0-9]_", status) == 1) {
		check_cuts(name, raw, status);
		return;
	}
	parse(raw, raw.n, 1, got, sizeof(got));
	check_cuts(name, raw, strlen(got) > 5 && strchr("45", got[0]) == NULL ?
	    got : "a whole request");
}

static void
test_corpus(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	if (n == -1)
		err(2, "%s", dir);
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.')
			test_file(dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < LEN(cases); i++)
		check_cuts(cases[i].name, cases[i].raw, cases[i].want);
	test_values();
	test_bytes();
	test_limits();
	test_many_extensions();
	test_calls();
	test_pipeline();
	test_long_head();
	test_long_body("length, 64 KiB pieces", (size_t)64 << 10, 0);
	test_long_body("length, 1 MiB pieces", (size_t)1 << 20, 0);
	test_long_body("chunks of 1 KiB, 64 KiB pieces", (size_t)64 << 10, 1024);
	test_long_body("one chunk, 1 MiB pieces", (size_t)1 << 20,
	    (size_t)32 << 20);
	test_long_body("chunks of 16, 64 KiB pieces", (size_t)64 << 10, 16);
	test_heads();
	test_dates();
	test_forms();
	if (argc > 1)
		test_corpus(argv[1]);
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0 ? 1 : 0;
}
