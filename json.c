/*
 * json.c - text -> values, values -> text (RFC 8259).
 *
 *   bytes ──json_feed──> verdict        one byte at a time, nothing is copied
 *   text  ──json_root, json_next──>     values: spans of the checked text
 *   value ──json_text──> UTF-8
 *   bytes ──json_put_*──> text
 *
 * The checker is a state machine over single bytes with one bit per nesting
 * level: no recursion, no memory, and a cut between two pieces cannot change
 * the verdict. What it has called whole is then read where it lies. Invalid
 * UTF-8 is accepted inside strings and becomes U+FFFD where a string is decoded
 * or written, so whatever leaves this file is valid UTF-8.
 *
 * It never allocates (buf.c does), never recurses, never turns a number into a
 * double, and knows the name of no field.
 */
#include "sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define ONES (UINT64_MAX / 255)         /* 0x01 in each byte */
#define HIGHS (ONES << 7)               /* 0x80 in each byte */
#define REPLACEMENT 0xFFFDU

enum state {
	START,          /* a byte order mark may stand here */
	BOM_2, BOM_3,   /* its second and third byte */
	VALUE,
	FIRST_VALUE,    /* after '[' */
	FIRST_KEY,      /* after '{' */
	KEY,            /* after ',' in an object */
	COLON,
	AFTER,          /* after a value */
	LITERAL,        /* sub: index of the next byte in words */
	STRING,
	ESCAPE,
	HEX,            /* sub: digits to come */
	MINUS, ZERO, INT, DOT, FRACTION, EXP, EXP_SIGN, EXP_DIGITS
};

static const char words[] = "true\0false\0null";
enum { TRUE_AT = 0, FALSE_AT = 5, NULL_AT = 11 };

/* Escapes of one letter (RFC 8259 section 7), both ways; '/' is only read. */
static const char letter_of['\\' + 1] = {
	['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',
	['\r'] = 'r', ['\t'] = 't',
};
static const char meaning_of[UCHAR_MAX + 1] = {
	['"'] = '"', ['\\'] = '\\', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',
	['r'] = '\r', ['t'] = '\t', ['/'] = '/',
};
#define ESCAPED_MAX 6                   /* "\u001f" */

/*** Bytes ***/

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit, or -1. */
static int
hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t
zero_bytes(uint64_t w)
{
	return (w - ONES) & ~w & HIGHS;
}

/*
 * How many bytes from p stand for themselves in a string: no control character,
 * quote or backslash, and none with a bit of stop (0, or HIGHS for ASCII only).
 * Eight at a time, because most of what we carry is long strings.
 */
static size_t
plain(const char *p, size_t n, uint64_t stop)
{
	size_t i = 0;
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if ((((w - ONES * ' ') & ~w & HIGHS) |
		    zero_bytes(w ^ ONES * '"') | zero_bytes(w ^ ONES * '\\') |
		    (w & stop)) != 0)
			break;
	}
	for (; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < ' ' || c == '"' || c == '\\' || (c & stop) != 0)
			break;
	}
	return i;
}

/* The same, ending also before the first byte that is not valid UTF-8. */
static size_t
plain_utf8(const char *p, size_t n)
{
	size_t i = 0;

	for (;;) {
		i += plain(p + i, n - i, HIGHS);
		if (i == n || ((unsigned char)p[i] & 0x80) == 0)
			return i;
		size_t len = utf8_len(p + i, n - i);
		if (len == 0)
			return i;
		i += len;
	}
}

/*** Checking: each function takes one byte; NULL, or why it is wrong ***/

static bool
in_object(const struct json_parser *p)
{
	return (p->in_object >> (p->depth - 1) & 1) != 0;
}

static const char *
go(struct json_parser *p, enum state next)
{
	p->state = next;
	return NULL;
}

static const char *
open_container(struct json_parser *p, bool object)
{
	uint64_t bit;

	if (p->depth == JSON_DEPTH_MAX)
		return "nested too deeply";
	bit = UINT64_C(1) << p->depth++;
	p->in_object = object ? p->in_object | bit : p->in_object & ~bit;
	return go(p, object ? FIRST_KEY : FIRST_VALUE);
}

static const char *
close_container(struct json_parser *p)
{
	p->depth--;
	return go(p, AFTER);
}

static const char *
open_literal(struct json_parser *p, unsigned at)
{
	p->sub = at + 1;
	return go(p, LITERAL);
}

static const char *
open_string(struct json_parser *p, bool key)
{
	p->key = key;
	return go(p, STRING);
}

static const char *
check_value(struct json_parser *p, char c)
{
	switch (c) {
	case '"':
		return open_string(p, false);
	case '{':
		return open_container(p, true);
	case '[':
		return open_container(p, false);
	case 't':
		return open_literal(p, TRUE_AT);
	case 'f':
		return open_literal(p, FALSE_AT);
	case 'n':
		return open_literal(p, NULL_AT);
	case '-':
		return go(p, MINUS);
	case '0':
		return go(p, ZERO);
	default:
		return is_digit(c) ? go(p, INT) : "expected a value";
	}
}

static const char *
check_key(struct json_parser *p, char c)
{
	if (c == '"')
		return open_string(p, true);
	if (p->state == FIRST_KEY)
		return c == '}' ? close_container(p) : "expected a name or '}'";
	return "expected a name";
}

static const char *
check_after(struct json_parser *p, char c)
{
	p->state = AFTER;       /* also when a number ends here */
	if (is_space(c))
		return NULL;
	if (p->depth == 0)
		return "text after the value";
	if (c == ',')
		return go(p, in_object(p) ? KEY : VALUE);
	if (in_object(p))
		return c == '}' ? close_container(p) : "expected ',' or '}'";
	return c == ']' ? close_container(p) : "expected ',' or ']'";
}

static const char *
check_literal(struct json_parser *p, char c)
{
	if (c != words[p->sub])
		return "expected true, false or null";
	p->sub++;
	return words[p->sub] == '\0' ? go(p, AFTER) : NULL;
}

static const char *
check_string(struct json_parser *p, char c)
{
	if (c == '"')
		return go(p, p->key ? COLON : AFTER);
	if (c == '\\')
		return go(p, ESCAPE);
	return (unsigned char)c < ' ' ? "control character in a string" : NULL;
}

static const char *
check_escape(struct json_parser *p, char c)
{
	if (p->state == HEX) {
		if (hex(c) == -1)
			return "expected four hexadecimal digits";
		return --p->sub == 0 ? go(p, STRING) : NULL;
	}
	if (c == 'u') {
		p->sub = 4;
		return go(p, HEX);
	}
	return meaning_of[(unsigned char)c] != '\0' ? go(p, STRING) :
	    "bad escape";
}

/* RFC 8259 section 6. */
static const char *
check_number(struct json_parser *p, char c)
{
	enum state s = p->state;

	if (is_digit(c)) {
		if (s == ZERO)
			return "leading zero";
		if (s == MINUS)
			return go(p, c == '0' ? ZERO : INT);
		if (s == DOT)
			return go(p, FRACTION);
		return go(p, s == INT || s == FRACTION ? s : EXP_DIGITS);
	}
	if (s == EXP && (c == '+' || c == '-'))
		return go(p, EXP_SIGN);
	if (s == MINUS || s == DOT || s == EXP || s == EXP_SIGN)
		return "expected a digit";
	if ((s == ZERO || s == INT) && c == '.')
		return go(p, DOT);
	if (s != EXP_DIGITS && (c == 'e' || c == 'E'))
		return go(p, EXP);
	return check_after(p, c);
}

/* RFC 8259 section 8.1: a parser may ignore a byte order mark. */
static const char *
check_bom(struct json_parser *p, char c)
{
	if (c != (p->state == BOM_2 ? '\xBB' : '\xBF'))
		return "expected a value";
	return go(p, p->state == BOM_2 ? BOM_3 : VALUE);
}

static const char *
check(struct json_parser *p, char c)
{
	switch ((enum state)p->state) {
	case START:
		if (c == '\xEF')
			return go(p, BOM_2);
		p->state = VALUE;
		/* FALLTHROUGH */
	case VALUE:
		return is_space(c) ? NULL : check_value(p, c);
	case BOM_2:
	case BOM_3:
		return check_bom(p, c);
	case FIRST_VALUE:
		if (is_space(c))
			return NULL;
		return c == ']' ? close_container(p) : check_value(p, c);
	case FIRST_KEY:
	case KEY:
		return is_space(c) ? NULL : check_key(p, c);
	case COLON:
		if (is_space(c))
			return NULL;
		return c == ':' ? go(p, VALUE) : "expected ':'";
	case AFTER:
		return check_after(p, c);
	case LITERAL:
		return check_literal(p, c);
	case STRING:
		return check_string(p, c);
	case ESCAPE:
	case HEX:
		return check_escape(p, c);
	case MINUS:
	case ZERO:
	case INT:
	case DOT:
	case FRACTION:
	case EXP:
	case EXP_SIGN:
	case EXP_DIGITS:
		break;
	}
	return check_number(p, c);
}

static enum json_step
verdict(const struct json_parser *p)
{
	if (p->why != NULL)
		return JSON_BAD;
	return p->state == AFTER && p->depth == 0 ? JSON_DONE : JSON_MORE;
}

/*** Reading a checked text ***/

/* Between the values of a container stand only these. */
static const char *
skip_between(const char *p, const char *end)
{
	while (p < end && (is_space(*p) || *p == ',' || *p == ':'))
		p++;
	return p;
}

/* From an opening quote to after the closing one; NULL when there is none. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		p += plain(p, (size_t)(end - p), 0);
		if (p < end && *p == '"')
			return p + 1;
		if (p < end && *p == '\\' && end - p > 1)
			p++;
	}
	return NULL;
}

/* From a bracket to after its partner; NULL when there is none. */
static const char *
skip_container(const char *p, const char *end)
{
	size_t depth = 0;

	while (p != NULL && p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return NULL;
}

static const char *
skip_scalar(const char *p, const char *end)
{
	while (p < end && !is_space(*p) && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

/* The value at p < end. Its raw text is empty when it has no end. */
static struct json_value
read_value(const char *p, const char *end)
{
	static const struct {
		char first;
		enum json_type type;
		const char *(*skip)(const char *, const char *);
	} kinds[] = {
		{ '{', JSON_OBJECT, skip_container },
		{ '[', JSON_ARRAY,  skip_container },
		{ '"', JSON_STRING, skip_string    },
		{ 't', JSON_TRUE,   skip_scalar    },
		{ 'f', JSON_FALSE,  skip_scalar    },
		{ 'n', JSON_NULL,   skip_scalar    },
	};
	struct json_value v = { JSON_NUMBER, { p, 0 } };
	const char *(*skip)(const char *, const char *) = skip_scalar;

	for (size_t i = 0; i < LEN(kinds); i++)
		if (kinds[i].first == *p) {
			v.type = kinds[i].type;
			skip = kinds[i].skip;
		}
	end = skip(p, end);
	if (end != NULL)
		v.raw.n = (size_t)(end - p);
	return v;
}

/* The next value; false at the end, or where the text stops making sense. */
static bool
next_value(struct json_iter *it, struct json_value *v)
{
	it->p = skip_between(it->p, it->end);
	if (it->p == it->end)
		return false;
	*v = read_value(it->p, it->end);
	it->p = v->raw.n > 0 ? it->p + v->raw.n : it->end;
	return v->raw.n > 0;
}

/*** Staging: small pieces on their way to a buffer, which is called for many ***/

struct stage {
	struct buf *out;
	size_t n;
	bool failed;            /* sticks */
	char text[1024];
};

/* Its text is not set: it is large, and never read before it is written. */
static void
stage_start(struct stage *s, struct buf *out, bool failed)
{
	s->out = out;
	s->n = 0;
	s->failed = failed;
}

static void
stage_flush(struct stage *s)
{
	if (!s->failed && buf_put(s->out, s->text, s->n) == -1)
		s->failed = true;
	s->n = 0;
}

static void
stage_put(struct stage *s, const char *p, size_t n)
{
	if (n > sizeof(s->text) - s->n)
		stage_flush(s);
	if (n > sizeof(s->text)) {
		s->failed = s->failed || buf_put(s->out, p, n) == -1;
		return;
	}
	memcpy(s->text + s->n, p, n);
	s->n += n;
}

/*** Decoding ***/

/* Returns the length. */
static size_t
put_utf8(uint32_t u, char out[4])
{
	static const uint32_t first_of[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const unsigned lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t n = 4;

	while (n > 1 && u < first_of[n])
		n--;
	for (size_t i = n - 1; i > 0; i--, u >>= 6)
		out[i] = (char)(0x80 | (u & 0x3F));
	out[0] = (char)(lead[n] | u);
	return n;
}

/* The number of the "\uXXXX" at *p, which moves on; -1 when there is none. */
static int32_t
read_hex(const char **p, const char *end)
{
	int32_t u = 0;

	if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex((*p)[i]);

		if (digit == -1)
			return -1;
		u = u * 16 + digit;
	}
	*p += 6;
	return u;
}

/* RFC 8259 section 7: a character beyond U+FFFF is written as two. */
static size_t
decode_hex(const char **p, const char *end, char out[4])
{
	int32_t high = read_hex(p, end), low;
	const char *q = *p;

	if (high == -1)
		*p = end;       /* no checked text gets here */
	if (high < 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return put_utf8(REPLACEMENT, out);
	if (high < 0xD800 || high > 0xDFFF)
		return put_utf8((uint32_t)high, out);
	low = read_hex(&q, end);
	if (low < 0xDC00 || low > 0xDFFF)
		return put_utf8(REPLACEMENT, out);
	*p = q;
	return put_utf8((uint32_t)(0x10000 + (high - 0xD800) * 0x400 +
	    (low - 0xDC00)), out);
}

/* Decode the character at *p < end, which moves on; its length in out. */
static size_t
decode(const char **p, const char *end, char out[4])
{
	if (**p != '\\') {
		size_t n = utf8_len(*p, (size_t)(end - *p));
		if (n == 0) {
			(*p)++;
			return put_utf8(REPLACEMENT, out);
		}
		memcpy(out, *p, n);
		*p += n;
		return n;
	}
	if (end - *p < 2 || (*p)[1] == 'u')
		return decode_hex(p, end, out);
	out[0] = meaning_of[(unsigned char)(*p)[1]];
	*p += 2;
	return 1;
}

/* What stands between the quotes. */
static struct slice
inside(struct json_value v)
{
	if (v.type != JSON_STRING || v.raw.n < 2)
		return SLICE("");
	return (struct slice){ v.raw.p + 1, v.raw.n - 2 };
}

/*** Writing ***/

#define BLOCK 4096                      /* bytes of a string that are written without a check between them */
#define UTF8_MAX 4

static void
put(struct json_out *o, const void *p, size_t n)
{
	if (!o->failed && buf_put(o->out, p, n) == -1)
		o->failed = true;
}

/* Write a byte that does not stand for itself; its length in out. */
static size_t
escape(char c, char out[ESCAPED_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	if ((u & 0x80) != 0)
		return put_utf8(REPLACEMENT, out);
	out[0] = '\\';
	out[1] = letter_of[u];
	if (out[1] != '\0')
		return 2;
	out[1] = 'u';
	out[2] = out[3] = '0';
	out[4] = digits[u >> 4];
	out[5] = digits[u & 15];
	return ESCAPED_MAX;
}

/* The comma and the name before a value. */
static void
put_prefix(struct json_out *o, const char *key)
{
	uint64_t bit = UINT64_C(1) << o->depth;

	if ((o->comma & bit) != 0)
		put(o, ",", 1);
	o->comma |= bit;
	if (key == NULL)
		return;
	put(o, "\"", 1);
	json_add_str(o, (struct slice){ key, strlen(key) });
	put(o, "\":", 2);
}

static void
put_word(struct json_out *o, const char *key, const char *word)
{
	put_prefix(o, key);
	put(o, word, strlen(word));
}

/*** Public ***/

enum json_step
json_feed(struct json_parser *p, const char *text, size_t n)
{
	for (size_t i = 0; i < n && p->why == NULL; i++) {
		if (p->state == STRING) {
			size_t run = plain(text + i, n - i, 0);

			i += run;
			p->at += run;
			if (i == n)
				break;
		}
		p->why = check(p, text[i]);
		if (p->why == NULL)
			p->at++;
	}
	return verdict(p);
}

enum json_step
json_end(struct json_parser *p)
{
	enum json_step step;

	if (p->state == ZERO || p->state == INT || p->state == FRACTION ||
	    p->state == EXP_DIGITS)
		p->state = AFTER;
	step = verdict(p);
	if (step != JSON_MORE)
		return step;
	p->why = "unexpected end of text";
	return JSON_BAD;
}

struct json_value
json_root(struct slice text)
{
	struct json_iter it = { text.p, text.p, false };
	struct json_value v = { JSON_NULL, { text.p, 0 } };

	if (text.n == 0)
		return v;
	it.end += text.n;
	if (text.n >= 3 && memcmp(it.p, "\xEF\xBB\xBF", 3) == 0)
		it.p += 3;
	(void)next_value(&it, &v);      /* false: v is empty */
	return v;
}

struct json_iter
json_iter(struct json_value v)
{
	struct json_iter it = { v.raw.p, v.raw.p, v.type == JSON_OBJECT };

	if ((v.type == JSON_OBJECT || v.type == JSON_ARRAY) && v.raw.n >= 2) {
		it.p++;
		it.end += v.raw.n - 1;
	}
	return it;
}

bool
json_next(struct json_iter *it, struct json_value *key, struct json_value *val)
{
	*key = (struct json_value){ JSON_NULL, { it->p, 0 } };
	if (it->object && (!next_value(it, key) || key->type != JSON_STRING)) {
		it->p = it->end;
		return false;
	}
	return next_value(it, val);
}

bool
json_is(struct json_value v, const char *want)
{
	struct slice s = inside(v);
	const char *p = s.p, *end = s.p + s.n;

	if (v.type != JSON_STRING)
		return false;
	for (; p < end; want++) {
		char c[4];

		if (decode(&p, end, c) != 1 || c[0] == '\0' || c[0] != *want)
			return false;
	}
	return *want == '\0';
}

int
json_text(struct json_value v, struct buf *out)
{
	struct slice s = inside(v);
	const char *p = s.p, *end = s.p + s.n;
	size_t start = out->len;
	struct stage stage;
	char c[4];

	stage_start(&stage, out, false);
	while (p < end && !stage.failed) {
		size_t run = plain_utf8(p, (size_t)(end - p));

		stage_put(&stage, p, run);
		p += run;
		if (p < end) {
			run = decode(&p, end, c);
			stage_put(&stage, c, run);
		}
	}
	stage_flush(&stage);
	if (stage.failed)
		out->len = start;
	return stage.failed ? -1 : 0;
}

void
json_open(struct json_out *o, const char *key, char bracket)
{
	put_prefix(o, key);
	put(o, &bracket, 1);
	if (o->depth == JSON_DEPTH_MAX - 1) {
		o->failed = true;
		return;
	}
	o->depth++;
	o->comma &= ~(UINT64_C(1) << o->depth);
}

void
json_close(struct json_out *o, char bracket)
{
	if (o->depth == 0) {
		o->failed = true;
		return;
	}
	o->depth--;
	put(o, &bracket, 1);
}

void
json_put_int(struct json_out *o, const char *key, int64_t n)
{
	put_prefix(o, key);
	if (!o->failed && buf_printf(o->out, "%" PRId64, n) == -1)
		o->failed = true;
}

void
json_put_bool(struct json_out *o, const char *key, bool b)
{
	put_word(o, key, b ? "true" : "false");
}

void
json_put_null(struct json_out *o, const char *key)
{
	put_word(o, key, "null");
}

void
json_put_str(struct json_out *o, const char *key, struct slice s)
{
	json_open_str(o, key);
	json_add_str(o, s);
	json_close_str(o);
}

void
json_open_str(struct json_out *o, const char *key)
{
	put_word(o, key, "\"");
}

/* The character at s[i], escaped or as it stands, to q; i moves on. Returns q's new place. */
static char *
write_char(struct slice s, size_t *i, char *q)
{
	unsigned char c = (unsigned char)s.p[*i];
	size_t n = c < 0x80 ? c >= 0x20 && c != '"' && c != '\\' : utf8_len(s.p + *i, s.n - *i);

	if (n == 0) {
		q += escape((char)c, q);
		*i += 1;
		return q;
	}
	for (; n > 0; n--)
		*q++ = s.p[(*i)++];
	return q;
}

/*
 * The fast way: room for the worst case of a block, then no more checks. It stops
 * where that room is not to be had, though what is left may still fit. Bytes done.
 */
static size_t
add_blocks(struct json_out *o, struct slice s)
{
	size_t i = 0;

	while (i < s.n && !o->failed) {
		size_t end = s.n - i < BLOCK ? s.n : i + BLOCK;
		if (buf_reserve(o->out, (end - i) * ESCAPED_MAX + UTF8_MAX) == -1)
			break;
		char *q = o->out->p + o->out->len;
		while (i < end)
			q = write_char(s, &i, q);
		o->out->len = (size_t)(q - o->out->p);
	}
	return i;
}

void
json_add_str(struct json_out *o, struct slice s)
{
	size_t done = add_blocks(o, s);
	char text[ESCAPED_MAX];

	for (size_t i = done; i < s.n && !o->failed; )
		put(o, text, (size_t)(write_char(s, &i, text) - text));
}

void
json_close_str(struct json_out *o)
{
	put(o, "\"", 1);
}

int
json_finish(struct json_out *o)
{
	if (!o->failed && o->depth == 0)
		return 0;
	errno = ENOBUFS;
	return -1;
}
