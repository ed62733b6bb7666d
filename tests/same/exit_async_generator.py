# an async generator that is not finished is closed by asyncio.run; one outside of a loop only when it is deleted
import asyncio
async def numbers(name):
    try:
        yield 1
        yield 2
    finally:
        print("closed", name)
async def main():
    global left
    left = numbers("in the loop")
    print(await anext(left))
asyncio.run(main())
def plain():
    try:
        yield 1
    finally:
        print("closed, plain")
p = plain()
next(p)
print("last line")
