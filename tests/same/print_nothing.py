# a program that prints nothing gives two empty streams and 0
x = sum(range(100))
