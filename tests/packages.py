"""
Python and npm packages without a network: made here, or from what is in a root filesystem; and what serves them.

    make_wheel(d, "colour", "1.2", {"colour.py": "red = 1"}, ["shade>=1"])
    npm_pack(d, "@a/left", "1.0.0", {"index.js": "module.exports = 1"}, {"right": "^2.0.0"})
    wheel_of("rootfs/python", "jinja2", d)              a real one, its shared objects in it
    with Index(d) as index, Registry(d) as registry:    loopback: what is in d, now and later
        index.url, registry.url, index.requests         what was asked, in order

What an Index and a Registry do wrong on demand, by attributes that may change at any time: `delay` seconds before
each answer; `fail`, the status of every answer; `cut`, `spoil`: files with this in their names end early, or are
other than the page says. `most` is how many requests there were at once.

    packages.py wheels TREE OUT NAME...     wheels of what is installed in TREE, and of what it asks for
    packages.py tarballs TREE OUT NAME...   the same for npm
"""
import ast
import base64
import email
import glob
import gzip
import hashlib
import html
import http.server
import io
import json
import os
import re
import struct
import sys
import tarfile
import threading
import time
import urllib.parse
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLAIN = os.environ.get("SANDBOX_PYTHON_ROOTFS", os.path.join(ROOT, "rootfs", "python"))
WHEN = 1_600_000_000                    # one file time: the same input makes the same archive
# What Debian's metadata leaves to dpkg.
REQUIRES = {
    "jinja2": ["MarkupSafe>=2.0"],
    "pandas": ["numpy", "python-dateutil>=2.8.1", "pytz>=2020.1"],
    "python-dateutil": ["six>=1.5"],
    "requests": ["certifi>=2017.4.17", "charset-normalizer<4,>=2", "idna<4,>=2.5", "urllib3<1.27,>=1.21.1"],
}
# A wheel's own shared libraries are loaded ahead, by their full names: no LD_LIBRARY_PATH, no change of the objects.
LOADER = """
import ctypes as _ctypes, os as _os
for _name in {names!r}:
    _ctypes.CDLL(_os.path.join(_os.path.dirname(_os.path.dirname(__file__)), {libs!r}, _name))
"""


def normal(name):
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def to_bytes(text):
    return text.encode() if isinstance(text, str) else text


def metadata(name, version, requires=()):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    return "\n".join(lines) + "\n\n"


def write_wheel(directory, name, version, files, text, tag):
    """files: path in site-packages -> content. The wheel's path."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    info = f"{stem}.dist-info"
    purelib = "true" if tag.endswith("-none-any") else "false"
    files = {**files, f"{info}/METADATA": text,
             f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {purelib}\nTag: {tag}\n"}
    record = ""
    path = os.path.join(directory, f"{stem}-{tag}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for at, content in files.items():
            content = to_bytes(content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record += f"{at},sha256={digest},{len(content)}\n"
            z.writestr(zipfile.ZipInfo(at, time.gmtime(WHEN)[:6]), content, zipfile.ZIP_DEFLATED)
        z.writestr(zipfile.ZipInfo(f"{info}/RECORD", time.gmtime(WHEN)[:6]), f"{record}{info}/RECORD,,\n")
    return path


def make_wheel(directory, name, version, files, requires=(), tag="py3-none-any"):
    return write_wheel(directory, name, version, files, metadata(name, version, requires), tag)


def write_tar(path, files):
    """A .tar.gz. files: path -> content, or TarInfo -> content."""
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=WHEN) as z:
        with tarfile.open(fileobj=z, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for at, content in files.items():
                entry = at if isinstance(at, tarfile.TarInfo) else tarfile.TarInfo(at)
                content = to_bytes(content)
                entry.size, entry.mtime = len(content), WHEN
                tar.addfile(entry, io.BytesIO(content))
    return path


def make_sdist(directory, name, version, setup_py=None, files=None):
    """A source archive whose setup.py is this, or one that installs `files` (modules at its top)."""
    files = files or {}
    modules = [at[:-3] for at in files if at.endswith(".py")]
    if setup_py is None:
        setup_py = f"from setuptools import setup\nsetup(name={name!r}, version={version!r}, py_modules={modules!r})\n"
    top = f"{name}-{version}"
    return write_tar(os.path.join(directory, f"{top}.tar.gz"), {
        f"{top}/PKG-INFO": metadata(name, version), f"{top}/setup.py": setup_py,
        **{f"{top}/{at}": content for at, content in files.items()},
    })


def npm_pack(directory, name, version, files=None, dependencies=None, **fields):
    """An npm tarball; fields: more of its package.json."""
    manifest = {"name": name, "version": version, **({"dependencies": dependencies} if dependencies else {}), **fields}
    path = os.path.join(directory, f"{name.lstrip('@').replace('/', '-')}-{version}.tgz")
    return write_tar(path, {"package/package.json": json.dumps(manifest, indent=1),
                            **{f"package/{at}": content for at, content in (files or {}).items()}})


# Real packages, from a root filesystem


def needed(path):
    """DT_NEEDED of a 64-bit ELF file of this machine's byte order."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:5] != b"\x7fELF\x02":
        return []
    offset, size, count = struct.unpack_from("=Q", data, 32)[0], *struct.unpack_from("=HH", data, 54)
    headers = [struct.unpack_from("=IIQQQQ", data, offset + i * size) for i in range(count)]
    dynamic = next((h for h in headers if h[0] == 2), None)             # PT_DYNAMIC
    if dynamic is None:
        return []
    rows = [struct.unpack_from("=QQ", data, dynamic[2] + at) for at in range(0, dynamic[5], 16)]
    address = next(value for tag, value in rows if tag == 5)            # DT_STRTAB, where it is loaded
    table = next(address - h[3] + h[2] for h in headers if h[0] == 1 and h[3] <= address < h[3] + h[5])
    return [data[table + value:data.index(b"\0", table + value)].decode() for tag, value in rows if tag == 1]


def library(tree, name):
    """Where a shared library is in a tree. Alternatives (libblas) are links that may lead out of it: not by them."""
    for pattern in ("usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib", "usr/lib/*-linux-*/*"):
        for path in sorted(glob.glob(os.path.join(tree, pattern, name))):
            real = os.path.realpath(path)
            if real.startswith(os.path.realpath(tree) + os.sep) and os.path.isfile(real):
                return real
    return None


def bundle(tree, objects):
    """{name: content} of the libraries that these need and a plain tree lacks, in an order to load them in."""
    found = {}

    def visit(name):
        if name in found or library(PLAIN, name):
            return
        path = library(tree, name)
        if path is None:
            raise LookupError(f"{name} is neither in {tree} nor in {PLAIN}")
        for other in needed(path):
            visit(other)
        with open(path, "rb") as f:
            found[name] = f.read()

    for path in objects:
        for name in needed(path):
            visit(name)
    return found


def distribution(tree, package):
    """(site-packages, the directory or file with its metadata) of an installed package."""
    for site in sorted(glob.glob(os.path.join(tree, "usr/l*/python3*/*-packages")) +
                       glob.glob(os.path.join(tree, "usr/local/lib/python3*/*-packages"))):
        for info in sorted(glob.glob(os.path.join(site, "*.dist-info")) + glob.glob(os.path.join(site, "*.egg-info"))):
            if normal(os.path.basename(info).split("-")[0]) == normal(package):
                return site, info
    raise LookupError(f"no {package} in {tree}")


def read(*path):
    try:
        with open(os.path.join(*path), encoding="utf-8") as f:
            return f.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def requirements(info):
    """The part of requires.txt that holds with no extra: lines before the sections, and [:marker] sections."""
    marker = ""
    for line in (read(info, "requires.txt") or "").splitlines():
        if line.startswith("["):
            marker = line[1:-1]
        elif line.strip() and marker[:1] in ("", ":"):
            yield line.strip() + (f"; {marker[1:]}" if marker else "")


def importing(text):
    """An __init__.py that imports _distributor_init before all else; numpy's does."""
    if "_distributor_init" in text:
        return text
    lines, after = text.splitlines(keepends=True), 0
    for node in ast.parse(text).body:
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not is_future and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            break
        after = node.end_lineno
    return "".join([*lines[:after], "from . import _distributor_init\n", *lines[after:]])


def wheel_of(tree, package, out):
    """A wheel of what is installed in a tree, without tests. Its path."""
    site, info = distribution(tree, package)
    message = email.message_from_string(read(info, "METADATA") or read(info, "PKG-INFO") or read(info))
    name, version = message["Name"], message["Version"]
    required = message.get_all("Requires-Dist") or REQUIRES.get(normal(name)) or list(requirements(info))
    tops = (read(info, "top_level.txt") or name.lower().replace("-", "_")).split()
    files = {}
    for top in tops:
        for at in [os.path.join(site, top), *glob.glob(os.path.join(site, top + ".*"))]:
            paths = [at] if os.path.isfile(at) else [
                os.path.join(where, one) for where, _, names in os.walk(at) for one in names]
            for path in paths:
                inside = os.path.relpath(path, site)
                if not re.search(r"(^|/)(__pycache__|tests)/|\.(egg|dist)-info(/|$)", inside) and os.path.isfile(path):
                    with open(path, "rb") as f:
                        files[inside] = f.read()
    if not files:
        raise LookupError(f"nothing of {package} in {site}")
    objects = [os.path.join(site, at) for at in files if at.endswith(".so")]
    libraries = bundle(tree, objects)
    if libraries:
        libs = f"{tops[0]}.libs"
        files.update({f"{libs}/{at}": content for at, content in libraries.items()})
        files[f"{tops[0]}/_distributor_init.py"] = LOADER.format(names=list(libraries), libs=libs)
        files[f"{tops[0]}/__init__.py"] = importing(files[f"{tops[0]}/__init__.py"].decode())
    abi = [found.group(1) for found in (re.search(r"\.cpython-(\d+)-", at) for at in objects) if found]
    tag = f"cp{abi[0]}-cp{abi[0]}-linux_{os.uname().machine}" if abi else "py3-none-any"
    return write_wheel(out, name, version, files, metadata(name, version, required), tag)


def wheels_of(tree, names, out):
    """The same with what they require, as far as the tree has it: {normal name: path}."""
    made, queue = {}, list(names)
    for name in queue:
        if normal(name) in made:
            continue
        made[normal(name)] = wheel_of(tree, name, out)
        with zipfile.ZipFile(made[normal(name)]) as z:
            text = z.read(next(at for at in z.namelist() if at.endswith(".dist-info/METADATA"))).decode()
        rows = email.message_from_string(text).get_all("Requires-Dist", [])
        queue += [re.match(r"[\w.-]+", row).group() for row in rows if ";" not in row]
    return made


def npm_directory(tree, package):
    for base in ("usr/share/nodejs", "usr/share/nodejs/npm/node_modules", "usr/lib/node_modules/npm/node_modules",
                 "usr/local/lib/node_modules/npm/node_modules"):
        if os.path.isfile(os.path.join(tree, base, package, "package.json")):
            return os.path.join(tree, base, package)
    raise LookupError(f"no {package} in {tree}")


def npm_tarball_of(tree, package, out):
    """An npm tarball of what is installed in a tree; what is nested in it is not its own."""
    top = npm_directory(tree, package)
    manifest = json.loads(read(top, "package.json"))
    files = {}
    for where, dirs, names in os.walk(top):
        dirs[:] = sorted(d for d in dirs if d != "node_modules")
        for path in (os.path.join(where, name) for name in sorted(names)):
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as f:
                    files[f"package/{os.path.relpath(path, top)}"] = f.read()
    name = f"{manifest['name'].lstrip('@').replace('/', '-')}-{manifest['version']}.tgz"
    return write_tar(os.path.join(out, name), files)


def npm_tarballs_of(tree, names, out):
    made, queue = {}, list(names)
    for name in queue:
        if name not in made:
            made[name] = npm_tarball_of(tree, name, out)
            queue += npm_manifest(made[name]).get("dependencies", {})
    return made


def npm_manifest(path):
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("package/package.json"))


# Servers


class Web:
    """A loopback HTTP server of what is in a directory."""

    def __init__(self, directory):
        self.directory = directory
        self.requests, self.delay, self.fail, self.cut, self.spoil = [], 0, None, None, None
        self.most, self._now, self._lock = 0, 0, threading.Lock()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self):
                web._answer(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def names(self):
        return sorted(os.listdir(self.directory))

    def content(self, name):
        with open(os.path.join(self.directory, name), "rb") as f:
            return f.read()

    def _answer(self, handler):
        with self._lock:
            self.requests.append(handler.path)
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(self.delay)
            path = urllib.parse.unquote(urllib.parse.urlsplit(handler.path).path)
            status, kind, body = (self.fail, "text/plain", b"no\n") if self.fail else self.page(path)
            self._send(handler, path, status, kind, body)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self._now -= 1

    def _send(self, handler, path, status, kind, body):
        if status == 200 and self.spoil and self.spoil in path and kind == "application/octet-stream":
            at = 9 if body.startswith(b"\x1f\x8b") else len(body) - 1      # where it still unpacks
            body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        if kind == "application/octet-stream":
            handler.send_header("Cache-Control", "max-age=1000000, immutable")
        handler.end_headers()
        if status == 200 and self.cut and self.cut in path and kind == "application/octet-stream":
            body = body[:len(body) // 2]
            handler.close_connection = True
        handler.wfile.write(body)

    def file(self, name):
        if name != os.path.basename(name) or name not in self.names():
            return 404, "text/plain", b"no such file\n"
        return 200, "application/octet-stream", self.content(name)


class Index(Web):
    """PEP 503."""

    @property
    def url(self):
        return self.base + "/simple/"

    def page(self, path):
        if path.startswith("/files/"):
            return self.file(path[len("/files/"):])
        found = re.fullmatch(r"/simple/([^/]+)/?", path)
        rows = [name for name in self.names() if found and name.endswith((".whl", ".tar.gz")) and
                normal(re.match(r"(.+?)-\d", name).group(1)) == found.group(1)]
        if not rows:
            return 404, "text/plain", b"no such package\n"
        links = ""
        for name in rows:
            digest = hashlib.sha256(self.content(name)).hexdigest()
            links += f'<a href="/files/{urllib.parse.quote(name)}#sha256={digest}">{html.escape(name)}</a>\n'
        return 200, "text/html", f"<!DOCTYPE html><html><body>\n{links}</body></html>\n".encode()


class Registry(Web):
    """What npm asks of a registry for an install."""

    @property
    def url(self):
        return self.base + "/"

    def page(self, path):
        found = re.fullmatch(r"/(@[^/]+/[^/]+|[^/@]+)/-/([^/]+)", path)
        if found:
            return self.file(found.group(2))
        versions = {}
        for name in (name for name in self.names() if name.endswith(".tgz")):
            manifest = npm_manifest(os.path.join(self.directory, name))
            if manifest["name"] == path[1:]:
                digest = hashlib.sha512(self.content(name)).digest()
                versions[manifest["version"]] = {**manifest, "dist": {
                    "tarball": f"{self.base}{urllib.parse.quote(path)}/-/{name}",
                    "integrity": "sha512-" + base64.b64encode(digest).decode(),
                }}
        if not versions:
            return 404, "application/json", b'{"error":"Not found"}'
        newest = max(versions, key=lambda v: ("-" not in v, [int(n) for n in re.findall(r"\d+", v)]))
        body = {"name": path[1:], "dist-tags": {"latest": newest}, "versions": versions}
        return 200, "application/json", json.dumps(body).encode()


def main():
    kind, tree, out, *names = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    for path in {"wheels": wheels_of, "tarballs": npm_tarballs_of}[kind](tree, names, out).values():
        print(path)


if __name__ == "__main__":
    main()
