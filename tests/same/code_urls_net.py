# urllib.parse, ipaddress, http.cookies, email, uuid, mimetypes, html: network formats without a network
import email, email.policy, http, http.cookies, ipaddress, mimetypes, urllib.parse as u, uuid
from email.message import EmailMessage
p = u.urlparse("https://user:pw@host.test:8443/a/b;p?q=1&q=2&e=%C3%A9#frag")
print(p, p.port, p.hostname, u.parse_qs(p.query), u.urljoin("http://a.test/b/c", "../d?x"), u.quote("ü /?"), u.unquote_plus("a+%C3%BC"), u.urlencode({"k": ["a", "b"]}, True))
n = ipaddress.ip_network("10.1.0.0/22")
print(n.num_addresses, list(n.subnets(1)), ipaddress.ip_address("10.1.3.9") in n, ipaddress.ip_address("::1").is_loopback, ipaddress.ip_address("2001:db8::1").exploded)
c = http.cookies.SimpleCookie("a=1; b=\"x y\"")
c["a"]["path"] = "/"
print(c.output(), http.HTTPStatus(404).phrase, mimetypes.guess_type("x.html")[0])
m = EmailMessage()
m["Subject"], m["From"], m["To"] = "Grüße", "a@a.test", "b@b.test"
m.set_content("Hallo ü\n")
print(m.as_string(), email.message_from_string("Subject: x\n\nbody", policy=email.policy.default)["subject"])
print(uuid.uuid5(uuid.NAMESPACE_DNS, "a.test"), uuid.uuid3(uuid.NAMESPACE_URL, "x"), uuid.UUID(int=5), uuid.uuid4().version, uuid.uuid1().version)
