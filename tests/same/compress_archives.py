# zipfile and tarfile in files and in memory
import io, os, tarfile, zipfile
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("dir/ü.txt", "inhalt" * 100)
    z.writestr("b.bin", bytes(range(256)))
with zipfile.ZipFile("a.zip") as z:
    print(z.namelist(), [i.file_size for i in z.infolist()], z.testzip(), z.read("b.bin")[:3])
    z.extractall("out")
print(sorted(os.listdir("out")), os.listdir("out/dir"), zipfile.is_zipfile("a.zip"))
buf = io.BytesIO()
for mode in ("w:gz", "w:xz", "w:bz2"):
    buf = io.BytesIO()
    with tarfile.open(fileobj=buf, mode=mode) as t: t.add("out", arcname="in")
    buf.seek(0)
    with tarfile.open(fileobj=buf) as t: print(sorted(t.getnames()))
with tarfile.open("x.tar", "w") as t:
    i = tarfile.TarInfo("made")
    i.size, i.mtime = 4, 1000
    t.addfile(i, io.BytesIO(b"data"))
with tarfile.open("x.tar") as t: t.extract("made", "t")
print(open("t/made").read(), os.stat("t/made").st_mtime)
