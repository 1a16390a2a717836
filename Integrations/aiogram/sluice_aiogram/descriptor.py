"""What rules count by, taken from an update of any kind."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery, InlineQuery, Message, TelegramObject

LONGEST = 1024
"""A value's bytes; two texts that differ only beyond are the same to a rule."""


def describe(event: TelegramObject, data: dict[str, Any]) -> dict[str, str]:
    """`user`, `chat`, `group`, `thread`, `chat_kind`, `kind`, `text`, `command` and `callback`, as far as there are.

    The names are those of Sluice's own bots, so one policy file serves both.
    """
    values: dict[str, Any] = {"kind": _kind(data, event)}
    user, chat = data.get("event_from_user"), data.get("event_chat")
    if user is not None:
        values["user"] = user.id
    if chat is not None:
        values["chat"] = chat.id
        kind = {"private": "direct", "channel": "broadcast"}.get(chat.type, "group")
        values["chat_kind"] = kind
        if kind == "group":
            values["group"] = chat.id
    values["thread"] = data.get("event_thread_id")
    if isinstance(event, Message):
        values["text"] = event.text or event.caption
        values["command"] = _command(values["text"])
    elif isinstance(event, CallbackQuery):
        values["callback"] = event.data
    elif isinstance(event, InlineQuery):
        values["text"] = event.query
    return {key: _cut(str(value)) for key, value in values.items() if value not in (None, "")}


def _kind(data: dict[str, Any], event: TelegramObject) -> str:
    update = data.get("event_update")
    return update.event_type if update is not None else type(event).__name__


def _command(text: str | None) -> str | None:
    """The command without its slash and the bot's name."""
    if not text or not text.startswith("/"):
        return None
    return text[1:].split(maxsplit=1)[0].partition("@")[0] if len(text) > 1 and not text[1].isspace() else None


def _cut(text: str) -> str:
    raw = text.encode(errors="replace")
    return text if len(raw) <= LONGEST else raw[:LONGEST].decode(errors="ignore")
