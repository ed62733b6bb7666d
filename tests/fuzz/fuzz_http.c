/*
 * fuzz_http.c - the verdict on a request does not depend on where it was cut.
 * The first byte of the input says where (of 256 parts), the rest is the
 * request.
 */
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* Parse text[0..cut), move, then the rest. The result is owned by the caller. */
static char *
parse(struct http_parser *p, struct http_req *req, enum http_step *step,
    const unsigned char *text, size_t cut, size_t n)
{
	char *one = malloc(cut), *two;
	size_t len = cut;

	memcpy(one, text, cut);
	do
		*step = http_parse(p, one, &len, req);
	while (*step == HTTP_HEAD);
	if (*step != HTTP_MORE)
		return one;
	two = malloc(len + n - cut);
	memcpy(two, one, len);
	memcpy(two + len, text + cut, n - cut);
	free(one);
	len += n - cut;
	do
		*step = http_parse(p, two, &len, req);
	while (*step == HTTP_HEAD);
	return two;
}

static void
same(struct slice a, struct slice b)
{
	if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *text, size_t n)
{
	struct http_parser p[2] = {
		{ .body_max = 4096 }, { .body_max = 4096 },
	};
	struct http_req req[2];
	enum http_step step[2];
	char *buf[2];

	if (n < 1)
		return 0;
	size_t cut = (n - 1) * text[0] / 256;
	buf[0] = parse(&p[0], &req[0], &step[0], text + 1, n - 1, n - 1);
	buf[1] = parse(&p[1], &req[1], &step[1], text + 1, cut, n - 1);
	if (step[0] != step[1] || p[0].status != p[1].status ||
	    p[0].why != p[1].why)
		abort();
	if (step[0] == HTTP_DONE) {
		same(req[0].path, req[1].path);
		same(req[0].query, req[1].query);
		same(req[0].api_key, req[1].api_key);
		same(req[0].body, req[1].body);
	}
	free(buf[0]);
	free(buf[1]);
	return 0;
}
