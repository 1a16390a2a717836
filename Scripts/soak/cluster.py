"""A Redis Cluster of the soak's own: three masters with a replica each, made by plain commands, behind proxies."""
import asyncio
import signal
import sys
import time
from pathlib import Path

import programs

SLOTS = 16_384
MASTERS = 3
NODES = 6
# After so much silence a node is taken for dead. Less would take a busy machine for a dead one.
NODE_TIMEOUT = 2.0


class Trouble(Exception):
    """What a node or the cluster did not do."""


async def eventually(what, condition, within=120, every=0.05):
    """Asks until something holds; the limit is generous, so that only a fault reaches it."""
    end = time.monotonic() + within
    while True:
        try:
            if value := await asyncio.wait_for(condition(), within):
                return value
            last = ""
        except (OSError, EOFError, Trouble, asyncio.TimeoutError) as error:
            last = f"; {error!r}"
        if time.monotonic() > end:
            raise Trouble(f"not within {within} s: {what}{last}")
        await asyncio.sleep(every)


async def _read_reply(reader):
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise Trouble(rest.decode())
    if kind == b"$":
        if rest == b"-1":
            return None
        return (await reader.readexactly(int(rest) + 2))[:-2].decode()
    if kind == b"*":
        return [await _read_reply(reader) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest.decode()


class Node:
    """One redis-server."""

    def __init__(self, number, port, bus, announced, folder):
        self.number, self.port, self.bus, self.announced = number, port, bus, announced
        self.folder = folder
        self.process = None
        self.id = ""

    async def start(self):
        """Starts it, or starts it again with what it left behind, and returns once it answers."""
        for _ in range(3):
            with open(self.folder / "log", "ab") as log:
                self.process = await programs.start(
                    "redis-server", str(self.folder / "redis.conf"), log=log, stdout=log,
                    stdin=asyncio.subprocess.DEVNULL)
            if await eventually(f"redis-server answers on port {self.port}", self.state) == "answers":
                return
        raise Trouble(f"redis-server ends again and again: {(self.folder / 'log').read_text()[-1_000:]}")

    async def state(self):
        if not self.runs:
            return "ended"
        return "answers" if f"process_id:{self.process.pid}\r" in await self.command("INFO", "server") else ""

    def configure(self):
        self.folder.mkdir()
        (self.folder / "redis.conf").write_text("\n".join([
            f"port {self.port}", "bind 127.0.0.1", "protected-mode no", f"dir {self.folder}", 'save ""',
            "appendonly no", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1", "maxmemory 256mb",
            "maxmemory-policy noeviction", "cluster-enabled yes", f"cluster-port {self.bus}",
            "cluster-announce-ip 127.0.0.1", f"cluster-announce-port {self.announced}",
            f"cluster-announce-bus-port {self.bus}", f"cluster-node-timeout {NODE_TIMEOUT * 1_000:.0f}",
            "cluster-replica-validity-factor 0", "cluster-allow-replica-migration no", ""]))

    async def command(self, *words, within=10):
        """Asks the node itself, past its proxy; who is paused does not answer."""
        async def ask():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                encoded = [str(word).encode() for word in words]
                writer.write(b"*%d\r\n" % len(encoded))
                writer.write(b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
                return await _read_reply(reader)
            finally:
                writer.close()

        return await asyncio.wait_for(ask(), within)

    @property
    def runs(self):
        return self.process is not None and self.process.returncode is None

    async def kill(self):
        await programs.end(self.process)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class Seen:
    """A node as another one sees it: a line of `CLUSTER NODES`."""

    def __init__(self, line):
        words = line.split()
        self.id = words[0]
        flags = words[2].split(",")
        self.is_master = "master" in flags
        self.is_failing = "fail" in flags or "fail?" in flags
        self.is_new = "handshake" in flags or "noaddr" in flags
        self.master = words[3]
        self.slots = tuple(word for word in words[8:] if word[0] != "[")


class Cluster:
    """All nodes and the proxy before them."""

    def __init__(self, folder, random):
        self.folder, self.random = folder, random
        self.nodes = []
        self.proxy = None

    @property
    def url(self):
        return "redis://" + ",".join(f"127.0.0.1:{node.announced}" for node in self.nodes)

    async def start(self):
        with open(self.folder / "proxy.log", "ab") as log:
            self.proxy = await programs.start(
                sys.executable, "-B", str(Path(__file__).with_name("proxy.py")), str(NODES), log=log,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        announced = [int(word) for word in (await self.proxy.stdout.readline()).split()[1:]]
        ports = programs.free_ports(2 * NODES, self.random)
        for number in range(NODES):
            node = Node(number, ports[number], ports[NODES + number], announced[number], self.folder / f"node{number}")
            node.configure()
            self.nodes.append(node)
            self.tell("target", node, node.port)
        await asyncio.gather(*(node.start() for node in self.nodes))
        await self._assemble()

    async def _assemble(self):
        for number, node in enumerate(self.nodes):
            await node.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.id = await node.command("CLUSTER", "MYID")
            if number < MASTERS:
                first, end = SLOTS * number // MASTERS, SLOTS * (number + 1) // MASTERS
                await node.command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for node in self.nodes:
            for other in self.nodes:
                if other is not node:
                    await node.command("CLUSTER", "MEET", "127.0.0.1", other.announced, other.bus)

        async def acquainted():
            for node in self.nodes:
                if sum(not (seen.is_new or seen.is_failing) for seen in await self.seen_by(node)) < NODES:
                    return False
            return True

        await eventually("all nodes know each other", acquainted)
        for number in range(MASTERS, NODES):
            await self.nodes[number].command("CLUSTER", "REPLICATE", self.nodes[number - MASTERS].id)
        await self.in_order()

    async def stop(self):
        for node in self.nodes:
            if node.process is not None:
                await node.kill()
        if self.proxy is not None:
            await programs.end(self.proxy)

    def tell(self, order, node, *words):
        """An order to the proxy: see proxy.py."""
        self.proxy.stdin.write((" ".join([order, str(node.number), *map(str, words)]) + "\n").encode())

    # What it is like

    async def seen_by(self, node):
        lines = (await node.command("CLUSTER", "NODES", within=2)).splitlines()
        return [Seen(line) for line in lines if len(line.split()) >= 8]

    async def view(self):
        """The nodes as the first one that answers sees them."""
        fault = Trouble("no node runs")
        for node in self.nodes:
            if node.runs:
                try:
                    return await self.seen_by(node)
                except (OSError, EOFError, Trouble, asyncio.TimeoutError) as error:
                    fault = error
        raise fault

    async def owners(self):
        """Whom slots belong to: pairs of slots and a node's name."""
        return {(slots, seen.id) for seen in await self.view() for slots in seen.slots}

    def node(self, id):
        return next(node for node in self.nodes if node.id == id)

    async def masters(self):
        return [self.node(seen.id) for seen in await self.view() if seen.slots]

    async def replica(self, master):
        for seen in await self.view():
            if seen.master == master.id and not seen.is_failing:
                return self.node(seen.id)
        raise Trouble(f"the master on port {master.port} has no replica")

    async def in_order(self):
        """Returns once all nodes run, agree, and all replicas have copied their masters."""
        async def condition():
            views = set()
            for node in self.nodes:
                if "cluster_state:ok" not in await node.command("CLUSTER", "INFO"):
                    return False
                view = await self.seen_by(node)
                if len(view) != NODES or any(seen.is_failing or seen.is_new for seen in view):
                    return False
                views.add(frozenset((seen.id, seen.master, seen.slots) for seen in view))
            if len(views) != 1 or sum(1 for _, _, slots in next(iter(views)) if slots) != MASTERS:
                return False
            return all([await self.has_copied(seen) for seen in view if not seen.slots])

        await eventually("the cluster is in order", condition)

    async def has_copied(self, replica):
        return "master_link_status:up" in await self.node(replica.id).command("INFO", "replication")

    async def taken_over(self, master):
        """Returns once another node has the slots of one that is away."""
        async def condition():
            for node in self.nodes:
                if node is not master and node.runs:
                    for seen in await self.seen_by(node):
                        if seen.id == master.id and seen.slots:
                            return False
            return True

        await eventually(f"a replica takes over from port {master.port}", condition)
