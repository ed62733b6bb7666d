# expect: blocked
# proof: signal
# The interpreter dies of a bad address: no core file, no harm to the server.
import ctypes

ctypes.string_at(0)
