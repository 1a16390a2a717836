"""What a run is watched by: memory, descriptors, threads and the server's own gauges; and a line of progress."""
import asyncio
import sys
import time

import measures
from clients import HTTP
from run import PATIENCE


class Watch:
    def __init__(self, run, server, redis_ports=()):
        self.run, self.server, self.redis_ports = run, server, set(redis_ports)
        # Pairs of seconds and MiB, and of seconds and threads.
        self.memory, self.threads_seen = [], []

    def descriptors(self):
        return measures.Descriptors(self.server.pid, set(self.server.ports.values()), self.redis_ports)

    def threads(self):
        return measures.thread_count(self.server.pid)

    def threads_until(self, second):
        return max((count for seen, count in self.threads_seen if seen <= second), default=0)

    def memory_now(self):
        return measures.resident_mebibytes(self.server.pid)

    async def metrics(self):
        async def ask():
            async with HTTP(self.server.ports["http"]) as connection:
                return await connection.ask("GET", "/metrics")

        _, text = await asyncio.wait_for(ask(), PATIENCE)
        return measures.metrics(text.decode())

    async def go_on(self, chaos):
        """Samples four times a second, as long as there is load: what comes then is judged by itself."""
        while self.run.goes_on():
            try:
                self.memory.append((self.run.elapsed, self.memory_now()))
                self.threads_seen.append((self.run.elapsed, self.threads()))
            except (FileNotFoundError, ProcessLookupError):
                return
            self.tell(chaos.now if chaos else "calm")
            await asyncio.sleep(0.25)

    def tell(self, now):
        if not sys.stderr.isatty():
            return
        faults = sum(map(len, self.run.faults.values()))
        sys.stderr.write(
            f"\r\033[K{self.run.elapsed:6.0f} s of {self.run.seconds:.0f}, {self.run.requests:,} requests, "
            f"{self.memory[-1][1]:.1f} MiB, {faults} faults; {now}")
        sys.stderr.flush()

    def end_progress(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    async def settles(self, reading, within=60):
        """Reads again and again until nothing is wrong, or returns what still is; the limit is generous."""
        end = time.monotonic() + within
        while True:
            wrong = await reading()
            if not wrong or time.monotonic() > end:
                return wrong
            await asyncio.sleep(0.25)
