# socketpair between threads: sendall of 1 MB, makefile, timeouts, sendmsg with a descriptor
import array, os, socket, threading
a, b = socket.socketpair()
t = threading.Thread(target=lambda: (a.sendall(b"z" * (1 << 20)), a.shutdown(socket.SHUT_WR)))
t.start()
n = 0
while chunk := b.recv(65536): n += len(chunk)
t.join()
print(n)
f = b.makefile("w")
f.write("line\n")
f.flush()
print(a.makefile().readline())
c, d = socket.socketpair()
c.settimeout(0.02)
try:
    c.recv(1)
except socket.timeout as e:
    print(e)
c.setblocking(False)
try:
    c.recv(1)
except BlockingIOError as e:
    print(e.errno)
print(socket.inet_aton("1.2.3.4"), socket.htons(1), socket.inet_pton(socket.AF_INET6, "::1")[-1], c.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM)
