# expect: blocked
# proof: careless
# Our own memory, page by page: what the bootstrap or its parent forgot to wipe. Bad addresses are found
# by giving them to write(2), which answers EFAULT. Needs no /proc.
import ctypes
import os
import re

MARK = re.compile(rb"Kq7-[a-z]+-secret")
libc = ctypes.CDLL(None, use_errno=True)
r, w = os.pipe()
near = {id(object()), id(os), id(b""), ctypes.addressof(ctypes.c_long()), id(re.compile),
        ctypes.c_void_p.in_dll(libc, "environ").value or 0}
found, seen = set(), set()
for at in near:
    for page in range((at >> 12) - 4096, (at >> 12) + 4096):
        if page in seen or page <= 0:
            continue
        seen.add(page)
        if libc.write(w, ctypes.c_void_p(page << 12), ctypes.c_size_t(4096)) == 4096:
            found.update(MARK.findall(os.read(r, 4096)))
if not found:
    raise SystemExit(f"held: nothing in {len(seen)} pages")
print("ESCAPED:", sorted(found))
