/*
 * fault.c - make one system call of one process fail, or list the calls they make; for test_faults.py.
 *
 *   fault FD WHO CALL K ERRNO -p PID          follow a process that runs, and its children
 *   fault FD WHO CALL K ERRNO COMMAND ARG...  start one
 *
 * WHO 0 is that process, 1 its first child since, 2 the second one, and so on. Its K-th call
 * number CALL (since then) is not made and gives ERRNO; close(2) is made all the same, as in the
 * kernel, whose failed close has closed. WHO -1: nothing fails. Other than strace's, the fault
 * hits no other process that makes the same call.
 *
 * On descriptor FD: "attached", "injected" when that is done, and at the end "WHO CALL" for each call
 * that was made, "WHO -" for an exec: there the process is let go (but not 0). It ends with the
 * last process, or when it is told to (SIGTERM), and lets go of all.
 */
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCS_MAX 256
#define CALLS_MAX 65536
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

#if defined(__x86_64__)
#include <sys/user.h>
typedef struct user_regs_struct registers;
#define RESULT(r) ((r)->rax)
#define FIRST(r) ((r)->rdi)
#elif defined(__aarch64__)
#include <asm/ptrace.h>
typedef struct user_pt_regs registers;
#define RESULT(r) ((r)->regs[0])
#define FIRST(r) ((r)->regs[0])
#else
#error "which registers?"
#endif

static struct proc {
	pid_t pid;
	bool gone, failing, keep;       /* failing: between the entry and the exit of the call */
	long times;
	registers saved;
} procs[PROCS_MAX];
static int n_procs, n_alive;

static struct { short who; int nr; } calls[CALLS_MAX];
static size_t n_calls;

static int out;
static long who, nr, k, error;
static bool done, off;              /* off: the command has not been started yet */

static struct proc *
proc_of(pid_t pid)
{
	for (int i = 0; i < n_procs; i++)
		if (procs[i].pid == pid && !procs[i].gone)
			return &procs[i];
	if (n_procs == PROCS_MAX)
		exit(3);
	n_alive++;
	procs[n_procs] = (struct proc){ .pid = pid };
	return &procs[n_procs++];
}

/* A child's stops, even its end, may be seen before its parent's. */
static bool
is_known(pid_t pid)
{
	for (int i = 0; i < n_procs; i++)
		if (procs[i].pid == pid)
			return true;
	return false;
}

static void
registers_of(pid_t pid, registers *r, bool set)
{
	struct iovec iov = { r, sizeof(*r) };

	(void)ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov);
}

/* Not "no call": a filter would look at that number. Every filter lets close(2) pass. */
static void
make_harmless(struct proc *p)
{
	registers r = p->saved;

	FIRST(&r) = (unsigned long)-1;
#if defined(__x86_64__)
	r.orig_rax = SYS_close;
	registers_of(p->pid, &r, true);
#else
	int number = SYS_close;
	struct iovec iov = { &number, sizeof(number) };

	registers_of(p->pid, &r, true);
	(void)ptrace(PTRACE_SETREGSET, p->pid, (void *)0x404 /* NT_ARM_SYSTEM_CALL */, &iov);
#endif
}

static void
call_stop(struct proc *p)
{
	struct __ptrace_syscall_info info;
	int index = (int)(p - procs);

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		if (n_calls < CALLS_MAX) {
			calls[n_calls].who = (short)index;
			calls[n_calls++].nr = (int)info.entry.nr;
		}
		if (index != who || (long)info.entry.nr != nr || done || off || ++p->times != k)
			return;
		p->failing = done = true;
		registers_of(p->pid, &p->saved, false);
		if (nr != SYS_close)
			make_harmless(p);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->failing) {
		registers r;

		p->failing = false;
		registers_of(p->pid, &r, false);
#if defined(__x86_64__)
		r.rdi = p->saved.rdi;
#endif
		RESULT(&r) = (unsigned long)-error;
		registers_of(p->pid, &r, true);
		(void)dprintf(out, "injected\n");
	}
}

static void
stopped(struct proc *p, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		call_stop(p);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC && p != procs) {
		if (n_calls < CALLS_MAX) {
			calls[n_calls].who = (short)(p - procs);
			calls[n_calls++].nr = -1;
		}
		(void)ptrace(PTRACE_DETACH, p->pid, NULL, NULL);
		p->gone = true;
		n_alive--;
		return;
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, p->pid, NULL, NULL);
		return;
	} else if (event != 0) {
		unsigned long pid;
		if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_VFORK) &&
		    ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &pid) == 0 && !is_known((pid_t)pid))
			(void)proc_of((pid_t)pid);
		sig = 0;
	}
	(void)ptrace(PTRACE_SYSCALL, p->pid, NULL, (void *)(long)sig);
}

static void
take(pid_t pid, int status)
{
	struct proc *p = proc_of(pid);

	if (WIFSTOPPED(status)) {
		stopped(p, status);
		return;
	}
	p->gone = true;
	n_alive--;
}

/* A process in the middle of the fault is first brought through it. */
static void
let_go(void)
{
	int status;

	for (int i = 0; i < n_procs; i++)
		if (!procs[i].gone)
			(void)ptrace(PTRACE_INTERRUPT, procs[i].pid, NULL, NULL);
	while (n_alive > 0) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid == -1 && errno == ECHILD)
			return;
		if (pid == -1)
			continue;
		struct proc *p = proc_of(pid);
		int sig = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		if (!WIFSTOPPED(status)) {
			p->gone = true;
			n_alive--;
			continue;
		}
		if (p->failing) {
			stopped(p, status);
			(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
			continue;
		}
		if (sig == (SIGTRAP | 0x80) || status >> 16 != 0)
			sig = 0;
		(void)ptrace(PTRACE_DETACH, pid, NULL, (void *)(long)sig);
		p->gone = true;
		n_alive--;
	}
}

int
main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	sigset_t set;
	int status;
	pid_t pid;
	bool attach = argc > 7 && strcmp(argv[6], "-p") == 0;

	if (argc < 7)
		return 2;
	out = atoi(argv[1]);
	who = atol(argv[2]);
	nr = atol(argv[3]);
	k = atol(argv[4]);
	error = atol(argv[5]);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	pid = attach ? (pid_t)atol(argv[7]) : fork();
	if (pid == 0) {
		(void)raise(SIGSTOP);
		(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
		(void)close(out);
		(void)execv(argv[6], argv + 6);
		_exit(126);
	}
	if (!attach)
		(void)waitpid(pid, &status, WUNTRACED);
	(void)proc_of(pid);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) == -1 || (attach && ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1)) {
		perror("fault");
		return 1;
	}
	if (!attach)
		(void)kill(pid, SIGCONT);
	bool said = false;
	off = !attach;
	for (bool stop = false; n_alive > 0 && !stop; ) {
		while (n_alive > 0 && (pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
			take(pid, status);
			if (!attach && pid == procs[0].pid && WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC)
				n_calls = 0, off = false;
			if (attach && !said)
				(void)dprintf(out, "attached\n");
			said = true;
		}
		if (n_alive > 0)
			stop = sigwaitinfo(&set, NULL) == SIGTERM;
	}
	let_go();
	for (size_t i = 0; i < n_calls; i++)
		(void)(calls[i].nr == -1 ? dprintf(out, "%d -\n", calls[i].who) : dprintf(out, "%d %d\n", calls[i].who, calls[i].nr));
	return 0;
}
