# a coroutine that is never awaited is a RuntimeWarning with the program's line
async def f():
    pass
def start():
    f()
start()
print("done")
