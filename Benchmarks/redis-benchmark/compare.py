#!/usr/bin/env python3
"""A decision against a Redis GET: rate, and the server's CPU time per command.

Runs redis-benchmark against `sluice serve` (one event loop) with CL.THROTTLE and against redis-server with GET,
in turn, several times, at each pipeline depth, and prints medians and ratios. CPU time is user and system time
of the server's process over the run, from /proc. Both servers are started here, on free ports, and ended here.

    make build && Benchmarks/redis-benchmark/compare.py
"""
import argparse
import csv
import io
import os
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process, ended threads included."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Target:
    """A server and the command that is measured on it."""

    def __init__(self, name, arguments, port, command, fill=None):
        self.name, self.port, self.command = name, port, command
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()
        self.fill = fill or command

    def wait(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{self.name} ended with {self.process.returncode} before it listened")
                time.sleep(0.05)
        sys.exit(f"{self.name} does not listen on port {self.port}")

    def benchmark(self, command, pipeline, requests, options):
        arguments = [
            "redis-benchmark", "-p", str(self.port), "-c", str(options.clients), "-P", str(pipeline),
            "-r", str(options.keys), "-n", str(requests), "--csv", *command]
        output = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
        row = list(csv.DictReader(io.StringIO(output)))[-1]
        return float(row["rps"])

    def measure(self, pipeline, requests, options):
        """Requests per second, and microseconds of the server's CPU for each."""
        before = cpu_seconds(self.process.pid)
        rate = self.benchmark(self.command, pipeline, requests, options)
        return rate, (cpu_seconds(self.process.pid) - before) * 1e6 / requests

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def targets(options):
    port = free_port()
    sluice = Target(
        "sluice", [*shlex.split(options.server), "--resp", f"127.0.0.1:{port}"] if not options.bare
        else [*shlex.split(options.server), str(port)],
        port, ["CL.THROTTLE", "key:__rand_int__", "15", "30", "60"])
    port = free_port()
    redis = Target(
        "redis", ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"], port,
        ["GET", "key:__rand_int__"], fill=["SET", "key:__rand_int__", "0123456789abcdef"])
    return sluice, redis


def report(results, depths):
    head = ("-P", "server", "requests/s", "CPU µs/request", "rate ratio", "CPU ratio")
    rows = []
    for depth in depths:
        medians = {
            name: tuple(statistics.median(column) for column in zip(*results[depth][name]))
            for name in ("redis", "sluice")}
        for name in ("redis", "sluice"):
            rate, cpu = medians[name]
            # Paired: each ratio is of two runs next to each other, so drift of the machine cancels.
            pairs = list(zip(results[depth]["sluice"], results[depth]["redis"]))
            ratios = ("", "") if name == "redis" else (
                f"{statistics.median(a[0] / b[0] for a, b in pairs):.2f}",
                f"{statistics.median(a[1] / b[1] for a, b in pairs):.2f}")
            rows.append((str(depth), name, f"{rate:,.0f}", f"{cpu:.2f}", *ratios))
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) if i == 1 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=".build/release/sluice serve --http off --threads 1",
                        help="the command of the server; --resp and an address are added")
    parser.add_argument("--bare", action="store_true", help="add only the port to the server's command")
    parser.add_argument("--depths", default="1,16,64", help="pipeline depths")
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turn")
    parser.add_argument("--requests", type=int, default=2_000_000, help="requests of a run; a quarter at depth 1")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--keys", type=int, default=1_000_000)
    options = parser.parse_args()
    depths = [int(depth) for depth in options.depths.split(",")]
    pair = []
    try:
        pair = targets(options)
        for target in pair:
            target.benchmark(target.fill, 64, 3 * options.keys, options)
        results = {depth: {"sluice": [], "redis": []} for depth in depths}
        for run in range(options.runs):
            for depth in depths:
                requests = options.requests // (4 if depth == 1 else 1)
                # Who goes first changes, so neither always has the warmer machine.
                for target in pair if run % 2 == 0 else pair[::-1]:
                    results[depth][target.name].append(target.measure(depth, requests, options))
        print(f"{options.clients} clients, {options.keys:,} keys, medians of {options.runs} runs in turn")
        report(results, depths)
    finally:
        for target in pair:
            target.stop()


if __name__ == "__main__":
    main()
