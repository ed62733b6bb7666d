# -*- coding: latin-1 -*- (a coding cookie has no effect on a program that came as text)
print("é", len("é"), "€".encode("utf-8"))
