# random with a seed gives the interpreter's own sequence; without one two draws differ
import random, secrets, os, uuid
r = random.Random(42)
print(r.random(), r.randint(1, 100), r.choice("abcdef"), r.sample(range(100), 5), r.gauss(0, 1))
random.seed("text")
x = list(range(10))
random.shuffle(x)
print(x, random.getrandbits(64), random.choices([1, 2, 3], weights=[1, 1, 8], k=6))
random.seed()
print(random.random() != random.random(), random.SystemRandom().random() < 1, len(os.urandom(33)), os.urandom(16) != os.urandom(16))
print(len(secrets.token_hex(8)), len(secrets.token_bytes()), secrets.compare_digest("a", "a"), secrets.randbelow(5) < 5, len(set(uuid.uuid4() for _ in range(50))))
