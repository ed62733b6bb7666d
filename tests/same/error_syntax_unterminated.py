# an unterminated string
print("never printed")
s = "no end
print(s)
