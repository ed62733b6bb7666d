# tasks that are pending when the loop is closed, and a loop that is not closed
import asyncio, logging
logging.getLogger("asyncio").addHandler(h := logging.Handler())
h.emit = lambda record: print("logged:", record.getMessage().split("\n")[0])
async def forever():
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        print("cancelled")
        raise
async def main():
    asyncio.create_task(forever())
    await asyncio.sleep(0)
asyncio.run(main())
loop = asyncio.new_event_loop()
task = loop.create_task(asyncio.sleep(0, "done"))
print(task.get_name() != "", loop.is_running(), task.done())
loop.run_until_complete(task)
print(task.result())
