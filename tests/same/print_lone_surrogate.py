# a lone surrogate cannot be printed: UnicodeEncodeError, exit 1, what came before is kept
print("before")
print("\ud800")
print("after")
