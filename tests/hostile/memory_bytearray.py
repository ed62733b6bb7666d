# expect: error="memory limit exceeded"
# proof: stdout
# One block after another, each page touched, until more than 512 MiB are held.
blocks = []
while len(blocks) < 80:
    blocks.append(bytearray(b"x") * (8 << 20))
print("ESCAPED: holding", sum(map(len, blocks)) >> 20, "MiB")
