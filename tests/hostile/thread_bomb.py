# expect: blocked
# proof: stdout
# More than 64 threads at once.
import threading

stop = threading.Event()
made = 0
try:
    while made < 256:
        threading.Thread(target=stop.wait, daemon=True).start()
        made += 1
except RuntimeError as e:
    print("stopped:", e)
if made <= 64:
    raise SystemExit(f"held: {made} threads")
print("ESCAPED:", made, "threads")
