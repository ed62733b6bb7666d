# pathlib: write, read, glob, rglob, suffixes, relative_to, iterdir, unlink
from pathlib import Path
p = Path("d") / "e"
p.mkdir(parents=True, exist_ok=True)
(p / "x.tar.gz").write_bytes(b"123")
(Path("d") / "y.txt").write_text("größe", encoding="utf-8")
print(sorted(map(str, Path("d").rglob("*"))), [q.name for q in Path("d").glob("*.txt")])
q = p / "x.tar.gz"
print(q.suffixes, q.stem, q.parent.name, q.relative_to("d"), q.stat().st_size, q.is_file(), p.is_dir())
q.rename(p / "z")
print(Path("d/y.txt").read_text(encoding="utf-8"), (p / "z").exists(), q.exists())
(p / "z").unlink()
p.rmdir()
print([c.name for c in Path("d").iterdir()], Path.cwd().is_absolute(), Path("~").expanduser() == Path.home())
try:
    Path("none").read_text()
except FileNotFoundError as e:
    print(e)
