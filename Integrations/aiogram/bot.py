"""A bot whose limits a Sluice server keeps: BOT_TOKEN=… python bot.py"""

import asyncio
import os

from aiogram import Bot, Dispatcher, Router
from aiogram.filters import Command
from aiogram.types import Message

from sluice_aiogram import RedisSluice, SluiceMiddleware

router = Router()


@router.message(Command("imagine"), flags={"sluice": {"policy": "images", "cost": 3}})
async def imagine(message: Message) -> None:
    await message.answer("an image")


@router.message(Command("help"), flags={"sluice": False})
async def help_them(message: Message) -> None:
    await message.answer("/imagine draws something")


@router.message()
async def echo(message: Message) -> None:
    await message.answer(message.text or "?")


async def main() -> None:
    sluice = RedisSluice(os.environ.get("SLUICE", "redis://127.0.0.1:6380"))
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    SluiceMiddleware(sluice, "chat").setup(dispatcher)
    try:
        await dispatcher.start_polling(Bot(os.environ["BOT_TOKEN"]))
    finally:
        await sluice.close()


if __name__ == "__main__":
    asyncio.run(main())
