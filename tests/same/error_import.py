# importing a module that does not exist: ModuleNotFoundError, exit 1
try:
    from os import nothing_of_the_kind
except ImportError as e:
    print(e.name, e.msg.split("(")[0])
import surely_not_installed_anywhere
