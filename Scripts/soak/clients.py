"""Clients that behave: HTTP and the Redis protocol, each on one connection that may be used again."""
import asyncio
import json


class WrongAnswer(Exception):
    """An answer that no request may get."""


class Connection:
    """Opened by `async with`, and closed after it."""

    def __init__(self, port):
        self.port = port

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass


class HTTP(Connection):
    async def ask(self, method, path, body=None, fields=""):
        """Returns the status and the body, from JSON if it is some."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n{fields}\r\n".encode() + content)
        return await self.answer()

    async def answer(self):
        status, length, is_chunked = await self.head()
        content = await self.chunks() if is_chunked else await self.reader.readexactly(length)
        return status, json.loads(content) if self.is_json else content

    async def head(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        status, length, is_chunked, self.is_json = int(lines[0].split(b" ", 2)[1]), 0, False, False
        for line in lines[1:]:
            line = line.lower()
            if line.startswith(b"content-length:"):
                length = int(line[15:])
            elif line.startswith(b"transfer-encoding:"):
                is_chunked = True
            elif line.startswith(b"content-type: application/") and b"json" in line and b"ndjson" not in line:
                self.is_json = True
        return status, length, is_chunked

    async def chunk(self):
        """The next piece of a body in pieces; the last one is empty."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def chunks(self):
        content = b""
        while piece := await self.chunk():
            content += piece
        return content


class Redis(Connection):
    def send(self, *words):
        """Sends a command and does not wait."""
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.writer.write(
            b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))

    async def reply(self):
        """The next reply; an error is a wrong answer."""
        line = (await self.reader.readuntil(b"\r\n"))[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"*":
            return [await self.reply() for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == b"-1" else (await self.reader.readexactly(int(rest) + 2))[:-2].decode()
        if kind == b":":
            return int(rest)
        if kind == b"-":
            raise WrongAnswer(rest.decode())
        return rest.decode()

    async def ask(self, *words):
        self.send(*words)
        return await self.reply()
