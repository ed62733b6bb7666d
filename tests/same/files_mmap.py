# mmap: anonymous and of a file, find, slice assignment, flush, resize
import mmap
m = mmap.mmap(-1, 8192)
m[0:5] = b"hello"
print(m[:8], len(m), m.find(b"lo"))
m.close()
with open("f", "wb+") as f:
    f.write(b"x" * 4096)
    f.flush()
    with mmap.mmap(f.fileno(), 0) as m:
        m[10:13] = b"abc"
        m.flush()
        m.seek(9)
        print(m.read(6), m.rfind(b"c"))
        m.resize(8192)
        print(len(m))
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
        try:
            m[0] = 1
        except TypeError as e:
            print(e)
print(open("f", "rb").read(14))
