# readline, curses and their kind can be imported without a terminal and print nothing
import readline, curses, curses.ascii, rlcompleter, cmd, code, getpass
readline.add_history("x")
readline.set_completer(rlcompleter.Completer().complete)
print(readline.get_current_history_length(), curses.ascii.ctrl("a") == "\x01", curses.A_BOLD > 0)
try:
    curses.setupterm("no-such-terminal", 1)
except curses.error as e:
    print(type(e).__name__)
class C(cmd.Cmd):
    prompt = ""
    def do_hi(self, a): print("hi", a)
C().onecmd("hi there")
print(code.compile_command("if x:"))
