# print's own arguments: sep, end, file, flush, and objects of every plain kind
import sys
print()
print("a", 1, 2.5, None, True, [1, "x"], {"k": (1,)}, {7}, b"\x00\xff", sep="|")
print("no newline", end="")
print("", end="!\n")
print("to stderr", file=sys.stderr)
print(*range(5), sep="\n", flush=True)
print(1e16, 0.1 + 0.2, float("inf"), -0.0, float("nan"), 10**30, 3 + 4j)
print(repr("quote ' and \" and \\ and \t"), ascii("ü€😀"))
print("%5d|%-5s|%05.1f|%x" % (42, "ab", 3.14159, 255), f"{42:>8,}|{1234567:_}|{'mid':^9}|{0.25:%}")
