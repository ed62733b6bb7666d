# expect: error="output limit exceeded"
# proof: stderr
# Output that is JSON itself, deep, and full of what must be escaped: quotes and backslashes.
import sys

sys.stdout.write("[" * 100_000 + '{"a":"\\\\"}' * 2_000_000)
sys.stdout.flush()
print("ESCAPED: it all went out", file=sys.stderr)
