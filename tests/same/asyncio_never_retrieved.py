# a task whose exception nobody takes is reported on stderr, exit 0
import asyncio
async def fails():
    raise ValueError("nobody looks")
async def main():
    t = asyncio.create_task(fails())
    await asyncio.sleep(0.01)
    del t
    print("main ends")
asyncio.run(main())
