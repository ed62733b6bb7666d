# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# multiprocessing's fork.
import multiprocessing

try:
    p = multiprocessing.get_context("fork").Process(target=print, args=("child",))
    p.start()
    p.join()
    assert p.exitcode == 0, p.exitcode
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a worker process ran")
