#!/usr/bin/env python3
"""Compares a Hummingbird application with and without the middleware, in turn, several times.

The application has one route that greets, and one thread; `wrk -t1 -c50` asks it. Without the middleware ("open"), with
one that does nothing ("through") or adds two constant fields to the answer ("fields"), with a token bucket by the
client's address ("limited"), and with a concurrency limit, whose slot is held until the answer is written ("slots").
What is told for each is the median of the rounds, and of the ratios within each round. Needs wrk.

    swift build -c release --package-path Benchmarks/http
    Benchmarks/http/middleware.py [--rounds 15] [--seconds 3] [--json FILE]
"""
import argparse
import json
import statistics
from pathlib import Path

from servers import Server, free_port

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--bench", default=str(HERE / ".build/release/http-bench"))
    parser.add_argument("--json", help="where to write the figures")
    options = parser.parse_args()

    running = []
    try:
        for name in ("open", "through", "fields", "limited", "slots"):
            port = free_port()
            running.append(Server(name, [options.bench, name, str(port)], port, [f"http://127.0.0.1:{port}/"]))
        for server in running:
            server.measure(1)  # to warm up
            server.rates.clear(), server.costs.clear(), server.quantiles.clear()
        for round in range(options.rounds):
            # Each begins a round as often as it ends one.
            for server in running if round % 2 == 0 else reversed(running):
                server.measure(options.seconds)
    finally:
        for server in running:
            server.stop()

    plain = running[0]
    figures = {}
    print(f"{'application':<12}{'requests/s':>12}{'CPU µs':>10}{'p99 ms':>10}{'× open':>10}{'CPU ×':>10}")
    for server in running:
        ratio = statistics.median(rate / base for rate, base in zip(server.rates, plain.rates))
        cost = statistics.median(base / cost for cost, base in zip(server.costs, plain.costs))
        figures[server.name] = {
            "requests_per_second": statistics.median(server.rates),
            "cpu_us_per_request": statistics.median(server.costs),
            "p99_ms": statistics.median(q[1] for q in server.quantiles), "ratio": ratio, "cpu_ratio": cost,
            "rates": server.rates,
        }
        print(
            f"{server.name:<12}{statistics.median(server.rates):>12,.0f}{statistics.median(server.costs):>10.2f}"
            f"{statistics.median(q[1] for q in server.quantiles):>10.2f}{ratio:>10.3f}{cost:>10.3f}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
