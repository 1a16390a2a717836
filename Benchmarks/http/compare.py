#!/usr/bin/env python3
"""Compares /v1/check with a constant Hummingbird route and with nginx limit_req, in turn, several times.

Every server has one thread (nginx: one worker) and is asked by `wrk -t1 -c50`. What is told for each is the median of
the rounds: requests per second, the server's CPU time per request, and the ratios. Needs wrk and nginx.

    swift build -c release --package-path Benchmarks/http
    Benchmarks/http/compare.py [--rounds 5] [--seconds 5] [--json FILE]
"""
import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1;
daemon off;
error_log /dev/null crit;
pid {dir}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    limit_req_zone $arg_user zone=users:16m rate=1000000r/s;
    server {{
        listen 127.0.0.1:{port};
        # Not `return`: that answers before limit_req is asked.
        location / {{ limit_req zone=users burst=1000000 nodelay; empty_gif; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """CPU time of a process and its children that still run."""
    pids = [pid] + [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    total = 0
    for each in pids:
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


class Server:
    def __init__(self, name, command, port, wrk):
        self.name, self.port, self.wrk = name, port, wrk
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rates, self.costs = [], []
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{name} does not listen on port {port}")

    def measure(self, seconds):
        before = cpu_seconds(self.process.pid)
        text = subprocess.run(
            ["wrk", "-t1", "-c50", f"-d{seconds}s", *self.wrk], check=True, capture_output=True, text=True
        ).stdout
        used = cpu_seconds(self.process.pid) - before
        if "Non-2xx" in text or "Socket errors" in text:
            raise SystemExit(f"{self.name}: {text}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)))
        self.costs.append(used / requests * 1e6)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def servers(bench, directory):
    check = ["-s", str(HERE / "check.lua")]
    for name in ("constant", "router", "event-loop"):
        port = free_port()
        yield Server(name, [bench, name, str(port)], port, [*check, f"http://127.0.0.1:{port}/v1/check"])
    port = free_port()
    configuration = Path(directory) / "nginx.conf"
    configuration.write_text(NGINX.format(dir=directory, port=port))
    yield Server(
        "nginx", ["nginx", "-c", str(configuration), "-p", directory], port, [f"http://127.0.0.1:{port}/?user=42"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--bench", default=str(HERE / ".build/release/http-bench"))
    parser.add_argument("--json", help="where to write the figures")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        running = []
        try:
            for server in servers(options.bench, directory):
                running.append(server)
            for server in running:
                server.measure(1)  # to warm up
                server.rates.clear(), server.costs.clear()
            for _ in range(options.rounds):
                for server in running:
                    server.measure(options.seconds)
        finally:
            for server in running:
                server.stop()

    figures = {
        s.name: {"requests_per_second": statistics.median(s.rates), "cpu_us_per_request": statistics.median(s.costs),
                 "rates": s.rates}
        for s in running
    }
    rate = {name: figure["requests_per_second"] for name, figure in figures.items()}
    print(f"{'server':<12}{'requests/s':>12}{'CPU µs':>10}{'× constant':>12}{'× nginx':>10}")
    for name, figure in figures.items():
        print(
            f"{name:<12}{rate[name]:>12,.0f}{figure['cpu_us_per_request']:>10.2f}"
            f"{rate[name] / rate['constant']:>12.2f}{rate[name] / rate['nginx']:>10.2f}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
