# one line of 1 MB, no newline in it until the end
print("y" * (1 << 20))
