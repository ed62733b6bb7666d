# argparse reads sys.argv, which holds no arguments; --help prints and is 0
import argparse
p = argparse.ArgumentParser(prog="tool")
p.add_argument("-v", "--verbose", action="store_true", help="say more")
print(p.parse_args())
p.parse_args(["--help"])
