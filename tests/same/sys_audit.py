# audit hooks see the program's own events and none of others
import sys
seen = []
sys.addaudithook(lambda event, args: seen.append((event, args[:1])))
compile("1", "<mine>", "eval")
exec("x = 1")
open("f", "w").close()
try:
    open("missing")
except OSError:
    pass
eval("x")
print([e for e, a in seen])
