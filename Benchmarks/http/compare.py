#!/usr/bin/env python3
"""Compares /v1/check with a constant Hummingbird route and with nginx limit_req, in turn, several times.

Every server has one thread (nginx: one worker) and is asked by `wrk -t1 -c50`. What is told for each is the median of
the rounds: requests per second, the server's CPU time per request, and the ratios. Needs wrk and nginx.

    swift build -c release --package-path Benchmarks/http
    Benchmarks/http/compare.py [--rounds 5] [--seconds 5] [--json FILE]
"""
import argparse
import json
import statistics
import tempfile
from pathlib import Path

from servers import Server, free_port

HERE = Path(__file__).resolve().parent

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
