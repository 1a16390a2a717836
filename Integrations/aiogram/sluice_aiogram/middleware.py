"""Asks a server before a handler runs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from aiogram import BaseMiddleware, Router
from aiogram.dispatcher.flags import get_flag
from aiogram.types import TelegramObject

from .clients import Sluice, SluiceUnavailable, Verdict
from .descriptor import describe
from .replies import Replies

logger = logging.getLogger("sluice")

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]
OnDenied = Callable[[TelegramObject, dict[str, Any], Verdict], Awaitable[None]]
OnUnavailable = Callable[[TelegramObject, dict[str, Any], SluiceUnavailable], Awaitable[None]]


class SluiceMiddleware(BaseMiddleware):
    """Lets an update through to its handler if the handler's policy allows it.

    A handler says what it wants by a flag `sluice`: the name of a policy, a dict of `policy`, `cost` and more values to
    count by, or False for no limit. Without a flag it is `policy`. The handler gets the verdict as `sluice_verdict`.
    """

    def __init__(
        self, sluice: Sluice, policy: str | None = None, *, on_failure: Literal["allow", "deny"] = "allow",
        replies: Replies | None = Replies(), on_denied: OnDenied | None = None,
        on_unavailable: OnUnavailable | None = None,
        descriptor: Callable[[TelegramObject, dict[str, Any]], Mapping[str, str]] = describe,
    ) -> None:
        """Without a policy only handlers with a flag are limited. `on_failure` decides where the server does not."""
        if on_failure not in ("allow", "deny"):
            raise ValueError(f"on_failure is 'allow' or 'deny', not {on_failure!r}")
        self._sluice = sluice
        self._policy = policy
        self._on_failure = on_failure
        self._replies = replies
        self._on_denied = on_denied
        self._on_unavailable = on_unavailable
        self._descriptor = descriptor

    def setup(self, router: Router) -> SluiceMiddleware:
        """Stands before all handlers of a router or dispatcher and of the routers in it, for every kind of update."""
        for name, observer in router.observers.items():
            if name not in ("update", "error"):
                observer.middleware(self)
        return self

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        policy, cost, more = self._wanted(data)
        if policy is None:
            return await handler(event, data)
        try:
            verdict = await self._sluice.check(policy, {**self._descriptor(event, data), **more}, cost)
        except SluiceUnavailable as error:
            logger.warning("%s is not decided (%s): %s", policy, error, self._on_failure)
            await self._call(self._on_unavailable, event, data, error)
            return await handler(event, data) if self._on_failure == "allow" else None
        data["sluice_verdict"] = verdict
        if verdict.allowed:
            return await handler(event, data)
        if self._replies is not None:
            await self._call(self._replies.tell, event, data, verdict)
        await self._call(self._on_denied, event, data, verdict)
        return None

    def _wanted(self, data: dict[str, Any]) -> tuple[str | None, int, dict[str, str]]:
        flag = get_flag(data, "sluice", default=True)
        if flag is True:
            return self._policy, 1, {}
        if flag is False:
            return None, 0, {}
        if isinstance(flag, str):
            return flag, 1, {}
        more = {str(key): str(value) for key, value in flag.items() if key not in ("policy", "cost")}
        return flag.get("policy", self._policy), int(flag.get("cost", 1)), more

    @staticmethod
    async def _call(hook: Callable[..., Awaitable[None]] | None, *arguments: Any) -> None:
        """What a hook or a reply throws must not change the decision."""
        if hook is None:
            return
        try:
            await hook(*arguments)
        except Exception:
            logger.exception("a hook has failed")
