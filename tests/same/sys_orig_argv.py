# sys.orig_argv is what the interpreter was started with
import sys
print(len(sys.orig_argv), sys.orig_argv[1], sys.orig_argv[2].splitlines()[0])
