"""What a chat bot's rate limiter costs when it is made of dicts, lists and objects.

Fills the three structures that a Twitch bot keeps per viewer and per endpoint, tells by how much the process
grew, and how long one sweep of idle viewers takes. Prints JSON for the benchmark `compare`.
"""

import json
import os
import random
import sys
import time
from datetime import datetime, timedelta


class EndpointState:
    """Failures of one endpoint."""

    def __init__(self):
        self.count = 0
        self.last_failure = datetime.now()


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def fill(users, per_hour):
    """A cooldown, and a full hour of requests, for each user."""
    cooldowns, hourly = {}, {}
    endpoints = {url: EndpointState() for url in ("http://localhost:1234", "https://api.example.org")}
    now = time.time()
    for number in range(users):
        name = f"user_{number:05d}"
        cooldowns[name] = datetime.now()
        hourly[name] = [now - random.randint(0, 3600) for _ in range(per_hour)]
    return cooldowns, hourly, endpoints


def sweep(cooldowns, hourly, now):
    """Forgets everybody who has been idle for an hour."""
    idle = [name for name, last in cooldowns.items() if now - last > timedelta(hours=1)]
    for name in idle:
        del cooldowns[name]
        hourly.pop(name, None)


def main():
    users = int(sys.argv[1])
    before = resident_bytes()
    cooldowns, hourly, endpoints = fill(users, per_hour=20)
    grown = resident_bytes() - before
    start = time.perf_counter()
    sweep(cooldowns, hourly, datetime.now() + timedelta(hours=2))
    elapsed = time.perf_counter() - start
    assert not cooldowns and not hourly and len(endpoints) == 2
    print(json.dumps({"megabytes": grown / 1e6, "sweepMilliseconds": elapsed * 1e3}))


if __name__ == "__main__":
    main()
