"""A collector of traces that takes OTLP over HTTP and keeps each span as a line of JSON.

usage: collector.py FILE [REFUSALS]

It writes the port it listens on to FILE.port. The first REFUSALS requests are answered with 503.
"""

import http.server
import json
import sys
import threading

path, refusals = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
lock = threading.Lock()


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            refused = refusals > 0
            refusals -= refused
            if not refused:
                self.keep(json.loads(body))
        self.send_response(503 if refused else 200 if self.path == "/v1/traces" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def keep(self, request):
        with open(path, "a") as file:
            for resource in request["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        span["attributes"] = {
                            each["key"]: next(iter(each["value"].values())) for each in span.get("attributes", [])
                        }
                        file.write(json.dumps(span) + "\n")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
with open(path + ".port", "w") as file:
    file.write(f"{server.server_address[1]}\n")
server.serve_forever()
