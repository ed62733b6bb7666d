# platform, sysconfig, os.uname and friends answer with values of the right kind
import os, platform, sys, sysconfig
print(platform.system(), type(platform.platform()).__name__, platform.python_implementation(), len(platform.python_version_tuple()))
print(platform.machine() == os.uname().machine, platform.architecture()[0], len(platform.node()) > 0, len(platform.libc_ver()))
print(sys.platform, os.name, sys.version_info[0], os.sep, os.linesep == "\n", sys.implementation.name, type(sysconfig.get_paths()).__name__)
print(os.cpu_count() > 0, len(os.sched_getaffinity(0)) > 0, len(os.times()), os.getpid() > 0, os.getpid() == os.getpid(), os.getppid() >= 0)
print(os.getuid() == os.geteuid(), os.getgid() == os.getegid(), type(os.getgroups()).__name__, os.getpgrp() > 0, os.umask(0o022) >= 0, os.sysconf("SC_PAGE_SIZE"))
