# NUL and other control characters pass through both streams
import sys
print("a\0b", "\x01\x02\x07\x08\x0b\x0c\x1b[31mred\x1b[0m\x7f")
sys.stderr.write("err\0or\n")
