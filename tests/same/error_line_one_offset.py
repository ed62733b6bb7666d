# the line number of an error is the line in the program as it was sent

# an empty line above, a comment here


raise RuntimeError("line 6")
