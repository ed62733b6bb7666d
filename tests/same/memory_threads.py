# what one thread has taken another gives back
import queue
import threading
there, back = queue.Queue(8), queue.Queue()


def work():
    total = 0
    while (item := there.get()) is not None:
        total += sum(len(x) for x in item)
        item.append(b"x" * len(item))
        back.put([str(i) * 3 for i in range(len(item))])
    back.put(total)


threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads:
    t.start()
for n in range(3000):
    there.put(["a" * (n % 700 + i) for i in range(n % 40)])
for t in threads:
    there.put(None)
total, lists = 0, 0
for _ in range(3003):
    got = back.get()
    if isinstance(got, int):
        total += got
    else:
        lists += sum(len(x) for x in got)
for t in threads:
    t.join()
print(total, lists)
