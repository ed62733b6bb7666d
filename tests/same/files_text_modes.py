# text files: encodings, newline translation, append, exclusive, seek, iteration, buffering
with open("t", "w", encoding="utf-8", newline="\r\n") as f: print(f.write("äö\nü\n"), f.tell())
print(open("t", "rb").read(), open("t").read(), repr(open("t", newline="").read()))
with open("t", "a") as f: f.write("more")
with open("t") as f: print([l.rstrip() for l in f], f.encoding.lower())
try:
    open("t", "x")
except FileExistsError as e:
    print(e.strerror)
with open("u", "w", encoding="utf-16-le") as f: f.write("h€")
print(open("u", "rb").read())
try:
    open("u", encoding="ascii").read()
except UnicodeDecodeError as e:
    print(e)
print(open("u", "rb", buffering=0).readall()[:2], end=" ")
with open("t") as f: print(f.buffer.peek(3)[:2])
