# SystemExit passes through finally and with, and the last one wins
import contextlib, sys
@contextlib.contextmanager
def cm():
    try:
        yield
    finally:
        print("cm left")
def f():
    try:
        with cm():
            sys.exit(4)
    finally:
        print("finally")
        sys.exit(5)
f()
