# asyncio streams over a socketpair: lines, exact reads, drain under back-pressure and EOF
import asyncio, socket
async def main():
    a, b = socket.socketpair()
    ra, wa = await asyncio.open_connection(sock=a)
    rb, wb = await asyncio.open_connection(sock=b)
    async def echo():
        while line := await rb.readline():
            wb.write(line.upper())
            await wb.drain()
        wb.close()
    t = asyncio.create_task(echo())
    wa.write(b"hello\nworld\n")
    print(await ra.readline(), await ra.readexactly(6))
    async def send():
        for _ in range(20):
            wa.write(b"x" * 20000 + b"\n")
            await wa.drain()
        wa.write_eof()
    s = asyncio.create_task(send())
    rest = await ra.read(-1)
    await asyncio.gather(s, t)
    print(len(rest), rest.count(b"X"), ra.at_eof())
    wa.close()
asyncio.run(main())
