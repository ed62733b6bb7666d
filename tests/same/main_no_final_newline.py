# the last line has no newline
print("a")
if True:
    print("b")