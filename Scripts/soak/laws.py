"""What may never have been admitted, whatever happened: bounds on what clients saw, with what a lost master excuses.

A client knows of an admission only that it was decided between the moment of its call and the moment of its answer. So
a bound is broken only if no choice of such moments keeps it. All moments are seconds of the clock that decides.
"""
import bisect
import heapq
from collections import namedtuple

# A time in which charges that Redis had acknowledged may have been lost, and why.
Loss = namedtuple("Loss", "first last reason")
# What broke a bound.
Breach = namedtuple("Breach", "user moment text")

# Clocks are read to the millisecond in some places, and rounded.
SLACK = 0.002
# What a master acknowledged so long before it died may not have reached its replica.
UNREPLICATED = 1.0


def losses_within(losses, first, last):
    """How many losses touch a span of time."""
    return sum(1 for loss in losses if loss.first < last and loss.last > first)


def fixed_windows(user, admissions, limit, period, losses=()):
    """At most `limit` in each aligned window, and as many again for each loss that touches it.

    Admissions are given to windows, those first that fit no later one; one that fits none is a breach.
    """
    waiting = sorted(
        (int((called - SLACK) // period), int((answered + SLACK) // period)) for called, answered in admissions)
    fitting, index, window = [], 0, 0
    while index < len(waiting) or fitting:
        window = window + 1 if fitting else max(window + 1, waiting[index][0])
        while index < len(waiting) and waiting[index][0] <= window:
            heapq.heappush(fitting, waiting[index][1])
            index += 1
        begin, end = window * period, (window + 1) * period
        room = limit * (1 + losses_within(losses, begin, end))
        for _ in range(min(room, len(fitting))):
            heapq.heappop(fitting)
        if fitting and fitting[0] <= window:
            beyond = sum(1 for last in fitting if last <= window)
            return Breach(user, begin, f"{room + beyond} admitted into a window of {room}")
    return None


def sliding_windows(user, admissions, limit, period, losses=()):
    """At most `limit` in any span of `period`, and as many again for each loss that touches it."""
    admissions = sorted(admissions)
    calls = [called for called, _ in admissions]
    for index, begin in enumerate(calls):
        end = begin + period - SLACK
        last = bisect.bisect_left(calls, end, lo=index)
        inside = sum(1 for place in range(index, last) if admissions[place][1] < end)
        room = limit * (1 + losses_within(losses, begin, end))
        if inside > room:
            return Breach(user, begin, f"{inside} admitted within {period:g} s, {room} are the most")
    return None


def held_at_once(user, holds, limit, lease, losses=()):
    """At most `limit` leases held at once, and as many again for each loss that may have forgotten some.

    holds: pairs of the moments between which a lease was held for certain.
    """
    # Ends come before beginnings of the same moment.
    edges = sorted([(end, 0) for _, end in holds] + [(begin, 1) for begin, _ in holds])
    held = 0
    for moment, begins in edges:
        held += 1 if begins else -1
        room = limit
        if held > room:
            # Who held a lease that was forgotten holds it until it would have ended.
            room = limit * (1 + losses_within(losses, moment - lease, moment + SLACK))
        if held > room:
            return Breach(user, moment, f"{held} leases held at once, {room} are the most")
    return None


def busiest_window(admissions, period):
    """How many admissions the fullest aligned window has at least, to know whether a limit was reached."""
    counts = {}
    for called, answered in admissions:
        first, last = int(called // period), int(answered // period)
        if first == last:
            counts[first] = counts.get(first, 0) + 1
    return max(counts.values(), default=0)
