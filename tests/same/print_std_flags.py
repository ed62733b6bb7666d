# descriptors 0, 1 and 2: access mode, flags, inheritance; nothing else is open
import fcntl, os, sys
for fd, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    print(fd, fd and flags & os.O_ACCMODE, bool(flags & os.O_NONBLOCK), bool(flags & os.O_APPEND), fcntl.fcntl(fd, fcntl.F_GETFD), os.get_inheritable(fd), os.isatty(fd))
    print(stream.encoding, stream.errors, stream.newlines, stream.write_through, stream.line_buffering, type(stream.buffer.raw).__name__,
          stream.buffer.raw.closefd, stream.buffer.raw.mode, stream.buffer.name)
def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False
print([fd for fd in range(1024) if is_open(fd)], os.open("f", os.O_CREAT), os.umask(0o22))
