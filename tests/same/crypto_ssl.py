# ssl contexts can be made, and a TLS client starts its handshake in memory
import ssl
c = ssl.create_default_context()
print(c.verify_mode.name, c.check_hostname, c.protocol.name, len(c.get_ciphers()) > 5)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname = False
c.verify_mode = ssl.CERT_NONE
i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
s = c.wrap_bio(i, o, server_hostname="example.test")
try:
    s.do_handshake()
except ssl.SSLWantReadError as e:
    print("want read")
hello = o.read()
print(hello[0], len(hello) > 100, b"example.test" in hello, ssl.HAS_TLSv1_3, len(ssl.RAND_bytes(8)))
i.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
try:
    s.do_handshake()
except ssl.SSLError as e:
    print(e.reason)
