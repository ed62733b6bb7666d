# a program that takes builtins away ends with the error that this makes
import builtins
print("before")
del builtins.print, builtins.__import__
import os
