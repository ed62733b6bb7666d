# a loop of one's own: new_event_loop, run_until_complete, run_forever, stop, close
import asyncio
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
async def f(x): return x + 1
print(loop.run_until_complete(f(1)), loop.is_running(), loop.is_closed())
loop.call_soon(print, "soon")
loop.call_later(0.02, loop.stop)
loop.run_forever()
loop.close()
print(loop.is_closed())
try:
    asyncio.run(f(2)) and asyncio.get_running_loop()
except RuntimeError as e:
    print(e)
