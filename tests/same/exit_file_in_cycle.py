# a file that only a cycle holds is flushed by atexit's time or at the end, and no warning is shown
import atexit, os
class Node: pass
n = Node()
n.me, n.file = n, open("f", "w")
n.file.write("text")
atexit.register(lambda: print("size at exit", os.path.getsize("f")))
