# multiprocessing imports, names its process, and its thread pools work (they need a semaphore, so /dev/shm)
import multiprocessing, multiprocessing.dummy
from multiprocessing.pool import ThreadPool
print(multiprocessing.current_process().name, multiprocessing.cpu_count() > 0, multiprocessing.active_children(), multiprocessing.parent_process())
with multiprocessing.dummy.Pool(4) as p:
    print(p.map(lambda x: x * x, range(8)))
with ThreadPool(3) as p:
    print(sorted(p.imap_unordered(str, range(5))), p.apply(max, (1, 2)), p.starmap(pow, [(2, 3), (3, 2)]))
