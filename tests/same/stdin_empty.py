# stdin is empty: read is '', lines are none, input() is EOFError with its prompt on stdout
import os, sys
print(repr(sys.stdin.read()), list(sys.stdin), repr(sys.stdin.readline()), os.read(0, 10))
print(sys.stdin.isatty(), sys.stdin.fileno(), sys.stdin.buffer.read())
name = input("name? ")
