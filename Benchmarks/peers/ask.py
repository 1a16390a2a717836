"""Asks every algorithm of one of Python's rate limiters. One line of JSON, times in nanoseconds for a decision.

    ask.py LIBRARY memory SCALE           one decision after the other
    ask.py LIBRARY redis:PORT SCALE       the same, and by 100 tasks at once

LIBRARY is aiogram-sentinel, limits or throttled-py. Each algorithm has first to allow what its limit is, and not one
more; a decision that is not the expected one ends this with 1.
"""
import asyncio
import importlib
import importlib.metadata
import json
import platform
import sys
import time

from limits_asked import CALLERS, CASES

MODULES = {"aiogram-sentinel": "sentinel", "limits": "windows", "throttled-py": "throttles"}
AT_ONCE, CALLS_AT_ONCE = 100, 30
NAMES = [f"{number}" for number in range(CALLERS)]


async def ask(candidate, decide, caller):
    return await decide(caller) if candidate.is_awaited else decide(caller)


async def expect_limit(candidate):
    """A caller whom nobody else is: his limit, and not one more."""
    tries = 2 * candidate.most + 5
    passed = sum([bool(await ask(candidate, candidate.denied, "somebody")) for _ in range(tries)])
    if passed != candidate.most:
        sys.exit(f"{candidate.name} let {passed} of {tries} pass where {candidate.most} may")


async def one_at_a_time(candidate, decide, passes):
    """Seconds, and how many passed."""
    passed = 0
    began = time.perf_counter()
    if candidate.is_awaited:
        for _ in range(passes):
            for caller in NAMES:
                passed += bool(await decide(caller))
    else:
        for _ in range(passes):
            for caller in NAMES:
                passed += bool(decide(caller))
    return time.perf_counter() - began, passed


async def at_once(decide, calls):
    """The same by many tasks, each of them a caller who waits for an answer before he asks again."""
    async def caller(name):
        return sum([bool(await decide(name)) for _ in range(calls)])

    began = time.perf_counter()
    passed = sum(await asyncio.gather(*(caller(name) for name in NAMES[:AT_ONCE])))
    return time.perf_counter() - began, passed


def nanoseconds(candidate, case, decisions, outcome):
    seconds, passed = outcome
    if passed != (decisions if case == "allowed" else 0):
        sys.exit(f"{candidate.name} let {passed} of {decisions} pass that were to be {case}")
    return seconds / decisions * 1e9


async def measure(candidate, place, scale):
    await expect_limit(candidate)
    passes = max(1, round((100 if place == "memory" else 2) * scale))
    figures = {}
    for case in CASES:
        decide = getattr(candidate, case)
        # Uses up what may pass, and warms up.
        await one_at_a_time(candidate, decide, candidate.most if case == "denied" else 1)
        outcome = await one_at_a_time(candidate, decide, passes)
        figures[case] = nanoseconds(candidate, case, passes * CALLERS, outcome)
    if place != "memory":
        calls = max(1, round(CALLS_AT_ONCE * scale))
        # Opens a connection for each of them.
        await at_once(candidate.allowed, 1)
        outcome = await at_once(candidate.allowed, calls)
        figures["at_once"] = nanoseconds(candidate, "allowed", calls * AT_ONCE, outcome)
    return figures


async def main(library, place, scale):
    port = int(place.split(":")[1]) if place != "memory" else None
    candidates = importlib.import_module(f"libraries.{MODULES[library]}").candidates(port)
    figures = {candidate.name: await measure(candidate, place, float(scale)) for candidate in candidates}
    print(json.dumps({
        "version": importlib.metadata.version(library), "python": platform.python_version(), "figures": figures}))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
