# asyncio.timeout and TaskGroup (3.11), async generators and context managers, contextvars across tasks
import asyncio, contextlib, contextvars
var = contextvars.ContextVar("var", default="unset")
async def ticks(n):
    try:
        for i in range(n):
            yield i
            await asyncio.sleep(0)
    finally:
        print("generator closed")
@contextlib.asynccontextmanager
async def room(name):
    print("enter", name)
    yield name
    print("leave", name)
async def child():
    before = var.get()
    var.set("child")
    return before
async def main():
    async with room("r"):
        print([i async for i in ticks(3)])
    async for i in ticks(5):
        if i == 1: break
    var.set("parent")
    print(await asyncio.create_task(child()), var.get())
    if hasattr(asyncio, "timeout"):
        try:
            async with asyncio.timeout(0.02): await asyncio.sleep(5)
        except TimeoutError:
            print("TimeoutError")
        async with asyncio.TaskGroup() as tg:
            t = tg.create_task(child())
        print(t.result())
asyncio.run(main())
