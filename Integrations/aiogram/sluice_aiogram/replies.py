"""Friendly replies: at most one for each time that somebody is denied, in his language."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from aiogram.types import CallbackQuery, Message, TelegramObject

from .clients import Verdict

USUAL = {
    "en": "Slow down, please. Try again in {seconds} s.",
    "de": "Bitte langsamer. In {seconds} s geht es wieder.",
    "es": "Más despacio, por favor. Inténtalo de nuevo en {seconds} s.",
    "fr": "Doucement, s'il te plaît. Réessaie dans {seconds} s.",
    "ru": "Не так быстро, пожалуйста. Попробуйте снова через {seconds} с.",
}


class Replies:
    """Tells whoever is denied when to come back, once until then; a pressed button gets its answer each time."""

    def __init__(
        self, texts: Mapping[str, str] | str = USUAL, *, alert: bool = True, most: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Texts by language, the first of which is for everybody else, or one for all; `{seconds}` is the wait.

        At most `most` callers who were told are remembered; beyond it the one told first may be told again.
        """
        self._texts = {"en": texts} if isinstance(texts, str) else dict(texts)
        self._other = next(iter(self._texts.values()))
        self._alert = alert
        self._most = most
        self._clock = clock
        self._told: OrderedDict[tuple[Any, ...], float] = OrderedDict()

    async def tell(self, event: TelegramObject, data: dict[str, Any], verdict: Verdict) -> None:
        """Replies to a message or a pressed button; other updates have nobody to reply to."""
        is_first = self._is_first(event, data, verdict)
        if isinstance(event, CallbackQuery):
            # Without an answer its button would spin on.
            await event.answer(self._text(data, verdict) if is_first else None, show_alert=self._alert and is_first)
        elif isinstance(event, Message) and is_first:
            await event.reply(self._text(data, verdict), disable_notification=True)

    def _is_first(self, event: TelegramObject, data: dict[str, Any], verdict: Verdict) -> bool:
        user, chat = data.get("event_from_user"), data.get("event_chat")
        key = (user and user.id, chat and chat.id, verdict.policy, verdict.rule)
        now = self._clock()
        if self._told.get(key, 0) > now:
            return False
        while self._told and (len(self._told) >= self._most or next(iter(self._told.values())) <= now):
            self._told.popitem(last=False)
        self._told.pop(key, None)
        # Who can never pass is told again after a while.
        self._told[key] = now + (verdict.retry_after if verdict.retry_after is not None else 60)
        return True

    def _text(self, data: dict[str, Any], verdict: Verdict) -> str:
        user = data.get("event_from_user")
        language = (getattr(user, "language_code", None) or "").lower()
        text = self._texts.get(language) or self._texts.get(language.partition("-")[0]) or self._other
        return text.format(seconds=math.ceil(verdict.retry_after or 0), rule=verdict.rule, limit=verdict.limit)
