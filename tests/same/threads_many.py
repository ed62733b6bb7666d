# thirty threads at once, each with a stack of its own
import threading
b, total, lock = threading.Barrier(31), [], threading.Lock()
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
def f(i):
    b.wait()
    with lock: total.append(deep(100 + i))
ts = [threading.Thread(target=f, args=(i,)) for i in range(30)]
for t in ts: t.start()
b.wait()
for t in ts: t.join()
print(sum(total), len(total))
