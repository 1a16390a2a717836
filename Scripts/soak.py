#!/usr/bin/env python3
"""Mixed load on a server whose policies are replaced every second: no request may fail, and memory may not grow.

HTTP, proxies' calls, the Redis protocol in pipelines, gRPC and short connections, all at once. It ends with 1 and says
what was wrong, if anything was. CI runs it for a minute.

    Scripts/soak.py [--sluice .build/release/sluice] [--seconds 3600]
"""
import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALL = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"


class Soak:
    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.counts = {}
        self.faults = []
        self.memory = []

    def goes_on(self):
        return time.monotonic() < self.end and len(self.faults) < 10

    def counted(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    async def keep(self, kind, work):
        """Does a piece of work again and again; what it throws is a fault."""
        while self.goes_on():
            try:
                await work(kind)
            except (OSError, EOFError, ValueError, asyncio.IncompleteReadError) as fault:
                self.faults.append(f"{kind}: {fault!r}")


def policies(number):
    """The limits change with each reload, and one policy comes and goes."""
    extra = "  other: {rules: [{name: r, by: [ip], limit: 5 per 1s}]}\n" if number % 2 else ""
    return f"""
policies:
  api:
    rules:
      - {{name: flood, by: [user], limit: {100 + number % 7} per 1s, burst: {50 + number % 3}}}
      - {{name: log, by: [user], limit: {200 + number % 5} per 10s, algorithm: sliding-log}}
      - {{name: address, by: [ip], limit: {1000 + number % 11} per 1s, algorithm: fixed-window}}
{extra}"""


async def http(soak, port, kind, request, bodies, statuses):
    """Many requests on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for number in range(500):
            if not soak.goes_on():
                return
            body = bodies(number)
            writer.write(request(number, len(body)) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
            answer = await reader.readexactly(length)
            if status not in statuses:
                raise ValueError(f"{status} {answer[:200]!r}")
            soak.counted(kind)
    finally:
        writer.close()


async def resp(soak, port, kind, size):
    """Pipelines on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for number in range(100):
            if not soak.goes_on():
                return
            for place in range(size):
                user = f"u{(number * size + place) % 500}".encode()
                writer.write(b"*5\r\n$12\r\nSLUICE.CHECK\r\n$3\r\napi\r\n$1\r\n1\r\n$4\r\nuser\r\n$%d\r\n%s\r\n" % (len(user), user))
            for _ in range(size):
                line = await reader.readuntil(b"\r\n")
                if line != b"*6\r\n":
                    raise ValueError(line)
                for _ in range(5):
                    await reader.readuntil(b"\r\n")
                name = await reader.readuntil(b"\r\n")
                if name[:1] == b"$" and name != b"$-1\r\n":
                    await reader.readexactly(int(name[1:]) + 2)
                soak.counted(kind)
    finally:
        writer.close()


async def grpc(soak, port, kind, file):
    """One call on a connection of its own."""
    call = await asyncio.create_subprocess_exec(
        "curl", "-s", "-o", os.devnull, "-w", "%{http_code} %header{content-type}", "--http2-prior-knowledge",
        "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", f"@{file}",
        f"http://127.0.0.1:{port}{CALL}", stdout=asyncio.subprocess.PIPE)
    out, _ = await call.communicate()
    if not out.startswith(b"200 application/grpc"):
        raise ValueError(out)
    soak.counted(kind)
    await asyncio.sleep(0.05)


async def short(soak, port, kind):
    """A connection that says half a request and goes."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    soak.counted(kind)
    await asyncio.sleep(0.02)


async def reload(soak, process, path):
    number = 0
    while soak.goes_on():
        number += 1
        aside = path.with_suffix(".new")
        aside.write_text(policies(number))
        os.replace(aside, path)
        # By itself the server waits until the file has stayed as it is for a second.
        process.send_signal(signal.SIGHUP)
        await asyncio.sleep(1)


async def watch(soak, process):
    while soak.goes_on():
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                soak.memory.append(int(line.split()[1]) / 1_024)
        await asyncio.sleep(min(1, 0.25))


def frame(user):
    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    message = field(1, b"api") + field(2, field(1, field(1, b"user") + field(2, user)))
    return b"\0" + len(message).to_bytes(4, "big") + message


async def load(soak, process, ports, path, body_file):
    def check(number, length):
        return b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % length

    def body(number):
        descriptor = {"user": f"u{number % 300}", "ip": f"10.0.{number % 7}.1"}
        return json.dumps({"policy": "api", "descriptor": descriptor}).encode()

    def proxied(number, length):
        return b"GET /v1/authorize/api HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.%d\r\n\r\n" % (number % 250)

    works = [
        ("check", lambda kind: http(soak, ports["http"], kind, check, body, {200, 429})),
        ("check", lambda kind: http(soak, ports["http"], kind, check, body, {200, 429})),
        ("authorize", lambda kind: http(soak, ports["http"], kind, proxied, lambda number: b"", {200, 429})),
        ("RESP", lambda kind: resp(soak, ports["resp"], kind, 16)),
        ("RESP", lambda kind: resp(soak, ports["resp"], kind, 1)),
        ("short", lambda kind: short(soak, ports["http"], kind)),
    ]
    if "grpc" in ports:
        works.append(("gRPC", lambda kind: grpc(soak, ports["grpc"], kind, body_file)))
    await asyncio.gather(
        reload(soak, process, path), watch(soak, process), *(soak.keep(kind, work) for kind, work in works))


async def run(options, folder):
    path, body_file = folder / "sluice.yaml", folder / "request"
    path.write_text(policies(0))
    body_file.write_bytes(frame(b"u1"))
    log = open(folder / "log", "w")
    process = await asyncio.create_subprocess_exec(
        options.sluice, "serve", "--config", str(path), "--http", "127.0.0.1:0", "--resp", "127.0.0.1:0",
        *(["--grpc", "127.0.0.1:0"] if options.grpc else []), stdout=asyncio.subprocess.PIPE, stderr=log)
    try:
        line = (await process.stdout.readline()).decode()
        if not line.startswith("ready "):
            raise SystemExit(f"the server did not start: {(folder / 'log').read_text()}")
        ports = {word.split("=")[0]: int(word.rsplit(":", 1)[1]) for word in line.split()[1:]}
        soak = Soak(options.seconds)
        await load(soak, process, ports, path, body_file)
    finally:
        if process.returncode is None:
            process.terminate()
        status = await process.wait()
    if status != 0:
        soak.faults.append(f"the server ended with {status}")
    reloads = (folder / "log").read_text().count("Reloaded the policies")
    return soak, reloads


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--grpc", action="store_true", help="the server was built with gRPC")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak, reloads = asyncio.run(run(options, Path(folder)))
    # The first third is warm-up: tables and buffers grow to what the load needs.
    third = max(1, len(soak.memory) // 3)
    early, late = statistics.median(soak.memory[third:2 * third]), statistics.median(soak.memory[2 * third:])
    print(", ".join(f"{count:,} {kind}" for kind, count in sorted(soak.counts.items())))
    print(f"{reloads} reloads; memory {early:.1f} MiB in the second third, {late:.1f} MiB in the last")
    if reloads < options.seconds / 4:
        soak.faults.append(f"{reloads} reloads are too few for {options.seconds:.0f} s")
    if late > early * 1.1 + 4:
        soak.faults.append("memory grows")
    for fault in soak.faults:
        print(f"fault: {fault}", file=sys.stderr)
    sys.exit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
