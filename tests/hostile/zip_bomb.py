# expect: error="memory limit exceeded"
# proof: stdout
# Half a megabyte that unpacks to 700.
import zlib

press = zlib.compressobj(9)
small = b"".join(press.compress(bytes(1 << 20)) for _ in range(700)) + press.flush()
large = zlib.decompress(small)
print("ESCAPED:", len(small), "bytes became", len(large))
