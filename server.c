/*
 * server.c - connections, routes and answers: HTTP on one side, runs on the other.
 *
 *   IDLE <-> HEAD -> BODY -> RUN -> WRITE -> IDLE
 *                      \______________/  \-> LINGER -> DEAD
 *
 * A connection holds no memory while it is idle and no slot while its body
 * arrives: a run is submitted when the request is whole and has been parsed.
 * JSON is checked as the bytes come in, so a large body costs no long pause.
 * Every state but RUN has a deadline; RUN ends with its run, which has one, or
 * with the client's disconnection. Nothing here knows system calls or slots.
 */
#include "sandbox.h"

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MAX ((size_t)64 * 1024)            /* bytes per event: one peer must not starve another */
#define ACCEPTS_MAX 64                  /* new connections per event */
#define LINGER_BYTES (1024 * 1024)      /* read and thrown away after a final answer */
#define ACCEPT_PAUSE_MS 100             /* after accept(2) failed for want of descriptors or memory */
#define POOL_BODIES 8                   /* bodies of full size that may be held at once */
#define ANSWERS_MAX 40                  /* times max_output_mb: two answers of the worst kind, many ordinary ones */
#define ANSWER_HEAD_MAX 4096
#define ID_MAX 64
/* A body may take this long, and longer only by what has come of it: nobody holds memory by dripping. */
#define BODY_GRACE_MS 60000
#define BODY_RATE 8                     /* bytes in a ms */
#define PATH_SHOWN 128                  /* of a path, in the log */
#define SPARE_FDS 200                   /* the server's own, and those of a look into a deep scratch directory */
#define FDS_PER_RUN 8

enum state { CONN_FREE, CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_RUN, CONN_WRITE, CONN_LINGER, CONN_DEAD };

static const struct { const char *name; uint32_t wants; int64_t timeout_ms; } states[] = {
	[CONN_FREE]   = { "free",   0,           0     },
	[CONN_IDLE]   = { "idle",   EPOLLIN,     75000 },
	[CONN_HEAD]   = { "head",   EPOLLIN,     30000 },  /* for the whole head */
	[CONN_BODY]   = { "body",   EPOLLIN,     30000 },  /* from one piece to the next */
	[CONN_RUN]    = { "run",    EPOLLRDHUP,  0     },  /* half-close = gone: cancel the run */
	[CONN_WRITE]  = { "write",  EPOLLOUT,    30000 },  /* from one piece to the next */
	[CONN_LINGER] = { "linger", EPOLLIN,     2000  },  /* so that a reset does not overtake the answer (RFC 9112, 9.6) */
	[CONN_DEAD]   = { "dead",   0,           0     },  /* recycled after the batch */
};

enum body_kind { BODY_UNKNOWN, BODY_JSON, BODY_FORM };

struct conn;
struct route {
	const char *allow;              /* methods, as the Allow field has them */
	const char *path;
	bool body;                      /* reads one */
	void (*handle)(struct conn *);
};

struct conn {
	struct source client;
	struct timer deadline;
	struct timer again;             /* a next request's bytes are there: parse them, at once */
	enum state state;
	struct conn *next, *prev;       /* free and dead lists by next; idle ones by both, oldest first */
	struct buf in, out, body;       /* what came; the answer's head and body */
	size_t sent;                    /* of out and body together */
	struct http_parser parser;
	struct http_req req;            /* borrows in */
	struct json_parser json;
	size_t checked;                 /* bytes of the body that json has seen */
	enum body_kind kind;
	const struct route *route;
	struct run *run;
	enum { NO_INSTALL, THEN_LIST, THEN_DONE } install;      /* it waits for one, and then answers so */
	enum runtime runtime;           /* of the run, the list or the install */
	bool started;                   /* a request's head has been read and not been answered */
	bool closing;                   /* after the answer */
	bool form;                      /* Content-Type says so */
	size_t thrown;                  /* while lingering */
	int64_t since_ms;               /* the head was complete */
	char id[ID_MAX + 1], traceparent[ID_MAX + 1];
	char method[ID_MAX + 1], path[PATH_SHOWN + 1];  /* copies: req's slices do not outlive a growing buffer */
	char peer[INET6_ADDRSTRLEN];
};

static struct {
	const struct config *config;
	const struct jail *jail;
	struct source listener;
	struct timer accept_pause;
	struct conn *conns, *free, *dead;
	struct conn idle;               /* head of the ring of idle connections */
	size_t n_conns, n_used, n_open; /* records there are; ever used, so that the others stay untouched memory */
	struct pool bodies, answers;
	struct log_line *lines;         /* [run_place] of a run that is leaving: what it has used is missing; or empty */
	size_t n_lines;
	bool draining;
	struct timer drain_end;
	uint64_t id_prefix, id_next;
	int64_t start_ms;
	char scrap[READ_MAX];
} server;

#define OWNER(ptr, member) ((struct conn *)(void *)((char *)(ptr) - offsetof(struct conn, member)))

static void advance(struct conn *);
static void flush(struct conn *);

/*** States ***/

static void
idle_remove(struct conn *c)
{
	if (c->prev == NULL)
		return;
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->prev = c->next = NULL;
}

static void
idle_append(struct conn *c)
{
	c->prev = server.idle.prev;
	c->next = &server.idle;
	server.idle.prev->next = c;
	server.idle.prev = c;
}

static void watch_listener(void);

/* The only writer of c->state: interest and deadline cannot drift from it. */
static void
conn_enter(struct conn *c, enum state next)
{
	if (c->state == CONN_IDLE)
		idle_remove(c);
	c->state = next;
	timer_cancel(&c->deadline);
	if (states[next].timeout_ms > 0)
		timer_set(&c->deadline, states[next].timeout_ms);
	if (next == CONN_IDLE) {
		idle_append(c);
		watch_listener();       /* it can make room now */
	}
	if (next == CONN_DEAD) {
		source_close(&c->client);
		buf_free(&c->in);
		buf_free(&c->out);
		buf_free(&c->body);
		timer_cancel(&c->again);
		c->next = server.dead;
		server.dead = c;
	} else if (source_watch(&c->client, states[next].wants) == -1) {
		log_msg(LOG_ERROR, "epoll", "connection of %s: %s", c->peer, strerror(errno));
		conn_enter(c, CONN_DEAD);
	}
}

/* The client is gone or has to go: its run, if any, is of no use to anybody. */
static void
conn_drop(struct conn *c, const char *why)
{
	struct log_line l;

	c->install = NO_INSTALL;        /* which goes on: others may wait for it */
	if (c->run != NULL) {
		log_open(&l, LOG_INFO, "cancelled");
		log_text(&l, "id", c->id);
		log_text(&l, "why", why);
		log_num(&l, "ms", loop_now_ms() - c->since_ms);
		log_close(&l);
		run_cancel(c->run);
		c->run = NULL;
	} else {
		log_msg(LOG_DEBUG, "closed", "%s: %s in state %s", c->peer, why, states[c->state].name);
	}
	conn_enter(c, CONN_DEAD);
}

static void
again_due(struct timer *t)
{
	struct conn *c = OWNER(t, again);

	if (c->state == CONN_HEAD || c->state == CONN_IDLE)
		advance(c);
}

/* Ready for the next request, whose first bytes may be there already. */
static void
conn_reset(struct conn *c)
{
	buf_drop(&c->in, c->parser.at < c->in.len ? c->parser.at : c->in.len);
	buf_free(&c->out);
	buf_free(&c->body);
	c->sent = 0;
	c->parser = (struct http_parser){ .body_max = (size_t)server.config->max_body_mb * 1024 * 1024 };
	c->json = (struct json_parser){ 0 };
	c->checked = 0;
	c->kind = BODY_UNKNOWN;
	c->started = false;
	c->run = NULL;
	c->install = NO_INSTALL;
	if (c->in.len == 0) {
		buf_free(&c->in);       /* an idle connection holds no memory */
		conn_enter(c, CONN_IDLE);
		return;
	}
	conn_enter(c, CONN_HEAD);
	if (c->state == CONN_HEAD)
		timer_set(&c->again, 0);        /* not from here: a pipeline of any length is no recursion */
}

/*** Answers ***/

/* What a run has used: of one that is leaving it is not known yet. */
static void
log_used(struct log_line *l, const struct run_result *res)
{
	log_num(l, "cpu_ms", res->cpu_ms);
	log_num(l, "peak_kb", res->peak_kb);
}

static void
log_access(struct conn *c, int status, const struct run *run)
{
	const struct run_result *res = run == NULL ? NULL : run_result(run);
	bool leaving = run != NULL && run_is_leaving(run);
	struct log_line once, *l = &once;
	char calls[REFUSED_MAX * (CALL_NAME_MAX + 1)] = "";

	if (leaving)
		l = &server.lines[run_place(run)];
	log_open(l, LOG_INFO, "request");
	log_text(l, "id", c->id);
	log_text(l, "peer", c->peer);
	log_text(l, "method", c->method);
	log_text(l, "path", c->path);
	log_num(l, "status", status);
	log_num(l, "bytes", (int64_t)(c->out.len + c->body.len - c->sent));
	log_num(l, "ms", loop_now_ms() - c->since_ms);
	if (c->traceparent[0] != '\0')
		log_text(l, "traceparent", c->traceparent);
	if (res != NULL) {
		for (size_t i = 0; i < res->n_refused; i++) {
			(void)strncat(calls, i > 0 ? "," : "", sizeof(calls) - strlen(calls) - 1);
			(void)strncat(calls, res->refused[i].name, sizeof(calls) - strlen(calls) - 1);
		}
		log_text(l, "language", runtime_name(c->runtime));
		log_text(l, "verdict", verdict_name(res->verdict));
		log_num(l, "exit", res->exit_code);
		if (res->step != NULL)
			log_text(l, "step", res->step);
		log_text(l, "refused", calls[0] == '\0' ? "-" : calls);
		log_num(l, "refusals", res->refusals);
		log_num(l, "queued_ms", res->queued_ms);
		log_num(l, "run_ms", res->run_ms);
		log_num(l, "stdout", (int64_t)res->out.len);
		log_num(l, "stderr", (int64_t)res->err.len);
	}
	if (leaving) {
		server.n_lines++;       /* run_over() ends it */
		return;
	}
	if (res != NULL)
		log_used(l, res);
	log_close(l);
}

static void
end_line(struct log_line *l)
{
	log_close(l);
	l->len = 0;
	server.n_lines--;
}

/* A run that was leaving when it was answered, perhaps not as a run, is over. */
static void
run_over(const struct run *run)
{
	struct log_line *l = &server.lines[run_place(run)];

	if (l->len == 0)
		return;
	log_used(l, run_result(run));
	end_line(l);
}

/* Send what stands in body (released here) as the answer to the request at hand. */
static void
respond(struct conn *c, int status, const char *type, struct buf *body, const struct run *run)
{
	bool unread = (c->state == CONN_HEAD || c->state == CONN_BODY) && c->req.has_body;
	struct http_resp resp = {
		.status = status, .type = type, .allow = status == 405 ? c->route->allow : NULL,
		.request_id = { c->id, strlen(c->id) },
		.length = body->len, .minor = c->req.minor, .now = time(NULL),
	};

	/* A request that was not read to its end leaves bytes that are not the next one's head. */
	c->closing = c->closing || unread || !c->req.keep_alive || server.draining || !c->started;
	resp.close = c->closing;
	if (strcmp(c->method, "HEAD") == 0)
		buf_free(body);
	c->body = *body;                /* the connection owns it now */
	*body = (struct buf){ 0 };
	if (http_head(&c->out, &resp) == -1) {
		log_msg(LOG_ERROR, "response", "id %s: %zu bytes: %s", c->id, resp.length, strerror(errno));
		conn_enter(c, CONN_DEAD);
		return;
	}
	log_access(c, status, run);
	conn_enter(c, CONN_WRITE);
	if (c->state == CONN_WRITE)
		flush(c);
}

#define JSON_TYPE "application/json; charset=utf-8"

static void
respond_json(struct conn *c, int status, struct buf *body)
{
	respond(c, status, JSON_TYPE, body, NULL);
}

/* {"code":…,"message":…,"data":null} */
static void
respond_error(struct conn *c, int status, int code, const char *message)
{
	struct buf body;
	struct json_out o = { .out = &body };

	buf_init(&body, NULL, 16384);
	json_open(&o, NULL, '{');
	json_put_int(&o, "code", code);
	json_put_str(&o, "message", (struct slice){ message, strlen(message) });
	json_put_null(&o, "data");
	json_close(&o, '}');
	if (json_finish(&o) == -1)
		buf_free(&body);        /* an empty body is still an answer */
	respond_json(c, status, &body);
}

/* What has been written, as the answer 200. */
static void
respond_out(struct conn *c, struct json_out *o, const struct run *run)
{
	if (json_finish(o) == 0) {
		respond(c, 200, JSON_TYPE, o->out, run);
		return;
	}
	buf_free(o->out);
	respond_error(c, 200, -500, "response: no memory: too many large answers wait for their clients");
}

static void
respond_empty(struct conn *c, int status)
{
	struct buf none;

	buf_init(&none, NULL, 0);
	respond(c, status, NULL, &none, NULL);
}

static void
answered(struct conn *c)
{
	if (!c->closing && !server.draining) {
		conn_reset(c);
		return;
	}
	if (shutdown(c->client.fd, SHUT_WR) == -1) {
		conn_enter(c, CONN_DEAD);
		return;
	}
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->body);
	c->thrown = 0;
	conn_enter(c, CONN_LINGER);
}

static void
flush(struct conn *c)
{
	while (c->sent < c->out.len + c->body.len) {
		size_t at = c->sent < c->out.len ? 0 : c->sent - c->out.len;
		struct iovec parts[2] = {
			{ c->out.p + (c->sent - at), c->out.len - (c->sent - at) }, { c->body.p + at, c->body.len - at },
		};
		struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t n = sendmsg(c->client.fd, &msg, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			conn_drop(c, strerror(errno));
			return;
		}
		c->sent += (size_t)n;
		timer_set(&c->deadline, states[CONN_WRITE].timeout_ms);
	}
	if (c->state == CONN_WRITE)
		answered(c);
}

/*** Runs ***/

/* A member of the request, wherever it came from. */
struct field {
	enum { ABSENT, NUL, STRING, BOOLEAN, OTHER } type;
	bool truth;
	struct json_value json;         /* STRING of a JSON body */
	struct buf text;                /* STRING, decoded; owned */
};

enum { F_LANGUAGE, F_CODE, F_PRELOAD, F_NETWORK, F_COUNT };
static const char *const field_names[F_COUNT] = { "language", "code", "preload", "enable_network" };

static void
set_field(struct field *f, struct json_value v)
{
	f->json = v;
	f->truth = v.type == JSON_TRUE;
	f->type = v.type == JSON_NULL ? NUL : v.type == JSON_STRING ? STRING :
	    v.type == JSON_TRUE || v.type == JSON_FALSE ? BOOLEAN : OTHER;
}

/* 0, or -1 when the text did not fit. */
static int
read_json_fields(struct slice body, struct field *f, bool *object)
{
	struct json_value root = json_root(body), key, value;
	struct json_iter it = json_iter(root);

	*object = root.type == JSON_OBJECT;
	if (!*object)
		return 0;
	while (json_next(&it, &key, &value))
		for (size_t i = 0; i < F_COUNT; i++)
			if (json_is(key, field_names[i]))
				set_field(&f[i], value);        /* of a duplicate the last wins */
	for (size_t i = 0; i < F_COUNT; i++)
		if (f[i].type == STRING && json_text(f[i].json, &f[i].text) == -1)
			return -1;
	return 0;
}

static int
read_form_fields(struct slice body, struct field *f)
{
	for (size_t i = 0; i < F_COUNT; i++) {
		int there = http_form_value(body, field_names[i], &f[i].text);
		if (there == -1)
			return -1;
		f[i].type = there == 1 ? STRING : ABSENT;
	}
	struct slice net = buf_slice(&f[F_NETWORK].text);
	f[F_NETWORK].truth = slice_is(net, "true") || slice_is(net, "1");
	if (f[F_NETWORK].truth || slice_is(net, "false") || slice_is(net, "0"))
		f[F_NETWORK].type = BOOLEAN;
	return 0;
}

static const char *
check_language(const struct field *f)
{
	if (f->type == ABSENT || f->type == NUL)
		return "language is required";
	if (f->type != STRING)
		return "language must be a string";
	if (f->text.len == 0)
		return "language is required";
	return runtime_find(buf_slice(&f->text)) == -1 ? "unsupported language" : NULL;
}

/* What is wrong with a run request, or NULL. */
static const char *
check_fields(const struct field *f)
{
	const char *wrong = check_language(&f[F_LANGUAGE]);

	if (wrong != NULL && strcmp(wrong, "unsupported language") != 0)
		return wrong;
	if (f[F_CODE].type == ABSENT || f[F_CODE].type == NUL)
		return "code is required";
	if (f[F_CODE].type != STRING)
		return "code must be a string";
	if (f[F_CODE].text.len == 0)
		return "code is required";
	if (f[F_PRELOAD].type == BOOLEAN || f[F_PRELOAD].type == OTHER)
		return "preload must be a string or null";
	if (f[F_NETWORK].type == STRING || f[F_NETWORK].type == OTHER)
		return "enable_network must be true or false";
	return wrong;
}

static void
free_fields(struct field *f)
{
	for (size_t i = 0; i < F_COUNT; i++)
		buf_free(&f[i].text);
}

/* The answer's head line, what the sandbox did, then all of stderr, each on a line of its own. */
static void
put_error(struct json_out *o, const struct run *run)
{
	const struct run_result *res = run_result(run);
	struct buf notes;
	char head[64] = "";

	buf_init(&notes, NULL, 4096);
	json_open_str(o, "error");
	if (res->exit_code != 0 || res->verdict != RUN_OK) {
		(void)snprintf(head, sizeof(head), "process exited with code %d\n", res->exit_code);
		if (run_notes(run, &notes) == -1)
			o->failed = true;
		json_add_str(o, (struct slice){ head, strlen(head) });
		json_add_str(o, buf_slice(&notes));
		json_add_str(o, buf_slice(&res->err));
	}
	json_close_str(o);
	buf_free(&notes);
}

static void
run_done(void *ctx, const struct run *run)
{
	struct conn *c = ctx;
	const struct run_result *res = run_result(run);
	struct buf body;
	struct json_out o = { .out = &body };
	char why[256];

	c->run = NULL;
	if (res->verdict == RUN_FAILED) {
		(void)snprintf(why, sizeof(why), "%s: %s", res->step, strerror(res->error));
		log_msg(LOG_ERROR, "run_failed", "id %s: %s", c->id, why);
		respond_error(c, 200, -500, why);
		return;
	}
	/* A byte is at most six in JSON; stderr stands twice. */
	buf_init(&body, &server.answers, 8192 + 6 * (res->out.len + 2 * res->err.len));
	json_open(&o, NULL, '{');
	json_put_int(&o, "code", 0);
	json_put_str(&o, "message", SLICE("success"));
	json_open(&o, "data", '{');
	json_put_str(&o, "stdout", buf_slice(&res->out));
	json_put_str(&o, "stderr", buf_slice(&res->err));
	put_error(&o, run);
	json_put_int(&o, "exit_code", res->exit_code);
	json_close(&o, '}');
	json_close(&o, '}');
	respond_out(c, &o, run);
}

/* Give the request to the queue; the buffers are the run's or released. */
static void
submit(struct conn *c, struct run_request *req)
{
	const struct root *root = &server.jail->roots[req->runtime];
	char why[320];

	req->wall_ms = server.config->worker_timeout * 1000;
	req->pass_fd[0] = req->pass_fd[1] = -1;
	req->ctx = c;
	c->runtime = req->runtime;
	/* The run has its own copy of what the body said. */
	buf_drop(&c->in, c->parser.at);
	c->parser.at = 0;
	if (c->in.len == 0)
		buf_free(&c->in);
	if (root->fd == -1) {
		(void)snprintf(why, sizeof(why), "%s: %s", runtime_name(req->runtime), root->why);
		respond_error(c, 200, -500, why);
	} else {
		struct run *run = run_submit(req);
		if (run != NULL) {
			if (c->state == CONN_RUN)       /* a start that fails has been answered by now */
				c->run = run;
			return;
		}
		respond_error(c, 503, -503, "Too many requests");
	}
	buf_free(&req->code);
	buf_free(&req->preload);
}

static void
submit_fields(struct conn *c, struct field *f)
{
	struct run_request req = {
		.runtime = (enum runtime)runtime_find(buf_slice(&f[F_LANGUAGE].text)),
		.network = f[F_NETWORK].truth, .code = f[F_CODE].text, .done = run_done, .over = run_over,
	};

	buf_init(&req.preload, &server.bodies, 0);
	f[F_CODE].text.p = NULL;        /* the request owns it now */
	f[F_CODE].text.len = f[F_CODE].text.cap = 0;
	if (server.config->enable_preload && f[F_PRELOAD].type == STRING) {
		req.preload = f[F_PRELOAD].text;
		f[F_PRELOAD].text.p = NULL;
		f[F_PRELOAD].text.len = f[F_PRELOAD].text.cap = 0;
	}
	submit(c, &req);
}

static void
handle_run(struct conn *c)
{
	size_t max = 3 * c->parser.body_max;    /* U+FFFD for each invalid byte */
	struct field f[F_COUNT];
	bool object = true;
	int rc;

	memset(f, 0, sizeof(f));
	for (size_t i = 0; i < F_COUNT; i++)
		buf_init(&f[i].text, &server.bodies, max);
	rc = c->kind == BODY_FORM ? read_form_fields(c->req.body, f) : read_json_fields(c->req.body, f, &object);
	const char *wrong = check_fields(f);

	if (rc == -1)
		respond_error(c, 503, -503, "Too many requests");
	else if (!object)
		respond_error(c, 400, -400, "the body must be a JSON object");
	else if (wrong != NULL)
		respond_error(c, 400, -400, wrong);
	else if (f[F_NETWORK].truth && !server.config->enable_network)
		respond_error(c, 200, -400, "network is disabled, please enable it in the configuration");
	else
		submit_fields(c, f);
	free_fields(f);
}

/*** Dependencies: what is installed, asked of the interpreter itself ***/

static const char *const list_programs[RT_COUNT] = {
	[RT_PYTHON] =
	    "import importlib.metadata as m\n"
	    "found = {}\n"
	    "for d in m.distributions():\n"
	    "    name = d.metadata['Name']\n"
	    "    if name:\n"
	    "        found.setdefault(name.lower(), (name, d.version))\n"
	    "for key in sorted(found):\n"
	    "    print(*found[key], sep='\\t')\n",
	[RT_NODE] =
	    "const fs = require('fs'), path = require('path');\n"
	    "const prefix = path.dirname(path.dirname(process.execPath)), found = new Map();\n"
	    "const read = (dir) => { try { return fs.readdirSync(dir); } catch { return []; } };\n"
	    "function add(dir) {\n"
	    "  try {\n"
	    "    const { name, version } = JSON.parse(fs.readFileSync(path.join(dir, 'package.json')));\n"
	    "    if (name && version && !found.has(name)) found.set(name, version);\n"
	    "  } catch {}\n"
	    "}\n"
	    "const own = (process.env.NODE_PATH || '').split(':').filter(Boolean);\n"
	    "const tops = [...own, path.join(prefix, 'lib/node_modules'), '/usr/lib/node_modules', '/usr/share/nodejs'];\n"
	    "for (const top of tops)\n"
	    "  for (const name of read(top))\n"
	    "    if (name.startsWith('@')) read(path.join(top, name)).forEach((sub) => add(path.join(top, name, sub)));\n"
	    "    else add(path.join(top, name));\n"
	    "for (const name of [...found.keys()].sort()) console.log(name + '\\t' + found.get(name));\n",
};

static void
put_dependencies(struct json_out *o, struct slice text)
{
	const char *p = text.p, *end = text.p + text.n;

	json_open(o, "dependencies", '[');
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl == NULL ? end : nl;
		const char *tab = memchr(p, '\t', (size_t)(stop - p));
		if (tab != NULL) {
			json_open(o, NULL, '{');
			json_put_str(o, "name", (struct slice){ p, (size_t)(tab - p) });
			json_put_str(o, "version", (struct slice){ tab + 1, (size_t)(stop - tab - 1) });
			json_close(o, '}');
		}
		p = stop + 1;
	}
	json_close(o, ']');
}

static void
list_done(void *ctx, const struct run *run)
{
	struct conn *c = ctx;
	const struct run_result *res = run_result(run);
	struct buf body;
	struct json_out o = { .out = &body };
	char why[512];

	c->run = NULL;
	if (res->verdict != RUN_OK) {
		(void)snprintf(why, sizeof(why), "dependencies: %s %s: %.*s", verdict_name(res->verdict),
		    res->step == NULL ? "" : res->step, res->err.len < 300 ? (int)res->err.len : 300,
		    res->err.len == 0 ? "" : res->err.p);
		respond_error(c, 200, -500, why);
		return;
	}
	buf_init(&body, NULL, 4096 + 32 * res->out.len);
	json_open(&o, NULL, '{');
	json_put_int(&o, "code", 0);
	json_put_str(&o, "message", SLICE("success"));
	json_open(&o, "data", '{');
	put_dependencies(&o, buf_slice(&res->out));
	json_close(&o, '}');
	json_close(&o, '}');
	respond_out(c, &o, run);
}

/* The runtime that a query or a body names, or -1 when the client has been told what is wrong. */
static int
language_of(struct conn *c, struct field *f)
{
	const char *wrong = check_language(f);

	if (wrong == NULL)
		return runtime_find(buf_slice(&f->text));
	respond_error(c, 400, -400, wrong);
	return -1;
}

/* The language that the query names, or -1 when the client has been told what is wrong. */
static int
query_language(struct conn *c)
{
	struct field f = { .type = ABSENT };

	buf_init(&f.text, NULL, 256);
	int there = http_form_value(c->req.query, "language", &f.text);
	f.type = there == 0 ? ABSENT : STRING;
	int rt = language_of(c, &f);
	buf_free(&f.text);
	return rt;
}

static void
list(struct conn *c, enum runtime rt)
{
	struct run_request req = { .runtime = (enum runtime)rt, .done = list_done, .over = run_over };
	buf_init(&req.code, NULL, 8192);
	buf_init(&req.preload, NULL, 0);
	if (buf_puts(&req.code, list_programs[rt]) == -1) {
		respond_error(c, 200, -500, "dependencies: out of memory");
		return;
	}
	submit(c, &req);
}

static void
handle_list(struct conn *c)
{
	int rt = query_language(c);

	if (rt != -1)
		list(c, (enum runtime)rt);
}

static void
respond_done(struct conn *c)
{
	struct buf body;

	buf_init(&body, NULL, 256);
	if (buf_puts(&body, "{\"code\":0,\"message\":\"success\",\"data\":{}}") == -1)
		respond_error(c, 200, -500, "response: out of memory");
	else
		respond_json(c, 200, &body);
}

/* An install is over, which any number of clients wait for. */
static void
installed(enum runtime rt, bool ok, struct slice text)
{
	char why[4096];

	(void)snprintf(why, sizeof(why), "%s packages: %.*s", runtime_name(rt), (int)text.n, text.p);
	for (size_t i = 0; i < server.n_used; i++) {
		struct conn *c = &server.conns[i];
		bool then_list = c->install == THEN_LIST;
		if (c->install == NO_INSTALL || c->runtime != rt)
			continue;
		c->install = NO_INSTALL;
		if (!ok)
			respond_error(c, 200, -500, why);
		else if (then_list)
			list(c, rt);
		else
			respond_done(c);
	}
}

/* Have it done, and let the client wait for it. */
static void
install(struct conn *c, enum runtime rt, bool force)
{
	char why[128];

	c->runtime = rt;
	c->install = force ? THEN_DONE : THEN_LIST;
	if (deps_ask(rt, force) == 0)
		return;
	c->install = NO_INSTALL;
	(void)snprintf(why, sizeof(why), "%s packages: nothing can be installed: %s", runtime_name(rt), strerror(errno));
	respond_error(c, 200, -500, why);
}

static void
handle_refresh(struct conn *c)
{
	int rt = query_language(c);

	if (rt != -1)
		install(c, (enum runtime)rt, false);
}

static void
handle_update(struct conn *c)
{
	struct field f[F_COUNT];
	bool object = true;

	memset(f, 0, sizeof(f));
	for (size_t i = 0; i < F_COUNT; i++)
		buf_init(&f[i].text, &server.bodies, c->parser.body_max);
	int rc = c->kind == BODY_FORM ? read_form_fields(c->req.body, f) : read_json_fields(c->req.body, f, &object);
	int rt = -1;

	if (rc == -1)
		respond_error(c, 503, -503, "Too many requests");
	else if (!object)
		respond_error(c, 400, -400, "the body must be a JSON object");
	else
		rt = language_of(c, &f[F_LANGUAGE]);
	free_fields(f);
	if (rt != -1)
		install(c, (enum runtime)rt, true);
}

/*** Health ***/

static void
put_languages(struct json_out *o)
{
	json_open(o, "languages", '{');
	for (size_t rt = 0; rt < RT_COUNT; rt++) {
		const struct root *r = &server.jail->roots[rt];
		json_open(o, runtime_name((enum runtime)rt), '{');
		json_put_bool(o, "available", r->fd != -1);
		const struct packages *p = &server.jail->packages[rt];
		if (r->fd != -1)
			json_put_str(o, p->fd != -1 ? "packages" : "no_packages", p->fd != -1 ?
			    (struct slice){ p->base, strlen(p->base) } : (struct slice){ p->why, strlen(p->why) });
		json_put_str(o, r->fd != -1 ? "interpreter" : "why", r->fd != -1 ?
		    (struct slice){ r->interpreter, strlen(r->interpreter) } : (struct slice){ r->why, strlen(r->why) });
		json_close(o, '}');
	}
	json_close(o, '}');
}

static void
put_layers(struct json_out *o)
{
	const struct layers *l = &server.jail->layers;

	json_open(o, "isolation", '[');
	for (size_t i = 0; i < LAYERS; i++) {
		const char *text = l->of[i].on ? layer_covers((enum layer)i) : l->of[i].why;
		json_open(o, NULL, '{');
		json_put_str(o, "layer", (struct slice){ layer_name((enum layer)i), strlen(layer_name((enum layer)i)) });
		json_put_bool(o, "on", l->of[i].on);
		json_put_str(o, l->of[i].on ? "covers" : "why", (struct slice){ text, strlen(text) });
		json_close(o, '}');
	}
	json_close(o, ']');
}

/* The templates: where they are not split, the one serves both kinds of runs, and counts for both. */
static void
put_templates(struct json_out *o, const struct run_stats *s)
{
	bool net = server.jail->split;

	json_open(o, "templates", '[');
	for (size_t i = 0; i < WARM_KINDS; i++) {
		const struct warm_state *t = &s->templates[i];
		if (t->state[0] == '\0')
			continue;
		json_open(o, NULL, '{');
		const char *language = runtime_name((enum runtime)(i / 2));
		json_put_str(o, "language", (struct slice){ language, strlen(language) });
		json_put_bool(o, "network", i % 2 == 1 || (!net && server.jail->network));
		json_put_str(o, "state", (struct slice){ t->state, strnlen(t->state, sizeof(t->state)) });
		json_put_int(o, "pid", t->pid);
		json_put_int(o, "runs", (int64_t)(s->warm[i].runs + (net ? 0 : s->warm[i + 1].runs)));
		json_put_int(o, "ready", (int64_t)(s->warm[i].ready + (net ? 0 : s->warm[i + 1].ready)));
		if (t->why[0] != '\0')
			json_put_str(o, "why", (struct slice){ t->why, strnlen(t->why, sizeof(t->why)) });
		json_close(o, '}');
	}
	json_close(o, ']');
	if (server.jail->cold[0] != '\0')
		json_put_str(o, "cold", (struct slice){ server.jail->cold, strlen(server.jail->cold) });
}

static void
put_health(struct json_out *o)
{
	struct run_stats s = run_stats();

	json_open(o, NULL, '{');
	json_put_str(o, "status", SLICE("ok"));
	json_put_str(o, "version", SLICE(SANDBOX_VERSION));
	json_put_int(o, "uptime_s", (loop_now_ms() - server.start_ms) / 1000);
	json_open(o, "slots", '{');
	json_put_int(o, "total", (int64_t)s.slots);
	json_put_int(o, "busy", (int64_t)s.busy);
	json_put_int(o, "free", (int64_t)(s.slots - s.busy));
	json_close(o, '}');
	json_open(o, "queue", '{');
	json_put_int(o, "waiting", (int64_t)s.queued);
	json_put_int(o, "max_requests", server.config->max_requests);
	json_close(o, '}');
	json_open(o, "runs", '{');
	json_put_int(o, "total", (int64_t)s.runs);
	json_put_int(o, "failed", (int64_t)s.failed);
	json_close(o, '}');
	json_put_int(o, "connections", (int64_t)server.n_open);
	json_put_bool(o, "network", server.config->enable_network);
	put_languages(o);
	put_templates(o, &s);
	put_layers(o);
	json_close(o, '}');
}

static void
handle_health(struct conn *c)
{
	struct slice q = c->req.query;
	struct buf body;
	struct json_out o = { .out = &body };

	buf_init(&body, NULL, 8192);
	bool verbose = q.n >= 7 && memcmp(q.p, "verbose", 7) == 0 && (q.n == 7 || q.p[7] == '=' || q.p[7] == '&');
	if (verbose)
		put_health(&o);
	else
		json_put_str(&o, NULL, SLICE("ok"));
	respond_out(c, &o, NULL);
}

/*** Routes ***/

static const struct route routes[] = {
	{ "GET, HEAD", "/health",                          false, handle_health },
	{ "POST",      "/v1/sandbox/run",                  true,  handle_run    },
	{ "GET",       "/v1/sandbox/dependencies",         false, handle_list   },
	{ "GET",       "/v1/sandbox/dependencies/refresh", false, handle_refresh },
	{ "POST",      "/v1/sandbox/dependencies/update",  true,  handle_update },
};

static const struct route *
find_route(struct slice path)
{
	for (size_t i = 0; i < LEN(routes); i++)
		if (slice_is(path, routes[i].path))
			return &routes[i];
	return NULL;
}

/* Is the method one of "GET, HEAD"? */
static bool
method_allowed(const char *allow, struct slice method)
{
	for (const char *p = allow; *p != '\0'; ) {
		size_t n = strcspn(p, ",");
		if (n == method.n && memcmp(p, method.p, n) == 0)
			return true;
		p += n;
		p += strspn(p, ", ");
	}
	return false;
}

/* In time that depends on the lengths alone. */
static bool
key_matches(struct slice given)
{
	const char *key = server.config->key;
	size_t n = strlen(key);
	volatile unsigned char diff = (unsigned char)(given.n != n);

	for (size_t i = 0; i < given.n; i++)
		diff = (unsigned char)(diff | ((unsigned char)given.p[i] ^ (unsigned char)key[i % n]));
	return diff == 0;
}

static bool
under_v1(struct slice path)
{
	return path.n >= 4 && memcmp(path.p, "/v1/", 4) == 0;
}

static void
copy_text(char *to, size_t cap, struct slice s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	memcpy(to, s.n == 0 ? "" : s.p, n);
	to[n] = '\0';
}

static bool
is_form(struct slice type)
{
	static const char form[] = "application/x-www-form-urlencoded";
	size_t n = sizeof(form) - 1;

	return type.n >= n && slice_is_nocase((struct slice){ type.p, n }, form);
}

/* The head is there: name the request, and refuse what can be refused before its body is read. True to go on. */
static bool
begin(struct conn *c)
{
	c->started = true;
	c->since_ms = loop_now_ms();
	if (c->req.request_id.n > 0 && c->req.request_id.n <= ID_MAX)
		copy_text(c->id, sizeof(c->id), c->req.request_id);
	else
		(void)snprintf(c->id, sizeof(c->id), "%08llx-%llx", (unsigned long long)server.id_prefix,
		    (unsigned long long)++server.id_next);
	copy_text(c->traceparent, sizeof(c->traceparent), c->req.traceparent);
	copy_text(c->method, sizeof(c->method), c->req.method);
	copy_text(c->path, sizeof(c->path), c->req.path);
	c->form = is_form(c->req.content_type);
	c->route = find_route(c->req.path);
	bool refused = true;

	/* A refused request ends with its head; one that has a body closes the connection (respond). */
	size_t at = c->parser.at;
	c->parser.at = c->parser.head_len;
	/* Before anything else: without the key nobody learns which paths there are. */
	if (under_v1(c->req.path) && !key_matches(c->req.api_key))
		respond_empty(c, 401);
	else if (c->route == NULL)
		respond_error(c, 404, -404, "no such path");
	else if (!method_allowed(c->route->allow, c->req.method))
		respond_error(c, 405, -405, "method not allowed");
	else if (c->req.has_body && !c->route->body)
		respond_error(c, 400, -400, "this request takes no body");
	else
		refused = false;
	if (refused)
		return false;
	c->parser.at = at;
	if (!c->req.expect_continue)
		return true;
	/* Interim answer (RFC 9110, 15.2.1); what the socket does not take now goes out with the rest. */
	if (buf_puts(&c->out, "HTTP/1.1 100 Continue\r\n\r\n") == -1)
		conn_drop(c, "out of memory");
	else
		flush(c);
	return c->state != CONN_DEAD;
}

static void
handle(struct conn *c)
{
	char why[128];

	/* The request is whole: what is answered from here on leaves the connection usable. */
	conn_enter(c, CONN_RUN);
	if (c->state != CONN_RUN)
		return;
	if (c->route->body && c->kind == BODY_UNKNOWN) {
		respond_error(c, 400, -400, "the body is empty");
		return;
	}
	if (c->route->body && c->kind == BODY_JSON && json_end(&c->json) == JSON_BAD) {
		(void)snprintf(why, sizeof(why), "invalid JSON at byte %zu: %s", c->json.at, c->json.why);
		respond_error(c, 400, -400, why);
		return;
	}
	c->route->handle(c);
}

/*** Reading ***/

/* JSON whatever the Content-Type says, so that `curl -d '{…}'` works as typed; else a form. */
static void
guess_kind(struct conn *c, struct slice body)
{
	for (size_t i = 0; i < body.n; i++) {
		char ch = body.p[i];
		if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n')
			continue;
		c->kind = c->form && ch != '{' && ch != '[' ? BODY_FORM : BODY_JSON;
		return;
	}
}

/* Look at the part of the body that is new. True while there is nothing wrong with it. */
static bool
check_body(struct conn *c)
{
	struct slice body = { c->in.p + c->parser.body_at, c->parser.body_len };
	char why[128];

	if (c->route == NULL || !c->route->body || c->parser.body_len == 0)
		return true;
	if (c->kind == BODY_UNKNOWN)
		guess_kind(c, body);
	if (c->kind != BODY_JSON)
		return true;
	enum json_step step = json_feed(&c->json, body.p + c->checked, body.n - c->checked);
	c->checked = body.n;
	if (step != JSON_BAD)
		return true;
	(void)snprintf(why, sizeof(why), "invalid JSON at byte %zu: %s", c->json.at, c->json.why);
	respond_error(c, 400, -400, why);
	return false;
}

/* A request that is answered before its head could be read. */
static void
nameless(struct conn *c)
{
	c->req = (struct http_req){ .minor = 1 };
	c->since_ms = loop_now_ms();
	c->id[0] = c->traceparent[0] = c->method[0] = c->path[0] = '\0';
}

static void
too_late(struct conn *c)
{
	if (!c->started)
		nameless(c);
	c->closing = true;
	respond_error(c, 408, -408, "the request did not arrive in time");
}

/* Parse what is there, as far as it goes. */
static void
advance(struct conn *c)
{
	for (;;) {
		enum http_step step = http_parse(&c->parser, c->in.p, &c->in.len, &c->req);

		if (step == HTTP_BAD) {
			c->closing = true;
			if (!c->started)
				nameless(c);
			respond_error(c, c->parser.status, -c->parser.status, c->parser.why);
			return;
		}
		if (step == HTTP_HEAD) {
			if (!begin(c))
				return;
			continue;
		}
		if (!check_body(c))
			return;
		if (step == HTTP_DONE) {
			handle(c);
			return;
		}
		break;
	}
	if (c->started && loop_now_ms() - c->since_ms > BODY_GRACE_MS + (int64_t)c->parser.body_len / BODY_RATE)
		too_late(c);
	else if (c->started)
		conn_enter(c, CONN_BODY);       /* again: each piece moves the deadline */
}

static void
read_more(struct conn *c)
{
	/* Not into the buffer: it then takes from the pool only what the client has really sent. */
	ssize_t n = read(c->client.fd, server.scrap, sizeof(server.scrap));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		conn_drop(c, strerror(errno));
		return;
	}
	if (n == 0) {
		conn_drop(c, "client closed");
		return;
	}
	if (c->state == CONN_IDLE)
		conn_enter(c, CONN_HEAD);       /* before a byte is parsed: an answer from there closes what it leaves unread */
	if (buf_put(&c->in, server.scrap, (size_t)n) == 0) {
		advance(c);
		return;
	}
	if (!c->started)
		nameless(c);
	c->closing = true;
	respond_error(c, 503, -503, "Too many requests");       /* the pool of bodies is full */
}

static void
throw_away(struct conn *c)
{
	ssize_t n = read(c->client.fd, server.scrap, sizeof(server.scrap));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->thrown += (size_t)n;
	if (n <= 0 || c->thrown > LINGER_BYTES)
		conn_enter(c, CONN_DEAD);
}

static void
client_ready(struct source *src, uint32_t events)
{
	struct conn *c = OWNER(src, client);

	switch (c->state) {
	case CONN_IDLE:
	case CONN_HEAD:
	case CONN_BODY:
		read_more(c);
		break;
	case CONN_RUN:
		if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			conn_drop(c, "client closed");
		break;
	case CONN_WRITE:
		if ((events & (EPOLLHUP | EPOLLERR)) != 0)
			conn_drop(c, "client closed");
		else
			flush(c);
		break;
	case CONN_LINGER:
		throw_away(c);
		break;
	case CONN_FREE:
	case CONN_DEAD:
		break;
	}
}

static void
deadline_due(struct timer *t)
{
	struct conn *c = OWNER(t, deadline);

	if (c->state == CONN_HEAD || c->state == CONN_BODY)
		too_late(c);
	else
		conn_drop(c, "timed out");
}

/*** Accepting ***/

static void
watch_listener(void)
{
	bool room = server.free != NULL || server.n_used < server.n_conns || server.idle.next != &server.idle;

	if (server.listener.fd == -1)
		return;
	if (source_watch(&server.listener, room && server.accept_pause.place == 0 ? EPOLLIN : 0) == -1)
		log_msg(LOG_ERROR, "epoll", "listener: %s", strerror(errno));
}

static void
accept_again(struct timer *t)
{
	(void)t;
	watch_listener();
}

static void
name_peer(struct conn *c, const struct sockaddr_in6 *a)
{
	if (a->sin6_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->sin6_addr))
		(void)inet_ntop(AF_INET, &a->sin6_addr.s6_addr[12], c->peer, sizeof(c->peer));
	else if (a->sin6_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &a->sin6_addr, c->peer, sizeof(c->peer));
	else
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, c->peer, sizeof(c->peer));
}

static void
open_conn(int fd, const struct sockaddr_in6 *peer)
{
	struct conn *c = server.free != NULL ? server.free : &server.conns[server.n_used++];
	int on = 1;

	if (c == server.free)
		server.free = c->next;
	server.n_open++;
	*c = (struct conn){ .client = { .fd = fd, .ready = client_ready }, .deadline.due = deadline_due,
	    .again.due = again_due };
	name_peer(c, peer);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));        /* only costs time when it fails */
	buf_init(&c->in, &server.bodies, HTTP_HEAD_MAX + 2 * READ_MAX + (size_t)server.config->max_body_mb * 1024 * 1024);
	buf_init(&c->out, NULL, ANSWER_HEAD_MAX);
	conn_reset(c);
}

/* Has the connection been made by a run of this server? Then it is not for it, whatever key it has. */
static bool
is_run(int fd)
{
	const struct slot *slots = server.jail->slots;
	uid_t uid;

	if (server.jail->one_uid)
		return false;           /* all here have one uid, its user's curl too: the connect layer is the fence */
	int there = peer_uid(fd, &uid);

	if (there == 0)
		return false;
	if (there == -1) {
		log_msg(LOG_ERROR, "peer", "a connection is closed: its other end cannot be looked up: %s", strerror(errno));
		return true;
	}
	bool run = uid >= slots[0].uid && uid <= server.jail->server_uid;       /* or a template */

	if (run)
		log_msg(LOG_WARN, "self_call", "a run with uid %u tried to reach this server", (unsigned)uid);
	return run || uid == (uid_t)-1;
}

/*
 * Somebody waits: make a record free where there is none, that of the connection
 * that has been idle longest. It can be used after the batch, when the listener
 * is ready again.
 */
static void
make_room(void)
{
	if (server.free == NULL && server.n_used == server.n_conns && server.idle.next != &server.idle)
		conn_drop(server.idle.next, "made room for another");
}

static void
accept_ready(struct source *src, uint32_t events)
{
	(void)events;
	make_room();
	for (size_t i = 0; i < ACCEPTS_MAX && (server.free != NULL || server.n_used < server.n_conns); i++) {
		struct sockaddr_in6 peer = { 0 };
		socklen_t n = sizeof(peer);
		int fd = accept4(src->fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd != -1) {
			if (is_run(fd))
				(void)close(fd);
			else
				open_conn(fd, &peer);
			continue;
		}
		if (errno == EAGAIN)
			break;
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		log_msg(LOG_ERROR, "accept", "%s; trying again in %d ms", strerror(errno), ACCEPT_PAUSE_MS);
		timer_set(&server.accept_pause, ACCEPT_PAUSE_MS);
		break;
	}
	watch_listener();
}

/*** What sandbox.c calls ***/

/* A listening socket, or -1 with errno. "::" takes both families, or IPv4 alone where there is no IPv6. */
static int
listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v6 = inet_pton(AF_INET6, address, &a6.sin6_addr) == 1;
	int on = 1, off = 0;

	if (!v6 && inet_pton(AF_INET, address, &a4.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return v6 && errno == EAFNOSUPPORT && strcmp(address, "::") == 0 ? listen_on("0.0.0.0", port) : -1;
	struct sockaddr *sa = v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (!v6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0) &&
	    bind(fd, sa, v6 ? sizeof(a6) : sizeof(a4)) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int e = errno;
	(void)close(fd);
	errno = e;
	if (v6 && e == EADDRNOTAVAIL && strcmp(address, "::") == 0)
		return listen_on("0.0.0.0", port);      /* IPv6 is compiled in and switched off */
	return -1;
}

size_t
server_connections(const struct config *c)
{
	struct rlimit rl;
	rlim_t need = SPARE_FDS + (rlim_t)c->max_workers * FDS_PER_RUN;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return 0;
	rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &rl);    /* the limit then in force is what counts */
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur <= need)
		return 0;
	rlim_t room = rl.rlim_cur - need;
	return room < (rlim_t)c->max_connections ? (size_t)room : (size_t)c->max_connections;
}

int
server_listen(const struct config *c, char *why, size_t n)
{
	int fd = listen_on(c->listen, (uint16_t)c->port);

	if (fd == -1)
		(void)snprintf(why, n, "listen on %s port %lld: %s", c->listen, (long long)c->port, strerror(errno));
	return fd;
}

int
server_open(int listener, const struct config *c, const struct jail *j, size_t n_conns, char *why, size_t n)
{
	server.config = c;
	server.jail = j;
	server.start_ms = loop_now_ms();
	server.n_conns = n_conns;
	server.bodies.max = POOL_BODIES * (size_t)c->max_body_mb * 1024 * 1024 + n_conns * 1024;
	server.answers.max = ANSWERS_MAX * (size_t)c->max_output_mb * 1024 * 1024;
	server.idle.next = server.idle.prev = &server.idle;
	server.accept_pause.due = accept_again;
	server.conns = calloc(n_conns, sizeof(struct conn));
	server.lines = calloc(j->n_slots, sizeof(struct log_line));
	server.listener.ready = accept_ready;
	server.listener.fd = listener;
	if (server.conns == NULL || server.lines == NULL || getrandom(&server.id_prefix, 4, 0) != 4 ||
	    deps_watch(j, installed) == -1 ||
	    source_watch(&server.listener, EPOLLIN) == -1) {
		(void)snprintf(why, n, "connections: %s", strerror(errno));
		return -1;
	}
	return 0;
}

void
server_swept(void)
{
	/* Only now: within the batch a later event may still have named a dead connection. */
	bool freed = server.dead != NULL;

	while (server.dead != NULL) {
		struct conn *c = server.dead;
		server.dead = c->next;
		c->state = CONN_FREE;
		c->next = server.free;
		server.free = c;
		server.n_open--;
	}
	if (freed)
		watch_listener();
	if (server.draining && server.n_open == 0 && server.n_lines == 0)
		loop_stop();
}

static void
drain_over(struct timer *t)
{
	(void)t;
	log_msg(LOG_WARN, "stop", "%zu connections are still open: leaving them", server.n_open);
	loop_stop();
}

void
server_drain(void)
{
	server.draining = true;
	source_close(&server.listener);
	for (size_t i = 0; i < server.n_used; i++) {
		struct conn *c = &server.conns[i];
		if (c->install != NO_INSTALL) {         /* which may take minutes, and ends with us */
			c->install = NO_INSTALL;
			respond_error(c, 200, -500, "the server stops");
		}
		if (c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY || c->state == CONN_LINGER)
			conn_drop(c, "the server stops");
	}
	server.drain_end.due = drain_over;
	/* What waits may have to wait for as many runs as there are before it. */
	int64_t rounds = server.config->max_requests / server.config->max_workers + 1;
	timer_set(&server.drain_end, (rounds * server.config->worker_timeout + 5) * 1000);
}

void
server_close(void)
{
	for (size_t i = 0; i < server.jail->n_slots && server.n_lines > 0; i++)
		if (server.lines[i].len > 0)
			end_line(&server.lines[i]);
}
