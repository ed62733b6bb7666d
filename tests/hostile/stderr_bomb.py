# expect: error="output limit exceeded"
# proof: stdout
# More than 16 MiB on stderr.
import os

block = b"x" * 65536
for _ in range(320):
    os.write(2, block)
print("ESCAPED: 20 MiB went out")
