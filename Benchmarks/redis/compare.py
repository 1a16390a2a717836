#!/usr/bin/env python3
"""Sluice on Redis and on a cluster against what others do there, in turn, several times.

Starts redis-servers on free loopback ports and ends them. Prints medians, ratios of neighbouring runs, and whether
what was to be reached is. Needs redis-server, redis-benchmark and redis-cli; installs aiogram-sentinel beside the
build.

    swift build -c release --package-path Benchmarks/redis
    Benchmarks/redis/compare.py [SUITE ...] [--rounds 3] [--json FILE]
"""
import argparse
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from servers import Cluster, Server, raise_file_limit
from tables import Verdicts, aligned, in_turn, median, ratio

HERE = Path(__file__).resolve().parent
PEER = HERE / ".build/peer"

# A plain decision of one token bucket (GCRA): one GET, one SET, on Redis's time.
GCRA = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
due = due + interval
if due - now > capacity then return {0, 0, due - capacity - now} end
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
return {1, math.floor((capacity - due + now) / interval), 0}
"""
USERS = (100, 500, 1_000, 2_000, 5_000)


class Bench:
    """The servers and the programs that are run against them."""

    def __init__(self, options):
        self.options, self.rounds = options, options.rounds
        self.verdicts, self.figures = Verdicts(), {}
        self.redis, self._cluster = Server(), None

    @property
    def cluster(self):
        if not self._cluster:
            self._cluster = Cluster()
        return self._cluster

    def stop(self):
        self.redis.stop()
        if self._cluster:
            self._cluster.stop()

    def ours(self, mode, store, **options):
        """Runs redis-bench, and adds the rate and each side's processor time for one decision."""
        arguments = [self.options.bench, mode, *(store.place if store else [])]
        if mode != "users":
            # What the machine does beside this must not make decisions of another kind of them.
            options["timeout"] = 5_000
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), str(value)]
        before = [node.cpu_seconds() for node in store.nodes] if store else []
        outcome = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
        if "decisions" in outcome:
            count = outcome["decisions"]
            outcome["rate"] = count / outcome["seconds"]
            outcome["client_us"] = outcome["clientSeconds"] / count * 1e6
            used = [node.cpu_seconds() - earlier for node, earlier in zip(store.nodes, before)] if store else []
            outcome["redis_us"] = sum(used) / count * 1e6
            outcome["node_seconds"] = used
        if outcome.get("tally", {}).get("degraded") and mode != "users":
            sys.exit(f"{outcome['tally']['degraded']} decisions of {mode} were made without Redis")
        return outcome

    def plain(self, key="key:__rand_int__", limit=(86_400_000, 86_400_000_000), requests=1_000_000):
        """One decision a call by redis-benchmark."""
        sha = self.redis.command("SCRIPT", "LOAD", GCRA)
        before = self.redis.cpu_seconds()
        text = subprocess.run(
            ["redis-benchmark", "-p", str(self.redis.port), "-c", "50", "-P", "16", "-r", "1000000",
             "-n", str(requests), "--csv", "EVALSHA", sha, "1", key, *map(str, limit)], check=True, capture_output=True, text=True).stdout
        rate = float(list(csv.DictReader(io.StringIO(text)))[-1]["rps"])
        return {"rate": rate, "redis_us": (self.redis.cpu_seconds() - before) / requests * 1e6}

    def fill_plain(self, count=1_000_000):
        """The keys that `plain` asks, live."""
        loop = ("local t = redis.call('TIME') local due = string.format('%.0f', t[1] * 1000000 + 86400000) "
                "for i = ARGV[1], ARGV[2] do redis.call('SET', string.format('key:%012d', i), due, 'PX', 86400) end")
        for start in range(0, count, 20_000):
            self.redis.command("EVAL", loop, 0, start, start + 19_999)


def rates(sides):
    rows = [("", "decisions/s", "Redis CPU µs", "client CPU µs")]
    for name, runs in sides.items():
        client = f"{median(runs, 'client_us'):.2f}" if "client_us" in runs[0] else ""
        rows.append((name, f"{median(runs, 'rate'):,.0f}", f"{median(runs, 'redis_us'):.2f}", client))
    aligned(rows)


def unique(bench):
    """1 M distinct keys, one decision each by many tasks, against redis-benchmark with one decision a call."""
    bench.redis.empty()
    bench.fill_plain()
    new = [bench.ours("rate", bench.redis)]
    ours, others = in_turn(bench.rounds, lambda: bench.ours("rate", bench.redis), bench.plain)
    rates({"Sluice": ours, "redis-benchmark": others, "Sluice, keys never seen": new})
    reached = ratio(ours, others, "rate")
    bench.verdicts.add("decisions per second, 1 M keys", f"{reached:.2f} x", ">= 2 x", reached >= 2)
    return ours, others


def hot(bench):
    """One hot key with borrowing, against one hot key of redis-benchmark."""
    bench.redis.empty()
    ours, others = in_turn(
        bench.rounds,
        lambda: bench.ours("rate", bench.redis, policy="borrowed", keys=1, tasks=64, decisions=10_000_000),
        lambda: bench.plain("key:hot", (1, 10**12), 500_000))
    rates({"Sluice": ours, "redis-benchmark": others})
    reached = ratio(ours, others, "rate")
    bench.verdicts.add("one hot key, borrowing", f"{reached:.1f} x", ">= 20 x", reached >= 20)
    return ours, others


def flood(bench):
    """A key that is being denied: each denial by Redis's limiter and by one in memory."""
    runs = [bench.ours("flood", bench.redis, decisions=2_000_000) for _ in range(bench.rounds)]
    shared, memory = median(runs, "sharedNanoseconds"), median(runs, "memoryNanoseconds")
    aligned([("", "ns"), ("denied by what Redis said", f"{shared:.0f}"), ("denied in memory", f"{memory:.0f}")])
    reached = ratio([{"t": r["sharedNanoseconds"]} for r in runs], [{"t": r["memoryNanoseconds"]} for r in runs], "t")
    bench.verdicts.add("a flood that is denied", f"{reached:.2f} x memory", "<= 3 x", reached <= 3)
    return runs


def latency(bench):
    """One decision at a time against one GET at a time by the same client."""
    bench.redis.empty()
    runs = [bench.ours("latency", bench.redis, keys=10_000, decisions=50_000) for _ in range(bench.rounds)]
    rows = [("", "decision µs", "GET µs", "ratio")]
    for name, aim in (("p50", 1.3), ("p99", 2)):
        sides = [[{"t": run[side][f"{name}Microseconds"]} for run in runs] for side in ("decision", "get")]
        reached = ratio(*sides, "t")
        rows.append((name, f"{median(sides[0], 't'):.1f}", f"{median(sides[1], 't'):.1f}", f"{reached:.2f}"))
        bench.verdicts.add(f"{name} of one decision at a time", f"{reached:.2f} x a GET", f"<= {aim} x", reached <= aim)
    aligned(rows)
    return runs


def users(bench):
    """Users at once, 100 decisions each, against aiogram-sentinel's limiter with a connection for each user."""
    rows = [("users at once", "store", "calls/s", "p50 ms", "p99 ms", "max ms", "errors")]

    def row(count, name, runs):
        errors = sum(run.get("errors", 0) + run.get("tally", {}).get("degraded", 0) for run in runs)
        quantiles = (f"{median(runs, key):,.3f}" for key in
                     ("p50Milliseconds", "p99Milliseconds", "largestMilliseconds"))
        rows.append((f"{count:,}", name, f"{median(runs, 'rate'):,.0f}", *quantiles, f"{errors:,}"))
        return median(runs, "rate"), median(runs, "p99Milliseconds"), errors

    stores = {"memory": None, "Redis": bench.redis, "cluster": bench.cluster}
    has_peer, figures, reached = installed_peer(), {}, {}
    for count in USERS:
        for store in (bench.redis, bench.cluster):
            store.empty()
        sides = in_turn(bench.rounds, *(
            lambda store=store: bench.ours("users", store, tasks=count, decisions=100) for store in stores.values()))
        for name, runs in zip(stores, sides):
            reached[name] = row(count, name, runs)
        figures[count] = dict(zip(stores, sides))
        if has_peer:
            bench.redis.empty()
            runs = [peer(bench.redis, count)]
            reached["peer"] = row(count, "aiogram-sentinel", runs)
            figures[count]["peer"] = runs
    aligned(rows)
    for name in ("Redis", "cluster"):
        rate, p99, errors = reached[name]
        told, is_met = f"p99 {p99:.1f} ms, {errors} errors", p99 < 50 and errors == 0
        if has_peer:
            times = rate / reached["peer"][0]
            told, is_met = f"{times:.0f} x, {told}", is_met and times >= 50
        bench.verdicts.add(f"{USERS[-1]:,} users at once, {name}", told, ">= 50 x, p99 < 50 ms, none", is_met)
    return figures


def installed_peer():
    """Whether aiogram-sentinel is there, after an attempt to install it."""
    if (PEER / "bin/python").exists() and subprocess.run(
            [PEER / "bin/python", "-c", "import aiogram_sentinel"], capture_output=True).returncode == 0:
        return True
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEER], check=True, capture_output=True)
        subprocess.run([PEER / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                        "aiogram-sentinel==1.1.0", "redis==8.1.0"], check=True, capture_output=True)
        return True
    except (OSError, subprocess.CalledProcessError):
        print("  aiogram-sentinel cannot be installed, so it is not measured")
        return False


def peer(server, count):
    # Some 2,000 calls a second: as many as take ten seconds or so.
    calls = max(4, min(100, 20_000 // count))
    text = subprocess.run([PEER / "bin/python", HERE / "peer.py", str(server.port), str(count), str(calls)],
                          check=True, capture_output=True, text=True).stdout
    outcome = json.loads(text)
    return outcome | {"rate": outcome["decisions"] / outcome["seconds"]}


def bytes_in_redis(bench):
    """Memory that Redis uses for each key, against plain strings with an expiry."""
    redis = bench.redis

    def growth(count, fill):
        redis.empty()
        before = redis.info("used_memory")
        fill()
        return (redis.info("used_memory") - before) / count

    def ours(policy, keys, hits=1):
        return lambda: bench.ours("rate", redis, policy=policy, keys=keys, decisions=keys * hits)

    def script(loop, count):
        def fill():
            for start in range(0, count, 10_000):
                redis.command("EVAL", f"for i = ARGV[1], ARGV[2] do {loop} end", 0, start, start + 9_999)
        return fill

    bench.ours("rate", redis, keys=1, decisions=1)
    million, logs = 1_000_000, 10_000
    string = "redis.call('SET', string.format('sluice:%013d', i), '0123456789abcdef', 'PX', 3600000)"
    members = ("local k = string.format('log:%016d', i) "
               "for hit = 1, 100 do redis.call('ZADD', k, 1763712000000 + hit, i .. ':' .. hit) end "
               "redis.call('PEXPIRE', k, 3600000)")
    measured = [
        ("one rule, 1 M keys", growth(million, ours("one", million)), 40),
        ("a debounce rule, 1 M keys", growth(million, ours("debounce", million)), 40),
        ("four rules, 1 M callers, each cell", growth(4 * million, ours("four", million)), 40),
        ("an exact log of 100 hits", growth(logs, ours("log", logs, 100)), 600),
        ("a plain string with an expiry", growth(million, script(string, million)), None),
        ("a sorted set of 100 hits", growth(logs, script(members, logs)), None),
    ]
    aligned([("", "bytes"), *((name, f"{size:,.1f}") for name, size, _ in measured)])
    for name, size, most in measured:
        if most:
            bench.verdicts.add(f"bytes: {name}", f"{size:.1f}", f"<= {most}", size <= most)
    return {name: size for name, size, _ in measured}


def rules(bench):
    """A policy of four rules against one rule, each asked for 300,000 users whose cells live."""
    names = ("one", "four", "mixed")
    bench.redis.empty()
    measures = [
        lambda name=name: bench.ours("rate", bench.redis, policy=name, decisions=300_000, keys=300_000)
        for name in names]
    # The first round makes the cells, which costs more; what counts is deciding on cells that are there.
    for measure in measures:
        measure()
    sides = in_turn(bench.rounds, *measures)
    rows = [("", "decisions/s", "Redis CPU µs", "client CPU µs", "time")]
    for name, runs in zip(("one rule", "four by user", "user, chat, both, nothing"), sides):
        times = ratio(sides[0], runs, "rate")
        rows.append((name, f"{median(runs, 'rate'):,.0f}", f"{median(runs, 'redis_us'):.2f}",
                     f"{median(runs, 'client_us'):.2f}", f"{times:.2f} x"))
        if name != "one rule":
            bench.verdicts.add(f"four rules: {name}", f"{times:.2f} x one", "<= 1.5 x", times <= 1.5)
    aligned(rows)
    return dict(zip(names, sides))


def cluster(bench):
    """Three masters against one Redis, on the same cores, and what more nodes would do."""
    for store in (bench.redis, bench.cluster):
        store.empty()
    measures = [
        lambda store=store: bench.ours("rate", store, tasks=4_096, keys=500_000, decisions=500_000)
        for store in (bench.redis, bench.cluster)]
    for measure in measures:
        measure()
    sides = in_turn(bench.rounds, *measures)
    rows = [("", "decisions/s", "Redis CPU µs", "client CPU µs", "of it by node, s")]
    for name, runs in zip(("one Redis", "three masters"), sides):
        nodes = " ".join(f"{seconds:.2f}" for seconds in runs[-1]["node_seconds"])
        rows.append((name, f"{median(runs, 'rate'):,.0f}", f"{median(runs, 'redis_us'):.2f}",
                     f"{median(runs, 'client_us'):.2f}", nodes))
    aligned(rows)
    node, client = 1e6 / median(sides[1], "redis_us"), 1e6 / median(sides[1], "client_us")
    print(f"  A master with a core of its own decides at most {node:,.0f} a second; n of them n times that, if clients")
    print(f"  have {node / client:.2f} cores for each master: a core of clients asks at most {client:,.0f} a second.\n")
    return dict(zip(("single", "cluster"), sides))


SUITES = {
    "unique": unique, "hot": hot, "flood": flood, "latency": latency, "users": users, "bytes": bytes_in_redis,
    "rules": rules, "cluster": cluster}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES) + "; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bench", default=str(HERE / ".build/release/redis-bench"))
    parser.add_argument("--json", help="where to write every run's figures")
    options = parser.parse_args()
    unknown = set(options.suites) - set(SUITES)
    if unknown:
        parser.error(f"no suite is called {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")

    raise_file_limit()
    bench = Bench(options)
    try:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {options.rounds} rounds\n")
        for name in options.suites or SUITES:
            print(SUITES[name].__doc__)
            bench.figures[name] = SUITES[name](bench)
    finally:
        bench.stop()
    bench.verdicts.report()
    if options.json:
        Path(options.json).write_text(json.dumps(bench.figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
