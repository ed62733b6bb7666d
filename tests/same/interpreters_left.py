# an interpreter of the program's own that is left at its end ends before it
import atexit
atexit.register(print, "bye")
TEXT = "import atexit; atexit.register(print, 'its bye'); print('its own')"
try:
    from concurrent import interpreters
    one = interpreters.create()
    one.exec(TEXT)
except ImportError:  # before 3.14
    import _xxsubinterpreters as interpreters
    one = interpreters.create()
    interpreters.run_string(one, TEXT)
print("end")
