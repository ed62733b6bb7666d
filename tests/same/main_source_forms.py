# a form feed, tabs, semicolons, a continued line and a trailing backslash string are ordinary source
if True:
	a = 1; b = 2
total = a + \
    b
print(total, "con\
tinued", """three
lines""".splitlines())
