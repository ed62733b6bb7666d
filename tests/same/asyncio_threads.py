# asyncio.to_thread, run_in_executor, call_soon_threadsafe and run_coroutine_threadsafe
import asyncio, threading, time
def block(x):
    time.sleep(0.02)
    return x, threading.current_thread() is threading.main_thread()
async def main():
    loop = asyncio.get_running_loop()
    if hasattr(asyncio, "to_thread"):
        print(await asyncio.gather(*(asyncio.to_thread(block, i) for i in range(3))))
    print(await loop.run_in_executor(None, block, "e"))
    f = loop.create_future()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(f.set_result, "from a thread")).start()
    print(await f)
    async def answer(): return 42
    def other(): out.append(asyncio.run_coroutine_threadsafe(answer(), loop).result(5))
    out = []
    await loop.run_in_executor(None, other)
    print(out)
asyncio.run(main())
