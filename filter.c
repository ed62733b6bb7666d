/*
 * filter.c - which system calls a run may make, as one table, compiled once to
 * BPF; the names of those it may not; and a shorter table for the server itself.
 *
 * What is not in the table is refused with EPERM and named: the default action
 * asks the listener (SECCOMP_RET_USER_NOTIF, seccomp_unotify(2)), so the server
 * learns the number. Calls that a libc tries and can live without get an errno
 * at once. A foreign ABI (x32, int 0x80) kills the process. What libseccomp compiles
 * is then made shorter, for it is loaded by every run.
 *
 * The filter is built before fork and differs per run in one constant, the
 * run's own pid (and, without a listener, the address of the path of its one
 * execve): PID_HERE stands in the compiled program and is replaced in
 * the child's copy.
 *
 * Where every run has a uid of its own, that uid is the fence around calls that
 * name another process. Where there is but one for all (shared_uid), such calls
 * reach the own process only, and allowed_syscalls may not add another of them.
 */
#include "sandbox.h"
#include "enter.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NEEDS_OWN_UID "needs a uid of its own for each run, which needs root"

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

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLKW 38
#endif
#ifndef F_GET_RW_HINT
#define F_GET_RW_HINT 1035
#define F_SET_RW_HINT 1036
#endif

/* A sanitizer's runtime opens files and forks: a build with one does not confine itself. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NEW_NS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
    CLONE_NEWNET | CLONE_NEWTIME)

/* When a row holds. */
#define PY  (1u << RT_PYTHON)
#define JS  (1u << RT_NODE)
#define ALL (PY | JS)
#define TPL 4u                          /* only for a template, on its way and to make copies */
#define TRE 8u                          /* only where no path leads to files that this uid owns, but its own */
#define NET 16u                         /* only with network */
#define NOL 32u                         /* only without a listener */
#define SHR 64u                         /* only where runs and server share a uid */
#define OWU 128u                        /* only where a run has a uid of its own */

#define QUIET(why)                NULL  /* no run is allowed it: filter_list() has nothing to say */

#define ALLOW                     0, 0, { { 0 } }
#define REFUSE(e)                 e, 0, { { 0 } }
#define EQ(a, m, v)               { .mask = m, .value = v, .arg = a }
#define IF(a, m, v)               0, 1, { EQ(a, m, v) }
#define IF2(a, u, b, v)           0, 2, { EQ(a, INT, u), EQ(b, INT, v) }
#define REFUSE_IF(e, a, m, v)     e, 1, { EQ(a, m, v) }
#define REFUSE_UNLESS(e, a, v)    e, 1, { { .value = v, .arg = a, .op = NE } }
#define INT 0xffffffffu                 /* the kernel reads an int: the upper half does not count */
#define TYPE (INT & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC))
#define SOCK(e, fam, type, proto) e, 3, { EQ(0, INT, fam), EQ(1, TYPE, type), EQ(2, INT, proto) }
#define PAIR(type)                0, 2, { EQ(0, INT, AF_UNIX), EQ(1, TYPE, type) }
#define EQ64(a, v)                0, 1, { { .value = v, .arg = a, .op = SAME } }
#define THE_PATH                  0, 1, { { .arg = 0, .op = PATH } }
#define OWN(a)                    IF(a, INT, PID_HERE)

/* On one argument: the bits of mask have this value; or all of it another (NE), this (SAME), or the path's (PATH). */
struct cond {
	uint32_t mask, value;
	uint8_t arg;
	enum { MASKED, NE, SAME, PATH } op : 8;
};

static const struct rule {
	int16_t nr;                     /* negative: this machine's ABI has no such call */
	uint8_t when;
	uint8_t error;                  /* refused at once with this errno; 0: allowed */
	uint8_t n;
	struct cond conds[3];           /* n of them, all of which must hold */
	const char *why;                /* for filter_list() */
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
	{ SCMP_SYS(chmod),               ALL | TRE, ALLOW,                     "own files; no_new_privs voids set-uid" },
	{ SCMP_SYS(fchmod),              ALL, ALLOW,                     "as chmod" },
	{ SCMP_SYS(fchmodat),            ALL | TRE, ALLOW,                     "as chmod" },
	{ SCMP_SYS(fchmodat2),           ALL | TRE, ALLOW,                     "as chmod" },
	{ SCMP_SYS(chown),               ALL | TRE, ALLOW,                     "tarfile: to oneself; no CAP_CHOWN" },
	{ SCMP_SYS(fchown),              ALL, ALLOW,                     "as chown" },
	{ SCMP_SYS(lchown),              ALL | TRE, ALLOW,                     "as chown" },
	{ SCMP_SYS(fchownat),            ALL | TRE, ALLOW,                     "as chown" },
	{ SCMP_SYS(utime),               ALL | TRE, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(utimes),              ALL | TRE, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(futimesat),           ALL | TRE, ALLOW,                     "shutil.copystat" },
	{ SCMP_SYS(utimensat),           ALL | TRE, ALLOW,               "shutil.copystat" },
	{ SCMP_SYS(utimensat),           ALL, EQ64(1, 0),                "os.utime of a descriptor; times have no fence" },
	{ SCMP_SYS(truncate),            ALL | TRE, ALLOW,                     "scratch files" },
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
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~7u, F_DUPFD), "0 to 7: flags, locks; F_NOTIFY would spy" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~2u, F_GETOWN),  "F_GETSIG too; F_SETOWN would be kill" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, 16),              "F_GETOWN_EX: asks, changes nothing" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~1u, F_OFD_GETLK), "36, 37: locks" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, F_OFD_SETLKW),    "locks" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, F_GETLEASE),      "asks; F_SETLEASE makes others wait" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, 1027),            "F_DUPFD_QUERY: own descriptors" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~1u, F_DUPFD_CLOEXEC), "F_SETPIPE_SZ too" },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~3u, F_GETPIPE_SZ), "seals; F_SET_RW_HINT marks an inode" },
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
	{ SCMP_SYS(execve),              ALL | NOL, THE_PATH,  "the start of the run; no one can guess the address" },
	{ SCMP_SYS(exit),                ALL, ALLOW,                     "threads end" },
	{ SCMP_SYS(exit_group),          ALL, ALLOW,                     "the program ends" },
	{ SCMP_SYS(futex),               ALL, ALLOW,                     "locks" },
	{ SCMP_SYS(set_robust_list),     ALL, ALLOW,                     "libc's thread start" },
	{ SCMP_SYS(get_robust_list),     ALL | OWU, ALLOW, "own threads" },
	{ SCMP_SYS(get_robust_list),     ALL | SHR, IF(0, INT, 0), "the calling thread, not the server's" },
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
	{ SCMP_SYS(sched_setaffinity),   ALL | OWU, ALLOW, "own threads; OpenBLAS" },
	{ SCMP_SYS(sched_setaffinity),   ALL | SHR, IF(0, INT, 0), "the calling thread" },
	{ SCMP_SYS(sched_setaffinity),   ALL | SHR, OWN(0), "own process" },
	{ SCMP_SYS(sched_getparam),      ALL, ALLOW,                    "pthread_getschedparam" },
	{ SCMP_SYS(sched_getscheduler),  ALL, ALLOW,                    "pthread_getschedparam" },
	{ SCMP_SYS(sched_get_priority_max), ALL, ALLOW,                     "pthread attributes" },
	{ SCMP_SYS(sched_get_priority_min), ALL, ALLOW,                     "pthread attributes" },
	{ SCMP_SYS(sched_rr_get_interval), ALL, IF(0, INT, 0),            "os module" },
	{ SCMP_SYS(sched_rr_get_interval), ALL, OWN(0),                   "os module" },
	{ SCMP_SYS(sched_setscheduler),  ALL | OWU, IF(1, INT, SCHED_OTHER), "no real-time class" },
	{ SCMP_SYS(sched_setscheduler),  ALL | OWU, IF(1, INT, SCHED_BATCH), "no real-time class" },
	{ SCMP_SYS(sched_setscheduler),  ALL | OWU, IF(1, INT, SCHED_IDLE), "no real-time class" },
	{ SCMP_SYS(sched_setscheduler),  ALL | SHR, IF2(0, 0, 1, SCHED_OTHER), "of the calling thread" },
	{ SCMP_SYS(sched_setscheduler),  ALL | SHR, IF2(0, 0, 1, SCHED_BATCH), "of the calling thread" },
	{ SCMP_SYS(sched_setscheduler),  ALL | SHR, IF2(0, 0, 1, SCHED_IDLE), "of the calling thread" },
	{ SCMP_SYS(getpriority),         ALL, IF2(0, PRIO_PROCESS, 1, 0),  "os.getpriority, not who else is there" },
	{ SCMP_SYS(getpriority),         ALL, IF2(0, PRIO_PROCESS, 1, PID_HERE), "as with 0" },
	{ SCMP_SYS(setpriority),         ALL, IF2(0, PRIO_PROCESS, 1, 0),  "os.nice: only downwards" },
	{ SCMP_SYS(setpriority),         ALL, IF2(0, PRIO_PROCESS, 1, PID_HERE), "as with 0" },
	{ SCMP_SYS(pidfd_open),          ALL, REFUSE_IF(ENOSYS, 0, INT, PID_HERE), "asyncio tries it from Python 3.14 on" },
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
	{ SCMP_SYS(tkill),               ALL | OWU, ALLOW, "raise and abort of musl; the uid is the fence" },
	{ SCMP_SYS(tkill),               ALL | SHR, OWN(0), "raise and abort of musl, in the first thread" },
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
	{ SCMP_SYS(sendto),              ALL, IF(3, MSG_FASTOPEN, 0),      "not connect by another name" },
	{ SCMP_SYS(recvfrom),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(sendmsg),             ALL, IF(2, MSG_FASTOPEN, 0),      "as sendto" },
	{ SCMP_SYS(recvmsg),             ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(sendmmsg),            ALL, IF(3, MSG_FASTOPEN, 0),      "glibc's resolver" },
	{ SCMP_SYS(recvmmsg),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(shutdown),            ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getsockname),         ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getpeername),         ALL, ALLOW,                     "only on a socket it could get" },
	{ SCMP_SYS(getsockopt),          ALL, ALLOW,                     "only on a socket it could get" },
	/* Not SO_SNDBUF, SO_RCVBUF and their like: buffers are memory that no limit of a process counts. */
	{ SCMP_SYS(setsockopt),          ALL, IF(1, INT, IPPROTO_IP), "sockets" },
	{ SCMP_SYS(setsockopt),          ALL, IF(1, INT, IPPROTO_TCP), "TCP_NODELAY" },
	{ SCMP_SYS(setsockopt),          ALL, IF(1, INT, IPPROTO_UDP), "sockets" },
	{ SCMP_SYS(setsockopt),          ALL, IF(1, INT, IPPROTO_IPV6), "IPV6_V6ONLY" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_REUSEADDR), "servers and clients set it" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_REUSEPORT), "as SO_REUSEADDR" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_BROADCAST), "UDP" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_KEEPALIVE), "HTTP clients" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_LINGER), "own socket" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_OOBINLINE), "own socket" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_RCVTIMEO), "time-outs" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_SNDTIMEO), "time-outs" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_ERROR), "an error of its own" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_DONTROUTE), "own socket" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_RCVLOWAT), "own socket" },
	{ SCMP_SYS(setsockopt),          ALL, IF2(1, SOL_SOCKET, 2, SO_PASSCRED), "own socket" },
	{ SCMP_SYS(socket),              ALL, REFUSE_IF(EACCES, 0, INT, AF_UNIX), "libc asks for nscd at each name look-up" },
	{ SCMP_SYS(socket),              ALL, SOCK(EAFNOSUPPORT, AF_NETLINK, SOCK_RAW, 0), "getaddrinfo does without" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET, SOCK_STREAM, 0), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET, SOCK_STREAM, IPPROTO_TCP), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET, SOCK_DGRAM, 0), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET, SOCK_DGRAM, IPPROTO_UDP), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET6, SOCK_STREAM, 0), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET6, SOCK_STREAM, IPPROTO_TCP), "TCP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET6, SOCK_DGRAM, 0), "DNS, UDP out" },
	{ SCMP_SYS(socket),              ALL | NET, SOCK(0, AF_INET6, SOCK_DGRAM, IPPROTO_UDP), "DNS, UDP out" },
	{ SCMP_SYS(connect),             ALL | NET, ALLOW,                     "out" },
	{ SCMP_SYS(bind),                ALL | NET, ALLOW,                     "a source address; listen stays refused" },

	/* A template: copies, and their way into the jail; each loads the list above on top of its own. */
	{ SCMP_SYS(fork),                ALL | TPL, ALLOW,               QUIET("fork of musl") },
	{ SCMP_SYS(clone),               ALL | TPL, IF(0, THREAD | NEW_NS | CLONE_PTRACE | CLONE_PARENT, 0), QUIET("glibc") },
	{ SCMP_SYS(setsid),              ALL | TPL, ALLOW,               QUIET("a copy's session") },
	{ SCMP_SYS(setresgid),           ALL | TPL | OWU, ALLOW,         QUIET("a copy's slot; filter_uids() says which") },
	{ SCMP_SYS(setresuid),           ALL | TPL | OWU, ALLOW,         QUIET("as setresgid") },
	{ SCMP_SYS(capset),              ALL | TPL, ALLOW,               QUIET("a copy drops what the template has") },
	{ SCMP_SYS(prctl),               ALL | TPL, IF(0, INT, PR_SET_PDEATHSIG), QUIET("a copy's way in") },
	{ SCMP_SYS(prctl),               ALL | TPL, IF(0, INT, PR_SET_DUMPABLE), QUIET("a copy's way in") },
	{ SCMP_SYS(prctl),               ALL | TPL, IF(0, INT, PR_SET_NO_NEW_PRIVS), QUIET("a copy's way in") },
	{ SCMP_SYS(prctl),               ALL | TPL, IF(0, INT, PR_CAP_AMBIENT), QUIET("a copy's way in") },
	{ SCMP_SYS(landlock_restrict_self), ALL | TPL, ALLOW,            QUIET("a copy's way in") },
	{ SCMP_SYS(seccomp),             ALL | TPL, IF(0, INT, SECCOMP_SET_MODE_FILTER), QUIET("a copy's way in") },
};

/* The server, when everything that needs a right is done: its memory; sockets, pipes and listeners that are open. */
static const struct rule server_rules[] = {
	{ SCMP_SYS(brk),                 ALL, ALLOW,                     QUIET("malloc") },
	{ SCMP_SYS(mmap),                ALL, IF(2, PROT_EXEC, 0),       QUIET("malloc; no new code") },
	{ SCMP_SYS(mprotect),            ALL, IF(2, PROT_EXEC, 0),       QUIET("malloc; no new code") },
	{ SCMP_SYS(munmap),              ALL, ALLOW,                     QUIET("free") },
	{ SCMP_SYS(mremap),              ALL, ALLOW,                     QUIET("realloc; keeps the protection") },
	{ SCMP_SYS(madvise),             ALL, ALLOW,                     QUIET("free") },
	{ SCMP_SYS(read),                ALL, ALLOW,                     QUIET("clients, output of runs, signalfd") },
	{ SCMP_SYS(readv),               ALL, ALLOW,                     QUIET("stdio of musl") },
	{ SCMP_SYS(pread64),             ALL, ALLOW,                     QUIET("files that are open") },
	{ SCMP_SYS(write),               ALL, ALLOW,                     QUIET("the code of a run, the log") },
	{ SCMP_SYS(writev),              ALL, ALLOW,                     QUIET("stdio of musl, the last words of glibc") },
	{ SCMP_SYS(lseek),               ALL, ALLOW,                     QUIET("the code of a run, stdio") },
	{ SCMP_SYS(close),               ALL, ALLOW,                     QUIET("descriptors") },
	{ SCMP_SYS(fstat),               ALL, ALLOW,                     QUIET("stdio") },
	{ SCMP_SYS(newfstatat),          ALL, IF(3, AT_EMPTY_PATH, AT_EMPTY_PATH), QUIET("fstat of glibc") },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT & ~7u, F_DUPFD), QUIET("0 to 7: F_SETFL, F_SETFD") },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, F_DUPFD_CLOEXEC), QUIET("descriptors") },
	{ SCMP_SYS(fcntl),               ALL, IF(1, INT, F_ADD_SEALS),   QUIET("the code of a run") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TIOCGWINSZ),    QUIET("is it a terminal: stdio of musl") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, TCGETS),        QUIET("is it a terminal: stdio of glibc") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, SECCOMP_IOCTL_NOTIF_RECV), QUIET("refused calls of runs") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, SECCOMP_IOCTL_NOTIF_SEND), QUIET("their answers") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, SECCOMP_IOCTL_NOTIF_ID_VALID), QUIET("does the caller still wait") },
	{ SCMP_SYS(ioctl),               ALL, IF(1, INT, FIONREAD),      QUIET("what a run printed before its exit") },
	{ SCMP_SYS(pipe),                ALL, ALLOW,                     QUIET("output of runs") },
	{ SCMP_SYS(pipe2),               ALL, ALLOW,                     QUIET("output of runs") },
	{ SCMP_SYS(memfd_create),        ALL, ALLOW,                     QUIET("the code of a run") },
	{ SCMP_SYS(accept4),             ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(sendmsg),             ALL, IF(2, MSG_FASTOPEN, 0),    QUIET("answers, descriptors; no connect") },
	{ SCMP_SYS(sendto),              ALL, IF2(3, 0, 5, 0),           QUIET("send, to no address: netlink") },
	{ SCMP_SYS(sendto),              ALL, IF2(3, MSG_NOSIGNAL, 5, 0), QUIET("as without the flag") },
	{ SCMP_SYS(recvmsg),             ALL, ALLOW,                     QUIET("what the monitor says, reports") },
	{ SCMP_SYS(recvfrom),            ALL, ALLOW,                     QUIET("recv: the netlink answer") },
	{ SCMP_SYS(shutdown),            ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(setsockopt),          ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(getsockopt),          ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(getsockname),         ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(getpeername),         ALL, ALLOW,                     QUIET("clients") },
	{ SCMP_SYS(epoll_create1),       ALL, ALLOW,                     QUIET("the loop") },
	{ SCMP_SYS(epoll_ctl),           ALL, ALLOW,                     QUIET("the loop") },
	{ SCMP_SYS(epoll_wait),          ALL, ALLOW,                     QUIET("the loop") },
	{ SCMP_SYS(epoll_pwait),         ALL, ALLOW,                     QUIET("the loop") },
	{ SCMP_SYS(poll),                ALL, ALLOW,                     QUIET("is there room in the log's pipe") },
	{ SCMP_SYS(ppoll),               ALL, ALLOW,                     QUIET("poll, where it is made of this") },
	{ SCMP_SYS(signalfd4),           ALL, ALLOW,                     QUIET("the loop") },
	{ SCMP_SYS(wait4),               ALL, ALLOW,                     QUIET("the loop; there are no children") },
	{ SCMP_SYS(clock_gettime),       ALL, ALLOW,                     QUIET("where the vDSO cannot") },
	{ SCMP_SYS(gettimeofday),        ALL, ALLOW,                     QUIET("as clock_gettime") },
	{ SCMP_SYS(time),                ALL, ALLOW,                     QUIET("as clock_gettime") },
	{ SCMP_SYS(getrandom),           ALL, ALLOW,                     QUIET("request numbers, malloc") },
	{ SCMP_SYS(futex),               ALL, ALLOW,                     QUIET("locks of stdio") },
	{ SCMP_SYS(getpid),              ALL, ALLOW,                     QUIET("abort") },
	{ SCMP_SYS(gettid),              ALL, ALLOW,                     QUIET("abort") },
	{ SCMP_SYS(tkill),               ALL, OWN(0),                    QUIET("abort of musl") },
	{ SCMP_SYS(tgkill),              ALL, OWN(0),                    QUIET("abort of glibc") },
	{ SCMP_SYS(rt_sigaction),        ALL, ALLOW,                     QUIET("abort") },
	{ SCMP_SYS(rt_sigprocmask),      ALL, ALLOW,                     QUIET("abort, the loop") },
	{ SCMP_SYS(rt_sigreturn),        ALL, ALLOW,                     QUIET("handlers return") },
	{ SCMP_SYS(restart_syscall),     ALL, ALLOW,                     QUIET("the kernel's own, after SIGCONT") },
	{ SCMP_SYS(exit),                ALL, ALLOW,                     QUIET("the end") },
	{ SCMP_SYS(exit_group),          ALL, ALLOW,                     QUIET("the end") },
};

/* Not to be added under a shared uid: they reach the server and the other runs, or go round the filter. */
static const int16_t own_uid_only[] = {
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo),
	SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(ptrace), SCMP_SYS(kcmp),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
	SCMP_SYS(process_mrelease), SCMP_SYS(move_pages), SCMP_SYS(migrate_pages), SCMP_SYS(get_robust_list),
	SCMP_SYS(perf_event_open), SCMP_SYS(prlimit64), SCMP_SYS(setpriority), SCMP_SYS(ioprio_set),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setattr), SCMP_SYS(sched_setparam),
	SCMP_SYS(sched_setscheduler), SCMP_SYS(setpgid), SCMP_SYS(setsid), SCMP_SYS(setuid), SCMP_SYS(setgid),
	SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid), SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(unshare), SCMP_SYS(setns),
	SCMP_SYS(fcntl), SCMP_SYS(ioctl), SCMP_SYS(prctl), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(msgget), SCMP_SYS(semget), SCMP_SYS(shmget), SCMP_SYS(mq_open),
	SCMP_SYS(bpf), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
};

/*** Shortening ***/

/*
 * libseccomp compares with each number by itself, and with the same argument again and again. Every run loads its
 * filter anew, and what the kernel does then grows with each instruction, and with each on the way to a call's answer.
 * So the program is made again, to decide the same:
 *
 *   ld nr; jeq 2, A; jeq 3, A; jeq 5, A; B   ->   [0] B  [2] A  [4] B  [5] A  [6] B   ->   jge 2, (jeq 4, B, ...), B
 *
 * From its end to its start each instruction becomes a node, which is what it leads to; of equal ones there is one.
 * A load or a mask is followed along the jumps after it, with all values that it can give, to where another begins or
 * an answer is: that makes ranges of values, and a tree of comparisons over these is what it leads to. One whose value
 * decides nothing is left out. Only where a placeholder is compared, which can become any number, the jumps stay.
 * What is not understood stays as libseccomp made it, which is as good, but longer.
 */
#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define MASK (BPF_ALU | BPF_AND | BPF_K)
#define ANSWER (BPF_RET | BPF_K)
#define JUMP(op) (BPF_JMP | (op) | BPF_K)
#define CALLS 512                       /* a tree is for numbers up to here: the kernel tries each at each load */

struct node {
	uint16_t code, yes, no;         /* yes and no are the same but for a jump; they were made before it */
	uint16_t at;                    /* where it was put */
	uint32_t k;
	bool used;
};

struct range {
	uint32_t first;                 /* value; the last is before the next range */
	bool hole;                      /* of one value; both sides of it lead to the same */
	uint16_t to;                    /* node */
};

struct shortening {
	size_t n_nodes, start;
	uint32_t word;                  /* the value is this word of the call's, or (UINT32_MAX) masked */
	bool placeholder, failed;
	uint16_t made[BPF_MAXINSNS];    /* the node of each instruction */
	struct node nodes[BPF_MAXINSNS];
	struct range ranges[2 * BPF_MAXINSNS + 2];      /* a comparison ends two; after the last, CALLS */
	struct sock_filter out[3 * BPF_MAXINSNS];       /* from start; a node takes up to three */
};

/* The node that does this: one that there is, or a new one. */
static uint16_t
make_node(struct shortening *s, uint16_t code, uint32_t k, uint16_t yes, uint16_t no)
{
	size_t i = 0;

	if (BPF_CLASS(code) == BPF_JMP && yes == no)
		return yes;
	while (i < s->n_nodes && (s->nodes[i].code != code || s->nodes[i].k != k || s->nodes[i].yes != yes ||
	    s->nodes[i].no != no))
		i++;
	if (i == LEN(s->nodes)) {
		s->failed = true;
		return 0;
	}
	if (i == s->n_nodes)
		s->nodes[s->n_nodes++] = (struct node){ .code = code, .k = k, .yes = yes, .no = no };
	return (uint16_t)i;
}

/* Where the jumps from a node end for this value, and for all others up to *last, which becomes less. */
static uint16_t
follow(struct shortening *s, uint16_t node, uint32_t value, uint32_t *last)
{
	for (;;) {
		const struct node *n = &s->nodes[node];
		const uint32_t k = n->k;

		if (BPF_CLASS(n->code) == BPF_JMP) {
			s->placeholder |= k == PID_HERE || k == PATH_HIGH || k == PATH_LOW;
			if (value <= k && *last >= k)
				*last = k - (value < k);
		} else if (n->code != LOAD || k != s->word)
			return node;            /* and else it has the value already */
		bool yes = value == k ? n->code != JUMP(BPF_JGT) : value > k && n->code != JUMP(BPF_JEQ);
		node = yes ? n->yes : n->no;
	}
}

/* What each value up to max leads to from a node; the number of the last range. */
static size_t
find_ranges(struct shortening *s, uint16_t node, uint32_t max)
{
	struct range *r = s->ranges;
	uint32_t value = 0, last;
	size_t n = 0;

	do {
		last = max;
		uint16_t to = follow(s, node, value, &last);
		if (n == 0 || r[n - 1].to != to) {
			if (n > 1 && r[n - 1].first + 1 == value && r[n - 2].to == to)
				r[n - 1].hole = !r[n - 2].hole;
			r[n++] = (struct range){ value, false, to };
		}
		value = last + 1;
	} while (last != max);
	r[n].first = CALLS;
	return n - 1;
}

/* The node of a tree over these ranges, neither the first nor the last of which is a hole: halves, then holes. */
static uint16_t
make_tree(struct shortening *s, size_t from, size_t to)
{
	const struct range *r = s->ranges;
	const uint32_t middle = r[from].first / 2 + r[to + 1].first / 2;
	size_t best = 0;

	if (from == to)
		return r[from].to;
	for (size_t i = from + 1; i <= to; i++)
		if (!r[i - 1].hole && !r[i].hole && (best == 0 || r[i].first <= middle))
			best = i;
	if (best == 0)
		return make_node(s, JUMP(BPF_JEQ), r[to - 1].first, r[to - 1].to, make_tree(s, from, to - 2));
	uint16_t no = make_tree(s, from, best - 1);
	return make_node(s, JUMP(BPF_JGE), r[best].first, make_tree(s, best, to), no);
}

/* The node of a load or a mask that leads to a node. */
static uint16_t
make_value(struct shortening *s, const struct sock_filter *p, uint16_t to)
{
	s->word = p->code == LOAD ? p->k : UINT32_MAX;
	s->placeholder = false;
	size_t last = find_ranges(s, to, p->code == LOAD ? UINT32_MAX : p->k);
	if (!s->placeholder)
		to = make_tree(s, 0, last);
	if (s->nodes[to].code == LOAD || s->nodes[to].code == ANSWER)
		return to;              /* nothing looks at the value */
	return make_node(s, p->code, p->k, to, to);
}

/* The node of instruction p. After it are left others, which have theirs: next. */
static uint16_t
make_one(struct shortening *s, const struct sock_filter *p, const uint16_t *next, size_t left)
{
	switch (p->code) {
	case ANSWER:
		return make_node(s, p->code, p->k, 0, 0);
	case LOAD:
	case MASK:
		if (left == 0)
			break;
		return make_value(s, p, *next);
	case JUMP(BPF_JA):
		if (p->k >= left)
			break;
		return next[p->k];
	case JUMP(BPF_JEQ):
	case JUMP(BPF_JGT):
	case JUMP(BPF_JGE):
		if (p->jt >= left || p->jf >= left)
			break;
		return make_node(s, p->code, p->k, next[p->jt], next[p->jf]);
	}
	s->failed = true;
	return 0;
}

/* How many instructions a jump that is put next has to pass to a node; more than limit: a way to it is put first. */
static uint8_t
reach(struct shortening *s, uint16_t node, size_t limit)
{
	struct node *n = &s->nodes[node];
	size_t off = n->at - s->start;

	if (off > limit) {
		s->out[--s->start] = (struct sock_filter)BPF_STMT(JUMP(BPF_JA), (uint32_t)off);
		n->at = (uint16_t)s->start;
		off = 0;
	}
	return (uint8_t)off;
}

/* All that a node leads to, from the end: each comes after what leads to it. */
static void
put_all(struct shortening *s, size_t first)
{
	s->nodes[first].used = true;
	for (size_t i = first + 1; i-- > 0; )
		if (s->nodes[i].used)
			s->nodes[s->nodes[i].yes].used = s->nodes[s->nodes[i].no].used = true;
	for (size_t i = 0; i <= first; i++) {
		struct node *n = &s->nodes[i];
		struct sock_filter one = { .code = n->code, .k = n->k };
		if (!n->used)
			continue;
		if (BPF_CLASS(n->code) == BPF_JMP) {
			(void)reach(s, n->yes, UINT8_MAX - 1);          /* the other's way may come between */
			one.jf = reach(s, n->no, UINT8_MAX);
			one.jt = reach(s, n->yes, UINT8_MAX);
		} else if (n->code != ANSWER)
			(void)reach(s, n->yes, 0);
		s->out[--s->start] = one;
		n->at = (uint16_t)s->start;
	}
}

/* Make a program shorter that decides the same, or leave it. */
static void
shorten(struct filter *f)
{
	struct shortening *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return;
	s->start = LEN(s->out);
	for (size_t i = f->len; i-- > 0 && !s->failed; )
		s->made[i] = make_one(s, &f->prog[i], &s->made[i + 1], f->len - i - 1);
	if (!s->failed)
		put_all(s, s->made[0]);
	size_t len = LEN(s->out) - s->start;
	if (!s->failed && len < f->len) {
		memcpy(f->prog, &s->out[s->start], len * sizeof(f->prog[0]));
		f->len = (unsigned short)len;
	}
	free(s);
}

/*** Building ***/

static bool shared_uid;                 /* as filter_build was last told: it is the same for all filters of a server */

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
needs_own_uid(int nr)
{
	for (size_t i = 0; i < LEN(own_uid_only); i++)
		if (own_uid_only[i] == nr && nr >= 0)
			return true;
	return false;
}

static int
check_allowed(const struct allowed *a, const struct filter_spec *spec, char *why, size_t whylen)
{
	char name[CALL_NAME_MAX];

	for (size_t i = 0; spec->shared_uid && i < a->n; i++) {
		if (!needs_own_uid(a->nr[i]))
			continue;
		filter_name(a->nr[i], name, sizeof(name));
		(void)snprintf(why, whylen, "allowed_syscalls: %s " NEEDS_OWN_UID, name);
		return -1;
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
	if ((r->when & TPL) != 0 && !spec->template)
		return false;
	if ((r->when & NET) != 0 && !spec->network)
		return false;
	if ((r->when & (spec->shared_uid ? OWU : SHR)) != 0)
		return false;
	if ((r->when & TRE) != 0 && spec->reachable)
		return false;
	return (r->when & NOL) == 0 || !spec->listener;
}

/* What it takes to start processes and to wait for them; clone(2) besides, without new namespaces. */
static const int16_t process_calls[] = {
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(setpgid),
	SCMP_SYS(setsid), SCMP_SYS(getpgid),
};

/*
 * any_pid: what is for the own process is for every one; of a template its copies
 * are the own too. 0 or a negative errno.
 */
static int
add_rule(scmp_filter_ctx ctx, const struct rule *r, bool any_pid)
{
	struct scmp_arg_cmp arg[LEN(r->conds)];
	unsigned n = 0;

	if (r->nr < 0)
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		const struct cond *c = &r->conds[i];
		if (any_pid && c->op == MASKED && c->value == PID_HERE) {
			if (r->error != 0)
				return 0;       /* it would be refused for every one, and without a word */
			continue;
		}
		if (c->op == MASKED)
			arg[n++] = (struct scmp_arg_cmp){ c->arg, SCMP_CMP_MASKED_EQ, c->mask, c->value };
		else if (c->op == PATH)
			arg[n++] = (struct scmp_arg_cmp){ c->arg, SCMP_CMP_EQ, (uint64_t)PATH_HIGH << 32 | PATH_LOW, 0 };
		else
			arg[n++] = (struct scmp_arg_cmp){ c->arg, c->op == NE ? SCMP_CMP_NE : SCMP_CMP_EQ, c->value, 0 };
	}
	int rc = seccomp_rule_add_array(ctx, r->error != 0 ? SCMP_ACT_ERRNO(r->error) : SCMP_ACT_ALLOW, r->nr, n, arg);
	return rc == -EEXIST && any_pid ? 0 : rc;
}

/* 0 or a negative errno. */
static int
add_rules(scmp_filter_ctx ctx, const struct filter_spec *spec, const struct allowed *extra)
{
	for (size_t i = 0; i < LEN(rules); i++) {
		const struct rule *r = &rules[i];
		if (!holds(r, spec) || is_allowed(extra, r->nr))
			continue;
		int rc = add_rule(ctx, r, spec->template);
		if (rc != 0)
			return rc;
	}
	for (size_t i = 0; i < extra->n; i++) {
		int rc = extra->nr[i] < 0 ? 0 : seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, extra->nr[i], 0, NULL);
		if (rc != 0 && rc != -EEXIST)
			return rc;
	}
	const struct scmp_arg_cmp same_ns = { 0, SCMP_CMP_MASKED_EQ, NEW_NS | CLONE_PTRACE | CLONE_PARENT, 0 };
	if (spec->processes && seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &same_ns) != 0)
		return -EINVAL;
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

/* The list of a run, or (spec NULL) the server's, compiled. 0 or a negative errno. */
static int
compile(struct filter *f, uint32_t otherwise, const struct filter_spec *spec, const struct allowed *extra)
{
	scmp_filter_ctx ctx = seccomp_init(otherwise);
	int rc = ctx == NULL ? -ENOMEM : seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)            /* a binary tree: some 8 comparisons instead of 200 */
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0 && spec != NULL)
		rc = add_rules(ctx, spec, extra);
	for (size_t i = 0; rc == 0 && spec == NULL && i < LEN(server_rules); i++)
		rc = add_rule(ctx, &server_rules[i], false);
	if (rc == 0)
		rc = export_program(ctx, f);
	if (rc == 0)
		shorten(f);
	if (ctx != NULL)
		seccomp_release(ctx);
	return rc;
}

int
filter_build(struct filter *f, const struct filter_spec *spec, char *why, size_t n)
{
	static struct allowed extra;

	if (parse_allowed(spec->allowed, &extra, why, n) == -1)
		return -1;
	for (size_t i = 0; spec->processes && i < LEN(process_calls) && extra.n < LEN(extra.nr); i++)
		extra.nr[extra.n++] = process_calls[i];
	if (check_allowed(&extra, spec, why, n) == -1)
		return -1;
	shared_uid = spec->shared_uid;
	f->listener = spec->listener;
	/*
	 * A template's stays in force in its copies, below the run's own. Of two answers the kernel takes the
	 * higher: nobody traces, so this one is ENOSYS in a template, and in a copy the listener comes first.
	 */
	uint32_t otherwise = spec->template ? SCMP_ACT_TRACE(0) : spec->listener ? SCMP_ACT_NOTIFY : SCMP_ACT_ERRNO(EPERM);
	int rc = compile(f, otherwise, spec, &extra);
	if (rc != 0) {
		(void)snprintf(why, n, "seccomp filter for %s: %s", runtime_name(spec->runtime), strerror(-rc));
		return -1;
	}
	/* Checks that cannot be skipped: if the compiler ever hides a constant, the call would be open to nobody or to all. */
	bool pid = spec->template || is_allowed(&extra, SCMP_SYS(kill)) ||
	    enter_patch(f->prog, f->len, PID_HERE, PID_HERE) > 0;
	bool path = spec->listener || is_allowed(&extra, SCMP_SYS(execve)) ||
	    (enter_patch(f->prog, f->len, PATH_HIGH, PATH_HIGH) > 0 && enter_patch(f->prog, f->len, PATH_LOW, PATH_LOW) > 0);
	if (pid && path)
		return 0;
	(void)snprintf(why, n, "seccomp filter for %s: the place of the own pid or path is not there",
	    runtime_name(spec->runtime));
	return -1;
}

/*** Loading ***/

int
filter_load(struct filter *f, pid_t self, const char *path)
{
	int fd = enter_filter(f->prog, f->len, f->listener, (uint32_t)self, (uint64_t)(uintptr_t)path);

	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

int
filter_uids(uid_t first, uid_t last)
{
#if defined(__x86_64__)
	const uint32_t arch = AUDIT_ARCH_X86_64;
#else
	const uint32_t arch = AUDIT_ARCH_AARCH64;
#endif
/* The lower half, on little-endian machines. */
#define ARG(i) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[i]))
#define OUTSIDE(to_refuse) \
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, to_refuse), \
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, (to_refuse) - 1, 0)
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 12),       /* another ABI is the other filter's */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setresuid, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setresgid, 0, 9),
		ARG(0), OUTSIDE(8),
		ARG(1), OUTSIDE(5),
		ARG(2), OUTSIDE(2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};

	return failing(enter_filter(prog, LEN(prog), false, 0, 0)) == -1 ? -1 : 0;
}

int
filter_confine(char *why, size_t n)
{
	struct filter f = { .listener = false };

	if (SANITIZED)
		return 0;
	(void)gmtime_r(&(time_t){ 0 }, &(struct tm){ 0 });      /* glibc opens the time zone's file at the first one */
	int rc = compile(&f, SCMP_ACT_KILL_PROCESS, NULL, NULL);
	if (rc == 0 && filter_load(&f, getpid(), NULL) == -1)
		rc = -errno;
	free(f.prog);
	if (rc == 0)
		return 0;
	(void)snprintf(why, n, "seccomp filter for the server: %s", strerror(-rc));
	return -1;
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

/* Which arguments of a refused call are shown, in this order. After one the rest only where a word of it says so. */
enum vocabulary {
	V_AF, V_SOCK, V_PROTO, V_CLONE, V_PR, V_F, V_IO, V_MODE, V_PRIO, V_SCHED, V_MAP, V_MSG, V_SO, V_PID, V_HEX
};

static const struct shown {
	int16_t nr;
	uint8_t arg, words;             /* enum vocabulary */
	uint32_t mask;                  /* bits that are looked at; of bits (below) none set: the call's next row */
} shown[] = {
	{ SCMP_SYS(socket),                0, V_AF,    INT },
	{ SCMP_SYS(socket),                1, V_SOCK,  TYPE },
	{ SCMP_SYS(socket),                2, V_PROTO, INT },
	{ SCMP_SYS(socketpair),            0, V_AF,    INT },
	{ SCMP_SYS(socketpair),            1, V_SOCK,  TYPE },
	{ SCMP_SYS(clone),                 0, V_CLONE, NEW_NS & ~0xffu },
	{ SCMP_SYS(clone),                 0, V_CLONE, CLONE_VM | CLONE_THREAD | CLONE_VFORK | CLONE_PTRACE | 0xff },
	{ SCMP_SYS(unshare),               0, V_CLONE, NEW_NS },
	{ SCMP_SYS(unshare),               0, V_CLONE, INT },
	{ SCMP_SYS(setns),                 1, V_CLONE, INT },
	{ SCMP_SYS(ioctl),                 1, V_IO,    INT },
	{ SCMP_SYS(prctl),                 0, V_PR,    INT },
	{ SCMP_SYS(fcntl),                 1, V_F,     INT },
	{ SCMP_SYS(setsockopt),            2, V_SO,    INT },
	{ SCMP_SYS(mknod),                 1, V_MODE,  S_IFMT },
	{ SCMP_SYS(mknodat),               2, V_MODE,  S_IFMT },
	{ SCMP_SYS(mmap),                  3, V_MAP,   0x121 },
	{ SCMP_SYS(sendto),                3, V_MSG,   MSG_FASTOPEN },
	{ SCMP_SYS(sendmsg),               2, V_MSG,   MSG_FASTOPEN },
	{ SCMP_SYS(sendmmsg),              3, V_MSG,   MSG_FASTOPEN },
	{ SCMP_SYS(personality),           0, V_HEX,   INT },
	{ SCMP_SYS(getpriority),           0, V_PRIO,  INT },
	{ SCMP_SYS(getpriority),           1, V_PID,   INT },
	{ SCMP_SYS(setpriority),           0, V_PRIO,  INT },
	{ SCMP_SYS(setpriority),           1, V_PID,   INT },
	{ SCMP_SYS(sched_setscheduler),    1, V_SCHED, INT },
	{ SCMP_SYS(sched_setaffinity),     0, V_PID,   INT },
	{ SCMP_SYS(sched_rr_get_interval), 0, V_PID,   INT },
	{ SCMP_SYS(get_robust_list),       0, V_PID,   INT },
	{ SCMP_SYS(prlimit64),             0, V_PID,   INT },
	{ SCMP_SYS(getpgid),               0, V_PID,   INT },
	{ SCMP_SYS(getsid),                0, V_PID,   INT },
	{ SCMP_SYS(kill),                  0, V_PID,   INT },
	{ SCMP_SYS(tkill),                 0, V_PID,   INT },
	{ SCMP_SYS(tgkill),                0, V_PID,   INT },
	{ SCMP_SYS(rt_sigqueueinfo),       0, V_PID,   INT },
	{ SCMP_SYS(rt_tgsigqueueinfo),     0, V_PID,   INT },
};

static const struct { char prefix[9]; bool bits; } vocabularies[] = {
	[V_AF]    = { "AF_",      false },
	[V_SOCK]  = { "SOCK_",    false },
	[V_PROTO] = { "IPPROTO_", false },
	[V_CLONE] = { "",         true },
	[V_PR]    = { "PR_",      false },
	[V_F]     = { "F_",       false },
	[V_IO]    = { "",         false },
	[V_MODE]  = { "S_IF",     false },
	[V_PRIO]  = { "PRIO_",    false },
	[V_SCHED] = { "SCHED_",   false },
	[V_MAP]   = { "MAP_",     true },
	[V_MSG]   = { "MSG_",     true },
	[V_SO]    = { "SO_",      false },
	[V_PID]   = { "PID ",     false },
	[V_HEX]   = { "",         false },
};

#define AF(x)    { AF_##x,       V_AF,    false, #x }
#define FAM(x)   { AF_##x,       V_AF,    true,  #x }   /* of these families some sockets are allowed */
#define KIND(x)  { SOCK_##x,     V_SOCK,  true,  #x }
#define TYP(x)   { SOCK_##x,     V_SOCK,  false, #x }
#define PROTO(x) { IPPROTO_##x,  V_PROTO, false, #x }
#define BIT(x)   { x,            V_CLONE, false, #x }
#define PR(x)    { PR_##x,       V_PR,    false, #x }
#define IO(x)    { x,            V_IO,    false, #x }
#define MODE(x)  { S_IF##x,      V_MODE,  false, #x }
#define POLICY(x) { SCHED_##x,   V_SCHED, false, #x }
#define SO(x)    { SO_##x,       V_SO,    false, #x }
#define MAP(x)   { MAP_##x,      V_MAP,   false, #x }
static const struct word {
	uint32_t value;
	uint8_t of;                     /* enum vocabulary */
	bool more;                      /* the call's next row is shown too */
	char text[22];
} words[] = {
	AF(UNSPEC), FAM(UNIX), FAM(INET), AF(AX25), AF(IPX), AF(APPLETALK), AF(NETROM), AF(X25), FAM(INET6),
	AF(ROSE), AF(KEY), AF(NETLINK), AF(PACKET), AF(RDS), AF(PPPOX), AF(LLC), AF(IB), AF(MPLS), AF(CAN),
	AF(TIPC), AF(BLUETOOTH), AF(IUCV), AF(RXRPC), AF(ISDN), AF(PHONET), AF(IEEE802154), AF(CAIF), AF(ALG),
	AF(NFC), AF(VSOCK), AF(KCM), AF(QIPCRTR), AF(SMC), AF(XDP),
	KIND(STREAM), KIND(DGRAM), TYP(RAW), TYP(RDM), TYP(SEQPACKET), TYP(DCCP), TYP(PACKET),
	{ 0, V_PROTO, false, "" }, PROTO(ICMP), PROTO(TCP), PROTO(UDP), PROTO(DCCP), PROTO(ICMPV6), PROTO(SCTP),
	PROTO(UDPLITE), PROTO(MPTCP), PROTO(RAW),
	BIT(CLONE_NEWNS), BIT(CLONE_NEWCGROUP), BIT(CLONE_NEWUTS), BIT(CLONE_NEWIPC), BIT(CLONE_NEWUSER),
	BIT(CLONE_NEWPID), BIT(CLONE_NEWNET), BIT(CLONE_NEWTIME), BIT(CLONE_VM), BIT(CLONE_FS), BIT(CLONE_FILES),
	BIT(CLONE_THREAD), BIT(CLONE_VFORK), BIT(CLONE_PTRACE), BIT(SIGCHLD),
	PR(SET_PDEATHSIG), PR(SET_DUMPABLE), PR(GET_KEEPCAPS), PR(SET_KEEPCAPS), PR(SET_TIMING), PR(SET_SECCOMP),
	PR(CAPBSET_DROP), PR(GET_TSC), PR(SET_TSC), PR(GET_SECUREBITS), PR(SET_SECUREBITS), PR(MCE_KILL),
	PR(SET_MM), PR(SET_CHILD_SUBREAPER), PR(GET_CHILD_SUBREAPER), PR(SET_NO_NEW_PRIVS), PR(GET_TID_ADDRESS),
	PR(GET_THP_DISABLE), PR(CAP_AMBIENT), PR(GET_SPECULATION_CTRL), PR(SET_SPECULATION_CTRL),
	PR(SET_TAGGED_ADDR_CTRL), PR(SET_IO_FLUSHER), PR(SET_PTRACER), { 62, V_PR, false, "SCHED_CORE" },
	{ 65, V_PR, false, "SET_MDWE" },
	{ F_SETOWN, V_F, false, "SETOWN" }, { F_SETSIG, V_F, false, "SETSIG" }, { 15, V_F, false, "SETOWN_EX" },
	{ F_SETLEASE, V_F, false, "SETLEASE" }, { F_NOTIFY, V_F, false, "NOTIFY" },
	{ F_SET_RW_HINT, V_F, false, "SET_RW_HINT" },
	IO(TCSETS), IO(TCSETSW), IO(TCSETSF), IO(TIOCSCTTY), IO(TIOCSPGRP), IO(TIOCSTI), IO(TIOCSWINSZ),
	IO(TIOCLINUX), IO(TIOCNOTTY), IO(TIOCGSID), IO(TIOCGPTN), IO(TIOCSPTLCK), IO(FIOASYNC), IO(FIOSETOWN),
	IO(SIOCSPGRP), IO(SIOCGIFNAME), IO(SIOCGIFCONF), IO(SIOCGIFFLAGS), IO(SIOCGIFADDR), IO(SIOCGIFHWADDR),
	IO(SIOCGIFINDEX), { 0x4020940d, V_IO, false, "FICLONERANGE" },
	{ 0x80086601, V_IO, false, "FS_IOC_GETFLAGS" }, { 0x40086602, V_IO, false, "FS_IOC_SETFLAGS" },
	{ 0, V_MODE, false, "REG" }, MODE(REG), MODE(CHR), MODE(BLK), MODE(SOCK), MODE(DIR), MODE(LNK),
	{ PRIO_PROCESS, V_PRIO, true, "PROCESS" }, { PRIO_PGRP, V_PRIO, true, "PGRP" },
	{ PRIO_USER, V_PRIO, false, "USER" },
	POLICY(OTHER), POLICY(FIFO), POLICY(RR), POLICY(BATCH), POLICY(IDLE), { 6, V_SCHED, false, "DEADLINE" },
	MAP(SHARED), MAP(ANONYMOUS), MAP(GROWSDOWN),
	{ MSG_FASTOPEN, V_MSG, false, "FASTOPEN" },
	SO(SNDBUF), SO(RCVBUF), SO(SNDBUFFORCE), SO(RCVBUFFORCE), SO(PRIORITY), SO(MARK), SO(BINDTODEVICE), SO(ATTACH_FILTER),
};

/* Append, or leave out what does not fit. */
static void
add_text(char *text, size_t n, const char *a, const char *b)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, n - used, "%s%s", a, b);
}

/* Does the call's next row follow? */
static bool
describe_arg(const struct shown *s, uint32_t v, const char *before, char *name, size_t n)
{
	const char *prefix = vocabularies[s->words].prefix;
	bool bits = vocabularies[s->words].bits;
	char number[24];

	if (s->words == V_PID) {
		(void)snprintf(number, sizeof(number), "%d", (int)v);
		add_text(name, n, before, prefix);
		add_text(name, n, number, "");
		return false;
	}
	for (size_t i = 0; i < LEN(words); i++) {
		const struct word *w = &words[i];
		if (w->of != s->words || (bits ? (v & w->value) != w->value : v != w->value))
			continue;
		if (w->text[0] != '\0') {
			add_text(name, n, before, prefix);
			add_text(name, n, w->text, "");
		}
		if (!bits)
			return w->more;
		v &= ~w->value;
		before = v != 0 ? "|" : "";
		if (v == 0)
			return false;
	}
	bool decimal = v == 0 || (v < 4096 && !bits && s->words != V_HEX);
	(void)snprintf(number, sizeof(number), decimal ? "%u" : "0x%x", v);
	add_text(name, n, before, number);
	return false;
}

void
filter_describe(int nr, const uint64_t args[6], char *name, size_t n)
{
	const char *before = "(";

	filter_name(nr, name, n);
	for (size_t i = 0; i < LEN(shown); i++) {
		const struct shown *s = &shown[i];
		uint32_t v = (uint32_t)args[s->arg] & s->mask;
		bool again = i + 1 < LEN(shown) && shown[i + 1].nr == nr && shown[i + 1].arg == s->arg;

		if (s->nr != nr || (v == 0 && again))
			continue;
		bool more = describe_arg(s, v, before, name, n);
		before = ", ";
		if (!more)
			break;
	}
	if (before[0] != '(')
		add_text(name, n, ")", "");
}

/* Do these arguments hold in every condition of the row? */
static bool
covers(const struct rule *r, const uint64_t args[6])
{
	for (size_t i = 0; i < r->n; i++) {
		const struct cond *c = &r->conds[i];
		bool same = args[c->arg] == c->value;
		if (c->op == MASKED ? (args[c->arg] & c->mask) != c->value : same != (c->op == SAME))
			return false;
	}
	return true;
}

const char *
filter_hint(int nr, const uint64_t args[6], bool network)
{
	bool listed = false;

	for (size_t i = 0; i < LEN(rules); i++) {
		const struct rule *r = &rules[i];
		if (r->nr != nr)
			continue;
		if ((r->when & NET) != 0 && !network && covers(r, args))
			return "the run did not ask for enable_network";
		listed |= r->n > 0 && (r->when & NOL) == 0;     /* who reads this has a listener */
	}
	if (shared_uid && needs_own_uid(nr))
		return NEEDS_OWN_UID;
	return listed ? "allowed_syscalls can add it, with any argument" : "allowed_syscalls can add it";
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

/*
 * A template holds CAP_SETUID and CAP_SETGID and descriptors of its copies' fences: what would turn them
 * into more. Its filter stays below that of its copies, so it cannot have a shorter list than they.
 */
static const int16_t unfit[] = {
	SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
	SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(prctl), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(seccomp), SCMP_SYS(ioctl), SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_create_ruleset), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(vfork), SCMP_SYS(fork),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(keyctl),
	SCMP_SYS(bpf), SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd), SCMP_SYS(perf_event_open), SCMP_SYS(execve),
	SCMP_SYS(execveat),
};

const char *
filter_unfit(const char *allowed, char *buf, size_t n)
{
	static struct allowed extra;

	if (parse_allowed(allowed, &extra, buf, n) == -1)
		return NULL;            /* filter_build() says what is wrong with it */
	for (size_t i = 0; i < LEN(unfit); i++)
		if (unfit[i] >= 0 && is_allowed(&extra, unfit[i])) {
			filter_name(unfit[i], buf, n);
			return buf;
		}
	return NULL;
}

static const char *
verdict_of(const struct rule *r)
{
	if (r->error != 0)
		return r->n > 0 ? "errno-if" : "errno";
	return r->n > 0 ? "allow-if" : "allow";
}

int
filter_list(struct buf *out)
{
	for (size_t i = 0; i < LEN(rules); i++) {
		const struct rule *r = &rules[i];
		char name[CALL_NAME_MAX];

		if (r->nr < 0 || (r->when & TPL) != 0)
			continue;
		filter_name(r->nr, name, sizeof(name));
		if (buf_printf(out, "%-24s %-9s %-7s %s\n", name, verdict_of(r), (r->when & NET) != 0 ? "network" :
		    (r->when & SHR) != 0 ? "one-uid" : (r->when & ALL) == ALL ? "both" :
		    (r->when & PY) != 0 ? "python3" : "nodejs", r->why) == -1)
			return -1;
	}
	return 0;
}
