# the three standard streams look as they do when stdout is a pipe and stdin is /dev/null
import sys
for f in (sys.stdin, sys.stdout, sys.stderr):
    print(f.name, f.mode, f.fileno(), f.isatty(), f.readable(), f.writable(), f.closed, f.line_buffering)
print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__, type(sys.stdout.buffer).__name__)
print(sys.displayhook is sys.__displayhook__, sys.excepthook is sys.__excepthook__)
