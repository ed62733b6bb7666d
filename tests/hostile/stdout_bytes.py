# expect: error="output limit exceeded"
# proof: stderr
# Output byte by byte costs the server a wake-up each; and each of these is six bytes of JSON or U+FFFD.
import os
import sys

for n in range(100_000):
    os.write(1, b"\x00" if n % 2 else b"\xff")
for n in range(17):
    sys.stdout.buffer.write(b"\x01\xfe" * (1 << 19))
sys.stdout.flush()
print("ESCAPED: 17 MiB of control characters went out", file=sys.stderr)
