/*
 * test_embed.c - what the binary carries: that it is there as it is in the tree,
 * and that the unpacker takes nothing but a block.
 */
#include "../embed.c"

#include <stdarg.h>

static unsigned passed, failed;

static void __attribute__((format(printf, 2, 3)))
check(bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		passed++;
		return;
	}
	failed++;
	va_start(ap, fmt);
	(void)printf("FAILED ");
	(void)vprintf(fmt, ap);
	(void)printf("\n");
	va_end(ap);
}

/* Blocks: a token, literals, then pairs of a distance and what follows (lz4_Block_format.md). */
static const struct {
	const char *name, *block;
	size_t n;
	const char *gives;              /* NULL: it is no block */
} rows[] = {
	{ "literals",                   "\x30" "abc", 4, "abc" },
	{ "no literals",                "\x00", 1, "" },
	{ "a match, then literals",     "\x40" "abcd" "\x04\x00" "\x10" "e", 9, "abcdabcde" },
	{ "an overlapping match",       "\x14" "a" "\x01\x00" "\x10" "b", 6, "aaaaaaaaab" },
	{ "a long match",               "\x1f" "a" "\x01\x00" "\x02" "\x10" "b", 7, "aaaaaaaaaaaaaaaaaaaaaab" },
	{ "fifteen literals",           "\xf0\x00" "abcdefghijklmno", 17, "abcdefghijklmno" },
	{ "nothing",                    "", 0, NULL },
	{ "cut in the literals",        "\x40" "abc", 4, NULL },
	{ "cut in a length",            "\xf0", 1, NULL },
	{ "cut in a distance",          "\x10" "a" "\x01", 3, NULL },
	{ "it ends with a match",       "\x40" "abcd" "\x04\x00", 7, NULL },
	{ "a distance of nothing",      "\x10" "a" "\x00\x00" "\x10" "b", 6, NULL },
	{ "a distance before the text", "\x10" "a" "\x02\x00" "\x10" "b", 6, NULL },
};

/* Every row at each room: no byte is written past it. */
static void
test_rows(void)
{
	char out[64];

	for (size_t i = 0; i < LEN(rows); i++) {
		const unsigned char *p = (const unsigned char *)rows[i].block;
		size_t want = rows[i].gives == NULL ? 0 : strlen(rows[i].gives);

		for (size_t room = 0; room < sizeof(out); room++) {
			memset(out, '#', sizeof(out));
			size_t n = unpack(p, p + rows[i].n, out, room), clean = sizeof(out);
			while (clean > room && out[clean - 1] == '#')
				clean--;
			check(n == (room >= want ? want : 0) && clean <= room, "%s, room %zu: %zu", rows[i].name, room, n);
			if (room >= want && rows[i].gives != NULL)
				check(memcmp(out, rows[i].gives, want) == 0, "%s: %.*s", rows[i].name, (int)n, out);
		}
	}
}

/* Its lines but those that are comments. */
static size_t
read_uncommented(FILE *f, char *to, size_t room)
{
	char line[512];
	size_t len = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		const char *text = line + strspn(line, " \t");
		if (strncmp(text, "# ", 2) == 0 || strncmp(text, "// ", 3) == 0)
			continue;
		len += (size_t)snprintf(to + len, room - len, "%s", line);
	}
	return len;
}

static void
test_files(void)
{
	static const char *const names[] = { "python.py", "node.js", "template.py", "template.js", "pip.py", "npm.js" };
	static char file[65536];

	for (size_t i = 0; i < LEN(names); i++) {
		char path[64];
		size_t n = 0;
		const char *p = embedded(names[i], &n);

		(void)snprintf(path, sizeof(path), "runtime/%s", names[i]);
		FILE *f = fopen(path, "r");
		size_t len = f == NULL ? 0 : read_uncommented(f, file, sizeof(file));
		check(len > 0 && len == n && memcmp(p, file, n) == 0 && p[n] == '\0' && strlen(p) == n, "%s: %zu of %zu bytes",
		    names[i], n, len);
		if (f != NULL)
			(void)fclose(f);
	}
	size_t n = 0;
	const char *p = embedded("helper.so", &n);
	check(n > 1000 && memcmp(p, "\177ELF", 4) == 0, "helper.so: %zu bytes", n);
}

int
main(void)
{
	test_rows();
	test_files();
	(void)printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
