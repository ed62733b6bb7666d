# the module namespace holds the usual dunders and nothing of the sandbox
print(sorted(globals()))
print(sorted(dir()))
print(globals() is locals(), __name__, __doc__, __package__, __spec__)
print(type(__loader__).__name__, type(__builtins__).__name__)
print("__file__" in globals())
