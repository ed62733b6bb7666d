# tracemalloc, cProfile and timeit run; their numbers are of the right kind
import cProfile, io, pstats, timeit, tracemalloc
tracemalloc.start()
x = [bytes(1000) for _ in range(100)]
cur, peak = tracemalloc.get_traced_memory()
print(cur >= 100000, peak >= cur, tracemalloc.take_snapshot().statistics("lineno")[0].size >= 100000)
tracemalloc.stop()
p = cProfile.Profile()
def f(): return sum(range(1000))
p.runcall(f)
out = io.StringIO()
pstats.Stats(p, stream=out).sort_stats("cumulative").print_stats()
print("function calls" in out.getvalue(), "(f)" in out.getvalue())
print(timeit.timeit("sum(range(10))", number=100) >= 0, len(timeit.repeat(f, number=10, repeat=3)))
