# expect: blocked
# proof: stdout
# with: x86_64
# int 0x80 enters the kernel by the 32-bit table, where 21 is mount and a 64-bit filter reads another
# call. All arguments are 0: a kernel that looks at them has let us through.
import ctypes
import errno
import mmap

# push rbx; mov eax, 21; xor ebx..edi, edi; int 0x80; pop rbx; ret
code = bytes.fromhex("53b81500000031db31c931d231f631ffcd805bc3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
got = run()
if -got in (errno.EPERM, errno.EACCES, errno.ENOSYS):
    raise SystemExit(f"held: {errno.errorcode[-got]}")
print("ESCAPED: the 32-bit mount answered", errno.errorcode.get(-got, got))
