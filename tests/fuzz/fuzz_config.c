/*
 * fuzz_config.c - any bytes as a configuration file: a verdict, never a fault.
 *
 *   clang -g -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_config.c config.c buf.c
 *   ./a.out -max_len=4096 corpus-of-its-own tests/config
 */
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct config cfg;
	char why[256] = "";
	int rc = config_read(&cfg, (struct slice){ (const char *)data, n }, "fuzz", NULL, why, sizeof(why));

	/* A refusal says where and why on one line; a value that was taken is within its bounds. */
	if (rc == -1 && (strncmp(why, "fuzz:", 5) != 0 || strchr(why, '\n') != NULL))
		abort();
	if (cfg.port < 0 || cfg.port > 65535 || cfg.max_workers < 0 || cfg.max_workers > 1024)
		abort();
	if (memchr(cfg.key, '\0', sizeof(cfg.key)) == NULL || strpbrk(cfg.allowed_syscalls, " \n") != NULL)
		abort();
	return 0;
}
