"""A way to decide that a library offers."""
from dataclasses import dataclass
from typing import Callable


@dataclass
class Candidate:
    """Asked by a caller's name it says whether he may pass, at once or awaited."""

    name: str
    # By a limit that nobody reaches.
    allowed: Callable
    # By one of `most`, which is used up before anything is measured.
    denied: Callable
    most: int
    is_awaited: bool
