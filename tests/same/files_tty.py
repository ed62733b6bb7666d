# questions about terminals get ENOTTY, and the terminal size falls back to 80x24
import fcntl, os, shutil, sys, termios
print(os.isatty(0), os.isatty(1), sys.stdout.isatty(), shutil.get_terminal_size())
for ask in (lambda: os.get_terminal_size(1), lambda: termios.tcgetattr(1), lambda: fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)):
    try:
        print(ask())
    except Exception as e:
        print(type(e).__name__, e.args)
r, w = os.pipe()
os.write(w, b"1234567")
print(fcntl.ioctl(r, termios.FIONREAD, b"\0" * 4)[0])
