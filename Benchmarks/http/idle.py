#!/usr/bin/env python3
"""Memory of idle connections: how much the server grows for each of so many that have asked once and then say nothing.

Each connection asks once, so that all it ever needs exists. Told is the growth of the resident set, for HTTP and the
Redis protocol, plain and by TLS, each on a server of its own with one event loop; the clients are another process.

    make build TRAITS=TLS
    Benchmarks/http/idle.py [--connections 10000]
"""
import argparse
import resource
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from servers import free_port

HERE = Path(__file__).resolve().parent
SLUICE = HERE.parent.parent / ".build/release/sluice"
BODY = b'{"policy":"chat","descriptor":{"user":"42"}}'
REQUESTS = {
    "http": b"POST /v1/peek HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY),
    "resp": b"SLUICE.PEEK chat user 42\r\n",
}


def resident(pid):
    """Bytes of the resident set."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def certificate(directory):
    names = [f"{directory}/tls.crt", f"{directory}/tls.key"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-out", names[0], "-keyout", names[1]], check=True, capture_output=True)
    return ["--tls-certificate", names[0], "--tls-key", names[1]]


class Clients:
    """Connections that have asked once."""

    def __init__(self, transport, port, is_encrypted):
        self.request, self.port, self.open = REQUESTS[transport], port, []
        self.context = ssl.create_default_context() if is_encrypted else None
        if self.context:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE

    def grow(self, count):
        while len(self.open) < count:
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            if self.context:
                connection = self.context.wrap_socket(connection)
            connection.sendall(self.request)
            if not connection.recv(4096):
                raise SystemExit(f"closed after {len(self.open)} connections")
            self.open.append(connection)


def measure(sluice, transport, extra, count):
    port = free_port()
    other = "resp" if transport == "http" else "http"
    process = subprocess.Popen(
        [sluice, "serve", "--grpc", "off",
         "--threads", "1", f"--{transport}", f"127.0.0.1:{port}", f"--{other}", "off", *extra],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        if not process.stdout.readline().startswith(b"ready "):
            raise SystemExit("the server does not start: build it with TRAITS=TLS")
        clients = Clients(transport, port, bool(extra))
        clients.grow(100)  # so that what is made once exists
        before = resident(process.pid)
        clients.grow(count)
        return (resident(process.pid) - before) / (count - 100)
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--sluice", default=str(SLUICE), help="the server's program")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as directory:
        tls = certificate(directory)
        print(f"{'':8}{'plain, KiB each':>18}{'TLS, KiB each':>18}   ({options.connections:,} connections)")
        for transport in REQUESTS:
            # HTTP takes 4,096 connections, the Redis protocol 10,000.
            count = min(options.connections, 4_000) if transport == "http" else options.connections
            figures = [measure(options.sluice, transport, extra, count) / 1024 for extra in ([], tls)]
            print(f"{transport:8}{figures[0]:18.1f}{figures[1]:18.1f}   ({count:,})")


if __name__ == "__main__":
    main()
