/*
 * sandbox.c - the program: its commands, and what each of them starts.
 *
 *   sandbox [serve]   the HTTP service (server.c over run.c over jail.c)
 *   sandbox run       one program through the same jail, no server
 *   sandbox trace     the same with refused calls let through and listed
 *   sandbox check     what isolation there is, and whether a run works
 *   sandbox health    ask a server
 *
 * Exit status: 0, 1 for what went wrong, 2 for a wrong command line; `run`
 * passes on the program's own (see usage).
 */
#include "sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMERS_PER_RUN 3
#define TIMERS_PER_CONN 2
#define TIMERS_SPARE 8
#define CODE_MAX ((size_t)64 * 1024 * 1024)

/* Exit statuses of `sandbox run` besides the program's own; timeout(1) and env(1) use the same. */
enum { EXIT_TIMEOUT = 124, EXIT_SANDBOX = 125, EXIT_SIGNAL = 128 };

static const char usage_text[] =
    "usage: sandbox [serve] [--config FILE] [--set KEY=VALUE]...\n"
    "       sandbox run [--language python3|nodejs] [--network] [--timeout SECONDS] FILE|-\n"
    "       sandbox trace [--language python3|nodejs] [--network] [--timeout SECONDS] FILE|-\n"
    "       sandbox check [--syscalls]\n"
    "       sandbox health [URL]\n"
    "       sandbox --version | --help | --help=markdown\n"
    "\n"
    "serve   answer HTTP requests until SIGTERM; a second SIGTERM does not wait for runs\n"
    "run     run one program in the jail; exit status: the program's, 128+N for signal N,\n"
    "        124 for the time limit, 125 when the sandbox itself could not do it\n"
    "trace   run one program in a throw-away jail that lets refused system calls through, and print\n"
    "        them ready for allowed_syscalls; the program's own output goes to stderr\n"
    "check   say what isolation this machine gives and try a run; status 0 when runs work\n"
    "health  GET /health of a running server; status 0 when it answers 200\n"
    "\n"
    "--config and --set go with every command, before or after its name.\n"
    "\n";

static struct {
	struct config config;
	struct jail jail;
	bool stopping;
	int exit_status;
	int failure;                    /* exit status when the command cannot do its work */
} self;                                 /* zero: an initial value would put all of it into the binary */

/*** Set-up that the commands share ***/

static void
warn_line(const char *line)
{
	log_msg(LOG_WARN, "config", "%s", line);
}

static void
warn_stderr(const char *line)
{
	warnx("warning: %s", line);
}

/* The options that go with every command: the rest of argv, in place. */
static int
take_options(int argc, char **argv, config_warn *warn)
{
	const char *file = NULL, *sets[64];
	size_t n_sets = 0;
	int kept = 0;
	char why[1024];

	for (int i = 0; i < argc; i++) {
		bool config = strcmp(argv[i], "--config") == 0, set = strcmp(argv[i], "--set") == 0;
		if (!config && !set) {
			argv[kept++] = argv[i];
			continue;
		}
		if (++i == argc)
			errx(2, "%s needs a value", argv[i - 1]);
		if (config)
			file = argv[i];
		else if (n_sets < LEN(sets))
			sets[n_sets++] = argv[i];
		else
			errx(2, "more than %zu --set", LEN(sets));
	}
	if (config_load(&self.config, file, warn, why, sizeof(why)) == -1)
		errx(self.failure, "%s", why);
	for (size_t i = 0; i < n_sets; i++)
		if (config_set(&self.config, sets[i], why, sizeof(why)) == -1)
			errx(self.failure, "%s", why);
	return kept;
}

/* A run's own descriptors stand right above those that its program may have. */
static void
check_descriptors(void)
{
	struct rlimit rl;
	rlim_t need = (rlim_t)self.config.max_files + SLOT_FDS;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(self.failure, "getrlimit");
	if (rl.rlim_max < need)
		errx(self.failure, "max_files: %lld needs a hard limit of %llu descriptors (ulimit -Hn), it is %llu",
		    (long long)self.config.max_files, (unsigned long long)need, (unsigned long long)rl.rlim_max);
	if (rl.rlim_cur < need) {
		rl.rlim_cur = need;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			err(self.failure, "setrlimit");
	}
}

/*
 * From here on there are two processes: this returns in the one without
 * privilege, which has the event loop; the other serves it (monitor.c). keep:
 * descriptors of its own, n_keep of them.
 */
static void
open_jail(size_t n_slots, bool warm, size_t timers, void (*on_signal)(int), void (*gone)(void), const int *keep,
    size_t n_keep, config_warn *warn)
{
	static const int signals[] = { SIGTERM, SIGINT, 0 };
	char why[1024];
	sigset_t set;

	/* Both processes take them from their loops: one that comes earlier waits, or what is half made would stay. */
	sigemptyset(&set);
	for (const int *signo = signals; *signo != 0; signo++)
		sigaddset(&set, *signo);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(self.failure, "sigprocmask");
	check_descriptors();
	/* Orphans of a run come to us, to be reaped, and not to an init that may not exist. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(self.failure, "prctl PR_SET_CHILD_SUBREAPER");
	if (setup_open(&self.jail, &self.config, n_slots, warm, warn, why, sizeof(why)) == -1) {
		setup_close(&self.jail); /* cgroups, directories, the keeper */
		errx(self.failure, "%s", why);
	}
	if (self.config.enable_network && !self.jail.network) {
		warn("enable_network: off, as a run could not be kept from this server's own port (see `sandbox check`)");
		self.config.enable_network = false;
	}
	int theirs[8];
	size_t n = n_keep < LEN(theirs) ? n_keep : LEN(theirs) - 1;
	memcpy(theirs, keep, n * sizeof(*keep));
	if (self.jail.deps.server != -1)
		theirs[n++] = self.jail.deps.server;
	if (monitor_split(&self.jail, self.failure, theirs, n, why, sizeof(why)) == -1 ||
	    monitor_confine(&self.jail, theirs, n, why, sizeof(why)) == -1)
		errx(self.failure, "%s", why);
	if (loop_init(timers, signals, on_signal) == -1)
		err(self.failure, "event loop");
	if (run_open(&self.jail, &self.config, gone) == -1)
		err(self.failure, "runs");
}

/*** serve ***/

static void
on_serve_signal(int signo)
{
	if (self.stopping) {
		log_msg(LOG_WARN, "stop", "second signal: killing %zu runs", run_stats().busy);
		run_abort();
		self.exit_status = 1;
		loop_stop();
		return;
	}
	log_msg(LOG_INFO, "stop", "signal %d: no new requests; %zu runs may end", signo, run_stats().busy);
	self.stopping = true;
	server_drain();
}

/* What still waits has been answered with an error; those answers may go out. */
static void
on_monitor_gone(void)
{
	self.exit_status = 1;
	self.stopping = true;
	server_drain();
}

/* Without this line a person has to look up how to ask. The default key is no secret, another one is. */
static void
print_example(const struct config *c)
{
	bool secret = strcmp(c->key, "dify-sandbox") != 0;

	if (strcmp(c->log_format, "json") == 0 || c->log_path[0] != '\0')
		return;
	(void)printf("try:  curl -s -H 'X-Api-Key: %s' http://127.0.0.1:%lld/v1/sandbox/run \\\n"
	    "        -d '{\"language\":\"python3\",\"code\":\"print(1+1)\"}'\n", secret ? "YOUR-KEY" : c->key,
	    (long long)c->port);
	(void)fflush(stdout);
}

static void
log_start(const struct config *c, size_t n_conns)
{
	struct log_line l;
	char layers[3072] = "";

	if (strcmp(c->key, "dify-sandbox") == 0)
		log_msg(LOG_WARN, "key", "the API key is the default one, which everybody knows: set app.key or API_KEY");
	if ((int64_t)n_conns < c->max_connections)
		log_msg(LOG_WARN, "connections", "%zu instead of %lld: the descriptor limit allows no more", n_conns,
		    (long long)c->max_connections);
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		const struct root *r = &self.jail.roots[rt];
		if (r->fd == -1)
			log_msg(LOG_WARN, "language", "%s cannot be run: %s", runtime_name((enum runtime)rt), r->why);
		else if (strcmp(r->path, "/") == 0)
			log_msg(LOG_WARN, "language", "%s runs on this machine's own root filesystem: a run can read what every "
			    "user can", runtime_name((enum runtime)rt));
	}
	log_open(&l, LOG_INFO, "ready");
	log_text(&l, "version", SANDBOX_VERSION);
	log_text(&l, "listen", c->listen);
	log_num(&l, "port", c->port);
	log_num(&l, "slots", (int64_t)self.jail.n_slots);
	log_num(&l, "uid", (int64_t)self.jail.slots[0].uid);
	log_text(&l, "config", c->file[0] == '\0' ? "-" : c->file);
	layers_line(&self.jail.layers, layers, sizeof(layers));
	log_text(&l, "layers", layers);
	log_close(&l);
}

static int
command_serve(int argc, char **argv)
{
	const struct config *c = &self.config;
	char why[1024];

	if (close_fds(3, ~0u) == -1)    /* whatever we were started with is nobody's here */
		err(1, "descriptors");
	argc = take_options(argc, argv, warn_line);
	if (argc > 0)
		errx(2, "serve: unexpected argument %s", argv[0]);
	if (log_setup(c->log_path, strcmp(c->log_format, "json") == 0, c->debug) == -1)
		err(1, "log_path %s", c->log_path);
	size_t n_conns = server_connections(c);
	if (n_conns == 0)
		errx(1, "the descriptor limit is too low for max_workers %lld", (long long)c->max_workers);
	int keep[] = { peer_open(), server_listen(c, why, sizeof(why)) };
	if (keep[1] == -1)
		errx(1, "%s", why);
	if (keep[0] == -1)
		err(1, "sock_diag, to know a run's connection");
	size_t timers = n_conns * TIMERS_PER_CONN + (size_t)(c->max_requests + c->max_workers) * TIMERS_PER_RUN + TIMERS_SPARE;
	open_jail((size_t)c->max_workers, true, timers,
	    on_serve_signal, on_monitor_gone, keep, LEN(keep), warn_line);
	if (server_open(keep[1], c, &self.jail, n_conns, why, sizeof(why)) == -1)
		errx(1, "%s", why);
	log_start(c, n_conns);
	print_example(c);
	loop_run(server_swept);
	server_close();
	log_msg(LOG_INFO, "stopped", "%llu runs in all", (unsigned long long)run_stats().runs);
	if (run_stats().slots == 0)
		self.exit_status = 1;   /* stopped for want of slots, not because it was told to */
	return self.exit_status;
}

/*** run: one program through the same slots ***/

struct one {
	enum verdict verdict;
	int exit_code, signo;
	struct buf notes, out;          /* taken from the run's result */
	bool keep;                      /* its output goes to out */
	struct run *run;
};

static struct one one;

static void
one_done(void *ctx, const struct run *run)
{
	const struct run_result *res = run_result(run);

	(void)ctx;
	one.verdict = res->verdict;
	one.exit_code = res->exit_code;
	one.signo = res->signo;
	one.run = NULL;
	if (run_notes(run, &one.notes) == -1 || (one.keep && buf_put(&one.out, res->out.p, res->out.len) == -1))
		warnx("out of memory for the result");
	loop_stop();
}

static void
on_run_signal(int signo)
{
	if (one.run != NULL)
		run_cancel(one.run);
	run_abort();
	self.exit_status = EXIT_SIGNAL + signo;
	loop_stop();
}

static void
on_run_gone(void)
{
	if (self.exit_status == 0)
		self.exit_status = self.failure;
	loop_stop();
}

static void
run_one(struct run_request *req)
{
	buf_init(&one.notes, NULL, 4096);
	buf_init(&one.out, NULL, 4096);
	buf_init(&req->preload, NULL, 0);
	req->done = one_done;
	one.run = run_submit(req);
	if (one.run == NULL)
		err(EXIT_SANDBOX, "run");
	loop_run(NULL);
}

static int
run_status(void)
{
	if (self.exit_status != 0)
		return self.exit_status;
	if (one.verdict == RUN_FAILED)
		return EXIT_SANDBOX;
	if (one.verdict == RUN_TIMEOUT)
		return EXIT_TIMEOUT;
	if (one.exit_code >= 0)
		return one.exit_code;
	return EXIT_SIGNAL + (one.signo == 0 ? SIGKILL : one.signo);
}

static int
read_program(const char *file, struct buf *b)
{
	int fd = strcmp(file, "-") == 0 ? 0 : open(file, O_RDONLY | O_CLOEXEC);

	buf_init(b, NULL, CODE_MAX);
	while (fd != -1) {
		if (buf_reserve(b, 65536) == -1)
			return -1;
		ssize_t n = read(fd, b->p + b->len, b->cap - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : -1;
		b->len += (size_t)n;
	}
	return -1;
}

/* By the file's name, where the command line does not say it. */
static int
guess_runtime(const char *file)
{
	static const struct { const char *ending; enum runtime rt; } endings[] = {
		{ ".py", RT_PYTHON }, { ".js", RT_NODE }, { ".mjs", RT_NODE }, { ".cjs", RT_NODE },
	};
	const char *dot = strrchr(file, '.');

	for (size_t i = 0; dot != NULL && i < LEN(endings); i++)
		if (strcmp(dot, endings[i].ending) == 0)
			return (int)endings[i].rt;
	return strcmp(file, "-") == 0 ? RT_PYTHON : -1;
}

static const char *
option_value(int argc, char **argv, int *i)
{
	if (*i + 1 >= argc)
		errx(2, "%s needs a value", argv[*i]);
	return argv[++*i];
}

static const char *
parse_run_options(int argc, char **argv, struct run_request *req, int *rt)
{
	const char *file = NULL;
	int64_t seconds = self.config.worker_timeout;

	*rt = -1;
	for (int i = 0; i < argc; i++) {
		const char *a = argv[i];
		if (strcmp(a, "--network") == 0) {
			req->network = true;
		} else if (strcmp(a, "--language") == 0) {
			const char *name = option_value(argc, argv, &i);
			*rt = runtime_find((struct slice){ name, strlen(name) });
			if (*rt == -1)
				errx(2, "--language %s: unsupported language; python3 and nodejs are", name);
		} else if (strcmp(a, "--timeout") == 0) {
			const char *text = option_value(argc, argv, &i);
			if (parse_int((struct slice){ text, strlen(text) }, 1, 3600, &seconds) == -1)
				errx(2, "--timeout %s: not a number of seconds between 1 and 3600", text);
		} else if (a[0] == '-' && a[1] != '\0') {
			errx(2, "run: unknown option %s", a);
		} else if (file != NULL) {
			errx(2, "run: more than one program: %s", a);
		} else {
			file = a;
		}
	}
	if (file == NULL)
		errx(2, "run: which program? FILE, or - for standard input");
	req->wall_ms = seconds * 1000;
	return file;
}

/* The program that the command line names, read into *req. */
static void
take_program(int argc, char **argv, struct run_request *req)
{
	int rt;

	self.failure = EXIT_SANDBOX;    /* 1 is the program's to use */
	argc = take_options(argc, argv, warn_stderr);
	const char *file = parse_run_options(argc, argv, req, &rt);
	if (rt == -1)
		rt = guess_runtime(file);
	if (rt == -1)
		errx(2, "run: %s: its name does not tell the language; give --language", file);
	if (read_program(file, &req->code) == -1) {
		if (errno == ENOBUFS)
			errx(EXIT_SANDBOX, "%s: more than %zu MiB", file, CODE_MAX >> 20);
		err(EXIT_SANDBOX, "%s", file);
	}
	if (req->code.len == 0)
		errx(EXIT_SANDBOX, "%s: the program is empty", file);
	if (req->network && !self.config.enable_network)
		errx(EXIT_SANDBOX, "network is disabled, please enable it in the configuration");
	req->runtime = (enum runtime)rt;
	self.config.worker_timeout = req->wall_ms / 1000;       /* the monitor takes the CPU limit from there */
}

static void
open_jail_for_one(const struct run_request *req)
{
	open_jail(1, false, TIMERS_SPARE + (size_t)(self.config.max_requests + 1) * TIMERS_PER_RUN, on_run_signal, on_run_gone,
	    NULL, 0,
	    warn_stderr);
	if (req == NULL)
		return;
	if (self.jail.roots[req->runtime].fd == -1)
		errx(EXIT_SANDBOX, "%s: %s", runtime_name(req->runtime), self.jail.roots[req->runtime].why);
	if (req->network && !self.jail.network)
		errx(EXIT_SANDBOX, "network: %s", self.jail.layers.of[LAYER_CONNECT].why);
}

static int
command_run(int argc, char **argv)
{
	struct run_request req = { .pass_fd = { 1, 2 } };

	take_program(argc, argv, &req);
	open_jail_for_one(&req);
	run_one(&req);
	(void)fwrite(one.notes.p, 1, one.notes.len, stderr);
	return run_status();
}

/*** trace ***/

#define SEEN_MAX 64

/* Calls beyond the list, each kind once. */
static struct {
	struct seen { int nr; char text[CALL_NAME_MAX]; unsigned times; } calls[SEEN_MAX];
	size_t n, lost;
} trace;

static void
trace_call(int nr, const uint64_t args[6])
{
	char text[CALL_NAME_MAX];
	size_t i = 0;

	filter_describe(nr, args, text, sizeof(text));
	while (i < trace.n && strcmp(trace.calls[i].text, text) != 0)
		i++;
	if (i == LEN(trace.calls)) {
		trace.lost++;
		return;
	}
	if (i == trace.n) {
		trace.calls[trace.n++].nr = nr;
		memcpy(trace.calls[i].text, text, sizeof(text));
	}
	trace.calls[i].times++;
}

static void
print_trace(void)
{
	char name[CALL_NAME_MAX];
	const char *before = "allowed_syscalls: ";

	if (trace.n == 0)
		(void)printf("# nothing beyond the list\n");
	for (size_t i = 0; i < trace.n; i++)
		(void)printf("# %3d %s, %u time%s\n", trace.calls[i].nr, trace.calls[i].text, trace.calls[i].times,
		    trace.calls[i].times == 1 ? "" : "s");
	if (trace.lost > 0)
		(void)printf("# and %zu more\n", trace.lost);
	for (size_t i = 0; i < trace.n; i++) {
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known = known || trace.calls[k].nr == trace.calls[i].nr;
		filter_name(trace.calls[i].nr, name, sizeof(name));
		/* What has no name here is taken by its number. */
		if (strncmp(name, "syscall_", 8) == 0)
			memmove(name, name + 8, strlen(name + 8) + 1);
		if (!known)
			(void)printf("%s%s", before, name);
		before = known ? before : ",";
	}
	if (trace.n > 0)
		(void)printf("\n");
}

static int
command_trace(int argc, char **argv)
{
	struct run_request req = { .pass_fd = { 2, 2 } };

	take_program(argc, argv, &req);
	open_jail_for_one(&req);
	if (!self.jail.layers.of[LAYER_LISTENER].on)
		errx(EXIT_SANDBOX, "trace: needs the listener, which is off: %s", self.jail.layers.of[LAYER_LISTENER].why);
	run_trace(trace_call);
	run_one(&req);
	(void)fwrite(one.notes.p, 1, one.notes.len, stderr);
	print_trace();
	return run_status();
}

/*** check ***/

/* One run that prints a known line. */
static bool
check_language(enum runtime rt)
{
	static const char *const programs[RT_COUNT] = { "print('works')\n", "console.log('works')\n" };
	const struct root *r = &self.jail.roots[rt];
	struct run_request req = { .runtime = rt, .pass_fd = { -1, -1 }, .wall_ms = 10000 };

	if (r->fd == -1) {
		(void)printf("%-8s not available: %s\n", runtime_name(rt), r->why);
		return false;
	}
	buf_init(&req.code, NULL, 1024);
	if (buf_puts(&req.code, programs[rt]) == -1)
		err(1, "check");
	one.keep = true;
	run_one(&req);
	bool ok = one.verdict == RUN_OK && slice_is(buf_slice(&one.out), "works\n");
	(void)printf("%-8s %s: %s%s in %s\n", runtime_name(rt), ok ? "works" : "FAILS", r->interpreter,
	    strcmp(r->path, "/") == 0 ? " of this machine" : "", r->path);
	if (!ok)
		(void)printf("         %.*s\n", (int)one.notes.len, one.notes.p == NULL ? "" : one.notes.p);
	buf_free(&one.out);
	buf_free(&one.notes);
	return ok;
}

static int
print_buf(struct buf *b, int failed)
{
	if (failed == -1)
		errx(1, "out of memory");
	(void)fwrite(b->p, 1, b->len, stdout);
	buf_free(b);
	return 0;
}

static int
command_check(int argc, char **argv)
{
	struct buf text;
	bool works = false, broken = false;

	argc = take_options(argc, argv, warn_stderr);
	buf_init(&text, NULL, 1 << 20);
	if (argc == 1 && strcmp(argv[0], "--syscalls") == 0)
		return print_buf(&text, filter_list(&text));
	if (argc > 0)
		errx(2, "check: unexpected argument %s", argv[0]);
	open_jail_for_one(NULL);
	(void)printf("version  %s\nconfig   %s\n", SANDBOX_VERSION,
	    self.config.file[0] == '\0' ? "none read; defaults and environment" : self.config.file);
	if (print_buf(&text, layers_list(&self.jail.layers, &text)) != 0)
		return 1;
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		bool ok = check_language((enum runtime)rt);
		works = works || ok;
		broken = broken || (!ok && self.jail.roots[rt].fd != -1);
	}
	(void)print_buf(&text, config_dump(&text, &self.config));
	return works && !broken ? 0 : 1;
}

/*** The rest ***/

static int
command_health(int argc, char **argv)
{
	argc = take_options(argc, argv, warn_stderr);
	return client_health(argc, argv, &self.config);
}

static int
command_help(int argc, char **argv)
{
	struct buf text;
	bool markdown = argc > 0 && strcmp(argv[0], "markdown") == 0;

	buf_init(&text, NULL, 1 << 20);
	if (!markdown && buf_puts(&text, usage_text) == -1)
		errx(1, "out of memory");
	return print_buf(&text, config_help(&text, markdown));
}

static int
command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)puts("sandbox " SANDBOX_VERSION);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "serve",     command_serve   },
	{ "run",       command_run     },
	{ "trace",     command_trace   },
	{ "check",     command_check   },
	{ "health",    command_health  },
	{ "--help",    command_help    },
	{ "-h",        command_help    },
	{ "help",      command_help    },
	{ "--version", command_version },
	{ "-V",        command_version },
};

/* The command's place: the first word that is not one of the options that go before it; argc when there is none. */
static int
find_command(int argc, char **argv)
{
	int i = 1;

	while (i < argc && (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "--set") == 0))
		i += 2;
	return i < argc ? i : argc;
}

/* A standard descriptor that is missing would become one of ours, and get what is written to it. */
static void
fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1)
			fd = open("/", O_PATH);         /* neither read nor written */
	} while (fd != -1 && fd <= 2);
	if (fd > 2)
		(void)close(fd);
}

int
main(int argc, char **argv)
{
	static char markdown[] = "markdown", *markdown_args[] = { markdown, NULL };
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = argc == 0 ? "sandbox" : slash == NULL ? argv[0] : slash + 1;

	self.failure = 1;
	fill_standard();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 0)
		return command_serve(0, argv);
	/* The clients' compose file probes with curl inside the container, and a scratch image has none. */
	if (strcmp(name, "curl") == 0)
		return client_curl(argc - 1, argv + 1);
	int at = find_command(argc, argv);
	if (at == argc)
		return command_serve(argc - 1, argv + 1);
	const char *command = argv[at];
	memmove(&argv[at], &argv[at + 1], (size_t)(argc - at) * sizeof(*argv));
	if (strcmp(command, "--help=markdown") == 0)
		return command_help(1, markdown_args);
	for (size_t i = 0; i < LEN(commands); i++)
		if (strcmp(command, commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 1);
	(void)fputs(usage_text, stderr);
	errx(2, "unknown command %s", command);
}
