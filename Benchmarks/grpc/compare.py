#!/usr/bin/env python3
"""Envoy's service by Sluice against one of grpc-swift that answers a constant, in turn.

h2load keeps 50 requests in flight on one connection; each server has one event loop. Told are medians of the rounds, and
the median of the ratios of each round. Needs h2load (Debian: nghttp2-client).

    make build TRAITS=GRPC
    swift build -c release --package-path Benchmarks/grpc
    Benchmarks/grpc/compare.py [--rounds 7] [--seconds 4]
"""
import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
from servers import Server, cpu_seconds, free_port  # noqa: E402

SLUICE = HERE.parent.parent / ".build/release/sluice"
CONSTANT = HERE / ".build/release/constant-service"
CALL = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"
POLICY = "policies: {web: {rules: [{name: each, by: [remote_address], limit: 1000000000 per 1s}]}}\n"


def field(number, content):
    """A field of a protobuf message that has a length, all of them short here."""
    return bytes([number << 3 | 2, len(content)]) + content


def frame():
    """A request of one descriptor as gRPC sends it."""
    entry = field(1, b"remote_address") + field(2, b"203.0.113.7")
    message = field(1, b"web") + field(2, field(1, entry))
    return b"\0" + len(message).to_bytes(4, "big") + message


class GRPCServer(Server):
    """A server that h2load asks."""

    def measure(self, seconds, streams=50):
        before = cpu_seconds(self.process.pid)
        text = subprocess.run(
            ["h2load", "-c1", f"-m{streams}", "-t1", f"--duration={seconds}", "--warm-up-time=1",
             "-H", "content-type: application/grpc", "-H", "te: trailers", *self.wrk],
            check=True, capture_output=True, text=True).stdout
        used = cpu_seconds(self.process.pid) - before
        done = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", text)
        if int(done.group(2)) or int(done.group(3)):
            raise SystemExit(f"{self.name}: {text}")
        rate = float(re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", text).group(1))
        self.rates.append(rate)
        # The warm-up takes processor time, too, at the same rate.
        self.costs.append(used / (rate * (seconds + 1)) * 1e6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    running = []
    with tempfile.TemporaryDirectory() as directory:
        body, policy = Path(directory) / "request", Path(directory) / "sluice.yaml"
        body.write_bytes(frame())
        policy.write_text(POLICY)
        try:
            for name, command in {
                "constant": lambda port: [str(CONSTANT), str(port)],
                "Sluice": lambda port: [
                    str(SLUICE), "serve", "--config", str(policy), "--threads", "1", "--http", "off", "--resp", "off",
                    "--grpc", f"127.0.0.1:{port}"],
            }.items():
                port = free_port()
                load = ["-d", str(body), f"http://127.0.0.1:{port}{CALL}"]
                running.append(GRPCServer(name, command(port), port, load))
            for server in running:
                server.measure(1)
                server.rates.clear()
                server.costs.clear()
            for _ in range(options.rounds):
                for server in running:
                    server.measure(options.seconds)
        finally:
            for server in running:
                server.stop()
    print(f"{'':10}{'requests/s':>12}{'CPU µs':>9}")
    for server in running:
        print(f"{server.name:10}{statistics.median(server.rates):12,.0f}{statistics.median(server.costs):9.1f}")
    constant, sluice = running
    ratios = [own / other for own, other in zip(sluice.rates, constant.rates)]
    costs = [other / own for own, other in zip(sluice.costs, constant.costs)]
    print(f"rate by rate {statistics.median(ratios):.2f} ×, CPU by CPU {statistics.median(costs):.2f} ×")


if __name__ == "__main__":
    main()
