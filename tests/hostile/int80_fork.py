# expect: blocked
# proof: stdout
# with: x86_64
# fork by the 32-bit table (number 2, which a 64-bit filter may take for open).
import ctypes
import mmap
import os

# push rbx; mov eax, 2; int 0x80; test eax, eax; jnz out; mov eax, 1; xor ebx, ebx; int 0x80; out: pop rbx; ret
code = bytes.fromhex("53b802000000cd8085c07509b80100000031dbcd805bc3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
pid = run()
if pid <= 0:
    raise SystemExit(f"held: {pid}")
os.waitpid(pid, 0)
print("ESCAPED: made process", pid)
