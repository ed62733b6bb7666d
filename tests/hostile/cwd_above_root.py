# expect: blocked
# proof: badroot
# A working directory outside of the root, left by a chroot without chdir: then '..' never
# meets the root.
import ctypes
import os

try:
    libc = ctypes.CDLL(None)
    name = ctypes.create_string_buffer(4096)
    libc.syscall(ctypes.c_long({"x86_64": 79, "aarch64": 17}[os.uname().machine]), name, ctypes.c_long(4096))
    assert name.value.startswith(b"(unreachable)"), name.value
    for _ in range(64):
        os.chdir("..")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "outside, among", os.listdir(".")[:4])
