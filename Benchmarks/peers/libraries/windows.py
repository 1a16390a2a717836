"""limits: its three strategies. On Redis by redis-py, which was as fast as coredis or faster when this was written."""
import os

import limits
import limits.aio
from limits_asked import CLOSED_LIMIT, CLOSED_SECONDS, OPEN_LIMIT, OPEN_SECONDS

from .candidate import Candidate

OPEN = limits.RateLimitItemPerSecond(OPEN_LIMIT, OPEN_SECONDS)
CLOSED = limits.RateLimitItemPerSecond(CLOSED_LIMIT, CLOSED_SECONDS)
STRATEGIES = {
    "fixed window": "FixedWindowRateLimiter",
    "moving window": "MovingWindowRateLimiter",
    "sliding window counter": "SlidingWindowCounterRateLimiter",
}


def candidates(port):
    if port:
        place = limits.aio.storage.RedisStorage(f"async+redis://127.0.0.1:{port}", implementation="redispy")
        strategies = limits.aio.strategies
    else:
        place, strategies = limits.storage.MemoryStorage(), limits.strategies
    return [candidate(name, getattr(strategies, kind)(place), bool(port)) for name, kind in STRATEGIES.items()]


def candidate(name, strategy, is_awaited):
    # Strategies keep values of different kinds, so each has callers of its own.
    namespace = f"{name}:{os.getpid()}"
    return Candidate(
        name, lambda caller: strategy.hit(OPEN, namespace, caller),
        lambda caller: strategy.hit(CLOSED, namespace, caller), CLOSED_LIMIT, is_awaited)
