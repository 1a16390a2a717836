#!/usr/bin/env python3
"""nginx that asks Sluice about each request, against nginx with its own limit_req and with none, in turn.

nginx has one worker, Sluice one event loop; `wrk -t1 -c50` asks for an empty picture that nginx itself has. Told are
medians of the rounds. Needs wrk and nginx.

    make build
    Benchmarks/http/proxies.py [--rounds 5] [--seconds 5]
"""
import argparse
import statistics
import tempfile
from pathlib import Path

from servers import Server, free_port

HERE = Path(__file__).resolve().parent
SLUICE = HERE.parent.parent / ".build/release/sluice"

NGINX = """
worker_processes 1;
daemon off;
error_log /dev/null crit;
pid {dir}/{name}.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    limit_req_zone $binary_remote_addr zone=users:16m rate=1000000r/s;
    upstream sluice {{ server 127.0.0.1:{sluice}; keepalive 64; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ {limit} empty_gif; }}
        location = /sluice {{
            internal;
            proxy_pass http://sluice/v1/authorize/api;
            proxy_http_version 1.1;
            proxy_pass_request_body off;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Method $request_method;
            proxy_set_header X-Forwarded-Uri $request_uri;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
        }}
    }}
}}
"""
LIMITS = {
    "no limit": "",
    "limit_req": "limit_req zone=users burst=1000000 nodelay;",
    "Sluice": "auth_request /sluice;",
}
POLICY = """
server: {authorize: {api: {deny-with: 403}}}
policies: {api: {rules: [{name: each, by: [ip], limit: 1000000000 per 1s}]}}
"""


def nginx(name, directory, sluice):
    port = free_port()
    file = Path(directory) / f"{name.replace(' ', '-')}.conf"
    file.write_text(
        NGINX.format(dir=directory, name=file.stem, port=port, sluice=sluice.port, limit=LIMITS[name]))
    behind = [sluice] if name == "Sluice" else []
    return Server(name, ["nginx", "-c", str(file), "-p", directory], port, [f"http://127.0.0.1:{port}/"], behind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    running = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            policy = Path(directory) / "sluice.yaml"
            policy.write_text(POLICY)
            port = free_port()
            command = [
                str(SLUICE), "serve", "--grpc", "off", "--config", str(policy), "--threads", "1", "--resp", "off"
            ]
            call = ["-H", "X-Forwarded-For: 203.0.113.7", f"http://127.0.0.1:{port}/v1/authorize/api"]
            sluice = Server("Sluice alone", command + ["--http", f"127.0.0.1:{port}"], port, call)
            running.append(sluice)
            for name in LIMITS:
                running.append(nginx(name, directory, sluice))
            for server in running:
                server.measure(1)
                for figures in (server.rates, server.costs, server.costs_behind, server.quantiles):
                    figures.clear()
            for _ in range(options.rounds):
                for server in running:
                    server.measure(options.seconds)
        finally:
            for server in reversed(running):
                server.stop()
    median = statistics.median
    print(f"{'':14}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'nginx µs':>10}{'Sluice µs':>11}")
    for server in running:
        p50, p99 = (median(values) for values in zip(*server.quantiles))
        own, behind = median(server.costs), median(server.costs_behind)
        if server.name == "Sluice alone":
            own, behind = 0.0, own
        print(f"{server.name:14}{median(server.rates):12,.0f}{p50:9.2f}{p99:9.2f}{own:10.1f}{behind:11.1f}")


if __name__ == "__main__":
    main()
