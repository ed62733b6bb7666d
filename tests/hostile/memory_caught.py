# expect: blocked
# proof: stdout
# As much as there is, kept, and then again and again from under the limit: MemoryError is caught.
import gc

held = []
size = 64 << 20
for turn in range(200):
    try:
        held.append(b"x" * size)
    except MemoryError:
        if size < 1 << 16:
            break
        size //= 2
        gc.collect()
    if sum(map(len, held)) > 512 << 20:
        print("ESCAPED: holding", sum(map(len, held)) >> 20, "MiB")
        raise SystemExit
print("held: full")
