"""What happens to the cluster: nodes die, are paused, change places and are cut off; then it has to recover."""
import asyncio
import time

from clients import HTTP
from cluster import NODE_TIMEOUT, Trouble, eventually
from laws import UNREPLICATED, Loss

# A round is not begun when less is left, so that a run ends near its time.
LONGEST_ROUND = 10


class Chaos:
    def __init__(self, run, cluster, server):
        self.run, self.cluster, self.server = run, cluster, server
        self.random = run.random("chaos")
        self.counts = {}
        self.now = "nothing yet"
        # Failovers that are meant to be, by the name of the master that is replaced.
        self.expected = set()

    async def go_on(self):
        """One thing after the other. What a minute has room for comes first, then whatever chance has it."""
        rounds = [
            self.kill_master, self.kill_replica, self.pause_briefly, self.cut_off, self.kill_and_restart,
            self.hand_over, self.slow_down, self.pause_master, self.reset_connections, self.flush_functions]
        order = list(rounds)
        watching = asyncio.ensure_future(self.watch_owners())
        await asyncio.sleep(2)
        try:
            while self.run.goes_on() and self.server.runs and self.run.elapsed < self.run.seconds - LONGEST_ROUND:
                disturb = order.pop(0) if order else self.random.choice(rounds)
                self.now = disturb.__name__.replace("_", " ")
                self.counts[self.now] = self.counts.get(self.now, 0) + 1
                try:
                    await disturb()
                    await self.cluster.in_order()
                    self.expected.clear()
                    await self.decides_again()
                except (OSError, EOFError, Trouble, asyncio.TimeoutError) as trouble:
                    self.run.fault("recovery", f"{self.now}, after {self.run.elapsed:.1f} s: {trouble!r}")
                self.now = "calm"
                await asyncio.sleep(self.random.uniform(0.5, 1.5))
        finally:
            watching.cancel()

    async def decides_again(self):
        """Returns once Redis has decided for callers on all its nodes, without a restart of the server."""
        waiting = {f"somebody{number}" for number in range(24)}

        async def condition():
            if not self.server.runs:
                return True  # and another check tells of it
            async with HTTP(self.server.ports["http"]) as connection:
                for user in sorted(waiting):
                    _, answer = await connection.ask(
                        "POST", "/v1/peek", {"policy": "fixed", "descriptor": {"user": user}})
                    if not answer["degraded"]:
                        waiting.discard(user)
            return not waiting

        await eventually("Redis decides again for everybody", condition)

    # What may have been lost

    def lost(self, reason, first=None, last=None):
        now = self.run.now()
        self.run.losses.append(Loss(now if first is None else first, now if last is None else last, reason))

    async def watch_owners(self):
        """A failover that nobody asked for, as of a machine that is too busy, excuses what it may have lost."""
        before, looked = None, self.run.now()
        clocks = self.clocks()
        while True:
            try:
                owners = await self.cluster.owners()
                if before is not None:
                    for slots, old in before - owners:
                        if old not in self.expected:
                            self.counts["failover by itself"] = self.counts.get("failover by itself", 0) + 1
                            self.lost("a failover by itself", looked - NODE_TIMEOUT - 2, self.run.now() + 1)
                before, looked = owners, self.run.now()
            except (OSError, EOFError, Trouble, asyncio.TimeoutError):
                pass
            moved = self.clocks() - clocks
            if abs(moved) > 0.001:
                # Redis decides by the wall clock: a step forward ends windows early.
                self.lost("a step of the clock", self.run.now() - 1 - abs(moved), self.run.now() + 1)
                clocks += moved
            await asyncio.sleep(0.2)

    @staticmethod
    def clocks():
        return time.time() - time.monotonic()

    # What happens

    async def some_master(self):
        return self.random.choice(await self.cluster.masters())

    async def kill_master(self):
        """Its replica takes over, and it comes back as a replica."""
        master = await self.some_master()
        self.expected.add(master.id)
        called = self.run.now()
        await master.kill()
        self.lost("a master was killed", called - UNREPLICATED)
        await self.cluster.taken_over(master)
        await master.start()

    async def kill_and_restart(self):
        """A master comes back before a replica takes over: empty, as it keeps nothing on disk."""
        master = await self.some_master()
        self.expected.add(master.id)
        called = self.run.now()
        await master.kill()
        await master.start()
        self.lost("a master came back empty", called - UNREPLICATED)

    async def kill_replica(self):
        replica = await self.cluster.replica(await self.some_master())
        await replica.kill()
        await asyncio.sleep(1)
        await replica.start()

    async def pause_briefly(self):
        """Shorter than what the others take for death: nothing is lost."""
        master = await self.some_master()
        master.pause()
        await asyncio.sleep(0.25 * NODE_TIMEOUT)
        master.resume()

    async def pause_master(self):
        """So long that its replica takes over; then it goes on, and does not know yet."""
        master = await self.some_master()
        self.expected.add(master.id)
        called = self.run.now()
        master.pause()
        self.lost("a master was paused", called - UNREPLICATED)
        try:
            await self.cluster.taken_over(master)
        finally:
            called = self.run.now()
            master.resume()
        # Until it hears of its successor it may answer what reaches it.
        await eventually("the old master knows", lambda: self.is_replica(master))
        self.lost("a paused master went on", called)

    async def is_replica(self, node):
        return (await node.command("ROLE"))[0] == "slave"

    async def hand_over(self):
        """A failover in good order loses nothing."""
        master = await self.some_master()
        replica = await self.cluster.replica(master)
        self.expected.add(master.id)
        await replica.command("CLUSTER", "FAILOVER")

        async def is_master():
            return (await replica.command("ROLE"))[0] == "master"

        await eventually("a replica is the master", is_master)

    async def cut_off(self):
        """Between the server and a master nothing goes through any more, and nothing is closed."""
        master = await self.some_master()
        self.cluster.tell("stall", master, 1)
        await asyncio.sleep(self.random.uniform(1, 2))
        self.cluster.tell("stall", master, 0)

    async def slow_down(self):
        """The way to all nodes takes longer: first a little, then longer than a decision waits."""
        for milliseconds in [5, 20, 400]:
            for node in self.cluster.nodes:
                self.cluster.tell("delay", node, milliseconds)
            await asyncio.sleep(1)
        for node in self.cluster.nodes:
            self.cluster.tell("delay", node, 0)

    async def reset_connections(self):
        """All connections to a node are reset, and new ones for a moment, too."""
        master = await self.some_master()
        self.cluster.tell("refuse", master, 1)
        self.cluster.tell("reset", master)
        await asyncio.sleep(0.5)
        self.cluster.tell("refuse", master, 0)

    async def flush_functions(self):
        """Redis forgets the function that decides; it is loaded again."""
        for master in await self.cluster.masters():
            await master.command("FUNCTION", "FLUSH")
