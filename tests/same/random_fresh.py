# seeded generators give the same everywhere, and one's own state can be taken and put back
import random
random.seed(1)
print(random.random(), random.getrandbits(64), random.sample(range(100), 3), random.gauss(0, 1), random.gauss(0, 1))
state = random.getstate()
a = random.random()
random.setstate(state)
print(a == random.random(), random.Random(5).randint(0, 10**9), random.Random("text").random(), random.getstate()[0], random._inst.gauss_next)
print(random.SystemRandom().random() != random.SystemRandom().random(), len(random.randbytes(5)))
