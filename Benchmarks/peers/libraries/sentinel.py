"""aiogram-sentinel: its rate limiter and its debounce, without the middlewares around them."""
import itertools
import os

from aiogram_sentinel.storage.memory import MemoryDebounce, MemoryRateLimiter
from aiogram_sentinel.storage.redis import RedisDebounce, RedisRateLimiter
from limits_asked import CLOSED_LIMIT, CLOSED_SECONDS, OPEN_LIMIT, OPEN_SECONDS
from redis.asyncio import Redis

from .candidate import Candidate


def candidates(port):
    if port:
        redis, prefix = Redis(host="127.0.0.1", port=port), f"sentinel{os.getpid()}"
        limiter, debounce = RedisRateLimiter(redis, prefix), RedisDebounce(redis, prefix)
    else:
        limiter, debounce = MemoryRateLimiter(), MemoryDebounce()
    messages = itertools.count()

    async def open_limit(caller):
        return await limiter.allow(f"open:{caller}", OPEN_LIMIT, OPEN_SECONDS)

    async def closed_limit(caller):
        return await limiter.allow(f"closed:{caller}", CLOSED_LIMIT, CLOSED_SECONDS)

    async def another_message(caller):
        return not await debounce.seen(caller, OPEN_SECONDS, f"message {next(messages)}")

    async def same_message(caller):
        return not await debounce.seen(caller, CLOSED_SECONDS, "hello")

    return [
        Candidate("rate limit", open_limit, closed_limit, CLOSED_LIMIT, True),
        Candidate("debounce", another_message, same_message, 1, True),
    ]
