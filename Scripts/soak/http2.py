"""A small client of Envoy's rate limit service: as much of HTTP/2, HPACK and protobuf as its calls need."""
import struct

from clients import Connection, WrongAnswer

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATH = b"/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS = 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _literal(name, value):
    """A field that no table remembers (RFC 7541, 6.2.2), with lengths below 127."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


# `POST` and `http` are in HPACK's static table.
REQUEST_FIELDS = b"\x83\x86" + _literal(b":path", PATH) + _literal(b":authority", b"a") + _literal(
    b"content-type", b"application/grpc") + _literal(b"te", b"trailers")


def _field(number, content):
    assert len(content) < 128, "lengths are one byte here"
    return bytes([number << 3 | 2, len(content)]) + content


def message(domain, descriptor):
    """A `RateLimitRequest` with one descriptor, and the five bytes that gRPC puts before a message."""
    entries = b"".join(
        _field(1, _field(1, key.encode()) + _field(2, value.encode())) for key, value in descriptor.items())
    content = _field(1, domain.encode()) + (b"\x12" + _varint(len(entries)) + entries)
    return b"\0" + struct.pack(">I", len(content)) + content


def _varint(number):
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def is_allowed(answer):
    """What a `RateLimitResponse` says: its first field is 1 for OK and 2 for over the limit."""
    if len(answer) < 7 or answer[5] != 0x08 or answer[6] not in (1, 2):
        raise WrongAnswer(f"no decision over gRPC: {answer[:80]!r}")
    return answer[6] == 1


class GRPC(Connection):
    """Calls on one connection: some hundreds, so that the window for requests, 64 KiB, is never used up."""

    CALLS = 400

    async def __aenter__(self):
        await super().__aenter__()
        self.stream = 1
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0))
        return self

    async def ask(self, messages):
        """Sends calls at once, and returns their answers in the same order."""
        first, count = self.stream, len(messages)
        for content in messages:
            head = frame(HEADERS, END_HEADERS, self.stream, REQUEST_FIELDS)
            self.writer.write(head + frame(DATA, END_STREAM, self.stream, content))
            self.stream += 2
        answers, open_streams = [b""] * count, count
        while open_streams:
            head = await self.reader.readexactly(9)
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream = int.from_bytes(head[5:], "big")
            payload = await self.reader.readexactly(length)
            if kind == DATA:
                answers[(stream - first) // 2] += payload
                # Answers are longer than requests, and their window is opened again.
                if length:
                    self.writer.write(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", length)))
            elif kind == SETTINGS and not flags & ACK:
                self.writer.write(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.writer.write(frame(PING, ACK, 0, payload))
            elif kind == RST_STREAM:
                raise WrongAnswer(f"stream {stream} was reset: {payload!r}")
            elif kind == GOAWAY:
                raise WrongAnswer(f"the connection was ended: {payload!r}")
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                open_streams -= 1
        return [is_allowed(answer) for answer in answers]
