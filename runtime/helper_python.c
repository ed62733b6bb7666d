/*
 * helper_python.c - helper.so as an extension module of CPython 3.8 and later,
 * without its headers: what is used is the stable ABI (PEP 384).
 */
#include "helper.h"

#include <sys/resource.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

struct object { intptr_t refs; struct object *type; };

struct method {
	const char *name;
	struct object *(*call)(struct object *self, struct object *arg);
	int flags;
	const char *doc;
};

#define SHORT_FILE 2048u                /* bytes */
#define NO_ARG 4                        /* METH_NOARGS */
#define ONE_ARG 8                       /* METH_O */

struct module_def {
	struct object head;
	void *init;
	intptr_t index;
	struct object *copy;
	const char *name, *doc;
	intptr_t size;
	const struct method *methods;
	void *slots, *traverse, *clear, *free;
};

WEAK struct object *PyModuleDef_Init(struct module_def *);
WEAK struct object *PyLong_FromLong(long);
WEAK long PyLong_AsLong(struct object *);
WEAK struct object *PySys_GetObject(const char *);
WEAK int PySys_SetObject(const char *, struct object *);
WEAK int PyObject_IsTrue(struct object *);
WEAK void Py_IncRef(struct object *);
WEAK intptr_t PySet_Size(struct object *);
WEAK intptr_t PyList_Size(struct object *);
WEAK struct object *PyList_New(intptr_t);
WEAK int PyList_Append(struct object *, struct object *);
WEAK struct object *Py_BuildValue(const char *format, ...);
WEAK struct object *PyUnicode_DecodeUTF8(const char *, intptr_t, const char *errors);
WEAK void *PyMem_Malloc(size_t);
WEAK void *PyMem_Realloc(void *, size_t);
WEAK void PyMem_Free(void *);
WEAK struct object *PyErr_NoMemory(void);
WEAK void PyErr_SetString(struct object *type, const char *);
WEAK struct object *PyExc_OSError, *PyExc_SystemExit, *PyExc_KeyboardInterrupt;
WEAK struct object *PyObject_CallFunctionObjArgs(struct object *, ...);
WEAK struct object *PyObject_GetAttr(struct object *, struct object *name);
WEAK struct object *PyObject_CallMethodObjArgs(struct object *, struct object *name, ...);
WEAK struct object *PyUnicode_InternFromString(const char *);
WEAK int PyDict_SetItem(struct object *, struct object *key, struct object *);
WEAK int PyDict_SetItemString(struct object *, const char *, struct object *);
WEAK int PyDict_DelItemString(struct object *, const char *);
WEAK intptr_t PyGC_Collect(void);
WEAK int PyGC_Enable(void);             /* from 3.10 on */
WEAK struct object *PyImport_ImportModule(const char *);
WEAK struct object *PyCFunction_NewEx(const struct method *, struct object *self, struct object *module);
WEAK struct object *PyObject_CallObject(struct object *, struct object *args);
WEAK struct object *PyTuple_GetItem(struct object *, intptr_t);
WEAK char *PyBytes_AsString(struct object *);
WEAK struct object _Py_NoneStruct, _Py_TrueStruct;
WEAK void PyErr_Clear(void);
WEAK void PyOS_BeforeFork(void);
WEAK void PyOS_AfterFork_Parent(void);
WEAK void PyOS_AfterFork_Child(void);
WEAK void PyErr_SetObject(struct object *type, struct object *value);
WEAK void PyErr_PrintEx(int set_last);
WEAK void PyErr_WriteUnraisable(struct object *);
WEAK void PyErr_FormatUnraisable(const char *format, ...);
WEAK int PyErr_GivenExceptionMatches(struct object *, struct object *type);
WEAK const unsigned long Py_Version;    /* from 3.11 on */
WEAK void *PyInterpreterState_Head(void);
WEAK void *PyInterpreterState_Next(void *);
WEAK int fork(void);
/* Py_tss_t and its functions: since 3.7. */
struct thread_key { int is_there; unsigned key; };
WEAK int PyThread_tss_create(struct thread_key *);
WEAK void PyThread_tss_delete(struct thread_key *);

/* memory.so, where it has been preloaded. Is this a fork that is to learn what copies do: at first, and at last? */
WEAK bool memory_trial(bool alone), memory_settle(bool alone);
WEAK void memory_tours(bool on), memory_tried(void);
WEAK void memory_copied(void);

EXPORT struct object *PyInit_helper(void);

/* Made once: the interpreter remembers where an attribute is by the object that names it. */
static struct { struct object *closed, *flush; } names;

static struct object *enable_gc;        /* gc.enable, where there is no PyGC_Enable() */

static bool making;                     /* a copy is being made: this is it */

static struct object *
run_hook(struct object *pair, struct object *arg)
{
	struct object *f = PyTuple_GetItem(pair, making);

	(void)arg;
	return f == &_Py_NoneStruct ? PyLong_FromLong(0) : PyObject_CallObject(f, NULL);
}

/* hook((after_in_child, instead)): a hook that a program's forks run; in a copy that is made instead is. */
static struct object *
hook(struct object *self, struct object *pair)
{
	static const struct method def = { "hook", run_hook, NO_ARG, NULL };

	(void)self;
	return PyCFunction_NewEx(&def, pair, NULL);
}

static bool
is_since(unsigned long version)
{
	return &Py_Version != NULL && Py_Version >= version;
}

#define PYTHON_3_13 0x030d0000
#define PYTHON_3_14 0x030e0000

static void
tell_flush(struct object *stream)
{
	if (is_since(PYTHON_3_14))
		PyErr_FormatUnraisable("Exception ignored while flushing sys.stdout");
	else if (is_since(PYTHON_3_13))
		PyErr_FormatUnraisable("Exception ignored on flushing sys.stdout");
	else
		PyErr_WriteUnraisable(stream);
}

/* As flush_std_files() of CPython does it: a failure of stdout's is told and makes the status 120. */
static bool
flush(const char *name, bool tell)
{
	struct object *stream = PySys_GetObject(name), *closed, *done;
	bool ok = true;

	if (stream == NULL || stream == &_Py_NoneStruct)
		return true;
	closed = PyObject_GetAttr(stream, names.closed);
	int is_closed = closed == NULL ? 0 : PyObject_IsTrue(closed);
	PyErr_Clear();
	if (is_closed == 1)
		return true;
	done = PyObject_CallMethodObjArgs(stream, names.flush, NULL);
	if (done == NULL) {
		ok = false;
		if (tell)
			tell_flush(stream);
		else
			PyErr_Clear();
	}
	return ok;
}

/*** The end of a program's threads ***/

enum { END_ORIGINAL, END_THREAD, END_STOPPED, END_LOCKS, END_CALLS, END_COUNT, END_EXITS };
static intptr_t end_before[2];          /* in the template: locks, exit functions */

static long
number_of(struct object *f)
{
	struct object *n = PyObject_CallObject(f, NULL);

	return n == NULL ? -1 : PyLong_AsLong(n);
}

/* Is there a thread, or is anybody to be called, that was not in the template? An error says so too. */
static bool
end_is_short(struct object *of)
{
	return PySet_Size(PyTuple_GetItem(of, END_LOCKS)) == end_before[0] &&
	    PyList_Size(PyTuple_GetItem(of, END_CALLS)) == 0 && number_of(PyTuple_GetItem(of, END_COUNT)) == 0 &&
	    number_of(PyTuple_GetItem(of, END_EXITS)) == end_before[1];
}

/* In the place of threading._shutdown(): of what that does the one thing that can be seen still. */
static struct object *
run_shutdown(struct object *of, struct object *arg)
{
	(void)arg;
	if (!end_is_short(of)) {
		PyErr_Clear();
		return PyObject_CallObject(PyTuple_GetItem(of, END_ORIGINAL), NULL);
	}
	if (PyDict_SetItem(PyTuple_GetItem(of, END_THREAD), PyTuple_GetItem(of, END_STOPPED), &_Py_TrueStruct) != 0)
		PyErr_Clear();
	Py_IncRef(&_Py_NoneStruct);
	return &_Py_NoneStruct;
}

/*
 * shutdown((threading._shutdown, main thread's dictionary, "_is_stopped", locks, calls, count of threads, count of exit
 * functions)): what to put in its place.
 */
static struct object *
shorten(struct object *self, struct object *of)
{
	static const struct method def = { "_shutdown", run_shutdown, NO_ARG, NULL };

	(void)self;
	end_before[0] = PySet_Size(PyTuple_GetItem(of, END_LOCKS));
	end_before[1] = number_of(PyTuple_GetItem(of, END_EXITS));
	return PyCFunction_NewEx(&def, of, NULL);
}

/*
 * While modules are imported no file grows to a page. libffi maps the code of callbacks from such a file, if it can,
 * and keeps the descriptor; in a copy, which has none of its template's, that may be a file of the program's by then.
 */
static void
keep_files_short(bool keep)
{
	uint64_t size[2];               /* soft, hard */

	if (sys(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, address(size), 0) != 0)
		return;
	size[0] = keep && size[1] > SHORT_FILE ? SHORT_FILE : size[1];
	(void)sys(SYS_prlimit64, 0, RLIMIT_FSIZE, address(size), 0, 0);
}

/*** A program ***/

enum { OWN_THREAD, OWN_KEY, OWN_DIRECTORY, OWN_ALONE, OWN_RENEWALS, OWN_PREPARE, OWN_REHEARSE, OWN_TOUR, OWN_EXAMPLE };

/* Read to the end and close. The text, which is PyMem_Free's if it is not room; NULL with an exception. */
static char *
slurp(int fd, char *room, size_t cap, size_t *len)
{
	char *text = room;
	long n;

	*len = 0;
	while ((n = sys(SYS_read, fd, address(text + *len), (long)(cap - *len), 0, 0)) > 0) {
		*len += (size_t)n;
		if (*len < cap)
			continue;
		char *more = text == room ? PyMem_Malloc(2 * cap) : PyMem_Realloc(text, 2 * cap);
		if (more == NULL)
			break;
		for (size_t i = 0; text == room && i < cap; i++)
			more[i] = room[i];
		text = more;
		cap *= 2;
	}
	(void)sys(SYS_close, fd, 0, 0, 0, 0);
	if (n == 0)
		return text;
	if (text != room)
		PyMem_Free(text);
	if (n > 0)
		(void)PyErr_NoMemory();
	else
		PyErr_SetString(PyExc_OSError, "the program cannot be read");
	return NULL;
}

/* Not what is empty. False: an exception. */
static bool
add_part(struct object *list, const char *text, size_t len, const char *name)
{
	if (len == 0)
		return true;
	struct object *s = PyUnicode_DecodeUTF8(text, (intptr_t)len, NULL);
	struct object *part = s == NULL ? NULL : Py_BuildValue("(Ns)", s, name);
	return part != NULL && PyList_Append(list, part) == 0;
}

/* parts(descriptor): [(text, file name)] of what is sent there: see python.py. */
static struct object *
parts(struct object *self, struct object *fd)
{
	char room[8192], *text;
	size_t len, at = 0, size = 0;

	(void)self;
	text = slurp((int)PyLong_AsLong(fd), room, sizeof(room), &len);
	if (text == NULL)
		return NULL;
	while (at < len && text[at] >= '0' && text[at] <= '9')
		size = 10 * size + (size_t)(text[at++] - '0');
	at += at < len;
	if (size > len - at)
		size = len - at;
	struct object *list = PyList_New(0);
	bool ok = list != NULL && add_part(list, text + at, size, "<preload>") &&
	    add_part(list, text + at + size, len - at - size, "<code>");
	if (text != room)
		PyMem_Free(text);
	return ok ? list : NULL;
}

/* In a copy: what is the template's becomes its own; then what is done ahead, if nobody waits. False: an exception. */
static bool
renew(struct object *args)
{
	bool moved = !helper_is_in(PyBytes_AsString(PyTuple_GetItem(args, OWN_DIRECTORY)));

	if ((moved || PyList_Size(PyTuple_GetItem(args, OWN_RENEWALS)) > 0) &&
	    PyObject_CallFunctionObjArgs(PyTuple_GetItem(args, OWN_PREPARE), PyLong_FromLong(moved), NULL) == NULL)
		return false;
	return helper_waited_for() || PyObject_CallObject(PyTuple_GetItem(args, OWN_REHEARSE), NULL) != NULL;
}

/* In the copy, between fork() and its program: as os.fork() does it. */
static void
forked(struct object *args)
{
	struct object *thread = PyTuple_GetItem(args, OWN_THREAD);

	making = thread != &_Py_NoneStruct;
	PyOS_AfterFork_Child();
	if (making && PyDict_SetItem(thread, PyTuple_GetItem(args, OWN_KEY),
	    PyLong_FromLong(sys(SYS_gettid, 0, 0, 0, 0, 0))) != 0)
		PyErr_Clear();
	making = false;
}

/* In such a fork: what copies do, and some; the parts of a program are left to be run. NULL: an exception. */
static struct object *
try(struct object *args)
{
	PyOS_BeforeFork();
	forked(args);
	struct object *prepare = PyTuple_GetItem(args, OWN_PREPARE);
	struct object *moved = PyObject_CallFunctionObjArgs(prepare, PyLong_FromLong(1), NULL);
	memory_tours(true);
	struct object *toured = PyObject_CallObject(PyTuple_GetItem(args, OWN_TOUR), NULL);
	memory_tours(false);
	struct object *rehearsed = PyObject_CallObject(PyTuple_GetItem(args, OWN_REHEARSE), NULL);
	if (moved == NULL || toured == NULL || rehearsed == NULL)
		return NULL;
	return Py_BuildValue("[(Os)]", PyTuple_GetItem(args, OWN_EXAMPLE), "<code>");
}

/*
 * serve((thread, "_native_id", directory, alone, renewals, prepare, rehearse, tour, example)): returns in copies,
 * with the parts of their program. The dictionary is of the only thread that Python knows; None: there are more, or
 * threading is not there. alone: there is no other.
 */
static struct object *
serve(struct object *self, struct object *args)
{
	bool alone = PyTuple_GetItem(args, OWN_ALONE) == &_Py_TrueStruct;
	struct thread_key key = { 0, 0 };

	keep_files_short(false);
	/* What every copy calls and nobody else: it is looked up in all libraries the first time. */
	if (PyThread_tss_create != NULL && PyThread_tss_delete != NULL && PyThread_tss_create(&key) == 0)
		PyThread_tss_delete(&key);
	(void)flush("stdout", false);   /* the interpreter knows then where it finds what that takes */
	(void)flush("stderr", false);
	if (memory_trial != NULL && memory_trial(alone))
		return try(args);
	if (memory_settle != NULL && memory_settle(alone))
		return try(args);
	while (helper_wait()) {
		PyOS_BeforeFork();
		int pid = fork();
		if (pid == 0) {
			helper_enter();
			if (memory_copied != NULL)
				memory_copied();
			forked(args);
			return renew(args) ? parts(self, PyLong_FromLong(helper_ready())) : NULL;
		}
		PyOS_AfterFork_Parent();
		helper_forked(pid);
	}
	leave(0);
}

#define BY_SIGINT (-2)                  /* as after an uncaught KeyboardInterrupt */
#define UNKNOWN (-3)                    /* nothing has come to its end yet, or as nobody but the interpreter knows */
static long exit_status = UNKNOWN;      /* or one of these */

/* show(exception): what the interpreter does with one that reached the top; what is to be raised then. */
static struct object *
show(struct object *self, struct object *exception)
{
	(void)self;
	exit_status = UNKNOWN;
	PyErr_SetObject(exception->type, exception);
	PyErr_PrintEx(1);
	bool interrupt = is_since(PYTHON_3_14) ? PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt) != 0 :
	    exception->type == PyExc_KeyboardInterrupt;
	exit_status = interrupt ? BY_SIGINT : 1;
	return PyObject_CallFunctionObjArgs(PyExc_SystemExit, PyLong_FromLong(1), NULL);
}

/* status(number): of this copy's end, see leave_python(). Nothing that is true. */
static struct object *
status(struct object *self, struct object *number)
{
	(void)self;
	exit_status = PyLong_AsLong(number);
	return PyLong_FromLong(0);
}

/* Interpreters of the program's own, which end before this one. */
static bool
has_interpreters(void)
{
	return PyInterpreterState_Next(PyInterpreterState_Head()) != NULL;
}

/*
 * The last function of atexit's: what can be seen of the finalization that would
 * follow, in its order, with no frame of Python's below, then the end. References
 * are not given back: nothing comes after.
 */
static struct object *
leave_python(struct object *self, struct object *arg)
{
	static const char *const streams[][2] = {
		{ "stdin", "__stdin__" }, { "stdout", "__stdout__" }, { "stderr", "__stderr__" },
	};
	static const char *const last[] = { "last_type", "last_value", "last_traceback", "last_exc" };
	bool ok;

	(void)self;
	(void)arg;
	if (exit_status == UNKNOWN || has_interpreters())
		return PyLong_FromLong(0);
	ok = flush("stdout", true);
	ok = flush("stderr", false) && ok;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		(void)PySys_SetObject(streams[i][0], PySys_GetObject(streams[i][1]));
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		if (PySys_GetObject(last[i]) != NULL)
			(void)PySys_SetObject(last[i], NULL);
	(void)PyGC_Collect();
	struct object *modules = PySys_GetObject("modules");
	/* Without its module a warning is worded as by an interpreter that has no modules any more. */
	if (modules != NULL && (PyDict_SetItemString(modules, "warnings", &_Py_NoneStruct) != 0 ||
	    PyDict_DelItemString(modules, "__main__") != 0))
		PyErr_Clear();
	/* The last collection is made in any case. */
	if (PyGC_Enable != NULL)
		(void)PyGC_Enable();
	else if (PyObject_CallObject(enable_gc, NULL) == NULL)
		PyErr_Clear();
	(void)PyGC_Collect();
	(void)flush("stdout", false);
	(void)flush("stderr", false);
	if (exit_status == BY_SIGINT && ok) {
		helper_interrupt();
		exit_status = 128 + SIGINT;     /* it is blocked */
	}
	exit_status = ok ? exit_status : 120;
	if (memory_tried != NULL)
		memory_tried();
	(void)sys(SYS_prctl, ENTER_EXITING, (exit_status & 0xff) | (helper_leaves() ? ENTER_LEAVES : 0), 0, 0, 0);
	leave((int)exit_status);
}

static const struct method methods[] = {
	{ "hook", hook, ONE_ARG, NULL }, { "shutdown", shorten, ONE_ARG, NULL }, { "parts", parts, ONE_ARG, NULL },
	{ "serve", serve, ONE_ARG, NULL },
	{ "show", show, ONE_ARG, NULL },
	{ "status", status, ONE_ARG, NULL }, { "leave", leave_python, NO_ARG, NULL }, { NULL, NULL, 0, NULL },
};

struct object *
PyInit_helper(void)
{
	static struct module_def def = { .head = { 1, NULL }, .name = "helper", .methods = methods };

	names.closed = PyUnicode_InternFromString("closed");
	names.flush = PyUnicode_InternFromString("flush");
	if (PyGC_Enable == NULL)
		enable_gc = PyObject_GetAttr(PyImport_ImportModule("gc"), PyUnicode_InternFromString("enable"));
	keep_files_short(true);
	return PyModuleDef_Init(&def);
}
