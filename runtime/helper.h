/* helper.h - between the parts of helper.so. */
#ifndef HELPER_H
#define HELPER_H

#include "../enter.h"

/* No libc is linked: what is not a raw system call is found in the interpreter, or is not there. */
#define WEAK extern __attribute__((weak, visibility("default")))
#define EXPORT __attribute__((visibility("default")))

/* The kernel's struct sigaction. */
struct action {
	union {
		void (*handler)(int);
		void (*informed)(int, const uintptr_t *info, uint64_t *context);        /* SA_SIGINFO */
	};
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* What a handler returns to; a libc would bring its own (sigreturn(2)). */
#if defined(__x86_64__)
#define RESTORER 0x04000000u            /* SA_RESTORER */
void restore(void) __attribute__((visibility("hidden")));
__asm__(".text\n.type restore, @function\nrestore:\n	mov $15, %eax\n	syscall\n.size restore, .-restore\n");
#else
#define RESTORER 0u                     /* the vDSO has one */
#define restore NULL
#endif

/* Any four arguments; the result is the value or a negative errno. */
#define SYS(nr, a, b, c, d) sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* Is this process a copy? */
extern int helper_copy;

/* In the template: 1 when a copy has to be made, by fork() and helper_enter(); 0 when the template has to end. */
int	helper_wait(void);
/* In the template: what fork() returned. */
void	helper_forked(long pid);
/* A module that could not be loaded ahead: for the operator's log. */
void	helper_failed(const char *name, const char *message);
/* The template cannot serve, for this reason. Does not return. */
_Noreturn void	helper_cannot(const char *reason);
/* In the copy, right after fork(): into the jail. Does not return when that fails. */
void	helper_enter(void);
/*
 * In the copy: say that it is ready, wait for its program. Then 0, 1 and 2 are
 * the run's own, and the result is the descriptor of the program's text, which
 * is the caller's. Does not return when nobody needs this copy any more.
 */
int	helper_ready(void);

/* In the copy: is that its scratch directory? */
bool	helper_is_in(const char *directory);
/* In the copy, before helper_ready(): is its program there already, or will it be? */
bool	helper_waited_for(void);
/* In the copy: is there something in its scratch directory? So it is, too, if that cannot be found out. */
bool	helper_leaves(void);
/* In the copy: end by SIGINT, as who was interrupted does. Returns where that is blocked. */
void	helper_interrupt(void);

static inline _Noreturn void
leave(int status)
{
	for (;;)
		(void)sys(SYS_exit_group, status, 0, 0, 0, 0);
}

#endif
