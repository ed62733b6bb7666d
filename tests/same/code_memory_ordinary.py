# a hundred megabytes of ordinary data fit
blocks = [bytearray(10 << 20) for _ in range(10)]
for b in blocks:
    b[::4096] = b"x" * len(b[::4096])
print(sum(len(b) for b in blocks))
del blocks
print(len("y" * (20 << 20)), len(list(range(500000))))
