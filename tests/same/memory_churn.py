# blocks of all sizes, that grow, shrink, and are given back in another order than they were taken in
import random
r = random.Random(7)
kept, total = {}, 0
for step in range(60000):
    key = r.randrange(900)
    kind = r.randrange(6)
    old = kept.pop(key, None)
    if old is not None:
        total = (total * 31 + len(old)) % 1000000007
    n = r.randrange(1, 40) if r.random() < 0.9 else r.randrange(1, 9000)
    if kind == 0:
        kept[key] = bytes([step % 256]) * n
    elif kind == 1:
        kept[key] = [step] * n
        kept[key].extend(range(n))
        del kept[key][n // 2:]
    elif kind == 2:
        kept[key] = {i: str(i) for i in range(n % 300)}
    elif kind == 3:
        grown = bytearray()
        for i in range(n % 500):
            grown += bytes([i % 256]) * (i % 7)
        kept[key] = grown
    elif kind == 4:
        kept[key] = "".join(chr(97 + (step + i) % 26) for i in range(n))
    for value in list(kept.values())[:2]:
        if isinstance(value, bytearray):
            total = (total + sum(value)) % 1000000007
        elif isinstance(value, str):
            total = (total + value.count("a")) % 1000000007
print(total, len(kept), sorted(kept)[:5])
