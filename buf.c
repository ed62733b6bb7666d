/*
 * buf.c - owned bytes with a hard cap, and the small things every module needs
 * to look at bytes: slices, the one integer parser, UTF-8.
 *
 * A buffer's capacity is charged to its pool before the memory is asked for,
 * so the sum over a pool's buffers never passes pool->max, not even for a
 * moment. This is the only file that calls realloc.
 */
#include "sandbox.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 512                   /* the smallest allocation */

void
buf_init(struct buf *b, struct pool *pool, size_t max)
{
	*b = (struct buf){ .max = max, .pool = pool };
}

/* Make the capacity exactly cap (>= len, or 0 to release). */
static int
resize(struct buf *b, size_t cap)
{
	struct pool *pool = b->pool;

	if (pool != NULL && cap > b->cap && cap - b->cap > pool->max - pool->used) {
		errno = ENOMEM;
		return -1;
	}
	char *p = realloc(b->p, cap);
	if (p == NULL)
		return -1;
	if (pool != NULL)
		pool->used = pool->used - b->cap + cap;
	b->p = p;
	b->cap = cap;
	return 0;
}

int
buf_reserve(struct buf *b, size_t n)
{
	if (n <= b->cap - b->len)
		return 0;
	if (n > b->max - b->len) {
		errno = ENOBUFS;
		return -1;
	}
	size_t need = b->len + n, cap = b->cap > BUF_FIRST ? b->cap : BUF_FIRST;

	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;
	/* Near the pool's end the doubling may not fit where the need does. */
	return resize(b, cap) == 0 || resize(b, need) == 0 ? 0 : -1;
}

int
buf_put(struct buf *b, const void *p, size_t n)
{
	if (buf_reserve(b, n) == -1)
		return -1;
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		errno = ENOBUFS;        /* truncation is an error */
		return -1;
	}
	return buf_put(b, text, (size_t)n);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->p, b->p + n, b->len);
}

void
buf_free(struct buf *b)
{
	if (b->pool != NULL)
		b->pool->used -= b->cap;
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}

struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->len };
}

bool
slice_is(struct slice s, const char *text)
{
	return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
slice_is_nocase(struct slice s, const char *text)
{
	if (s.n != strlen(text))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (lower(s.p[i]) != lower(text[i]))
			return false;
	return true;
}

int
parse_int(struct slice s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t v = 0;                  /* kept negative: INT64_MIN has no positive twin */
	bool over = false;

	if (i == s.n) {
		errno = EINVAL;
		return -1;
	}
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9') {
			errno = EINVAL;
			return -1;
		}
		int d = s.p[i] - '0';
		over = over || v < (INT64_MIN + d) / 10;
		if (!over)
			v = v * 10 - d;
	}
	if (over || (!negative && v == INT64_MIN)) {
		errno = ERANGE;
		return -1;
	}
	if (!negative)
		v = -v;
	if (v < min || v > max) {
		errno = ERANGE;
		return -1;
	}
	*out = v;
	return 0;
}

size_t
utf8_len(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	/* The lead byte gives the length and bounds the second byte (RFC 3629 section 4). */
	static const struct { unsigned char lo, hi, len, lo2, hi2; } leads[] = {
		{ 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f },
		{ 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf },
		{ 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f },
	};

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;               /* the common cases before the table: outputs have millions of bytes */
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	for (size_t i = 0; i < LEN(leads); i++) {
		if (p[0] < leads[i].lo || p[0] > leads[i].hi)
			continue;
		if (leads[i].len > n)
			return 0;
		if (p[1] < leads[i].lo2 || p[1] > leads[i].hi2)
			return 0;
		for (size_t k = 2; k < leads[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return leads[i].len;
	}
	return 0;
}
