"""aiogram-sentinel's Redis rate limiter, asked by many asyncio tasks at once. One line of JSON.

    peer.py PORT USERS CALLS
"""
import asyncio
import json
import sys
import time

from aiogram_sentinel.exceptions import SentinelError
from aiogram_sentinel.storage.redis import RedisRateLimiter
from redis.asyncio import ConnectionPool, Redis


async def user(limiter, name, calls, durations):
    errors = 0
    for _ in range(calls):
        began = time.perf_counter()
        try:
            await limiter.allow(name, 1_000, 3_600)
        except SentinelError:
            errors += 1
        durations.append(time.perf_counter() - began)
    return errors


async def main(port, users, calls):
    # With the pool that aiogram-sentinel makes itself, connections are as many as there are users at once, too.
    pool = ConnectionPool(host="127.0.0.1", port=port, max_connections=users + 10)
    limiter = RedisRateLimiter(Redis(connection_pool=pool), "sentinel")
    durations = []
    began = time.perf_counter()
    errors = await asyncio.gather(*(user(limiter, f"user:{n}", calls, durations) for n in range(users)))
    seconds = time.perf_counter() - began
    await pool.disconnect()
    durations.sort()
    print(json.dumps({
        "decisions": users * calls, "seconds": seconds, "errors": sum(errors),
        "p50Milliseconds": durations[len(durations) // 2] * 1e3,
        "p99Milliseconds": durations[len(durations) * 99 // 100] * 1e3,
        "largestMilliseconds": durations[-1] * 1e3}))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
