# recursion: the limit holds in a thread as it is, and setrecursionlimit is obeyed
import sys, threading
def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n
got = []
t = threading.Thread(target=lambda: got.append(depth()))
t.start()
t.join()
print(sys.getrecursionlimit() - got[0])
def big():
    sys.setrecursionlimit(5000)
    got.append(4000 < depth() < 5000)
t = threading.Thread(target=big)
t.start()
t.join()
print(got[1], sys.getrecursionlimit())
