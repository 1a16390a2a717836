"""What stands between the server and the nodes of Redis: a program of its own, told what to do line by line.

    proxy.py COUNT            prints `ports P…`, one for each node

    target NODE PORT          connections go on to that port
    delay NODE MILLISECONDS   each piece, in both directions, waits for so long
    stall NODE 0|1            nothing is passed on, and nothing is closed: a cable that was pulled
    refuse NODE 0|1           new connections are reset
    reset NODE                all connections are reset
"""
import asyncio
import socket
import struct
import sys


class Way:
    """To one node."""

    def __init__(self):
        self.port = 0
        self.delay = 0.0
        self.refuses = False
        self.flows = asyncio.Event()
        self.flows.set()
        self.links = set()

    async def accept(self, reader, writer):
        link = {writer}
        self.links.add(writer)
        try:
            if self.refuses:
                return
            farther_reader, farther_writer = await asyncio.open_connection("127.0.0.1", self.port)
            link.add(farther_writer)
            self.links.add(farther_writer)
            pumps = [
                asyncio.ensure_future(self.pump(reader, farther_writer)),
                asyncio.ensure_future(self.pump(farther_reader, writer))]
            _, pending = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            # The other direction may have something left: a node that died has said things that are on their way.
            await asyncio.wait(pending, timeout=0.5)
            for pump in pumps:
                pump.cancel()
        except OSError:
            pass
        finally:
            self.links -= link
            for end in link:
                reset(end)

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(65_536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            pass


def reset(writer):
    """Closes so that the other side gets a reset instead of an end."""
    end = writer.get_extra_info("socket")
    if end is not None and end.fileno() >= 0:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def obey(ways, words):
    way = ways[int(words[1])]
    if words[0] == "target":
        way.port = int(words[2])
    elif words[0] == "delay":
        way.delay = float(words[2]) / 1_000
    elif words[0] == "stall":
        way.flows.clear() if words[2] == "1" else way.flows.set()
    elif words[0] == "refuse":
        way.refuses = words[2] == "1"
    elif words[0] == "reset":
        for link in list(way.links):
            reset(link)


async def main():
    ways = [Way() for _ in range(int(sys.argv[1]))]
    servers = [await asyncio.start_server(way.accept, "127.0.0.1", 0) for way in ways]
    print("ports", *(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        obey(ways, line.decode().split())


if __name__ == "__main__":
    asyncio.run(main())
