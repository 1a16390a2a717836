"""Decisions of libraries in one process, kept in memory."""
import asked_libraries
from limits_asked import CALLERS
from neighbours import tables
from ours import figure
from section import Section


def run(options, ours):
    def own():
        report = ours.bench("stores", options.scale)
        return asked_libraries.own(
            allowed=figure(report, "one decision", "rate limit check", "memory"),
            denied=figure(report, "one decision", "debounce check", "memory"))

    missing = {}
    sides = {"Sluice": own} | asked_libraries.present(options, "memory", missing)
    runs = dict(zip(sides, tables.in_turn(options.rounds, *sides.values())))
    return Section(
        title="Libraries in memory",
        how=f"One decision after the other for {CALLERS:,} callers in turn, in one process and one thread.",
        rows=[("", "allowed", "× Sluice", "denied", "× Sluice"),
              *asked_libraries.rows(runs, ("allowed", "denied"))],
        notes=[
            "The languages differ: Sluice is compiled Swift, the others are Python. It is what a user of each gets for"
            " a decision, not how good an algorithm is.",
            "Sluice is measured by `sluice bench stores`, where the denied are repeats within a debounce. Of the others"
            " they are callers who have used up their limit; only `debounce` denies repeats, too."],
        versions=asked_libraries.versions(ours, runs), missing=missing, runs=runs)
