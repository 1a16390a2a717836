"""Configurations of proxies that limit each user by themselves and answer 200 or 429 without a server behind them.

Each is a function of the port, the folder for its files, and the limit of a user in so many seconds.
"""
NGINX = """
worker_processes 1;
daemon off;
error_log /dev/null crit;
pid {folder}/{port}.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    limit_req_zone $arg_user zone=users:16m rate={rate};
    limit_req_status 429;
    server {{
        listen 127.0.0.1:{port};
        # Not `return`: that answers before limit_req is asked.
        location / {{ limit_req zone=users burst={burst} nodelay; empty_gif; }}
    }}
}}
"""
HAPROXY = """
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
    timeout http-keep-alive 60s
frontend web
    bind 127.0.0.1:{port}
    stick-table type string len 32 size 100k expire {seconds}s store http_req_rate({seconds}s)
    http-request track-sc0 url_param(user)
    http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {limit} }}
    http-request return status 200
"""
EXTENSION = "type.googleapis.com/envoy.extensions.filters"
ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {e}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{match: {{prefix: /}}, direct_response: {{status: 200}}}}]
          http_filters:
          - name: envoy.filters.http.local_ratelimit
            typed_config:
              "@type": {e}.http.local_ratelimit.v3.LocalRateLimit
              stat_prefix: local
              token_bucket: {{max_tokens: 1000000000, tokens_per_fill: 1000000000, fill_interval: 1s}}
              filter_enabled: {{default_value: {{numerator: 100}}}}
              filter_enforced: {{default_value: {{numerator: 100}}}}
              # A bucket for each user, as many as there are.
              always_consume_default_token_bucket: false
              max_dynamic_descriptors: 10000
              rate_limits: [{{actions: [{{query_parameters: {{query_parameter_name: user, descriptor_key: user}}}}]}}]
              descriptors:
              - entries: [{{key: user}}]
                token_bucket: {{max_tokens: {limit}, tokens_per_fill: {limit}, fill_interval: {seconds}s}}
          - name: envoy.filters.http.router
            typed_config: {{"@type": {e}.http.router.v3.Router}}
"""
SLUICE = "policies: {{bench: {{rules: [{{name: each, by: [user], limit: {limit} per {seconds}s}}]}}}}\n"


def nginx(port, folder, limit, seconds):
    # One a minute is the slowest that it can. How many pass at once is the same as of the others.
    rate = f"{limit // seconds}r/s" if limit >= seconds else "1r/m"
    return NGINX.format(port=port, folder=folder, rate=rate, burst=limit - 1)


def haproxy(port, folder, limit, seconds):
    return HAPROXY.format(port=port, limit=limit, seconds=seconds)


def envoy(port, folder, limit, seconds):
    return ENVOY.format(e=EXTENSION, port=port, limit=limit, seconds=seconds)


def sluice(port, folder, limit, seconds):
    return SLUICE.format(limit=limit, seconds=seconds)
