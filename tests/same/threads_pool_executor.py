# ThreadPoolExecutor: map keeps order, exceptions travel, as_completed and wait work
from concurrent.futures import ThreadPoolExecutor, as_completed, wait, FIRST_EXCEPTION
import threading, time
def slow(x):
    time.sleep(0.01 * (3 - x % 3))
    if x == 7: raise ValueError("seven")
    return x * x
with ThreadPoolExecutor(max_workers=4) as ex:
    print(list(ex.map(slow, range(6))))
    fs = {ex.submit(slow, i): i for i in (1, 2, 7)}
    print(sorted((fs[f], type(f.exception()).__name__) for f in as_completed(fs)))
    done, rest = wait([ex.submit(slow, 7), ex.submit(slow, 1)], return_when=FIRST_EXCEPTION)
    print(len(done) + len(rest))
    f = ex.submit(slow, 7)
    seen = threading.Event()
    f.add_done_callback(lambda f: (print("callback", f.done()), seen.set()))
    seen.wait(5)
    try:
        f.result(timeout=5)
    except ValueError as e:
        print("ValueError", e)
ex = ThreadPoolExecutor(1)
ex.submit(print, "ran without shutdown")
