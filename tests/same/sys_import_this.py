# `import this` prints once in a program
import this
import this
import sys
print("this" in sys.modules, len(this.s))
