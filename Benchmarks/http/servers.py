"""Servers that wrk asks, and what it costs them."""
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def milliseconds(found):
    """A time as wrk prints it."""
    return float(found.group(1)) * {"us": 0.001, "ms": 1, "s": 1_000}[found.group(2)]


def cpu_seconds(pid):
    """CPU time of a process and its children that still run."""
    pids = [pid] + [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    total = 0
    for each in pids:
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


class Server:
    """A server that wrk asks, and others whose processor time counts with its own."""

    def __init__(self, name, command, port, wrk, behind=()):
        self.name, self.port, self.wrk, self.behind = name, port, wrk, behind
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rates, self.costs, self.costs_behind, self.quantiles, self.longest = [], [], [], [], []
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{name} does not listen on port {port}")

    def measure(self, seconds, connections=50):
        def used():
            return cpu_seconds(self.process.pid), sum(cpu_seconds(each.process.pid) for each in self.behind)

        before = used()
        text = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *self.wrk], check=True, capture_output=True, text=True
        ).stdout
        own, others = (after - earlier for after, earlier in zip(used(), before))
        if "Non-2xx" in text or "Socket errors" in text:
            raise SystemExit(f"{self.name}: {text}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)))
        self.costs.append(own / requests * 1e6)
        self.costs_behind.append(others / requests * 1e6)
        self.longest.append(milliseconds(re.search(r"Latency +\S+ +\S+ +([\d.]+)(\w+)", text)))
        self.quantiles.append([milliseconds(re.search(rf" {q}% +([\d.]+)(\w+)", text)) for q in (50, 99)])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
