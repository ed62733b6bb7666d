# a size that no machine has is a MemoryError that can be caught, and the program goes on
try:
    bytearray(1 << 62)
except (MemoryError, OverflowError) as e:
    print(type(e).__name__)
try:
    "x" * (1 << 62)
except MemoryError as e:
    print("MemoryError")
print(len(bytearray(1 << 20)))
