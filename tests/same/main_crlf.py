# CRLF line ends in the program: lines are counted once and strings hold plain newlines
s = """two
lines"""
print(repr(s))
if s:
	print("ok")
raise ValueError("line 6")
