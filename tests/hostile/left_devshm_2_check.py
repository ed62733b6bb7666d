# expect: blocked
# proof: pair
# A note to the next run in /dev/shm. Looks for what the plant, just before it on this slot, has
# left.
try:
    text = open("/dev/shm/kq7-note").read()
except OSError as e:
    raise SystemExit(f"held: {e}")
print("ESCAPED: the run before says", text)
