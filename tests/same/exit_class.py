# `raise SystemExit` without arguments is a success
import atexit
atexit.register(print, "atexit")
raise SystemExit
