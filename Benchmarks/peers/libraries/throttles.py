"""throttled-py: its five algorithms."""
import os
from datetime import timedelta

import throttled
import throttled.asyncio
from limits_asked import CALLERS, CLOSED_LIMIT, CLOSED_SECONDS, OPEN_LIMIT, OPEN_SECONDS

from .candidate import Candidate


def candidates(port):
    return [candidate(kind.value, port) for kind in throttled.RateLimiterType]


def candidate(kind, port):
    if port:
        library, place = throttled.asyncio, throttled.asyncio.RedisStore(f"redis://127.0.0.1:{port}/0")
    else:
        # Room for the callers of two windows and both limits; more of them than it has room for would be forgotten.
        library, place = throttled, throttled.MemoryStore(options={"MAX_SIZE": 8 * CALLERS})

    def limiter(name, limit, seconds):
        quota = throttled.per_duration(timedelta(seconds=seconds), limit, burst=limit)
        return library.Throttled(using=kind, quota=quota, store=place, key_prefix=f"{name}{os.getpid()}")

    wide, narrow = limiter("open", OPEN_LIMIT, OPEN_SECONDS), limiter("closed", CLOSED_LIMIT, CLOSED_SECONDS)
    if not port:
        return Candidate(
            kind.replace("_", " "), lambda caller: not wide.limit(caller).limited,
            lambda caller: not narrow.limit(caller).limited, CLOSED_LIMIT, False)

    async def open_limit(caller):
        return not (await wide.limit(caller)).limited

    async def closed_limit(caller):
        return not (await narrow.limit(caller)).limited

    return Candidate(kind.replace("_", " "), open_limit, closed_limit, CLOSED_LIMIT, True)
