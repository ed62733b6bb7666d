# expect: blocked
# proof: pair
# A note to the next run in /tmp. Looks for what the plant, just before it on this slot, has left.
try:
    text = open("/tmp/kq7-note").read()
except OSError as e:
    raise SystemExit(f"held: {e}")
print("ESCAPED: the run before says", text)
