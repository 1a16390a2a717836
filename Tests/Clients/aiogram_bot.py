"""aiogram, unchanged, with Integrations/aiogram before its handlers: aiogram_bot.py RESP_PORT HTTP_PORT.

The server's limits last for hours, so that a slow machine changes nothing: at once 5 messages, one more after two
hours; a text and a button once in an hour; images for 9 in an hour. Updates are fed through a real Dispatcher; exits
1 where it disagrees.
"""
import asyncio
import logging
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Integrations/aiogram"))

from aiogram import Bot, Dispatcher, F, Router, flags  # noqa: E402
from aiogram.client.session.base import BaseSession  # noqa: E402
from aiogram.filters import Command  # noqa: E402
from aiogram.types import Update  # noqa: E402
from sluice_aiogram import (  # noqa: E402
    HTTPSluice, RedisSluice, Replies, SluiceMiddleware, SluiceMistake, SluiceUnavailable,
)

RESP, HTTP = sys.argv[1], sys.argv[2]
numbers = iter(range(1, 1_000_000))


def expect(actual, expected, what=""):
    if actual != expected:
        raise SystemExit(f"{what}: got {actual!r}, expected {expected!r}")


class FakeTelegram(BaseSession):
    """Keeps what the bot would send."""

    def __init__(self):
        super().__init__()
        self.sent = []

    async def make_request(self, bot, method, timeout=None):
        self.sent.append(method)
        return True

    async def close(self):
        pass

    async def stream_content(self, *arguments, **more):
        yield b""

    def texts(self):
        texts = [method.text for method in self.sent]
        self.sent.clear()
        return texts


def message(user, text, chat=None, language="en"):
    chat = {"id": chat, "type": "supergroup", "title": "c"} if chat else {"id": user, "type": "private"}
    return Update.model_validate({
        "update_id": next(numbers),
        "message": {
            "message_id": next(numbers), "date": int(time.time()), "chat": chat, "text": text,
            "from": {"id": user, "is_bot": False, "first_name": "u", "language_code": language},
        },
    })


def button(user, data):
    return Update.model_validate({
        "update_id": next(numbers),
        "callback_query": {
            "id": str(next(numbers)), "chat_instance": "1", "data": data,
            "from": {"id": user, "is_bot": False, "first_name": "u", "language_code": "de-AT"},
        },
    })


def reaction(user):
    return Update.model_validate({
        "update_id": next(numbers),
        "message_reaction": {
            "chat": {"id": user, "type": "private"}, "message_id": 1, "date": int(time.time()), "old_reaction": [],
            "new_reaction": [], "user": {"id": user, "is_bot": False, "first_name": "u"},
        },
    })


class BotUnderTest:
    """A dispatcher with a router in a router, and the middleware before all of them."""

    def __init__(self, sluice, **options):
        self.handled, self.denied, self.unavailable = [], [], []
        self.telegram = FakeTelegram()
        self.bot = Bot("42:TEST", session=self.telegram)
        self.dispatcher = Dispatcher()
        outer, inner = Router(), Router()
        self.register(outer, inner)
        outer.include_router(inner)
        self.dispatcher.include_router(outer)
        SluiceMiddleware(
            sluice, "chat", on_denied=self.on_denied, on_unavailable=self.on_unavailable, **options
        ).setup(self.dispatcher)

    def register(self, outer, inner):
        @inner.message(Command("imagine"), flags={"sluice": {"policy": "images", "cost": 3}})
        async def imagine(event, sluice_verdict):
            self.handled.append(("imagine", sluice_verdict.remaining))

        @outer.message(Command("help"), flags={"sluice": False})
        async def help_them(event):
            self.handled.append(("help",))

        @outer.message(F.text == "mistake")
        @flags.sluice("imagse")
        async def mistaken(event):
            self.handled.append(("mistake",))

        @inner.message()
        async def echo(event):
            self.handled.append(("echo", event.text))

        @inner.callback_query()
        async def pressed(event):
            self.handled.append(("pressed", event.data))

        @inner.message_reaction()
        async def reacted(event):
            self.handled.append(("reacted",))

    async def on_denied(self, event, data, verdict):
        self.denied.append(verdict)
        raise RuntimeError("what a hook throws changes nothing")

    async def on_unavailable(self, event, data, error):
        self.unavailable.append(error)

    async def feed(self, *updates):
        self.handled.clear()
        for update in updates:
            await self.dispatcher.feed_update(self.bot, update)
        return list(self.handled)


async def decides(sluice, user):
    bot = BotUnderTest(sluice)
    # Throttle: five at once, whatever they say.
    handled = await bot.feed(*(message(user, f"text {number}") for number in range(7)))
    expect(handled, [("echo", f"text {number}") for number in range(5)], "throttle")
    expect([(verdict.policy, verdict.rule) for verdict in bot.denied], [("chat", "flood")] * 2, "hook")
    expect(all(3600 < verdict.retry_after <= 7200 for verdict in bot.denied), True, "retry after")
    text, = bot.telegram.texts()
    expect(re.sub("[0-9]+", "N", text), "Slow down, please. Try again in N s.", "one friendly reply")
    # Debounce: the same text once, another one passes, and another user's too.
    bot.denied.clear()
    handled = await bot.feed(message(user + 1, "hi"), message(user + 1, "hi"), message(user + 1, "ho"))
    expect(handled, [("echo", "hi"), ("echo", "ho")], "debounce")
    expect([verdict.rule for verdict in bot.denied], ["repeats"], "debounce's rule")
    expect(await bot.feed(message(user + 2, "hi", chat=-100 - user)), [("echo", "hi")], "another user")
    # A handler's own policy applies in a nested router, and charges nobody else's.
    handled = await bot.feed(*(message(user + 3, "/imagine a cat") for _ in range(5)))
    expect(handled, [("imagine", 6), ("imagine", 3), ("imagine", 0)], "a handler's own policy")
    expect([verdict.policy for verdict in bot.denied[1:]], ["images"] * 2, "its denials")
    expect(await bot.feed(message(user + 3, "hi")), [("echo", "hi")], "the other policy is untouched")
    expect(await bot.feed(*(message(user, "/help") for _ in range(9))), [("help",)] * 9, "no limit")
    # A mistake is an error, not an outage.
    try:
        await bot.feed(message(user + 4, "mistake"))
        raise SystemExit("no error for an unknown policy")
    except SluiceMistake as error:
        expect("did you mean 'images'?" in str(error), True, str(error))
    # Buttons get an answer each time, and one alert; other updates are limited as well.
    bot.telegram.sent.clear()
    handled = await bot.feed(*(button(user + 5, "buy") for _ in range(3)))
    expect(handled, [("pressed", "buy")], "buttons")
    first, second = [(method.text, method.show_alert) for method in bot.telegram.sent]
    expect(first[0].startswith("Bitte langsamer. In 3") and first[1], True, "an alert in the user's language")
    expect(second, (None, False), "and one only")
    expect(await bot.feed(*(reaction(user + 6) for _ in range(7))), [("reacted",)] * 5, "reactions")
    # Many at once: never more than the limit.
    bot.handled.clear()
    await asyncio.gather(*(
        bot.dispatcher.feed_update(bot.bot, message(user + 7, f"at once {number}")) for number in range(60)))
    expect(len(bot.handled), 5, "at once")
    expect(bot.unavailable, [], "no outage")
    await sluice.close()


class Silent:
    """A server that accepts and never answers."""

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.hold, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    @staticmethod
    async def hold(reader, writer):
        await reader.read(-1)
        writer.close()

    async def __aexit__(self, *error):
        self.server.close()


async def fails(make):
    """`make(port)` asks a server at a port that does not answer."""
    logging.disable(logging.CRITICAL)
    async with Silent() as silent:
        for port in (silent, 1):
            for choice, expected in (("allow", [("echo", "hi")]), ("deny", [])):
                sluice = make(port)
                bot = BotUnderTest(sluice, on_failure=choice)
                start = time.monotonic()
                expect(await bot.feed(message(1, "hi")), expected, f"fail {choice}")
                expect(time.monotonic() - start < 5, True, "the time-out")
                expect([type(error) for error in bot.unavailable], [SluiceUnavailable], "the hook")
                expect(bot.telegram.texts(), [], "nobody is blamed")
                await sluice.close()
    logging.disable(logging.NOTSET)


async def replies():
    """A clock moved by hand: one reply for each window, and bounded memory."""
    now = 0.0
    replies = Replies({"en": "{rule}", "ru": "{rule}!"}, most=2, clock=lambda: now)
    bot = BotUnderTest(RedisSluice(f"redis://127.0.0.1:{RESP}", timeout=10), replies=replies)
    users = [900_001, 900_002, 900_003]
    for user in users:
        await bot.feed(*(message(user, f"{number}", language="ru") for number in range(8)))
    expect(bot.telegram.texts(), ["flood!"] * 3, "one each")
    expect(len(replies._told), 2, "the most who are remembered")
    await bot.feed(message(users[2], "again", language="pt"))
    expect(bot.telegram.texts(), [], "still told")
    now = 7200.0
    for number in range(3):
        await bot.feed(message(users[2], f"later {number}", language="pt"))
    expect(bot.telegram.texts(), ["flood"], "told anew, in the first language")


async def main():
    await decides(RedisSluice(f"redis://127.0.0.1:{RESP}", timeout=10), 1_000)
    await decides(HTTPSluice(f"http://127.0.0.1:{HTTP}", timeout=10), 2_000)
    await fails(lambda port: RedisSluice(f"redis://127.0.0.1:{port}"))
    await fails(lambda port: HTTPSluice(f"http://127.0.0.1:{port}"))
    await replies()
    print("ok")


logging.getLogger("sluice").setLevel(logging.CRITICAL)
asyncio.run(main())
