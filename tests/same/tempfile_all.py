# every kind of temporary file and directory, inside TMPDIR, gone when closed
import os, tempfile
base = tempfile.gettempdir()
print(os.path.samefile(base, os.environ["TMPDIR"]), os.path.samefile(base, os.getcwd()), tempfile.gettempprefix())
with tempfile.TemporaryFile() as f:
    f.write(b"abc")
    f.seek(0)
    print(f.read())
with tempfile.NamedTemporaryFile("w+", suffix=".txt", prefix="p-") as f:
    f.write("named")
    f.flush()
    name = f.name
    print(os.path.basename(name)[:2], name[-4:], os.path.getsize(name), oct(os.stat(name).st_mode))
print(os.path.exists(name))
with tempfile.TemporaryDirectory() as d:
    open(os.path.join(d, "x"), "w").close()
    print(os.listdir(d), os.path.dirname(d) == base)
print(os.path.exists(d))
with tempfile.SpooledTemporaryFile(max_size=10, mode="w+") as f:
    f.write("x" * 5)
    print(f._rolled)
    f.write("y" * 20)
    print(f._rolled, f.tell())
fd, path = tempfile.mkstemp()
print(os.write(fd, b"raw"), os.path.getsize(path))
os.close(fd)
os.unlink(path)
d = tempfile.mkdtemp()
print(oct(os.stat(d).st_mode), len({os.path.basename(tempfile.mkdtemp()) for _ in range(5)}))
