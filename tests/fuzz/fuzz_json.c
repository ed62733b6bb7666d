/*
 * fuzz_json.c - the verdict on a text does not depend on where it was cut, the
 * readers never overrun, and what the writer makes of any bytes is valid. The
 * first byte of the input says where to cut (of 256 parts), the rest is the
 * text.
 */
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const unsigned char *, size_t);

static void
walk(struct json_value v, unsigned depth)
{
	struct json_iter it = json_iter(v);
	struct json_value key, val;
	struct buf text;

	buf_init(&text, NULL, SIZE_MAX / 2);
	(void)json_text(v, &text);
	(void)json_is(v, "language");
	buf_free(&text);
	while (depth < JSON_DEPTH_MAX && json_next(&it, &key, &val)) {
		walk(key, depth + 1);
		walk(val, depth + 1);
	}
}

/* Any bytes, once written, are a valid text in valid UTF-8. */
static void
write_and_check(struct slice s)
{
	struct json_parser p = { 0 };
	struct buf out;
	struct json_out o = { .out = &out };

	buf_init(&out, NULL, SIZE_MAX / 2);
	json_open(&o, NULL, '[');
	json_put_str(&o, NULL, s);
	json_close(&o, ']');
	if (json_finish(&o) == -1)
		abort();
	for (size_t i = 0, len; i < out.len; i += len)
		if ((len = utf8_len(out.p + i, out.len - i)) == 0)
			abort();
	(void)json_feed(&p, out.p, out.len);
	if (json_end(&p) != JSON_DONE)
		abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct json_parser whole = { 0 }, cut = { 0 };

	if (n < 1)
		return 0;
	size_t at = (n - 1) * data[0] / 256;
	const char *text = (const char *)data + 1;
	(void)json_feed(&whole, text, n - 1);
	(void)json_feed(&cut, text, at);
	(void)json_feed(&cut, text + at, n - 1 - at);
	if (json_end(&whole) != json_end(&cut) || whole.at != cut.at ||
	    whole.why != cut.why)
		abort();
	walk(json_root((struct slice){ text, n - 1 }), 0);
	write_and_check((struct slice){ text, n - 1 });
	return 0;
}
