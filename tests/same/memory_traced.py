# tracemalloc puts itself before the allocator, before and after much has been taken
import tracemalloc
for round in range(3):
    tracemalloc.start()
    kept = [bytes(100) for _ in range(40000)]
    size, peak = tracemalloc.get_traced_memory()
    print(size > 4000000, peak >= size)
    (top, *_) = tracemalloc.take_snapshot().statistics("lineno")
    print(top.traceback[0].lineno, top.count > 39000)
    del kept, top
    print(tracemalloc.get_traced_memory()[0] < 4000000)
    tracemalloc.stop()
    kept = [str(i) for i in range(40000)]
    print(sum(map(len, kept)))
