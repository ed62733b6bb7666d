# an exit message with what cannot be encoded is printed with escapes
import sys
sys.exit("ü \udcff \u2028 end")
