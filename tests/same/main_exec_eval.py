# exec, eval and compile see the program's globals; their own filenames stay in tracebacks
import traceback
v = 20
print(eval("v + 1"))
exec("v += 2; w = v * 2")
print(v, w)
code = compile("def boom():\n    raise KeyError('k')\n", "<mine>", "exec")
exec(code)
try:
    boom()
except KeyError:
    traceback.print_exc()
try:
    exec("1 +")
except SyntaxError as e:
    print(e.msg, e.lineno, e.filename)
