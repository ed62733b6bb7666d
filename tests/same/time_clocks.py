# clocks run forward and agree with each other; sleep sleeps
import time, datetime
a, b, c = time.monotonic(), time.perf_counter_ns(), time.process_time()
time.sleep(0.05)
print(0.05 <= time.monotonic() - a < 5, time.perf_counter_ns() - b >= 50000000, time.process_time() >= c, time.thread_time() >= 0)
print(abs(time.time() - time.time_ns() / 1e9) < 1, abs(time.clock_gettime(time.CLOCK_REALTIME) - time.time()) < 1)
print(datetime.datetime.now().year >= 2024, time.get_clock_info("monotonic").monotonic, time.clock_getres(time.CLOCK_MONOTONIC) < 0.1)
try:
    time.sleep(-1)
except ValueError as e:
    print(e)
