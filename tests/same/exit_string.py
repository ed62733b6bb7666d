# sys.exit("text") prints it on stderr and is 1
import sys
sys.exit("fatal: nothing to do, größe 0")
