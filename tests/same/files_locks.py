# flock and lockf: taken, refused to a second descriptor, released
import fcntl, os
a, b = open("l", "w"), open("l", "w")
fcntl.flock(a, fcntl.LOCK_EX)
try:
    fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError as e:
    print(e)
fcntl.flock(a, fcntl.LOCK_UN)
fcntl.flock(b, fcntl.LOCK_SH | fcntl.LOCK_NB)
print("shared")
fcntl.lockf(a, fcntl.LOCK_EX | fcntl.LOCK_NB, 10)
fcntl.lockf(a, fcntl.LOCK_UN)
print(fcntl.fcntl(a, fcntl.F_GETFD), os.path.getsize("l"))
