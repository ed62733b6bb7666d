"""
A run's descriptors, whatever numbers the server holds: connections without a key move the
numbers of the pipes past those that the child gives them.
"""
import socket

import harness

LOOK = """
import os, stat, sys
for fd in range(300):
    try:
        print(fd, stat.S_ISFIFO(os.fstat(fd).st_mode))
    except OSError:
        pass
sys.stderr.write("e")
"""


def test_any_number_of_connections_leaves_a_run_its_own_pipes_only():
    with harness.Server() as server:
        held = []
        try:
            for n in range(280):
                held.append(socket.create_connection(("localhost", server.port)))
                if n < 200:
                    continue
                answer = server.run("python3", LOOK)
                assert answer.stdout == "0 True\n1 True\n2 True\n", n
                assert answer.stderr == "e", n
        finally:
            for s in held:
                s.close()
