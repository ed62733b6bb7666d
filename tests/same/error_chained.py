# an exception raised while another is handled, and raise from, print both tracebacks
def load():
    try:
        int("x")
    except ValueError:
        {}["missing"]
try:
    load()
except KeyError as e:
    raise RuntimeError("load failed") from e
