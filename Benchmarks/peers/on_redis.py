"""Decisions of libraries on one Redis."""
import asked_libraries
from ask import AT_ONCE, CALLS_AT_ONCE
from limits_asked import CALLERS
from neighbours import redis_servers, tables
from ours import figure
from section import Section
from versions import redis_version


def run(options, ours):
    redis, missing = redis_servers.Server(), {}

    def own():
        # Each user of that suite decides 100 times, of the others' so many.
        stores = ours.bench("stores", options.scale, redis)
        users = ours.bench("users", options.scale * CALLS_AT_ONCE / 100, redis)
        return asked_libraries.own(
            allowed=figure(stores, "one decision", "rate limit check", "Redis"),
            denied=figure(stores, "one decision", "debounce check", "Redis"),
            at_once=figure(users, "time for each decision", f"{AT_ONCE}", "Redis"))

    def emptied(side):
        redis.empty()
        return side()

    try:
        sides = {"Sluice": own} | asked_libraries.present(options, f"redis:{redis.port}", missing)
        measures = [lambda side=side: emptied(side) for side in sides.values()]
        runs = dict(zip(sides, tables.in_turn(options.rounds, *measures)))
    finally:
        redis.stop()
    return Section(
        title="Libraries on Redis",
        how=f"{CALLERS:,} callers one after the other, and {AT_ONCE} tasks at once, each of them a caller who waits for"
            " an answer before he asks again: the time that passes, by the decisions made in it.",
        rows=[("", "allowed", "× Sluice", "denied", "× Sluice", f"{AT_ONCE} at once", "× Sluice"),
              *asked_libraries.rows(runs, ("allowed", "denied", "at_once"))],
        notes=[
            "All of them ask the same Redis on the same machine over loopback. One at a time is mostly a round trip.",
            "The Python libraries are asked by asyncio and redis-py, without hiredis and uvloop.",
            "Sluice is measured by `sluice bench stores` and `users`; its denied are repeats within a debounce."],
        versions=asked_libraries.versions(ours, runs) | {"Redis": redis_version()}, missing=missing, runs=runs)
