# a few hundred thousand operations: primes, matrix, strings, sorting, dicts
sieve = bytearray([1]) * 200000
for i in range(2, 448):
    if sieve[i]: sieve[i * i::i] = bytes(len(range(i * i, 200000, i)))
print(sum(sieve) - 2)
n = 60
a = [[(i * j) % 7 for j in range(n)] for i in range(n)]
b = [[sum(x * y for x, y in zip(r, c)) for c in zip(*a)] for r in a]
print(sum(map(sum, b)))
words = ["w%d" % (i * 7919 % 10007) for i in range(50000)]
count = {}
for w in words: count[w] = count.get(w, 0) + 1
print(len(count), sorted(count.items(), key=lambda kv: (-kv[1], kv[0]))[:3], len("".join(words)))
