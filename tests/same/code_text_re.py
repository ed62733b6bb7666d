# re, unicodedata, struct, array, codecs: heavy text work
import array, codecs, re, struct, unicodedata
text = "\n".join("id=%d name=user%d mail=u%d@host%d.test" % (i, i, i, i % 7) for i in range(3000))
m = re.findall(r"(?m)^id=(\d+)\s+name=(\w+)\s+mail=([\w.]+@[\w.]+)$", text)
print(len(m), m[-1], re.sub(r"(?P<a>\d)(?=\d)", r"<\g<a>>", "1234"), re.split(r"[,;]\s*", "a, b;c"), re.fullmatch("[α-ω]+", "λόγος") is None)
print(re.match(r"(a+)+b", "a" * 18 + "c"), re.compile("x", re.I | re.X), re.escape("a.b*"), [x.span() for x in re.finditer("an", "banana")])
try:
    re.compile("(unclosed")
except re.error as e:
    print(e, e.pos)
print(unicodedata.normalize("NFD", "é").encode(), unicodedata.name("€"), unicodedata.category("A"), "straße".casefold(), "ǅ".title())
print(struct.pack(">IhQ4s", 1, -2, 3, b"abcd"), struct.unpack("<d", b"\0" * 6 + b"\xf0?"), struct.calcsize("@iq"))
print(array.array("i", [1, 2]).tobytes(), codecs.decode("uryyb", "rot13"), "ä".encode("cp1252"), b"\xe4".decode("latin-1"), "日本".encode("shift_jis"), "x".encode("idna"))
