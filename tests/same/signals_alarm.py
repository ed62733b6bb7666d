# signal.alarm and setitimer interrupt sleep and pause; handlers run in the main thread
import signal, threading, time
seen = []
signal.signal(signal.SIGALRM, lambda n, f: seen.append((n == signal.SIGALRM, f.f_code.co_name, threading.current_thread().name)))
signal.setitimer(signal.ITIMER_REAL, 0.03, 0.03)
signal.pause()
print(seen[0])
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
t = time.monotonic()
time.sleep(0.2)
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(seen) > 3, time.monotonic() - t >= 0.2)
class Timeout(Exception): pass
def raiser(n, f): raise Timeout
signal.signal(signal.SIGALRM, raiser)
print(signal.alarm(1), signal.alarm(0) in (0, 1))
try:
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    n = 0
    while True: n += 1
except Timeout:
    print("busy loop interrupted")
