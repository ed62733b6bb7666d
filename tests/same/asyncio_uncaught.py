# an exception that leaves asyncio.run is an ordinary traceback, exit 1
import asyncio
async def inner():
    await asyncio.sleep(0)
    raise ValueError("from a coroutine")
async def main():
    await inner()
asyncio.run(main())
