# sys.exit of a tuple prints its repr on stderr and is 1
import sys
sys.exit((1, "two"))
