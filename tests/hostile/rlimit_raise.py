# expect: blocked
# proof: stdout
# A soft limit goes up to its hard limit: no hard limit may be above what is documented.
import resource

try:
    documented = {"DATA": 512 << 20, "CPU": 12, "FSIZE": 64 << 20, "NPROC": 1024, "CORE": 0}
    raised = []
    for name, most in documented.items():
        which = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(which)[1]
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(which, (hard, hard))
            raised.append(name)
    assert raised, "every limit held"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "raised", raised)
