# quit() ends the program with 0 even in the middle of a try with a bare except
try:
    try:
        quit()
    finally:
        print("finally runs")
except Exception:
    print("not reached")
