# an IntEnum is an integer to sys.exit
import enum, sys
class Code(enum.IntEnum):
    BAD = 77
sys.exit(Code.BAD)
