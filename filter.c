/*
 * filter.c - which system calls a run may make, as one table, compiled once to
 * BPF; and the names of those it may not.
 *
 * What is not in the table is refused with EPERM and named: the default action
 * asks the listener (SECCOMP_RET_USER_NOTIF, seccomp_unotify(2)), so the server
 * learns the number. Calls that a libc tries and can live without get an errno
 * at once. A foreign ABI (x32, int 0x80) kills the process.
 *
 * The filter is built before fork and differs per run in one constant, the
 * run's own pid: PID_HERE stands in the compiled program and is replaced in
 * the child's copy.
 */
#include "sandbox.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_HERE 0x7a5e1d05             /* above any pid (PID_MAX_LIMIT is 2^22) */

/* Newer than the oldest headers we build with; the numbers are ABI. */
#define TCGETS2_NR 0x802c542a           /* TCGETS2; the header's needs a struct that libc hides */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef FICLONE
#define FICLONE 0x40049409
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NEW_NS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
    CLONE_NEWNET | CLONE_NEWTIME)

/* When a row holds. */
#define PY  (1u << RT_PYTHON)
#define JS  (1u << RT_NODE)
#define ALL (PY | JS)
#define NET 16u                         /* only with network */
#define NOL 32u                         /* only without a listener */

#define ALLOW                     SCMP_ACT_ALLOW, 0, { { 0 } }
#define REFUSE(e)                 SCMP_ACT_ERRNO(e), 0, { { 0 } }
#define IF(a, mask, val)          SCMP_ACT_ALLOW, 1, { { a, SCMP_CMP_MASKED_EQ, mask, val } }
#define REFUSE_IF(e, a, mask, v)  SCMP_ACT_ERRNO(e), 1, { { a, SCMP_CMP_MASKED_EQ, mask, v } }
#define REFUSE_UNLESS(e, a, v)    SCMP_ACT_ERRNO(e), 1, { { a, SCMP_CMP_NE, v, 0 } }
#define INT 0xffffffffu                 /* the kernel reads an int: the upper half does not count */
#define SOCK(fam, type, proto)    SCMP_ACT_ALLOW, 3, { { 0, SCMP_CMP_MASKED_EQ, INT, fam }, \
    { 1, SCMP_CMP_MASKED_EQ, INT & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC), type }, \
    { 2, SCMP_CMP_MASKED_EQ, INT, proto } }
#define PAIR(type)                SCMP_ACT_ALLOW, 2, { { 0, SCMP_CMP_MASKED_EQ, INT, AF_UNIX }, \
    { 1, SCMP_CMP_MASKED_EQ, INT & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC), type } }
#define OWN(a)                    IF(a, INT, PID_HERE)

static const struct rule {
	int nr;
	unsigned when;
	uint32_t action;
	unsigned nargs;
	struct scmp_arg_cmp arg[3];
	const char *why;
} rules[] = {
	/* Memory. What RLIMIT_DATA does not count (shared and grow-down maps) is only for a runtime that RLIMIT_AS bounds. */
	{ SCMP_SYS(brk),                 ALL, ALLOW,                     "malloc" },
	{ SCMP_SYS(mmap),                PY,  ALLOW,                     "malloc, mmap.mmap; RLIMIT_AS counts all of it" },
	{ SCMP_SYS(mmap),                JS,  IF(3, 0x121, MAP_SHARED),  "a shared file: its pages are the file's" },
	{ SCMP_SYS(mmap),                JS,  IF(3, 0x121, MAP_ANONYMOUS), "malloc; not shared, not MAP_GROWSDOWN" },
	{ SCMP_SYS(mmap),                JS,  IF(3, 0x121, 0),           "shared objects" },
	{ SCMP_SYS(munmap),              ALL, ALLOW,                     "free" },
	{ SCMP_SYS(mprotect),            ALL, ALLOW,                     "loader, JIT, thread stacks" },
	{ SCMP_SYS(mremap),              ALL, ALLOW,                     "realloc of large blocks" },
	{ SCMP_SYS(madvise),             ALL, ALLOW,                     "allocators give pages back" },
	{ SCMP_SYS(msync),               ALL, ALLOW,                     "mmap.flush" },
	{ SCMP_SYS(mincore),             ALL, ALLOW,                     "own pages; glibc's pthread_getattr_np" },
	{ SCMP_SYS(mlock),               ALL, ALLOW,                     "OpenSSL's key memory; bounded by RLIMIT_MEMLOCK" },
	{ SCMP_SYS(mlock2),              ALL, ALLOW,                     "as mlock" },
	{ SCMP_SYS(munlock),             ALL, ALLOW,                     "as mlock" },
	{ SCMP_SYS(pkey_alloc),          ALL, ALLOW,                     "V8 asks at start" },
	{ SCMP_SYS(pkey_free),           ALL, ALLOW,                     "as pkey_alloc" },
	{ SCMP_SYS(pkey_mprotect),       ALL, ALLOW,                     "as pkey_alloc" },
	{ SCMP_SYS(membarrier),          ALL, ALLOW,                     "V8 and JITs" },
	{ SCMP_SYS(mbind),               ALL, ALLOW,                     "OpenBLAS places its buffers; own memory only" },
	{ SCMP_SYS(get_mempolicy),       ALL, ALLOW,                     "OpenBLAS, numpy" },
	{ SCMP_SYS(set_mempolicy),       ALL, ALLOW,                     "OpenBLAS, numpy" },

	/* Files. The fence is the chroot and the owner of each file, not the call. */
	{ SCMP_SYS(read),                ALL, ALLOW,                     "files" },
	{ SCMP_SYS(readv),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(pread64),             ALL, ALLOW,                     "files" },
	{ SCMP_SYS(preadv),              ALL, ALLOW,                     "files" },
	{ SCMP_SYS(preadv2),             ALL, ALLOW,                     "files" },
	{ SCMP_SYS(readahead),           ALL, ALLOW,                     "files" },
	{ SCMP_SYS(write),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(writev),              ALL, ALLOW,                     "files" },
	{ SCMP_SYS(pwrite64),            ALL, ALLOW,                     "files" },
	{ SCMP_SYS(pwritev),             ALL, ALLOW,                     "files" },
	{ SCMP_SYS(pwritev2),            ALL, ALLOW,                     "files" },
	{ SCMP_SYS(lseek),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(open),                ALL, ALLOW,                     "files" },
	{ SCMP_SYS(openat),              ALL, ALLOW,                     "files" },
	{ SCMP_SYS(openat2),             ALL, REFUSE(ENOSYS),            "flags behind a pointer; callers use openat then" },
	{ SCMP_SYS(creat),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(close),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(close_range),         ALL, ALLOW,                     "os.closerange" },
	{ SCMP_SYS(stat),                ALL, ALLOW,                     "files" },
	{ SCMP_SYS(fstat),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(lstat),               ALL, ALLOW,                     "files" },
	{ SCMP_SYS(newfstatat),          ALL, ALLOW,                     "files" },
	{ SCMP_SYS(statx),               ALL, ALLOW,                     "files; libuv" },
	{ SCMP_SYS(statfs),              ALL, ALLOW,                     "os.statvfs, fs.statfs" },
	{ SCMP_SYS(fstatfs),             ALL, ALLOW,                     "as statfs" },
	{ SCMP_SYS(access),              ALL, ALLOW,                     "files" },
	{ SCMP_SYS(faccessat),           ALL, ALLOW,                     "files" },
	{ SCMP_SYS(faccessat2),          ALL, ALLOW,                     "files" },
	{ SCMP_SYS(readlink),            ALL, ALLOW,                     "files" },
	{ SCMP_SYS(readlinkat),          ALL, ALLOW,                     "files" },
	{ SCMP_SYS(getcwd),              ALL, ALLOW,                     "os.getcwd" },
	{ SCMP_SYS(chdir),               ALL, ALLOW,                     "os.chdir" },
	{ SCMP_SYS(fchdir),              ALL, ALLOW,                     "os.fchdir; no descriptor leads outside" },
	{ SCMP_SYS(getdents64),          ALL, ALLOW,                     "os.listdir" },
	{ SCMP_SYS(getdents),            ALL, ALLOW,                     "os.listdir, old libcs" },
	{ SCMP_SYS(rename),              ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(renameat),            ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(renameat2),           ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(mkdir),               ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(mkdirat),             ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(rmdir),               ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(unlink),              ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(unlinkat),            ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(link),                ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(linkat),              ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(symlink),             ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(symlinkat),           ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(mknod),               ALL, IF(1, S_IFMT, S_IFIFO),    "os.mkfifo; devices need a capability besides" },
	{ SCMP_SYS(mknodat),             ALL, IF(2, S_IFMT, S_IFIFO),    "os.mkfifo" },
	{ SCMP_SYS(chmod),               ALL, ALLOW,                     "own files; no_new_privs voids set-uid" },
	{ SCMP_SYS(fchmod),              ALL, ALLOW,                     "as chmod" },
	{ SCMP_SYS(fchmodat),            ALL, ALLOW,                     "as chmod" },
	{ SCMP_SYS(fchmodat2),           ALL, ALLOW,                     "as chmod" },
	{ SCMP_SYS(chown),               ALL, ALLOW,                     "tarfile: to oneself; no CAP_CHOWN" },
	{ SCMP_SYS(fchown),              ALL, ALLOW,                     "as chown" },
	{ SCMP_SYS(lchown),              ALL, ALLOW,                     "as chown" },
	{ SCMP_SYS(fchownat),            ALL, ALLOW,                     "as chown" },
	{ SCMP_SYS(utime),               ALL, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(utimes),              ALL, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(futimesat),           ALL, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(utimensat),           ALL, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(truncate),            ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(ftruncate),           ALL, ALLOW,                     "scratch files" },
	{ SCMP_SYS(fallocate),           ALL, IF(1, INT, 0),             "scratch files; bounded by RLIMIT_FSIZE" },
	{ SCMP_SYS(fallocate),           ALL, REFUSE_UNLESS(EOPNOTSUPP, 1, 0), "FALLOC_FL_KEEP_SIZE passes by RLIMIT_FSIZE" },
	{ SCMP_SYS(fadvise64),           ALL, ALLOW,                     "hint" },
	{ SCMP_SYS(fsync),               ALL, ALLOW,                     "sqlite3" },
	{ SCMP_SYS(fdatasync),           ALL, ALLOW,                     "sqlite3" },
	{ SCMP_SYS(umask),               ALL, ALLOW,                     "own process" },
	{ SCMP_SYS(getxattr),            ALL, ALLOW,                     "shutil.copystat looks" },
	{ SCMP_SYS(lgetxattr),           ALL, ALLOW,                     "as getxattr" },
	{ SCMP_SYS(fgetxattr),           ALL, ALLOW,                     "as getxattr" },
	{ SCMP_SYS(listxattr),           ALL, ALLOW,                     "as getxattr" },
	{ SCMP_SYS(llistxattr),          ALL, ALLOW,                     "as getxattr" },
	{ SCMP_SYS(flistxattr),          ALL, ALLOW,                     "as getxattr" },
	{ SCMP_SYS(dup),                 ALL, ALLOW,                     "descriptors" },
	{ SCMP_SYS(dup2),                ALL, ALLOW,                     "descriptors" },
	{ SCMP_SYS(dup3),                ALL, ALLOW,                     "descriptors" },
	{ SCMP_SYS(fcntl),               ALL, ALLOW,                     "flags and locks of own descriptors" },
	{ SCMP_SYS(flock),               ALL, ALLOW,                     "locks of own descriptors" },
	{ SCMP_SYS(pipe),                ALL, ALLOW,                     "os.pipe, libuv's wake-up" },
	{ SCMP_SYS(pipe2),               ALL, ALLOW,                     "os.pipe, libuv's wake-up" },
	{ SCMP_SYS(sendfile),            ALL, ALLOW,                     "shutil.copyfile" },
	{ SCMP_SYS(copy_file_range),     ALL, ALLOW,                     "os.copy_file_range, fs.copyFile" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TCGETS),        "isatty" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TCGETS2_NR),    "isatty of newer libcs" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TIOCGWINSZ),    "os.get_terminal_size" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TIOCGPGRP),     "readline, getpass" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, FIONREAD),      "bytes waiting in a pipe" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, FIONBIO),       "os.set_blocking, libuv" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, FIOCLEX),       "os.set_inheritable" },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, FIONCLEX),      "os.set_inheritable" },
	{ SCMP_SYS(ioctl),               ALL, REFUSE_IF(EOPNOTSUPP, 1, INT, FICLONE), "fs.copyFile copies then" },

	/* Waiting. */
	{ SCMP_SYS(poll),                ALL, ALLOW,                     "select module" },
	{ SCMP_SYS(ppoll),               ALL, ALLOW,                     "select module" },
	{ SCMP_SYS(select),              ALL, ALLOW,                     "select module" },
	{ SCMP_SYS(pselect6),            ALL, ALLOW,                     "select module, time.sleep" },
	{ SCMP_SYS(epoll_create),        ALL, ALLOW,                     "asyncio, libuv" },
	{ SCMP_SYS(epoll_create1),       ALL, ALLOW,                     "asyncio, libuv" },
	{ SCMP_SYS(epoll_ctl),           ALL, ALLOW,                     "asyncio, libuv" },
	{ SCMP_SYS(epoll_wait),          ALL, ALLOW,                     "asyncio, libuv" },
	{ SCMP_SYS(epoll_pwait),         ALL, ALLOW,                     "libuv" },
	{ SCMP_SYS(epoll_pwait2),        ALL, ALLOW,                     "newer libuv" },
	{ SCMP_SYS(eventfd),             ALL, ALLOW,                     "libuv" },
	{ SCMP_SYS(eventfd2),            ALL, ALLOW,                     "libuv, os.eventfd" },
	{ SCMP_SYS(timerfd_create),      ALL, ALLOW,                     "os.timerfd_create" },
	{ SCMP_SYS(timerfd_settime),     ALL, ALLOW,                     "as timerfd_create" },
	{ SCMP_SYS(timerfd_gettime),     ALL, ALLOW,                     "as timerfd_create" },
	{ SCMP_SYS(signalfd),            ALL, ALLOW,                     "own signals" },
	{ SCMP_SYS(signalfd4),           ALL, ALLOW,                     "own signals" },
	{ SCMP_SYS(io_uring_setup),      ALL, REFUSE(ENOSYS),            "libuv tries it; it would go round this filter" },
	{ SCMP_SYS(io_uring_enter),      ALL, REFUSE(ENOSYS),            "as io_uring_setup" },
	{ SCMP_SYS(io_uring_register),   ALL, REFUSE(ENOSYS),            "as io_uring_setup" },

	/* Threads and the process itself. No second process. */
	{ SCMP_SYS(clone),               ALL, IF(0, THREAD | NEW_NS | CLONE_PTRACE, THREAD), "threads only" },
	{ SCMP_SYS(clone3),              ALL, REFUSE(ENOSYS),            "flags behind a pointer; libc uses clone then" },
	{ SCMP_SYS(execve),              ALL | NOL, ALLOW,                     "the start of the run, once" },
	{ SCMP_SYS(exit),                ALL, ALLOW,                     "threads end" },
	{ SCMP_SYS(exit_group),          ALL, ALLOW,                     "the program ends" },
	{ SCMP_SYS(futex),               ALL, ALLOW,                     "locks" },
	{ SCMP_SYS(set_robust_list),     ALL, ALLOW,                     "libc's thread start" },
	{ SCMP_SYS(get_robust_list),     ALL, ALLOW,                     "own threads" },
	{ SCMP_SYS(set_tid_address),     ALL, ALLOW,                     "libc's start" },
	{ SCMP_SYS(rseq),                ALL, ALLOW,                     "libc's start" },
	{ SCMP_SYS(arch_prctl),          ALL, ALLOW,                     "thread pointer; libc's start" },
	{ SCMP_SYS(gettid),              ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getpid),              ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getppid),             ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getpgrp),             ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getpgid),             ALL, IF(0, INT, 0),            "own identity" },
	{ SCMP_SYS(getpgid),             ALL, OWN(0),                   "own identity" },
	{ SCMP_SYS(getsid),              ALL, IF(0, INT, 0),            "own identity" },
	{ SCMP_SYS(getsid),              ALL, OWN(0),                   "own identity" },
	{ SCMP_SYS(getuid),              ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(geteuid),             ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getgid),              ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getegid),             ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getresuid),           ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getresgid),           ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(getgroups),           ALL, ALLOW,                     "own identity" },
	{ SCMP_SYS(capget),              ALL, ALLOW,                     "Node looks at start; there are none" },
	{ SCMP_SYS(getrlimit),           ALL, ALLOW,                     "resource module" },
	{ SCMP_SYS(setrlimit),           ALL, ALLOW,                     "only downwards" },
	{ SCMP_SYS(prlimit64),           ALL, IF(0, INT, 0),             "own limits, only downwards" },
	{ SCMP_SYS(getrusage),           ALL, ALLOW,                     "resource module" },
	{ SCMP_SYS(times),               ALL, ALLOW,                     "os.times" },
	{ SCMP_SYS(sysinfo),             ALL, ALLOW,                     "os.totalmem, glibc's qsort" },
	{ SCMP_SYS(uname),               ALL, ALLOW,                     "platform module, loader" },
	{ SCMP_SYS(getcpu),              ALL, ALLOW,                     "allocators" },
	{ SCMP_SYS(personality),         ALL, IF(0, INT, 0xffffffff),    "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_SET_NAME),   "thread names" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_NAME),   "thread names" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_SET_VMA),    "allocators name their memory" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_DUMPABLE), "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_SECCOMP), "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_NO_NEW_PRIVS), "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_CAPBSET_READ), "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_PDEATHSIG), "asks, changes nothing" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_SET_TIMERSLACK), "own timers" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_GET_TIMERSLACK), "own timers" },
	{ SCMP_SYS(prctl),               ALL, IF(0, INT, PR_SET_THP_DISABLE), "own memory" },
	{ SCMP_SYS(sched_yield),         ALL, ALLOW,                     "spin locks" },
	{ SCMP_SYS(sched_getaffinity),   ALL, ALLOW,                    "os.cpu_count" },
	{ SCMP_SYS(sched_setaffinity),   ALL, ALLOW,                    "own threads; OpenBLAS" },
	{ SCMP_SYS(sched_getparam),      ALL, ALLOW,                    "pthread_getschedparam" },
	{ SCMP_SYS(sched_getscheduler),  ALL, ALLOW,                    "pthread_getschedparam" },
	{ SCMP_SYS(sched_get_priority_max), ALL, ALLOW,                     "pthread attributes" },
	{ SCMP_SYS(sched_get_priority_min), ALL, ALLOW,                     "pthread attributes" },
	{ SCMP_SYS(sched_rr_get_interval), ALL, IF(0, INT, 0),            "os module" },
	{ SCMP_SYS(sched_rr_get_interval), ALL, OWN(0),                   "os module" },
	{ SCMP_SYS(sched_setscheduler),  ALL, IF(1, INT, SCHED_OTHER),   "no real-time class" },
	{ SCMP_SYS(sched_setscheduler),  ALL, IF(1, INT, SCHED_BATCH),   "no real-time class" },
	{ SCMP_SYS(sched_setscheduler),  ALL, IF(1, INT, SCHED_IDLE),    "no real-time class" },
	{ SCMP_SYS(getpriority),         ALL, ALLOW,                     "os.getpriority" },
	{ SCMP_SYS(setpriority),         ALL, ALLOW,                     "os.nice: own uid, only downwards" },
	{ SCMP_SYS(wait4),               ALL, ALLOW,                     "there are no children: ECHILD" },
	{ SCMP_SYS(waitid),              ALL, ALLOW,                     "there are no children: ECHILD" },

	/* Signals, to itself. */
	{ SCMP_SYS(rt_sigaction),        ALL, ALLOW,                     "signal module" },
	{ SCMP_SYS(rt_sigprocmask),      ALL, ALLOW,                     "signal module" },
	{ SCMP_SYS(rt_sigreturn),        ALL, ALLOW,                     "handlers return" },
	{ SCMP_SYS(rt_sigpending),       ALL, ALLOW,                     "signal module" },
	{ SCMP_SYS(rt_sigsuspend),       ALL, ALLOW,                     "signal module" },
	{ SCMP_SYS(rt_sigtimedwait),     ALL, ALLOW,                     "signal.sigwait" },
	{ SCMP_SYS(sigaltstack),         ALL, ALLOW,                     "faulthandler" },
	{ SCMP_SYS(kill),                ALL, OWN(0),                    "os.kill(os.getpid())" },
	{ SCMP_SYS(kill),                ALL, IF(0, INT, 0),             "own group, which is itself" },
	{ SCMP_SYS(tgkill),              ALL, OWN(0),                    "raise, pthread_kill" },
	{ SCMP_SYS(tkill),               ALL, ALLOW,                     "raise and abort of musl; the uid is the fence" },
	{ SCMP_SYS(rt_sigqueueinfo),     ALL, OWN(0),                    "sigqueue to itself" },
	{ SCMP_SYS(rt_tgsigqueueinfo),   ALL, OWN(0),                    "pthread_sigqueue" },
	{ SCMP_SYS(alarm),               ALL, ALLOW,                     "signal.alarm" },
	{ SCMP_SYS(pause),               ALL, ALLOW,                     "signal.pause" },
	{ SCMP_SYS(setitimer),           ALL, ALLOW,                     "signal.setitimer" },
	{ SCMP_SYS(getitimer),           ALL, ALLOW,                     "signal.getitimer" },
	{ SCMP_SYS(restart_syscall),     ALL, ALLOW,                     "the kernel's own, after SIGCONT" },

	/* Time and chance. */
	{ SCMP_SYS(clock_gettime),       ALL, ALLOW,                     "time" },
	{ SCMP_SYS(clock_getres),        ALL, ALLOW,                     "time" },
	{ SCMP_SYS(clock_nanosleep),     ALL, ALLOW,                     "time.sleep" },
	{ SCMP_SYS(nanosleep),           ALL, ALLOW,                     "time.sleep" },
	{ SCMP_SYS(gettimeofday),        ALL, ALLOW,                     "time" },
	{ SCMP_SYS(time),                ALL, ALLOW,                     "time" },
	{ SCMP_SYS(timer_create),        ALL, ALLOW,                     "own timers; bounded by RLIMIT_SIGPENDING" },
	{ SCMP_SYS(timer_settime),       ALL, ALLOW,                     "own timers" },
	{ SCMP_SYS(timer_gettime),       ALL, ALLOW,                     "own timers" },
	{ SCMP_SYS(timer_getoverrun),    ALL, ALLOW,                     "own timers" },
	{ SCMP_SYS(timer_delete),        ALL, ALLOW,                     "own timers" },
	{ SCMP_SYS(getrandom),           ALL, ALLOW,                     "hash seeds, secrets" },

	/* Sockets: a pair to itself always; the network only when asked for. */
	{ SCMP_SYS(socketpair),          ALL, PAIR(SOCK_STREAM),         "asyncio's wake-up" },
	{ SCMP_SYS(socketpair),          ALL, PAIR(SOCK_SEQPACKET),      "a datagram one could send to any path" },
	{ SCMP_SYS(sendto),              ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(recvfrom),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(sendmsg),             ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(recvmsg),             ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(sendmmsg),            ALL, ALLOW,                     "glibc's resolver" },
	{ SCMP_SYS(recvmmsg),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(shutdown),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getsockname),         ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getpeername),         ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getsockopt),          ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(setsockopt),          ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(socket),              ALL, REFUSE_IF(EACCES, 0, INT, AF_UNIX), "libc asks for nscd at each name look-up" },
	{ SCMP_SYS(socket),              ALL, REFUSE_IF(EAFNOSUPPORT, 0, INT, AF_NETLINK), "getaddrinfo does without" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET, SOCK_STREAM, 0), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET, SOCK_STREAM, IPPROTO_TCP), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET, SOCK_DGRAM, 0), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET, SOCK_DGRAM, IPPROTO_UDP), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET6, SOCK_STREAM, 0), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET6, SOCK_STREAM, IPPROTO_TCP), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET6, SOCK_DGRAM, 0), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), "DNS, UDP out" },
	{ SCMP_SYS(connect),             ALL | NET, ALLOW,                     "out" },
	{ SCMP_SYS(bind),                ALL | NET, ALLOW,                     "a source address; listen stays refused" },
};

/*** Building ***/

/* The calls of allowed_syscalls, resolved. */
struct allowed {
	int nr[256];
	size_t n;
};

static int
resolve(struct slice item, int *nr)
{
	char name[CALL_NAME_MAX];
	int64_t number;

	if (parse_int(item, 0, 4095, &number) == 0) {
		*nr = (int)number;
		return 0;
	}
	if (item.n == 0 || item.n >= sizeof(name))
		return -1;
	memcpy(name, item.p, item.n);
	name[item.n] = '\0';
	*nr = seccomp_syscall_resolve_name(name);
	return *nr == __NR_SCMP_ERROR ? -1 : 0;
}

static int
parse_allowed(const char *list, struct allowed *a, char *why, size_t whylen)
{
	a->n = 0;
	for (const char *p = list; *p != '\0'; ) {
		size_t n = strcspn(p, ",");
		if (a->n == LEN(a->nr)) {
			(void)snprintf(why, whylen, "allowed_syscalls: more than %zu calls", LEN(a->nr));
			return -1;
		}
		if (resolve((struct slice){ p, n }, &a->nr[a->n]) == -1) {
			(void)snprintf(why, whylen, "allowed_syscalls: no system call is called %.*s", (int)n, p);
			return -1;
		}
		a->n++;
		p += n + (p[n] == ',');
	}
	return 0;
}

static bool
is_allowed(const struct allowed *a, int nr)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->nr[i] == nr)
			return true;
	return false;
}

static bool
holds(const struct rule *r, const struct filter_spec *spec)
{
	if ((r->when & (1u << spec->runtime)) == 0)
		return false;
	if ((r->when & NET) != 0 && !spec->network)
		return false;
	return (r->when & NOL) == 0 || !spec->listener;
}

/* 0 or a negative errno. */
static int
add_rules(scmp_filter_ctx ctx, const struct filter_spec *spec, const struct allowed *extra)
{
	for (size_t i = 0; i < LEN(rules); i++) {
		const struct rule *r = &rules[i];
		/* A negative number: this machine's ABI has no such call. */
		if (r->nr < 0 || !holds(r, spec) || is_allowed(extra, r->nr))
			continue;
		int rc = seccomp_rule_add_array(ctx, r->action, r->nr, r->nargs, r->arg);
		if (rc != 0)
			return rc;
	}
	for (size_t i = 0; i < extra->n; i++) {
		int rc = extra->nr[i] < 0 ? 0 : seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, extra->nr[i], 0, NULL);
		if (rc != 0 && rc != -EEXIST)
			return rc;
	}
	if (is_allowed(extra, SCMP_SYS(sendmsg)))
		return 0;
	/* The child hands the listener over with the filter already on; the program can never hold that number. */
	struct scmp_arg_cmp on_report = { 0, SCMP_CMP_EQ, (scmp_datum_t)spec->report_fd, 0 };
	int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, &on_report);
	return rc == -EEXIST ? 0 : rc;
}

/* The compiled program, read back from libseccomp. 0 or a negative errno. */
static int
export_program(scmp_filter_ctx ctx, struct filter *f)
{
	int fd = (int)syscall(SYS_memfd_create, "filter", 1u /* MFD_CLOEXEC */);
	struct stat st;

	if (fd == -1)
		return -errno;
	int rc = seccomp_export_bpf(ctx, fd);
	if (rc == 0 && fstat(fd, &st) == -1)
		rc = -errno;
	if (rc == 0 && (st.st_size == 0 || st.st_size % (off_t)sizeof(struct sock_filter) != 0 ||
	    st.st_size / (off_t)sizeof(struct sock_filter) > BPF_MAXINSNS))
		rc = -E2BIG;
	if (rc == 0) {
		f->len = (unsigned short)(st.st_size / (off_t)sizeof(struct sock_filter));
		f->prog = malloc((size_t)st.st_size);
		if (f->prog == NULL || pread(fd, f->prog, (size_t)st.st_size, 0) != st.st_size)
			rc = -ENOMEM;
	}
	(void)close(fd);
	return rc;
}

/* Replace the placeholder; the number of places. */
static size_t
patch_pid(struct filter *f, uint32_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++) {
		struct sock_filter *in = &f->prog[i];
		if (BPF_CLASS(in->code) == BPF_JMP && BPF_SRC(in->code) == BPF_K && in->k == PID_HERE) {
			in->k = pid;
			n++;
		}
	}
	return n;
}

int
filter_build(struct filter *f, const struct filter_spec *spec, char *why, size_t n)
{
	static struct allowed extra;
	scmp_filter_ctx ctx;

	if (parse_allowed(spec->allowed, &extra, why, n) == -1)
		return -1;
	f->listener = spec->listener;
	ctx = seccomp_init(spec->listener ? SCMP_ACT_NOTIFY : SCMP_ACT_ERRNO(EPERM));
	int rc = ctx == NULL ? -ENOMEM : seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)            /* a binary tree: some 8 comparisons instead of 200 */
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = add_rules(ctx, spec, &extra);
	if (rc == 0)
		rc = export_program(ctx, f);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (rc != 0) {
		(void)snprintf(why, n, "seccomp filter for %s: %s", runtime_name(spec->runtime), strerror(-rc));
		return -1;
	}
	/* A check that cannot be skipped: if the compiler ever hides the constant, kill() would be open to no pid or all. */
	if (patch_pid(f, PID_HERE) == 0 && !is_allowed(&extra, SCMP_SYS(kill))) {
		(void)snprintf(why, n, "seccomp filter for %s: the place of the own pid is not there", runtime_name(spec->runtime));
		return -1;
	}
	return 0;
}

/*** Loading, in the child ***/

int
filter_load(struct filter *f, pid_t self)
{
	(void)patch_pid(f, (uint32_t)self);
	struct sock_fprog prog = { .len = f->len, .filter = f->prog };
	unsigned flags = f->listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

bool
filter_listener_works(void)
{
	struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog prog = { .len = 1, .filter = allow };
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return false;
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
			_exit(1);
		long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
		_exit(fd >= 0 ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/*** Names ***/

void
filter_name(int nr, char *name, size_t n)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

	if (known != NULL)
		(void)snprintf(name, n, "%s", known);
	else
		(void)snprintf(name, n, "syscall_%d", nr);
	free(known);
}

const char *
filter_hint(const char *name, bool network)
{
	static const char *const sockets[] = { "socket", "connect", "bind" };

	for (size_t i = 0; i < LEN(sockets); i++)
		if (!network && strcmp(name, sockets[i]) == 0)
			return "the run did not ask for enable_network";
	return "allowed_syscalls can add it";
}

bool
filter_is_exec(int nr)
{
	return nr == SCMP_SYS(execve);
}

bool
filter_exec_unseen(const char *allowed)
{
	static struct allowed a;
	char why[128];

	return parse_allowed(allowed, &a, why, sizeof(why)) == 0 && is_allowed(&a, SCMP_SYS(execve));
}

static const char *
verdict_of(const struct rule *r)
{
	if (r->action != SCMP_ACT_ALLOW)
		return r->nargs > 0 ? "errno-if" : "errno";
	return r->nargs > 0 ? "allow-if" : "allow";
}

int
filter_list(struct buf *out)
{
	for (size_t i = 0; i < LEN(rules); i++) {
		const struct rule *r = &rules[i];
		char name[CALL_NAME_MAX];

		if (r->nr < 0)
			continue;
		filter_name(r->nr, name, sizeof(name));
		if (buf_printf(out, "%-24s %-9s %-7s %s\n", name, verdict_of(r), (r->when & NET) != 0 ? "network" :
		    (r->when & ALL) == ALL ? "both" : (r->when & PY) != 0 ? "python3" : "nodejs", r->why) == -1)
			return -1;
	}
	return 0;
}

int
filter_confine(char *why, size_t n)
{
	(void)why;
	(void)n;
	return 0;
}
