# expect: error="output limit exceeded"
# proof: stderr
# More than 16 MiB on stdout.
import os
import sys

block = b"x" * 65536
for _ in range(320):
    os.write(1, block)
print("ESCAPED: 20 MiB went out", file=sys.stderr)
