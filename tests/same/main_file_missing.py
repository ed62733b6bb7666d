# there is no __file__: NameError, as with python3 -c
print(__name__)
print(__file__)
