"""Clients that behave: each of their requests is answered, by a status that its kind may have."""
import asyncio
import contextlib
import json
import time

import http2
import policies
from clients import HTTP, Redis, WrongAnswer
from run import PATIENCE

# Few, so that all clients together ask for more than they may have.
LAWFUL_USERS = [f"lawful{number}" for number in range(6)]
HOLDERS = ["holder0", "holder1"]
CHAIN = 200


class Load:
    def __init__(self, run, ports, traffic, is_shared):
        self.run, self.ports, self.traffic, self.is_shared = run, ports, traffic, is_shared
        self.random = run.random("load")
        self.names = 0
        # What no failure choice can stand in for, while Redis is away.
        self.away = {503} if is_shared else set()

    # Keeping at it

    async def during(self, end):
        """Asks until something ends; then each client finishes what it has begun."""
        works = [
            ("HTTP check", self.check), ("HTTP check", self.check), ("HTTP authorize", self.authorize),
            ("HTTP peek, refund", self.peek), ("HTTP stream", self.stream), ("HTTP events", self.events),
            ("HTTP pages", self.pages), ("HTTP, one each", self.short), ("RESP pipeline", self.pipeline),
            ("RESP check", self.command), ("RESP throttle", self.throttle), ("HTTP fixed window", self.fixed_by_http),
            ("RESP fixed window", self.fixed_by_redis), ("HTTP sliding log", self.log_by_http),
            ("RESP sliding log", self.log_by_redis)]
        works += 4 * [("HTTP lease", self.lease_by_http), ("RESP lease", self.lease_by_redis)]
        if "grpc" in self.ports:
            works += [("gRPC check", self.grpc), ("gRPC fixed window", self.fixed_by_grpc)]
        tasks = [asyncio.ensure_future(self.keep(kind, work)) for kind, work in works]
        watchdog = asyncio.ensure_future(self.watch(tasks))
        try:
            await end
        finally:
            self.run.is_over = True
            await asyncio.wait(tasks, timeout=2 * PATIENCE)
            watchdog.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def keep(self, kind, work):
        while self.run.goes_on():
            try:
                await work(kind)
            except Exception as fault:
                self.run.fault("answers", f"{kind}, after {self.run.elapsed:.1f} s: {fault!r}")

    async def watch(self, tasks):
        """Whoever waits for an answer for too long is told of, and waits no longer."""
        while True:
            await asyncio.sleep(1)
            for task, (kind, since) in list(self.run.asking.items()):
                if time.monotonic() - since > PATIENCE:
                    self.run.fault("answers", f"{kind}: no answer within {PATIENCE} s")
                    task.cancel()

    @contextlib.contextmanager
    def asking(self, kind):
        task = asyncio.current_task()
        self.run.asking[task] = (kind, time.monotonic())
        try:
            yield
        finally:
            del self.run.asking[task]

    async def ask(self, connection, kind, statuses, method, path, body=None, fields=""):
        """One request over HTTP; what is not among its statuses is a fault. Returns all there is to know of it."""
        await self.run.turn()
        with self.asking(kind):
            called, begin = self.run.now(), time.monotonic()
            status, answer = await connection.ask(method, path, body, fields)
            answered, seconds = self.run.now(), time.monotonic() - begin
        self.run.answered(kind, seconds, denied=status == 429)
        if status not in statuses:
            raise WrongAnswer(f"{method} {path}: {status} {str(answer)[:300]}")
        return status, answer, called, answered

    async def batch(self, kind, count, send):
        """Several requests at once."""
        await self.run.turn(count)
        with self.asking(kind):
            called, begin = self.run.now(), time.monotonic()
            decisions = await send()
            answered, seconds = self.run.now(), time.monotonic() - begin
        self.run.answered(kind, seconds, denied=decisions.count(False), count=count)
        return decisions, called, answered

    def chain(self, count=CHAIN):
        """Requests that follow each other on one connection."""
        for _ in range(count):
            if not self.run.goes_on():
                return
            yield

    def admitted(self, policy, user, called, answered, count=1):
        self.run.admissions.setdefault(policy, {}).setdefault(user, []).extend([(called, answered)] * count)

    # Traffic

    async def check(self, kind):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain():
                policy = self.run.ask_for or self.random.choice(["chat", "web"])
                descriptor = self.traffic.chat() if policy == "chat" else self.traffic.web()
                status, answer, *_ = await self.ask(
                    connection, kind, {200, 429}, "POST", "/v1/check", {"policy": policy, "descriptor": descriptor})
                if answer["allowed"] != (status == 200):
                    raise WrongAnswer(f"{status} {answer}")

    async def authorize(self, kind):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain():
                request = self.traffic.web()
                fields = f"X-Forwarded-For: {request['ip']}\r\nX-Forwarded-Uri: /soaked\r\n"
                await self.ask(connection, kind, {200, 429}, "GET", "/v1/authorize/web", fields=fields)

    async def peek(self, kind):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain():
                body = {"policy": "chat", "descriptor": self.traffic.chat()}
                await self.ask(connection, kind, {200, 429}, "POST", "/v1/peek", body)
                await self.ask(connection, kind, {200} | self.away, "POST", "/v1/refund", body)

    async def stream(self, kind):
        """Line for line: each is answered before the next one is sent."""
        async with HTTP(self.ports["http"]) as connection:
            connection.writer.write(
                b"POST /v1/check/stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            has_head = False
            for _ in self.chain(50):
                line = json.dumps({"policy": "chat", "descriptor": self.traffic.chat()}).encode() + b"\n"
                await self.run.turn()
                with self.asking(kind):
                    begin = time.monotonic()
                    connection.writer.write(b"%x\r\n%s\r\n" % (len(line), line))
                    if not has_head:
                        status, _, has_head = await connection.head()
                    answer = json.loads(await connection.chunk())
                    self.run.answered(kind, time.monotonic() - begin, denied=not answer["allowed"])
            connection.writer.write(b"0\r\n\r\n")
            with self.asking(kind):
                if has_head and (status != 200 or await connection.chunk()):
                    raise WrongAnswer("the stream does not end")

    async def events(self, kind):
        """Reads a stream of events for a while and goes; each second has one at least."""
        async with HTTP(self.ports["http"]) as connection:
            connection.writer.write(b"GET /v1/events?decisions=denied HTTP/1.1\r\nHost: a\r\n\r\n")
            until = time.monotonic() + self.random.uniform(2, 4)
            with self.asking(kind):
                if (await connection.head())[0] != 200:
                    raise WrongAnswer("no events")
            while time.monotonic() < until and self.run.goes_on():
                with self.asking(kind):
                    begin = time.monotonic()
                    if not await connection.chunk():
                        raise WrongAnswer("the stream of events has ended")
                    self.run.answered(kind, time.monotonic() - begin)

    async def pages(self, kind):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain(20):
                for path in ["/metrics", "/v1/policies", "/", "/healthz", "/readyz", "/v1/callers?limit=5"]:
                    statuses = {200} | (self.away if path == "/readyz" else set())
                    await self.ask(connection, kind, statuses, "GET", path)
                await asyncio.sleep(0.2)

    async def short(self, kind):
        """Connections that come, ask once and go."""
        for _ in self.chain():
            async with HTTP(self.ports["http"]) as connection:
                body = {"policy": "chat", "descriptor": self.traffic.chat()}
                await self.ask(connection, kind, {200, 429}, "POST", "/v1/check", body, "Connection: close\r\n")
            await asyncio.sleep(0.02)

    async def decisions(self, connection, count):
        """So many replies of `SLUICE.CHECK`: whether each is allowed."""
        replies = [await connection.reply() for _ in range(count)]
        if any(len(reply) != 6 or reply[0] not in (0, 1) for reply in replies):
            raise WrongAnswer(replies)
        return [reply[0] == 1 for reply in replies]

    @staticmethod
    def words(descriptor):
        return [word for pair in descriptor.items() for word in pair]

    async def pipeline(self, kind, size=16):
        async with Redis(self.ports["resp"]) as connection:
            for _ in self.chain():
                async def send():
                    for _ in range(size):
                        connection.send("SLUICE.CHECK", "chat", 1, *self.words(self.traffic.chat()))
                    return await self.decisions(connection, size)

                await self.batch(kind, size, send)

    async def command(self, kind):
        await self.pipeline(kind, size=1)

    async def throttle(self, kind):
        async with Redis(self.ports["resp"]) as connection:
            for _ in self.chain():
                async def send():
                    connection.send("CL.THROTTLE", f"soaked{self.traffic.rank()}", 15, 30, 60)
                    return [(await connection.reply())[0] == 0]

                await self.batch(kind, 1, send)

    async def grpc(self, kind):
        async with http2.GRPC(self.ports["grpc"]) as connection:
            for _ in self.chain(connection.CALLS // 4):
                calls = [http2.message("chat", self.traffic.chat()) for _ in range(4)]
                await self.batch(kind, 4, lambda: connection.ask(calls))

    async def sweep(self):
        """Asks for every caller once, so that what is kept of callers has its size before it is watched."""
        async with Redis(self.ports["resp"]) as connection:
            everybody = list(self.traffic.every_caller())
            for begin in range(0, len(everybody), 50):
                part = everybody[begin:begin + 50]
                for descriptor in part:
                    connection.send("SLUICE.CHECK", "chat", 1, *self.words(descriptor))
                await self.decisions(connection, len(part))

    # Limits whose laws are checked

    async def lawful_by_http(self, kind, policy):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain():
                user = self.random.choice(LAWFUL_USERS)
                status, answer, called, answered = await self.ask(
                    connection, kind, {200, 429}, "POST", "/v1/check",
                    {"policy": policy, "descriptor": {"user": user}})
                if status == 200:
                    self.admitted(policy, user, called, answered)
                    if answer["degraded"]:
                        self.run.fault("laws", f"{policy} fails closed, and admitted {user} without Redis")

    async def fixed_by_http(self, kind):
        await self.lawful_by_http(kind, "fixed")

    async def log_by_http(self, kind):
        await self.lawful_by_http(kind, "log")

    async def lawful_by_redis(self, kind, policy, size=8):
        async with Redis(self.ports["resp"]) as connection:
            for _ in self.chain():
                user = self.random.choice(LAWFUL_USERS)

                async def send():
                    for _ in range(size):
                        connection.send("SLUICE.CHECK", policy, 1, "user", user)
                    return await self.decisions(connection, size)

                decisions, called, answered = await self.batch(kind, size, send)
                self.admitted(policy, user, called, answered, decisions.count(True))

    async def fixed_by_redis(self, kind):
        await self.lawful_by_redis(kind, "fixed")

    async def log_by_redis(self, kind):
        await self.lawful_by_redis(kind, "log", size=3)

    async def fixed_by_grpc(self, kind):
        async with http2.GRPC(self.ports["grpc"]) as connection:
            for _ in self.chain(connection.CALLS // 4):
                user = self.random.choice(LAWFUL_USERS)
                calls = [http2.message("fixed", {"user": user})] * 4
                decisions, called, answered = await self.batch(kind, 4, lambda: connection.ask(calls))
                self.admitted("fixed", user, called, answered, decisions.count(True))

    # Leases

    def held(self, user, called, answered, until):
        """A lease that was held for certain from its answer until something was done about it, or it ran out."""
        end = min(until, called + policies.LEASES.lease)
        if end > answered:
            self.run.holds.setdefault(user, []).append((answered, end))

    def fate(self):
        """What a holder does: works for a while; renews or not; gives back, or is never heard of again."""
        chance = self.random.random()
        return self.random.uniform(0.01, 0.2), chance < 0.2, chance > 0.95

    async def lease_by_http(self, kind):
        async with HTTP(self.ports["http"]) as connection:
            for _ in self.chain(50):
                user, (work, renews, vanishes) = self.random.choice(HOLDERS), self.fate()
                status, answer, called, answered = await self.ask(
                    connection, kind, {201, 429}, "POST", "/v1/leases",
                    {"policy": "leases", "descriptor": {"user": user}})
                if status == 429:
                    await asyncio.sleep(0.02)
                    continue
                self.admitted("leases", user, called, answered)
                if answer["degraded"]:
                    self.run.fault("laws", f"leases fail closed, and one was given to {user} without Redis")
                await asyncio.sleep(work)
                path = f"/v1/leases/{answer['lease']}"
                if renews:
                    await self.ask(connection, kind, {200, 404} | self.away, "PUT", path)
                self.held(user, called, answered, self.run.now() if not vanishes else called + policies.LEASES.lease)
                if not vanishes:
                    await self.ask(connection, kind, {204, 404} | self.away, "DELETE", path)

    async def lease_by_redis(self, kind):
        async with Redis(self.ports["resp"]) as connection:
            for _ in self.chain(50):
                user, (work, renews, vanishes) = self.random.choice(HOLDERS), self.fate()
                lease, called, answered = await self.command_of_lease(
                    connection, kind, "SLUICE.ACQUIRE", "leases", "user", user)
                if lease is None:
                    await asyncio.sleep(0.02)
                    continue
                self.admitted("leases", user, called, answered)
                await asyncio.sleep(work)
                if renews:
                    await self.command_of_lease(connection, kind, "SLUICE.RENEW", lease)
                self.held(user, called, answered, self.run.now() if not vanishes else called + policies.LEASES.lease)
                if not vanishes:
                    await self.command_of_lease(connection, kind, "SLUICE.RELEASE", lease)

    async def command_of_lease(self, connection, kind, *words):
        await self.run.turn()
        with self.asking(kind):
            called, begin = self.run.now(), time.monotonic()
            try:
                reply = await connection.ask(*words)
            except WrongAnswer as error:
                # As 503 over HTTP: whoever holds the lease may ask again, and it runs out by itself.
                if not (self.is_shared and str(error).startswith("ERR Redis did not answer")):
                    raise
                reply = None
            answered = self.run.now()
        self.run.answered(kind, time.monotonic() - begin, denied=words[0] == "SLUICE.ACQUIRE" and reply is None)
        return reply, called, answered
