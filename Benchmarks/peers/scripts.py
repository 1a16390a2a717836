"""Scripts on Redis against Sluice's function there, by the processor time of Redis."""
from statistics import median

from asked_by_redis_benchmark import CLIENTS, Decider
from limits_asked import CALLERS, CASES, LIMITS
from missing import Missing
from neighbours import HERE, redis_servers, tables
from section import Section, digits, times
from sluice_server import SluiceServer
from versions import redis_version

PIPELINE = 16


def gcra(limit, seconds):
    """The microseconds of a token, and those of a full bucket."""
    return seconds * 1_000_000 // limit, seconds * 1_000_000


SCRIPTS = {
    "GCRA, EVALSHA": ("gcra.lua", gcra),
    "INCR and EXPIRE, EVALSHA": ("fixed-window.lua", lambda limit, seconds: (limit, seconds)),
}


def script(name, redis):
    file, arguments = SCRIPTS[name]
    digest = redis.command("SCRIPT", "LOAD", (HERE / file).read_text())

    def words(case, key):
        # Each script has keys of its own.
        return ["EVALSHA", digest, "1", f"{file}:{key}", *map(str, arguments(*LIMITS[case]))]

    return Decider(name, redis.port, words, "1", {"redis": redis.process})


def run(options, ours):
    redis, server, missing, sides = redis_servers.Server(), None, {}, {}
    try:
        server = SluiceServer(ours, redis)
        deciders = {"Sluice": server.decider} | {name: script(name, redis) for name in SCRIPTS}
        for name, decider in deciders.items():
            try:
                decider.expect_limit()
            except Missing as reason:
                if name == "Sluice":
                    raise
                missing[name] = str(reason)
                continue
            for case in CASES:
                decider.warm_up(case, PIPELINE)
                sides[name, case] = lambda case=case, decider=decider: decider.run(case, options.seconds, PIPELINE)
        runs = dict(zip(sides, tables.in_turn(options.rounds, *sides.values())))
    finally:
        if server:
            server.stop()
        redis.stop()
    return section(runs, {"Sluice": ours.version, "Redis": redis_version()}, missing)


def section(runs, versions, missing):
    rows = [("", "decisions/s", "Redis, CPU each", "× Sluice", "Sluice, CPU each")]
    for (name, case), rounds in runs.items():
        own = runs["Sluice", case]
        dearer = median(a["redis_us"] / b["redis_us"] for a, b in zip(rounds, own))
        rows.append((
            f"{name}, {case}", f"{median(each['rate'] for each in rounds):,.0f}",
            f"{digits(median(each['redis_us'] for each in rounds))} µs", "1" if rounds is own else times(dearer),
            f"{digits(median(each['sluice_us'] for each in rounds))} µs" if rounds is own else ""))
    return Section(
        title="Scripts on Redis",
        how=f"`redis-benchmark -c {CLIENTS} -P {PIPELINE} -r {CALLERS}` sends decisions for {CALLERS:,} callers: as"
            " scripts to Redis, and as `CL.THROTTLE` to `sluice serve --redis` with one event loop, which decides on"
            " the same Redis.",
        rows=rows,
        notes=[
            "A Redis decides in one thread, so its processor time for a decision says how many it has room for.",
            "Sluice gathers what is asked at the same time, and one call of its function decides all of it. What it"
            " takes for that is in the last column, and Redis does not have to bear it.",
            f"The scripts are `Benchmarks/peers/{'` and `'.join(file for file, _ in SCRIPTS.values())}`."],
        versions=versions, missing=missing, runs={f"{name}, {case}": rounds for (name, case), rounds in runs.items()})
