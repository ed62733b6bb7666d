# processor time starts at the program's start; no time of children
import os, resource, time
print(0 <= time.process_time() < 0.5, 0 <= time.thread_time() < 0.5, sum(os.times()[:2]) < 0.5, os.times()[2:4])
u = resource.getrusage(resource.RUSAGE_SELF)
print(u.ru_utime + u.ru_stime < 0.5, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime)
end = time.process_time() + 0.2
while time.process_time() < end:
    pass
print(0.2 <= time.process_time() < 0.9)
