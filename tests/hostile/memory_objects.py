# expect: error="memory limit exceeded"
# proof: stdout
# Small objects: the interpreter's own allocator, arena by arena.
import resource

held = []
while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 640 << 10:
    held.append([{n: str(n)} for n in range(20_000)])
print("ESCAPED: holding", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, "MiB")
