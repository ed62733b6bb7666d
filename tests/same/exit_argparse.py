# argparse's error is usage and message on stderr, exit 2
import argparse
p = argparse.ArgumentParser(prog="tool", description="A tool.")
p.add_argument("--level", type=int, default=3, choices=[1, 2, 3])
p.add_argument("name")
print(p.parse_args(["--level", "2", "x"]))
print(p.format_help())
p.parse_args(["--level", "nine", "x"])
