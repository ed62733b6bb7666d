# threads with locks, events, conditions, semaphores and barriers
import threading
n, lock = 0, threading.Lock()
def add():
    global n
    for _ in range(2000):
        with lock:
            n += 1
ts = [threading.Thread(target=add) for _ in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(n)
ev, cond, items = threading.Event(), threading.Condition(), []
def consumer():
    with cond:
        cond.wait_for(lambda: len(items) == 3)
    ev.set()
t = threading.Thread(target=consumer)
t.start()
for i in range(3):
    with cond:
        items.append(i)
        cond.notify()
print(ev.wait(5), items)
t.join()
b = threading.Barrier(4)
got = []
ts = [threading.Thread(target=lambda: got.append(b.wait())) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(got))
s = threading.BoundedSemaphore(2)
print(s.acquire(), s.acquire(), s.acquire(blocking=False), threading.RLock().acquire(timeout=0.1))
