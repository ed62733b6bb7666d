# configparser, shlex, string templates, textwrap, difflib and pprint
import configparser, difflib, pprint, shlex, string, sys, textwrap
c = configparser.ConfigParser()
c.read_string("[DEFAULT]\nroot = /srv\n[a]\npath = %(root)s/x\nn = 5\nb = yes\n")
print(c["a"]["path"], c.getint("a", "n"), c.getboolean("a", "b"), c.sections(), c.get("a", "zz", fallback="-"))
c.write(sys.stdout)
print(shlex.split("a 'b c' \"d\\\"e\" # no", comments=True), shlex.quote("it's"), string.Template("$x ${y}z").substitute(x=1, y=2))
print(textwrap.fill("word " * 20, 30, initial_indent="* "), textwrap.dedent("  a\n   b"))
print("".join(difflib.unified_diff(["a\n", "b\n"], ["a\n", "c\n"], "f", "t")), difflib.get_close_matches("appel", ["ape", "apple", "peach"]))
pprint.pprint({"k%02d" % i: list(range(i)) for i in range(12)}, width=60)
