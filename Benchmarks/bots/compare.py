#!/usr/bin/env python3
"""The bot pipeline of SluiceBots against aiogram-sentinel, in turn, several times, on this machine.

    swift build -c release --package-path Benchmarks/bots --product Bots
    Benchmarks/bots/compare.py [SUITE ...] [--rounds 5] [--json FILE] [--bench PROGRAM]

Both have policy, debounce and throttle around a handler that does nothing, and let every update pass. The program
is run as

    Bots memory --json
    Bots redis --redis redis://127.0.0.1:PORT --json
    Bots redis-users --redis redis://127.0.0.1:PORT --json        1,000 users at once
    Bots footprint --json                                         100,000 users, five messages each

and prints one JSON object with `microseconds` per update, or with `bytes_per_user` and, once all limits are over and
memory was swept, `idle_bytes_per_user`. Starts a redis-server on a free loopback port and ends it; installs
aiogram-sentinel beside the build. Ends with 1 if an aim is missed.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER = HERE / ".build/peer"
sys.path.insert(0, str(HERE.parent / "redis"))

from servers import Server, raise_file_limit  # noqa: E402
from tables import Verdicts, aligned, in_turn, median, ratio  # noqa: E402

# The suite, what it measures, its figure, and how many times better than the peer it has to be.
SUITES = {
    "memory": ("in memory, one at a time", "microseconds", 50),
    "redis": ("on Redis, one at a time", "microseconds", 10),
    "redis-users": ("on Redis, 1,000 users at once", "microseconds", 50),
    "footprint": ("memory of a user", "bytes_per_user", 10),
}


def install_peer():
    python = PEER / "bin/python"
    installed = python.exists() and subprocess.run(
        [python, "-c", "import aiogram_sentinel, redis"], capture_output=True).returncode == 0
    if not installed:
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEER], check=True)
        subprocess.run(
            [PEER / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "aiogram-sentinel==1.1.0",
             "redis>=5,<9"], check=True)
    return python


def outcome(command):
    finished = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if finished.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {finished.stderr or finished.stdout}")
    return json.loads(finished.stdout.strip().splitlines()[-1])


def run(suite, options, python, redis):
    """Both sides of a suite, in turn."""
    on_redis = suite.startswith("redis")
    ours = [options.bench, suite, *(["--redis", f"redis://127.0.0.1:{redis.port}"] if on_redis else []), "--json"]
    peer = [python, HERE / "sentinel.py", suite, *([redis.port] if on_redis else [])]
    # Each is run once before, so that neither of them pays for what is loaded the first time.
    sides = (lambda: outcome(ours)), (lambda: outcome(peer))
    for side in sides:
        side()
    return in_turn(options.rounds, *sides)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--bench", type=Path, default=HERE / ".build/release/Bots")
    options = parser.parse_args()
    unknown = set(options.suites) - set(SUITES)
    if unknown:
        parser.error(f"no suite '{unknown.pop()}'; there are {', '.join(SUITES)}")
    if not options.bench.exists():
        sys.exit(f"{options.bench} is not there; build it: swift build -c release --package-path {HERE} --product Bots")
    raise_file_limit()
    python, redis = install_peer(), Server()
    verdicts, figures, rows = Verdicts(), {}, [("", "Sluice", "aiogram-sentinel", "ratio")]
    missed = False
    try:
        for suite in options.suites or SUITES:
            what, key, aim = SUITES[suite]
            ours, peer = run(suite, options, python, redis)
            times = ratio(peer, ours, key)
            figures[suite] = {"ours": median(ours, key), "peer": median(peer, key), "ratio": times, "figure": key}
            rows.append((what, f"{median(ours, key):,.3g}", f"{median(peer, key):,.4g}", f"{times:,.0f} ×"))
            verdicts.add(what, f"{times:,.1f} ×", f"≥ {aim} ×", times >= aim)
            missed = missed or times < aim
            if suite == "footprint" and all("idle_bytes_per_user" in run for run in ours):
                idle = "idle_bytes_per_user"
                figures[suite]["ours_idle"], figures[suite]["peer_idle"] = median(ours, idle), median(peer, idle)
                ends = f"{median(ours, idle):,.3g}", f"{median(peer, idle):,.4g}"
                rows.append(("memory of a user when all is over", *ends, ""))
    finally:
        redis.stop()
    print(f"microseconds per update, bytes per user; medians of {options.rounds} rounds in turn")
    aligned(rows)
    verdicts.report()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
