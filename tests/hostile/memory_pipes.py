# expect: blocked
# proof: stdout
# Memory in the kernel's name: pipes of a MiB each, filled. More than 64 MiB of it is too much.
import fcntl
import os

held = 0
pipes = []
try:
    while held < 100 << 20:
        r, w = os.pipe()
        pipes.append((r, w))
        fcntl.fcntl(w, 1031, 1 << 20)           # F_SETPIPE_SZ
        os.set_blocking(w, False)
        held += os.write(w, b"x" * (1 << 20))
except OSError as e:
    print("stopped:", e)
if held <= 64 << 20:
    raise SystemExit(f"held: {held >> 20} MiB")
print("ESCAPED: the kernel holds", held >> 20, "MiB for us")
