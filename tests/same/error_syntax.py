# a SyntaxError anywhere stops the whole program: nothing runs, the line and a caret are shown
print("never printed")
def f(:
    pass
