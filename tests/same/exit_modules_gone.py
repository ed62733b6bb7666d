# __del__ at the end sees its globals and the modules they name, and can print
import sys, json
NAME = "global"
class D:
    def __del__(self):
        print(NAME, json.dumps([1]), sys is not None, sys.is_finalizing() in (True, False), flush=True)
d = D()
