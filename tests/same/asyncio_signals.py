# add_signal_handler wakes the loop; add_reader sees a pipe
import asyncio, os, signal
async def main():
    loop = asyncio.get_running_loop()
    got = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, got.set)
    loop.call_later(0.02, os.kill, os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(got.wait(), 5)
    print("signal seen", loop.remove_signal_handler(signal.SIGUSR1))
    r, w = os.pipe()
    f = loop.create_future()
    loop.add_reader(r, lambda: f.done() or f.set_result(os.read(r, 100)))
    os.write(w, b"through the pipe")
    print(await f)
    loop.remove_reader(r)
asyncio.run(main())
