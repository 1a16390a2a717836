"""What all parts of a run share: its time, its chances, what was counted, and what went wrong."""
import asyncio
import random
import time

from measures import Latencies

# A good client waits for an answer for so long; only a fault makes it wait longer, on the busiest machine.
PATIENCE = 120


class Kind:
    """Requests of one kind."""

    def __init__(self):
        self.denied = 0
        self.latencies = Latencies()


class Run:
    def __init__(self, seconds, seed, rate, is_shared):
        self.seconds, self.seed, self.rate = seconds, seed, rate
        self.begin = time.monotonic()
        self.is_over = False
        self.kinds = {}
        self.hostile = {}
        self.faults = {}
        self.admissions = {}
        self.holds = {}
        self.losses = []
        self.asking = {}
        self.open_files = 1_024
        # Only where something is done wrong on purpose.
        self.hoard, self.ask_for = [], None
        self._next_turn = self.begin
        # Redis decides by the wall clock; in memory time is the steady clock, set once to the wall clock.
        self._offset = None if is_shared else time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    def start(self):
        """Time counts from here."""
        self.begin = time.monotonic()

    def random(self, name):
        """Chances of a part of its own, so that parts do not change each other's."""
        return random.Random(f"{self.seed} {name}")

    def now(self):
        """The clock that decides."""
        return time.time() if self._offset is None else time.clock_gettime(time.CLOCK_BOOTTIME) + self._offset

    @property
    def elapsed(self):
        return time.monotonic() - self.begin

    def goes_on(self):
        return not self.is_over and sum(map(len, self.faults.values())) < 20

    def fault(self, check, text):
        """What breaks a check; some of each are kept."""
        if len(self.faults.setdefault(check, [])) < 20:
            self.faults[check].append(text)

    def answered(self, kind, seconds, denied=0, count=1):
        entry = self.kinds.setdefault(kind, Kind())
        entry.latencies.add(seconds, count)
        entry.denied += denied

    def attacked(self, kind):
        self.hostile[kind] = self.hostile.get(kind, 0) + 1

    async def turn(self, count=1):
        """Waits until so many requests more keep to the rate."""
        now = time.monotonic()
        # Who is late does not catch up: what was not sent while the machine was busy is not sent in a rush.
        self._next_turn = max(self._next_turn + count / self.rate, now - 0.1)
        if self._next_turn > now:
            await asyncio.sleep(self._next_turn - now)

    @property
    def requests(self):
        return sum(kind.latencies.count for kind in self.kinds.values())
