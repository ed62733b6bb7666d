# what the site module adds is there: exit, quit, copyright, help
import builtins
print([n for n in ("exit", "quit", "copyright", "credits", "license", "help") if hasattr(builtins, n)])
print(repr(exit), repr(quit))
exit(3)
