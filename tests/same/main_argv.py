# sys.argv, sys.path[0], orig flags and the hooks are those of python3 -c
import sys
print(sys.argv, repr(sys.path[0]), sys.flags.optimize, sys.flags.interactive, sys.flags.inspect, sys.flags.dev_mode)
print(sys.dont_write_bytecode, sys.flags.no_site, sys.flags.isolated, sys.flags.ignore_environment)
print(sys.warnoptions, sys._xoptions, sys.gettrace(), sys.getprofile(), sys.getswitchinterval())
print(hasattr(sys, "ps1"), bool(sys.executable), sys.byteorder, sys.maxsize == 2**63 - 1)
