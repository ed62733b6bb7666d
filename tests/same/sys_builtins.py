# builtins holds its names in their order, none more and none less
import builtins
print(list(vars(builtins)))
print(hasattr(builtins, "_"), __builtins__ is builtins, builtins.open.__module__, builtins.exit, builtins.__spec__.name)
