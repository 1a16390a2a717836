"""aiogram-sentinel before a handler that does nothing: policy, debounce and throttle, all passed. One line of JSON.

    sentinel.py memory [UPDATES]              microseconds per update, its store in memory
    sentinel.py redis PORT [UPDATES]          the same on Redis, one update at a time
    sentinel.py redis-users PORT [UPDATES]    the same, updates of 1,000 users at once, again and again
    sentinel.py footprint [USERS]             bytes per user who sent five messages, and after what they mean is over

The middlewares are called in the order in which `Sentinel.setup` registers them, with messages of aiogram. What
aiogram itself costs before and behind them is in no figure.
"""
import asyncio
import datetime
import gc
import json
import os
import sys
import time
from functools import partial

from aiogram.types import Chat, Message, User
from aiogram_sentinel import DebounceCfg, Policy, SentinelConfig, ThrottleCfg, build_infra, policy, registry
from aiogram_sentinel.middlewares.debouncing import DebounceMiddleware
from aiogram_sentinel.middlewares.policy_resolver import PolicyResolverMiddleware
from aiogram_sentinel.middlewares.throttling import ThrottlingMiddleware
from aiogram_sentinel.scopes import KeyBuilder

USERS_AT_ONCE = 1_000
MESSAGES_OF_A_USER = 5
WINDOW = 2
DATE = datetime.datetime.now(datetime.timezone.utc)

registry.register(Policy("throttle", "throttle", ThrottleCfg(rate=5, per=10)))
registry.register(Policy("debounce", "debounce", DebounceCfg(window=WINDOW)))
handled = 0


@policy("throttle", "debounce")
async def handler(event, data):
    """Does nothing but show that it was reached."""
    global handled
    handled += 1


def pipeline(config):
    """The middlewares around the handler, as aiogram wraps them."""
    infra, keys = build_infra(config), KeyBuilder(app=config.redis_prefix)
    # Only the first one sees the handler itself and its policies; the others see what is wrapped around it.
    wrapped = partial(ThrottlingMiddleware(infra.rate_limiter, config, keys), handler)
    wrapped = partial(DebounceMiddleware(infra.debounce, config, keys), wrapped)
    resolver = PolicyResolverMiddleware(registry, config)

    async def run(event):
        data = {}
        throttle, debounce = resolver.resolve_configurations_for_testing(handler)
        data["sentinel_throttle_cfg"], data["sentinel_debounce_cfg"] = throttle, debounce
        await wrapped(event, data)

    return run


def message(user, number):
    return Message.model_construct(
        message_id=number, date=DATE, text=f"message {number}", chat=Chat.model_construct(id=user, type="private"),
        from_user=User.model_construct(id=user, is_bot=False, first_name="user"))


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def report(updates, seconds):
    if handled != updates:
        sys.exit(f"{handled} of {updates} updates passed: the figure would be of something else")
    print(json.dumps({"updates": updates, "microseconds": seconds / updates * 1e6}))


async def one_at_a_time(config, updates):
    run = pipeline(config)
    # Each user sends one message in five, so that all of them pass.
    events = [message(number // MESSAGES_OF_A_USER, number) for number in range(updates)]
    began = time.perf_counter()
    for event in events:
        await run(event)
    report(updates, time.perf_counter() - began)


async def many_at_once(config, updates):
    run = pipeline(config)
    rounds = max(1, updates // USERS_AT_ONCE)
    seconds = 0.0
    for turn in range(rounds):
        # Users of their own in each round: five messages of each would pass, and there may be more rounds.
        events = [message(turn * USERS_AT_ONCE + user, user) for user in range(USERS_AT_ONCE)]
        began = time.perf_counter()
        await asyncio.gather(*(run(event) for event in events))
        seconds += time.perf_counter() - began
    report(rounds * USERS_AT_ONCE, seconds)


async def footprint(users):
    run = pipeline(SentinelConfig())
    before = resident_bytes()
    for user in range(users):
        for number in range(MESSAGES_OF_A_USER):
            await run(message(user, number))
    full = resident_bytes() - before
    # The last windows end after ten seconds; whatever is kept from then on is kept for nothing.
    await asyncio.sleep(11)
    await run(message(users, 0))
    idle = resident_bytes() - before
    print(json.dumps({"users": users, "bytes_per_user": full / users, "idle_bytes_per_user": idle / users}))


async def main(suite, arguments):
    if suite == "memory":
        await one_at_a_time(SentinelConfig(), int(arguments[0]) if arguments else 20_000)
    elif suite == "footprint":
        await footprint(int(arguments[0]) if arguments else 100_000)
    elif suite in ("redis", "redis-users"):
        # A prefix of its own, so that no run meets what another one has counted; connections for all users at once,
        # since redis-py allows a hundred by itself and then raises.
        config = SentinelConfig(
            backend="redis", redis_url=f"redis://127.0.0.1:{arguments[0]}?max_connections={USERS_AT_ONCE}",
            redis_prefix=f"sentinel{os.getpid()}")
        updates = int(arguments[1]) if len(arguments) > 1 else 5_000
        await (one_at_a_time if suite == "redis" else many_at_once)(config, updates)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
