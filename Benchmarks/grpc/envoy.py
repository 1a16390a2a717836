#!/usr/bin/env python3
"""Envoy that asks Sluice about each request, against Envoy with its own local rate limit and with none, in turn.

Envoy has one worker, Sluice one event loop; behind Envoy stands nginx with an empty picture; `wrk -t1 -c50` asks.
Told are medians of the rounds. Needs wrk, nginx, and the Envoy that the tests install.

    make test-tools
    make build TRAITS=GRPC
    Benchmarks/grpc/envoy.py [--rounds 5] [--seconds 5]
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "http"))
from servers import Server, free_port  # noqa: E402

EXTENSION = "type.googleapis.com/envoy.extensions."
ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {e}filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          use_remote_address: true
          route_config:
            virtual_hosts:
            - name: application
              domains: ["*"]
              routes:
              - match: {{prefix: /}}
                route: {{cluster: application, rate_limits: [{{actions: [{{remote_address: {{}}}}]}}]}}
          http_filters:
{limit}
          - name: envoy.filters.http.router
            typed_config: {{"@type": {e}filters.http.router.v3.Router}}
  clusters:
  - name: application
    load_assignment:
      cluster_name: application
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {application}}}}}}}}}]}}]
  - name: sluice
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": {e}upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{http2_protocol_options: {{}}}}
    load_assignment:
      cluster_name: sluice
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {sluice}}}}}}}}}]}}]
"""
LIMITS = {
    "no limit": "",
    "local limit": """
          - name: envoy.filters.http.local_ratelimit
            typed_config:
              "@type": {e}filters.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: local
              token_bucket: {{max_tokens: 1000000000, tokens_per_fill: 1000000000, fill_interval: 1s}}
              filter_enabled: {{default_value: {{numerator: 100}}}}
              filter_enforced: {{default_value: {{numerator: 100}}}}""",
    "Sluice": """
          - name: envoy.filters.http.ratelimit
            typed_config:
              "@type": {e}filters.http.ratelimit.v3.RateLimit
              domain: web
              timeout: 1s
              failure_mode_deny: true
              rate_limit_service:
                transport_api_version: V3
                grpc_service: {{envoy_grpc: {{cluster_name: sluice}}}}""",
}
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
    server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""
POLICY = "policies: {web: {rules: [{name: each, by: [remote_address], limit: 1000000000 per 1s}]}}\n"


def envoy(name, directory, application, sluice):
    port = free_port()
    file = Path(directory) / f"{name.replace(' ', '-')}.yaml"
    file.write_text(
        ENVOY.format(
            e=EXTENSION, port=port, application=application.port, sluice=sluice.port,
            limit=LIMITS[name].format(e=EXTENSION)))
    program = ROOT / ".build/venv/bin/envoy"
    command = [str(program), "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    return Server(name, command, port, [f"http://127.0.0.1:{port}/"], [sluice] if name == "Sluice" else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    backends, running = [], []
    with tempfile.TemporaryDirectory() as directory:
        try:
            file, policy = Path(directory) / "nginx.conf", Path(directory) / "sluice.yaml"
            port, grpc = free_port(), free_port()
            file.write_text(NGINX.format(dir=directory, port=port))
            policy.write_text(POLICY)
            nginx = Server("nginx", ["nginx", "-c", str(file), "-p", directory], port, [])
            backends.append(nginx)
            command = [str(ROOT / ".build/release/sluice"), "serve", "--config", str(policy), "--threads", "1"]
            sluice = Server(
                "Sluice", command + ["--http", "off", "--resp", "off", "--grpc", f"127.0.0.1:{grpc}"], grpc, [])
            backends.append(sluice)
            for name in LIMITS:
                running.append(envoy(name, directory, nginx, sluice))
            for server in running:
                server.measure(1)
                for figures in (server.rates, server.costs, server.costs_behind, server.quantiles):
                    figures.clear()
            for _ in range(options.rounds):
                for server in running:
                    server.measure(options.seconds)
        finally:
            for server in running + backends:
                server.stop()
    median = statistics.median
    print(f"{'':14}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'Envoy µs':>10}{'Sluice µs':>11}")
    for server in running:
        p50, p99 = (median(values) for values in zip(*server.quantiles))
        print(
            f"{server.name:14}{median(server.rates):12,.0f}{p50:9.2f}{p99:9.2f}"
            f"{median(server.costs):10.1f}{median(server.costs_behind):11.1f}")


if __name__ == "__main__":
    main()
