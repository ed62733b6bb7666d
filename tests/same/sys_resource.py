# resource: usage counters and own limits can be read, and lowered
import resource
u = resource.getrusage(resource.RUSAGE_SELF)
print(u.ru_utime >= 0, u.ru_maxrss > 0, len(u), resource.getrusage(resource.RUSAGE_CHILDREN).ru_nsignals, resource.getpagesize())
print(all(len(resource.getrlimit(getattr(resource, n))) == 2 for n in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_STACK")))
resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
files = []
try:
    while True: files.append(open("f", "w"))
except OSError as e:
    print(e.errno, e.strerror, len(files))
