# queue.Queue, LifoQueue, PriorityQueue and SimpleQueue between threads
import queue, threading
q, done = queue.Queue(maxsize=2), []
def worker():
    while True:
        x = q.get()
        if x is None: break
        done.append(x * x)
        q.task_done()
t = threading.Thread(target=worker)
t.start()
for i in range(10): q.put(i)
q.join()
q.put(None)
t.join()
print(done)
for kind in (queue.LifoQueue, queue.PriorityQueue):
    z = kind()
    for i in (2, 3, 1): z.put(i)
    print([z.get() for _ in range(3)])
try:
    queue.SimpleQueue().get(timeout=0.05)
except queue.Empty:
    print("Empty")
