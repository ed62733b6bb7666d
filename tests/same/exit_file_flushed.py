# a file that is still open at exit loses nothing: an atexit handler registered earlier reads it back
import atexit, os
def check():
    f.flush()
    print(os.path.getsize("log.txt"), open("log.txt").read())
atexit.register(check)
f = open("log.txt", "w")
f.write("never closed")
