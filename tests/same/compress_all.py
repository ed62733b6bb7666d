# zlib, gzip, bz2 and lzma: one shot, streaming and damaged data
import bz2, gzip, io, lzma, zlib
data = b"the quick brown fox " * 5000
for m in (zlib, gzip, bz2, lzma): print(m.__name__, m.decompress(m.compress(data)) == data)
with gzip.open("f.gz", "wt", encoding="utf-8") as f: f.write("zeile ü\n" * 3)
print(gzip.open("f.gz", "rt", encoding="utf-8").readlines())
with lzma.open("f.xz", "wb", preset=6) as f: f.write(data)
with bz2.open("f.bz2", "wb") as f: f.write(data)
print(len(lzma.open("f.xz").read()), len(bz2.BZ2File("f.bz2").read(100)))
d = zlib.decompressobj()
packed = zlib.compress(data, 9)
print(len(d.decompress(packed[:50]) + d.decompress(packed[50:]) + d.flush()), d.eof)
for m, bad in ((zlib, b"xx"), (gzip, b"xx"), (bz2, b"BZh9xxxxxxxxxxxxxxxx"), (lzma, b"xx")):
    try:
        m.decompress(bad)
    except Exception as e:
        print(type(e).__name__, e)
