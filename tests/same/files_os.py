# the os file calls: stat, rename, link, symlink, chmod, utime, truncate, walk, scandir, remove
import os, stat
os.umask(0o022)
os.makedirs("a/b/c")
for n in ("a/1.txt", "a/b/2.txt", "a/b/c/3.txt"):
    with open(n, "w") as f: f.write(n)
for root, dirs, files in os.walk("a"): print(root, sorted(dirs), sorted(files))
with os.scandir("a") as it:
    print(sorted((e.name, e.is_dir(), e.is_file(), e.is_symlink()) for e in it))
st = os.stat("a/1.txt")
print(stat.filemode(st.st_mode), st.st_size, st.st_nlink, st.st_uid == os.getuid(), st.st_gid == os.getgid())
os.chmod("a/1.txt", 0o600)
os.utime("a/1.txt", (1000000000, 1000000001.5))
st = os.stat("a/1.txt")
print(oct(st.st_mode), st.st_atime, st.st_mtime_ns)
os.link("a/1.txt", "hard")
os.symlink("a/1.txt", "soft")
print(os.stat("hard").st_nlink, os.readlink("soft"), os.lstat("soft").st_size, os.path.islink("soft"), os.path.samefile("hard", "soft"))
os.truncate("hard", 2)
print(open("soft").read())
os.rename("hard", "moved")
os.replace("moved", "a/1.txt")
os.remove("soft")
print(sorted(os.listdir(".")))
for bad in (lambda: os.mkdir("a"), lambda: os.rmdir("a"), lambda: os.remove("none"), lambda: os.listdir("a/1.txt"), lambda: open("a")):
    try:
        bad()
    except OSError as e:
        print(type(e).__name__, e.errno, e)
os.makedirs("x/y")
os.removedirs("x/y")
print(os.path.exists("x"))
