/*
 * helper_python.c - helper.so as an extension module of CPython 3.8 and later,
 * without its headers: what is used is the stable ABI (PEP 384).
 */
#include "helper.h"

#include <stddef.h>
#include <stdint.h>

struct object { intptr_t refs; struct object *type; };

struct method {
	const char *name;
	struct object *(*call)(struct object *self, struct object *arg);
	int flags;
	const char *doc;
};

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
WEAK struct object *PyObject_GetAttrString(struct object *, const char *);
WEAK int PyObject_IsTrue(struct object *);
WEAK struct object *PyObject_CallMethod(struct object *, const char *name, const char *format, ...);
WEAK int PyDict_SetItemString(struct object *, const char *, struct object *);
WEAK int PyDict_DelItemString(struct object *, const char *);
WEAK intptr_t PyGC_Collect(void);
WEAK struct object *PyCFunction_NewEx(const struct method *, struct object *self, struct object *module);
WEAK struct object *PyObject_CallObject(struct object *, struct object *args);
WEAK int PyObject_SetAttrString(struct object *, const char *, struct object *);
WEAK struct object *PyTuple_GetItem(struct object *, intptr_t);
WEAK char *PyBytes_AsString(struct object *);
WEAK struct object _Py_NoneStruct;
WEAK void PyErr_Clear(void);
WEAK void PyOS_BeforeFork(void);
WEAK void PyOS_AfterFork_Parent(void);
WEAK void PyOS_AfterFork_Child(void);
WEAK void PyErr_SetObject(struct object *type, struct object *value);
WEAK void PyErr_PrintEx(int set_last);
WEAK void PyErr_WriteUnraisable(struct object *);
WEAK int fork(void);

/* memory.c, where it has been preloaded: after the imports; and in a copy. */
WEAK void memory_settle(void);
WEAK void memory_copied(void);

EXPORT struct object *PyInit_helper(void);

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

/*
 * serve((thread, directory)): returns in copies: is the directory not theirs? The
 * thread is the only one that Python knows; None: there are more.
 */
static struct object *
serve(struct object *self, struct object *args)
{
	struct object *thread = PyTuple_GetItem(args, 0);
	const char *directory = PyBytes_AsString(PyTuple_GetItem(args, 1));

	(void)self;
	if (memory_settle != NULL)
		memory_settle();
	while (helper_wait()) {
		PyOS_BeforeFork();
		int pid = fork();
		if (pid == 0) {
			helper_enter();
			if (memory_copied != NULL)
				memory_copied();
			making = thread != &_Py_NoneStruct;
			PyOS_AfterFork_Child();
			if (making && PyObject_SetAttrString(thread, "_native_id",
			    PyLong_FromLong(sys(SYS_gettid, 0, 0, 0, 0, 0))) != 0)
				PyErr_Clear();
			making = false;
			return PyLong_FromLong(!helper_is_in(directory));
		}
		PyOS_AfterFork_Parent();
		helper_forked(pid);
	}
	leave(0);
}

/* waited_for(): in a copy: is its program there already, so that what could be done ahead would only make it wait? */
static struct object *
waited_for(struct object *self, struct object *arg)
{
	(void)self;
	(void)arg;
	return PyLong_FromLong(helper_waited_for());
}

/* program(): in a copy, waits; the descriptor of the program. */
static struct object *
program(struct object *self, struct object *arg)
{
	(void)self;
	(void)arg;
	return PyLong_FromLong(helper_ready());
}

#define BY_SIGINT (-2)                  /* as after an uncaught KeyboardInterrupt */
#define UNKNOWN (-3)                    /* an excepthook raised SystemExit: the interpreter alone knows with what */
static long exit_status;                /* or one of these */

/* show(exception): what the interpreter does with one that reached the top. */
static struct object *
show(struct object *self, struct object *exception)
{
	(void)self;
	exit_status = UNKNOWN;
	PyErr_SetObject(exception->type, exception);
	PyErr_PrintEx(1);
	return PyLong_FromLong(0);
}


/* status(number): of this copy's end, see leave(). */
static struct object *
status(struct object *self, struct object *number)
{
	(void)self;
	exit_status = PyLong_AsLong(number);
	return PyLong_FromLong(0);
}

/* As flush_std_files() of CPython does it: a failure of stdout's is told and makes the status 120. */
static bool
flush(const char *name, bool tell)
{
	struct object *stream = PySys_GetObject(name), *closed, *done;
	bool ok = true;

	if (stream == NULL || stream == &_Py_NoneStruct)
		return true;
	closed = PyObject_GetAttrString(stream, "closed");
	int is_closed = closed == NULL ? 0 : PyObject_IsTrue(closed);
	PyErr_Clear();
	if (is_closed == 1)
		return true;
	done = PyObject_CallMethod(stream, "flush", NULL);
	if (done == NULL) {
		ok = false;
		if (tell)
			PyErr_WriteUnraisable(stream);
		else
			PyErr_Clear();
	}
	return ok;
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
	if (exit_status == UNKNOWN)
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
	(void)PyGC_Collect();
	(void)flush("stdout", false);
	(void)flush("stderr", false);
	if (exit_status == BY_SIGINT && ok)
		helper_interrupt();
	leave(ok ? (int)exit_status : 120);
}

static const struct method methods[] = {
	{ "hook", hook, ONE_ARG, NULL }, { "serve", serve, ONE_ARG, NULL }, { "waited_for", waited_for, NO_ARG, NULL },
	{ "program", program, NO_ARG, NULL }, { "show", show, ONE_ARG, NULL },
	{ "status", status, ONE_ARG, NULL }, { "leave", leave_python, NO_ARG, NULL }, { NULL, NULL, 0, NULL },
};

struct object *
PyInit_helper(void)
{
	static struct module_def def = { .head = { 1, NULL }, .name = "helper", .methods = methods };

	return PyModuleDef_Init(&def);
}
