# text in a second wrapper around descriptor 1 is written when the program ends
import io
out = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")
out.write("written when the wrapper goes away\n")
print("from print")
