# an unclosed bracket is a SyntaxError that names where it was opened
print("never printed")
data = {"a": [1, 2,
       "b": 3
print(data)
