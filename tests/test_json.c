/*
 * test_json.c - json.c alone: verdicts, values, decoding, the writer.
 *
 *   test_json [directory]      the files y_* are JSON, n_* are not
 *
 * Each text is checked whole, byte by byte and cut in two at each offset, every
 * piece from a malloc of its exact length; all ways must agree on the verdict,
 * the offset and the reason. The readers also walk every prefix of every text,
 * valid or not: they may stop early, but never overrun.
 */
#include "sandbox.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAW(s) { (s), sizeof(s) - 1 }
#define FFFD "\xef\xbf\xbd"

static unsigned passed, failed;

static void
check_slice(const char *name, struct slice want, struct slice got)
{
	if (want.n == got.n && (want.n == 0 ||
	    memcmp(want.p, got.p, want.n) == 0)) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL %s\n\twant %.*s\n\tgot  %.*s\n", name, (int)want.n,
	    want.n > 0 ? want.p : "", (int)got.n, got.n > 0 ? got.p : "");
}

static void
check(const char *name, const char *want, const char *got)
{
	check_slice(name, (struct slice){ want, strlen(want) },
	    (struct slice){ got, strlen(got) });
}

static void
check_num(const char *name, long long want, long long got)
{
	char w[32], g[32];

	(void)snprintf(w, sizeof(w), "%lld", want);
	(void)snprintf(g, sizeof(g), "%lld", got);
	check(name, w, g);
}

static char *
copy(const char *p, size_t n)
{
	char *q = malloc(n);

	if (q == NULL && n > 0)
		err(2, NULL);
	return n > 0 ? memcpy(q, p, n) : q;
}

/*** Verdicts ***/

static enum json_step
feed(struct json_parser *p, const char *text, size_t n)
{
	char *exact = copy(text, n);
	enum json_step step = json_feed(p, exact, n);

	free(exact);
	return step;
}

/* The first n bytes, then pieces of step bytes: "done" or "OFFSET: REASON". */
static void
verdict(struct slice text, size_t n, size_t step, char *out, size_t cap)
{
	struct json_parser p = { 0 };

	for (size_t at = 0; at < text.n; at += n, n = step) {
		if (n > text.n - at)
			n = text.n - at;
		(void)feed(&p, text.p + at, n);
	}
	if (json_end(&p) == JSON_DONE)
		(void)snprintf(out, cap, "done");
	else
		(void)snprintf(out, cap, "%zu: %s", p.at, p.why);
}

static void
check_cuts(const char *name, struct slice text, const char *want)
{
	char whole[128], cut[128];

	verdict(text, text.n, 1, whole, sizeof(whole));
	check(name, want, strcmp(want, "bad") == 0 && whole[0] != 'd' ? want :
	    whole);
	verdict(text, 1, 1, cut, sizeof(cut));
	check(name, whole, cut);
	for (size_t n = 1; n < text.n; n++) {
		verdict(text, n, text.n, cut, sizeof(cut));
		if (strcmp(whole, cut) != 0)
			break;
	}
	check(name, whole, cut);
}

static const struct {
	const char *name;
	struct slice text;
	const char *want;
} cases[] = {
	{ "nothing",             RAW(""),                  "0: unexpected end of text" },
	{ "blanks",              RAW(" \t\r\n"),           "4: unexpected end of text" },
	{ "form feed",           RAW("\f1"),               "0: expected a value" },
	{ "true",                RAW(" true "),            "done" },
	{ "false",               RAW("false"),             "done" },
	{ "null",                RAW("null\n"),            "done" },
	{ "nul",                 RAW("nul"),               "3: unexpected end of text" },
	{ "tru,",                RAW("[tru,]"),            "4: expected true, false or null" },
	{ "nulll",               RAW("nulll"),             "4: text after the value" },
	{ "True",                RAW("True"),              "0: expected a value" },
	{ "NaN",                 RAW("NaN"),               "0: expected a value" },
	{ "a NUL",               RAW("\0"),                "0: expected a value" },
	{ "two values",          RAW("1 2"),               "2: text after the value" },
	{ "0",                   RAW("0"),                 "done" },
	{ "-0",                  RAW("-0"),                "done" },
	{ "-",                   RAW("-"),                 "1: unexpected end of text" },
	{ "-a",                  RAW("-a"),                "1: expected a digit" },
	{ "+1",                  RAW("+1"),                "0: expected a value" },
	{ ".5",                  RAW(".5"),                "0: expected a value" },
	{ "01",                  RAW("01"),                "1: leading zero" },
	{ "-01",                 RAW("-01"),               "2: leading zero" },
	{ "1.",                  RAW("1."),                "2: unexpected end of text" },
	{ "1.e1",                RAW("1.e1"),              "2: expected a digit" },
	{ "1.5.5",               RAW("1.5.5"),             "3: text after the value" },
	{ "1e",                  RAW("1e"),                "2: unexpected end of text" },
	{ "1e+",                 RAW("[1e+]"),             "4: expected a digit" },
	{ "1e5e5",               RAW("[1e5e5]"),           "4: expected ',' or ']'" },
	{ "0e0",                 RAW("0e0"),               "done" },
	{ "0.0",                 RAW("0.0"),               "done" },
	{ "a long number",       RAW("[-10.250E+03,1e-9]"), "done" },
	{ "hex number",          RAW("0x1"),               "1: text after the value" },
	{ "a string",            RAW("\"a\""),             "done" },
	{ "open string",         RAW("\"a"),               "2: unexpected end of text" },
	{ "single quotes",       RAW("'a'"),               "0: expected a value" },
	{ "all escapes",         RAW("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fF\""), "done" },
	{ "bad escape",          RAW("\"\\x\""),           "2: bad escape" },
	{ "escaped NUL byte",    RAW("\"\\\0\""),          "2: bad escape" },
	{ "escape in capitals",  RAW("\"\\U0041\""),       "2: bad escape" },
	{ "short \\u",           RAW("\"\\u12\""),         "5: expected four hexadecimal digits" },
	{ "bad \\u",             RAW("\"\\u00g0\""),       "5: expected four hexadecimal digits" },
	{ "raw newline",         RAW("\"a\nb\""),          "2: control character in a string" },
	{ "raw newline, far in", RAW("\"0123456789abcdef\n"), "17: control character in a string" },
	{ "raw NUL",             RAW("\"\0\""),            "1: control character in a string" },
	{ "raw DEL",             RAW("\"\x7f\""),          "done" },
	{ "invalid UTF-8",       RAW("\"\xff\xc0\x80\""),  "done" },
	{ "UTF-8 outside",       RAW("\xc3\xa4"),          "0: expected a value" },
	{ "byte order mark",     RAW("\xef\xbb\xbf 1"),    "done" },
	{ "mark alone",          RAW("\xef\xbb\xbf"),      "3: unexpected end of text" },
	{ "cut mark",            RAW("\xef\xbb 1"),        "2: expected a value" },
	{ "mark not first",      RAW(" \xef\xbb\xbf 1"),   "1: expected a value" },
	{ "two marks",           RAW("\xef\xbb\xbf\xef\xbb\xbf"), "3: expected a value" },
	{ "[]",                  RAW(" [ ] "),             "done" },
	{ "[1,]",                RAW("[1,]"),              "3: expected a value" },
	{ "[,1]",                RAW("[,1]"),              "1: expected a value" },
	{ "[1 2]",               RAW("[1 2]"),             "3: expected ',' or ']'" },
	{ "[1}",                 RAW("[1}"),               "2: expected ',' or ']'" },
	{ "[",                   RAW("["),                 "1: unexpected end of text" },
	{ "]",                   RAW("]"),                 "0: expected a value" },
	{ "[]]",                 RAW("[]]"),               "2: text after the value" },
	{ "{}",                  RAW("{ }"),               "done" },
	{ "an object",           RAW("{\"a\" : [ 1 , {} ] , \"\" : \"b\" }"), "done" },
	{ "no name",             RAW("{1:2}"),             "1: expected a name or '}'" },
	{ "bare name",           RAW("{a:1}"),             "1: expected a name or '}'" },
	{ "no second name",      RAW("{\"a\":1,}"),        "7: expected a name" },
	{ "no colon",            RAW("{\"a\" 1}"),         "5: expected ':'" },
	{ "no value",            RAW("{\"a\":}"),          "5: expected a value" },
	{ "no comma",            RAW("{\"a\":1 \"b\":2}"), "7: expected ',' or '}'" },
	{ "{]",                  RAW("{\"a\":1]"),         "6: expected ',' or '}'" },
	{ "comment",             RAW("[/**/]"),            "1: expected a value" },
};

/* depth times open, then close: JSON_DEPTH_MAX of them and no more. */
static void
test_depth(void)
{
	static const char *const opens[] = { "[", "{\"a\":" };
	static const char closes[] = "]}";

	for (size_t i = 0; i < LEN(opens); i++)
		for (size_t depth = 63; depth <= 66; depth++) {
			char text[1024] = "", name[32], want[64] = "done";
			size_t n = strlen(opens[i]), at = 0;

			for (size_t k = 0; k < depth; k++, at += n)
				memcpy(text + at, opens[i], n);
			text[at++] = '1';
			memset(text + at, closes[i], depth);
			at += depth;
			if (depth > JSON_DEPTH_MAX)
				(void)snprintf(want, sizeof(want),
				    "%zu: nested too deeply", JSON_DEPTH_MAX * n);
			(void)snprintf(name, sizeof(name), "depth %zu", depth);
			check_cuts(name, (struct slice){ text, at }, want);
		}
}

/* DONE comes as soon as it is certain; BAD stays. */
static void
test_steps(void)
{
	static const struct {
		const char *text;
		enum json_step feed, end;
	} steps[] = {
		{ "",      JSON_MORE, JSON_BAD  }, { "1",     JSON_MORE, JSON_DONE },
		{ "1 ",    JSON_DONE, JSON_DONE }, { "1.",    JSON_MORE, JSON_BAD  },
		{ "[1",    JSON_MORE, JSON_BAD  }, { "[1]",   JSON_DONE, JSON_DONE },
		{ "{} \n", JSON_DONE, JSON_DONE }, { "{} x",  JSON_BAD,  JSON_BAD  },
		{ "\"a\"", JSON_DONE, JSON_DONE }, { "true",  JSON_DONE, JSON_DONE },
		{ "1e5",   JSON_MORE, JSON_DONE }, { "0",     JSON_MORE, JSON_DONE },
		{ "1.5",   JSON_MORE, JSON_DONE }, { "x",     JSON_BAD,  JSON_BAD  },
	};

	for (size_t i = 0; i < LEN(steps); i++) {
		struct json_parser p = { 0 };

		check_num(steps[i].text, steps[i].feed,
		    json_feed(&p, steps[i].text, strlen(steps[i].text)));
		if (steps[i].feed == JSON_BAD)
			check_num(steps[i].text, JSON_BAD, json_feed(&p, " ", 1));
		check_num(steps[i].text, steps[i].end, json_end(&p));
	}
}

/*** Reading ***/

static const char *const types[] = { "null", "false", "true", "number",
    "string", "array", "object" };

/* Everything the iterators see, as text: type and raw of scalars, brackets. */
static void
walk(struct json_value v, unsigned depth, struct buf *out)
{
	struct json_iter it = json_iter(v);
	struct json_value key, val;

	if (v.type < JSON_ARRAY) {
		check_num("no elements", 0, json_next(&it, &key, &val));
		(void)buf_printf(out, "%s ", types[v.type]);
		(void)buf_put(out, v.raw.p, v.raw.n);
		(void)buf_puts(out, ";");
		(void)json_is(v, "some text");
		return;
	}
	if (v.raw.n > 0)
		check_num("ends in a bracket", 1, v.raw.n >= 2 &&
		    strchr("]}", v.raw.p[v.raw.n - 1]) != NULL);
	(void)buf_puts(out, v.type == JSON_OBJECT ? "{" : "[");
	while (depth <= JSON_DEPTH_MAX && json_next(&it, &key, &val)) {
		if (v.type == JSON_OBJECT)
			(void)json_text(key, out);
		(void)buf_puts(out, v.type == JSON_OBJECT ? "=" : "");
		walk(val, depth + 1, out);
	}
	(void)buf_puts(out, v.type == JSON_OBJECT ? "}" : "]");
}

static void
walk_prefixes(struct slice text)
{
	for (size_t n = 0; n <= text.n; n++) {
		char *exact = copy(text.p, n);
		struct buf out;

		buf_init(&out, NULL, (size_t)1 << 24);
		walk(json_root((struct slice){ exact, n }), 0, &out);
		buf_free(&out);
		free(exact);
	}
	passed++;       /* an overrun has ended the program */
}

static const struct {
	const char *text, *want;
} walks[] = {
	{ "1", "number 1;" },
	{ " \xc3", "number \xc3;" },            /* no checked text */
	{ "\xef\xbb\xbf\t\"a\" ", "string \"a\";" },
	{ "[]", "[]" },
	{ " { } ", "{}" },
	{ "[1 , \"],[\",\"\\\\\",\"\\\"\", true,false , null,[],{ }, -1e5 ]",
	    "[number 1;string \"],[\";string \"\\\\\";string \"\\\"\";true true;false false;null null;[]{}number -1e5;]" },
	{ "{\"a\":1, \"b\" : {\"c\":[ [2] , {\"d}\" : \"{\"}]} ,\"\\u0065\":null}",
	    "{a=number 1;b={c=[[number 2;]{d}=string \"{\";}]}e=null null;}" },
	{ "{\"a\":1,\"a\":2}", "{a=number 1;a=number 2;}" },
	{ "", "null ;" },
	{ "[1", "[]" },
	{ "\"a", "string ;" },
	{ "{1:2}", "{}" },
	{ "{\"a\":}", "{}" },
};

static void
test_walks(void)
{
	for (size_t i = 0; i < LEN(walks); i++) {
		struct slice text = { walks[i].text, strlen(walks[i].text) };
		char *exact = copy(text.p, text.n);
		struct buf out;

		buf_init(&out, NULL, 4096);
		walk(json_root((struct slice){ exact, text.n }), 0, &out);
		check_slice(walks[i].text, (struct slice){ walks[i].want,
		    strlen(walks[i].want) }, buf_slice(&out));
		buf_free(&out);
		free(exact);
		walk_prefixes(text);
	}
	for (size_t i = 0; i < LEN(cases); i++)
		walk_prefixes(cases[i].text);
}

/* A million elements, one look at each: a quadratic walk would not end. */
static void
test_long_array(void)
{
	const size_t n = 1000000;
	char *text = malloc(2 * n + 1);
	struct json_parser p = { 0 };
	struct json_value key, val;
	long long seen = 0;

	if (text == NULL)
		err(2, NULL);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, i == 0 ? "[7" : ",7", 2);
	text[2 * n] = ']';
	check_num("long array", JSON_DONE, json_feed(&p, text, 2 * n + 1));
	struct json_iter it =
	    json_iter(json_root((struct slice){ text, 2 * n + 1 }));
	while (json_next(&it, &key, &val))
		seen++;
	check_num("long array", (long long)n, seen);
	free(text);
}

static const struct {
	const char *text;
	int64_t min, max;
	int want;               /* errno, 0: want_n */
	int64_t want_n;
} ints[] = {
	{ "0",                    0,         9,         0,      0         },
	{ "-1",                   -1,        1,         0,      -1        },
	{ "10",                   0,         9,         ERANGE, 0         },
	{ "9223372036854775807",  INT64_MIN, INT64_MAX, 0,      INT64_MAX },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, 0,      INT64_MIN },
	{ "9223372036854775808",  INT64_MIN, INT64_MAX, ERANGE, 0         },
	{ "1.0",                  0,         9,         EINVAL, 0         },
	{ "1e0",                  0,         9,         EINVAL, 0         },
	{ "\"1\"",                0,         9,         EINVAL, 0         },
	{ "true",                 0,         9,         EINVAL, 0         },
};

static void
test_ints(void)
{
	for (size_t i = 0; i < LEN(ints); i++) {
		struct slice text = { ints[i].text, strlen(ints[i].text) };
		int64_t n = 0;
		int r = parse_int(text, ints[i].min, ints[i].max, &n);

		check_num(ints[i].text, ints[i].want, r == 0 ? 0 : errno);
		check_num(ints[i].text, ints[i].want_n, n);
	}
}

/*** Decoding ***/

static const struct {
	struct slice inside, want;
} texts[] = {
	{ RAW(""),                          RAW("") },
	{ RAW("a"),                         RAW("a") },
	{ RAW("\\\"\\\\\\/\\b\\f\\n\\r\\t"), RAW("\"\\/\b\f\n\r\t") },
	{ RAW("\\u0041\\u00e4\\u20AC"),     RAW("A\xc3\xa4\xe2\x82\xac") },
	{ RAW("\\u007f\\u0080\\u07ff\\u0800\\uffff"), RAW("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf") },
	{ RAW("a\\u0000b"),                 RAW("a\0b") },
	{ RAW("\\ud83d\\ude00"),            RAW("\xf0\x9f\x98\x80") },
	{ RAW("\\uD800\\uDC00\\uDBFF\\uDFFF"), RAW("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
	{ RAW("\\ud800"),                   RAW(FFFD) },
	{ RAW("\\ud800x"),                  RAW(FFFD "x") },
	{ RAW("\\ud800\\n"),                RAW(FFFD "\n") },
	{ RAW("\\ud800\\u0041"),            RAW(FFFD "A") },
	{ RAW("\\ud800\\uffff"),            RAW(FFFD "\xef\xbf\xbf") },
	{ RAW("\\ud800udc00."),             RAW(FFFD "udc00.") },
	{ RAW("\\ud800xudc00"),             RAW(FFFD "xudc00") },
	{ RAW("\\ud800\\ndc00"),            RAW(FFFD "\ndc00") },
	{ RAW("\\u12"),                     RAW(FFFD) },          /* no checked text, as the next three */
	{ RAW("\\u12g4x"),                  RAW(FFFD) },
	{ RAW("\\u"),                       RAW(FFFD) },
	{ RAW("a\\x"),                      RAW("a\0") },
	{ RAW("\\ud7ff\\ue000"),            RAW("\xed\x9f\xbf\xee\x80\x80") },
	{ RAW("\\ud800\\ud800\\udc00"),     RAW(FFFD "\xf0\x90\x80\x80") },
	{ RAW("\\udc00\\ud800"),            RAW(FFFD FFFD) },
	{ RAW("\\udfff"),                   RAW(FFFD) },
	{ RAW("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), RAW("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") },
	{ RAW("\xff"),                      RAW(FFFD) },
	{ RAW("\xc3"),                      RAW(FFFD) },
	{ RAW("\xc3x\xa4"),                 RAW(FFFD "x" FFFD) },
	{ RAW("\xe2\x82"),                  RAW(FFFD FFFD) },
	{ RAW("\xc0\x80"),                  RAW(FFFD FFFD) },
	{ RAW("\xed\xa0\x80"),              RAW(FFFD FFFD FFFD) },
	{ RAW("\xf4\x90\x80\x80"),          RAW(FFFD FFFD FFFD FFFD) },
	{ RAW("0123456789abcdef\\n\xff" "0123456789\x7f"), RAW("0123456789abcdef\n" FFFD "0123456789\x7f") },
};

/* Also with every smaller limit: -1 then, and nothing appended. */
static void
test_texts(void)
{
	for (size_t i = 0; i < LEN(texts); i++) {
		struct slice s = texts[i].inside, want = texts[i].want;
		char *text = malloc(s.n + 2);
		struct json_value v;

		if (text == NULL)
			err(2, NULL);
		text[0] = text[s.n + 1] = '"';
		if (s.n > 0)
			memcpy(text + 1, s.p, s.n);
		v = json_root((struct slice){ text, s.n + 2 });
		for (size_t max = 0; max <= want.n; max++) {
			struct buf out;

			buf_init(&out, NULL, max);
			check_num(s.p, max < want.n ? -1 : 0,
			    json_text(v, &out));
			check_slice(s.p, max < want.n ? SLICE("") : want,
			    buf_slice(&out));
			buf_free(&out);
		}
		walk_prefixes((struct slice){ text, s.n + 2 });
		free(text);
	}
}

static const struct {
	const char *text, *is;
	bool want;
} equals[] = {
	{ "\"code\"",                "code",  true  },
	{ "\"c\\u006fde\"",          "code",  true  },
	{ "\"code\"",                "cod",   false },
	{ "\"cod\"",                 "code",  false },
	{ "\"\"",                    "",      true  },
	{ "\"a\"",                   "",      false },
	{ "\"code\\u0000\"",         "code",  false },
	{ "\"code\\u0000x\"",        "code",  false },
	{ "\"\\ud800\"",             FFFD,    false },
	{ "\"\\u00e9\"",             "\xc3",  false },
	{ "\"\\\"\\n\"",             "\"\n",  true  },
	{ "1",                       "1",     false },
	{ "true",                    "true",  false },
};

/*** Writing ***/

static void
write_whole(struct json_out *o)
{
	json_open(o, NULL, '{');
	json_put_int(o, "min", INT64_MIN);
	json_put_int(o, "max", INT64_MAX);
	json_open(o, "list", '[');
	json_put_bool(o, NULL, true);
	json_put_bool(o, NULL, false);
	json_put_null(o, NULL);
	json_open(o, NULL, '{');
	json_close(o, '}');
	json_open(o, NULL, '[');
	json_put_int(o, NULL, 0);
	json_close(o, ']');
	json_close(o, ']');
	json_put_str(o, "k\"\n", SLICE("\"\\/\b\f\n\r\t\x01\x1f\0\x7f\xc3\xa4\xff"));
	json_open_str(o, "parts");
	json_add_str(o, SLICE("a"));
	json_add_str(o, SLICE(""));
	json_add_str(o, SLICE("\n\xe2\x82\xac"));
	json_close_str(o);
	json_put_str(o, "", (struct slice){ NULL, 0 });
	json_close(o, '}');
}

/* The whole text, and for each smaller limit a failure that sticks. */
static void
test_writer(void)
{
	static const char want[] = "{\"min\":-9223372036854775808,\"max\":9223372036854775807,"
	    "\"list\":[true,false,null,{},[0]],\"k\\\"\\n\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000\x7f\xc3\xa4" FFFD "\","
	    "\"parts\":\"a\\n\xe2\x82\xac\",\"\":\"\"}";

	for (size_t max = 0; max < sizeof(want); max++) {
		struct buf b;
		struct json_out o = { .out = &b };

		buf_init(&b, NULL, max);
		write_whole(&o);
		errno = 0;
		int r = json_finish(&o);
		check_num("writer", max < sizeof(want) - 1 ? -1 : 0, r);
		check_num("writer", r == -1 ? ENOBUFS : 0, errno);
		if (r == 0)
			check_slice("writer", (struct slice)RAW(want),
			    buf_slice(&b));
		else if (b.len > 0 && memcmp(b.p, want, b.len) != 0)
			check("writer", "a prefix", "something else");
		buf_free(&b);
	}
}

/* Every byte as a string of one. */
static void
test_escapes(void)
{
	static const char *const controls[' '] = { ['\b'] = "\\b",
	    ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t" };

	for (int c = 0; c < 256; c++) {
		char byte = (char)c, want[16];
		struct buf b;
		struct json_out o = { .out = &b };

		if (c >= 0x80)
			(void)snprintf(want, sizeof(want), "\"%s\"", FFFD);
		else if (c < ' ' && controls[c] == NULL)
			(void)snprintf(want, sizeof(want), "\"\\u%04x\"",
			    (unsigned)c);
		else if (c < ' ')
			(void)snprintf(want, sizeof(want), "\"%s\"",
			    controls[c]);
		else
			(void)snprintf(want, sizeof(want), "\"%s%c\"",
			    c == '"' || c == '\\' ? "\\" : "", c);
		buf_init(&b, NULL, 64);
		json_put_str(&o, NULL, (struct slice){ &byte, 1 });
		check_num("escape", 0, json_finish(&o));
		check_slice("escape", (struct slice){ want, strlen(want) },
		    buf_slice(&b));
		buf_free(&b);
	}
}

/* Our own mistakes: too deep, closed too often, left open. */
static void
test_writer_misuse(void)
{
	for (unsigned n = 62; n <= 66; n++) {
		struct buf b;
		struct json_out o = { .out = &b };

		buf_init(&b, NULL, 4096);
		for (unsigned i = 0; i < n; i++)
			json_open(&o, NULL, '[');
		check_num("left open", -1, json_finish(&o));
		check_num("too deep", n >= JSON_DEPTH_MAX, o.failed);
		for (unsigned i = 0; i < n; i++)
			json_close(&o, ']');
		check_num("deep", n < JSON_DEPTH_MAX ? 0 : -1, json_finish(&o));
		json_close(&o, ']');
		check_num("closed too often", -1, json_finish(&o));
		buf_free(&b);
	}
}

/* The text that bytes become: a second, simple way to say what is valid. */
static size_t
expected(const unsigned char *p, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0, k; i < n; i += k) {
		k = utf8_len((const char *)p + i, n - i);
		memcpy(out + len, k > 0 ? (const char *)p + i : FFFD,
		    k > 0 ? k : 3);
		len += k > 0 ? k : 3;
		k = k > 0 ? k : 1;
	}
	return len;
}

static void
round_trip(const unsigned char *p, size_t n)
{
	static char want[3 * 4096];
	struct buf text, back;
	struct json_out o = { .out = &text };

	buf_init(&text, NULL, (size_t)1 << 20);
	buf_init(&back, NULL, (size_t)1 << 20);
	json_put_str(&o, NULL, (struct slice){ (const char *)p, n });
	check_num("round trip: written", 0, json_finish(&o));

	struct json_parser parser = { 0 };
	check_num("round trip: valid", JSON_DONE,
	    json_feed(&parser, text.p, text.len));
	check_num("round trip: read", 0,
	    json_text(json_root(buf_slice(&text)), &back));
	check_slice("round trip", (struct slice){ want, expected(p, n, want) },
	    buf_slice(&back));
	buf_free(&text);
	buf_free(&back);
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Random bytes, of all kinds or of the few that make UTF-8 likely. */
static void
test_round_trips(void)
{
	static const unsigned char likely[] = "a\"\\\n\x1f\x7f\x80\xa0\xbf\xc2\xc3\xe0\xe2\x82\xac\xed\xef\xf0\x90\xf4\x8f";
	uint32_t seed = 20260601;

	for (int i = 0; i < 4000; i++) {
		size_t n = next_random(&seed) % (i % 100 == 0 ? 4096 : 48);
		unsigned char *p = malloc(n);

		if (p == NULL && n > 0)
			err(2, NULL);
		for (size_t k = 0; k < n; k++) {
			uint32_t r = next_random(&seed);

			p[k] = i % 2 == 0 ? (unsigned char)r :
			    likely[r % (sizeof(likely) - 1)];
		}
		round_trip(p, n);
		free(p);
	}
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < 20; at++) {
			unsigned char p[20] = "................... ";

			p[at] = (unsigned char)c;
			round_trip(p, sizeof(p));
		}
}

/* Strings about as long as what json.c collects before it calls the buffer. */
static void
test_long_strings(void)
{
	unsigned char text[3000];

	for (size_t n = 1000; n <= sizeof(text); n += n < 1050 ? 1 : 50) {
		struct buf small, whole;
		struct json_out o = { .out = &small }, all = { .out = &whole };

		memset(text, 'x', n);
		round_trip(text, n);
		text[0] = text[n - 1] = '\n';
		round_trip(text, n);

		struct slice s = { (const char *)text, n };
		buf_init(&small, NULL, n + 3);
		buf_init(&whole, NULL, n + 4);
		json_put_str(&o, NULL, s);
		check_num("long string, too small", -1, json_finish(&o));
		json_put_str(&all, NULL, s);
		check_num("long string", 0, json_finish(&all));
		buf_free(&small);
		buf_init(&small, NULL, n - 1);
		check_num("long text, too small", -1,
		    json_text(json_root(buf_slice(&whole)), &small));
		check_num("long text, nothing of it", 0, (long long)small.len);
		buf_free(&small);
		buf_free(&whole);
	}
}

/*** Corpus ***/

static void
test_file(const char *dir, const char *name)
{
	static char text[1 << 16];
	char path[1024];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		err(2, "%s", path);
	struct slice s = { text, fread(text, 1, sizeof(text), f) };
	(void)fclose(f);
	check_cuts(name, s, name[0] == 'y' ? "done" : "bad");
	walk_prefixes(s);
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
		check_cuts(cases[i].name, cases[i].text, cases[i].want);
	test_depth();
	test_steps();
	test_walks();
	test_long_array();
	test_ints();
	test_texts();
	for (size_t i = 0; i < LEN(equals); i++)
		check_num(equals[i].text, equals[i].want, json_is(json_root(
		    (struct slice){ equals[i].text, strlen(equals[i].text) }),
		    equals[i].is));
	test_writer();
	test_escapes();
	test_writer_misuse();
	test_round_trips();
	test_long_strings();
	if (argc > 1)
		test_corpus(argv[1]);
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0 ? 1 : 0;
}
