"""
One table: the bare interpreter of the root filesystem (chroot, no jail), and a run through the
server, sequential and with 8 clients. The two are taken in turn, so that a machine that slows
down slows both. Usage: bench.py [ROUNDS], 60 unless said.
"""
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import harness

CHROOT = shutil.which("chroot", path=harness.PATH + ":/usr/sbin:/sbin")
PROGRAMS = {
    "python3": "import json, base64\nprint(json.dumps({'result': 1}))",
    "nodejs": "console.log(JSON.stringify({ result: 1 }))",
}


def bare(language):
    """Seconds that one bare start of the interpreter takes, with the same program."""
    flag = "-c" if language == "python3" else "-e"
    argv = [harness.interpreter(language), flag, PROGRAMS[language]]
    begin = time.perf_counter()
    subprocess.run([CHROOT, harness.ROOTFS[language], *argv], check=True, stdout=subprocess.DEVNULL,
                   env={"PATH": harness.PATH, "LANG": "C.UTF-8"})
    return time.perf_counter() - begin


class Client:
    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.headers = {"X-Api-Key": server.key}

    def run(self, language):
        body = json.dumps({"language": language, "code": PROGRAMS[language]})
        begin = time.perf_counter()
        self.connection.request("POST", "/v1/sandbox/run", body, self.headers)
        answer = json.loads(self.connection.getresponse().read())
        took = time.perf_counter() - begin
        if answer["code"] != 0 or answer["data"]["exit_code"] != 0:
            raise RuntimeError(f"{language}: {answer}")
        return took


def per_second(work, count, workers):
    begin = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(count)))
    return count / (time.perf_counter() - begin)


def eight(clients, language, count):
    """Runs per second of each client, all of them at once."""
    def loop(client):
        begin = time.perf_counter()
        for _ in range(count):
            client.run(language)
        return count / (time.perf_counter() - begin)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(loop, clients))


def row(name, seconds, base):
    p50 = statistics.median(seconds)
    p99 = statistics.quantiles(seconds, n=100)[98]
    print(f"  {name:<28}{p50 * 1e3:9.1f}{p99 * 1e3:9.1f}{p50 / base:9.2f}")
    return p50


def main(rounds):
    print(f"{os.cpu_count()} cores, {rounds} rounds")
    with harness.Server() as server:
        for language in PROGRAMS:
            client = Client(server)
            bare(language), client.run(language)  # page cache
            pairs = [(bare(language), client.run(language)) for _ in range(rounds)]
            starts, runs = zip(*pairs)
            print(f"\n{language:<30}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>9}")
            base = row("bare start", starts, statistics.median(starts))
            row("run, cold, 1 client", runs, base)
            clients = [Client(server) for _ in range(8)]
            served = sum(eight(clients, language, rounds // 4))
            plain = per_second(lambda i: bare(language), rounds * 2, os.cpu_count())
            print(f"  {'8 clients, runs/s':<28}{served:9.1f}{'':9}{served / plain:9.2f}   (bare starts/s on all cores: {plain:.1f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
