# asyncio.run with gather, create_task, wait_for, shield, Queue, Semaphore and Lock
import asyncio
async def work(n, sem):
    async with sem:
        await asyncio.sleep(0.01 * n)
        return n * 2
async def main():
    sem = asyncio.Semaphore(2)
    print(await asyncio.gather(*(work(i, sem) for i in range(5))))
    r = await asyncio.gather(work(1, sem), asyncio.sleep(0, "x"), bad(), return_exceptions=True)
    print([repr(x) for x in r])
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.05)
    except asyncio.TimeoutError:
        print("timeout")
    q = asyncio.Queue()
    async def produce():
        for i in range(3): await q.put(i)
        await q.put(None)
    t = asyncio.create_task(produce())
    print(t.get_name(), asyncio.current_task().get_name())
    got = []
    while (x := await q.get()) is not None: got.append(x)
    print(got, t.done(), len(asyncio.all_tasks()))
    t = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    t.cancel()
    print(await asyncio.gather(t, return_exceptions=True) != [], t.cancelled())
async def bad(): raise KeyError("bad")
asyncio.run(main())
