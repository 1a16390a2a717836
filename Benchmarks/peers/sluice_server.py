"""Sluice's server with one event loop, on free ports."""
from urllib.request import urlopen

from asked_by_redis_benchmark import Decider
from limits_asked import CASES, LIMITS
from neighbours import asked_servers
from started import Started


def throttle(case, key):
    limit, seconds = LIMITS[case]
    return ["CL.THROTTLE", key, str(limit - 1), str(limit), str(seconds)]


class SluiceServer:
    """Answers the Redis protocol; HTTP tells what was decided."""

    def __init__(self, ours, redis=None):
        self.http, self.port = asked_servers.free_port(), asked_servers.free_port()
        command = [
            str(ours.program), "serve", "--grpc", "off", "--threads", "1", "--http", f"127.0.0.1:{self.http}",
            "--resp", f"127.0.0.1:{self.port}"]
        if redis:
            # Nothing that happens beside this must make decisions without Redis of them.
            command += ["--redis", f"redis://127.0.0.1:{redis.port}", "--redis-timeout", "5s"]
        self.server = Started("Sluice", command, self.port)
        processes = {"sluice": self.server.process} | ({"redis": redis.process} if redis else {})
        self.decider = CountedDecider(self, processes)

    def decisions(self, outcome):
        """How many `CL.THROTTLE` had this outcome so far."""
        with urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        name = f'sluice_decisions_total{{policy="(CL.THROTTLE)",rule="",outcome="{outcome}"}}'
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def stop(self):
        self.server.stop()


class CountedDecider(Decider):
    """All decisions of a run are looked at, as the server counts them."""

    def __init__(self, place, processes):
        super().__init__("Sluice", place.port, throttle, "0", processes)
        self.place = place

    def run(self, case, seconds, pipeline):
        before = {outcome: self.place.decisions(outcome) for outcome in CASES}
        found = super().run(case, seconds, pipeline)
        counted = {outcome: self.place.decisions(outcome) - before[outcome] for outcome in CASES}
        share = counted[case] / sum(counted.values())
        if share < 0.98:
            raise SystemExit(f"Sluice: {share:.1%} of the decisions were {case} where all were to be")
        return found
