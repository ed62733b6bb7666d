/*
 * embed.c - the files that this program carries: what runs inside the
 * interpreters (runtime/), and helper.so. The build makes one text of them and
 * packs it with lz4(1), which halves it; here it is unpacked, once.
 *
 *   text   "NAME SIZE\n", SIZE bytes, NUL; again for each file
 *   pack   LZ4's legacy frame: magic, length of the one block, the block
 *          (lz4_Frame_format.md, lz4_Block_format.md of that project)
 */
#include "sandbox.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)256 * 1024)   /* where pages may be of 64 KiB, a shared object is that at least */
#define HEAD 8                          /* of the frame */
#define MIN_MATCH 4

__asm__(".section .rodata\n"
    ".balign 16\n"
    "embed_start: .incbin \"" EMBEDDED "\"\n"
    "embed_end:\n"
    ".previous\n");
/* Hidden: else aarch64's code asks a table for their addresses, and as(1) puts both into one entry of it. */
extern const unsigned char embed_start[] __attribute__((visibility("hidden")));
extern const unsigned char embed_end[] __attribute__((visibility("hidden")));

static char text[TEXT_MAX];
static size_t text_len;

/* A length whose first part was in a token: 15 says that more follows. */
static size_t
more(const unsigned char **p, const unsigned char *end, size_t n)
{
	unsigned char c = 255;

	if (n != 15)
		return n;
	while (c == 255 && *p < end)
		n += c = *(*p)++;
	return n;
}

/* The number of bytes that the block gives; 0 when it is none. */
static size_t
unpack(const unsigned char *p, const unsigned char *end, char *out, size_t max)
{
	size_t n = 0;

	while (p < end) {
		unsigned char token = *p++;
		size_t len = more(&p, end, token >> 4);

		if (len > (size_t)(end - p) || len > max - n)
			return 0;
		memcpy(out + n, p, len);
		n += len;
		p += len;
		if (p == end)
			return n;               /* the last sequence has no match */
		if (end - p < 2)
			return 0;
		size_t back = (size_t)p[0] | (size_t)p[1] << 8;
		p += 2;
		len = more(&p, end, token & 15) + MIN_MATCH;
		if (back == 0 || back > n || len > max - n)
			return 0;
		for (; len > 0; len--, n++)     /* they may overlap: a repetition */
			out[n] = out[n - back];
	}
	return 0;
}

char *
embedded(const char *name, size_t *n)
{
	size_t len = strlen(name);

	if (text_len == 0)
		text_len = unpack(embed_start + HEAD, embed_end, text, sizeof(text));
	for (char *p = text; p < text + text_len; ) {
		char *line = p + strcspn(p, "\n") + 1;
		size_t size = strtoul(p + strcspn(p, " \n"), NULL, 10);
		if (strncmp(p, name, len) == 0 && p[len] == ' ') {
			if (n != NULL)
				*n = size;
			return line;
		}
		p = line + size + 1;
	}
	errx(125, "embedded file %s: not there: a build of something else", name);
}
