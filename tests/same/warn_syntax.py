# a SyntaxWarning of the compiler comes before the first line runs
print("body")
x = 5
print(x is 5 or True)
assert (x, "always true")
