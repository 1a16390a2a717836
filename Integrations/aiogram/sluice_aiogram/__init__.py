"""Limits of a Sluice server for bots written with aiogram 3."""

from .clients import HTTPSluice, RedisSluice, Sluice, SluiceMistake, SluiceUnavailable, Verdict
from .descriptor import describe
from .middleware import SluiceMiddleware
from .replies import Replies

__all__ = [
    "HTTPSluice",
    "RedisSluice",
    "Replies",
    "Sluice",
    "SluiceMiddleware",
    "SluiceMistake",
    "SluiceUnavailable",
    "Verdict",
    "describe",
]
