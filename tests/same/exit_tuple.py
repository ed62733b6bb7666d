# SystemExit with two arguments: they are printed
print("before")
raise SystemExit(1, 2)
