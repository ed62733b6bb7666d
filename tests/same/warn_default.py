# warnings go to stderr with the program's line; a repeated one is shown once; DeprecationWarning is shown in __main__
import warnings
for i in range(3):
    warnings.warn("watch out")
def old():
    warnings.warn("old is old", DeprecationWarning, stacklevel=2)
old()
warnings.warn("hidden", PendingDeprecationWarning)
warnings.warn("above the top", stacklevel=2)
print("done")
