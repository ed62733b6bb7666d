# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# system(3) hides its failure in a status.
import os

try:
    assert os.system("exit 7") == 7 << 8, "no shell ran"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a shell ran")
