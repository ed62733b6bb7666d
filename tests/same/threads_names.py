# thread names and counts start afresh: MainThread, then Thread-1
import threading
from concurrent.futures import ThreadPoolExecutor
print(threading.active_count(), [t.name for t in threading.enumerate()])
print(threading.current_thread() is threading.main_thread(), threading.main_thread().name)
def f(): print(threading.current_thread().name, threading.current_thread().daemon)
for _ in range(2):
    t = threading.Thread(target=f)
    t.start()
    t.join()
with ThreadPoolExecutor(1) as ex:
    print(ex.submit(lambda: threading.current_thread().name).result())
print(threading.get_ident() == threading.main_thread().ident, threading.stack_size())
print(threading.get_native_id() == threading.main_thread().native_id)
