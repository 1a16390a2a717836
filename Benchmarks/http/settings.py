#!/usr/bin/env python3
"""Settings: what reading them adds to a start, how long a start takes, and what a thousand connections notice of a reload.

Each start is timed from before its process exists until after it has ended, or until it says that it is ready. `--version`
is a start that reads no setting. `wrk -t1 -c1000` asks as a proxy does, which reads the policies and the settings, in
turn without a reload and with one each second that changes both. Needs wrk.

    make build
    Benchmarks/http/settings.py [--starts 1000] [--cold 20] [--rounds 5] [--seconds 5]
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from reload import SLUICE, Reloading, policies, start_seconds
from servers import Server, free_port

VARIABLES = {
    "SLUICE_HTTP": "127.0.0.1:0", "SLUICE_RESP": "off", "SLUICE_THREADS": "2", "SLUICE_CAPACITY": "1000000",
    "SLUICE_ADMIN": "true", "SLUICE_LOG_LEVEL": "warning", "SLUICE_LOG_FORMAT": "json",
    "SLUICE_TRUSTED_PROXIES": "10.0.0.0/8,192.168.0.0/16", "SLUICE_FORWARDED_HEADER": "forwarded",
    "SLUICE_IPV6_PREFIX": "56", "SLUICE_SERVICE_HOST": "10.0.0.11", "SLUICE_PORT": "tcp://10.0.0.11:8080",
    "SLUICE_PORT_8080_TCP": "tcp://10.0.0.11:8080", "SLUICE_PORT_8080_TCP_ADDR": "10.0.0.11",
}
SECTION = """server:
  http: 127.0.0.1:0
  resp: off
  threads: 2
  capacity: 1000000
  admin: true
  log-level: warning
  log-format: json
  trusted-proxies: [10.0.0.0/8, 192.168.0.0/16]
  forwarded-header: forwarded
  ipv6-prefix: 56
"""


def run_seconds(arguments, variables, status=0):
    """From before a process exists until after it has ended."""
    begin = time.perf_counter()
    ended = subprocess.run(
        [str(SLUICE), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | variables)
    took = time.perf_counter() - begin
    if ended.returncode != status:
        raise SystemExit(f"{' '.join(arguments)} ended with {ended.returncode}")
    return took


def starts(directory, count):
    """Starts that end once the settings are known, in turn."""
    file = Path(directory) / "small.yaml"
    file.write_text(SECTION + policies(1, 1_000))
    show = ["serve", "--print-settings"]
    cases = {
        "no settings (--version)": (["--version"], {}, 0),
        "defaults": (show, {}, 0),
        "14 variables": (show, VARIABLES, 0),
        "14 variables, 10 keys of a file": (show + ["--config", str(file)], VARIABLES, 0),
        "a wrong variable, refused": (show, VARIABLES | {"SLUICE_HTPP": "off"}, 2),
    }
    seconds = {name: [] for name in cases}
    for _ in range(count):
        for name, case in cases.items():
            seconds[name].append(run_seconds(*case))
    inside(file, count)
    base = statistics.median(seconds["no settings (--version)"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"{name:34}{middle * 1e3:8.2f} ms{(middle - base) * 1e3:+8.2f} ms")


def inside(file, count):
    """What a server tells of its start: the layers of settings, and the file itself."""
    told = {"seconds": [], "file_seconds": []}
    for _ in range(count):
        process = subprocess.Popen(
            [str(SLUICE), "serve", "--grpc", "off", "--config", str(file), "--log-level", "debug", "--resp", "off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | VARIABLES)
        for line in process.stderr:
            told_now = json.loads(line)
            if told_now["message"] == "Read the settings":
                for name, values in told.items():
                    values.append(float(told_now[name]))
                break
        process.kill()
        process.wait()
    for name, values in told.items():
        values.sort()
        print(f"in process, {name}: median {statistics.median(values) * 1e3:.2f} ms,"
              f" p99 {values[len(values) * 99 // 100] * 1e3:.2f} ms")


def cold(directory, count):
    """From the start of a process until it is ready."""
    file = Path(directory) / "large.yaml"
    file.write_text(policies(1_000, 1_000))
    seconds = {"the sample": [], "1,000 rules": []}
    for _ in range(count):
        seconds["the sample"].append(start_seconds([]))
        seconds["1,000 rules"].append(start_seconds(["--config", str(file)]))
    for name, values in seconds.items():
        print(f"ready with {name}: {statistics.median(values) * 1e3:.0f} ms, at most {max(values) * 1e3:.0f}")


class SettingsReloading(Reloading):
    """Changes the policies and the settings together."""

    def text(self, number):
        networks = ", ".join(f"10.{number % 200}.{each}.0/24" for each in range(8))
        section = f"server: {{trusted-proxies: [127.0.0.0/8, {networks}], ipv6-prefix: {48 + number % 17}}}\n"
        return section + super().text(number)


def readers(directory, rounds, seconds):
    """A thousand connections, with and without a reload each second."""
    file = Path(directory) / "asked.yaml"
    file.write_text(policies(1_000, 1_000))
    port = free_port()
    server = Server(
        "sluice",
        [str(SLUICE), "serve", "--grpc", "off",
         "--config", str(file), "--admin", "--threads", "1", "--resp", "off", "--http",
         f"127.0.0.1:{port}"], port,
        ["--timeout", "20s", "-H", "X-Forwarded-For: 192.0.2.1", f"http://127.0.0.1:{port}/v1/authorize/bench"])
    figures = {0: [], 1: []}
    try:
        server.measure(1, connections=1_000)
        for _ in range(rounds):
            for per_second, all_rounds in figures.items():
                with SettingsReloading(file, port, 1_000, per_second):
                    server.measure(seconds, connections=1_000)
                all_rounds.append((server.rates[-1], *server.quantiles[-1], server.longest[-1]))
    finally:
        server.stop()
    print(f"{'reloads a second':18}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}   (no answer but 200)")
    for per_second, all_rounds in figures.items():
        rate, p50, p99, longest = (statistics.median(values) for values in zip(*all_rounds))
        print(f"{per_second:<18}{rate:12,.0f}{p50:9.2f}{p99:9.2f}{longest:9.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=1_000)
    parser.add_argument("--cold", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        starts(directory, options.starts)
        cold(directory, options.cold)
        readers(directory, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
