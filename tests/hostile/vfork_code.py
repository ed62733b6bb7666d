# expect: refused=vfork
# proof: stdout
# with: x86_64
# vfork from machine code, where no library turns it into something else. The child only exits.
import ctypes
import mmap

# mov eax, 58; syscall; test eax, eax; jnz out; mov eax, 60; xor edi, edi; syscall; out: ret
code = bytes.fromhex("b83a0000000f0585c07509b83c00000031ff0f05c3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
pid = run()
if pid <= 0:
    raise SystemExit(f"held: {pid}")
print("ESCAPED: made process", pid)
