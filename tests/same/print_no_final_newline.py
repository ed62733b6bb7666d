# a last line without a newline is kept as it is
print("first")
print("last, no newline", end="")
