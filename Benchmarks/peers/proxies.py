"""Requests through proxies that limit by themselves, and decisions that are asked of Sluice."""
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Callable

import configurations
from asked_by_redis_benchmark import CLIENTS
from asked_by_wrk import CONNECTIONS, HTTPServer
from limits_asked import CASES, LIMITS
from missing import Missing, finished
from neighbours import CHECK_SCRIPT, HERE, ROOT, asked_servers, tables
from section import Section, digits, times
from sluice_server import SluiceServer
from versions import envoy_version, haproxy_version, nginx_version

ENVOY = ROOT / ".build/venv/bin/envoy"
OWN = "Sluice, HTTP"
GET = ("GET", "/?user=somebody")
POST = ("POST", "/v1/check", json.dumps({"policy": "bench", "descriptor": {"user": "somebody"}}))


@dataclass
class Kind:
    """A server that can be set up with either limit."""

    name: str
    version: Callable
    configuration: Callable
    # Commands by the configuration's file, its folder and the port: one that reads it only, and the server.
    check: Callable
    serve: Callable
    request: tuple = GET
    script: Path = HERE / "users.lua"

    def start(self, folder, case):
        port = asked_servers.free_port()
        file = Path(folder) / f"{self.name.split()[0]}-{case}.yaml"
        file.write_text(self.configuration(port, folder, *LIMITS[case]))
        finished(self.check(file, folder), f"{folder}/")
        url = f"http://127.0.0.1:{port}/"
        return HTTPServer(self.name, case, self.serve(file, folder, port), port, ["-s", str(self.script), url])

    def pair(self, folder):
        """A server with each of the limits, found to hold the closed one."""
        started = {}
        try:
            for case in CASES:
                started[case] = self.start(folder, case)
            started["denied"].expect_limit(self.request)
            for server in started.values():
                server.warm_up()
        except BaseException:
            for server in started.values():
                server.stop()
            raise
        return started


def kinds(ours):
    return [
        Kind(OWN, lambda: ours.version, configurations.sluice,
             check=lambda file, folder: [ours.program, "config", "check", file],
             serve=lambda file, folder, port: [
                 str(ours.program), "serve", "--grpc", "off", "--config", str(file), "--threads", "1", "--resp", "off",
                 "--http", f"127.0.0.1:{port}"],
             request=POST, script=CHECK_SCRIPT),
        Kind("nginx limit_req", nginx_version, configurations.nginx,
             check=lambda file, folder: ["nginx", "-t", "-c", file, "-p", folder],
             serve=lambda file, folder, port: ["nginx", "-c", str(file), "-p", folder]),
        Kind("HAProxy stick table", haproxy_version, configurations.haproxy,
             check=lambda file, folder: ["haproxy", "-c", "-f", file],
             serve=lambda file, folder, port: ["haproxy", "-db", "-f", str(file)]),
        Kind("Envoy local rate limit", lambda: envoy_version(ENVOY), configurations.envoy,
             check=lambda file, folder: [ENVOY, "--mode", "validate", "-c", file],
             serve=lambda file, folder, port: [
                 str(ENVOY), "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]),
    ]


def run(options, ours):
    missing, versions, sides, running = {}, {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for kind in kinds(ours):
                try:
                    version = kind.version()
                    pair = kind.pair(folder)
                except Missing as reason:
                    if kind.name == OWN:
                        raise
                    missing[kind.name] = str(reason)
                    continue
                versions[kind.name.split()[0].strip(",")] = version
                running += pair.values()
                for case, server in pair.items():
                    sides[kind.name, case] = lambda server=server: server.run(options.seconds)
            server = SluiceServer(ours)
            running.append(server)
            sides |= resp(server, options.seconds)
            runs = dict(zip(sides, tables.in_turn(options.rounds, *sides.values())))
        finally:
            for server in running:
                server.stop()
    return section(runs, versions, missing)


def resp(server, seconds):
    """The Redis protocol, one command at a time on each connection."""
    decider = server.decider
    decider.expect_limit()
    for case in CASES:
        decider.warm_up(case, 1)
    return {("Sluice, Redis protocol", case): lambda case=case: decider.run(case, seconds, 1) for case in CASES}


def section(runs, versions, missing):
    rows = [("", "requests/s", "× Sluice, HTTP", "p50", "p99", "CPU each", "× Sluice, HTTP")]
    for (name, case), rounds in runs.items():
        cost = "cpu_us" if "cpu_us" in rounds[0] else "sluice_us"
        own = runs[OWN, case]
        rate = median(a["rate"] / b["rate"] for a, b in zip(rounds, own))
        dearer = median(a[cost] / b["cpu_us"] for a, b in zip(rounds, own))
        is_own = rounds is own
        rows.append((
            f"{name}, {case}", f"{median(each['rate'] for each in rounds):,.0f}", "1" if is_own else times(rate),
            f"{digits(median(each['p50'] for each in rounds))} ms",
            f"{digits(median(each['p99'] for each in rounds))} ms",
            f"{digits(median(each[cost] for each in rounds))} µs", "1" if is_own else times(dearer)))
    return Section(
        title="Proxies and servers",
        how="Each has one thread, event loop or worker, limits 1,000 users each by himself, and answers 200 or 429"
            " itself.",
        rows=rows,
        notes=[
            f"HTTP is asked by `wrk -t1 -c{CONNECTIONS}`, the Redis protocol by `redis-benchmark -c {CLIENTS}` with"
            " `CL.THROTTLE`, on the same cores. A rate is therefore what client and server reach together; the"
            " processor time is the server's alone, from `/proc`.",
            "The proxies are asked `GET /?user=N`, as their own traffic; Sluice is asked `POST /v1/check` with a line"
            " of JSON and answers with what remains. A service or a proxy asks so for each of its own requests, and"
            " what it takes itself comes on top: see [behind nginx](#behind-nginx) and [behind Envoy](#behind-envoy)."],
        versions=versions, missing=missing, runs={f"{name}, {case}": rounds for (name, case), rounds in runs.items()})
