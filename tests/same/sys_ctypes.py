# ctypes: libc calls, structures, callbacks, errno and buffers
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.abs(-5), libc.strlen(b"four"), libc.getpid() == os.getpid())
libc.strtod.restype = ctypes.c_double
print(libc.strtod(b"2.5", None))
CMP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
a = (ctypes.c_int * 5)(5, 3, 1, 4, 2)
libc.qsort(a, 5, ctypes.sizeof(ctypes.c_int), CMP(lambda x, y: x[0] - y[0]))
print(list(a))
class S(ctypes.Structure): _fields_ = [("c", ctypes.c_char), ("n", ctypes.c_int64)]
print(ctypes.sizeof(S), S(b"x", -1).n, ctypes.create_string_buffer(b"ab", 4).raw)
libc.open(b"no/such/file", 0)
print(os.strerror(ctypes.get_errno()))
