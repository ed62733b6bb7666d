# descriptors: open flags, pread, pwrite, lseek, dup, fsync, ftruncate, sendfile, posix_fallocate, pipe2
import fcntl, os
fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
print(os.write(fd, b"0123456789"), os.pread(fd, 4, 3), os.pwrite(fd, b"ab", 8), os.lseek(fd, -3, os.SEEK_END), os.read(fd, 9))
d = os.dup(fd)
print(os.lseek(d, 0, os.SEEK_CUR), os.get_inheritable(d), os.fstat(d).st_size)
os.ftruncate(fd, 4)
os.fsync(fd)
os.fdatasync(fd)
os.posix_fallocate(fd, 0, 8)
print(os.readv(fd, [bytearray(2)]), os.fstat(fd).st_size, fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_RDWR == os.O_RDWR)
out = os.open("g", os.O_WRONLY | os.O_CREAT)
print(os.sendfile(out, fd, 0, 8), os.path.getsize("g"))
r, w = os.pipe2(os.O_NONBLOCK)
try:
    os.read(r, 1)
except BlockingIOError as e:
    print(e)
print(os.writev(w, [b"ab", b"cd"]), os.read(r, 9))
os.close(w)
print(os.read(r, 9))
try:
    os.close(w)
except OSError as e:
    print(e)
