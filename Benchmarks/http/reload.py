#!/usr/bin/env python3
"""Policies of many rules: how long a start and a reload take, and whether the requests meanwhile notice.

`wrk -t1 -c50` asks one event loop for decisions, in turn without a reload, with one each second and with ten each second,
of a policy file with 1,000 rules whose numbers change each time. Needs wrk.

    make build
    Benchmarks/http/reload.py [--rules 1000] [--rounds 5] [--seconds 5]
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from servers import Server, free_port

HERE = Path(__file__).resolve().parent
SLUICE = HERE.parent.parent / ".build/release/sluice"


def policies(rules, limit):
    """Policies of four rules each, and the one that is asked, which denies nobody."""
    lines = ["policies:", f"  bench: {{rules: [{{name: flood, by: [user], limit: {1_000_000 * limit} per 1s}}]}}"]
    for number in range((rules - 1) // 4):
        lines += [
            f"  policy{number}:", "    rules:",
            f"      - {{name: burst, by: [user], limit: {limit} per 10s, burst: 5}}",
            f"      - {{name: hour, by: [user, chat], limit: {limit} per 1h, algorithm: sliding-log}}",
            f"      - {{name: room, by: [chat], limit: {limit} per 1m, algorithm: sliding-window, when: {{chat: \"a*\"}}}}",
            f"      - {{name: login, by: [ip], limit: {limit} per 15m, penalty: {{ban: 15m, after: 3}}}}",
        ]
    return "\n".join(lines) + "\n"


def start_seconds(arguments):
    """From the start of the process until it says that it is ready."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [str(SLUICE), "serve", "--grpc", "off",
         "--http", "127.0.0.1:0", "--resp", "off", *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    line = process.stdout.readline()
    if not line.startswith(b"ready "):
        raise SystemExit(f"the server does not start: {' '.join(arguments)}")
    took = time.perf_counter() - begin
    process.terminate()
    process.wait()
    return took


class Reloading:
    """Writes the file anew and has it read, so many times a second."""

    def __init__(self, file, port, rules, per_second):
        self.file, self.port, self.rules, self.pause = file, port, rules, 1 / per_second if per_second else None
        self.seconds, self.ended = [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def text(self, number):
        return policies(self.rules, 1_000 + number)

    def run(self):
        number = 0
        while self.pause and not self.ended.wait(self.pause):
            number += 1
            self.file.write_text(self.text(number))
            call = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/policies/reload", method="POST")
            with urllib.request.urlopen(call) as answer:
                self.seconds.append(json.load(answer)["seconds"])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    median = statistics.median
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "sluice.yaml"
        file.write_text(policies(options.rules, 1_000))
        starts = {"the sample": [], f"{options.rules} rules": []}
        for _ in range(options.rounds):
            starts["the sample"].append(start_seconds([]))
            starts[f"{options.rules} rules"].append(start_seconds(["--config", str(file)]))
        for name, seconds in starts.items():
            print(f"start with {name}: {median(seconds) * 1e3:.0f} ms")

        port = free_port()
        server = Server(
            "sluice",
            [str(SLUICE), "serve", "--grpc", "off",
             "--config", str(file), "--admin", "--threads", "1", "--resp", "off", "--http",
             f"127.0.0.1:{port}"], port, ["-s", str(HERE / "check.lua"), f"http://127.0.0.1:{port}/v1/check"])
        try:
            server.measure(1)
            figures, reloads = {0: [], 1: [], 10: []}, []
            for _ in range(options.rounds):
                for per_second, rounds in figures.items():
                    with Reloading(file, port, options.rules, per_second) as reloading:
                        server.measure(options.seconds)
                    reloads += reloading.seconds
                    rounds.append((server.rates[-1], *server.quantiles[-1]))
        finally:
            server.stop()
        print(f"a reload of {options.rules} rules: {median(reloads) * 1e3:.1f} ms, at most {max(reloads) * 1e3:.1f}")
        print(f"{'reloads a second':18}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}   (no answer but 200 and 429)")
        for per_second, rounds in figures.items():
            rate, p50, p99 = (median(values) for values in zip(*rounds))
            print(f"{per_second:<18}{rate:12,.0f}{p50:9.2f}{p99:9.2f}")


if __name__ == "__main__":
    main()
