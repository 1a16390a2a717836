"""How a Sluice server is asked: through the Redis protocol or through HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp


class SluiceUnavailable(Exception):
    """The server did not decide in time; nobody knows whether the request was counted."""


class SluiceMistake(Exception):
    """The server cannot decide that, now or later: an unknown policy, a descriptor that is too long."""


@dataclass(frozen=True)
class Verdict:
    """What a server decided."""

    policy: str
    allowed: bool
    rule: str | None
    """The rule that denied, or the one nearest to denying; None where no rule applied."""
    limit: int
    remaining: int
    retry_after: float | None
    """Seconds until a retry passes; None when allowed, and when the request can never pass."""
    reset_after: float
    degraded: bool | None = None
    """Whether a failure choice stood in for the server's store; None where the protocol does not tell."""


class Sluice(Protocol):
    """Whatever asks a server."""

    async def check(self, policy: str, descriptor: Mapping[str, str], cost: int = 1) -> Verdict:
        """Decides and charges; raises SluiceUnavailable or SluiceMistake."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...


class RedisSluice:
    """Asks by SLUICE.CHECK, with redis-py. All calls share a pool of connections."""

    def __init__(self, url: str = "redis://127.0.0.1:6380", *, timeout: float = 0.25, connections: int = 64) -> None:
        """A pool that waits for a free connection rather than opening ever more, for `timeout` seconds in all."""
        # Here, so that a bot that asks through HTTP needs no redis-py.
        from redis import asyncio as redis
        from redis import exceptions
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._errors = exceptions
        self._timeout = timeout
        pool = redis.BlockingConnectionPool.from_url(url, max_connections=connections, timeout=timeout)
        # What was sent is not sent again: it would be counted twice.
        self._redis = redis.Redis(connection_pool=pool, retry=Retry(NoBackoff(), 0))

    async def check(self, policy: str, descriptor: Mapping[str, str], cost: int = 1) -> Verdict:
        words = [word for pair in descriptor.items() for word in pair]
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._redis.execute_command("SLUICE.CHECK", policy, cost, *words)
        except self._errors.ConnectionError as error:
            raise SluiceUnavailable(str(error)) from error
        except (self._errors.TimeoutError, TimeoutError, OSError) as error:
            raise SluiceUnavailable(f"no answer within {self._timeout} s") from error
        except self._errors.ResponseError as error:
            raise SluiceMistake(str(error)) from error
        allowed, limit, remaining, retry, reset, rule = reply
        return Verdict(
            policy=policy, allowed=allowed == 1, rule=rule.decode() if isinstance(rule, bytes) else rule, limit=limit,
            remaining=remaining, retry_after=None if allowed == 1 or retry < 0 else retry / 1000,
            reset_after=reset / 1000)

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()


class HTTPSluice:
    """Asks by POST /v1/check, with aiohttp, which aiogram has in any case."""

    def __init__(
        self, url: str = "http://127.0.0.1:8080", *, timeout: float = 0.25, token: str | None = None,
        connections: int = 64,
    ) -> None:
        """A session that is opened with the first check. A server with users wants a `token`."""
        self._url = url.rstrip("/") + "/v1/check"
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def check(self, policy: str, descriptor: Mapping[str, str], cost: int = 1) -> Verdict:
        body = {"policy": policy, "descriptor": dict(descriptor), "cost": cost}
        try:
            async with asyncio.timeout(self._timeout):
                async with self._open().post(self._url, json=body) as response:
                    status, answer = response.status, await response.json(content_type=None)
        except TimeoutError as error:
            raise SluiceUnavailable(f"no answer within {self._timeout} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SluiceUnavailable(str(error)) from error
        if status in (200, 429) and isinstance(answer, dict) and "allowed" in answer:
            return self._verdict(policy, answer)
        detail = answer.get("detail") or answer.get("title") if isinstance(answer, dict) else None
        if status >= 500 or status == 429:
            raise SluiceUnavailable(f"{status}: {detail}")
        raise SluiceMistake(f"{status}: {detail}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self._headers, connector=aiohttp.TCPConnector(limit=self._connections))
        return self._session

    @staticmethod
    def _verdict(policy: str, answer: dict[str, Any]) -> Verdict:
        return Verdict(
            policy=policy, allowed=answer["allowed"], rule=answer.get("rule"), limit=answer["limit"],
            remaining=answer["remaining"], retry_after=answer.get("retry_after"),
            reset_after=answer["reset_after"], degraded=answer.get("degraded"))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
