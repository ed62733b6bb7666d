# sys.exit(300) keeps the low byte
import sys
sys.exit(300)
