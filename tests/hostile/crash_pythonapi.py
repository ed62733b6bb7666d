# expect: blocked
# proof: signal
# Write over the interpreter's own objects.
import ctypes

ctypes.memset(id(None), 0x41, 64)
ctypes.memset(id(type), 0x41, 512)
print(None, type)
