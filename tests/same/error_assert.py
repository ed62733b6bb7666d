# a failed assert is an AssertionError with its message (no -O)
assert True
print(__debug__)
assert 1 == 2, "one is not %d" % 2
