# a ResourceWarning of a file that is open at the end, when one asks for it
import warnings
warnings.simplefilter("always")
f = open("left", "w")
print("last line")
