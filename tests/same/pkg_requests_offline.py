# requests without a network: prepared requests, an adapter of one's own, errors for bad addresses
import io, requests
from requests.adapters import BaseAdapter
class Mem(BaseAdapter):
    def send(self, request, **kw):
        r = requests.Response()
        r.status_code, r.url, r.request, r.encoding = 201, request.url, request, "utf-8"
        r.raw = io.BytesIO(('{"method": "%s", "len": %d}' % (request.method, len(request.body or b""))).encode())
        r.headers["Content-Type"] = "application/json"
        return r
    def close(self): pass
s = requests.Session()
s.mount("mem://", Mem())
r = s.post("mem://x/y", json={"a": "ü"}, headers={"X-A": "1"})
print(r.status_code, r.json(), r.ok, r.request.headers["Content-Type"])
p = requests.Request("GET", "http://host.test/p", params={"q": ["1", "ü"]}).prepare()
print(p.url, p.method)
for bad in ("no-scheme", "ftp://x.test", "http://"):
    try:
        requests.get(bad)
    except requests.RequestException as e:
        print(type(e).__name__)
