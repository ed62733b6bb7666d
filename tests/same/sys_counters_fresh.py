# numbers that modules count start at the beginning: threads, tasks, pools, temporary names
import asyncio, itertools, queue, tempfile, threading
from concurrent.futures import ThreadPoolExecutor
async def main():
    print(asyncio.current_task().get_name(), asyncio.create_task(asyncio.sleep(0)).get_name())
asyncio.run(main())
print(threading.Thread().name, threading.Timer(1, print).name, threading.Thread(target=main).name)
with ThreadPoolExecutor(1) as pool:
    print(pool.submit(lambda: threading.current_thread().name).result())
print(tempfile.tempdir, tempfile._name_sequence, next(itertools.count()))
