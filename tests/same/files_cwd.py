# the working directory is empty, writable, HOME and TMPDIR, and a file made in it is listed
import os, pathlib
print(os.listdir("."), os.path.isabs(os.getcwd()), os.access(".", os.R_OK | os.W_OK | os.X_OK))
print(os.path.samefile(os.getcwd(), os.environ["HOME"]), os.path.samefile(os.path.expanduser("~"), "."))
print(os.path.samefile(pathlib.Path.home(), pathlib.Path.cwd()), os.path.realpath(".") == os.getcwd())
open("made.txt", "w").write("x")
print(os.listdir("."))
os.mkdir("sub")
os.chdir("sub")
print(os.path.basename(os.getcwd()), os.listdir(".."), os.path.exists("../made.txt"))
