"""Clients that mean harm. What they get is their own affair; what the others get is checked."""
import asyncio
import socket
import struct

import http2

# Nothing of what hostile clients send belongs in the log.
MARK = "hostile-mark"

_BODY = b'{"policy":"chat","descriptor":{"user":"hostile-mark"}}'
CHECK = b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


# What is answered at once, by port.
KNOCK = {
    "http": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "resp": b"PING\r\n",
    "grpc": http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0)}


class Raw:
    """A socket without any manners."""

    def __init__(self, port, receive_buffer=None):
        self.end = socket.socket()
        self.end.setblocking(False)
        if receive_buffer:
            self.end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port = port

    async def open(self):
        await asyncio.get_running_loop().sock_connect(self.end, ("127.0.0.1", self.port))
        return self

    async def send(self, data, within=2):
        """Sends until all is sent, the server takes no more for a while, or the connection is gone."""
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(self.end, data), within)
        except (OSError, asyncio.TimeoutError):
            return False
        return True

    async def hear(self, within):
        """Waits until something comes, or for so long."""
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.end, 65_536), within)
        except (OSError, asyncio.TimeoutError):
            pass

    async def read(self, within=1):
        """Reads what comes, until nothing comes for a while; whether the server has closed."""
        try:
            while await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.end, 65_536), within):
                pass
        except asyncio.TimeoutError:
            return False
        except OSError:
            pass
        return True

    def close(self):
        self.end.close()

    def reset(self):
        """Closes so that the server gets a reset instead of an end."""
        self.end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.end.close()


def grpc_headers(stream):
    return http2.frame(http2.HEADERS, http2.END_HEADERS, stream, http2.REQUEST_FIELDS)


def half_requests():
    """Beginnings of requests, by port."""
    grpc = http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0)
    return {
        "http": [b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", b"GET /v1/auth", b"P",
                 b"POST /v1/check/stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"],
        "resp": [b"*5\r\n$12\r\nSLUICE.CHECK\r\n$4\r\nch", b"*", b"PIN", b"*3\r\n$14\r\nSLUICE.ACQUIRE\r\n"],
        "grpc": [http2.PREFACE[:11], grpc, grpc + grpc_headers(1)[:20], grpc + grpc_headers(1)],
    }


def oversized():
    """Requests that are too large or claim to be, by port."""
    many = b"".join(b"A%d: b\r\n" % number for number in range(500))
    stream = http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0) + grpc_headers(1)
    return {
        "http": [b"GET / HTTP/1.1\r\nHost: " + b"x" * 50_000 + b"\r\n\r\n",
                 b"GET /" + b"x" * 50_000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n",
                 b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
                 b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n" + b"{" * 300_000,
                 b"POST /v1/check/stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n"
                 + b" " * 200_000],
        "resp": [b"*2\r\n$4\r\nECHO\r\n$9999999999\r\n", b"*2147483647\r\n$4\r\nPING\r\n", b"*1\r\n$-5\r\n",
                 b"*-2147483648\r\n", b"x" * 100_000, b"*1000000\r\n" + b"$1\r\na\r\n" * 20_000,
                 b"*2\r\n$4\r\nECHO\r\n$500000000\r\n" + b"x" * 1_000_000],
        "grpc": [stream + http2.frame(http2.DATA, 0, 1, b"\0\xff\xff\xff\xff" + b"x" * 16_000),
                 http2.PREFACE + b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 50_000,
                 stream + http2.frame(http2.DATA, http2.END_STREAM, 1, b"\0\0\0\0\x7f\x0a\x7fab"),
                 # Fields of one head without an end.
                 http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0)
                 + http2.frame(http2.HEADERS, 0, 1, http2.REQUEST_FIELDS)
                 + http2.frame(http2.CONTINUATION, 0, 1, b"\0\1a\1b" * 1_000) * 50],
    }


def floods():
    """Requests whose answers nobody reads, and requests that are taken back as soon as they are sent."""
    opening = http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0)
    call = http2.message("chat", {"user": MARK})
    calls = b"".join(
        grpc_headers(stream) + http2.frame(http2.DATA, http2.END_STREAM, stream, call) for stream in range(1, 1_001, 2))
    taken_back = b"".join(
        grpc_headers(stream) + http2.frame(http2.RST_STREAM, 0, stream, b"\0\0\0\x08") for stream in range(1, 1_001, 2))
    command = b"*5\r\n$12\r\nSLUICE.CHECK\r\n$4\r\nchat\r\n$1\r\n1\r\n$4\r\nuser\r\n$12\r\nhostile-mark\r\n"
    return {
        "http": [CHECK * 500, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000,
                 b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 50],
        "resp": [command * 1_000, (b"*2\r\n$4\r\nECHO\r\n$100000\r\n" + b"x" * 100_000 + b"\r\n") * 50],
        "grpc": [opening + calls, opening + taken_back, opening + http2.frame(http2.PING, 0, 0, b"12345678") * 5_000,
                 opening + http2.frame(http2.SETTINGS, 0, 0) * 3_000],
    }


class Hostile:
    def __init__(self, run, ports):
        self.run, self.ports = run, ports
        self.random = run.random("hostile")
        # Below what the server takes at once, so that those who behave find room; gRPC takes 1,024.
        most = min(1_500, run.open_files // 8)
        self.crowd_sizes = {"http": most, "resp": most, "grpc": min(400, most)}

    async def go_on(self):
        """All of them, each again and again with a pause, until the run is over."""
        attacks = [
            ("half a request", self.half, 0.05), ("garbage", self.garbage, 0.1), ("too large", self.too_large, 0.3),
            ("slow writer", self.slow_writer, 0.5), ("slow reader", self.slow_reader, 2),
            ("flood, unread", self.flood, 2), ("crowd", self.crowd, 4), ("wrong protocol", self.wrong_protocol, 0.3)]
        await asyncio.gather(*(self.again(*attack) for attack in attacks))

    async def rehearse(self):
        """What takes the most memory, once, before memory is watched."""
        for port in self.ports:
            await self.crowd(port)
            for data in floods()[port] + oversized()[port]:
                await self.says(port, data)

    async def again(self, kind, attack, pause):
        while self.run.goes_on():
            port = self.random.choice(list(self.ports))
            try:
                await attack(port)
            except OSError as error:
                # The server may close whenever it likes; that it cannot be reached at all is a fault.
                if isinstance(error, ConnectionRefusedError):
                    self.run.fault("answers", f"{kind}: nobody listens for {port}")
            self.run.attacked(f"{kind}, {port}")
            await self.pause(pause)

    async def pause(self, seconds):
        while seconds > 0 and self.run.goes_on():
            await asyncio.sleep(min(seconds, 0.2))
            seconds -= 0.2

    def leave(self, raw):
        raw.reset() if self.random.random() < 0.5 else raw.close()

    async def says(self, port, data, within=0.2):
        raw = Raw(self.ports[port])
        try:
            await raw.open()
            await raw.send(data)
            await raw.read(within)
        finally:
            self.leave(raw)

    async def half(self, port):
        await self.says(port, self.random.choice(half_requests()[port]), within=0.02)

    async def garbage(self, port):
        garbage = self.random.getrandbits(8 * 2_000).to_bytes(2_000, "big")
        opening = self.random.choice([b"", MARK.encode() + b"\r\n", half_requests()[port][-1]])
        await self.says(port, opening + garbage)

    async def too_large(self, port):
        await self.says(port, self.random.choice(oversized()[port]))

    async def wrong_protocol(self, port):
        other = self.random.choice([
            CHECK, b"*1\r\n$4\r\nPING\r\n", http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, b"PRI * HTTP/2.0\r\n\r\nMS\r\n\r\n"])
        await self.says(port, other)

    async def slow_writer(self, port):
        """A byte at a time, until the server has had enough or a minute is over."""
        raw = Raw(self.ports[port])
        try:
            await raw.open()
            request = half_requests()[port][0] + b"a" * 80
            for place in range(len(request)):
                if not self.run.goes_on() or not await raw.send(request[place:place + 1]):
                    return
                await asyncio.sleep(0.1)
        finally:
            self.leave(raw)

    async def slow_reader(self, port):
        """Asks for much and reads it in drops."""
        raw = Raw(self.ports[port], receive_buffer=4_096)
        loop = asyncio.get_running_loop()
        try:
            await raw.open()
            await raw.send(self.random.choice(floods()[port]), within=1)
            for _ in range(30):
                if not self.run.goes_on() or not await asyncio.wait_for(loop.sock_recv(raw.end, 100), 0.5):
                    return
                await asyncio.sleep(0.2)
        except asyncio.TimeoutError:
            pass
        finally:
            self.leave(raw)

    async def flood(self, port):
        raw = Raw(self.ports[port], receive_buffer=4_096)
        try:
            await raw.open()
            await raw.send(self.random.choice(floods()[port]), within=1)
            await self.pause(1)
        finally:
            raw.reset()

    async def crowd(self, port):
        """Thousands of connections that say nothing, and go all at once.

        They come no faster than they are accepted. What does not fit into the system's queue before the server is
        dropped by the system, with those who behave among it: their connections would wait for minutes, or be reset.
        """
        crowd = []
        try:
            while len(crowd) < self.crowd_sizes[port] and self.run.goes_on():
                some = [Raw(self.ports[port]) for _ in range(100)]
                crowd += some
                await asyncio.gather(*(raw.open() for raw in some), return_exceptions=True)
                # Whoever is answered was accepted, and so were all before him.
                await some[-1].send(KNOCK[port])
                await some[-1].hear(within=30)
            await self.pause(1)
        finally:
            for raw in crowd:
                self.leave(raw)

    async def stay(self):
        """Some that are still there when the server is told to stop."""
        staying = []
        for port in self.ports:
            for data in [b"", half_requests()[port][0], self.random.choice(floods()[port])]:
                raw = Raw(self.ports[port], receive_buffer=4_096)
                staying.append(raw)
                await raw.open()
                await raw.send(data, within=0.5)
        return staying
