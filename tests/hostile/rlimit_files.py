# expect: blocked
# proof: stdout
# More descriptors than 256.
import resource

try:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard == resource.RLIM_INFINITY or hard > 256, f"the hard limit is {hard}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "limit is", hard)
